"""Puts a language on the screen: ours for what we say, and for what Qt says in its own dialogs and menus.

Qt reads translations from its compiled form. That is made here in memory, from the catalogue that the rest of the
program reads too, with no context: a text means the same wherever it stands, and Qt's own are reached by the same way.
Qt then looks a text up without running any Python, on whichever thread asks.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Final

from PySide6.QtCore import QCoreApplication, QTranslator

from triage_app import language
from triage_app.language import Catalogue

_MAGIC: Final = bytes.fromhex("3cb86418caef9c95cd211cbf60a1bddd")
_HASHES: Final = 0x42
_MESSAGES: Final = 0x69
_END: Final = 1
_TRANSLATION: Final = 3
_SOURCE: Final = 6


def compiled(texts: Mapping[str, str]) -> bytes:
    """Return texts in the form that ``QTranslator`` loads, each found by its source alone."""
    messages = bytearray()
    index: list[tuple[int, int]] = []
    for source, text in texts.items():
        key = source.encode()
        index.append((_hash(key), len(messages)))
        told = text.encode("utf-16-be")
        messages += struct.pack(">BI", _TRANSLATION, len(told)) + told
        messages += struct.pack(">BI", _SOURCE, len(key)) + key
        messages.append(_END)
    hashes = b"".join(struct.pack(">II", *each) for each in sorted(index))
    return _MAGIC + _section(_HASHES, hashes) + _section(_MESSAGES, bytes(messages))


def _section(tag: int, content: bytes) -> bytes:
    return struct.pack(">BI", tag, len(content)) + content


def _hash(key: Iterable[int]) -> int:
    """Return the hash by which Qt finds a text: that of ELF, never nought."""
    found = 0
    for byte in key:
        found = ((found << 4) + byte) & 0xFFFFFFFF
        high = found & 0xF0000000
        if high:
            found ^= high >> 24
        found &= ~high & 0xFFFFFFFF
    return found or 1


class _Spoken:
    """The translator that is installed, and the bytes that it reads, which Qt does not copy."""

    def __init__(self) -> None:
        self._translator: QTranslator | None = None
        self._held = b""

    def speak(self, catalogue: Catalogue | None) -> None:
        """Speak by a catalogue from now on; what is on the screen already stays as it is until it is made again."""
        if self._translator is not None:
            QCoreApplication.removeTranslator(self._translator)
            self._translator, self._held = None, b""
        language.use(catalogue)
        if catalogue is not None:
            self._held = compiled(catalogue.texts)
            self._translator = QTranslator()
            self._translator.load(self._held)
            QCoreApplication.installTranslator(self._translator)


_spoken = _Spoken()


def speak(catalogue: Catalogue | None) -> None:
    """Speak by a catalogue in the whole window from now on; None is English.

    Call it while no view is on the screen: views say what they say when they are made.
    """
    if catalogue is not language.in_use():
        _spoken.speak(catalogue)
