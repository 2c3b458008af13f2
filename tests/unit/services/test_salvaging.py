"""Salvage: what proves itself is saved, whatever page is lost, and what is lost is named by number."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from pathlib import Path

import pytest

from tests.stores import PASSPHRASE, Clock, Laptop, copies, table
from triage_app.errors import BadFile, StoreExists, WrongPassphraseOrDamaged
from triage_app.paths import Profile
from triage_app.services import attachments, import_alerts, incidents, keeping, people, salvaging, triage, victims
from triage_app.services import session as sessions
from triage_app.services.salvaging import Salvaged
from triage_app.store import damaged_rows, journal, personal
from triage_app.store.damaged_pages import PAGE, Pages
from triage_app.store.salvage_sources import Damaged

BATCH = 120


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A laptop after a day's work, with another that it exchanges with: closed, to be copied."""
    base = tmp_path_factory.mktemp("worked")
    a, b = copies(base, 2)
    table(a, [(f"r{n}", f"Beacon {n}") for n in range(600)])
    for number in range(60):
        incident = incidents.open_incident(a.session, f"Incident {number}").id
        incidents.add_note(a.session, "incident", incident, f"Rang the ward, take {number}")
    victims.add_victim(a.session, incident, person="Morag Sinclair", contact="bleep 2231")
    source = base / "note.bin"
    source.write_bytes(random.Random(3).randbytes(200_000))
    attachments.attach(a.session, incident, source)
    incidents.open_incident(b.session, "From the other laptop")
    a.merge(b.export(a))
    keys = [bytes(row[0]).hex() for row in a.store.rows("SELECT key FROM alert ORDER BY id")]
    triage.dismiss(a.session, keys[:BATCH], "benign", "A scanner of our own")
    a.verified()
    a.close()
    b.close()
    return base


@pytest.fixture
def home(worked: Path, tmp_path: Path) -> Path:
    shutil.copytree(worked, tmp_path / "laptops")
    return tmp_path / "laptops" / "a" / "profile"


def saved(home: Path, tmp_path: Path, **more: object) -> tuple[Salvaged, Laptop]:
    into = Profile(tmp_path / "saved" / "profile")
    done = salvaging.salvage(home / "store.db", into, PASSPHRASE, Clock(), **more)  # type: ignore[arg-type]
    clock = Clock()
    return done, Laptop(sessions.unlock(into, PASSPHRASE, clock), clock, tmp_path / "saved")


def state_of(home: Path) -> tuple[str, int]:
    session = sessions.unlock(Profile(home), PASSPHRASE, Clock())
    found = keeping.verify(session)
    counted = int(found["operations"])
    session.close()
    return str(found["state"]), counted


def zero(path: Path, *numbers: int) -> None:
    with path.open("r+b") as file:
        for number in numbers:
            file.seek((number - 1) * PAGE)
            file.write(bytes(PAGE))


def pages_of(home: Path, name: str) -> list[int]:
    """The pages of a table or an index, leaves and all."""
    session = sessions.unlock(Profile(home), PASSPHRASE, Clock())
    key = bytes(session.key)
    session.close()
    pages = Pages(home / "store.db", key)
    found = damaged_rows.trees(pages, lambda done, total: None)
    pages.close()
    return sorted(place for place, tree in found.of_page.items() if tree == name)


def pages_with(home: Path, name: str, numbers: range) -> list[int]:
    """The pages of a table that hold any of some rows."""
    session = sessions.unlock(Profile(home), PASSPHRASE, Clock())
    key = bytes(session.key)
    session.close()
    pages = Pages(home / "store.db", key)
    found = damaged_rows.trees(pages, lambda done, total: None)
    held = []
    for place in (place for place, tree in found.of_page.items() if tree == name):
        one = damaged_rows.Trees({place: name})
        if any(row.number in numbers for row in damaged_rows.rows(pages, one, name) if row.values):
            held.append(place)
    pages.close()
    return held


