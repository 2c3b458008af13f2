"""TLP 2.0: the order of the labels, and who may receive what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.tlp import (
    AMBER,
    AMBER_STRICT,
    CLEAR,
    DEFAULT_FOR_EVIDENCE,
    DEFAULT_FOR_INCIDENT,
    GREEN,
    LABELS,
    RED,
    Relation,
    allows,
    ceiling,
    rank,
    read_label,
    strictest,
)
from triage_app.errors import BadInput


def test_the_labels_go_from_clear_to_red() -> None:
    assert LABELS == (CLEAR, GREEN, AMBER, AMBER_STRICT, RED)
    assert [rank(label) for label in LABELS] == [0, 1, 2, 3, 4]


@given(st.text())
def test_a_label_that_nobody_knows_counts_as_red(label: str) -> None:
    assert label in LABELS or rank(label) == rank(RED)
    assert allows(RED, label)
    assert label in LABELS or not allows(AMBER_STRICT, label)


@given(st.lists(st.sampled_from(LABELS) | st.text(max_size=5), min_size=1))
def test_the_strictest_allows_all_and_none_above_it(labels: list[str]) -> None:
    found = strictest(labels)
    assert found in LABELS
    assert all(allows(found, label) for label in labels)
    assert any(rank(label) == rank(found) for label in labels)


def test_nothing_is_clear_because_nobody_labelled_it() -> None:
    assert (DEFAULT_FOR_INCIDENT, DEFAULT_FOR_EVIDENCE) == (AMBER_STRICT, AMBER)


def test_a_relation_gives_no_more_than_its_ceiling_and_none_gives_red() -> None:
    assert {relation: ceiling(relation) for relation in Relation} == {
        Relation.PEER: GREEN,
        Relation.LINKED: AMBER,
        Relation.SAME: AMBER_STRICT,
    }


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("RED", RED), ("tlp:red", RED), (" TLP: AMBER ", AMBER), ("amber+strict", AMBER_STRICT),
        ("AMBER STRICT", AMBER_STRICT), ("amber-strict", AMBER_STRICT), ("White", CLEAR), ("tlp:white", CLEAR),
        ("clear", CLEAR), ("Green", GREEN),
    ],
)  # fmt: skip
def test_labels_are_read_as_people_write_them(text: str, label: str) -> None:
    assert read_label(text) == label


@pytest.mark.parametrize("text", ["", "TLP:", "PURPLE", "RED AMBER", "TLP:TLP:RED", "réd", "1"])
def test_another_word_is_refused_with_the_labels_there_are(text: str) -> None:
    with pytest.raises(BadInput, match=r"RED, AMBER\+STRICT, AMBER, GREEN or CLEAR"):
        read_label(text)
