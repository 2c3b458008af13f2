"""The store at the command line: clock, lock, passphrase, keeping, and the process itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.scenarios.commands import MADE
from tests.scenarios.laptop import NOW, PASSPHRASE, Laptop, assert_plain, clock, environment, run_here
from triage_app.paths import Profile
from triage_app.services import session as sessions

# ---- clock, lock, passphrase ---------------------------------------------------------------------------------


def test_a_clock_is_for_demonstration_stores_only(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "live", tmp_path)
    laptop.write("passphrase.txt", PASSPHRASE)
    sessions.found(
        Profile(laptop.home), organisation="RXX", responder="Asha", passphrase=PASSPHRASE, now=clock,
        cost=sessions.DEMONSTRATION_COST,
    )  # fmt: skip
    assert laptop.ask("incident", "new", "--title", "Now").keys() == MADE
    for words in (("alerts", "list"), ("incident", "new", "--title", "Then")):
        answer = run_here([*laptop.options, "--now", NOW, *words, "--json"])
        assert answer.code == 2
        assert answer.json["code"] == "bad-input"
        assert "demonstration" in answer.json["what"]
    assert len(laptop.ask("incidents", "list")) == 1


def test_in_a_demonstration_store_the_clock_is_obeyed(laptop: Laptop) -> None:
    answer = run_here([*laptop.options, "--now", "2031-02-03T04:05:06Z", "incident", "new", "--title", "Later"])
    assert answer.code == 0
    assert laptop.ask("incidents", "list")[0]["created_at"] == "2031-02-03T04:05:06.000Z"


def test_beside_an_open_window_reading_works_and_writing_is_refused(worked: Laptop) -> None:
    with worked.session():
        for words in (
            ["alerts", "list"],
            ["incidents", "list"],
            ["device", "show"],
            ["alert", "show", worked_alert(worked)],
        ):
            answer = worked.process(*words, "--json")
            assert (answer.code, answer.err) == (0, ""), words
            assert answer.json
        for words in (["incident", "new", "--title", "x"], ["import", "x.json"], ["undo"], ["rebuild"]):
            answer = worked.process(*words, "--json")
            assert answer.code == 2
            assert answer.json["code"] == "busy"
            assert_plain(answer.json)
    assert worked.ask("incident", "new", "--title", "x").keys() == MADE


def worked_alert(laptop: Laptop) -> str:
    return str(laptop.alerts("--limit", "1")[0]["id"])


def test_the_passphrase_comes_from_a_file_or_the_environment_and_nowhere_else(laptop: Laptop) -> None:
    bare = ["--home", str(laptop.home), "alerts", "list", "--json"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAGE_PASSPHRASE", PASSPHRASE)
        assert run_here(bare).json == []
        patch.setenv("TRIAGE_PASSPHRASE", "another one altogether")
        assert run_here(bare).json["code"] == "wrong-passphrase"
        assert laptop.alerts() == []  # the file named wins
        patch.delenv("TRIAGE_PASSPHRASE")
        nobody = run_here(bare)
        assert nobody.code == 2
        assert nobody.json["what"] == "No passphrase was given."
        assert_plain(nobody.json)


@pytest.mark.parametrize("content", [b"", b"\n", b"wrong horse battery\n", b"\xff\xfe"])
def test_a_passphrase_file_that_does_not_open_the_store_is_refused(laptop: Laptop, content: bytes) -> None:
    laptop.write("passphrase.txt", content)
    assert laptop.refused("alerts", "list")["code"] in ("wrong-passphrase", "bad-input")


def test_no_second_store_is_made_over_the_first(laptop: Laptop) -> None:
    before = laptop.profile.store.read_bytes(), laptop.profile.keys.read_bytes()
    assert laptop.refused("init", "--org", "RXX", "--responder", "Bel")["code"] == "store-exists"
    laptop.profile.store.rename(laptop.folder / "moved.db")
    assert laptop.refused("init", "--org", "RXX", "--responder", "Bel")["code"] == "store-exists"
    assert laptop.refused("alerts", "list")["code"] == "no-store"
    assert not laptop.profile.store.exists()
    assert ((laptop.folder / "moved.db").read_bytes(), laptop.profile.keys.read_bytes()) == before


def test_the_recovery_key_opens_the_store_when_the_passphrase_is_lost(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "profile", tmp_path)
    laptop.write("passphrase.txt", "forgotten tomorrow")
    key = tmp_path / "recovery.txt"
    words = ["--now", NOW, "init", "--org", "RXX", "--responder", "Asha", "--recovery-file", str(key), "--json"]
    assert laptop.run(*words).json.keys() == MADE
    laptop.write("passphrase.txt", "a new one to remember")
    assert laptop.refused("alerts", "list")["code"] == "wrong-passphrase"
    assert laptop.ask("recover", "--key-file", str(key)).keys() == MADE
    assert laptop.alerts() == []
    laptop.write("passphrase.txt", "forgotten tomorrow")
    assert laptop.refused("alerts", "list")["code"] == "wrong-passphrase"


def test_a_recovery_key_that_cannot_be_written_leaves_no_store(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "profile", tmp_path)
    laptop.write("passphrase.txt", PASSPHRASE)
    nowhere = str(tmp_path / "missing" / "recovery.txt")
    assert laptop.refused("init", "--org", "RXX", "--responder", "Asha", "--recovery-file", nowhere)
    assert not laptop.profile.store.exists()
    taken = laptop.write("taken.txt", "mine")
    assert laptop.refused("init", "--org", "RXX", "--responder", "Asha", "--recovery-file", str(taken))
    assert taken.read_text() == "mine"
    fresh = tmp_path / "fresh.txt"
    assert laptop.refused("init", "--org", "no code", "--responder", "Asha", "--recovery-file", str(fresh))
    assert not fresh.exists()


# ---- keeping -------------------------------------------------------------------------------------------------


def test_a_backup_restores_under_a_device_of_its_own(worked: Laptop, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    worked.ask("backup", str(copy))
    assert worked.refused("backup", str(copy))["code"] == "store-exists"
    other = Laptop(tmp_path / "other", worked.folder)
    restored = other.ask("restore", str(copy))
    assert restored.keys() >= MADE
    assert restored["ref"] != worked.ask("device", "show")["ref"]
    assert [row["ref"] for row in other.ask("incidents", "list")] == [
        row["ref"] for row in worked.ask("incidents", "list")
    ]
    assert other.verified()["ok"]
    assert other.refused("restore", str(copy))["code"] == "store-exists"


def test_a_rebuild_changes_nothing_that_can_be_seen(worked: Laptop) -> None:
    before = (worked.verified(), worked.alerts(), worked.ask("incidents", "list"), worked.ask("victims", "list"))
    assert worked.ask("rebuild")["state"] == before[0]["state"]
    assert (
        worked.verified(),
        worked.alerts(),
        worked.ask("incidents", "list"),
        worked.ask("victims", "list"),
    ) == before
    assert len(worked.alerts("--filter", "8003")) == 1


def test_verify_sees_one_cell_that_was_changed(worked: Laptop) -> None:
    with worked.session() as session, session.store.write():
        session.store.execute("UPDATE alert SET rows = rows + 1 WHERE id = (SELECT min(id) FROM alert)")
    answer = worked.run("verify", "--json")
    assert (answer.code, answer.json["ok"]) == (2, False)
    assert "alert" in answer.json["problems"][0]
    worked.ask("rebuild")
    assert worked.verified()["ok"]


def test_settings_are_set_and_read(laptop: Laptop) -> None:
    assert laptop.ask("settings", "set", "theme", "dark") == {"theme": "dark"}
    assert laptop.ask("settings", "get", "theme") == {"theme": "dark"}
    assert laptop.ask("settings", "get")["idle-lock-minutes"] == 15


def test_a_plain_list_runs_in_no_spreadsheet(laptop: Laptop) -> None:
    laptop.batch("incident new --title '=HYPERLINK(\"http://x\")'", "incident new --title 'Café, ward 7'")
    out = laptop.folder / "out.csv"
    assert laptop.ask("export", str(out), "--as", "csv")["incidents"] == 2
    text = out.read_text("utf-8")
    assert "'=HYPERLINK" in text
    assert '"Café, ward 7"' in text
    lines = laptop.folder / "out.jsonl"
    laptop.ask("export", str(lines), "--as", "jsonl")
    assert {json.loads(line)["title"] for line in lines.read_text("utf-8").splitlines()} == {
        '=HYPERLINK("http://x")', "Café, ward 7",
    }  # fmt: skip


# ---- the process ---------------------------------------------------------------------------------------------


def test_a_reader_of_the_answer_that_leaves_early_is_no_fault(worked: Laptop) -> None:
    with worked.start("alerts", "list", "--json") as child:
        assert child.stdout is not None
        child.stdout.close()
        assert child.stderr is not None
        said = child.stderr.read().decode()
        child.wait(timeout=30)
    assert "Traceback" not in said
    assert "mistake" not in said
    assert "BrokenPipe" not in said


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_of_another_code_page_gets_every_answer(worked: Laptop, encoding: str) -> None:
    worked.ask("incident", "new", "--title", "Łódź ✚ 病院")
    variables = environment() | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    answer = worked.process("incidents", "list", "--json", env=variables)
    assert answer.code == 0
    assert "Łódź ✚ 病院" in {row["title"] for row in answer.json}


def test_version_and_help_need_no_store(tmp_path: Path) -> None:
    for words in (["--version"], ["--help"], ["import", "--help"], ["alert", "dismiss", "-h"]):
        answer = run_here(["--home", str(tmp_path / "none"), *words])
        assert (answer.code, answer.err) == (0, "")
    assert not (tmp_path / "none").exists()
