"""The shift handover over real stores: given, shown, taken by another slot; apart on two laptops, and after a merge."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stores import CHEAP, Laptop, copies, table, write_raw
from tests.stores import body as made
from triage_app.domain.shift import State
from triage_app.errors import BadInput, NotFound, StoreReadOnly, TriageError
from triage_app.paths import Profile
from triage_app.services import (
    handoffs,
    handover,
    incident_log,
    incident_paper,
    incidents,
    keeping,
    printed,
    shift_page,
    slots,
    tips,
    triage,
    victims,
)
from triage_app.services import session as sessions
from triage_app.services.changes import milliseconds
from triage_app.services.undo import undo

OTHER = "five calm herons wade"
LAPTOPS = 3


def seen(laptop: Laptop) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return handover.shown(laptop.store, milliseconds(laptop.clock())).ids


def take(laptop: Laptop, *named: str) -> None:
    handover.take(laptop.session, named, seen(laptop))


def names(laptop: Laptop) -> list[str]:
    return [one.giver for one in handover.waiting(laptop.store)]


@pytest.fixture
def two_slots(tmp_path: Path) -> Iterator[Laptop]:
    """A laptop that Priya can unlock too; Asha is at work."""
    (laptop,) = copies(tmp_path, 1)
    slots.add_responder(laptop.session, "Priya Nair", OTHER, CHEAP)
    yield laptop
    laptop.close()


def unlocked(laptop: Laptop, passphrase: str) -> Laptop:
    """Lock a laptop and unlock it with a slot."""
    laptop.close()
    laptop.session = sessions.unlock(Profile(laptop.folder / "profile"), passphrase, laptop.clock)
    return laptop


def test_the_shift_stays_its_givers_until_another_slot_takes_it(two_slots: Laptop) -> None:
    incident = incidents.open_incident(two_slots.session, "Loader on the wards").id
    handoffs.offer(two_slots.session, "incident", incident, "CSOC")
    given = handover.give(two_slots.session, "The fax still works.\nRing the pharmacy.").id
    assert names(two_slots) == ["Asha Rahman"]
    assert handover.words_of(two_slots.store, given) == "The fax still works.\nRing the pharmacy."
    assert handover.to_take(two_slots.store, two_slots.session.author.responder) == []
    with pytest.raises(NotFound, match="No handover waits"):
        take(two_slots)
    with pytest.raises(BadInput, match="You gave this handover yourself"):
        take(two_slots, given)

    laptop = unlocked(two_slots, OTHER)
    assert names(laptop) == ["Asha Rahman"]
    clocks, offers = seen(laptop)
    assert clocks
    assert len(offers) == 1
    take(laptop)
    assert names(laptop) == []
    (found,) = handover.listing(laptop.store)
    assert (found.state, [one.by for one in found.takings]) == (State.TAKEN, ["Priya Nair"])
    assert (found.takings[0].clocks, found.takings[0].handoffs) == (len(clocks), 1)
    with pytest.raises(BadInput, match="taken this handover already"):
        take(laptop, given)
    undo(laptop.session)
    assert names(laptop) == ["Asha Rahman"]
    before = laptop.verified()
    keeping.rebuild(laptop.session)
    assert (names(laptop), laptop.verified()) == (["Asha Rahman"], before)


def test_nobody_takes_a_clock_or_a_hand_off_that_they_were_not_shown(laptops: list[Laptop]) -> None:
    a, b, _ = laptops
    handover.give(a.session)
    b.merge(a.export(b))
    shown = seen(b)
    incidents.open_incident(b.session, "Loader on the wards")
    with pytest.raises(BadInput, match="have been added since you looked") as refused:
        handover.take(b.session, [], shown)
    assert refused.value.code == "not-shown"
    take(b)


def test_its_giver_takes_it_back_and_nobody_else_does(laptops: list[Laptop]) -> None:
    a, b, _ = laptops
    given = handover.give(a.session).id
    b.merge(a.export(b))
    with pytest.raises(BadInput, match="Asha Rahman gave this handover"):
        handover.take_back(b.session, given)
    handover.take_back(a.session, given[:8], "The train was cancelled")
    (found,) = handover.listing(a.store)
    assert (found.state, found.because, names(a)) == (State.TAKEN_BACK, "The train was cancelled", [])
    with pytest.raises(BadInput, match="took it back already"):
        handover.take_back(a.session, given)
    b.merge(a.export(b))
    with pytest.raises(BadInput, match="taken back"):
        take(b, given)


def test_two_who_gave_on_two_laptops_both_stay_until_each_is_taken(laptops: list[Laptop]) -> None:
    a, b, _ = laptops
    handover.give(a.session, "Mine")
    b.clock.move(minutes=5)
    handover.give(b.session, "And mine")
    a.merge(b.export(a))
    b.merge(a.export(b))
    assert names(a) == names(b) == ["Asha Rahman", "Ben Okafor"]
    take(a)  # Asha takes what Ben gave, and not her own
    take(b)
    a.merge(b.export(a))
    b.merge(a.export(b))
    assert names(a) == names(b) == []
    assert a.verified() == b.verified()


def test_taken_on_one_laptop_and_taken_back_on_the_other_it_is_taken_and_both_are_told(laptops: list[Laptop]) -> None:
    a, b, _ = laptops
    given = handover.give(a.session).id
    b.merge(a.export(b))
    take(b)
    handover.take_back(a.session, given)
    a.merge(b.export(a))
    b.merge(a.export(b))
    for laptop in (a, b):
        (found,) = handover.listing(laptop.store)
        assert (found.state, found.is_crossed) == (State.TAKEN, True)
        assert handover.state_words(found).endswith("and taken back by its giver")
    assert a.rows("handover")
    assert not a.store.rows("SELECT 1 FROM conflict")
    assert a.verified() == b.verified()


def test_a_clock_of_the_giver_that_has_not_come_here_is_counted_for_whoever_takes(laptops: list[Laptop]) -> None:
    a, b, _ = laptops
    incident = incidents.open_incident(a.session, "For named readers").id
    incidents.set_field(a.session, incident, "tlp", "RED")
    here = incidents.open_incident(a.session, "For the desk").id
    handover.give(a.session, "See the red one")
    b.merge(a.export(b))
    assert [row["id"] for row in b.rows("incident")] == [here]
    (given,) = handover.to_take(b.store, b.session.author.responder)
    assert handover.not_here(b.store, [given]) == sum(incident in one for one in given.clocks) > 0
    assert handover.not_here(a.store, handover.waiting(a.store)) == 0


def test_another_organisation_neither_gets_our_handovers_nor_ends_them(laptops: list[Laptop]) -> None:
    a, _, c = laptops
    given = handover.give(a.session, "Ours").id
    c.merge(a.export(c))
    assert handover.listing(c.store) == []
    write_raw(c, made(c, "handover", given, "_deleted", True))
    write_raw(c, made(c, "handover", given, "taken_back", {"at": 1}))
    write_raw(c, made(c, "taking", "e" * 32, "_created", {"handover": given, "at": 1}))
    write_raw(c, made(c, "handover", "f" * 32, "_created", {"at": 1, "since": 0}))
    a.merge(c.export(a))
    assert [(one.giver, one.state) for one in handover.listing(a.store)] == [("Asha Rahman", State.OPEN)]


def test_whatever_a_bundle_says_of_a_handover_is_shown_as_far_as_it_can_be(laptops: list[Laptop]) -> None:
    a, b, _ = laptops
    for place, value in enumerate(({"at": "now"}, [1], "words", {"at": 1 << 60, "since": None}, None)):
        write_raw(b, made(b, "handover", f"{place}" * 32, "_created", value, tlp="TLP:AMBER+STRICT"))
        write_raw(b, made(b, "handover", f"{place}" * 32, "page", {"clocks": "all", "handoffs": [3, "x"]}))
        write_raw(b, made(b, "taking", f"{place}a" * 16, "_created", value, tlp="TLP:AMBER+STRICT"))
    a.merge(b.export(a))
    assert all(one.at >= 0 for one in handover.listing(a.store))
    shift_page.read(a.store, a.clock())


def test_the_page_says_what_came_what_was_decided_what_is_open_and_what_runs_out(laptop: Laptop) -> None:
    table(laptop, [(f"R{place}", f"Beacon to evil{place}.example") for place in range(4)])
    keys = sorted(bytes(row[0]).hex() for row in laptop.store.rows("SELECT key FROM alert"))
    incident = triage.promote(laptop.session, keys[:1], "Loader on the wards").id
    triage.dismiss(laptop.session, keys[1:2], "false-positive", "A drill")
    red = incidents.open_incident(laptop.session, "The minister's telephone").id
    incidents.set_field(laptop.session, red, "tlp", "RED")
    victim = victims.add_victim(laptop.session, incident, person="Jo Pryce").id
    victims.add_action(laptop.session, victim, "VS05", due="4h")
    tips.receive(laptop.session, "A caller saw a note on a screen", reporter="Mr Hale")
    handoffs.offer(laptop.session, "victim", victim, "Victim Support")
    handover.give(laptop.session, "Watch evil0.example")
    page = shift_page.read(laptop.store, laptop.clock())
    data = page.as_data()
    assert data["decided"]["dismissed"] == 1
    assert data["decided"]["incidents_opened"] == 2
    assert (data["open"]["alerts"], data["came"]["reports"]) == (2, 1)
    assert [one["due_at"] for one in data["clocks"]] == sorted(one["due_at"] for one in data["clocks"])
    text = printed.as_text(shift_page.printed_page(page, "RXX Trust", "Asha Rahman", "A1B2", "Asha Rahman", "So long"))
    for words in ("TLP:AMBER+STRICT", "So long", "Loader on the wards", "UK GDPR Art. 33", "Victim Support", "of them"):
        assert words in text
    for secret in ("Jo Pryce", "Mr Hale", "minister", "evil0.example", "note on a screen"):
        assert secret not in text
    assert "evil0[.]example" in text
    json.dumps(data)


def test_the_page_of_an_incident_masks_and_labels_as_the_strictest_thing_on_it(laptop: Laptop) -> None:
    incident = incidents.open_incident(laptop.session, "Loader on the wards").id
    incidents.set_field(laptop.session, incident, "tlp", "GREEN")
    victim = victims.add_victim(laptop.session, incident, person="Jo Pryce", contact="bleep 2231").id
    victims.add_action(laptop.session, victim, "VS05", outcome="She cried")
    incident_log.add_line(laptop.session, incident, "The fax works")

    def page() -> printed.Printed:
        return incident_paper.page_of(laptop.store, incident, laptop.clock(), "Asha Rahman", "A1B2")

    text = printed.as_text(page())
    assert page().label == "TLP:GREEN"
    assert "a person, [masked]" in text
    assert "The fax works" in text
    for secret in ("Jo Pryce", "2231", "She cried"):
        assert secret not in text
    table(laptop, [("R1", "Beacon")])
    keys = [bytes(row[0]).hex() for row in laptop.store.rows("SELECT key FROM alert")]
    triage.link(laptop.session, keys, incident)
    laptop.store.execute("UPDATE evidence_row SET tlp = 'TLP:RED'")
    assert page().label == "TLP:RED"


def test_a_page_that_is_written_is_noted_and_never_over_the_store_itself(laptop: Laptop, tmp_path: Path) -> None:
    printed.write(laptop.session, tmp_path / "page.txt", b"x", "handover", "", "handover page")
    assert (tmp_path / "page.txt").read_bytes() == b"x"
    with pytest.raises(StoreReadOnly):
        printed.write(laptop.session, laptop.session.profile.store, b"x", "handover", "", "handover page")


def test_words_are_plain_and_not_without_end(laptop: Laptop) -> None:
    with pytest.raises(BadInput, match="longer than 4,000"):
        handover.give(laptop.session, "x" * 4_001)
    with pytest.raises(BadInput, match="control character"):
        handover.give(laptop.session, "a\x07b")


STEPS = st.tuples(st.integers(0, 1), st.sampled_from(["give", "take", "take back", "undo", "send"]))


@settings(max_examples=10, deadline=None)
@given(st.lists(STEPS, min_size=2, max_size=7))
def test_whatever_two_laptops_do_apart_they_say_the_same_once_they_have_met(steps: list[tuple[int, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as kept:
        pair = copies(Path(folder), 2)
        for laptop in pair:
            kept.callback(laptop.close)
        for number, step in steps:
            own, other = pair[number], pair[1 - number]
            own.clock.move(minutes=7)
            with contextlib.suppress(TriageError):  # there may be nothing to take, or to take back
                if step == "give":
                    handover.give(own.session, f"From {own.device}")
                elif step == "take":
                    take(own)
                elif step == "take back":
                    mine = [one for one in handover.listing(own.store) if one.giver == own.session.responder_name]
                    handover.take_back(own.session, mine[0].id if mine else "")
                elif step == "undo":
                    undo(own.session)
                else:
                    other.merge(own.export(other))
        pair[1].merge(pair[0].export(pair[1]))
        pair[0].merge(pair[1].export(pair[0]))
        assert handover.listing(pair[0].store) == handover.listing(pair[1].store)
        assert pair[0].verified() == pair[1].verified()
