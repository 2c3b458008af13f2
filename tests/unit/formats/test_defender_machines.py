"""Machines of Defender for Endpoint: members of every shape, and addresses that are found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import read_bytes

SAMPLE = Path(__file__).parents[2] / "data" / "formats" / "defender-machines" / "page.json"


def page(**changes: Any) -> bytes:
    loaded: dict[str, Any] = json.loads(SAMPLE.read_text("utf-8"))
    loaded["value"] = [loaded["value"][0] | changes]
    return json.dumps(loaded).encode()


def test_every_address_of_a_machine_stays_in_its_record() -> None:
    addresses = [{"ipAddress": "192.0.2.77"}, {"ipAddress": "2001:db8::7"}, {"ipAddress": None}]
    read = read_bytes(page(ipAddresses=addresses))
    assert "192.0.2.77" in read.rows[0]["rest"]
    assert read.raw(0)["ipAddresses"] == addresses


@pytest.mark.parametrize(("name", "value"), [
    ("machineTags", "ward"), ("machineTags", [1, None, ["x"]]), ("lastSeen", 7), ("lastSeen", "9999-99-99"),
    ("computerDnsName", ["pc"]), ("osPlatform", {"a": 1}), ("riskScore", float(10**300)), ("lastIpAddress", None),
])  # fmt: skip
def test_a_member_of_any_shape_costs_no_machine(name: str, value: Any) -> None:
    read = read_bytes(page(**{name: value}), format="defender-machines")
    assert (len(read.rows), read.rejects) == (1, [])
    assert read.raw(0)[name] == value


@pytest.mark.parametrize("name", [None, "", 7, ["m1"]])
def test_a_machine_without_an_id_is_rejected(name: Any) -> None:
    read = read_bytes(page(id=name))
    assert (len(read.rows), [one.reason for one in read.rejects]) == (0, ["a machine without id"])
