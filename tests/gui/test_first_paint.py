"""A start that is timed from outside says when its window is there, and ends by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_window_says_that_it_is_painted_and_closes(tmp_path: Path) -> None:
    code = "import sys; from triage_app.__main__ import main as run; sys.exit(run())"
    done = subprocess.run(
        [sys.executable, "-c", code, "--home", str(tmp_path / "profile"), "--first-paint"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "painted\n"), done.stderr
