"""Another key for the data: what opens it afterwards, and that it may be cut short at any point."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scenarios.laptop import NOW, PASSPHRASE, ROOT, Laptop, clock, environment
from tests.scenarios.test_slots import BEN, as_ben
from triage_app.errors import DiskFull, StoreBusy, TriageError
from triage_app.services import keeping, rekeying, slots
from triage_app.services import session as sessions

STEPS = rekeying.STEPS
SWITCHED = STEPS.index("switched")


@pytest.fixture
def two(worked: Laptop) -> Laptop:
    """A laptop with work in it that two people and an envelope open."""
    worked.write("ben.txt", BEN)
    worked.ask("slots", "add", "--responder", "Ben Okafor", "--new-passphrase-file", str(worked.folder / "ben.txt"))
    worked.ask("slots", "break-glass", "--out", str(worked.folder / "envelope.txt"))
    worked.ask("slots", "recovery-key", "--out", str(worked.folder / "recovery.txt"))
    return worked


def left_beside(laptop: Laptop) -> list[str]:
    """What only an unfinished change of key can have left."""
    return sorted(path.name for path in laptop.home.iterdir() if ".next" in path.name or path.suffix == ".partial")


def data_key(laptop: Laptop) -> bytes:
    return sessions.data_key(laptop.profile, PASSPHRASE)


# ---- done ----------------------------------------------------------------------------------------------------


def test_afterwards_only_the_present_responder_and_the_new_recovery_key_open_it(two: Laptop) -> None:
    before, state = data_key(two), two.verified()["state"]
    assert "Ben Okafor" in two.refused("re-key")["what"]
    assert data_key(two) == before
    page = two.folder / "new.txt"
    answer = two.run("re-key", "--yes", "--recovery-file", str(page), "--json")
    assert answer.code == 0, answer
    assert set(answer.json["removed"]) == {"Ben Okafor", "Sealed envelope"}
    assert "Backups made before still open" in answer.err
    assert data_key(two) != before
    assert [row["kind"] for row in two.ask("slots", "list")] == ["responder", "recovery"]
    assert as_ben(two).refused("alerts", "list")["code"] == "wrong-passphrase"
    assert two.verified()["ok"]
    assert two.verified()["state"] != state, "the act itself is in the journal"
    assert two.ask("journal", "list")[0]["what"] == "Gave the data another key"
    assert "re-key" in [row["what"] for row in two.ask("access", "list")]
    assert left_beside(two) == []
    two.write("passphrase.txt", "one that was forgotten")
    assert two.refused("recover", "--key-file", str(two.folder / "recovery.txt"))["code"] == "wrong-passphrase"
    two.ask("recover", "--key-file", str(page))
    assert len(two.alerts()) == 8


def test_nothing_of_the_store_can_be_read_with_the_old_key(two: Laptop) -> None:
    before = data_key(two)
    two.run("re-key", "--yes")
    with pytest.raises(TriageError):
        sessions.open_with_key(two.profile, before, clock, read_only=True)


def test_a_backup_made_before_still_opens_with_the_secrets_of_its_time(two: Laptop, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    two.ask("backup", str(copy))
    two.run("re-key", "--yes")
    other = Laptop(tmp_path / "other", tmp_path)
    other.write("passphrase.txt", BEN)
    assert other.ask("restore", str(copy))["id"]
    assert len(other.alerts()) == 8


def test_it_is_refused_while_anybody_else_has_the_store_open(two: Laptop) -> None:
    reader = sessions.unlock(two.profile, PASSPHRASE, clock, read_only=True)
    try:
        assert two.refused("re-key", "--yes")["code"] == "busy"
        assert reader.store.value("SELECT count(*) FROM alert") == 8
    finally:
        reader.close()
    assert left_beside(two) == []
    assert two.run("re-key", "--yes").code == 0


def test_a_passphrase_that_is_not_ones_own_is_refused(two: Laptop) -> None:
    with two.session() as session, pytest.raises(TriageError):
        rekeying.re_key(session, BEN)
    assert len(two.alerts()) == 8


def test_the_same_session_goes_on_with_the_new_key(two: Laptop) -> None:
    heard: list[str] = []
    with two.session() as session:
        rekeying.re_key(session, PASSPHRASE, heard.append)
        assert tuple(heard) == STEPS
        assert session.public.slots == 1
        slots.add_responder(session, "Ben Okafor", BEN)
        assert keeping.verify(session)["ok"]
        assert session.store.value("PRAGMA journal_mode") == "wal"
    assert len(as_ben(two).alerts()) == 8
    assert two.verified()["ok"]


# ---- cut short -----------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from triage_app.paths import Profile
from triage_app.services import rekeying, session as sessions

home, passphrase, at = sys.argv[1:]
session = sessions.unlock(Profile(Path(home)), passphrase, lambda: datetime(2026, 11, 22, 3, 12, tzinfo=UTC))
def told(step):
    if step == at:
        os.kill(os.getpid(), signal.SIGKILL)
rekeying.re_key(session, passphrase, told)
"""


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_the_store_opens_with_the_present_passphrase(two: Laptop, step: str) -> None:
    old = data_key(two)
    alerts = two.alerts()
    command = [sys.executable, "-c", KILLED, str(two.home), PASSPHRASE, step]
    killed = subprocess.run(command, cwd=ROOT, env=environment(), check=False, timeout=120, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    done = STEPS.index(step) >= SWITCHED
    assert not [path for path in two.home.glob("store.db-*") if path.stat().st_size], "no log of another store"
    assert two.alerts() == alerts  # somebody who only reads, first: nothing is put right yet
    assert as_ben(two).run("alerts", "list").code == (2 if done else 0)
    two.ask("incident", "new", "--title", "After it")
    assert left_beside(two) == []
    assert (data_key(two) != old) == done
    assert two.verified()["ok"]
    assert len(two.ask("slots", "list")) == (2 if done else 4)


@pytest.mark.parametrize("step", STEPS[:SWITCHED])
def test_refused_at_any_step_before_the_switch_nothing_has_changed(two: Laptop, step: str) -> None:
    keys = two.profile.keys.read_bytes()

    def told(at: str) -> None:
        if at == step:
            raise DiskFull("The disk is full.", "Free some space.")

    with two.session() as session:
        with pytest.raises(DiskFull):
            rekeying.re_key(session, PASSPHRASE, told)
        slots.new_paper(session, "recovery")
        assert keeping.verify(session)["ok"]
    assert two.profile.keys.read_bytes() != keys
    assert left_beside(two) == []
    assert len(as_ben(two).alerts()) == 8


def test_a_reader_beside_a_change_of_key_puts_nothing_right(two: Laptop) -> None:
    looks: list[int] = []

    def told(step: str) -> None:
        if step in ("keys-waiting", "switched", "first-copy"):
            reader = sessions.unlock(two.profile, PASSPHRASE, clock, read_only=True)
            looks.append(reader.store.value("SELECT count(*) FROM alert"))
            reader.close()
            assert two.profile.keys_next.exists()

    with two.session() as session:
        rekeying.re_key(session, PASSPHRASE, told)
    assert looks == [8, 8, 8]
    assert two.verified()["ok"]


def test_a_log_of_the_store_before_is_never_left_beside_the_new_file(two: Laptop) -> None:
    stray = two.home / "store.db-wal"

    def told(step: str) -> None:
        if step == "closed":
            stray.write_bytes(b"pages of another time")

    with two.session() as session, pytest.raises(StoreBusy):
        rekeying.re_key(session, PASSPHRASE, told)
    assert len(two.alerts()) == 8


def test_the_small_store_of_a_first_day_can_be_given_another_key(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "profile", tmp_path)
    laptop.write("passphrase.txt", PASSPHRASE)
    laptop.ask("--now", NOW, "init", "--org", "RXX", "--responder", "Asha")
    answer = laptop.run("re-key", "--json")
    assert answer.code == 0
    assert "New recovery key, shown this once" in answer.err
    assert laptop.verified()["ok"]
