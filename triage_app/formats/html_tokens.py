"""HTML from outside as tags and text, in one pass whose time grows with the length and nothing else.

``html.parser`` looks for the end of every comment and tag that was begun, to the end of the text each
time: 100 kB of ``<a x="`` cost it 13 seconds. Here what is not closed ends the reading, as in a browser.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

MOST_ATTRIBUTES: Final = 50

_TAG = re.compile(r"[A-Za-z][^\s/>]*+")
_ATTRIBUTE = re.compile(
    r"[\s/]*+(?:(?P<close>>)|(?P<stray>[\"'=])|(?P<name>[^\s=>/\"'][^\s=>/]*+)"
    r"(?:\s*+=\s*+(?:\"(?P<double>[^\"]*+)\"|'(?P<single>[^']*+)'|[\"'](?P<open>[^\s<>]*+)|(?P<bare>[^\s>\"'][^\s>]*+)?))?)"
)
_RAW: Final = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "title", "xmp", "noembed", "noframes")
}
"""Elements whose content is no markup until their own end tag."""


class Token(NamedTuple):
    """One piece: ``kind`` is 'text', 'start' or 'end'; ``value`` the text, or the tag in lower case."""

    kind: str
    value: str
    attributes: dict[str, str]


def tokens(untrusted_html: str) -> Iterator[Token]:
    """Yield the tags and the text of HTML; comments, scripts and styles are left out."""
    place, end = 0, len(untrusted_html)
    while place < end:
        opening = untrusted_html.find("<", place)
        if opening < 0:
            opening = end
        if opening > place:
            yield Token("text", unescaped(untrusted_html[place:opening]), {})
        if opening == end:
            return
        following = untrusted_html[opening + 1 : opening + 2]
        if following in {"!", "?"}:
            place = _after_declaration(untrusted_html, opening, end)
        elif following == "/":
            match = _TAG.match(untrusted_html, opening + 2)
            closing = untrusted_html.find(">", opening)
            place = end if closing < 0 else closing + 1
            if match:
                yield Token("end", match[0].lower(), {})
        else:
            match = _TAG.match(untrusted_html, opening + 1)
            if not match:
                yield Token("text", "<", {})
                place = opening + 1
                continue
            attributes, place = _attributes(untrusted_html, match.end(), end)
            name = match[0].lower()
            yield Token("start", name, attributes)
            if name in _RAW:
                last = _RAW[name].search(untrusted_html, place)
                place = last.start() if last else end


def _after_declaration(text: str, opening: int, end: int) -> int:
    if text.startswith("<!--", opening):
        if text.startswith("<!--[if", opening):  # Outlook shows what is inside
            closing = text.find(">", opening)
            return end if closing < 0 else closing + 1
        closing = text.find("-->", opening + 2)
        return end if closing < 0 else closing + 3
    closing = text.find(">", opening)
    return end if closing < 0 else closing + 1


def _attributes(text: str, place: int, end: int) -> tuple[dict[str, str], int]:
    """Return the attributes of a tag, the first of each name, and where the tag ends."""
    found: dict[str, str] = {}
    while True:
        match = _ATTRIBUTE.match(text, place)
        if match is None:
            return found, end
        place = match.end()
        if match["close"]:
            return found, place
        if match["name"] and len(found) < MOST_ATTRIBUTES:
            value = match["double"] or match["single"] or match["open"] or match["bare"] or ""
            found.setdefault(match["name"].lower(), unescaped(value))


def unescaped(text: str) -> str:
    """Return text with its character references resolved; as it is if one of them is a number without end."""
    if "&" not in text:
        return text
    try:
        return html.unescape(text)
    except (ValueError, OverflowError):
        return text
