"""Imported words as a screen may show them: control characters spelt out, addresses made harmless."""

from __future__ import annotations

import re

from triage_app.domain.indicators import canonical_values, defang

_WORDS = re.compile(r"(\s+)")
_LONGEST = 2_000
"""Characters of one text that are taken apart; a longer one is defanged as a whole, which is cheap."""


def harmless(untrusted_text: str) -> str:
    """Return the text with every address in it defanged; version numbers and file names without one stay readable."""
    if "." not in untrusted_text and ":" not in untrusted_text:
        return untrusted_text
    if len(untrusted_text) > _LONGEST:
        return defang(untrusted_text)
    parts = _WORDS.split(untrusted_text)
    return "".join(defang(part) if ("." in part or ":" in part) and canonical_values(part) else part for part in parts)
