"""Who and what can unlock a laptop: responders, the recovery key, the sealed envelope."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.exchange_group import Group
from tests.scenarios.laptop import NOW, PASSPHRASE, Laptop, clock
from triage_app.errors import BadInput
from triage_app.formats import identity as identities
from triage_app.services import openings
from triage_app.services import session as sessions
from triage_app.store import peers

BEN = "the heron wades at noon"
EVE = "a fourth phrase for the night"


@pytest.fixture
def shared(laptop: Laptop) -> Laptop:
    """A laptop that two responders can unlock."""
    laptop.write("ben.txt", BEN)
    laptop.ask("slots", "add", "--responder", "Ben Okafor", "--new-passphrase-file", str(laptop.folder / "ben.txt"))
    return laptop


def as_ben(laptop: Laptop) -> Laptop:
    """The same profile, unlocked with Ben's passphrase."""
    folder = laptop.folder / "ben"
    folder.mkdir(exist_ok=True)
    (folder / "passphrase.txt").write_text(BEN)
    return Laptop(laptop.home, folder)


def slots_of(laptop: Laptop) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in laptop.ask("slots", "list")}


def published(laptop: Laptop) -> int:
    """How many can unlock it, as its identity file says."""
    path = laptop.folder / "own.identity"
    path.unlink(missing_ok=True)
    laptop.ask("device", "identity", str(path))
    return identities.PublicIdentity.from_bytes(path.read_bytes()).slots


# ---- responders ----------------------------------------------------------------------------------------------


def test_each_responder_unlocks_with_their_own_passphrase_and_their_acts_carry_their_name(shared: Laptop) -> None:
    shared.ask("incident", "new", "--title", "Asha's")
    as_ben(shared).ask("incident", "new", "--title", "Ben's")
    who = [row["who"] for row in shared.ask("journal", "list")[:2]]
    assert who[0] == "Ben Okafor"
    assert who[1] != "Ben Okafor"


def test_the_list_says_who_since_when_and_when_last(shared: Laptop) -> None:
    found = slots_of(shared)
    assert {row["kind"] for row in found.values()} == {"responder", "recovery"}
    assert found["Ben Okafor"]["used"] is None
    as_ben(shared).ask("incident", "new", "--title", "Ben's")
    assert slots_of(shared)["Ben Okafor"]["used"]
    assert all(row["since"] for row in found.values())


def test_a_responder_who_is_removed_opens_nothing_and_the_last_one_stays(shared: Laptop) -> None:
    answer = shared.run("slots", "remove", "Ben Okafor")
    assert answer.code == 0
    assert "re-key" in answer.err
    assert as_ben(shared).refused("alerts", "list")["code"] == "wrong-passphrase"
    last = next(row["name"] for row in shared.ask("slots", "list") if row["kind"] == "responder")
    assert "last" in shared.refused("slots", "remove", last)["what"]
    assert shared.refused("slots", "remove", "recovery")["code"] == "bad-input"
    assert shared.refused("slots", "remove", "Nobody")["code"] == "not-found"
    assert shared.verified()["ok"]


def test_a_name_or_a_passphrase_that_is_taken_is_refused(shared: Laptop) -> None:
    again = shared.write("again.txt", PASSPHRASE)
    assert shared.refused("slots", "add", "--responder", "ben okafor", "--new-passphrase-file", str(again))
    assert shared.refused("slots", "add", "--responder", "Carys", "--new-passphrase-file", str(again))
    assert shared.refused("slots", "change", "--new-passphrase-file", str(shared.folder / "ben.txt"))
    short = shared.write("short.txt", "short")
    assert shared.refused("slots", "add", "--responder", "Carys", "--new-passphrase-file", str(short))


def test_only_ones_own_passphrase_changes(shared: Laptop) -> None:
    fresh = shared.write("fresh.txt", "another one for the nights")
    as_ben(shared).ask("slots", "change", "--new-passphrase-file", str(fresh))
    assert as_ben(shared).refused("alerts", "list")["code"] == "wrong-passphrase"
    assert shared.alerts() == []
    (shared.folder / "ben" / "passphrase.txt").write_text("another one for the nights")
    assert Laptop(shared.home, shared.folder / "ben").alerts() == []


def test_undo_takes_back_the_act_before_and_not_who_can_unlock(laptop: Laptop) -> None:
    laptop.ask("incident", "new", "--title", "Screens")
    ben = laptop.write("ben.txt", BEN)
    act = laptop.ask("slots", "add", "--responder", "Ben Okafor", "--new-passphrase-file", str(ben))["act"]
    assert "not taken back" in laptop.refused("undo", act)["what"]
    laptop.ask("undo")
    assert laptop.ask("incidents", "list") == []
    assert as_ben(laptop).alerts() == []


