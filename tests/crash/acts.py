"""What is going on when the store is hurt: acts of a responder's, each acknowledged once the program said it is done.

A word of acknowledgement is one JSON line. What it says must be true of the store for ever after.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.crash.ground import CHUNK, Ground
from triage_app.services import exchange, import_alerts, incidents, keeping, triage
from triage_app.services import session as sessions
from triage_app.services.changes import Changes
from triage_app.services.session import Session
from triage_app.store import lookup

Tell = Callable[[dict[str, Any]], None]

PHASES = ("opening", "edit", "import", "merge", "backup", "key change", "migration", "closing")


class Acts:
    """The acts on one open store. ``tell`` acknowledges, ``begin`` is told what begins now."""

    def __init__(
        self, session: Session, ground: Ground, outside: Path, tell: Tell, begin: Callable[[str], None]
    ) -> None:
        self.session = session
        self._ground = ground
        self._outside = outside
        self._tell = tell
        self._begin = begin

    def edit(self, draw: random.Random) -> None:
        """Open, note, classify, set or dismiss something: one act."""
        self._begin("edit")
        self._tell({"act": self._edit(draw).act})

    def _edit(self, draw: random.Random) -> Changes:
        session, which = self.session, draw.randrange(5)
        known = session.store.rows("SELECT id FROM incident ORDER BY id LIMIT 50")
        if which == 0 or not known:
            return incidents.open_incident(session, f"Incident {draw.randrange(10**9)}")
        incident = known[draw.randrange(len(known))][0]
        if which == 1:
            return incidents.note(session, incident, f"Note {draw.randrange(10**9)} " + "x" * draw.randrange(9_000))
        if which == 2:
            return incidents.set_field(session, incident, "title", f"Title {draw.randrange(10**9)}")
        keys = session.store.rows("SELECT hex(key) FROM alert WHERE incidents = 0 ORDER BY id LIMIT 3")
        if which == 3 and keys:
            return triage.link(session, [row[0].lower() for row in keys], incident)
        return incidents.classify(session, incident, label=draw.choice(("GREEN", "AMBER")))

    def import_file(self, draw: random.Random) -> None:
        """Import a file of alerts, in several transactions."""
        self._begin("import")
        alerts = draw.choice(self._ground.files)
        vars(import_alerts)["ROWS_A_TRANSACTION"] = CHUNK  # in a process that will not live long
        done = import_alerts.import_file(self.session, alerts.path, reader=alerts.reader)
        assert done.changes is not None
        self._tell({"import": done.id, "records": done.records, "act": done.changes.act, "rejects": done.rejects_file})

    def merge(self, draw: random.Random) -> None:
        """Merge the bundle of another laptop."""
        self._begin("merge")
        bundle = draw.choice(self._ground.bundles)
        exchange.merge_bundle(self.session, [bundle.path])
        self._tell({"merge": bundle.device, "seq": bundle.seq})

    def back_up(self, draw: random.Random) -> None:
        """Write a verified copy of the store."""
        self._begin("backup")
        self._outside.mkdir(exist_ok=True)
        path = self._outside / f"{draw.randrange(10**12)}.db"
        links = self.session.store.value("SELECT count(*) FROM link")
        keeping.back_up_to(self.session, path)
        self._tell({"backup": str(path), "links": links})

    def change_key(self, draw: random.Random) -> None:
        """Change the passphrase: both copies of the key file are written anew."""
        self._begin("key change")
        passphrase = f"otters {draw.randrange(10**9)}"
        self._tell({"changing": passphrase})
        sessions.change_passphrase(self.session, passphrase, sessions.DEMONSTRATION_COST)
        self._tell({"passphrase": passphrase})

    def any(self, draw: random.Random) -> None:
        """Do one of them, the short ones more often, so that each takes about as much time as any other."""
        act = draw.choices((self.edit, self.import_file, self.merge, self.back_up, self.change_key), (10, 3, 2, 2, 1))[
            0
        ]
        act(draw)

    def read(self) -> int:
        """Read what the first page shows; return how many incidents there are."""
        lookup.counts(self.session.store)
        return len(lookup.listing(self.session.store, "incident"))


def as_line(word: dict[str, Any]) -> bytes:
    """Return a word as it goes through a pipe."""
    return json.dumps(word).encode() + b"\n"


def from_lines(data: bytes) -> list[dict[str, Any]]:
    """Return the words of a pipe; a last one that was cut off was never said."""
    return [json.loads(line) for line in data.split(b"\n")[:-1]]
