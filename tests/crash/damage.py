"""Damaged files: ``python -m tests.crash.damage --files 10000 --seed 1``.

A file of a store is damaged: a bit turned over, a sector or a page of zeros, an end cut off; of the log beside the
store and of the key file, a bit. Then the store is opened, all of it read, and every page checked. The rule that
decides: a sentence is raised, or the check of the pages names the place, or what is read back equals what was there.
SQLite reads the log as far as it is whole: where acts are missing, the program must say so. Only the end of the last
act is not to be told from one that a power cut tore before anybody was told of it; that is counted by itself.
``--control`` damages the same store without encryption, where no page proves itself: much of that goes unnoticed.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests import stores
from tests.crash import tally
from tests.crash.acts import Acts
from tests.crash.ground import Ground, prepare
from triage_app.errors import TriageError
from triage_app.paths import Profile
from triage_app.services import session as sessions
from triage_app.store.connection import Store, unguarded
from triage_app.store.driver import DriverError, connect, translated

ACTS: Final = 16
"Acts in the store that is damaged; half of them are still in its log where that is damaged."

Damage = Callable[[bytearray, random.Random], None]


def flip(data: bytearray, draw: random.Random) -> None:
    """Turn one bit over."""
    data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)


def zero_sector(data: bytearray, draw: random.Random) -> None:
    """Make a sector of 512 bytes zeros."""
    _zero(data, draw, 512)


def zero_page(data: bytearray, draw: random.Random) -> None:
    """Make a page of 4096 bytes zeros."""
    _zero(data, draw, 4096)


def _zero(data: bytearray, draw: random.Random, size: int) -> None:
    start = draw.randrange(len(data) // size) * size
    data[start : start + size] = bytes(size)


def truncate(data: bytearray, draw: random.Random) -> None:
    """Cut the end off."""
    del data[draw.randrange(len(data)) :]


KINDS: Final[tuple[tuple[str, Damage, int], ...]] = (
    ("store", flip, 2), ("store", zero_sector, 2), ("store", zero_page, 2), ("store", truncate, 2),
    ("log", flip, 1), ("key file", flip, 1),
)  # fmt: skip
"Which file, what is done to it, and how many parts of ten of all files it is done to."


@dataclass(frozen=True)
class Whole:
    """Stores as they are before any damage, and what is in them."""

    closed: Path
    "One that was closed, and has no log."
    opened: Path
    "One whose process was killed, with a log."
    plain: Path
    "The first of them without encryption."
    content: str
    states: tuple[str, ...]
    "The content of the second after each act, the last one last."


def content(store: Store) -> str:
    """Read all there is and return a hash of it."""
    found = hashlib.sha256()
    names = [row[0] for row in store.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    for name in names:
        rows = store.rows(f'SELECT * FROM "{name}"')
        found.update(repr((name, sorted(map(repr, rows)))).encode())
    return found.hexdigest()


def make(ground: Ground, folder: Path) -> Whole:
    """Make the stores that will be damaged."""
    folder.mkdir(parents=True)
    closed = ground.copy(folder / "closed")
    session = ground.open(closed)
    draw = random.Random(3)
    acts = Acts(session, ground, folder / "outside", lambda word: None, lambda phase: None)
    for _ in range(ACTS):
        draw.choice((acts.edit, acts.edit, acts.merge, acts.import_file))(draw)
    written = content(session.store)
    _decrypted(session.store, folder / "plain.db")
    session.close()
    states = _killed(ground, folder)
    return Whole(folder / "closed", folder / "opened", folder / "plain.db", written, states)


def _decrypted(store: Store, target: Path) -> None:
    with unguarded(store):
        store.execute(f"ATTACH DATABASE '{target}' AS plain KEY ''")
        store.execute("SELECT sqlcipher_export('plain')").fetchall()
        store.execute("DETACH DATABASE plain")


def _killed(ground: Ground, folder: Path) -> tuple[str, ...]:
    """Let a process act, say what is in the store after each act, and be killed with its log in use."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        session = ground.open(ground.copy(folder / "opened"))
        acts, draw = Acts(session, ground, folder / "outside", lambda word: None, lambda phase: None), random.Random(5)
        for number in range(ACTS):
            acts.edit(draw)
            if number == ACTS // 4:
                session.store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            os.write(writing, content(session.store).encode() + b"\n")
        os.kill(os.getpid(), signal.SIGKILL)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as said:
        return tuple(said.read().split())


