"""The languages that ship with the program: each a catalogue under ``resources/languages``, data with its source."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from triage_app.language import Catalogue
from triage_app.paths import resources

ENGLISH: Final = "en"
NAMES: Final = {ENGLISH: "English", "cy": "Cymraeg"}
"""Code → what the language calls itself, so that whoever reads only that one finds it."""


@cache
def told(code: str) -> dict[str, Any]:
    """Return what a catalogue says, with its version, its sources and who has read it."""
    found: dict[str, Any] = json.loads((resources() / "languages" / f"{code}.json").read_text(encoding="utf-8"))
    return found


@cache
def catalogue(code: str) -> Catalogue | None:
    """Return the catalogue of a language; None for English, and for a language there is none of."""
    if code == ENGLISH or code not in NAMES:
        return None
    found = told(code)
    rule = {int(number): form for number, form in found["plural"]["forms"].items()}
    texts = {**found["texts"], **found["qt"]}
    return Catalogue(code, NAMES[code], texts, found["counts"], rule, found["read"], found["dates"])
