"""A line of evidence is taken as it would be written again, or not at all: what is hashed is its text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from triage_app.domain.evidence import COLUMNS, Layout, evidence_id, restore
from triage_app.store.incoming_rows import Row

LAYOUT = Layout("csv", "Ward box", {"title": ("Title",)}, (), ())


def line_of(**columns: Any) -> bytes:
    told = dict.fromkeys(COLUMNS, "") | {
        "key": "ab" * 16, "kind": 0, "severity": 5, "seen_at": None, "until_at": None, "score": 1.5, **columns,
    }  # fmt: skip
    told.pop("evidence_id")
    rest = told.pop("rest") or "{}"
    named = evidence_id(LAYOUT.format, restore(LAYOUT, told, json.loads(rest)))
    claim = {"import": "e" * 32, "leaf": 0, "proof": []}
    said = {"id": named, "layout": LAYOUT.as_json(), "columns": told, "rest": rest, "imports": [claim]}
    return json.dumps(said).encode()


def test_a_line_is_read() -> None:
    assert Row.read(line_of(title="Loader")).columns["title"] == "Loader"


@pytest.mark.parametrize(
    "columns", [{"key": "AB" * 16}, {"key": "ab " * 16}, {"key": "ab" * 15}, {"title": "a\0b"}], ids=str
)
def test_a_key_that_would_not_be_kept_as_it_is_written_is_refused(columns: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not a"):
        Row.read(line_of(**columns))
