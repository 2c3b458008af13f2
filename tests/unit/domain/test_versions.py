"""Which of two versions is the newer."""

from __future__ import annotations

import itertools

import pytest

from triage_app.domain.versions import is_version, rank


def test_versions_come_in_the_order_they_are_given_out_in() -> None:
    order = ["0.9.0", "0.10.0", "1.0.0.dev2", "1.0.0a1", "1.0.0a10", "1.0.0b1", "1.0.0rc1", "1.0.0", "1.0.1", "2.0.0"]
    assert all(rank(a) < rank(b) for a, b in itertools.pairwise(order))


@pytest.mark.parametrize(
    "text", ["", "1", "1.0", "1.0.0.0", "01.0.0", "1.0.0-1", "v1.0.0", "../..", "1.0.0\n", "1.0.\u0661"]
)
def test_what_is_no_version_is_none(text: str) -> None:
    assert not is_version(text)
    with pytest.raises(ValueError, match=r".*"):
        rank(text)
