"""Folding alerts by hand, and taking apart what a key or a hand folded. Each is one act and one undo (ADR 27)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from triage_app.domain import corrections, folds, tlp
from triage_app.domain.indicators import visible
from triage_app.errors import BadInput, NotFound
from triage_app.language import say
from triage_app.services.changes import Changes
from triage_app.services.recording import record, same_for_all
from triage_app.services.session import Session
from triage_app.services.times import in_words
from triage_app.services.vocabularies import dispositions
from triage_app.store import alert_folds, alert_unfolds, alerts, journal, labels, lookup
from triage_app.store.connection import Store
from triage_app.store.journal import BatchChange, Change

_MOST_NAMED = 60
"Characters of a title in a sentence."


def fold(session: Session, keys: Sequence[str], because: str = "") -> Changes:
    """Show some alerts (hex keys) as one, from now on and on every laptop that hears of it.

    Raises ``BadInput`` for fewer than two, and where it would hide what somebody decided: they are part of different
    incidents, or decided differently.
    """
    store = session.store
    with store.write():
        chosen = _shown(store, keys)
        every = alert_folds.with_parts(store, chosen)
        if len(chosen) < 2:
            raise BadInput("One alert alone cannot be folded.", "Mark several (X), then fold them together.")
        if len(every) > folds.MOST_PARTS:
            raise BadInput(
                say("{0:,} alerts are too many to be folded at once.", len(every)),
                say("Fold at most {0:,}; dismiss or promote takes any number.", folds.MOST_PARTS),
            )
        _refuse_to_hide(store, chosen, every)
        label = _label(store, every)
        wanted = folds.star(_leaders(store, chosen))
        changes = same_for_all("fold", wanted, "linked", True, label, because.strip())
        done = record(session, say("Folded {0:,} alerts together", len(chosen)), changes, entity=min(every))
    return done


def unfold(session: Session, key: str, because: str = "", how: str = "") -> Changes:
    """Take apart what is shown as one alert: what was folded into it by hand, else what its key folded.

    A part that is not shown by itself is taken out alone; the others stay together. ``how`` is ``folds.BY_ROW`` or
    ``folds.BY_DAY``, "" for whichever makes fewer alerts than are too many. Raises ``BadInput`` where there is nothing
    to take apart, and where that would lose sight of something.
    """
    store = session.store
    with store.write():
        under = alert_folds.shown_under(store, key)
        if under:
            return _take_out(session, key, because)
        parts = alert_folds.parts(store, key)
        if parts:
            links = [folds.fold_id(link.one, link.other) for link in alert_folds.links_among(store, _group(store, key))]
            changes = same_for_all("fold", links, "linked", False, _label(store, [key, *parts]), because.strip())
            return record(session, say("Unfolded {0:,} alerts", len(parts) + 1), changes, entity=key)
        return _take_apart(session, key, because, how)


def put_together(session: Session, key: str, because: str = "") -> Changes:
    """Let an alert that was taken apart be one again: by its own key, or by that of any of its parts.

    Raises ``BadInput`` where a part is in an incident by now: its link would hang on nothing.
    """
    store = session.store
    with store.write():
        whole = key if key in {name.hex() for name in alert_unfolds.ways(store)} else ""
        if not whole and (found := alert_unfolds.whole_of(store, key)) is not None:
            whole = str(found["key"])
        if not whole:
            raise BadInput("That alert was not taken apart.", "Choose one that was; its pane says so.")
        for part in alert_unfolds.keys_of_parts(store, whole):
            for incident in lookup.incidents_of_alert(store, part):
                raise BadInput(
                    say("A part of it is in {0} by now.", incident["ref"]),
                    "Take it out of that incident first, then fold.",
                )
        label = next(iter(labels.of_alerts(store, [whole])))
        changes = [Change("unfold", whole, "apart", None, label, because.strip())]
        return record(session, "Put together what was taken apart", changes, entity=whole)


# -- what is refused ---------------------------------------------------------------------------------------


def _shown(store: Store, keys: Sequence[str]) -> list[str]:
    """Return the alerts that are shown for some, each once. Raises ``NotFound`` for one that is not here."""
    found = list(dict.fromkeys(alert_folds.shown_under(store, key) or key for key in keys))
    here = alerts.numbers_of(store, found)
    if len(here) < len(found):
        raise NotFound("One of these alerts is no longer shown.", "Its import was taken back; choose among the others.")
    return found


def _refuse_to_hide(store: Store, chosen: Sequence[str], every: Sequence[str]) -> None:
    numbers = alerts.numbers_of(store, every)
    rows = {row["key"]: row for row in alerts.rows(store, list(numbers.values())).values()}
    linked = alert_folds.incidents_by_part(store, every)
    one = chosen[0]
    mine = _incidents(store, linked, one)
    for other in chosen[1:]:
        theirs = _incidents(store, linked, other)
        if mine != theirs:
            raise BadInput(
                say(
                    "{0} is part of {1}, {2} of {3}: folding would hide that.",
                    _named(rows[one]),
                    _listed(mine),
                    _named(rows[other]),
                    _listed(theirs),
                ),
                "Merge them into one incident first (M), or fold those that belong together.",
                "fold-incidents",
            )
        if not mine and _decision(rows[one]) != _decision(rows[other]):
            raise BadInput(
                say(
                    "They are decided differently: {0} is {1}, {2} {3}.",
                    _named(rows[one]),
                    _said(rows[one]),
                    _named(rows[other]),
                    _said(rows[other]),
                ),
                "Decide them alike first, or fold those that are.",
                "fold-decisions",
            )


def _incidents(store: Store, linked: Mapping[str, set[str]], key: str) -> tuple[str, ...]:
    found = {incident for part in (key, *alert_folds.parts(store, key)) for incident in linked.get(part, ())}
    return tuple(sorted(lookup.reference_of(store, "incident", incident) or incident[:8] for incident in found))


def _decision(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return by what two decisions differ: whether work is left, and else how it was settled."""
    if row["state"] in ("new", "in hand"):
        return ("open",)
    return row["state"], row["disposition"] if row["state"] == "dismissed" else row["until"]


