"""`make crash`: hurt the store in every way, as often as a release asks for; a paragraph each, and files in crash-out.

    python -m tests.crash.run [NAME [OPTION …]]

Without a name all run, each at its release count with seed 1, then their controls, which must report what they are made
to lose. With one, that one runs with its own options: ``kill --cycles 200 --seed 7``.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Final

NAMES: Final = ("kill", "kill_program", "kill_restore", "power", "faults", "full", "damage")

RELEASE: Final = (
    "kill --cycles 10000",
    "kill_program --cycles 500",
    "kill_restore --cycles 500",
    "power --points 10000",
    "faults --modes 6",
    "full --sizes 100",
    "damage --files 10000",
    "kill --control --cycles 200",
    "power --control --points 500",
    "faults --control --every 20",
    "full --control --sizes 20",
    "damage --control --files 1000",
)


def main(words: list[str]) -> int:
    """Run what the words name, or all; return 1 if a promise was broken, or a control kept one."""
    if words and words[0] not in NAMES:
        print(f"There is no {words[0]}; there are {', '.join(NAMES)}.", file=sys.stderr)
        return 2
    failed = []
    for line in [" ".join(words)] if words else RELEASE:
        started = time.monotonic()
        name, *more = line.split()
        if subprocess.run([sys.executable, "-m", f"tests.crash.{name}", *more], check=False).returncode:
            failed.append(line)
        print(f"-- {line}: {'FAILED' if line in failed else 'ok'}, {time.monotonic() - started:.0f} s", flush=True)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
