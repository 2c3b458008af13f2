"""Erasures: what belongs to somebody who was erased loses its key, whatever was written meanwhile, whenever it comes.

An erasure names what its author saw. What another laptop wrote of the same person before it heard of that is theirs
too, so who is erased is asked again whenever something of theirs, or that two records are one person, arrives. Nothing
takes an erasure back: once said it counts, whatever was said of the field since, as the keys are gone where it came.

The word of another organisation erases what it may: what others made, and never what our own organisation wrote. A
trust that was shown a case must not be able to empty it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from triage_app.domain.records import CREATED, sealed_under
from triage_app.store import about_whom, holds, journal, labels, personal, same
from triage_app.store.connection import Store

FIELD: Final = "erased"

_MANY: Final = 500
"From so many records on it is less work to look at everybody who was erased."

_ABOUT: Final = (
    "SELECT v.person FROM {0} AS x JOIN victim AS v ON v.id = x.about WHERE x.id = ?1"
    " UNION SELECT v.person FROM {0} AS x JOIN action AS a ON a.id = x.about JOIN victim AS v ON v.id = a.victim"
    " WHERE x.id = ?1"
)
_PERSON_OF: Final = {
    "person": "SELECT ?1",
    "victim": "SELECT person FROM victim WHERE id = ?1",
    "action": "SELECT v.person FROM action AS a JOIN victim AS v ON v.id = a.victim WHERE a.id = ?1",
    "attempt": "SELECT v.person FROM attempt AS x JOIN action AS a ON a.id = x.action"
    " JOIN victim AS v ON v.id = a.victim WHERE x.id = ?1",
    **{
        kind: f"SELECT v.person FROM {kind} AS x JOIN victim AS v ON v.id = x.victim WHERE x.id = ?1"
        for kind in ("disclosure", "letter")
    },
    **{kind: _ABOUT.format(kind) for kind in ("note", "call", "handoff")},
    "same_as": "SELECT id FROM person WHERE id IN (SELECT a FROM same_as WHERE id = ?1"
    " UNION SELECT b FROM same_as WHERE id = ?1)",
}
"Kind → the people a record is about."


def counts(store: Store, kind: str, entity: str) -> bool:
    """Tell whether a record was ever said to be erased by somebody whose word counts here for it."""
    said = _sayers(store, kind, entity)
    return bool(said) and (not said.isdisjoint(labels.our_devices(store)) or not _is_ours(store, kind, entity))


def _sayers(store: Store, kind: str, entity: str) -> set[str]:
    """Return the devices that ever said that a record is erased."""
    found = store.rows(
        "SELECT l.device, body.bytes FROM operation AS o JOIN link AS l USING (n) JOIN body USING (n)"
        " WHERE o.entity = ? AND o.field = ? AND o.entity <> '' AND o.kind = ? AND o.applied = 1"
        " AND body.state = 'here'",
        (entity, FIELD, kind),
    )
    bodies = ((device, journal.readable(bytes(data))) for device, data in found)
    return {str(device) for device, body in bodies if body is not None and body.value is True}


def _is_ours(store: Store, kind: str, entity: str) -> bool:
    """Tell whether a device of our own organisation made a record."""
    ours = labels.our_devices(store)
    return bool(
        store.value(
            "SELECT 1 FROM operation AS o JOIN link AS l USING (n) WHERE o.entity = ? AND o.field = ? AND o.kind = ?"
            f" AND o.entity <> '' AND l.device IN ({','.join('?' * len(ours))})",
            (entity, CREATED, kind, *ours),
        )
    )


def reached_from(store: Store, person: str) -> list[str]:
    """Return the records that go with one when it is erased: itself, and those that stand as the same person.

    That a record which ours made is one with another is for our own organisation to say: whoever was shown a case must
    not be able to empty it by joining it to somebody who is erased.
    """
    found, waiting = {person}, [person]
    while waiting:
        name = waiting.pop()
        for link, one, other in store.rows("SELECT id, a, b FROM same_as WHERE ? IN (a, b) AND deleted = 0", (name,)):
            for each in {one, other} - found:
                if labels.our_word(store, "same_as", link, "linked") is True or not _is_ours(store, "person", each):
                    found.add(each)
                    waiting.append(each)
    return sorted(found)


def is_gone(store: Store, person: str) -> bool:
    """Tell whether a person was erased, under this record or another that stands as the same person."""
    return any(counts(store, "person", one) and person in reached_from(store, one) for one in same.group(store, person))


def joins_somebody_gone(store: Store, people: Sequence[str]) -> bool:
    """Tell whether one of some records is of a person who was erased: to say that they are one would erase the rest."""
    return any(is_gone(store, person) for person in people)


def follow(store: Store, touched: Iterable[tuple[str, str]] | None = None) -> None:
    """Erase what belongs to people who were erased and no hold keeps; call it when all rows are up to date.

    ``touched`` are the records (kind, id) that changed, None for all there are.
    """
    said = store.rows("SELECT DISTINCT entity FROM head WHERE kind = 'person' AND field = ?", (FIELD,))
    if not said:
        return
    concerned = None if touched is None else [one for one in touched if one[0] in _PERSON_OF]
    if concerned is None or len(concerned) > _MANY:
        people = {str(row[0]) for row in said}
    else:
        people = {
            str(row[0]) for kind, entity in concerned for row in store.rows(_PERSON_OF[kind], (entity,)) if row[0]
        }
    gone = {one for person in people for one in same.group(store, person) if counts(store, "person", one)}
    ours = about_whom.read(store) if gone else None
    for person in sorted(gone):
        assert ours is not None  # noqa: S101 - there is somebody
        by_us = not _sayers(store, "person", person).isdisjoint(labels.our_devices(store))
        theirs = [one for who in reached_from(store, person) for one in ours.ours_about(store, who)]
        _erase(store, [one for one in theirs if by_us or not _is_ours(store, *one)])


def follow_lifted(store: Store, victim: str) -> None:
    """A hold was lifted: let what was erased elsewhere meanwhile be erased here too."""
    person = store.value("SELECT person FROM victim WHERE id = ?", (victim,))
    theirs = personal.belonging_to(store, person) if person else []
    _erase(store, [one for one in theirs if counts(store, *one)])


def _erase(store: Store, records: Iterable[tuple[str, str]]) -> None:
    for kind, entity in records:
        name = sealed_under(kind, entity)
        if not personal.is_erased(store, name) and not holds.stands(store, kind, entity):
            personal.erase(store, name)
