"""An alert that somebody told us of: one record, made from what a responder typed. There is no file of this format.

What is told of the caller is no part of it: evidence is for ever, and goes where a caller's name must not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.evidence import BY_HAND, Layout
from triage_app.formats.building import Builder, graded

FORMAT: Final = BY_HAND
TITLE: Final = "Alert taken down by hand"
SOURCE: Final = "Reported"
KEY_RULE: Final = "manual-alert/1"
"""Without a ticket, the matter is the record itself: what two people say alike may be two things."""

LAYOUT: Final = Layout(
    FORMAT,
    SOURCE,
    {
        "title": ("what",), "host": ("where",), "reference": ("reference",), "category": ("channel",),
        "severity_raw": ("severity",),
    },
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What was told, as far as it is evidence."""

    what: str
    where: str
    organisation: str
    "Code of the body it is about, empty for not said."
    severity: str
    "A word of the scale of words."
    channel: str
    "How it reached us, in words."
    noticed: Mapping[str, Any]
    "When it was noticed, as ``precise_times`` writes a moment."
    ticket: str
    "The number by which a service desk knows the matter: another call under it is the same alert."
    report: str
    "The reference of the report that keeps who told it, empty for none."
    nonce: str
    "Makes the record one of its own: two calls in one minute may say the same."


def row(told: Told) -> list[Any]:
    """Return the columns of the record, in the order of ``evidence.COLUMNS``."""
    record: dict[str, Any] = {
        "what": told.what,
        "where": told.where,
        "organisation": told.organisation,
        "severity": told.severity,
        "channel": told.channel,
        "noticed": dict(told.noticed),
        "reference": told.ticket or told.report,
        "report": told.report,
        "nonce": told.nonce,
    }
    builder = Builder(LAYOUT)
    return builder.row(
        record,
        key=builder.key(told.ticket) if told.ticket else builder.fingerprint(KEY_RULE, [told.nonce]),
        seen_at=told.noticed["at"],
        severity=graded("words", told.severity),
        organisation=told.organisation,
    )
