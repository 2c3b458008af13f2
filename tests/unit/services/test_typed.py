"""Names, titles and times as they are typed: what nobody can read is nobody, and what never was is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stores import Laptop, copies
from triage_app.errors import BadInput
from triage_app.services import clock_acts, figures, incident_log, incidents, reporting_windows, tasks, victims
from triage_app.services.typed import MOST_NAME, MOST_TITLE, read_name, read_title, readable

NOBODY = ["\u200b", "\u3164", "\u2800", "\u200b \u2060", ".", "--", "\ufeff", "\u00ad"]


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    (one,) = copies(tmp_path)
    yield one
    one.close()


@pytest.mark.parametrize("name", NOBODY)
def test_a_name_that_cannot_be_read_is_nobodys(laptop: Laptop, name: str) -> None:
    incident = incidents.open_incident(laptop.session, "Screens locked").id
    with pytest.raises(BadInput):
        incidents.open_incident(laptop.session, name)
    with pytest.raises(BadInput):
        victims.add_victim(laptop.session, incident, person=name)
    with pytest.raises(BadInput):
        clock_acts.record_outcome(laptop.session, incident, [], "not-notifiable", by=name, because="None of ours")
    with pytest.raises(BadInput):
        clock_acts.record_outcome(laptop.session, incident, [], "not-notifiable", by="Dr Rao", because=name)


@pytest.mark.parametrize("name", ["Zoë", "李", "محمد", "ꞔ", "O'Neil-Šárka", "Ward 7"])
def test_a_name_in_any_script_is_a_name(name: str) -> None:
    assert read_name("The name", f"  {name} ") == name


def test_titles_and_names_have_an_end(laptop: Laptop) -> None:
    assert len(read_title("The title", "x" * MOST_TITLE)) == MOST_TITLE
    for long in ("x" * (MOST_TITLE + 1), "x y" * 5_000_000):
        with pytest.raises(BadInput, match="is longer than 300 characters"):
            incidents.open_incident(laptop.session, long)
    incident = incidents.open_incident(laptop.session, "Screens locked").id
    with pytest.raises(BadInput, match="is longer than 200 characters"):
        victims.add_victim(laptop.session, incident, person="x" * (MOST_NAME + 1))
    with pytest.raises(BadInput, match="is longer than 200 characters"):
        victims.add_victim(laptop.session, incident, organisation="RXX", organisation_name="x" * 100_000)


@given(st.text(max_size=400))
def test_what_is_typed_is_a_name_or_refused_with_a_sentence(text: str) -> None:
    try:
        name = read_name("The name", text)
    except BadInput:
        return
    assert name == " ".join(name.split())
    assert len(name) <= MOST_NAME
    assert readable(name)


@pytest.mark.parametrize("when", ["2027-01-15", "9999-01-01", "0001-01-01", "1899-12-31 10:00"])
def test_nothing_was_done_at_a_time_that_never_was_or_has_not_come(laptop: Laptop, when: str) -> None:
    incident = incidents.open_incident(laptop.session, "Screens locked", reported="2026-11-21").id
    victim = victims.add_victim(laptop.session, incident, organisation="RYY").id
    action = victims.add_action(laptop.session, victim, "VS05").id
    with pytest.raises(BadInput):
        victims.add_action(laptop.session, victim, "VS05", status="successful", done=when)
    with pytest.raises(BadInput):
        victims.set_action(laptop.session, action, status="successful", done=when)
    task = tasks.add_task(laptop.session, incident, "Ring the ward").id
    with pytest.raises(BadInput):
        tasks.settle(laptop.session, [task], "done", at=when)
    window = reporting_windows.read(laptop.store, laptop.clock(), "month-2026-11")
    assert figures.compute(laptop.store, window).victims.count == 0


def test_a_due_time_or_a_log_line_of_another_century_is_a_slip(laptop: Laptop) -> None:
    incident = incidents.open_incident(laptop.session, "Screens locked").id
    victim = victims.add_victim(laptop.session, incident, organisation="RYY").id
    with pytest.raises(BadInput, match="too long ago"):
        victims.add_action(laptop.session, victim, "VS05", due="0001-01-01 10:00")
    with pytest.raises(BadInput, match="too long ago"):
        tasks.add_task(laptop.session, incident, "Ring the ward", due="0001-01-01 10:00")
    with pytest.raises(BadInput, match="too long ago"):
        incident_log.add_line(laptop.session, incident, "It began", happened="-9999w")


def test_an_open_incident_has_no_time_of_closing(laptop: Laptop) -> None:
    incident = incidents.open_incident(laptop.session, "Screens locked").id
    with pytest.raises(BadInput, match="is open, so it has no time of closing"):
        incidents.set_field(laptop.session, incident, "closed", "2026-01-01")
    with pytest.raises(BadInput, match="is open, so it has no time of closing"):
        incidents.set_times(laptop.session, incident, {"closed": "2026-01-01"})
