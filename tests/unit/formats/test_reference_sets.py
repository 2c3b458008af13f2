"""The catalogue of exploited vulnerabilities and the ODS as reference data: read whole, or refused whole."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from tests.reference_packs import ZEROLOGON, kev, ods
from triage_app.formats import exploited_catalogue, ods_list


def entry(**changes: Any) -> bytes:
    told = json.loads(kev()[1])
    told["vulnerabilities"][0] |= changes
    return json.dumps(told).encode()


def test_a_catalogue_says_since_when_a_vulnerability_is_known_to_be_exploited() -> None:
    found = exploited_catalogue.read(b"\xef\xbb\xbf" + kev("2026-11-26", "cve-2020-1472", "CVE-2021-44228")[1])
    assert found.released == date(2026, 11, 26)
    assert found.entries[ZEROLOGON].added == date(2021, 11, 3)
    assert found.entries[ZEROLOGON].ransomware
    assert len(found.entries) == 2


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xff\xfe", b"[]", b"{}", b'{"vulnerabilities": 5}', kev("2026-11-26", vulnerabilities=[], count=0)[1],
        kev("2026-11-26", count=7)[1], kev("2026-11-26", dateReleased="yesterday")[1],
        kev("2026-11-26", dateReleased=None)[1], kev("2026-11-26", ZEROLOGON, "cve-2020-1472")[1],
        kev("2026-11-26", vulnerabilities=["x"])[1], entry(cveID="CVE-٢٠٢٠-1472"), entry(cveID="CVE-2020-1"),
        entry(cveID=None), entry(dateAdded="3 Nov 2021"), entry(dueDate=None), entry(product="x" * 20_001),
        entry(vulnerabilityName="a\u202eb"), entry(shortDescription=7),
        b'{"vulnerabilities":' + b"[" * 5_000 + b"]" * 5_000 + b"}", b'{"count": 1e999, "vulnerabilities": [{}]}',
    ],
)  # fmt: skip
def test_a_catalogue_with_one_fault_is_refused_whole(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        exploited_catalogue.read(data)


def test_organisations_are_read_with_names_as_people_write_them() -> None:
    _, data = ods(
        "2026-11-01", ("RJ1", "GUY'S AND ST THOMAS' NHS FOUNDATION TRUST"), ("RXX", "Already in Mixed Case"),
        ("RTK", "THE ASHFORD AND ST. PETER'S NHS CIC"),
    )  # fmt: skip
    assert [(one.code, one.name, one.nation, one.closed) for one in ods_list.read(data + b"\r\n\r\n")] == [
        ("RJ1", "Guy's and St Thomas' NHS Foundation Trust", "England", None),
        ("RXX", "Already in Mixed Case", "England", None),
        ("RTK", "The Ashford and St. Peter's NHS CIC", "England", None),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\r\n", b"\xff", b'"RXX","A"\r\n', ods("2026-11-01", ("R", "Too short"))[1],
        ods("2026-11-01", ("RXX", ""))[1], ods("2026-11-01", ("RXX", "One"), ("RXX", "Two"))[1],
        ods("2026-11-01", ("RXX", "a\x00b"))[1], ods("2026-11-01", ("RXX", "a\u202eb"))[1],
        ods("2026-11-01", ("RXX", "x" * 401))[1],
        ods("2026-11-01", ("RXX", "One"))[1].replace(b"20200401", b"20200431"),
        ods("2026-11-01", ("RXX", "One"))[1].replace(b"20200401", b"1 Apr 20"),
        ods("2026-11-01", ("RXX", "x" * 200_000))[1], b'"RXX","never closed' + b"\r\nrow" * 1_000,
    ],
)  # fmt: skip
def test_a_file_of_the_ods_with_one_faulty_row_is_refused_whole(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        ods_list.read(data)
