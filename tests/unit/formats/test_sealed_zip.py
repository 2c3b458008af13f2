"""The encrypted ZIP: read back here by an independent reading of AE-2."""

from __future__ import annotations

import hashlib
import hmac
import io
import re
import zipfile

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from triage_app.formats.sealed_zip import SealedZip, new_passphrase


def opened(data: bytes, passphrase: str) -> dict[str, bytes]:
    """Open every entry; fail where a check does not fit."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            assert (entry.compress_type, entry.flag_bits & 1, entry.CRC) == (99, 1, 0)
            assert entry.extra == b"\x01\x99\x07\x00\x02\x00AE\x03\x00\x00"
            start = entry.header_offset + 30 + len(entry.filename) + len(entry.extra)
            covered = data[start : start + entry.compress_size]
            salt, check, hidden, mac = covered[:16], covered[16:18], covered[18:-10], covered[-10:]
            keys = hashlib.pbkdf2_hmac("sha1", passphrase.encode(), salt, 1000, 66)
            if keys[64:] != check:
                raise ValueError("not that passphrase")
            assert hmac.new(keys[32:64], hidden, "sha1").digest()[:10] == mac
            blocks = Cipher(algorithms.AES(keys[:32]), modes.ECB()).encryptor()
            count = -(-len(hidden) // 16)
            stream = blocks.update(b"".join(number.to_bytes(16, "little") for number in range(1, count + 1)))
            over = int.from_bytes(hidden, "big") ^ int.from_bytes(stream[: len(hidden)], "big")
            plain = over.to_bytes(len(hidden), "big")
            assert len(plain) == entry.file_size
            found[entry.filename] = plain
    return found


@given(st.lists(st.binary(max_size=70), max_size=6), st.binary(max_size=40))
def test_whatever_the_pieces_the_archive_opens_to_what_went_in(pieces: list[bytes], other: bytes) -> None:
    file = io.BytesIO()
    archive = SealedZip(file, "a passphrase")
    archive.add("E.evidence", sum(map(len, pieces)), pieces)
    archive.add("custody.txt", len(other), [other])
    archive.close()
    assert opened(file.getvalue(), "a passphrase") == {"E.evidence": b"".join(pieces), "custody.txt": other}


def test_nothing_of_the_content_is_in_the_archive_and_no_other_passphrase_opens_it() -> None:
    file = io.BytesIO()
    archive = SealedZip(file, new_passphrase())
    archive.add("x", 4000, [b"canary 7B " * 400])
    archive.close()
    assert b"canary" not in file.getvalue()
    with pytest.raises(ValueError, match="not that passphrase"):
        opened(file.getvalue(), new_passphrase())


@pytest.mark.parametrize("pieces", [[b"ab"], [b"abcd"], []])
def test_an_entry_of_another_size_than_was_said_is_a_fault(pieces: list[bytes]) -> None:
    with pytest.raises(ValueError, match="as many bytes"):
        SealedZip(io.BytesIO(), "x").add("x", 3, pieces)
    with pytest.raises(ValueError, match="4 GiB"):
        SealedZip(io.BytesIO(), "x").add("x", 2**32, pieces)


def test_a_passphrase_is_long_and_has_no_sign_that_is_misread() -> None:
    made = {new_passphrase() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"([2-9a-hj-km-np-z]{5}-){4}[2-9a-hj-km-np-z]{5}", one) for one in made)
