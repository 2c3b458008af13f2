from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.indicators import (
    canonical_domain,
    canonical_values,
    defang,
    extra_tokens,
    parent_domains,
    refang,
    v6_token,
    visible,
)

LABEL = st.from_regex(r"[a-z][a-z0-9]{1,8}", fullmatch=True)
DOMAIN = st.builds(".".join, st.lists(LABEL, min_size=2, max_size=4)).filter(lambda name: canonical_domain(name) != "")


@given(st.one_of(DOMAIN, DOMAIN.map("https://{}/path".format), DOMAIN.map("bob@{}".format)))
def test_what_was_defanged_comes_back_whole(text: str) -> None:
    harmless = defang(text)
    assert refang(harmless) == text
    assert "://" not in harmless or "xx" in harmless
    assert not re.search(r"\w\.\w", harmless)


@pytest.mark.parametrize(
    "written",
    [
        "hxxps://update[.]evil[.]example/k7",
        "https[://]update(.)evil{.}example/k7",
        "HXXPS://update[dot]evil[DOT]example/k7",
        "https://update\\.evil\\.example/k7",
        "https://update [.] evil [.] example/k7",
    ],
)
def test_every_common_way_of_defanging_is_understood(written: str) -> None:
    assert refang(written) == "https://update.evil.example/k7"
    assert {"update.evil.example", "evil.example"} <= set(canonical_values(written))


def test_an_ipv6_address_is_defanged_and_comes_back() -> None:
    assert defang("seen 2001:db8::17 at 12:30:11") == "seen 2001[:]db8[:][:]17 at 12:30:11"
    assert refang(defang("2001:db8::17")) == "2001:db8::17"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("evil.example.", "evil.example"),
        ("EVIL.Example", "evil.example"),
        ("bob@evil.example", "evil.example"),
        ("evil[.]example", "evil.example"),
        ("évil.example", "xn--vil-9la.example"),
        ("evil\u3002example", "evil.example"),
        ("http://a.b.evil.example:8080/x", "evil.example"),
        ("2001:DB8:0:0:0:0:0:1", "v6_2001_db8__1"),
        ("[2001:db8::2]:443", "v6_2001_db8__2"),
        ("::ffff:203.0.113.4", "203.0.113.4"),
        ("203.0.113.1-203.0.113.9", "203.0.113.9"),
        ("203.0.113.4.", "203.0.113.4"),
    ],
)
def test_a_value_is_found_in_its_canonical_form_however_it_is_written(text: str, value: str) -> None:
    assert value in canonical_values(text)


@pytest.mark.parametrize("text", ["12:30:11", "version 1.2", "a.b", "00:11:22:33:44:55", "end. Next", "1.2.3.4.5", "…"])
def test_what_only_looks_like_an_indicator_is_none(text: str) -> None:
    assert canonical_values(text) == []


def test_only_values_that_the_text_does_not_spell_out_become_tokens() -> None:
    assert extra_tokens(["203.0.113.4 evil.example WARD7B-PH-014"]) == ""
    assert extra_tokens(["https://update.evil.example/k7"]) == "evil.example"
    assert extra_tokens(["mail from bob@evil.example."]) == "bob@evil.example evil.example"
    assert extra_tokens(["évil.example"]) == "xn--vil-9la.example"


@given(st.text(max_size=300))
def test_no_text_breaks_the_search_for_indicators(text: str) -> None:
    for value in canonical_values(text):
        assert re.fullmatch(r"[\w.@-]+", value)
    extra_tokens([text])
    refang(text)
    defang(text)


@given(st.lists(DOMAIN, min_size=1, max_size=5))
def test_tokens_and_words_together_hold_every_value(domains: list[str]) -> None:
    text = " ".join(f"see {domain}." for domain in domains)
    words = {word.lower() for word in re.findall(r"[\w.@-]+", text)}
    assert set(canonical_values(text)) <= words | set(extra_tokens([text]).split())


def test_parents_stop_where_somebody_can_register_a_name() -> None:
    assert parent_domains("a.b.evil.co.uk") == ["b.evil.co.uk", "evil.co.uk"]
    assert parent_domains("evil.example") == []


def test_an_ipv6_token_is_one_word_of_the_index() -> None:
    assert v6_token("2001:0DB8::0001") == "v6_2001_db8__1"
    with pytest.raises(ValueError):
        v6_token("12:30:11")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("invoice\u202excod.exe", "invoice⟦U+202E⟧xcod.exe"),
        ("a\0b", "a⟦U+0000⟧b"),
        ("zero\u200bwidth", "zero⟦U+200B⟧width"),
        ("line\nnext\ttab", "line\nnext\ttab"),
        ("Llanfair café 😀", "Llanfair café 😀"),
        ("\u2028", "⟦U+2028⟧"),
        ("a\u115fb\u3164c\u2800d\uffa0e\u1160", "a⟦U+115F⟧b⟦U+3164⟧c⟦U+2800⟧d⟦U+FFA0⟧e⟦U+1160⟧"),
        ("한글 ⠓⠊", "한글 ⠓⠊"),
    ],
)
def test_characters_that_hide_or_reorder_others_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_hostile_text_of_a_megabyte_is_searched_in_a_moment() -> None:
    for text in ("a." * 500_000, ":" * 1_000_000, "[.]" * 300_000, "a@" * 500_000, "1." * 500_000, "[ " * 500_000):
        canonical_values(text)
        refang(text)
