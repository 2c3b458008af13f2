"""Backups at the command line: by themselves, on request, in a second place, and listed."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.laptop import NOW, Laptop, run_here


def kinds(laptop: Laptop) -> list[str]:
    return [one["kind"] for one in laptop.ask("backup", "list")]


def at(laptop: Laptop, time: str, *words: str) -> object:
    answer = run_here([*laptop.options, "--now", f"2026-11-22T{time}:00Z", *words, "--json"])
    assert answer.code == 0, answer
    return answer.json


def test_a_command_that_changes_something_ends_with_a_backup_but_not_more_than_one_an_hour(laptop: Laptop) -> None:
    at(laptop, "03:12", "incident", "new", "--title", "One")
    at(laptop, "03:40", "incident", "new", "--title", "Two")
    assert kinds(laptop) == ["after-session"]
    at(laptop, "04:13", "alerts", "list")
    at(laptop, "04:13", "verify")
    [newest, _] = laptop.ask("backup", "list")
    assert newest["at"] == "2026-11-22T04:13:00.000Z"
    assert newest["holds"]["incidents"] == 2
    at(laptop, "06:00", "verify")
    assert len(kinds(laptop)) == 2  # nothing was done since


def test_a_backup_can_be_made_now_and_says_whether_it_is_on_another_disk(laptop: Laptop, stick: Path) -> None:
    made = laptop.ask("backup", "now")
    assert Path(made["path"]).is_file()
    assert made["elsewhere"] is None
    assert "on the same disk as the store" in laptop.run("backup", "now").out
    assert laptop.ask("backup", "place") == {"place": None, "newest_elsewhere": None, "stands": "red"}
    assert "ever written to another disk" in laptop.run("backup", "place").out
    assert laptop.refused("backup", "place", str(laptop.folder))["code"] == "bad-input"
    assert laptop.ask("backup", "place", str(stick)) == {"place": str(stick)}
    assert laptop.ask("settings", "get", "backup-folder") == {"backup-folder": str(stick)}
    assert laptop.ask("backup", "now")["elsewhere"] == str(stick)
    assert laptop.ask("backup", "place")["stands"] in ("ok", "red")  # by the time of this machine, or of the story
    assert len([path for path in stick.rglob("*.db")]) >= 1
    assert laptop.ask("backup", "place", "--none") == {"place": None}
    assert laptop.refused("backup", "place", str(stick), "--none")["code"] == "bad-input"


def test_a_backup_that_fails_is_told_with_every_command_and_changes_none(laptop: Laptop) -> None:
    laptop.profile.backups.write_bytes(b"a file where the folder should be")
    answer = laptop.run("incident", "new", "--title", "Phone", "--json")
    assert answer.code == 0
    assert "backups" in answer.err
    assert "Phone" in laptop.run("incidents", "list").out
    assert laptop.refused("backup", "now")["code"] == "backup"
    laptop.profile.backups.unlink()
    assert "backups" not in laptop.run("incident", "new", "--title", "Again").err
    assert kinds(laptop) == ["after-session"]


def test_a_batch_is_one_session_and_backs_up_once(laptop: Laptop) -> None:
    laptop.batch("incident new --title One", "incident new --title Two", "backup now")
    assert sorted(kinds(laptop)) == ["asked-for"]
    [one] = laptop.ask("backup", "list")
    assert one["holds"]["incidents"] == 2


# ---- restoring ---------------------------------------------------------------------------------------------------


def test_restore_without_a_file_lists_what_is_found_and_changes_nothing(laptop: Laptop) -> None:
    laptop.ask("incident", "new", "--title", "One")
    before = laptop.profile.store.read_bytes()
    [one] = laptop.ask("restore")
    assert one["holds"]["incidents"] == 1
    assert one["kind"] == "after-session"
    laptop.write("passphrase.txt", "not the passphrase\n")
    [locked] = laptop.ask("restore")
    assert (locked["holds"], bool(locked["problem"])) == (None, True)
    assert laptop.profile.store.read_bytes() == before


def test_the_newest_that_opens_is_restored_over_a_damaged_store_which_is_kept(laptop: Laptop) -> None:
    laptop.ask("incident", "new", "--title", "One")
    laptop.ask("backup", "now")
    (laptop.profile.backups / "asked-for-20991231T000000Z.db").write_bytes(b"no store at all")
    (laptop.profile.backups / "asked-for-20991231T000000Z.db.keys").write_bytes(b"{}")
    laptop.profile.store.write_bytes(b"\0" * 4096)
    assert laptop.refused("incidents", "list")
    assert laptop.refused("restore", "--newest")["code"] == "store-exists"
    done = laptop.ask("restore", "--newest", "--set-aside")
    assert (Path(done["aside"]) / "store.db").read_bytes() == b"\0" * 4096
    assert "could not be read" in done["not_known"][0]
    assert [row["title"] for row in laptop.ask("incidents", "list")] == ["One"]
    assert laptop.verified()["ok"]


def test_a_backup_is_restored_by_the_name_it_is_listed_under(laptop: Laptop) -> None:
    laptop.ask("incident", "new", "--title", "One")
    [one] = laptop.ask("restore")
    laptop.ask("incident", "new", "--title", "Two")
    done = laptop.ask("restore", one["id"], "--set-aside")
    assert done["later"] > 0
    assert done["not_known"] == []
    assert len(laptop.ask("incidents", "list")) == 1
    words = laptop.run("restore", one["id"], "--set-aside").out
    assert "is kept, untouched, in" in words


def test_what_cannot_be_restored_is_refused_in_words(laptop: Laptop) -> None:
    assert laptop.refused("restore", "--newest", "--set-aside")["code"] == "bad-file"
    assert laptop.refused("restore", "nothing.db", "--set-aside")["code"] == "bad-file"
    assert laptop.refused("restore", "nothing.db", "--newest")["code"] == "bad-input"
    assert laptop.ask("restore") == []
    assert laptop.verified()["ok"]


# ---- reading a backup beside the live store ----------------------------------------------------------------------


def test_yesterdays_store_is_read_beside_the_live_one(worked: Laptop) -> None:
    made = Path(worked.ask("backup", "now")["path"])
    before = {
        path: path.read_bytes() for path in worked.home.rglob("*") if path.is_file() and "store.db-" not in path.name
    }
    with worked.session() as live:
        worked_title = worked.ask("incidents", "list")[0]["title"]
        assert live.device
        answer = worked.run("--as-of", made.name, "incidents", "list", "--json")
        assert answer.code == 0
        assert worked_title in [row["title"] for row in answer.json]
        assert answer.err.startswith("Backup of ")
        assert "Not the live store" in answer.err
    worked.ask("incident", "new", "--title", "Since then")
    titles = [row["title"] for row in worked.run("--as-of", str(made), "incidents", "list", "--json").json]
    assert "Since then" not in titles
    assert "Since then" in [row["title"] for row in worked.ask("incidents", "list")]
    for path, data in before.items():
        if path != worked.profile.store:
            assert path.read_bytes() == data
    assert sorted(path.name for path in made.parent.glob(f"{made.name}*")) == [made.name, f"{made.name}.keys"]


def test_every_reading_command_answers_from_a_backup_as_from_the_store(worked: Laptop) -> None:
    made = worked.ask("backup", "now")["path"]
    for words in (
        ("alerts", "list"), ("victims", "list"), ("actions", "list"), ("clocks", "list"), ("journal", "list"),
        ("organisations", "list"), ("imports", "list"), ("settings", "get"), ("device", "show"), ("figures",),
    ):  # fmt: skip
        live = worked.run("--now", NOW, *words, "--json")
        copy = worked.run("--now", NOW, "--as-of", made, *words, "--json")
        assert (copy.code, copy.json) == (live.code, live.json), words


def test_nothing_is_written_in_a_backup_that_is_read(worked: Laptop) -> None:
    made = worked.ask("backup", "now")["path"]
    for words in (("incident", "new", "--title", "x"), ("undo",), ("verify",), ("rebuild",)):
        answer = worked.run("--as-of", made, *words, "--json")
        assert (answer.code, answer.json["code"]) == (2, "read-only"), words
        assert answer.json["what"] == "This is a backup, opened to be read."
    for own in (["restore", made], ["backup", "now"], ["init", "--org", "RXX", "--responder", "A"]):
        answer = worked.run("--as-of", made, *own, "--json")
        assert (answer.code, answer.json["code"]) == (2, "bad-input"), own
    assert worked.run("--as-of", "nothing.db", "alerts", "list", "--json").json["code"] == "bad-file"


# ---- salvage -----------------------------------------------------------------------------------------------------


def test_a_damaged_store_is_salvaged_into_a_new_profile_and_what_is_lost_is_named(
    worked: Laptop, tmp_path: Path
) -> None:
    made = worked.ask("backup", "now")["path"]
    titles = {row["title"] for row in worked.ask("incidents", "list")}
    store = worked.profile.store
    data = bytearray(store.read_bytes())
    data[: len(data) // 2 // 4096 * 4096] = bytes(len(data) // 2 // 4096 * 4096)
    store.write_bytes(bytes(data))
    assert worked.refused("incidents", "list")
    into = tmp_path / "saved"
    done = worked.ask("salvage", str(store), "--into", str(into), "--backup", made)
    assert done["operations"]["saved"] == done["operations"]["of"] > 0
    assert done["rows"] == {"saved": 8, "of": 8}
    assert done["lost"] == done["problems"] == []
    assert store.read_bytes() == bytes(data)
    saved = Laptop(into, worked.folder)
    assert {row["title"] for row in saved.ask("incidents", "list")} == titles
    assert saved.verified()["ok"]
    words = worked.run("salvage", str(store), "--into", str(tmp_path / "again"), "--backup", made).out
    assert "Nothing that was known of is lost." in words
    assert worked.refused("salvage", str(store), "--into", str(into))["code"] == "store-exists"
    assert worked.refused("salvage", "nothing.db", "--into", str(tmp_path / "no"))["code"] == "bad-file"


def test_a_salvage_that_lost_something_says_what_and_its_exit_code_says_so(worked: Laptop, tmp_path: Path) -> None:
    for number in range(40):
        worked.ask("incident", "new", "--title", f"Incident {number}")
    store = worked.profile.store
    data = store.read_bytes()
    store.write_bytes(data[: len(data) * 9 // 10])
    done = worked.ask("salvage", str(store), "--into", str(tmp_path / "saved"), code=1)
    assert done["lost"]
    assert done["pages"]["saved"] <= done["pages"]["of"]
    assert Laptop(tmp_path / "saved", worked.folder).ask("incidents", "list")
