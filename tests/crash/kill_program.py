"""Kill -9 of the program itself: ``python -m tests.crash.kill_program --cycles 500 --seed 1``.

Each cycle starts ``triage batch`` as a process of its own, with a passphrase, some commands and the reader of files;
every answer it prints is an acknowledgement. A command is chosen, and the process is killed at a random moment of it.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import triage_app
from tests import stores
from tests.crash import tally
from tests.crash.checking import Words, check
from tests.crash.ground import Ground, prepare
from triage_app.paths import Profile

ROOT = Path(triage_app.__file__).resolve().parent.parent
RENEWED, OLDER, THOROUGH = 8, 0.2, 0.1
_USUAL = {
    "opening": 0.5,
    "migration": 0.6,
    "edit": 0.002,
    "import": 0.4,
    "merge": 0.01,
    "backup": 0.02,
    "closing": 0.01,
}
"Seconds that each takes, or somewhat less: the moment of a kill is drawn from them."

_CHOSEN = {"edit": 1, "import": 5, "merge": 3, "backup": 3, "closing": 1}
"How often each is chosen to be killed in, beside the opening."


@dataclass(frozen=True)
class Line:
    """A command of the batch, and what its answer promises."""

    phase: str
    words: str
    bundle: int = -1
    backup: str = ""

    def promise(self, answer: dict[str, Any], ground: Ground) -> dict[str, Any]:
        """Return what must be true from now on."""
        if "what" in answer:
            return {"fault": f"{self.words}: {answer['what']}"}
        if self.phase == "edit":
            return {"act": answer["act"]}
        if self.phase == "import":
            [file] = answer["files"]
            return {"fault": file["what"]} if "what" in file else {"import": file["id"], "records": file["records"]}
        if self.phase == "merge":
            return {"merge": ground.bundles[self.bundle].device, "seq": ground.bundles[self.bundle].seq}
        return {"backup": self.backup, "links": 0}


def lines(ground: Ground, outside: Path, draw: random.Random) -> list[Line]:
    """Return the commands of one batch, in any order."""
    outside.mkdir(exist_ok=True)
    path, number = outside / f"{draw.randrange(10**12)}.db", draw.randrange(len(ground.bundles))
    found = [
        *(Line("edit", f"incident new --title 'Incident {draw.randrange(10**9)}'") for _ in range(3)),
        Line("import", f"import {draw.choice(ground.files).path} --org RXX"),
        Line("merge", f"merge {ground.bundles[number].path}", bundle=number),
        Line("backup", f"backup {path}", backup=str(path)),
    ]
    draw.shuffle(found)
    return found


def cycle(profile: Profile, passphrase: Path, batch: list[Line], kill_in: int, after: float) -> list[dict[str, Any]]:
    """Run a batch, kill it so many seconds after the answer before a command, and return its answers."""
    command = [sys.executable, "-m", "triage_app", "--home", str(profile.home), "--passphrase-file", str(passphrase)]
    environment = {name: value for name, value in os.environ.items() if name != "TRIAGE_PASSPHRASE"}
    answers: list[bytes] = []
    reached = threading.Event()
    with subprocess.Popen(
        [*command, "batch", "-", "--json"], cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:  # fmt: skip
        assert child.stdin is not None and child.stdout is not None  # noqa: PT018
        answered = child.stdout

        def listen() -> None:
            for line in answered:
                answers.append(line)
                if len(answers) >= kill_in:
                    reached.set()
            reached.set()

        child.stdin.write("".join(f"{line.words}\n" for line in batch).encode())
        child.stdin.close()
        listener = threading.Thread(target=listen)
        listener.start()
        if kill_in:
            reached.wait(60)
        time.sleep(after)
        child.kill()
        listener.join()
    return [json.loads(line) for line in answers if line.endswith(b"\n")]


def run(ground: Ground, folder: Path, cycles: int, seed: int) -> tally.Tally:
    """Kill so many processes and return what that came to."""
    counted = tally.Tally("kill program", seed)
    passphrase = folder / "passphrase.txt"
    folder.mkdir(parents=True)
    passphrase.write_text(stores.PASSPHRASE + "\n", encoding="utf-8")
    told: Words = []
    age = RENEWED
    for number in range(cycles):
        draw = random.Random(f"{seed} {number}")
        older = draw.random() < OLDER
        if older or age >= RENEWED:
            profile = ground.copy(folder / "profile", older=older)
            told, age = [], 0
        age += 1
        batch = lines(ground, folder / "outside", draw)
        phases = ["migration" if older else "opening", *(line.phase for line in batch), "closing"]
        kill_in = 0  # the number of answers after which it is killed
        if not older and draw.random() < 0.85:
            [kill_in] = draw.choices(range(1, len(batch) + 1), [_CHOSEN[phase] for phase in phases[2:]])
        phase = phases[kill_in + 1 if kill_in else 0]
        answers = cycle(profile, passphrase, batch, kill_in, draw.uniform(0.0, _USUAL[phase]))
        said = [line.promise(answer, ground) for line, answer in zip(batch, answers, strict=False)]
        landed = len(answers) + 1 if answers else 0
        counted.trials += 1
        counted.acknowledged += len(said)
        counted.where[phases[landed]] += 1
        for word in said:
            if "fault" in word:
                counted.unsaid += 1
                counted.example(f"trial {number}: {word['fault']}")
        told += said
        found = check(profile, ground, told, thorough=draw.random() < THOROUGH)
        counted.take(number, found)
        if found.all():
            tally.keep_aside(folder, f"kill-program-{seed}-{number}")
            age = RENEWED
        told = [word for word in told if "backup" not in word]
    return counted


def main() -> int:
    """Run what the command line asks for; return 1 if a promise was broken."""
    parser = tally.options(__doc__, cycles=500)
    parser.add_argument("--in", dest="where", default=None, help="folder in which the stores are hurt")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.where) as scratch:
        ground = prepare(Path(scratch) / "ground")
        done = run(ground, Path(scratch) / "hurt", chosen.cycles, chosen.seed).end()
    return int(done.bad)


if __name__ == "__main__":
    sys.exit(main())
