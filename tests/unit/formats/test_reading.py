"""The parent believes nothing: readers that crash, hang, eat memory or talk nonsense cost one file and no other."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.formats.reading_support import HEADER, MAPPING
from triage_app import errors, paths
from triage_app.domain.evidence import COLUMNS
from triage_app.domain.mapping import header_fingerprint
from triage_app.formats import known_mappings, limits
from triage_app.formats.reading import Begin, End, Event, NeedsMapping, Rejects, Rows, read_file, reader_command
from triage_app.formats.reading_events import Garbage, parse_line
from triage_app.formats.suricata import LAYOUT

pytestmark = pytest.mark.usefixtures("cold_readers")

SAMPLES = paths.resources() / "samples"
EVE = SAMPLES / "suricata-eve.json"
BEGIN = [
    "begin",
    {
        "format": "suricata-eve",
        "why": "w",
        "source": "Suricata",
        "layout": LAYOUT.as_json(),
        "headers": [],
        "delimiter": "",
        "encoding": "utf-8",
    },
]
ROW: list[Any] = ["ab" * 32, "cd" * 16, 1, 50, *[""] * 17, 0, "", None, None]
END = ["end", {"records": 1, "rejected": 0, "ignored": 0, "short_rows": 0}]


def says(*messages: object, then: str = "") -> list[str]:
    """A reader that says these messages and then does something else."""
    lines = "".join(message if isinstance(message, str) else json.dumps(message) + "\n" for message in messages)
    return [sys.executable, "-c", f"import sys,os,time;sys.stdout.write({lines!r});sys.stdout.flush();{then}"]


def events(file: Any = EVE, **options: Any) -> list[Event]:
    return list(read_file(file, name="the file", **options))


def refusal(file: Any = EVE, **options: Any) -> errors.BadFile:
    with pytest.raises(errors.BadFile) as refused:
        events(file, **options)
    assert "the file" in refused.value.what
    assert refused.value.do
    return refused.value


def test_a_file_is_read_in_a_process_of_its_own() -> None:
    begin, *middle, end = events()
    assert isinstance(begin, Begin)
    assert begin.format == "suricata-eve"
    assert isinstance(end, End)
    assert end.records == sum(len(event.rows) for event in middle if isinstance(event, Rows)) == 61


def test_the_reader_process_knows_neither_the_window_nor_the_store_nor_any_key() -> None:
    script = (
        "import sys; from triage_app.formats import reader, reading; "
        "bad=[m for m in sys.modules if m.split('.')[0] in "
        "('PySide6','shiboken6','sqlcipher3','sqlite3','sqlite_utils','cryptography','pyrage','argon2','socket','ssl','asyncio')"
        " or m.startswith(('triage_app.store','triage_app.ui','triage_app.services'))];"
        "print([m for m in bad if m not in sys.argv[1:]])"
    )
    # What starts a process needs the standard library's sockets on some systems; the reader itself must not.
    alone = script.replace("reader, reading", "reader")
    found = subprocess.run([sys.executable, "-c", alone], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_starting_a_reader_takes_little_time() -> None:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        events(SAMPLES / "suricata-array.json")
        times.append(time.perf_counter() - start)
    assert min(times) < 1.0


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (says(then="os.kill(os.getpid(),11)"), "broke down"),
        (says(BEGIN, ["rows", 1, [ROW]], then="os.kill(os.getpid(),11)"), "broke down"),
        (says(then="sys.exit(3)"), "broke down"),
        (says(BEGIN, then="raise MemoryError"), "memory"),
        (says(BEGIN, then="os.kill(os.getpid(),9)"), "memory"),
        (says(BEGIN, then="os.kill(os.getpid(),24)"), "took longer"),
        (says("hello\n"), "cannot be trusted"),
        (says("\n"), "cannot be trusted"),
        (says(["rows", 1, [ROW]]), "cannot be trusted"),
        (says(BEGIN, BEGIN), "cannot be trusted"),
        (says(BEGIN, END), "cannot be trusted"),
        (says(BEGIN, ["rows", 1, [ROW]], END, END), "cannot be trusted"),
        (says(BEGIN, ["rows", 1, [ROW]], END, then="sys.exit(1)"), "cannot be trusted"),
        (says(BEGIN, ["rows", 1, [ROW]]), "broke down"),
        (["/no/such/reader"], "could not start"),
    ],
)
def test_whatever_happens_to_a_reader_becomes_one_sentence(command: list[str], said: str) -> None:
    assert said in refusal(command=command).what


def test_a_reader_that_hangs_is_stopped() -> None:
    start = time.monotonic()
    assert "went silent" in refusal(command=says(BEGIN, then="time.sleep(60)"), silence_seconds=0.4).what
    assert time.monotonic() - start < 5


def test_a_reader_that_never_stops_talking_is_stopped() -> None:
    line = json.dumps(["ignored", {"x" * 90: 1}])
    endless = says(BEGIN, then=f"\nwhile 1: sys.stdout.write({line!r}+chr(10))")
    endless[2] = endless[2].replace(";\nwhile", "\nwhile")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("triage_app.formats.reading.OUTPUT_BASE", 50_000)
        patch.setattr("triage_app.formats.reading.OUTPUT_FACTOR", 1)
        assert "more than a file of its size can hold" in refusal(command=endless).what


def test_thousands_of_remembered_mappings_stop_no_import_and_the_newest_are_used() -> None:
    table = (HEADER + "2026-11-21T20:00:00Z,High,R1,Beacon,pc1,192.0.2.1,,d,k\n").encode()
    name = header_fingerprint(HEADER.strip().split(","))
    others = {
        f"{number:032x}": replace(MAPPING, name=f"Supplier {number}", source=os.urandom(100).hex())
        for number in range(3_000)
    }
    kept = events(io.BytesIO(table), mappings={name: MAPPING, **others})
    assert [len(event.rows) for event in kept if isinstance(event, Rows)] == [1]
    assert isinstance(events(mappings=others)[-1], End)  # a file that needs none of them


def test_what_a_reader_is_started_with_fits_the_command_line_of_every_system() -> None:
    others = {f"{number:032x}": replace(MAPPING, source=os.urandom(200).hex()) for number in range(3_000)}
    packed = known_mappings.packed(others)
    assert known_mappings.MAX_PACKED // 2 < len(packed) <= known_mappings.MAX_PACKED
    unpacked = known_mappings.unpacked(packed)
    assert list(unpacked.items()) == list(others.items())[: len(unpacked)]
    assert known_mappings.unpacked(known_mappings.packed({})) == {}


def test_a_reader_that_talks_into_the_error_stream_without_end_blocks_nobody() -> None:
    noisy = says(BEGIN, ["rows", 1, [ROW]], END, then="sys.stderr.write('x'*10_000_000)")
    assert isinstance(events(command=noisy)[-1], End)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces the limit of address space")
def test_a_reader_that_outgrows_its_memory_ends_itself() -> None:
    eats = "from triage_app.formats import limits; limits.apply(1000); x=bytearray(700_000_000)"
    root = str(Path(__file__).resolve().parents[3])
    command = [sys.executable, "-c", f"import sys;sys.path.insert(0,{root!r});{eats}"]
    assert "memory" in refusal(command=command).what


@pytest.mark.skipif(sys.platform == "win32", reason="the limit is POSIX's")
def test_a_reader_that_never_ends_is_ended_by_its_own_limit_of_time() -> None:
    root = str(Path(__file__).resolve().parents[3])
    spins = (
        f"import sys;sys.path.insert(0,{root!r});from triage_app.formats import limits;"
        "limits.CPU_SECONDS=1;limits.apply(1000)\nwhile 1: pass"
    )
    assert "took longer" in refusal(command=[sys.executable, "-c", spins]).what


def test_the_limit_of_time_grows_with_the_file() -> None:
    assert limits.cpu_seconds(1) == 10
    assert limits.cpu_seconds(200_000_000) == 110
    assert limits.cpu_seconds(0) == limits.CPU_SECONDS_UNKNOWN


@pytest.mark.skipif(sys.platform == "win32", reason="the limit is POSIX's")
def test_a_reader_cannot_write_a_file(tmp_path: Path) -> None:
    root = str(Path(__file__).resolve().parents[3])
    target = tmp_path / "made"
    script = f"""
