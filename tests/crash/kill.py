"""Kill -9 in the midst of acts on a real store: ``python -m tests.crash.kill --cycles 10000 --seed 1``.

A child works on a store and acknowledges every act through a pipe once the program has said that it is done. It is
killed at a random moment; then the store is opened and checked. Now and then the next child works on before anybody has
looked, so that the first opening after a kill is killed too. ``--control`` acknowledges before the commit: a run that
does not report that as loss shows nothing.
"""

from __future__ import annotations

import mmap
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from tests import stores
from tests.crash import tally
from tests.crash.acts import PHASES, Acts, Tell, as_line, from_lines
from tests.crash.checking import Words, check
from tests.crash.ground import Ground, prepare
from triage_app.paths import Profile
from triage_app.services import incidents
from triage_app.services import session as sessions
from triage_app.store.connection import Store, open_store
from triage_app.store.creation import steps_had
from triage_app.store.schema import MIGRATIONS

MANY, THEN, LATER, PATIENCE = 600, 0.003, 0.06, 2.0
"""A child is killed within ``THEN`` seconds of up to ``MANY`` statements, on whatever else the machine is busy with; or
within ``LATER`` of its first, because some take as long as hundreds of others. ``PATIENCE`` is the most."""

RENEWED = 25
"Cycles after which a store is replaced by a fresh one: small stores are fast ones."

OLDER, UNSEEN, THOROUGH = 0.15, 0.15, 0.05
"How often the store becomes one to be migrated, a kill is not looked at before the next, and a look is thorough."

_STEPS = {"BEGIN": "in its transaction", "COMMIT": "at its commit", "VACUUM": "copying", "PRAGMA": "setting up"}
_WORDS = ("", *_STEPS.values())
_IF_ENDED = os.WEXITED | os.WNOHANG | os.WNOWAIT


class Place:
    """Where a child is, in memory shared with whoever kills it."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 6)

    def begin(self, phase: str) -> None:
        """Note that something begins."""
        self._memory[:2] = bytes((PHASES.index(phase), 0))

    def clear(self) -> None:
        """Be ready for another child."""
        self._memory[:] = bytes(6)

    def reached(self) -> int:
        """Return how many statements have been begun."""
        return int.from_bytes(self._memory[2:], "big")

    def step(self, statement: str) -> None:
        """Note what the driver is given to do now."""
        self._memory[2:] = (self.reached() + 1).to_bytes(4, "big")
        word = statement[:9].lstrip().partition(" ")[0]
        if word in _STEPS:
            self._memory[1] = _WORDS.index(_STEPS[word])

    def between(self) -> None:
        """Note that no transaction is open."""
        self._memory[1] = 0

    def __str__(self) -> str:
        phase, step = self._memory[:2]
        return f"{PHASES[phase]} {_WORDS[step]}".strip()


def work(ground: Ground, profile: Profile, outside: Path, draw: random.Random, place: Place, tell: Tell) -> None:
    """Open the store and act until killed."""
    place.begin("opening")

    def watched(path: Path, key: bytes, **more: Any) -> Store:
        store = open_store(path, key, **more)
        store.connection.set_trace_callback(place.step)
        if steps_had(store) != set(MIGRATIONS):
            place.begin("migration")
        return store

    vars(sessions)["open_store"] = watched  # in this process, which will not live long
    clock = stores.Clock()
    clock.move(seconds=draw.randrange(10**6))
    session = ground.open(profile, clock)
    acts = Acts(session, ground, outside, tell, place.begin)
    while draw.random() > 0.02:
        acts.any(draw)
        place.between()
    place.begin("closing")
    session.close()
    tell({"closed": True})


def acknowledge_too_early(
    ground: Ground, profile: Profile, outside: Path, draw: random.Random, place: Place, tell: Tell
) -> None:
    """The positive control: acknowledge each act before its commit."""
    place.begin("edit")
    session = ground.open(profile)
    session.store.connection.set_trace_callback(place.step)
    while True:
        with session.store.write():
            tell({"act": incidents.open_incident(session, f"Incident {draw.randrange(10**9)}").act})


Work = Callable[[Ground, Profile, Path, random.Random, Place, Tell], None]


def _child(pipe: int, act: Callable[[Tell], None]) -> NoReturn:
    """Be the child: act, acknowledge, and end without running anything of the parent's."""

    def tell(word: dict[str, Any]) -> None:
        os.write(pipe, as_line(word))

    try:
        act(tell)
    except BaseException as error:  # noqa: BLE001 - handed to the parent, which counts it
        tell({"fault": f"{type(error).__name__}: {error}"})
    finally:
        os._exit(0)


