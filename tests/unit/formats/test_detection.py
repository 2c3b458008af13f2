from __future__ import annotations

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.formats.reading_support import MAPPING, read_bytes
from triage_app import paths
from triage_app.errors import BadFile
from triage_app.formats.decoding import TextSource

EVE = b'{"event_type":"alert","timestamp":"2026-11-21T21:12:00Z","src_ip":"10.0.0.1","alert":{"signature":"x"}}\n'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b" \r\n\t\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\0" * 5000, "nothing but NUL"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"MZ\x90\x00\x03", "Windows program"),
        (b"age-encryption.org/v1\n", "sealed bundle"),
        (bytes(range(256)) * 20, "binary"),
        ("a,b\n1,2\n".encode("utf-16-le"), "UTF-16 without saying so"),
        ("a,b\n1,2\n".encode("utf-16-be"), "UTF-16 without saying so"),
        (b"\xff\xfea\xd8b\n,", "is not"),
        (b"hello world\nthis is prose\n", "no table"),
        (b"[]", "empty JSON list"),
        (b'{"a": ', "no record of it can be read"),
        (b"[" * 100_000, "no record of it can be read"),
        (b"<?xml version='1.0'?><a/>", "XML"),
        (b"<html><body>", "web page"),
        (b"\n".join([b",".join(b"c%d" % n for n in range(2500))] * 2), "no table"),
    ],
)
def test_a_file_that_holds_no_alerts_is_refused_in_a_sentence_that_says_what_it_is(data: bytes, said: str) -> None:
    with pytest.raises(BadFile) as refused:
        read_bytes(data, name="given.dat")
    assert said in refused.value.what
    assert "given.dat" in refused.value.what
    assert refused.value.do.endswith(".")


def test_whoever_gives_a_picture_is_not_told_that_only_json_and_csv_are_read() -> None:
    with pytest.raises(BadFile) as refused:
        read_bytes(b"\x89PNG\r\n\x1a\n", name="pic.png")
    assert str(refused.value.do) == "Import the file the alerts came in."


def test_content_decides_and_never_the_name() -> None:
    read = read_bytes(EVE, name="report.csv")
    assert read.begin is not None
    assert read.begin.format == "suricata-eve"


def test_a_table_of_times_is_not_taken_for_an_e_mail() -> None:
    data = "".join(f"2026-11-21T03:{minute:02}:00Z,203.0.113.4,x\n" for minute in range(9)).encode()
    assert read_bytes(data, mode="detect").needs is not None


def test_a_first_event_longer_than_what_is_looked_at_is_recognised() -> None:
    long = EVE.replace(b'"x"', b'"' + b"x" * 400_000 + b'"')
    assert len(read_bytes(long + EVE).rows) == 2


def test_a_format_that_the_responder_names_is_the_only_one_tried() -> None:
    with pytest.raises(BadFile, match="Suricata EVE"):
        read_bytes(b'{"foo":1}', format="suricata-eve")
    with pytest.raises(BadFile, match="Shadowserver"):
        read_bytes(b"a,b\n1,2\n", format="shadowserver")


@given(st.binary(max_size=300))
def test_no_bytes_make_a_reader_raise_anything_but_a_refusal(data: bytes) -> None:
    for mode in ("read", "detect", "preview"):
        for mapping in (None, MAPPING):
            with suppress(BadFile):
                read_bytes(data, mapping, mode)


PIECES = st.sampled_from(
    [
        b'{"event_type":"alert"',
        b'"timestamp":"2026-11-21T21:12:00Z"',
        b'"alert":{"signature":"x","severity":1}',
        b",",
        b"}",
        b"{",
        b"[",
        b"]",
        b'"',
        b"\n",
        b"\\",
        b"\0",
        b"\xff",
        b"timestamp,ip,asn,geo,region",
        b"time,alert,severity",
        b"2026-11-21",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"203.0.113.4",
        b";",
        b"sep=;",
        b"#",
        EVE,
        b"NaN",
        b"1e999",
        b"\r",
        b"\xc3",
    ]
)


@given(st.lists(PIECES, max_size=30).map(b"".join))
def test_no_mixture_of_telling_pieces_makes_a_reader_raise_anything_but_a_refusal(data: bytes) -> None:
    loose = MAPPING.from_data(
        MAPPING.as_data() | {"columns": {"title": "alert", "time": "time", "severity": "severity"}}
    )
    for mapping, forced in ((None, None), (loose, None), (None, "shadowserver"), (None, "suricata-eve")):
        for mode in ("read", "detect"):
            try:
                read = read_bytes(data, mapping, mode, format=forced)
            except BadFile:
                continue
            assert read.end is not None
            for index in range(len(read.rows)):
                read.raw(index)


class Failing(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise OSError(5, "gone")
        return super().read(size)


def test_a_file_that_vanishes_while_it_is_read_is_refused_in_a_sentence() -> None:
    source = TextSource(Failing(EVE * 5000), "stick.json")
    with pytest.raises(BadFile, match="stopped being readable half-way"):
        list(source.blocks())


def test_a_file_shorter_than_it_was_when_it_was_opened_is_refused() -> None:
    with pytest.raises(BadFile, match="half-way"):
        read_bytes(EVE, size=len(EVE) + 1)


def test_bytes_that_no_encoding_knows_lose_nothing() -> None:
    assert "".join(TextSource(io.BytesIO(b"a\x81\xe9b\n"), "x").blocks()) == "a\x81éb\n"


def test_a_mapping_is_told_from_what_it_describes() -> None:
    mapping = (paths.resources() / "samples" / "edr-alerts.mapping.json").read_bytes()
    with pytest.raises(BadFile, match="says how a table is to be read"):
        read_bytes(mapping, name="edr-alerts.mapping.json")


@pytest.mark.parametrize("start", ['{"head":"', '[{"a":"', '{"a":{"b":"'])
def test_json_that_begins_with_a_text_beyond_what_is_looked_at_is_refused_for_that(start: str) -> None:
    data = start + "x" * 300_000 + '","value":[{"a":1,"b":2}]}'
    with pytest.raises(BadFile) as refused:
        read_bytes(data.encode())
    assert "longer than the 256 KB" in refused.value.what
    assert "cut off" not in f"{refused.value.what} {refused.value.do}"


def test_long_json_that_is_broken_at_its_beginning_is_called_damaged() -> None:
    with pytest.raises(BadFile, match="begins like JSON but no record"):
        read_bytes(b'{"a": }' + b" " * 300_000)
