"""XML from outside, element by element, in bounded memory: no entities, no external files, no tree of the whole.

defusedxml refuses entity declarations and external references; a bare document type, as nmap writes one, is allowed.
The expat of some Pythons reads a long token again with every piece it is fed, so pieces are small and a token that
does not end is refused. What came before a break in the file is read, and the break is one rejected record.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from triage_app.errors import BadFile
from triage_app.formats.decoding import MAX_RECORD, TextSource
from triage_app.formats.records import Output, compact
from triage_app.language import say

MAX_DEPTH: Final = 60
"""Levels that elements may nest; no report has more than a dozen."""

MAX_NODES: Final = 1_000_000
"""Elements and attributes in one record: a host with every port open has some 850,000."""

PIECE: Final = 65_536
TEXT: Final = "#text"
_ADVICE: Final = "It is damaged or made to do harm. Ask the sender for it again, as it comes from the scanner."


@dataclass(frozen=True)
class Element:
    """One element: its local name, and its content as JSON data (see ``elements``)."""

    name: str
    record: dict[str, Any]
    line: int
    "Where it begins."
    begins: bool = False
    "Whether only its beginning was read: the attributes of an element that other elements lie in."


class _Declarations(Exception):
    """The document declares things of its own, which may make little text into much."""


class _TooMuch(Exception):
    """The document breaks a limit; its text says which."""


def _where() -> int:
    return 0


class _Target:
    """Takes expat's events and makes records of the wanted elements."""

    def __init__(self, wanted: Set[str], around: Set[str]) -> None:
        self._wanted, self._around = wanted, around
        self._size = self._nodes = self._line = 0
        self._names: list[str] = []
        self._open: list[tuple[str, dict[str, Any], list[str]]] = []
        self.found: list[Element] = []
        self.events = 0
        self.line: Callable[[], int] = _where
        "Returns the line that the parser is at."

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.events += 1
        name = local(tag)
        self._names.append(name)
        if len(self._names) > MAX_DEPTH:
            raise _TooMuch(f"its elements nest deeper than {MAX_DEPTH} levels")
        if self._open or name in self._wanted:
            if not self._open:
                self._size = self._nodes = 0
                self._line = self.line()
            self._grow(sum(len(key) + len(value) for key, value in attributes.items()) + len(name))
            self._nodes += 1 + len(attributes)
            if self._nodes > MAX_NODES:
                raise _TooMuch(f"an element holds more than {MAX_NODES:,} elements and attributes")
            self._open.append((name, _attributes(attributes), []))
        elif name in self._around:
            self.found.append(Element(name, _attributes(attributes), self.line(), True))

    def data(self, text: str) -> None:
        self.events += 1
        if self._open:
            self._grow(len(text))
            self._open[-1][2].append(text)

    def end(self, tag: str) -> None:
        self.events += 1
        self._names.pop()
        if self._open:
            name, record = self._closed()
            if not self._open:
                self.found.append(Element(name, record, self._line))

    def close(self) -> None:
        """Take the end of the document."""

    def inside(self) -> str:
        """Return the name of the innermost element that has not ended, "" for none."""
        return self._names[-1] if self._names else ""

    def unfinished(self) -> Element | None:
        """Return what there is of a wanted element that has not ended."""
        found: Element | None = None
        while self._open:
            name, record = self._closed()
            found = Element(name, record, self._line)
        return found

    def _closed(self) -> tuple[str, dict[str, Any]]:
        """Take the innermost element off and put it into the one around it."""
        name, record, texts = self._open.pop()
        text = "".join(texts).strip()
        if text:
            record[TEXT] = text
        if self._open:
            parent = self._open[-1][1]
            value: Any = record[TEXT] if record.keys() == {TEXT} else record if record else ""
            if name not in parent:
                parent[name] = value
            elif isinstance(parent[name], list):
                parent[name].append(value)
            else:
                parent[name] = [parent[name], value]
        return name, record

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > MAX_RECORD:
            raise _TooMuch("an element is longer than 16 MB")