def cycle(act: Callable[[Tell], None], place: Place, after: int, then: float) -> Words:
    """Fork a child that acts, kill it after so many statements and seconds, and return what it had acknowledged."""
    place.clear()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _child(writing, act)
    os.close(writing)
    deadline = time.monotonic() + PATIENCE
    while place.reached() < after and time.monotonic() < deadline and not os.waitid(os.P_PID, child, _IF_ENDED):
        time.sleep(0.0005)
    time.sleep(then)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    said = b""
    while piece := os.read(reading, 1 << 16):
        said += piece
    os.close(reading)
    return from_lines(said)


def run(ground: Ground, folder: Path, cycles: int, seed: int, act: Work = work, name: str = "kill") -> tally.Tally:
    """Kill so many children and return what that came to."""
    counted, place = tally.Tally(name, seed), Place()
    home, outside = folder / "profile", folder / "outside"
    told: Words = []
    fresh: Words = []  # said since somebody last looked
    age = RENEWED
    for number in range(cycles):
        draw = random.Random(f"{seed} {number}")
        older = draw.random() < OLDER
        if older or age >= RENEWED:
            shutil.rmtree(outside, ignore_errors=True)
            ground.copy(home, older=older)
            told, fresh, age = [], [], 0
        age += 1
        profile = Profile(home)
        after, then = (draw.randrange(MANY), THEN) if draw.random() < 0.6 else (1, LATER)
        said = cycle(partial(act, ground, profile, outside, draw, place), place, after, draw.uniform(0, then))
        fresh += said
        counted.trials += 1
        counted.acknowledged += sum(not {"fault", "closed", "changing"} & word.keys() for word in said)
        counted.where["after closing" if said and "closed" in said[-1] else str(place)] += 1
        for word in said:
            if "fault" in word:
                counted.unsaid += 1
                counted.example(f"trial {number}: {word['fault']}")
        if draw.random() < UNSEEN and number + 1 < cycles and age < RENEWED:
            continue
        thorough = draw.random() < THOROUGH
        keys = thorough or any("changing" in word for word in fresh)
        found = check(profile, ground, told + fresh, thorough=thorough, keys=keys)
        counted.take(number, found)
        if found.all():
            tally.keep_aside(folder, f"{name}-{seed}-{number}")
            age = RENEWED
        told += [word for word in fresh if "backup" not in word]  # looked at once, a backup changes no more
        fresh = []
    return counted


def main() -> int:
    """Run what the command line asks for; return 1 if a promise was broken, or a control kept one."""
    parser = tally.options(__doc__, cycles=10_000)
    parser.add_argument("--control", action="store_true", help="acknowledge before the commit: must be reported")
    parser.add_argument("--in", dest="where", default=None, help="folder in which the stores are hurt")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.where) as scratch:
        ground = prepare(Path(scratch) / "ground")
        act, name = (acknowledge_too_early, "kill control") if chosen.control else (work, "kill")
        done = run(ground, Path(scratch) / "hurt", chosen.cycles, chosen.seed, act, name).end()
    return int(done.bad != chosen.control)


if __name__ == "__main__":
    sys.exit(main())
