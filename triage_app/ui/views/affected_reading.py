"""What the tab of affected things shows, and what was done to them as lines of the timeline and the log."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QCoreApplication

from triage_app.domain.records import CREATED, DELETED
from triage_app.language import plural, say
from triage_app.services import affected
from triage_app.services.affected import Counts
from triage_app.services.vocabularies import affected_states
from triage_app.store import history, lookup
from triage_app.store.affected import Did
from triage_app.store.connection import Store

translate = QCoreApplication.translate


@dataclass(frozen=True)
class AffectedRead:
    """The tracker of one incident."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)


def tracker(store: Store, incident: str) -> AffectedRead:
    """Return the tracker of an incident."""
    return AffectedRead({row["id"]: row for row in affected.listing(store, incident)}, affected.counts(store, incident))


def kind_words(kind: str) -> str:
    """Return what a kind is called."""
    known = {
        "host": translate("Affected", "Host"),
        "account": translate("Affected", "Account"),
        "other": translate("Affected", "Other"),
    }
    return known.get(kind, kind)


def field_words(name: str) -> str:
    """Return what a field is called; the table's columns among them."""
    known = {
        CREATED: translate("Affected", "Listed"),
        DELETED: translate("Affected", "Taken back"),
        "name": translate("Affected", "Name"),
        "state": translate("Affected", "State"),
        "owner": translate("Affected", "Owner"),
        "ward": translate("Affected", "Ward"),
        "priority": translate("Affected", "Restore priority"),
        "used_in_care": translate("Affected", "Used in care"),
        "agreed_by": translate("Affected", "Agreed by"),
        "fallback": translate("Affected", "Fallback"),
        "back_by": translate("Affected", "Said it may go back"),
        "comment": translate("Affected", "Comment"),
        "reason": translate("Affected", "Reason of the state"),
    }
    return known.get(name) or say(name.strip("_").replace("_", " ").capitalize())


def state_words(code: str) -> str:
    """Return what a state is called, of whichever kind."""
    for kind in ("host", "account"):
        if code in affected_states(kind):
            return affected_states(kind)[code].name
    return code


def things_words(count: int) -> str:
    """Return how many, in words."""
    if count == 1:
        return translate("Affected", "1 affected thing")
    return translate("Affected", "{0} affected things").format(f"{count:,}")


def few_words(count: int) -> str:
    """Return how many, where there is little room."""
    return plural(count, "1 thing", "{0} things").format(f"{count:,}")


def done_words(did: Did) -> str:
    """Return what one act set, for the log."""
    if did.field == "state" and isinstance(did.value, str):
        return state_words(did.value)
    return "" if did.field in (CREATED, DELETED) or did.value is None else str(did.value)


def acts(store: Store, done: list[Did]) -> list[tuple[str, int, str, str, str]]:
    """Return (act, when, who, what, a word or two) of the acts that stand; what was taken back is left out."""
    by_act: dict[str, list[Did]] = defaultdict(list)
    for did in done:
        if not did.is_undo:
            by_act[did.act].append(did)
    found = []
    for act, parts in by_act.items():
        if history.is_undone(store, act):
            continue
        what, short = _told(parts)
        found.append((act, parts[0].at, lookup.responder_name(store, parts[0].author), what, short))
    return found


def _told(parts: list[Did]) -> tuple[str, str]:
    words, short = [], ""
    for did in parts:
        if did.field == CREATED:
            words.append(translate("Affected", "Listed {0}").format(things_words(did.count)))
            short = translate("Affected", "{0} listed").format(f"{did.count:,}")
        elif did.field == "state" and isinstance(did.value, str):
            state = state_words(did.value).lower()
            words.append(translate("Affected", "{0}: {1}").format(things_words(did.count), state))
            short = f"{did.count:,} {state}"
    if not words:
        names = ", ".join(dict.fromkeys(field_words(did.field).lower() for did in parts))
        most = max(did.count for did in parts)
        words.append(translate("Affected", "Set {0} of {1}").format(names, things_words(most)))
    return "; ".join(words), short
