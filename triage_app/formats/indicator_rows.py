"""One indicator as a row: what a plain list, a MISP attribute and a STIX pattern have in common."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

from triage_app.domain.evidence import KINDS, id_prefix, record_key
from triage_app.domain.indicator_types import HASHES, typed
from triage_app.domain.indicators import parent_domains
from triage_app.formats.building import NO_SEVERITY, Builder
from triage_app.formats.records import MAX_TITLE, compact, quoted, shown
from triage_app.formats.secrets import may_hold_secret
from triage_app.formats.tokens import TokenFinder

TLP: Final = {"white": "CLEAR", "clear": "CLEAR", "green": "GREEN", "amber": "AMBER", "amber+strict": "AMBER+STRICT",
              "red": "RED"}  # fmt: skip
"""A source's word for a TLP label → ours (TLP 1 and 2)."""

_STRICTNESS: Final = ("", "CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
_CERTAIN: Final = frozenset((*HASHES.values(), "ssdeep", "ipv4", "ipv6", "cidr", "cve", "asn", "domain"))
"""Types whose values can be told from anything else."""

_TOLD: Final = _CERTAIN | {"url", "email"}
"""Types that a value tells better than its source."""


def tlp_of(word: str) -> str:
    """Return our TLP label for a source's word, such as ``tlp:white``; "" for none."""
    return TLP.get(word.strip().lower().removeprefix("tlp:").replace(" ", "").replace("_", "+"), "")


def strictest(labels: Iterable[str]) -> str:
    """Return the strictest of some TLP labels of ours, "" for none."""
    return max(labels, key=_STRICTNESS.index, default="")


def indicator_row(
    builder: Builder, record: dict[str, Any], kind: str, value: str, title: str, **more: Any
) -> list[Any]:
    """Return the row of one indicator of a type (``indicator_types.TYPES``).

    Its key is type and value, so the same value of two lists of one source is one indicator; ``more`` as in
    ``Builder.row``.
    """
    key = record_key("indicator", builder.layout.source, f"{kind}\n{value}")
    return builder.row(record, key=key, value=value, title=title or value, category=kind, **more)


def of_type(kind: str, raw: str) -> tuple[str, str]:
    """Return (type, canonical value) of a value whose source says its type.

    The source's word stands where we cannot tell, as of a mutex, a file's name or a hash of some other kind. A value
    that is certainly of another type (a hash called a domain) goes by what it is, and one that cannot be what its
    source calls it (a hash of nine digits) is "other".
    """
    text = raw.strip()
    if kind not in _TOLD:
        return kind, text
    found = typed(f"AS{text}" if kind == "asn" and text.isdecimal() else text)
    if found is None:
        return ("other" if kind in _CERTAIN else kind), text
    if kind == "domain" and found[0] == "filename":
        return "domain", text.lower()
    return (kind, text) if kind == "url" and found[0] == "domain" else found


class LineRows:
    """Rows of plain lines, ``{"line": …}``, as JSON: what ``indicator_row`` says of them, three times as fast.

    Block lists have a million lines of fifteen characters, and a reader has only so much time for a byte.
    """

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._finder = TokenFinder()
        self._prefix = id_prefix(builder.layout.format, ["line"])
        self._key = f"record1\nindicator\n{builder.layout.source}\n"
        severity, raw, rule = NO_SEVERITY
        self._graded = f",null,{severity},{quoted(raw)},{quoted(rule)},"
        self._between = f',"","","","","","","",{quoted(shown(builder.organisation, 200))},"","",'
        self._kind = KINDS.index("indicator")

    def row_json(self, line: str, kind: str, value: str, title: str) -> str:
        """Return the row of a line as JSON; raise ``ValueError`` if it cannot be kept."""
        said = quoted(line)
        rest = f'{{"line":{said}}}'
        if len(title) > MAX_TITLE or "\0" in line or may_hold_secret(rest):
            return compact(indicator_row(self._builder, {"line": line}, kind, value, title))
        named = sha256(self._prefix + f"[{said}]".encode("utf-8", "surrogatepass")).hexdigest()
        key = sha256(f"{self._key}{kind}\n{value}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        if kind == "domain" and line == value == title and value[0].isalnum() and value[-1].isalnum():
            tokens = " ".join(sorted(parent_domains(value)))
        else:
            tokens = self._finder.find([title, value, line], rest, False)
        ours = quoted(value)
        return (
            f'["{named}","{key}"{self._graded}{ours if title == value else quoted(title)},"","{kind}"{self._between}'
            f"{quoted(rest)},{quoted(tokens)},{self._kind},{ours},null,null]"
        )
