"""A damaged log beside the store: SQLite reads what is before the damage, and the program says that more was there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests import stores
from tests.scenarios.laptop import run_here
from triage_app.paths import Profile
from triage_app.services import incidents
from triage_app.services import session as sessions
from triage_app.services.session import Session

HEADER, FRAME = 32, 24 + 4096


class Killed:
    """A store whose process ended with five acts in the log."""

    def __init__(self, folder: Path) -> None:
        [laptop] = stores.copies(folder)
        laptop.store.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self.log = laptop.session.profile.home / "store.db-wal"
        self.ends = []
        for number in range(5):
            incidents.open_incident(laptop.session, f"Incident {number}")
            self.ends.append((self.log.stat().st_size - HEADER) // FRAME)
        self.key, self.responder = bytes(laptop.session.key), laptop.session.author.responder
        self.home = folder / "killed"
        shutil.copytree(laptop.session.profile.home, self.home, ignore=shutil.ignore_patterns("*-shm"))
        self.log = self.home / "store.db-wal"
        laptop.close()

    def hurt(self, at: int) -> None:
        """Turn a bit of the log over."""
        data = bytearray(self.log.read_bytes())
        data[at] ^= 8
        self.log.write_bytes(data)

    def open(self, *, read_only: bool = False) -> Session:
        """Open it as a new start would."""
        profile = Profile(self.home)
        return sessions.open_with_key(profile, self.key, stores.Clock(), read_only=read_only, responder=self.responder)


@pytest.fixture
def killed(tmp_path: Path) -> Killed:
    """A store whose process ended with five acts in the log."""
    return Killed(tmp_path)


def titles(session: Session) -> int:
    return int(session.store.value("SELECT count(*) FROM incident"))


def test_a_whole_log_is_no_cause_for_alarm(killed: Killed) -> None:
    session = killed.open()
    assert (titles(session), session.missing_acts, session.kept_log) == (5, 0, "")
    session.close()
    session = killed.open()
    assert session.missing_acts == 0
    session.close()


@pytest.mark.parametrize(("act", "missing"), [(0, 4), (1, 3), (3, 1)])
def test_acts_missing_behind_a_damage_are_counted_and_the_log_is_kept(killed: Killed, act: int, missing: int) -> None:
    killed.hurt(HEADER + (killed.ends[act] - 1) * FRAME + 1000)
    damaged = killed.log.read_bytes()
    reading = killed.open(read_only=True)
    assert (titles(reading), reading.missing_acts) == (act, 0)
    reading.close()
    session = killed.open()
    assert (titles(session), session.missing_acts) == (act, missing)
    assert (killed.home / session.kept_log).read_bytes() == damaged
    incidents.open_incident(session, "Work goes on")
    session.close()
    session = killed.open()
    assert (titles(session), session.missing_acts) == (act + 1, 0)
    session.close()


def test_a_damaged_head_of_the_log_is_found(killed: Killed) -> None:
    killed.hurt(17)
    session = killed.open()
    assert (titles(session), session.missing_acts) == (0, 4)
    session.close()


def test_the_last_act_torn_by_a_power_cut_is_no_cause_for_alarm(killed: Killed) -> None:
    killed.hurt(HEADER + (killed.ends[4] - 1) * FRAME + 1000)
    session = killed.open()
    assert (titles(session), session.missing_acts) == (4, 0)
    session.close()


def test_the_log_begins_anew_after_a_start_so_that_no_remains_of_a_torn_act_lie_in_it(killed: Killed) -> None:
    killed.hurt(HEADER + (killed.ends[4] - 1) * FRAME + 1000)
    salts = killed.log.read_bytes()[16:24]
    session = killed.open()
    incidents.open_incident(session, "After the power cut")
    assert killed.log.read_bytes()[16:24] != salts
    session.close()


@pytest.mark.parametrize("size", [0, 10, HEADER, HEADER + 10, HEADER + FRAME - 1])
def test_a_log_cut_short_is_read_as_far_as_it_goes(killed: Killed, size: int) -> None:
    killed.log.write_bytes(killed.log.read_bytes()[:size])
    session = killed.open()
    assert (titles(session), session.missing_acts) == (0, 0)
    session.close()


def test_the_command_line_says_that_acts_are_missing_once(killed: Killed) -> None:
    killed.hurt(HEADER + (killed.ends[2] - 1) * FRAME + 1000)
    secret = killed.home.parent / "passphrase.txt"
    secret.write_text(stores.PASSPHRASE, encoding="utf-8")
    words = ["--home", str(killed.home), "--passphrase-file", str(secret), "incident", "new", "--title", "Next"]
    answer = run_here(words)
    assert answer.code == 0
    assert "at least 2 of the newest acts could not be read" in answer.err
    [kept] = killed.home.glob("damaged-log-*")
    assert kept.name in answer.err
    assert "could not be read" not in run_here(words).err
