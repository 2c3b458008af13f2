"""What the IT department enforces holds on the command line: shown with its source, and refused with the reason."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Enforce
from tests.scenarios.exchange_group import Group, device
from tests.scenarios.laptop import NOW, Laptop, eve, run_here

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the registry takes the place of the file")


def asked(*words: str, code: int = 0) -> Any:
    answer = run_here([*words, "--json"])
    assert answer.code == code, answer
    return answer.json


def set_by_it(laptop: Laptop, *words: str) -> str:
    """Run a command that must be refused for what IT has set, and return what was said."""
    found = laptop.refused(*words)
    assert found["code"] == "set-by-it", found
    assert "IT department" in found["what"]
    assert "triage policy" in found["do"]
    return found["what"]


def test_without_any_policy_it_says_so_and_where_it_looked(no_real_policy: Path) -> None:
    answer = run_here(["policy"])
    assert answer.code == 0
    assert "enforces nothing" in answer.out
    assert str(no_real_policy) in answer.out


def test_policy_shows_what_is_in_force_and_where_from_without_a_store(enforce: Enforce) -> None:
    path = enforce(IdleLockMinutes=10, HighestLabel="GREEN", TrustedCentres=["ab" * 16])
    found = asked("policy")
    assert {one["id"]: one["value"] for one in found["policies"]} == {
        "IdleLockMinutes": 10, "HighestLabel": "TLP:GREEN", "TrustedCentres": ["ab" * 16],
    }  # fmt: skip
    assert {one["source"] for one in found["policies"]} == {str(path)}
    assert found["problems"] == []


def test_policy_names_what_was_refused_and_ends_with_one(enforce: Enforce) -> None:
    path = enforce(IdleLockMinutes="soon", Sound="quiet")
    found = asked("policy", code=1)
    assert [one["value"] for one in found["policies"]] == [5]
    assert len(found["problems"]) == 2
    assert [one["name"] for one in found["unknown"]] == ["Sound"]
    path.chmod(0o666)
    found = asked("policy", code=1)
    assert found["sources"][0]["refused"]
    assert len(found["policies"]) == 10


def test_a_refused_policy_is_said_at_each_unlocking(laptop: Laptop, enforce: Enforce) -> None:
    enforce(PartMegabytes=1)
    assert "PartMegabytes" in laptop.run("settings", "get").err


def test_a_limit_is_kept_below_and_refused_above(laptop: Laptop, enforce: Enforce) -> None:
    laptop.ask("settings", "set", "idle-lock-minutes", "60")
    enforce(IdleLockMinutes=10, PartMegabytes=5)
    found = laptop.ask("settings", "get")
    assert (found["idle-lock-minutes"], found["part-megabytes"]) == (10, 5)
    assert "10 at most" in set_by_it(laptop, "settings", "set", "idle-lock-minutes", "11")
    assert laptop.ask("settings", "set", "idle-lock-minutes", "3") == {"idle-lock-minutes": 3}
    assert "5 at most" in set_by_it(laptop, "settings", "set", "part-megabytes", "6")


def test_a_fixed_folder_is_watched_and_no_other(laptop: Laptop, enforce: Enforce) -> None:
    drop, other = laptop.folder / "drop", laptop.folder / "other"
    for folder in (drop, other):
        folder.mkdir()
        (folder / "eve.json").write_text(eve(1))
    enforce(DropFolder=str(drop), MergeUnasked="off")
    found = laptop.ask("settings", "get")
    assert (found["watch"], found["watch-folder"], found["watch-merge"]) == ("on", str(drop), "off")
    for key, value in (("watch", "off"), ("watch-folder", str(other)), ("watch-merge", "on")):
        set_by_it(laptop, "settings", "set", key, value)
    assert laptop.ask("settings", "set", "watch", "on") == {"watch": "on"}, "what holds anyway may be asked for"
    set_by_it(laptop, "watch", str(other), "--once", "--settle", "0")
    set_by_it(laptop, "watch", str(drop), "--once", "--settle", "0", "--merge")
    assert len(laptop.ask("watch", str(drop), "--once", "--settle", "0")["files"]) == 1


def test_a_drop_folder_that_is_none_has_nothing_watched(laptop: Laptop, enforce: Enforce) -> None:
    enforce(DropFolder="drop")
    assert laptop.ask("settings", "get", "watch") == {"watch": "off"}
    set_by_it(laptop, "watch", str(laptop.folder), "--once", "--settle", "0")


def test_the_second_place_is_as_it_was_set(laptop: Laptop, enforce: Enforce) -> None:
    enforce(BackupFolder="/mnt/soc/backups")
    assert laptop.ask("backup", "place")["place"] == "/mnt/soc/backups"
    set_by_it(laptop, "backup", "place", str(laptop.folder))
    set_by_it(laptop, "backup", "place", "--none")
    assert "/mnt/soc/backups" in laptop.run("backup", "now").out


def test_the_language_is_a_first_value_that_each_may_change(laptop: Laptop, enforce: Enforce) -> None:
    enforce(Language="cy")
    assert laptop.ask("settings", "get", "language") == {"language": "cy"}
    assert laptop.ask("settings", "set", "language", "en") == {"language": "en"}
    assert laptop.ask("settings", "get", "language") == {"language": "en"}


def test_a_store_elsewhere_is_neither_made_nor_opened(laptop: Laptop, enforce: Enforce, tmp_path: Path) -> None:
    enforce(StoreFolder=str(laptop.home))
    assert laptop.ask("verify")["ok"]
    enforce(StoreFolder=str(tmp_path / "elsewhere"))
    assert asked("policy")["home"] == str(tmp_path / "elsewhere")
    said = set_by_it(laptop, "verify")
    assert str(tmp_path / "elsewhere") in said
    words = ["--now", NOW, "--passphrase-file", str(laptop.folder / "passphrase.txt")]
    new = ["init", "--org", "RXX", "--responder", "Asha Rahman"]
    assert asked("--home", str(tmp_path / "third"), *words, *new, code=2)["code"] == "set-by-it"
    assert not (tmp_path / "third").exists()
    assert asked(*words, *new)["id"]
    assert (tmp_path / "elsewhere" / "store.db").is_file()
    below = tmp_path / "elsewhere" / "exercise"
    assert asked("--home", str(below), *words, *new)["id"], "a folder below it is in it"


def test_a_store_folder_that_cannot_be_read_stops_new_stores_alone(
    laptop: Laptop, enforce: Enforce, tmp_path: Path
) -> None:
    enforce(StoreFolder="somewhere")
    assert laptop.ask("verify")["ok"]
    words = ["--now", NOW, "--passphrase-file", str(laptop.folder / "passphrase.txt")]
    found = asked("--home", str(tmp_path / "new"), *words, "init", "--org", "RXX", "--responder", "A", code=2)
    assert found["code"] == "set-by-it"


def test_exercises_and_demonstrations_can_be_switched_off(laptop: Laptop, enforce: Enforce, tmp_path: Path) -> None:
    enforce(PractiseStores=False)
    words = ["--home", str(tmp_path / "new"), "--passphrase-file", str(laptop.folder / "passphrase.txt")]
    new = ["init", "--org", "RXX", "--responder", "Asha Rahman"]
    assert asked(*words, *new, "--exercise", code=2)["code"] == "set-by-it"
    assert asked("demo", "--out", str(tmp_path / "demo"), code=2)["code"] == "set-by-it"
    assert laptop.ask("verify")["ok"], "what was made before still opens"
    assert asked(*words, *new)["id"]


def test_nothing_above_the_highest_label_is_exported_and_asking_for_it_is_refused(
    group: Group, enforce: Enforce
) -> None:
    asha, ben = group.asha, group.ben
    asha.ask("incident", "new", "--title", "Ours alone")
    green = asha.ask("incident", "new", "--title", "For all")["ref"]
    asha.ask("incident", "classify", green, "--tlp", "GREEN")
    enforce(HighestLabel="GREEN")
    to = ("export", "--to", device(ben))
    assert "TLP:AMBER" in set_by_it(asha, *to, "--tlp", "AMBER", str(asha.folder / "a.bundle"))
    set_by_it(asha, *to, "--reader", "Ben Okafor", str(asha.folder / "b.bundle"))
    done = asha.ask(*to, str(asha.folder / "c.bundle"))
    assert done["ceiling"] == "TLP:GREEN"
    ben.ask("merge", *done["paths"])
    assert [one["title"] for one in ben.ask("incidents", "list")] == ["For all"]
    set_by_it(asha, "export", "--as", "csv", "--tlp", "AMBER", str(asha.folder / "d.csv"))
    assert asha.ask("export", "--as", "csv", str(asha.folder / "e.csv"))["incidents"] == 1
    assert "Ours alone" not in (asha.folder / "e.csv").read_text()


def test_only_the_centres_that_are_named_can_be_trusted_or_vouch_for_anybody(group: Group, enforce: Enforce) -> None:
    asha, linked, peer = group.asha, group.linked, group.peer
    key = linked.ask("org-key", "create", "--role", "centre")["authority"]
    linked.ask("org-key", "identity", str(linked.folder / "key.json"))
    trust = ("org-key", "trust", str(linked.folder / "key.json"), "--relation", "parent")
    enforce(TrustedCentres=["ab" * 16])
    assert "not among the centres" in set_by_it(asha, *trust)
    enforce(TrustedCentres=[key])
    assert asha.ask(*trust)["authority"] == key
    assert peer.ask("org-key", "create")["authority"], "the key that a laptop holds itself is its own affair"


def test_a_laptop_that_an_unnamed_centre_vouches_for_is_neither_sent_to_nor_merged_from(
    tmp_path: Path, enforce: Enforce
) -> None:
    from tests.scenarios.exchange_group import made

    asha, desk = made(tmp_path / "a", "RXX", "Asha Rahman"), made(tmp_path / "d", "RYY", "Dai Morgan")
    new = made(tmp_path / "n", "RYY", "Nia Price")
    key = desk.ask("org-key", "create")["authority"]
    desk.ask("org-key", "identity", str(desk.folder / "key.json"))
    desk.ask("device", "trust", str(asha.folder / "identity.json"))
    desk.ask("device", "certify", str(new.folder / "identity.json"))
    asha.ask("org-key", "trust", str(desk.folder / "key.json"), "--relation", "parent")
    asha.ask("device", "trust", str(desk.folder / "identity.json"), "--relation", "parent")
    asha.ask("merge", *desk.ask("export", "--to", device(asha), str(desk.folder / "x.bundle"))["paths"])
    to_new = ("export", "--to", device(new), str(asha.folder / "n.bundle"))
    assert asha.ask(*to_new)["paths"]
    new.ask("device", "trust", str(asha.folder / "identity.json"))
    sent = new.ask("export", "--to", device(asha), str(new.folder / "n.bundle"))["paths"]
    state = asha.verified()["state"]
    enforce(TrustedCentres=["ab" * 16])
    set_by_it(asha, *to_new)
    set_by_it(asha, "merge", *sent)
    assert asha.ask("export", "--to", device(desk), str(asha.folder / "d.bundle"))["paths"], "trusted by a person"
    assert asha.verified()["state"] == state, "a policy changes nothing that is held"
    enforce(TrustedCentres=[key])
    assert asha.ask("merge", *sent)["refused"] == 0
