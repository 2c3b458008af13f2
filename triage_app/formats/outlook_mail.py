"""An Outlook message ([MS-OXMSG]) as a mail like any other.

The container is read by ``compound_file``, which always comes to an end; what the properties in it mean
is oxmsg's to say. It trusts what it reads, so whatever it raises over a property counts as that
property's being absent, and the text is then looked for in the message itself.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar

from triage_app.formats.compound_file import BrokenFile, CompoundFile, Entry
from triage_app.formats.mail_headers import header, read_block
from triage_app.formats.mail_message import MOST_DEPTH, Budget, Mail, add_attachment, add_body, parse

if TYPE_CHECKING:
    from oxmsg.properties import Properties
    from oxmsg.storage import Storage

PROPERTIES: Final = "__properties_version1.0"
MOST_PROPERTIES: Final = 64 * 1024
"""Bytes of a list of properties that are looked at, sixteen each."""

MOST_MAILS: Final = 100
MOST_ATTACHMENTS: Final = 1_000

_OFFSETS: Final = {"message": 32, "inside": 24, "attachment": 8}
"""Where the properties begin in their stream: [MS-OXMSG] 2.4.1."""

_FAULTS: Final = (
    ValueError, LookupError, TypeError, AttributeError, AssertionError, ArithmeticError, OSError, RecursionError,
    MemoryError, struct.error,
)  # fmt: skip
"""What oxmsg and the codecs may raise over a hostile property, beside oxmsg's own two."""

_SUBJECT, _BODY, _HTML, _RTF, _HEADERS = 0x0037, 0x1000, 0x1013, 0x1009, 0x007D
_MESSAGE_ID, _SUBMITTED, _DELIVERED = 0x1035, 0x0039, 0x0E06
_SENDER_NAME, _SHOWN_TO, _SHOWN_CC, _REPORT_CLASS = 0x0C1A, 0x0E04, 0x0E03, 0x001A
_SENDER_ADDRESSES: Final = (0x5D01, 0x0C1F, 0x5D02, 0x0065)
_DATA, _LONG_NAME, _SHORT_NAME, _SHOWN_NAME, _MIME = 0x3701, 0x3707, 0x3704, 0x3001, 0x370E
_EMBEDDED: Final = "__substg1.0_3701000D"
_ATTACHMENT: Final = "__attach_version1.0_#"
_VERSION_LINE: Final = "Microsoft Mail Internet Headers Version"

T = TypeVar("T")


@dataclass
class _Bag:
    """The properties of one message or attachment."""

    storage: Storage
    properties: Properties

    def text(self, number: int) -> str:
        """Return a text, "" for none."""
        value = _ask(lambda: self.properties.str_prop_value(number))
        if isinstance(value, str) and value:
            return value.replace("\0", "")
        for suffix, charset in (("001F", "utf-16-le"), ("001E", "cp1252")):
            raw = self.stream(f"__substg1.0_{number:04X}{suffix}")
            if raw:
                return raw.decode(charset, "replace").replace("\0", "")
        return ""

    def binary(self, number: int) -> bytes:
        """Return bytes, b"" for none."""
        return self.stream(f"__substg1.0_{number:04X}0102")

    def stream(self, name: str) -> bytes:
        """Return a stream by its name, b"" if there is none."""
        return next((stream.bytes_ for stream in self.storage.streams if stream.name == name), b"")

    def moment(self, number: int) -> str:
        """Return a time as mail writes it, "" for none."""
        value = _ask(lambda: self.properties.date_prop_value(number))
        if not isinstance(value, datetime):
            return ""
        return value.astimezone(UTC).isoformat(" ", "seconds")

    def encoding(self) -> str:
        """Return the name of the charset of the body."""
        value = _ask(lambda: self.properties.body_encoding)
        return value if isinstance(value, str) else ""


def _ask(question: Callable[[], T]) -> T | None:
    """Return what oxmsg says, None if it breaks down over it."""
    from oxmsg.domain.model import UnrecognizedCodePageError, UnsupportedEncodingError

    try:
        return question()
    except (UnrecognizedCodePageError, UnsupportedEncodingError, *_FAULTS):
        return None


def mail_of(untrusted_data: bytes) -> Mail | None:
    """Return an Outlook message as a mail; None for another compound file, or one that cannot be followed."""
    try:
        storage = _storage(CompoundFile(untrusted_data))
    except BrokenFile:
        return None
    if not any(stream.name == PROPERTIES for stream in storage.streams):
        return None
    root = Mail()
    budget = Budget()
    todo: list[tuple[Mail, Storage, str, int]] = [(root, storage, "message", 0)]
    mails = 0
    while todo:
        mail, folder, place, depth = todo.pop()
        mails += 1
        if mails > MOST_MAILS or depth > MOST_DEPTH:
            root.notes.append("mails inside mails, too many or too deep to be read")
            continue
        _read(mail, _bag(folder, place), budget)
        inside: list[tuple[Mail, Storage, str, int]] = []
        attachments = [item for item in folder.storages if item.name.startswith(_ATTACHMENT)]
        for attachment in attachments[:MOST_ATTACHMENTS]:
            embedded = _attachment(mail, attachment)
            if embedded is not None:
                inside.append((mail.attached[-1], embedded, "inside", depth + 1))
        if len(attachments) > MOST_ATTACHMENTS:
            mail.notes.append(f"more than {MOST_ATTACHMENTS} attachments; the rest was not looked at")
        todo += reversed(inside)
    return root


