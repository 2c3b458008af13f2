"""Letters as files: a Word document of well-formed parts, a web page, and no word of a letter as markup in either."""

from __future__ import annotations

import io
import zipfile
from html.parser import HTMLParser

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.letters import Block, blocks
from triage_app.formats import letter_files

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TEXT = "A title\n\nDear A\nB\n\n# What happened\n\n- one\n- two\n\nYours <b>&\x07"


def parts(words: list[Block], language: str = "en") -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(letter_files.docx(words, language))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(("language", "tag"), [("en", "en-GB"), ("cy", "cy-GB")])
def test_a_word_document_has_headings_lists_lines_and_the_language_of_its_words(language: str, tag: str) -> None:
    made = parts(blocks(TEXT), language)
    assert f'w:lang w:val="{tag}"'.encode() in made["word/styles.xml"]
    body = fromstring(made["word/document.xml"])
    styles = [one.get(f"{W}val") for one in body.iter(f"{W}pStyle")]
    assert styles == ["Heading1", "Heading2"]
    assert len(list(body.iter(f"{W}numPr"))) == 2
    assert len(list(body.iter(f"{W}br"))) == 1
    assert [one.text for one in body.iter(f"{W}t")][-1] == "Yours <b>&"
    targets = {one.get("Target") for one in fromstring(made["word/_rels/document.xml.rels"])}
    assert {f"word/{target}" for target in targets} <= made.keys()
    named = {one.get("PartName", "/") for one in fromstring(made["[Content_Types].xml"])} - {"/"}
    assert {name.removeprefix("/") for name in named} <= made.keys()


@given(st.text(max_size=300))
def test_whatever_the_words_every_part_is_well_formed_and_says_the_same(words: str) -> None:
    found = blocks(words.encode("utf-8", "ignore").decode())
    made = parts(found)
    for data in made.values():
        fromstring(data)
    said = [one.text or "" for one in fromstring(made["word/document.xml"]).iter(f"{W}t")]
    assert len(said) == sum(len(block.lines) for block in found)
    tags: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            tags.append(tag)

    Tags().feed(letter_files.html(found, "en"))
    assert set(tags) <= {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "ul", "li"}


def test_the_same_letter_is_the_same_file() -> None:
    assert letter_files.docx(blocks(TEXT), "en") == letter_files.docx(blocks(TEXT), "en")
