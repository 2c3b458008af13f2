"""Folding: however rows come and go, the queue shows what a fold of all visible rows would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenarios.laptop import Laptop, copied
from tests.unit.store.evidence import folded, key_of, load, row, take_back
from triage_app.services import triage
from triage_app.services.session import Session
from triage_app.store import alert_activity, alert_states, alerts
from triage_app.store.alerts import AlertFilter
from triage_app.store.connection import Store


def rebuilt(store: Store) -> list[tuple[object, ...]]:
    """Return the alert table as a rebuild from nothing makes it."""
    with store.write():
        alerts.rebuild(store)
        for (key,) in store.rows("SELECT key FROM alert"):
            alert_states.refresh(store, [bytes(key)])
    return folded(store)


def test_the_newest_row_is_shown_with_its_severity(session: Session) -> None:
    load(
        session, [row("a", 3000, 20, title="old"), row("a", 9000, 80, title="new"), row("a", 5000, 40, title="middle")]
    )
    [(number, shown)] = alerts.rows(session.store, [1]).items()
    assert (number, shown["title"], shown["severity"], shown["count"]) == (1, "new", 80, 3)
    assert (shown["first_seen"], shown["last_seen"]) == (3000, 9000)


def test_an_older_row_that_comes_later_is_not_shown(session: Session) -> None:
    load(session, [row("a", 9000, 80, title="new")])
    load(session, [row("a", 3000, 20, title="old")])
    [shown] = alerts.rows(session.store, [1]).values()
    assert (shown["title"], shown["severity"], shown["count"], shown["first_seen"]) == ("new", 80, 2, 3000)


def test_a_row_without_a_time_never_hides_one_that_has_it(session: Session) -> None:
    load(session, [row("a", 9000, 80)])
    load(session, [row("a", None, 20)])
    [shown] = alerts.rows(session.store, [1]).values()
    assert (shown["severity"], shown["count"], shown["first_seen"], shown["last_seen"]) == (80, 2, 9000, 9000)
    assert folded(session.store) == rebuilt(session.store)


def test_two_files_that_saw_it_in_the_same_second_fold_as_one_would(session: Session) -> None:
    load(session, [row("a", 1_000_900, 80)])
    load(session, [row("a", 1_000_100, 20)])
    assert folded(session.store) == rebuilt(session.store)


TIMES = st.sampled_from(
    [None, 0, 1, 999, 1000, 1999, 2000, 1_000_100, 1_000_900, 2**31 * 1000, 2**32 * 1000, -5, -5000]
)
ROWS = st.tuples(st.sampled_from("abc"), TIMES, st.integers(0, 100)).map(lambda cells: row(*cells))
STEPS = st.lists(
    st.tuples(st.just("load"), st.lists(ROWS, max_size=5))
    | st.tuples(st.sampled_from(["undo", "redo"]), st.integers(0, 4)),
    min_size=1,
    max_size=7,
)


@pytest.fixture(scope="module")
def folding(empty_laptop: Laptop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with copied(empty_laptop, tmp_path_factory.mktemp("fold")).session() as session:
        yield session


class TakenBack(Exception):
    pass


@contextmanager
def nothing_kept(session: Session) -> Iterator[None]:
    """Take back all that is written inside, so that the next example starts from nothing."""
    with suppress(TakenBack), session.store.write():
        yield
        raise TakenBack


@given(steps=STEPS)
def test_the_queue_is_always_what_a_rebuild_would_make_of_it(folding: Session, steps: list[tuple[str, object]]) -> None:
    with nothing_kept(folding):
        session = folding
        made: list[str] = []
        for word, what in steps:
            if word == "load":
                assert isinstance(what, list)
                done = load(session, what)
                assert done.records == done.new + done.repeats
                made.append(done.entity)
            elif made:
                assert isinstance(what, int)
                take_back(session, made[what % len(made)], word == "undo")
            visible = session.store.value("SELECT ifnull(sum(rows), 0) FROM alert")
            spans = alerts.visible_spans(session.store)
            assert visible == sum(last - first + 1 for first, last in spans)
        assert folded(session.store) == rebuilt(session.store)


def test_rows_taken_back_and_brought_by_a_larger_file_get_numbers_of_their_own(session: Session) -> None:
    for names in ("ab", "bac", "cabd", "dcab"):
        done = load(session, [row(name, place) for place, name in enumerate(names)])
        take_back(session, done.entity)
        again = load(session, [row(name, place + 100) for place, name in enumerate(names)] + [row("z", None)])
        load(session, [row(name, place) for place, name in enumerate(names)])
        assert folded(session.store) == rebuilt(session.store)
        take_back(session, again.entity)
        assert session.store.value("SELECT min(id) FROM alert") > 0


def test_an_alert_keeps_its_number_while_its_rows_come_and_go(session: Session) -> None:
    load(session, [row("a", 1000), row("b", 1000)])
    second = load(session, [row("a", 2000)])
    before = alerts.numbers_of(session.store, [key_of("a"), key_of("b")])
    take_back(session, second.entity)
    assert alerts.numbers_of(session.store, [key_of("a"), key_of("b")]) == before


def test_what_was_decided_on_an_alert_outlives_rows_that_come_and_go(session: Session) -> None:
    load(session, [row("a", 1000), row("b", 1000), row("c", 1000)])
    triage.dismiss(session, [key_of("a")], "false-positive")
    triage.promote(session, [key_of("b")])

    def states() -> dict[str, str]:
        store = session.store
        numbers = alerts.numbers_of(store, [key_of(name) for name in "abc"])
        shown = alerts.rows(store, list(numbers.values()))
        return {name: shown[numbers[key_of(name)]]["state"] for name in "abc"}

    decided = {"a": "dismissed", "b": "linked", "c": "new"}
    assert states() == decided
    second = load(session, [row("a", 2000), row("b", 2000), row("c", 2000)])
    assert states() == decided
    take_back(session, second.entity)
    assert states() == decided


def test_times_over_time_are_those_of_rows_that_count(session: Session) -> None:
    load(session, [row("a", 0), row("a", 1000)])
    second = load(session, [row("a", 900_000)])
    assert sum(alert_activity.activity(session.store, key_of("a"))) == 3
    take_back(session, second.entity)
    assert sum(alert_activity.activity(session.store, key_of("a"), 4)) == 2


def test_runs_of_rows_are_intersected() -> None:
    assert alerts.within([(2, 4), (8, 8)], range(1, 12)) == [2, 3, 4, 8]
    assert alerts.within([], [1, 2]) == []


@pytest.mark.parametrize("prefix", ["", "xyz", "%", "_" * 4, "0" * 33, "é"])
def test_what_is_no_start_of_a_key_finds_nothing(session: Session, prefix: str) -> None:
    load(session, [row("a")])
    assert alerts.keys_starting(session.store, prefix) == []


def test_an_alert_is_found_by_the_start_of_its_key(session: Session) -> None:
    load(session, [row("a"), row("b")])
    key = key_of("a")
    assert alerts.keys_starting(session.store, key[:7]) == [key]
    assert alerts.keys_starting(session.store, key) == [key]


def test_every_order_gives_every_alert_once(session: Session) -> None:
    load(session, [row("a", 1, 0), row("b", None, 10), row("c", 3, 20)])
    for order in alerts.ORDERS:
        for descending in (True, False):
            assert sorted(alerts.ids(session.store, AlertFilter(), order, descending)) == [1, 2, 3], order
    assert alerts.count(session.store, AlertFilter()) == 3
    worst = alerts.numbers_of(session.store, [key_of("c")])[key_of("c")]
    assert list(alerts.ids(session.store, AlertFilter(min_severity=10), limit=1)) == [worst]
