"""What a run of a crash test came to: counted, printed, and left in ``crash-out/`` so that pieces can be added up."""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.crash.checking import Found

OUT: Final = Path(__file__).resolve().parent.parent.parent / "crash-out"
_SHOWN: Final = 20


@dataclass
class Tally:
    """The counts of one run."""

    name: str
    seed: int
    trials: int = 0
    acknowledged: int = 0
    lost: int = 0
    "Trials after which something acknowledged was not there."
    corrupt: int = 0
    half: int = 0
    unsaid: int = 0
    "Trials in which something ended neither well nor in a sentence."
    left: int = 0
    "Trials that left a file nobody takes away: untidy, no loss."
    where: Counter[str] = field(default_factory=Counter)
    "In the midst of what each trial struck."
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    examples: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def take(self, number: int, found: Found) -> None:
        """Count what one trial came to."""
        self.lost += bool(found.lost)
        self.corrupt += bool(found.corrupt)
        self.half += bool(found.half)
        self.left += bool(found.left)
        self.outcomes["the lock outlived its process for a moment"] += found.waited
        for line in found.all():
            self.example(f"trial {number}: {line}")

    def example(self, line: str) -> None:
        """Keep a line about something that went wrong, the first of them."""
        if len(self.examples) < _SHOWN:
            self.examples.append(line[:400])

    @property
    def bad(self) -> bool:
        """Whether a promise was broken."""
        return bool(self.lost or self.corrupt or self.half or self.unsaid)

    def end(self, *, quiet: bool = False) -> Tally:
        """Stop the clock, print, and leave a file."""
        self.seconds = round(time.monotonic() - self.started, 1)
        if not quiet:
            print(self.as_text(), flush=True)
            OUT.mkdir(exist_ok=True)
            data = {key: value for key, value in vars(self).items() if key != "started"}
            (OUT / f"{self.name.replace(' ', '-')}-{self.seed}.json").write_text(json.dumps(data, indent=1) + "\n")
        return self

    def as_text(self) -> str:
        """Return the counts as a person reads them."""
        lines = [
            f"{self.name}: seed {self.seed}, {self.trials} trials, {self.acknowledged} acknowledged acts,"
            f" {self.seconds} s",
            f"  lost {self.lost}, corrupt {self.corrupt}, half there {self.half}, without a sentence {self.unsaid},"
            f" files left {self.left}",
        ]
        for title, counted in (("struck in", self.where), ("outcomes", self.outcomes)):
            if any(counted.values()):
                lines.append(
                    f"  {title}: " + ", ".join(f"{key} {count}" for key, count in sorted(counted.items()) if count)
                )
        return "\n".join([*lines, *(f"  ! {line}" for line in self.examples)])


def options(about: str, **counts: int) -> argparse.ArgumentParser:
    """Return a command line with a seed and some counts."""
    parser = argparse.ArgumentParser(description=about.split("\n", 1)[0])
    parser.add_argument("--seed", type=int, default=1)
    for name, value in counts.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    return parser


def keep_aside(folder: Path, name: str) -> None:
    """Keep a copy of what a trial left, for somebody to look at."""
    target = OUT / "stores" / name
    if not target.exists():
        shutil.copytree(folder, target)
