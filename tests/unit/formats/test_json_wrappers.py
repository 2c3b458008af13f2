"""A law of every format whose records an object may wrap: no list in that object is lost without a word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests.unit.formats.reading_support import read_bytes
from triage_app.formats import (
    cve,
    defender,
    defender_machines,
    defender_vulnerabilities,
    kev,
    mde,
    nhs_cyber_alerts,
    nvd,
    ocsf,
    proki,
    sentinel,
    sentinel_alerts,
    sentinel_incident_rows,
    sentinel_rows,
    wazuh,
    wazuh_vulnerabilities,
    xarf,
)
from triage_app.formats.building import at

SAMPLES: Final = Path(__file__).parents[2] / "data" / "formats"
FORMATS: Final[dict[str, tuple[str, ...]]] = {
    **{one.FORMAT: one.WRAPPERS for one in (cve, defender, defender_machines, defender_vulnerabilities, kev, mde)},
    **{one.FORMAT: one.WRAPPERS for one in (nhs_cyber_alerts, nvd, ocsf, proki, sentinel, xarf)},
    **{one.FORMAT: sentinel_rows.WRAPPERS for one in (sentinel_alerts, sentinel_incident_rows)},
    **{one.FORMAT: ("hits",) for one in (wazuh, wazuh_vulnerabilities)},
    "stix": ("objects",),
    "misp": ("response",),
}


def record_of(name: str) -> dict[str, Any]:
    """The first record of a sample that is JSON."""
    for path in sorted((SAMPLES / name).glob("*.json*")):
        read = read_bytes(path.read_bytes(), format=name)
        records = [read.raw(index) for index, one in enumerate(read.layouts) if one.format == name]
        if records:
            return {"cve": records[0]} if name == "nvd" else records[0]
    raise AssertionError(name)


@pytest.mark.parametrize("name", FORMATS)
def test_a_list_whose_key_is_there_twice_is_rejected_and_counted(name: str) -> None:
    key, one = FORMATS[name][0], json.dumps(record_of(name))
    text = f'{{"{key}":[{one}],"count":1,"{key}":[{one},{one}]}}'
    if name.startswith("wazuh"):
        text = f'{{"took":1,"hits":{text}}}'
    read = read_bytes(text.encode(), format=name)
    assert len(read.rows) == 1
    (reject,) = read.rejects
    assert reject.reason == f"around the list of records, which were read: the key '{key}' is there twice"
    assert json.loads(one) in at(json.loads(reject.text), *(["hits"] if name.startswith("wazuh") else []), key)


@pytest.mark.parametrize("name", [name for name, wrappers in FORMATS.items() if len(wrappers) > 1])
@pytest.mark.parametrize("shape", ["one object", "array"])
def test_every_list_of_records_in_an_object_is_read(name: str, shape: str) -> None:
    one = record_of(name)
    whole = {key: [one] for key in FORMATS[name]}
    read = read_bytes(json.dumps(whole if shape == "one object" else [whole]).encode(), format=name)
    assert len(read.rows) == len(FORMATS[name])


def test_a_bundle_of_stix_in_a_list_gives_its_objects() -> None:
    thing = record_of("stix")
    bundle = {"type": "bundle", "id": "bundle--7c1d5a1e-2f6a-4f5b-9d0c-1a2b3c4d5e6f", "objects": [thing, 7]}
    read = read_bytes(json.dumps([bundle, bundle]).encode())
    assert len(read.rows) == 2
    assert ["no type" in reject.reason for reject in read.rejects] == [True, True]
    assert read.ignored == {}


@pytest.mark.parametrize("again", ["{0}", "[{0}]"])
def test_records_in_another_list_beside_the_one_that_is_read_are_rejected_and_named(again: str) -> None:
    alert = {"id": "a", "title": "A", "severity": "high", "serviceSource": "microsoftDefenderForEndpoint",
             "createdDateTime": "2026-11-21T20:00:00Z", "detectionSource": "antivirus"}  # fmt: skip
    text = json.dumps({"value": [alert], "alerts": [{**alert, "id": "b"}], "@odata.count": 1})
    found = read_bytes(again.format(text).encode(), format="defender-alerts")
    assert len(found.rows) == 1
    (reject,) = found.rejects
    assert "not those in another beside it: 'alerts'" in reject.reason
    assert '"b"' in reject.text
