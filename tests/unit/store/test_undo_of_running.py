"""Whatever was done in running an incident, undoing all of it leads back, and redoing it leads forth again."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.stores import Laptop, copies
from tests.unit.store.test_undo import standing
from triage_app.services import (
    affected,
    calls,
    events,
    handoffs,
    impact,
    incident_log,
    incidents,
    letter_checks,
    letters,
    support,
    tasks,
    tips,
    victims,
)
from triage_app.services.undo import redo, undo
from triage_app.store import lookup

TABLES = (
    "incident", "victim", "action", "note", "letter", "attempt", "handoff", "affected", "task", "event", "impact",
    "call", "tip",
)  # fmt: skip
"""What screens read. When a row was last changed is left out: undoing changes it."""


def rows(laptop: Laptop) -> dict[str, Any]:
    """Return every row that stands, by table; a field that holds nothing is the same as none."""
    left_out = ("changed_at", "status_at", "status_by", "hlc", "facts")

    def plain(row: dict[str, Any]) -> dict[str, Any]:
        facts = {name: value for name, value in json.loads(row.get("facts") or "{}").items() if value is not None}
        return {**{name: value for name, value in row.items() if name not in left_out}, "facts": facts}

    return {
        name: sorted(map(plain, laptop.store.dicts(f"SELECT * FROM {name} WHERE deleted = 0")), key=_id)
        for name in TABLES
    }


def _id(row: dict[str, Any]) -> str:
    return str(row["id"])


def do(laptop: Laptop, what: int, value: int, incident: str, victim: str) -> bool:
    """Do something a responder may do while an incident runs; whether there was anything to do it to."""
    session, store = laptop.session, laptop.store
    actions = [row["id"] for row in lookup.listing(store, "action")]
    match what:
        case 0:
            victims.add_action(session, victim, ("VS05", "VS11", "VS24")[value])
        case 1 if actions:
            victims.set_action(session, actions[0], outcome=f"Said {value}", minutes=value)
        case 2 if actions:
            support.attempt(session, actions[0], ("no-answer", "left-message", "e-mailed")[value])
        case 3:
            handoffs.offer(session, "victim", victim, ("CSOC", "RYY", "NCSC")[value])
        case 4 if waiting := [row["id"] for row in lookup.listing(store, "handoff") if not row["answer"]]:
            handoffs.accept(session, waiting[0], f"Lee {value}")
        case 5 if not lookup.listing(store, "task"):
            tasks.start_playbook(session, incident, ("phishing", "ddos", "lost-device")[value])
        case 6:
            tasks.add_task(session, incident, f"Ring the vendor {value}")
        case 7 if found := [row["id"] for row in lookup.listing(store, "task") if not row["clinical"]]:
            tasks.settle(session, found[: value + 1], "done")
        case 8:
            events.add_event(session, incident, f"Logged in {value}", "2026-11-20", lane="attacker")
        case 9 if not any(row["said"]["system"] == f"PACS {value}" for row in impact.summary(store, incident).down):
            impact.add(session, incident, "outage", {"system": f"PACS {value}", "from": "-2h"})
        case 10:
            tips.receive(session, f"A red screen {value}")
        case 11:
            made = letters.draft(store, victim, "advice", "en", responder="Jo", now=session.now())
            letters.write(session, victim, "advice", "en", re.sub(r"\[\[.*?\]\]", str(value), made.text))
        case 12:
            affected.paste(session, incident, f"WS-{value}\nWS-{value + 1}")
        case 13:
            incident_log.add_line(session, incident, f"Line {value}")
        case 14:
            calls.log(session, "no answer", role="SIRO", about_kind="incident", about=incident)
        case 15 if letter_checks.exposure_of(store, lookup.one(store, "victim", victim) or {}) == "not-known":
            letters.set_exposure(session, victim, "was-seen", "The log says so")
        case _:
            return False
    return True


def same(laptop: Laptop, expected: tuple[Any, dict[str, Any]]) -> None:
    """Refuse a field or a row that is another than it was."""
    assert standing(laptop) == expected[0]
    found = rows(laptop)
    for name in TABLES:
        assert found[name] == expected[1][name], name


@settings(max_examples=12, phases=(Phase.generate,))
@given(steps=st.lists(st.tuples(st.integers(0, 15), st.integers(0, 2)), min_size=1, max_size=10))
def test_undoing_all_of_it_leads_back_through_every_state_and_redoing_forth(steps: list[tuple[int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (laptop,) = copies(Path(folder))
        try:
            incident = incidents.open_incident(laptop.session, "Ransomware").id
            victim = victims.add_victim(laptop.session, incident, person="Jo Pryce").id
            seen = [(standing(laptop), rows(laptop))]
            for what, value in steps:
                if do(laptop, what, value, incident, victim) and (standing(laptop), rows(laptop)) != seen[-1]:
                    seen.append((standing(laptop), rows(laptop)))
            for expected in seen[-2::-1]:
                assert undo(laptop.session).left == []
                same(laptop, expected)
            laptop.verified()
            for expected in seen[1:]:
                assert redo(laptop.session).left == []
                same(laptop, expected)
            laptop.verified()
        finally:
            laptop.close()
