"""Evidence: what a source said, kept word for word, known by its content.

Three keys (DESIGN.md, Evidence): ``evidence_id`` is the SHA-256 of the canonical raw record and its
format; ``alert_key`` names the matter it reports (source and source reference, else a fingerprint
with its rule's version); the alert is the ``alert_key``.

A stored row does not repeat what its columns already hold: a ``Layout`` says which raw value each
column holds verbatim, ``rest`` is the JSON of everything else, and ``restore`` puts the raw record
together again, so that its hash can be proved.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

COLUMNS: Final = (
    "evidence_id",  # hex SHA-256, 64 characters
    "key",  # alert_key, hex, 32 characters
    "seen_at",  # milliseconds since 1970 UTC, or None where the source gave no readable time
    "severity",  # normalised, 0 to 100
    "severity_raw",  # as the source wrote it
    "severity_rule",  # id of the rule that normalised it
    "title",
    "reference",  # the source's own id for the alert, "" for none
    "category",
    "host",
    "user",
    "src",  # source address
    "dst",  # destination address
    "url",
    "hash",
    "detail",
    "organisation",  # code of the organisation reported about, "" for none
    "rsit",  # "class/type" the format implies, "" for none
    "tlp",  # the source's own label, "" for none
    "rest",  # JSON text of what no column holds verbatim
    "tokens",  # canonical values for the index that the columns do not already spell out
    "kind",  # the place in ``KINDS`` of what the record is
    "value",  # what a record that is no alert is about: an indicator's value, a CVE, a code; "" for alerts
    "until_at",  # milliseconds since 1970 UTC when it falls due, runs out or closes, or None
    "score",  # the source's own score as a number (CVSS, EPSS, confidence), or None
)
"""The order in which a reader sends the columns of one record. Nothing is sent twice."""

KINDS: Final = (
    "alert",
    "indicator",
    "advisory",
    "finding",
    "vulnerability",
    "endpoint",
    "organisation",
    "threat-model",
)
"""What evidence can be. Alerts go to the queue; each other kind has its list. Only ever added to, at the end:
the store and the bundles hold the place in this list."""

BY_HAND: Final = "manual-alert"
"""The format of an alert that a responder took down: an import of one record, which undo takes back as any act."""

ALERT: Final = 0
"""The place of alerts in ``KINDS``."""

MAX_SCORE: Final = 1e9
"""A score beyond it, either way, is no score."""

MOST_MILLISECONDS: Final = 253_402_000_000_000
"""The end of the year 9999: a number beyond it is no time."""

TEXT_COLUMNS: Final = ("title", "reference", "category", "host", "user", "src", "dst", "url", "hash", "detail")
"""The columns that may hold a raw value verbatim."""


ABSENT: Final = "\0absent"
"""In ``rest``: the columns that were filled although the record has nothing at their path. No source writes such a
key; a record that has it is refused."""

REJECT_HEADERS: Final = ("triage_line", "triage_reason")
"""The columns that a file of rejected rows has before the table's own; a reader takes them off again."""

REJECT_COMMENT: Final = "# line "
"""How the line before each record begins in a file of rejected records that is no table; a reader skips it."""


VERBATIM_COLUMNS: Final = (*TEXT_COLUMNS, "severity_raw")
"""All of them, with the severity as the source wrote it."""


