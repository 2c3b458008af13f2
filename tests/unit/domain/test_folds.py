"""What is folded by hand: groups of links, names that two laptops make alike, and rows taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain import folds

KEYS = [bytes([number]) * 16 for number in range(8)]
LINKS = st.sets(st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS)).filter(lambda pair: pair[0] < pair[1]))


@given(LINKS)
def test_groups_part_all_that_is_linked_and_hold_every_link(links: set[tuple[bytes, bytes]]) -> None:
    found = folds.groups(links)
    assert set(found) == {key for link in links for key in link}
    assert all(found[one] == found[other] for one, other in links)
    assert all(found[member] == group for group in found.values() for member in group)


@given(LINKS, LINKS)
def test_more_links_only_ever_join_groups(some: set[tuple[bytes, bytes]], more: set[tuple[bytes, bytes]]) -> None:
    fewer, all_of_them = folds.groups(some), folds.groups(some | more)
    assert all(group <= all_of_them[key] for key, group in fewer.items())


@given(st.sets(st.sampled_from([key.hex() for key in KEYS]), min_size=1))
def test_the_links_of_a_star_hold_together_just_what_was_asked(keys: set[str]) -> None:
    ends = [folds.ends_of(link) for link in folds.star(sorted(keys, reverse=True))]
    assert len(ends) == len(keys) - 1
    whole = folds.groups(pair for pair in ends if pair is not None)
    assert {key.hex() for key in whole} == (keys if len(keys) > 1 else set())
    assert len(set(whole.values())) <= 1


@pytest.mark.parametrize(
    "name", ["", ":", "00" * 16, f"{'00' * 16}:{'00' * 16}", f"{'ff' * 16}:{'00' * 16}", f"{'00' * 16}:{'FF' * 16}",
             f"{'00' * 16}:{'ff' * 16}\n", f" {'00' * 16}:{'ff' * 16}"],
)  # fmt: skip
def test_an_id_that_no_link_has_names_nothing(name: str) -> None:
    assert folds.ends_of(name) is None


def test_rows_of_one_day_lie_together_and_those_of_another_alert_never() -> None:
    noon, evening, next_day = 12 * 3_600_000, 20 * 3_600_000, 36 * 3_600_000
    of_day = [folds.part_key(KEYS[1], folds.BY_DAY, b"x", at) for at in (noon, evening, next_day, None)]
    assert of_day[0] == of_day[1]
    assert len(set(of_day)) == 3
    assert folds.part_key(KEYS[2], folds.BY_DAY, b"x", noon) != of_day[0]
    assert folds.part_key(KEYS[1], folds.BY_ROW, b"x", noon) != folds.part_key(KEYS[1], folds.BY_ROW, b"y", noon)
    assert folds.day_of(next_day) == "1970-01-02"
    assert folds.day_of(None) == ""
