"""A table that somebody has to describe, lying in an archive or a workbook with files that need nobody."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace

from tests.unit.formats.reading_support import HEADER, MAPPING, read_bytes
from triage_app.domain.mapping import header_fingerprint

TABLE = HEADER + "2026-11-21T20:00:00Z,High,R1,Malware found,pc1,192.0.2.1,,d,k\n"
OTHER = "one,two\nthree words here,four\n"
EVE = json.dumps(
    {
        "timestamp": "2026-11-21T20:00:00.000000+0000",
        "event_type": "alert",
        "src_ip": "192.0.2.7",
        "alert": {"signature": "Beacon", "signature_id": 1, "severity": 1, "category": "c"},
    }
)
README = "What lies here was exported on a Friday.\n"


def packed(**files: str) -> bytes:
    """An archive of these files, in this order."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return stream.getvalue()


def test_the_one_table_that_nobody_described_is_offered_from_among_others_and_then_read() -> None:
    data = packed(README=README, eve=EVE, table=TABLE)
    offered = read_bytes(data, mode="preview")
    assert offered.needs is not None
    assert list(offered.needs.headers) == HEADER.strip().split(",")
    assert offered.needs.suggestion.fingerprint == header_fingerprint(HEADER.strip().split(","))
    read = read_bytes(data, replace(offered.needs.suggestion, source="EDR"))
    assert [row["title"] for row in read.rows] == ["Beacon", "Malware found"]
    assert [reject.reason.partition(":")[0] for reject in read.rejects] == ["README"]


def test_the_offer_is_made_again_with_a_mapping_so_that_it_can_be_changed() -> None:
    looked = read_bytes(packed(README=README, table=TABLE), MAPPING, mode="preview")
    assert [row["title"] for row in looked.rows] == ["Malware found"]
    assert looked.needs is not None


def test_of_two_tables_that_nobody_described_neither_is_offered() -> None:
    looked = read_bytes(packed(table=TABLE, other=OTHER), mode="preview")
    assert looked.needs is None
    assert [reject.reason.partition(":")[0] for reject in looked.rejects] == ["table", "other"]


def test_a_table_is_offered_though_the_files_after_it_fill_the_preview() -> None:
    looked = read_bytes(packed(table=TABLE, eve=(EVE + "\n") * 80), mode="preview")
    assert len(looked.rows) == 50
    assert looked.needs is not None


def test_an_import_without_a_mapping_takes_the_rest_and_rejects_the_table() -> None:
    read = read_bytes(packed(eve=EVE, table=TABLE))
    assert read.needs is None
    assert [row["title"] for row in read.rows] == ["Beacon"]
    assert [reject.reason.partition(":")[0] for reject in read.rejects] == ["table"]
