"""A kill at any step of a backup to a file: what has the name of the copy opens, and the next try is not in the way."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests import stores
from tests.crash.steps import killed_at_each
from triage_app.paths import Profile
from triage_app.services import backups, keeping, restoring


def test_a_kill_at_any_step_of_a_backup_leaves_no_copy_that_nothing_opens(tmp_path: Path) -> None:
    [laptop] = stores.copies(tmp_path)
    folder = tmp_path / "stick"
    copy = folder / "copy.db"
    opened = 0
    for step in killed_at_each(
        lambda: keeping.back_up_to(laptop.session, copy), lambda _: shutil.rmtree(folder, ignore_errors=True)
    ):
        if copy.exists():
            assert backups.found(copy) is not None, f"step {step}: a copy without its keys"
            assert (folder / "copy.db.keys").read_bytes() == laptop.session.profile.keys.read_bytes()
            opened += 1
        else:
            keeping.back_up_to(laptop.session, copy)  # what was left is not in the way
        assert sorted(path.name for path in folder.iterdir() if not path.name.endswith(".partial")) == [
            "copy.db", "copy.db.keys",
        ], step  # fmt: skip
    restored = restoring.restore(Profile(tmp_path / "new"), copy, stores.PASSPHRASE, stores.Clock())
    restored.close()
    laptop.close()
    assert step > 8
    assert opened > 1
