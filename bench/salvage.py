"""How much of a damaged store is saved: copies with a page zeroed, or cut off anywhere, and the share of each kind.

Beside ours the way by rowid range: the database asked for halves of halves of a range, opened again after each error,
a file that was cut off padded with zeros first.

Run it by itself: ``python -m bench.salvage --runs 300``. It takes some minutes.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.stores import PASSPHRASE, Clock, copies, table
from triage_app.domain.operations import JOURNAL, Link, body_hash
from triage_app.errors import TriageError
from triage_app.paths import Profile
from triage_app.services import incidents, salvaging
from triage_app.services import session as sessions
from triage_app.store import salvage_evidence, salvage_links
from triage_app.store.connection import Store, open_store
from triage_app.store.creation import create_store
from triage_app.store.damaged_pages import PAGE
from triage_app.store.driver import DriverError
from triage_app.store.salvage_links import Pool
from triage_app.store.salvage_sources import Damaged

INCIDENTS, ROWS, NOTES = 500, 2_000, 2
Shares = dict[str, float]


def main() -> int:
    """Measure and print the shares saved."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300, help="damaged copies of each kind, for what is read")
    parser.add_argument("--whole", type=int, default=10, help="of them salvaged to the end and verified")
    parser.add_argument("--rival", type=int, default=30, help="of them read by rowid range too")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="triage-salvage-") as name:
        folder = Path(name)
        store, key, counted = filled(folder)
        whole = store.read_bytes()
        print(f"A store of {counted['operations']:,} operations, {counted['rows']:,} rows of evidence,"
              f" {len(whole) // PAGE:,} pages ({len(whole) / 1e6:.1f} MB).")  # fmt: skip
        for kind, damage in (("one page zeroed", zeroed), ("ten pages zeroed", ten_zeroed), ("cut off", cut)):
            measure(folder, kind, damage, whole, key, counted, chosen)
    return 0


def filled(folder: Path) -> tuple[Path, bytes, dict[str, int]]:
    """Return a store of a few thousand operations, its key and what it holds."""
    laptop = copies(folder)[0]
    table(laptop, [(f"r{n}", f"Beacon {n}") for n in range(ROWS)])
    for number in range(INCIDENTS):
        incident = incidents.open_incident(laptop.session, f"Incident {number}").id
        for note in range(NOTES):
            incidents.add_note(laptop.session, "incident", incident, f"Rang ward {note}, take {number}")
    store = laptop.store
    counted = {
        "operations": int(store.value("SELECT count(*) FROM link WHERE chain = 'journal'")),
        "rows": int(store.value("SELECT count(*) FROM evidence_row")),
    }
    key, profile = bytes(laptop.session.key), laptop.session.profile
    laptop.close()
    return profile.store, key, counted


