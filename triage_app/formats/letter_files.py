"""A letter as a file that others open: a Word document or a web page, with its language and its headings tagged.

Nothing in a letter is markup: its words are put in as text.
"""

from __future__ import annotations

import html as escaping
import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from triage_app.domain.letters import Block

_LANGUAGE: Final = {"en": "en-GB", "cy": "cy-GB"}
_MADE_AT: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""A document's own dates say nothing of ours: when it was written is in the journal."""

_STYLE: Final = (
    "body{font:12pt/1.5 Arial,sans-serif;max-width:42em;margin:2em auto;padding:0 1em;color:#111;background:#fff}"
    "h1{font-size:16pt}h2{font-size:13pt}p{white-space:pre-line}"
)


def html(blocks: Sequence[Block], language: str) -> str:
    """Return a whole page without scripts, pictures or links."""
    title = blocks[0].lines[0] if blocks else ""
    parts = [_tag(block) for block in blocks]
    return (
        f'<!DOCTYPE html>\n<html lang="{_LANGUAGE.get(language, "en-GB")}">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def _tag(block: Block) -> str:
    if block.kind == "list":
        return "<ul>\n" + "\n".join(f"<li>{_text(line)}</li>" for line in block.lines) + "\n</ul>"
    tag = {"title": "h1", "heading": "h2"}.get(block.kind, "p")
    return f"<{tag}>{_text(chr(10).join(block.lines))}</{tag}>"


def _text(words: str) -> str:
    return escaping.escape(_printable(words))


def _printable(words: str) -> str:
    """Leave out what no document may hold: control characters but for line ends and tabs."""
    return "".join(
        sign for sign in words if sign in "\n\t" or (ord(sign) >= 0x20 and ord(sign) not in range(0x7F, 0xA0))
    )


def docx(blocks: Sequence[Block], language: str) -> bytes:
    """Return a Word document: headings as headings, lists as lists, the language of every word set."""
    from docx import Document  # only here: it takes a quarter of a second to load
    from docx.oxml.ns import qn
    from docx.shared import Pt

    made = Document()
    normal = made.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(12)
    for said in made.styles.element.iter(qn("w:lang")):
        said.set(qn("w:val"), _LANGUAGE.get(language, "en-GB"))
    for block in blocks:
        lines = [_printable(line) for line in block.lines]
        if block.kind == "title":
            made.add_heading(lines[0], level=1)
        elif block.kind == "heading":
            made.add_heading(lines[0], level=2)
        elif block.kind == "list":
            for line in lines:
                made.add_paragraph(line, style="List Bullet")
        else:
            made.add_paragraph("\n".join(lines))
    core = made.core_properties
    core.author = core.last_modified_by = core.comments = core.keywords = ""
    core.title = _printable(blocks[0].lines[0]) if blocks else ""
    core.language = _LANGUAGE.get(language, "en-GB")
    core.created = core.modified = _MADE_AT
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()
