"""Laws that hold for every format: any bytes become records, rejects or a sentence, and nothing else."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.formats.reading_support import MAPPING, Read, read_bytes
from triage_app.errors import BadFile
from triage_app.formats import registry

SAMPLES: Final = Path(__file__).parents[2] / "data" / "formats"
"""Files that we wrote, a folder a format: the tests' own, and the first corpus of the fuzzer."""

MAPPED: Final = ("csv", "json")
"""Formats that a person has to describe first."""

NAMES: Final = [name for name, _ in registry.formats()]
SAMPLE_FILES: Final = sorted(path for path in SAMPLES.glob("*/*") if path.is_file())


def exercise(format_name: str, data: bytes) -> Read | None:
    """Read bytes as one format; None if they were refused in a sentence. Everything that was read is proved."""
    try:
        read = read_bytes(data, MAPPING if format_name in MAPPED else None, format=format_name)
    except BadFile as refused:
        if not (refused.what.endswith(".") and refused.do.endswith(".")):
            raise AssertionError(f"not a sentence: {refused}") from refused
        return None
    assert read.end is not None
    assert read.end.records == len(read.rows) + len(read.rejects)
    for index in range(len(read.rows)):
        assert read.raw(index)
    return read


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_sample_is_recognised_by_its_content_and_read_twice_alike(path: Path) -> None:
    data = path.read_bytes()
    if path.parent.name in MAPPED:
        return
    read = read_bytes(data, name="given")
    assert read.begin is not None
    assert read.begin.format == path.parent.name
    assert read.begin.why
    assert read.rows or read.ignored
    again = exercise(path.parent.name, data)
    assert again is not None
    assert [row["evidence_id"] for row in again.rows] == [row["evidence_id"] for row in read.rows]


@pytest.mark.parametrize("name", NAMES)
def test_a_format_has_samples_and_says_what_it_is(name: str) -> None:
    assert registry.named(name).TITLE
    assert any(path.parent.name == name for path in SAMPLE_FILES)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25, deadline=None)
@given(data=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_become_records_rejects_or_a_sentence(name: str, data: bytes) -> None:
    exercise(name, data)


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_sample_with_its_bytes_changed_becomes_records_rejects_or_a_sentence(path: Path) -> None:
    data = path.read_bytes()[:20_000]
    chance = random.Random(20261126)
    for _ in range(40):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(changed) + 1)
            kind = chance.randrange(4)
            if kind == 0 and changed:
                changed[place % len(changed)] = chance.randrange(256)
            elif kind == 1:
                del changed[place : place + chance.randint(1, 40)]
            elif kind == 2:
                changed[place:place] = chance.choice(_NASTY)
            else:
                changed[place:place] = changed[place : place + chance.randint(1, 80)]
        exercise(path.parent.name, bytes(changed))


_NASTY: Final = (
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    "\u202e\u200b".encode(),
    b'"',
    b"{",
    b"[" * 70,
    b"NaN",
    b"9" * 400,
    b"-1e999",
    b"0000-00-00T00:00:00Z",
    b"9999-12-31T23:59:59Z",
    b"<img src=//203.0.113.9/x>",
    b"&amp;&#0;&#xD800;",
    b"null",
    b"true",
    b'{"a":1,"a":2}',
    b"\\ud800",
    b"../../CON",
)


def rows_as_json(read: Read) -> str:
    """Return the rows as text, for a test that looks for what must not be in them."""
    return json.dumps(read.rows)
