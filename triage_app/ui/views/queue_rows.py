"""What the queue shows of an alert, and in which words. No widget is needed for any of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from PySide6.QtCore import QCoreApplication

from triage_app.domain.indicators import defang, visible
from triage_app.domain.severity import band
from triage_app.language import plural, say
from triage_app.services.changes import milliseconds
from triage_app.services.lengths import age_aloud
from triage_app.services.rules import AtWork
from triage_app.services.times import in_words
from triage_app.ui.table import UNKNOWN, Cell, Column
from triage_app.ui.views.clock_faces import ClockFace
from triage_app.ui.views.shown import harmless

ORDERS: Final = {
    "severity": "severity", "title": "title", "source": "source", "organisation": "organisation", "seen": "count",
    "age": "seen",
}  # fmt: skip
"""Column → the store's order. A great age is an early time, so that one runs the other way."""


def columns(compact: bool = False) -> tuple[Column, ...]:
    """Return the queue's columns; Source goes first where the window is narrow, then Organisation, then Seen.

    ``compact`` rows show beside how often an alert was seen when that was, over the last day.
    """
    tr = QCoreApplication.translate
    seen = Column("seen", tr("Queue", "Seen"), 60, "times", drop=3)
    if compact:
        seen = Column("seen", tr("Queue", "Seen, 24 h"), 110, "times", drop=3)
    return (
        Column("severity", tr("Queue", "Severity"), 104, "severity"),
        Column("title", tr("Queue", "Alert"), 220, "title", stretch=True),
        Column("source", tr("Queue", "Source"), 116, drop=1),
        Column("organisation", tr("Queue", "Organisation"), 116 if compact else 128, drop=2),
        seen,
        Column("age", tr("Queue", "Age"), 58 if compact else 64, "age"),
        Column("clock", tr("Queue", "Clock"), 118, drop=4, sortable=False),
    )


def row_of(
    alert: Mapping[str, Any],
    now: datetime,
    organisations: Mapping[str, str],
    looked_at: Collection[str],
    clock: ClockFace | None = None,
) -> dict[str, Any]:
    """Return one row of the table from one of ``alerts.rows``, with the nearest clock of its incidents."""
    seen = alert["last_seen"]
    title: Any = harmless(alert["title"])
    if alert["state"] == "in hand":
        title = Cell(title, glyph="person")
    elif alert["state"] == "linked":
        title = Cell(title, glyph="link")
    return {
        "severity": band(alert["severity"]).lower(),
        "title": title,
        "source": alert["source"],
        "organisation": organisation_words(alert["organisation"], organisations),
        "seen": alert["count"],
        "age": UNKNOWN if seen is None else max(0.0, (milliseconds(now) - seen) / 1000),
        "clock": None if clock is None else clock.cell_with_duty(),
        "unseen": alert["state"] == "new" and alert["key"] not in looked_at,
        "muted": alert["state"] in ("dismissed", "snoozed"),
        "alert": alert,
    }


def organisation_words(code: str, organisations: Mapping[str, str]) -> str:
    """Return an organisation as code and name, or the code alone where no name is known here."""
    name = organisations.get(code, "")
    return f"{code} {name}".strip() if name != code else code


def next_words(alert: Mapping[str, Any] | None, left: int, now: datetime) -> str:
    """Return what is next in the queue, in words, and how many are left."""
    tr = QCoreApplication.translate
    if alert is None:
        return tr("Queue", "Nothing is left in this list.")
    parts = [say(band(alert["severity"])).lower(), alert["source"], harmless(alert["title"])]
    if alert["last_seen"] is not None:
        age = age_aloud((milliseconds(now) - alert["last_seen"]) / 1000)
        parts.append(tr("Queue", "{0} old").format(age))
    return tr("Queue", "Next: {0}; {1} left.").format(", ".join(part for part in parts if part), f"{left:,}")


def rules_words(ruled: AtWork) -> str:
    """Return how many rules are at work and how many alerts rules put aside today; "" where there is neither."""
    tr = QCoreApplication.translate
    if not ruled.running and not ruled.today:
        return ""
    words = plural(ruled.running, "1 rule at work", "{0} rules at work")
    words = words.format(f"{ruled.running:,}")
    if ruled.soon:
        words += tr("Queue", ", {0} of them end within a day").format(f"{ruled.soon:,}")
    return tr("Queue", "{0}; {1} put aside today").format(words, f"{ruled.today:,}")


@dataclass(frozen=True)
class Shown:
    """One indicator of an alert as its pane shows it."""

    kind: str
    value: str
    "As the source wrote it."

    @property
    def safe(self) -> str:
        """The value defanged, for the screen and for a plain copy."""
        return visible(defang(self.value))


def indicators(alert: Mapping[str, Any]) -> list[Shown]:
    """Return the values of an alert that may betray an attack, each once."""
    tr = QCoreApplication.translate
    hashes = {32: "MD5", 40: "SHA1", 64: "SHA256"}
    found = [
        Shown("URL", alert["url"]),
        Shown(tr("Queue", "From"), alert["src"]),
        Shown(tr("Queue", "To"), alert["dst"]),
        Shown(hashes.get(len(alert["hash"]), tr("Queue", "Hash")), alert["hash"]),
    ]
    once: dict[str, Shown] = {}
    for item in found:
        if item.value:
            once.setdefault(item.value, item)
    return list(once.values())


def corrected_words(alert: Mapping[str, Any]) -> str:
    """Return what people put right about an alert, with what its source says: “severity, the source says 75”."""
    tr = QCoreApplication.translate
    said = tr("Queue", "{0}, the source says {1}")
    parts = [said.format(field, harmless(str(one["was"])) or "–") for field, one in alert["corrected"].items()]
    return "; ".join(parts)


def seen_words(alert: Mapping[str, Any]) -> str:
    """Return how often an alert was seen, and since when."""
    tr = QCoreApplication.translate
    if alert["last_seen"] is None:
        return tr("Queue", "{0} times, when is not known").format(f"{alert['count']:,}")
    if alert["count"] == 1:
        return tr("Queue", "Once, {0}").format(in_words(alert["last_seen"]))
    return tr("Queue", "{0} times since {1}").format(f"{alert['count']:,}", in_words(alert["first_seen"]))
