"""About whom a record is, where another organisation's device says otherwise than ours did.

Screens show what stands. But nobody else can cut a record of ours loose from somebody, so that its key leaves with no
decision behind it, nor hang one on somebody who is erased, so that it is erased with them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.records import CREATED
from triage_app.store import labels, personal
from triage_app.store.connection import Store

FIELDS: Final = (("victim", "person"), ("action", "victim"), ("note", "moved_to"), ("call", "moved_to"))
"(kind, field) of what says about whom a record is, and can be set again."

Fields = set[tuple[str, str, str]]
"(kind, entity, field)."


@dataclass(frozen=True)
class OurWord:
    """What our own devices last said of records of which others say something now."""

    beside: dict[str, list[tuple[str, str]]]
    "Id → (kind, id) of the records that are about it."
    moved: frozenset[tuple[str, str]]
    "(kind, id) of those records: where they stand may not be where ours had them."

    def parents_of(self, kind: str, entity: str) -> set[str]:
        """Return about what a record is by our word."""
        return {about for about, records in self.beside.items() if (kind, entity) in records}

    def all_about(self, store: Store, person: str) -> list[tuple[str, str]]:
        """Return (kind, id) of everything about a person, as it stands or as ours had it."""
        return personal.belonging_to(store, person, self.beside)

    def ours_about(self, store: Store, person: str) -> list[tuple[str, str]]:
        """Return (kind, id) of everything about a person, but for what others alone have hung on them."""
        return personal.belonging_to(store, person, self.beside, self.moved)


def read(store: Store) -> OurWord:
    """Return our word on every record of which others say now about whom it is."""
    beside: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for kind, entity, field in said_by_others(store, FIELDS):
        if about := _ours(store, kind, entity, field):
            beside[about].append((kind, entity))
    return OurWord(dict(beside), frozenset(record for records in beside.values() for record in records))


def said_by_others(store: Store, fields: tuple[tuple[str, str], ...]) -> Fields:
    """Return (kind, entity, field) of those of some fields that a device not ours has set last, or beside ours."""
    ours = labels.our_devices(store)
    which = " OR ".join("(kind = ? AND field = ?)" for _ in fields)
    return set(
        store.rows(
            "SELECT DISTINCT kind, entity, field FROM head JOIN link AS l USING (n)"
            f" WHERE ({which}) AND l.device NOT IN ({','.join('?' * len(ours))})",
            (*(word for pair in fields for word in pair), *ours),
        )
    )


def _ours(store: Store, kind: str, entity: str, field: str) -> str:
    """Return about what a record is, as our own devices last said; '' where they never did."""
    word: Any = labels.our_word(store, kind, entity, field)
    if not word and field == "moved_to":
        made = labels.our_word(store, kind, entity, CREATED)
        word = made.get("about") if isinstance(made, dict) else None
    return word if isinstance(word, str) else ""
