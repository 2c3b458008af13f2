"""Operations that come in a bundle: links chained as far as their own author's signature goes, bodies filled in.

They come by the ten thousand: links of devices that are trusted wait in memory, not in a table, and are chained first;
then their bodies are filled in, a piece at a time. What cannot be chained yet is kept pending with its reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from triage_app.domain.operations import JOURNAL, Link, body_hash, link_hash
from triage_app.store import applying, journal, taken
from triage_app.store.applying import Arrived
from triage_app.store.connection import Store
from triage_app.store.taken import Piece

_CHUNK = 1_000

T = TypeVar("T")


class Counts(Protocol):
    """What ``count_in`` counts into."""

    applied: int
    already: int
    filled: int
    withheld: int
    refused: int
    touched: set[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Known:
    """A link that is on its chain."""

    n: int
    device: str
    seq: int
    body_hash: str
    state: str | None
    "Of its body; None where it came just now and its body has not."


class Coming:
    """What came of operations, on its way onto the chains."""

    def __init__(self, store: Store, bundle: str, growing: set[str]) -> None:
        """``growing`` are the devices whose links are taken onto their chains at once."""
        self._store = store
        self._bundle = bundle
        self._growing = growing
        self.links: dict[str, dict[str, Link]] = defaultdict(dict)
        "Links to be chained, by device and hash."
        self._next = 1 + (store.value("SELECT max(n) FROM link") or 0)
        self._before = self._next
        self._already = self._applied = self._filled = self._refused = 0
        self._awaiting: set[int] = set()
        self._touched: set[tuple[str, str]] = set()
        self._pieces: list[tuple[str, int]] = []
        self._kept_aside = False
        self._tails: dict[str, int] = {}
        self._chained: dict[str, _Known] = {}
        "Links that were chained just now, until they have their bodies."

    def count_in(self, outcome: Counts) -> None:
        """Add what it came to since the last time, and give the links without a body their place."""
        store = self._store
        if self._next > self._before:
            store.execute(
                "INSERT INTO body(n, state, bytes) SELECT n, 'withheld', NULL FROM link WHERE n >= ? AND NOT EXISTS"
                " (SELECT 1 FROM body WHERE body.n = link.n)",
                (self._before,),
            )
            outcome.withheld += store.value(
                "SELECT count(*) FROM body WHERE n >= ? AND state = 'withheld'", (self._before,)
            )
        self._before = self._next
        outcome.already += self._already
        outcome.applied += self._applied
        outcome.filled += self._filled
        outcome.refused += self._refused
        outcome.touched |= self._touched
        self._already = self._applied = self._filled = self._refused = 0
        self._touched = set()
        if not self._kept_aside:
            for sha256, lines in self._pieces:
                taken.note(store, sha256, lines)
        self._pieces.clear()

    # ---- links --------------------------------------------------------------------------------------------------
    def take_links(self, pieces: Iterable[Piece[bytes]]) -> None:
        """Take links in: those on their chains are counted, those of other devices wait in the table."""
        for piece in pieces:
            known = taken.lines_of(self._store, piece.sha256)
            if known is not None:
                self._already += known
                continue
            lines = piece.load()
            for part in _parts(lines):
                self._take_links(part)
            self._pieces.append((piece.sha256, len(lines)))

    def _take_links(self, untrusted_lines: Sequence[bytes]) -> None:
        found: dict[str, tuple[Link, bytes]] = {}
        for line in untrusted_lines:
            try:
                link = Link.from_bytes(line)
            except ValueError:
                self._refuse()
                continue
            if link.chain != JOURNAL:
                self._refuse()
                continue
            found[link_hash(line)] = (link, line)
        # what lies beyond a chain cannot be on it: of a device that is new here nothing is looked up
        held = self._known([name for name, (link, _) in found.items() if link.seq <= self._tail(link.device)])
        aside = []
        for name, (link, line) in found.items():
            if name in held:
                self._already += 1
                if held[name].state == "withheld":
                    self._awaiting.add(held[name].n)
            elif link.device in self._growing:
                self.links[link.device][name] = link
            else:
                aside.append((name, link.device, link.seq, line, "unknown-device", self._bundle))
        self._keep_aside(aside)

    def _tail(self, device: str) -> int:
        """Return how far the chain of a device reached before anything was chained."""
        if device not in self._tails:
            self._tails[device] = journal.tail(self._store, JOURNAL, device)[0]
        return self._tails[device]

    def _refuse(self) -> None:
        self._refused += 1
        self._kept_aside = True

    def _keep_aside(self, some: Sequence[tuple[str, str, int, bytes, str, str]]) -> None:
        if some:
            self._kept_aside = True
            self._store.executemany(
                "INSERT INTO pending(hash, device, seq, link, body, reason, bundle) VALUES (?, ?, ?, ?, NULL, ?, ?)"
                " ON CONFLICT(hash) DO NOTHING",
                some,
            )

    def _known(self, names: Sequence[str]) -> dict[str, _Known]:
        found = {}
        for part in _parts(names):
            for name, n, device, seq, hashed, state in self._store.rows(
                "SELECT link.hash, link.n, device, seq, body_hash, state FROM link LEFT JOIN body USING (n)"
                f" WHERE chain = ? AND link.hash IN ({','.join('?' * len(part))})",
                (JOURNAL, *part),
            ):
                found[name] = _Known(n, device, seq, hashed, state)
        return found

    def chain(self, device: str, *, growing: bool) -> None:
        """Move a device's links onto its chain as far as its own signature vouches for them.

        What is left says why it waits: a gap before it, no signature over it, or a fork: a second history
        under one name, signed with its key. An unsigned link proves nothing, so it can neither raise that
        alarm nor stand in the way of a signed one.
        """
        store = self._store
        seq, prev = journal.tail(store, JOURNAL, device)
        waiting = self.links.pop(device, {})
        bodies: dict[str, bytes | None] = {}
        reasons: dict[str, str] = {}
        for name, data, body, reason in store.rows(
            "SELECT hash, link, body, reason FROM pending WHERE device = ?", (device,)
        ):
            waiting[name] = Link.from_bytes(bytes(data))
            bodies[name], reasons[name] = None if body is None else bytes(body), reason
        covered = self._covered(device, waiting)
        after: dict[str, str] = {}  # the link before → the first by name of those that follow it
        for name in covered:
            link, before = waiting[name], waiting[name].prev
            follows = seq if before == prev else waiting[before].seq if before in waiting else None
            if link.seq - 1 == follows:
                after[before] = min(name, after.get(before, name))
        chained: list[tuple[int, str, Link]] = []
        while growing and (name := after.get(prev, "")):
            link = waiting.pop(name)
            covered.discard(name)
            chained.append((self._next + len(chained), name, link))
            seq, prev = link.seq, name
        self._put_on_chain(chained, bodies)
        if growing and seq:
            journal.set_tail(store, JOURNAL, device, seq, prev)
        reached = {prev}
        left = []
        changed = []
        for name, link in sorted(waiting.items(), key=lambda item: item[1].seq):
            beside = link.seq <= seq or not growing
            if link.prev in reached:
                reached.add(name)
            if name in covered:
                reason = "fork" if beside else "gap"
            else:
                reason = "unsigned" if beside or name in reached else "gap"
            if name not in reasons:
                left.append((name, device, link.seq, link.to_bytes(), reason, self._bundle))
            elif reason != reasons[name]:
                changed.append((reason, name))
        self._keep_aside(left)
        store.executemany("UPDATE pending SET reason = ? WHERE hash = ?", changed)

    def _put_on_chain(self, chained: Sequence[tuple[int, str, Link]], bodies: dict[str, bytes | None]) -> None:
        store = self._store
        store.executemany(
            "INSERT INTO link(n, hash, chain, device, seq, prev, body_hash, v) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (n, name, link.chain, link.device, link.seq, link.prev, link.body_hash, link.version)
                for n, name, link in chained
            ),
        )
        self._next += len(chained)
        store.executemany("DELETE FROM pending WHERE hash = ?", ((name,) for _, name, _ in chained if name in bodies))
        waited = [
            (_Known(n, link.device, link.seq, link.body_hash, None), name, body)
            for n, name, link in chained
            if (body := bodies.get(name)) is not None
        ]
        self._fill(waited)
        for n, name, link in chained:
            if bodies.get(name) is None:
                self._chained[name] = _Known(n, link.device, link.seq, link.body_hash, None)

    def _covered(self, device: str, waiting: dict[str, Link]) -> set[str]:
        """Return the links that a checkpoint of their own device vouches for, walking back from it."""
        found: set[str] = set()
        for at, name in self._store.rows(
            "SELECT seq, hash FROM checkpoint WHERE chain = ? AND device = ?", (JOURNAL, device)
        ):
            while name in waiting and name not in found and waiting[name].seq == at:
                found.add(name)
                name, at = waiting[name].prev, at - 1
        return found

    # ---- bodies -------------------------------------------------------------------------------------------------
    def take_bodies(self, pieces: Iterable[Piece[tuple[str, bytes]]]) -> None:
        """Give links their bodies, also those that came before, or wait."""
        for piece in pieces:
            if taken.lines_of(self._store, piece.sha256) is not None:
                continue
            some = piece.load()
            if all([self._take_bodies(part) for part in _parts(some)]):
                self._pieces.append((piece.sha256, len(some)))

    def _take_bodies(self, some: Sequence[tuple[str, bytes]]) -> bool:
        """Take some bodies in; return whether each of them is here for good."""
        known = {name: link for name, _ in some if (link := self._chained.pop(name, None)) is not None}
        known |= self._known([name for name, _ in some if name not in known])
        coming = []
        whole = True
        for name, data in some:
            link = known.get(name)
            if link is None:
                whole = False
                self._keep_body(name, data)
            elif link.body_hash != body_hash(data):
                whole = False
                self._refuse()
            elif link.state in (None, "withheld"):
                coming.append((link, name, data))
        filled = self._fill(coming)
        return whole and filled == len(coming)

    def _keep_body(self, name: str, data: bytes) -> None:
        waiting = self._store.row("SELECT link, body IS NULL FROM pending WHERE hash = ?", (name,))
        if waiting is None:
            return
        if Link.from_bytes(bytes(waiting[0])).body_hash != body_hash(data):
            self._refuse()
        elif waiting[1]:
            self._store.execute("UPDATE pending SET body = ? WHERE hash = ?", (data, name))

    def _fill(self, some: Sequence[tuple[_Known, str, bytes]]) -> int:
        """Give links that have none their bodies; return how many are here now: a batch waits for its list."""
        store = self._store
        here: list[tuple[_Known, bytes]] = []
        arrived: list[Arrived] = []
        for link, name, data in some:
            body = journal.readable(data)
            batch = "" if body is None else body.batch
            if batch and not store.value("SELECT 1 FROM blob WHERE sha256 = ?", (batch,)):
                continue
            here.append((link, data))
            if body is not None:
                arrived.append(Arrived(link.n, name, link.device, link.seq, body))
        store.executemany(
            "INSERT INTO body(n, state, bytes) VALUES (?, 'here', ?)",
            ((link.n, data) for link, data in here if link.state is None),
        )
        store.executemany(
            "UPDATE body SET state = 'here', bytes = ? WHERE n = ?",
            ((data, link.n) for link, data in here if link.state is not None),
        )
        self._touched |= applying.apply_many(store, arrived)
        before = [link for link, _ in here if link.state is not None]
        self._applied += len(here)
        self._filled += len(before)
        self._already -= sum(link.n in self._awaiting for link in before)
        return len(here)


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
