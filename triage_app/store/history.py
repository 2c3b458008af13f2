"""The journal read back: the operations of an entity, the acts of a responder."""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import BY_HAND
from triage_app.domain.operations import Body
from triage_app.domain.records import CREATED
from triage_app.store import erasures, journal
from triage_app.store.authors import NOBODY, Authors
from triage_app.store.connection import Store


def operations_of(store: Store, kind: str, entity: str, field: str = "") -> list[dict[str, Any]]:
    """Return every operation on an entity (or one field of it), oldest first, with what it replaced."""
    numbers = store.rows(
        "SELECT n FROM operation WHERE kind = ? AND entity = ? AND entity <> ''"
        " UNION SELECT b.n FROM batch_member AS b JOIN operation AS o ON o.n = b.n WHERE o.kind = ? AND b.entity = ?",
        (kind, entity, kind, entity),
    )
    found = [_entry(store, row[0]) for row in numbers]
    found = [entry for entry in found if not field or entry["field"] == field]
    found.sort(key=lambda entry: (entry["hlc"], entry["hash"]))
    last: dict[str, Any] = {}
    for entry in found:
        entry["before"] = last.get(entry["field"])
        last[entry["field"]] = entry["after"]
    return found


def _entry(store: Store, n: int) -> dict[str, Any]:
    (row,) = store.rows("SELECT hash, device, seq, body.bytes FROM link JOIN body USING (n) WHERE n = ?", (n,))
    body = Authors(store).named(row[1], Body.from_bytes(bytes(row[3])))
    return {
        "op": row[0], "hash": row[0], "device": row[1], "seq": row[2], "act": body.act, "at": int(body.hlc[:15]),
        "hlc": body.hlc, "author": body.author, "kind": body.kind, "entity": body.entity, "field": body.field,
        "after": body.value, "because": body.because, "tlp": body.tlp, "undoes": body.undoes,
        "parents": list(body.parents), "batch": body.batch,
    }  # fmt: skip


def notes_put_right(store: Store, about: str) -> dict[str, list[str]]:
    """Return the notes about something whose words, or what they say of a decision, were set again later.

    Each with the responders in whose name that was done, the first first; one may be ``NOBODY``.
    """
    authors = Authors(store)
    made: dict[str, tuple[str, str]] = {}
    found: dict[str, list[str]] = {}
    for note, field, act_id, device, author in store.rows(
        "SELECT o.entity, o.field, o.act, l.device, o.author FROM operation AS o JOIN link AS l USING (n)"
        " WHERE o.entity IN (SELECT id FROM note WHERE about = ?) AND o.entity <> '' AND o.kind = 'note'"
        " AND o.field IN (?, 'text', 'decision') AND o.applied = 1 ORDER BY o.field <> ?, o.n",
        (about, CREATED, CREATED),
    ):
        if field == CREATED:
            made.setdefault(note, (act_id, device))
        elif (act_id, device) != made.get(note):
            by = found.setdefault(note, [])
            name = authors.of(device, author)
            by += [name] if name not in by else []
    return found


def act(store: Store, act_id: str) -> list[dict[str, Any]]:
    """Return the operations of an act in the order they were written.

    An act is one device's: ours, where it is one of ours. Another that writes its name into operations of its own puts
    nothing into what we take back.
    """
    return [
        _entry(store, row[0])
        for row in store.rows(
            "SELECT n FROM operation JOIN link AS l USING (n) WHERE act = ?1 AND applied = 1 AND l.device ="
            " (SELECT device FROM operation JOIN link USING (n) LEFT JOIN identity USING (device)"
            "  WHERE act = ?1 ORDER BY ifnull(own, 0) DESC, n LIMIT 1) ORDER BY n",
            (act_id,),
        )
    ]


def entities_of(store: Store, batch: str, entity: str) -> list[str]:
    """Return the entities an operation sets: one, or a batch's."""
    if not batch:
        return [entity]
    return list(journal.batch_parents(store, batch))


def body_by_hash(store: Store, link_hash: str) -> Body | None:
    """Return an operation's body by its hash, None where it is not here."""
    found = head_by_hash(store, link_hash)
    return None if found is None else found.body