def test_nothing_red_goes_to_a_laptop_once_it_says_that_two_can_unlock_it(group: Group) -> None:
    asha, ben = group.asha, group.ben
    ref = asha.ask("incident", "new", "--title", "For one pair of eyes")["ref"]
    asha.ask("incident", "classify", ref, "--tlp", "RED")

    def red_to_ben(name: str) -> Any:
        return asha.run("export", "--to", ben.ask("device", "show")["ref"], "--reader", "Ben Okafor", "--incident", ref,
                        str(asha.folder / name), "--json")  # fmt: skip

    assert red_to_ben("one.ctb").code == 0
    second = ben.write("second.txt", EVE)
    ben.ask("slots", "add", "--responder", "Eve Hale", "--new-passphrase-file", str(second))
    assert published(ben) == 2
    bundle = ben.folder / "from-ben.ctb"
    ben.ask("export", "--to", asha.ask("device", "show")["ref"], str(bundle))
    asha.ask("merge", str(bundle))
    refused = red_to_ben("two.ctb")
    assert refused.code == 2
    assert "can be unlocked by 2 people" in refused.json["what"]
    ben.ask("slots", "remove", "Eve Hale")
    assert published(ben) == 1
    bundle = ben.folder / "from-ben-2.ctb"
    ben.ask("export", "--to", asha.ask("device", "show")["ref"], str(bundle))
    asha.ask("merge", str(bundle))
    assert red_to_ben("three.ctb").code == 0


def test_an_older_word_of_a_device_does_not_take_the_place_of_a_newer_one(group: Group) -> None:
    asha, ben = group.asha, group.ben
    old = ben.folder / "old.ctb"
    ben.ask("export", "--to", asha.ask("device", "show")["ref"], "--full", str(old))
    second = ben.write("second.txt", EVE)
    ben.ask("slots", "add", "--responder", "Eve Hale", "--new-passphrase-file", str(second))
    new = ben.folder / "new.ctb"
    ben.ask("export", "--to", asha.ask("device", "show")["ref"], "--full", str(new))
    asha.ask("merge", str(new))
    asha.ask("merge", str(old))
    with asha.session() as session:
        device = ben.ask("device", "show")["id"]
        assert identities.PublicIdentity.from_bytes(peers.identities(session.store)[device]).slots == 2


def test_a_change_that_was_cut_short_is_put_right_at_the_next_opening(shared: Laptop) -> None:
    keys = shared.profile.keys.read_bytes()
    shared.ask("slots", "remove", "Ben Okafor")
    for path in (shared.profile.keys, shared.profile.keys_copy):
        path.write_bytes(keys)  # as if the program had ended between the journal and the key file
    shared.ask("incident", "new", "--title", "x")
    assert published(shared) == 2
    assert shared.verified()["ok"]


# ---- the recovery key ----------------------------------------------------------------------------------------


def test_a_new_recovery_key_ends_the_old_one_and_what_is_said_of_its_use(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "profile", tmp_path)
    laptop.write("passphrase.txt", PASSPHRASE)
    old, new = tmp_path / "old.txt", tmp_path / "new.txt"
    laptop.ask("--now", NOW, "init", "--org", "RXX", "--responder", "Asha", "--recovery-file", str(old))
    laptop.write("passphrase.txt", "remembered from now on")
    answer = laptop.run("recover", "--key-file", str(old))
    assert answer.code == 0
    assert "The recovery key was used on" in laptop.run("alerts", "list").err
    assert "by Asha: make a new one." in laptop.run("alerts", "list").err
    assert laptop.ask("journal", "list")[0]["what"] == "Opened with the recovery key"
    assert laptop.ask("access", "list")[0]["what"] == "recovery-key"
    laptop.ask("slots", "recovery-key", "--out", str(new))
    assert "RECOVERY KEY" in new.read_text()
    assert "recovery key was used" not in laptop.run("alerts", "list").err
    assert laptop.refused("recover", "--key-file", str(old))["code"] == "wrong-passphrase"
    laptop.write("passphrase.txt", "and once more forgotten")
    laptop.ask("recover", "--key-file", str(new))
    assert laptop.alerts() == []


def test_where_two_can_unlock_the_recovery_key_asks_whose_passphrase_is_lost(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "profile", tmp_path)
    laptop.write("passphrase.txt", PASSPHRASE)
    key = tmp_path / "key.txt"
    laptop.ask("--now", NOW, "init", "--org", "RXX", "--responder", "Asha", "--recovery-file", str(key))
    laptop.ask("slots", "add", "--responder", "Ben Okafor", "--new-passphrase-file", str(laptop.write("ben.txt", BEN)))
    laptop.write("passphrase.txt", "Ben's new one for the nights")
    assert "Asha, Ben Okafor" in laptop.refused("recover", "--key-file", str(key))["what"]
    laptop.ask("recover", "--key-file", str(key), "--responder", "Ben Okafor")
    assert laptop.alerts() == []
    laptop.write("passphrase.txt", PASSPHRASE)
    assert laptop.alerts() == []


