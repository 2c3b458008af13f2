"""Once a person is erased, what belongs to them can be read nowhere, in whatever order the news of it arrives."""

from __future__ import annotations

import itertools
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stores import Clock, Laptop, contents_of, found, opened
from triage_app.errors import BadInput, NotFound
from triage_app.paths import Profile
from triage_app.services import calls, handoffs, incidents, keeping, letters, people, support, tips, undo, victims
from triage_app.services import session as sessions
from triage_app.store import erasures, journal, labels, lookup, personal, projections, state

NAME, CONTACT = "Morag Sinclair", "bleep 2231"


@pytest.fixture
def four(tmp_path: Path) -> Iterator[list[Laptop]]:
    """Four laptops of one trust: nothing that is theirs is kept from one another."""
    laptops = []
    for name in "wxyz":
        found(tmp_path / name, "RXX", responder=f"Responder {name}")
        laptops.append(opened(tmp_path / name))
    for one in laptops:
        for other in laptops:
            if one is not other:
                one.trust(other, "same")
    yield laptops
    for laptop in laptops:
        laptop.close()


def recorded(laptop: Laptop, name: str = NAME) -> tuple[str, str, str, str]:
    """Record a person with one action; return (incident, victim, action, person)."""
    incident = incidents.open_incident(laptop.session, "Loader on the wards").id
    victim = victims.add_victim(laptop.session, incident, person=name, contact=CONTACT).id
    action = victims.add_action(laptop.session, victim, "VS05").id
    (row,) = [row for row in laptop.rows("victim") if row["id"] == victim]
    return incident, victim, action, row["person"]


def add_all(laptop: Laptop, victim: str, action: str) -> None:
    """Write of a victim all that can be written, each with the word SECRET."""
    made = victims.add_action(laptop.session, victim, "VS24", outcome="SECRET of a new action").id
    victims.set_action(laptop.session, action, outcome="SECRET outcome")
    for one in (action, made):
        support.attempt(laptop.session, one, "spoke", words="SECRET try")
        incidents.add_note(laptop.session, "action", one, "SECRET note on it")
    handoffs.offer(laptop.session, "victim", victim, "Victim Support", note="SECRET hand-off")
    incidents.add_note(laptop.session, "victim", victim, "SECRET note")
    people.disclose(laptop.session, victim, "CSOC", "SECRET shared", "agreed")
    calls.log(laptop.session, "spoke", callee="SECRET callee", number="07700 900118", about_kind="victim", about=victim)
    text = letters.draft(laptop.store, victim, "advice", "en", responder="Asha", now=laptop.clock()).text
    letters.write(laptop.session, victim, "advice", "en", _filled(text) + "\n\nSECRET letter")


def _filled(text: str) -> str:
    return re.sub(r"\[\[.*?\]\]", "it", text)


def secrets_read(laptop: Laptop) -> list[str]:
    """Return whatever of it a laptop can still read, now or in its history."""
    found = []
    for kind in ("victim", "action", "attempt", "disclosure", "handoff", "note", "call", "letter"):
        found += [json.dumps(row, default=str) for row in lookup.listing(laptop.store, kind)]
    found += [personal.name_of(laptop.store, one) for (one,) in laptop.store.rows("SELECT id FROM person")]
    return [words for words in found if _tells(words)]


def _tells(words: str) -> bool:
    return any(part in words for part in ("SECRET", NAME, CONTACT, "Mo Sinclair"))


def keys_sent(sender: Laptop, to: Laptop) -> set[str]:
    contents = contents_of(sender.export(to, full=True), to)
    return set() if contents.keys is None else set(json.loads(contents.keys))


# -- no way back -------------------------------------------------------------------------------------------------


