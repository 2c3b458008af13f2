"""Clocks over a real store, for tests."""

from __future__ import annotations

from tests.stores import NOON, Laptop
from triage_app.domain.clocks import HOUR_MS
from triage_app.services import clock_acts, clocks, incidents
from triage_app.services.changes import milliseconds

T0 = milliseconds(NOON)


def now(laptop: Laptop) -> int:
    return milliseconds(laptop.clock.at)


def opened(laptop: Laptop, title: str = "Ransomware") -> str:
    return incidents.open_incident(laptop.session, title).id


def clock(laptop: Laptop, incident: str, policy: str = "uk-gdpr-33", organisation: str = "RXX") -> clocks.Clock:
    found = [
        one
        for one in clocks.of_incident(laptop.store, incident, now(laptop))
        if one.policy.code == policy and one.organisation == f"ods:{organisation}"
    ]
    assert len(found) == 1
    return found[0]


def facts(laptop: Laptop, incident: str) -> list[object]:
    return [(one.id, one.steps) for one in clocks.of_incident(laptop.store, incident, T0 + 1000 * HOUR_MS)]


def decide_all(laptop: Laptop, incident: str) -> None:
    clock_acts.record_outcome(
        laptop.session, incident, [], "not-notifiable", by="Dr Rao", because="no personal data, no outage"
    )
