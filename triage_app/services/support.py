"""Support actions as they stand: when each is due, by a responder's word or by a target, and who was tried how often.

A target only proposes: what a responder set counts, and the proposal goes with the facts it is computed from.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from triage_app.domain import support_policy
from triage_app.domain.support_policy import Policy, Proposed
from triage_app.errors import BadInput, NotFound
from triage_app.language import say
from triage_app.services import clocks, policy_files
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.recording import creation, record, set_fields
from triage_app.services.session import Session
from triage_app.services.times import LONDON, read_time, refuse_to_come
from triage_app.services.victim_record import read_value
from triage_app.services.vocabularies import kept, vocabulary
from triage_app.store import labels, lookup
from triage_app.store import support as counted
from triage_app.store.connection import Store
from triage_app.store.journal import Change

OPEN: Final = ("pending", "ongoing")
"Statuses of support that is still to be done."


def policy(store: Store) -> Policy:
    """Return the targets that hold for an open store."""
    return loaded(store).policy


def loaded(store: Store) -> policy_files.Loaded[Policy]:
    """Return the targets with whose they are, and why a trust's own were refused."""
    return policy_files.load(store.home, "support.json", support_policy.read)


def listing(store: Store, where: str = "", parameters: tuple[Any, ...] = (), now: int = 0) -> list[dict[str, Any]]:
    """Return support actions with ``due`` (milliseconds UTC, proposed where nobody set one), ``proposed`` (in words,
    '' where somebody did), ``attempts`` and ``last_attempt``. ``where`` is ours, never typed in.
    """
    found = lookup.listing(store, "action", where, parameters)
    tried = counted.attempts(store, (row["id"] for row in found))
    facts = counted.facts(store) if any(row["due_at"] is None and row["status"] in OPEN for row in found) else {}
    holds = policy(store)
    for row in found:
        due = _proposed(store, holds, row["code"], facts[row["id"]], now) if row["id"] in facts else None
        row["due"] = row["due_at"] if due is None else due.at
        row["due_from"] = row["created_at"] if due is None else due.start_at
        row["proposed"] = "" if due is None else due.words
        row["attempts"], row["last_attempt"] = tried.get(row["id"], (0, None))
    return found


def proposal(store: Store, victim: str, code: str, now: int, clock: str = "") -> Proposed | None:
    """Return when an action added now for a victim would be due by its target; None for no target, or none yet."""
    facts = counted.of_victim(store, victim)
    if facts is None:
        return None
    return _proposed(store, policy(store), code, {**facts, "added": now, "clock": clock}, now)


def _proposed(store: Store, holds: Policy, code: str, facts: dict[str, Any], now: int) -> Proposed | None:
    if facts.get("clock") and (due := _of_clock(store, facts, now)) is not None:
        return due
    target = support_policy.target_for(holds, code, counted.category_of(facts), facts["party"])
    if target is None:
        return None
    starts = {
        support_policy.VICTIM_RECORDED: facts["recorded"], support_policy.ACTION_ADDED: facts["added"],
        **{start: counted.time_of(facts, name) for start, name in support_policy.INCIDENT_TIMES.items()},
    }  # fmt: skip
    return support_policy.proposed(holds, target, starts, LONDON)


def _of_clock(store: Store, facts: dict[str, Any], now: int) -> Proposed | None:
    """Return when a linked clock's next step is due."""
    try:
        found = [clock for clock in clocks.of_incident(store, facts["incident"], now) if clock.id == facts["clock"]]
    except NotFound:
        return None
    if not found or (state := found[0].next) is None or state.due_at is None:
        return None
    begun = state.start_at if state.start_at is not None else facts["added"]
    return Proposed(state.due_at, begun or state.due_at, say("with its clock, {0}", found[0].policy.name))


# -- lists over all incidents --------------------------------------------------------------------------------


def waiting(store: Store, now: int, within: timedelta | None = None) -> list[dict[str, Any]]:
    """Return open actions that have a due time, the earliest first: those overdue, and those due ``within`` that time.

    Without ``within`` only what is overdue. What belongs to something taken back is left out.
    """
    last = now if within is None else now + round(within.total_seconds() * 1000)
    where = "a.status IN ('pending', 'ongoing') AND i.deleted = 0 AND v.deleted = 0"
    found = [row for row in listing(store, where, now=now) if row["due"] is not None and row["due"] <= last]
    if within is None:
        found = [row for row in found if row["due"] < now]
    return sorted(found, key=lambda row: (row["due"], row["id"]))


def read_span(text: str) -> timedelta:
    """Return a length of time such as 48h or 5d. Raises ``BadInput``."""
    zero = datetime(2000, 1, 1, tzinfo=UTC)
    try:
        span = read_time(text, zero) - zero
    except BadInput:
        span = timedelta(-1)
    if not timedelta(0) < span <= timedelta(days=3_660) or ":" in text:
        raise BadInput(say("“{0}” is no length of time.", text), "Write for example 90m, 48h or 5d.")
    return span


# -- trying to reach somebody ----------------------------------------------------------------------------------


@kept
def ways() -> dict[str, str]:
    """Return how somebody may be tried: code → name."""
    return {item["code"]: item["name"] for item in vocabulary("contact_attempts")["ways"]}


def read_way(text: str) -> str:
    """Return a way's code; raise ``BadInput`` for another word."""
    word = text.strip().lower()
    for code, name in ways().items():
        if word in (code, name.lower(), code.replace("-", " ")):
            return code
    raise BadInput(say("“{0}” is no way of trying somebody.", text[:40]), say("Use one of: {0}.", ", ".join(ways())))


def attempt(session: Session, action: str, how: str, *, at: str = "", words: str = "") -> Changes:
    """Record that somebody was tried, as an entry of its own; what was pending is ongoing then.

    Raises ``BadInput`` for a time that has not come, ``NotFound``.
    """
    way = read_way(how)
    now = session.now()
    moment = read_time(at, now) if at.strip() else now
    refuse_to_come(moment, now)
    said = read_value("sharing", words)
    store = session.store
    with store.write():
        found = lookup.one(store, "action", action)
        if found is None:
            raise NotFound("That action has been taken back.", "Undo that first, or choose another.")
        label = labels.effective(store, "action", action)
        fixed = {"action": action, "how": way, "at": milliseconds(moment)}
        entity, _, made = creation(session, "attempt", label, fixed)
        changes: list[Change] = [made]
        if said:
            changes += set_fields(session, "attempt", entity, {"words": said}, label)
        if found["status"] == "pending":
            changes += set_fields(session, "action", action, {"status": "ongoing"}, label)
        return record(session, say("{0}, for {1}", ways()[way], found["ref"]), changes, entity=entity, ref=found["ref"])


def attempts(store: Store, action: str) -> list[dict[str, Any]]:
    """Return every attempt for an action, the latest first."""
    return lookup.listing(store, "attempt", "t.action = ?", (action,), "t.at DESC, t.id")
