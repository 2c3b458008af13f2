"""Power cuts: ``python -m tests.crash.power --points 10000 --seed 1``.

A process works on stores while every change to its files is written down (``recording``, ``disk.c``). Then the disk is
made anew as a power cut at a random moment may have left it (``disk``), and the store on it is opened and checked.
``--control`` records with ``synchronous = OFF``: a run that finds nothing lost then shows nothing.
"""

from __future__ import annotations

import pickle
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests import stores
from tests.crash import shim, tally
from tests.crash.acts import from_lines
from tests.crash.checking import Found, Words, check
from tests.crash.disk import Disk, records
from tests.crash.ground import Ground, prepare
from triage_app.errors import TriageError
from triage_app.paths import Profile
from triage_app.services import keeping
from triage_app.services import session as sessions

POINTS_EACH = 125
"Points of one recording."

THOROUGH = 0.05


def record(ground: Ground, folder: Path, seeds: Iterable[int], *, careless: bool = False) -> None:
    """Make a recording for each seed; raise ``NoShim`` where it cannot be done."""
    folder.mkdir(parents=True, exist_ok=True)
    library = shim.build(folder)
    pickled = folder / "ground"
    pickled.write_bytes(pickle.dumps(ground))
    mode = "careless" if careless else "careful"
    command = [sys.executable, "-m", "tests.crash.recording", str(pickled), str(folder), mode, *map(str, seeds)]
    subprocess.run(command, env=shim.environment(library), check=True)


def replay(ground: Ground, folder: Path, seed: int, points: int, counted: tally.Tally) -> None:
    """Cut the power at so many points of a recording, and look at what is left each time."""
    where, before = folder / "disk", folder / "before"
    there = {str(where / path.relative_to(before)): path.read_bytes() for path in before.rglob("*") if path.is_file()}
    log = list(records((folder / "log").read_bytes()))
    places = [path for path in (where / "profile" / "backups", where / "profile" / "rejects", where / "outside")]
    draw = random.Random(f"cuts {seed}")
    wanted = sorted(draw.randrange(len(log) + 1) for _ in range(points))
    told: Words = []
    disk, phase = Disk(there), ""
    for number, record in enumerate([*log, None]):
        while wanted and wanted[0] == number:
            wanted.pop(0)
            shutil.rmtree(where, ignore_errors=True)
            for place in places:
                place.mkdir(parents=True)
            for name, data in disk.cut(draw).items():
                Path(name).parent.mkdir(parents=True, exist_ok=True)  # a new folder is there at once
                Path(name).write_bytes(data)
            counted.trials += 1
            counted.where[phase or "between acts"] += 1
            found = _look(ground, Profile(where / "profile"), told, thorough=draw.random() < THOROUGH)
            counted.take(counted.trials - 1, found)
            if found.bad:
                tally.keep_aside(where, f"{counted.name.replace(' ', '-')}-{seed}-{counted.trials - 1}")
        if record is None:
            break
        if record.kind != "a":
            disk.take(record)
            continue
        [word] = from_lines(record.payload)
        if "begin" in word:
            phase = word["begin"]
        else:
            told.append(word)
    counted.acknowledged += len(told)
    shutil.rmtree(where, ignore_errors=True)


def _look(ground: Ground, profile: Profile, told: Words, *, thorough: bool) -> Found:
    if not any("founded" in word for word in told) and not _is_of(ground, profile):
        return _founding(profile)
    if any("founded" in word for word in told):
        try:
            key = sessions.data_key(profile, stores.PASSPHRASE)
        except TriageError as error:
            return Found(lost=[f"The store that was founded does not open: {error.what}"])
        ground = Ground(ground.base, key, "", ground.files, ground.bundles)
    return check(profile, ground, told, thorough=thorough)


def _is_of(ground: Ground, profile: Profile) -> bool:
    """Whether the recording began with a store that was there."""
    return (profile.home.parent.parent / "before" / "profile" / "store.db").exists()


def _founding(profile: Profile) -> Found:
    """A founding that was cut short leaves a store that opens, or a sentence."""
    found = Found()
    try:
        session = sessions.unlock(profile, stores.PASSPHRASE, stores.Clock())
    except TriageError:
        return found
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the harness looks for
        found.corrupt.append(f"Opening what a founding left raised {type(error).__name__}: {error}")
        return found
    found.corrupt += keeping.verify(session)["problems"]
    session.close()
    return found


def run(
    ground: Ground, folder: Path, points: int, seed: int, *, careless: bool = False, each: int = POINTS_EACH
) -> tally.Tally:
    """Cut the power at so many points, and return what that came to."""
    counted = tally.Tally("power control" if careless else "power", seed)
    seeds = [seed * 1000 + number for number in range(-(-points // each))]
    record(ground, folder, seeds, careless=careless)
    for number, each_seed in enumerate(seeds):
        replay(ground, folder / str(each_seed), each_seed, min(each, points - number * each), counted)
        shutil.rmtree(folder / str(each_seed))
    return counted


def main() -> int:
    """Run what the command line asks for; return 1 if a promise was broken, or a control kept one."""
    parser = tally.options(__doc__, points=10_000)
    parser.add_argument("--control", action="store_true", help="nothing is synced: must be reported")
    parser.add_argument("--in", dest="where", default=None, help="folder in which the stores are hurt")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.where) as scratch:
        ground = prepare(Path(scratch) / "ground")
        try:
            done = run(ground, Path(scratch) / "hurt", chosen.points, chosen.seed, careless=chosen.control).end()
        except shim.NoShim as why:
            print(f"power: not run, because {why}.")
            return 0
    return int(done.bad != chosen.control)


if __name__ == "__main__":
    sys.exit(main())
