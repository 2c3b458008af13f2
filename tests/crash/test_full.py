"""A disk that fills up: a sentence, a process that still reads, and all that was acknowledged."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.crash import full
from tests.crash.ground import Ground


def test_a_disk_that_fills_up_ends_in_a_sentence_and_loses_nothing(ground: Ground, tmp_path: Path) -> None:
    done = full.run(ground, tmp_path / "hurt", sizes=8, seed=20261127)
    assert not done.bad, done.as_text()
    assert done.outcomes["filled up"] > 4, done.as_text()


def test_a_limit_on_files_stands_in_for_a_small_disk(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(subprocess, "run", refused)
    done = full.run(ground, tmp_path / "hurt", sizes=3, seed=20261127)
    assert not done.bad, done.as_text()
    assert done.outcomes["under RLIMIT_FSIZE, no mount being allowed"] == 1


def test_a_store_that_cannot_take_back_on_a_full_disk_is_found_out(ground: Ground, tmp_path: Path) -> None:
    done = full.run(ground, tmp_path / "hurt", sizes=10, seed=20261127, careless=True)
    assert done.bad, done.as_text()
