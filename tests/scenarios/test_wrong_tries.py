"""Wrong passphrases at the command line: waits that outlive the process, and what is said of them afterwards."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.scenarios.laptop import PASSPHRASE, Laptop
from triage_app.cli import main
from triage_app.store import tries

FIRST = datetime(2026, 11, 24, 2, 10, tzinfo=UTC)
"A Tuesday."


class Wall:
    """This machine's clock."""

    def __init__(self) -> None:
        self.at = FIRST

    def __call__(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    made = Wall()
    monkeypatch.setattr(main, "system_clock", made)
    return made


def guess(laptop: Laptop, words: str = "not the right one") -> dict[str, str]:
    """Try a passphrase and return the refusal; the right one is put back."""
    laptop.write("passphrase.txt", words)
    try:
        return laptop.refused("alerts", "list")
    finally:
        laptop.write("passphrase.txt", PASSPHRASE)


def guess_wrongly(laptop: Laptop, count: int) -> None:
    for _ in range(count):
        assert guess(laptop)["code"] == "wrong-passphrase"


def test_after_five_wrong_tries_the_next_waits_and_the_refusal_says_how_long(laptop: Laptop, wall: Wall) -> None:
    guess_wrongly(laptop, 4)
    assert "in 5 seconds" in guess(laptop)["do"]
    refused = laptop.refused("alerts", "list")
    assert refused["code"] == "too-many-tries"
    assert refused["what"].startswith("5 wrong passphrases")
    assert "in 5 s" in refused["do"]
    wall.move(5)
    assert guess(laptop)["code"] == "wrong-passphrase"
    assert "in 10 s" in laptop.refused("alerts", "list")["do"]
    wall.move(10)
    assert laptop.alerts() == []
    guess_wrongly(laptop, 4)  # a right one cleared it


def test_a_wait_holds_in_another_process_and_a_fixed_clock_does_not_end_it(laptop: Laptop) -> None:
    guess_wrongly(laptop, 4)
    known = tries.read(laptop.profile)
    tries.keep(laptop.profile, replace(known, wrong=20))  # five minutes: a slow machine must not outlast it
    assert laptop.process("alerts", "list", "--json").json["code"] == "too-many-tries"
    answer = laptop.process("--now", "2099-01-01T00:00:00Z", "alerts", "list", "--json")
    assert answer.json["code"] == "too-many-tries"


def test_a_deleted_file_or_a_clock_set_back_gives_one_more_try_only(laptop: Laptop, wall: Wall) -> None:
    guess_wrongly(laptop, 5)
    laptop.profile.tries.unlink()
    guess_wrongly(laptop, 1)
    assert guess(laptop)["code"] == "too-many-tries"
    wall.move(-3600)
    guess_wrongly(laptop, 1)
    assert guess(laptop)["code"] == "too-many-tries"
    laptop.profile.tries.write_bytes(b'{"wrong": -7}')
    guess_wrongly(laptop, 1)
    assert guess(laptop)["code"] == "too-many-tries"
    wall.move(300)
    assert laptop.alerts() == []


def test_a_file_that_claims_any_number_locks_nobody_out(laptop: Laptop, wall: Wall) -> None:
    now = round(wall().timestamp() * 1000)
    said = {"wrong": 2**52, "untold": 2**52, "first": now, "last": now}
    laptop.profile.tries.write_text(json.dumps(said))
    assert laptop.refused("alerts", "list")["code"] == "too-many-tries"
    wall.move(300)
    assert laptop.alerts() == []


def test_the_recovery_key_does_not_wait(tmp_path: Path, wall: Wall) -> None:
    laptop = Laptop(tmp_path / "profile", tmp_path)
    laptop.write("passphrase.txt", PASSPHRASE)
    key = tmp_path / "recovery.txt"
    laptop.run("--now", "2026-11-22T03:12:00Z", "init", "--org", "RXX", "--responder", "Asha", "--recovery-file",
               str(key))  # fmt: skip
    guess_wrongly(laptop, 5)
    assert laptop.refused("alerts", "list")["code"] == "too-many-tries"
    laptop.write("passphrase.txt", "another one altogether")
    laptop.ask("recover", "--key-file", str(key))
    assert laptop.alerts() == []


def test_who_opens_the_store_hears_of_wrong_tries_and_the_access_chain_keeps_them(laptop: Laptop, wall: Wall) -> None:
    guess_wrongly(laptop, 1)
    wall.move(60)
    guess_wrongly(laptop, 2)
    wall.move(60)
    assert "3 wrong tries since Tuesday 02:10." in laptop.run("alerts", "list").err
    assert "3 wrong tries since Tuesday 02:10." in laptop.run("incident", "new", "--title", "Screens").err
    assert laptop.run("incident", "new", "--title", "Screens").err.count("wrong tr") == 0
    [noted] = [row for row in laptop.ask("access", "list") if row["what"] == "wrong-tries"]
    first, last = "2026-11-24T02:10:00.000Z", "2026-11-24T02:11:00.000Z"
    assert noted["detail"] == {"count": 3, "first": first, "last": last}


def test_a_store_of_before_gets_its_file_at_its_first_opening(laptop: Laptop) -> None:
    laptop.profile.tries.unlink()
    assert laptop.alerts() == []
    guess_wrongly(laptop, 4)