def _storage(compound: CompoundFile) -> Storage:
    """Return the whole file as oxmsg knows it; raise ``BrokenFile`` if its streams are larger than it can hold."""
    from oxmsg.storage import Storage, Stream

    streams: dict[tuple[str, ...], list[Stream]] = {(): []}
    children: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for entry in compound.entries:
        if entry.folder:
            streams.setdefault(entry.path, [])
            children.setdefault(entry.path[:-1], []).append(entry.path)
        else:
            streams.setdefault(entry.path[:-1], []).append(Stream(_path(entry), _content(compound, entry)))
    built: dict[tuple[str, ...], Storage] = {}
    for path in sorted(streams, key=len, reverse=True):
        inside = tuple(built[child] for child in dict.fromkeys(children.get(path, ())) if child in built)
        built[path] = Storage("/".join(path), tuple(streams[path]), inside)
    return built[()]


def _path(entry: Entry) -> str:
    return "/".join(entry.path)


def _content(compound: CompoundFile, entry: Entry) -> bytes:
    data = compound.stream(entry)
    return data[:MOST_PROPERTIES] if entry.path[-1] == PROPERTIES else data


def _bag(storage: Storage, place: str) -> _Bag:
    from oxmsg.properties import Properties

    return _Bag(storage, Properties(storage, properties_header_offset=_OFFSETS[place]))


def _read(mail: Mail, bag: _Bag, budget: Budget) -> None:
    """Fill a mail from the properties of a message."""
    written = bag.text(_HEADERS)
    if written.startswith(_VERSION_LINE):
        written = written.partition("\n")[2]
    raw = written.encode("utf-8", "replace")
    mail.headers, _ = read_block(raw, 0, len(raw), mail.notes)
    _add_missing(mail, bag)
    mail.kind = bag.text(_REPORT_CLASS)[:100].lower()
    text, html = bag.text(_BODY), bag.binary(_HTML)
    if text:
        add_body(mail, "text/plain", "utf-8", text.encode("utf-8", "replace"), budget)
    if html:
        add_body(mail, "text/html", bag.encoding(), html, budget)
    elif bag.text(_HTML):
        add_body(mail, "text/html", "utf-8", bag.text(_HTML).encode("utf-8", "replace"), budget)
    elif not text and bag.binary(_RTF):
        mail.notes.append("its text is kept only as RTF, which was not read")


def _add_missing(mail: Mail, bag: _Bag) -> None:
    """Add what Outlook keeps beside the headers, where they do not say it themselves."""
    addresses = [bag.text(number) for number in _SENDER_ADDRESSES]
    address = next((text for text in addresses if "@" in text), "")
    name = bag.text(_SENDER_NAME).replace('"', "'").replace("\\", "/")
    sender = f'"{name}" <{address}>' if address else name
    kept = {
        "From": sender,
        "To": bag.text(_SHOWN_TO),
        "Cc": bag.text(_SHOWN_CC),
        "Subject": bag.text(_SUBJECT),
        "Message-ID": bag.text(_MESSAGE_ID),
        "Date": bag.moment(_SUBMITTED) or bag.moment(_DELIVERED),
    }
    added = [header(word, value) for word, value in kept.items() if value and not mail.headers.value(word.lower())]
    mail.headers.extend(added)
    if added:
        mail.notes.append("from Outlook's own fields: " + ", ".join(item.name for item in added))


def _attachment(mail: Mail, storage: Storage) -> Storage | None:
    """Add an attachment; return the storage of a message that is attached as one, its mail added already."""
    bag = _bag(storage, "attachment")
    embedded = next((item for item in storage.storages if item.name == _EMBEDDED), None)
    if embedded is not None and any(stream.name == PROPERTIES for stream in embedded.streams):
        mail.attached.append(Mail())
        return embedded
    name = bag.text(_LONG_NAME) or bag.text(_SHORT_NAME) or bag.text(_SHOWN_NAME)
    raw = bag.binary(_DATA)
    kind = bag.text(_MIME) or "application/octet-stream"
    add_attachment(mail, name, kind, raw)
    if embedded is not None:
        mail.notes.append("an attachment is an object of another program; it was not hashed")
    elif raw and (kind.lower() == "message/rfc822" or name.lower().endswith(".eml")):
        mail.attached.append(parse(raw))
    return None
