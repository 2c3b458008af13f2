"""Workbooks: what stands in the cells, as a person sees it, and nothing else of what a workbook can be."""

from __future__ import annotations

import datetime
import io
import time
import zipfile
from collections.abc import Callable
from typing import Any, Final

import openpyxl
import pytest

from tests.unit.formats.reading_support import MAPPING, Read, read_bytes
from triage_app.domain.mapping import Mapping, header_fingerprint
from triage_app.errors import BadFile, NeedsMapping
from triage_app.formats import workbook

Rows = list[list[Any]]
ALERTS: Final[Rows] = [
    ["time", "severity", "ref", "alert", "host", "src", "url", "detail"],
    ["2026-11-21T20:00:00Z", "high", "A-1", "Malware found", "pc1", "192.0.2.1", "", "seen once"],
]
LIST: Final[Rows] = [["indicator", "type"], ["evil.example", "domain"], ["203.0.113.9", "ipv4"]]
KNOWN: Final = {header_fingerprint(ALERTS[0]): MAPPING}
NAMESPACE: Final = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def book(**sheets: Rows) -> bytes:
    made = openpyxl.Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for line in rows:
            sheet.append(line)
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


def changed(data: bytes, part: str, change: Callable[[bytes], bytes], new_name: str = "") -> bytes:
    """A workbook with the bytes of one part changed, or the part added."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
        if new_name:
            new.writestr(new_name, change(b""))
    return held.getvalue()


def sheet_of(body: str) -> bytes:
    """A workbook whose only sheet is this XML."""
    xml = f"<worksheet {NAMESPACE}>{body}</worksheet>".encode()
    return changed(book(Sheet=LIST), "xl/worksheets/sheet1.xml", lambda _: xml)


def shared(*texts: str, xml: str = "", part: str = "sharedStrings.xml") -> bytes:
    """A workbook as Excel writes it, whose cells refer to texts that all sheets share."""
    strings = xml or f"<sst {NAMESPACE}>" + "".join(f"<si><t>{text}</t></si>" for text in texts) + "</sst>"
    rows = "".join(f'<row><c t="s"><v>{number}</v></c></row>' for number in range(len(texts)))
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/xl/{part}" ContentType="{kind}" /></Types>'
    data = changed(sheet_of(cells(rows)), "", lambda _: strings.encode(), f"xl/{part}")
    return changed(data, "[Content_Types].xml", lambda old: old.replace(b"</Types>", override.encode()))


def cells(*rows: str) -> str:
    return f"<sheetData>{''.join(rows)}</sheetData>"


def row(*texts: str, number: str = "") -> str:
    place = f' r="{number}"' if number else ""
    return f"<row{place}>" + "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts) + "</row>"


def values(read: Read) -> list[str]:
    return [found["value"] for found in read.rows]


def alert(data: bytes, **columns: str) -> dict[str, Any]:
    """The one alert of a workbook by a mapping of these columns."""
    (found,) = read_bytes(data, Mapping("Sheet", "Sheet", {"title": "alert", **columns}), format="workbook").rows
    return found


# ---- sheets --------------------------------------------------------------------------------------------
def test_each_sheet_is_the_table_that_it_is() -> None:
    read = read_bytes(book(Cover=[["Weekly report"]], Alerts=ALERTS, IOCs=LIST, Empty=[]), mappings=KNOWN)
    assert [(part.name, part.format) for part in read.parts] == [("Alerts", "csv"), ("IOCs", "indicator-list")]
    assert [found["title"] for found in read.of_kind("alert")] == ["Malware found"]
    assert [found["value"] for found in read.of_kind("indicator")] == ["evil.example", "203.0.113.9"]
    assert [read.raw(index) for index in range(len(read.rows))]
    assert [reject.reason.partition(":")[0] for reject in read.rejects] == ["Cover"]


TITLES: Final[Rows] = [["Trust security report, November 2026"], [], ["Made by", "Ward desk"]]


@pytest.mark.parametrize("titles", [TITLES[:1], TITLES[:2], TITLES])
def test_titles_above_the_header_are_left_out_and_named(titles: Rows) -> None:
    wider = [[*line, "x", "y", "z"] for line in LIST]
    read = read_bytes(book(Sheet=[*titles, *wider]))
    assert values(read) == ["evil.example", "203.0.113.9"]
    assert "Trust security report, November 2026" in read.parts[0].why
    assert "left out" in read.parts[0].why
    assert read.ignored == {"row above the header of a sheet": sum(1 for line in titles if line)}
    assert not read.rejects


def test_a_header_with_a_gap_and_a_sheet_of_one_column_lose_no_row() -> None:
    gap: Rows = [["indicator", None, "note"], ["evil.example", "a", "b"], ["other.example", "c", "d"]]
    assert values(read_bytes(book(Sheet=gap))) == ["evil.example", "other.example"]
    assert values(read_bytes(book(Sheet=[["evil.example"], ["203.0.113.9"]]))) == ["evil.example", "203.0.113.9"]


def test_rows_and_cells_that_are_numbered_back_are_read() -> None:
    rows = cells(
        row("indicator", "type", number="1"), row("evil.example", "domain", number="5"),
        row("203.0.113.9", "ipv4", number="3"), row("other.example", "domain", number="3"),
    )  # fmt: skip
    assert values(read_bytes(sheet_of(rows))) == ["evil.example", "203.0.113.9", "other.example"]
    back = "".join(
        f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'
        for place, text in (("B2", "domain"), ("A2", "a.example"))
    )
    data = sheet_of(cells(row("indicator", "type", number="1"), f'<row r="2">{back}</row>'))
    assert values(read_bytes(data)) == ["a.example"]


def test_a_single_table_that_nobody_mapped_offers_the_mapping() -> None:
    with pytest.raises(NeedsMapping):
        read_bytes(book(Alerts=ALERTS))
    offered = read_bytes(book(Alerts=ALERTS), mode="preview")
    assert offered.needs is not None
    assert list(offered.needs.headers) == ALERTS[0]
    assert [found["title"] for found in read_bytes(book(Alerts=ALERTS), offered.needs.suggestion).rows] == [
        "Malware found"
    ]


def test_a_sheet_among_others_that_nobody_mapped_is_one_reject() -> None:
    read = read_bytes(book(Alerts=ALERTS, IOCs=LIST))
    (reject,) = read.rejects
    assert reject.reason.startswith("Alerts: a sheet that no mapping describes")
    assert values(read) == ["evil.example", "203.0.113.9"]


def test_sheets_beyond_the_limit_are_named_and_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_SHEETS", 1)
    read = read_bytes(book(One=LIST, Two=LIST, Three=LIST))
    assert values(read) == ["evil.example", "203.0.113.9"]
    assert [reject.reason.partition(":")[0] for reject in read.rejects] == ["Two", "Three"]


def test_two_sheets_of_one_name_are_both_read() -> None:
    other = [["indicator", "type"], ["second.example", "domain"]]
    data = changed(
        book(One=LIST, Two=other), "xl/workbook.xml", lambda xml: xml.replace(b'name="Two"', b'name="One"')
    )  # fmt: skip
    assert values(read_bytes(data)) == ["evil.example", "203.0.113.9", "second.example"]


def test_a_workbook_without_a_row_says_so() -> None:
    assert read_bytes(book(Sheet=[], More=[["", None]])).ignored == {"workbook without a row": 1}


# ---- cells ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (7, "7"),
        (7.0, "7"),
        (7.5, "7.5"),
        (1e300, "1e+300"),
        (True, "TRUE"),
        (False, "FALSE"),
        (datetime.datetime(2026, 11, 21, 20, 0, 30), "2026-11-21 20:00:30"),  # noqa: DTZ001 - a sheet knows no zone
        (datetime.date(2026, 11, 21), "2026-11-21 00:00:00"),
        (datetime.time(20, 0), "20:00:00"),
        ("two\nlines", "two\nlines"),
        ('a "quoted", word; and | more', 'a "quoted", word; and | more'),
        ("007", "007"),
        (" kept ", " kept "),
        ("#N/A", "#N/A"),
    ],
)
def test_a_cell_is_the_text_that_a_person_sees(cell: Any, text: str) -> None:
    assert alert(book(Sheet=[["alert", "extra"], ["Found", cell]]), detail="extra")["detail"] == text


@pytest.mark.parametrize(("number", "text"), [("1234567.0", "1234567"), ("1E+3", "1000"), ("2.50", "2.5")])
def test_a_whole_number_has_no_point_however_it_is_stored(number: str, text: str) -> None:
    found = sheet_of(cells(row("alert", "extra"), f'<row><c t="str"><v>Found</v></c><c><v>{number}</v></c></row>'))
    assert alert(found, detail="extra")["detail"] == text


def test_a_date_in_a_cell_is_a_time() -> None:
    moment = datetime.datetime(2026, 11, 21, 20, 0)  # noqa: DTZ001 - a sheet knows no zone
    found = alert(book(Sheet=[["alert", "when"], ["Found", moment]]), time="when")
    assert found["seen_at"] == 1_795_291_200_000


def test_of_a_formula_only_what_was_last_shown_is_read() -> None:
    formula = '<row><c t="inlineStr"><is><t>Found</t></is></c><c t="str"><f>HYPERLINK("//203.0.113.9")</f>{}</c></row>'
    shown = sheet_of(cells(row("alert", "extra"), formula.format("<v>last seen</v>")))
    assert alert(shown, detail="extra")["detail"] == "last seen"
    never = alert(sheet_of(cells(row("alert", "extra"), formula.format(""))), detail="extra")
    assert never["detail"] == ""
    assert "HYPERLINK" not in str(never)


def test_empty_and_merged_rows_are_no_records() -> None:
    lines: Rows = [["alert", "host"], [], ["Found", "pc1"], [None, ""], ["Merged", "x"], ["Last", "pc2"]]
    merged = '<mergeCells count="1"><mergeCell ref="A5:B5"/></mergeCells></worksheet>'
    data = changed(
        book(Sheet=lines), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</worksheet>", merged.encode())
    )
    read = read_bytes(data, Mapping("Sheet", "Sheet", {"title": "alert", "host": "host"}))
    assert [(found["title"], found["host"]) for found in read.rows] == [
        ("Found", "pc1"),
        ("Merged", "x"),
        ("Last", "pc2"),
    ]
    assert read.rejects == []


def test_a_column_without_a_name_beside_the_named_ones_is_kept() -> None:
    read = read_bytes(book(Sheet=[["alert", "host"], ["One", "pc1"], ["Two", "pc2", "a note"]]),
                      Mapping("Sheet", "Sheet", {"title": "alert"}))  # fmt: skip
    assert [found["title"] for found in read.rows] == ["One", "Two"]
    assert read.raw(1) == {"alert": "Two", "host": "pc2", "column 3": "a note"}


def test_texts_that_sheets_share_are_read_wherever_they_lie() -> None:
    assert values(read_bytes(shared("evil.example", "other.example"))) == ["evil.example", "other.example"]
    assert values(read_bytes(shared("evil.example", "other.example", part="x.xml"))) == [
        "evil.example",
        "other.example",
    ]


# ---- what a workbook is --------------------------------------------------------------------------------
def test_a_workbook_is_known_in_whatever_order_its_parts_come() -> None:
    data = book(Sheet=LIST)
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as new:
        for name in sorted(old.namelist(), key=lambda name: (name == "[Content_Types].xml", name)):
            pad = b"<!--" + b"x" * 300_000 + b"-->" if name == "xl/worksheets/sheet1.xml" else b""
            new.writestr(name, old.read(name) + pad)
    read = read_bytes(held.getvalue())
    assert read.begin is not None
    assert read.begin.format == "workbook"
    assert values(read) == ["evil.example", "203.0.113.9"]


def test_an_archive_that_holds_a_workbook_is_an_archive() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as made:
        made.writestr("iocs.xlsx", book(Sheet=LIST))
        made.writestr("list.txt", "evil.example\nother.example\n")
    read = read_bytes(held.getvalue())
    assert read.begin is not None
    assert read.begin.format == "archive"
    assert values(read) == ["evil.example", "203.0.113.9", "evil.example", "other.example"]
    assert not read.rejects


def test_macros_are_not_looked_at() -> None:
    data = changed(book(Sheet=LIST), "", lambda _: b"\xd0\xcf\x11\xe0 Sub AutoOpen()", "xl/vbaProject.bin")
    assert values(read_bytes(data)) == ["evil.example", "203.0.113.9"]


@pytest.mark.parametrize("folder", ["word/document.xml", "ppt/presentation.xml"])
def test_another_office_document_is_refused_in_a_sentence(folder: str) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr(folder, "<x/>")
    with pytest.raises(BadFile) as refused:
        read_bytes(held.getvalue())
    assert "an Office document without a table" in refused.value.what


# ---- harm ----------------------------------------------------------------------------------------------
ENTITIES: Final = (
    '<!DOCTYPE worksheet [<!ENTITY a "' + "lol" * 1000 + '">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)) + "]>"
)  # fmt: skip
OUTSIDE: Final = '<!DOCTYPE worksheet [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("declared", [ENTITIES, OUTSIDE], ids=["bomb", "outside"])
@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"]
)
def test_entities_in_any_part_are_refused_in_a_sentence(declared: str, part: str) -> None:
    def change(xml: bytes) -> bytes:
        begin = xml.index(b"?>") + 2 if xml.startswith(b"<?xml") else 0
        return xml[:begin] + declared.encode() + xml[begin:].replace(b"evil.example", b"&a;")

    started = time.process_time()
    with pytest.raises(BadFile) as refused:
        read_bytes(changed(shared("evil.example", "other.example"), part, change))
    assert "workbook that cannot be read; nothing of it was kept" in refused.value.what
    assert time.process_time() - started < 5


def test_shared_texts_larger_than_a_quarter_of_what_a_workbook_may_hold_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbook, "MAX_PART", 4_000_000)
    text = f"<sst {NAMESPACE}>" + "<si><t>a</t></si>" * 100_000 + "</sst>"
    with pytest.raises(BadFile) as refused:
        read_bytes(shared("a", xml=text))
    assert "unpacks to more than a workbook may" in refused.value.what


def test_any_part_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_PART", 4_000_000)
    with pytest.raises(BadFile) as refused:
        read_bytes(changed(book(Sheet=LIST), "", lambda _: bytes(5_000_000), "xl/media/image1.png"))
    assert "unpacks to more than a workbook may" in refused.value.what


def test_a_sheet_that_claims_a_million_columns_and_rows_costs_what_is_in_it() -> None:
    body = '<dimension ref="A1:ZZZ1048576"/>' + cells(
        row("alert", "host"), *(row(f"Found {number}", "pc1") for number in range(3_000)),
        row("Last", "pc2", number="1048576"),
    )  # fmt: skip
    started = time.process_time()
    read = read_bytes(sheet_of(body), Mapping("Sheet", "Sheet", {"title": "alert"}))
    assert [found["title"] for found in read.rows[-2:]] == ["Found 2999", "Last"]
    assert len(read.rows) == 3_001
    assert time.process_time() - started < 8  # a bound on harm, not a measure of speed


@pytest.mark.parametrize("number", ["999999999999", "x", "1.5", "1048577"])
def test_a_row_that_no_sheet_can_have_is_refused_and_takes_no_time(number: str) -> None:
    data = sheet_of(cells(row("indicator", "type"), row("evil.example", "domain", number=number)))
    started = time.process_time()
    with pytest.raises(BadFile):
        read_bytes(data)
    assert time.process_time() - started < 8


def test_a_cell_far_to_the_right_costs_its_row_only() -> None:
    far = '<row><c r="A9" t="inlineStr"><is><t>far.example</t></is></c><c r="XFD9"><v>1</v></c></row>'
    read = read_bytes(sheet_of(cells(row("indicator", "type"), row("evil.example", "domain"), far)))
    assert values(read) == ["evil.example"]
    (reject,) = read.rejects
    assert "16384 cells where the header has 2" in reject.reason


@pytest.mark.parametrize(
    "harm",
    [
        '<sheetData><row><c t="s"><v>999999</v></c></row></sheetData>',
        '<sheetData><row><c t="s"><v>x</v></c></row></sheetData>',
        '<sheetData><row><c r="ZZZZZZ1"><v>1</v></c></row></sheetData>',
        '<sheetData><row><c r=""><v>1</v></c><c r="1"><v>1</v></c></row></sheetData>',
        '<sheetData><row><c t="b"><v>maybe</v></c></row></sheetData>',
        '<sheetData><row><c t="d"><v>yesterday</v></c></row></sheetData>',
        "<sheetData><row><c><v>" + "9" * 5_000 + "</v></c></row></sheetData>",
        '<sheetData><row><c s="77"><v>1</v></c><c><v>nan</v></c></row></sheetData>',
        "<sheetData><row>",
        "<a>" * 50_000,
    ],
)
def test_whatever_stands_in_a_sheet_is_a_row_or_a_sentence(harm: str) -> None:
    try:
        read = read_bytes(sheet_of(harm))
    except BadFile:
        return
    assert read.end is not None


@pytest.mark.parametrize("size", [40, 1_000, 3_000])
def test_a_workbook_that_is_cut_off_is_refused(size: int) -> None:
    with pytest.raises(BadFile):
        read_bytes(book(Sheet=LIST)[:size])


def place(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_a_cell_that_is_written_twice_is_said() -> None:
    rows = place("A2", "evil.example") + place("B2", "domain") + place("A2", "good.example") + place("B2", "domain")
    read = read_bytes(sheet_of(cells(row("indicator", "type", number="1"), f'<row r="2">{rows}</row>')))
    assert values(read) == ["good.example"]
    (reject,) = read.rejects
    assert (reject.line, reject.text) == (2, "")
    assert "the cell A2 is written twice" in reject.reason


def test_cells_written_twice_cost_one_reject_a_row() -> None:
    twice = "".join(place(f"{letter}2", text) for text in ("x", "evil.example") for letter in "ABCDEFGH")
    read = read_bytes(sheet_of(cells(row(*"abcdefgh", number="1"), f'<row r="2">{twice}</row>')), format="workbook",
                      mapping=Mapping("Sheet", "Sheet", {"title": "a"}))  # fmt: skip
    (reject,) = read.rejects
    assert "A2, B2, C2, D2, E2 and 3 others" in reject.reason


@pytest.mark.parametrize("title", ["203.0.113.77", "hxxp://bad[.]example/a", "Seen: 203.0.113.77 and others"])
def test_a_title_that_holds_an_indicator_is_not_lost(title: str) -> None:
    wider = [[*line, "x", "y", "z"] for line in LIST]
    read = read_bytes(book(Sheet=[["Weekly report"], [title], *wider]))
    assert values(read) == ["evil.example", "203.0.113.9"]
    (reject,) = read.rejects
    assert reject.text == title
    assert "above its header holds an indicator" in reject.reason
    assert read.ignored == {"row above the header of a sheet": 1}
