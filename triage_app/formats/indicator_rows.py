"""One indicator as a row: what a plain list, a MISP attribute and a STIX pattern have in common."""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import record_key
from triage_app.domain.indicator_types import typed
from triage_app.formats.building import Builder

TLP: Final = {"white": "CLEAR", "clear": "CLEAR", "green": "GREEN", "amber": "AMBER", "amber+strict": "AMBER+STRICT",
              "red": "RED"}  # fmt: skip
"""A source's word for a TLP label → ours (TLP 1 and 2)."""


def tlp_of(word: str) -> str:
    """Return our TLP label for a source's word, such as ``tlp:white``; "" for none."""
    return TLP.get(word.strip().lower().removeprefix("tlp:").replace(" ", "").replace("_", "+"), "")


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

    The source's word stands where the value is one of that type or where we cannot tell; a value that is certainly of
    another type (a hash called a domain) goes by what it is.
    """
    found = typed(raw)
    if found is None:
        return kind, raw.strip()
    if kind in {"domain", "hostname"} and found[0] == "filename":
        return "domain", raw.strip().lower()
    if kind == "filename" or (kind == "url" and found[0] == "domain"):
        return kind, raw.strip()
    return found
