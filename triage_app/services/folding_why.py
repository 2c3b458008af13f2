"""Why an alert is one: what makes the key its rows fold under, who folded what into it, who took it apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from triage_app.domain.evidence import reference_key
from triage_app.services.times import iso
from triage_app.store import alert_folds, alert_unfolds, alerts, lookup
from triage_app.store.connection import Store


@dataclass(frozen=True)
class Part:
    """An alert that is shown under another, as it would be shown alone."""

    key: str
    title: str
    severity: int
    source: str
    organisation: str
    decided: str
    "The state of its own decision: new, in hand, snoozed, linked, dismissed."


@dataclass(frozen=True)
class Said:
    """That somebody folded by hand, or took apart."""

    by: str
    at: int | None
    "Milliseconds since 1970 UTC."
    because: str


@dataclass(frozen=True)
class Why:
    """Why what is shown as one alert is one."""

    key: str
    rows: int
    "Rows that its key folds, those of parts folded into it left out."
    by_reference: bool
    "Whether its source names the matter itself; else a fingerprint of what it reports does."
    format: str
    same: tuple[str, ...]
    "Fields (``alert_folds.COMPARED``) that have one value in all the rows looked at, and not an empty one."
    looked_at: int
    parts: tuple[Part, ...]
    folded: tuple[Said, ...]
    "Who folded what is in it, the first first."
    shown_under: str
    'The alert (hex key) under which it is shown itself, "" for none.'
    apart: Said | None
    "Who took apart the alert that this was a part of; None where nobody did."
    apart_from: str
    apart_how: str


def why(store: Store, key: str) -> Why | None:
    """Return why an alert (hex key) is one; None for one that is no longer here."""
    numbers = alerts.numbers_of(store, [key])
    if not numbers:
        return None
    row = alerts.rows(store, [numbers[key]])[numbers[key]]
    rows, looked_at, same = alert_folds.alike(store, key)
    parts = alert_folds.parts(store, key)
    shown = alerts.rows(store, list(alerts.numbers_of(store, parts).values())).values() if parts else ()
    links = alert_folds.links_among(store, [key, *parts]) if parts else []
    folded = dict.fromkeys(Said(lookup.responder_name(store, link.by), link.at, link.because) for link in links)
    whole = alert_unfolds.whole_of(store, key)
    apart = None if whole is None else Said(lookup.responder_name(store, whole["by"]), whole["at"], whole["because"])
    return Why(
        key, rows, bool(row["reference"]) and reference_key(row["source"], row["reference"]) == key, row["format"],
        same, looked_at, tuple(_part(store, each) for each in shown), tuple(folded), row["folded_into"], apart,
        "" if whole is None else str(whole["key"]), "" if whole is None else str(whole["how"]),
    )  # fmt: skip


def _part(store: Store, row: Mapping[str, Any]) -> Part:
    key = str(row["key"])
    return Part(
        key, str(row["title"]), int(row["severity"]), str(row["source"]), str(row["organisation"]),
        alert_folds.own_state(store, key),
    )  # fmt: skip


def as_data(found: Why) -> dict[str, Any]:
    """Return why an alert is one as ``triage alert show`` prints it."""

    def said(one: Said) -> dict[str, Any]:
        return {"by": one.by, "at": iso(one.at), "because": one.because}

    apart = None
    if found.apart is not None:
        apart = {**said(found.apart), "from": found.apart_from, "how": found.apart_how}
    return {
        "rows": found.rows, "by": "reference" if found.by_reference else "fingerprint", "format": found.format,
        "same": list(found.same), "looked_at": found.looked_at, "folded": [said(one) for one in found.folded],
        "parts": [
            {"id": one.key, "title": one.title, "severity": one.severity, "source": one.source,
             "organisation": one.organisation, "decided": one.decided}
            for one in found.parts
        ],
        "shown_under": found.shown_under,
        "apart": apart,
    }  # fmt: skip
