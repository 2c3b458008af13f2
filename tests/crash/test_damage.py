"""A damaged file: what is read back is what was there, or somebody says that it is not."""

from __future__ import annotations

from pathlib import Path

from tests.crash import damage
from tests.crash.ground import Ground


def test_no_damage_goes_unnoticed_that_changes_what_is_read(ground: Ground, tmp_path: Path) -> None:
    done = damage.run(ground, tmp_path / "hurt", files=100, seed=20261127)
    assert not done.bad, done.as_text()
    assert done.trials == 100


def test_damage_to_a_store_whose_pages_prove_nothing_is_reported(ground: Ground, tmp_path: Path) -> None:
    done = damage.run(ground, tmp_path / "hurt", files=100, seed=20261127, plain=True)
    assert done.corrupt > 0, done.as_text()
