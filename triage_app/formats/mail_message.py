"""One mail, taken apart: its headers, its bodies as text, its links, its attachments as hashes, the mails inside.

It is taken apart with a list of what is still to do and never by a function that calls itself, so that a
mail nested 10,000 times is read as deep as ``MOST_DEPTH``. (The standard library's parser recurses, and
compares each line with every boundary that is open.) An attachment is hashed and forgotten: never
opened, never kept.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.formats.mail_coding import clean, decoded, decoded_words, from_transfer, one_line
from triage_app.formats.mail_headers import Headers, read_block
from triage_app.formats.mail_links import Links, read_html
from triage_app.formats.mail_parameters import content_of
from triage_app.formats.mail_trace import Trace, trace
from triage_app.formats.secrets import mask_headers

MOST_PARTS: Final = 1_000
MOST_DEPTH: Final = 20
MOST_BODY: Final = 1_000_000
"""Characters of one body that are kept."""

MOST_BODIES: Final = 4_000_000
"""Characters of all the bodies of one file together."""

MOST_OUTLOOK: Final = 5
"""Outlook messages attached to one mail that are opened."""

_BOUNDARY_MOST: Final = 250
_TEXTS: Final = frozenset(
    ["text/plain", "text/html", "text/enriched", "text/rfc822-headers", "message/delivery-status",
     "message/feedback-report", "message/disposition-notification"]
)  # fmt: skip
_HEADERS_ALONE: Final = frozenset(["text/rfc822-headers", "message/delivery-status", "message/feedback-report"])
_MAILS: Final = frozenset(["message/rfc822", "message/global", "message/news"])
_OUTLOOK: Final = b"\xd0\xcf\x11\xe0"
_ENVELOPE = re.compile(rb">?From (?![ \t]*:)")
_LOOKS_LIKE_HEADER = re.compile(rb"\s{0,20}(?:From |>From |[!-9;-~]{1,100}[ \t]*:)")


@dataclass
class Mail:
    """One mail, and the mails attached to it."""

    headers: Headers = field(default_factory=Headers)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    links: Links = field(default_factory=Links)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    attached: list[Mail] = field(default_factory=list)
    kind: str = ""
    "Its content type, and the kind of report if it is one: 'multipart/report feedback-report'."

    @property
    def trace(self) -> Trace:
        """What servers wrote into its headers."""
        return trace(self.headers)

    @property
    def own_words(self) -> int:
        """How many characters of text it holds itself."""
        return sum(len(body["text"]) for body in self.bodies if body["type"] in {"text/plain", "text/html"})


@dataclass
class Budget:
    """What may still be read of one file."""

    parts: int = MOST_PARTS
    characters: int = MOST_BODIES


@dataclass(frozen=True)
class _Piece:
    """A stretch of bytes still to be read: a whole mail, or one part of ``mail``."""

    mail: Mail
    data: bytes
    start: int
    end: int
    depth: int
    whole: bool


def parse(untrusted_data: bytes, open_outlook: Callable[[bytes], Mail | None] | None = None) -> Mail:
    """Return a mail taken apart, as far as it goes; raises nothing.

    ``open_outlook`` makes a mail of an attached Outlook message, or returns None.
    """
    if b"\n" not in untrusted_data and b"\r" in untrusted_data:
        untrusted_data = untrusted_data.replace(b"\r", b"\n")
    root = Mail()
    budget = Budget()
    todo = [_Piece(root, untrusted_data, 0, len(untrusted_data), 0, True)]
    while todo:
        if not budget.parts:
            root.notes.append(f"more than {MOST_PARTS} parts; the rest was not looked at")
            break
        budget.parts -= 1
        todo += reversed(_read(todo.pop(), budget, open_outlook))
    return root


def _read(piece: _Piece, budget: Budget, open_outlook: Callable[[bytes], Mail | None] | None) -> list[_Piece]:
    """Read one piece, and return what is inside it, in its order."""
    mail, data, start, end = piece.mail, piece.data, piece.start, piece.end
    if piece.whole:
        start = _after_envelope(data, start, end)
    headers, body = read_block(data, start, end, mail.notes)
    content = content_of(headers)
    if piece.whole:
        mail.headers = headers
        mail.kind = f"{content.type} {content.parameters.get('report-type', '')}".strip().lower()
    too_deep = piece.depth >= MOST_DEPTH
    if content.type.startswith("multipart/"):
        parts = [] if too_deep else _split(data, body, end, content.parameters.get("boundary", ""), mail.notes)
        if parts:
            return [_Piece(mail, data, first, last, piece.depth + 1, False) for first, last in parts]
        mail.notes.append("parts inside parts, too deep to be read" if too_deep else "parts announced, but none begins")
        add_body(mail, "text/plain", "", data[body:end], budget)
        return []
    raw, sound = from_transfer(data[body:end], content.encoding)
    if not sound:
        mail.notes.append(f"a part is not soundly encoded as {content.encoding[:40]}")
    if content.type in _TEXTS and not content.name and content.disposition != "attachment":
        add_body(mail, content.type, content.parameters.get("charset", ""), raw, budget)
        return []
    if not raw and not content.name and piece.whole:
        return []
    add_attachment(mail, content.name, content.type, raw)
    named = content.name.lower().endswith(".eml") and content.type.startswith("application/")
    if (content.type in _MAILS or named) and _LOOKS_LIKE_HEADER.match(raw):
        if too_deep:
            mail.notes.append("mails inside mails, too deep to be read")
            return []
        inner = Mail()
        mail.attached.append(inner)
        return [_Piece(inner, raw, 0, len(raw), piece.depth + 1, True)]
    if open_outlook is not None and raw.startswith(_OUTLOOK) and len(mail.attached) < MOST_OUTLOOK:
        opened = open_outlook(raw)
        if opened is not None:
            mail.attached.append(opened)
    return []


def _after_envelope(data: bytes, start: int, end: int) -> int:
    """Return where the headers of a mail begin: after empty lines and the "From " line of a mailbox."""
    while start < end:
        after = data.find(b"\n", start, end) + 1 or end
        line = data[start : min(after, start + 300)]
        if line.strip() and not _ENVELOPE.match(line):
            break
        start = after
    return start


def _split(data: bytes, start: int, end: int, boundary: str, notes: list[str]) -> list[tuple[int, int]]:
    """Return where the parts of a multipart body begin and end; at most ``MOST_PARTS`` + 1."""
    mark = boundary[:_BOUNDARY_MOST].rstrip().encode("utf-8", "replace")
    if not mark:
        return []
    line = re.compile(rb"\n--" + re.escape(mark) + rb"(--)?+[ \t]*+\r?(?=\n|\Z)")
    parts: list[tuple[int, int]] = []
    begun = -1
    first = max(start - 1, 0)  # the line feed before the first line belongs to the headers
    for match in line.finditer(data, first, end):
        if begun >= 0:
            last = match.start()
            parts.append((begun, max(begun, last - (data[last - 1 : last] == b"\r"))))
        begun = min(match.end() + 1, end)
        if match[1] or len(parts) > MOST_PARTS:
            begun = -1
            break
    if begun >= 0:
        notes.append("the last part does not end")
        parts.append((begun, end))
    return parts


def add_body(mail: Mail, kind: str, charset: str, raw: bytes, budget: Budget) -> None:
    """Add a body as text, HTML as the text that it shows; its links are kept beside it."""
    most = min(MOST_BODY, budget.characters)
    longer = len(raw) > most * 4
    text = clean(decoded(raw[: most * 4], charset, cut=longer))
    cut = longer or len(text) > most
    text = text[:most]
    if kind in _HEADERS_ALONE:
        text = mask_headers(text)
    if kind == "text/html":
        text = read_html(text, mail.links)
        mail.links.add_from_text(text)
    else:
        text = text.replace("\r\n", "\n").rstrip()
        mail.links.add_from_text(text)
    budget.characters -= len(text)
    body: dict[str, Any] = {"type": kind, "text": text, "size": len(raw)}
    if charset:
        body["charset"] = one_line(clean(charset))[:60]
    if cut or kind == "text/html":
        body["sha256"] = hashlib.sha256(raw).hexdigest()
    if cut:
        body["cut"] = f"only the first {most} characters were read"
    if text or kind == "text/html" or cut:
        mail.bodies.append(body)


def add_attachment(mail: Mail, name: str, kind: str, raw: bytes) -> None:
    """Add what is to be known of an attachment: its name as it says, its type as it says, its size and hashes.

    The name is text and never a path; the bytes are not kept.
    """
    mail.attachments.append(
        {
            "name": one_line(clean(decoded_words(name)))[:500],
            "type": one_line(clean(kind))[:200],
            "size": len(raw),
            "sha256": hashlib.sha256(raw).hexdigest(),
            "sha1": hashlib.sha1(raw, usedforsecurity=False).hexdigest(),
            "md5": hashlib.md5(raw, usedforsecurity=False).hexdigest(),
        }
    )
