from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.formats.reading_support import Read, read_bytes

HEADER = "add_date,accept_date,attacker,domain,ip_address,reason,hackmode,type,redefacement,defacement_id\n"


def read(*rows: str) -> Read:
    return read_bytes((HEADER + "\n".join(rows) + "\n").encode(), format="zone-h")


def test_a_row_fills_the_columns() -> None:
    found = read(
        "2026-11-21 20:00:00,2026-11-22 10:00:00,nobody,http://www.t.example/x,192.0.2.1,fun,SQL Injection,mass,yes,77"
    )
    (row,) = found.rows
    assert row["title"] == "Website defaced by nobody: http://www.t.example/x"
    assert (row["src"], row["host"], row["url"], row["reference"]) == (
        "192.0.2.1",
        "www.t.example",
        "http://www.t.example/x",
        "77",
    )
    assert row["rsit"] == "information-content-security/unauthorised-information-modification"
    assert (row["seen_at"], row["category"]) == (1795291200000, "SQL Injection")
    assert row["detail"] == "mass defacement, defaced before, fun"


def test_a_defacement_is_known_by_its_number_else_by_page_and_attacker() -> None:
    found = read(
        "2026-11-21 20:00:00,,a,x.example,192.0.2.1,,,,,7",
        "2026-11-21 20:00:00,2026-11-22 20:00:00,a,x.example,192.0.2.1,,,,,7",
        "2026-11-21 20:00:00,,a,x.example,192.0.2.1,,,,,",
        "2026-11-22 20:00:00,,a,x.example,192.0.2.1,,,,,",
    )
    first, again, bare, bare_again = (row["key"] for row in found.rows)
    assert first == again
    assert bare == bare_again != first


def test_a_row_without_page_or_time_is_rejected_and_a_hostile_page_has_no_host() -> None:
    found = read(
        "2026-11-21 20:00:00,,a,,192.0.2.1,,,,,7",
        "soon,,a,x.example,192.0.2.1,,,,,8",
        "2026-11-21 20:00:00,,a,http://[oops/x,192.0.2.1,,,,,9",
    )
    assert [reject.line for reject in found.rejects] == [2, 3]
    assert [row["host"] for row in found.rows] == [""]


def test_the_real_list_is_read_whole_when_it_is_there() -> None:
    path = Path(__file__).resolve().parents[4] / "shared" / "data" / "feeds" / "zoneh_defacement_accepted.csv"
    if not path.is_file():
        pytest.skip("the public sample files are not beside this project")
    assert [row["reference"] for row in read_bytes(path.read_bytes()).rows] == ["12345678", "12345679"]
