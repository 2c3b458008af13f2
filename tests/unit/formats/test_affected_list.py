"""Lists of affected things as text: what is pasted, and the table that goes to a spreadsheet and comes back."""

from __future__ import annotations

import contextlib
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.affected import affected_id, same_name
from triage_app.errors import BadInput
from triage_app.formats import affected_list
from triage_app.formats.affected_list import (
    AS_EXPORTED,
    COLUMNS,
    MOST_LINES,
    harmless,
    read_names,
    read_table,
    restored,
    write_table,
)

plain = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20)
hostile = st.sampled_from(
    [
        "=1+1",
        "+44",
        "-5",
        "@SUM(A1)",
        "'=1",
        "''=x",
        " =1",
        "\u200b=1",
        "\u202egpj.exe",
        'a "b"',
        "a,b;c",
        "a\nb\r\nc\td",
        "\uff1d1",
        "'",
        "",
        "\ufeff-1",
        "’quoted’",
        "\t=x",
        "é",
        "0012",
        "id",
        "\0x",
    ]
)
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | hostile


@given(st.lists(plain.filter(lambda text: same_name(text) and not set(text) & set("\t,;\"'[](){}\\:")), max_size=12))
def test_each_name_of_a_list_is_read_once_in_its_order_and_repeats_are_counted(names: list[str]) -> None:
    read = read_names("zz-first\n" + "\r\n".join(names))
    wanted = list(dict.fromkeys(map(same_name, ["zz-first", *names])))
    assert [same_name(name) for name in read.names] == wanted
    assert read.repeats == len(names) + 1 - len(wanted)


@given(st.text())
def test_no_text_is_more_than_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        read = read_names(text)
    except BadInput:
        return
    assert len({same_name(name) for name in read.names}) == len(read.names)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("WARD-7B-01\n\n  ward-7b-02  \nward-7b-01", ("WARD-7B-01", "ward-7b-02")),
        ("Hostname,IP,Ward\nWARD-1,10.0.0.1,7B\nWARD-2,10.0.0.2,7B", ("WARD-1", "WARD-2")),
        ("Device name\tOS\nWARD-1\tWindows 11", ("WARD-1",)),
        ('"WARD;1";x\n"say ""no"""', ("WARD;1", 'say "no"')),
        ("Pryce, Jo\nAmin, Lena", ("Pryce, Jo", "Amin, Lena")),
        ("srv[.]northmoor[.]nhs[.]uk\njo[@]northmoor.example", ("srv.northmoor.nhs.uk", "jo@northmoor.example")),
        ("'=WARD", ("=WARD",)),
        ("\ufeffWARD-1", ("WARD-1",)),
        ("host", ()),
    ],
)  # fmt: skip
def test_names_are_found_in_whatever_was_copied(text: str, names: tuple[str, ...]) -> None:
    assert read_names(text).names == names


@pytest.mark.parametrize("sign", ["\x07", "\x1b", "\x85", "\u2028", "\0"])
def test_a_control_character_is_refused_and_its_line_named(sign: str) -> None:
    with pytest.raises(BadInput, match="Line 2 holds a control character"):
        read_names(f"WARD-1\nWA{sign}RD-2")


def test_a_list_has_bounds_of_its_lines_its_bytes_and_its_names() -> None:
    assert len(read_names("\n".join(f"H{n}" for n in range(MOST_LINES)) + "\n").names) == MOST_LINES
    with pytest.raises(BadInput, match="20,000 lines"):
        read_names("\n".join(f"H{n}" for n in range(MOST_LINES + 1)))
    with pytest.raises(BadInput, match="1 MB"):
        read_names("é" * 600_000)
    with pytest.raises(BadInput, match="longer than any name"):
        read_names("x" * 256)


def test_two_spellings_are_one_thing_and_an_account_is_no_host() -> None:
    assert affected_id("i" * 32, "host", "Ward-7B  01") == affected_id("i" * 32, "host", "WARD-7b 01")
    assert affected_id("i" * 32, "host", "a") != affected_id("i" * 32, "account", "a")
    assert affected_id("i" * 32, "host", "a") != affected_id("j" * 32, "host", "a")
    # For ever: a laptop of any version must name it so.
    assert affected_id("0" * 32, "host", "WARD-7B-01") == "0" * 32 + ":48311feb5b5895caa8df666e4b0560d5"


@given(anything)
def test_a_cell_comes_back_as_it_was_and_is_no_formula_on_the_way(text: str) -> None:
    out = harmless(text)
    assert restored(out) == text
    assert out.lstrip(" \ufeff\u200b\u200c\u200d\u2060")[:1] not in tuple("=+-@\t\r\n\0＝＋－＠")  # noqa: RUF001


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(COLUMNS, anything)), max_size=5))
def test_a_table_comes_back_as_it_went_out_each_cell_known_as_untouched(rows: list[dict[str, str]]) -> None:
    rows = [{**row, "name": row["name"] or "x"} for row in rows]
    table = read_table(write_table(rows))
    assert [row.cells for row in table.rows] == rows
    assert table.rejected == ()
    assert all(row.is_untouched(column) for row in table.rows for column in COLUMNS if column not in ("id", "kind"))


@given(st.sampled_from(";\t,"), st.booleans(), st.permutations([*COLUMNS, AS_EXPORTED, "notes of mine"]))
def test_a_table_saved_by_another_spreadsheet_is_read(delimiter: str, bom: bool, columns: list[str]) -> None:
    row = {name: f"{name} =1\nx" for name in COLUMNS}
    went = list(csv.DictReader(io.StringIO(write_table([row]).decode(), newline="")))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns, delimiter=delimiter, lineterminator="\n", restval="mine")
    writer.writeheader()
    writer.writerows(went)
    (read,) = read_table(("\ufeff" * bom + out.getvalue()).encode()).rows
    assert read.cells == row
    assert read.is_untouched("comment")


@given(st.binary(max_size=200))
def test_bytes_that_are_no_table_are_refused_with_a_sentence(data: bytes) -> None:
    with contextlib.suppress(BadInput):
        assert read_table(data).rows is not None


def test_what_is_no_such_table_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for data, words in (
        (b"", "empty"),
        (b"a,b\n1,2\n", "neither"),
        (b"name,state,state\n", "twice"),
        ("name\nWärd".encode("latin-1"), "not in UTF-8"),
        (b'name\n"ab"c\n', "cannot be read"),
        (b"name\n" + b"x\n" * (MOST_LINES + 1), "more than 20,000 rows"),
    ):
        with pytest.raises(BadInput, match=words):
            read_table(data)
    assert read_table(b"name\nx,y\n").rejected == ((2, "it has more cells than there are columns"),)
    monkeypatch.setattr(affected_list, "MOST_TABLE", 4)
    with pytest.raises(BadInput, match="larger than 16 MB"):
        read_table(b"name\n")
