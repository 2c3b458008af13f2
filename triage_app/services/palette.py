"""What the search box of the window offers of records, saved views and the manual while one types."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from triage_app.services import manual, views
from triage_app.store import named
from triage_app.store.connection import Store
from triage_app.store.named import Named

LONGEST: Final = 60
"""Characters beyond which what is typed is a query, and no reference or name."""

_EACH: Final = 4
"""Of one kind: whoever wants more types another letter, or Enter for the whole list."""


@lru_cache(maxsize=1)
def _titles() -> tuple[tuple[str, str], ...]:
    return tuple((page.name, page.title) for page in manual.pages().values())


def found(store: Store, typed: str, is_wanted: Callable[[], bool] = lambda: True) -> list[Named]:
    """Return what is called so, the whole reference first, then by kind; [] for what is too long to be a name.

    Between two looks it is asked whether anybody still waits for it.
    """
    words = typed.split()
    if not words or len(typed) > LONGEST:
        return []
    one = " ".join(words)
    looks: tuple[Callable[[], list[Named]], ...] = (
        lambda: named.by_reference(store, one, _EACH),
        lambda: named.incidents(store, words, _EACH),
        lambda: _saved(store, words),
        lambda: named.victims(store, words, _EACH),
        lambda: named.of_campaigns(store, words, _EACH),
        lambda: named.evidence(store, one, _EACH),
        lambda: named.alerts_called(store, one, _EACH),
        lambda: named.organisations(store, words, _EACH),
        lambda: _pages(words),
    )
    every: dict[tuple[str, str], Named] = {}
    for look in looks:
        if not is_wanted():
            return []
        for each in look():
            every.setdefault((each.kind, each.id), each)
    return sorted(every.values(), key=lambda each: not each.exact)


def _has(words: list[str], text: str) -> bool:
    said = text.casefold()
    return all(word.casefold() in said for word in words)


def _saved(store: Store, words: list[str]) -> list[Named]:
    kept = [one for one in views.listing(store) if _has(words, one.name)]
    return [Named("view", one.name, one.name, one.query) for one in kept[:_EACH]]


def _pages(words: list[str]) -> list[Named]:
    return [Named("manual", name, title) for name, title in _titles() if _has(words, title)][:_EACH]
