"""Disks that fill up: ``python -m tests.crash.full --sizes 100 --seed 1``.

A store lies on a disk of its own: a tmpfs where root may mount one; otherwise a limit on the size of files stands in
for it, and the run says so. While it is open the disk is left with a certain room, each time another; acts go on until
there is none. Each must be done or end in a sentence; the same process must still read; the store must open again, with
the disk as it is and with room made, and hold all that was acknowledged. ``--control`` runs without a log to fall back
on.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn

from tests import stores
from tests.crash import tally
from tests.crash.acts import Acts, as_line, from_lines
from tests.crash.checking import Words, check
from tests.crash.ground import Ground, prepare
from tests.scenarios.small_disk import SmallDisk, mounted_at
from triage_app.cli.main import _place as place_of
from triage_app.errors import TriageError
from triage_app.paths import Profile

MOST: Final = 2_500_000
"Bytes of room that are left at most: enough for most of the acts."

ACTS: Final = 25
"Acts that are tried; after the first that fails, so many more."
AFTERWARDS: Final = 4

THOROUGH: Final = 10


def _acts_until_full(
    ground: Ground, disk: SmallDisk, room: int, draw: random.Random, tell: Callable[[dict[str, Any]], None], *,
    careless: bool,
) -> None:  # fmt: skip
    profile = Profile(disk.folder / "profile")
    session = ground.open(profile)
    if careless:
        session.store.execute("PRAGMA journal_mode = DELETE").fetchall()
        session.store.execute("PRAGMA journal_mode = OFF").fetchall()
    acts = Acts(session, ground, disk.folder / "outside", tell, lambda phase: tell({"begin": phase}))
    (disk.folder / "outside").mkdir()
    disk.leave(room, profile.store)
    if not disk.mounted:
        most = room + profile.store.stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    failed = 0
    for _ in range(ACTS):
        try:
            acts.any(draw)
        except TriageError as error:
            tell({"sentence": error.code})
            failed += 1
        except Exception as error:  # noqa: BLE001 - it is what the harness looks for
            tell({"fault": f"{type(error).__name__} at {place_of(error)}: {error}"})
            failed += 1
        if failed:
            tell({"read": acts.read()})
        if failed > AFTERWARDS:
            break
    tell({"begin": "closing"})
    session.close()


def _child(pipe: int, work: Callable[[Callable[[dict[str, Any]], None]], None]) -> NoReturn:
    def tell(word: dict[str, Any]) -> None:
        os.write(pipe, as_line(word))

    try:
        work(tell)
        tell({"ended": True})
    except BaseException as error:  # noqa: BLE001 - handed to the parent, which counts it
        tell({"fault": f"{type(error).__name__} at {place_of(error)}: {error}"})
    finally:
        os._exit(0)


def once(ground: Ground, disk: SmallDisk, room: int, draw: random.Random, *, careless: bool) -> tuple[Words, int]:
    """Fill a disk in a process of its own; return what it told and how it ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _child(writing, lambda tell: _acts_until_full(ground, disk, room, draw, tell, careless=careless))
    os.close(writing)
    said = b""
    while piece := os.read(reading, 1 << 16):
        said += piece
    os.close(reading)
    return from_lines(said), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run(ground: Ground, folder: Path, sizes: int, seed: int, *, careless: bool = False) -> tally.Tally:
    """Fill a disk of so many sizes, and return what that came to."""
    counted = tally.Tally("full control" if careless else "full", seed)
    folder.mkdir(parents=True)
    with mounted_at(folder / "disk") as disk:
        counted.outcomes["on a disk of its own" if disk.mounted else "under RLIMIT_FSIZE, no mount being allowed"] += 1
        for number in range(sizes):
            draw = random.Random(f"{seed} {number}")
            room = number * MOST // sizes
            disk.make_room()
            for name in ("profile", "outside"):
                shutil.rmtree(disk.folder / name, ignore_errors=True)
            profile = ground.copy(disk.folder / "profile")
            said, code = once(ground, disk, room, draw, careless=careless)
            counted.trials += 1
            _count(counted, f"room {room}", said, code)
            _open_as_it_is(ground, profile, counted)
            disk.make_room()
            found = check(profile, ground, said, thorough=number % THOROUGH == 0)
            counted.take(number, found)
    return counted


def _count(counted: tally.Tally, name: str, said: Words, code: int) -> None:
    phase = ""
    for word in said:
        phase = word.get("begin", phase)
        if "sentence" in word or "fault" in word:
            counted.where[phase] += 1
            break
    counted.acknowledged += sum(bool({"act", "merge", "backup", "passphrase"} & word.keys()) for word in said)
    for word in said:
        if "sentence" in word:
            counted.outcomes[f"said: {word['sentence']}"] += 1
    full = any("sentence" in word for word in said)
    counted.outcomes["filled up" if full else "had room for all"] += 1
    faults = [word["fault"] for word in said if "fault" in word]
    if faults or code or "ended" not in said[-1]:
        counted.unsaid += 1
        counted.example(f"{name}: {faults[:2] or f'ended with {code}'}")


def _open_as_it_is(ground: Ground, profile: Profile, counted: tally.Tally) -> None:
    """Open a store on a disk that is still full: it opens, or says why it does not."""
    for word, read_only in (("to write", False), ("to read", True)):
        try:
            ground.open(profile, stores.Clock(), read_only=read_only).close()
            counted.outcomes[f"opened {word} while full"] += 1
        except TriageError as error:
            counted.outcomes[f"not opened {word} while full: {error.code}"] += 1
        except Exception as error:  # noqa: BLE001 - it is what the harness looks for
            counted.unsaid += 1
            counted.example(f"opening {word} while full: {type(error).__name__} at {place_of(error)}: {error}")


def main() -> int:
    """Run what the command line asks for; return 1 if a promise was broken, or a control kept one."""
    parser = tally.options(__doc__, sizes=100)
    parser.add_argument("--control", action="store_true", help="a store that cannot take back: must be reported")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        ground = prepare(Path(scratch) / "ground")
        done = run(ground, Path(scratch) / "hurt", chosen.sizes, chosen.seed, careless=chosen.control).end()
    return int(done.bad != chosen.control)


if __name__ == "__main__":
    sys.exit(main())
