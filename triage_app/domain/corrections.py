"""What a person may put right about an alert: laid over the evidence, which stays as it came."""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.severity import WORST, lowest_of, vocabulary

FIELDS: Final = ("title", "severity", "category", "host", "user", "organisation", "rsit")
"""The fields of an alert that a person may correct. Times and addresses are the source's word alone."""

PREFIX: Final = "corrected_"
"""Before a field's name in the journal, so that it is not taken for what the source said."""

MAX_TEXT: Final = 500


def journalled(field: str) -> str:
    """Return the name under which the journal holds the correction of a field."""
    return PREFIX + field


def corrected(name: str) -> str:
    """Return the field that an entry of the journal corrects, or ""."""
    return name.removeprefix(PREFIX) if name.startswith(PREFIX) else ""


def read(field: str, untrusted_text: str) -> Any:
    """Return the value that a correction sets a field to; raise ``ValueError`` with the reason if it cannot be.

    A severity is a number from 0 to 100 or one of our words; everything else is text of at most 500 characters.
    """
    if field not in FIELDS:
        raise ValueError(f"“{field}” cannot be corrected; these can: {', '.join(FIELDS)}")
    text = " ".join(untrusted_text.split())
    if field == "severity":
        known = {name.lower(): name for name, _ in vocabulary().bands}
        if text.lower() in known:
            return lowest_of(known[text.lower()])
        if not (text.isascii() and text.isdecimal()) or len(text) > 3 or int(text) > WORST:
            raise ValueError(f"“{text[:40]}” is no severity: give 0 to {WORST} or one of {', '.join(known)}")
        return int(text)
    if not text:
        raise ValueError("a correction says something")
    if len(text) > MAX_TEXT:
        raise ValueError(f"a correction has at most {MAX_TEXT} characters")
    return text.upper() if field == "organisation" else text
