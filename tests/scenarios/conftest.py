"""Laptops to tell stories with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.exchange_group import Group, busy_day, found_group
from tests.scenarios.laptop import MAPPING, Laptop, copied, eve, make, row, table
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


@pytest.fixture(scope="session")
def held_laptop(empty_laptop: Laptop, tmp_path_factory: pytest.TempPathFactory) -> Laptop:
    """A laptop that holds forty alerts already, and knows how to read the tables."""
    laptop = copied(empty_laptop, tmp_path_factory.mktemp("held") / "laptop")
    mapping = laptop.write("mapping.json", json.dumps(MAPPING))
    laptop.take(
        laptop.write("first.csv", table(row(number) for number in range(40))), words=("--mapping", str(mapping))
    )
    return laptop


@pytest.fixture
def held(held_laptop: Laptop, tmp_path: Path) -> Laptop:
    """A laptop of this test's own with those forty alerts."""
    return copied(held_laptop, tmp_path / "laptop")


@pytest.fixture(scope="session")
def worked_laptop(tmp_path_factory: pytest.TempPathFactory) -> Laptop:
    """A store with eight alerts, two incidents, a victim, a support action, a person and a note."""
    laptop = make(tmp_path_factory.mktemp("worked"))
    laptop.take(laptop.write("eve.json", "\n".join(eve(number, severity=1 + number % 3) for number in range(8))))
    ids = [alert["id"] for alert in laptop.alerts()]
    [promoted, _] = laptop.batch(f"alert promote {ids[0]} --title 'Ward 7B calls out'", "incident new --title Phone")
    victim, _ = laptop.batch(
        f"victim add {promoted['ref']} --org RXP --org-name 'Eastvale Hospital'",
        f"victim add {promoted['ref']} --person 'Bel Okafor' --contact '020 7946 0000'",
    )
    laptop.batch(f"action add {victim['ref']} --kind VS05 --due 4h", f"incident note {promoted['ref']} 'Rang the ward'")
    return laptop


@pytest.fixture
def worked(worked_laptop: Laptop, tmp_path: Path) -> Laptop:
    """A store of this test's own in which some work was done."""
    return copied(worked_laptop, tmp_path / "laptop")
