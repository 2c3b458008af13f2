"""Archives: files in files, and the named ways in which an archive is made to do harm."""

from __future__ import annotations

import gzip
import io
import json
import stat
import struct
import time
import zipfile
from typing import Final

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.formats.reading_support import HEADER, MAPPING, Read, read_bytes
from tests.unit.formats.test_every_format import exercise
from triage_app.domain.evidence import COLUMNS
from triage_app.domain.mapping import header_fingerprint
from triage_app.errors import BadFile, NeedsMapping
from triage_app.formats import archive
from triage_app.formats.line_output import LineOutput
from triage_app.formats.reader import Job, run

LIST: Final = b"evil.example\n203.0.113.9\nother.example\n"
VALUES: Final = ["evil.example", "203.0.113.9", "other.example"]
TABLE: Final = (HEADER + "2026-11-21T20:00:00Z,high,A-1,Malware found,pc1,192.0.2.1,,seen,x\n").encode()
KNOWN: Final = {header_fingerprint(HEADER.strip().split(",")): MAPPING}
MIB: Final = 1024 * 1024


def packed(*files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as made:
        for name, data in files:
            made.writestr(name, data)
    return held.getvalue()


def forged(data: bytes, offset: int, value: int, size: str = "<H", entry: int = 0) -> bytes:
    """An archive with one field of one entry of its directory changed."""
    place = -1
    for _ in range(entry + 1):
        place = data.index(b"PK\x01\x02", place + 1)
    changed = bytearray(data)
    struct.pack_into(size, changed, place + offset, value)
    return bytes(changed)


def repeated(data: bytes, times: int) -> bytes:
    """An archive of one file whose directory names that file so many times."""
    begin, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    directory = data[begin:end] * times
    return data[:begin] + directory + struct.pack(
        "<4sHHHHIIH", b"PK\x05\x06", 0, 0, times, times, len(directory), begin, 0
    )  # fmt: skip


def values(read: Read) -> list[str]:
    return [row["value"] for row in read.rows]


def reasons(read: Read) -> list[str]:
    return [reject.reason for reject in read.rejects]


# ---- what is inside ------------------------------------------------------------------------------------
def test_each_file_of_a_mixed_archive_is_read_as_if_it_had_come_by_itself() -> None:
    read = read_bytes(
        packed(
            ("feeds/", b""),
            ("feeds/list.txt", LIST),
            ("feeds/novel.txt", b"It was a dark and stormy night.\n"),
            ("__MACOSX/feeds/._list.txt", b"\0\5\x16\7"),
            ("feeds/.DS_Store", b"\0\0\0\1Bud1"),
            (
                "feeds/two.txt",
                b"evil.example\nnot an indicator at all\nlast.example\na.example\nb.example\nc.example\n",
            ),
            ("empty.csv", b""),
        )
    )
    assert [(part.name, part.format) for part in read.parts] == [
        ("feeds/list.txt", "indicator-list"),
        ("feeds/two.txt", "indicator-list"),
    ]
    assert values(read) == [*VALUES, "evil.example", "last.example", "a.example", "b.example", "c.example"]
    assert [read.raw(index) for index in range(len(read.rows))]
    by_file = {reason.partition(":")[0]: reason for reason in reasons(read)}
    assert by_file.keys() == {"feeds/novel.txt", "feeds/two.txt", "empty.csv"}
    assert "is empty" in by_file["empty.csv"]
    (broken,) = [reject for reject in read.rejects if reject.reason.startswith("feeds/two.txt")]
    assert (broken.line, broken.text.strip()) == (2, "not an indicator at all")
    assert read.ignored == {"file of the system that packed it": 2}


@pytest.mark.parametrize("name", ["desktop.ini-alerts.txt", "Thumbs.db/list.txt", "__MACOSX.txt", ".DS_Store2"])
def test_only_what_systems_leave_behind_is_passed_over(name: str) -> None:
    assert values(read_bytes(packed((name, LIST)))) == VALUES


def test_the_same_file_alone_and_in_an_archive_is_the_same_evidence() -> None:
    alone, inside = read_bytes(LIST), read_bytes(packed(("list.txt", LIST)))
    assert [row["evidence_id"] for row in inside.rows] == [row["evidence_id"] for row in alone.rows]


def test_an_archive_without_a_file_says_so() -> None:
    assert read_bytes(packed()).ignored == {"archive without a file": 1}
    assert read_bytes(packed(("folder/", b""))).ignored == {"archive without a file": 1}


# ---- tables that somebody has to describe --------------------------------------------------------------
def test_a_single_table_that_nobody_mapped_offers_the_mapping_and_is_read_with_it() -> None:
    data = packed(("alerts.csv", TABLE))
    with pytest.raises(NeedsMapping):
        read_bytes(data)
    offered = read_bytes(data, mode="preview")
    assert offered.needs is not None
    assert list(offered.needs.headers) == HEADER.strip().split(",")
    assert offered.needs.suggestion.columns["host"] == "host"
    assert [row["title"] for row in read_bytes(data, offered.needs.suggestion).rows] == ["Malware found"]


def test_a_table_among_others_is_read_by_a_mapping_that_was_remembered() -> None:
    data = packed(("alerts.csv", TABLE), ("list.txt", LIST), ("other.csv", b"one,two\nthree words here,four\n"))
    known = read_bytes(data, mappings=KNOWN)
    assert [row["title"] for row in known.of_kind("alert")] == ["Malware found"]
    assert [part.format for part in known.parts] == ["csv", "indicator-list"]
    assert [reason.partition(":")[0] for reason in reasons(known)] == ["other.csv"]
    assert [reason.partition(":")[0] for reason in reasons(read_bytes(data))] == ["alerts.csv", "other.csv"]


# ---- names ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../../etc/passwd", "../../../etc/passwd"),
        ("/etc/cron.d/x", "/etc/cron.d/x"),
        ("C:\\Windows\\x.txt", "C:\\Windows\\x.txt"),
        ("CON", "CON"),
        ("nul.txt", "nul.txt"),
        ("a\nb.txt", "a b.txt"),
        ("‮txt.exe", "⟦U+202E⟧txt.exe"),
        ("x" * 2_000, "x" * 299 + "…"),
        ("<b>.txt", "<b>.txt"),
    ],
)
def test_a_name_inside_is_shown_and_never_a_path(name: str, shown: str) -> None:
    read = read_bytes(packed((name, LIST)))
    assert [part.name for part in read.parts] == [shown]
    assert values(read) == VALUES


