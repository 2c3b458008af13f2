"""The first alerts that pass a filter, found while somebody types it: a screenful at once, all of them later."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from triage_app.store import alert_terms
from triage_app.store.alerts import OF_INDEX, AlertFilter, conditions, in_order, terms_of
from triage_app.store.connection import Store

_TRIED: Final = 600
"Alerts that are looked at before anything else: some milliseconds."

_SOME: Final = 8
"Of those tried: what so many of them have stands in thousands of rows, and the index need not be asked how many."

_A_SCREEN: Final = 40
"Alerts that fill the list as far as it is seen."

_GONE_THROUGH: Final = 2_000
"Alerts of which the first page is chosen where a filter is slow: less than a tenth of a second."

_HELD: Final = "a.id, a.key, a.newest, a.severity, a.last_seen"


def first_ids(store: Store, narrowed: AlertFilter, order: str, descending: bool, limit: int) -> array[int]:
    """Return the first alerts that pass, quickly, in order: not always all that come first.

    Where what is asked for stands in too many rows to find them all, the first of the list are gone through, and only
    their newest rows are looked at. A few of the first are tried before the index is asked at all: of the beginning of
    a word it would put together every row that has it, and hear of no other key meanwhile. Where those tried have some,
    the next are gone through until they fill the list as far as it is seen.
    """
    asked = (*narrowed.terms, *terms_of(narrowed))
    if order in OF_INDEX and any(term.field not in OF_INDEX for term in asked):
        bare = replace(narrowed, text="", source="", organisation="", terms=())
        newest = [alert_terms.of_newest(store, term) for term in asked]
        found = _gone_through(store, bare, order, descending, newest, _TRIED, limit)
        if _SOME <= len(found) < _A_SCREEN:
            found = _gone_through(store, bare, order, descending, newest, _GONE_THROUGH, _A_SCREEN)
        if len(found) >= _SOME:
            return found
    quick = [alert_terms.at_once(store, term) for term in asked]
    slow = [alert_terms.of_newest(store, term) for term, found in zip(asked, quick, strict=True) if found is None]
    where, parameters = conditions(
        store,
        replace(narrowed, text="", source="", organisation="", terms=()),
        order,
        is_rare=any(
            found is not None and term.field not in ("severity", "seen") and not term.negated
            for term, found in zip(asked, quick, strict=True)
        ),
    )
    for sql, more in filter(None, quick):
        where.append(sql)
        parameters += more
    if not slow:
        return store.numbers(f"{in_order('a.id', where, order, descending)} LIMIT ?", [*parameters, limit])
    return _first_of(store, in_order(_HELD, where, order, descending), parameters, slow, _GONE_THROUGH, limit)


def _gone_through(
    store: Store, narrowed: AlertFilter, order: str, descending: bool, terms: Sequence[tuple[str, list[Any]]],
    many: int, limit: int,
) -> array[int]:  # fmt: skip
    where, parameters = conditions(store, narrowed, order)
    return _first_of(store, in_order(_HELD, where, order, descending), parameters, terms, many, limit)


def _first_of(
    store: Store, listed: str, parameters: Sequence[Any], terms: Sequence[tuple[str, list[Any]]], many: int, limit: int
) -> array[int]:
    """Return those of the first ``many`` of a list of which some terms are true."""
    sql = f"SELECT a.id FROM ({listed} LIMIT ?) AS a WHERE {' AND '.join(one for one, _ in terms)} LIMIT ?"
    return store.numbers(sql, [*parameters, many, *(each for _, more in terms for each in more), limit])
