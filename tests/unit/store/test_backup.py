"""A backup is opened and read before anyone relies on it, and nothing is ever written over."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.stores import PASSPHRASE, Clock, Laptop, found, opened, table
from triage_app.errors import (
    BadFile,
    StoreDamaged,
    StoreExists,
    StoreReadOnly,
    StoreTooNew,
    TriageError,
    WrongPassphraseOrDamaged,
)
from triage_app.paths import Profile
from triage_app.services import incidents, keeping, people, restoring, victims
from triage_app.services import session as sessions
from triage_app.store import backup, creation, devices, journal, peers
from triage_app.store.connection import open_store
from triage_app.store.driver import DriverError
from triage_app.store.migrations import migrations
from triage_app.store.schema import MIGRATIONS


@pytest.fixture
def laptop(pair: list[Laptop]) -> Laptop:
    return pair[0]


def test_a_backup_is_encrypted_whole_and_opens_with_the_same_key(laptop: Laptop, tmp_path: Path) -> None:
    table(laptop, [("r1", "CANARYTITLE")])
    state = laptop.verified()
    assert (laptop.session.profile.home / "store.db-wal").stat().st_size > 0
    copy = keeping.back_up_to(laptop.session, tmp_path / "copies" / "one.db")
    data = copy.read_bytes()
    assert not data.startswith(b"SQLite format 3")
    assert b"CANARYTITLE" not in data
    reader = open_store(copy, bytes(laptop.session.key), read_only=True)
    assert reader.value("SELECT count(*) FROM evidence_row") == 1
    reader.close()
    assert [path.name for path in sorted(copy.parent.iterdir())] == ["one.db", "one.db.keys"]
    assert laptop.verified() == state


@pytest.mark.parametrize("there", ["one.db", "one.db.keys"])
def test_a_backup_is_written_over_nothing(laptop: Laptop, tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_bytes(b"the only other copy")
    with pytest.raises(StoreExists):
        keeping.back_up_to(laptop.session, tmp_path / "one.db")
    assert (tmp_path / there).read_bytes() == b"the only other copy"
    assert len([path for path in tmp_path.iterdir() if path.is_file()]) == 1


def test_a_place_that_takes_no_file_is_a_sentence_and_leaves_nothing(laptop: Laptop, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreReadOnly):
        keeping.back_up_to(laptop.session, tmp_path / "file" / "one.db")
    laptop.verified()


def test_a_copy_that_does_not_read_back_is_refused(laptop: Laptop, tmp_path: Path) -> None:
    copy = keeping.back_up_to(laptop.session, tmp_path / "one.db")
    data = bytearray(copy.read_bytes())
    data[len(data) // 2] ^= 1
    copy.write_bytes(bytes(data))
    with pytest.raises((TriageError, DriverError)):
        backup.prove(copy, bytes(laptop.session.key))
    with pytest.raises(StoreDamaged):
        backup.prove(_without_a_body(laptop, tmp_path / "two.db"), bytes(laptop.session.key))


def _without_a_body(laptop: Laptop, path: Path) -> Path:
    backup.back_up(laptop.store, bytes(laptop.session.key), path)
    store = open_store(path, bytes(laptop.session.key))
    store.execute("DROP TRIGGER body_no_delete")
    store.execute("DELETE FROM body WHERE n = 1")
    store.close()
    return path


# ---- before a migration --------------------------------------------------------------------------------------


@dataclass
class Update:
    """A program that knows one more step: installed, or not; one that fails half-way, or not."""

    patch: pytest.MonkeyPatch
    fails: bool = False

    def install(self) -> None:
        """Let the program know the step."""
        self.patch.setattr(creation, "MIGRATIONS", (*MIGRATIONS, "m999_one_more"))
        migrations(name="m999_one_more")(self.step)

    def remove(self) -> None:
        """Be the earlier program again."""
        self.patch.setattr(creation, "MIGRATIONS", MIGRATIONS)
        migrations._migrations[:] = [one for one in migrations._migrations if one.name != "m999_one_more"]

    def step(self, db: Any) -> None:
        """Make a table."""
        db.conn.execute("CREATE TABLE one_more(x)")
        if self.fails:
            db.conn.execute("INSERT INTO nowhere VALUES (1)")


@pytest.fixture
def update(monkeypatch: pytest.MonkeyPatch) -> Iterator[Update]:
    found_ = Update(monkeypatch)
    yield found_
    found_.remove()


def has_the_table(laptop: Laptop) -> bool:
    return bool(laptop.store.value("SELECT 1 FROM sqlite_master WHERE name = 'one_more'"))


def test_the_steps_known_by_name_are_those_there_are() -> None:
    assert tuple(step.name for step in migrations._migrations) == MIGRATIONS


def stamped(profile: Profile) -> list[str]:
    return sorted(path.name for path in profile.backups.iterdir()) if profile.backups.exists() else []


def test_a_verified_backup_comes_before_a_migration_and_can_be_restored(
    laptop: Laptop, tmp_path: Path, update: Update
) -> None:
    incidents.open_incident(laptop.session, "Before the update")
    profile = laptop.session.profile
    laptop.close()
    update.install()
    newer = opened(laptop.folder)
    assert has_the_table(newer)
    assert [row["title"] for row in newer.rows("incident")] == ["Before the update"]
    newer.close()
    names = stamped(profile)
    assert [name.partition("-2026")[0] for name in names] == ["before-migration", "before-migration"]
    assert names[1] == names[0] + ".keys"
    opened(laptop.folder).close()
    assert stamped(profile) == names  # once is enough
    update.remove()
    with pytest.raises(StoreTooNew):
        opened(laptop.folder)
    back = restored_from(profile.backups / names[0], tmp_path / "back")
    assert not has_the_table(back)
    assert back.rows("incident")[0]["title"] == "Before the update"
    back.close()


def test_a_migration_that_fails_leaves_the_store_as_it_was(laptop: Laptop, update: Update) -> None:
    laptop.close()
    update.fails = True
    update.install()
    with pytest.raises(DriverError):
        opened(laptop.folder)
    assert len(stamped(laptop.session.profile)) == 2
    update.remove()
    again = opened(laptop.folder)
    assert not has_the_table(again)
    again.verified()
    again.close()


def test_no_migration_without_a_backup(laptop: Laptop, update: Update) -> None:
    laptop.close()
    backups = laptop.session.profile.backups
    backups.write_bytes(b"a file where the folder should be")
    update.install()
    with pytest.raises(StoreReadOnly):
        opened(laptop.folder)
    update.remove()
    again = opened(laptop.folder)
    assert not has_the_table(again)
    again.close()


# ---- restoring -----------------------------------------------------------------------------------------------


def restored_from(copy: Path, folder: Path) -> Laptop:
    clock = Clock()
    session = restoring.restore(Profile(folder / "profile"), copy, PASSPHRASE, clock)
    return Laptop(session, clock, folder)


def test_a_restored_store_writes_under_a_name_of_its_own(pair: list[Laptop], tmp_path: Path) -> None:
    a, _ = pair
    incident = incidents.open_incident(a.session, "Loader").id
    victims.add_victim(a.session, incident, person="Morag Sinclair", contact="bleep 2231")
    copy = keeping.back_up_to(a.session, tmp_path / "copy.db")
    back = restored_from(copy, tmp_path / "back")
    assert back.device != a.device
    assert back.session.tag != a.session.tag
    assert back.session.author.responder == a.session.author.responder
    assert back.verified(incident) == a.verified(incident)
    assert back.rows("victim")[0]["contact"] == "bleep 2231"
    own = devices.own(back.store)
    assert own is not None
    assert back.store.value("SELECT private FROM identity WHERE device = ?", (a.device,)) is None
    chain = journal.tail(back.store, "journal", a.device)
    ref = incidents.open_incident(back.session, "After the restore").ref
    assert back.session.tag in ref
    assert journal.tail(back.store, "journal", a.device) == chain
    assert journal.tail(back.store, "journal", back.device)[0] > 0
    back.verified()
    back.close()


def test_all_that_a_restored_store_holds_still_travels(pair: list[Laptop], tmp_path: Path) -> None:
    """Nobody can sign for the earlier device any more, so its last words are signed for at the restore."""
    a, b = pair
    incidents.classify(a.session, incidents.open_incident(a.session, "Never sent").id, label="GREEN")
    back = restored_from(keeping.back_up_to(a.session, tmp_path / "copy.db"), tmp_path / "back")
    b.trust(back)
    done = b.merge(back.export(b))
    assert done.pending == 0
    assert [row["title"] for row in b.rows("incident")] == ["Never sent"]
    b.verified()
    back.close()


def test_what_was_written_after_the_backup_comes_back_from_those_it_was_sent_to(
    pair: list[Laptop], tmp_path: Path
) -> None:
    a, b = pair
    copy = keeping.back_up_to(a.session, tmp_path / "copy.db")
    incidents.open_incident(a.session, "After the backup")
    b.merge(a.export(b))
    back = restored_from(copy, tmp_path / "back")
    assert set(peers.trusted(back.store)) >= {a.device, b.device}
    b.trust(back)
    assert back.merge(b.export(back)).pending == 0
    assert [row["title"] for row in back.rows("incident")] == ["After the backup"]
    back.verified()
    back.close()


def test_an_erasure_later_than_the_backup_is_made_again_by_the_first_merge(pair: list[Laptop], tmp_path: Path) -> None:
    a, b = pair
    incident = incidents.open_incident(a.session, "Loader").id
    victims.add_victim(a.session, incident, person="Morag Sinclair", contact="bleep 2231")
    copy = keeping.back_up_to(a.session, tmp_path / "copy.db")
    people.erase(a.session, a.rows("victim")[0]["person"])
    b.merge(a.export(b))
    back = restored_from(copy, tmp_path / "back")
    b.trust(back)
    back.merge(b.export(back))
    assert back.rows("victim")[0]["contact"] == "[erased]"
    back.close()


@pytest.mark.parametrize("there", ["store.db", "store.keys", "store.keys.copy", "store.db-wal"])
def test_restoring_writes_over_nothing(laptop: Laptop, tmp_path: Path, there: str) -> None:
    copy = keeping.back_up_to(laptop.session, tmp_path / "copy.db")
    profile = Profile(tmp_path / "back")
    profile.home.mkdir()
    (profile.home / there).write_bytes(b"what is left of the other one")
    for passphrase in (PASSPHRASE, "wrong but long enough"):
        with pytest.raises(StoreExists):
            restoring.restore(profile, copy, passphrase, Clock())
    assert [(path.name, path.read_bytes()) for path in profile.home.iterdir()] == [
        (there, b"what is left of the other one")
    ]


def test_a_restore_that_fails_leaves_nothing_and_keeps_the_backup(laptop: Laptop, tmp_path: Path) -> None:
    copy = keeping.back_up_to(laptop.session, tmp_path / "copy.db")
    keys = copy.with_name("copy.db.keys")
    profile = Profile(tmp_path / "back")

    def fails(kind: type[Exception], passphrase: str = PASSPHRASE) -> None:
        with pytest.raises(kind):
            restoring.restore(profile, copy, passphrase, Clock())
        assert not [path for path in profile.home.glob("*") if path != profile.lock]

    fails(WrongPassphraseOrDamaged, "nine slow otters drowse")
    whole = copy.read_bytes()
    copy.write_bytes(whole[:-4096])
    fails(TriageError)
    copy.write_bytes(b"")
    fails(TriageError)
    copy.write_bytes(whole)
    sealed = keys.read_bytes()
    keys.write_bytes(b"{}")
    fails(WrongPassphraseOrDamaged)
    keys.unlink()
    fails(BadFile)
    keys.write_bytes(sealed)
    restoring.restore(profile, copy, PASSPHRASE, Clock()).close()


def test_a_backup_outlives_a_change_of_passphrase(laptop: Laptop, tmp_path: Path) -> None:
    copy = keeping.back_up_to(laptop.session, tmp_path / "copy.db")
    sessions.change_passphrase(laptop.session, "eleven new herons wade")
    restoring.restore(Profile(tmp_path / "back"), copy, PASSPHRASE, Clock()).close()


def test_founding_beside_a_backup_touches_it_not(laptop: Laptop, tmp_path: Path) -> None:
    copy = keeping.back_up_to(laptop.session, tmp_path / "copy.db")
    data = copy.read_bytes()
    found(tmp_path / "new")
    shutil.rmtree(tmp_path / "new")
    assert copy.read_bytes() == data
