from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.indicators import canonical_values
from triage_app.formats.records import compact
from triage_app.formats.tokens import TokenFinder

PIECE = st.sampled_from(
    [
        "evil.example",
        "a.b.evil.example.",
        "bob@evil.example",
        "203.0.113.4",
        "203.0.113.4.",
        "2001:db8::17",
        "hxxp://x[.]evil.example/",
        "evil(dot)example",
        "https://c2.evil.example/k7",
        "https://c2.evil.example/?u=d.bad.example",
        "évil.example",
        " ",
        "\n",
        ",",
        "2026-11-21T21:12:00.123Z",
        "12:30:11",
        "file.exe",
        "evil{.}example",
        "x",
        "\\",
        '"',
        "2001:db8:0:0:0:0:0:1",
    ]
)


@given(st.lists(st.lists(PIECE, max_size=5).map("".join), max_size=5))
def test_every_value_is_a_word_of_the_index_or_a_token(cells: list[str]) -> None:
    text = compact(cells)
    words = {word.lower() for word in re.findall(r"[\w.@-]+", text)}
    tokens = set(TokenFinder().find(cells, text, plain=False).split())
    assert set(canonical_values(*cells)) <= words | tokens


@given(
    st.lists(
        st.sampled_from(
            ["ab.example", "c.d.example", "203.0.113.4", "WARD7B-PH-014", "1.5", "High", "v1.2.3", "notes.txt"]
        ),
        max_size=6,
    )
)
def test_the_quick_way_finds_no_more_than_the_careful_one(cells: list[str]) -> None:
    finder = TokenFinder()
    quick = finder.find(cells, compact(cells), plain=True)
    careful = finder.find([*cells, "[x]"], compact([*cells, "[x]"]), plain=True)
    assert quick == careful == TokenFinder().find(cells, compact(cells), plain=True)


def test_a_text_of_millions_of_names_is_done_in_a_moment() -> None:
    cell = "a.b.example " * 500_000
    assert TokenFinder().find([cell], compact([cell]), plain=True) == "b.example"
    many = [f"h{number}.b.example" for number in range(50_000)]
    assert TokenFinder().find(many, compact(many), plain=True) == "b.example"
