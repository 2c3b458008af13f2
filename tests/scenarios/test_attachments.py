"""Evidence from the command line: attached, handed over, verified, let out, held, destroyed; a crash; a full disk."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.scenarios.commands import MADE
from tests.scenarios.exchange_group import Group
from tests.scenarios.laptop import Laptop, assert_plain, copied
from tests.scenarios.small_disk import SmallDisk
from tests.unit.formats.test_sealed_zip import opened as unzipped


@pytest.fixture
def incident(laptop: Laptop) -> str:
    return str(laptop.ask("incident", "new", "--title", "Ransomware")["ref"])


def test_a_file_goes_its_way_from_the_ward_to_its_end(laptop: Laptop, incident: str) -> None:
    data = os.urandom(2_500_000)
    file = laptop.write("Bel Okafor.dmp", data)
    told = laptop.ask("attach", incident, str(file), "--taken-by", "Jo Pryce", "--role", "Engineer", "--where", "7B",
                      "--when", "-10m", "--from", "CT-1", "--what", "Memory", "--tlp", "red")  # fmt: skip
    assert set(told) >= MADE
    assert (told["size"], told["same"]) == (2_500_000, [])
    ref = told["ref"]
    assert laptop.ask("attach", incident, str(file))["same"] == [ref]
    laptop.ask("undo")
    assert laptop.ask("attachment", "hand-over", ref, "--to", "DC Amin", "--seal", "B1", "--because", "case")[
        "holder"
    ] == "DC Amin"  # fmt: skip
    assert laptop.ask("attachment", "receive", ref, "--by", "DC Amin")["holder"] == "DC Amin"
    laptop.ask("attachment", "return", ref, "--to", "Jo Pryce")
    shown = laptop.ask("attachment", "show", ref.lower())
    assert [said["event"] for said in shown["custody"]] == ["handed-over", "received", "returned"]
    assert ([view["what"] for view in shown["views"]], shown["state"]) == (["view"], "good")
    entry = shown["custody"][0]["id"]
    laptop.ask("attachment", "correct", ref, "--entry", entry, "--set", "seal=B2", "--because", "misread")
    laptop.refused("attachment", "correct", ref, "--entry", "none", "--set", "seal=B2", "--because", "misread")
    assert laptop.ask("attachment", "verify")["attachments"][0]["state"] == "good"
    assert laptop.ask("attachment", "verify", ref, "--only-look")["act"] == ""
    out = laptop.folder / "out.zip"
    exported = laptop.ask("attachment", "export", ref, str(out), "--to", "NCSC")
    assert unzipped(out.read_bytes(), exported["passphrase"])[f"{ref}.evidence"] == data
    laptop.refused("attachment", "export", ref, str(out))
    laptop.refused("attachment", "export", ref, str(laptop.profile.store))
    laptop.ask("attachment", "form", ref, str(laptop.folder / "form.txt"))
    assert "seal B2" in (laptop.folder / "form.txt").read_text()
    laptop.ask("attachment", "hold", ref, "--because", "police")
    assert laptop.refused("attachment", "destroy", ref, "--decided-by", "SIRO", "--because", "end")["code"] == "on-hold"
    laptop.ask("attachment", "hold", ref, "--lift", "--because", "over")
    laptop.ask("attachment", "destroy", ref, "--decided-by", "SIRO", "--because", "end")
    assert [row["state"] for row in laptop.ask("attachment", "list", incident)] == ["destroyed"]
    assert "destroyed" in laptop.run("attachment", "list").out
    before = laptop.verified()
    assert laptop.ask("rebuild")["state"] == before["state"]
    laptop.ask("undo")
    assert laptop.verified()["ok"]


def test_bad_files_are_refused_with_what_to_do(laptop: Laptop, incident: str) -> None:
    big = laptop.folder / "big"
    with big.open("wb") as file:
        file.truncate(5 * 1024**3)
    laptop.write("empty", b"")
    assert laptop.refused("attach", incident, str(big))["code"] == "too-large"
    for name in ("empty", "none", "."):
        laptop.refused("attach", incident, str(laptop.folder / name))
    laptop.refused("attach", "RXX-NONE-0001", str(big))
    laptop.refused("attachment", "show", "RXX-NONE-E0001")
    assert laptop.ask("attachment", "list") == []


def test_a_program_that_is_killed_while_attaching_leaves_nothing(laptop: Laptop, incident: str) -> None:
    file = laptop.folder / "long"
    with file.open("wb") as made:
        made.truncate(600 * 1024 * 1024)
    size = laptop.profile.store.stat().st_size
    process = laptop.start("attach", incident, str(file))
    while process.poll() is None and laptop.profile.store.stat().st_size < size + 20_000_000:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL  # not too late: it was still reading
    assert laptop.ask("attachment", "list") == []
    assert laptop.verified()["ok"]
    laptop.ask("incident", "note", incident, "After the crash")
    with laptop.session() as session:
        assert session.store.value("SELECT count(*) FROM blob") == 0
        assert session.store.value("SELECT count(*) FROM loading_piece") == 0


def test_a_full_disk_keeps_nothing_of_a_file(laptop: Laptop, small_disk: SmallDisk, tmp_path: Path) -> None:
    held = copied(laptop, small_disk.folder / "laptop")
    ref = held.ask("incident", "new", "--title", "Ransomware")["ref"]
    file = tmp_path / "file"
    file.write_bytes(os.urandom(12_000_000))
    small_disk.leave(3_000_000, held.profile.store)
    answer = held.process("attach", ref, str(file), "--json", **small_disk.limits)
    assert answer.code == 2, answer
    assert_plain(answer.json)
    assert answer.json["code"] in small_disk.codes
    if small_disk.mounted:  # nothing was begun, so there is room to say what happened
        assert held.process("incident", "note", ref, "The disk is full", "--json").code == 0
    small_disk.make_room()
    assert held.ask("attachment", "list") == []
    assert held.verified()["ok"]
    held.ask("attach", ref, str(file))
    assert held.ask("attachment", "verify")["ok"]


def test_a_laptop_of_the_same_trust_gets_the_file_and_another_only_what_its_label_allows(
    group: Group, tmp_path: Path
) -> None:
    ref = group.asha.ask("incident", "new", "--title", "Ransomware")["ref"]
    file = tmp_path / "file"
    file.write_bytes(b"evidence" * 1000)
    group.asha.ask("attach", ref, str(file))
    group.pass_on(group.asha, group.ben, "one.triage")
    group.pass_on(group.asha, group.peer, "two.triage")
    assert [row["state"] for row in group.ben.ask("attachment", "list")] == ["good"]
    assert group.ben.ask("attachment", "verify")["ok"]
    assert group.peer.ask("attachment", "list") == []
    assert group.peer.verified()["ok"]
