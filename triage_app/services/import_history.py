"""What every import came to, read again: the same summary for the window and the command line."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from triage_app.domain.evidence import KINDS
from triage_app.errors import NotFound
from triage_app.language import say
from triage_app.services.import_tally import Reason
from triage_app.services.leaving_out import LeftOut
from triage_app.services.previewing import title_of
from triage_app.services.rejects import is_there
from triage_app.services.taking_back import together
from triage_app.services.times import iso
from triage_app.store import brought, imports
from triage_app.store.connection import Store


@dataclass(frozen=True)
class ImportSummary:
    """One import, as it can be looked at again. records = new + repeats + rejected + left_out."""

    id: str
    name: str
    format: str
    title: str
    "What a person calls the format."
    source: str
    why: str
    "How the format was recognised."
    organisation: str
    size: int
    origin: str
    "The device that made it, '' for this one."
    started_at: int
    finished_at: int | None
    milliseconds: int | None
    "How long it took; None where that was not noted."
    records: int
    new: int
    repeats: int
    rejected: int
    ignored: dict[str, int]
    kinds: dict[str, int]
    parts: tuple[dict[str, str], ...]
    reasons: tuple[Reason, ...]
    rejects_file: str
    "Where the rejected records are kept; '' for nowhere (none, or the file has gone)."
    undone: bool
    decided: int
    "Of how many of its alerts somebody decided something: that is kept when it is taken back."
    together: tuple[str, ...] = ()
    "The imports that were taken back in one act with it and still are, itself among them."
    left_out: int = 0
    "Records that a responder left out, having seen them in the preview."
    left_out_by: str = ""
    left_out_rows: tuple[LeftOut, ...] = ()
    "The first of them."

    @property
    def rows_a_second(self) -> int | None:
        """How fast it went; None where that says nothing."""
        if not self.milliseconds or self.milliseconds < 200:
            return None
        return self.records * 1000 // self.milliseconds

    def as_data(self) -> dict[str, Any]:
        """Return it as plain data, for JSON."""
        return {
            "id": self.id, "name": self.name, "format": self.format, "title": self.title, "source": self.source,
            "why": self.why, "organisation": self.organisation, "size": self.size, "origin": self.origin,
            "started_at": iso(self.started_at), "finished_at": iso(self.finished_at),
            "seconds": None if self.milliseconds is None else self.milliseconds / 1000,
            "rows_a_second": self.rows_a_second, "records": self.records, "new": self.new, "repeats": self.repeats,
            "rejected": self.rejected, "ignored": self.ignored, "kinds": self.kinds, "parts": list(self.parts),
            "reasons": [reason.as_data() for reason in self.reasons], "rejects_file": self.rejects_file or None,
            "undone": self.undone, "decided": self.decided, "left_out": self.left_out,
            "left_out_by": self.left_out_by or None, "left_out_rows": [row.as_data() for row in self.left_out_rows],
        }  # fmt: skip


def summary(store: Store, import_id: str) -> ImportSummary:
    """Return what an import came to. Raises ``NotFound``."""
    found = brought.one(store, import_id.strip().lower())
    if found is None:
        raise NotFound(say("There is no import {0}.", import_id), "“triage imports list” shows those there are.")
    told = _summary(found, brought.decided(store, found["id"]), is_there(found["rejects_file"]))
    return replace(told, together=together(store, told.id)) if told.undone else told


def listing(store: Store) -> list[ImportSummary]:
    """Return every import, newest first; what was decided on each is not counted."""
    return [_summary({**row, "size": 0}, 0, row["rejects_file"]) for row in imports.listing(store)]


def _summary(row: dict[str, Any], decided: int, rejects_file: str) -> ImportSummary:
    told = _told(row["summary"])
    ignored = _counts(told.get("ignored"))
    if not ignored and row["ignored"]:
        ignored = {"other": row["ignored"]}
    millis = told.get("milliseconds")
    left = told.get("left_out")
    left = left if isinstance(left, dict) else {}
    return ImportSummary(
        row["id"], row["name"], row["format"], title_of(row["format"]), str(told.get("source", "")),
        str(told.get("why", "")), row["organisation"], row["size"], row["origin"], row["started_at"],
        row["finished_at"], millis if type(millis) is int else None, row["records"], row["new"], row["repeats"],
        row["rejected"], ignored, _in_order(_counts(told.get("kinds"))), _parts(told.get("parts")),
        _reasons(told.get("reasons")), rejects_file, bool(row["undone"]), decided,
        left_out=_counts(left).get("count", 0), left_out_by=str(left.get("by", "")),
        left_out_rows=_left(left.get("rows")),
    )  # fmt: skip


def _left(found: Any) -> tuple[LeftOut, ...]:
    if not isinstance(found, list):
        return ()
    return tuple(
        LeftOut(int(each.get("number", 0)), str(each.get("kind", "")), str(each.get("words", "")))
        for each in found
        if isinstance(each, dict)
    )


def _told(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _counts(found: Any) -> dict[str, int]:
    if not isinstance(found, dict):
        return {}
    return {str(name): number for name, number in found.items() if type(number) is int}


def _in_order(kinds: dict[str, int]) -> dict[str, int]:
    return {kind: kinds[kind] for kind in KINDS if kind in kinds}


def _parts(found: Any) -> tuple[dict[str, str], ...]:
    if not isinstance(found, list):
        return ()
    return tuple(
        {name: str(part.get(name, "")) for name in ("name", "format", "why")}
        for part in found
        if isinstance(part, dict)
    )


def _reasons(found: Any) -> tuple[Reason, ...]:
    if not isinstance(found, list):
        return ()
    return tuple(
        Reason(str(each.get("reason", "")), int(each.get("count", 0)), int(each.get("line", 0)))
        for each in found
        if isinstance(each, dict)
    )
