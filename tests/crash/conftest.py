"""A little of every crash test at each run of the tests; ``make crash`` runs all of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.crash.ground import Ground, prepare


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These need processes that are forked, and signals that end them."""
    if not hasattr(os, "fork"):
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="this system has no fork"))


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """Stores to copy, and what to put into them."""
    return prepare(tmp_path_factory.mktemp("crash") / "ground", files=3, bundles=4)
