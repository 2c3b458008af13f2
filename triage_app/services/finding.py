"""From what a responder types (a reference, an id, the start of one) to the record it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from triage_app.domain.evidence import KINDS
from triage_app.domain.severity import band
from triage_app.errors import Ambiguous, BadInput, NotFound
from triage_app.language import say
from triage_app.store import alerts, lookup, records
from triage_app.store.alerts import AlertFilter
from triage_app.store.connection import Store
from triage_app.store.records import RecordFilter

_LISTED = {
    "person": "“triage victim show REF” names the person's id.",
    "call": "“triage call list” shows those there are.",
    "note": "“triage incident log REF” shows those of an incident.",
    "letter": "“triage letter list VICTIM” shows those to a victim.",
    "attachment": "“triage attachment list” shows those there are.",
}
_WORDS = {
    "incident": "incident",
    "victim": "victim",
    "action": "support action",
    "person": "person",
    "note": "log line",
    "letter": "letter",
    "tip": "report (tip)",
    "attachment": "attachment",
    "call": "call",
}


def find(store: Store, kind: str, untrusted_name: str) -> str:
    """Return the id of an incident, victim, action, person or log line by reference or id.

    Raises ``NotFound``, or ``Ambiguous`` when two records answer.
    """
    found = lookup.ids_named(store, kind, untrusted_name.strip())
    if not found:
        raise NotFound(
            say("No {0} is called {1}.", _WORDS[kind], untrusted_name),
            _LISTED.get(kind, f"“triage {kind}s list” shows those there are."),
        )
    if len(found) > 1:
        raise Ambiguous(
            say("{0} names {1} records.", untrusted_name, len(found)), say("Use the id: {0}.", ", ".join(found))
        )
    return found[0]


def find_alert(store: Store, untrusted_name: str) -> str:
    """Return the key (hex) of an alert by its id or the start of one."""
    name = untrusted_name.strip().lower()
    found = alerts.keys_starting(store, name)
    if name in found:
        return name
    if not found:
        raise NotFound(say("No alert is called {0}.", untrusted_name), "“triage alerts list” shows those there are.")
    if len(found) > 1:
        raise Ambiguous(say("More than one alert starts with {0}.", untrusted_name), "Type more of its id.")
    return found[0]


@dataclass(frozen=True)
class Hits:
    """Where some words stand."""

    alerts: int
    lists: Mapping[str, int]
    "By kind: how many records of other evidence; kinds without any are left out."


def hits(store: Store, narrowed: AlertFilter) -> Hits:
    """Return how many alerts pass a filter, and how many records of other evidence hold its words.

    A filter without words (a severity, a state) is about alerts alone.
    """
    lists = records.passing(store, _of_every_kind(narrowed)) if narrowed.text else {}
    return Hits(alerts.count(store, narrowed), lists)


def everything(store: Store, narrowed: AlertFilter, limit: int | None = None) -> list[dict[str, Any]]:
    """Return what holds some words, newest first within each kind, alerts before other evidence, at most ``limit``.

    Raises ``BadInput`` where there are no words.
    """
    if not narrowed.text:
        raise BadInput("There is nothing to look for.", "Type a word, an address, a domain, a hash or a CVE.")
    most = -1 if limit is None else limit
    numbers = alerts.ids(store, narrowed, "seen", limit=most)
    shown = alerts.rows(store, numbers)
    found = [_line("alert", shown[number]) for number in numbers if number in shown]
    counted = records.passing(store, _of_every_kind(narrowed))
    for kind in (kind for kind in KINDS[1:] if kind in counted):
        wanted = RecordFilter(kind, text=narrowed.text, min_severity=narrowed.min_severity, source=narrowed.source)
        numbers = records.ids(store, wanted, limit=most)
        rows = records.rows(store, numbers)
        found += [_line(kind, rows[number]) for number in numbers if number in rows]
    return found if limit is None else found[:limit]


def _of_every_kind(narrowed: AlertFilter) -> RecordFilter:
    return RecordFilter("", text=narrowed.text, min_severity=narrowed.min_severity, source=narrowed.source)


def _line(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    graded = kind == "alert" or row["severity"] or row["severity_raw"]
    return {
        "id": row["key"],
        "kind": kind,
        "value": row.get("value", "") or row["reference"],
        "title": row["title"],
        "severity_word": band(row["severity"]) if graded else "",
        "source": row["source"],
        "host": row["host"],
    }
