"""A victim's record: three separate decisions, no suspect, and what tells of health or language sealed and masked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores import Laptop, copies, write_raw
from tests.stores import body as made
from triage_app.errors import BadInput, NotFound
from triage_app.services import conflicts, histories, incidents, keeping, presenting, victim_record, victims
from triage_app.services.undo import redo, undo
from triage_app.store import access, personal

FLAGS = '["capacity", "under-18"]'


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[list[Laptop]]:
    laptops = copies(tmp_path, 3)
    yield laptops
    for laptop in laptops:
        laptop.close()


def person(laptop: Laptop) -> str:
    incident = incidents.open_incident(laptop.session, "Ward list on a forum").id
    return victims.add_victim(laptop.session, incident, person="Jo Pryce", contact="07700 900118").id


def shown(laptop: Laptop) -> dict[str, object]:
    row = laptop.rows("victim")[0]
    names = ("roles", "language", "channel", "formats", "flags", "sharing_decision", "wish")
    return {name: victim_record.standing(row, name) for name in names}


def test_several_fields_are_one_act_and_one_undo(pair: list[Laptop]) -> None:
    a = pair[0]
    victim = person(a)
    before = shown(a)
    done = victim_record.set_many(
        a.session,
        victim,
        {
            "roles": "Reporter, account-holder", "language": "Welsh", "channel": "Telephone", "formats": "Easy read",
            "flags": "may lack capacity to decide, under-18", "ground": "agreed", "wish": "agreed",
        },
    )  # fmt: skip
    after = shown(a)
    assert after == {
        "roles": ["account-holder", "reporter"], "language": "Welsh", "channel": "telephone", "formats": ["easy-read"],
        "flags": ["capacity", "under-18"], "sharing_decision": {"ground": "agreed", "by": "Asha Rahman"},
        "wish": "agreed",
    }  # fmt: skip
    assert len({op["act"] for op in histories.of(a.store, victim) if op["act"] == done.act}) == 1
    undo(a.session)
    assert shown(a) == before
    redo(a.session)
    assert shown(a) == after
    keeping.rebuild(a.session)
    assert shown(a) == after
    a.verified()


def test_holding_sharing_and_wish_do_not_follow_from_one_another(pair: list[Laptop]) -> None:
    a = pair[0]
    victim = person(a)
    victim_record.set_many(a.session, victim, {"wish": "refused"})
    victim_record.set_many(a.session, victim, {"basis": "Public task, Art. 6(1)(e)"})
    row = a.rows("victim")[0]
    assert (row["wish"], row["basis"], row["sharing"]) == ("refused", "Public task, Art. 6(1)(e)", "")
    assert victim_record.decision(row) == {"ground": "", "by": ""}


def test_who_decided_can_be_somebody_else_and_goes_with_the_ground(pair: list[Laptop]) -> None:
    a = pair[0]
    victim = person(a)
    victim_record.set_many(a.session, victim, {"ground": "crime", "decided-by": "Dr Amin, Caldicott Guardian"})
    assert shown(a)["sharing_decision"] == {"ground": "crime", "by": "Dr Amin, Caldicott Guardian"}
    victim_record.set_many(a.session, victim, {"ground": "", "decided-by": ""})
    assert shown(a)["sharing_decision"] == {"ground": "", "by": ""}


def test_what_tells_of_health_and_language_is_sealed_and_masked(pair: list[Laptop]) -> None:
    a = pair[0]
    victim = person(a)
    victim_record.set_many(a.session, victim, {"flags": "capacity", "formats": "braille", "language": "Welsh"})
    for word in ("capacity", "braille", "Welsh"):
        for table, column in (("body", "bytes"), ("victim", "facts")):
            cells = [str(bytes(cell) if isinstance(cell, bytes) else cell) for (cell,) in
                     a.store.rows(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")]  # fmt: skip
            assert not [cell for cell in cells if word in cell]
    printed = presenting.record("victim", a.rows("victim")[0])
    assert (printed["flags"], printed["formats"], printed["language"]) == (personal.MASKED,) * 3
    assert {op["after"] for op in histories.of(a.store, victim) if op["field"] == "flags"} == {personal.MASKED}


def test_looking_behind_the_mask_is_noted_with_what_was_looked_at(pair: list[Laptop]) -> None:
    a = pair[0]
    victim = person(a)
    victim_record.set_many(a.session, victim, {"flags": "unsafe-to-ring"})
    assert victim_record.reveal(a.session, victim, ["flags"]) == {"flags": ["unsafe-to-ring"]}
    entry = access.entries(a.store)[0]
    assert (entry["what"], entry["entity"], entry["detail"]) == ("unmask", victim, "flags")
    assert victim_record.care_of(["unsafe-to-ring"]) == ["Leave no message and send no letter; agree a safe way first."]


def test_another_organisation_reads_not_shared_until_sharing_is_decided(pair: list[Laptop]) -> None:
    a, b, c = pair
    victim = person(a)
    victim_record.set_many(a.session, victim, {"flags": "capacity"})
    incidents.classify(a.session, a.rows("incident")[0]["id"], label="GREEN")
    b.merge(a.export(b))
    c.merge(a.export(c))
    assert shown(b)["flags"] == ["capacity"]
    assert shown(c)["flags"] == [personal.NOT_SHARED]
    assert presenting.record("victim", c.rows("victim")[0])["flags"] == personal.NOT_SHARED
    c.verified()


def test_two_laptops_that_set_one_field_apart_meet_in_a_conflict_that_seals_its_answer(pair: list[Laptop]) -> None:
    a, b, _ = pair
    victim = person(a)
    b.merge(a.export(b))
    victim_record.set_many(a.session, victim, {"flags": "capacity"})
    victim_record.set_many(b.session, victim, {"flags": "disabled"})
    b.merge(a.export(b))
    a.merge(b.export(a))
    found = [one for one in b.store.rows("SELECT entity, field FROM conflict")]
    assert found == [(victim, "flags")]
    conflicts.resolve(b.session, victim, "flags", value='["capacity", "disabled"]')
    a.merge(b.export(a))
    assert shown(a)["flags"] == shown(b)["flags"] == ["capacity", "disabled"]
    assert b"disabled" not in b"".join(
        bytes(row[0]) for row in a.store.rows("SELECT bytes FROM body WHERE bytes <> ''")
    )
    assert a.verified() == b.verified()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("suspect", "yes", "Nobody is recorded here as a suspect"),
        ("roles", "suspect", "is none of the roles"),
        ("flags", "under-18, nonsense", "is none of the flags"),
        ("channel", "pigeon", "is none of the channels"),
        ("language", "x" * 61, "longer than the 60"),
        ("contact", "a\x1b[2J", "control character"),
        ("shoe-size", "9", "no field"),
        ("wish", "maybe", "is no wish"),
    ],
)
def test_what_cannot_be_recorded_is_refused_with_a_sentence(
    pair: list[Laptop], field: str, value: str, words: str
) -> None:
    a = pair[0]
    victim = person(a)
    before = a.verified()
    with pytest.raises(BadInput, match=words):
        victim_record.set_many(a.session, victim, {field: value})
    assert a.verified() == before


def test_an_organisation_has_no_vulnerability_flags(pair: list[Laptop]) -> None:
    a = pair[0]
    incident = incidents.open_incident(a.session, "Loader").id
    body = victims.add_victim(a.session, incident, organisation="RYY").id
    with pytest.raises(BadInput, match="An organisation has no flags"):
        victim_record.set_many(a.session, body, {"flags": "capacity"})
    with pytest.raises(BadInput, match="stands already"):
        victim_record.set_many(a.session, body, {"wish": "not asked"})


def test_a_victim_that_was_taken_back_takes_no_field(pair: list[Laptop]) -> None:
    a = pair[0]
    victim = person(a)
    undo(a.session)
    with pytest.raises(NotFound, match="taken back"):
        victim_record.set_many(a.session, victim, {"wish": "agreed"})


@pytest.mark.parametrize("value", [7, True, {"a": 1}, ["x", 2], "words", None, [["deep"]]])
def test_whatever_a_bundle_brings_in_these_fields_is_shown_and_breaks_nothing(
    pair: list[Laptop], value: object
) -> None:

    a = pair[0]
    victim = person(a)
    for name in ("roles", "language", "channel", "formats", "flags", "sharing_decision", "legal_hold"):
        write_raw(a, made(a, "victim", victim, name, value, tlp="AMBER"))
    keeping.rebuild(a.session)
    presenting.record("victim", a.rows("victim")[0])
