"""What is held about a person: shown to them, kept as long as it must be, held for a court, and erased for good."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stores import Laptop, copies, table
from triage_app.domain import retention
from triage_app.errors import BadInput
from triage_app.paths import resources
from triage_app.services import (
    attachments,
    calls,
    duties,
    events,
    handoffs,
    incidents,
    keeping,
    letters,
    people,
    subject_access,
    support,
    tasks,
    tips,
    victim_record,
    victims,
)
from triage_app.services.changes import milliseconds
from triage_app.services.undo import undo
from triage_app.store import access, personal

NAME = "Morag Sinclair"
SHIPPED = json.loads((Path(resources()) / "policies" / "retention.json").read_text(encoding="utf-8"))


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[list[Laptop]]:
    laptops = copies(tmp_path, 2)
    yield laptops
    for laptop in laptops:
        laptop.close()


def told(laptop: Laptop) -> tuple[str, str, str]:
    """Record a person with all that can be recorded; return (incident, victim, person)."""
    incident = incidents.open_incident(laptop.session, "Loader on the wards").id
    victim = victims.add_victim(laptop.session, incident, person=NAME, contact="bleep 2231").id
    victims.add_victim(laptop.session, incident, person="Tom Reid", contact="07700 900431")
    victim_record.set_many(
        laptop.session, victim, {"flags": "capacity", "language": "Gaelic", "ground": "agreed", "sharing": "CSOC"}
    )
    action = victims.add_action(laptop.session, victim, "VS24", outcome="Her neighbour tom reid will ring").id
    support.attempt(laptop.session, action, "left-message", words="With Asha Rahman's sister")
    people.disclose(laptop.session, victim, "CSOC", "Name and ward")
    handoffs.offer(laptop.session, "victim", victim, "Victim Support", note="Ring after six")
    incidents.add_note(laptop.session, "victim", victim, "Prefers mornings")
    incidents.note(laptop.session, incident, f"{NAME} unplugged the fax, Tom Reid watched")
    person = next(row["person"] for row in laptop.rows("victim") if row["id"] == victim)
    return incident, victim, person


def test_what_is_held_is_shown_whole_and_nobody_elses_name_is_in_it(pair: list[Laptop]) -> None:
    a = pair[0]
    _, _, person = told(a)
    path = a.folder / "held.json"
    subject_access.export(a.session, person, path)
    text = path.read_text(encoding="utf-8")
    for words in (
        NAME, "bleep 2231", "May lack capacity to decide", "Gaelic", "They agreed", "Name and ward", "Ring after six",
        "Prefers mornings", "Left message", "unplugged the fax", "Follow-up call",
    ):  # fmt: skip
        assert words in text, words
    for words in ("Tom Reid", "tom reid", "07700 900431", "Asha Rahman"):
        assert words not in text, words
    assert subject_access.OTHER in text
    assert subject_access.STAFF in text
    entry = access.entries(a.store)[0]
    assert (entry["what"], entry["kind"], entry["entity"]) == ("export", "person", person)
    assert NAME not in json.dumps(entry)
    page = a.folder / "held.html"
    subject_access.export(a.session, person, page)
    assert "<dd>bleep 2231</dd>" in page.read_text(encoding="utf-8")


def test_what_was_taken_back_is_still_held_and_shown(pair: list[Laptop]) -> None:
    a = pair[0]
    _, victim, person = told(a)
    incidents.add_note(a.session, "victim", victim, "Wrote down the wrong ward")
    undo(a.session)
    path = a.folder / "held.json"
    subject_access.export(a.session, person, path)
    assert "Wrote down the wrong ward" in path.read_text(encoding="utf-8")


def test_hostile_words_stay_words_on_the_page(pair: list[Laptop]) -> None:
    a = pair[0]
    incident = incidents.open_incident(a.session, "Loader").id
    victims.add_victim(a.session, incident, person="<script>x</script>\u202e", contact="a & b")
    path = a.folder / "held.html"
    subject_access.export(a.session, a.rows("victim")[0]["person"], path)
    text = path.read_text(encoding="utf-8")
    assert "<script>" not in text
    assert "\u202e" not in text
    assert "a &amp; b" in text


@pytest.mark.parametrize("name", ["held.txt", "held", "store.db"])
def test_only_a_page_or_json_is_written(pair: list[Laptop], name: str) -> None:
    a = pair[0]
    _, _, person = told(a)
    with pytest.raises(BadInput, match=r"\.html or \.json"):
        subject_access.export(a.session, person, a.folder / name)


def test_nothing_is_erased_under_legal_hold_and_a_lifted_hold_lets_it_go(pair: list[Laptop]) -> None:
    a = pair[0]
    _, victim, person = told(a)
    people.hold(a.session, victim, "Coroner's inquest", by="Ms Hale, legal")
    before = a.verified()
    with pytest.raises(BadInput, match="under legal hold") as refusal:
        people.erase(a.session, person)
    assert refusal.value.code == "legal-hold"
    assert a.verified() == before
    assert b"inquest" not in b"".join(bytes(row[0]) for row in a.store.rows("SELECT bytes FROM body"))
    people.lift(a.session, victim, "Inquest closed")
    people.erase(a.session, person)
    assert personal.name_of(a.store, person) == personal.ERASED
    a.verified()


def test_an_erasure_that_arrives_waits_for_the_hold_here_and_comes_true_when_it_is_lifted(pair: list[Laptop]) -> None:
    a, b = pair
    _, victim, person = told(a)
    b.merge(a.export(b))
    people.hold(b.session, victim, "Coroner's inquest")
    people.erase(a.session, person)
    b.merge(a.export(b))
    assert personal.name_of(b.store, person) == NAME
    assert {row["contact"] for row in b.rows("victim") if row["id"] == victim} == {"bleep 2231"}
    keeping.rebuild(b.session)
    assert personal.name_of(b.store, person) == NAME
    b.verified()
    people.lift(b.session, victim, "Inquest closed")
    assert personal.name_of(b.store, person) == personal.ERASED
    assert {one["words"] for one in b.rows("attempt")} == {personal.ERASED}
    a.merge(b.export(a))
    assert a.verified() == b.verified()


def test_an_erasure_reaches_everything_recorded_and_names_what_it_could_not_reach(pair: list[Laptop]) -> None:
    a, b = pair
    table(a, [("INC-1", f"Mail of {NAME} forwarded")])
    incident, _, person = told(a)
    b.merge(a.export(b))
    subject_access.export(a.session, person, a.folder / "held.json")
    _, beyond = people.erase(a.session, person)
    said = "\n".join(beyond)
    assert "1 alerts or records" in said
    assert "1 of what is held about them" in said
    assert "RXX laptop (RXX)" in said
    assert "kept 90 days" in said
    assert NAME not in said
    held = json.dumps([a.rows(kind) for kind in ("victim", "action", "attempt", "disclosure", "handoff", "note")])
    for words in ("bleep 2231", "capacity", "Gaelic", "neighbour", "sister", "Name and ward", "Ring after", "mornings"):
        assert words not in held, words
    assert "unplugged" in held  # a line of the log is about the incident, and is not theirs alone
    b.merge(a.export(b))
    assert personal.name_of(b.store, person) == personal.ERASED
    a.merge(b.export(a))
    assert a.verified() == b.verified()
    assert a.verified(incident) == b.verified(incident)
    with pytest.raises(BadInput, match="has been erased"):
        subject_access.export(a.session, person, a.folder / "again.json")


ELSEWHERE = ("note", "event", "task", "tip", "call", "attachment", "incident")


def named_everywhere(laptop: Laptop, incident: str, name: str, number: str) -> dict[str, str]:
    """Let a record of every kind name somebody, each in other capitals and spaces; return reference by kind."""
    session, said = laptop.session, name.upper().replace(" ", "\u00a0 ")
    incidents.note(session, incident, f"{said} rang the desk")
    events.add_event(session, incident, f"{name.casefold()} saw the note", "2026-11-21 10:00")
    tasks.add_task(session, incident, f"Ring {said}'s ward")
    tips.receive(session, f"A man asked for {said}", reporter="Ivor Jones", contact="07700 900555")
    calls.log(session, "spoke", callee="Ward 7", number=number, about_kind="incident", about=incident)
    path = laptop.folder / "scan.txt"
    path.write_text("bytes", encoding="utf-8")
    attachments.attach(session, incident, path, attachments.Taking(description=f"Photograph of {said}"))
    incidents.set_field(session, incident, "title", f"Loader at the desk of {said}")
    return {kind: laptop.rows(kind)[0]["ref"] for kind in ELSEWHERE if kind != "event"}


def test_an_erasure_lists_by_reference_what_still_names_them_and_says_no_name(pair: list[Laptop]) -> None:
    a = pair[0]
    incident = incidents.open_incident(a.session, "Loader").id
    victims.add_victim(a.session, incident, person="Ann Bee", contact="0161 496 0118, ann@example.nhs.uk")
    victims.add_victim(a.session, incident, person="Ann Bee-Jones", contact="bleep 9")
    person = next(row["person"] for row in a.rows("victim") if row["person_name"] == "Ann Bee")
    refs = named_everywhere(a, incident, "Ann Bee", "+44 (0)161-496-0118")
    incidents.note(a.session, incident, "Ann Bee-Jones is somebody else")
    other = a.rows("note")[0]["ref"]
    _, beyond = people.erase(a.session, person)
    said = "\n".join(beyond)
    for kind, ref in refs.items():
        assert ref in said, kind
    assert f"event that names them: {refs['incident']}" in said
    assert other not in said
    for words in ("ann bee", "ann\u00a0", "ann@", "496"):
        assert words not in said.casefold()


def test_an_export_holds_letters_calls_tips_and_what_names_them_without_other_names(pair: list[Laptop]) -> None:
    a = pair[0]
    incident = incidents.open_incident(a.session, "Loader").id
    victim = victims.add_victim(a.session, incident, person="Ann Bee-Jones", contact="0161 496 0118").id
    victims.add_victim(a.session, incident, person="Ann Bee", contact="0161 496 0999")
    named_everywhere(a, incident, "Ann Bee-Jones", "01614960118")
    words = "ann\u00a0 bee, Ann Bee\u2019s son (01614960999) and Ann  Bee-Jones agree"
    incidents.add_note(a.session, "victim", victim, words)
    drafted = letters.draft(a.store, victim, "advice", "en", responder="Jo", now=a.clock())
    text = re.sub(r"\[\[.*?\]\]", "it", drafted.text)
    letters.write(a.session, victim, "advice", "en", f"{text}\n\nWords of the letter")
    calls.log(a.session, "spoke", callee="Ann Bee-Jones", note="Words of the call")
    tips.receive(a.session, "Words of her report", reporter="Ann Bee-Jones")
    person = next(row["person"] for row in a.rows("victim") if row["id"] == victim)
    path = a.folder / "held.json"
    subject_access.export(a.session, person, path)
    held = path.read_text(encoding="utf-8")
    shown = json.loads(held)
    assert shown[0]["lines"] == [{"name": "Name", "words": "Ann Bee-Jones"}]
    other = subject_access.OTHER
    assert "agree" in held, held
    assert f"{other}, {other}\u2019s son ({other}) and Ann  Bee-Jones agree" in held
    for words in (
        "Words of the letter", "not marked as sent", "Words of the call", "Words of her report", "rang the desk",
        "saw the note", "'s ward", "Photograph of", "Loader at the desk", "01614960118",
    ):  # fmt: skip
        assert words in held, words
    for words in (f"{other}-Jones", "Ivor Jones", "900555", "0999"):
        assert words not in held, words
    elsewhere = next(one for one in shown if one["heading"] == "In other records")
    assert [line["words"] for line in elsewhere["lines"]] == ["Names you, or somebody of the same name"]


def close(laptop: Laptop, incident: str) -> None:
    now = milliseconds(laptop.clock())
    waiting = [duties.duty_code(one) for one in duties.open_duties(laptop.store, incident, now)]
    incidents.close(laptop.session, incident, "Contained", staying_open=waiting, leaving=["all"], left_by="Dr Rao")


def test_what_has_passed_its_time_is_listed_and_what_is_open_is_not(pair: list[Laptop]) -> None:
    a = pair[0]
    incident, victim, person = told(a)
    assert {one.until for one in people.kept(a.store)} == {None}
    close(a, incident)
    now = milliseconds(a.clock())
    assert people.due(a.store, now) == []
    later = now + 731 * 86_400_000
    people.hold(a.session, victim, "Claim")
    found = people.due(a.store, later)
    assert len(found) == 2
    assert {one.person: one.held for one in found}[person]
    people.lift(a.session, victim, "Settled")
    people.erase(a.session, person)
    assert person not in {one.person for one in people.due(a.store, later)}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"periods": []}, "1 to 100 periods"),
        ({"periods": [{"party": "person", "status": "", "months": 0}]}, "1 to 1200 months"),
        ({"periods": [{"party": "dog", "status": "", "months": 3}]}, "for a person"),
        ({"periods": ["x"]}, "and nothing else"),
        ({"backup_days": True}, "no number of days"),
        ({"date": "soon"}, "not written as"),
        ({"name": 3}, "“name”"),
        ({"x": 3}, "not known"),
    ],
)
def test_a_retention_file_with_a_fault_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(retention.BadPolicy, match=words):
        retention.read({**SHIPPED, **change})


@given(at=st.integers(-(2**60), 2**60) | st.integers(0, 4_000_000_000_000), months=st.integers(1, 1200))
def test_so_many_months_later_is_later_or_beyond_every_calendar(at: int, months: int) -> None:
    found = retention.months_after(at, months)
    assert found is None or found > at


def test_the_last_day_of_a_shorter_month_counts() -> None:
    at = round(datetime(2026, 11, 30, 9, tzinfo=UTC).timestamp() * 1000)
    assert retention.months_after(at, 3) == round(datetime(2027, 2, 28, 9, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(("whom", "what", "ground"), [("", "Name", "agreed"), ("CSOC", " ", "agreed")])
def test_what_was_shared_needs_a_receiver_words_and_a_ground(
    pair: list[Laptop], whom: str, what: str, ground: str
) -> None:
    a = pair[0]
    incident = incidents.open_incident(a.session, "Loader").id
    victim = victims.add_victim(a.session, incident, person=NAME).id
    with pytest.raises(BadInput, match="receiver"):
        people.disclose(a.session, victim, whom, what, ground)
    with pytest.raises(BadInput, match="On what ground"):
        people.disclose(a.session, victim, "CSOC", "Name")
    with pytest.raises(BadInput, match="no legal hold"):
        people.lift(a.session, victim, "over")
    with pytest.raises(BadInput, match="needs a reason"):
        people.hold(a.session, victim, " ")
