"""The quick seals of the tests are age's: the library opens them, but not with other words nor after a change."""

from __future__ import annotations

import pyrage
import pytest

from tests import quick_seals
from triage_app.formats.bundle import sealing

WORDS = "seven bright acörns"
CHUNK = sealing.CHUNK


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_quick_seal_is_opened_by_the_library_and_holds_what_was_sealed(size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    sealed = quick_seals.encrypt(content[:size], WORDS)
    assert sealing.unseal(sealed, [], WORDS) == (content[:size], True)


def test_a_quick_seal_is_a_seal() -> None:
    sealed = quick_seals.encrypt(b"content", WORDS)
    with pytest.raises(pyrage.DecryptError, match="Decryption failed"):
        pyrage.passphrase.decrypt(sealed, "seven bright acorns")
    with pytest.raises(pyrage.DecryptError):
        pyrage.passphrase.decrypt(sealed.replace(b" 10\n", b" 11\n"), WORDS)
    for at in (25, 60, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises((pyrage.DecryptError, OSError)):
            pyrage.passphrase.decrypt(bytes(changed), WORDS)
