"""Rules: “accept this for 14 days, because …”. Made by a person, named in every decision they lead to, and expiring.

A rule applies to the alerts that an import or a bundle brings while it runs, and that nobody has touched; it never
takes anything out of an incident, and nothing of high severity unless whoever made it said so. Only rules of our own
organisation's devices apply: another's is shown, and does nothing until somebody here adopts it (ADR 27).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from triage_app.domain import accepting, tlp
from triage_app.domain.accepting import ENDED, RUNNING, TO_COME, Said
from triage_app.domain.indicators import visible
from triage_app.errors import Ambiguous, BadInput, NotFound
from triage_app.language import plural, say
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.recording import creation, decided, label_of, record
from triage_app.services.session import Session
from triage_app.services.times import LONDON, day_in_words, iso
from triage_app.services.triage import WORDS_FROM_SEVERITY
from triage_app.services.typed import read_title
from triage_app.store import rules
from triage_app.store.connection import Store
from triage_app.store.journal import BatchChange, Change

DISPOSITION: Final = "accepted"
USUAL_FIELDS: Final = ("source", "title", "host", "organisation")
"""What a rule made from an alert compares unless somebody says otherwise."""
_SOON: Final = accepting.DAY_MS


@dataclass(frozen=True)
class Rule:
    """A rule as it stands at a moment."""

    id: str
    ref: str
    said: Said | None
    "None for one that this version does not understand: it is shown, and never applied."
    state: str
    "``accepting.STATES``."
    ours: bool
    made_by: str
    organisation: str
    ended_by: str
    ended_because: str
    aside: int
    "Alerts that stand put aside by it."
    today: int
    soon: bool
    "Whether it runs for less than a day more."

    @property
    def applies(self) -> bool:
        """Whether it puts aside what comes."""
        return self.ours and self.said is not None and self.state == RUNNING


@dataclass(frozen=True)
class AtWork:
    """How many rules are at work, and what they come to."""

    running: int
    soon: int
    "Of them, those that run for less than a day more."
    today: int
    "Alerts that stand put aside since midnight, UK time, by any rule."


@dataclass(frozen=True)
class Preview:
    """What a rule would put aside of what is here."""

    aside: int
    kept: int
    "Alerts that match and stay, because they are of high severity."


# -- what there is -----------------------------------------------------------------------------------------


def listing(store: Store, now: int) -> list[Rule]:
    """Return every rule: those at work first, then by when they were made, newest first. ``now`` in ms UTC."""
    counted = rules.counts(store, midnight(now))
    found = []
    for row in rules.listing(store):
        said = accepting.read(row["said"])
        state = ENDED if row["ended"] else accepting.EXPIRED if said is None else said.state(now)
        aside, today = counted.get(row["id"], (0, 0))
        soon = state == RUNNING and said is not None and said.ends - now < _SOON
        found.append(
            Rule(
                row["id"], row["ref"], said, state, row["ours"], row["made_by"] or "not known here",
                row["organisation"] or "", row["ender"] or "", row["ended_because"], aside, today, soon,
            )
        )  # fmt: skip
    order = {state: place for place, state in enumerate(accepting.STATES)}
    return sorted(found, key=lambda one: (order[one.state], not one.ours))


def at_work(store: Store, now: int) -> AtWork:
    """Return how many rules run now and how many alerts rules have put aside today. ``now`` in ms UTC."""
    if not rules.is_any(store):
        return AtWork(0, 0, 0)
    running = [one for one in listing(store, now) if one.applies]
    today = sum(lately for _, lately in rules.counts(store, midnight(now)).values())
    return AtWork(len(running), sum(one.soon for one in running), today)


def midnight(now: int) -> int:
    """Return when the day began, UK time, in milliseconds UTC."""
    local = datetime.fromtimestamp(now / 1000, UTC).astimezone(LONDON)
    return milliseconds(local.replace(hour=0, minute=0, second=0, microsecond=0))


def find(store: Store, untrusted_name: str) -> str:
    """Return the id of a rule by its reference or the start of its id. Raises ``NotFound``, ``Ambiguous``."""
    found = rules.ids_named(store, untrusted_name)
    if not found:
        raise NotFound(say("No rule is called {0}.", untrusted_name), "“triage rule list” shows those there are.")
    if len(found) > 1:
        raise Ambiguous(say("{0} names {1} rules.", untrusted_name, len(found)), "Type more of it.")
    return found[0]


def one(store: Store, rule: str, now: int) -> Rule:
    """Return a rule by its id. Raises ``NotFound`` for one that was taken back."""
    found = next((item for item in listing(store, now) if item.id == rule), None)
    if found is None:
        raise NotFound("That rule was taken back.", "“triage rule list” shows those there are.")
    return found


def match_of(alert: Mapping[str, Any], fields: Sequence[str] = USUAL_FIELDS) -> dict[str, str]:
    """Return what a rule made from an alert of ``alerts.rows`` would compare: those of some fields that it has."""
    corrected = alert.get("corrected", {})
    values = {name: corrected[name]["was"] if name in corrected else alert.get(name) for name in accepting.FIELDS}
    return {name: str(values[name]) for name in accepting.FIELDS if name in fields and values[name]}


def in_words(match: Mapping[str, str]) -> str:
    """Return what a rule compares, in words: “source is Wazuh and title is “Scan””."""
    parts = [say("{0} is “{1}”", say(name), visible(match[name])) for name in accepting.FIELDS if name in match]
    return say(" and ").join(parts)


def preview(store: Store, match: Mapping[str, str], *, high: bool = False) -> Preview:
    """Return what a rule would put aside of what is here now. Raises ``BadInput`` for what no rule may match."""
    _refuse(match)
    severities = [severity for _, severity in rules.matching(store, match)]
    grave = sum(severity >= WORDS_FROM_SEVERITY for severity in severities)
    return Preview(len(severities) - (0 if high else grave), 0 if high else grave)


def _refuse(match: Mapping[str, str]) -> None:
    if wrong := accepting.trouble(match):
        raise BadInput(say("That makes no rule: {0}.", wrong), "Choose the source and a title, a category or a host.")


# -- what a person does ------------------------------------------------------------------------------------


def make(
    session: Session,
    match: Mapping[str, str],
    days: float,
    because: str,
    *,
    high: bool = False,
    label: str = tlp.AMBER_STRICT,
    adopted: str = "",
) -> Changes:
    """Make a rule and put aside what it matches of what is new here, in one act that one undo takes back.

    ``days`` is how long it runs, ``high`` says that alerts of high severity are accepted too, ``label`` how far the
    rule itself travels. Raises ``BadInput`` for no reason, too long a time, or what no rule may match.
    """
    _refuse(match)
    words = read_title("The reason", because)
    if not 0 < days <= accepting.MOST_DAYS:
        raise BadInput(
            say("A rule runs for more than no time and at most {0} days.", accepting.MOST_DAYS),
            "Give fewer days; whoever comes after can make it again.",
        )
    store, now = session.store, session.now()
    made = milliseconds(now)
    fixed = {
        "match": dict(match), "made": made, "until": milliseconds(now + timedelta(days=days)), "because": words,
        "high": high, "tlp": label,
    }  # fmt: skip
    if adopted:
        fixed["from"] = adopted
    with store.write():
        entity, ref, creating = creation(session, "rule", label, fixed)
        found = [key for key, severity in rules.matching(store, match) if high or severity < WORDS_FROM_SEVERITY]
        changes: list[Change | BatchChange] = [creating, *_aside(session, found, entity, ref, words)]
        many = plural(len(found), "1 alert", "{0} alerts").format(f"{len(found):,}")
        return record(session, say("Made rule {0}: {1} put aside", ref, many), changes, entity=entity, ref=ref)


def adopt(session: Session, rule: str, days: float, because: str = "") -> Changes:
    """Make another organisation's rule one of our own. Raises ``BadInput`` for one that is ours or not understood."""
    theirs = one(session.store, rule, milliseconds(session.now()))
    if theirs.ours:
        raise BadInput(say("{0} is a rule of ours already.", theirs.ref), "Make a new one where it has run out.")
    if theirs.said is None:
        raise BadInput(
            say("{0} says something that this version does not know.", theirs.ref), "Update, then look again."
        )
    whose = theirs.organisation or "another organisation"
    words = because.strip() or f"as {theirs.ref} of {whose}: {theirs.said.because}"
    return make(session, theirs.said.match, days, words[:200], adopted=rule)


