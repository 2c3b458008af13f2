"""What a file is, told from its content and never from its name, with the reason in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.errors import BadFile
from triage_app.formats import json_table, registry
from triage_app.formats.decoding import PREFIX, TextSource
from triage_app.formats.head import Head, beginning_of_json
from triage_app.formats.registry import Format
from triage_app.language import say

_TEXT_KINDS: Final = (
    (r"(?i)\s*<(?:!doctype html|html|head|body)\b", "a web page"),
    (r"\s*<\?xml|\s*<!DOCTYPE |\s*<[A-Za-z][\w:-]*[\s>]", "an XML file of a kind that no format knows"),
    (r"%YAML|---\r?\n|(?:[\w./-]{1,80}:(?:[ \t][^\n]{0,200})?\r?\n[ \t-]*){4}", "a YAML file"),
    (r"-----BEGIN ", "a key or a certificate"),
)
_OF_LINES: Final = frozenset(["indicator-list", "cef", "leef", "syslog", "mail"])
_ADVICE: Final = "Choose its format by hand, or export it as a table (CSV) or as JSON and import that."


@dataclass(frozen=True)
class Detected:
    """What a file was found to be, and why in words."""

    format: Format
    why: str
    head: Head


def detect(source: TextSource, name: str, forced: str | None) -> Detected:
    """Return the format of a file from its first bytes; raise ``BadFile`` naming what it looks like otherwise.

    ``forced`` is the format the responder named: then only that one is tried, and if its marks are missing but it can
    read something of the file, it is taken all the same.
    """
    head = Head(source.prefix, source.peek(), name, complete=source.complete, encoding=source.encoding)
    if forced is not None:
        format_ = registry.named(forced)
        chosen = format_.recognise(head) or _chosen(format_, head)
        if not chosen:
            raise BadFile(
                say("{0} cannot be read as {1}: it lacks what marks one.", name, format_.TITLE),
                "Leave the format to the program, or choose another.",
            )
        return Detected(format_, chosen, head)
    for format_ in registry.modules():
        why = format_.recognise(head)
        if why is not None:
            if format_.FORMAT == json_table.FORMAT:
                _refuse_what_holds_no_records(head, name)
            return Detected(format_, why, head)
    raise _unknown(head, name)


def _chosen(format_: Format, head: Head) -> str:
    """Return why a format that a person chose is taken although its marks are missing; "" if it reads nothing.

    Only formats of plain lines are tried so: the others need what they are recognised by to read anything.
    """
    if format_.FORMAT not in _OF_LINES or not head.text or head.json is not None:
        return ""
    found = _Counted()
    source = TextSource(BytesIO(head.text.encode("utf-8", "replace")), head.name)
    try:
        format_.read(source, found, registry.Context(head.name, "", head))
    except BadFile:
        return ""
    return f"{format_.TITLE}, chosen by hand: {found.rows} of its first records can be read." if found.rows else ""


class _Counted:
    """An output that counts its rows."""

    short_rows = 0

    def __init__(self) -> None:
        self.rows = 0

    def begin(
        self, layout: Layout, why: str, *, headers: list[str] | None = None, delimiter: str = "", encoding: str = ""
    ) -> None:
        """See ``records.Output``."""

    def row(self, row: list[Any], layout: Layout | None = None) -> None:
        """See ``records.Output``."""
        self.rows += 1

    def row_json(self, row_text: str) -> None:
        """See ``records.Output``."""
        self.rows += 1

    def reject(self, line: int, reason: str, text: str) -> None:
        """See ``records.Output``."""

    def ignore(self, kind: str) -> None:
        """See ``records.Output``."""


def _refuse_what_holds_no_records(head: Head, name: str) -> None:
    """Raise ``BadFile`` for JSON that no format knows and that nobody could map, whatever its members are."""
    first = {} if head.json is None else head.json.first
    if isinstance(first.get("$schema"), str):
        what = f"{name} is a JSON schema, which describes files and is none of them."
        raise BadFile(what, "Import the files themselves.")
    if {"fingerprint", "columns", "time_format"} <= first.keys():
        raise BadFile(
            say("{0} says how a table is to be read, and holds no alerts.", name),
            "Import the table that it is for, and load this file where its columns are described.",
        )
    if {"error"} <= first.keys() <= {"error", "message", "code", "status"}:
        raise BadFile(
            say("{0} is a server's answer that it had nothing to give.", name),
            "Ask it again, signed in as somebody who may see more, and import that answer.",
        )


def _is_empty(value: Any) -> bool:
    """Tell whether JSON that was cut off has nothing in it that is whole, and no fault either."""
    while isinstance(value, dict | list) and len(value) == 1:
        value = next(iter(value.values() if isinstance(value, dict) else value))
    return value in ({}, [])


def _unknown(head: Head, name: str) -> BadFile:
    if head.text.strip() in {"[]", "[ ]", "{}"}:
        return BadFile(say("{0} holds an empty JSON list.", name), "There is nothing in it to import.")
    _refuse_what_holds_no_records(head, name)
    if not head.text and head.prefix:
        return BadFile(
            say("{0} is a binary file of a kind that no format knows.", name),
            "Export what is in it as a table (CSV) or as JSON and import that.",
        )
    if not head.complete and _is_empty(beginning_of_json(head.stripped)):
        return BadFile(
            say(
                "{0} is JSON that begins with a text or a record longer than the {1} KB that are looked at to "
                "tell what it is; nothing of it was taken.",
                name,
                PREFIX // 1024,
            ),
            "Ask the sender for its records alone, as a list or one a line, or take that beginning out.",
        )
    if head.json is not None and head.json.first:
        return BadFile(
            say("{0} is JSON, but no record of it has anything that could be mapped.", name),
            "Choose its format by hand, or check that it is the file you meant.",
        )
    if head.stripped[:1] in {"{", "["}:
        return BadFile(
            say("{0} begins like JSON but no record of it can be read.", name),
            "It may be cut off or damaged: copy it again from where it came from.",
        )
    for pattern, kind in _TEXT_KINDS:
        if re.match(pattern, head.stripped[:8192]):
            return BadFile(say("{0} looks like {1}; nothing of it was taken.", name, kind), _ADVICE)
    return BadFile(say("{0} is text, but no table: no columns were found in it.", name), _ADVICE)
