"""Files that could not be taken in, kept with the reason so that they can be looked up again."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

from triage_app.domain.indicators import visible
from triage_app.errors import NotFound, TriageError
from triage_app.language import kept, say
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.content import keyed_hash
from triage_app.services.previewing import Source, size_of
from triage_app.services.session import Session
from triage_app.services.times import iso
from triage_app.store import refusals
from triage_app.store.connection import Store

_LARGEST_KNOWN_AGAIN = 256 * 1024 * 1024
"""Bytes of a file that is read once more to know it again: a larger one is known by its name alone."""

TOUCHED = Changes("", "", touched=frozenset({("refusal", "")}))
"""What views are told when something was refused, or is no longer kept."""


@dataclass(frozen=True)
class Refusal:
    """One file that was not taken in."""

    id: str
    name: str
    at: int
    "Milliseconds since 1970 UTC."
    what: str
    "What happened, in a sentence."
    advice: str
    "What to do, in a sentence."

    def as_data(self) -> dict[str, Any]:
        """Return it as plain data, for JSON."""
        return {"id": self.id, "name": self.name, "at": iso(self.at), "what": self.what, "do": self.advice}


def keep(session: Session, name: str, source: Source, error: TriageError, *, renew: bool = True) -> None:
    """Keep, in English, that a file was refused; a store that cannot take even that (a full disk, say) goes without.

    Without ``renew`` the same file refused for the same reason keeps the time at which it first was.
    """
    content = ""
    with contextlib.suppress(TriageError):
        if size_of(source) <= _LARGEST_KNOWN_AGAIN:
            content = keyed_hash(session, source, name, most=_LARGEST_KNOWN_AGAIN)
    with contextlib.suppress(TriageError), session.store.write():
        if not renew and refusals.has(session.store, visible(name), content, kept(error.what)):
            return
        now = milliseconds(session.now())
        refusals.keep(session.store, visible(name), content, now, kept(error.what), kept(error.do))


def listing(store: Store) -> list[Refusal]:
    """Return the files that were refused, newest first."""
    return [
        Refusal(str(row["id"]), row["name"], row["at"], row["what"], row["advice"]) for row in refusals.listing(store)
    ]


def forget(session: Session, refusal_id: str) -> str:
    """Keep one no longer, and return what was done in words. Raises ``NotFound``."""
    with session.store.write():
        number = refusal_id.strip()
        is_number = number.isascii() and number.isdigit() and len(number) < 16
        name = refusals.forget(session.store, int(number)) if is_number else ""
        if not name:
            raise NotFound(say("No refused file is kept as {0}.", refusal_id), "“triage imports refused” shows them.")
    return f"Removed {name} from the list of refused files"
