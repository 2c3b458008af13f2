"""After a version was given up its migrated store gives way to the copy before it, and only where nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fake_releases import edition
from tests.stores import PASSPHRASE, Clock, copies
from triage_app.errors import StoreTooNew, WrongPassphraseOrDamaged
from triage_app.paths import Profile
from triage_app.services import going_back, incidents, this_start, version_folders
from triage_app.services import session as sessions
from triage_app.services.version_folders import DIED, State
from triage_app.store import backup, lookup
from triage_app.store.connection import Store, open_store


@pytest.fixture(autouse=True)
def version_given_up(tmp_path: Path) -> Iterator[None]:
    """1.0.0 runs; 1.1.0 was given up."""
    here = edition(tmp_path / "folder")
    (here.folder / "versions").mkdir()
    version_folders.change(here.folder, lambda _: State(given_up="1.1.0", because=DIED))
    this_start.begin(here, "")
    yield
    this_start.begin(None, "")


def migrate(store: Store) -> None:
    """What a newer version's migration leaves."""
    with store.write():
        store.execute("CREATE TABLE tomorrow(a TEXT) STRICT")
        store.execute(
            "INSERT INTO _sqlite_migrations(migration_set, name, applied_at) SELECT migration_set, 'm900', applied_at"
            " FROM _sqlite_migrations LIMIT 1"
        )


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    """A store that 1.1.0 has migrated, with the copy it made before; one incident is in both."""
    (laptop,) = copies(tmp_path / "stores")
    session = laptop.session
    incidents.open_incident(session, "Written by the old version")
    made = session.profile.backups / "before-migration-20261122T120000Z.db"
    backup.back_up(session.store, session.key, made)
    made.with_name(made.name + ".keys").write_bytes(sessions.sidecar_bytes(session.profile))
    migrate(session.store)
    laptop.close()
    return session.profile


def titles(profile: Profile) -> list[str]:
    with this_start.opening() as opened:
        session = going_back.unlock(profile, PASSPHRASE, Clock())
        said = opened(session.store)
    try:
        assert "Your store is as it was before version 1.1.0" in said[-1]
        return [row["title"] for row in lookup.listing(session.store, "incident")]
    finally:
        session.close()


def test_the_copy_is_the_store_again_and_the_migrated_one_is_kept(profile: Profile) -> None:
    before = Profile(profile.home).keys.read_bytes()
    assert titles(profile) == ["Written by the old version"]
    assert profile.keys.read_bytes() == before
    (aside,) = profile.home.glob("set-aside-*")
    key = sessions.data_key(profile, PASSPHRASE)
    kept = open_store(aside / "store.db", key, read_only=True)
    assert kept.value("SELECT count(*) FROM tomorrow") == 0
    kept.close()
    assert list(profile.backups.glob("before-migration-*.db")), "and so is the copy"


def test_a_reading_command_goes_back_too(profile: Profile) -> None:
    session = going_back.unlock(profile, PASSPHRASE, Clock(), read_only=True)
    session.close()
    assert list(profile.home.glob("set-aside-*"))


@pytest.mark.parametrize(
    "why", ["something was done since", "the copy is gone", "the copy is damaged", "nobody gave up"]
)
def test_where_anything_could_be_lost_nothing_is_touched(profile: Profile, why: str) -> None:
    (copy,) = profile.backups.glob("before-migration-*.db")
    if why == "something was done since":
        store = open_store(profile.store, sessions.data_key(profile, PASSPHRASE))
        with store.write():
            store.execute(
                "INSERT INTO link(hash, chain, device, seq, prev, body_hash, v)"
                " SELECT 'f' || substr(hash, 2), chain, device, 999999, hash, body_hash, v FROM link LIMIT 1"
            )
        store.close()
    elif why == "the copy is gone":
        copy.unlink()
    elif why == "the copy is damaged":
        data = bytearray(copy.read_bytes())
        data[len(data) // 2] ^= 1
        copy.write_bytes(data)
    else:
        this_start.begin(None, "")
    with pytest.raises(StoreTooNew), this_start.opening():
        going_back.unlock(profile, PASSPHRASE, Clock())
    assert not [path for path in profile.home.iterdir() if path.name.startswith(("set-aside-", "restoring"))]
    with pytest.raises(StoreTooNew):
        sessions.unlock(profile, PASSPHRASE, Clock(), read_only=True)


def test_a_wrong_passphrase_moves_nothing(profile: Profile) -> None:
    with pytest.raises(WrongPassphraseOrDamaged):
        going_back.unlock(profile, "no such passphrase", Clock())
    assert not list(profile.home.glob("set-aside-*"))
