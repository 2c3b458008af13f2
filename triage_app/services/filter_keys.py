"""The parts of a filter: ``key:value`` of a key that the list knows, and words; a key that nobody knows is refused.

Taken for a word, “sevv:high” would find nothing and look like the answer. What only looks like a key (a web address,
a host and its port, a hash, an address of IPv6, the name of malware) is a word.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Final

from triage_app.domain.indicators import is_whole_indicator
from triage_app.errors import BadInput

_TERM = re.compile(r"([A-Za-z][A-Za-z_-]{1,19}):(\S+)\Z")
_PORT = re.compile(r"\d{1,5}(?:[/?#]\S*)?\Z")
_HEX = re.compile(r"[0-9A-Fa-f:.%/]+\Z")
_QUOTES: Final = ('""', "“”", "''", "‘’")
_SCHEMES: Final = frozenset((
    "about", "blob", "cid", "cpe", "data", "file", "ftp", "ftps", "fwd", "geo", "http", "https", "hxxp", "hxxps",
    "javascript", "ldap", "ldaps", "mailto", "mid", "news", "pkg", "purl", "re", "sip", "sips", "sms", "smb", "spdx",
    "ssdeep", "ssh", "stix", "tel", "tlsh", "urn", "vbscript", "view-source", "ws", "wss", "xmpp",
))  # fmt: skip
_HASHES: Final = frozenset(("md5", "sha", "sha1", "sha256", "sha512", "imphash"))


class UnknownKey(BadInput):
    """A filter names a key that its list does not have; ``part`` is the word as it was typed."""

    def __init__(self, part: str, key: str, known: Iterable[str]) -> None:
        self.part = part
        keys = tuple(known)
        near = _near(key, keys)
        if not keys:
            do = "This list is narrowed by words alone."
        elif near:
            do = f"Did you mean {near}:?"
        else:
            do = f"There are {', '.join(f'{one}:' for one in keys)}."
        what = f"There is no key “{key}” here, in “{part[:80]}”."
        super().__init__(what, f'{do} To look for the word as it stands, type it as "{part[:80]}".', "unknown-key")


def read_part(part: str, known: Iterable[str]) -> tuple[str, str]:
    """Return (key, value) of one part of a filter; ("", word) of a word. Raises ``UnknownKey``.

    A word in quotes is a word, whatever it looks like.
    """
    if len(part) > 2 and part[0] + part[-1] in _QUOTES:
        return "", part[1:-1]
    found = _TERM.match(part)
    if found is None:
        return "", part
    key, value = found[1].lower(), found[2]
    if key in known:
        return key, value
    if _is_word(part, found[1], value, known):
        return "", part
    raise UnknownKey(part, found[1], known)


def refuse_unknown(query: str, known: Iterable[str] = ()) -> None:
    """Raise ``UnknownKey`` where some part of a filter has a key that the list does not know."""
    for part in query.split():
        read_part(part, known)


def told_of_unknown(query: str) -> tuple[str, str]:
    """Return what to say where nothing passes a filter of words because a part of it was meant as a key; ("", "")."""
    try:
        refuse_unknown(query)
    except UnknownKey as refused:
        return refused.what, refused.do
    return "", ""


def words_of(query: str) -> list[str]:
    """Return the words of a filter that has no keys, as they are compared: case aside, without their quotes."""
    return [
        part[1:-1] if len(part) > 2 and part[0] + part[-1] in _QUOTES else part for part in query.casefold().split()
    ]


def _near(key: str, known: Iterable[str]) -> str:
    """Return the key that was probably meant, "" for none."""
    begun = [one for one in known if len(one) > 2 and key.lower().startswith(one)]  # severity, organisation
    return begun[0] if begun else next(iter(difflib.get_close_matches(key.lower(), list(known), 1, 0.6)), "")


def _is_word(part: str, key: str, value: str, known: Iterable[str]) -> bool:
    """Tell whether what looks like a key and its value is one word."""
    if value.startswith("//") or key.lower() in _SCHEMES or key.lower() in _HASHES or "@" in value:
        return True
    if _PORT.match(value) or (_HEX.match(part) and any(map(str.isalnum, value))) or is_whole_indicator(part):
        return True
    if _near(key, known):
        return False
    # Scanners name malware Trojan:Win32/Emotet and HEUR:Trojan; a path or an address goes on after a stroke.
    return not key.islower() or "/" in value or "\\" in value or ":" in value