# ---- reading pages -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("in_log", [False, True], ids=["in the file", "in the log"])
def test_pages_read_one_by_one_hold_what_the_database_reads(home: Path, in_log: bool) -> None:
    session = sessions.unlock(Profile(home), PASSPHRASE, Clock())
    store = session.store
    if in_log:
        table(Laptop(session, Clock(), home.parent), [(f"late{n}", f"Late {n}") for n in range(50)])
        assert (home / "store.db-wal").stat().st_size > 0
    source = Damaged(home / "store.db", bytes(session.key), store)
    assert source.pages.has_salt
    names = [row[0] for row in store.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    checked = 0
    for name in names:
        if store.value("SELECT 1 FROM sqlite_master WHERE name = ? AND sql LIKE '%VIRTUAL%'", (name,)):
            continue
        if name.startswith(("evidence_text", "sqlite_", "_sqlite")):
            continue
        columns = [row[1] for row in store.rows(f"PRAGMA table_info({name})")]
        quoted = ", ".join(f'"{column}"' for column in columns)
        told = sorted(map(repr, store.rows(f"SELECT {quoted} FROM {name}")))
        read = sorted(repr(tuple(row[column] for column in columns)) for row in source.rows(name))
        assert read == told, name
        checked += len(told)
    assert checked > 2_000
    assert not source.pages.bad
    source.close()
    session.close()


def test_a_page_in_which_one_bit_is_another_is_not_believed(home: Path) -> None:
    session = sessions.unlock(Profile(home), PASSPHRASE, Clock())
    key = bytes(session.key)
    session.close()
    with (home / "store.db").open("r+b") as file:
        file.seek(6 * PAGE + 100)
        byte = file.read(1)[0]
        file.seek(6 * PAGE + 100)
        file.write(bytes([byte ^ 4]))
    pages = Pages(home / "store.db", key)
    assert pages.page(7) is None
    assert pages.page(8) is not None
    assert pages.bad == {7}
    pages.close()


def test_what_was_not_committed_is_not_read(home: Path) -> None:
    session = sessions.unlock(Profile(home), PASSPHRASE, Clock())
    before = int(session.store.value("SELECT count(*) FROM link"))
    log = home / "store.db-wal"
    incidents.open_incident(session, "Committed")
    whole = log.read_bytes()
    incidents.open_incident(session, "Torn off")
    grown = log.read_bytes()
    key = bytes(session.key)
    torn = home.parent / "torn"
    torn.mkdir()
    shutil.copy(home / "store.db", torn / "store.db")
    (torn / "store.db-wal").write_bytes(grown[: len(whole) + (len(grown) - len(whole)) // 2])
    source = Damaged(torn / "store.db", key, session.store)
    titles = [row["title"] for row in source.rows("incident")]
    assert "Committed" in titles
    assert "Torn off" not in titles
    assert sum(1 for _ in source.rows("link")) > before
    source.close()
    session.close()


# ---- saving ------------------------------------------------------------------------------------------------------


def test_a_store_that_is_whole_is_saved_whole_and_the_file_stays_as_it_was(home: Path, tmp_path: Path) -> None:
    state, operations = state_of(home)
    before = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in home.iterdir() if path.is_file()}
    done, laptop = saved(home, tmp_path)
    after = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in home.iterdir() if path.is_file()}
    assert after == before
    assert (done.lost, done.problems, done.unattested) == ([], [], 0)
    assert (done.operations.saved, done.operations.of) == (operations, operations)
    assert done.rows.saved == done.rows.of == 600
    assert done.files.saved == done.files.of == 1
    assert laptop.verified() != state  # it says of itself that it was salvaged, and has a name of its own
    assert len(laptop.rows("incident")) == 61
    assert laptop.rows("victim")[0]["contact"] != personal.NOT_SHARED
    name = personal.name_of(laptop.store, laptop.rows("victim")[0]["person"])
    assert name == "Morag Sinclair"
    assert laptop.store.value("SELECT state FROM import") == "done"
    laptop.close()


def test_every_single_lost_page_costs_little_and_leaves_a_store_that_verifies(home: Path, tmp_path: Path) -> None:
    store = home / "store.db"
    whole = store.read_bytes()
    rng = random.Random(11)
    count = len(whole) // PAGE
    _, operations = state_of(home)
    for number in [2, *rng.sample(range(3, count + 1), 10)]:
        zero(store, number)
        done = salvaging.salvage(store, Profile(tmp_path / f"saved-{number}"), PASSPHRASE, Clock())
        # A chain of another laptop that ends earlier for the loss waits for the next bundle's signature: that is said.
        assert [words for words in done.problems if not words.startswith("No signature covers")] == [], number
        assert done.operations.saved >= operations - 30, (number, done)
        assert done.rows.saved >= 560, (number, done)
        store.write_bytes(whole)


def test_without_the_first_page_content_alone_proves_and_a_backup_says_whose_it_was(home: Path, tmp_path: Path) -> None:
    """With it goes the salt, by which pages prove themselves, and the way to every table."""
    session = sessions.unlock(Profile(home), PASSPHRASE, Clock())
    early = keeping.back_up_to(session, tmp_path / "early.db")
    incidents.open_incident(session, "After the backup")
    session.close()
    zero(home / "store.db", 1)
    done, laptop = saved(home, tmp_path, copies=[early])
    assert "After the backup" in {row["title"] for row in laptop.rows("incident")}
    assert done.problems == []
    laptop.close()


def test_a_lost_page_of_links_is_made_again_from_bodies_and_neighbours(home: Path, tmp_path: Path) -> None:
    _, operations = state_of(home)
    places = pages_of(home, "link")
    zero(home / "store.db", *places[2:4])
    done, laptop = saved(home, tmp_path)
    assert done.made_again > 10
    assert done.operations.saved == done.operations.of == operations
    assert done.lost == []
    laptop.verified()
    laptop.close()


def test_links_and_their_index_may_both_be_lost_where_the_link_after_proves_them(home: Path, tmp_path: Path) -> None:
    _, operations = state_of(home)
    zero(home / "store.db", *pages_of(home, "link")[2:3], *pages_of(home, "sqlite_autoindex_link_1"),
         *pages_of(home, "sqlite_autoindex_link_2"))  # fmt: skip
    done, laptop = saved(home, tmp_path)
    assert done.made_again > 5
    assert done.operations.saved == operations
    laptop.verified()
    laptop.close()


def test_a_lost_body_is_named_and_its_place_in_the_chain_stays(home: Path, tmp_path: Path) -> None:
    zero(home / "store.db", pages_of(home, "body")[5])
    done, laptop = saved(home, tmp_path)
    [words] = [one for one in done.lost if one.startswith("the content of operations of ")]
    assert words.split(": ")[1][0].isdigit()
    assert laptop.store.value("SELECT count(*) FROM body WHERE state = 'withheld'") > 0
    assert done.problems == []
    laptop.close()


def test_what_lies_behind_a_gap_is_said_again_by_the_new_device(home: Path, tmp_path: Path) -> None:
    """Links, their indexes and their bodies are lost: the chain cannot go on, its content does."""
    numbers = range(150, 170)
    zero(home / "store.db", *pages_with(home, "link", numbers), *pages_with(home, "body", numbers),
         *pages_of(home, "sqlite_autoindex_link_1"), *pages_of(home, "sqlite_autoindex_link_2"))  # fmt: skip
    done, laptop = saved(home, tmp_path)
    assert done.said_again > 50
    assert any(one.startswith("operations of ") for one in done.lost)
    assert "Incident 59" in {row["title"] for row in laptop.rows("incident")}
    assert done.problems == []
    laptop.close()


@pytest.mark.parametrize("share", [0.5, 0.7, 0.9])  # the first third of so small a store are the roots of its tables
def test_a_truncated_store_gives_back_what_was_not_cut_off(home: Path, tmp_path: Path, share: float) -> None:
    store = home / "store.db"
    data = store.read_bytes()
    store.write_bytes(data[: round(len(data) * share)])
    done, laptop = saved(home, tmp_path)
    laptop.close()
    assert done.rows.saved > 0
    assert 0 < done.pages.saved <= done.pages.of
    assert [words for words in done.problems if not words.startswith("No signature covers")] == []
    assert done.lost


def test_rows_of_an_import_that_is_not_all_here_are_shown_unattested(home: Path, tmp_path: Path) -> None:
    zero(home / "store.db", pages_of(home, "evidence_row")[4])
    done, laptop = saved(home, tmp_path)
    assert 500 < done.rows.saved < 600 == done.rows.of
    assert done.unattested == done.rows.saved
    [words] = [one for one in done.lost if one.startswith("rows of evidence")]
    assert "–" in words
    assert laptop.store.value("SELECT state FROM import") == "received"
    assert laptop.store.value("SELECT count(*) FROM alert") > 0
    assert done.problems == []
    laptop.close()


def test_an_import_whose_signed_entry_is_lost_is_not_said_to_be_signed(home: Path, tmp_path: Path) -> None:
    session = sessions.unlock(Profile(home), PASSPHRASE, Clock())
    n = session.store.value("SELECT n FROM operation WHERE kind = 'import' AND field = 'root'")
    session.close()
    zero(home / "store.db", *pages_with(home, "body", range(n, n + 1)))
    done, laptop = saved(home, tmp_path)
    assert done.rows.saved == done.unattested == 600
    assert laptop.store.value("SELECT state FROM import") == "received"
    assert done.problems == []
    laptop.close()


# ---- with backups and bundles ------------------------------------------------------------------------------------


def test_a_backup_gives_what_the_damaged_file_lost_and_the_file_what_came_after(home: Path, tmp_path: Path) -> None:
    session = sessions.unlock(Profile(home), PASSPHRASE, Clock())
    copy = keeping.back_up_to(session, tmp_path / "copy.db")
    for number in range(30):
        incidents.open_incident(session, f"After the backup {number}")
    operations = sum(journal.vector(session.store).values())
    session.close()
    rng = random.Random(5)
    count = (home / "store.db").stat().st_size // PAGE
    zero(home / "store.db", *rng.sample(range(2, count + 1), count // 3))
    done, laptop = saved(home, tmp_path, copies=[copy])
    assert done.rows.saved == done.rows.of == 600
    assert done.files.saved == 1
    assert done.from_backups == ["copy.db"]
    assert done.operations.of == operations
    titles = {row["title"] for row in laptop.rows("incident")}
    assert {f"Incident {number}" for number in range(60)} <= titles
    assert len([title for title in titles if title.startswith("After the backup")]) >= 10
    assert done.problems == []
    laptop.close()


def test_a_store_of_nothing_but_zeros_is_its_backup(home: Path, tmp_path: Path) -> None:
    session = sessions.unlock(Profile(home), PASSPHRASE, Clock())
    copy = keeping.back_up_to(session, tmp_path / "copy.db")
    session.close()
    (home / "store.db").write_bytes(bytes((home / "store.db").stat().st_size))
    done, laptop = saved(home, tmp_path, copies=[copy])
    assert (done.pages.saved, done.from_damaged) == (0, 0)
    assert len(laptop.rows("incident")) == 61
    laptop.verified()
    laptop.close()


def test_an_erasure_that_the_damaged_file_knows_holds_over_the_backup(home: Path, tmp_path: Path) -> None:
    session = sessions.unlock(Profile(home), PASSPHRASE, Clock())
    copy = keeping.back_up_to(session, tmp_path / "copy.db")
    person = session.store.value("SELECT id FROM person")
    people.erase(session, person)
    attachment = session.store.value("SELECT id FROM attachment")
    attachments.destroy(session, attachment, "Asha Rahman", "Held no longer")
    session.close()
    done, laptop = saved(home, tmp_path, copies=[copy])
    assert personal.name_of(laptop.store, person) == personal.ERASED
    names = laptop.store.rows("SELECT pieces FROM attachment")
    assert names
    assert laptop.store.value("SELECT count(*) FROM blob WHERE length(bytes) > 100000") == 0
    assert done.problems == []
    laptop.close()


def test_what_an_older_backup_still_has_does_not_bring_back_what_is_gone(home: Path, tmp_path: Path) -> None:
    session = sessions.unlock(Profile(home), PASSPHRASE, Clock())
    older = keeping.back_up_to(session, tmp_path / "older.db")
    person = session.store.value("SELECT id FROM person")
    attachment = session.store.value("SELECT id FROM attachment")
    attachments.destroy(session, attachment, "Asha Rahman", "Held no longer")
    newer = keeping.back_up_to(session, tmp_path / "newer.db")
    with session.store.write():
        personal.erase(session.store, person)  # by the word of others, which is not in this store
    session.close()
    os.utime(older, (1, 1))
    done, laptop = saved(home, tmp_path, copies=[older, newer])
    assert done.from_backups == ["newer.db", "older.db"]
    assert personal.name_of(laptop.store, person) == personal.ERASED
    assert laptop.store.value("SELECT count(*) FROM blob WHERE length(bytes) > 100000") == 0
    laptop.close()


@pytest.mark.parametrize("lost", [False, True])
def test_records_that_were_read_in_two_ways_keep_both_or_are_not_said_to_be_signed(tmp_path: Path, lost: bool) -> None:
    [a] = copies(tmp_path)
    made = table(a, [(f"r{n}", f"Beacon {n}") for n in range(20)])
    import_alerts.import_file(a.session, Path(made.path), organisation="RYY")
    assert a.store.value("SELECT count(*) FROM reading") > 0
    a.close()
    home = a.session.profile.home
    if lost:
        zero(home / "store.db", *pages_of(home, "reading"))
    done, laptop = saved(home, tmp_path)
    states = [row[0] for row in laptop.store.rows("SELECT state FROM import ORDER BY id")]
    assert states == (["received", "received"] if lost else ["done", "done"])
    assert done.problems == []
    laptop.close()


def test_bundles_of_others_are_united_and_heal_what_was_lost(worked: Path, tmp_path: Path) -> None:
    shutil.copytree(worked, tmp_path / "laptops")
    home, other = tmp_path / "laptops" / "a" / "profile", tmp_path / "laptops" / "b" / "profile"
    clock = Clock()
    a = Laptop(sessions.unlock(Profile(home), PASSPHRASE, clock), clock, tmp_path / "laptops" / "a")
    b = Laptop(sessions.unlock(Profile(other), PASSPHRASE, clock), clock, tmp_path / "laptops" / "b")
    incidents.classify(a.session, a.rows("incident")[0]["id"], label="GREEN")
    b.merge(a.export(b, full=True))
    bundle = b.export(a, full=True)
    operations = sum(journal.vector(a.store).values())
    a.close()
    b.close()
    zero(home / "store.db", *pages_of(home, "body")[5:9])
    lost, laptop = saved(home, tmp_path / "without")
    assert any(one.startswith("the content") for one in lost.lost)
    laptop.close()
    done, laptop = saved(home, tmp_path / "with", bundles=[bundle])
    assert done.operations.saved == operations
    assert not any(one.startswith("the content") for one in done.lost)
    laptop.verified()
    laptop.close()


# ---- refusals ----------------------------------------------------------------------------------------------------


def test_what_cannot_be_salvaged_is_refused_and_leaves_nothing(home: Path, tmp_path: Path) -> None:
    into = Profile(tmp_path / "saved")

    def fails(kind: type[Exception], path: Path = home / "store.db", secret: str = PASSPHRASE, **more: object) -> None:
        with pytest.raises(kind):
            salvaging.salvage(path, into, secret, Clock(), **more)  # type: ignore[arg-type]
        assert not into.home.exists() or not [one for one in into.made_with_store if one.exists()]

    fails(WrongPassphraseOrDamaged, secret="not the passphrase")
    fails(BadFile, path=home / "nothing.db")
    fails(BadFile, copies=[home / "nothing.db"])
    (home / "store.keys").unlink()
    (home / "store.keys.copy").unlink()
    fails(BadFile)
    with pytest.raises(StoreExists):
        salvaging.salvage(home / "store.db", Profile(home), PASSPHRASE, Clock())


def test_the_key_file_may_lie_elsewhere(home: Path, tmp_path: Path) -> None:
    (home / "store.keys.copy").unlink()
    (home / "store.keys").rename(tmp_path / "elsewhere.keys")
    done, laptop = saved(home, tmp_path, keys=tmp_path / "elsewhere.keys")
    assert done.lost == []
    laptop.close()


def test_numbers_are_said_as_runs() -> None:
    assert salvaging.in_ranges([]) == ""
    assert salvaging.in_ranges([1, 2, 3, 7, 9, 10]) == "1–3, 7, 9–10"
    assert salvaging.in_ranges(range(0, 100, 2)).endswith("and 30 further runs")
