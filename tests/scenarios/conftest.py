"""Laptops to tell stories with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.exchange_group import Group, busy_day, found_group
from tests.scenarios.laptop import Laptop, copied, make
from tests.scenarios.small_disk import SmallDisk, mounted_at


@pytest.fixture(scope="session")
def empty_laptop(tmp_path_factory: pytest.TempPathFactory) -> Laptop:
    """A store just made. Nobody writes to it: it is there to be copied."""
    return make(tmp_path_factory.mktemp("laptop"))


@pytest.fixture
def laptop(empty_laptop: Laptop, tmp_path: Path) -> Laptop:
    """A laptop of this test's own, with an empty store."""
    return copied(empty_laptop, tmp_path / "laptop")


@pytest.fixture(scope="session")
def founded_group(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five laptops just made that trust one another. Nobody writes to them: they are there to be copied."""
    base = tmp_path_factory.mktemp("group")
    found_group(base)
    return base


@pytest.fixture
def group(founded_group: Path, tmp_path: Path) -> Group:
    """Three laptops of one trust, one of a linked trust, one of another nation that is only a peer."""
    names = ("asha", "ben", "carys", "linked", "peer")
    return Group(
        *(copied(Laptop(founded_group / name / "profile", founded_group / name), tmp_path / name) for name in names)
    )


@pytest.fixture
def busy(group: Group) -> tuple[Group, str, str]:
    """The group after a busy day of Asha's: (group, an open incident, a RED one)."""
    return group, *busy_day(group.asha)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk with little room."""
    with mounted_at(tmp_path / "disk") as disk:
        yield disk
