"""What goes into a bundle, and for whom: groups, scopes, sizes, parts, passphrases; and what the recipient is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.exchange_group import Group, device, made, refs, scope, trust
from tests.scenarios.laptop import Laptop, eve
from triage_app.formats import bundle as bundles


def export(laptop: Laptop, name: str, *words: str) -> dict[str, Any]:
    return dict(laptop.ask("export", str(laptop.folder / name), *words))


def estimate(laptop: Laptop, *words: str) -> dict[str, Any]:
    return dict(laptop.ask("export", "--estimate", *words))


# ---- groups ------------------------------------------------------------------------------------------------


def test_a_group_names_its_members_and_an_export_to_it_is_sealed_for_exactly_them(busy: tuple[Group, str, str]) -> None:
    group, ref, _ = busy
    asha, ben, carys = group.asha, group.ben, group.carys
    kept = asha.ask("group", "make", "Night shift", device(ben), device(carys))
    assert [one["name"] for one in kept["members"]] == ["Ben's laptop", "Carys's laptop"]
    assert {one["ceiling"] for one in kept["members"]} == {"TLP:AMBER+STRICT"}
    assert asha.ask("group", "list") == [kept]
    sent = export(asha, "group.ctb", "--to-group", "Night shift")
    assert {one["device"] for one in sent["recipients"]} == {device(ben), device(carys)}
    for member in (ben, carys):
        member.ask("merge", *sent["paths"])
        assert refs(member) == {ref}
    assert group.linked.refused("merge", *sent["paths"])["code"] == "not-for-this-device"
    assert asha.refused("group", "make", "Night shift", device(ben))["what"].endswith("already.")
    asha.ask("group", "drop", "Night shift")
    assert asha.ask("group", "list") == []
    assert asha.refused("export", "--to-group", "Night shift", str(asha.folder / "no.ctb"))["code"] == "not-found"


def test_a_member_that_was_revoked_is_named_and_left_out_only_once_somebody_says_so(
    busy: tuple[Group, str, str],
) -> None:
    group, _, _ = busy
    asha, ben, carys = group.asha, group.ben, group.carys
    asha.ask("group", "make", "Night shift", device(ben), device(carys))
    asha.ask("device", "revoke", device(ben), "--because", "Stolen", "--after", "0")
    path = asha.folder / "night.ctb"
    refused = asha.refused("export", "--to-group", "Night shift", str(path))
    assert "Ben's laptop" in refused["what"]
    assert "revoked" in refused["what"]
    assert not path.exists()
    tag = next(one["ref"] for one in asha.ask("group", "list")[0]["members"] if one["why_not"])
    sent = export(asha, "night.ctb", "--to-group", "Night shift", "--leave-out", tag)
    assert [one["device"] for one in sent["recipients"]] == [device(carys)]


# ---- scope and window --------------------------------------------------------------------------------------


def two_days(asha: Laptop) -> tuple[str, str]:
    """Two incidents, opened and reported on different days."""
    early = asha.ask("--now", "2026-11-20T09:00:00Z", "incident", "new", "--title", "On Friday")["ref"]
    late = asha.ask("--now", "2026-11-22T09:00:00Z", "incident", "new", "--title", "On Sunday")["ref"]
    asha.ask("--now", "2026-11-22T09:05:00Z", "incident", "set", late, "reported", "2026-11-19 10:00")
    for ref in (early, late):
        asha.ask("--now", "2026-11-22T09:10:00Z", "incident", "classify", ref, "--tlp", "GREEN")
    return early, late


def test_a_window_by_writing_and_one_by_reporting_choose_differently(group: Group) -> None:
    asha, ben, carys = group.asha, group.ben, group.carys
    early, late = two_days(asha)
    window = ("--since", "2026-11-20", "--until", "2026-11-21")
    written = export(asha, "written.ctb", "--to", device(ben), *window)
    ben.ask("merge", *written["paths"])
    assert refs(ben) == {early}
    reported = ("--since", "2026-11-19", "--until", "2026-11-20", "--by", "reported")
    sent = export(asha, "reported.ctb", "--to", device(carys), *reported)
    carys.ask("merge", *sent["paths"])
    assert refs(carys) == {late}
    words = asha.run("export", "--to", device(ben), *reported, str(asha.folder / "words.ctb"))
    assert "Incidents that were reported from 2026-11-19" in words.err
    backwards = ("--since", "2026-11-21", "--until", "2026-11-20")
    assert "ends before" in asha.refused("export", "--to", device(ben), *backwards, str(asha.folder / "x.ctb"))["what"]


def test_evidence_goes_with_the_window_in_which_it_was_imported_or_linked(group: Group) -> None:
    asha, ben = group.asha, group.ben
    for day, first in (("20", 0), ("22", 10)):
        asha.ask("--now", f"2026-11-{day}T09:00:00Z", "import",
                 str(asha.write(f"{day}.json", "\n".join(eve(first + n) for n in range(4)) + "\n")))  # fmt: skip
    linked = asha.alerts()[-1]["id"]
    asha.ask("--now", "2026-11-22T10:00:00Z", "alert", "promote", linked, "--title", "One of Friday's")
    sent = export(asha, "sunday.ctb", "--to", device(ben), "--since", "2026-11-21")
    assert (sent["evidence"], sent["evidence_out_of_scope"]) == (5, 3)
    ben.ask("merge", *sent["paths"])
    assert len(ben.alerts()) == 5
    assert ben.verified()["ok"]


def test_what_scope_and_label_keep_back_is_counted_apart_and_a_wider_export_fills_it(
    busy: tuple[Group, str, str],
) -> None:
    group, ref, red = busy
    asha, ben = group.asha, group.ben
    other = asha.ask("incident", "new", "--title", "Another matter")["ref"]
    narrow = export(asha, "narrow.ctb", "--to", device(ben), "--incident", other)
    assert narrow["withheld_by_label"] > 0
    assert narrow["withheld_by_scope"] > 0
    assert narrow["evidence_out_of_scope"] == 6
    told = ben.ask("merge", *narrow["paths"])
    assert told["withheld_by_scope"] == narrow["withheld_by_scope"]
    assert told["withheld_by_label"] == narrow["withheld_by_label"]
    assert refs(ben) == {other}
    inspected = ben.ask("inspect", *narrow["paths"])["counts"]
    assert (inspected["withheld_by_scope"], inspected["evidence_out_of_scope"]) == (narrow["withheld_by_scope"], 6)
    wide = export(asha, "wide.ctb", "--to", device(ben))
    assert wide["withheld_by_scope"] == 0
    assert wide["withheld_by_label"] == narrow["withheld_by_label"]
    assert ben.ask("merge", *wide["paths"])["applied"] >= narrow["withheld_by_scope"]
    assert refs(ben) == {other, ref}
    assert scope(ben, ref) == scope(asha, ref)
    asha.ask("incident", "classify", red, "--tlp", "AMBER+STRICT")
    group.pass_on(asha, ben, "freed.ctb")
    assert refs(ben) == {other, ref, red}


def test_a_delta_says_what_the_peer_is_known_to_hold_and_full_sends_all_again(busy: tuple[Group, str, str]) -> None:
    group, _, _ = busy
    asha, ben = group.asha, group.ben
    first = group.send(asha, ben, "one.ctb")
    assert [(one["as_of"], one["held"]) for one in first["known"]] == [(None, 0)]
    ben.ask("merge", *first["paths"])
    group.pass_on(ben, asha, "back.ctb")
    asha.ask("incident", "new", "--title", "Since then")
    delta = group.send(asha, ben, "two.ctb")
    known = delta["known"][0]
    assert known["name"] == "Ben's laptop"
    assert 0 < known["held"] < known["of"]
    assert known["as_of"] is not None
    full = group.send(asha, ben, "full.ctb", "--full")
    assert full["bodies"] > delta["bodies"]
    assert full["known"] == []
    assert "held" in asha.run("export", "--to", device(ben), str(asha.folder / "words.ctb")).err


# ---- sizes and parts ---------------------------------------------------------------------------------------


def test_the_estimate_is_near_the_size_that_is_written_and_writes_nothing(busy: tuple[Group, str, str]) -> None:
    group, _, _ = busy
    asha, ben = group.asha, group.ben
    rows = "\n".join(eve(number, signature=f"LOCAL beacon {number * 7919 % 4001}") for number in range(9_000))
    asha.take(asha.write("many.json", rows + "\n"))
    asha.batch(*(f'incident new --title "Number {number} of many, about the ward"' for number in range(300)))
    before = sorted(path.name for path in asha.folder.iterdir())
    guess = estimate(asha, "--to", device(ben))
    assert sorted(path.name for path in asha.folder.iterdir()) == before
    done = group.send(asha, ben, "many.ctb")
    assert done["bytes"] > 100_000
    assert abs(guess["bytes"] - done["bytes"]) < 0.2 * done["bytes"], (guess["bytes"], done["bytes"])
    for name in ("bodies", "evidence", "withheld_by_label", "withheld_by_scope"):
        assert guess[name] == done[name]
    assert guess["parts"] == len(done["paths"]) == 1
    small = ("--part-bytes", "150000")
    parts = group.send(asha, ben, "small.ctb", "--full", *small)["paths"]
    assert abs(estimate(asha, "--to", device(ben), "--full", *small)["parts"] - len(parts)) <= 1 + len(parts) // 5


def test_no_part_is_larger_than_the_setting(busy: tuple[Group, str, str]) -> None:
    group, _, _ = busy
    asha, ben = group.asha, group.ben
    assert asha.ask("settings", "get", "part-megabytes") == {"part-megabytes": 20}
    asha.ask("settings", "set", "part-megabytes", "2")
    ref = asha.ask("incident", "new", "--title", "With files")["ref"]
    for number in range(3):
        seed = number + 1
        noise = bytes((seed := seed * 1103515245 + 12345 & 0x7FFFFFFF) >> 16 & 255 for _ in range(1_500_000))
        path = asha.folder / f"disk-{number}.bin"
        path.write_bytes(noise)
        words = ("--taken-by", "Asha Rahman", "--when", "2026-11-22 03:00", "--from", "pc-1", "--what", "A disk")
        asha.ask("attach", ref, str(path), *words)
    done = group.send(asha, ben, "files.ctb")
    sizes = [Path(path).stat().st_size for path in done["paths"]]
    assert len(sizes) > 1
    assert max(sizes) <= 2_000_000
    guess = estimate(asha, "--to", device(ben))
    assert guess["parts"] == len(sizes)
    assert len(group.send(asha, ben, "stick.ctb", "--stick")["paths"]) == 1
    assert ben.ask("merge", *done["paths"])["refused"] == 0
    assert scope(ben, ref) == scope(asha, ref)


def test_a_part_with_no_room_is_refused_in_words(busy: tuple[Group, str, str]) -> None:
    group, _, _ = busy
    path = group.asha.folder / "tiny.ctb"
    refused = group.asha.refused("export", "--to", device(group.ben), "--part-bytes", "2000", str(path))
    assert "no room" in refused["what"]
    assert not path.exists()


# ---- passphrases -------------------------------------------------------------------------------------------


def words_file(laptop: Laptop, words: str = "quiet otter seven lanterns") -> Path:
    return laptop.write("bundle-words.txt", words + "\n")


@pytest.mark.slow
def test_a_passphrase_bundle_carries_green_and_is_read_by_whoever_trusts_its_sender(
    busy: tuple[Group, str, str], tmp_path: Path
) -> None:
    group, ref, _ = busy
    asha = group.asha
    green = asha.ask("incident", "new", "--title", "For everybody")["ref"]
    asha.ask("incident", "classify", green, "--tlp", "GREEN")
    amber = asha.ask("incident", "new", "--title", "For a few")["ref"]
    asha.ask("incident", "classify", amber, "--tlp", "AMBER")
    key = words_file(asha)
    sent = export(asha, "open.ctb", "--passphrase-file", str(key))
    assert (sent["ceiling"], sent["recipients"]) == ("TLP:GREEN", [])
    stranger = made(tmp_path / "stranger", "RVV", "Gwen Pritchard")
    refused = stranger.refused("merge", *sent["paths"])
    assert refused["code"] == "passphrase-needed"
    wrong = stranger.write("wrong.txt", "another otter entirely here\n")
    words = ("--bundle-passphrase-file", str(wrong))
    assert stranger.refused("merge", *sent["paths"], *words)["code"] == "wrong-passphrase"
    right = ("--bundle-passphrase-file", str(words_file(stranger)))
    assert stranger.ask("inspect", *sent["paths"], *right)["tlp"] == "TLP:GREEN"
    # The passphrase opens it; whose word counts is another matter.
    assert stranger.refused("merge", *sent["paths"], *right)["code"] == "untrusted"
    assert refs(stranger) == set()
    waiting = stranger.ask("pending", "list")
    trust(stranger, asha, "--relation", "peer")
    assert waiting
    released = stranger.ask("pending", "release", device(asha), *right)
    assert released["merged"]["applied"] > 0
    assert refs(stranger) == {green}
    assert stranger.ask("merge", *sent["paths"], *right)["applied"] == 0
    noted = [row for row in asha.ask("access", "list") if row["what"] == "export"]
    assert "passphrase" in json.dumps(noted)
    # AMBER goes along for a named reader alone, and nothing above it does.
    named = export(asha, "named.ctb", "--passphrase-file", str(key), "--reader", "Gwen Pritchard", "--tlp", "RED")
    assert (named["ceiling"], named["reader"]) == ("TLP:AMBER", "Gwen Pritchard")
    stranger.ask("merge", *named["paths"], *right)
    assert refs(stranger) == {green, amber}
    assert stranger.ask("inspect", *named["paths"], *right)["reader"] == "Gwen Pritchard"
    assert ref not in refs(stranger)


def test_a_weak_passphrase_and_one_beside_devices_are_refused(busy: tuple[Group, str, str]) -> None:
    group, _, _ = busy
    asha = group.asha
    path = asha.folder / "weak.ctb"
    weak = asha.refused("export", str(path), "--passphrase-file", str(words_file(asha, "password")))
    assert "too weak" in weak["what"]
    both = ("--passphrase-file", str(words_file(asha)), "--to", device(group.ben))
    assert "not to both" in asha.refused("export", str(path), *both)["what"]
    assert not path.exists()


@pytest.mark.usefixtures("dearly_sealed")
def test_a_bundle_to_a_passphrase_names_no_device(busy: tuple[Group, str, str]) -> None:
    group, _, _ = busy
    sent = export(group.asha, "open.ctb", "--passphrase-file", str(words_file(group.asha)))
    manifest = bundles.peek_bundle(
        Path(sent["paths"][0]), identities=[], my_device="", passphrase="quiet otter seven lanterns"
    )
    assert manifest["to"] == []
    assert "reader" not in manifest