import sys; sys.path.insert(0, {root!r})
from triage_app.formats import limits
limits.apply(1000)
try:
    with open({str(target)!r}, "w") as file: file.write("x"); file.flush()
except OSError: sys.exit(7)
"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, check=False).returncode == 7


def test_a_file_that_costs_its_reader_costs_no_other_file(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(b'{"event_type":"alert","a":' + b"[" * 100_000)
    refusal(bad)
    assert isinstance(events()[-1], End)


def test_importing_can_be_cancelled_and_leaves_no_process() -> None:
    before = set(threading.enumerate())
    calls = iter([False, False, True])
    with pytest.raises(errors.Cancelled):
        events(command=says(BEGIN, then="time.sleep(60)"), is_cancelled=lambda: next(calls, True))
    assert set(threading.enumerate()) <= before


def test_an_iterator_that_is_dropped_half_way_leaves_no_process() -> None:
    running = read_file(EVE, name="x", command=says(BEGIN, then="time.sleep(60)"))
    assert isinstance(next(running), Begin)
    before = time.monotonic()
    running.close()
    assert time.monotonic() - before < 2


def test_a_pipe_that_cannot_be_rewound_is_read() -> None:
    out, into = os.pipe()

    def write() -> None:
        with os.fdopen(into, "wb") as pipe:
            pipe.write(EVE.read_bytes())

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(out, "rb") as pipe:
        end = events(pipe)[-1]
    writer.join()
    assert isinstance(end, End)
    assert end.records == 61


def test_bytes_in_memory_are_read() -> None:
    end = events(io.BytesIO(EVE.read_bytes()))[-1]
    assert isinstance(end, End)
    assert end.records == 61


class Vanishing(io.RawIOBase):
    """A file on a stick that is pulled out."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._parts: Iterator[bytes] = iter((data,))

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        try:
            return next(self._parts)
        except StopIteration:
            raise OSError(5, "Input/output error") from None


def test_a_file_that_vanishes_half_way_is_refused_in_a_sentence() -> None:
    refused = refusal(Vanishing(EVE.read_bytes()))
    assert "stopped being readable half-way" in refused.what
    assert "stick" in refused.do


@pytest.mark.parametrize("kind", ["missing", "folder", "unreadable", "empty", "nul"])
def test_a_file_that_cannot_be_opened_is_refused_in_a_sentence(kind: str, tmp_path: Path) -> None:
    path: str | Path = tmp_path / "x.csv"
    if kind == "folder":
        path = tmp_path
    elif kind == "nul":
        path = "a\0b"
    elif kind in {"unreadable", "empty"}:
        Path(path).write_bytes(b"" if kind == "empty" else b"a,b\n1,2\n")
    if kind == "unreadable":
        Path(path).chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("this user may read everything")
    assert refusal(path).what


def test_a_table_nobody_mapped_asks_for_a_mapping_by_an_error_of_its_own() -> None:
    with pytest.raises(errors.NeedsMapping):
        events(SAMPLES / "edr-alerts.csv")
    needs = [event for event in events(SAMPLES / "edr-alerts.csv", mode="detect") if isinstance(event, NeedsMapping)]
    assert needs[0].suggestion.columns["title"] == "Alert"
    rows = [
        event for event in events(SAMPLES / "edr-alerts.csv", mapping=needs[0].suggestion) if isinstance(event, Rows)
    ]
    assert sum(len(event.rows) for event in rows) == 42


def test_rejects_arrive_with_line_reason_and_text() -> None:
    data = (HEADER + "x\n").encode()
    (rejects,) = [event for event in events(io.BytesIO(data), mapping=MAPPING) if isinstance(event, Rejects)]
    assert [(item.line, item.text) for item in rejects.items] == [(2, "x\n")]


def test_a_module_in_the_current_folder_is_not_run_by_the_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert isinstance(events()[-1], End)


def test_a_packaged_window_starts_the_console_program_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(Path("/opt/triage/triage-window.exe")))
    assert reader_command() == [str(Path("/opt/triage/triage.exe")), "--reader"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("evidence_id", "AB" * 32),
        ("evidence_id", "zz" * 32),
        ("evidence_id", "ab" * 31 + "  "),
        ("key", "cd" * 15),
        ("key", None),
        ("seen_at", "1"),
        ("seen_at", True),
        ("seen_at", -1),
        ("seen_at", 2**62),
        ("severity", 101),
        ("severity", -1),
        ("severity", None),
        ("severity", True),
        ("title", 7),
        ("title", None),
        ("title", "x" * 501),
        ("host", "x" * 5000),
        ("detail", "\ud800"),
        ("rest", {}),
        ("tokens", []),
        ("kind", -1),
        ("kind", 99),
        ("kind", "alert"),
        ("until_at", "2026"),
        ("until_at", -1),
        ("score", "7.5"),
        ("score", True),
        ("score", 1e12),
        ("value", None),
        ("value", "x" * 5000),
    ],
)
def test_a_row_that_no_reader_of_ours_would_send_is_refused(column: str, value: object) -> None:
    good = json.dumps(["rows", 1, [ROW]]).encode()
    assert isinstance(parse_line(good), Rows)
    bad = list(ROW)
    bad[COLUMNS.index(column)] = value
    with pytest.raises(Garbage):
        parse_line(json.dumps(["rows", 1, [ROW, bad]]).encode())


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"[1]",
        b'["rows"]',
        b'["rows",1,[]]',
        b'["rows",1.5,[[]]]',
        b'["rows",NaN,[[]]]',
        b'["begin"]',
        b'["begin",{}]',
        b'["end",{}]',
        b'["refuse",{"what":1,"do":"x","code":"y"}]',
        b'["ignored",{"a":-1}]',
        b'["other",{}]',
        b'["rejects",[[1,2,3]]]',
        b'["rejects",[]]',
        b'["needs_mapping",{}]',
        b"\xff",
        b"[" * 100_000,
        b'["end",{"records":1e999}]',
    ],
)
def test_a_line_that_no_reader_of_ours_would_say_is_refused(line: bytes) -> None:
    with pytest.raises(Garbage):
        parse_line(line)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=6)
    | st.sampled_from(["rows", "begin", "end", "rejects", "refuse"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["what", "do", "code", "records"]), inner)
    ),
    max_leaves=12,
)


@given(JSON | st.binary(max_size=60))
def test_nothing_a_reader_can_say_breaks_the_parent(said: object) -> None:
    line = said if isinstance(said, bytes) else json.dumps(said).encode()
    with suppress(Garbage):
        parse_line(line)
