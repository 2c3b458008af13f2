from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import Read, read_bytes
from triage_app.errors import BadFile

BREACH = {
    "Name": "Shop",
    "Title": "Example Shop",
    "BreachDate": "2026-10-13",
    "AddedDate": "2026-11-21T20:00:00Z",
    "PwnCount": 1000,
    "DataClasses": ["Email addresses", "Passwords"],
    "IsVerified": False,
}
NOTICE = {
    "Domain": "trust.example",
    "DomainEmails": ["a.jones@trust.example", "b.smith@trust.example"],
    "Breach": BREACH,
}


def read(*notices: Any) -> Read:
    return read_bytes("".join(json.dumps(notice) + "\n" for notice in notices).encode(), format="hibp")


def test_a_notice_says_how_many_addresses_of_which_domain() -> None:
    found = read(NOTICE)
    (row,) = found.rows
    assert row["title"] == "Example Shop breach: 2 addresses of trust.example"
    assert (row["category"], row["host"], row["reference"]) == ("Email addresses, Passwords", "trust.example", "Shop")
    assert (row["rsit"], row["seen_at"]) == ("information-content-security/data-leak", 1795291200000)
    assert row["detail"] == "breached 2026-10-13, not verified"
    assert found.raw(0)["DomainEmails"] == NOTICE["DomainEmails"]


def test_a_single_address_is_the_user_and_a_paste_is_called_one() -> None:
    found = read(
        NOTICE | {"DomainEmails": ["a.jones@trust.example"]},
        {"Email": "a.jones@trust.example", "Paste": {"Id": "p1", "Date": "2026-11-21T20:00:00Z"}},
    )
    assert [row["user"] for row in found.rows] == ["a.jones@trust.example"] * 2
    assert found.rows[1]["title"] == "p1 paste: 1 address of trust.example"


def test_a_breach_of_a_domain_is_one_matter() -> None:
    found = read(NOTICE, NOTICE | {"DomainEmails": ["c@trust.example"]}, NOTICE | {"Domain": "other.example"})
    first, again, other = (row["key"] for row in found.rows)
    assert first == again != other


def test_the_public_list_of_breaches_is_counted_and_no_alert() -> None:
    found = read(BREACH, BREACH)
    assert (found.rows, found.ignored) == ([], {"breach without addresses": 2})


def test_parts_of_unexpected_types_do_no_harm() -> None:
    odd = {"AddedDate": 5, "BreachDate": [], "DataClasses": "x", "Title": {}, "Name": None}
    found = read(NOTICE, {"Domain": 5, "DomainEmails": [{}, 1, None], "Breach": odd}, {"x": 1}, [NOTICE])
    assert [row["seen_at"] for row in found.rows] == [1795291200000, None]
    assert len(found.rejects) == 2


def test_other_json_is_not_taken_for_a_notice() -> None:
    with pytest.raises(BadFile):
        read({"Breach": "yes", "Domain": "x"})


def test_the_real_notice_is_read_when_it_is_there() -> None:
    path = Path(__file__).resolve().parents[4] / "shared" / "data" / "feeds" / "hibp_breach_real.json"
    if not path.is_file():
        pytest.skip("the public sample files are not beside this project")
    assert [row["title"] for row in read_bytes(path.read_bytes()).rows] == ["Wanelo breach: 2 addresses of example.com"]
