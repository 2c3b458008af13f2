"""What the crash tests stand on: small real stores, bundles and files of alerts, made once and copied for trials."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import stores
from triage_app.errors import StoreBusy
from triage_app.formats import known_mappings, reading
from triage_app.paths import Profile
from triage_app.services import incidents
from triage_app.services import session as sessions
from triage_app.services.session import Session
from triage_app.store import journal
from triage_app.store.connection import open_store

FILES, ROWS, REJECTED = 12, 90, 2
"How many files of alerts there are to import, the alerts in each, and the lines of each that cannot be read."

BUNDLES = 8
"How many bundles there are to merge, each with all that the one before held and more."

CHUNK = 30
"Rows of one transaction of an import, so that a small file takes several."

PATIENCE = 20.0
"Seconds for which a lock is waited for."

_LATEST = ("m012_campaigns_and_tips", "m013_impact_directory_calls", "m014_letters")
_UNDONE = """
DROP TABLE letter; DROP TABLE call; DROP TABLE directory; DROP TABLE impact; DROP TABLE tip;
ALTER TABLE campaign DROP COLUMN description; ALTER TABLE campaign DROP COLUMN aliases;
ALTER TABLE campaign DROP COLUMN status; ALTER TABLE campaign DROP COLUMN created_at;
ALTER TABLE campaign DROP COLUMN created_by; ALTER TABLE campaign DROP COLUMN changed_at
"""


@dataclass(frozen=True)
class Alerts:
    """A file to import, and what a reader says of it: a process that says just that costs no second to start."""

    path: Path
    words: Path

    @property
    def reader(self) -> list[str]:
        """The command of that reader; what the program puts behind it is the job, which it does not need."""
        return ["sh", "-c", 'exec cat "$0"', str(self.words)]


@dataclass(frozen=True)
class Bundle:
    """A bundle of another laptop's, and how far its chain goes."""

    path: Path
    device: str
    seq: int


@dataclass(frozen=True)
class Ground:
    """Stores to copy, and what to put into them."""

    base: Path
    key: bytes
    responder: str
    files: tuple[Alerts, ...]
    bundles: tuple[Bundle, ...]

    def copy(self, folder: Path, *, older: bool = False) -> Profile:
        """Put a fresh store into a folder, in place of what is there; ``older`` is one to be migrated."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.base / ("older" if older else "today"), folder)
        return Profile(folder)

    def open(
        self,
        profile: Profile,
        clock: stores.Clock | None = None,
        *,
        read_only: bool = False,
        on_busy: Callable[[], None] = lambda: None,
    ) -> Session:
        """Open a store with its data key, as the program does once it has the passphrase.

        A process that was killed while it started another leaves its lock with that one until it has begun.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return sessions.open_with_key(
                    profile, self.key, clock or stores.Clock(), read_only=read_only, responder=self.responder
                )
            except StoreBusy:
                if time.monotonic() > deadline:
                    raise
            on_busy()
            time.sleep(0.02)


def prepare(base: Path, files: int = FILES, bundles: int = BUNDLES) -> Ground:
    """Make the stores under a folder: today's, one that lacks the latest migrations, and what is to come in."""
    (base / "made").mkdir(parents=True)
    ours, theirs = stores.copies(base / "made", 2)
    first = incidents.open_incident(ours.session, "Ward 7B cannot log on")
    incidents.note(ours.session, first.id, "Rang the ward")
    made = []
    for number in range(bundles):
        for place in range(3):
            incidents.open_incident(theirs.session, f"Theirs {number} {place}")
        if number % 3 == 1:
            stores.table(theirs, [(f"T-{number}-{place}", f"Their beacon {place}") for place in range(5)])
        path = theirs.export(ours, full=True)
        made.append(Bundle(path, theirs.device, journal.vector(theirs.store)[theirs.device]))
    key, responder, home = bytes(ours.session.key), ours.session.author.responder, ours.session.profile.home
    ours.close()
    theirs.close()
    shutil.copytree(home, base / "today")
    shutil.copytree(home, base / "older")
    _make_older(base / "older" / "store.db", key)
    return Ground(base, key, responder, tuple(_alerts(base, number) for number in range(files)), tuple(made))


def _make_older(path: Path, key: bytes) -> None:
    """Take the latest migrations back, as far as no record stands in their tables."""
    store = open_store(path, key)
    with store.write():
        for statement in _UNDONE.split(";"):
            store.execute(statement)
        for name in _LATEST:
            store.execute("DELETE FROM _sqlite_migrations WHERE name = ?", (name,))
    store.close()


def _alerts(base: Path, number: int) -> Alerts:
    """Write a file of alerts, and what the real reader says of it."""
    path, words = base / f"alerts-{number}.json", base / f"alerts-{number}.words"
    lines = [json.dumps(_event(number, place)) for place in range(ROWS)]
    for place in range(REJECTED):
        lines.insert(20 + 30 * place, '{"timestamp": "never", "event_type": "alert"}')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    job = {
        "name": path.name, "size": path.stat().st_size, "mode": "read", "format": None, "mapping": None,
        "organisation": "RXX", "mappings": known_mappings.packed({}),
    }  # fmt: skip
    with path.open("rb") as source, words.open("wb") as said:
        subprocess.run([*reading.reader_command(), json.dumps(job)], stdin=source, stdout=said, check=True)
    return Alerts(path, words)


def _event(number: int, place: int) -> dict[str, Any]:
    return {
        "timestamp": "2026-11-21T20:00:00.000000+0000", "flow_id": 1000 * number + place, "event_type": "alert",
        "src_ip": f"10.{number}.{place // 250}.{place % 250}", "src_port": 40000, "dest_ip": "203.0.113.45",
        "dest_port": 443, "proto": "TCP",
        "alert": {"action": "allowed", "gid": 1, "signature_id": 9100110, "rev": 1, "severity": 1,
                  "signature": f"LOCAL beacon {number} {place}", "category": "A Network Trojan was detected",
                  "reference": f"R-{number}-{place}"},
    }  # fmt: skip
