"""Names are found as whole words however they are written, and hidden without hiding a longer name that may be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.naming import Hiding, Wanted, contacts_in


@pytest.mark.parametrize(
    ("wanted", "text", "found"),
    [
        ("Ann Bee", "ANN\u00a0  bee rang", True),
        ("Ann Bee", "Ann\nBee", True),
        ("Ann Bee", "Ann Bee's son", True),
        ("Ann Bee", "Ann Bee-Jones", False),
        ("Ann Bee", "Joann Bee", False),
        ("Ann Bee", "Ann Beech", False),
        ("Zoë Bee", "Zoe\u0308 Bee", True),
        ("Ann Bee-Jones", "Ann Bee\u2011Jones", True),
        ("0161 496 0118", "+44 (0)161-496-0118", True),
        ("+44 161 4960118", "01614960118", True),
        ("0161 496 0118", "0161 496 01189", False),
        ("ann@example.nhs.uk", "to ANN@example.nhs.uk.", True),
        ("An", "An old name", False),
    ],
)
def test_a_name_is_found_as_whole_words(wanted: str, text: str, found: bool) -> None:
    assert Wanted([wanted]).within(text) is found


def test_the_longest_name_counts_and_what_may_be_read_is_not_cut() -> None:
    hide = Hiding({"Ann Bee": "[x]", "Mary Ann Bee": "[y]", "Bee": "[z]"}, ["Ann Bee-Jones"])
    assert hide("ann  bee, Mary Ann Bee, Mary Bee and ANN BEE-JONES") == "[x], [y], Mary [z] and ANN BEE-JONES"
    assert hide("Ann Bee-Smith") == "[x]-Smith"
    assert Hiding({"Ann Bee": "[x]"}, ["ANN\u00a0BEE"])("Ann Bee") == "Ann Bee"


def test_a_contact_is_told_by_each_number_and_address_in_it() -> None:
    assert contacts_in("0161 496 0118 or ann@example.nhs.uk") == [
        "0161 496 0118 or ann@example.nhs.uk", "ann@example.nhs.uk", "0161 496 0118",
    ]  # fmt: skip
    assert contacts_in("bleep 2231") == ["bleep 2231"]


@given(text=st.text(max_size=80), name=st.text(max_size=20), own=st.text(max_size=20))
def test_whatever_is_called_what_nothing_fails(text: str, name: str, own: str) -> None:
    Hiding({name: "[x]"}, [own])(text)
    Wanted([name, own]).within(text)
    contacts_in(text)
