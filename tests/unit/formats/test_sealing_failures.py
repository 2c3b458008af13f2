"""Whatever fails while something is sealed ends in a sentence, or is what the pieces and the file themselves raised."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pyrage
import pytest
from pyrage import passphrase as passphrases

from triage_app.errors import Cancelled, TriageError
from triage_app.formats.bundle import sealing

SECRET = sealing.new_key()
OURS = sealing.recipient_of(SECRET)
SMALL_ORDER = "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq5cu47z"
"A point to which every secret is the same: all zeros."


class Stop(BaseException):
    """Somebody pressed Ctrl C."""


@pytest.mark.parametrize("error", [OSError("gone"), TriageError("A.", "B."), Cancelled(), Stop(), LookupError("ours")])
def test_what_the_pieces_raise_comes_out_as_it_was(error: BaseException) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"x" * 200_000
        raise error

    with pytest.raises(type(error)) as raised:
        sealing.seal_pieces(pieces(), [OURS], io.BytesIO())
    assert raised.value is error


@pytest.mark.parametrize("error", [OSError("gone"), Cancelled(), Stop()])
def test_what_the_file_raises_comes_out_as_it_was(error: BaseException) -> None:
    class Pulled(io.BytesIO):
        def write(self, data: Any) -> int:
            raise error

    with pytest.raises(type(error)) as raised:
        sealing.seal_pieces([b"x" * 200_000], [OURS], Pulled())
    assert raised.value is error


def test_stopping_while_a_bundle_is_opened_is_no_broken_seal() -> None:
    sealed = sealing.seal(b"x" * 300_000, [OURS])
    error = Cancelled()

    def pieces() -> Iterator[bytes]:
        yield sealed[:100_000]
        raise error

    with pytest.raises(Cancelled) as raised:
        sealing.unseal_pieces(pieces(), len(sealed), [SECRET])
    assert raised.value is error


@pytest.mark.parametrize("error", [pyrage.EncryptError("no"), pyrage.RecipientError("no")])
def test_an_encryption_that_fails_by_itself_is_said(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(*_: object) -> bytes:
        raise error

    monkeypatch.setattr(pyrage, "encrypt", fails)
    monkeypatch.setattr(pyrage, "encrypt_io", fails)
    monkeypatch.setattr(passphrases, "encrypt", fails)
    for attempt in (
        lambda: sealing.seal(b"x", [OURS]),
        lambda: sealing.seal(b"x", [], "wrens in the hedge"),
        lambda: sealing.seal_pieces([b"x"], [OURS], io.BytesIO()),
    ):
        with pytest.raises(TriageError, match="the encryption failed"):
            attempt()


def test_a_key_to_which_nothing_can_be_sealed_is_no_recipient() -> None:
    assert not sealing.is_recipient(SMALL_ORDER)
    assert sealing.is_recipient(OURS)
    with pytest.raises(ValueError, match="recipient"):
        sealing.seal(b"x", [SMALL_ORDER])
    with pytest.raises(ValueError, match="recipient"):
        sealing.seal_pieces([b"x"], [OURS, SMALL_ORDER], io.BytesIO())


def test_a_key_of_ours_that_cannot_be_read_is_said() -> None:
    with pytest.raises(TriageError, match="cannot be read"):
        sealing.unseal(sealing.seal(b"x", [OURS]), ["AGE-SECRET-KEY-1DAMAGED"])
