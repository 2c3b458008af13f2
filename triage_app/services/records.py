"""Lists of every kind of evidence but alerts, as the command line and the window show them."""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import KINDS
from triage_app.domain.severity import band
from triage_app.errors import BadInput, NotFound
from triage_app.language import say
from triage_app.services.filter_keys import read_part
from triage_app.services.times import iso
from triage_app.services.vocabularies import read_severity
from triage_app.store import records, source_records
from triage_app.store.connection import Store
from triage_app.store.records import RecordFilter

NOUNS: Final = {
    "indicators": "indicator",
    "advisories": "advisory",
    "findings": "finding",
    "vulnerabilities": "vulnerability",
    "endpoints": "endpoint",
    "bodies": "organisation",
    "threats": "threat-model",
}
"""What a list is called on the command line → the kind of evidence it holds. ``organisations`` is the list of those
that decisions name; ``bodies`` is what a directory such as the ODS says of all there are."""

COLUMNS: Final = {
    "indicators": ("category", "value", "title", "source", "tlp", "score", "until"),
    "advisories": ("value", "severity_word", "title", "category", "published", "due"),
    "findings": ("severity_word", "host", "dst", "value", "title", "score"),
    "vulnerabilities": ("value", "category", "title", "source", "score", "due"),
    "endpoints": ("host", "src", "category", "value", "last_seen"),
    "bodies": ("value", "title", "category", "detail", "until"),
    "threats": ("title", "host", "category", "severity_word", "detail"),
}

BY_DAY: Final = ("vulnerability", "organisation")
"""Kinds whose sources say by which day something is to be done or was closed, and never at which hour."""

_TEXT: Final = (
    "value", "title", "category", "source", "reference", "host", "user", "src", "dst", "url", "hash", "detail",
    "organisation", "tlp", "format", "severity_raw", "severity_rule", "evidence_id",
)  # fmt: skip
KEYS: Final = ("type", "src", "sev")
"""Keys by which a filter narrows a list."""
HISTORY: Final = "history"
"""Said of an advisory that was past due when it was first imported: it starts no clock."""


def read_filter(noun: str, query: str) -> RecordFilter:
    """Return what a responder typed as a filter: words, and ``type: src: sev:``. Raises ``BadInput``."""
    values: dict[str, Any] = {"kind": NOUNS[noun]}
    words = []
    for part in query.split():
        key, value = read_part(part, KEYS)
        if not key:
            words.append(value)
        elif key == "sev":
            values["min_severity"] = read_severity(value)
        else:
            values["category" if key == "type" else "source"] = value
    return RecordFilter(text=" ".join(words), **values)


def listing(
    store: Store, noun: str, query: str = "", order: str = "", limit: int | None = None
) -> list[dict[str, Any]]:
    """Return the records of a list as the command line prints them. Raises ``BadInput``."""
    name = order.lstrip("-") or "seen"
    if name not in records.ORDERS:
        raise BadInput(say("There is no order “{0}” here.", name), say("Use one of: {0}.", ", ".join(records.ORDERS)))
    descending = order.startswith("-") if order else True
    ids = records.ids(store, read_filter(noun, query), name, descending, -1 if limit is None else limit)
    found = records.rows(store, ids)
    return [present(found[number]) for number in ids if number in found]


def present(row: dict[str, Any]) -> dict[str, Any]:
    """Return one record of ``records.rows`` as others read it; its id is its key."""
    return {
        "id": row["key"],
        "kind": row["kind"],
        **{name: row[name] for name in _TEXT},
        "severity": row["severity"],
        "severity_word": band(row["severity"]) if row["severity_raw"] or row["severity"] else "",
        "score": row["score"],
        "count": row["count"],
        "published": iso(row["seen_at"]),
        "first_seen": iso(row["first_seen"]),
        "last_seen": iso(row["last_seen"]),
        "until": iso(row["until_at"]),
        "due": HISTORY if row["history"] else iso(row["until_at"]),
        "history": row["history"],
    }


def show(store: Store, noun: str, name: str) -> dict[str, Any]:
    """Return one record whole, with what its source wrote. Raises ``NotFound`` and ``BadInput``."""
    numbers = records.number_of(store, NOUNS[noun], name)
    if not numbers:
        raise NotFound(
            say("There is no {0} {1}.", NOUNS[noun], name), say("“triage {0} list” shows those there are.", noun)
        )
    if len(numbers) > 1:
        raise BadInput(say("More than one {0} is called {1}.", NOUNS[noun], name), "Give its id instead.")
    row = records.rows(store, numbers)[numbers[0]]
    found = present(row)
    found["rows"] = [{**seen, "seen_at": iso(seen["seen_at"])} for seen in records.sightings(store, row["key"])]
    found["record"] = source_records.source_record(store, row["newest"])
    return found


def counts(store: Store) -> dict[str, int]:
    """Return how many records each list holds, by noun."""
    by_kind = records.counts(store)
    return {noun: by_kind[kind] for noun, kind in NOUNS.items()}


assert set(NOUNS.values()) == set(KINDS[1:])  # noqa: S101 - a kind without a list would be lost from sight
