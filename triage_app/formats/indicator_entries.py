"""What one line of a list of indicators holds: an entry with its comment, one of a hosts file or a block list."""

from __future__ import annotations

import re
from typing import Final

from triage_app.domain.indicator_types import HASHES, typed
from triage_app.domain.indicators import canonical_domain

_COMMENT = re.compile(r"(?:^|[ \t])(?:#|//|;)[^\r\n]*")
_HOSTS = re.compile(r"(?:0\.0\.0\.0|127\.0\.0\.1|::1?)[ \t]+(\S.*)")
_ADBLOCK = re.compile(r"\|\|([^\^/$\s]+)\^(?:\$\S*)?\Z")
_LOCAL: Final = frozenset(
    ("localhost", "localhost.localdomain", "broadcasthost", "local", "ip6-localhost", "ip6-loopback", "0.0.0.0")  # noqa: S104 - a name in a file
)
LONGEST: Final = 4_096
"""Characters of a line that can be an entry with its comment."""

_LONGEST_OF_MANY: Final = 300_000
"""The same of a line that holds many, as in a hosts file."""

MOST_NAMES: Final = 1_000
"""Indicators of one line."""

_OF_ITS_OWN: Final = frozenset(
    ("domain", "url", "ipv4", "ipv6", "cidr", "ip-range", "email", "ssdeep", *HASHES.values())
)
"""Types of which a second one on a line is an indicator too, not a word about the first."""

Entries = tuple[list[tuple[str, str]], str]
"""The (type, value) pairs of a line, and what it says about them."""


class TooMany(ValueError):
    """A line with more indicators than one may hold."""


def is_comment(line: str) -> bool:
    """Tell whether a line of a list says nothing that is an entry."""
    text = line.strip()
    return not text or text.startswith(("#", "//", ";", "!", "[Adblock"))


def is_local(line: str) -> bool:
    """Tell whether a line of a hosts file names nothing but this computer."""
    if not line.startswith(("0", "1", ":")):
        return False
    hosts = _HOSTS.match(_COMMENT.sub("", line[:LONGEST]).strip())
    return hosts is not None and {name.lower() for name in hosts[1].split()} <= _LOCAL


def entries(line: str) -> Entries:
    """Return what a line holds: an indicator, or several one behind the other; none if it is no entry."""
    if len(line) > LONGEST:
        if len(line) > _LONGEST_OF_MANY:
            return [], ""
        if not _HOSTS.match(line.lstrip()):
            return _several(line), ""
    text, comment = line, ""
    if "#" in line or ";" in line or "//" in line:
        said = _COMMENT.search(line)
        if said:
            text, comment = line[: said.start()], said[0].strip().lstrip("#/; ")
    text = text.strip().lstrip("\ufeff-*• ")
    if text.startswith(("0", "1", ":")):
        hosts = _HOSTS.match(text)
        if hosts:
            names = hosts[1].split()
            if len(names) > MOST_NAMES:
                raise TooMany
            return [one for name in names for one in _host(name)], comment
    adblock = _ADBLOCK.match(text) if text.startswith("||") else None
    if adblock:
        return _host(adblock[1]), comment
    whole = typed(text)
    if whole is not None and whole[0] != "filename":
        return [whole], comment
    several = _several(text)
    if several:
        return several, comment
    found = _separated(text, comment)
    return found if found[0] or whole is None else ([whole], comment)


def strange_names(line: str) -> list[str]:
    """Return the words of a line of a hosts file that are no names, [] for any other line."""
    hosts = _HOSTS.match(_COMMENT.sub("", line).strip()) if line.lstrip().startswith(("0", "1", ":")) else None
    names = hosts[1].split() if hosts else []
    return [name for name in names if name.lower() not in _LOCAL and not _host(name)]


def _host(name: str) -> list[tuple[str, str]]:
    """Return a name out of a hosts file or a block list, where it is never a file's."""
    found = None if name.lower() in _LOCAL else typed(name)
    if found is not None and found[0] == "filename":
        domain = canonical_domain(name)
        return [("domain", domain)] if domain else []
    return [found] if found is not None else []


def _several(text: str) -> list[tuple[str, str]]:
    """Return the indicators of a line that holds nothing but them, [] for any other."""
    for delimiter in (",", ";", "\t", "|", None):
        cells = text.split(delimiter) if delimiter is None or delimiter in text else []
        cells = [cell for cell in cells if cell.strip()]
        if len(cells) < 2:
            continue
        first = typed(cells[0])
        if first is None:
            continue
        found = [first]
        for cell in cells[1:]:
            one = typed(cell)
            if one is None or not (one[0] == first[0] or one[0] in _OF_ITS_OWN):
                break
            found.append(one)
        if len(found) == len(cells):
            if len(found) > MOST_NAMES:
                raise TooMany
            return found
    return []


def _separated(text: str, comment: str) -> Entries:
    """Return the value of a line of two cells, and the other cell as its comment."""
    for delimiter in ",;\t|":
        value, found, rest = text.partition(delimiter)
        rest = rest.strip()
        quoted = len(rest) > 1 and rest[0] == rest[-1] == '"' and '"' not in rest[1:-1]
        if found and rest and (quoted or delimiter not in rest):
            first = typed(value)
            if first is not None:
                return [first], rest.strip('"') if not comment else f"{rest}; {comment}"
    return [], comment