def test_a_key_that_cannot_be_written_down_ends_nothing(laptop: Laptop) -> None:
    before = laptop.profile.keys.read_bytes()
    assert laptop.refused("slots", "recovery-key", "--out", str(laptop.folder / "no" / "such" / "key.txt"))
    assert laptop.refused("slots", "break-glass", "--out", str(laptop.home / "envelope.txt"))
    assert laptop.profile.keys.read_bytes() == before


# ---- the sealed envelope -------------------------------------------------------------------------------------


def test_the_envelope_opens_once_for_somebody_who_says_who_and_why(laptop: Laptop) -> None:
    page = laptop.folder / "envelope.txt"
    laptop.ask("slots", "break-glass", "--out", str(page))
    assert "SEALED ENVELOPE" in page.read_text().splitlines()[0]
    assert "This is not the recovery key." in page.read_text()
    assert {row["kind"] for row in laptop.ask("slots", "list")} == {"responder", "recovery", "break-glass"}
    assert published(laptop) == 1, "a sealed paper is nobody who works here"
    before = {row["id"] for row in laptop.ask("journal", "list")}
    dai = Laptop(laptop.home, laptop.folder / "dai")
    dai.folder.mkdir()
    dai.write("passphrase.txt", EVE)
    opening = ("break-glass", "--key-file", str(page), "--by", "Dai Morgan", "--because", "Asha cannot be reached")
    assert dai.ask(*opening)["id"]
    first = [row for row in laptop.ask("journal", "list") if row["id"] not in before]
    assert [row["who"] for row in first] == ["Dai Morgan (by the sealed envelope)"]
    assert first[0]["what"] == "Opened by the sealed envelope"
    dai.ask("incident", "new", "--title", "At night")
    assert dai.ask("journal", "list")[0]["who"] == "Dai Morgan (by the sealed envelope)"
    said = laptop.run("alerts", "list").err
    assert "The envelope was opened on" in said
    assert "by Dai Morgan (Asha cannot be reached): make a new one." in said
    assert dai.refused(*opening)["code"] == "wrong-passphrase"
    assert published(laptop) == 2, "somebody more can read this laptop now"
    assert "sealed-envelope" in [row["what"] for row in laptop.ask("access", "list")]
    other = laptop.folder / "envelope-2.txt"
    laptop.ask("slots", "break-glass", "--out", str(other))
    assert "envelope was opened" not in laptop.run("alerts", "list").err
    laptop.ask("slots", "remove", "Dai Morgan (by the sealed envelope)")
    assert dai.refused("alerts", "list")["code"] == "wrong-passphrase"
    assert laptop.verified()["ok"]


def test_who_and_why_are_asked_before_the_envelope_opens_anything(laptop: Laptop) -> None:
    page = laptop.folder / "envelope.txt"
    laptop.ask("slots", "break-glass", "--out", str(page))
    keys = laptop.profile.keys.read_bytes()
    for by, because in ((" ", "night"), ("Dai", " ")):
        found = laptop.refused("break-glass", "--key-file", str(page), "--by", by, "--because", because)
        assert found["code"] == "bad-input"
    assert laptop.profile.keys.read_bytes() == keys


def test_the_two_papers_are_not_taken_for_each_other(laptop: Laptop) -> None:
    envelope, recovery = laptop.folder / "envelope.txt", laptop.folder / "recovery.txt"
    laptop.ask("slots", "break-glass", "--out", str(envelope))
    laptop.ask("slots", "recovery-key", "--out", str(recovery))
    assert "sealed envelope" in laptop.refused("recover", "--key-file", str(envelope))["what"]
    opening = ("break-glass", "--key-file", str(recovery), "--by", "Dai", "--because", "night")
    assert "recovery key" in laptop.refused(*opening)["what"]


def test_a_new_envelope_ends_the_one_before(laptop: Laptop) -> None:
    old, new = laptop.folder / "old.txt", laptop.folder / "new.txt"
    for path in (old, new):
        laptop.ask("slots", "break-glass", "--out", str(path))
    laptop.write("dai.txt", EVE)
    dai = Laptop(laptop.home, laptop.folder / "dai")
    dai.folder.mkdir()
    dai.write("passphrase.txt", EVE)
    opening = ("--by", "Dai", "--because", "night")
    assert dai.refused("break-glass", "--key-file", str(old), *opening)["code"] == "wrong-passphrase"
    dai.ask("break-glass", "--key-file", str(new), *opening)


def test_an_opening_that_is_refused_leaves_no_session_and_no_lock(laptop: Laptop) -> None:
    page = laptop.folder / "envelope.txt"
    laptop.ask("slots", "break-glass", "--out", str(page))

    def refuse(_: sessions.Session) -> None:
        raise BadInput("Not now.", "Later.")

    with pytest.raises(BadInput):
        openings.break_glass(
            laptop.profile, page.read_text(), by="Dai", because="night", passphrase=EVE, now=clock, check=refuse
        )
    laptop.ask("incident", "new", "--title", "x")
