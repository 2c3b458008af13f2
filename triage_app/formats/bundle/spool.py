"""Where packed entries wait until it is known how many parts they make: in memory, and once they are many, on the disk.

On the disk they lie under a key that nobody keeps, in a file without a name.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from triage_app.paths import file_errors

IN_MEMORY: Final = 24 * 1024 * 1024
"Bytes that are kept in memory at most."

_NONCE: Final = 12


class Spool:
    """Takes pieces and gives each back, any number of times."""

    def __init__(self, folder: Path | None = None, in_memory: int = IN_MEMORY) -> None:
        """``folder`` is where the file is made, if there is to be one; by default where the system puts such files."""
        self._folder = folder
        self._room = in_memory
        self._pieces: list[bytes | tuple[int, int]] = []
        self._file: IO[bytes] | None = None
        self._cipher = AESGCM(os.urandom(32))
        self._end = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pieces.clear()
        if self._file is not None:
            self._file.close()

    def put(self, piece: bytes) -> int:
        """Take a piece and return by which number it is had again. Raises ``DiskFull``, ``StoreReadOnly``."""
        if len(piece) <= self._room:
            self._room -= len(piece)
            self._pieces.append(piece)
            return len(self._pieces) - 1
        number = len(self._pieces)
        sealed = self._cipher.encrypt(number.to_bytes(_NONCE, "big"), piece, None)  # a key for once, a number for once
        with file_errors(self._folder or Path(tempfile.gettempdir())):
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed with the spool
            self._file.seek(self._end)
            self._file.write(sealed)
        self._pieces.append((self._end, len(sealed)))
        self._end += len(sealed)
        return number

    def get(self, number: int) -> bytes:
        """Return a piece."""
        piece = self._pieces[number]
        if isinstance(piece, bytes):
            return piece
        if self._file is None:
            raise ValueError("the spool is closed")
        self._file.seek(piece[0])
        return self._cipher.decrypt(number.to_bytes(_NONCE, "big"), self._file.read(piece[1]), None)
