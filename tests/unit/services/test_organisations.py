"""What words mean which organisation: a code, or one name; never the first word of a sentence."""

from __future__ import annotations

import pytest

from triage_app.services.organisations import Meant, known_organisations, meant

NAMES = {one["code"]: one["name"] for one in known_organisations()} | {"RXX": "Northmoor University Hospitals"}


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("rxx", "RXX"),
        ("RXX  Northmoor University Hospitals", "RXX"),
        ("RXX northmoor university hospitals", "RXX"),
        ("northmoor", "RXX"),
        ("leeds teaching", "RR8"),
        ("Alder Hey Children's NHS Foundation Trust", "RBS"),
        ("RZ1", "RZ1"),
        ("a81001", "A81001"),
        ("uni", "UNI"),
        ("QQQQ", "QQQQ"),
        ("R-1", "R-1"),
    ],
)
def test_a_code_stands_for_itself_and_a_name_for_the_one_that_has_it(typed: str, code: str) -> None:
    assert meant(typed, NAMES) == Meant(code)


@pytest.mark.parametrize("typed", ["", "  ", "Ward 7 records team", "RXX somebody else", "the surgery in Mill Lane"])
def test_other_words_mean_nobody(typed: str) -> None:
    assert meant(typed, NAMES) == Meant("")


@pytest.mark.parametrize("typed", ["leeds", "nhs foundation trust"])
def test_a_name_of_several_is_none_of_them(typed: str) -> None:
    assert meant(typed, NAMES) == Meant("", several=True)
