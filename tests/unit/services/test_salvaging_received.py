"""Salvage carries what proves the rows of imports that came by bundle: their blocks and trees, against signed roots."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.stores import PASSPHRASE, Clock, copies, table
from tests.unit.services.test_salvaging import pages_of, saved, zero
from tests.unit.store.test_incoming_evidence import keys
from triage_app.paths import Profile
from triage_app.services import incidents, keeping, triage
from triage_app.services import session as sessions

ROWS = 700


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A laptop that took another's import by bundle, by the block; both are closed, to be copied."""
    base = tmp_path_factory.mktemp("received")
    a, b = copies(base, 2)
    table(b, [(f"r{n}", f"Beacon {n}") for n in range(ROWS)])
    a.merge(b.export(a, full=True))
    assert a.store.value("SELECT count(*) FROM import_tree") == 1
    assert a.store.value("SELECT count(*) FROM proof") == 0
    a.verified()
    a.close()
    b.close()
    return base


@pytest.fixture
def home(received: Path, tmp_path: Path) -> Path:
    shutil.copytree(received, tmp_path / "laptops")
    return tmp_path / "laptops" / "a" / "profile"


def test_rows_that_came_by_the_block_are_attested_after_a_salvage(home: Path, tmp_path: Path) -> None:
    done, laptop = saved(home, tmp_path)
    assert (done.rows.saved, done.unattested, done.problems) == (ROWS, 0, [])
    assert laptop.store.value("SELECT state FROM import") == "received"
    laptop.verified()
    laptop.close()


def test_a_salvaged_store_passes_them_on_with_their_proof(home: Path, tmp_path: Path) -> None:
    _, laptop = saved(home, tmp_path)
    [c] = copies(tmp_path / "others", 1)
    laptop.trust(c, "same")
    c.trust(laptop, "same")
    c.merge(laptop.export(c, full=True))
    assert c.store.value("SELECT count(*) FROM evidence_row") == ROWS
    c.verified()
    laptop.close()
    c.close()


def test_the_blocks_that_lost_a_row_are_unattested_and_the_others_are_not(home: Path, tmp_path: Path) -> None:
    pages = pages_of(home, "evidence_row")
    zero(home / "store.db", pages[len(pages) // 2])
    done, laptop = saved(home, tmp_path)
    assert ROWS - 256 <= done.rows.saved < ROWS
    assert 0 < done.unattested <= 2 * 256
    assert done.problems == []
    laptop.close()


def test_rows_of_a_block_that_came_one_by_one_are_proved_beside_the_blocks_that_came_whole(tmp_path: Path) -> None:
    a, b = copies(tmp_path / "laptops", 2)
    table(b, [(f"r{n}", f"Beacon {n}") for n in range(ROWS)])
    secret = triage.promote(b.session, keys(b)[300:310]).id
    incidents.classify(b.session, secret, label="RED")
    a.merge(b.export(a))
    assert a.store.value("SELECT count(*) FROM import_tree") == 1
    assert a.store.value("SELECT count(*) FROM proof") > 0
    a.close()
    b.close()
    done, laptop = saved(tmp_path / "laptops" / "a" / "profile", tmp_path)
    assert (done.rows.saved, done.unattested, done.problems) == (ROWS - 10, 0, [])
    laptop.verified()
    laptop.close()


@pytest.mark.parametrize("sql", ["UPDATE import_tree SET rows = zeroblob(length(rows))", "DELETE FROM import_tree"])
def test_trees_that_are_not_what_was_signed_prove_nothing(home: Path, tmp_path: Path, sql: str) -> None:
    session = sessions.unlock(Profile(home), PASSPHRASE, Clock())
    with session.store.write():
        session.store.execute(sql)
    session.close()
    done, laptop = saved(home, tmp_path)
    assert (done.rows.saved, done.unattested, done.problems) == (ROWS, ROWS, [])
    laptop.close()


def test_trees_whose_readings_nobody_signed_any_more_prove_nothing(home: Path, tmp_path: Path) -> None:
    session = sessions.unlock(Profile(home), PASSPHRASE, Clock())
    with session.store.write():
        session.store.execute("DELETE FROM checkpoint WHERE chain LIKE 'readings%'")
        assert session.store.value("SELECT changes()") == 1
    session.close()
    done, laptop = saved(home, tmp_path)
    assert (done.rows.saved, done.unattested, done.problems) == (ROWS, ROWS, [])
    assert laptop.store.value("SELECT count(*) FROM import_tree") == 0
    laptop.close()


def test_what_came_after_the_backup_is_proved_beside_what_that_holds(tmp_path: Path) -> None:
    a, b = copies(tmp_path / "laptops", 2)
    table(b, [(f"r{n}", f"Beacon {n}") for n in range(ROWS)])
    a.merge(b.export(a, full=True))
    copy = keeping.back_up_to(a.session, tmp_path / "copy.db")
    table(b, [(f"s{n}", f"Later {n}") for n in range(300)], name="later.json")
    a.merge(b.export(a))
    a.close()
    b.close()
    done, laptop = saved(tmp_path / "laptops" / "a" / "profile", tmp_path, copies=[copy])
    assert (done.rows.saved, done.unattested, done.problems) == (ROWS + 300, 0, [])
    laptop.verified()
    laptop.close()
