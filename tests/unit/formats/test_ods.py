"""The ODS's files of organisations: blank rows, and tables that only look alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.formats.reading_support import read_bytes
from triage_app.errors import TriageError

DATA = (Path(__file__).parents[2] / "data" / "formats" / "ods-organisations" / "etr.csv").read_bytes()
EMPTY = b",".join([b'""'] * 27) + b"\r\n"


def test_empty_rows_are_counted_and_hide_no_organisation() -> None:
    read = read_bytes(EMPTY.join(DATA.splitlines(keepends=True)) + b"\r\n" + EMPTY * 3 + b"," * 26 + b"\r\n")
    assert read.begin is not None
    assert read.begin.format == "ods-organisations"
    assert (len(read.rows), read.rejects, read.ignored) == (3, [], {"empty row": 6})


def test_a_row_without_a_code_is_rejected() -> None:
    read = read_bytes(DATA * 4 + DATA.splitlines()[0].replace(b"RXX", b"", 1) + b"\r\n", format="ods-organisations")
    assert (len(read.rows), [one.reason for one in read.rejects]) == (12, ["no organisation: its code is missing"])


@pytest.mark.parametrize("row", [b"10.0.0.1," * 26 + b"x\n", b"20260101," * 26 + b"x\n", EMPTY])
def test_other_tables_of_27_columns_are_not_taken_for_organisations(row: bytes) -> None:
    with pytest.raises(TriageError):
        read_bytes(row * 5)
