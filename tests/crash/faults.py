"""Calls to the disk that fail: ``python -m tests.crash.faults --modes 6 --seed 1``.

A session with every act in it is run once to count its calls: opens, reads, writes, syncs, truncations, renames and
removals of the store's files. Then it is run again for each call, which fails: with EIO or ENOSPC (of a write, half is
taken first), once, for ever, or with some that follow, as where a disk is away for a moment. Each act must be done or
end in a sentence, the process must live on, and the store that is left must hold all that was acknowledged.
``--control`` runs on a store without a log to fall back on.
"""

from __future__ import annotations

import argparse
import errno
import os
import pickle
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn

from tests import stores
from tests.crash import shim, tally
from tests.crash.acts import Acts, as_line, from_lines
from tests.crash.checking import Words, check
from tests.crash.ground import Ground, prepare
from triage_app.cli.main import _place as place_of
from triage_app.errors import TriageError
from triage_app.paths import Profile
from triage_app.services import session as sessions

ONCE, FOR_EVER, A_WHILE = 1, 2**40, 0
MODES: Final = (
    (errno.EIO, ONCE), (errno.EIO, FOR_EVER), (errno.ENOSPC, ONCE), (errno.ENOSPC, FOR_EVER),
    (errno.EIO, A_WHILE), (errno.ENOSPC, A_WHILE),
)  # fmt: skip
LONGEST: Final = 60
"Calls of the longest run that ends again; how long one is is drawn from the seed and the call that it begins at."

PATIENCE: Final = 300.0
"Seconds after which a session that says nothing more counts as hanging."

THOROUGH: Final = 20
"One store in so many is looked at in full."


def session_of(ground: Ground, folder: Path, tell: Callable[[dict[str, Any]], None], *, careless: bool) -> None:
    """Open, act, close; what fails is told and tried no more, but for the opening, which is tried twice."""

    def attempt(step: Callable[[], None]) -> bool:
        try:
            step()
        except TriageError as error:
            tell({"sentence": error.code})
        except Exception as error:  # noqa: BLE001 - it is what the harness looks for
            tell({"fault": f"{type(error).__name__} at {place_of(error)}: {error}"})
        else:
            return True
        return False

    opened: list[sessions.Session] = []

    def open_it() -> None:
        opened.append(sessions.unlock(Profile(folder / "profile"), stores.PASSPHRASE, stores.Clock()))

    tell({"begin": "opening"})
    if not attempt(open_it) and not attempt(open_it):
        return
    [session] = opened
    if careless:
        session.store.execute("PRAGMA journal_mode = DELETE").fetchall()
        session.store.execute("PRAGMA journal_mode = OFF").fetchall()
    acts = Acts(session, ground, folder / "outside", tell, lambda phase: tell({"begin": phase}))
    draw = random.Random(7)
    for act in (acts.edit, acts.import_file, acts.merge, acts.edit, acts.back_up, acts.change_key, acts.edit):
        attempt(lambda act=act: act(draw))  # type: ignore[misc]
    tell({"begin": "reading"})
    attempt(lambda: tell({"read": acts.read()}))
    tell({"begin": "closing"})
    attempt(session.close)


def _child(pipe: int, ground: Ground, folder: Path, fault: tuple[int, int, int], *, careless: bool) -> NoReturn:
    library = shim.Shim()

    def tell(word: dict[str, Any]) -> None:
        if "begin" in word and not library.failed():
            phases.append(word["begin"])
        os.write(pipe, as_line(word))

    phases = [""]
    try:
        at, error, length = fault
        library.fail(folder, at, error, run=length)
        session_of(ground, folder, tell, careless=careless)
        calls, failed = library.calls(), library.failed()
        tell({"calls": calls, "failed": f"{phases[-1]}: {failed}" if failed else ""})
    finally:
        os._exit(0)


