"""Everything that can be wrong with what is given: one plain sentence each, and nothing lost or half-written."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.laptop import MAPPING, Laptop, assert_plain, copied, eve, row, table
from triage_app.errors import BadFile
from triage_app.services.import_alerts import import_file
from triage_app.store.connection import STORE_VERSION

GOOD = "\n".join(eve(number) for number in range(5))


@pytest.fixture(scope="module")
def held_laptop(empty_laptop: Laptop, tmp_path_factory: pytest.TempPathFactory) -> Laptop:
    """A laptop with five alerts, an incident, and a mapping it knows."""
    laptop = copied(empty_laptop, tmp_path_factory.mktemp("held") / "laptop")
    laptop.take(laptop.write("good.json", GOOD))
    mapping = laptop.write("mapping.json", json.dumps(MAPPING))
    laptop.ask("mapping", "save", str(mapping), str(laptop.write("headers.csv", table([row(1)]))))
    laptop.batch(f"alert promote {laptop.alerts()[0]['id']} --title Kept")
    return laptop


@pytest.fixture
def held(held_laptop: Laptop, tmp_path: Path) -> Laptop:
    return copied(held_laptop, tmp_path / "laptop")


def standing(laptop: Laptop) -> dict[str, Any]:
    """Return all that a refused import must leave as it was."""
    found = laptop.verified()
    assert found["ok"], found
    assert laptop.left_behind() == []
    return found | {"alerts": laptop.alerts(), "imports": laptop.ask("imports", "list")}


def refusal_of(found: dict[str, Any]) -> dict[str, str]:
    """Return the refusal of one file, looked over."""
    document: dict[str, str] = {name: found[name] for name in ("what", "do", "code")}
    assert_plain(document)
    return document


FILES: list[tuple[str, bytes, str]] = [
    ("empty.json", b"", "is empty"),
    ("spaces.json", b" \r\n\t \n", "is empty"),
    ("nuls.json", bytes(5000), "NUL bytes"),
    ("binary.csv", bytes(range(256)) * 40, "binary file"),
    ("program.csv", b"MZ\x90\x00" + bytes(3000), "Windows program"),
    ("archive.csv", b"PK\x03\x04" + bytes(3000), "a damaged archive"),
    ("picture.json", b"\x89PNG\r\n\x1a\n" + bytes(3000), "picture"),
    ("report.csv", b"%PDF-1.7\n" + b"x" * 3000, "PDF document"),
    ("utf16.json", GOOD.encode("utf-16-le"), "UTF-16 without saying so"),
    ("torn-utf16.csv", b"\xff\xfe" + table([row(1)]).encode("utf-16-le") + b"\x00\xd8", "says it is UTF-16"),
    ("prose.txt", b"Dear all\nplease find the alerts below.\n", "no table"),
    ("torn.json", b'[{"timestamp": "2026', "begins like JSON"),
    ("list.json", b"[]", "an empty JSON list"),
    ("other.json", b'{"error": "no licence", "code": 403}', "a server's answer"),
    ("page.html", b"<!DOCTYPE html><html><body>Log in</body></html>", "a web page"),
    ("bombs.xml", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>', "an XML file"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "says"), FILES, ids=[name for name, _, _ in FILES])
def test_a_file_that_holds_no_alerts_is_refused_in_a_sentence(
    held: Laptop, name: str, content: bytes, says: str
) -> None:
    before = standing(held)
    [found] = held.take(held.write(name, content), code=2)
    refusal = refusal_of(found)
    assert refusal["what"].startswith(name)
    assert says in refusal["what"]
    assert refusal["code"] == "bad-file"
    assert standing(held) == before


def test_another_encoding_is_read_and_said(held: Laptop) -> None:
    content = table([row(50, what="Café – Öl"), row(51)])
    [utf16] = held.take(held.write("utf16.csv", content.encode("utf-16")))
    [marked] = held.take(held.write("marked.csv", content.encode("utf-8-sig")))
    [western] = held.take(held.write("western.csv", content.encode("cp1252")))
    assert (utf16["new"], marked["new"], western["new"]) == (2, 0, 0)
    assert "UTF-16" in utf16["why"]
    assert "Windows-1252" in western["why"]
    assert [alert["title"] for alert in held.alerts("--filter", "café")] == ["Café – Öl"]


def test_a_field_of_ten_megabytes_is_kept_whole_and_shown_short(held: Laptop) -> None:
    huge = "A beacon " * (10 * 1024 * 1024 // 9)
    file = held.write("huge.csv", table([row(60), row(61, what=huge), row(62)]))
    [found] = held.take(file)
    assert (found["new"], found["rejected"]) == (3, 0)
    titles = {alert["reference"]: alert["title"] for alert in held.alerts("--filter", "src:ward")}
    assert len({alert["id"] for alert in held.alerts()}) == 8
    assert all(len(title) <= 500 for title in titles.values())
    with held.session() as session:
        assert session.store.value("SELECT max(length(rest)) FROM evidence_row") > len(huge)
    assert standing(held)["ok"]


def test_a_field_beyond_every_measure_is_rejected_with_its_line(held: Laptop) -> None:
    file = held.write("huge.csv", table([row(60), row(61, what="x" * (17 * 1024 * 1024)), row(62)]))
    [found] = held.take(file, code=1)
    assert (found["new"], found["rejected"]) == (2, 1)
    kept = Path(found["rejects_file"])
    assert "16 MB" in kept.read_text("utf-8").splitlines()[1][:200]
    assert kept.stat().st_size < 100_000


def test_ragged_rows_are_rejected_and_the_others_taken(held: Laptop) -> None:
    rows = [row(70), "W-71,only,four,cells", row(72) + ",one,more", row(73), 'W-74,"never closed', row(75)]
    [found] = held.take(held.write("ragged.csv", table(rows)), code=1)
    assert (found["records"], found["new"], found["rejected"]) == (6, 3, 3)
    assert len(held.alerts()) == 8
    assert held.verified()["ok"]


def test_nuls_inside_a_row_hide_nothing(held: Laptop) -> None:
    [found] = held.take(held.write("nul.csv", table([row(80, what="Beacon\0 hidden"), row(81)])))
    assert found["new"] == 2
    [alert] = held.alerts("--filter", "hidden")
    assert "\0" not in alert["title"]
    assert "hidden" in alert["title"]
    assert held.verified()["ok"]


def test_control_and_direction_marks_stay_evidence(held: Laptop) -> None:
    held.take(held.write("marks.csv", table([row(82, what="inv\u202egnp.exe\x1b[2J\x9b\x7f")])))
    listed = held.run("alerts", "list", "--filter", "inv")
    assert "\x1b" not in listed.out
    assert "\u202e" not in listed.out
    whole = held.run("alert", "show", held.alerts("--filter", "inv")[0]["id"])
    assert not set("\x1b\u202e\x9b\x7f") & set(whole.out)
    assert "inv⟦U+202E⟧gnp.exe⟦U+001B⟧[2J" in listed.out
    assert held.alerts("--filter", "inv")[0]["title"] == "inv\u202egnp.exe\x1b[2J\x9b\x7f"
    [shown] = [held.run("import", "no\u202esuch.json").err]
    assert "\u202e" not in shown
    assert held.verified()["ok"]


@pytest.mark.parametrize("kind", ["missing", "folder", "device", "pipe nobody writes to"])
def test_what_is_no_file_is_refused(held: Laptop, kind: str) -> None:
    before = standing(held)
    path = held.folder / "there"
    if kind == "folder":
        path.mkdir()
    elif kind == "device":
        path = Path("/dev/zero")
    elif kind == "pipe nobody writes to":
        os.mkfifo(path)
    [found] = held.take(path, code=2)
    refusal_of(found)
    assert standing(held) == before


def test_a_file_that_vanishes_half_way_is_refused_whole(held: Laptop) -> None:
    """A stick pulled out ends a file early: fewer bytes come than were there when it was opened."""
    before = standing(held)
    file = held.write("ward.csv", table(row(number) for number in range(100, 40_000)))
    calls: list[int] = []

    def cut(done: int, total: int | None = None) -> None:
        if not calls:
            os.truncate(file, 1_700_000)
        calls.append(done)

    with held.session() as session, pytest.raises(BadFile) as caught:
        import_file(session, file, progress=cut)
    assert "stopped being readable half-way" in caught.value.what
    assert_plain({"what": caught.value.what, "do": caught.value.do, "code": caught.value.code})
    assert standing(held) == before


def test_a_file_taken_away_while_it_is_read_is_refused_whole(held: Laptop) -> None:
    before = standing(held)
    file = held.write("ward.csv", table(row(number) for number in range(100, 3_000)))

    def remove(done: int, total: int | None = None) -> None:
        file.unlink(missing_ok=True)

    with held.session() as session, pytest.raises(BadFile) as caught:
        import_file(session, file, progress=remove)
    assert "stopped being readable half-way" in caught.value.what
    assert standing(held) == before


def test_standard_input_that_ends_early_is_told_by_what_is_missing(held: Laptop) -> None:
    before = standing(held)
    content = json.dumps([json.loads(eve(number)) for number in range(50, 60)]).encode()
    [found] = held.ask("import", "-", stdin=content[:-40], code=1)["files"]
    assert found["new"] == 9
    assert found["rejected"] == 1
    kept = Path(found["rejects_file"]).read_text("utf-8")
    assert '"dest_port": 8059' in kept
    held.ask("import", "undo", found["id"])
    assert held.alerts() == before["alerts"]
    assert held.verified()["ok"]


def test_a_pipe_whose_writer_goes_away_is_read_to_where_it_came(held: Laptop) -> None:
    with held.start("import", "-", "--json", stdin=subprocess.PIPE) as child:
        assert child.stdin is not None
        child.stdin.write(GOOD.encode() + b'\n{"timestamp": "2026-11-21T')
        child.stdin.close()
        assert child.stdout is not None
        [found] = json.loads(child.stdout.read())["files"]
        child.wait(timeout=30)
    assert (child.returncode, found["repeats"], found["rejected"]) == (1, 5, 1)
    assert held.verified()["ok"]


def test_a_wrong_passphrase_changes_nothing_and_says_what_it_may_be(held: Laptop) -> None:
    before = {path: path.read_bytes() for path in held.home.iterdir() if path.is_file() and path != held.profile.tries}
    held.write("passphrase.txt", "eight wrong herons")
    for words in (["alerts", "list"], ["incident", "new", "--title", "x"], ["import", "x.json"], ["rebuild"]):
        refusal = held.refused(*words)
        assert refusal["code"] == "wrong-passphrase"
    assert {path: path.read_bytes() for path in before} == before


def test_a_store_from_a_newer_version_is_left_alone(held: Laptop) -> None:
    with held.session() as session:
        session.store.execute(f"PRAGMA user_version = {STORE_VERSION + 1}")
    before = held.profile.store.read_bytes()
    for words in (["alerts", "list"], ["incident", "new", "--title", "x"], ["rebuild"], ["verify"]):
        refusal = held.refused(*words)
        assert refusal["code"] == "too-new"
        assert "newer version" in refusal["what"]
    assert held.profile.store.read_bytes() == before


def test_a_store_with_a_migration_nobody_knows_is_left_alone(held: Laptop) -> None:
    with held.session() as session, session.store.write():
        session.store.execute(
            "INSERT INTO _sqlite_migrations(migration_set, name, applied_at) VALUES ('triage', 'm999_later', 'then')"
        )
    for words in (["incident", "new", "--title", "x"], ["rebuild"], ["alerts", "list"]):
        assert held.refused(*words)["code"] == "too-new", words


def test_a_file_that_is_no_store_is_not_opened(held: Laptop) -> None:
    held.profile.store.write_bytes(b"SQLite format 3\0" + bytes(5000))
    assert held.refused("alerts", "list")["code"] in ("wrong-passphrase", "damaged")
    held.profile.store.write_bytes(b"")
    assert_plain(held.ask("alerts", "list", code=2))
    assert_plain(held.ask("incident", "new", "--title", "x", code=2))
    assert held.profile.store.read_bytes() == b""


def test_a_damaged_store_is_said_to_be_damaged(held: Laptop) -> None:
    held.ask("rebuild")
    data = bytearray(held.profile.store.read_bytes())
    for place in range(8 * 4096, len(data), 4096):
        data[place + 100] ^= 0xFF
    held.profile.store.write_bytes(bytes(data))
    assert held.refused("alerts", "list")["code"] in ("wrong-passphrase", "damaged")


def test_key_files_that_are_gone_or_damaged_are_named(held: Laptop) -> None:
    first = held.profile.keys.read_bytes()
    held.profile.keys.write_bytes(b"{}")
    assert len(held.alerts()) == 5  # the copy serves
    held.profile.keys_copy.write_bytes(b"not keys")
    assert "key file" in held.refused("alerts", "list")["what"]
    held.profile.keys.unlink()
    held.profile.keys_copy.unlink()
    refusal = held.refused("alerts", "list")
    assert "key file" in refusal["what"]
    assert not held.profile.keys.exists()
    held.profile.keys.write_bytes(first)
    assert len(held.alerts()) == 5


def test_a_second_copy_of_the_program_is_told_to_wait(held: Laptop) -> None:
    answers = []

    def ask() -> None:
        answers.append(held.process("incident", "new", "--title", "Second", "--json"))

    with held.session() as session:
        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert session.store.value("SELECT count(*) FROM incident") == 1
    for answer in answers:
        assert answer.code == 2
        assert_plain(answer.json)
        assert answer.json["code"] == "busy"
        assert "Another copy" in answer.json["what"]
    assert held.process("incident", "new", "--title", "Now", "--json").code == 0
    assert held.verified()["ok"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"name": 1}', b"\xff\xfe", b'{"name":"x","source":"y","columns":{"time":"Nowhere"}}',
     b'{"name":"x","source":"y","columns":{"colour":"Ref"}}', b'{"name":"x","name":"y"}', b"[" * 100_000],
)  # fmt: skip
def test_a_mapping_that_is_none_is_refused(held: Laptop, content: bytes) -> None:
    before = standing(held)
    mapping = held.write("odd.json", content)
    found = held.ask("import", "--mapping", str(mapping), str(held.write("a.csv", table([row(90)]))), code=2)
    refusal_of(found["files"][0] if "files" in found else found)
    assert standing(held) == before


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the profile private by its own rules")
def test_rejected_rows_are_for_their_owners_eyes_only(laptop: Laptop) -> None:
    [found] = laptop.take(laptop.write("torn.json", eve(1) + "\n{oops\n"), code=1)
    assert Path(found["rejects_file"]).stat().st_mode & 0o077 == 0
