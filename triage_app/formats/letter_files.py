"""A letter as a file that others open: a Word document or a web page, with its language and its headings tagged.

Nothing in a letter is markup: its words are put in as text.
"""

from __future__ import annotations

import html as escaping
import io
import re
import zipfile
from collections.abc import Sequence
from typing import Final

from triage_app.domain.letters import Block

_LANGUAGE: Final = {"en": "en-GB", "cy": "cy-GB"}

_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

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
    """Leave out what no document may hold: control characters but for line ends and tabs, and what XML 1.0 forbids."""
    return _FORBIDDEN.sub("", words)


_W: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES: Final = (("Heading1", "heading 1", 0, 32, 240), ("Heading2", "heading 2", 1, 26, 240))
"""Id, name by which Word knows it, outline level, half points, twentieths of a point before it."""


def docx(blocks: Sequence[Block], language: str) -> bytes:
    """Return a Word document: headings as headings, lists as lists, the language of every word set.

    Parts and elements are those of ECMA-376 (Office Open XML), part 1, that every word processor reads.
    """
    tongue = _LANGUAGE.get(language, "en-GB")
    title = blocks[0].lines[0] if blocks else ""
    body = "".join(map(_paragraphs, blocks)) + _A4
    parts = {
        "[Content_Types].xml": _types(),
        "_rels/.rels": _relations(
            ("officeDocument", f"{_OFFICE}/officeDocument", "word/document.xml"),
            ("core", f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
        ),
        "word/_rels/document.xml.rels": _relations(
            ("styles", f"{_OFFICE}/styles", "styles.xml"), ("numbering", f"{_OFFICE}/numbering", "numbering.xml")
        ),
        "word/document.xml": f'<w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>',
        "word/styles.xml": _styles(tongue),
        "word/numbering.xml": _NUMBERING,
        "docProps/core.xml": _core(title, tongue),
    }  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, words in parts.items():
            # A document's own dates say nothing of ours: when it was written is in the journal.
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, _HEAD + words)
    return out.getvalue()


_A4: Final = (
    '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1417" w:right="1417" w:bottom="1417" w:left="1417" w:header="708" w:footer="708" w:gutter="0"/>'
    "</w:sectPr>"
)
_NUMBERING: Final = (
    f'<w:numbering xmlns:w="{_W}"><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/>'
    '<w:lvlText w:val="•"/><w:pPr><w:ind w:left="720" w:hanging="360"/></w:pPr></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
)


def _types() -> str:
    parts = (
        ("/word/document.xml", f"{_TYPE}.document.main+xml"), ("/word/styles.xml", f"{_TYPE}.styles+xml"),
        ("/word/numbering.xml", f"{_TYPE}.numbering+xml"),
        ("/docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml"),
    )  # fmt: skip
    overrides = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in parts)
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _relations(*found: tuple[str, str, str]) -> str:
    inner = "".join(f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>' for name, kind, target in found)
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inner}</Relationships>'


def _styles(tongue: str) -> str:
    headings = "".join(
        f'<w:style w:type="paragraph" w:styleId="{code}"><w:name w:val="{name}"/><w:basedOn w:val="Normal"/>'
        f'<w:next w:val="Normal"/><w:qFormat/><w:pPr><w:keepNext/><w:spacing w:before="{before}"/>'
        f'<w:outlineLvl w:val="{level}"/></w:pPr><w:rPr><w:b/><w:sz w:val="{size}"/></w:rPr></w:style>'
        for code, name, level, size, before in _STYLES
    )
    return (
        f'<w:styles xmlns:w="{_W}"><w:docDefaults><w:rPrDefault><w:rPr>'
        f'<w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial"/><w:sz w:val="24"/><w:lang w:val="{tongue}"/>'
        '</w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="160"/></w:pPr></w:pPrDefault></w:docDefaults>'
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
        f"{headings}</w:styles>"
    )


def _paragraphs(block: Block) -> str:
    if block.kind == "list":
        shape = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
        return "".join(f"<w:p>{shape}{_run((line,))}</w:p>" for line in block.lines)
    style = {"title": "Heading1", "heading": "Heading2"}.get(block.kind)
    shape = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{shape}{_run(block.lines)}</w:p>"


def _run(lines: Sequence[str]) -> str:
    return "<w:r>" + "<w:br/>".join(f'<w:t xml:space="preserve">{_text(line)}</w:t>' for line in lines) + "</w:r>"


def _core(title: str, tongue: str) -> str:
    return (
        f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{_text(title)}</dc:title><dc:language>{tongue}</dc:language></cp:coreProperties>"
    )
