"""Reports (tips) that became alerts: which report an alert came from, and which an incident has through its alerts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from triage_app.store import lookup
from triage_app.store.connection import Store


def of_alert(store: Store, key: str) -> list[dict[str, Any]]:
    """Return the reports that became an alert (by its hex key), the newest first, also one that was linked since."""
    return lookup.listing(store, "tip", "t.state <> 'new' AND json_extract(t.facts, '$.alert') = ?", (key,))


def of_incident(store: Store, incident: str) -> list[dict[str, Any]]:
    """Return the reports of an incident: those linked to it, and those whose alerts are."""
    through = (
        "t.state = 'alert' AND json_extract(t.facts, '$.alert') IN"
        " (SELECT lower(hex(key)) FROM alert_link WHERE incident = ? AND deleted = 0)"
    )
    return lookup.listing(store, "tip", f"(t.incident = ? OR ({through}))", (incident, incident))


def alert_of(row: Mapping[str, Any]) -> str:
    """Return the key of the alert that a report became, from its row of ``lookup``; "" for none."""
    key = row["facts"].get("alert") if row["state"] == "alert" and isinstance(row["facts"], dict) else ""
    return key if isinstance(key, str) else ""
