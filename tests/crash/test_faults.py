"""Each call to the disk fails in turn: a sentence, a process that lives on, and a store that holds all it promised."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash import faults, shim
from tests.crash.ground import Ground


@pytest.fixture(autouse=True)
def _needs_the_shim(tmp_path: Path) -> None:
    try:
        shim.build(tmp_path)
    except shim.NoShim as why:
        pytest.skip(str(why))


def test_a_disk_that_fails_ends_in_a_sentence_and_loses_nothing(ground: Ground, tmp_path: Path) -> None:
    done = faults.run(ground, tmp_path / "hurt", seed=3, every=140)
    assert not done.bad, done.as_text()
    assert done.trials > 15
    assert done.outcomes["a sentence"] > 10, done.as_text()


def test_a_store_that_cannot_take_back_is_found_out(ground: Ground, tmp_path: Path) -> None:
    done = faults.run(ground, tmp_path / "hurt", seed=0, modes=1, every=20, careless=True)
    assert done.bad, done.as_text()
