"""While a filter is typed, the first alerts that pass come in the order of the whole list, however common it is."""

from __future__ import annotations

import pytest

from tests.unit.store.evidence import load, row
from triage_app.services.session import Session
from triage_app.store import alert_terms, alerts, first_alerts, search
from triage_app.store.alerts import AlertFilter
from triage_app.store.connection import Store

MANY = 2_400
WANTED = AlertFilter(text="loader")


def filled(session: Session, one_in: int) -> Session:
    """A store of which one alert in so many passes the filter, with an index of all words."""
    rows = [
        row(f"alert {number}", number, title="Loader seen" if number % one_in == 0 else "Sweep")
        for number in range(MANY)
    ]
    load(session, rows)
    search.index_all(session.store, lambda *_: None)
    return session


@pytest.mark.parametrize("one_in", [1, 5, 14, 30, 60, 400, 3_000])
def test_the_first_are_those_that_the_whole_list_begins_with(session: Session, one_in: int) -> None:
    store = filled(session, one_in).store
    whole = list(alerts.ids(store, WANTED, "severity", True))
    first = list(first_alerts.first_ids(store, WANTED, "severity", True, 200))
    assert first == whole[: len(first)]
    assert len(first) >= min(len(whole), 33)


def test_what_some_of_the_first_have_is_looked_for_in_the_next_without_asking_how_common_it_is(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = filled(session, 30).store
    asked: list[str] = []
    ask = search.is_common

    def heard(store: Store, expression: str, many: int) -> bool:
        asked.append(expression)
        return ask(store, expression, many)

    monkeypatch.setattr(search, "is_common", heard)
    assert len(first_alerts.first_ids(store, WANTED, "severity", True, 200)) == 40
    assert asked == []
    alert_terms.at_once(store, alerts.terms_of(WANTED)[0])
    assert asked