@pytest.mark.parametrize(("name", "shown"), [(b"a\0b.txt", "a"), (b"\0ab.txt", "file without a name")])
def test_a_nul_in_a_name_hides_no_file(name: bytes, shown: str) -> None:
    read = read_bytes(packed(("a_b.txt", LIST)).replace(b"a_b.txt", name))
    assert [part.name for part in read.parts] == [shown]
    assert values(read) == VALUES


def test_files_of_one_name_are_told_apart_and_all_read() -> None:
    data = packed(("list1.txt", LIST), ("list2.txt", b"second.example\nx.example\n"))
    read = read_bytes(data.replace(b"list2.txt", b"list1.txt"))
    assert [part.name for part in read.parts] == ["list1.txt", "list1.txt (2)"]
    assert values(read) == [*VALUES, "second.example", "x.example"]


def test_a_folder_with_something_in_it_is_read_as_the_file_it_is() -> None:
    assert values(read_bytes(packed(("list.txt", LIST)).replace(b"list.txt", b"listtxt/"))) == VALUES


def workbook_of(*sheets: str) -> bytes:
    made = openpyxl.Workbook(write_only=True)
    for title in sheets:
        sheet = made.create_sheet(title)
        for line in (["indicator", "type"], [f"{title.lower()}.example", "domain"]):
            sheet.append(line)
    made.save(held := io.BytesIO())
    return held.getvalue()


def test_a_gzip_file_in_an_archive_is_read_and_counts_against_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    read = read_bytes(packed(("feeds/a.txt.gz", gzip.compress(LIST)), ("b.txt", b"b.example\nc.example\n")))
    assert values(read) == [*VALUES, "b.example", "c.example"]
    assert [part.name for part in read.parts] == ["feeds/a.txt.gz", "b.txt"]
    assert not read.rejects
    monkeypatch.setattr(archive, "FREE", 1_000)
    bomb = packed(("a.gz", gzip.compress(b"evil.example\n" * 20_000)))
    with pytest.raises(BadFile, match="far more"):
        read_bytes(bomb)


def test_a_gzip_file_in_an_archive_that_is_cut_off_refuses_the_whole() -> None:
    with pytest.raises(BadFile, match="damaged"):
        read_bytes(packed(("a.gz", gzip.compress(LIST * 20_000)[:-30]), ("b.txt", LIST)))


def test_a_workbook_in_an_archive_is_read_sheet_by_sheet() -> None:
    read = read_bytes(packed(("week.xlsx", workbook_of("One", "Two")), ("list.txt", LIST)))
    assert values(read) == ["one.example", "two.example", *VALUES]
    assert [part.name for part in read.parts] == ["week.xlsx", "week.xlsx: One", "week.xlsx: Two", "list.txt"]
    assert not read.rejects
    for index in range(5):
        read.raw(index)