def end(session: Session, rule: str, because: str = "") -> Changes:
    """End a rule now: what comes later comes to the queue. What it has put aside stays so (``put_back``)."""
    store = session.store
    with store.write():
        found = one(store, rule, milliseconds(session.now()))
        if found.state not in (RUNNING, TO_COME):
            raise BadInput(say("{0} does not run any more.", found.ref), "What it has put aside can be put back.")
        if not found.ours:
            raise BadInput(say("{0} is another organisation's.", found.ref), "It does nothing here; only they end it.")
        change = Change("rule", rule, "ended", True, label_of(session, "rule", rule), because.strip())
        return record(session, say("Ended rule {0}", found.ref), [change], entity=rule, ref=found.ref)


def put_back(session: Session, rule: str, because: str = "") -> Changes:
    """Bring back to the queue, in one act, all that a rule has put aside. The rule itself goes on if it runs."""
    store = session.store
    with store.write():
        found = one(store, rule, milliseconds(session.now()))
        keys = rules.put_aside_by(store, rule)
        if not keys:
            raise BadInput(
                say("Nothing stands put aside by {0}.", found.ref),
                "Somebody decided otherwise on it since, or nothing came.",
            )
        words = because.strip() or f"put back what {found.ref} had put aside"
        changes = decided(session, keys, {"state": "new"}, words)
        many = plural(len(keys), "1 alert", "{0} alerts").format(f"{len(keys):,}")
        return record(session, say("Put back {0} of rule {1}", many, found.ref), changes, entity=rule, ref=found.ref)


