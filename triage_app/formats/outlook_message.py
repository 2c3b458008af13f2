"""A mail saved from Outlook (.msg): the same row as the same mail saved as .eml."""

from __future__ import annotations

from typing import Final

from triage_app.domain.evidence import Layout
from triage_app.errors import BadFile
from triage_app.formats.building import Builder
from triage_app.formats.compound_file import MAGIC
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.mail_row import layout_of, mail_row
from triage_app.formats.outlook_mail import PROPERTIES, mail_of
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.language import say

FORMAT: Final = "outlook-message"
TITLE: Final = "Outlook message (.msg)"
LARGEST: Final = 64_000_000
"""Bytes of a file."""

LAYOUT: Final = layout_of(FORMAT)

_NAME: Final = PROPERTIES.encode("utf-16-le")
_DIRECTORY_AT: Final = 48


def recognise(head: Head) -> str | None:
    """Return why a file is an Outlook message: an OLE file whose directory names a list of message properties."""
    if not head.prefix.startswith(MAGIC):
        return None
    if _NAME in head.prefix:
        return "Outlook message: an OLE file with the properties of a message."
    if not head.complete and _directory(head.prefix) >= len(head.prefix):
        return "Outlook message, it seems: an OLE file whose table of contents comes later."
    return None


def _directory(prefix: bytes) -> int:
    """Return at which byte the directory begins, as the file says."""
    size = 4096 if prefix[30:31] == b"\x0c" else 512
    return (int.from_bytes(prefix[_DIRECTORY_AT : _DIRECTORY_AT + 4], "little") + 1) * size


def layout(head: Head) -> Layout:
    """Return how Outlook messages lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send the mail to ``output``; raise ``BadFile`` if the file holds none that can be read."""
    data = source.whole(LARGEST)
    mail = mail_of(data)
    if mail is None:
        raise BadFile(
            say("{0} is no Outlook message, or too damaged to be read.", context.name),
            "Open it in Outlook, save it again, and import that; a Word or Excel file cannot be imported.",
        )
    try:
        row = mail_row(Builder(LAYOUT, "alert", context.organisation), mail, data)
    except ValueError as error:
        output.reject(1, str(error), "")
    else:
        output.row(row)
