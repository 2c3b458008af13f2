"""The store opens with every guard in place, or says in a sentence why not; it never makes a second one."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlcipher3.dbapi2 as dbapi2

from tests.stores import CHEAP, PASSPHRASE, Clock, Laptop, copies, found, opened, table
from triage_app.errors import (
    BadInput,
    NoStore,
    StoreBusy,
    StoreDamaged,
    StoreExists,
    StoreReadOnly,
    StoreTooNew,
    TriageError,
    WrongPassphraseOrDamaged,
)
from triage_app.paths import Profile
from triage_app.services import clock_acts, exchange, incidents, keeping, triage, victims
from triage_app.services import session as sessions
from triage_app.store import lock, peers, where
from triage_app.store.connection import STORE_VERSION, open_store
from triage_app.store.creation import create_store
from triage_app.store.driver import DriverError

KEY = bytes(range(32))


@pytest.fixture
def closed(tmp_path: Path) -> Profile:
    """A store that nobody has open, with two records in it."""
    (one,) = copies(tmp_path)
    incidents.open_incident(one.session, "Loader on the wards")
    one.close()
    return one.session.profile


def content(profile: Profile) -> dict[str, bytes]:
    """Return every file of a profile but the lock, which holds nothing, and the count of wrong tries."""
    return {
        str(path.relative_to(profile.home)): path.read_bytes()
        for path in sorted(profile.home.rglob("*"))
        if path.is_file() and path not in (profile.lock, profile.tries)
    }


def unlock(profile: Profile, passphrase: str = PASSPHRASE, **more: Any) -> sessions.Session:
    return sessions.unlock(profile, passphrase, Clock(), **more)


def refused(kind: type[TriageError], what: Callable[[], object]) -> TriageError:
    with pytest.raises(kind) as caught:
        what()
    for sentence in (caught.value.what, caught.value.do):
        assert sentence.endswith(".")
        assert "Error" not in sentence
    return caught.value


# ---- settings ---------------------------------------------------------------------------------------------------

SETTINGS = {
    "foreign_keys": 1, "trusted_schema": 0, "cell_size_check": 1, "mmap_size": 0, "secure_delete": 1,
    "journal_mode": "wal", "synchronous": 2, "fullfsync": 1, "checkpoint_fullfsync": 1, "busy_timeout": 10000,
    "cache_size": -49152, "journal_size_limit": 67108864, "recursive_triggers": 1, "user_version": STORE_VERSION,
    "application_id": 0x54524147, "query_only": 0,
}  # fmt: skip
READING = {
    "cache_size": -8192, "query_only": 1, "foreign_keys": 1, "trusted_schema": 0, "cell_size_check": 1, "mmap_size": 0,
    "journal_mode": "wal", "busy_timeout": 10000,
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), SETTINGS.items())
def test_every_setting_is_really_in_force(laptop: Laptop, name: str, value: object) -> None:
    found_ = laptop.store.rows(f"PRAGMA {name}")
    assert found_ == [(value,)] or (name == "mmap_size" and found_ == [])


@pytest.mark.parametrize(("name", "value"), READING.items())
def test_a_reader_has_the_same_guards_and_cannot_write(laptop: Laptop, name: str, value: object) -> None:
    reader = laptop.session.reader()
    found_ = reader.rows(f"PRAGMA {name}")
    assert found_ == [(value,)] or (name == "mmap_size" and found_ == [])
    with pytest.raises(StoreReadOnly):
        reader.execute("DELETE FROM meta")
    reader.close()


def test_encryption_is_on_and_proves_every_page(laptop: Laptop) -> None:
    assert laptop.store.value("PRAGMA cipher_version").startswith("4.")
    assert laptop.store.rows("PRAGMA cipher_integrity_check") == []
    assert laptop.store.value("PRAGMA quick_check") == "ok"
    head = laptop.session.profile.store.read_bytes()[:100]
    assert not head.startswith(b"SQLite format 3")


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH ':memory:' AS other", "ATTACH 'plain.db' AS other KEY ''", "PRAGMA writable_schema = ON",
        "PRAGMA WRITABLE_SCHEMA = 1", "SELECT load_extension('x')",
    ],
)  # fmt: skip
def test_what_no_part_of_the_program_does_is_denied(laptop: Laptop, sql: str) -> None:
    with pytest.raises(DriverError, match=r"not authorized|prohibited"):
        laptop.store.execute(sql)
    assert not list(laptop.folder.glob("plain*"))


def test_the_files_of_a_store_are_their_owners_alone(laptop: Laptop) -> None:
    incidents.open_incident(laptop.session, "Loader")
    keeping.back_up_to(laptop.session, laptop.session.profile.home / "copy.db")
    home = laptop.session.profile.home
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    names = {path.name for path in home.iterdir()}
    assert {"store.db", "store.db-wal", "store.keys", "store.keys.copy", "copy.db", "copy.db.keys"} <= names
    for path in home.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_the_files_are_their_owners_alone_under_a_careless_mask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        profile = found(tmp_path)
        session = unlock(profile)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in profile.home.iterdir()}
        session.close()
    finally:
        os.umask(before)
    assert set(modes.values()) == {0o600}, modes
    assert stat.S_IMODE(profile.home.stat().st_mode) == 0o700


# ---- opening that fails ----------------------------------------------------------------------------------------


def test_a_wrong_passphrase_is_one_sentence_and_changes_nothing(closed: Profile) -> None:
    before = content(closed)
    for wrong in ("", "nine slow otters drifT", PASSPHRASE + " ", "x" * 10_000):
        refused(WrongPassphraseOrDamaged, partial(unlock, closed, wrong))
    assert content(closed) == before
    unlock(closed).close()


def test_a_wrong_key_is_refused_by_the_store_itself(closed: Profile) -> None:
    before = content(closed)
    refused(WrongPassphraseOrDamaged, lambda: open_store(closed.store, KEY))
    refused(WrongPassphraseOrDamaged, lambda: open_store(closed.store, KEY, read_only=True))
    assert content(closed) == before


@pytest.mark.parametrize("data", [b"minutes of the meeting\n" * 500, bytes(8192), b"SQLite format 3\0" + bytes(5000)])
def test_another_file_in_its_place_is_refused_and_kept(closed: Profile, data: bytes) -> None:
    closed.store.write_bytes(data)
    for read_only in (False, True):
        refused(TriageError, partial(unlock, closed, read_only=read_only))
    assert closed.store.read_bytes() == data


def test_an_empty_file_in_its_place_is_refused_and_stays_empty(closed: Profile) -> None:
    closed.store.write_bytes(b"")
    for read_only in (False, True):
        error = refused(StoreDamaged, partial(unlock, closed, read_only=read_only))
        assert "empty" in error.what
    assert closed.store.read_bytes() == b""


def test_a_folder_in_its_place_is_refused(closed: Profile) -> None:
    closed.store.unlink()
    closed.store.mkdir()
    refused(TriageError, lambda: unlock(closed))
    assert list(closed.store.iterdir()) == []


def test_a_truncated_store_is_refused_and_kept(closed: Profile) -> None:
    data = closed.store.read_bytes()[:5000]
    closed.store.write_bytes(data)
    refused(TriageError, lambda: unlock(closed))
    assert closed.store.read_bytes() == data


def verdict(profile: Profile) -> str:
    """Return what opening and checking every page comes to."""
    try:
        session = unlock(profile)
    except (TriageError, DriverError) as error:
        return str(error)
    try:
        return str(session.store.value("PRAGMA quick_check(1)"))
    except (TriageError, DriverError) as error:
        return str(error)
    finally:
        session.close()


def test_damage_anywhere_is_found(closed: Profile) -> None:
    assert verdict(closed) == "ok"
    data = closed.store.read_bytes()
    for place in range(50, len(data), max(len(data) // 16, 1)):
        spoilt = bytearray(data)
        spoilt[place] ^= 1
        closed.store.write_bytes(bytes(spoilt))
        assert verdict(closed) != "ok", place


@pytest.mark.parametrize("read_only", [False, True])
def test_a_store_of_another_program_is_refused(closed: Profile, tmp_path: Path, read_only: bool) -> None:
    store = create_store(tmp_path / "other.db", KEY)
    store.execute("PRAGMA application_id = 12345")
    store.close()
    refused(NoStore, lambda: open_store(tmp_path / "other.db", KEY, read_only=read_only))


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    "sql",
    [
        f"PRAGMA user_version = {STORE_VERSION + 1}",
        "INSERT INTO _sqlite_migrations(migration_set, name, applied_at) VALUES ('triage', 'm099_later', 'then')",
    ],
)
def test_a_store_from_a_newer_version_is_refused_and_unchanged(laptop: Laptop, sql: str, read_only: bool) -> None:
    profile, key = laptop.session.profile, bytes(laptop.session.key)
    laptop.store.execute(sql)
    laptop.close()
    before = content(profile)
    error = refused(StoreTooNew, lambda: sessions.open_with_key(profile, key, Clock(), read_only=read_only))
    assert "newer" in error.what
    assert content(profile)["store.db"] == before["store.db"]
    assert not profile.backups.exists()


def test_no_store_is_made_where_there_is_none(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "nothing")
    for read_only in (False, True):
        refused(NoStore, partial(unlock, profile, read_only=read_only))
    refused(NoStore, lambda: open_store(profile.store, KEY))
    assert not profile.home.exists()


@pytest.mark.parametrize("gone", [("store.keys", "store.keys.copy"), ("store.db",)])
def test_no_store_is_made_beside_what_is_left_of_one(closed: Profile, gone: tuple[str, ...]) -> None:
    for name in gone:
        (closed.home / name).unlink()
    before = content(closed)
    refused(WrongPassphraseOrDamaged if len(gone) == 2 else NoStore, lambda: unlock(closed))
    refused(StoreExists, lambda: found(closed.home.parent, organisation="RXX"))
    assert content(closed) == before


@pytest.mark.parametrize("left", ["store.keys.copy", "store.db-wal"])
def test_the_last_trace_of_a_store_is_not_written_over(tmp_path: Path, left: str) -> None:
    home = tmp_path / "profile"
    home.mkdir()
    (home / left).write_bytes(b"all that is left")
    refused(StoreExists, lambda: found(tmp_path))
    assert [path.name for path in home.iterdir()] == [left]
    assert (home / left).read_bytes() == b"all that is left"


def test_founding_over_a_store_is_refused(closed: Profile) -> None:
    before = content(closed)
    refused(StoreExists, lambda: found(closed.home.parent))
    refused(StoreExists, lambda: create_store(closed.store, KEY))
    assert content(closed) == before


@pytest.mark.parametrize("more", [{"passphrase": "short"}, {"organisation": "R X"}, {"responder": " "}])
def test_founding_that_fails_leaves_nothing(tmp_path: Path, more: dict[str, str]) -> None:
    refused(BadInput, lambda: found(tmp_path, **more))
    assert list(tmp_path.rglob("*")) == []


# ---- the key file -----------------------------------------------------------------------------------------------


def damages(data: bytes) -> dict[str, bytes]:
    sealed = data.index(b'"ct":"') + 10
    return {
        "empty": b"", "cut": data[: len(data) // 2], "zeroes": bytes(len(data)), "text": b"see the other one\n",
        "a bit of the wrapped key": data[:sealed] + bytes([data[sealed] ^ 1 if data[sealed] < 58 else 48])
        + data[sealed + 1 :],
    }  # fmt: skip


@pytest.mark.parametrize("how", ["empty", "cut", "zeroes", "text", "a bit of the wrapped key", "gone"])
@pytest.mark.parametrize("which", ["store.keys", "store.keys.copy"])
def test_one_damaged_copy_of_the_key_file_does_not_lock_anyone_out(closed: Profile, which: str, how: str) -> None:
    path = closed.home / which
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(damages(path.read_bytes())[how])
    unlock(closed).close()


@pytest.mark.parametrize("how", ["empty", "cut", "zeroes", "text", "a bit of the wrapped key"])
def test_two_damaged_copies_are_one_sentence_and_the_store_stays(closed: Profile, how: str) -> None:
    for path in (closed.keys, closed.keys_copy):
        path.write_bytes(damages(path.read_bytes())[how])
    before = content(closed)
    error = refused(WrongPassphraseOrDamaged, lambda: unlock(closed))
    assert "backup" in error.do
    assert content(closed) == before


def test_the_passphrase_changes_and_the_old_one_opens_nothing(laptop: Laptop) -> None:
    sessions.change_passphrase(laptop.session, "eleven new herons wade", CHEAP)
    profile = laptop.session.profile
    laptop.close()
    refused(WrongPassphraseOrDamaged, lambda: unlock(profile))
    unlock(profile, "eleven new herons wade").close()
    assert profile.keys.read_bytes() == profile.keys_copy.read_bytes()


def test_the_printed_key_opens_the_store_when_the_passphrase_is_lost(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "profile")
    founded = sessions.found(
        profile, organisation="RXX", responder="Asha Rahman", passphrase=PASSPHRASE, now=Clock(), cost=CHEAP
    )
    session = sessions.unlock_with_recovery_key(profile, founded.recovery_key.lower().replace("-", " "), Clock())
    assert session.device == founded.device
    session.close()
    refused(TriageError, lambda: sessions.unlock_with_recovery_key(profile, founded.recovery_key[:-1] + "A", Clock()))


# ---- one writer ---------------------------------------------------------------------------------------------------


def test_a_second_writer_is_refused_while_readers_read(laptop: Laptop) -> None:
    profile = laptop.session.profile
    incident = incidents.open_incident(laptop.session, "Loader").id
    error = refused(StoreBusy, lambda: unlock(profile))
    assert "another copy" in error.what.lower()
    reader = unlock(profile, read_only=True)
    assert reader.store.value("SELECT title FROM incident WHERE id = ?", (incident,)) == "Loader"
    incidents.set_field(laptop.session, incident, "title", "Loader, still")
    assert reader.store.value("SELECT title FROM incident WHERE id = ?", (incident,)) == "Loader, still"
    reader.close()


def test_a_writer_in_another_process_is_refused_too(laptop: Laptop) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom triage_app.paths import Profile\n"
        "from triage_app.store import lock\n"
        "from triage_app.errors import StoreBusy\n"
        "try: lock.take(Profile(Path(sys.argv[1])))\n"
        "except StoreBusy: sys.exit(7)\n"
    )
    words = [sys.executable, "-c", script, str(laptop.session.profile.home)]
    assert subprocess.run(words, check=False, timeout=30).returncode == 7
    laptop.close()
    assert subprocess.run(words, check=False, timeout=30).returncode == 0
    laptop.session = opened(laptop.folder).session


def test_a_write_takes_its_place_at_once_and_not_at_its_first_change(laptop: Laptop) -> None:
    second = open_store(laptop.session.profile.store, bytes(laptop.session.key))
    second.execute("PRAGMA busy_timeout = 0")

    def write() -> None:
        with second.write():
            pass

    with laptop.store.write():
        refused(StoreBusy, write)
    write()
    second.close()


def test_the_lock_is_given_back_when_opening_fails(closed: Profile) -> None:
    refused(WrongPassphraseOrDamaged, lambda: sessions.open_with_key(closed, KEY, Clock()))
    unlock(closed).close()


@pytest.mark.skipif(sys.platform != "linux", reason="asks what is mounted")
def test_a_network_share_is_refused_and_a_disk_of_this_laptop_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "not" / "there" / "yet"
    lock.refuse_network_share(there)
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        f"36 35 0:44 / {tmp_path.resolve()} rw,relatime shared:1 - cifs //files/soc rw\n", encoding="utf-8"
    )
    monkeypatch.setattr(where, "MOUNTS", mounts)
    error = refused(TriageError, lambda: lock.refuse_network_share(there))
    assert error.code == "network-share"
    refused(TriageError, lambda: found(tmp_path))
    assert list(tmp_path.iterdir()) == [mounts]


# ---- nothing in clear -------------------------------------------------------------------------------------------


def test_no_word_of_what_was_recorded_is_in_clear_on_the_disk(laptop: Laptop) -> None:
    word = "CANARY" + os.urandom(6).hex()
    session = laptop.session
    table(laptop, [(f"{word}1", f"{word}2")])
    (laptop.folder / "alerts.json").unlink()
    keys = [bytes(row[0]).hex() for row in laptop.store.rows("SELECT key FROM alert")]
    incident = triage.promote(session, keys, f"{word}3").id
    incidents.classify(session, incident, category=3, because=f"{word}4", campaign=f"{word}5")
    incidents.note(session, incident, f"{word}6")
    victim = victims.add_victim(session, incident, person=f"{word}7", contact=f"{word}8").id
    victims.set_victim(session, victim, "basis", f"{word}9")
    action = victims.add_action(session, victim, "VS05", outcome=f"{word}10", owner=f"{word}11").id
    victims.set_action(session, action, outcome=f"{word}12")
    clock_acts.record_outcome(
        session, incident, [], "not-notifiable", by=f"{word}14", because=f"{word}15", reference=f"{word}16"
    )
    incidents.close(session, incident, f"{word}13", leaving=["all"], left_by=f"{word}17")
    keeping.back_up_to(session, session.profile.home / "copy.db")
    exchange.export_bundle(session, [next(iter(peers.trusted(laptop.store)))], laptop.folder / "bundle.ctb")
    needles = [word.encode(), word.encode("utf-16-le"), word.encode("utf-16-be"), word.encode().hex().encode()]
    assert (session.profile.home / "store.db-wal").stat().st_size > 0

    def clean() -> None:
        for path in laptop.folder.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                assert not [needle for needle in needles if needle in data], path.name

    clean()
    copy = laptop.folder / "as-it-is-when-the-plug-is-pulled"
    shutil.copytree(session.profile.home, copy)
    clean()


def test_the_driver_alone_reads_nothing_of_it(closed: Profile) -> None:
    connection = dbapi2.connect(str(closed.store))
    with pytest.raises(dbapi2.DatabaseError):
        connection.execute("SELECT * FROM sqlite_master")
    connection.close()


def test_a_setting_of_which_the_cipher_gave_zeros_is_said_to_be_damaged(laptop: Laptop) -> None:
    laptop.store.execute("INSERT INTO meta(key, value) VALUES ('long', ?)", ('{"known": "' + "\0" * 400,))
    with pytest.raises(StoreDamaged, match="that part is damaged"):
        laptop.store.meta("long")
