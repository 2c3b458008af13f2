"""YAML from outside as plain data: the JSON values it can hold, and nothing that refers or constructs.

No anchors, aliases or tags (a few lines of them grow to gigabytes, or call code), one document, no key
twice, nesting of at most 64. Words mean what they mean in YAML 1.2 and in JSON: ``on``, ``12:30`` and
dates are texts, so that the same data in both languages is the same evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from triage_app.domain.canonical import INT64_MAX, MAX_DEPTH
from triage_app.formats.strict_json import BadRecord

MAX_NODES: Final = 400_000
"""Values in one document."""

_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,400})(\.\d{1,400})?([eE][-+]?\d{1,3})?\Z", re.ASCII)
"""A number as JSON writes it; others, such as 007 and 0x1F, are texts."""

_WORDS: Final[dict[str, Any]] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader, used only for the events it finds: it never gets to construct anything."""


class _Open:
    """A list or mapping whose end has not come yet."""

    def __init__(self, value: list[Any] | dict[str, Any]) -> None:
        self.value = value
        self.key: str | None = None


def loads(untrusted_text: str, max_depth: int = MAX_DEPTH) -> Any:
    """Return the value of one YAML document; raise ``BadRecord`` with the reason for anything else."""
    try:
        return _build(yaml.parse(untrusted_text, Loader=_Loader), max_depth)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark is not None else ""
        raise BadRecord(f"not valid YAML: {getattr(error, 'problem', None) or 'it cannot be read'}{where}") from None
    except UnicodeError:
        raise BadRecord("not valid UTF-8, or half of a character pair") from None


def _build(events: Iterator[Any], max_depth: int) -> Any:
    opened: list[_Open] = []
    root: Any = None
    documents = nodes = 0
    for event in events:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise BadRecord(f"it uses anchors and aliases, which no threat model needs (line {line})")
        if getattr(event, "tag", None):
            raise BadRecord(f"it uses tags, which no threat model needs (line {line})")
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise BadRecord(f"a second document begins at line {line}")
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if len(opened) >= max_depth:
                raise BadRecord(f"nested deeper than {max_depth} levels")
            opened.append(_Open({} if isinstance(event, yaml.MappingStartEvent) else []))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            root = _put(opened, opened.pop().value, line)
        elif isinstance(event, yaml.ScalarEvent):
            nodes += 1
            if nodes > MAX_NODES:
                raise BadRecord(f"it holds more than {MAX_NODES} values")
            root = _scalar(opened, event, line)
    return root


def _scalar(opened: list[_Open], event: Any, line: int) -> Any:
    holder = opened[-1] if opened else None
    if holder is not None and isinstance(holder.value, dict) and holder.key is None:
        if event.value in holder.value:
            raise BadRecord(f"the key {event.value[:40]!r} is there twice (line {line})")
        holder.key = event.value
        return None
    return _put(opened, _plain(event.value) if event.implicit[0] else event.value, line)


def _put(opened: list[_Open], value: Any, line: int) -> Any:
    """Put a whole value where it belongs, and return it."""
    if opened:
        holder = opened[-1]
        if isinstance(holder.value, list):
            holder.value.append(value)
        elif holder.key is None:
            raise BadRecord(f"a key is a list or a mapping (line {line})")
        else:
            holder.value[holder.key] = value
            holder.key = None
    return value


def _plain(text: str) -> Any:
    """Return what an unquoted scalar means."""
    if text in _WORDS:
        return _WORDS[text]
    match = _NUMBER.match(text) if text[0] in "-0123456789" else None
    if match is None:
        return text
    if match[1] is None and match[2] is None:
        return int(text) if len(text) <= 20 and -INT64_MAX - 1 <= int(text) <= INT64_MAX else text
    number = float(text)
    return number if number - number == 0 else text
