"""Taking down by hand what is no file: a telephone call from a ward is an alert too.

It is an import of one record, signed like any other, so it travels, folds, is found and is taken back as they are.
Who told it, how to ring back and what else they said is kept sealed, as a report (``tips``) that is marked as having
become this alert: evidence can never be erased, and a person's name must be. A report that was taken down before
becomes an alert in the same way.
"""

from __future__ import annotations

import json
from typing import Any, Final

from triage_app.domain import severity as severities
from triage_app.domain import tlp
from triage_app.domain.records import CREATED, import_id, new_id
from triage_app.errors import BadInput, TriageError
from triage_app.formats import manual_alert
from triage_app.language import say
from triage_app.services import tips
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.content import keyed_hash
from triage_app.services.precise_times import read_moment
from triage_app.services.recording import record
from triage_app.services.session import Session
from triage_app.services.typed import read_name, read_title
from triage_app.store import alerts, imports
from triage_app.store.journal import Change

MOST_TICKET: Final = 80
USUAL_SEVERITY: Final = "medium"


def take_down(
    session: Session,
    what: str,
    *,
    where: str = "",
    organisation: str = "",
    caller: str = "",
    contact: str = "",
    noticed: str = "",
    severity: str = USUAL_SEVERITY,
    note: str = "",
    channel: str = "telephone",
    ticket: str = "",
    tip: str = "",
) -> Changes:
    """Put an alert into the queue; what it returns names the alert's key. One act, and one undo.

    ``noticed`` is a time as typed, "" for now; ``organisation`` an ODS code, "" for our own; ``severity`` a word.
    ``tip`` is a report taken down before: who told it is kept there already. Raises ``BadInput``; ``NotFound`` for a
    report that was taken back; ``TriageError`` while a file is being taken in.
    """
    title = read_title("What was noticed", what)
    told_to = {"reporter": caller, "contact": contact, "text": note}
    told_to = {name: words for name, words in told_to.items() if words.strip()}
    if tip and told_to:
        raise BadInput("Who told it is kept in its report.", "Put that right in the report.")
    moment = read_moment(noticed.strip() or "now", session.now()).value()
    about = tips.read_organisation(organisation or session.organisation)
    how = tips.read_channel(channel)
    word = _severity(severity)
    place, ticket = read_name("Where", where, needed=False), read_name("The ticket", ticket, needed=False)
    if len(ticket) > MOST_TICKET:
        raise BadInput(say("A ticket is at most {0} characters.", MOST_TICKET), "Give its number alone.")
    store = session.store
    with store.write():
        if imports.unfinished(store):
            raise TriageError("A file is being taken in.", "Wait until it is in, or stop it, and do this again.")
        changes: list[Change] = []
        report = tips.existing(store, tip) if tip else None
        if report is None and told_to:
            report = tips.new(
                session, {"text": title, **told_to, "channel": how, "received": "now", "organisation": about}, changes
            )
        told = manual_alert.Told(
            title, place, about, word, tips.channels()[how], moment, ticket, report["ref"] if report else "", new_id()
        )
        row = manual_alert.row(told)
        key = str(row[1])
        said = _said(session, key, report["ref"] if report else "")  # before it is one of them
        if report is not None:
            changes += tips.became_alert(session, report["id"], key)
        entity, made = _import(session, row, f"{tips.channels()[how]}: {title}"[:200], about)
        ref = report["ref"] if report else ""
        done = record(session, said, [*made, *changes], entity=entity, ref=ref)
        return Changes(done.act, done.label, key, done.ref, done.touched | {("alert", "")})


def _import(session: Session, row: list[Any], name: str, organisation: str) -> tuple[str, list[Change]]:
    """Store one record as an import and return its id and the changes that sign it; inside ``store.write()``."""
    store, now, nonce = session.store, milliseconds(session.now()), new_id()
    entity = import_id(session.device, nonce)
    text = json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass")
    content = keyed_hash(session, text)
    about = imports.Source(name, manual_alert.FORMAT, len(text), content, organisation)
    loading = imports.Loading(store, entity, about, now, 1)
    loading.add([row], loading.layout(manual_alert.LAYOUT))
    told = {"why": "Taken down by hand.", "source": manual_alert.SOURCE, "kinds": {"alert": 1}}
    done = loading.finish(now, 0, 0, "", content, json.dumps(told, sort_keys=True))
    described = {
        "name": name, "size": len(text), "keyed_hash": content, "format": manual_alert.FORMAT,
        "source": manual_alert.SOURCE, "organisation": organisation, "records": done.records, "new": done.new,
        "repeats": done.repeats, "rejected": 0,
    }  # fmt: skip
    root = {"leaves": done.leaves, "nonce": nonce, "root": done.root}
    return entity, [
        Change("import", entity, CREATED, {}, tlp.GREEN),
        Change("import", entity, "record", described, tlp.DEFAULT_FOR_EVIDENCE),
        Change("import", entity, "root", root, tlp.GREEN),
    ]


def _said(session: Session, key: str, ref: str) -> str:
    """Return what is said of an act: that there is an alert more, or that one here was told of again."""
    numbers = alerts.numbers_of(session.store, [key])
    of = say(", report {0}", ref) if ref else ""
    if key not in numbers:
        return say("Took down an alert{0}", of)
    state = alerts.rows(session.store, [numbers[key]])[numbers[key]]["state"]
    return say("Told again of the alert with that ticket, which is {0}{1}", state, of)


def _severity(text: str) -> str:
    """Return one of our own words for how bad it is. Raises ``BadInput``."""
    known = [word.lower() for word, _ in severities.vocabulary().bands]
    word = text.strip().lower()
    if word not in known:
        raise BadInput(say("“{0}” is no severity.", text[:40]), say("Use one of: {0}.", ", ".join(known)))
    return word