def head_by_hash(store: Store, link_hash: str) -> journal.Head | None:
    """Return an operation by its hash, in whose name it stands; None where its body is not here."""
    found = store.row(
        "SELECT n, link.device, body.bytes FROM link JOIN body USING (n) WHERE hash = ? AND body.bytes IS NOT NULL",
        (link_hash,),
    )
    body = None if found is None else journal.readable(bytes(found[2]))
    if found is None or body is None:
        return None
    return journal.Head(found[0], link_hash, Authors(store).named(found[1], body))


def said_first(store: Store, entity: str, head: journal.Head) -> journal.Head:
    """Return the operation whose value one has put back: an undo says again what others had said, in their words.

    Where none is found, or several had said the same, it is that operation itself.
    """
    seen = {head.hash}
    while head.body.undoes:
        undone = head_by_hash(store, head.body.undoes)
        parents = [] if undone is None else parents_of(store, undone.body, entity)
        said = [one for parent in parents if (one := head_by_hash(store, parent)) is not None]
        same = [one for one in said if one.body.value == head.body.value and one.body.field == head.body.field]
        if len(same) != 1 or same[0].hash in seen:
            break
        head = same[0]
        seen.add(head.hash)
    return head


def parents_of(store: Store, body: Body, entity: str) -> list[str]:
    """Return the hashes of what an operation answered in one entity."""
    if not body.batch:
        return list(body.parents)
    return dict(journal.batch_members(store, body.batch)).get(entity, [])


def linking_acts(store: Store, incident: str) -> set[str]:
    """Return the acts by which alerts, or another incident, stand linked to an incident."""
    links = store.rows("SELECT 'link', id FROM alert_link WHERE incident = ? AND deleted = 0", (incident,))
    links += store.rows("SELECT 'same_as', id FROM same_as WHERE ? IN (a, b) AND deleted = 0", (incident,))
    return {
        head.body.act
        for kind, entity in links
        for heads in journal.standing(store, kind, entity).values()
        for head in heads
    }


def stands_on_clocks(store: Store, incident: str) -> bool:
    """Whether something stands that was decided on a clock of an incident."""
    return bool(
        store.value(
            "SELECT 1 FROM clock WHERE subject = ?1 AND (held = 1 OR start IS NOT NULL OR grid IS NOT NULL)"
            " UNION SELECT 1 FROM clock_step WHERE subject = ?1 AND outcome <> ''"
            " UNION SELECT 1 FROM pause WHERE subject = ?1 AND deleted = 0",
            (incident,),
        )
    )


_FILES: Final = f"{{0}}kind = 'import' AND {{0}}entity NOT IN (SELECT entity FROM import WHERE format = '{BY_HAND}')"
"Of an operation, with its prefix to be filled in: that it is of an import of a file, which is taken back by itself."


def acts(store: Store, device: str = "", limit: int = -1) -> list[dict[str, Any]]:
    """Return the acts, newest first: id, author, when, device, how many operations, whether undone."""
    found = store.dicts(
        "SELECT o.act AS id, o.author, l.device, min(o.n) AS first, max(o.n) AS last,"
        " count(*) AS operations, CAST(substr(min(o.hlc), 1, 15) AS INTEGER) AS at,"
        " max(o.undoes <> '') AS is_undo, r.name AS author_name,"
        " group_concat(DISTINCT o.kind || '.' || o.field) AS fields,"
        " (SELECT b.entity FROM operation AS b JOIN link AS q USING (n) WHERE b.act = o.act AND q.device = l.device"
        "  ORDER BY b.n LIMIT 1) AS entity,"
        " (SELECT b.kind FROM operation AS b JOIN link AS q USING (n) WHERE b.act = o.act AND q.device = l.device"
        "  ORDER BY b.n LIMIT 1) AS kind"
        " FROM operation AS o JOIN link AS l USING (n) LEFT JOIN responder AS r ON r.id = o.author"
        + (" WHERE l.device = ?" if device else "")
        + " GROUP BY o.act, l.device ORDER BY max(o.n) DESC LIMIT ?",
        (*((device,) if device else ()), limit),
    )
    authors = Authors(store)
    for row in found:
        if authors.of(row["device"], row["author"]) != row["author"]:
            row["author"], row["author_name"] = NOBODY, None
    return found


