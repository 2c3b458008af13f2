"""A newer program than this one: a copy of it that knows a further kind, field and TLP label, and writes newer bodies.

It runs as a process of its own, over the stores of tests.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.scenarios.laptop import NOW, ROOT, Laptop, environment

_CHANGES = {
    "triage_app/domain/operations.py": [("BODY_VERSION: Final = 1", "BODY_VERSION: Final = 2")],
    "triage_app/domain/records.py": [
        ('Kind("link", ("linked",)),', 'Kind("link", ("linked",)), Kind("mood", ("level", "words"), ("words",)),'),
        ('"left_work",\n            ),\n', '"left_work", "weather",\n            ),\n'),
    ],
    "triage_app/domain/tlp.py": [
        ("LABELS: Final = (CLEAR, GREEN, AMBER,", 'LABELS: Final = (CLEAR, GREEN, "TLP:BLUE", AMBER,'),
    ],
}  # fmt: skip

_WRITE = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
from triage_app.paths import Profile
from triage_app.services import session as sessions
from triage_app.services.recording import record, set_fields
from triage_app.store.journal import Change

home, passphrase, text = sys.argv[1:]
session = sessions.unlock(Profile(Path(home)), passphrase, lambda: datetime(2026, 11, 22, 3, 12, tzinfo=UTC))
with session.store.write():
    changes = []
    for kind, entity, field, value, tlp in json.loads(text):
        changes += set_fields(session, kind, entity, {field: value}, tlp)
    record(session, "Wrote what only a newer version knows", changes)
session.close()
"""

_READ = """
import json, sys
from datetime import UTC, datetime
from pathlib import Path
from triage_app.paths import Profile
from triage_app.services import session as sessions
from triage_app.services.histories import readable
from triage_app.store import journal

home, passphrase, kind, entity = sys.argv[1:]
session = sessions.unlock(Profile(Path(home)), passphrase, lambda: datetime(2026, 11, 22, 3, 12, tzinfo=UTC))
found = {
    field: [readable(session.store, kind, entity, field, head.body.value) for head in heads]
    for field, heads in journal.standing(session.store, kind, entity).items()
}
print(json.dumps(found))
session.close()
"""


class NewerProgram:
    """The copy, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(ROOT / "triage_app", folder / "triage_app", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "resources", folder / "resources", ignore=shutil.ignore_patterns("fonts", "demo"))
        for name, changes in _CHANGES.items():
            text = (folder / name).read_text(encoding="utf-8")
            for old, new in changes:
                assert text.count(old) == 1, (name, old)
                text = text.replace(old, new)
            (folder / name).write_text(text, encoding="utf-8")
        self._folder = folder

    def ask(self, laptop: Laptop, *words: str) -> Any:
        """Run one command of the newer program on a laptop's store and return its answer."""
        options = ["-m", "triage_app", *laptop.options, "--now", NOW, *words, "--json"]
        return json.loads(self._run(options).strip().splitlines()[-1])

    def write(self, laptop: Laptop, *operations: tuple[str, str, str, Any, str]) -> None:
        """Write (kind, entity, field, value, label) in one act."""
        passphrase = (laptop.folder / "passphrase.txt").read_text(encoding="utf-8").strip()
        self._run(["-c", _WRITE, str(laptop.home), passphrase, json.dumps(operations)])

    def read(self, laptop: Laptop, kind: str, entity: str) -> dict[str, list[Any]]:
        """Return what stands of an entity, words opened, as the newer program sees it."""
        passphrase = (laptop.folder / "passphrase.txt").read_text(encoding="utf-8").strip()
        found: dict[str, list[Any]] = json.loads(
            self._run(["-c", _READ, str(laptop.home), passphrase, kind, entity]).strip().splitlines()[-1]
        )
        return found

    def _run(self, words: list[str]) -> str:
        paths = {**environment(), "PYTHONPATH": str(self._folder), "PYTHONDONTWRITEBYTECODE": "1"}
        paths.pop("PYTEST_CURRENT_TEST", None)
        done = subprocess.run(
            [sys.executable, *words], cwd=self._folder, env={**os.environ, **paths}, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
