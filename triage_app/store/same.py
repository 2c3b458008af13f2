"""What stands as the same as what, read back."""

from __future__ import annotations

from collections.abc import Collection
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


def links(store: Store, among: Collection[str] | None = None) -> list[tuple[str, str]]:
    """Return the links that stand between incidents, or between some of them, by their ends."""
    found = store.rows(
        "SELECT s.a, s.b FROM same_as AS s JOIN incident AS i ON i.id = s.a JOIN incident AS j ON j.id = s.b"
        " WHERE s.deleted = 0 ORDER BY s.a, s.b"
    )
    wanted = None if among is None else set(among)
    return [(one, other) for one, other in found if wanted is None or (one in wanted and other in wanted)]


def pairs_sharing_alerts(store: Store) -> list[tuple[str, str, int, str]]:
    """Return (incident, other incident, how many alerts are linked with both, the key in hex of one of them)."""
    live = "alert_link AS {0} JOIN incident AS i{0} ON i{0}.id = {0}.incident AND i{0}.deleted = 0 AND {0}.deleted = 0"
    several = f"SELECT k.key FROM {live.format('k')} GROUP BY k.key HAVING count(*) > 1"
    found = store.rows(
        f"SELECT l.incident, o.incident, count(*), lower(hex(min(o.key))) FROM ({several}) AS s"
        f" JOIN alert_link AS l ON l.key = s.key AND l.deleted = 0"
        f" JOIN alert_link AS o ON o.key = s.key AND o.deleted = 0 AND o.incident > l.incident"
        " JOIN incident AS i ON i.id = l.incident AND i.deleted = 0"
        " JOIN incident AS j ON j.id = o.incident AND j.deleted = 0 GROUP BY 1, 2 ORDER BY 1, 2"
    )
    return [(row[0], row[1], row[2], row[3]) for row in found]


def sharing_alerts(store: Store, incident: str) -> list[tuple[str, int, str]]:
    """Return (other incident, how many alerts are linked with both, the key in hex of one of them)."""
    return [
        (row[0], row[1], row[2])
        for row in store.rows(
            "SELECT o.incident, count(*), lower(hex(min(o.key))) FROM alert_link AS l JOIN alert_link AS o"
            " ON o.key = l.key AND o.incident <> l.incident AND o.deleted = 0 JOIN incident AS i ON i.id = o.incident"
            " WHERE l.incident = ? AND l.deleted = 0 AND i.deleted = 0 GROUP BY o.incident",
            (incident,),
        )
    ]
