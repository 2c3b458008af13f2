from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.evidence import REJECT_HEADERS
from triage_app.formats.csv_table import Table, looks_headless, sniff

CELL = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)


def read(
    text: str, *, delimiter: str = ",", size: int = 1 << 20, short_by: int = 0
) -> tuple[Table, list[list[str]], list[tuple[int, str, str]]]:
    rejects: list[tuple[int, str, str]] = []
    blocks = (text[start : start + size] for start in range(0, len(text), size))
    table = Table(blocks, delimiter, lambda line, reason, raw: rejects.append((line, reason, raw)), short_by=short_by)
    return table, list(table), rejects


@given(
    st.lists(st.lists(CELL, min_size=3, max_size=3).filter(any), max_size=6),
    st.integers(1, 50),
    st.sampled_from(",;\t|"),
)
def test_what_a_strict_writer_wrote_is_read_back_wherever_the_blocks_are_cut(
    rows: list[list[str]], size: int, delimiter: str
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([["name", "text", "more"], *rows])
    table, found, rejects = read(buffer.getvalue(), delimiter=delimiter, size=size)
    assert table.headers == ["name", "text", "more"]
    assert found == rows
    assert rejects == []


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ('a,b\n1,"x\n3,4\n5,6\n', [["3", "4"], ["5", "6"]], [(2, '1,"x\n')]),
        ('a,b\n1,"x\n3,"y"\n5,6\n', [["3", "y"], ["5", "6"]], [(2, '1,"x\n')]),
        ('a,b\n"x"y,2\n3,4\n', [["3", "4"]], [(2, '"x"y,2\n')]),
        ("a,b\n1,2,3\n4,5\n6\n", [["4", "5"]], [(2, "1,2,3\n"), (4, "6\n")]),
        ('a,b\n1,2\n3,"4', [["1", "2"]], [(3, '3,"4')]),
    ],
)
def test_a_broken_record_is_rejected_with_its_line_and_the_rest_is_read(
    text: str, good: list[list[str]], bad: list[tuple[int, str]]
) -> None:
    for size in (1, 4, 1000):
        _, rows, rejects = read(text, size=size)
        assert rows == good
        assert [(line, raw) for line, _, raw in rejects] == bad
        assert all(reason for _, reason, _ in rejects)


def test_an_unclosed_quote_does_not_swallow_a_million_rows() -> None:
    text = 'a,b\n1,"never closed\n' + "3,4\n" * 300_000
    _, rows, rejects = read(text)
    assert len(rows) == 300_000
    assert [line for line, _, _ in rejects] == [2]


def test_lines_made_to_be_read_again_and_again_end_soon() -> None:
    _, rows, rejects = read("a,b,c\n" + 'x","\n' * 20_000)
    assert rows == []
    assert 0 < len(rejects) < 5_000  # beyond what may be read again, a whole span is rejected at once


def test_a_field_of_ten_megabytes_is_a_field_and_one_beyond_16_is_rejected() -> None:
    _, rows, rejects = read("a,b\n1," + "x" * 10_000_000 + "\n2,3\n")
    assert [len(row[1]) for row in rows] == [10_000_000, 1]
    assert rejects == []
    _, rows, rejects = read("a,b\n1," + "x" * 40_000_000 + "\n2,3\n4\n")
    assert rows == [["2", "3"]]
    assert [line for line, _, _ in rejects] == [2, 4]


def test_quotes_escaped_with_a_backslash_are_read_as_they_were_meant() -> None:
    _, rows, rejects = read('a,b\n"realm=\\"x, y\\"",1\n2,3\n')
    assert rows == [['realm="x, y"', "1"], ["2", "3"]]
    assert rejects == []


def test_a_row_that_only_backslashes_make_as_wide_as_its_header_is_read_with_them() -> None:
    _, rows, rejects = read('a,b\n"x\\",y",1\n')
    assert (rows, rejects) == ([['x",y', "1"]], [])


def test_a_row_may_lack_its_last_cells_only_where_that_is_allowed() -> None:
    table, rows, rejects = read("a,b,c\n1,2\n1,2,3,4\n1\n", short_by=1)
    assert rows == [["1", "2", ""]]
    assert table.short_rows == 1
    assert [line for line, _, _ in rejects] == [3, 4]


@pytest.mark.parametrize(
    "text", ["a,b\r\n1,2\r\n", "a,b\r1,2", "a,b\n\n1,2\n\n", "sep=,\na,b\n1,2\n", "# note\na,b\n1,2\n"]
)
def test_line_ends_blank_lines_and_notes_before_the_header_do_no_harm(text: str) -> None:
    table, rows, rejects = read(text)
    assert (table.headers, rows, rejects) == (["a", "b"], [["1", "2"]], [])


def test_a_table_without_a_header_gets_numbers_for_names_and_loses_no_row() -> None:
    table, rows, _ = read("2026-11-21 10:00:00,203.0.113.4,x\n2026-11-21 10:00:01,203.0.113.5,y\n")
    assert table.headers == ["column 1", "column 2", "column 3"]
    assert len(rows) == 2


def test_headers_are_told_from_data() -> None:
    assert not looks_headless(["time", "source ip", ""])
    assert looks_headless(["a", "203.0.113.4"])
    assert looks_headless(["1", "2"])


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a;b\n1,2;3\n", ";"),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b|c\n1|2|3\n", "|"),
        ('a,b\n"1;2;3",4\n', ","),
        ("words\nonly\n", ""),
        ("", ""),
        ("sep=|\na|b\n", "|"),
        ("#a note; with signs\nx,y\n1,2\n", ","),
    ],
)
def test_the_sign_between_cells_is_found(text: str, delimiter: str) -> None:
    assert sniff(text) == delimiter


@given(st.text(alphabet='",;\n\r\\ab\0', max_size=120), st.integers(1, 30))
def test_no_text_breaks_the_table_and_no_line_is_lost_silently(text: str, size: int) -> None:
    table, rows, rejects = read(text, size=size)
    assert all(len(row) == len(table.headers) for row in rows)
    assert all(1 <= line <= text.count("\n") + text.count("\r") + 1 for line, _, _ in rejects)
    whole = read(text)
    assert (rows, [raw for _, _, raw in rejects]) == (whole[1], [raw for _, _, raw in whole[2]])


def test_a_header_that_is_broken_itself_is_rejected_and_nothing_else_happens() -> None:
    table, rows, rejects = read('"')
    assert (table.headers, rows) == ([], [])
    assert [(line, raw) for line, _, raw in rejects] == [(1, '"')]


@pytest.mark.parametrize("row", ["a,b,c", "a", 'a,"b'])
def test_a_row_that_is_masked_whole_says_so_in_its_reason(row: str) -> None:
    _, rows, rejects = read(f"name,password\n{row}\n")
    assert not rows
    ((_, reason, text),) = rejects
    assert set(text.strip().split(",")) == {"[masked]"}
    assert "all of it is masked" in reason


def test_a_row_of_the_wrong_length_without_a_secret_says_nothing_of_masks() -> None:
    _, _, rejects = read("name,text\na,b,c\n")
    assert rejects == [(2, "3 cells where the header has 2", "a,b,c\n")]


def test_the_columns_of_ours_are_not_counted_in_the_reason_of_a_rejected_row() -> None:
    head = ",".join([*REJECT_HEADERS, "name", "text"])
    _, _, rejects = read(f"{head}\n2,why,a,b,c\n3\n")
    assert [(reason, text) for _, reason, text in rejects] == [
        ("3 cells where the header has 2", "a,b,c\n"),
        ("1 cells where the header has 2", "3\n"),
    ]
