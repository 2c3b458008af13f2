"""The five-laptop exercise: weeks of work with nothing between the laptops but files, told and counted.

Two laptops of one trust, one of another, a regional desk and the national centre write about the same incidents. Files
are lost, come twice and come late; one clock is a year ahead; one disk is cloned; one laptop is stolen and revoked. In
the end the four that are left hold the same truth, nobody's word is lost, and each disagreement was seen and settled.
"""

from __future__ import annotations

import contextlib
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from triage_app.domain import certificates, sealed_names
from triage_app.domain.operations import JOURNAL
from triage_app.errors import BadInput, TriageError
from triage_app.paths import Profile
from triage_app.services import (
    certifying,
    conflicts,
    devices,
    exchange,
    incidents,
    keeping,
    undo,
    victims,
)
from triage_app.services import session as sessions
from triage_app.services.session import DEMONSTRATION_COST, Session
from triage_app.store import journal, lookup, standings

PASSPHRASE: Final = "five laptops one truth"  # noqa: S105 - of stores of invented data
BEGIN: Final = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
ROUNDS: Final = 8
LOST, TWICE, LATE = 0.2, 0.2, 0.3
"How often a file never comes, comes twice, or comes a round later."

_TITLES: Final = (
    "Loader on the wards", "Phishing of the payroll team", "VPN account sold", "Imaging server encrypted",
    "Supplier's mailbox taken over", "Web shell on the booking site", "Lost laptop of a midwife",
)  # fmt: skip
_WORDS: Final = (
    "Rang the supplier.", "Switched to paper.", "Hash sent to the desk.", "Account disabled.",
    "Nothing found on the twin.", "Ward 4 is back.", "The consultant on call agreed.", "Waiting for the vendor.",
)  # fmt: skip


@dataclass
class Clock:
    """A laptop's own clock: ahead or behind, and a minute on at every look."""

    ahead: timedelta
    at: datetime = BEGIN

    def __call__(self) -> datetime:
        """Return the time that it shows."""
        self.at += timedelta(minutes=1)
        return self.at + self.ahead


@dataclass
class Laptop:
    """One of the five."""

    name: str
    session: Session
    clock: Clock
    folder: Path
    sent: int = 0
    stolen: bool = False


@dataclass
class Post:
    """What carries the files: it loses some, brings some twice and some late."""

    chance: random.Random
    late: list[tuple[str, Path]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"sent": 0, "lost": 0, "twice": 0, "late": 0})

    def deliver(self, arriving: list[tuple[str, Path]]) -> list[tuple[str, Path]]:
        """Return what arrives in a round, in whatever order: (to whom, the file)."""
        found, self.late = self.late, []
        for to, path in arriving:
            self.counts["sent"] += 1
            luck = self.chance.random()
            if luck < LOST:
                self.counts["lost"] += 1
            elif luck < LOST + LATE:
                self.counts["late"] += 1
                self.late.append((to, path))
            else:
                found.append((to, path))
                if luck > 1 - TWICE:
                    self.counts["twice"] += 1
                    found.append((to, path))
        self.chance.shuffle(found)
        return found