def test_undo_refuses_to_take_an_erasure_back_and_a_new_laptop_never_gets_the_name(four: list[Laptop]) -> None:
    a, b, c, _ = four
    incident, _, _, _ = recorded(a)
    b.merge(a.export(b))
    people.erase(a.session, a.rows("victim")[0]["person"])
    before = a.verified()
    for act in ("", undo.can_undo(a.store, a.device)):
        with pytest.raises(NotFound, match="erased cannot be brought back"):
            undo.undo(a.session, act)
    with pytest.raises(NotFound, match="nothing to redo"):
        undo.redo(a.session)
    assert a.verified() == before
    b.merge(a.export(b))
    c.merge(b.export(c))
    assert [secrets_read(one) for one in (a, b, c)] == [[], [], []]
    assert a.verified(incident) == b.verified(incident) == c.verified(incident)


def test_an_erasure_that_an_older_version_took_back_still_erases_wherever_it_comes(four: list[Laptop]) -> None:
    a, b, c, _ = four
    _, victim, _, person = recorded(a)
    b.merge(a.export(b))
    people.erase(a.session, person)
    with a.store.write():  # as undo did until now
        label = "TLP:AMBER+STRICT"
        theirs = (("person", person), ("victim", victim))
        changes = [journal.Change(kind, one, "erased", None, label) for kind, one in theirs]
        written = journal.append(a.store, a.session.author, 0, journal.new_act(), changes)
        projections.project_all(a.store, written.touched)
    b.merge(a.export(b))
    c.merge(b.export(c))
    assert [secrets_read(one) for one in (a, b, c)] == [[], [], []]
    keeping.rebuild(c.session)
    assert secrets_read(c) == []


# -- whatever arrives, in whatever order -------------------------------------------------------------------------


@pytest.mark.slow
def test_what_others_wrote_meanwhile_is_unreadable_everywhere_in_any_order_of_arrival(
    four: list[Laptop], tmp_path: Path
) -> None:
    a, b, c, d = four
    incident, victim, action, person = recorded(a)
    twin = victims.add_victim(a.session, incident, person="Mo Sinclair", contact=CONTACT).id
    twin_person = next(row["person"] for row in a.rows("victim") if row["id"] == twin)
    first = a.export(b, c, d)
    for one in (b, c):
        one.merge(first)
    add_all(b, victim, action)
    people.same(c.session, person, twin_person)
    incidents.add_note(c.session, "victim", twin, "SECRET note on the twin")
    people.erase(a.session, person)
    bundles = [a.export(d, full=True), b.export(d, full=True), c.export(d, full=True)]
    key = bytes(d.session.key)
    responder = d.session.author.responder
    d.close()
    states = set()
    for number, order in enumerate(itertools.permutations(bundles)):
        target = tmp_path / f"order-{number}"
        shutil.copytree(d.folder, target)
        clock = Clock()
        session = sessions.open_with_key(Profile(target / "profile"), key, clock, responder=responder)
        made = Laptop(session, clock, target)
        for bundle in order:
            made.merge(bundle)
        assert secrets_read(made) == [], order
        theirs = {one for who in (person, twin_person) for _, one in personal.belonging_to(made.store, who)}
        assert len(theirs) > 12
        assert not theirs & set(personal.keys_of(made.store, sorted(theirs)))
        states.add(made.verified())
        if number == 0:
            assert not theirs & keys_sent(made, a)
            keeping.rebuild(made.session)
            assert secrets_read(made) == []
            assert made.verified() in states
            for other in (a, b, c):
                other.merge(made.export(other, full=True))
                assert secrets_read(other) == []
                assert other.verified() in states
        made.merge(first, *bundles)  # sticks with the keys on them, found once more
        assert secrets_read(made) == [], order
        made.close()
        shutil.rmtree(target)
    assert len(states) == 1


def test_what_a_report_said_is_forgotten_wherever_the_news_comes_and_stays_so(four: list[Laptop]) -> None:
    a, b = four[:2]
    report = tips.receive(a.session, "SECRET: the porter saw a red page", reporter=NAME).id
    b.merge(a.export(b))
    (there,) = lookup.listing(b.store, "tip")
    assert _tells(str(there["text"]))
    tips.erase(a.session, report)
    b.merge(a.export(b))
    for _ in range(2):
        (there,) = lookup.listing(b.store, "tip")
        assert not _tells(json.dumps(there, default=str))
        assert report not in keys_sent(b, four[2]), "its key goes to nobody"
        keeping.rebuild(b.session)


