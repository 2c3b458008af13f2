from __future__ import annotations

import csv
import dataclasses
import io
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.formats.reading_support import HEADER, MAPPING, read_bytes, read_table
from triage_app import paths
from triage_app.domain.evidence import evidence_id, fingerprint_key, reference_key
from triage_app.domain.mapping import Mapping
from triage_app.errors import BadFile, NeedsMapping

ROW = "2026-11-21T21:12:00Z,High,da637-1,Beacon to loader,WARD7B,10.0.0.1,https://a.evil.example/k7,calls home,kept\n"


def test_a_row_becomes_an_alert_and_nothing_of_it_is_lost() -> None:
    read = read_table(HEADER + ROW, organisation="RXX")
    (row,) = read.rows
    assert (row["title"], row["reference"], row["host"]) == ("Beacon to loader", "da637-1", "WARD7B")
    assert (row["severity"], row["severity_raw"], row["severity_rule"]) == (75, "High", "words/1")
    assert (row["organisation"], row["tokens"], row["seen_at"]) == ("RXX", "evil.example", 1795295520000)
    assert json.loads(row["rest"]) == {"other": "kept"}
    assert read.raw(0) == dict(zip(HEADER.strip().split(","), ROW.strip().split(","), strict=True))


def test_the_key_is_the_reference_and_without_one_a_fingerprint() -> None:
    rows = [
        ROW,
        ROW.replace("21:12", "22:12"),
        ROW.replace("da637-1", ""),
        ROW.replace("da637-1", "").replace("High", "Low"),
        ROW.replace("da637-1", "").replace("WARD7B", "WARD7C"),
    ]
    keys = [row["key"] for row in read_table(HEADER + "".join(rows)).rows]
    assert keys[0] == keys[1] == reference_key("EDR", "da637-1")
    values = ["Beacon to loader", "WARD7B", "10.0.0.1", "https://a.evil.example/k7"]
    assert keys[2] == keys[3] == fingerprint_key("csv/1 EDR title,host,src,url", values)
    assert keys[4] not in keys[:4]


CELL = st.one_of(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=12),
    st.sampled_from(
        ["", "\0", "a\0b", '"', "\\", "\\u0000", "\n", "\r\n", "\t", "é", "x" * 501, "y" * 5000, "http://u:p@h/"]
    ),
)


@given(st.lists(st.lists(CELL, min_size=8, max_size=8), min_size=1, max_size=4), st.booleans())
def test_the_raw_row_can_always_be_put_together_again_and_its_id_proved(rows: list[list[str]], bare: bool) -> None:
    headers = HEADER.strip().split(",")
    buffer = io.StringIO()
    # A writer with CRLF quotes both; with LF alone it leaves a bare CR, which at the end of a line is no cell any more.
    writer = csv.writer(buffer, quoting=csv.QUOTE_MINIMAL if bare else csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(headers)
    rows = [["plain text " * 200] * 8, *rows]  # a file of nothing but control characters is no text
    written = [["2026-11-21T21:12:00Z", *row] for row in rows]
    writer.writerows(written)
    read = read_bytes(buffer.getvalue().encode(), MAPPING)
    assert len(read.rows) == len(rows)
    for index, row in enumerate(written):
        expected = dict(zip(headers, [cell.replace("u:p@", "u:[masked]@") for cell in row], strict=True))
        assert read.raw(index) == expected
        assert read.rows[index]["evidence_id"] == evidence_id("csv", expected)
        assert "\0" not in read.rows[index]["title"] + read.rows[index]["detail"]
        assert read.rows[index]["title"].strip()


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-21T21:12:00Z", "2026-11-21T21:12:00.000Z", "2026-11-21 21:12:00Z", "2026-11-21T21:12:00+00:00",
        "2026-11-21T22:12:00+01:00", "2026-W47-6T21:12:00Z", "20261121T211200Z", "2026-11-21T21:12Z", "",
        " 2026-11-21T21:12:00Z",
    ],
)  # fmt: skip
@pytest.mark.parametrize("quoted", ["calls home", '"calls home"', "calls\\home"])
def test_however_a_time_is_written_it_is_kept_as_it_was_written(time: str, quoted: str) -> None:
    read = read_table(HEADER + ROW.replace("2026-11-21T21:12:00Z", time).replace("calls home", quoted))
    assert read.raw(0)["time"] == time
    assert read.rows[0]["seen_at"] == (1795295520000 if time else None)


def test_quick_and_careful_ways_give_the_same_evidence() -> None:
    plain = read_table(HEADER + ROW).rows[0]
    careful = read_table(HEADER + ROW.replace("calls home", '"calls home"') + 'x,"\\",,,,,,,\n').rows[0]
    assert plain == careful


def test_a_row_whose_time_cannot_be_read_is_rejected_and_one_without_a_time_is_not() -> None:
    read = read_table(HEADER + ROW.replace("2026-11-21", "2026-02-31") + ROW.replace("2026-11-21T21:12:00Z", "") + ROW)
    assert [row["seen_at"] for row in read.rows] == [None, 1795295520000]
    assert [(reject.line, reject.text) for reject in read.rejects] == [(2, ROW.replace("2026-11-21", "2026-02-31"))]


def test_rejected_rows_can_be_mended_and_imported_again() -> None:
    read = read_table(HEADER + ROW + ROW.replace(",kept", "") + ROW.replace("2026-11-21", "2026-02-31"))
    again = HEADER + "".join(reject.text for reject in read.rejects)
    mended = again.replace("calls home\n", "calls home,kept\n").replace("2026-02-31", "2026-11-21")
    assert [row["evidence_id"] for row in read_table(mended).rows] == [read.rows[0]["evidence_id"]] * 2


