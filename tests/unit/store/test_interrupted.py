"""A start after one that was cut short: what that left is taken away, and stands in nobody's way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import stores
from triage_app.errors import StoreReadOnly
from triage_app.store import creation
from triage_app.store.creation import bring_up_to_date, steps_had
from triage_app.store.schema import MIGRATIONS


def make_older(laptop: stores.Laptop) -> None:
    with laptop.store.write():
        laptop.store.execute("DROP TABLE letter")
        laptop.store.execute("DELETE FROM _sqlite_migrations WHERE name = 'm014_letters'")


def migrate(laptop: stores.Laptop) -> Path:
    store, home = laptop.store, laptop.session.profile
    copy = bring_up_to_date(store, bytes(laptop.session.key), home.backups, "20261127T120000Z", home.keys.read_bytes)
    assert copy is not None
    return copy


def test_half_written_copies_and_keys_are_taken_away_at_the_next_start(laptop: stores.Laptop) -> None:
    profile = laptop.session.profile
    profile.backups.mkdir()
    half = [
        profile.home / "store.keys.17.partial",
        profile.home / "store.keys.copy.17.partial",
        profile.backups / "before-migration-1.db.partial",
        profile.backups / "before-migration-1.db.partial-journal",
        profile.backups / "before-migration-1.db.keys.17.partial",
    ]
    kept = [profile.home / "mine.partial", profile.backups / "before-migration-0.db"]
    for path in (*half, *kept):
        path.write_bytes(b"half")
    laptop.close()
    laptop.session = stores.opened(laptop.folder).session
    assert [path.name for path in half if path.exists()] == []
    assert [path.name for path in kept if not path.exists()] == []


def test_a_second_update_within_one_second_makes_a_copy_of_its_own(laptop: stores.Laptop) -> None:
    make_older(laptop)
    first = migrate(laptop)
    make_older(laptop)
    second = migrate(laptop)
    assert first != second
    assert all(copy.with_name(copy.name + ".keys").exists() for copy in (first, second))
    assert steps_had(laptop.store) == set(MIGRATIONS)


def test_a_copy_before_an_update_never_lies_there_without_its_keys(
    laptop: stores.Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_older(laptop)
    backups = laptop.session.profile.backups

    def refused(store: object, key: bytes, target: Path) -> Path:
        assert target.with_name(target.name + ".keys").exists()
        raise StoreReadOnly("The stick is gone.", "Put it back.")

    monkeypatch.setattr(creation, "back_up", refused)
    with pytest.raises(StoreReadOnly):
        migrate(laptop)
    assert list(backups.iterdir()) == []
