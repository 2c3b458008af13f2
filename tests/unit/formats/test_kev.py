"""CISA's catalogue as an attacker may write it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import read_bytes

SAMPLES = Path(__file__).parents[2] / "data" / "formats" / "kev"


def catalogue(**changes: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLES / "kev.json").read_text("utf-8"))
    loaded["vulnerabilities"][0] |= changes
    return loaded


@pytest.mark.parametrize("version", ["v" * 20_000, ["1"], None, 7])
def test_a_version_of_any_length_is_not_repeated_whole(version: Any) -> None:
    read = read_bytes(
        json.dumps({"catalogVersion": version, **{"vulnerabilities": catalogue()["vulnerabilities"]}}).encode()
    )
    assert read.begin is not None
    assert (len(read.rows), len(read.begin.why) < 150) == (1, True)


@pytest.mark.parametrize("change", [{"cveID": ""}, {"cveID": 7}, {"dueDate": "soon"}, {"dateAdded": "2026-02-31"}])
def test_an_entry_that_cannot_be_read_is_rejected_in_either_form(change: dict[str, Any]) -> None:
    read = read_bytes(json.dumps(catalogue(**change)).encode())
    assert (len(read.rows), len(read.rejects)) == (0, 1)
    table = (SAMPLES / "kev.csv").read_text("utf-8")
    entry = catalogue()["vulnerabilities"][0]
    ((name, value),) = change.items()
    changed = table.replace(str(entry[name]), str(value if isinstance(value, str) else ""))
    read = read_bytes(changed.encode())
    assert (len(read.rows), len(read.rejects)) == (0, 1)


def test_an_entry_without_dates_or_name_is_still_an_entry() -> None:
    (row,) = read_bytes(json.dumps(catalogue(dueDate=None, vulnerabilityName=None)).encode()).rows
    assert (row["until_at"], row["title"]) == (None, "CVE-2026-10001")
