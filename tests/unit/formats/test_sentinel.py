from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

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


def test_a_broken_incident_in_a_list_costs_only_itself() -> None:
    incident = LIST["value"][0]
    text = json.dumps({"value": [incident | {"name": str(number)} for number in range(3)]})
    read = read_bytes(text.replace('"name": "1"', '"name": "1", "name": "1"').encode())
    assert [row["reference"] for row in read.rows] == ["0", "2"]
    assert len(read.rejects) == 1


ALERT: dict[str, Any] = {"SystemAlertId": "a", "AlertName": "x", "TimeGenerated": "2026-11-21T20:00:00Z"}


@pytest.mark.parametrize(
    ("entity", "column", "value"),
    [
        ({"Type": "account", "Name": "n.clerk", "UPNSuffix": "trust.example"}, "user", "n.clerk@trust.example"),
        ({"Type": "account", "Name": "n.clerk", "NTDomain": "TRUST"}, "user", "TRUST\\n.clerk"),
        ({"Type": "account", "Name": "n.clerk"}, "user", "n.clerk"),
        ({"Type": "account", "UPNSuffix": "trust.example"}, "user", ""),
        ({"Type": "account", "Name": ["x"], "UPNSuffix": 7}, "user", ""),
        ({"Type": "cloud-application", "Name": "Mail"}, "user", ""),
        ({"Type": "host", "HostName": "dc1", "DnsDomain": "trust.example"}, "host", "dc1.trust.example"),
        ({"Type": "host", "HostName": "dc1.trust.example", "DnsDomain": "x"}, "host", "dc1.trust.example"),
        ({"Type": "file", "FileHashes": [{"Algorithm": "SHA1"}, {"Value": "ab" * 32}]}, "hash", "ab" * 32),
        ({"Type": "file", "FileHashes": [[], None, 7]}, "hash", ""),
        ({"Type": "url", "Url": "https://bad.example/"}, "url", "https://bad.example/"),
    ],
)
def test_an_entity_fills_the_column_that_is_for_it(entity: dict[str, Any], column: str, value: str) -> None:
    (row,) = read_bytes(json.dumps([ALERT | {"Entities": json.dumps([entity])}]).encode()).rows
    assert row[column] == value


def portal(*times: str) -> bytes:
    rows = "".join(f'a{number},Spray,"{time}"\n' for number, time in enumerate(times))
    return f"SystemAlertId,AlertName,TimeGenerated [UTC]\n{rows}".encode()


@pytest.mark.parametrize(
    ("times", "first"),
    [
        (("11/3/2026, 8:00:00.123 PM", "11/21/2026, 8:00:00.123 PM"), 1793736000123),
        (("03/11/2026, 20:00:00.123", "21/11/2026, 20:00:00.123"), 1793736000123),
        (("2026-11-03T20:00:00.123Z",), 1793736000123),
        (("11/11/2026, 20:00:00", "11/11/2026, 21:00:00", "x"), 1794427200000),
    ],
)
def test_times_as_the_portal_writes_them_are_read_in_the_order_that_the_table_shows(
    times: tuple[str, ...], first: int
) -> None:
    read = read_bytes(portal(*times))
    assert read.begin is not None
    assert read.begin.format == "sentinel-alerts"
    assert read.rows[0]["seen_at"] == first


@pytest.mark.parametrize(
    "times", [("11/3/2026, 8:00 PM", "12/3/2026, 8:00 PM"), ("21/11/2026, 20:00", "11/21/2026, 20:00"), ("x", "y")]
)
def test_a_table_whose_dates_cannot_be_told_goes_to_the_mapper(times: tuple[str, ...]) -> None:
    read = read_bytes(portal(*times), mode="preview")
    assert read.needs is not None


def test_a_change_of_an_incident_is_a_row_of_the_same_matter_as_from_the_rest_api() -> None:
    folder = SAMPLES / "sentinel-incident-rows"
    one, two = (read_bytes((folder / name).read_bytes()) for name in ("rows.json", "rows.csv"))
    rest = read_bytes(json.dumps(LIST).encode()).rows[0]
    assert {row["key"] for row in (*one.rows, *two.rows)} == {rest["key"]}
    first, second = one.rows
    assert (first["title"], first["severity"], first["category"]) == ("Sign-in from two countries", 50, "InitialAccess")
    assert first["detail"].startswith("incident 12, Two countries in an hour.")
    assert (second["title"], second["severity"]) == ("Sentinel incident 12", 10)
    assert first["seen_at"] < second["seen_at"] < two.rows[0]["seen_at"]
    assert one.raw(1)["Title"] == ""


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"IncidentName": 7}, "without IncidentName"),
        ({"LastModifiedTime": None, "TimeGenerated": "", "CreatedTime": []}, "without a time"),
        ({"LastModifiedTime": "soon"}, "cannot be read"),
    ],
)
def test_a_row_that_lacks_what_an_incident_needs_is_rejected_with_the_reason(
    changed: dict[str, Any], reason: str
) -> None:
    row = json.loads((SAMPLES / "sentinel-incident-rows" / "rows.json").read_text("utf-8"))[0]
    read = read_bytes(json.dumps([row, row | changed]).encode())
    assert len(read.rows) == 1
    assert reason in read.rejects[0].reason


