"""Kill -9 in the midst of a restore: ``python -m tests.crash.kill_restore --cycles 500 --seed 1``.

A backup is restored where there is a store, a damaged one, or none. Half of the children are killed before a call of
theirs into the system or the database, the others after a random time. Then the store that was there is whole where it
was, or the backup is whole in its place, under a device of its own, and the former store whole in the folder it was set
aside to. Now and then the next restore is begun before anybody has looked.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests import stores
from tests.crash import tally
from tests.crash.checking import Found
from tests.crash.ground import Ground, prepare
from tests.crash.steps import be_killed, steps_of
from triage_app.errors import NoStore, StoreExists, TriageError
from triage_app.paths import Profile
from triage_app.services import backups, incidents, keeping, moving_in, restoring
from triage_app.services import session as sessions
from triage_app.store import state
from triage_app.store.connection import Store, open_store

WHERES: Final = ("a store", "a damaged store", "no store")
UNSEEN, AGAIN, THOROUGH = 0.15, 0.2, 0.1
"How often a kill is not looked at before the next, a restore is then done to its end, and a look is thorough."


@dataclass(frozen=True)
class Scene:
    """A profile in which a backup is restored, and what both hold."""

    profile: Profile
    copy: Path
    where: str
    device: str
    "Of the store that is there."
    in_copy: int
    "Links of the journal."
    in_store: int

    def restore(self) -> None:
        """Restore the backup to the end."""
        is_there = self.where != "no store"
        try:
            self._restore(set_aside=is_there)
        except StoreExists:  # that an earlier one, which was killed, had put there
            if is_there:
                raise
            self._restore(set_aside=True)

    def _restore(self, *, set_aside: bool) -> None:
        clock = stores.Clock()
        restoring.restore_from(self.profile, self.copy, stores.PASSPHRASE, clock, set_aside=set_aside).session.close()


def scene(ground: Ground, folder: Path, where: str) -> Scene:
    """Make one: a backup, and a store with more in it."""
    shutil.rmtree(folder, ignore_errors=True)
    profile = ground.copy(folder / "profile")
    session = ground.open(profile)
    copy = keeping.back_up_to(session, folder / "outside" / "copy.db")
    in_copy = _links(session.store)
    for number in range(3):
        incidents.open_incident(session, f"After the backup {number}")
    in_store, device = _links(session.store), session.device
    session.close()
    if where == "a damaged store":
        data = bytearray(profile.store.read_bytes())
        data[:4096] = os.urandom(4096)
        profile.store.write_bytes(data)
    elif where == "no store":
        for path in profile.made_with_store:
            path.unlink(missing_ok=True)
    return Scene(profile, copy, where, device, in_copy, in_store)


def _links(store: Store) -> int:
    return int(store.value("SELECT count(*) FROM link WHERE chain = 'journal'"))


def killed(act: Scene, at: int, after: float) -> int:
    """Restore in a process that is killed at a step, or after some seconds where that is 0; return how it ended."""
    child = os.fork()
    if not child:
        be_killed(act.restore, at)
    if not at:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def look(act: Scene, ground: Ground, found: Found, *, thorough: bool) -> str:
    """Open what is there as a person would, and say what that is."""
    profile = act.profile
    try:
        session = sessions.unlock(profile, stores.PASSPHRASE, stores.Clock())
    except NoStore:
        if act.where != "no store":
            found.lost.append("There is no store any more.")
        return "nothing came"
    except TriageError as error:
        if act.where != "a damaged store":
            found.corrupt.append(f"The store does not open: {error.what}")
        elif not profile.store.exists():
            found.lost.append("The damaged store is gone.")
        return "nothing came"
    try:
        is_former = session.device == act.device
        found.corrupt += keeping.verify(session)["problems"] if thorough else state.problems(session.store)
        links = _links(session.store)
    finally:
        session.close()
    if is_former and links < act.in_store:
        found.lost.append(f"The store holds {links} of {act.in_store} entries.")
    if not is_former and links <= act.in_copy:
        found.lost.append(f"What was restored holds {links} entries, the backup {act.in_copy}.")
    if not is_former and act.where != "no store":
        _aside(act, ground, found)
    found.left += [f"{path.name} was left." for path in profile.home.rglob("*.partial*")]
    if moving_in.place_of(profile).home.exists():
        found.left.append("The folder of a restore was left.")
    if backups.found(act.copy) is None:
        found.lost.append("The backup is gone.")
    return "the former one" if is_former else "the restored one"


def _aside(act: Scene, ground: Ground, found: Found) -> None:
    """The store that was set aside is there, with every act."""
    held = []
    for folder in act.profile.home.glob(f"{moving_in.ASIDE}*"):
        if not (folder / "store.db").exists():
            continue
        try:
            store = open_store(folder / "store.db", ground.key, read_only=True)
        except TriageError:
            held.append(-1)
            continue
        held.append(_links(store) if store.value("PRAGMA quick_check(1)") == "ok" else 0)
        store.close()
        if not (folder / "store.keys").exists():
            found.lost.append("The store that was set aside has lost its keys.")
    if act.where == "a damaged store" and -1 not in held:
        found.lost.append("The damaged store was not set aside.")
    if act.where == "a store" and max(held, default=0) < act.in_store:
        found.lost.append(f"The store that was set aside holds {held} of {act.in_store} entries.")


def run(ground: Ground, folder: Path, cycles: int, seed: int) -> tally.Tally:
    """Kill so many restores and return what that came to."""
    counted = tally.Tally("kill restore", seed)
    act = scene(ground, folder / "hurt", WHERES[0])
    began = time.monotonic()
    steps = steps_of(act.restore)
    seconds = time.monotonic() - began
    fresh: Scene | None = None
    for number in range(cycles):
        draw = random.Random(f"{seed} {number}")
        where = draw.choice(WHERES)
        at = draw.randrange(1, steps) if draw.random() < 0.5 else 0
        if number < 2:  # the first step and the last one are always struck, however fast the machine is
            where, at = WHERES[0], (1, steps - 1)[number]
        act = fresh or scene(ground, folder / "hurt", where)
        counted.trials += 1
        ended = killed(act, at, draw.uniform(0, seconds))
        counted.acknowledged += ended == 0
        counted.unsaid += ended > 0
        fresh = act if number > 1 and draw.random() < UNSEEN and number + 1 < cycles else None
        if fresh is not None:
            counted.where["not looked at"] += 1
            continue
        found = Found()
        try:
            counted.where[f"{act.where}: {look(act, ground, found, thorough=draw.random() < THOROUGH)}"] += 1
            if draw.random() < AGAIN:
                act.restore()
                look(act, ground, found, thorough=False)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the harness looks for
            found.corrupt.append(f"Looking raised {type(error).__name__}: {error}")
        counted.take(number, found)
        if found.all():
            tally.keep_aside(folder, f"kill-restore-{seed}-{number}")
    return counted


def main() -> int:
    """Run what the command line asks for; return 1 if a promise was broken."""
    parser = tally.options(__doc__, cycles=500)
    parser.add_argument("--in", dest="where", default=None, help="folder in which the stores are hurt")
    chosen: Any = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.where) as scratch:
        ground = prepare(Path(scratch) / "ground", files=1, bundles=1)
        done = run(ground, Path(scratch) / "restored", chosen.cycles, chosen.seed).end()
    return int(done.bad)


if __name__ == "__main__":
    sys.exit(main())
