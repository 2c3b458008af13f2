"""Looking at an import again, and a folder whose files import themselves."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.laptop import Laptop, eve, row, table
from triage_app.services import taking_back
from triage_app.store import refusals

DNS = '{"timestamp":"2026-11-21T20:00:00Z","event_type":"dns","src_ip":"10.0.0.1","dest_ip":"10.0.0.2"}'


def mixed(laptop: Laptop, name: str = "eve.json") -> Path:
    """A file with three alerts, one record that is none, and two that cannot be read."""
    lines = [eve(1), eve(2), DNS, '{"event_type": "alert", "oops"}', eve(3), '{"event_type": "alert", "oh"}']
    return laptop.write(name, "\n".join(lines))


@pytest.fixture
def folder(laptop: Laptop) -> Path:
    made = laptop.folder / "drop"
    made.mkdir()
    return made


def watched(laptop: Laptop, folder: Path, code: int = 0) -> list[dict[str, Any]]:
    """Look at the folder once, as a new start would."""
    found: list[dict[str, Any]] = laptop.ask("watch", str(folder), "--once", "--settle", "0.05", code=code)["files"]
    return found


def test_an_import_can_be_looked_at_again_with_all_that_was_said_of_it(laptop: Laptop) -> None:
    [done] = laptop.take(mixed(laptop), code=1)
    shown = laptop.ask("imports", "show", done["id"])
    assert {name: shown[name] for name in ("records", "new", "repeats", "rejected", "kinds", "ignored")} == {
        "records": 5, "new": 3, "repeats": 0, "rejected": 2, "kinds": {"alert": 3}, "ignored": {"dns": 1},
    }  # fmt: skip
    assert shown["name"] == "eve.json"
    assert shown["why"] == done["why"]
    assert shown["rejects_file"] == done["rejects_file"]
    assert sum(reason["count"] for reason in shown["reasons"]) == 2
    assert shown["reasons"][0]["line"] == 4
    assert not shown["undone"]
    words = laptop.run("imports", "show", done["id"]).out
    assert "5: 3 new, 0 repeats, 2 rejected" in words
    assert done["rejects_file"] in words


def test_a_rejects_file_that_has_gone_is_not_named(laptop: Laptop) -> None:
    [done] = laptop.take(mixed(laptop), code=1)
    Path(done["rejects_file"]).unlink()
    assert laptop.ask("imports", "show", done["id"])["rejects_file"] is None


def test_reasons_that_differ_in_what_they_quote_are_counted_together(laptop: Laptop) -> None:
    described = {"name": "Ward", "source": "Ward", "columns": {"title": "What", "time": "Raised"}}
    mapping = laptop.write("m.json", json.dumps(described))
    rows = [row(number, time=f"never {number}") for number in range(5)]
    [done] = laptop.take(laptop.write("ward.csv", table([*rows, row(9)])), words=("--mapping", str(mapping)), code=1)
    [reason] = laptop.ask("imports", "show", done["id"])["reasons"]
    assert (reason["count"], reason["line"]) == (5, 2)
    assert "never 1" not in reason["reason"]


def test_an_import_there_is_none_of_is_refused_in_words(laptop: Laptop) -> None:
    assert laptop.refused("imports", "show", "e" * 32)["code"] == "not-found"


def test_taking_an_import_back_says_that_decisions_are_kept_and_putting_it_back_shows_them(laptop: Laptop) -> None:
    [done] = laptop.take(laptop.write("eve.json", "\n".join(eve(number) for number in range(4))))
    first, second, *_ = laptop.alerts()
    laptop.ask("alert", "dismiss", first["id"], "--as", "false-positive", "--because", "A scanner of ours")
    laptop.ask("alert", "promote", second["id"], "--title", "A beacon")
    assert laptop.ask("imports", "show", done["id"])["decided"] == 2
    answer = laptop.run("import", "undo", done["id"])
    assert "what was decided on 2 of its alerts is kept" in answer.err
    assert laptop.alerts() == []
    assert laptop.ask("imports", "show", done["id"])["undone"]
    laptop.ask("imports", "put-back", done["id"])
    assert len(laptop.alerts()) == 4
    assert [alert["id"] for alert in laptop.alerts("--filter", "is:dismissed")] == [first["id"]]
    assert laptop.refused("imports", "put-back", done["id"])["code"] == "not-found"
    assert laptop.verified()["ok"]


def test_several_imports_are_taken_back_in_one_act_each_once_and_put_back_together(laptop: Laptop) -> None:
    files = [laptop.write(f"{number}.json", eve(number)) for number in range(3)]
    first, *rest = [laptop.take(file)[0]["id"] for file in files]
    laptop.ask("import", "undo", first)
    answer = laptop.run("import", "undo", first, *rest)
    assert "Took back 2 imports." in answer.err
    assert laptop.alerts() == []
    assert (
        laptop.refused("import", "undo", first, *rest)["what"] == "All of these imports have already been taken back."
    )
    with laptop.session() as session:
        assert set(taking_back.together(session.store, rest[0])) == set(rest)
        assert taking_back.together(session.store, first) == (first,)
    assert "Put back 2 imports." in laptop.run("imports", "put-back", *rest).err
    with laptop.session() as session:
        assert taking_back.together(session.store, rest[0]) == ()
    assert len(laptop.alerts()) == 2
    laptop.ask("imports", "put-back", first)
    assert len(laptop.alerts()) == 3
    assert laptop.verified()["ok"]


def test_rejected_rows_are_deleted_with_their_import_and_stay_gone_when_it_is_put_back(laptop: Laptop) -> None:
    [done] = laptop.take(mixed(laptop), code=1)
    kept = Path(done["rejects_file"])
    assert kept.is_file()
    assert "its rejected rows are deleted" in laptop.run("import", "undo", done["id"]).err
    assert not kept.exists()
    laptop.ask("imports", "put-back", done["id"])
    shown = laptop.ask("imports", "show", done["id"])
    assert (shown["undone"], shown["rejected"], shown["rejects_file"]) == (False, 2, None)
    assert laptop.verified()["ok"]


def test_rejected_rows_left_by_an_interruption_after_taking_back_go_at_the_next_start(laptop: Laptop) -> None:
    [done] = laptop.take(mixed(laptop), code=1)
    with laptop.session() as session, session.store.write():
        session.store.execute("UPDATE import SET undone = 1")
    assert Path(done["rejects_file"]).is_file()
    with laptop.session():
        assert not Path(done["rejects_file"]).exists()


def test_rejected_rows_can_be_deleted_by_themselves(laptop: Laptop) -> None:
    [done] = laptop.take(mixed(laptop), code=1)
    assert laptop.run("import", "delete-rejects", done["id"]).out == "Deleted the rejected rows of eve.json.\n"
    assert not Path(done["rejects_file"]).exists()
    assert len(laptop.alerts()) == 3
    assert laptop.refused("import", "delete-rejects", done["id"])["code"] == "not-found"


def test_a_refused_file_is_listed_with_the_whole_reason_until_it_is_taken_in(laptop: Laptop) -> None:
    picture = laptop.write("picture.json", bytes(range(256)) * 40)
    [refused] = laptop.take(picture, code=2)
    for _ in range(2):
        [listed] = laptop.ask("imports", "refused")
        assert {name: listed[name] for name in ("name", "what", "do")} == {
            "name": "picture.json", "what": refused["what"], "do": refused["do"],
        }  # fmt: skip
        assert f"{refused['what']} {refused['do']}" in laptop.run("imports", "refused").out
        laptop.take(picture, code=2)  # refused again, it is still one entry
    picture.write_text(eve(1))
    laptop.take(picture)
    assert len(laptop.ask("imports", "refused")) == 1, "another content under that name says nothing of the refused one"
    laptop.ask("imports", "forget", listed["id"])
    assert laptop.run("imports", "refused").out == "None.\n"
    assert laptop.refused("imports", "forget", listed["id"])["code"] == "not-found"
    assert laptop.verified()["ok"]


def test_a_table_that_waited_for_its_mapping_is_refused_no_longer_once_it_is_taken_in(laptop: Laptop) -> None:
    file = laptop.write("ward.csv", table([row(1)]))
    [refused] = laptop.take(file, code=2)
    assert refused["code"] == "needs-mapping"
    assert [each["name"] for each in laptop.ask("imports", "refused")] == ["ward.csv"]
    described = {"name": "Ward", "source": "Ward", "columns": {"title": "What"}}
    mapping = laptop.write("m.json", json.dumps(described))
    laptop.take(file, words=("--mapping", str(mapping)))
    assert laptop.ask("imports", "refused") == []


def test_no_more_refused_files_are_kept_than_there_is_room_for(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "MOST_KEPT", 3)
    with laptop.session() as session, session.store.write():
        for number in range(5):
            refusals.keep(session.store, f"{number}.json", "", number, "No.", "Go.")
        assert [each["name"] for each in refusals.listing(session.store)] == ["4.json", "3.json", "2.json"]


def test_rows_that_name_no_organisation_are_of_this_laptops_as_in_the_window(laptop: Laptop, folder: Path) -> None:
    laptop.take(laptop.write("one.json", eve(1)))
    laptop.take(laptop.write("two.json", eve(2)), words=("--org", ""))
    laptop.take(laptop.write("three.json", eve(3)), words=("--org", "rxp"))
    (folder / "four.json").write_text(eve(4))
    watched(laptop, folder)
    assert {each["name"]: each["organisation"] for each in laptop.ask("imports", "list")} == {
        "one.json": "RXX", "two.json": "", "three.json": "RXP", "four.json": "RXX",
    }  # fmt: skip


def test_the_names_that_format_takes_are_listed(laptop: Laptop) -> None:
    assert "suricata-eve  " in laptop.run("formats").out
    [name] = [each["id"] for each in laptop.ask("formats") if each["title"] == "Suricata EVE"]
    [done] = laptop.take(laptop.write("one.json", eve(1)), words=("--format", name))
    assert done["format"] == name
    assert "triage formats" in laptop.run("import", "files", "--help").out


def test_what_lies_in_a_watched_folder_is_imported_once_and_left_where_it_is(laptop: Laptop, folder: Path) -> None:
    one, two = folder / "one.json", folder / "two.json"
    one.write_text(eve(1))
    two.write_text(eve(2))
    assert [(Path(found["path"]).name, found["new"]) for found in watched(laptop, folder)] == [
        ("one.json", 1), ("two.json", 1),
    ]  # fmt: skip
    assert watched(laptop, folder) == []
    assert one.read_text() == eve(1)
    assert len(laptop.ask("imports", "list")) == 2
    copy = folder / "another name.json"
    copy.write_text(eve(1))
    assert watched(laptop, folder) == [{"path": str(copy), "known": True}]
    one.write_text(eve(3))
    assert [found["new"] for found in watched(laptop, folder)] == [1]
    assert laptop.verified()["ok"]


def test_links_folders_and_hidden_files_in_a_watched_folder_are_passed_over(laptop: Laptop, folder: Path) -> None:
    outside = laptop.write("outside.json", eve(1))
    (folder / "link.json").symlink_to(outside)
    (folder / "sub").mkdir()
    (folder / "sub" / "deep.json").write_text(eve(2))
    (folder / ".hidden.json").write_text(eve(3))
    (folder / "copying.json.part").write_text(eve(4))
    (folder / "empty.json").write_text("")
    os.mkfifo(folder / "pipe.json")
    assert watched(laptop, folder) == []
    assert laptop.ask("imports", "list") == []


def test_a_file_that_needs_somebody_waits_and_costs_no_other(laptop: Laptop, folder: Path) -> None:
    (folder / "a table.csv").write_text("What,Where\nOdd,PC-1\n")
    (folder / "good.json").write_text(eve(1))
    (folder / "picture.json").write_bytes(b"\x7fELF" + bytes(2000))
    found = watched(laptop, folder, code=1)
    assert [(Path(each["path"]).name, each.get("code"), each.get("new")) for each in found] == [
        ("a table.csv", "needs-mapping", None), ("good.json", None, 1), ("picture.json", "bad-file", None),
    ]  # fmt: skip
    again = watched(laptop, folder, code=1)
    assert [Path(each["path"]).name for each in again] == ["a table.csv", "picture.json"], "they still wait"


def test_what_was_taken_back_is_not_imported_by_the_folder_again(laptop: Laptop, folder: Path) -> None:
    (folder / "one.json").write_text(eve(1))
    [done] = watched(laptop, folder)
    laptop.ask("import", "undo", done["id"])
    (folder / "one.json").touch()
    assert [found.get("known") for found in watched(laptop, folder)] == [True]
    assert laptop.alerts() == []


def test_a_folder_that_is_none_is_refused_in_words(laptop: Laptop) -> None:
    assert laptop.refused("watch", str(laptop.folder / "nowhere"), "--once")["code"] == "bad-input"
    assert laptop.refused("settings", "set", "watch-folder", "not/whole")["code"] == "bad-input"
