"""E-mail as a file (.eml), or several in a mailbox (mbox): what staff forward when they report phishing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from triage_app.domain.evidence import Layout
from triage_app.formats import indicator_prose as prose
from triage_app.formats.building import Builder
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.mail_message import parse
from triage_app.formats.mail_row import layout_of, mail_row
from triage_app.formats.outlook_mail import mail_of
from triage_app.formats.records import Output
from triage_app.formats.registry import Context

FORMAT: Final = "mail"
TITLE: Final = "E-mail (.eml)"
LARGEST: Final = 64_000_000
"""Bytes of a file."""

LAYOUT: Final = layout_of(FORMAT)

_MAIL_ONLY: Final = frozenset(
    [
        "received",
        "from",
        "to",
        "subject",
        "message-id",
        "mime-version",
        "return-path",
        "delivered-to",
        "reply-to",
        "in-reply-to",
        "references",
        "sender",
        "received-spf",
        "authentication-results",
        "dkim-signature",
        "x-original-to",
        "x-mailer",
        "errors-to",
        "list-unsubscribe",
        "list-help",
        "list-post",
        "x-originating-ip",
        "arc-seal",
        "cc",
        "bcc",
        "thread-index",
        "thread-topic",
    ]
)
"""Names that a block of headers has if it is a mail's; "Date" and "Content-Type" stand in other files too."""

_LONE: Final = frozenset(["subject", "received", "return-path", "message-id", "delivered-to"])
"""Names of which one alone, with an empty line after it, makes a mail."""

_MOST_LINES: Final = 400
_LINE = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,80})[ \t]*:(?:[ \t]|\Z|(?=[^/\s]))")
_ENVELOPE = re.compile(r">?From (?!:)\S{1,300}(?:[ \t][^\n]{0,200})?\Z")
_NEXT_MAIL = re.compile(
    rb"\n\r?\nFrom [^\n]{1,200}\b\d{1,2}:\d\d(?::\d\d)?\b[^\n]{0,40}\b(?:19|20)\d\d\b[^\n]{0,20}\n"
    rb"(?=>?[!-9;-~]{1,100}[ \t]*:)"
)


def recognise(head: Head) -> str | None:
    """Return why a file is a mail: it begins with a block of headers, and some are of mail and nothing else."""
    names, strange, ended, envelope = _block(head)
    if not names:
        return None
    telling = [name for name in names if name in _MAIL_ONLY]
    ordinary = [name for name in names if not name.startswith("x-")]
    if strange * 5 > len(names) or (len(telling) * 12 < len(ordinary) and len(telling) < 3):
        return None
    if len(names) == 1 and telling and not ended and not head.complete and not strange:
        return f"E-mail: it begins with the header {names[0]}, which goes on past its first {len(head.text):,} signs."
    if names == ["subject"] and prose.told(head) is not None:
        return None  # a note with a heading
    if len(set(telling)) < 2 and not (telling and telling[0] in _LONE and (ended or not head.complete)):
        return None
    shown = ", ".join(dict.fromkeys(telling[:4]))
    return f"E-mail: {'in a mailbox, ' if envelope else ''}with the headers {shown}."


def _block(head: Head) -> tuple[list[str], int, bool, bool]:
    """Return the names of the first headers, how many lines are none, whether the block ends, and if mbox begins it."""
    names: list[str] = []
    strange, envelope = 0, False
    number = -1
    lines = head.stripped.split("\n")
    if not head.complete and not lines[-1]:
        lines.pop()  # where the text was cut, not an empty line
    for line in lines:
        line = line.rstrip("\r")
        if line[:1] in {" ", "\t"} and names:
            continue  # however long a list of recipients is
        number += 1
        if number >= _MOST_LINES:
            break
        if number == 0 and _ENVELOPE.match(line[:600]):
            envelope = True
        elif not line:
            return names, strange, True, envelope
        elif match := _LINE.match(line):
            names.append(match[1].lower())
        elif not names:
            return [], 0, False, envelope
        else:
            strange += 1
    return names, strange, False, envelope


def layout(head: Head) -> Layout:
    """Return how mails lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send the mail, or each mail of a mailbox, to ``output``."""
    data = source.whole(LARGEST)
    if source.encoding == "utf-16":
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    data = data.removeprefix(b"\xef\xbb\xbf")
    builder = Builder(LAYOUT, "alert", context.organisation)
    for line, mail in _mails(data):
        try:
            row = mail_row(builder, parse(mail, mail_of), mail)
        except ValueError as error:
            output.reject(line, str(error), mail[:65536].decode("latin-1"))
        else:
            output.row(row)


def _mails(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (line, bytes) of each mail of a mailbox; the whole if it is no mailbox."""
    if not data.lstrip()[:6].startswith(b"From "):
        yield 1, data
        return
    place, line = 0, 1
    for match in _NEXT_MAIL.finditer(data):
        begin = data.index(b"From ", match.start())
        yield line, data[place:begin]
        line += data.count(b"\n", place, begin)
        place = begin
    yield line, data[place:]
