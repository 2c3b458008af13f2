"""Reports (tips): recorded, linked, promoted, closed; sealed, masked, undone, exchanged, hostile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stores import Laptop, body, copies, write_raw
from triage_app.domain.records import CREATED
from triage_app.errors import BadInput, NotFound
from triage_app.services import figures, histories, incidents, reporting_windows, tips
from triage_app.services.undo import redo, undo
from triage_app.store import lookup, projections
from triage_app.store.state import projection_differences


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    (one,) = copies(tmp_path)
    yield one
    one.close()


@pytest.fixture
def three(tmp_path: Path) -> Iterator[list[Laptop]]:
    made = copies(tmp_path, 3)
    yield made
    for one in made:
        one.close()


def told(laptop: Laptop, text: str = "Locked screens on ward 7", **more: Any) -> str:
    return tips.receive(laptop.session, text, **{"reporter": "Jo Pryce", "contact": "bleep 12", **more}).id


def row(laptop: Laptop, tip: str) -> dict[str, Any]:
    found = lookup.one(laptop.store, "tip", tip)
    assert found is not None
    return found


def test_a_report_keeps_what_was_said_by_whom_how_and_when(laptop: Laptop) -> None:
    tip = told(laptop, channel="in person", received="2026-11-22 09h", organisation="rzz")
    found = row(laptop, tip)
    assert found["ref"].rpartition("-")[2] == "R0001"
    assert (found["text"], found["channel"], found["organisation"]) == (
        "Locked screens on ward 7",
        "in-person",
        "ods:RZZ",
    )
    assert (found["received"]["precision"], found["state"]) == ("hour", "new")
    shown = tips.as_data(found)
    assert (shown["reporter"], shown["contact"]) == ("[masked]", "[masked]")
    assert tips.reveal(laptop.session, tip) == {"reporter": "Jo Pryce", "contact": "bleep 12"}
    assert projection_differences(laptop.store) == []


def test_no_word_of_it_stands_in_the_journal_in_the_clear(laptop: Laptop) -> None:
    tip = told(laptop)
    tips.set_field(laptop.session, tip, "reporter", "Alex Moss")
    said = b"".join(bytes(one[0]) for one in laptop.store.rows("SELECT bytes FROM body WHERE bytes IS NOT NULL"))
    assert not any(word in said for word in (b"Pryce", b"Moss", b"bleep", b"ward 7"))
    assert "Moss" not in str(histories.of(laptop.store, row(laptop, tip)["ref"]))


def test_many_reports_are_of_one_incident_which_is_reported_when_the_first_of_them_came(laptop: Laptop) -> None:
    first, second = told(laptop, received="2026-11-20 09:00"), told(laptop, received="2026-11-19 23:59")
    incident = tips.promote(laptop.session, [first, second]).id
    found = lookup.one(laptop.store, "incident", incident)
    assert found is not None
    assert found["title"].startswith("Report RXX-")
    assert found["times"]["reported"] == row(laptop, second)["received"]
    third = told(laptop)
    tips.link(laptop.session, [third], incident)
    assert [one["id"] for one in tips.of_incident(laptop.store, incident)] == [second, first, third]
    window = reporting_windows.read(laptop.store, laptop.clock(), "", "2026-11-19", "2026-11-19")
    assert figures.compute(laptop.store, window).incidents.ids == (incident,)
    with pytest.raises(BadInput):
        tips.promote(laptop.session, [third])


def test_promoting_is_taken_back_whole_and_done_again(laptop: Laptop) -> None:
    tip = told(laptop)
    incident = tips.promote(laptop.session, [tip], "Ransomware on ward 7").id
    assert undo(laptop.session).left == []
    assert (row(laptop, tip)["state"], lookup.one(laptop.store, "incident", incident)) == ("new", None)
    redo(laptop.session)
    assert (row(laptop, tip)["incident"], lookup.one(laptop.store, "incident", incident) is None) == (incident, False)
    assert projection_differences(laptop.store) == []


def test_an_incident_that_a_later_report_belongs_to_is_not_taken_back(laptop: Laptop) -> None:
    incident = incidents.open_incident(laptop.session, "Ward 7")
    tips.link(laptop.session, [told(laptop)], incident.id)
    with pytest.raises(NotFound, match="built on"):
        undo(laptop.session, incident.act)


def test_a_report_is_closed_with_a_reason_reopened_and_moved(laptop: Laptop) -> None:
    tip = told(laptop)
    with pytest.raises(BadInput):
        tips.close(laptop.session, [tip], " ")
    tips.close(laptop.session, [tip], "A planned test")
    assert (row(laptop, tip)["state"], row(laptop, tip)["because"]) == ("no action", "A planned test")
    tips.reopen(laptop.session, [tip])
    one, other = (incidents.open_incident(laptop.session, title).id for title in ("One", "Other"))
    for incident in (one, other):
        tips.link(laptop.session, [tip], incident)
    assert row(laptop, tip)["incident"] == other
    with pytest.raises(BadInput):
        tips.link(laptop.session, [tip], other)
    undo(laptop.session)
    assert row(laptop, tip)["incident"] == one


@pytest.mark.parametrize(
    ("field", "value"),
    [("text", ""), ("text", "a\x00b"), ("text", "x" * 20_001), ("reporter", "a\nb"), ("contact", "x" * 401),
     ("channel", "pigeon"), ("received", "yesteryear"), ("received", "2031-01-01"), ("received", "1985"),
     ("organisation", "R X X"), ("state", "linked")],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_a_sentence(laptop: Laptop, field: str, value: str) -> None:
    with pytest.raises(BadInput) as refused:
        tips.set_field(laptop.session, told(laptop), field, value)
    assert refused.value.what.endswith(".")


def test_erasing_forgets_what_was_said_and_who_said_it(laptop: Laptop) -> None:
    tip = told(laptop)
    tips.erase(laptop.session, tip)
    found = row(laptop, tip)
    assert (found["text"], found["reporter"], found["ref"] != "") == ("[erased]", "[erased]", True)


def test_a_colleague_reads_it_and_another_organisation_only_that_it_came(three: list[Laptop]) -> None:
    one, colleague, foreign = three
    tip = told(one)
    incident = tips.promote(one.session, [tip], "Ward 7").id
    incidents.classify(one.session, incident, label="GREEN")
    for other in (colleague, foreign):
        other.merge(one.export(other))
    assert row(colleague, tip)["text"] == "Locked screens on ward 7"
    found = row(foreign, tip)
    assert (found["text"], found["reporter"], found["incident"]) == ("[not shared]", "[not shared]", incident)
    assert one.verified(incident) == colleague.verified(incident)
    assert projection_differences(foreign.store) == []


def test_two_laptops_that_decide_otherwise_are_in_conflict_and_nothing_is_lost(three: list[Laptop]) -> None:
    one, other, _ = three
    tip = told(one)
    other.merge(one.export(other))
    tips.promote(one.session, [tip], "Ward 7")
    tips.close(other.session, [tip], "A planned test")
    other.merge(one.export(other))
    assert [(found["entity_kind"], found["field"]) for found in lookup.conflicts(other.store)] == [("tip", "triage")]


@pytest.mark.parametrize(
    "value", [7, None, {"at": "x"}, {"state": 7, "incident": []}, {"state": "linked"}, [1], "\u202e"]
)
def test_whatever_a_bundle_put_into_a_report_is_shown(laptop: Laptop, value: Any) -> None:
    for field in (CREATED, *tips.SETTABLE, "triage", "new-field"):
        write_raw(laptop, body(laptop, "tip", "ab" * 16, field, value))
    with laptop.store.write():
        projections.rebuild(laptop.store)
    assert [tips.as_data(found)["id"] for found in tips.listing(laptop.store)] == ["ab" * 16]