def _read(ground: Ground, profile: Profile, which: str) -> str:
    """Open and read as the program does; which raises ``TriageError`` where that shows the damage."""
    key = sessions.data_key(profile, stores.PASSPHRASE) if which == "key file" else ground.key
    session = sessions.open_with_key(profile, key, stores.Clock(), responder=ground.responder)
    try:
        found = content(session.store)
        if session.missing_acts:
            raise TriageError("Acts are missing.", "Ask for a bundle.", "acts are missing")
        session.store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        if session.store.rows("PRAGMA cipher_integrity_check"):
            raise TriageError("A page is not what was written.", "Restore the newest backup.", "page check")
        return found
    finally:
        session.close()


def _read_plain(path: Path) -> str:
    """Read a file that proves nothing; what the driver refuses counts as noticed."""
    connection = connect(str(path), read_only=True)
    try:
        with translated():
            return content(Store(connection, path, read_only=True))
    except DriverError as error:
        raise TriageError(str(error), "", "damaged") from error
    finally:
        connection.close()


def run(ground: Ground, folder: Path, files: int, seed: int, *, plain: bool = False) -> tally.Tally:
    """Damage so many files, and return what that came to."""
    counted = tally.Tally("damage control" if plain else "damage", seed)
    whole = make(ground, folder / "whole")
    parts = [kind for kind in KINDS for _ in range(kind[2])]
    for number in range(files):
        draw = random.Random(f"{seed} {number}")
        which, damage, _ = parts[number % len(parts)]
        if plain and which != "store":
            continue
        counted.trials += 1
        name = f"{which}, {damage.__name__.replace('_', ' ')}"
        counted.where[name] += 1
        known = whole.states if which == "log" else (whole.content,)
        try:
            if plain:
                found = _plain(whole, folder / "hurt.db", damage, draw)
            else:
                found = _encrypted(ground, whole, folder / "hurt", which, damage, draw)
        except TriageError as error:
            counted.outcomes[f"{name}: found ({error.code})"] += 1
            continue
        except Exception as error:  # noqa: BLE001 - it is what the harness looks for
            counted.unsaid += 1
            counted.example(f"trial {number}, {name}: {type(error).__name__}: {error}")
            continue
        if found == known[-1]:
            counted.outcomes[f"{name}: harmless, all is read back"] += 1
        elif len(known) > 1 and found == known[-2]:
            counted.outcomes[f"{name}: all but the last act, as after a power cut in the midst of it"] += 1
        else:
            counted.corrupt += 1
            counted.example(f"trial {number}, {name}: something else is read back, and nothing is said")
    return counted


def _plain(whole: Whole, path: Path, damage: Damage, draw: random.Random) -> str:
    data = bytearray(whole.plain.read_bytes())
    damage(data, draw)
    path.write_bytes(data)
    return _read_plain(path)


def _encrypted(ground: Ground, whole: Whole, folder: Path, which: str, damage: Damage, draw: random.Random) -> str:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole.opened if which == "log" else whole.closed, folder)
    profile = Profile(folder)
    hurt = {"store": [profile.store], "log": [folder / "store.db-wal"], "key file": [profile.keys]}[which]
    if which == "key file" and draw.random() < 0.5:
        hurt.append(profile.keys_copy)
    for path in hurt:
        data = bytearray(path.read_bytes())
        damage(data, draw)
        path.write_bytes(data)
    return _read(ground, profile, which)


def main() -> int:
    """Run what the command line asks for; return 1 if a promise was broken, or a control kept one."""
    parser = tally.options(__doc__, files=10_000)
    parser.add_argument("--control", action="store_true", help="a store without encryption: must be reported")
    parser.add_argument("--in", dest="where", default=None, help="folder in which the stores are hurt")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.where) as scratch:
        ground = prepare(Path(scratch) / "ground", files=3, bundles=4)
        done = run(ground, Path(scratch) / "hurt", chosen.files, chosen.seed, plain=chosen.control).end()
    return int(done.bad != chosen.control)


if __name__ == "__main__":
    sys.exit(main())
