"""Links and bodies put together again: each proves itself by its hash, and one that was lost can be made again.

A link says only who wrote it, in which place, after what, and the hash of its body. So a link whose page is lost
follows from the body, the link before it, and what the indexes or the link after it say of its hash.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from triage_app.domain.operations import ACCESS, JOURNAL, Link, body_hash
from triage_app.store import journal
from triage_app.store.connection import Store
from triage_app.store.salvage_sources import Source

Chain = tuple[str, str]
"""(chain, device)."""

_WHOLE: Final = "SELECT seq, hash FROM tail WHERE chain = ? AND device = ?"


@dataclass
class Pool:
    """Every link and body that proved itself, from all sources."""

    links: dict[Chain, dict[int, Link]] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)
    "By the hash that links name them by."
    ends: dict[Chain, int] = field(default_factory=dict)
    "How far each chain was known to go, by whatever was left."
    without: set[str] = field(default_factory=set)
    "Links, by hash, of which a source never had the body: it was withheld."
    made_again: int = 0
    "Links that were lost and followed from what was left."

    def add(self, link: Link) -> None:
        """Keep a link; the first one of a place stays."""
        self.links.setdefault((link.chain, link.device), {}).setdefault(link.seq, link)
        self.reaches((link.chain, link.device), link.seq)

    def reaches(self, chain: Chain, seq: int) -> None:
        """Note that a chain went as far as this."""
        self.ends[chain] = max(self.ends.get(chain, 0), seq)


def gather(pool: Pool, source: Source) -> None:
    """Take from a source whatever proves itself."""
    numbers: dict[int, Link] = {}
    for row in source.rows("link"):
        link = _proved(row)
        if link is not None:
            pool.add(link)
            numbers[row["n"]] = link
    by_number: dict[int, bytes] = {}
    for row in source.rows("body"):
        if row["state"] == "here" and isinstance(row["bytes"], bytes):
            by_number[row["n"]] = row["bytes"]
            pool.bodies[body_hash(row["bytes"])] = row["bytes"]
        elif row["n"] in numbers:
            pool.without.add(numbers[row["n"]].hash)
    hashes, places = source.numbered_links()
    said = {place: hashes[n] for place, n in places.items() if n in hashes}
    for table in ("tail", "checkpoint"):
        for row in source.rows(table):
            if isinstance(row["seq"], int) and row["chain"] in (JOURNAL, ACCESS):
                said.setdefault((row["chain"], row["device"], row["seq"]), row["hash"])
    for chain, device, seq in (*places, *said):
        pool.reaches((chain, device), seq)
    _make_again(pool, numbers, by_number, _Told(hashes, places, said))


def _proved(row: dict[str, object]) -> Link | None:
    try:
        link = Link(
            str(row["device"]), int(str(row["seq"])), str(row["prev"]), str(row["body_hash"]), str(row["chain"]),
            int(str(row["v"])),
        )  # fmt: skip
    except ValueError:
        return None
    return link if link.hash == row["hash"] else None


@dataclass(frozen=True)
class _Told:
    """What indexes, ends and signatures say of links that may be lost themselves."""

    hashes: dict[int, str]
    places: dict[tuple[str, str, int], int]
    said: dict[tuple[str, str, int], str]


def _make_again(pool: Pool, known: dict[int, Link], bodies: dict[int, bytes], told: _Told) -> None:
    """Make links again whose own page is lost."""
    number_of = {(link.chain, link.device, link.seq): n for n, link in known.items()} | told.places
    for chain, device in list(pool.ends):
        held = pool.links.setdefault((chain, device), {})
        seq = 1
        while seq <= pool.ends[(chain, device)]:
            if seq in held:
                seq += 1
                continue
            run = _run(held, (chain, device), seq, pool.ends[(chain, device)], bodies, told, number_of, known)
            for link in run:
                pool.add(link)
            pool.made_again += len(run)
            seq += max(1, len(run))
            while seq <= pool.ends[(chain, device)] and seq not in held and not _has_before(held, seq):
                seq += 1


def _has_before(held: dict[int, Link], seq: int) -> bool:
    return seq == 1 or seq - 1 in held


def _run(
    held: dict[int, Link],
    chain: Chain,
    first: int,
    last: int,
    bodies: dict[int, bytes],
    told: _Told,
    number_of: dict[tuple[str, str, int], int],
    known: dict[int, Link],
) -> list[Link]:
    """Return the links from ``first`` on that are lost and can be proved: by the index, or by the link that follows."""
    if not _has_before(held, first):
        return []
    prev = held[first - 1].hash if first > 1 else ""
    before = number_of.get((*chain, first - 1), 0 if first == 1 else -1)
    made: list[Link] = []
    proved = 0
    for seq in range(first, last + 1):
        following = held.get(seq)
        if following is not None:
            return made if following.prev == prev else made[:proved]
        n = number_of.get((*chain, seq), before + 1 if before >= 0 else -1)
        if n not in bodies or n in known:
            break
        link = Link(chain[1], seq, prev, body_hash(bodies[n]), chain[0])
        made.append(link)
        stated = told.said.get((*chain, seq), told.hashes.get(n))
        if stated is not None:
            if stated != link.hash:
                made.pop()
                break
            proved = len(made)  # it names the one before, and that the one before it: all of them
        prev, before = link.hash, n
    return made[:proved]


@dataclass
class Placed:
    """What became of the links of a pool."""

    fresh: int = 0
    "New in the store, in their place."
    filled: int = 0
    "Bodies that the store lacked."
    beyond: list[Link] = field(default_factory=list)
    "Links behind a gap: they prove themselves, and nothing leads to them."


def place(store: Store, pool: Pool) -> Placed:
    """Put links in their places, as far as their chains reach without a gap; call it inside ``store.write()``."""
    done = Placed()
    for chain, links in sorted(pool.links.items()):
        seq, prev = store.row(_WHOLE, chain) or (0, "")
        for number, state, stored in _held(store, chain):
            data = pool.bodies.get(stored)
            if state == "withheld" and data is not None and _has_list(store, data):
                store.execute("UPDATE body SET state = 'here', bytes = ? WHERE n = ?", (data, number))
                done.filled += 1
        while (link := links.get(seq + 1)) is not None and link.prev == prev:
            n = journal.insert_link(store, link, link.hash)
            data = pool.bodies.get(link.body_hash)
            if data is not None and not _has_list(store, data):
                data = None
            store.execute(
                "INSERT INTO body(n, state, bytes) VALUES (?, ?, ?)", (n, "withheld" if data is None else "here", data)
            )
            seq, prev = link.seq, link.hash
            done.fresh += 1
        if seq:
            journal.set_tail(store, chain[0], chain[1], seq, prev)
        done.beyond += [links[number] for number in sorted(links) if number > seq]
    return done


def _held(store: Store, chain: Chain) -> list[tuple[int, str, str]]:
    return store.rows(
        "SELECT n, state, body_hash FROM link JOIN body USING (n)"
        " WHERE chain = ? AND device = ? AND state = 'withheld'",
        chain,
    )


def _has_list(store: Store, data: bytes) -> bool:
    """Tell whether a body is no gesture over many, or the list of those is here."""
    body = journal.readable(data)
    return body is None or not body.batch or bool(store.value("SELECT 1 FROM blob WHERE sha256 = ?", (body.batch,)))


def keep_beyond(store: Store, links: Iterable[Link], bodies: dict[str, bytes], origin: str) -> None:
    """Keep what lies behind a gap aside, for a bundle or a backup to heal it."""
    for link in links:
        if link.chain == JOURNAL:
            store.execute(
                "INSERT OR IGNORE INTO pending(hash, device, seq, link, body, reason, bundle)"
                " VALUES (?, ?, ?, ?, ?, 'gap', ?)",
                (link.hash, link.device, link.seq, link.to_bytes(), bodies.get(link.body_hash), origin),
            )


def is_placed(store: Store, link: Link) -> bool:
    """Tell whether a link is in its place."""
    return bool(store.value("SELECT 1 FROM link WHERE hash = ?", (link.hash,)))


def set_aside(store: Store, device: str) -> set[int]:
    """Return the sequences of a device's links that wait outside their chain."""
    return {row[0] for row in store.rows("SELECT seq FROM pending WHERE device = ?", (device,))}


def without_body(store: Store, device: str) -> list[tuple[int, str]]:
    """Return (sequence, hash) of the links of a device's journal whose bodies are not here, in order."""
    return [
        (row[0], row[1])
        for row in store.rows(
            "SELECT seq, hash FROM link JOIN body USING (n) WHERE chain = ? AND device = ? AND state = 'withheld'"
            " ORDER BY seq",
            (JOURNAL, device),
        )
    ]
