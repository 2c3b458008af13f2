"""HTML from outside as plain text: what it says, where its links lead, and nothing that could run or load."""

from __future__ import annotations

from typing import Final

from triage_app.formats.html_tokens import tokens, unescaped

MOST: Final = 1_000_000
"""Characters of one document that are read."""

_BLOCKS: Final = frozenset(
    [
        *("address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "footer", "h1", "h2", "h3"),
        *("h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul"),
    ]
)
_SILENT: Final = frozenset(("template",))
"""What no reader shows. ``head`` often has no end, and what stands in ``noscript``, ``object`` and ``svg`` is shown by
mail programs: left out, it would be a place to hide an address from a search."""


def text_of_html(untrusted_html: str) -> str:
    """Return the text of a piece of HTML, links as “text (target)”, one line a block; at most ``MOST`` characters.

    What is no HTML comes back as it is, with its white space folded.
    """
    text = untrusted_html[:MOST]
    if "<" not in text:
        return _folded(unescaped(text))
    parts: list[str] = []
    silent, target, link_at = "", "", 0
    for token in tokens(text):
        if silent:
            silent = "" if token.kind == "end" and token.value == silent else silent
        elif token.kind == "text":
            parts.append(token.value)
        elif token.kind == "start" and token.value in _SILENT:
            silent = token.value
        elif token.value in _BLOCKS:
            parts.append("\n")
        elif token.value == "a":
            if token.kind == "start":
                target, link_at = token.attributes.get("href", "").strip(), len(parts)
            elif target:
                if target != "".join(parts[link_at:]).strip():
                    parts.append(f" ({target})")
                target = ""
    return _folded("".join(parts))


def _folded(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)