def zeroed(data: bytearray, rng: random.Random) -> None:
    """Zero one page."""
    at = rng.randrange(len(data) // PAGE) * PAGE
    data[at : at + PAGE] = bytes(PAGE)


def ten_zeroed(data: bytearray, rng: random.Random) -> None:
    """Zero ten pages."""
    for _ in range(10):
        zeroed(data, rng)


def cut(data: bytearray, rng: random.Random) -> None:
    """Cut the file off anywhere."""
    del data[rng.randrange(len(data)) :]


def measure(
    folder: Path, kind: str, damage: Callable[[bytearray, random.Random], None], whole: bytes, key: bytes,
    counted: dict[str, int], chosen: argparse.Namespace,
) -> None:  # fmt: skip
    """Damage that many copies, and say what share of each kind was saved."""
    ours: list[Shares] = []
    rivals: list[Shares] = []
    ends: list[str] = []
    home = folder / "damaged"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    for name in ("store.keys", "store.keys.copy"):
        shutil.copy(folder / "a" / "profile" / name, home / name)
    for run in range(chosen.runs):
        data = bytearray(whole)
        damage(data, random.Random(f"{kind} {run}"))
        path = home / "store.db"
        path.write_bytes(bytes(data))
        ours.append(read_by_page(folder, path, key, counted))
        if run < chosen.rival:
            rivals.append(read_by_range(path, key, len(whole), counted))
        if run < chosen.whole:
            ends.append(to_the_end(folder, path))
    print(f"{kind}, {len(ours)} copies: {told(ours)}", flush=True)
    if rivals:
        print(f"  by rowid range, the first {len(rivals)}: {told(rivals)}")
        print(f"  ours, the same {len(rivals)}: {told(ours[: len(rivals)])}")
    if ends:
        sound = ends.count("verified")
        others = ", ".join(sorted(set(ends) - {"verified"})) or "none"
        print(f"  salvaged to the end: {sound} of {len(ends)} verify; otherwise: {others}")


def told(found: list[Shares]) -> str:
    """Return medians and the worst."""
    words = []
    for name in ("operations", "rows"):
        shares = [one[name] for one in found]
        mean = statistics.mean(shares)
        words.append(f"{name} median {statistics.median(shares):.1%}, mean {mean:.1%}, worst {min(shares):.1%}")
    return "; ".join(words) + f"; {statistics.median(one['seconds'] for one in found):.2f} s each"


def read_by_page(folder: Path, path: Path, key: bytes, counted: dict[str, int]) -> Shares:
    """Read whatever proves itself, as a salvage does, and count it."""
    fresh, empty = folder / "fresh.db", folder / "empty.db"
    if not empty.exists():
        create_store(empty, key).close()
    for one in folder.glob("fresh.db*"):
        one.unlink()
    shutil.copy(empty, fresh)
    store = open_store(fresh, key)
    begun = time.monotonic()
    source = Damaged(path, key, store)
    pool = Pool()
    with store.write():
        salvage_evidence.unite_blobs(store, source)
        salvage_links.gather(pool, source)
        evidence = salvage_evidence.unite(store, source)
    source.close()
    store.close()
    links = [link for chain, held in pool.links.items() if chain[0] == JOURNAL for link in held.values()]
    saved = sum(1 for link in links if link.body_hash in pool.bodies)
    return {"operations": saved / counted["operations"], "rows": len(evidence.proved) / counted["rows"],
            "seconds": time.monotonic() - begun}  # fmt: skip


def to_the_end(folder: Path, path: Path) -> str:
    """Salvage a copy to the end, and say how it verifies."""
    into = folder / "into"
    shutil.rmtree(into, ignore_errors=True)
    try:
        done = salvaging.salvage(path, Profile(into), PASSPHRASE, Clock())
    except TriageError as error:
        return error.what
    session = sessions.unlock(Profile(into), PASSPHRASE, Clock())
    session.close()
    return "verified" if not done.problems else done.problems[0]


# -- by rowid range ----------------------------------------------------------------------------------------


def read_by_range(path: Path, key: bytes, size: int, counted: dict[str, int]) -> Shares:
    """Read by halves of rowid ranges, opening the store again after each error."""
    begun = time.monotonic()
    padded = path.with_name("padded.db")
    data = path.read_bytes()
    padded.write_bytes(data + bytes(size - len(data)))
    bodies = {body_hash(bytes(row[1])): row[0] for row in by_range(padded, key, "body", "n, bytes") if row[1]}
    links = by_range(padded, key, "link", "hash, chain, device, seq, prev, body_hash, v")
    proved = 0
    for link_hash, chain, device, seq, prev, stored, version in links:
        link = Link(device, seq, prev, stored, chain, version)
        proved += link.hash == link_hash and chain == JOURNAL and stored in bodies
    rows = {hashlib.sha256(bytes(row[0])).digest() for row in by_range(padded, key, "evidence_row", "evidence_id")}
    return {"operations": proved / counted["operations"], "rows": len(rows) / counted["rows"],
            "seconds": time.monotonic() - begun}  # fmt: skip


def by_range(path: Path, key: bytes, name: str, columns: str) -> list[tuple[Any, ...]]:
    """Return the rows of a table that can be read at all."""
    number = {"evidence_row": "id"}.get(name, "n")
    found: list[tuple[Any, ...]] = []
    store: Store | None = None
    waiting = [(1, 8_192)]
    while waiting:
        first, last = waiting.pop()
        try:
            store = store or open_store(path, key, read_only=True)
            found += store.rows(f"SELECT {columns} FROM {name} WHERE {number} BETWEEN ? AND ?", (first, last))
        except (TriageError, DriverError):
            if store is not None:
                store.close()
            elif first == 1 and last == 8_192:
                return []
            store = None
            if first < last:
                middle = (first + last) // 2
                waiting += [(middle + 1, last), (first, middle)]
    if store is not None:
        store.close()
    return found


if __name__ == "__main__":
    raise SystemExit(main())