def is_undone(store: Store, act_id: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether some standing act takes this one back (an undo that was itself undone does not).

    Whoever says so of a record without touching it, as a forger may, has taken nothing back. Acts that take each other
    back in a circle came from elsewhere: each is looked at once.
    """
    if act_id in seen:
        return False
    undoers = [
        row[0]
        for row in store.rows(
            "SELECT DISTINCT u.act FROM operation AS u JOIN link AS l ON l.hash = u.undoes"
            " JOIN operation AS o ON o.n = l.n WHERE o.act = ? AND u.applied = 1 AND u.kind = o.kind"
            " AND (u.entity = o.entity OR o.batch <> '')",
            (act_id,),
        )
    ]
    return any(undoer != act_id and not is_undone(store, undoer, seen | {act_id}) for undoer in undoers)


def can_be_reversed(store: Store, act_id: str) -> bool:
    """Whether an act is here and holds nothing that no undo takes back.

    That is founding, who can unlock, trust, what an authority signed, imports of files, and what is gone.
    """
    found = store.rows(
        f"SELECT sum(kind IN ('device', 'trust', 'certificate', 'unlocking')) + sum({_FILES.format('')})"
        " + sum(kind = 'attachment' AND field = 'destroyed')"
        " + sum(field = ?) FROM operation WHERE act = ? HAVING count(*) > 0",
        (erasures.FIELD, act_id),
    )
    return bool(found) and found[0][0] == 0


def summary(store: Store, act_id: str) -> dict[str, Any]:
    """Return of an act what ``acts`` returns of each to put it in words: {fields, is_undo, kind, entity}."""
    (found,) = store.dicts(
        "SELECT group_concat(DISTINCT kind || '.' || field) AS fields, max(undoes <> '') AS is_undo,"
        " (SELECT b.entity FROM operation AS b WHERE b.act = ?1 ORDER BY b.n LIMIT 1) AS entity,"
        " (SELECT b.kind FROM operation AS b WHERE b.act = ?1 ORDER BY b.n LIMIT 1) AS kind"
        " FROM operation WHERE act = ?1",
        (act_id,),
    )
    return found


def first_set(store: Store, act_id: str, kind: str, field: str) -> tuple[Any, str, int]:
    """Return the first value that an act set in a field, of which entity, and in how many; (None, '', 0) for none."""
    found = store.rows(
        "SELECT n, entity, batch FROM operation WHERE act = ? AND kind = ? AND field = ? AND applied = 1 ORDER BY n",
        (act_id, kind, field),
    )
    if not found:
        return None, "", 0
    sets = [_first_and_many(store, batch) if batch else (entity, 1) for _, entity, batch in found]
    return _entry(store, found[0][0])["after"], sets[0][0], sum(many for _, many in sets)


def _first_and_many(store: Store, batch: str) -> tuple[str, int]:
    """Return the first entity that a batch sets, and how many it does; a list that may be long is not gone through."""
    first, many = store.rows(
        "SELECT json_extract(members, '$[0][0]'), json_array_length(members)"
        " FROM (SELECT CAST(bytes AS TEXT) AS members FROM blob WHERE sha256 = ?)",
        (batch,),
    )[0]
    return str(first or ""), int(many)


def undone_act(store: Store, act_id: str) -> str:
    """Return the act that an undo takes back, '' when it is no undo."""
    return (
        store.value(
            "SELECT o.act FROM operation AS u JOIN link AS l ON l.hash = u.undoes JOIN operation AS o ON o.n = l.n"
            " WHERE u.act = ? AND o.act <> u.act AND o.n < u.n LIMIT 1",
            (act_id,),
        )
        or ""
    )


def latest_acts(store: Store, device: str) -> list[str]:
    """Return this device's acts that a responder made, newest first.

    Founding, who can unlock, imports of files and destructions are left out.
    """
    return [
        row[0]
        for row in store.rows(
            "SELECT o.act FROM operation AS o JOIN link AS l USING (n) WHERE l.device = ?"
            f" GROUP BY o.act HAVING sum(o.kind IN ('device', 'trust', 'unlocking')) + sum({_FILES.format('o.')}) = 0"
            " AND sum(o.kind = 'attachment' AND o.field = 'destroyed') = 0 ORDER BY max(o.n) DESC LIMIT 2000",
            (device,),
        )
    ]
