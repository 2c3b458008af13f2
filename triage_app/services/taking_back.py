"""Taking imports back, several in one act, and putting them back; what becomes of their rejected rows."""

from __future__ import annotations

from collections.abc import Sequence

from triage_app.domain import tlp
from triage_app.domain.records import DELETED
from triage_app.errors import NotFound
from triage_app.language import plural, say
from triage_app.services.changes import Changes
from triage_app.services.recording import record
from triage_app.services.rejects import is_there, remove_of, remove_of_undone
from triage_app.services.session import Session
from triage_app.services.undo import reverse
from triage_app.store import brought, history, imports
from triage_app.store.connection import Store
from triage_app.store.journal import Change


def take_back(session: Session, import_ids: Sequence[str]) -> Changes:
    """Take imports back in one act: their rows are no longer shown, unless another import brought them too.

    What had been taken back before is passed over; raises ``NotFound`` where that is all of them, and for
    an import there is none of. The files of their rejected rows are deleted and never come back.
    """
    store = session.store
    with store.write():
        standing: dict[str, str] = {}
        for import_id in dict.fromkeys(each.strip().lower() for each in import_ids):
            found = imports.named(store, import_id)
            if found is None:
                raise NotFound(
                    say("There is no import {0}.", import_id), "“triage imports list” shows those there are."
                )
            if not found[1]:
                standing[import_id] = found[0]
        if not standing:
            what = "That import has already been taken back."
            if len(import_ids) > 1:
                what = "All of these imports have already been taken back."
            raise NotFound(what, "“triage imports put-back” shows its records again.")
        changes = [Change("import", each, DELETED, True, tlp.GREEN) for each in standing]
        label = say("Took back {0}", _named(standing))
        decided = sum(brought.decided(store, each) for each in standing)
        if decided:
            label += say("; what was decided on {0:,} of {1} alerts is kept", decided, _their(standing))
        if any(is_there(path) for path in imports.rejects_files(store, list(standing))):
            label += say("; {0} rejected rows are deleted", _their(standing))
        done = record(session, label, changes, entity=next(iter(standing)) if len(standing) == 1 else "")
    remove_of_undone(store, session.profile.rejects)
    return done


def put_back(session: Session, import_ids: Sequence[str]) -> Changes:
    """Show the records of imports that had been taken back again, in one act; those that stand are passed over.

    Their rejected rows were deleted and stay so. Raises ``NotFound`` where none was taken back.
    """
    store = session.store
    with store.write():
        names: dict[str, str] = {}
        taken = []
        for import_id in dict.fromkeys(each.strip().lower() for each in import_ids):
            found = imports.named(store, import_id)
            operations = history.operations_of(store, "import", import_id, DELETED)
            if found is not None and found[1] and operations:
                names[import_id] = found[0]
                taken.append(operations[-1])
        if not names:
            raise NotFound("That import stands, or is not here.", "There is nothing to put back.")
        changes = reverse(session, taken[-1]["act"], taken, "Undone").changes
    one = next(iter(names)) if len(names) == 1 else ""
    return Changes(changes.act, say("Put back {0}", _named(names)), one, "", changes.touched | {("alert", "")})


def together(store: Store, import_id: str) -> tuple[str, ...]:
    """Return the imports that were taken back in one act with this one and still are, this one among them."""
    taken = history.operations_of(store, "import", import_id, DELETED)
    if not taken:
        return ()
    found = []
    for operation in history.act(store, taken[-1]["act"]):
        named = imports.named(store, operation["entity"]) if operation["field"] == DELETED else None
        if named is not None and named[1]:
            found.append(operation["entity"])
    return tuple(found)


def delete_rejects(session: Session, import_id: str) -> str:
    """Delete the rejected rows of an import for good, and return what was done in words. Raises ``NotFound``."""
    import_id = import_id.strip().lower()
    found = imports.named(session.store, import_id)
    if found is None:
        raise NotFound(say("There is no import {0}.", import_id), "“triage imports list” shows those there are.")
    if not any(is_there(path) for path in imports.rejects_files(session.store, [import_id])):
        raise NotFound("No rejected rows of that import are kept.", "There is nothing to delete.")
    remove_of(session.profile.rejects, [import_id])
    with session.store.write():
        imports.forget_rejects(session.store, [import_id])
    return say("Deleted the rejected rows of {0}", found[0])


def _named(names: dict[str, str]) -> str:
    return plural(len(names), "the import of {1}", "{0} imports").format(len(names), next(iter(names.values())))


def _their(names: dict[str, str]) -> str:
    return plural(len(names), "its", "their")
