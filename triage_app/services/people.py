"""People: a name is opened when it is shown, a hold keeps what is held, and an erased key cannot be brought back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from triage_app.domain import retention, tlp
from triage_app.domain.records import same_as_id
from triage_app.errors import BadInput, NotFound, TriageError
from triage_app.formats import identity as identities
from triage_app.language import say
from triage_app.services import mentions, policy_files, victim_record
from triage_app.services.access import note_access
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.recording import creation, label_of, record, set_fields
from triage_app.services.session import Session
from triage_app.services.times import day_in_words
from triage_app.store import about_whom, access, erasures, holds, labels, lookup, peers, personal, search
from triage_app.store import same as same_people
from triage_app.store.connection import Store
from triage_app.store.journal import Change

ERASED_FIELD = erasures.FIELD


def reveal(session: Session, person: str) -> str:
    """Return a person's name, and note in the access chain that it was looked at."""
    note_access(session, "unmask", "person", person)
    return personal.name_of(session.store, person)


# -- legal hold ------------------------------------------------------------------------------------------------


def hold(session: Session, victim: str, because: str, by: str = "") -> Changes:
    """Put a victim under legal hold: nothing kept on them is erased until it is lifted. Raises ``BadInput``."""
    reason = victim_record.read_value("sharing", because)
    if not reason:
        raise BadInput("A legal hold needs a reason.", "Say which proceedings it is for.")
    value = {"by": victim_record.read_value("decided-by", by) or session.responder_name,
             "at": milliseconds(session.now())}  # fmt: skip
    return _set_hold(session, victim, {"legal_hold": value, "hold_because": reason}, "Put under legal hold")


def lift(session: Session, victim: str, because: str) -> Changes:
    """Lift a legal hold; an erasure that arrived meanwhile takes effect. Raises ``BadInput`` where there is none."""
    reason = victim_record.read_value("sharing", because)
    if not reason:
        raise BadInput("Lifting a legal hold needs a reason.", "Say how the proceedings ended.")
    if not holds.on_victim(session.store, victim):
        raise BadInput("That victim is under no legal hold.", "Nothing was changed.")
    return _set_hold(session, victim, {"legal_hold": None, "hold_because": reason}, "Lifted the legal hold on")


def _set_hold(session: Session, victim: str, fields: dict[str, Any], verb: str) -> Changes:
    store = session.store
    with store.write():
        found = lookup.one(store, "victim", victim)
        if found is None:
            raise NotFound("That victim has been taken back.", "Undo that first, or choose another.")
        changes = set_fields(session, "victim", victim, fields, labels.effective(store, "victim", victim))
        return record(session, f"{verb} {found['ref']}", changes, entity=victim, ref=found["ref"])


def under_hold(store: Store, person: str) -> list[str]:
    """Return the references of the victims that keep a person, under whichever record, from being erased."""
    return sorted({ref for one in same_people.group(store, person) for ref in holds.of_person(store, one)})


# -- what is shared with whom ----------------------------------------------------------------------------------


def disclose(session: Session, victim: str, whom: str, what: str, ground: str = "") -> Changes:
    """Record what was shared of a victim, with whom, on what ground: an entry of its own. Raises ``BadInput``."""
    to, words = victim_record.read_value("decided-by", whom), victim_record.read_value("sharing", what)
    if not to or not words:
        raise BadInput("What was shared needs a receiver and what it was.", "Give both.")
    store = session.store
    with store.write():
        found = lookup.one(store, "victim", victim)
        if found is None:
            raise NotFound("That victim has been taken back.", "Undo that first, or choose another.")
        kept = victim_record.read_value("ground", ground) or victim_record.decision(found)["ground"]
        if not kept:
            raise BadInput("On what ground was it shared?", "Give the ground, or record it on the victim first.")
        label = labels.effective(store, "victim", victim)
        fixed = {"victim": victim, "whom": to, "ground": kept, "at": milliseconds(session.now())}
        entity, _, made = creation(session, "disclosure", label, fixed)
        changes = [made, *set_fields(session, "disclosure", entity, {"what": words}, label)]
        return record(session, say("Recorded what {0} was given of {1}", to, found['ref']), changes, entity=entity,
                      ref=found["ref"])  # fmt: skip


# -- retention ---------------------------------------------------------------------------------------------------


def policy(store: Store) -> retention.Policy:
    """Return how long what is held about people is kept here."""
    return policy_files.load(store.home, "retention.json", retention.read).policy


@dataclass(frozen=True)
class Kept:
    """One person who is recorded as a victim, and until when."""

    person: str
    victims: tuple[str, ...]
    "References."
    until: int | None
    "Milliseconds UTC; None while an incident of theirs is open, or no period fits."
    held: bool
    erased: bool


def kept(store: Store) -> list[Kept]:
    """Return every person recorded as a victim with until when they are kept, the earliest end first."""
    rules = policy(store)
    of: dict[str, list[dict[str, Any]]] = {}
    for row in lookup.listing(store, "victim", "v.party = 'person' AND v.person <> ''"):
        of.setdefault(row["person"], []).append(row)
    found = []
    for person, rows in of.items():
        ends = [rules.until("person", row["status"], _closed(store, row["incident"])) for row in rows]
        refs = tuple(sorted(row["ref"] for row in rows))
        found.append(
            Kept(person, refs, retention.last_of(ends), bool(under_hold(store, person)),
                 personal.is_erased(store, person))
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.until is None, one.until or 0, one.victims))


