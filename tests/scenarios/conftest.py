"""Laptops to tell stories with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.laptop import Laptop, copied, make


@pytest.fixture(scope="session")
def empty_laptop(tmp_path_factory: pytest.TempPathFactory) -> Laptop:
    """A store just made. Nobody writes to it: it is there to be copied."""
    return make(tmp_path_factory.mktemp("laptop"))


@pytest.fixture
def laptop(empty_laptop: Laptop, tmp_path: Path) -> Laptop:
    """A laptop of this test's own, with an empty store."""
    return copied(empty_laptop, tmp_path / "laptop")
