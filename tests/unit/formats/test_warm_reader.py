"""A reader forked for a test says what one started for a file says, ends as it ends, and ends when it is stopped."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import COLD
from triage_app import paths
from triage_app.errors import BadFile
from triage_app.formats import known_mappings, reading
from triage_app.formats.reading import read_file

SAMPLES = sorted((paths.resources() / "samples").glob("*"))


@pytest.fixture(autouse=True)
def warm() -> None:
    if reading.reader_command is COLD:
        pytest.skip("readers are forked on Linux alone")


def said(path: Path, **options: Any) -> list[Any]:
    try:
        return list(read_file(path, name=path.name, **options))
    except BadFile as refused:
        return [refused.code, refused.what, refused.do]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
@pytest.mark.parametrize("mode", ["read", "preview"])
def test_it_says_what_one_says_that_was_started_for_the_file(path: Path, mode: str) -> None:
    assert said(path, mode=mode) == said(path, mode=mode, command=COLD())


def ended(job: str, command: list[str]) -> tuple[int, bytes, str]:
    done = subprocess.run([*command, job], input=b"{}", capture_output=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr.decode().splitlines()[-1]


def test_it_breaks_down_as_one_does_that_was_started_for_the_file() -> None:
    assert ended("no job", reading.reader_command()) == ended("no job", COLD())
    assert ended("no job", COLD())[0] == 1


def test_it_ends_when_the_program_stops_it() -> None:
    job = json.dumps({"name": "x", "mappings": known_mappings.packed({})})
    command = [*reading.reader_command(), job]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as stand_in:
        assert stand_in.stdin is not None
        assert stand_in.stdout is not None
        stand_in.stdin.write(b'{"event_type": "alert"')  # and nothing more: it waits
        stand_in.stdin.flush()
        stand_in.kill()
        assert stand_in.stdout.read() == b""  # nobody else holds the other end
