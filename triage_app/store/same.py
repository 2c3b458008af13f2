"""What stands as the same as what, read back."""

from __future__ import annotations

from typing import Any

from triage_app.store.connection import Store


def group(store: Store, entity: str) -> list[str]:
    """Return every entity that stands as the same as one, itself among them, by id; links may run in circles."""
    found, waiting = {entity}, [entity]
    while waiting:
        name = waiting.pop()
        for one, other in store.rows("SELECT a, b FROM same_as WHERE ? IN (a, b) AND deleted = 0", (name,)):
            for each in (one, other):
                if each not in found:
                    found.add(each)
                    waiting.append(each)
    return sorted(found)


def stands(store: Store, link: str) -> bool:
    """Tell whether a link stands, by its id."""
    return bool(store.value("SELECT 1 FROM same_as WHERE id = ? AND deleted = 0", (link,)))


def linked_with(store: Store, incident: str) -> list[dict[str, Any]]:
    """Return the other incidents of one matter: {id, ref, title, status, direct}, by reference.

    ``direct`` says that the link is with this one itself, so that it can be taken apart from here.
    """
    found = []
    for other in group(store, incident):
        row = store.row("SELECT id, ref, title, status FROM incident WHERE id = ? AND deleted = 0", (other,))
        if row is not None and other != incident:
            direct = stands(store, ":".join(sorted((incident, other))))
            found.append({"id": row[0], "ref": row[1], "title": row[2], "status": row[3], "direct": direct})
    return sorted(found, key=lambda one: (one["ref"], one["id"]))