def _said(row: Mapping[str, Any]) -> str:
    if row["state"] == "dismissed":
        return say("dismissed, {0}", dispositions().get(row["disposition"] or "", row["disposition"] or "").lower())
    return say("snoozed until {0}", in_words(row["until"])) if row["state"] == "snoozed" else say(str(row["state"]))


def _named(row: Mapping[str, Any]) -> str:
    title = visible(str(row["title"] or "without a title"))
    return f"“{title if len(title) <= _MOST_NAMED else title[: _MOST_NAMED - 1] + '…'}”"


def _listed(refs: Collection[str]) -> str:
    return " and ".join(refs) or "no incident"


# -- taking apart ------------------------------------------------------------------------------------------


def _group(store: Store, key: str) -> list[str]:
    return [name.hex() for name in alert_folds.whole(store, [bytes.fromhex(key)])]


def _leaders(store: Store, chosen: Sequence[str]) -> list[str]:
    """Return one key of each that is to be folded: of a fold its smallest, here or not, so that links stay few."""
    return [min(_group(store, key)) for key in chosen]


def _label(store: Store, keys: Sequence[str]) -> str:
    return tlp.strictest(list(labels.of_alerts(store, keys)))


def _take_out(session: Session, key: str, because: str) -> Changes:
    """Let one part stand by itself again; what is left of the fold stays one."""
    store = session.store
    group = _group(store, key)
    label = _label(store, group)
    links = alert_folds.links_among(store, group)
    away = [folds.fold_id(link.one, link.other) for link in links if key in (link.one, link.other)]
    stay = [(bytes.fromhex(link.one), bytes.fromhex(link.other)) for link in links if key not in (link.one, link.other)]
    known = folds.groups(stay)
    rest = {known.get(other, frozenset({other})) for name in group if name != key and (other := bytes.fromhex(name))}
    again = folds.star([min(part).hex() for part in rest])
    changes: list[Change | BatchChange] = same_for_all("fold", away, "linked", False, label, because.strip())
    changes += same_for_all("fold", again, "linked", True, label, because.strip())
    return record(session, "Took an alert out of a fold", changes, entity=key)


def _take_apart(session: Session, key: str, because: str, how: str) -> Changes:
    """Give the rows of an alert, or those of each day, alerts of their own, decided as it was."""
    store = session.store
    numbers = alerts.numbers_of(store, [key])
    if key not in numbers:
        raise NotFound("That alert is no longer shown.", "Its import was taken back.")
    rows = alert_unfolds.rows_of(store, key)
    if len(rows) < 2:
        raise BadInput("There is nothing to take apart: it is one row.", "Only what is folded can be unfolded.")
    for incident in lookup.incidents_of_alert(store, key):
        raise BadInput(
            say("It is part of {0}, which would lose it.", incident["ref"]),
            "Take it out of that incident first, then unfold.",
        )
    how, parts = _way(key, rows, how)
    if len(parts) < 2:
        raise BadInput("All its rows are of one day, so nothing would change.", "Take it apart by row.")
    if len(parts) > folds.MOST_ROWS:
        raise BadInput(
            say("It is made of {0:,} rows, and {1:,} alerts would bury the queue.", len(rows), len(parts)),
            say(
                "At most {0} are made at once. Narrow what is imported, or open its source records instead.",
                folds.MOST_ROWS,
            ),
        )
    label = next(iter(labels.of_alerts(store, [key])))
    changes: list[Change | BatchChange] = [Change("unfold", key, "apart", how, label, because.strip())]
    standing = {name: heads[0].body for name, heads in journal.standing(store, "alert", key).items() if heads}
    fields = ("triage", *map(corrections.journalled, corrections.FIELDS))
    for name in fields:
        if name in standing and standing[name].value is not None:
            said = standing[name]
            changes += same_for_all("alert", parts, name, said.value, label, said.because)
    return record(session, say("Unfolded into {0:,} alerts", len(parts)), changes, entity=key)


def _way(key: str, rows: Sequence[tuple[int, bytes, int | None]], how: str) -> tuple[str, list[str]]:
    """Return how an alert is taken apart and the keys (hex) of what that makes."""
    if how and how not in folds.WAYS:
        raise BadInput(say("There is no way “{0}” to take an alert apart.", how[:20]), "Say row or day.")
    if not how:
        how = folds.BY_ROW if len(rows) <= folds.MOST_ROWS else folds.BY_DAY
    whole = bytes.fromhex(key)
    return how, sorted({folds.part_key(whole, how, name, at).hex() for _, name, at in rows})
