"""Addresses in a sentence that it does not accuse: said to be harmless, or given so that one may write to somebody.

Both are rejects with a reason that names them, for a person to look at: a word may be read wrongly, and an indicator
that is lost is as bad as one that accuses a hospital's own mail. So a sentence has to say it plainly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

HARMLESS: Final = "the sentence says it is not to be blocked"
CONTACT: Final = "the sentence gives it as a contact, and accuses nobody"
OURS: Final = "an address of the NHS or the government that was not taken apart"

_CLAUSE = re.compile(r";\s|,?\s(?:but|however|whereas|(except)(?:\s+for)?|(apart)\s+from|(excluding))\s", re.IGNORECASE)
"""Where what is said of an address ends; what follows the last three is left out of it."""

_NOT_BLOCKED = re.compile(
    r"\b(?:(?:do|should|must|need|shall)\s?(?:not|n['\u2019]t)|never|no need to|not to)\s+(?:be\s+|to be\s+|to\s+)?"
    r"(?:block|blocklist|blacklist|deny|ban|quarantine|sinkhole)(?:ed|listed|ned)?\b",
    re.IGNORECASE,
)
"""What was not blocked, and so came in, is another matter."""

_HARMLESS = re.compile(
    r"\b(?:legitimate|benign|harmless)\b(?!-)|\bfalse[ -]positives?\b|\b(?:is|are) (?:one of )?ours\b"
    r"|\b(?:white|allow|safe)[ -]?list(?:ed|s)?\b",
    re.IGNORECASE,
)
_YET_ACCUSED = re.compile(
    r"\b(?:not|no|never|isn['\u2019]t|aren['\u2019]t|looks?|looking|appears?|seems?|seemingly|apparently|otherwise|remove"
    r"|removed)\b|\b(?:compromis|impersonat|imitat|mimic|abus|misus|spoof|masquerad|disguis|pretend|pos(?:es|ing) as"
    r"|hijack|hacked|bypass|evad|malicious|phish|typosquat|look-?alike|injected|infected)",
    re.IGNORECASE,
)
"""Words beside which a harmless one is part of the accusation: "mimics the legitimate site", "not benign"."""

_ASKED_TO_WRITE = re.compile(
    r"(?:\A\W*|\bplease\s+)(?:contact|report|e-?mail)\b|\bcontact(?:\s+us\b|\s+details\b|\s*:)"
    r"|\b(?:e-?mail|write to|call)\s+us\b|\bget in touch\b"
    r"|\b(?:should|must|can)\s+(?:be\s+)?report(?:ed)?\b[^:]{0,60}\b(?:to|at|via)\b",
    re.IGNORECASE,
)
_MAIL_TO = re.compile(r"\bcontact\s+(?:the|our|your)\b|\breport\b[^:]{0,60}\bto\b", re.IGNORECASE)
"""The same of a mail address alone: malware contacts its servers and reports to them, seldom by mail."""

_BEFORE: Final = 120
_OUR_HOSTS: Final = ("nhs.net", "nhs.uk", "gov.uk")
_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]{0,15}://)?(?:[^/@\s]*@)?([^/:?#\s]+)", re.IGNORECASE)


def clauses(sentence: str) -> Iterator[tuple[str, bool]]:
    """Yield the parts of a sentence in which a word counts for what is beside it, and whether each is an exception."""
    start, left_out = 0, False
    for match in _CLAUSE.finditer(sentence):
        yield sentence[start : match.start()], left_out
        start, left_out = match.end(), any(match.groups())
    yield sentence[start:], left_out


def is_harmless(clause: str) -> bool:
    """Tell whether a clause says plainly that what it names is not to be blocked."""
    if _NOT_BLOCKED.search(clause):
        return True
    return _HARMLESS.search(clause) is not None and _YET_ACCUSED.search(clause) is None


def is_contact(before: str, kind: str) -> bool:
    """Tell whether what stands before a whole address asks to write there."""
    before = before[-_BEFORE:]
    return _ASKED_TO_WRITE.search(before) is not None or (kind == "email" and _MAIL_TO.search(before) is not None)


def is_ours(value: str) -> bool:
    """Tell whether an address is of the NHS or the government."""
    match = _HOST.match(value)
    host = match[1].lower().rstrip(".") if match else ""
    return host.endswith(tuple(f".{name}" for name in _OUR_HOSTS)) or host in _OUR_HOSTS
