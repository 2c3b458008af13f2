"""A reporting year for tests: batch commands that make the published figures, with every trap that miscounts them.

723 incidents reported from 1 September 2019 to 31 August 2020, 194 of them of the campaign COVID-19, 230 victims
supported on those. Every record is synthetic; the seed is fixed, so two runs write the same.
"""

from __future__ import annotations

import atexit
import functools
import random
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.scenarios import laptop as laptops
from tests.scenarios.laptop import Laptop

SEED = 20_200_831
INCIDENTS, COVID, SUPPORTED = 723, 194, 230
OTHERS_SUPPORTED = 36
"""Victims supported on incidents of no campaign alone."""

LONDON = ZoneInfo("Europe/London")
START, END = datetime(2019, 9, 1, tzinfo=LONDON), datetime(2020, 9, 1, tzinfo=LONDON)
NAMES = ("COVID-19", "covid", "Coronavirus", "covid 19")
"""Names that all mean the campaign."""

MINUTE = timedelta(minutes=1)
CLASSES = ("fraud/phishing", "malicious-code/infected-system", "availability/dos", "intrusion-attempts/brute-force", "")


@dataclass
class Year:
    """The commands written so far, and what they should come to."""

    tag: str
    random: random.Random = field(default_factory=lambda: random.Random(SEED))
    lines: list[str] = field(default_factory=list)
    counted: int = 0
    covid: int = 0
    supported: int = 0
    others: int = 0
    _numbers: dict[str, int] = field(default_factory=dict)
    _bodies: int = 0

    # -- words --------------------------------------------------------------------------------------------

    def _ref(self, letter: str) -> str:
        self._numbers[letter] = self._numbers.get(letter, 0) + 1
        return f"RXX-{self.tag}-{letter}{self._numbers[letter]:04d}"

    def body(self) -> str:
        """Return the code of an organisation that was never a victim before."""
        self._bodies += 1
        return f"Q{self._bodies:04d}"

    def within(self) -> datetime:
        """Return a moment well within the year: not in its first or last two days."""
        first, last = START.astimezone(UTC) + timedelta(days=2), END.astimezone(UTC) - timedelta(days=2)
        return first + timedelta(minutes=self.random.randrange(int((last - first) / MINUTE)))

    def incident(self, reported: datetime | str, campaign: str = "", *, counts: bool = True) -> str:
        """Open an incident and return its reference."""
        ref = self._ref("")
        words = [f'incident new --title "Synthetic matter {len(self.lines)}"']
        if reported:
            words.append(f'--reported "{reported if isinstance(reported, str) else typed(reported)}"')
        if campaign:
            words.append(f'--campaign "{campaign}"')
        self.lines.append(" ".join(words))
        self.counted += counts
        self.covid += counts and bool(campaign)
        return ref

    def covid_incident(self, reported: datetime | str, *, counts: bool = True) -> str:
        """Open one of the campaign, by one of its names."""
        return self.incident(reported, self.random.choice(NAMES), counts=counts)

    def victim(self, ref: str, organisation: str = "", person: str = "") -> str:
        """Add a victim and return its reference."""
        who = f"--org {organisation}" if organisation else f'--person "{person}"'
        self.lines.append(f"victim add {ref} {who}")
        return self._ref("V")

    def action(self, victim: str, done: datetime | None, status: str = "successful") -> None:
        """Record support of a victim."""
        kind = self.random.choice(("VS01", "VS03", "VS05", "VS07"))
        when = "" if done is None else f" --done {typed(done)}"
        self.lines.append(f"action add {victim} --kind {kind} --status {status}{when}")
        self._ref("A")

    def say(self, *lines: str) -> None:
        """Write commands as they are."""
        self.lines.extend(lines)

    # -- traps --------------------------------------------------------------------------------------------

    def edges(self) -> None:
        """Reported in the last minute and the first on either side of both ends, and around the changes of clocks."""
        for open_one in (self.incident, self.covid_incident):
            for _ in range(3):
                open_one(START)
            for _ in range(4):
                open_one(END - MINUTE)
            for _ in range(2):
                open_one(START - MINUTE, counts=False)
            for _ in range(5):  # by UTC's midnight this would still be the old year
                open_one(END, counts=False)
            for change in (datetime(2019, 10, 27, 1, tzinfo=UTC), datetime(2020, 3, 29, 1, tzinfo=UTC)):
                open_one(change - MINUTE)
                open_one(change)
            open_one(START + timedelta(hours=12))
            open_one(END + timedelta(hours=12), counts=False)

    def imprecise(self) -> None:
        """Times known to the month or the year alone, and not at all."""
        self.incident("March 2020")
        self.incident("2020")  # counted by its beginning, and named as crossing the end
        self.incident("2019", counts=False)
        self.incident("", counts=False)  # opened in 2026
        self.covid_incident("", counts=False)

    def out(self) -> None:
        """Exercises, discarded and duplicate ones are counted nowhere, nor is support given on them."""
        for determination in ("exercise", "discarded", "duplicate") * 2:
            ref = self.covid_incident(self.within(), counts=False)
            self.say(f"incident set {ref} determination {determination} --because 'None of ours'")
            self.action(self.victim(ref, self.body()), self.within())
        ref = self.covid_incident(self.within())  # set aside, and taken up again
        self.say(
            f"incident set {ref} determination discarded --because 'None of ours'",
            f"incident set {ref} determination confirmed",
        )

    def undone(self) -> None:
        """What was taken back does not count; what was put there again does."""
        self.covid_incident(self.within(), counts=False)
        self.say("undo")
        self.covid_incident(self.within())
        self.say("undo", "redo")

    def merged(self) -> None:
        """Several incidents of one matter count once, by the first report; unmerged ones count each."""
        one, two = self.covid_incident(self.within()), self.covid_incident(self.within(), counts=False)
        self.say(f"incident merge {one} {two}")
        ring = [self.incident(self.within()), *(self.incident(self.within(), counts=False) for _ in range(2))]
        self.say(*(f"incident merge {ring[place]} {ring[place - 1]}" for place in range(3)))
        early = self.incident(START - timedelta(days=9), counts=False)
        self.say(f"incident merge {early} {self.incident(self.within(), counts=False)}")
        parted = [self.incident(self.within()), self.incident(self.within())]
        self.say(f"incident merge {parted[0]} {parted[1]}", f"incident unmerge {parted[1]} {parted[0]}")
        named = self.covid_incident(
            self.within()
        )  # support on the half that names no campaign is support on the matter
        other = self.incident(self.within(), counts=False)
        self.say(f"incident merge {named} {other}")
        self.support(other)

    def support(self, ref: str, done: datetime | None = None) -> str:
        """Support one more organisation on an incident of the campaign, and return its code."""
        body = self.body()
        self.action(self.victim(ref, body), done or self.within())
        self.supported += 1
        return body

    def support_traps(self, refs: list[str]) -> None:
        """Support that counts once, or not at all."""
        take = iter(refs)
        for done, counts in (
            *((START, True),) * 2, *((END - MINUTE, True),) * 4, *((START - MINUTE, False),) * 3, *((END, False),) * 5,
        ):  # fmt: skip
            self.action(self.victim(next(take), self.body()), done)
            self.supported += counts
        self.action(self.victim(next(take), self.body()), START + timedelta(hours=12))
        self.supported += 1
        self.action(self.victim(next(take), self.body()), END + timedelta(hours=12))
        twice = self.victim(next(take), self.body())
        self.action(twice, self.within())
        self.action(twice, self.within())
        self.supported += 1
        again = self.support(next(take))  # the same organisation, on another incident
        self.action(self.victim(next(take), again), self.within())
        for status in ("failed", "pending", "ongoing", "cancelled"):
            self.action(self.victim(next(take), self.body()), self.within() if status == "failed" else None, status)
        people = [self.victim(next(take), person=f"Synthetic person {place}") for place in range(4)]
        for person in people:
            self.action(person, self.within())
        self.say(f"person same {people[0]} {people[1]}", f"person same {people[1]} {people[2]}")
        self.supported += 2  # three of the four are one
        for _ in range(2):  # nobody knows whether two without a name are one
            self.action(self.victim(next(take), person="-"), self.within())
            self.supported += 1
        self.action(self.victim(next(take), self.body()), self.within())
        self.say("undo")
        kept = self.victim(next(take), self.body())
        self.action(kept, self.within())
        self.supported += 1
        self.action(kept, self.within())
        self.say("undo")
        before = self.covid_incident(START - timedelta(days=40), counts=False)  # opened before, supported within
        self.support(before)
        after = self.covid_incident(END + timedelta(days=3), counts=False)
        self.support(after, END - timedelta(days=4))

    # -- the whole ----------------------------------------------------------------------------------------

    def write(self) -> list[str]:
        """Return every command of the year."""
        self.edges()
        self.imprecise()
        self.out()
        self.undone()
        self.merged()
        refs = []
        while self.covid < COVID:
            refs.append(self.covid_incident(self.within()))
        plain = []
        while self.counted < INCIDENTS:
            plain.append(self.incident(self.within()))
        self.support_traps(refs)
        shared = []
        while self.supported < SUPPORTED:
            shared.append(self.support(self.random.choice(refs)))
        for place in range(OTHERS_SUPPORTED):
            self.action(self.victim(plain[place], self.body()), self.within())
            self.others += 1
        for place in range(5):  # supported under the campaign too: one victim over all
            self.action(self.victim(plain[60 + place], shared[place]), self.within())
        for place, ref in enumerate(plain[:200]):
            self.say(
                f"incident classify {ref} --category {1 + place % 6} --because synthetic --severity {place % 101}"
                + (f" --rsit {CLASSES[place % 5]}" if CLASSES[place % 5] else "")
            )
        self.say(*(f"incident close {ref} --because over --leave-open uk-gdpr-33/notify" for ref in plain[-40:]))
        return self.lines


def typed(moment: datetime) -> str:
    """Return a moment as a responder types it, its zone with it, as no hour happens twice then."""
    return moment.isoformat(timespec="minutes")


@functools.cache
def built() -> Laptop:
    """Return a laptop that holds the year, built once a run through ``triage batch``; nobody may change it."""
    folder = Path(tempfile.mkdtemp(prefix="triage-year-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    laptop = laptops.make(folder)
    year = Year(str(laptop.ask("device", "show")["ref"]))
    lines = year.write()
    assert (year.counted, year.covid, year.supported, year.others) == (
        INCIDENTS, COVID, SUPPORTED, OTHERS_SUPPORTED,
    )  # fmt: skip
    laptop.batch(*lines)
    return laptop
