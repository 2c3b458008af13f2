from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.unit.formats.reading_support import read_bytes

SAMPLES = Path(__file__).parents[2] / "data" / "formats"
LIST = json.loads((SAMPLES / "sentinel-incidents" / "list.json").read_text("utf-8"))


def test_an_incident_fills_its_columns_from_its_properties() -> None:
    read = read_bytes(json.dumps(LIST).encode())
    (row,) = read.rows
    assert (row["title"], row["reference"], row["severity"]) == ("Sign-in from two countries", "i1", 50)
    assert row["category"] == "InitialAccess"
    assert row["detail"].startswith("incident 12, Two countries in an hour.")
    assert row["seen_at"] == 1795291800000
    assert read.raw(0) == LIST["value"][0]


def test_an_example_of_the_apis_description_is_read_as_the_answer_in_it() -> None:
    example = {"parameters": {"api-version": "2021-10-01"}, "responses": {"200": {"body": LIST}}}
    assert read_bytes(json.dumps(example).encode()).rows[0]["reference"] == "i1"


def test_rows_of_the_alert_table_are_read_as_json_and_as_csv_alike() -> None:
    rows = json.loads((SAMPLES / "sentinel-alerts" / "rows.json").read_text("utf-8"))
    (one,) = read_bytes(json.dumps(rows).encode()).rows
    assert (one["title"], one["src"], one["host"], one["severity"]) == ("Password spray", "203.0.113.7", "dc1", 75)
    header = ",".join(rows[0])
    cells = ",".join('"' + str(value).replace('"', '""') + '"' for value in rows[0].values())
    (two,) = read_bytes(f"{header}\n{cells}\n".encode()).rows
    for name in ("key", "title", "src", "host", "severity", "seen_at", "detail"):
        assert one[name] == two[name]


def test_entities_that_are_no_json_cost_no_alert() -> None:
    base: dict[str, Any] = {"SystemAlertId": "a", "AlertName": "x", "TimeGenerated": "2026-11-21T20:00:00Z"}
    for entities in ("[", "[" * 100_000, "[NaN]", "{}", None, 7, '[{"Type":"ip","Address":7}]'):
        assert len(read_bytes(json.dumps([base | {"Entities": entities}]).encode()).rows) == 1
