"""Laptops exchange by file: nothing is lost, nothing goes where it must not, nothing false is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.exchange_group import Group, device, refs, scope, state
from tests.scenarios.laptop import Laptop
from triage_app.formats import identity as identities
from triage_app.store import journal, peers


def test_the_whole_story_from_one_laptop_to_another_and_back_and_through_a_third(busy: tuple[Group, str, str]) -> None:
    group, ref, red = busy
    asha, ben, carys = group.asha, group.ben, group.carys

    # Asha to Ben: looked at first, which changes nothing, then merged.
    sent = group.send(asha, ben, "one.ctb")
    assert sent["withheld"] > 0
    assert sent["evidence"] == 6
    before = state(ben)
    preview = ben.ask("merge", "--dry-run", *sent["paths"])
    assert state(ben) == before
    assert preview["applied"] > 0
    done = ben.ask("merge", *sent["paths"])
    assert done == preview
    assert (done["conflicts"], done["pending"], done["refused"], done["evidence_new"]) == ([], 0, 0, 6)
    assert done["withheld"] == sent["withheld"]
    assert refs(ben) == {ref}
    assert scope(ben, ref) == scope(asha, ref)
    state(ben)
    seen = ben.ask("incident", "show", ref)
    assert seen["victims"][0]["person_name"] == "[masked]"
    assert ben.ask("person", "unmask", seen["victims"][0]["person"])["name"] == "Morag Sinclair"
    assert [row["what"] for row in ben.ask("access", "list")] == ["unmask"]
    assert seen["victims"][0]["actions"][0]["outcome"] == "Called her back"
    assert "fax" in str(seen["notes"])

    # Once more: nothing.
    held = state(ben)
    again = ben.ask("merge", *sent["paths"])
    assert (again["applied"], again["evidence_new"], again["conflicts"]) == (0, 0, [])
    assert state(ben) == held

    # Both go on; Ben's comes to Asha.
    asha.ask("incident", "set", ref, "determination", "suspected")
    ben.ask("incident", "set", ref, "determination", "confirmed")
    ben.ask("incident", "note", ref, "Fax unplugged")
    ben.ask("incident", "classify", ref, "--campaign", "Winter loader")
    asha.ask("incident", "set", ref, "severity", "80")
    assert scope(ben, ref) != scope(asha, ref)
    back = group.pass_on(ben, asha, "two.ctb")
    assert [(item["field"], sorted(v["value"] for v in item["values"])) for item in back["conflicts"]] == [
        ("determination", ["confirmed", "suspected"])
    ]
    shown = asha.ask("conflicts", "list")
    assert sorted(value["value"] for value in shown[0]["values"]) == ["confirmed", "suspected"]
    assert ben.ask("conflicts", "list") == []
    whole = asha.ask("incident", "show", ref)
    assert (whole["campaign"], whole["severity"], len(whole["notes"])) == ("Winter loader", 80, 2)

    # Through Carys to Ben: what Asha wrote reaches him from a hand that did not write it.
    to_carys = group.pass_on(asha, carys, "three.ctb")
    assert to_carys["pending"] == 0
    assert scope(carys, ref) == scope(asha, ref)
    to_ben = group.pass_on(carys, ben, "four.ctb")
    assert to_ben["pending"] == 0
    assert scope(asha, ref) == scope(ben, ref) == scope(carys, ref)
    assert len(ben.ask("conflicts", "list")) == 1

    # One settles it, the others follow.
    conflict = carys.ask("conflicts", "list")[0]
    carys.ask("conflicts", "resolve", conflict["entity"], conflict["field"], "--value", "confirmed")
    assert group.pass_on(carys, ben, "five.ctb")["conflicts"] == []
    group.pass_on(ben, asha, "six.ctb")
    for laptop in (asha, ben, carys):
        assert laptop.ask("conflicts", "list") == []
        assert laptop.ask("incident", "show", ref)["determination"] == "confirmed"
    assert scope(asha, ref) == scope(ben, ref) == scope(carys, ref)

    # The RED one was never there. Its label is lowered, and its words arrive, through Carys as well.
    for laptop in (ben, carys):
        assert laptop.refused("incident", "show", red)["code"] == "not-found"
    asha.ask("incident", "classify", red, "--tlp", "AMBER+STRICT")
    freed = group.pass_on(asha, carys, "seven.ctb")
    assert freed["pending"] == 0
    assert scope(carys, red) == scope(asha, red)
    group.pass_on(carys, ben, "eight.ctb")
    assert scope(ben, red) == scope(asha, red)
    assert "Only for Ben's eyes" in str(ben.ask("incident", "show", red)["notes"])

    # At the end all three hold the same, and every check passes everywhere.
    for number, (one, other) in enumerate([(ben, asha), (carys, asha), (asha, ben), (asha, carys)]):
        group.pass_on(one, other, f"last-{number}.ctb")
    assert state(asha) == state(ben) == state(carys)


def test_an_export_in_many_parts_carries_the_same(busy: tuple[Group, str, str]) -> None:
    group, ref, _ = busy
    asha, ben, carys = group.asha, group.ben, group.carys
    parts = group.send(asha, ben, "parts.ctb", "--part-bytes", "16000")["paths"]
    assert len(parts) > 1
    assert ben.ask("merge", *parts)["withheld"] == group.pass_on(asha, carys, "whole.ctb")["withheld"]
    assert scope(ben, ref) == scope(carys, ref) == scope(asha, ref)


def test_a_name_leaves_the_organisation_only_once_sharing_is_decided(busy: tuple[Group, str, str]) -> None:
    group, ref, _ = busy
    asha, peer = group.asha, group.peer
    asha.ask("incident", "classify", ref, "--tlp", "GREEN")
    victim = asha.ask("victim", "add", ref, "--person", "Ifor Prydderch")["ref"]
    assert group.send(asha, peer, "undecided.ctb")["people_withheld"] == 1
    peer.ask("merge", str(asha.folder / "undecided.ctb"))
    assert scope(peer, ref) == scope(asha, ref)
    person = peer.ask("victim", "show", victim)["person"]
    assert peer.ask("person", "unmask", person)["name"] == "[not shared]"
    asha.ask("victim", "set", victim, "sharing", "Eastvale, for its own staff")
    asha.ask("victim", "set", victim, "wish", "refused")
    group.pass_on(asha, peer, "refused.ctb")
    assert peer.ask("person", "unmask", person)["name"] == "[not shared]"
    asha.ask("victim", "set", victim, "wish", "agreed")
    group.pass_on(asha, peer, "agreed.ctb")
    assert peer.ask("person", "unmask", person)["name"] == "Ifor Prydderch"


@pytest.mark.parametrize("backwards", [False, True])
def test_parts_merged_one_by_one_in_any_order_arrive_at_the_same(busy: tuple[Group, str, str], backwards: bool) -> None:
    group, ref, _ = busy
    asha, ben = group.asha, group.ben
    parts = group.send(asha, ben, "parts.ctb", "--part-bytes", "16000")["paths"]
    for path in [*parts[::-1], *parts] if backwards else parts:
        ben.ask("merge", path)
    if backwards:
        group.pass_on(ben, asha, "what-i-have.ctb")
        group.pass_on(asha, ben, "rest.ctb")
    assert scope(ben, ref) == scope(asha, ref)
    person = ben.ask("victims", "list")[0]["person"]
    assert ben.ask("person", "unmask", person)["name"] == "Morag Sinclair"
    state(ben)


def test_lost_and_reordered_bundles_leave_gaps_that_a_later_one_heals(busy: tuple[Group, str, str]) -> None:
    group, ref, _ = busy
    asha, ben = group.asha, group.ben
    group.pass_on(asha, ben, "zero.ctb")
    group.pass_on(ben, asha, "ack.ctb")
    paths = []
    for number in range(3):
        asha.ask("incident", "set", ref, "severity", str(10 + number))
        paths.append(group.send(asha, ben, f"delta-{number}.ctb")["paths"][0])
        if number < 2:
            pretend_received(asha, ben)
    last = ben.ask("merge", paths[2])
    assert last["pending"] > 0
    assert last["applied"] == 0
    waiting = ben.ask("pending", "list")
    assert [item["reason"] for item in waiting] == ["gap"]
    assert ben.ask("incident", "show", ref)["severity"] != 12
    state(ben)
    assert ben.ask("merge", paths[0])["applied"] > 0
    healed = ben.ask("merge", paths[1])
    assert healed["pending"] == 0
    assert ben.ask("pending", "list") == []
    assert ben.ask("incident", "show", ref)["severity"] == 12
    assert scope(ben, ref) == scope(asha, ref)


def pretend_received(sender: Laptop, receiver: Laptop) -> None:
    """Let the sender believe that everything it has written has arrived."""
    name = device(receiver)
    with sender.session() as session, session.store.write():
        held = peers.held_by(session.store, name)
        vector = {**held.vector, session.device: journal.vector(session.store)[session.device]}
        peers.note_received(session.store, name, peers.Held(vector, held.lacks, held.imports), 0)


def test_amber_does_not_reach_a_peer_and_strict_stays_in_the_organisation(group: Group) -> None:
    asha = group.asha
    labelled = {}
    for label in ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"):
        labelled[label] = asha.ask("incident", "new", "--title", f"One that is {label}")["ref"]
        asha.ask("incident", "classify", labelled[label], "--tlp", label)
    unlabelled = asha.ask("incident", "new", "--title", "Nobody has labelled this")["ref"]
    for other, expected in (
        (group.peer, {"CLEAR", "GREEN"}),
        (group.linked, {"CLEAR", "GREEN", "AMBER"}),
        (group.ben, {"CLEAR", "GREEN", "AMBER", "AMBER+STRICT"}),
    ):
        group.pass_on(asha, other, f"to-{other.folder.name}.ctb")
        known = {labelled[label] for label in expected} | ({unlabelled} if other is group.ben else set())
        assert refs(other) == known
        assert all(scope(other, ref) == scope(asha, ref) for ref in known)
        state(other)


def test_a_lower_ceiling_is_kept_and_a_scope_sends_one_incident(busy: tuple[Group, str, str]) -> None:
    group, ref, _ = busy
    asha, ben = group.asha, group.ben
    other = asha.ask("incident", "new", "--title", "Another matter")["ref"]
    asha.ask("incident", "classify", other, "--tlp", "GREEN")
    group.pass_on(asha, ben, "green.ctb", "--tlp", "GREEN")
    assert refs(ben) == {other}
    group.pass_on(asha, group.carys, "one.ctb", "--incident", ref)
    assert refs(group.carys) == {ref}
    assert scope(group.carys, ref) == scope(asha, ref)
    assert len(group.carys.alerts()) == 2
    state(group.carys)


def test_red_goes_to_a_named_reader_and_to_nobody_else(busy: tuple[Group, str, str]) -> None:
    group, ref, red = busy
    asha = group.asha
    assert asha.ask("export", "--to", device(group.ben), str(asha.folder / "x.ctb"))["tlp"] != "TLP:RED"
    group.pass_on(asha, group.ben, "reader.ctb", "--reader", "Ben Okafor")
    assert refs(group.ben) == {ref, red}
    assert scope(group.ben, red) == scope(asha, red)
    # A named reader elsewhere gets what is RED for him, and not what is only for this organisation.
    group.pass_on(asha, group.peer, "elsewhere.ctb", "--reader", "Eilidh Fraser")
    assert refs(group.peer) == {red}
    # Ben passes nothing of it on.
    group.pass_on(group.ben, group.carys, "on.ctb")
    assert refs(group.carys) == {ref}


def test_red_never_goes_to_a_device_that_several_people_unlock(busy: tuple[Group, str, str], tmp_path: Path) -> None:
    group, _, _ = busy
    shared = identities.generate()
    public = shared.public(name="Ward desk", organisation="RXX", slots=2, created=0)
    (tmp_path / "desk.json").write_bytes(public.to_bytes())
    assert group.asha.run("device", "trust", str(tmp_path / "desk.json")).code == 0
    path = tmp_path / "red.ctb"
    refused = group.asha.refused("export", "--to", public.device, "--reader", "Ben Okafor", str(path))
    assert "2 people" in refused["what"]
    assert not path.exists()


def test_nobody_is_added_to_the_recipients(busy: tuple[Group, str, str]) -> None:
    group, _, _ = busy
    sent = group.send(group.asha, group.ben, "ben.ctb")
    assert [item["device"] for item in sent["recipients"]] == [device(group.ben)]
    assert group.carys.refused("merge", *sent["paths"])["code"] == "not-for-this-device"
    assert group.asha.refused("export", str(group.asha.folder / "none.ctb"))["what"] == "No recipient is chosen."


def test_a_merge_says_which_incidents_another_laptop_took_back(busy: tuple[Group, str, str]) -> None:
    group, ref, _ = busy
    asha, ben = group.asha, group.ben
    group.pass_on(asha, ben, "one.ctb")
    made = asha.ask("incident", "new", "--title", "By mistake")
    group.pass_on(asha, ben, "two.ctb")
    asha.ask("undo", made["act"])
    told = group.pass_on(asha, ben, "three.ctb")["incidents"]
    assert [(item["ref"], item["state"]) for item in told] == [(made["ref"], "taken back")]
    assert refs(ben) == {ref}
