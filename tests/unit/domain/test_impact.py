"""Counts of clinical impact: unknown is not zero, and what nobody stated is not nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.impact import Count, Total, larger, total

counts = st.builds(Count, st.none() | st.integers(0, 10_000_000), st.booleans())
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["count", "at_least"]), inner),
    max_leaves=6,
)


@given(st.lists(counts))
def test_a_total_never_prints_a_nought_for_what_is_not_known(many: list[Count]) -> None:
    found = total(many)
    known = [one.number for one in many if one.number is not None]
    assert found.number == sum(known)
    words = found.words()
    if not many:
        assert words == "not stated"
    elif not known:
        assert words == "not known"
    else:
        assert f"{sum(known):,}" in words
        unsure = len(known) < len(many) or any(one.at_least for one in many if one.number is not None)
        assert words.startswith("at least") == unsure
        assert (f"{len(many) - len(known):,} not known" in words) == (len(known) < len(many))


@given(anything)
def test_a_count_that_came_by_bundle_is_read_or_not_known(value: Any) -> None:
    assert Count.of(value).words()
    assert Count.of(Count.of(value).value()) == Count.of(value)


@given(st.lists(counts, min_size=1))
def test_of_two_counts_of_the_same_the_larger_counts_and_is_at_least(many: list[Count]) -> None:
    found = larger(many)
    known = [one.number for one in many if one.number is not None]
    assert found.number == (max(known) if known else None)
    if known and len(set(many)) > 1:
        assert found.at_least


def test_nothing_at_all_is_not_stated() -> None:
    assert Total().words() == "not stated"
    assert total([Count(None), Count(None)]).words() == "not known"
    assert total([Count(12), Count(None)]).words() == "at least 12, 1 not known"
    assert total([Count(0)]).words() == "0"
