"""The custody form of an attachment: what was taken, by whom, and through whose hands it went, for print.

Made of rows of words, so that the printed page and the plain text say the same. Nothing of it is markup.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.attachments import DESTROYED, EXPORTED, HANDED, RECEIVED, RETURNED, VERIFIED, incident_of
from triage_app.domain.indicators import visible
from triage_app.language import in_english, say
from triage_app.services.attachments import Attachment, moment_words, one, views
from triage_app.services.changes import milliseconds
from triage_app.services.session import Session
from triage_app.services.times import in_words
from triage_app.store import labels, lookup

EVENT_WORDS: Final = {
    HANDED: "Handed over", RECEIVED: "Received", RETURNED: "Returned", EXPORTED: "Exported", VERIFIED: "Verified",
    DESTROYED: "Destroyed",
}  # fmt: skip
NOT_RECORDED: Final = "not recorded"
BLANK_LINES: Final = 4
"Rows left empty on paper, for hands that have no laptop."


@dataclass(frozen=True)
class CustodyForm:
    """A form as rows of plain words, what is hidden in them made visible."""

    title: str
    label: str
    "The TLP label that stands on every page."
    facts: list[tuple[str, str]]
    custody: list[tuple[str, str, str, str]]
    "(when, what, who, more) in the order in which it happened."
    looked: list[tuple[str, str, str]]
    "(when, what, who): who looked at the record on this laptop."
    foot: str


@in_english
def form_of(session: Session, attachment: str) -> CustodyForm:
    """Return the custody form of an attachment; raise ``NotFound`` where it has been taken back."""
    store = session.store
    shown = one(store, attachment)
    row = shown.row
    incident = lookup.one(store, "incident", incident_of(attachment)) or {"ref": "", "title": ""}
    size = NOT_RECORDED if row["size"] is None else f"{row['size']:,} bytes"
    holds = shown.holder if shown.is_confirmed else say("{0} (receipt not recorded yet)", shown.holder)
    facts = [
        ("Reference", row["ref"]),
        ("Incident", f"{incident['ref']} {incident['title']}".strip()),
        ("File name as it was", row["name"]),
        ("Size", size),
        ("SHA-256", row["sha256"] or NOT_RECORDED),
        ("Taken by", f"{row['taken_by']} ({row['role'] or 'role not recorded'})"),
        ("Taken at", moment_words(row["taken_at"])),
        ("Where", row["place"] or NOT_RECORDED),
        ("From what, and how", row["source"] or NOT_RECORDED),
        ("What it is", row["description"] or NOT_RECORDED),
        ("Held by", holds),
        ("Bytes", shown.state),
        ("Legal hold", f"yes: {row['hold_because']}" if row["hold"] else "no"),
    ]
    return CustodyForm(
        f"Chain of custody of {row['ref']}",
        labels.effective(store, "attachment", attachment),
        [(name, visible(words)) for name, words in facts],
        [first_line(shown), *(line(said) for said in shown.custody)],
        [(in_words(said["at"]), visible(said["what"]), visible(said["who"])) for said in views(store, attachment)],
        f"Printed {in_words(milliseconds(session.now()))} by {visible(session.responder_name)} on {session.tag}. "
        "The entries are signed in the journal of the laptop that wrote each.",
    )


def first_line(shown: Attachment) -> tuple[str, str, str, str]:
    """Return the taking itself as the first line of the chain."""
    row = shown.row
    return (
        moment_words(row["taken_at"]),
        say("Taken"),
        visible(row["taken_by"] or say(NOT_RECORDED)),
        visible(row["place"]),
    )


def line(said: dict[str, Any]) -> tuple[str, str, str, str]:
    """Return one entry of the chain in words: (when, what, who, more)."""
    giver, receiver, nobody = said["from"], said["to"], say(NOT_RECORDED)
    who = say("{0} to {1}", giver or nobody, receiver or nobody) if receiver or giver else said["who"]
    if said["event"] in (VERIFIED, DESTROYED):
        who = giver or said["who"]
    if said["event"] == RECEIVED:
        who = say("{0} from {1}", receiver or nobody, giver or nobody)
    parts = (
        said["outcome"], said["place"], say("seal {0}", said["seal"]) if said["seal"] else "", said["reason"],
        say("corrected since") if said["is_corrected"] else "",
        say("taken back since, so it does not count") if said["taken_back"] else "",
        say("recorded by {0}", said["who"]),
    )  # fmt: skip
    what = say(EVENT_WORDS.get(said["event"], said["event"]))
    return moment_words(said["at"]), visible(what), visible(who), visible("; ".join(part for part in parts if part))


@in_english
def as_text(form: CustodyForm) -> str:
    """Return a form as plain text."""
    width = max(len(name) for name, _ in form.facts)
    lines = [form.label, form.title, "=" * len(form.title), ""]
    lines += [f"{name:<{width}}  {words}" for name, words in form.facts]
    lines += ["", "Custody", "-------"]
    for when, what, who, more in form.custody:
        lines += [f"{when}  {what}: {who}", *([f"    {more}"] if more else [])]
    lines += ["", "Views and exports on this laptop", "--------------------------------"]
    lines += [f"{when}  {what}: {who}" for when, what, who in form.looked] or ["none noted"]
    lines += ["", form.foot, form.label]
    return "\n".join(lines) + "\n"
