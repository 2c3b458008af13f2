"""A mail as evidence: the record that is hashed and kept, and the columns that a responder sees.

One file is one matter. If it is a report of another mail (a phishing button, a forward as attachment),
the columns describe the mail that was reported, and the record holds both.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder
from triage_app.formats.mail_gateways import host_of
from triage_app.formats.mail_headers import first_address, moment, without_comments
from triage_app.formats.mail_message import MOST_DEPTH, Mail
from triage_app.formats.mail_trace import Trace, last_time
from triage_app.formats.secrets import mask_url

SOURCE: Final = "E-mail"
"""The source of every mail, however it was saved: so the same mail is the same matter."""

CATEGORY: Final = "phishing report"
RSIT: Final = "fraud/phishing"
NO_SUBJECT: Final = "(no subject)"
KEY_RULE: Final = "mail/1"
"""A mail without Message-ID is (From, Subject, Date, SHA-256 of the texts of its bodies)."""

SHORT_COVER: Final = 2_000
"""Characters of text up to which a mail with one mail attached is taken for a report of that mail."""

_NOT_CLICKED: Final = frozenset(["picture", "style", "base", "script", "object", "frame"])
_BOUNCES: Final = ("delivery-status", "disposition-notification", "delivery-notification")


@dataclass(frozen=True)
class Found:
    """A mail file: the mail its columns describe, the mails around that one, outermost first, and all others."""

    subject: Mail
    around: tuple[Mail, ...]
    others: tuple[Mail, ...]


def layout_of(format_name: str) -> Layout:
    """Return the layout of mails: no column holds a value word for word, the record is whole in ``rest``."""
    return Layout(format_name, SOURCE, {})


def reported(root: Mail) -> Found:
    """Return which mail of a file is the one reported."""
    around: list[Mail] = []
    subject = root
    while len(around) < MOST_DEPTH * 2 and _is_report(subject):
        around.append(subject)
        subject = subject.attached[0]
    others: list[Mail] = []
    todo = [root]
    while todo:
        mail = todo.pop()
        if mail is not subject and not any(mail is outer for outer in around):
            others.append(mail)
        todo += reversed(mail.attached)
    return Found(subject, tuple(around), tuple(others))


def _is_report(mail: Mail) -> bool:
    if len(mail.attached) != 1 or mail.kind.endswith(_BOUNCES):
        return False
    return mail.kind.startswith("multipart/report") or mail.own_words <= SHORT_COVER


def mail_row(builder: Builder, root: Mail, data: bytes, organisation: str = "") -> list[Any]:
    """Return the columns of one mail; ``data`` is the file it came from, for its hash."""
    found = reported(root)
    mail = found.subject
    trace = mail.trace
    record = as_record(mail, trace)
    record["file"] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    if found.around:
        record["reported_in"] = [as_record(outer, outer.trace) for outer in found.around]
    if found.others:
        record["attached_mails"] = [as_record(other, other.trace) for other in found.others]
    name, address = first_address(mail.headers.raw("from"))
    reference = message_id(mail)
    title = mask_url(mail.headers.value("subject"))
    return builder.row(
        record,
        key=builder.key(reference) if reference else builder.fingerprint(KEY_RULE, _named_by(mail, address or name)),
        seen_at=_seen_at(mail),
        organisation=organisation,
        rsit=RSIT,
        title=title if title.strip() else NO_SUBJECT,
        reference=reference,
        category=CATEGORY,
        host=address.rpartition("@")[2].rstrip(".").lower(),
        user=address,
        src=trace.sender_ip,
        url=mask_url(_first_link(mail)),
        hash=_first_hash(mail),
        detail=_detail(mail, trace, found.around),
    )


def as_record(mail: Mail, trace: Trace) -> dict[str, Any]:
    """Return the raw record of one mail: everything that is kept of it."""
    record: dict[str, Any] = {
        "headers": [header.as_json() for header in mail.headers],
        "bodies": mail.bodies,
        "links": [link.as_json() for link in mail.links.found],
        "attachments": mail.attachments,
        "verdicts": trace.verdicts,
    }
    if trace.checks:
        record["checks"] = trace.checks
    if trace.route:
        record["route"] = trace.route
    if trace.sender_ip:
        record["sender_ip"] = trace.sender_ip
    notes = list(dict.fromkeys(mail.notes))
    if mail.links.left_out:
        notes.append(f"at least {mail.links.left_out} further links were left out")
    if mail.attachments:
        notes.append("the attachments were hashed, not opened and not kept")
    if notes:
        record["notes"] = notes
    return record


def message_id(mail: Mail) -> str:
    """Return a mail's Message-ID without its angle brackets, "" if it has none."""
    written = without_comments(mail.headers.value("message-id"))
    opening, closing = written.find("<"), written.find(">")
    if 0 <= opening < closing:
        written = written[opening + 1 : closing]
    return "".join(written.split())[:1_000]


def _named_by(mail: Mail, sender: str) -> list[str]:
    texts = hashlib.sha256()
    for body in mail.bodies:
        texts.update(body["text"].encode("utf-8", "replace"))
    return [sender, mail.headers.value("subject"), mail.headers.value("date"), texts.hexdigest()]


def _seen_at(mail: Mail) -> int | None:
    """Return when a mail was sent: as it says, else when the last server took it; never a guess."""
    sent = moment(mail.headers.value("date"))
    return sent if sent is not None else last_time(mail.headers)


def _first_link(mail: Mail) -> str:
    """Return the most suspicious link's real target: one that shows another address, else the first to a web place."""
    differing = [link for link in mail.links.found if link.differs]
    clicked = [link for link in mail.links.found if link.kind not in _NOT_CLICKED]
    for link in [*differing, *clicked]:
        if host_of(link.leads_to):
            return link.leads_to
    return ""


def _first_hash(mail: Mail) -> str:
    """Return the hash of the first attachment, of one that is no picture if there is one."""
    files = [item for item in mail.attachments if not item["type"].startswith("image/")] or mail.attachments
    return files[0]["sha256"] if files else ""


def _detail(mail: Mail, trace: Trace, around: tuple[Mail, ...]) -> str:
    """Return 'SPF fail, DKIM none, DMARC fail; 3 links, 1 shows another address; 2 attachments'.

    Links are counted by where they lead: the same link in the text and in the HTML is one.
    """
    links = [link for link in mail.links.found if link.kind not in _NOT_CLICKED]
    said = _count(len({link.target for link in links}) + mail.links.left_out, "link")
    differing = len({link.target for link in links if link.differs})
    if differing:
        said += f", {differing} {'shows' if differing == 1 else 'show'} another address"
    parts = [trace.in_words(), said, _count(len(mail.attachments), "attachment")]
    if around:
        name, address = first_address(around[0].headers.raw("from"))
        parts.append(f"reported by {address or name or 'somebody the report does not name'}")
    return "; ".join(parts)


def _count(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"
