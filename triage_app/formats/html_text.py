"""HTML from outside as plain text: what it says, where its links lead, and nothing that could run or load."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

MOST: Final = 1_000_000
"""Characters of one document that are read."""

_BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "figcaption",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "td",
        "th",
        "tr",
        "ul",
    ]
)
_SILENT: Final = frozenset(("script", "style", "head", "title", "noscript", "template", "object", "svg"))


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent: list[str] = []
        self._target = ""
        self._link_at = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT and len(self._silent) < 100:
            self._silent.append(tag)
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "a":
            self._target = next((value for name, value in attrs if name == "href" and value), "")
            self._link_at = len(self.parts)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._silent and tag == self._silent[-1]:
            self._silent.pop()
        elif tag == "a" and self._target:
            shown = "".join(self.parts[self._link_at :]).strip()
            if self._target.strip() != shown:
                self.parts.append(f" ({self._target.strip()})")
            self._target = ""
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def text_of_html(untrusted_html: str) -> str:
    """Return the text of a piece of HTML, links as “text (target)”, one line a block; at most ``MOST`` characters.

    What is no HTML comes back as it is, with its white space folded.
    """
    if "<" not in untrusted_html and "&" not in untrusted_html:
        return _folded(untrusted_html[:MOST])
    parser = _Text()
    parser.feed(untrusted_html[:MOST])
    parser.close()
    return _folded("".join(parser.parts))


def _folded(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)
