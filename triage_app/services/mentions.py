"""Where a person is named outside what is recorded on them: for an erasure that lists it, and for the person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from triage_app.domain.naming import Wanted, contacts_in
from triage_app.store import history, lookup, naming, personal, same
from triage_app.store.connection import Store

KINDS: Final = {
    "incident": "incident", "victim": "victim", "action": "support action", "attempt": "contact attempt",
    "disclosure": "record of what was shared", "handoff": "hand-off", "letter": "letter", "note": "log line",
    "affected": "affected thing", "attachment": "file", "custody": "custody of a file", "task": "task",
    "event": "event", "directory": "directory", "call": "call", "alert": "alert", "campaign": "campaign",
    "tip": "report", "clock": "clock", "clock_step": "clock", "pause": "pause of a clock",
    "handover": "shift handover", "taking": "shift handover",
}  # fmt: skip
_UNREADABLE: Final = ("", personal.ERASED, personal.NOT_SHARED)


def names_of(store: Store, person: str) -> list[str]:
    """Return the names of a person, under each record that stands as the same person."""
    found = (personal.name_of(store, one) for one in same.group(store, person))
    return list(dict.fromkeys(name for name in found if name not in _UNREADABLE))


def contacts_of(store: Store, person: str) -> list[str]:
    """Return what is recorded to reach a person by, now and before, with each number and address in it."""
    found = []
    for one in same.group(store, person):
        for kind, victim in personal.belonging_to(store, one):
            if kind != "victim":
                continue
            for said in history.operations_of(store, "victim", victim, "contact"):
                words = personal.opened(store, "victim", victim, "contact", said["after"])
                found += [] if words in _UNREADABLE else contacts_in(words)
    return list(dict.fromkeys(found))


def of(store: Store, person: str) -> list[naming.Words]:
    """Return every text that names a person, or a contact of theirs, and is not sealed with what is theirs."""
    wanted = Wanted([*names_of(store, person), *contacts_of(store, person)])
    own = {one for who in same.group(store, person) for one in personal.belonging_to(store, who)}
    return [
        words
        for words in naming.everything(store)
        if not (words.sealed and (words.kind, words.entity) in own) and wanted.within(words.text)
    ]


def listed(store: Store, found: Iterable[naming.Words]) -> list[str]:
    """Return a line for each kind of record, with their references and without a word of theirs."""
    by_kind: dict[str, dict[str, None]] = {}
    for words in found:
        what = KINDS.get(words.kind, "statement of clinical impact")
        by_kind.setdefault(what, {})[naming.reference(store, words.kind, words.entity)] = None
    return [f"{what} that names them: {', '.join(refs)}" for what, refs in sorted(by_kind.items())]


def own_calls(store: Store, person: str) -> list[str]:
    """Return the ids of the calls to a person, and about them as a victim."""
    wanted = Wanted([*names_of(store, person), *contacts_of(store, person)])
    own = {one for who in same.group(store, person) for _, one in personal.belonging_to(store, who)}
    return [
        row["id"]
        for row in lookup.listing(store, "call", "", (), "c.created_at, c.id")
        if row["id"] in own or wanted.within(row["callee"]) or wanted.within(row["number"])
    ]


def own_tips(store: Store, person: str) -> list[str]:
    """Return the ids of the reports that a person made."""
    wanted = Wanted([*names_of(store, person), *contacts_of(store, person)])
    return [
        row["id"]
        for row in lookup.listing(store, "tip", "", (), "t.created_at, t.id")
        if wanted.within(row["reporter"]) or wanted.within(row["contact"])
    ]