@dataclass
class Exercise:
    """The whole of it, from a seed."""

    folder: Path
    seed: int
    say: Callable[[str], None]
    laptops: dict[str, Laptop] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    "Refusals by their code: of the thief's bundles, of those of the clone."
    words: set[str] = field(default_factory=set)
    "Every log line that somebody who counts wrote: none may be missing at the end."

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 - a story, no secret
        self.post = Post(self.chance)
        self.before_theft = 0

    # -- the steps ----------------------------------------------------------------------------------------

    def run(self) -> dict[str, Any]:
        """Play it, and return the convergence table with what else was counted."""
        self._found()
        for number in range(1, ROUNDS + 1):
            self._day(number)
            if number == 3:
                self._clone()
            if number == 5:
                self._steal()
            if number == 6:
                self._revoke()
        self._meet()
        settled = self._settle()
        self._meet()
        table = [self._row(laptop) for laptop in self.laptops.values() if not laptop.stolen]
        missing = self._missing()
        alike = len({row["state"] for row in table}) == 1
        for laptop in self.laptops.values():
            laptop.session.close()
        return {
            "seed": self.seed, "rounds": ROUNDS, "post": self.post.counts, "settled": settled, "refused": self.refused,
            "table": table, "words": len(self.words), "missing": missing, "converged": alike and not missing,
        }  # fmt: skip

    def _found(self) -> None:
        for name, code, words, ahead in (
            ("A", "RXX", "Northmoor desk 1", timedelta()), ("B", "RXX", "Northmoor ward laptop", timedelta(hours=-1)),
            ("C", "RYY", "Eastvale desk", timedelta()), ("D", "Y60", "Regional desk", timedelta(days=365)),
            ("E", "X26", "National centre", timedelta(minutes=20)),
        ):  # fmt: skip
            folder = self.folder / name
            clock = Clock(ahead)
            sessions.found(
                Profile(folder), organisation=code, responder=f"Responder {name}", passphrase=PASSPHRASE, now=clock,
                device_name=words, demonstration=True, cost=DEMONSTRATION_COST,
            )  # fmt: skip
            session = sessions.unlock(Profile(folder), PASSPHRASE, clock)
            self.laptops[name] = Laptop(name, session, clock, folder)
        a, b, c, d, e = self.laptops.values()
        centre = certifying.create_key(e.session, "National centre", certificates.CENTRE)[1].to_bytes()
        trust = certifying.create_key(a.session, "Northmoor security")[1].to_bytes()
        for laptop in (a, b, c, d):
            certifying.believe(laptop.session, centre, "parent")
        for laptop in (b, c, d, e):
            certifying.believe(laptop.session, trust, "" if laptop is b else "client")
        for laptop in self.laptops.values():
            certifying.certify(e.session, devices.own_identity(laptop.session))
        for laptop in (a, b):
            certifying.certify(a.session, devices.own_identity(laptop.session))
        for one in self.laptops.values():
            for other in self.laptops.values():
                if one is not other:
                    devices.trust_device(
                        one.session, devices.own_identity(other.session),
                        "" if one.session.organisation == other.session.organisation else "peer",
                    )  # fmt: skip
        self.say("Five laptops are founded. The regional desk's clock is a year ahead; nobody has noticed.")

    def _day(self, number: int) -> None:
        arriving: list[tuple[str, Path]] = []
        for laptop in self.laptops.values():
            laptop.clock.at = BEGIN + timedelta(days=number)
            if laptop.stolen:
                continue
            for _ in range(self.chance.randint(2, 4)):
                with contextlib.suppress(BadInput):  # what is merged already is not merged twice, and the like
                    self._act(laptop)
            for to in self.chance.sample([name for name in self.laptops if name != laptop.name], 2):
                if path := self._export(laptop, to):
                    arriving.append((to, path))
        self._take_in(self.post.deliver(arriving))
        counts = self.post.counts
        self.say(
            f"Day {number}: {counts['sent']} files sent so far, {counts['lost']} lost, {counts['twice']} came twice,"
            f" {counts['late']} late."
        )

    def _act(self, laptop: Laptop) -> None:
        """Do one of the things that responders do, about an incident that this laptop knows."""
        session = laptop.session
        known = [row for row in lookup.listing(session.store, "incident") if row["status"] != "closed"]
        what = self.chance.random()
        if not known or what < 0.15:
            made = incidents.open_incident(session, f"{self.chance.choice(_TITLES)}, seen from {laptop.name}").id
            incidents.classify(session, made, label="GREEN")
            return
        incident = self.chance.choice(known)["id"]
        if what < 0.5:
            self._note(laptop, incident)
        elif what < 0.65:
            title = f"{self.chance.choice(_TITLES)} ({laptop.name}{self.chance.randint(1, 99)})"
            incidents.set_field(session, incident, "title", title)
        elif what < 0.8:
            incidents.classify(session, incident, severity=self.chance.randrange(0, 101, 10))
        elif what < 0.87:
            victims.add_victim(session, incident, organisation=self.chance.choice(("RAA", "RBB", "RCC")))
        elif what < 0.94 and len(known) > 1:
            other = self.chance.choice([row["id"] for row in known if row["id"] != incident])
            incidents.merge(session, incident, other)
        else:
            incidents.set_field(session, incident, "handler", f"Responder {laptop.name}")
            undo.undo(session)

    def _note(self, laptop: Laptop, incident: str, words: str = "") -> str:
        text = f"{laptop.name}{len(self.words)}: {words or self.chance.choice(_WORDS)}"
        incidents.note(laptop.session, incident, text)
        if not words:
            self.words.add(text)
        return text

    def _export(self, laptop: Laptop, to: str, *, full: bool = False) -> Path | None:
        laptop.sent += 1
        path = self.folder / f"{laptop.name}-to-{to}-{laptop.sent}{sealed_names.CARRIED}"
        try:
            device = self.laptops[to].session.device
            exchange.export_bundle(laptop.session, [device], path, full=full, maximum="TLP:GREEN")
        except TriageError as error:
            self._count(error)
            return None
        return path

    def _take_in(self, arriving: list[tuple[str, Path]]) -> None:
        for to, path in arriving:
            laptop = self.laptops[to]
            if laptop.stolen:
                continue
            try:
                exchange.merge_bundle(laptop.session, [path])
            except TriageError as error:
                self._count(error)

    def _count(self, error: TriageError) -> None:
        self.refused[error.code] = self.refused.get(error.code, 0) + 1

    def _clone(self) -> None:
        """Copy C's disk: the copy writes and sends under C's name, and so does C."""
        c, a = self.laptops["C"], self.laptops["A"]
        copy = self.folder / "C-cloned"
        c.session.close()  # a copy of files in use would lack what is still in the log
        shutil.copytree(c.folder, copy, ignore=shutil.ignore_patterns("store.lock"))
        c.session = sessions.unlock(Profile(c.folder), PASSPHRASE, c.clock)
        clone = Laptop("C", sessions.unlock(Profile(copy), PASSPHRASE, c.clock), c.clock, copy, sent=1000)
        known = lookup.listing(clone.session.store, "incident")
        for row in known[:2]:
            self._note(clone, row["id"], "written on the clone")
        for row in known[:3]:
            self._note(c, row["id"])
        first, second = self._export(c, "A", full=True), self._export(clone, "A", full=True)
        clone.session.close()
        self._take_in([("A", path) for path in (first, second) if path is not None])
        forks = [row for row in lookup.pending(a.session.store) if row["reason"] == "fork"]
        kept = sum(row["operations"] for row in forks)
        self.say(
            f"Day 3: C's disk was cloned, and both wrote. A sees it: {kept} operations of the copy are kept aside."
        )

    def _steal(self) -> None:
        """A thief has B: he rewrites titles, and what he sends arrives."""
        b = self.laptops["B"]
        self.before_theft = journal.tail(b.session.store, JOURNAL, b.session.device)[0]
        known = [row for row in lookup.listing(b.session.store, "incident") if row["status"] != "closed"]
        for row in known[:4]:
            incidents.set_field(b.session, row["id"], "title", "NOTHING TO SEE HERE")
        incidents.note(b.session, known[0]["id"], "written by the thief")
        paths = [(to, self._export(b, to, full=True)) for to in ("C", "D")]
        self._take_in([(to, path) for to, path in paths if path is not None])
        b.stolen = True
        self.say(f"Day 5: B is stolen. The thief rewrites {len(known[:4])} titles, and C and D take his bundle in.")

    def _revoke(self) -> None:
        a, b = self.laptops["A"], self.laptops["B"]
        done = certifying.revoke(a.session, b.session.tag, "stolen", after=self.before_theft, authority="")
        self.say(f"Day 6: A revokes B for all who believe Northmoor's key: it counts up to operation {done.cutoff}.")

    def _meet(self) -> None:
        """At last everybody sends everything to everybody, and nothing is lost: twice, so that all have heard all."""
        self._take_in(self.post.late)
        self.post.late = []
        for _ in range(2):
            for laptop in self.laptops.values():
                if laptop.stolen:
                    continue
                for to, other in self.laptops.items():
                    if other is not laptop and not other.stolen and (path := self._export(laptop, to)):
                        self._take_in([(to, path)])

    def _settle(self) -> int:
        """A settles every conflict, by the newest value: what was not chosen stays in the history."""
        a = self.laptops["A"].session
        count = 0
        for row in lookup.conflicts(a.store):
            heads = journal.standing(a.store, row["entity_kind"], row["entity"])[row["field"]]
            conflicts.resolve(a, row["entity"], row["field"], take=heads[0].hash)
            count += 1
        self.say(f"All meet. {count} fields hold two values; A's people settle each, and send that round.")
        return count

    # -- the table ----------------------------------------------------------------------------------------

    def _row(self, laptop: Laptop) -> dict[str, Any]:
        session, store = laptop.session, laptop.session.store
        verified = keeping.verify(session)
        return {
            "laptop": laptop.name, "name": session.public.name, "operations": verified["operations"],
            "incidents": len(lookup.listing(store, "incident")), "conflicts": len(lookup.conflicts(store)),
            "pending": sum(row["operations"] for row in lookup.pending(store)),
            "uncounted": standings.uncounted(store, self.laptops["B"].session.device), "verified": verified["ok"],
            "state": verified["state"],
        }  # fmt: skip

    def _missing(self) -> list[str]:
        """Return the log lines that not every laptop shows."""
        found = []
        for laptop in self.laptops.values():
            if not laptop.stolen:
                shown = {row["text"] for row in lookup.listing(laptop.session.store, "note")}
                found += [f"{laptop.name} lacks: {words}" for words in sorted(self.words - shown)]
        return found


def play(folder: Path, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Play the exercise in an empty folder; return what came of it."""
    return Exercise(folder, seed, say).run()
