"""A small real store with two incidents, their alerts, victims and support, for tests of those views."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import desk_over
from triage_app.formats import key_slots
from triage_app.paths import Profile
from triage_app.services import import_alerts, incidents, triage, victims
from triage_app.services import session as sessions
from triage_app.services.session import Session
from triage_app.store import alerts, lookup
from triage_app.store.alerts import AlertFilter
from triage_app.store.connection import Store
from triage_app.ui.desk import Desk

PASSPHRASE = "correct horse battery"
SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"


class Hands:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Told:
    """What is in the store, by id."""

    home: Path
    ransom: str
    supplier: str
    trust: str
    person: str
    late: str


def tell(home: Path) -> Told:
    """Make the store: ransomware with an organisation and a person harmed, and a supplier's breach."""
    clock = Hands()
    cost = key_slots.KdfCost(t=1, m=8 * 1024, p=1)
    profile = Profile(home)
    sessions.found(
        profile,
        organisation="RXX",
        organisation_name="Northmoor University Hospitals",
        responder="Sam Okafor",
        passphrase=PASSPHRASE,
        now=clock,
        cost=cost,
        demonstration=True,
    )
    session = sessions.unlock(profile, PASSPHRASE, clock)
    try:
        return _story(session, clock, home)
    finally:
        session.close()


def _story(session: Session, clock: Hands, home: Path) -> Told:
    def at(hour: int, minute: int) -> None:
        clock.at = datetime(2026, 11, 22, hour, minute, tzinfo=UTC)

    import_alerts.import_file(session, SAMPLES / "suricata-eve.json")
    rows = alerts.rows(session.store, alerts.ids(session.store, AlertFilter()))
    worst = sorted(rows.values(), key=lambda row: -row["severity"])[:3]
    at(1, 5)
    ransom = triage.promote(session, [row["key"] for row in worst], "Ransomware on imaging file servers").id
    incidents.set_times(session, ransom, {"detected": "2026-11-22 00:43", "aware": "2026-11-22 00:45"})
    at(1, 20)
    trust = victims.add_victim(session, ransom, organisation="RXX", contact="Dr Lena Amin, 0300 555 0118").id
    person = victims.add_victim(session, ransom, person="Jo Pryce", status="at risk", contact="jo@example.nhs.uk").id
    at(1, 41)
    late = victims.add_action(session, trust, "VS02", due="2026-11-22T02:41Z").id
    victims.add_action(session, trust, "VS01", status="successful", outcome="Spoke to Dr Amin", minutes=6)
    victims.add_action(session, person, "VS11", due="2026-11-22T06:50Z")
    at(2, 6)
    incidents.classify(session, ransom, category=3, because="Essential service affected", campaign="Imaging outage")
    at(2, 31)
    incidents.note(session, ransom, "Imaging lead: CT on paper until 08:00")
    at(2, 40)
    title = "Supplier breach: pathology courier told us that its booking system was copied, eleven trusts named " * 2
    supplier = incidents.open_incident(session, title.strip()).id
    return Told(home, ransom, supplier, trust, person, late)


def story_end() -> datetime:
    """The time at which the tests look."""
    return datetime(2026, 11, 22, 3, 12, tzinfo=UTC)


@contextmanager
def desk_on(told: Told, to: Path, qtbot: QtBot) -> Iterator[Desk]:
    """Yield a desk over a copy of the store, and close it afterwards; a fault of ours fails the test."""
    home = to / "home"
    shutil.copytree(told.home, home)
    with desk_over(lambda: sessions.unlock(Profile(home), PASSPHRASE, story_end), qtbot) as desk:
        yield desk


def dialog(kind: type[QDialog], qtbot: QtBot) -> QDialog:
    """Return the dialog of that class that is open."""

    def found() -> list[QDialog]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()]

    qtbot.waitUntil(lambda: len(found()) == 1, timeout=5_000)
    shown = found()[0]
    qtbot.waitUntil(shown.isActiveWindow, timeout=5_000)  # before that, keys are not its own
    return shown


def incident_row(store: Store, entity: str) -> dict[str, object]:
    """Return an incident as the store holds it."""
    found = lookup.one(store, "incident", entity)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The store, told once a file of tests."""
    return tell(tmp_path_factory.mktemp("incidents") / "home")


@pytest.fixture
def desk(told: Told, tmp_path: Path, qtbot: QtBot) -> Iterator[Desk]:
    """A desk over a copy of it."""
    with desk_on(told, tmp_path, qtbot) as opened:
        yield opened
