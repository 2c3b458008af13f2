"""Restoring over a store that is there: it is set aside, its erasures are made again, and no step leaves a half."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores import PASSPHRASE, Clock, Laptop, copies
from triage_app.errors import BadBundle, StoreBusy, StoreExists
from triage_app.paths import Profile
from triage_app.services import attachments, certifying, incidents, keeping, moving_in, people, restoring, victims
from triage_app.services import session as sessions
from triage_app.services.restoring import Restored
from triage_app.store import journal, lookup, peers, personal, standings


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[list[Laptop]]:
    laptops = copies(tmp_path, 2)
    yield laptops
    for laptop in laptops:
        laptop.close()


def with_a_person(laptop: Laptop) -> str:
    incident = incidents.open_incident(laptop.session, "Loader").id
    victims.add_victim(laptop.session, incident, person="Morag Sinclair", contact="bleep 2231")
    return str(laptop.rows("victim")[0]["person"])


def restored(laptop: Laptop, copy: Path, **more: object) -> tuple[Restored, Laptop]:
    """Restore over a laptop that is closed."""
    done = restoring.restore_from(
        laptop.session.profile,
        copy,
        PASSPHRASE,
        laptop.clock,
        **{"set_aside": True, **more},  # type: ignore[arg-type]
    )
    return done, Laptop(done.session, laptop.clock, laptop.folder)


def test_the_store_that_was_there_is_set_aside_whole(pair: list[Laptop], tmp_path: Path) -> None:
    a, _ = pair
    copy = keeping.back_up_to(a.session, tmp_path / "copy.db")
    incidents.open_incident(a.session, "After the backup")
    device = a.device
    a.close()
    before = a.session.profile.store.read_bytes()
    done, back = restored(a, copy)
    assert done.aside is not None
    assert (done.aside / "store.db").read_bytes() == before
    assert sorted(path.name for path in done.aside.iterdir()) == ["store.db", "store.keys", "store.keys.copy"]
    assert not moving_in.place_of(a.session.profile).home.exists()
    assert done.former == device != back.device
    assert done.later >= 1
    assert back.rows("incident") == []
    back.verified()
    back.close()
    old = sessions.unlock(Profile(done.aside), PASSPHRASE, Clock())
    assert [row["title"] for row in lookup.listing(old.store, "incident")] == ["After the backup"]
    old.close()


def test_the_journal_says_what_was_restored_and_peers_are_to_be_asked(pair: list[Laptop], tmp_path: Path) -> None:
    a, b = pair
    incidents.open_incident(a.session, "Loader")
    copy = keeping.back_up_to(a.session, tmp_path / "copy.db")
    former = a.device
    a.close()
    done, back = restored(a, copy)
    assert len(done.to_ask) == 3
    [head] = journal.standing(back.store, "device", back.device)["restored"]
    assert head.body.value["from"] == former
    assert head.body.value["at"] == done.at
    assert restoring.to_ask(back.store) == list(done.to_ask)
    b.trust(back)
    b.merge(back.export(b))
    back.merge(b.export(back))
    assert len(restoring.to_ask(back.store)) == 2  # one has been heard of since
    back.verified()
    back.close()


def test_a_device_revoked_since_the_backup_is_revoked_again_and_not_to_be_asked(
    pair: list[Laptop], tmp_path: Path
) -> None:
    a, b = pair
    incidents.open_incident(b.session, "Loader")
    a.merge(b.export(a))
    copy = keeping.back_up_to(a.session, tmp_path / "copy.db")
    certifying.revoke(a.session, b.device, "Stolen from a car")
    cutoff = standings.standings(a.store)[b.device].cutoff
    a.close()
    done, back = restored(a, copy)
    assert b.device not in peers.trusted(back.store)
    assert standings.standings(back.store)[b.device].cutoff == cutoff
    assert len(done.revoked) == 1
    assert done.revoked[0] not in done.to_ask
    assert restoring.to_ask(back.store) == list(done.to_ask)
    assert any("revoked again" in line for line in restoring.told(done))
    back.verified()
    back.close()


def test_erasures_that_only_the_present_store_knows_are_made_again(pair: list[Laptop], tmp_path: Path) -> None:
    a, b = pair
    person = with_a_person(a)
    copy = keeping.back_up_to(a.session, tmp_path / "copy.db")
    people.erase(a.session, person)
    a.close()
    done, back = restored(a, copy)
    assert done.erased >= 2  # the person, and what is kept of them as a victim
    assert done.not_known == ()
    assert back.rows("victim")[0]["contact"] == personal.ERASED
    assert personal.name_of(back.store, person) == personal.ERASED
    b.trust(back)  # and it travels on under the new name
    b.merge(back.export(b))
    assert b.rows("victim")[0]["contact"] == personal.ERASED
    back.verified()
    back.close()


def test_a_key_that_was_forgotten_by_the_word_of_others_is_forgotten_again(pair: list[Laptop], tmp_path: Path) -> None:
    """Their word comes again with their bundle; until then nothing may be readable that was not."""
    a, _ = pair
    person = with_a_person(a)
    copy = keeping.back_up_to(a.session, tmp_path / "copy.db")
    with a.store.write():
        personal.erase(a.store, person)
    a.close()
    done, back = restored(a, copy)
    assert done.erased == 1
    assert personal.name_of(back.store, person) == personal.ERASED
    back.close()


def test_a_file_destroyed_since_the_backup_is_destroyed_again(pair: list[Laptop], tmp_path: Path) -> None:
    a, _ = pair
    incident = incidents.open_incident(a.session, "Loader").id
    source = tmp_path / "note.txt"
    source.write_bytes(b"CANARY of a ransom note" * 100)
    attachments.attach(a.session, incident, source)
    [made] = a.rows("attachment")
    copy = keeping.back_up_to(a.session, tmp_path / "copy.db")
    attachments.destroy(a.session, str(made["id"]), "Asha Rahman", "Held no longer")
    a.close()
    done, back = restored(a, copy)
    assert done.erased == 1
    assert back.store.value("SELECT count(*) FROM blob") == 0
    back.verified()
    back.close()


def test_a_store_that_cannot_be_read_is_set_aside_and_what_it_knew_is_said_to_be_unknown(
    pair: list[Laptop], tmp_path: Path
) -> None:
    a, _ = pair
    copy = keeping.back_up_to(a.session, tmp_path / "copy.db")
    a.close()
    a.session.profile.store.write_bytes(b"\0" * 8192)
    done, back = restored(a, copy)
    assert done.aside is not None
    assert (done.aside / "store.db").read_bytes() == b"\0" * 8192
    [words] = done.not_known
    assert "the store that was here could not be read" in words
    back.verified()
    back.close()


def test_without_a_store_it_is_said_that_there_was_none_to_ask(pair: list[Laptop], tmp_path: Path) -> None:
    copy = keeping.back_up_to(pair[0].session, tmp_path / "copy.db")
    done = restoring.restore_from(Profile(tmp_path / "new"), copy, PASSPHRASE, Clock())
    assert "there is no store here to ask" in done.not_known[0]
    assert done.aside is None
    done.session.close()


def test_a_bundle_that_was_sent_to_the_former_device_is_merged_and_brings_erasures(
    pair: list[Laptop], tmp_path: Path
) -> None:
    a, b = pair
    person = with_a_person(a)
    copy = keeping.back_up_to(a.session, tmp_path / "copy.db")
    b.merge(a.export(b))
    incidents.open_incident(a.session, "After the backup")
    b.merge(a.export(b))
    people.erase(b.session, person)
    bundle = b.export(a, full=True)
    a.close()
    a.session.profile.store.unlink()
    done, back = restored(a, copy, bundles=[bundle])
    assert done.merged >= 2
    assert back.rows("victim")[0]["contact"] == personal.ERASED
    assert "After the backup" in {row["title"] for row in back.rows("incident")}
    assert done.not_known[0].startswith("Whether anybody was erased")
    back.verified()
    back.close()


def test_a_bundle_that_is_refused_leaves_everything_as_it_was(pair: list[Laptop], tmp_path: Path) -> None:
    a, b = pair
    copy = keeping.back_up_to(a.session, tmp_path / "copy.db")
    a.close()
    before = sorted(path.name for path in a.session.profile.home.iterdir())
    with pytest.raises(BadBundle):
        restored(a, copy, bundles=[b.export(b)] if b.device in peers.trusted(b.store) else [copy])
    assert sorted(path.name for path in a.session.profile.home.iterdir()) == before
    again = sessions.unlock(a.session.profile, PASSPHRASE, a.clock)
    assert again.device == a.device
    again.close()


def test_an_open_store_is_not_set_aside_and_none_is_without_being_asked(pair: list[Laptop], tmp_path: Path) -> None:
    a, _ = pair
    copy = keeping.back_up_to(a.session, tmp_path / "copy.db")
    with pytest.raises(StoreBusy):
        restored(a, copy)
    a.close()
    with pytest.raises(StoreExists):
        restored(a, copy, set_aside=False)
    assert a.session.profile.store.exists()


STEPS = [0, 1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("step", STEPS)
def test_a_restore_that_ends_at_any_step_is_finished_or_never_was(
    pair: list[Laptop], tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program is ended in the middle of moving in, by the rename number ``step`` never coming back."""
    a, _ = pair
    copy = keeping.back_up_to(a.session, tmp_path / "copy.db")
    incidents.open_incident(a.session, "After the backup")
    device = a.device
    a.close()
    replace, left = Path.replace, [step]

    class Killed(BaseException):
        pass

    def renamed(self: Path, target: Path) -> Path:
        if moving_in.is_waiting(a.session.profile):
            if left[0] == 0:
                raise Killed
            left[0] -= 1
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", renamed)
    try:
        restored(a, copy)[1].close()
        assert step >= 6
    except Killed:
        pass
    monkeypatch.undo()
    session = sessions.unlock(a.session.profile, PASSPHRASE, a.clock)
    assert session.device != device
    assert lookup.listing(session.store, "incident") == []
    assert keeping.verify(session)["ok"]
    assert not moving_in.place_of(a.session.profile).home.exists()
    [aside] = a.session.profile.home.glob("set-aside-*")
    assert {"store.db", "store.keys", "store.keys.copy"} <= {path.name for path in aside.iterdir()}
    session.close()


def test_what_an_attempt_left_that_never_became_ready_is_removed_by_the_next(
    pair: list[Laptop], tmp_path: Path
) -> None:
    a, _ = pair
    copy = keeping.back_up_to(a.session, tmp_path / "copy.db")
    a.close()
    folder = moving_in.place_of(a.session.profile).home
    folder.mkdir()
    (folder / "store.db").write_bytes(b"half a store")
    session = sessions.unlock(a.session.profile, PASSPHRASE, a.clock)
    assert session.device == a.device
    session.close()
    restored(a, copy)[1].close()
    assert not folder.exists()
    shutil.rmtree(tmp_path / "a")
