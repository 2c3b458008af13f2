"""Letters: filled once, blanks counted, parts laid out, and no promise that information is safe."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain import letters
from triage_app.domain.letters import Never

NEVER = Never(("nothing was taken",), frozenset({"data", "records"}), frozenset({"safe", "secure"}))


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


@given(st.lists(st.sampled_from(["your", "DATA", "is", "Safe", "records", "\n", "secure", "nothing", "was", "taken"])))
def test_a_promise_is_found_whatever_stands_around_it(words: list[str]) -> None:
    sentence = " ".join(words).replace("\n", " ")
    plain = sentence.casefold().split()
    promises = (bool({"data", "records"} & {*plain}) and bool({"safe", "secure"} & {*plain})) or (
        "nothing was taken" in " ".join(plain)
    )
    assert bool(NEVER.found_in(f"We wrote to you. {sentence}. Call us.")) == promises


def test_a_promise_is_found_over_line_ends_odd_spaces_and_signs_that_cannot_be_seen() -> None:
    for words in (
        "Your data is\u00a0safe.",
        "“Your data are   secure”",
        "NOTHING WAS\tTAKEN",
        "your da\u200bta is sa\u00adfe",
    ):
        assert NEVER.found_in(f"Dear A. {words} Yours"), words


def test_subject_and_state_in_two_sentences_promise_nothing() -> None:
    assert NEVER.found_in("We hold your data. It is safe to call us.") == ""
