"""What is true of attachments: names that nobody moves, pieces that are counted, and one holder at any time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain import attachments as a
from triage_app.domain.attachments import Move

INCIDENT, FILE, ENTRY = "a" * 32, "b" * 32, "c" * 32
NAMES = st.sampled_from(["Jo Pryce", "DC Amin", "NCSC", ""])


def test_an_entry_belongs_to_the_attachment_and_the_incident_that_its_name_says() -> None:
    attachment = a.attachment_id(INCIDENT, FILE)
    entry = a.custody_id(attachment, ENTRY)
    for name in (attachment, entry):
        assert (a.incident_of(name), a.attachment_of(name)) == (INCIDENT, attachment)
    for name in ("", INCIDENT, f"{attachment}:", f"{entry}:{FILE}", attachment.upper(), f"{attachment}\n"):
        assert (a.incident_of(name), a.attachment_of(name)) == ("", "")


@given(st.integers(1, a.MOST_BYTES))
def test_every_byte_is_in_one_piece(size: int) -> None:
    count = a.piece_count(size)
    assert (count - 1) * a.PIECE_BYTES < size <= count * a.PIECE_BYTES
    assert count <= a.MOST_PIECES


def test_what_is_bound_into_a_piece_differs_by_place_by_size_and_by_attachment() -> None:
    said = {a.bound(name, number, size) for name in ("x", "y") for number in (0, 1) for size in (1, 2, 3_000_000)}
    assert len(said) == 12


@given(st.one_of(st.none(), st.text(), st.lists(st.one_of(st.integers(), st.text(), st.just("f" * 64)))))
def test_names_of_pieces_from_outside_are_all_good_or_none(value: object) -> None:
    names = a.piece_names(value)
    assert names in ([], value)
    assert all(len(name) == 64 for name in names)


@given(
    NAMES.filter(bool),
    st.lists(st.builds(Move, st.sampled_from([*a.EVENTS, "unheard-of"]), st.integers(), NAMES, NAMES)),
)
def test_there_is_always_one_holder_and_only_a_move_changes_who(taken_by: str, moves: list[Move]) -> None:
    name, _ = a.holder(taken_by, moves)
    assert name
    moved = [move.to for move in moves if move.event in a.MOVES and move.to]
    assert name == (moved[-1] if moved else taken_by)


def test_a_receipt_confirms_a_hand_over_and_names_who_had_it() -> None:
    handed = Move(a.HANDED, 1, "Jo Pryce", "DC Amin")
    assert a.holder("Jo Pryce", [handed]) == ("DC Amin", False)
    assert a.giver("Jo Pryce", a.RECEIVED, [handed]) == "Jo Pryce"
    assert a.giver("Jo Pryce", a.HANDED, [handed]) == "DC Amin"
    assert a.holder("Jo Pryce", [handed, Move(a.RECEIVED, 2, "Jo Pryce", "DC Amin")]) == ("DC Amin", True)
