from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import Read, read_bytes
from triage_app.errors import BadFile

SAMPLES = Path(__file__).parents[2] / "data" / "formats" / "cyclonedx-threats"


def read(*parts: Any) -> Read:
    return read_bytes(json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": parts}).encode())


def test_a_threat_is_a_row_and_the_other_parts_are_counted() -> None:
    found = read_bytes((SAMPLES / "ward-tablet.cdx.json").read_bytes())
    (row,) = found.of_kind("threat-model")
    assert (row["title"], row["value"], row["category"], row["host"]) == ("Stolen tablet", "t1", "Spoofing", "c1")
    assert (row["severity"], row["seen_at"], row["detail"]) == (75, 1795291200000, "open; Someone takes it.")
    assert found.ignored == {"diagram": 1, "actor": 1}


def test_a_model_without_threats_is_one_row() -> None:
    found = read({"type": "threat-model", "name": "d", "properties": [{"name": "cdx:model:type", "value": "diagram"}]})
    (row,) = found.rows
    assert row["category"] == "model without threats"
    assert found.raw(0)["components"][0]["name"] == "d"


def test_a_list_of_software_is_not_taken_for_a_threat_model() -> None:
    with pytest.raises(BadFile):
        read_bytes(
            b'{"bomFormat":"CycloneDX","components":[{"type":"library","name":"x"}]}', format="cyclonedx-threats"
        )


def test_parts_of_unexpected_types_do_no_harm() -> None:
    threat = {
        "type": "threat-model",
        "properties": [5, {"name": "cdx:model:type", "value": "threat"}, {"name": [], "value": {}}],
    }
    found = read(None, 5, threat, {"type": ["x"], "components": "y"})
    assert len(found.rows) == 1
    deep: dict[str, Any] = threat
    for _ in range(25):
        deep = {"type": "threat-model", "components": [deep]}
    assert len(read(deep).rows) == 1


def test_the_real_model_is_one_row_when_it_is_there() -> None:
    folder = Path(__file__).resolve().parents[4] / "shared" / "data" / "threat-models" / "threat-dragon"
    if not folder.is_dir():
        pytest.skip("the public sample files are not beside this project")
    found = read_bytes((folder / "tmbom-otm-example.cdx.json").read_bytes())
    assert [row["title"] for row in found.rows] == ["Test application"]
    assert sum(found.ignored.values()) == 12