def test_workbooks_in_an_archive_count_against_the_whole() -> None:
    wide = io.BytesIO()
    with zipfile.ZipFile(wide, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("xl/workbook.xml", b" " * (200 * MIB))
    with pytest.raises(BadFile, match="far more"):
        read_bytes(packed(("a.xlsx", wide.getvalue()), ("list.txt", LIST), method=zipfile.ZIP_STORED))


# ---- what is not read ----------------------------------------------------------------------------------
def _link() -> bytes:
    entry = zipfile.ZipInfo("link.txt")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return packed((entry, b"linked.example\nother.example\n"), ("list.txt", LIST))


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (_link(), "a link and no file"),
        (forged(packed(("a.txt", LIST), ("list.txt", LIST)), 8, 0x1), "password"),
        (forged(packed(("a.txt", LIST), ("list.txt", LIST)), 8, 0x20), "packed in a way"),
        (forged(packed(("a.txt", LIST), ("list.txt", LIST)), 8, 0x40), "packed in a way"),
        (packed(("a.zip", packed(("b.txt", LIST))), ("list.txt", LIST)), "archive inside an archive"),
        (packed(("a.gz", gzip.compress(packed(("b.txt", LIST)))), ("list.txt", LIST)), "archive inside two others"),
        (packed(("a.gz", gzip.compress(gzip.compress(LIST))), ("list.txt", LIST)), "archive inside two others"),
        (packed(("a.exe", b"MZ" + bytes(500)), ("list.txt", LIST)), "Windows program"),
        (packed(("zeros.txt", bytes(100 * MIB)), ("list.txt", LIST)), "NUL"),
    ],
    ids=["link", "locked", "patched", "sealed", "zip", "gzip", "twice", "program", "zeros"],
)
def test_what_is_not_read_is_one_reject_with_its_name_and_the_rest_is_read(data: bytes, word: str) -> None:
    read = read_bytes(data)
    (reason,) = reasons(read)
    assert word in reason
    assert reason.split(":")[0] in {"link.txt", "a.txt", "a.zip", "a.gz", "a.exe", "zeros.txt"}
    assert values(read) == VALUES


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_that_is_not_read_is_said(method: int) -> None:
    (reason,) = reasons(read_bytes(packed(("list.txt", LIST), method=method)))
    assert reason.startswith("list.txt: packed in a way that is not read here")


