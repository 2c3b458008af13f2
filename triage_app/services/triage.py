"""Working the queue: promote, link, dismiss, snooze, assign. Each is one act and one undo."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from triage_app.domain import corrections, tlp
from triage_app.domain.operations import BATCH_LIMIT
from triage_app.domain.records import DELETED, link_id
from triage_app.errors import BadInput, NotFound
from triage_app.language import plural, say
from triage_app.services import responders
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.recording import creation, decided, record, same_for_all, set_fields
from triage_app.services.session import Session
from triage_app.services.times import in_words
from triage_app.services.typed import MOST_TITLE, read_title
from triage_app.services.vocabularies import dispositions, read_disposition
from triage_app.store import alert_changes, alert_folds, alerts, labels, lookup
from triage_app.store import responders as store_responders
from triage_app.store.journal import BatchChange, Change

WORDS_FROM_SEVERITY: Final = 70
"Dismissing an alert of at least this severity asks for words (DESIGN.md, Rules that keep people safe)."
WORDS_FROM_COUNT: Final = 50
"So does dismissing more than this many at once."


def promote(session: Session, keys: Sequence[str], title: str = "") -> Changes:
    """Open an incident from some alerts (hex keys). Needs nothing else; what is empty is asked at closure."""
    if not keys:
        raise BadInput("No alert is chosen.", "Choose at least one.")
    store = session.store
    with store.write():
        keys = alert_folds.with_parts(store, keys)
        numbers = alerts.numbers_of(store, keys)
        shown = alerts.rows(store, list(numbers.values()))
        worst = max(shown.values(), key=lambda row: row["severity"], default=None)
        label = tlp.DEFAULT_FOR_INCIDENT
        entity, ref, made = creation(session, "incident", label)
        fields = {
            "title": read_title("The title", title) if title else _cut(worst["title"] if worst else "Incident"),
            "status": "open",
            "handler": session.author.responder,
        }
        if worst is not None:
            fields["severity"] = worst["severity"]
        changes: list[Change | BatchChange] = [made, *set_fields(session, "incident", entity, fields, label)]
        changes += same_for_all("link", [link_id(key, entity) for key in keys], "linked", True, label)
        return record(session, say("Promoted to {0}", ref), changes, entity=entity, ref=ref)


def _cut(words: str) -> str:
    """Return an alert's title as an incident's: its source may have written a page."""
    return words if len(words) <= MOST_TITLE else f"{words[: MOST_TITLE - 1]}…"


def link(session: Session, keys: Sequence[str], incident: str) -> Changes:
    """Link some alerts to an incident that is already open."""
    store = session.store
    with store.write():
        found = lookup.one(store, "incident", incident)
        ref = found["ref"] if found else ""
        label = found["tlp"] if found and found["tlp"] else tlp.DEFAULT_FOR_INCIDENT
        ids = [link_id(key, incident) for key in alert_folds.with_parts(store, keys)]
        changes = same_for_all("link", ids, "linked", True, label)
        taken_back = lookup.taken_back_links(store, ids)
        changes += same_for_all("link", taken_back, DELETED, False, label)
        return record(session, say("Merged into {0}", ref), changes, entity=incident, ref=ref)


def unlink(session: Session, keys: Sequence[str], incident: str) -> Changes:
    """Take some alerts out of an incident; they are as they were before they were linked."""
    store = session.store
    with store.write():
        found = lookup.one(store, "incident", incident)
        if found is None:
            raise NotFound("That incident has been taken back.", "Undo that first, or choose another.")
        ids = [link_id(key, incident) for key in alert_folds.with_parts(store, keys)]
        label = found["tlp"] or tlp.DEFAULT_FOR_INCIDENT
        changes = same_for_all("link", ids, "linked", False, label)
        many = plural(len(keys), "1 alert", "{0} alerts").format(len(keys))
        return record(
            session, say("Took {0} out of {1}", many, found["ref"]), changes, entity=incident, ref=found["ref"]
        )


def dismiss(session: Session, keys: Sequence[str], disposition: str, because: str = "") -> Changes:
    """Dismiss some alerts. A disposition is reason enough, except where a person could be harmed.

    Raises ``BadInput`` where words are asked for: high severity, a linked victim, more than fifty.
    """
    code = read_disposition(disposition)
    store = session.store
    with store.write():
        if not because.strip():
            asked = why_words_are_asked(session, keys)
            if asked:
                raise BadInput(
                    say("Dismissing this needs a reason in words: {0}.", asked), "Say why, in a few words.", "words"
                )
        value = {"state": "dismissed", "disposition": code}
        changes = decided(session, keys, value, because.strip())
        name = dispositions()[code].lower()
        what = plural(len(keys), "Dismissed", "Dismissed {0} alerts").format(len(keys))
        return record(session, f"{what}, {name}", changes, entity=keys[0] if len(keys) == 1 else "")


def why_words_are_asked(session: Session, keys: Sequence[str]) -> str:
    """Return why dismissing these asks for words, '' when a disposition is enough."""
    store = session.store
    if len(keys) > WORDS_FROM_COUNT:
        return say("more than {0} at once", WORDS_FROM_COUNT)
    shown = alerts.rows(store, list(alerts.numbers_of(store, keys).values()))
    if any(row["severity"] >= WORDS_FROM_SEVERITY for row in shown.values()):
        return say("its severity is high")
    for key in keys:
        for incident in lookup.incidents_of_alert(store, key):
            if lookup.listing(store, "victim", "v.incident = ?", (incident["id"],)):
                return say("{0} has a victim", incident["ref"])
    return ""


def snooze(session: Session, keys: Sequence[str], until: datetime) -> Changes:
    """Put some alerts aside until a time, when they count as new again."""
    if until <= session.now():
        raise BadInput("That time has passed.", "Give a time to come.")
    value = {"state": "snoozed", "until": milliseconds(until)}
    changes = decided(session, keys, value)
    what = say("Snoozed until {0}", in_words(milliseconds(until)))
    return record(session, what, changes, entity=keys[0] if len(keys) == 1 else "")


def correct(session: Session, key: str, field: str, text: str, because: str = "") -> Changes:
    """Put a field of an alert right: laid over what its source said, now and whenever the file comes again.

    "" takes an earlier correction back. Raises ``BadInput`` for a field or value that cannot be.
    """
    try:
        value = corrections.read(field, text) if text.strip() or field not in corrections.FIELDS else None
    except ValueError as error:
        raise BadInput(say("That correction was not made: {0}.", error), "Give another value.") from None
    name = corrections.journalled(field)
    label = next(iter(labels.of_alerts(session.store, [key])))
    changes = [Change("alert", key, name, value, label, because.strip())]
    said = (
        say("Corrected the {0} of an alert", field)
        if value is not None
        else say("Took back the correction of the {0}", field)
    )
    return record(session, said, changes, entity=key)


def take_in_hand(session: Session, keys: Sequence[str]) -> Changes:
    """Say that oneself is looking at these."""
    return assign(session, keys, session.author.responder)


def assign(session: Session, keys: Sequence[str], responder: str) -> Changes:
    """Say who looks at these: a responder of ours, by id. Those that stand so already are left as they are.

    Raises ``NotFound`` for anybody else, ``BadInput`` where all of them stand so.
    """
    known = {found["id"]: found["name"] for found in responders.of(session.store, session.organisation)}
    own = responder == session.author.responder
    if responder not in known and not own:
        raise NotFound("No responder of this organisation has that name.", "Choose one of those who are offered.")
    held = _held(session, keys, responder)
    keys = [key for key in keys if key not in held]
    if held and not keys:
        if own:
            what = plural(len(held), "You have it in hand already.", "You have all {0} in hand already.")
        else:
            what = plural(len(held), "{1} has it in hand already.", "{1} has all {0} in hand already.")
        raise BadInput(what.format(f"{len(held):,}", known.get(responder, "")), "Nothing was changed.", "unchanged")
    changes = decided(session, keys, {"state": "in hand", "by": responder})
    said = say("Taken in hand") if own else say("Given to {0}", known[responder])
    return record(session, said, changes, entity=keys[0] if len(keys) == 1 else "")


def _held(session: Session, keys: Sequence[str], responder: str) -> set[str]:
    """Return those of some alerts that a responder has in hand; of very many none, as each is looked at by itself."""
    if len(keys) > BATCH_LIMIT:
        return set()
    some = alert_changes.in_hand(session.store, keys)
    return {key for key in some if store_responders.holder_of(session.store, key) == responder}


def read_responder(session: Session, name: str) -> str:
    """Return the id of the one responder of ours whose name begins so, or has a part that does; "me" is oneself.

    Raises ``BadInput`` for none and for several.
    """
    wanted = " ".join(name.casefold().split())
    if wanted == "me":
        return session.author.responder
    return responders.named(responders.of(session.store, session.organisation), wanted)
