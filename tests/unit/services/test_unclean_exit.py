"""After a session that did not end as it should, every page is looked at, and damage is said in a sentence."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import stores
from tests.scenarios.laptop import Answer, run_here
from triage_app.errors import Cancelled, StoreBusy, StoreDamaged, WrongPassphraseOrDamaged
from triage_app.paths import Profile
from triage_app.services import incidents, keeping, restoring, unclean_exit
from triage_app.services import session as sessions
from triage_app.services.session import Session
from triage_app.store import lock

PAGE = 4096


class Killed:
    """A store whose process was ended while it was open."""

    def __init__(self, folder: Path) -> None:
        [laptop] = stores.copies(folder)
        incidents.open_incident(laptop.session, "Ransomware on the wards")
        laptop.store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self.key, self.responder = bytes(laptop.session.key), laptop.session.author.responder
        self.page = int(laptop.store.value("SELECT rootpage FROM sqlite_master WHERE name = 'mapping'"))
        self.home = folder / "killed"
        shutil.copytree(laptop.session.profile.home, self.home, ignore=shutil.ignore_patterns("*-shm"))
        self.profile = Profile(self.home)
        laptop.close()

    def open(self, *, read_only: bool = False) -> Session:
        """Open it as a new start would."""
        clock = stores.Clock()
        return sessions.open_with_key(self.profile, self.key, clock, read_only=read_only, responder=self.responder)

    def hurt(self) -> None:
        """Turn a bit over in a page that nothing reads at a start."""
        data = bytearray(self.profile.store.read_bytes())
        data[(self.page - 1) * PAGE + 100] ^= 8
        self.profile.store.write_bytes(data)

    def owes(self) -> bool:
        """Open it, close it, and tell whether it was owed a check."""
        session = self.open()
        session.close()
        return session.owes_check


@pytest.fixture
def killed(tmp_path: Path) -> Killed:
    return Killed(tmp_path)


def asked(killed: Killed, *words: str) -> Answer:
    """Run a command on it, as its responder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAGE_PASSPHRASE", stores.PASSPHRASE)
        return run_here(["--home", str(killed.home), *words])


def checked(session: Session) -> None:
    store = session.reader()
    try:
        unclean_exit.check(store)
    finally:
        store.close()


def test_a_store_that_was_closed_as_it_should_be_is_not_looked_at(killed: Killed) -> None:
    session = killed.open()
    unclean_exit.settle(session)
    session.close()
    assert not killed.owes()


def test_a_session_that_was_killed_owes_a_check_until_one_has_found_every_page_whole(killed: Killed) -> None:
    assert killed.owes()
    assert killed.owes()  # closed well, but before anybody had looked
    session = killed.open()
    checked(session)
    unclean_exit.settle(session)
    session.close()
    assert not killed.owes()


def test_neither_a_second_process_nor_a_reading_one_is_taken_for_a_session_that_was_killed(tmp_path: Path) -> None:
    [laptop] = stores.copies(tmp_path)
    profile, key = laptop.session.profile, bytes(laptop.session.key)
    with pytest.raises(StoreBusy):
        lock.take(profile)
    reading = sessions.open_with_key(profile, key, stores.Clock(), read_only=True)
    laptop.close()
    reading.close()
    again = sessions.open_with_key(profile, key, stores.Clock())
    assert not again.owes_check
    again.close()


def test_an_opening_that_is_refused_changes_nothing_of_what_is_owed(killed: Killed) -> None:
    for _ in range(2):
        with pytest.raises(WrongPassphraseOrDamaged):
            sessions.open_with_key(killed.profile, bytes(32), stores.Clock())
    session = killed.open()
    assert session.owes_check
    unclean_exit.settle(session)
    session.close()
    with pytest.raises(WrongPassphraseOrDamaged):
        sessions.open_with_key(killed.profile, bytes(32), stores.Clock())
    assert not killed.owes()


def test_a_process_that_is_really_killed_leaves_its_mark(tmp_path: Path) -> None:
    [laptop] = stores.copies(tmp_path)
    profile, key = laptop.session.profile, bytes(laptop.session.key)
    laptop.close()
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom tests import stores\nfrom triage_app.paths import Profile\n"
        "from triage_app.services import session\n"
        "session.open_with_key(Profile(Path(sys.argv[1])), bytes.fromhex(sys.argv[2]), stores.Clock())\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(profile.home), key.hex()], check=False)
    assert done.returncode == -9
    session = sessions.open_with_key(profile, key, stores.Clock())
    assert session.owes_check
    session.close()


def test_a_damaged_page_is_found_and_said_and_looked_for_again_at_the_next_start(killed: Killed) -> None:
    killed.hurt()
    session = killed.open()
    with pytest.raises(StoreDamaged) as refused:
        checked(session)
    assert refused.value.what == (
        "The store was not closed as it should be last time, and a check has found damaged pages in it."
    )
    assert "restore the newest backup" in refused.value.do
    incidents.open_incident(session, "Still written down")
    session.close()
    assert killed.owes()


def test_a_check_stops_when_the_store_is_to_be_locked(killed: Killed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage_app.store.backup._STEPS", 1)
    session = killed.open()
    store = session.reader()

    def stop(done: int, total: int | None = None) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        unclean_exit.check(store, stop)
    store.close()
    session.close()
    assert killed.owes()


def test_the_command_line_looks_before_it_first_writes_and_says_what_it_found(killed: Killed) -> None:
    title = ["incident", "new", "--title"]
    assert asked(killed, "incidents", "list", "--json").err == ""  # reading neither looks nor settles
    first = asked(killed, *title, "First")
    assert first.code == 0
    assert first.err.startswith(f"{unclean_exit.LOOKING}\nThey are whole.\n")
    assert json.loads(first.out)["ref"]
    assert unclean_exit.LOOKING not in asked(killed, *title, "Second").err


def test_the_command_line_says_of_damage_what_to_do_and_writes_all_the_same(killed: Killed) -> None:
    killed.hurt()
    for number in range(2):
        done = asked(killed, "incident", "new", "--title", f"At night {number}")
        assert done.code == 0
        assert " ".join(unclean_exit.DAMAGED) in done.err


def test_a_backup_that_took_the_place_of_such_a_store_owes_nothing(killed: Killed) -> None:
    session = killed.open()
    copy = keeping.back_up_to(session, killed.home.parent / "copy.db")
    session.close()
    restored = restoring.restore_from(killed.profile, copy, stores.PASSPHRASE, stores.Clock(), set_aside=True)
    assert not restored.session.owes_check
    restored.session.close()
