"""Pieces of bundles that are here for good, by the hash of their content: what comes again is passed over."""

from __future__ import annotations

from typing import Protocol, TypeVar

from triage_app.store.connection import Store

T = TypeVar("T")


class Piece(Protocol[T]):
    """Some lines of a verified bundle, read when they are wanted."""

    @property
    def sha256(self) -> str:
        """Of their content, as the bundle's manifest signed it."""

    def load(self) -> list[T]:
        """Return the lines."""


def lines_of(store: Store, sha256: str) -> int | None:
    """Return how many lines a piece has of which all is here for good, None for a piece that is not known so."""
    found = store.value("SELECT lines FROM taken WHERE sha256 = ?", (sha256,))
    return None if found is None else int(found)


def note(store: Store, sha256: str, lines: int) -> None:
    """Note that all of a piece is here for good, whatever comes: nothing of it was refused, or left waiting."""
    store.execute("INSERT OR IGNORE INTO taken(sha256, lines) VALUES (?, ?)", (sha256, lines))
