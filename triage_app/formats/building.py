"""A record's columns from its raw data, for every format but the few where a microsecond a row counts.

The builder masks secrets, names the evidence by content, keeps beside the columns only what they do
not hold word for word, keeps every limit and finds the tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from triage_app.domain.evidence import (
    ABSENT,
    COLUMNS,
    KINDS,
    MAX_SCORE,
    TEXT_COLUMNS,
    Layout,
    evidence_id,
    fingerprint_key,
    record_key,
    reference_key,
)
from triage_app.domain.severity import normalise
from triage_app.formats.records import MAX_COLUMN, MAX_TITLE, compact, shown
from triage_app.formats.secrets import mask, mask_json, mask_url, may_hold_secret, may_hold_url_secret
from triage_app.formats.times import EARLIEST, LATEST
from triage_app.formats.tokens import TokenFinder

NO_SEVERITY: Final = (0, "", "none/1")
"""For kinds that are not graded: an endpoint, an organisation, an indicator."""

ABOUT_SOMEBODY: Final = frozenset(("alert", "finding", "endpoint"))
"""Kinds of records that are about the body that was named with their file, where they name none."""
_LIMITS: Final = {"title": MAX_TITLE, "organisation": 200, "rsit": 100, "tlp": 40}


class Builder:
    """Builds the rows of one layout and one kind."""

    def __init__(self, layout: Layout, kind: str = "alert", organisation: str = "") -> None:
        """``organisation`` is the code of the body reported about where a record does not say.

        An indicator, an advisory or a vulnerability is about nobody in particular and gets none.
        """
        self.layout = layout
        self.kind = kind
        self._place = KINDS.index(kind)
        self.organisation = organisation if kind in ABOUT_SOMEBODY else ""
        self._finder = TokenFinder()
        self._paths = [(column, path) for column, path in layout.verbatim.items() if column in TEXT_COLUMNS]

    def key(self, reference: str) -> str:
        """Return the key of a matter, or of a record of this kind, that its source has named itself."""
        if self.kind == "alert":
            return reference_key(self.layout.source, reference)
        return record_key(self.kind, self.layout.source, reference)

    def fingerprint(self, rule: str, values: Sequence[str]) -> str:
        """Return the key of a matter without a name. ``rule`` ends with its version: 'zeek-notice/1'."""
        return fingerprint_key(rule if self.kind == "alert" else f"{self.kind} {rule}", list(values))

    def row(
        self,
        record: dict[str, Any],
        *,
        key: str,
        seen_at: int | None = None,
        severity: tuple[int, str, str] | None = None,
        value: str = "",
        until_at: int | None = None,
        score: float | None = None,
        organisation: str = "",
        rsit: str = "",
        tlp: str = "",
        texts: Sequence[str] = (),
        columns: Mapping[str, str] | None = None,
        **more: str,
    ) -> list[Any]:
        """Return the columns of one raw record, in the order of ``COLUMNS``.

        A column that the layout holds word for word is filled from its path unless given, by name or in
        ``columns``. ``severity`` is (0 to 100, raw, rule), as ``graded`` returns it. ``texts`` are further texts to
        find indicators in, such as a decoded body that the record holds only encoded. The secrets of URLs are masked
        too, but not of an indicator, which is the URL as it stands. Raises ``ValueError`` for a time outside 1970 to
        2199.
        """
        if not record:
            raise ValueError("an empty record")
        if ABSENT in record:
            raise ValueError("a key that no source writes")
        for moment in (seen_at, until_at):
            if moment is not None and not EARLIEST <= moment < LATEST:
                raise ValueError("a time lies outside 1970 to 2199")
        if score is not None and not abs(score) <= MAX_SCORE:
            score = None
        text = compact(record)
        given = {**(columns or {}), **more}
        in_urls = self.kind != "indicator"
        if may_hold_secret(text):
            record = mask(record, urls=in_urls)
            if in_urls:
                given = {name: mask_json(cell) if cell[:1] in {"{", "["} else cell for name, cell in given.items()}
        if in_urls and (may_hold_url_secret(text) or any(map(may_hold_url_secret, given.values()))):
            given = {name: mask_url(cell) for name, cell in given.items()}
        if in_urls and any(map(may_hold_url_secret, texts)):
            texts = [mask_url(part) for part in texts]
        named = evidence_id(self.layout.format, record)
        filled, rest = self._filled(record, given)
        rest_text = compact(rest)
        number, raw, rule = severity or self._ungraded()
        value = shown(value)
        found = self._finder.find(
            [*filled.values(), value, *texts, *strings({name: part for name, part in rest.items() if name != ABSENT})],
            rest_text,
            False,
        )
        row: dict[str, Any] = {
            "evidence_id": named,
            "key": key,
            "seen_at": seen_at,
            "severity": number,
            "severity_raw": shown(raw, 200),
            "severity_rule": rule,
            **filled,
            "organisation": shown(organisation or self.organisation, _LIMITS["organisation"]),
            "rsit": shown(rsit, _LIMITS["rsit"]),
            "tlp": shown(tlp, _LIMITS["tlp"]),
            "rest": rest_text,
            "tokens": found,
            "kind": self._place,
            "value": value,
            "until_at": until_at,
            "score": score,
        }
        return [row[name] for name in COLUMNS]

    def _filled(self, record: dict[str, Any], given: dict[str, str]) -> tuple[dict[str, str], dict[str, Any]]:
        """Return the text columns, and what of the record none of them holds word for word."""
        filled = {name: shown(given.get(name, ""), _LIMITS.get(name, MAX_COLUMN)) for name in TEXT_COLUMNS}
        rest = dict(record)
        absent: list[str] = []
        stated: set[str] = set()  # empty cells whose column we filled ourselves
        for column, path in self._paths:
            node: Any = rest
            for part in path[:-1]:
                inner = node.get(part)
                if not isinstance(inner, dict):
                    node = None
                    break
                node[part] = node = dict(inner)
            raw = node.get(path[-1]) if node is not None else None
            if not isinstance(raw, str) or not raw:
                if filled[column] and (node is None or path[-1] not in node):
                    absent.append(column)
                elif filled[column]:
                    stated.add(path[0])
                continue
            if column not in given:
                filled[column] = shown(raw, _LIMITS.get(column, MAX_COLUMN))
            if filled[column] == raw:
                del node[path[-1]]
        for header in self.layout.headers:
            if rest.get(header) == "" and header not in stated:
                del rest[header]
        if absent:
            rest[ABSENT] = absent
        return filled, rest

    def _ungraded(self) -> tuple[int, str, str]:
        if self.kind != "alert":
            return NO_SEVERITY
        number, rule = normalise("unknown", "")
        return number, "", rule


def graded(scale: str, raw: str) -> tuple[int, str, str]:
    """Return (0 to 100, raw, rule) of a raw severity on a scale of ``resources/vocabularies/severity.json``."""
    number, rule = normalise(scale, raw)
    return number, raw, rule


def text_of(value: Any) -> str:
    """Return a JSON scalar as text; "" for nothing, lists and objects."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, dict | list):
        return ""
    return compact(value)


def at(record: Any, *path: str) -> Any:
    """Return what stands at a path of keys in JSON data, None where it ends."""
    for part in path:
        if not isinstance(record, dict):
            return None
        record = record.get(part)
    return record


def strings(value: Any) -> list[str]:
    """Return every text in JSON data, keys included, without recursion."""
    found, nodes = [], [value]
    while nodes:
        node = nodes.pop()
        if isinstance(node, str):
            found.append(node)
        elif isinstance(node, dict):
            nodes.extend(node.values())
            nodes.extend(node)
        elif isinstance(node, list):
            nodes.extend(node)
    return found