def due(store: Store, now: int) -> list[Kept]:
    """Return the people whose time has passed, who are not erased yet; those under hold too, marked so."""
    return [one for one in kept(store) if one.until is not None and one.until < now and not one.erased]


def _closed(store: Store, incident: str) -> int | None:
    found = lookup.one(store, "incident", incident)
    if found is None or found["status"] != "closed":
        return None
    closed = found["times"].get("closed")
    at = closed.get("at") if isinstance(closed, dict) else None
    return at if type(at) is int else None


# -- erasing ----------------------------------------------------------------------------------------------------


def erase(session: Session, person: str) -> tuple[Changes, list[str]]:
    """Forget a person's key here, and journal it so that every copy forgets it too.

    What is recorded on them as a victim (contact, notes, outcomes, attempts, hand-offs) goes with it, and so do other
    records that stand as the same person. Returns what it could not reach, in words. Raises ``BadInput`` while a legal
    hold stands.
    """
    store = session.store
    with store.write():
        if refs := under_hold(store, person):
            raise BadInput(
                say("{0} is under legal hold, so nothing of it is erased.", ", ".join(refs)),
                "Lift the hold with a reason once the proceedings have ended.",
                "legal-hold",
            )
        beyond = not_reached(session, person)
        label = label_of(session, "person", person)
        ours = about_whom.read(store)
        entities = [one for who in erasures.reached_from(store, person) for one in ours.ours_about(store, who)]
        changes = [Change(kind, entity, ERASED_FIELD, True, label) for kind, entity in entities]
        for _, entity in entities:
            personal.erase(store, entity)
        done = record(session, "Erased a person", changes, entity=person)
    return done, beyond


def not_reached(session: Session, person: str) -> list[str]:
    """Return what erasing a person does not reach from here, a line each, without a word about them."""
    store = session.store
    found = []
    names = mentions.names_of(store, person)
    rows = max((_rows_naming(store, name) for name in names), default=0)
    if rows:
        found.append(say("evidence that names them, kept word for word: {0:,} alerts or records", rows))
    else:
        found.append("evidence that names them in other words: alert rows are kept word for word")
    found += mentions.listed(store, mentions.of(store, person))
    own = [row for row in access.entries(store, 1_000_000) if row["what"] == "export"]
    plain = [row for row in own if row["kind"] in ("plain", "letter")]
    told = [row for row in own if row["kind"] == "person" and row["entity"] == person]
    copies = (
        say("{0} of what is held about them, {1} other", len(told), len(plain))
        if told or plain
        else "none is recorded here"
    )
    found.append(say("plain exports and printed pages already made: {0}", copies))
    found.append(say("backups, until they are aged out: {0}", _backups(session)))
    others = [_peer(row) for row in peers.listing(store) if row["sent_at"] is not None]
    sent = ", ".join(others) if others else "none has been sent anything from here"
    found.append(say("laptops that have not yet merged a bundle with this erasure: {0}", sent))
    return found


def _rows_naming(store: Store, name: str) -> int:
    if len(name) < 3 or name in (personal.ERASED, personal.NOT_SHARED):
        return 0
    return search.count_matching(store, name)


def _backups(session: Session) -> str:
    try:
        made = [path.stat().st_mtime for path in session.profile.backups.iterdir() if path.suffix == ".db"]
    except OSError:
        made = []
    days = policy(session.store).backup_days
    newest = max([round(moment * 1000) for moment in made] or [milliseconds(session.now())])
    end = day_in_words(newest + round(timedelta(days=days).total_seconds() * 1000))
    where = say("{0} in the profile's own folder", len(made)) if made else "none in the profile's own folder"
    return say("{0}; any that was taken elsewhere, until {1} if it is kept {2} days", where, end, days)


def _peer(row: dict[str, Any]) -> str:
    try:
        public = identities.PublicIdentity.from_bytes(bytes(row["identity"]))
    except (TriageError, ValueError):
        return "one whose identity cannot be read"
    return f"{public.name} ({public.organisation})"


def same(session: Session, one: str, other: str, *, linked: bool = True) -> Changes:
    """Say that two records are of one person, who then counts once; or, not ``linked``, take that back.

    Nothing of either is changed or moved. Raises ``BadInput`` for one and the same record, and where one of them was
    erased.
    """
    if one == other:
        raise BadInput("That is one person's record, not two.", "Name two.")
    with session.store.write():
        if linked:
            refuse_to_join_erased(session.store, [one, other])
        label = tlp.strictest([label_of(session, "person", one), label_of(session, "person", other)])
        change = Change("same_as", same_as_id(one, other), "linked", linked, label)
        words = "Recorded that two are one person" if linked else "Recorded that two are not one person"
        return record(session, words, [change], entity=one)


def refuse_to_join_erased(store: Store, people: Sequence[str]) -> None:
    """Raise ``BadInput`` where one of some records was erased: to say that they are one would erase the others."""
    if erasures.joins_somebody_gone(store, people):
        raise BadInput(
            "One of them has been erased, so nobody can tell any more that they are one person.",
            "If the other is to be erased too, erase it itself.",
        )
