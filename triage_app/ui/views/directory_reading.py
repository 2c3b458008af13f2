"""What the place of the directory shows: entries, national numbers and calls as rows, and how often each was tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from PySide6.QtCore import QCoreApplication

from triage_app.domain.calls import Attempts, same_callee
from triage_app.domain.directory import Entry
from triage_app.language import dated
from triage_app.services import calls, directory
from triage_app.services.changes import milliseconds
from triage_app.services.directory import Edition
from triage_app.store import lookup
from triage_app.store.connection import Store
from triage_app.ui.table import Cell
from triage_app.ui.views.moments import short
from triage_app.ui.views.nation_words import nation_words

translate = QCoreApplication.translate

MOST_ABOUT = 50
"""Open incidents that a call may be said to be about; those worked on last come first."""


@dataclass(frozen=True)
class DirectoryRead:
    """The directory in use, the calls, and what a call may be about."""

    edition: Edition | None = None
    warning: str = ""
    calls: tuple[dict[str, Any], ...] = ()
    attempts: Mapping[str, Attempts] = field(default_factory=dict)
    about: tuple[tuple[str, str], ...] = ()
    "(kind:id, words) of open incidents, each followed by its victims."


def read(store: Store, now: datetime) -> DirectoryRead:
    """Read all of it."""
    edition = directory.current(store)
    logged = calls.listing(store)
    about: list[tuple[str, str]] = []
    for one in lookup.listing(store, "incident", "i.status <> 'closed'", order="i.changed_at DESC, i.id")[:MOST_ABOUT]:
        about.append((f"incident:{one['id']}", f"{one['ref']}  {one['title'][:60]}"))
        for victim in lookup.listing(store, "victim", "v.incident = ?", (one["id"],), "v.ref"):
            about.append((f"victim:{victim['id']}", translate("Directory", "   victim {0}").format(victim["ref"])))
    return DirectoryRead(edition, directory.warning(edition, now), tuple(logged), calls.counted(logged), tuple(about))


def day_words(text: str) -> str:
    """Return a day such as 2026-11-22 as it is read; another text as it is."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{found.day} {dated(found, '%b')} {found.year}"


def entry_rows(found: DirectoryRead, entries: list[Entry], now: datetime) -> list[dict[str, Any]]:
    """Return entries of the directory as rows; who is on call now stands out."""
    at = milliseconds(now)
    rows = []
    for number, one in enumerate(entries):
        on_call = one.on_call(at)
        if on_call:
            end = short(one.until_at, now) if one.until_at is not None else translate("Directory", "further notice")
            turn = translate("Directory", "now, until {0}").format(end)
        elif one.has_rota:
            turn = translate("Directory", "from {0}").format(short(one.from_at, now)) if (
                one.from_at is not None and one.from_at > at) else translate("Directory", "over")  # fmt: skip
        else:
            turn = ""
        rows.append({
            "id": f"entry:{number}", "role": Cell(one.role or one.name, "tick" if on_call else "",
                                                  strong=on_call),
            "name": one.name, "organisation": one.organisation, "phone": one.phone or one.out_of_hours,
            "out_of_hours": one.out_of_hours, "turn": turn,
            "tried": tried_words(found, one.name or one.role, one.phone or one.out_of_hours, now),
            "callee": {"callee": one.name, "role": one.role, "number": one.phone or one.out_of_hours,
                       "organisation": one.organisation},
            "more": [(translate("Directory", "E-mail"), one.email), (translate("Directory", "Notes"), one.notes),
                     (translate("Directory", "On call"), directory.turn_in_words(one))],
        })  # fmt: skip
    return rows


def contact_rows(found: DirectoryRead, now: datetime) -> list[dict[str, Any]]:
    """Return the national numbers as rows, each with the day on which it was last checked."""
    rows = []
    for item in directory.contacts():
        number = item["phone"] or item["email"]
        rows.append({
            "id": f"contact:{item['code']}", "role": item["name"], "name": "",
            "organisation": nation_words(item["nation"]),
            "phone": number or translate("Directory", "none known here"), "out_of_hours": item["hours"],
            "turn": translate("Directory", "checked {0}").format(day_words(item["checked"])),
            "tried": tried_words(found, item["name"], number, now),
            "callee": {"callee": "", "role": item["name"], "number": number, "organisation": ""},
            "more": [(translate("Directory", "Say"), item["say"]), (translate("Directory", "For"), item["for"]),
                     (translate("Directory", "E-mail"), item["email"]), (translate("Directory", "From"), item["from"])],
        })  # fmt: skip
    return rows


def tried_words(found: DirectoryRead, name: str, number: str, now: datetime) -> str:
    """Return how often somebody was tried, and when last."""
    tried = found.attempts.get(same_callee(name, number), Attempts())
    if not tried.count:
        return ""
    return translate("Directory", "{0}, last {1}").format(f"{tried.count:,}", short(tried.last_at, now))


def call_rows(found: DirectoryRead, now: datetime) -> list[dict[str, Any]]:
    """Return the calls as rows, the newest first."""
    return [
        {
            "id": row["id"], "at": short(row["at"], now), "outcome": row["outcome"], "whom": calls.whom(row),
            "phone": row["number"], "of": row["of"],
            "who": row["created_by_name"] or translate("Directory", "not known"),
            "note": " ".join(row["note"].split()), "call": row,
        }
        for row in found.calls
    ]  # fmt: skip


def event_words(row: Mapping[str, Any]) -> str:
    """Return a call as one line of a timeline."""
    note = f": {' '.join(str(row['note']).split())}" if row["note"] else ""
    return f"{calls.whom(row)}: {row['outcome']}{note}"
