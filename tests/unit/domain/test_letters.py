"""Letters: filled once, blanks counted and named, parts laid out."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain import letters


def test_a_value_from_the_record_is_put_in_once_and_makes_no_blank_and_no_field() -> None:
    text = letters.filled(
        ["Dear {recipient}", "{reference}"], {"recipient": "{reference} [[x]]", "reference": "V1"}, {}
    )
    assert text == "Dear {reference} [ [x] ]\n\nV1"
    assert letters.blanks(text) == []


def test_what_the_record_does_not_say_is_left_for_the_writer_by_name() -> None:
    text = letters.filled(["On {aware}: {unknown_word}."], {"aware": ""}, {"aware": "the day"})
    assert letters.blanks(text) == ["the day", "unknown word"]


def test_a_letter_has_a_title_headings_lists_and_paragraphs() -> None:
    text = "Title\n\nDear A\n\n# What happened\n\nLine one\nline two\n\n- first\n- second\n\nYours"
    assert [(block.kind, block.lines) for block in letters.blocks(text)] == [
        ("title", ("Title",)), ("paragraph", ("Dear A",)), ("heading", ("What happened",)),
        ("paragraph", ("Line one", "line two")), ("list", ("first", "second")), ("paragraph", ("Yours",)),
    ]  # fmt: skip


@given(st.text(alphabet="ab #-\n\r\t[]{}", max_size=200))
def test_no_word_of_a_letter_is_lost_when_it_is_laid_out(text: str) -> None:
    laid_out = " ".join(line for block in letters.blocks(text) for line in block.lines)
    assert laid_out.count("a") == text.count("a")
    assert laid_out.count("b") == text.count("b")


@given(st.text(max_size=120))
def test_nothing_that_commands_or_hides_is_left_in_the_parts_of_a_letter(text: str) -> None:
    for block in letters.blocks(text):
        for line in block.lines:
            left = [c for c in line if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")]
            assert set(left) <= set("\t\u200c\u200d")


def test_a_blank_is_called_by_another_name_and_the_words_around_it_stay() -> None:
    text = "A [[dyddiad]] b [[enw\nX]] [[other]]"
    assert letters.renamed(text, {"dyddiad": "a date", "enw X": "a name"}) == "A [[a date]] b [[a name]] [[other]]"