def once(
    ground: Ground, folder: Path, at: int, error: int, length: int, *, careless: bool = False
) -> tuple[Words, int]:
    """Run the session with a call that fails; return what it told and how the process ended."""
    shutil.rmtree(folder, ignore_errors=True)
    ground.copy(folder / "profile")
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _child(writing, ground, folder, (at, error, length), careless=careless)
    os.close(writing)
    said = b""
    while True:
        if not select.select([reading], [], [], PATIENCE)[0]:
            os.kill(child, signal.SIGKILL)
        piece = os.read(reading, 1 << 16)
        if not piece:
            break
        said += piece
    os.close(reading)
    return from_lines(said), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run_inside(
    ground: Ground, folder: Path, seed: int, modes: int, every: int, of: tuple[int, int], *, careless: bool
) -> tally.Tally:
    """Let every so many calls fail in so many modes, and return what that came to. Needs the library."""
    counted = tally.Tally("faults control" if careless else "faults", seed)
    words, _ = once(ground, folder, 0, 0, ONCE, careless=careless)
    assert not [word for word in words if "fault" in word or "sentence" in word], words
    calls = words[-1]["calls"]
    counted.outcomes["calls of the session"] = calls
    for at in range(1 + seed % every, calls + 1, every):
        if at % of[1] != of[0]:
            continue
        for error, mode in MODES[:modes]:
            length = mode or random.Random(f"{seed} {at} {error}").randint(2, LONGEST)
            said, code = once(ground, folder, at, error, length, careless=careless)
            name = f"call {at} {errno.errorcode[error]}{' for ever' if mode == FOR_EVER else f', {length} in all'}"
            _count(counted, name, said, code)
            thorough = counted.trials % THOROUGH == 0
            counted.trials += 1
            found = check(Profile(folder / "profile"), ground, said, thorough=thorough)
            counted.take(counted.trials - 1, found)
            if found.all():
                counted.example(f"that was {name} in {said[-1].get('failed')}")
    shutil.rmtree(folder)
    return counted


def _count(counted: tally.Tally, name: str, said: Words, code: int) -> None:
    failed = said[-1].get("failed", "?") if said else "?"
    counted.where[failed or "not reached"] += 1
    counted.acknowledged += sum(bool({"act", "merge", "backup", "passphrase"} & word.keys()) for word in said)
    counted.outcomes[f"ended with {code}" if code or "calls" not in said[-1] else "lived on"] += 1
    sentences = [word["sentence"] for word in said if "sentence" in word]
    counted.outcomes["a sentence" if sentences else "nothing needed saying"] += 1
    faults = [word["fault"] for word in said if "fault" in word]
    if faults or code or "calls" not in said[-1]:
        counted.unsaid += 1
        counted.example(f"{name} in {failed}: {faults[:2] or f'ended with {code}'}")


def run(
    ground: Ground, folder: Path, seed: int, modes: int = 6, every: int = 1, of: tuple[int, int] = (0, 1), *,
    careless: bool = False,
) -> tally.Tally:  # fmt: skip
    """Do the same in a process that has the library; raise ``NoShim`` where it cannot be had."""
    folder.mkdir(parents=True)
    library = shim.build(folder)
    order, answer = folder / "order", folder / "answer"
    order.write_bytes(pickle.dumps((ground, folder / "hurt", seed, modes, every, of, careless)))
    command = [sys.executable, "-m", "tests.crash.faults", "--inside", str(order), str(answer)]
    subprocess.run(command, env=shim.environment(library), check=True)
    counted: tally.Tally = pickle.loads(answer.read_bytes())
    return counted


def main() -> int:
    """Run what the command line asks for; return 1 if a promise was broken, or a control kept one."""
    parser = tally.options(__doc__, modes=6, every=1)
    parser.add_argument("--control", action="store_true", help="a store that cannot take back: must be reported")
    parser.add_argument("--piece", default="0/1", help="K/N: only each N-th call, from the K-th, so that pieces add up")
    parser.add_argument("--in", dest="where", default=None, help="folder in which the stores are hurt")
    parser.add_argument("--inside", nargs=2, type=Path, default=None, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.inside:
        order, answer = chosen.inside
        *more, careless = pickle.loads(order.read_bytes())
        answer.write_bytes(pickle.dumps(run_inside(*more, careless=careless)))
        return 0
    first, _, count = chosen.piece.partition("/")
    with tempfile.TemporaryDirectory(dir=chosen.where) as scratch:
        ground = prepare(Path(scratch) / "ground", files=1, bundles=3)
        try:
            done = run(ground, Path(scratch) / "hurt", chosen.seed, chosen.modes, chosen.every,
                       (int(first), int(count)), careless=chosen.control).end()  # fmt: skip
        except shim.NoShim as why:
            print(f"faults: not run, because {why}.")
            return 0
    return int(done.bad != chosen.control)


if __name__ == "__main__":
    sys.exit(main())
