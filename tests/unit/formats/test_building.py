from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.evidence import ABSENT, COLUMNS, KINDS, Layout, evidence_id, restore
from triage_app.formats.building import Builder, graded

LAYOUT = Layout(
    "given", "A source", {"title": ("name",), "host": ("machine", "name"), "user": ("machine", "user", "id")}
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "machine", "user", "id", "x"]) | st.text(max_size=3), inner, max_size=4
        )
    ),
    max_leaves=12,
)


def built(record: dict[str, Any], **more: Any) -> dict[str, Any]:
    builder = Builder(LAYOUT)
    return dict(zip(COLUMNS, builder.row(record, key=builder.key("1"), **more), strict=True))


@given(st.dictionaries(st.sampled_from(["name", "machine", "note"]), JSON, min_size=1), st.booleans())
def test_whatever_the_record_is_it_can_be_put_together_again(record: dict[str, Any], titled: bool) -> None:
    row = built(record, **({"title": "Given by us"} if titled else {}))
    restored = restore(LAYOUT, row, json.loads(row["rest"]))
    assert evidence_id("given", restored) == row["evidence_id"]


def test_a_column_holds_its_value_and_the_rest_does_not_repeat_it() -> None:
    row = built({"name": "Beacon", "machine": {"name": "pc-1", "os": "W"}})
    assert (row["title"], row["host"]) == ("Beacon", "pc-1")
    assert json.loads(row["rest"]) == {"machine": {"os": "W"}}


def test_a_title_that_we_gave_is_not_taken_for_the_sources_own() -> None:
    row = built({"id": 1}, title="Unnamed")
    assert restore(LAYOUT, row, json.loads(row["rest"])) == {"id": 1}


def test_a_record_with_our_own_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="no source"):
        built({ABSENT: ["title"]})


def test_secrets_are_masked_before_anything_is_named() -> None:
    row = built({"name": "x", "password": "hunter2"})
    assert "hunter2" not in json.dumps(row)
    assert row["evidence_id"] == built({"name": "x", "password": "other"})["evidence_id"]


def test_a_time_beyond_all_times_is_refused() -> None:
    for moment in (-1, 10**15):
        with pytest.raises(ValueError, match="outside"):
            built({"name": "x"}, seen_at=moment)


def test_no_record_of_another_kind_has_an_alerts_key() -> None:
    keys = {Builder(LAYOUT, kind).key("CC-1") for kind in KINDS}
    assert len(keys) == len(KINDS)


def test_what_nobody_graded_is_unknown_for_an_alert_and_nothing_for_the_rest() -> None:
    assert built({"name": "x"})["severity"] == 50
    assert Builder(LAYOUT, "endpoint").row({"name": "x"}, key="0" * 32)[COLUMNS.index("severity")] == 0
    assert built({"name": "x"}, severity=graded("words", "high"))["severity"] == 75


@pytest.mark.parametrize("score", [float("nan"), float("inf"), -float("inf")])
def test_a_score_without_measure_is_none(score: float) -> None:
    assert built({"name": "x"}, score=score)["score"] is None


def test_an_empty_cell_whose_column_we_filled_stays_an_empty_cell() -> None:
    layout = Layout("given", "A source", {"title": ("Name",)}, ("Name", "Other"))
    builder = Builder(layout, "finding")
    row = dict(zip(COLUMNS, builder.row({"Name": "", "Other": ""}, key="0" * 32, title="Plugin 7"), strict=True))
    assert row["title"] == "Plugin 7"
    assert restore(layout, row, json.loads(row["rest"])) == {"Name": "", "Other": ""}


@pytest.mark.parametrize(("kind", "given"), [("alert", "RXX"), ("finding", "RXX"), ("indicator", ""), ("advisory", "")])
def test_only_what_is_about_somebody_gets_the_organisation_of_its_file(kind: str, given: str) -> None:
    builder = Builder(Layout("x", "X", {}), kind, "RXX")
    made = builder.row({"a": "b"}, key="ab" * 16, title="t")
    assert made[COLUMNS.index("organisation")] == given
