from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import Read, read_bytes
from triage_app.errors import BadFile

SAMPLES = Path(__file__).parents[2] / "data" / "formats" / "threat-dragon"
SUMMARY = {"title": "T", "owner": "", "description": "", "id": 0}


def read(diagrams: Any, **model: Any) -> Read:
    detail = {"contributors": [], "diagrams": diagrams, "reviewer": "", "threatTop": 0}
    return read_bytes(json.dumps({"version": "2.0", "summary": SUMMARY, "detail": detail} | model).encode())


def test_version_2_gives_a_row_for_every_threat() -> None:
    found = read_bytes((SAMPLES / "version-2.json").read_bytes())
    first, second = found.of_kind("threat-model")
    assert (first["title"], first["value"], first["category"]) == (
        "Notes read by others",
        "a1",
        "Information disclosure",
    )
    assert (first["host"], first["reference"]) == ("Tablet app", "Ward tablet")
    assert (first["severity"], first["severity_raw"], first["severity_rule"]) == (75, "High", "words/1")
    assert first["detail"] == "Open; Notes stay on the screen.; Lock the screen."
    assert second["detail"].startswith("Mitigated; ")
    assert found.raw(0)["threat"]["modelType"] == "STRIDE"
    assert "position" not in found.raw(0)["component"]
    assert found.ignored == {"actor without a threat": 1}


def test_version_1_gives_the_same_with_names_from_the_drawing() -> None:
    found = read_bytes((SAMPLES / "version-1.json").read_bytes())
    first, second = found.of_kind("threat-model")
    assert (first["host"], second["host"]) == ("Notes", "Chart")
    assert (first["value"], second["value"]) == ("s1/1", "f1/1")
    assert first["key"] != second["key"]
    assert found.ignored == {"boundary without a threat": 1}


def test_a_model_without_threats_is_one_row() -> None:
    found = read([])
    (row,) = found.of_kind("threat-model")
    assert (row["title"], row["category"]) == ("T", "model without threats")


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ({"summary": {"titled": "T", "id": "bad"}}, "summary has no title"),
        ({"summary": {"title": 5}}, "summary has no title"),
        ({"detail": {"contributors": [], "diagrams": {}}}, "diagrams are no list"),
        ({"detail": {"contributors": [], "reviewer": ""}}, "diagrams are no list"),
        ({"detail": {"contributors": [], "diagrams": [5]}}, "not an object"),
    ],
)
def test_a_malformed_model_is_refused_in_a_sentence(model: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadFile, match=reason):
        read([], **model)


def test_a_model_with_misspelt_parts_is_known_for_what_it_should_be() -> None:
    model = {"version": "2", "summary": SUMMARY, "details": {"contribute": [], "diagramming": []}}
    with pytest.raises(BadFile, match=r"Threat Dragon but cannot be read: its detail is missing\."):
        read_bytes(json.dumps(model).encode())


def test_parts_of_unexpected_types_do_no_harm() -> None:
    found = read(
        [
            {"cells": [1, {"data": {"threats": [3, {}, {"title": ["x"], "severity": 9}], "name": {}}, "labels": [{}]}]},
            {"cells": {"a": 1}, "diagramJson": {"cells": "x"}},
        ]
    )
    assert [row["title"] for row in found.rows] == ["Threat /3"]
    assert found.rows[0]["severity_rule"] == "unknown/1"
    assert len(found.rejects) == 2


def test_the_real_models_have_fourteen_threats_each_when_they_are_there() -> None:
    folder = Path(__file__).resolve().parents[4] / "shared" / "data" / "threat-models" / "threat-dragon"
    if not folder.is_dir():
        pytest.skip("the public sample files are not beside this project")
    for name in ("demo-threat-model.json", "v2-threat-model.json"):
        found = read_bytes((folder / name).read_bytes())
        assert len(found.rows) == 14
        assert all(row["host"] and row["title"] for row in found.rows)
    assert len(read_bytes((folder / "v2-new-model.json").read_bytes()).rows) == 1
    with pytest.raises(BadFile, match="Threat Dragon but cannot be read"):
        read_bytes((folder / "v2-malformed-new-model.json").read_bytes())