def test_a_mapping_finds_its_columns_whatever_their_order_case_and_spaces() -> None:
    headers = [f" {name.upper()} " for name in reversed(HEADER.strip().split(","))]
    read = read_bytes((",".join(headers) + "\n" + ",".join(reversed(ROW.strip().split(","))) + "\n").encode(), MAPPING)
    assert read.rows[0]["title"] == "Beacon to loader"
    assert read.rows[0]["key"] == reference_key("EDR", "da637-1")


def test_a_mapping_for_another_table_is_refused_naming_the_column() -> None:
    with pytest.raises(BadFile, match="no column 'alert'"):
        read_bytes(b"a,b\n1,2\n", MAPPING)


def test_dates_that_can_be_read_two_ways_stop_the_import_until_somebody_chooses() -> None:
    doubtful = dataclasses.replace(MAPPING, ambiguous=True, readings=("dmy: x", "mdy: y"))
    with pytest.raises(BadFile, match="dmy: x or mdy: y"):
        read_table(HEADER + ROW, doubtful)


def test_constants_fill_what_no_column_gives() -> None:
    mapping = Mapping(
        "Feed", "Feed", {"url": "url"}, constants={"title": 'Bad "link"', "severity": "high", "organisation": "RYY"}
    )
    read = read_bytes(b"url,x\nhttp://bad.example/,1\n", mapping, organisation="RXX")
    (row,) = read.rows
    assert (row["title"], row["severity"], row["organisation"]) == ('Bad "link"', 75, "RYY")
    assert read.raw(0) == {"url": "http://bad.example/", "x": "1"}


def test_a_table_nobody_mapped_asks_for_a_mapping_and_brings_a_sample_and_a_guess() -> None:
    data = (paths.resources() / "samples" / "edr-alerts.csv").read_bytes()
    with pytest.raises(NeedsMapping):
        read_bytes(data)
    detected = read_bytes(data, mode="detect")
    assert detected.needs is not None
    assert detected.needs.suggestion.columns["reference"] == "Alert Ref"
    assert len(detected.needs.sample) == 42
    assert read_bytes(data, detected.needs.suggestion).rejects == []
    preview = read_bytes(data * 3, detected.needs.suggestion, mode="preview")
    assert len(preview.rows) == 50
    assert preview.needs is not None


def test_our_sample_with_its_mapping_folds_what_the_source_repeats() -> None:
    samples = paths.resources() / "samples"
    mapping = Mapping.from_json((samples / "edr-alerts.mapping.json").read_text("utf-8"))
    read = read_bytes((samples / "edr-alerts.csv").read_bytes(), mapping)
    assert (len(read.rows), len({row["key"] for row in read.rows})) == (42, 40)
    assert len({row["evidence_id"] for row in read.rows}) == 42


def test_our_sample_with_three_bad_rows_rejects_these_three() -> None:
    data = (paths.resources() / "samples" / "siem-export-semicolon.csv").read_bytes()
    needs = read_bytes(data, mode="detect").needs
    assert needs is not None
    assert not needs.suggestion.zone_stated
    with pytest.raises(BadFile, match="time zone"):
        read_bytes(data, needs.suggestion)
    read = read_bytes(data, replace(needs.suggestion, zone_stated=True))
    assert (len(read.rows), [reject.line for reject in read.rejects]) == (18, [6, 11, 16])


def test_windows_1252_and_utf_16_give_the_same_text_and_it_is_said() -> None:
    text = HEADER + ROW.replace("calls home", "café – Ffôn")
    for encoding, said in (
        ("cp1252", "Windows-1252"),
        ("utf-16", "UTF-16"),
        ("utf-8-sig", "UTF-8"),
        ("utf-8", "UTF-8"),
    ):
        read = read_bytes(text.encode(encoding), MAPPING)
        assert read.rows[0]["detail"] == "café – Ffôn"
        assert read.begin is not None
        assert said in read.begin.why


def test_an_escaped_line_end_in_what_is_kept_beside_the_columns_glues_no_word() -> None:
    read = read_table(HEADER + ROW.replace("kept", '"first\nWARD9-PC-1\nc2.bad.example"'))
    assert {"ward9-pc-1", "c2.bad.example", "bad.example"} <= set(read.rows[0]["tokens"].split())


def test_a_lone_carriage_return_inside_a_quoted_cell_is_kept_and_glues_no_word() -> None:
    read = read_table(HEADER + ROW.replace("kept", '"first\rWARD9-PC-1"'))
    assert read.raw(0)["other"] == "first\rWARD9-PC-1"
    assert "ward9-pc-1" in read.rows[0]["tokens"].split()


def test_times_without_a_zone_are_never_read_by_a_mapping_that_names_none() -> None:
    silent = replace(MAPPING, zone_stated=False)
    zoned, bare = ROW, ROW.replace("T21:12:00Z", " 21:12:00")
    with pytest.raises(BadFile, match="time zone"):
        read_table(HEADER + bare, silent)
    assert len(read_table(HEADER + zoned * 3, silent).rows) == 3
    late = read_table(HEADER + zoned * 60 + bare, silent)  # beyond the rows that were looked at beforehand
    assert (len(late.rows), len(late.rejects)) == (60, 1)
    assert "time zone" in late.rejects[0].reason
    assert len(read_table(HEADER + bare, MAPPING).rows) == 1
