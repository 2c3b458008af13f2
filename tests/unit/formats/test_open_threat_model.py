from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import Read, read_bytes
from triage_app.errors import BadFile

SAMPLES = Path(__file__).parents[2] / "data" / "formats" / "otm"


def read(model: dict[str, Any]) -> Read:
    return read_bytes(json.dumps({"otmVersion": "0.2.0", "project": {"id": "p", "name": "P"}} | model).encode())


def test_a_threat_names_the_parts_it_threatens_and_how_they_stand() -> None:
    found = read_bytes((SAMPLES / "ward-tablet.json").read_bytes())
    first, second = found.of_kind("threat-model")
    assert (first["title"], first["value"], first["category"]) == (
        "Stolen tablet",
        "t1",
        "Information disclosure, Spoofing",
    )
    assert (first["host"], first["reference"]) == ("Tablet, Records service", "ward-tablet")
    assert first["detail"] == (
        "Someone takes a tablet that is unlocked.; Tablet: exposed, Lock after a minute required; "
        "Records service: mitigated, Lock after a minute implemented"
    )
    assert (first["severity"], first["severity_raw"]) == (54, "likelihood 60, impact 90")
    assert (second["severity"], second["severity_rule"], second["host"]) == (0, "none/1", "Records service")
    assert found.raw(0)["threat"]["risk"] == {"likelihood": 60, "impact": 90}
    assert found.ignored == {"component": 2, "data flow": 1, "trust zone": 1}


def test_json_and_yaml_of_the_same_model_are_the_same_evidence() -> None:
    in_json, in_yaml = (read_bytes((SAMPLES / f"ward-tablet.{kind}").read_bytes()) for kind in ("json", "yaml"))
    assert in_json.rows == in_yaml.rows
    assert in_json.ignored == in_yaml.ignored


def test_a_model_without_threats_is_one_row() -> None:
    found = read_bytes((SAMPLES / "empty.json").read_bytes())
    (row,) = found.of_kind("threat-model")
    assert (row["title"], row["value"], row["detail"]) == ("Empty", "empty", "Nothing yet")
    assert found.raw(0)["project"]["id"] == "empty"


def test_a_json_schema_of_models_is_not_taken_for_a_model() -> None:
    schema = {"$schema": "x", "required": ["otmVersion"], "properties": {"otmVersion": {}, "project": {}}}
    with pytest.raises(BadFile):
        read_bytes(json.dumps(schema).encode(), format="otm")


@pytest.mark.parametrize(
    ("model", "reason"),
    [({"threats": {}}, "no list"), ({"project": "x"}, "project is missing"), ({"threats": [{}] * 10_001}, "more than")],
)
def test_a_model_of_another_build_is_refused_in_a_sentence(model: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadFile, match=reason):
        read(model)


def test_parts_of_unexpected_types_do_no_harm() -> None:
    found = read(
        {
            "threats": [
                5,
                {},
                {"id": 7, "name": ["x"], "categories": "Spoofing", "risk": {"likelihood": True, "impact": 1e9}},
            ],
            "components": [
                None,
                {"threats": [{"threat": 7, "mitigations": [3, {"mitigation": []}]}, "x"]},
                {"threats": 1},
            ],
            "mitigations": "none",
        }
    )
    assert [row["value"] for row in found.rows] == ["7"]
    assert found.rows[0]["title"] == "Threat 7"
    assert len(found.rejects) == 2


@pytest.mark.parametrize("extra", ["x: &a 1\ny: *a\n", "x: !!set {}\n", "x: {a: 1\n", "otmVersion: 2\n"])
def test_yaml_that_refers_or_constructs_is_refused(extra: str) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        read_bytes(f"otmVersion: 0.2.0\nproject:\n  id: p\n{extra}".encode())


def test_a_long_description_is_not_repeated_in_every_row() -> None:
    long = "x" * 100_000
    threats = [{"id": str(number), "name": "t"} for number in range(100)]
    used = [{"threat": str(number), "mitigations": [{"mitigation": "m"}]} for number in range(100)]
    found = read(
        {
            "project": {"id": "p", "description": long},
            "threats": threats,
            "components": [{"id": "c", "name": long, "threats": used}],
            "mitigations": [{"id": "m", "name": long}],
        }
    )
    assert len(found.rows) == 100
    assert sum(len(row["rest"]) for row in found.rows) < 200_000


def test_the_real_examples_give_the_same_rows_in_both_languages_when_they_are_there() -> None:
    folder = Path(__file__).resolve().parents[4] / "shared" / "data" / "threat-models" / "otm"
    if not folder.is_dir():
        pytest.skip("the public sample files are not beside this project")
    in_json, in_yaml = (read_bytes((folder / f"EXAMPLE.{kind}").read_bytes()) for kind in ("json", "yaml"))
    assert len(in_json.rows) == 1
    assert in_json.rows == in_yaml.rows
    with pytest.raises(BadFile):
        read_bytes((folder / "otm_schema.json").read_bytes(), format="otm")
