"""Automatic backups: when one is due, what is left of one that fails, which stay, and where else they go."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores import Laptop, copies, table
from triage_app.errors import BadInput, Cancelled
from triage_app.paths import Profile
from triage_app.services import backup_list, backups, import_alerts, incidents, keeping, second_place, settings
from triage_app.services.backup_lane import BackupLane
from triage_app.services.backups import Status
from triage_app.store import backup
from triage_app.store.connection import open_store


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    made = copies(tmp_path)[0]
    yield made
    made.close()


def make(laptop: Laptop, kind: str = backups.AFTER_SESSION, *, always: bool = False) -> Status:
    return backups.make(laptop.session.profile, bytes(laptop.session.key), laptop.clock, kind, always=always)


def names(profile: Profile) -> list[str]:
    return sorted(path.name for path in profile.backups.iterdir())


def own(policy: str, laptop: Laptop, **rules: int) -> None:
    """Give the laptop rules of its own."""
    shipped = json.loads((Path(policy)).read_text(encoding="utf-8"))
    folder = laptop.session.profile.home / "policies"
    folder.mkdir(exist_ok=True)
    (folder / "backups.json").write_text(json.dumps({**shipped, **rules}), encoding="utf-8")


POLICY = str(Path(__file__).resolve().parents[3] / "resources" / "policies" / "backups.json")

# ---- making ------------------------------------------------------------------------------------------------------


def test_one_is_made_when_something_changed_and_none_when_nothing_did(laptop: Laptop) -> None:
    profile = laptop.session.profile
    incidents.open_incident(laptop.session, "Loader")
    first = make(laptop)
    assert first.what == ""
    assert names(profile) == [first.last_name, first.last_name + ".keys", "status.json"]
    laptop.clock.move(hours=1)
    assert make(laptop).last_name == first.last_name
    incidents.open_incident(laptop.session, "Another")
    assert make(laptop).last_name != first.last_name
    assert len(backups.found_in(profile.backups)) == 2


def test_what_lies_in_the_folder_is_private_and_its_names_tell_of_nobody(laptop: Laptop) -> None:
    said = make(laptop)
    profile = laptop.session.profile
    assert profile.backups.stat().st_mode & 0o777 == 0o700
    for path in profile.backups.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path
    assert said.last_name == "after-session-20261122T120000Z.db"
    words = (profile.backups / "status.json").read_text(encoding="utf-8")
    assert "Asha" not in words
    assert "RXX" not in words


def test_a_copy_opens_with_its_own_key_file_and_holds_what_the_store_held(laptop: Laptop) -> None:
    incidents.open_incident(laptop.session, "Loader")
    table(laptop, [("r1", "Beacon"), ("r2", "Beacon again")])
    make(laptop)
    [one] = backup_list.listed(backups.everywhere(laptop.session.profile), "nine slow otters drift")
    assert one.counts == backup.counts(laptop.store)
    assert one.counts is not None
    assert (one.counts.incidents, one.counts.rows) == (1, 2)
    [other] = backup_list.listed(backups.everywhere(laptop.session.profile), "not the passphrase")
    assert other.counts is None
    assert other.problem.endswith(".")


def test_a_copy_that_was_removed_by_hand_is_made_again(laptop: Laptop) -> None:
    said = make(laptop)
    (laptop.session.profile.backups / said.last_name).unlink()
    assert backups.due(laptop.session.profile, laptop.store)
    make(laptop)
    assert not backups.due(laptop.session.profile, laptop.store)


def test_only_the_copies_that_the_rules_want_stay_and_named_ones_are_left_alone(laptop: Laptop) -> None:
    own(POLICY, laptop, last=2, daily=1, weekly=0)
    profile = laptop.session.profile
    profile.backups.mkdir()
    keeping.back_up_to(laptop.session, profile.backups / "before-the-audit.db")
    for number in range(5):
        incidents.open_incident(laptop.session, f"Incident {number}")
        laptop.clock.move(minutes=5)
        newest = make(laptop)
    kept = [one.path.name for one in backups.found_in(profile.backups)]
    assert len(kept) == 3
    assert {"before-the-audit.db", newest.last_name} < set(kept)
    assert not [path for path in profile.backups.glob("*.keys") if not path.with_suffix("").exists()]


def test_where_not_even_one_has_room_that_is_said_and_the_newest_stays(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make(laptop)
    incidents.open_incident(laptop.session, "Loader")
    usage = type("Usage", (), {"free": 100_000})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    said = make(laptop)
    assert said.what.startswith("No backup was made: it needs ")
    assert said.do
    assert said.last_name == first.last_name
    assert (laptop.session.profile.backups / first.last_name).exists()
    assert backups.status(laptop.session.profile) == said
    monkeypatch.undo()
    assert make(laptop).what == ""


def test_what_stands_against_a_backup_is_said_until_one_succeeds(laptop: Laptop) -> None:
    folder = laptop.session.profile.backups
    folder.write_bytes(b"a file where the folder should be")
    said = make(laptop)
    assert said.what
    assert said.last_at is None
    folder.unlink()
    assert make(laptop).what == ""


def test_an_interrupted_copy_leaves_nothing_and_what_a_dead_program_left_is_cleared(laptop: Laptop) -> None:
    profile = laptop.session.profile

    def stop(written: int, expected: int) -> None:
        raise Cancelled

    table(laptop, [(f"r{n}", f"Beacon {n}") for n in range(3_000)])
    with pytest.raises(Cancelled):
        backups.make(profile, bytes(laptop.session.key), laptop.clock, backups.ASKED, stop)
    assert names(profile) == []
    for name in (".db.partial", ".db.partial-journal", ".db.keys"):  # as a program leaves them that is killed
        (profile.backups / f"asked-for-20261122T110000Z{name}").write_bytes(b"half of one")
    said = make(laptop)
    assert names(profile) == [said.last_name, said.last_name + ".keys", "status.json"]


def test_a_copy_that_does_not_read_back_is_no_backup(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk that takes a page and gives back another is played by changing the file before it is read."""
    prove = backup.prove

    def damaged(path: Path, *more: object) -> object:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(bytes(data))
        return prove(path, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(backup, "prove", damaged)
    said = make(laptop)
    assert said.what
    assert [name for name in names(laptop.session.profile) if name != "status.json"] == []


# ---- the lane ----------------------------------------------------------------------------------------------------


@pytest.fixture
def lane(laptop: Laptop) -> Iterator[BackupLane]:
    made = BackupLane(laptop.session)
    laptop.session.lane = made
    yield made
    made.close()
    assert not any(made._key)


def test_a_large_import_begins_with_a_copy_of_what_was_there_before(laptop: Laptop, lane: BackupLane) -> None:
    incidents.open_incident(laptop.session, "Before")
    table(laptop, [(f"r{n}", f"Beacon {n}") for n in range(import_alerts.ROWS_A_TRANSACTION + 10)])
    said = lane.wait()
    assert said.what == ""
    [one] = backup_list.listed(backups.found_in(laptop.session.profile.backups), key=bytes(laptop.session.key))
    assert one.found.kind == backups.BEFORE_IMPORT
    assert one.counts is not None
    assert (one.counts.incidents, one.counts.rows) == (1, 0)
    assert backup.counts(laptop.store).rows == import_alerts.ROWS_A_TRANSACTION + 10


def test_an_import_waits_until_the_copy_has_begun_and_no_longer(
    laptop: Laptop, lane: BackupLane, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_copy = backups.make

    def slow(*given: object, **more: object) -> Status:
        threading.Event().wait(0.5)  # behind another copy, say
        return make_copy(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(backups, "make", slow)
    table(laptop, [(f"r{n}", f"Beacon {n}") for n in range(import_alerts.ROWS_A_TRANSACTION + 10)])
    lane.wait()
    [one] = backup_list.listed(backups.found_in(laptop.session.profile.backups), key=bytes(laptop.session.key))
    assert one.counts is not None
    assert one.counts.rows == 0


def test_a_small_import_begins_with_none(laptop: Laptop, lane: BackupLane) -> None:
    table(laptop, [("r1", "Beacon")])
    assert backups.found_in(laptop.session.profile.backups) == []


def test_a_merge_begins_with_a_copy_once_something_changed(tmp_path: Path) -> None:
    a, b = copies(tmp_path / "pair", 2)
    made = BackupLane(b.session)
    b.session.lane = made
    incidents.open_incident(a.session, "Loader")
    b.merge(a.export(b))
    assert made.wait().last_name.startswith("before-merge-")
    b.merge(a.export(b, full=True), dry_run=True)
    assert len(backups.found_in(b.session.profile.backups)) == 1
    made.close()
    a.close()
    b.close()


def test_what_is_decided_while_a_copy_is_made_does_not_wait_for_it(laptop: Laptop, lane: BackupLane) -> None:
    table(laptop, [(f"r{n}", f"Beacon {n}") for n in range(4_000)])
    held, go_on = threading.Event(), threading.Event()
    look = lane._look

    def slow(written: int, expected: int) -> None:
        held.set()
        go_on.wait(10)
        look(written, expected)

    lane._look = slow  # type: ignore[method-assign]
    lane.start(backups.ASKED, always=True)
    assert held.wait(10)
    incidents.open_incident(laptop.session, "Meanwhile")
    go_on.set()
    assert lane.wait().what == ""
    assert backups.due(laptop.session.profile, laptop.store)  # it is not in the copy, and the next one is due


def test_a_stopped_copy_says_so_unless_it_was_stopped_in_passing(laptop: Laptop, lane: BackupLane) -> None:
    table(laptop, [(f"r{n}", f"Beacon {n}") for n in range(4_000)])
    for quietly in (True, False):
        held = threading.Event()

        def stop(written: int, expected: int, quietly: bool = quietly, held: threading.Event = held) -> None:
            if not held.is_set():
                held.set()
                lane.cancel(quietly=quietly)
            BackupLane._look(lane, written, expected)

        lane._look = stop  # type: ignore[method-assign]
        lane.start(backups.ASKED, always=True)
        said = lane.wait()
        assert held.is_set()
        assert bool(said.what) == (not quietly)
    assert backups.status(laptop.session.profile).what == "A backup was stopped before it was done."


# ---- the second place --------------------------------------------------------------------------------------------


def test_the_second_place_is_on_another_disk_or_none(laptop: Laptop, tmp_path: Path, stick: Path) -> None:
    for folder in (str(tmp_path), str(stick / "missing"), "relative"):
        with pytest.raises(BadInput):
            settings.put(laptop.session, backups.PLACE, folder)
    assert settings.put(laptop.session, backups.PLACE, str(stick)) == {backups.PLACE: str(stick)}
    assert settings.put(laptop.session, backups.PLACE, "") == {backups.PLACE: ""}


def test_the_newest_copy_goes_to_the_second_place_and_opens_there(laptop: Laptop, stick: Path) -> None:
    settings.put(laptop.session, backups.PLACE, str(stick))
    incidents.open_incident(laptop.session, "Loader")
    said = make(laptop)
    assert (said.what, said.outside_at, said.outside_in) == ("", said.last_at, str(stick))
    [folder] = stick.iterdir()
    assert folder.name == "triage-backups-" + str(laptop.store.meta("store"))[:8]
    assert sorted(path.name for path in folder.iterdir()) == [said.last_name, said.last_name + ".keys"]
    store = open_store(folder / said.last_name, bytes(laptop.session.key), read_only=True)
    assert store.value("SELECT title FROM incident") == "Loader"
    store.close()
    shutil.rmtree(laptop.session.profile.backups)  # and it is found again from there
    assert [one.path.parent for one in backups.everywhere(laptop.session.profile, [stick])] == [folder]


def test_a_stick_that_was_away_is_given_the_copy_once_it_is_back(laptop: Laptop, stick: Path) -> None:
    there = stick / "plugged"
    there.mkdir()
    settings.put(laptop.session, backups.PLACE, str(there))
    there.rmdir()
    incidents.open_incident(laptop.session, "Loader")
    said = make(laptop)
    assert (said.what, said.outside_at) == ("", None)
    there.mkdir()
    assert make(laptop).outside_at == said.last_at
    everywhere = backups.everywhere(laptop.session.profile)
    assert sorted(kept.path.is_relative_to(there) for kept in everywhere) == [False, True]


def test_a_second_place_without_room_is_said_while_the_copy_here_is_made(
    laptop: Laptop, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.put(laptop.session, backups.PLACE, str(stick))
    usage = shutil.disk_usage
    nothing = type("Usage", (), {"free": 10})
    monkeypatch.setattr(shutil, "disk_usage", lambda path: nothing if str(path) == str(stick) else usage(path))
    said = make(laptop)
    assert said.what.startswith("The second place has no room")
    assert said.last_at is not None
    assert said.outside_at is None


def test_a_copy_that_reads_back_otherwise_there_is_taken_away_again(
    laptop: Laptop, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.put(laptop.session, backups.PLACE, str(stick))
    hashed = second_place._hash
    monkeypatch.setattr(second_place, "_hash", lambda path: "0" * 64 if stick in path.parents else hashed(path))
    said = make(laptop)
    assert said.what.startswith("The copy in the second place does not read back")
    assert not [path for path in stick.rglob("*") if path.is_file()]


def test_two_laptops_share_one_stick_and_neither_removes_the_others_copies(tmp_path: Path, stick: Path) -> None:
    a, b = copies(tmp_path / "pair", 2)
    for laptop in (a, b):
        own(POLICY, laptop, last=1, daily=0, weekly=0)
        settings.put(laptop.session, backups.PLACE, str(stick))
        for number in range(2):
            incidents.open_incident(laptop.session, f"Incident {number}")
            laptop.clock.move(minutes=5)
            make(laptop)
    assert sorted(len(backups.found_in(folder)) for folder in stick.iterdir()) == [1, 1]
    a.close()
    b.close()


def test_a_copy_written_by_hand_to_another_disk_counts_as_one_there(
    laptop: Laptop, stick: Path, tmp_path: Path
) -> None:
    keeping.back_up_to(laptop.session, tmp_path / "here.db")
    assert backups.status(laptop.session.profile).outside_at is None
    keeping.back_up_to(laptop.session, stick / "there.db")
    said = backups.status(laptop.session.profile)
    assert said.outside_at is not None
    assert said.outside_in == str(stick)


def test_a_status_that_cannot_be_read_is_as_if_there_were_none(laptop: Laptop) -> None:
    folder = laptop.session.profile.backups
    make(laptop)
    for words in ("", "[]", '{"last_at": "yesterday", "mark": 3, "unknown": 1}', "\ud7ff" * 9):
        (folder / "status.json").write_text(words, encoding="utf-8")
        assert backups.status(laptop.session.profile) == Status()
        assert backups.due(laptop.session.profile, laptop.store)
