"""A display, a bus, and the window on it: started once a run, where the tools for it are there."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.display import ground as grounds
from tests.display.at_spi import Bus
from tests.display.ground import Ground
from tests.display.program import Program, started
from tests.gui.fixtures_store import copied, store_with_samples

Start = Callable[..., AbstractContextManager[Program]]


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """The display, with a window manager and a bus of its own."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the display of these tests is X's, and the bus is Linux's")
    lacking = grounds.missing()
    if lacking:
        pytest.skip(f"not installed: {' '.join(lacking)} (make test installs them for root)")
    with grounds.standing(tmp_path_factory.mktemp("display")) as found:
        yield found


@pytest.fixture(scope="session")
def bus(ground: Ground) -> Iterator[Bus]:
    """An assistive program on that bus."""
    opened = Bus(ground)
    yield opened
    opened.close()


@pytest.fixture
def start(ground: Ground, bus: Bus) -> Start:
    """Start a window over a profile: ``with start(home, passphrase=…) as program``."""
    return partial(started, ground, bus)


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the sample alerts; ``home`` is a copy for one test."""
    return store_with_samples(tmp_path_factory.mktemp("shown") / "home")


@pytest.fixture
def home(sample_store: Path, tmp_path: Path) -> Path:
    """A store with the sample alerts, for one test."""
    return copied(sample_store, tmp_path / "home")