# ---- the answer to a query -----------------------------------------------------------------------------
COLUMNS = [{"name": name, "type": "string"} for name in ALERT]


def table(*names: str, **more: Any) -> dict[str, Any]:
    rows = [[name, "x", "2026-11-21T20:00:00Z"] for name in names]
    return {"name": "PrimaryResult", "columns": COLUMNS, "rows": rows, **more}


def references(*answers: Any, **how: Any) -> list[str]:
    read = read_bytes("\n".join(json.dumps(answer, **how) for answer in answers).encode())
    assert read.begin is not None
    assert (read.begin.format, read.rejects) == ("sentinel-alerts", [])
    return [row["reference"] for row in read.rows]


@pytest.mark.parametrize("name", ["sentinel-alerts", "sentinel-incident-rows"])
def test_an_answer_to_a_query_gives_the_same_matters_as_its_rows(name: str) -> None:
    rows, query = (read_bytes((SAMPLES / name / f"{one}.json").read_bytes()) for one in ("rows", "query"))
    assert query.begin is not None
    assert query.begin.format == name
    assert query.rejects == []
    for column in ("key", "title", "src", "host", "severity", "seen_at", "detail", "category"):
        assert [row[column] for row in query.rows] == [row[column] for row in rows.rows]


@pytest.mark.parametrize("how", [{}, {"indent": 1}, {"separators": (",", ":")}])
def test_every_table_of_every_answer_is_read(how: dict[str, Any]) -> None:
    late = {"name": "PrimaryResult", "rows": table("d")["rows"], "columns": COLUMNS}
    answer = {"statistics": {"n": [1]}, "tables": [table("a", "b"), table(), table("c"), late], "render": {}}
    assert references(answer, **how) == ["a", "b", "c", "d"]
    assert references(answer, answer, **how) == ["a", "b", "c", "d"] * 2
    assert references([answer, answer], **how) == ["a", "b", "c", "d"] * 2


def test_an_answer_longer_than_a_record_may_be_is_cut_into_its_rows() -> None:
    long = table()
    long["columns"] = [*COLUMNS, {"name": "ExtendedProperties", "type": "dynamic"}]
    long["rows"] = [[str(number), "x", "2026-11-21T20:00:00Z", "y" * 60_000] for number in range(300)]
    assert references({"tables": [long, table("last")]}) == [*map(str, range(300)), "last"]


def test_rows_of_another_table_are_counted() -> None:
    other = {"name": "Usage", "columns": [{"name": "n", "type": "long"}], "rows": [[1], [2]]}
    read = read_bytes(json.dumps({"tables": [table("a"), other]}).encode())
    assert (len(read.rows), read.ignored, read.rejects) == (1, {"row of the table Usage": 2}, [])


def test_an_answer_in_part_is_said_to_be_one() -> None:
    answer = {"tables": [table("a")], "error": {"code": "PartialError", "message": "There were some errors."}}
    for whole in (answer, [answer]):
        read = read_bytes(json.dumps(whole).encode())
        assert len(read.rows) == 1
        assert read.rejects[0].reason == "the query was answered in part only: There were some errors."


def twice(text: str, name: str) -> str:
    return text.replace(f'"{name}":', f'"{name}":[],"{name}":', 1)


@pytest.mark.parametrize(
    ("text", "rows", "reasons"),
    [
        (json.dumps({"tables": [table("a", rows=[["a"], 7, {"b": 1}, ["b", "x", "soon"]])]}), 0,
         ["a row of 1 values in a table of 3 columns", "not a JSON object", "no list of values", "cannot be read"]),
        (twice(json.dumps({"tables": [table("a")]}), "rows"), 0, ["'rows' is there twice"]),
        (json.dumps({"tables": [table("a")]})[:-2] + ',{"rows":[],"rows":[["b"]],"columns":[]}]}', 1, ["there twice"]),
        (json.dumps({"tables": [table("a")]})[:-1] + ',"tables":[{"columns":[' + ",".join(
            json.dumps(one) for one in COLUMNS) + "]}]}", 1, ["'tables' is there twice"]),
        (json.dumps({"tables": [table("a", columns=[*COLUMNS[:2], COLUMNS[0]])]}), 0, ["Id' is there twice"]),
        (json.dumps({"tables": [table("a"), table("b", columns=[{}, 7])]}), 1, ["no names"]),
        (json.dumps({"tables": [table("a"), 7, table("b")]}), 1, ["nothing from here on"]),
        (json.dumps({"tables": [table("a"), {"name": "x"}, table("b")]}), 2, ["it has no rows"]),
        (json.dumps({"tables": [table("a")]})[:-1], 1, ["the end is missing"]),
        (json.dumps({"tables": [table("a")]})[:-2], 1, ["the end is missing"]),
        (json.dumps({"tables": [table("a")]})[:-3], 1, ["the end is missing"]),
        (json.dumps({"tables": [table("a")]}) + "\n7", 1, ["not a JSON object"]),
    ],
)  # fmt: skip
def test_what_is_broken_in_an_answer_is_rejected_with_the_reason(text: str, rows: int, reasons: list[str]) -> None:
    read = read_bytes(text.encode(), format="sentinel-alerts")
    assert len(read.rows) == rows
    assert [reason in reject.reason for reason, reject in zip(reasons, read.rejects, strict=True)] == [True] * len(
        reasons
    )
