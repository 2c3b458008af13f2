"""Disks that fill up and folders that are closed: a sentence, nothing lost, nothing half-written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.laptop import PASSPHRASE, Laptop, assert_plain, copied, eve
from tests.scenarios.small_disk import SmallDisk, dropping_privileges
from tests.scenarios.ward import counts, sound, ward_table


def test_a_disk_that_fills_up_during_an_import_loses_nothing(held_laptop: Laptop, small_disk: SmallDisk) -> None:
    held = copied(held_laptop, small_disk.folder / "laptop")
    file = held.folder.parent.parent / "ward.csv"
    file.write_text(ward_table(9_000, 200))
    before = counts(held)
    small_disk.leave(1_500_000, held.profile.store)
    answer = held.process("import", str(file), "--json", **small_disk.limits)
    assert answer.code == 2, answer
    [found] = answer.json["files"]
    assert_plain({name: found[name] for name in ("what", "do", "code")})
    assert found["code"] in small_disk.codes
    small_disk.make_room()
    assert counts(held) == before
    assert held.left_behind() == []
    assert sound(held)
    assert held.take(file, code=1)[0]["records"] == 9_001
    assert sound(held)


def test_a_disk_that_is_full_makes_no_half_a_store(small_disk: SmallDisk) -> None:
    laptop = Laptop(small_disk.folder / "profile", small_disk.folder)
    laptop.write("passphrase.txt", PASSPHRASE)
    for room in (5_000, 60_000, 150_000):
        small_disk.leave(room)
        answer = laptop.process("--now", "2026-11-22T03:12Z", "init", "--org", "RXX", "--responder", "Asha", "--json",
                                **small_disk.limits)  # fmt: skip
        assert answer.code == 2, answer
        assert_plain(answer.json)
        assert answer.json["code"] in small_disk.codes
        assert [path.name for path in laptop.home.glob("store*") if path.name != "store.lock"] == []
        small_disk.make_room()
    assert laptop.process("--now", "2026-11-22T03:12Z", "init", "--org", "RXX", "--responder", "Asha").code == 0
    assert laptop.verified()["ok"]


@pytest.mark.parametrize("command", ["bundle", "plain", "backup", "identity"])
def test_a_disk_that_is_full_takes_no_half_a_file(held: Laptop, small_disk: SmallDisk, command: str) -> None:
    made = held.batch(*(f"incident new --title 'Incident {number} on one of the wards'" for number in range(60)))
    held.ask("alert", "link", *(alert["id"] for alert in held.alerts()), "--into", made[0]["ref"])
    out = small_disk.folder / "out"
    out.mkdir()
    words = {
        "bundle": ["export", str(out / "out.triage"), "--full", "--to"],
        "plain": ["export", str(out / "out.jsonl"), "--as", "jsonl"],
        "backup": ["backup", str(out / "copy.db")],
        "identity": ["device", "identity", str(out / "me.identity")],
    }[command]
    if command == "bundle":
        other = held.folder / "other.identity"
        receiver = copied(held, held.folder.parent / "receiver")
        copy = held.folder / "copy.db"
        held.ask("backup", str(copy))
        receiver = Laptop(held.folder.parent / "receiver" / "restored", held.folder)
        receiver.ask("restore", str(copy))
        receiver.ask("device", "identity", str(other))
        held.ask("device", "trust", str(other), "--relation", "same")
        words.append(receiver.ask("device", "show")["ref"])
    before = held.verified()
    small_disk.leave(0 if command == "identity" else 4096)
    answer = held.process(*words, "--json", **small_disk.limits)
    assert answer.code == 2, answer
    assert_plain(answer.json)
    assert answer.json["code"] in small_disk.codes
    assert list(out.iterdir()) == []
    assert held.verified()["state"] == before["state"]
    small_disk.make_room()
    done = held.process(*words, "--json")
    assert done.code == 0, done
    assert sorted(out.iterdir()) != []


def test_a_folder_that_may_not_be_written_to_is_refused_in_words(held: Laptop) -> None:
    file = held.write("eve.json", eve(1))
    before = counts(held)
    out = held.folder / "closed"
    out.mkdir()
    attempts: list[tuple[Path, list[str]]] = [
        (held.home, ["import", str(file)]),
        (held.home, ["incident", "new", "--title", "x"]),
        (out, ["export", str(out / "out.csv"), "--as", "csv"]),
        (out, ["backup", str(out / "copy.db")]),
        (out, ["device", "identity", str(out / "me.identity")]),
        (out, ["--home", str(out / "new"), "init", "--org", "RXX", "--responder", "Asha"]),
    ]
    for folder, words in attempts:
        inside = [folder, *folder.rglob("*")]
        modes = {path: path.stat().st_mode for path in inside}
        for path in inside:
            path.chmod(modes[path] & ~0o222)
        try:
            answer = held.process(*words, "--json", preexec_fn=dropping_privileges)
        finally:
            for path in inside:
                path.chmod(modes[path])
        assert answer.code == 2, (words, answer)
        document = answer.json
        assert_plain({name: document.get("files", [document])[0][name] for name in ("what", "do", "code")})
    assert list(out.iterdir()) == []
    assert counts(held) == before
    assert sound(held)
