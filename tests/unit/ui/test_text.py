"""Text from outside is shown, never obeyed."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from triage_app.ui.text import TOOLTIP_LIMIT, tooltip, visible


def test_a_character_that_turns_the_reading_direction_is_spelt_out() -> None:
    assert visible("invoice\u202efdp.exe") == "invoice[U+202E]fdp.exe"


def test_controls_and_invisible_characters_are_spelt_out() -> None:
    assert visible("a\x00b\u200bc\x1b[31m") == "a[U+0000]b[U+200B]c[U+001B][31m"


def test_line_breaks_stay_or_become_spaces() -> None:
    assert visible("a\nb") == "a\nb"
    assert visible("a\nb", lines=False) == "a b"


def test_text_that_is_too_long_is_cut() -> None:
    assert visible("x" * 50, limit=10) == "x" * 10 + "…"


def test_ordinary_words_in_any_script_are_left_alone() -> None:
    for words in ("Ysbyty Gwynedd – cyfrifiadur", "Ärztin", "日本語", "naïve × 2", "a\u00a0b"):
        assert visible(words) == words


@given(st.text())
def test_nothing_shown_can_hide_or_reorder(untrusted: str) -> None:
    shown = visible(untrusted)
    assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn") or c in "\n\t" for c in shown)


@given(st.text())
def test_showing_twice_changes_nothing(untrusted: str) -> None:
    assert visible(visible(untrusted)) == visible(untrusted)


def test_a_tooltip_follows_no_markup() -> None:
    shown = tooltip('<img src="file://host/share/x">&amp;')
    assert shown == "<qt>&lt;img src=&quot;file://host/share/x&quot;&gt;&amp;amp;</qt>"
    assert tooltip("") == ""
    assert len(tooltip("<" * 100_000)) < TOOLTIP_LIMIT * 5