# -- what a rule does --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Applied:
    """What rules did with what an import or a bundle brought."""

    act: str = ""
    aside: Mapping[str, int] | None = None
    "Reference of the rule → how many alerts it put aside."
    back: int = 0
    "Alerts that rules had put aside and that are new again: the rule runs no more, or they are of high severity now."
    touched: frozenset[tuple[str, str]] = frozenset()

    @property
    def words(self) -> str:
        """What was done, in a sentence; "" for nothing."""
        said = [say("{0} put aside by rule {1}", f"{count:,}", ref) for ref, count in (self.aside or {}).items()]
        if self.back:
            back = f"{self.back:,}"
            said.append(say("{0} new again: their rule has run out, or they are of high severity now", back))
        return f"{'; '.join(said)}." if said else ""


def after_import(session: Session, number: int) -> Applied:
    """Apply the rules at work to what an import, by its number, brought; call it inside ``store.write()``."""
    spans = rules.rows_of_import(session.store, number)
    return after_rows(session, min(first for first, _ in spans), max(last for _, last in spans)) if spans else Applied()


def after_rows(session: Session, first: int, last: int, aside_before: Collection[str] | None = None) -> Applied:
    """Apply the rules at work to what a run of new rows brought; call it inside ``store.write()``.

    ``aside_before`` are the alerts (hex keys) that rules had put aside before, where decisions came with the rows: what
    a colleague's laptop put aside while the rule ran stays so, though it runs no more.

    An act of its own, so that the import and what became of it are taken back apart. What a rule has put aside and is
    seen again once that rule runs no more is new again, for it came later.
    """
    store = session.store
    if last < first or not rules.is_any(store):
        return Applied()
    every = listing(store, milliseconds(session.now()))
    running = {item.id: (item, item.said) for item in every if item.applies and item.said is not None}
    known = {item.id: item for item in every}
    changes: list[Change | BatchChange] = []
    back: dict[str, list[str]] = {}
    for key, rule, severity in rules.seen_again(store, first, last):
        if aside_before is not None and key not in aside_before:
            continue
        item = known.get(rule)
        if rule not in running:
            ref = item.ref if item is not None else "its rule"
            back.setdefault(f"seen again, and {ref} runs no more", []).append(key)
        elif severity >= WORDS_FROM_SEVERITY and not running[rule][1].high:
            back.setdefault(f"seen again with a severity that {running[rule][0].ref} does not accept", []).append(key)
    for why, keys in back.items():
        changes += decided(session, keys, {"state": "new"}, why)
    aside: dict[str, list[str]] = {}
    for row in rules.brought(store, first, last, [said.match for _, said in running.values()]):
        for rule, (_, said) in running.items():
            if said.matches(row) and (said.high or row["severity"] < WORDS_FROM_SEVERITY):
                aside.setdefault(rule, []).append(row["key"])
                break
    for rule, keys in aside.items():
        item, said = running[rule]
        changes += _aside(session, keys, rule, item.ref, said.because)
    if not changes:
        return Applied()
    done = record(session, "Applied rules", changes)
    return Applied(
        done.act, {running[rule][0].ref: len(keys) for rule, keys in aside.items()}, sum(map(len, back.values())),
        done.touched,
    )  # fmt: skip


def _aside(session: Session, keys: Sequence[str], rule: str, ref: str, because: str) -> list[Change | BatchChange]:
    value = {"state": "dismissed", "disposition": DISPOSITION, "rule": rule}
    return decided(session, keys, value, f"rule {ref}: {because}") if keys else []


def as_data(item: Rule) -> dict[str, Any]:
    """Return a rule as ``triage rule list --json`` prints it."""
    said = item.said
    return {
        "id": item.id, "ref": item.ref, "state": item.state, "applies": item.applies, "ours": item.ours,
        "match": dict(said.match) if said else None, "words": in_words(said.match) if said else "",
        "because": said.because if said else "", "high": said.high if said else None,
        "made": iso(said.made) if said else None, "until": iso(said.ends) if said else None, "soon": item.soon,
        "made_by": item.made_by, "organisation": item.organisation, "ended_by": item.ended_by,
        "ended_because": item.ended_because, "aside": item.aside, "today": item.today,
    }  # fmt: skip


def until_words(item: Rule) -> str:
    """Return until when a rule runs, or ran."""
    return day_in_words(item.said.ends) if item.said is not None else "–"
