"""What this version of the program understands of a journal, and what waits for a newer one.

Operations that a version does not know are kept, counted and relayed. A program that knows more, opening a store that
one which knew less has used, lets them count then: nothing has to be sent again.
"""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.operations import BODY_VERSION, JOURNAL
from triage_app.domain.records import KINDS
from triage_app.store import journal, projections
from triage_app.store.connection import Store

_KEY: Final = "understands"


def known() -> dict[str, Any]:
    """Return what this program understands: the version of bodies, and the fields of each kind."""
    return {"body": BODY_VERSION, "kinds": {kind.name: sorted(kind.fields) for kind in KINDS.values()}}


def note(store: Store) -> None:
    """Keep with a new store what the program that made it understands."""
    store.set_meta(_KEY, known())


def is_behind(store: Store) -> bool:
    """Tell whether the store was last used by a program that understood less, as far as that can be told."""
    before = store.meta(_KEY)
    return isinstance(before, dict) and before != known() and int(before.get("body", 0)) <= BODY_VERSION


def catch_up(store: Store) -> bool:
    """Let what an older version could not apply count now; return whether there was any. In a transaction of its own.

    A store that does not say by what it was last used is taken to be of this version.
    """
    before = store.meta(_KEY)
    if before == known():
        return False
    with store.write():
        note(store)
        if not isinstance(before, dict):
            return False
        touched: set[tuple[str, str]] = set()
        was = int(before.get("body", 0))
        if was > BODY_VERSION or (was < BODY_VERSION and _held_back(store)):
            touched |= journal.reapply(store)
        kinds = before.get("kinds", {})
        for kind, fields in known()["kinds"].items():
            if kinds.get(kind) != fields:
                rows = store.rows("SELECT DISTINCT entity FROM head WHERE kind = ?", (kind,))
                touched |= {(kind, entity) for (entity,) in rows}
        projections.project_all(store, touched)
        return bool(touched)


def _held_back(store: Store) -> bool:
    """Tell whether anything is here that does not count: whatever the reason, it is asked again."""
    return bool(
        store.value(
            "SELECT 1 FROM link JOIN body USING (n) LEFT JOIN operation AS o USING (n)"
            " WHERE chain = ? AND state = 'here' AND ifnull(o.applied, 0) = 0 LIMIT 1",
            (JOURNAL,),
        )
    )


def waiting(store: Store) -> int:
    """Return how many operations that are here only a newer version can apply."""
    found = store.value(
        "SELECT count(*) FROM link JOIN body USING (n) LEFT JOIN operation AS o USING (n)"
        " WHERE chain = ? AND state = 'here' AND o.n IS NULL",
        (JOURNAL,),
    )
    held = store.rows("SELECT body.bytes FROM operation JOIN body USING (n) WHERE applied = 0 AND state = 'here'")
    bodies = (journal.readable(bytes(data)) for (data,) in held)
    return int(found) + sum(1 for body in bodies if body is not None and body.version > BODY_VERSION)
