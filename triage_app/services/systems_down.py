"""The systems that are down over all incidents, as people stated it: what presses care most comes first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from triage_app.services import impact
from triage_app.services.times import iso
from triage_app.store import impact as store_impact
from triage_app.store.connection import Store

_PAPER: Final = ("no", "not known", "yes")
"The paper fallback: where there is none, care is hit hardest."


def everywhere(store: Store) -> list[dict[str, Any]]:
    """Return every outage that is stated to be open, the worst first, closed incidents' too: closing ends none.

    The worst is that of the severest incident, then what has no paper fallback, then what has been down longest.
    """
    return sorted((row for row in store_impact.outages(store) if impact.is_open(row)), key=_how_bad)


def _how_bad(row: Mapping[str, Any]) -> tuple[int, int, bool, int, str]:
    paper = row["said"].get("paper")
    severity = row["incident_severity"]
    return (
        -1 if severity is None else -int(severity),
        _PAPER.index(paper) if paper in _PAPER else _PAPER.index("not known"),
        row["from_at"] is None,
        row["from_at"] or 0,
        row["id"],
    )


def as_data(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a system that is down as the command line prints it."""
    said = row["said"]
    return {
        "id": row["id"],
        "incident": row["incident"],
        "incident_ref": row["incident_ref"],
        "system": said.get("system") or "",
        "place": said.get("place") or "",
        "since": iso(row["from_at"]),
        "paper": said.get("paper") or "not known",
        "incident_status": row["incident_status"],
        "incident_severity": row["incident_severity"],
    }