@dataclass(frozen=True)
class Layout:
    """How the raw records of one file were laid out over the columns."""

    format: str
    "Name of the format, as it enters the evidence id: 'suricata-eve', 'shadowserver', 'csv'."
    source: str
    "Who reported: 'Suricata', 'Shadowserver', or the mapping's name."
    verbatim: dict[str, tuple[str, ...]]
    "Column → path of the raw value it holds word for word when ``rest`` lacks that path."
    headers: tuple[str, ...] = ()
    "For tables: every header; a header found nowhere else is an empty cell."
    moment: tuple[str, ...] = ()
    "Path of the raw time, if ``rest`` lacks it where it is the seconds of ``seen_at`` as ``as_iso`` writes them."

    def as_json(self) -> str:
        """Return the layout as JSON text, for the store and the bundle."""
        data: dict[str, Any] = {
            "format": self.format, "source": self.source, "verbatim": self.verbatim, "headers": self.headers,
        }  # fmt: skip
        if self.moment:
            data["moment"] = self.moment
        return json.dumps(data, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, untrusted_text: str) -> Layout:
        """Read what ``as_json`` wrote; raise ``ValueError`` for anything else."""
        data = json.loads(untrusted_text)
        if not isinstance(data, dict):
            raise ValueError("a layout is an object")
        verbatim = data.get("verbatim", {})
        headers = data.get("headers", [])
        moment = data.get("moment", [])
        if not isinstance(verbatim, dict) or not isinstance(headers, list) or not isinstance(moment, list):
            raise ValueError("a layout has verbatim columns and headers")
        for column, path in verbatim.items():
            if column not in VERBATIM_COLUMNS or not isinstance(path, list) or not path:
                raise ValueError("unknown column in a layout")
            if not all(isinstance(part, str) for part in path):
                raise ValueError("unknown column in a layout")
        return cls(
            str(data["format"]),
            str(data["source"]),
            {column: tuple(path) for column, path in verbatim.items()},
            tuple(str(header) for header in headers),
            tuple(str(part) for part in moment),
        )


def canonical_text(value: Any) -> str:
    """Return the JSON text of a raw value in the one form that is hashed."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def id_prefix(format_name: str, sorted_keys: list[str]) -> bytes:
    """Return the part of the hashed bytes that all records with the same top-level keys share."""
    return f"evidence1\n{format_name}\n{canonical_text(sorted_keys)}\n".encode()


def evidence_id(format_name: str, record: dict[str, Any]) -> str:
    """Return the hex SHA-256 that names a raw record: its format, its sorted keys, its values."""
    keys = sorted(record)
    values = canonical_text([record[key] for key in keys]).encode("utf-8", "surrogatepass")
    return hashlib.sha256(id_prefix(format_name, keys) + values).hexdigest()


def reading_digest(identifier: bytes, layout: str, columns: dict[str, Any]) -> bytes:
    """Return the hash of what one reader made of a record: its id, its layout as JSON, each of its other columns.

    ``columns`` are by name, ``key`` as hex.
    """
    score = columns["score"]
    values = [columns[name] for name in COLUMNS if name not in ("evidence_id", "score")]
    text = canonical_text([identifier.hex(), layout, None if score is None else float(score) + 0.0, *values])  # no -0.0
    return hashlib.sha256(b"reading1\n" + text.encode("utf-8", "surrogatepass")).digest()


def reference_key(source: str, reference: str) -> str:
    """Return the alert key of a matter that its source has named itself."""
    return hashlib.sha256(f"key1\n{source}\n{reference}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def record_key(kind: str, source: str, reference: str) -> str:
    """Return the key of a record that is no alert: one thing of its kind as one source names it.

    The kind is part of it, so that no record of another kind ever folds into an alert.
    """
    return hashlib.sha256(f"record1\n{kind}\n{source}\n{reference}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def fingerprint_key(rule: str, values: list[str]) -> str:
    """Return the alert key of a matter without a name: a rule (with its version) over some values."""
    text = f"fingerprint1\n{rule}\n{canonical_text(values)}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def restore(layout: Layout, columns: dict[str, Any], rest: dict[str, Any]) -> dict[str, Any]:
    """Return the raw record that a stored row came from.

    ``rest`` wins over a column: a column counts as verbatim only where ``rest`` lacks its path and does not
    name the column under ``ABSENT``.
    """
    record: dict[str, Any] = json.loads(json.dumps(rest))
    absent = record.pop(ABSENT, ())
    for column, path in layout.verbatim.items():
        value = columns.get(column)
        if value is None or value == "" or column in absent:
            continue
        node = record
        for key in path[:-1]:
            node = node.setdefault(key, {})
        node.setdefault(path[-1], value)
    seen_at = columns.get("seen_at")
    if layout.moment and type(seen_at) is int:
        node = record
        for key in layout.moment[:-1]:
            node = node.setdefault(key, {})
        node.setdefault(layout.moment[-1], as_iso(seen_at))
    for header in layout.headers:
        record.setdefault(header, "")
    return record


def as_iso(milliseconds: int) -> str:
    """Return whole seconds of a time since 1970 UTC as most sources write it: ``2026-11-21T03:12:00Z``."""
    return f"{datetime.fromtimestamp(milliseconds // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
