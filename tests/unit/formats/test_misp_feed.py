"""What lies beside the events of MISP: a feed's manifest and index of hashes, and taxonomies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import Read, read_bytes
from triage_app.errors import BadFile

SAMPLES = Path(__file__).parents[2] / "data" / "formats"
UUID = "0b9e6f5c-7f2a-4c1e-9a59-2b4f6c1d2001"
MD5 = "44d88612fea8a8f36de82e1278abb02f"
ENTRY = {"info": "Loader", "Orgc": {"name": "Trust desk"}, "date": "2026-11-21", "Tag": [{"name": "tlp:green"}]}


def manifest(*entries: Any) -> Read:
    data = {f"{UUID[:-2]}{number:02}": entry for number, entry in enumerate(entries)}
    return read_bytes(json.dumps(data).encode(), format="misp-feed")


def test_every_event_of_a_manifest_is_an_advisory() -> None:
    found = read_bytes((SAMPLES / "misp-feed" / "manifest.json").read_bytes())
    (row,) = found.of_kind("advisory")
    assert (row["title"], row["category"], row["tlp"]) == ("Loader", "Trust desk", "CLEAR")
    assert row["value"] == row["reference"] == "0b9e6f5c-7f2a-4c1e-9a59-2b4f6c1d0e09"
    assert row["seen_at"] == 1795219200000


def test_the_event_and_its_line_in_the_manifest_are_one_matter() -> None:
    event = {"Event": {"uuid": f"{UUID[:-2]}00", "info": "Loader", "date": "2026-11-21", "Attribute": []}}
    whole = read_bytes(json.dumps(event).encode(), format="misp")
    assert manifest(ENTRY).rows[0]["key"] == whole.rows[0]["key"]


@pytest.mark.parametrize("line", [f"{MD5},{UUID}", f"{UUID}.json,{MD5},{'ab' * 20}", f"{MD5.upper()},{UUID.upper()}"])
def test_a_hash_index_accuses_nobody(line: str) -> None:
    found = read_bytes(f"{line}\n{line}\r\n\n{line}".encode())
    assert found.begin is not None
    assert found.begin.format == "misp-feed"
    assert "nothing of it is an indicator" in found.begin.why
    assert not found.rows
    assert found.ignored == {"line of a feed's hash index": 3}


@pytest.mark.parametrize("entry", [None, 5, [], "x", {}, {**ENTRY, "info": None, "Tag": 5, "date": "soon", "Orgc": []}])
def test_an_entry_that_is_odd_is_a_record_or_a_reject(entry: Any) -> None:
    found = manifest(ENTRY, entry)
    assert len(found.rows) + len(found.rejects) == 2


@pytest.mark.parametrize(
    "text", [f"{MD5}\n{MD5}\n", f"{MD5},loader\n", f'{{"{UUID}": 5}}', f'{{"{UUID}": {{"info": "x"}}, "more": {{}}}}']
)
def test_what_only_resembles_a_feed_is_not_claimed(text: str) -> None:
    with pytest.raises(BadFile):
        read_bytes(text.encode(), format="misp-feed")


def test_a_taxonomy_is_named_and_counted_and_gives_no_evidence() -> None:
    found = read_bytes((SAMPLES / "misp-taxonomy" / "small.json").read_bytes())
    assert found.begin is not None
    assert "ward" in found.begin.why
    assert not found.rows
    assert found.ignored == {"taxonomy": 1, "taxonomy word": 2}


@pytest.mark.parametrize("values", [5, None, "x", [5, {"entry": 7}, {"entry": [1, 2]}], {}, True])
def test_a_taxonomy_of_any_shape_is_counted(values: Any) -> None:
    data = {"namespace": ["x"], "predicates": [1], "values": values}
    found = read_bytes(json.dumps(data).encode(), format="misp-taxonomy")
    assert not found.rows
    assert found.ignored["taxonomy"] == 1
