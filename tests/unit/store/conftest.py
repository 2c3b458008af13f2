"""Real encrypted stores: nothing here is pretended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import stores
from tests.scenarios.laptop import Laptop, copied, make
from triage_app.services.session import Session
from triage_app.store.connection import Store


@pytest.fixture(scope="session")
def empty_laptop(tmp_path_factory: pytest.TempPathFactory) -> Laptop:
    """A store just made. Nobody writes to it: it is there to be copied."""
    return make(tmp_path_factory.mktemp("laptop"))


@pytest.fixture
def session(empty_laptop: Laptop, tmp_path: Path) -> Iterator[Session]:
    """An empty store of this test's own, unlocked."""
    with copied(empty_laptop, tmp_path / "laptop").session() as opened:
        yield opened


@pytest.fixture
def store(session: Session) -> Store:
    """The store of that session."""
    return session.store


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[stores.Laptop]:
    """A laptop of this test's own."""
    (found,) = stores.copies(tmp_path)
    yield found
    found.close()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[list[stores.Laptop]]:
    """Two that trust each other."""
    yield from _closed_after(stores.copies(tmp_path, 2))


@pytest.fixture
def trio(tmp_path: Path) -> Iterator[list[stores.Laptop]]:
    """Three that trust one another."""
    yield from _closed_after(stores.copies(tmp_path, 3))


def _closed_after(laptops: list[stores.Laptop]) -> Iterator[list[stores.Laptop]]:
    yield laptops
    for one in laptops:
        one.close()
