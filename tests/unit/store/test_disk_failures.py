"""A disk that fails in the midst of something: a sentence, and the next act is possible once the disk is well again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlcipher3.dbapi2 as dbapi2

from tests import stores
from triage_app.errors import StoreDamaged, TriageError
from triage_app.services import incidents
from triage_app.services import session as sessions
from triage_app.store import key_file
from triage_app.store.driver import DriverError, translated


class Failing:
    """A connection on which one statement fails, once."""

    def __init__(self, real: Any, statement: str, error: BaseException) -> None:
        self.real, self.statement, self.error = real, statement, error

    def execute(self, sql: str, *more: Any) -> Any:
        if sql == self.statement:
            self.statement = ""
            raise self.error
        return self.real.execute(sql, *more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def test_a_commit_that_the_cipher_refuses_is_a_sentence_and_is_undone(laptop: stores.Laptop) -> None:
    laptop.store.connection = Failing(laptop.store.connection, "COMMIT", MemoryError())
    with pytest.raises(TriageError) as caught:
        incidents.open_incident(laptop.session, "Never")
    assert caught.value.code == "disk"
    assert not laptop.store.connection.in_transaction
    incidents.open_incident(laptop.session, "After it")
    assert [row["title"] for row in laptop.rows("incident")] == ["After it"]
    laptop.verified()


@pytest.mark.parametrize("error", [MemoryError(), dbapi2.OperationalError("disk I/O error")])
def test_a_failure_to_undo_hides_not_why_and_is_made_good_before_the_next_act(
    laptop: stores.Laptop, error: BaseException
) -> None:
    laptop.store.connection = Failing(laptop.store.connection, "ROLLBACK", error)
    with pytest.raises(ZeroDivisionError):
        half_an_act(laptop)
    assert laptop.store.connection.in_transaction
    incidents.open_incident(laptop.session, "After it")
    assert laptop.store.meta("half") is None
    laptop.verified()


def half_an_act(laptop: stores.Laptop) -> None:
    with laptop.store.write():
        laptop.store.set_meta("half", True)
        raise ZeroDivisionError


def test_a_search_index_that_cannot_be_opened_is_a_sentence() -> None:
    with pytest.raises(StoreDamaged) as caught, translated():
        raise dbapi2.DatabaseError("vtable constructor failed: evidence_text")
    assert "open it again" in caught.value.do


def test_what_is_no_failure_of_the_disk_stays_a_fault_of_ours() -> None:
    with pytest.raises(DriverError), translated():
        raise dbapi2.OperationalError("no such table: nowhere")


@pytest.mark.parametrize("lost", ["keys", "keys_copy"])
def test_a_key_file_that_cannot_be_read_is_made_up_for_by_its_copy(
    laptop: stores.Laptop, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    profile = laptop.session.profile
    _unreadable(monkeypatch, getattr(profile, lost))
    assert sessions.data_key(profile, stores.PASSPHRASE) == bytes(laptop.session.key)


def test_a_key_file_whose_copies_cannot_be_read_is_a_sentence(
    laptop: stores.Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = laptop.session.profile
    _unreadable(monkeypatch, profile.keys, profile.keys_copy)
    with pytest.raises(TriageError) as caught:
        key_file.copies(profile)
    assert caught.value.code == "disk"


def _unreadable(patch: pytest.MonkeyPatch, *paths: Path) -> None:
    real = Path.read_bytes

    def read(path: Path) -> bytes:
        if path in paths:
            raise OSError(5, "Input/output error")
        return real(path)

    patch.setattr(Path, "read_bytes", read)
