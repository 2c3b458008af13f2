"""Laptops that know one another, and an incident on the first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores import Laptop, copies
from triage_app.services import incidents


@pytest.fixture
def laptops(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[list[Laptop]]:
    """Two laptops, or as many as the file of the test says with ``LAPTOPS``."""
    made = copies(tmp_path / "stores", getattr(request.module, "LAPTOPS", 2))
    yield made
    for laptop in made:
        laptop.close()


@pytest.fixture
def laptop(laptops: list[Laptop]) -> Laptop:
    """The first of them."""
    return laptops[0]


@pytest.fixture
def incident(laptop: Laptop) -> str:
    """An incident that is open there."""
    return incidents.open_incident(laptop.session, "Ransomware on imaging file servers").id