def test_a_hold_keeps_what_came_meanwhile_until_it_is_lifted(pair: list[Laptop]) -> None:
    a, b = pair
    _, victim, action, person = recorded(a)
    b.merge(a.export(b))
    people.hold(b.session, victim, "Inquest")
    add_all(b, victim, action)
    people.erase(a.session, person)
    b.merge(a.export(b))
    incidents.add_note(b.session, "victim", victim, "SECRET for the inquest")  # held, so it may be added to
    keeping.rebuild(b.session)
    assert len(secrets_read(b)) > 9
    people.lift(b.session, victim, "Closed")
    assert secrets_read(b) == []
    a.merge(b.export(a))
    assert secrets_read(a) == []
    assert a.verified() == b.verified()


def test_erasing_one_of_two_records_of_one_person_erases_both_and_one_hold_keeps_both(pair: list[Laptop]) -> None:
    a, _ = pair
    incident, _, _, person = recorded(a)
    twin = victims.add_victim(a.session, incident, person="Mo Sinclair", contact=CONTACT).id
    twin_person = next(row["person"] for row in a.rows("victim") if row["id"] == twin)
    people.same(a.session, person, twin_person)
    people.hold(a.session, twin, "Inquest")
    with pytest.raises(BadInput, match="under legal hold"):
        people.erase(a.session, person)
    people.lift(a.session, twin, "Closed")
    people.erase(a.session, person)
    assert secrets_read(a) == []
    assert {one.erased for one in people.kept(a.store)} == {True}
    a.verified()


def test_nobody_is_erased_by_saying_that_they_are_the_same_as_somebody_erased(pair: list[Laptop]) -> None:
    a, _ = pair
    incident, _, _, person = recorded(a)
    other = victims.add_victim(a.session, incident, person="Tom Reid").id
    other_person = next(row["person"] for row in a.rows("victim") if row["id"] == other)
    linked = people.same(a.session, person, other_person)
    taken_back = undo.undo(a.session, linked.act)
    people.erase(a.session, person)
    with pytest.raises(BadInput, match="has been erased"):
        people.same(a.session, person, other_person)
    with pytest.raises(BadInput, match="has been erased"):
        undo.undo(a.session, taken_back.changes.act)
    assert personal.name_of(a.store, other_person) == "Tom Reid"
    assert not erasures.is_gone(a.store, other_person)


# -- what may still be written -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "write",
    [
        lambda a, victim, action: incidents.add_note(a.session, "victim", victim, "SECRET"),
        lambda a, victim, action: incidents.add_note(a.session, "action", action, "SECRET"),
        lambda a, victim, action: victims.add_action(a.session, victim, "VS24", outcome="SECRET"),
        lambda a, victim, action: victims.set_action(a.session, action, outcome="SECRET"),
        lambda a, victim, action: support.attempt(a.session, action, "spoke", words="SECRET"),
        lambda a, victim, action: handoffs.offer(a.session, "victim", victim, "Victim Support", note="SECRET"),
        lambda a, victim, action: people.disclose(a.session, victim, "CSOC", "SECRET", "agreed"),
        lambda a, victim, action: calls.log(a.session, "spoke", callee="SECRET", about_kind="victim", about=victim),
        lambda a, victim, action: add_letter(a, victim),
        lambda a, victim, action: victims.set_victim(a.session, victim, "contact", "SECRET"),
    ],
)
def test_nothing_personal_is_written_of_somebody_who_was_erased(
    pair: list[Laptop], write: Callable[[Laptop, str, str], object]
) -> None:
    a, _ = pair
    _, victim, action, person = recorded(a)
    people.erase(a.session, person)
    before, keys = a.verified(), a.store.rows("SELECT * FROM personal_key")
    with pytest.raises(BadInput, match="What was kept about this person has been erased"):
        write(a, victim, action)
    assert a.verified() == before
    assert a.store.rows("SELECT * FROM personal_key") == keys


