from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain import corrections


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("severity", "High", 70),
        ("severity", "0", 0),
        ("severity", "100", 100),
        ("title", "  Beacon \n on ward 7 ", "Beacon on ward 7"),
        ("organisation", "rxx", "RXX"),
    ],
)
def test_what_a_person_may_put_right_is_read(field: str, text: str, value: object) -> None:
    assert corrections.read(field, text) == value


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("severity", "101"), ("severity", "-1"), ("severity", "grave"), ("severity", "٣"), ("title", " "),
        ("title", "x" * 501), ("src", "192.0.2.1"), ("seen_at", "now"),
    ],
)  # fmt: skip
def test_what_cannot_be_put_right_is_refused_with_the_reason(field: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        corrections.read(field, text)


@given(st.sampled_from(corrections.FIELDS), st.text(max_size=600))
def test_a_correction_that_was_read_reads_the_same_again(field: str, text: str) -> None:
    try:
        value = corrections.read(field, text)
    except ValueError:
        return
    assert corrections.read(field, str(value)) == value