def _attributes(attributes: dict[str, str]) -> dict[str, Any]:
    # The same few names come a million times, so each is held once.
    return {sys.intern(f"@{local(key)}"): value for key, value in attributes.items()}


def elements(
    source: TextSource, output: Output, name: str, wanted: Set[str], around: Set[str] = frozenset()
) -> Iterator[Element]:
    """Yield the ``wanted`` elements of an XML file as they end, and those ``around`` them as they begin.

    An element's record has its attributes as ``@name``, its text as ``#text``, and its children by name: text for
    one that has nothing else, a list where a name is there twice. Namespaces are taken off. Raises ``BadFile`` for
    entities, for limits, and for a file of which nothing can be read.
    """
    target = _Target(wanted, around)
    # What is UTF-16 by its first bytes may still declare UTF-8: it was saved again by a tool that knows no XML.
    encoding = "utf-16" if source.encoding == "utf-16" else None
    parser = DefusedXMLParser(
        target=target, encoding=encoding, forbid_dtd=False, forbid_entities=True, forbid_external=True
    )
    parser.parser.StartDoctypeDeclHandler = _document_type
    target.line = lambda: int(parser.parser.CurrentLineNumber)
    at_end = False
    try:
        for piece in _pieces(source, target):
            parser.feed(piece)
            yield from _taken(target)
        at_end = True
        parser.close()
        yield from _taken(target)
    except (DefusedXmlException, _Declarations):
        raise BadFile(
            say("{0} declares entities or the like, or refers to other files, which no report does.", name), _ADVICE
        ) from None
    except _TooMuch as error:
        raise BadFile(say("{0} was not read: {1}.", name, error), _ADVICE) from None
    except (ParseError, ValueError, LookupError, UnicodeError) as error:
        if not target.events:
            raise BadFile(say("{0} begins like XML but cannot be read as it.", name), _ADVICE) from None
        yield from _taken(target)
        _reject(target, output, str(error)[:80], at_end=at_end)


def _document_type(name: str, system: str | None, public: str | None, has_declarations: int) -> None:
    """Refuse a document type with declarations inside it; expat calls this."""
    if has_declarations:
        raise _Declarations


def _pieces(source: TextSource, target: _Target) -> Iterator[bytes]:
    """Yield the file in small pieces; raise ``_TooMuch`` once too many of them in a row have said nothing."""
    fed = fed_at_event = seen = 0
    for chunk in source.byte_chunks():
        for start in range(0, len(chunk), PIECE):
            piece = chunk[start : start + PIECE]
            yield piece
            fed += len(piece)
            if target.events != seen:
                seen, fed_at_event = target.events, fed
            elif fed - fed_at_event > MAX_RECORD:
                raise _TooMuch("a name or value in it is longer than 16 MB")


def _taken(target: _Target) -> Iterator[Element]:
    found, target.found = target.found, []
    yield from found


def _reject(target: _Target, output: Output, error: str, *, at_end: bool) -> None:
    """Say where the XML breaks off, and keep what had been read of the record that it breaks off in."""
    line, inside = target.line(), target.inside()
    if at_end and inside:
        reason = f"the XML breaks off: the file ends inside {inside[:100]}"
    else:
        reason = f"the XML is damaged here, and nothing after it could be read ({error})"
    cut = target.unfinished()
    output.reject(line, reason, compact(cut.record) if cut is not None else "")


def local(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition("}")[2].rpartition(":")[2]


def text_at(record: Any, *path: str) -> str:
    """Return the text of the first element at a path of names below a record; "" for none."""
    for part in path:
        if isinstance(record, list):
            record = record[0] if record else None
        record = record.get(part) if isinstance(record, dict) else None
    if isinstance(record, list):
        record = record[0] if record else None
    if isinstance(record, dict):
        record = record.get(TEXT)
    return record if isinstance(record, str) else ""


def all_at(record: Any, name: str) -> list[Any]:
    """Return every child of that name, as a list: texts and records."""
    value = record.get(name) if isinstance(record, dict) else None
    return [] if value is None else value if isinstance(value, list) else [value]
