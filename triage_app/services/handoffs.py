"""Handing an incident, a victim or a support action to another body: offered, and held until it is accepted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from triage_app.domain import handoffs as rules
from triage_app.domain.affected import controls
from triage_app.domain.handoffs import ACCEPTED, OFFERED, REFUSED, RETURNED, TELEPHONED, WAYS, Handoff, Held, Party
from triage_app.errors import BadInput, NotFound
from triage_app.language import say
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.recording import creation, record, set_fields
from triage_app.services.session import Session
from triage_app.services.times import AHEAD, in_words, read_time, refuse_to_come
from triage_app.services.victim_record import read_value
from triage_app.services.vocabularies import kept, vocabulary
from triage_app.store import labels, lookup
from triage_app.store.connection import Store
from triage_app.store.journal import Change

KINDS = ("incident", "victim", "action")


@kept
def bodies() -> dict[str, str]:
    """Return the bodies that are offered by name: code → name."""
    return {item["code"]: item["name"] for item in vocabulary("bodies")["bodies"]}


def offer(
    session: Session, kind: str, about: str, body: str, *, person: str = "", note: str = "", at: str = ""
) -> Changes:
    """Offer something to another body. It stays with its giver, which is whoever holds it now, until that accepts.

    Raises ``BadInput`` where that body holds it, or has an open offer of it; ``NotFound``.
    """
    taker = Party(_name("body", body, needed=True), _name("person", person))
    now = session.now()
    moment = read_time(at, now) if at.strip() else now
    refuse_to_come(moment, now)
    words = read_value("sharing", note)
    store = session.store
    with store.write():
        what = _existing(store, kind, about)
        held = holder(store, kind, about)
        giver = held.holder
        if not giver.person and giver.key == Party(session.organisation).key:
            giver = Party(giver.body, session.responder_name)
        if taker.key == giver.key:
            raise BadInput(say("{0} holds {1} already.", taker.body, what["ref"]), "Name another body to hand it to.")
        for one in listing(store, about):
            if one["answer"] == OFFERED and Party(one["to_body"]).key == taker.key:
                raise BadInput(
                    say("{0} has been offered to {1} already, and nobody has answered.", what["ref"], taker.body),
                    "Log their answer, or withdraw that offer by refusing it for them.",
                )
        label = labels.effective(store, kind, about)
        fixed = {
            "kind": kind, "about": about, "from_body": giver.body, "from_person": giver.person,
            "to_body": taker.body, "to_person": taker.person, "at": milliseconds(moment),
        }  # fmt: skip
        entity, _, made = creation(session, "handoff", label, fixed)
        changes: list[Change] = [made]
        if words:
            changes += set_fields(session, "handoff", entity, {"note": words}, label)
        return record(
            session, say("Offered {0} to {1}", what["ref"], taker.name), changes, entity=entity, ref=what["ref"]
        )


def accept(session: Session, handoff: str, by: str, *, at: str = "", how: str = TELEPHONED) -> Changes:
    """Record that an offer was accepted: by whom, when, and whether it came back or was telephoned."""
    name = _name("person", by, needed=True)
    return _answer(session, handoff, ACCEPTED, name, at, how, "", (OFFERED,))


def refuse(
    session: Session, handoff: str, reason: str, *, by: str = "", at: str = "", how: str = TELEPHONED
) -> Changes:
    """Record that an offer was refused, with the reason that was given."""
    return _answer(
        session,
        handoff,
        REFUSED,
        _name("person", by),
        at,
        how,
        _reason(reason, REFUSED),
        (OFFERED,),
    )


def give_back(session: Session, handoff: str, reason: str, *, by: str = "", at: str = "",
              how: str = TELEPHONED) -> Changes:  # fmt: skip
    """Record that what was accepted came back to its giver, with the reason."""
    return _answer(
        session,
        handoff,
        RETURNED,
        _name("person", by),
        at,
        how,
        _reason(reason, RETURNED),
        (ACCEPTED,),
    )


def _answer(
    session: Session, handoff: str, answer: str, by: str, at: str, how: str, reason: str, may_be: tuple[str, ...]
) -> Changes:
    way = how.strip().lower().replace("-", " ")
    if way not in WAYS:
        raise BadInput(say("“{0}” is no way an answer comes.", how[:40]), say("Use {0}.", " or ".join(WAYS)))
    now = session.now()
    moment = read_time(at, now) if at.strip() else now
    refuse_to_come(moment, now)
    store = session.store
    with store.write():
        found = one(store, handoff)
        what = _existing(store, found["about_kind"], found["about"])
        if found["answer"] not in may_be:
            stands = found["answer"] or "offered, and nobody has answered"
            raise BadInput(
                say("That hand-off is {0}.", stands), "Offer it anew, or undo what was recorded.", "answered"
            )
        when = milliseconds(moment)
        first = found["offered_at"] if answer != RETURNED else found["accepted_at"]
        if first is not None and when < first:
            # Laptops' clocks differ, and a minute that is typed has no seconds: neither may refuse a true answer.
            if at.strip() and first - when > AHEAD / timedelta(milliseconds=1):
                verb = "accepted" if answer == RETURNED else "offered"
                what_and_when = say("{0} is before {1}, when it was {2}.", in_words(when), in_words(first), verb)
                raise BadInput(what_and_when, "Check both times.")
            when = first
        value: dict[str, Any] = {"answer": answer, "at": when, "by": by, "how": way}
        if answer == ACCEPTED:
            value |= {"accepted_at": when, "accepted_by": by}
        elif answer == RETURNED:
            value |= {"accepted_at": found["accepted_at"], "accepted_by": found["accepted_by"]}
        label = labels.effective(store, "handoff", handoff)
        fields: dict[str, Any] = {"answer": value}
        if reason:
            fields["reason"] = reason
        changes = set_fields(session, "handoff", handoff, fields, label)
        told = say("{0} {1} by {2}", what["ref"], answer, found["to_body"])
        return record(session, told, changes, entity=handoff, ref=what["ref"])


# -- reading ---------------------------------------------------------------------------------------------------


def holder(store: Store, kind: str, about: str) -> Held:
    """Return who holds something now: exactly one name. What belongs to something else goes along with it, unless it
    was handed over itself.
    """
    row = lookup.one(store, kind, about)
    first = Party("not known here")
    inherited: list[Handoff] = []
    if row is not None:
        first = Party(str(row["ref"]).partition("-")[0] or "not known here", _person_of(store, kind, row))
        over = {"victim": [row.get("incident")], "action": [row.get("victim"), row.get("incident")]}.get(kind, [])
        inherited = [as_value(found) for name in over if name for found in listing(store, str(name))]
    return rules.fold(first, [as_value(found) for found in listing(store, about)], inherited)


def _person_of(store: Store, kind: str, row: dict[str, Any]) -> str:
    if kind != "incident":
        return str(row.get("owner") or "")
    return lookup.name_of_responder(store, str(row["handler"]))


def as_value(row: dict[str, Any]) -> Handoff:
    """Return a hand-off of ``lookup`` as the fold takes it."""
    return Handoff(
        row["id"], Party(row["from_body"], row["from_person"]), Party(row["to_body"], row["to_person"]),
        row["offered_at"] or 0, row["answer"], row["accepted_at"], row["accepted_by"], row["answered_at"], row["hlc"],
    )  # fmt: skip


def listing(store: Store, about: str = "") -> list[dict[str, Any]]:
    """Return the hand-offs of one thing, or all of them, the oldest first."""
    where, parameters = ("h.about = ?", (about,)) if about else ("", ())
    return lookup.listing(store, "handoff", where, parameters, "h.offered_at, h.id")


def one(store: Store, handoff: str) -> dict[str, Any]:
    """Return one hand-off; raise ``NotFound``."""
    found = lookup.one(store, "handoff", handoff.strip().lower())
    if found is None:
        raise NotFound("There is no such hand-off.", "“triage handoff list” shows those there are.")
    return found


def _existing(store: Store, kind: str, about: str) -> dict[str, Any]:
    if kind not in KINDS:
        raise BadInput(say("A {0} is not handed over.", kind), say("Hand over one of: {0}.", ", ".join(KINDS)))
    found = lookup.one(store, kind, about)
    if found is None:
        raise NotFound(say("That {0} has been taken back.", kind), "Undo that first, or choose another.")
    return found


def _name(what: str, text: str, *, needed: bool = False) -> str:
    words = " ".join(text.split())
    if needed and not words:
        raise BadInput(
            "A hand-off names who takes it." if what == "body" else "An acceptance has a name.",
            "Give the body's name or code." if what == "body" else "Say who accepted it.",
        )
    if len(words) > rules.MOST_NAME or controls(words):
        raise BadInput(
            say("That is no name of a {0}.", what), say("Use plain words, at most {0} characters.", rules.MOST_NAME)
        )
    return words


def _reason(text: str, answer: str) -> str:
    words = str(read_value("sharing", text))
    if not words:
        needs = "Refusing a hand-off needs a reason." if answer == REFUSED else "Returning a hand-off needs a reason."
        raise BadInput(needs, "Say in a few words why.")
    return words
