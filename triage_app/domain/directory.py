"""The directory: whom to ring, by role, and who is on call when. One edition is one value, and replaces the last."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

TEXTS: Final = ("role", "name", "organisation", "phone", "out_of_hours", "email", "notes")
FIELDS: Final = (*TEXTS[:6], "from", "until", "notes")
"""The columns of a directory, in the order in which they are read."""

MOST_ENTRIES: Final = 2_000
MOST_CELL: Final = 500
"Characters of one cell."
MOST_BYTES: Final = 700_000
"Bytes of an edition as it is sealed: an operation takes 1 MiB, and sealing adds a third."

_LATEST: Final = 253_402_000_000_000


@dataclass(frozen=True)
class Entry:
    """One person or desk, and where there is a rota, one turn of duty."""

    role: str = ""
    name: str = ""
    organisation: str = ""
    phone: str = ""
    out_of_hours: str = ""
    email: str = ""
    notes: str = ""
    from_at: int | None = None
    "UTC milliseconds from which this turn of duty counts; None has no rota, or began at some time before."
    until_at: int | None = None
    "UTC milliseconds at which it ends."

    @property
    def has_rota(self) -> bool:
        """Whether it says when."""
        return self.from_at is not None or self.until_at is not None

    def on_call(self, at: int) -> bool:
        """Tell whether this turn of duty holds at a time; the end belongs to whoever follows."""
        began = self.from_at is None or self.from_at <= at
        return self.has_rota and began and (self.until_at is None or at < self.until_at)

    def holds(self, words: Sequence[str]) -> bool:
        """Tell whether every one of some words, in lower case, stands in it; telephone numbers without their spaces."""
        text = " ".join(getattr(self, name) for name in TEXTS).casefold()
        packed = "".join(text.split())
        return all(word in text or word in packed for word in words)


def as_text(entries: Iterable[Entry]) -> str:
    """Return entries as they are sealed: one JSON list, what is empty left out."""
    rows = []
    for one in entries:
        row: dict[str, Any] = {name: getattr(one, name) for name in TEXTS if getattr(one, name)}
        row |= {name: value for name, value in (("from", one.from_at), ("until", one.until_at)) if value is not None}
        rows.append(row)
    return json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def entries_of(untrusted_text: str) -> tuple[Entry, ...] | None:
    """Return the entries of an edition; None for what cannot be read (erased, not shared, or of a newer version)."""
    try:
        found = json.loads(untrusted_text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list):
        return None
    return tuple(_entry(row) for row in found[:MOST_ENTRIES] if isinstance(row, dict))


def _entry(row: dict[str, Any]) -> Entry:
    texts = {name: str(row[name])[:MOST_CELL] for name in TEXTS if isinstance(row.get(name), str)}
    return Entry(**texts, from_at=_time(row.get("from")), until_at=_time(row.get("until")))


def _time(value: object) -> int | None:
    return value if type(value) is int and abs(value) <= _LATEST else None


def in_order(entries: Iterable[Entry], first_roles: Sequence[str]) -> list[Entry]:
    """Return entries by role, those that are rung first before the rest; turns of one role by their time."""
    order = {role.casefold(): number for number, role in enumerate(first_roles)}
    last = len(order)

    def key(one: Entry) -> tuple[Any, ...]:
        role = " ".join(one.role.casefold().split())
        return (
            order.get(role, last),
            not role,
            role,
            one.from_at or 0,
            one.organisation.casefold(),
            one.name.casefold(),
        )

    return sorted(entries, key=key)
