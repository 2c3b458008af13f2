"""The power fails, and what was not synced is gone, reordered or torn: nothing that was acknowledged is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash import power, shim
from tests.crash.ground import Ground


@pytest.fixture(autouse=True)
def _needs_the_shim(tmp_path: Path) -> None:
    try:
        shim.build(tmp_path)
    except shim.NoShim as why:
        pytest.skip(str(why))


def test_what_was_acknowledged_outlives_a_power_cut(ground: Ground, tmp_path: Path) -> None:
    done = power.run(ground, tmp_path / "hurt", points=60, seed=20261127, each=30)
    assert not done.bad, done.as_text()
    assert done.trials == 60


def test_a_store_that_syncs_nothing_is_found_out(ground: Ground, tmp_path: Path) -> None:
    done = power.run(ground, tmp_path / "hurt", points=30, seed=20261127, each=30, careless=True)
    assert done.lost > 0, done.as_text()
