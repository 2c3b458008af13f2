"""XML from outside, element by element, in bounded memory: no entities, no external files, no tree of the whole.

defusedxml refuses entity declarations and external references; a bare document type, as nmap writes one, is allowed.
The expat of some Pythons reads a long token again with every piece it is fed, so pieces are small and a token that
does not end is refused. What came before a break in the file is read, and the break is one rejected record.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from triage_app.errors import BadFile
from triage_app.formats.decoding import MAX_RECORD, TextSource
from triage_app.formats.records import Output

MAX_DEPTH: Final = 60
"""Levels that elements may nest; no report has more than a dozen."""

PIECE: Final = 65_536
TEXT: Final = "#text"
_ADVICE: Final = "It is damaged or made to do harm. Ask the sender for it again, as it comes from the scanner."


@dataclass(frozen=True)
class Element:
    """One element: its local name, and its content as JSON data (see ``elements``)."""

    name: str
    record: dict[str, Any]
    line: int
    begins: bool = False
    "Whether only its beginning was read: the attributes of an element that other elements lie in."


class _TooMuch(Exception):
    """The document breaks a limit; its text says which."""


class _Target:
    """Takes expat's events and makes records of the wanted elements."""

    def __init__(self, wanted: Set[str], around: Set[str]) -> None:
        self._wanted, self._around = wanted, around
        self._depth = self._size = 0
        self._open: list[tuple[str, dict[str, Any], list[str]]] = []
        self.found: list[tuple[str, dict[str, Any], bool]] = []
        self.events = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.events += 1
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _TooMuch(f"its elements nest deeper than {MAX_DEPTH} levels")
        name = local(tag)
        if self._open or name in self._wanted:
            if not self._open:
                self._size = 0
            self._grow(sum(len(key) + len(value) for key, value in attributes.items()) + len(name))
            self._open.append((name, {f"@{local(key)}": value for key, value in attributes.items()}, []))
        elif name in self._around:
            self.found.append((name, {f"@{local(key)}": value for key, value in attributes.items()}, True))

    def data(self, text: str) -> None:
        self.events += 1
        if self._open:
            self._grow(len(text))
            self._open[-1][2].append(text)

    def end(self, tag: str) -> None:
        self.events += 1
        self._depth -= 1
        if not self._open:
            return
        name, record, texts = self._open.pop()
        text = "".join(texts).strip()
        if text:
            record[TEXT] = text
        if not self._open:
            self.found.append((name, record, False))
            return
        parent = self._open[-1][1]
        value: Any = record[TEXT] if record.keys() == {TEXT} else record if record else ""
        if name not in parent:
            parent[name] = value
        elif isinstance(parent[name], list):
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]

    def close(self) -> None:
        """Take the end of the document."""

    def _grow(self, size: int) -> None:
        self._size += size
        if self._size > MAX_RECORD:
            raise _TooMuch("an element is longer than 16 MB")


def elements(
    source: TextSource, output: Output, name: str, wanted: Set[str], around: Set[str] = frozenset()
) -> Iterator[Element]:
    """Yield the ``wanted`` elements of an XML file as they end, and those ``around`` them as they begin.

    An element's record has its attributes as ``@name``, its text as ``#text``, and its children by name: text for
    one that has nothing else, a list where a name is there twice. Namespaces are taken off. Raises ``BadFile`` for
    entities, for limits, and for a file of which nothing can be read.
    """
    target = _Target(wanted, around)
    parser = DefusedXMLParser(target=target, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    fed_at_event = fed = seen = 0
    try:
        for chunk in source.byte_chunks():
            for start in range(0, len(chunk), PIECE):
                piece = chunk[start : start + PIECE]
                parser.feed(piece)
                fed += len(piece)
                if target.events != seen:
                    seen, fed_at_event = target.events, fed
                elif fed - fed_at_event > MAX_RECORD:
                    raise _TooMuch("a name or value in it is longer than 16 MB")
                yield from _taken(target, parser)
        parser.close()
        yield from _taken(target, parser)
    except DefusedXmlException:
        raise BadFile(f"{name} declares entities or refers to other files, which no report does.", _ADVICE) from None
    except _TooMuch as error:
        raise BadFile(f"{name} was not read: {error}.", _ADVICE) from None
    except (ParseError, ValueError, LookupError, UnicodeError) as error:
        line = _line(parser)
        if not seen:
            raise BadFile(f"{name} begins like XML but cannot be read as it.", _ADVICE) from None
        yield from _taken(target, parser)
        output.reject(line, f"the XML breaks off or is damaged here ({str(error)[:80]})", "")


def _taken(target: _Target, parser: Any) -> Iterator[Element]:
    if target.found:
        line = _line(parser)
        found, target.found = target.found, []
        for name, record, begins in found:
            yield Element(name, record, line, begins)


def _line(parser: Any) -> int:
    return int(getattr(getattr(parser, "parser", None), "CurrentLineNumber", 0) or 0)


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