def add_letter(laptop: Laptop, victim: str) -> None:
    text = letters.draft(laptop.store, victim, "advice", "en", responder="Asha", now=laptop.clock()).text
    letters.write(laptop.session, victim, "advice", "en", _filled(text) + "\n\nSECRET")


def test_what_is_not_personal_may_still_be_recorded_of_them(pair: list[Laptop]) -> None:
    a, _ = pair
    _, victim, action, person = recorded(a)
    people.erase(a.session, person)
    victims.set_action(a.session, action, status="successful")
    made = victims.add_action(a.session, victim, "VS24", status="successful").id
    support.attempt(a.session, made, "no-answer")
    handoffs.offer(a.session, "victim", victim, "Victim Support")
    victims.set_victim(a.session, victim, "wish", "agreed")
    assert {row["status"] for row in a.rows("action")} == {"successful"}
    a.verified()


def test_the_word_of_another_trust_erases_nothing_that_we_wrote_and_ours_reaches_them(tmp_path: Path) -> None:
    laptops = []
    for name, organisation in (("x", "RXX"), ("y", "RYY"), ("z", "RXX")):
        found(tmp_path / name, organisation, responder=f"Responder {name}")
        laptops.append(opened(tmp_path / name))
    x, y, z = laptops
    try:
        for one in laptops:
            for other in laptops:
                if one is not other:
                    one.trust(other, "peer" if y in (one, other) else "same")
        incident, victim, _, person = recorded(x)
        incidents.classify(x.session, incident, label="TLP:GREEN")
        victims.set_victim(x.session, victim, "sharing", "RYY, to ring them")
        tip = tips.receive(x.session, "Screens locked", reporter=NAME).id
        tips.link(x.session, [tip], incident)
        for other in (y, z):
            other.merge(x.export(other))
        people.erase(y.session, person)
        tips.erase(y.session, tip)
        incidents.add_note(x.session, "victim", victim, "SECRET note")
        for one, other in ((y, x), (y, z), (x, z), (z, x), (x, y)):
            other.merge(one.export(other))
        for one in (x, z):
            assert personal.name_of(one.store, person) == NAME
            assert lookup.one(one.store, "tip", tip)["reporter"] == NAME  # type: ignore[index]
            assert secrets_read(one)
            assert not erasures.is_gone(one.store, person)
        assert personal.name_of(y.store, person) == personal.ERASED
        for one in laptops:
            with one.store.write():
                projections.rebuild(one.store)
        assert personal.name_of(x.store, person) == NAME
        people.erase(x.session, person)  # ours counts, here and there
        for other in (y, z):
            other.merge(x.export(other))
        for one in laptops:
            assert personal.name_of(one.store, person) == personal.ERASED
            assert secrets_read(one) == []
        assert x.verified() == z.verified()
    finally:
        for one in laptops:
            one.close()


def test_the_state_of_an_incident_covers_everything_that_belongs_to_it(pair: list[Laptop]) -> None:
    a, _ = pair
    incident, victim, action, _ = recorded(a)
    add_all(a, victim, action)
    handoffs.offer(a.session, "incident", incident, "CSOC")
    calls.log(a.session, "spoke", callee="CSOC", about_kind="incident", about=incident)
    covered = state._belonging(a.store, incident)
    heads = a.store.rows("SELECT DISTINCT kind, entity FROM head")
    theirs = {(kind, entity) for kind, entity in heads if incident in labels.incidents_of(a.store, kind, entity)}
    assert {"attempt", "disclosure", "handoff", "letter", "note", "call", "action"} <= {kind for kind, _ in theirs}
    assert theirs <= covered
