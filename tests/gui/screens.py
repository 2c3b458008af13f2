"""Draw every screen in every theme, at 100 and 200 %: ``python -m tests.gui.screens [FOLDER]``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from triage_app.cli.commands_demo import PASSPHRASE, WINDOW_HOME, tell

THEMES = ("light", "dark", "high-contrast")
SCALES = (1, 2)


def draw(folder: Path) -> int:
    """Tell the demonstration in a folder of its own and draw its screens; return the exit code."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        demo = Path(scratch) / "demo-out"
        _, at = tell(demo, lambda _: None, demo)
        for scale in SCALES:
            # A process for each scale: Qt reads it once, at the start.
            command = [sys.executable, "-m", "triage_app", "--screens", str(folder)]
            command += ["--home", str(demo / WINDOW_HOME), "--now", at, "--themes", *THEMES]
            environment = {
                **os.environ, "TRIAGE_PASSPHRASE": PASSPHRASE, "QT_QPA_PLATFORM": "offscreen",
                "QT_SCALE_FACTOR": str(scale),
            }  # fmt: skip
            code = subprocess.run(command, env=environment, check=False).returncode
            if code:
                return code
    print(f"{len(list(folder.glob('*.png')))} pictures lie in {folder}/.")
    return 0


if __name__ == "__main__":
    sys.exit(draw(Path(sys.argv[1] if len(sys.argv) > 1 else "screens-out")))
