"""All words that people wrote, with where: what is looked through for somebody's name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from triage_app.store import history, journal, labels, lookup, personal
from triage_app.store.connection import Store

_ELSEWHERE: Final = ("person", "link", "import", "same_as", "organisation", "responder", "device", "trust")
"Kinds without words about people: a person's own name is what is looked for, responders are staff."
_HAS_REFERENCE: Final = (
    "incident", "victim", "action", "note", "letter", "tip", "attachment", "call", "task", "attempt", "disclosure",
    "handoff", "custody",
)  # fmt: skip
"Kinds with a reference of their own, or of what they are about. That of others may be a name."


@dataclass(frozen=True)
class Words:
    """One text that somebody wrote."""

    kind: str
    entity: str
    field: str
    at: int
    "Milliseconds UTC."
    text: str
    sealed: bool
    "Whether it goes when the record's key does."


def everything(store: Store) -> Iterator[Words]:
    """Yield every text in the journal that can be read here, what was said before and taken back too, oldest first.

    Of a batch, the record that stands first is named.
    """
    for kind, entity, field, batch, hlc, data in store.rows(
        "SELECT o.kind, o.entity, o.field, o.batch, o.hlc, body.bytes FROM operation AS o JOIN body USING (n)"
        f" WHERE o.applied = 1 AND body.state = 'here' AND o.kind NOT IN ({','.join('?' * len(_ELSEWHERE))})"
        " ORDER BY o.hlc, n",
        _ELSEWHERE,
    ):
        body = journal.readable(bytes(data))
        if body is None:
            continue
        about = entity or next(iter(history.entities_of(store, batch, entity)), "")
        at = int(hlc[:15])
        for text, sealed in _texts(store, kind, about, field, body.value):
            yield Words(kind, about, field, at, text, sealed)
        if body.because:
            yield Words(kind, about, "because", at, body.because, sealed=False)


def _texts(store: Store, kind: str, entity: str, field: str, value: Any) -> Iterator[tuple[str, bool]]:
    if isinstance(value, str):
        yield value, False
    elif isinstance(value, list):
        for item in value:
            yield from _texts(store, kind, entity, field, item)
    elif isinstance(value, dict) and set(value) == {"sealed"}:
        words = personal.opened(store, kind, entity, field, value)
        if words not in (personal.ERASED, personal.NOT_SHARED):
            yield words, True
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(store, kind, entity, field, item)


def reference(store: Store, kind: str, entity: str) -> str:
    """Return a reference by which a record is found that names nobody: its own, its incident's, or its id."""
    if kind in _HAS_REFERENCE and (own := lookup.reference_of(store, kind, entity)):
        return own
    found = [lookup.reference_of(store, "incident", one) for one in labels.incidents_of(store, kind, entity)]
    return ", ".join(filter(None, found)) or entity[:16]
