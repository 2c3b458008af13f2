"""What is said in the language of the screen: values, forms of numbers, dates, errors; English where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app import language
from triage_app.errors import BadInput
from triage_app.language import Catalogue, dated, plural, say
from triage_app.services import languages, vocabularies

WELSH = languages.catalogue("cy")
assert WELSH is not None


@pytest.fixture
def welsh() -> Iterator[None]:
    language.use(WELSH)
    yield
    language.use(None)


def test_english_is_what_the_code_says() -> None:
    assert language.code() == "en"
    assert say("{0} of {1}", 1, "x") == "1 of x"
    assert say("a {brace} without values") == "a {brace} without values"
    assert [plural(number, "1 file", "{0} files") for number in (0, 1, 2)] == ["{0} files", "1 file", "{0} files"]


def test_what_a_catalogue_does_not_hold_stays_english(welsh: None) -> None:
    assert say("Nobody ever says {0} here", "this") == "Nobody ever says this here"
    assert plural(2, "1 unheard", "{0} unheard of") == "{0} unheard of"


# Which form a number asks for, from the table of CLDR 45 for cy (cardinal): its samples of whole numbers.
CLDR = {
    "zero": [0],
    "one": [1],
    "two": [2],
    "few": [3],
    "many": [6],
    "other": [*range(4, 6), *range(7, 21), 100, 1_000, 10_000, 100_000, 1_000_000],
}


@pytest.mark.parametrize(("form", "numbers"), CLDR.items(), ids=list(CLDR))
def test_welsh_numbers_ask_for_the_forms_of_cldr(form: str, numbers: list[int]) -> None:
    assert WELSH is not None
    assert {WELSH.form(number) for number in numbers} == {form}


@given(st.integers(min_value=7))
def test_every_number_above_six_asks_for_the_same_form(number: int) -> None:
    assert WELSH is not None
    assert WELSH.form(number) == "other"


def test_a_number_mutates_the_noun_after_it(welsh: None) -> None:
    told = [plural(number, "1 incident", "{0} incidents").format(number) for number in (0, 1, 2, 3, 6, 11)]
    assert told == ["0 digwyddiad", "1 digwyddiad", "2 ddigwyddiad", "3 digwyddiad", "6 digwyddiad", "11 digwyddiad"]
    assert plural(3, "1 thing", "{0} things").format(3) == "3 pheth"


def test_what_is_printed_or_sent_is_english_whatever_the_screen_says(welsh: None) -> None:
    moment = datetime(2026, 11, 28, 3, 12)  # noqa: DTZ001 - only its names matter

    @language.in_english
    def printed() -> tuple[str, str, str]:
        return language.code(), plural(3, "1 thing", "{0} things"), dated(moment, "%a %d %b")

    assert printed() == ("en", "{0} things", "Sat 28 Nov")
    assert language.code() == "cy"


def test_days_and_months_have_welsh_names(welsh: None) -> None:
    moment = datetime(2026, 11, 28, 3, 12)  # noqa: DTZ001 - only its names matter
    assert dated(moment, "%A %d %B %Y %H:%M") == "dydd Sadwrn 28 Tachwedd 2026 03:12"
    assert dated(moment, "%a %d %b") == "Sad 28 Tach"


def test_an_error_is_said_in_the_language_of_the_screen() -> None:
    with_welsh = Catalogue("cy", "Cymraeg", {"It broke.": "Torrodd.", "Mend {0}.": "Trwsiwch {0}."})
    language.use(with_welsh)
    try:
        error = BadInput("It broke.", say("Mend {0}.", "hwn"))
    finally:
        language.use(None)
    assert (error.what, error.do, str(error)) == ("Torrodd.", "Trwsiwch hwn.", "Torrodd. Trwsiwch hwn.")
    assert str(BadInput("It broke.", "Mend it.")) == "It broke. Mend it."


def test_the_code_lists_have_welsh_names_and_the_same_codes(welsh: None) -> None:
    in_welsh = vocabularies.dispositions()
    with language.english():
        in_english = vocabularies.dispositions()
    assert list(in_welsh) == list(in_english)
    assert in_welsh["false-positive"] == "Canlyniad positif ffug"
    assert in_english["false-positive"] == "False positive"
