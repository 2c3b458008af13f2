"""Words that somebody had typed in a form when the store was locked: kept sealed in the store until they are seen.

They stay on this laptop, belong to no record, and are forgotten once whoever unlocks has been shown them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from triage_app.services.session import Session
from triage_app.store import preferences
from triage_app.store.connection import Store

_KEY: Final = "drafts"
MOST: Final = 20
MOST_CHARACTERS: Final = 200_000
"Of one draft: what is longer is cut."


@dataclass(frozen=True)
class Draft:
    """What was typed, and in which form."""

    form: str
    "The form's heading."
    words: str


def keep(session: Session, drafts: Iterable[Draft]) -> None:
    """Keep what was typed, beside what is kept already; the oldest go where there are too many."""
    with session.store.write():
        every = [*waiting(session.store), *drafts][-MOST:]
        said = [[one.form, one.words[:MOST_CHARACTERS]] for one in every]
        preferences.keep(session.store, _KEY, said)


def waiting(store: Store) -> list[Draft]:
    """Return what was typed and not yet shown."""
    found = preferences.all_of(store).get(_KEY, [])
    return [Draft(str(form), str(words)) for form, words in found]


def forget(session: Session) -> None:
    """Forget what was kept: it has been seen."""
    with session.store.write():
        preferences.keep(session.store, _KEY, [])