# ---- bombs ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("files", [1, 40])
def test_what_unpacks_to_far_more_than_it_may_is_refused_whole(files: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "FREE", MIB)
    monkeypatch.setattr(archive, "EXPANSION", 20)
    lines = b"evil.example\n" * (4 * MIB // 13 // files)
    with pytest.raises(BadFile) as refused:
        read_bytes(packed(*((f"{number}.txt", lines) for number in range(files))))
    assert "unpacks to far more" in refused.value.what
    assert "nothing was kept" in refused.value.what


@pytest.mark.parametrize("files", [1, 3])
def test_an_archive_whose_directory_says_too_much_is_refused_before_any_file_is_read(
    files: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "FREE", MIB)
    monkeypatch.setattr(archive, "EXPANSION", 20)
    monkeypatch.setattr(archive, "_member", lambda *_, **__: pytest.fail("a file was begun"))
    data = packed(*((f"{number}.txt", b"evil.example\n" * (2 * MIB // 13)) for number in range(files)))
    with pytest.raises(BadFile) as refused:
        read_bytes(data)
    assert "unpacks to far more" in refused.value.what


def test_a_locked_file_does_not_count_for_it_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "FREE", MIB)
    monkeypatch.setattr(archive, "EXPANSION", 2)
    data = forged(packed(("big.txt", b"x" * 2 * MIB), ("list.txt", LIST)), 8, 1)
    assert values(read_bytes(data)) == VALUES


def test_a_directory_that_says_too_little_lets_no_more_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "FREE", MIB)
    monkeypatch.setattr(archive, "EXPANSION", 2)
    data = forged(packed(("list.txt", b"evil.example\n" * (2 * MIB // 13))), 24, 26, "<I")
    with pytest.raises(BadFile):
        read_bytes(data)


def test_a_gzip_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "FREE", MIB)
    monkeypatch.setattr(archive, "EXPANSION", 20)
    with pytest.raises(BadFile) as refused:
        read_bytes(gzip.compress(b"evil.example\n" * 300_000))
    assert "unpacks to far more" in refused.value.what


def test_sixty_five_thousand_files_are_refused_before_any_is_read() -> None:
    started = time.process_time()
    with pytest.raises(BadFile) as refused:
        read_bytes(repeated(packed(("list.txt", LIST)), 65_535))
    assert "65,535 files" in refused.value.what
    assert time.process_time() - started < 5


def test_files_that_lie_over_each_other_are_refused() -> None:
    noise = b"".join(b"%x.example\n" % (number * 2_654_435_761 % 2**32) for number in range(500))
    with pytest.raises(BadFile) as refused:
        read_bytes(repeated(packed(("list.txt", noise)), 50))
    assert "over each other" in refused.value.what


# ---- damage --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("cut", [1, 10, 60, 150])
def test_an_archive_that_is_cut_off_is_refused(cut: int) -> None:
    for data in (packed(("list.txt", LIST * 50), ("two.txt", LIST)), gzip.compress(LIST * 50)):
        with pytest.raises(BadFile) as refused:
            read_bytes(data[: max(len(data) - cut, 12)])
        assert "damaged archive; nothing of it was kept" in refused.value.what


def test_content_that_is_not_what_was_packed_is_refused_whole() -> None:
    with pytest.raises(BadFile) as refused:
        read_bytes(packed(("a.txt", LIST), ("b.txt", LIST), method=zipfile.ZIP_STORED).replace(b"evil", b"good", 1))
    assert "damaged archive" in refused.value.what
    changed = bytearray(gzip.compress(LIST))
    changed[-8] ^= 1
    with pytest.raises(BadFile):
        read_bytes(bytes(changed))


def test_damage_behind_the_place_where_a_format_stops_reading_is_found() -> None:
    alert = {"SystemAlertId": "a", "AlertName": "Found", "TimeGenerated": "2026-11-21T20:00:00Z"}
    tail = json.dumps([alert]).encode() + b"x\n" * 2 * MIB + b"end"
    sound = packed(("alerts.json", tail), method=zipfile.ZIP_STORED)
    assert [row["title"] for row in read_bytes(sound).rows] == ["Found"]
    with pytest.raises(BadFile) as refused:
        read_bytes(sound.replace(b"\nend", b"\nEnd"))
    assert "damaged archive" in refused.value.what


@pytest.mark.parametrize(("offset", "value"), [(24, 5), (24, 2**31), (20, 5), (20, 2**31), (42, 7), (42, 2**31)])
def test_an_archive_that_lies_about_sizes_and_places_gives_nothing_that_is_not_in_it(offset: int, value: int) -> None:
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        read = exercise("archive", forged(packed(("list.txt", LIST), method=method), offset, value, "<I"))
        assert read is None or values(read) == VALUES


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_changed_byte_lets_through_what_was_not_packed(data: st.DataObject) -> None:
    sound = data.draw(st.sampled_from(_SOUND))
    changed = bytearray(sound)
    changed[data.draw(st.integers(0, len(sound) - 1))] ^= data.draw(st.integers(1, 255))
    read = exercise("archive", bytes(changed))
    assert read is None or set(values(read)) <= set(VALUES)


_SOUND: Final = (
    packed(("list.txt", LIST), ("b.txt", LIST)),
    packed(("list.txt", LIST), method=zipfile.ZIP_STORED),
    gzip.compress(LIST),
)


# ---- gzip and pipes ------------------------------------------------------------------------------------
def test_a_gzip_file_is_named_without_its_ending_and_its_members_follow_one_another() -> None:
    read = read_bytes(gzip.compress(LIST[:13]) + gzip.compress(LIST[13:]), name="feed.txt.gz")
    assert [part.name for part in read.parts] == ["feed.txt"]
    assert values(read) == VALUES


def test_what_follows_a_gzip_file_and_is_none_makes_it_damaged() -> None:
    with pytest.raises(BadFile):
        read_bytes(gzip.compress(LIST) + b"and more")


class Pipe:
    """Bytes that come once, and cannot be gone back to."""

    def __init__(self, data: bytes) -> None:
        self._inner = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes."""
        return self._inner.read(size)


def test_an_archive_comes_through_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    data = packed(("list.txt", LIST), ("noise.bin", bytes(range(256)) * 2_000), method=zipfile.ZIP_STORED)
    said = io.BytesIO()
    run(Job("feed.zip", 0, "read", None, None, ""), Pipe(data), LineOutput(said))  # type: ignore[arg-type]
    sent = [json.loads(line) for line in said.getvalue().splitlines()]
    rows = [row for message in sent if message[0] == "rows" for row in message[2]]
    assert [row[COLUMNS.index("value")] for row in rows] == VALUES
    monkeypatch.setattr(archive, "MAX_HELD", 300_000)
    with pytest.raises(BadFile) as refused:
        run(Job("feed.zip", 0, "read", None, None, ""), Pipe(data), LineOutput(io.BytesIO()))  # type: ignore[arg-type]
    assert "larger than" in refused.value.what


def test_a_look_at_an_archive_reads_no_more_than_it_shows() -> None:
    data = packed(("a.txt", b"evil.example\n" * 100_000), ("b.txt", LIST))
    assert len(read_bytes(data, mode="preview").rows) == 50
    found = read_bytes(data, mode="detect")
    assert found.begin is not None
    assert found.begin.format == "archive"
    assert found.rows == []
