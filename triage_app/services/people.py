"""People: a name is opened when it is shown, and an erased key cannot be brought back."""

from __future__ import annotations

from triage_app.domain import tlp
from triage_app.domain.records import same_as_id
from triage_app.errors import BadInput
from triage_app.services.access import note_access
from triage_app.services.changes import Changes
from triage_app.services.recording import label_of, record
from triage_app.services.session import Session
from triage_app.store import personal
from triage_app.store.journal import Change

ERASED_FIELD = "erased"


def reveal(session: Session, person: str) -> str:
    """Return a person's name, and note in the access chain that it was looked at."""
    note_access(session, "unmask", "person", person)
    return personal.name_of(session.store, person)


def erase(session: Session, person: str) -> tuple[Changes, list[str]]:
    """Forget a person's key here, and journal it so that every copy forgets it too.

    What is recorded on them as a victim (contact, notes, outcomes) goes with it. Returns what it
    could not reach, in words.
    """
    store = session.store
    with store.write():
        label = label_of(session, "person", person)
        entities = personal.belonging_to(store, person)
        changes = [Change(kind, entity, ERASED_FIELD, True, label) for kind, entity in entities]
        for _, entity in entities:
            personal.erase(store, entity)
        done = record(session, "Erased a person", changes, entity=person)
    beyond = [
        "evidence that names them: alert rows are kept word for word",
        "plain exports and printed pages already made",
        "backups, until they are aged out",
        "laptops that have not yet merged a bundle with this erasure",
    ]
    return done, beyond


def same(session: Session, one: str, other: str, *, linked: bool = True) -> Changes:
    """Say that two records are of one person, who then counts once; or, not ``linked``, take that back.

    Nothing of either is changed or moved. Raises ``BadInput`` for one and the same record.
    """
    if one == other:
        raise BadInput("That is one person's record, not two.", "Name two.")
    with session.store.write():
        label = tlp.strictest([label_of(session, "person", one), label_of(session, "person", other)])
        change = Change("same_as", same_as_id(one, other), "linked", linked, label)
        words = "Recorded that two are one person" if linked else "Recorded that two are not one person"
        return record(session, words, [change], entity=one)
