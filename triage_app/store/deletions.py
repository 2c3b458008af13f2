"""What was done elsewhere to a record that was taken back here: neither is lost, and a person says which holds.

A deletion names what stood when it was written (``saw``): the heads of the record's other fields. What stands and is
not among them was not known to whoever took the record back. One written by an older version names nothing; then the
logical clock tells, as well as it can. So do many deletions in one batch.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from triage_app.domain import impact
from triage_app.domain.records import CREATED, DELETED
from triage_app.store import erasures, journal
from triage_app.store.connection import Store
from triage_app.store.journal import SAW, Head

Standing = dict[str, list[Head]]

_NOT_ASKED: Final = frozenset(
    {"import", "link", "same_as", "alert", "directory", "trust", "authority", "responder", "organisation", "device"}
)
"Kinds of which taking back asks nobody: what they are is decided otherwise."
_NAMED_BY_TWO: Final = ("affected", "campaign", "task")

_CHILDREN: Final = {
    "incident": (
        ("victim", "incident = ?"), ("note", "about = ? AND about_kind = 'incident'"), ("affected", "incident = ?"),
        ("tip", "incident = ?"), ("attachment", "incident = ?"), ("impact", "incident = ?"),
        ("call", "about = ? AND about_kind = 'incident'"), ("task", "incident = ?"), ("event", "incident = ?"),
        ("alert_link", "incident = ?"),
    ),
    "victim": (
        ("action", "victim = ?"), ("note", "about = ? AND about_kind = 'victim'"), ("letter", "victim = ?"),
        ("call", "about = ? AND about_kind = 'victim'"),
    ),
}  # fmt: skip
"""What can belong to a record of a kind: table, and how it says so."""
_PARENT_OF: Final = {
    "victim": (("incident", "SELECT incident FROM victim WHERE id = ?"),),
    "affected": (("incident", "SELECT incident FROM affected WHERE id = ?"),),
    "tip": (("incident", "SELECT incident FROM tip WHERE id = ?"),),
    "attachment": (("incident", "SELECT incident FROM attachment WHERE id = ?"),),
    "task": (("incident", "SELECT incident FROM task WHERE id = ?"),),
    "event": (("incident", "SELECT incident FROM event WHERE id = ?"),),
    "link": (("incident", "SELECT incident FROM alert_link WHERE id = ?"),),
    "action": (("victim", "SELECT victim FROM action WHERE id = ?"),),
    "letter": (("victim", "SELECT victim FROM letter WHERE id = ?"),),
    "note": (("incident", "SELECT about FROM note WHERE id = ?"), ("victim", "SELECT about FROM note WHERE id = ?")),
    "call": (("incident", "SELECT about FROM call WHERE id = ?"), ("victim", "SELECT about FROM call WHERE id = ?")),
}
_IMPACT: Final = "SELECT incident FROM impact WHERE id = ?"


def is_taken_back(kind: str, standing: Standing) -> bool:
    """Tell whether a record stands as taken back, and by nobody's counting otherwise."""
    heads = standing.get(DELETED, [])
    if kind in _NOT_ASKED or not heads or any(head.body.value is not True for head in heads):
        return False
    return not (kind in _NAMED_BY_TWO and len(standing.get(CREATED, ())) > 1)


def unseen(kind: str, standing: Standing) -> list[Head]:
    """Return what stands in a record's fields that nobody knew of who took it back."""
    if not is_taken_back(kind, standing):
        return []
    taken = standing[DELETED]
    saw = {name for head in taken for name in _saw(head)}
    acts = {head.body.act for head in taken}
    silent = max((head.body.hlc for head in taken if not _says(head)), default="")
    return [
        head
        for field, heads in standing.items()
        if field not in (DELETED, CREATED, erasures.FIELD)
        for head in heads
        if head.hash not in saw and head.body.act not in acts and head.body.hlc > silent
    ]


def children(store: Store, kind: str, entity: str, standing: Standing) -> list[tuple[str, str]]:
    """Return (kind, id) of what belongs to a record that stands as taken back, and was not known when it was."""
    if kind not in _CHILDREN or not is_taken_back(kind, standing):
        return []
    saw = {name for head in standing[DELETED] for name in _saw(head)}
    return [one for one in belonging(store, kind, entity) if child_name(*one) not in saw]


def belonging(store: Store, kind: str, entity: str) -> list[tuple[str, str]]:
    """Return (kind, id) of what belongs to a record and has not been taken back itself."""
    found = []
    for table, where in _CHILDREN.get(kind, ()):
        rows = store.rows(f"SELECT id FROM {table} WHERE {where} AND deleted = 0 ORDER BY id", (entity,))
        found += [("link" if table == "alert_link" else table, row[0]) for row in rows]
    return found


def child_name(kind: str, entity: str) -> str:
    """Return by what a deletion names a record that belongs to the one it takes back."""
    return f"{kind}/{entity}"


def note(store: Store, kind: str, entity: str, standing: Standing) -> None:
    """Note beside the conflicts of a record that it was changed elsewhere and taken back here, or no longer."""
    many = len(unseen(kind, standing)) + len(children(store, kind, entity, standing))
    if len({head.body.value is True for head in standing.get(DELETED, ())}) > 1:
        return  # one says so and another not: two values stand, as in any field
    store.execute("DELETE FROM conflict WHERE kind = ? AND entity = ? AND field = ?", (kind, entity, DELETED))
    if many:
        store.execute(
            "INSERT INTO conflict(kind, entity, field, heads) VALUES (?, ?, ?, ?)", (kind, entity, DELETED, many + 1)
        )


def look_again(store: Store, touched: Collection[tuple[str, str]]) -> None:
    """Look again at what was taken back and is touched, or to which something touched belongs; after all is shown."""
    gone = {
        (kind, entity) for kind in _CHILDREN for (entity,) in store.rows(f"SELECT id FROM {kind} WHERE deleted = 1")
    }
    if not gone:
        return
    wanted = gone.intersection(touched)
    for kind, entity in touched:
        for parent, sql in _PARENT_OF.get(kind, (("incident", _IMPACT),) if kind in impact.KINDS else ()):
            found = (parent, store.value(sql, (entity,)))
            if found in gone:
                wanted.add(found)
    for kind, entity in wanted:
        note(store, kind, entity, journal.standing(store, kind, entity))


def look_everywhere(store: Store) -> None:
    """Look again at every record that was taken back and to which others may belong."""
    for kind in _CHILDREN:
        for (entity,) in store.rows(f"SELECT id FROM {kind} WHERE deleted = 1"):
            note(store, kind, entity, journal.standing(store, kind, entity))


def _says(head: Head) -> bool:
    return isinstance(head.body.extra.get(SAW), list)


def _saw(head: Head) -> list[Any]:
    said = head.body.extra.get(SAW)
    return [name for name in said if isinstance(name, str)] if isinstance(said, list) else []
