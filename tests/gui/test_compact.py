"""Compact rows: 26 high, each with when the alert was seen over the last day, and the totals over the list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import PASSPHRASE, empty_store, now, until, window_on
from tests.unit.store.evidence import key_of, load, row
from triage_app.services import session as sessions
from triage_app.services.changes import milliseconds
from triage_app.store import seen_lately
from triage_app.ui import theme
from triage_app.ui.tokens import Size
from triage_app.ui.workplace import Workplace

HOUR = 3_600_000


@pytest.fixture
def work(tmp_path: Path, qtbot: QtBot) -> Iterator[Workplace]:
    session = sessions.unlock(empty_store(tmp_path / "home"), PASSPHRASE, now)
    at = milliseconds(now())
    rows = [row("a", at - 60_000 * n, severity=95, title="Beacon") for n in range(3)]
    rows += [row("a", at - 5 * HOUR, severity=95, title="Beacon"), row("a", at - 30 * HOUR, severity=95)]
    rows += [row("b", at - 40 * HOUR, severity=50, title="Old"), row("c", None, severity=20, title="No time")]
    load(session, rows)
    session.close()
    with window_on(tmp_path / "home", qtbot) as window:
        assert window.workplace is not None
        yield window.workplace
    theme.current().set_density("normal")


def activity(work: Workplace, key: str) -> tuple[int, ...] | None:
    model = work.queue.table.record_model
    rows = [model.record(place) for place in range(len(model.ids))]
    found = next((one for one in rows if one is not None and one["alert"]["key"] == key_of(key)), None)
    return None if found is None else found.get("activity")


def test_each_row_shows_when_it_was_seen_over_the_last_day(work: Workplace, qtbot: QtBot) -> None:
    assert activity(work, "a") is None  # nothing is asked for while rows are not compact
    work.desk.set("density", "compact")
    until(qtbot, lambda: sum(activity(work, "a") or ()) == 4)
    seen = activity(work, "a")
    assert seen is not None
    assert (len(seen), seen[-1], seen[18] + seen[19]) == (24, 3, 1)
    for name in "bc":
        assert activity(work, name) == (0,) * 24
    table = work.queue.table
    assert table.rowHeight(0) == 26
    heads = [each.heading for each in table.record_model.columns]
    assert "Seen, 24 h" in heads
    work.desk.set("density", "normal")
    until(qtbot, lambda: table.rowHeight(0) == 36)
    assert activity(work, "a") is None


def test_the_totals_stand_over_the_list_while_rows_are_compact_and_follow_the_filter(
    work: Workplace, qtbot: QtBot
) -> None:
    totals = work.queue.totals
    assert totals.isHidden()
    work.desk.set("density", "compact")
    until(qtbot, lambda: not totals.isHidden())
    assert totals.words() == "1 critical, 0 high, 1 medium, 1 low, 0 info, 3 alerts fold 7 rows"
    assert totals.height() == Size.TOTALS
    work.queue.set_query("is:open sev:>=high")
    until(qtbot, lambda: totals.words().endswith("1 alert folds 5 rows"))
    work.desk.set("density", "normal")
    until(qtbot, totals.isHidden)


def test_a_low_window_keeps_its_room_for_rows(work: Workplace, qtbot: QtBot) -> None:
    work.desk.set("density", "compact")
    until(qtbot, lambda: not work.queue.totals.isHidden())
    work.window().resize(675, 356)
    until(qtbot, work.queue.totals.isHidden)


def test_seen_lately_reads_the_index_alone(work: Workplace) -> None:
    store = work.desk.store
    sql = "SELECT key, count(*) FROM evidence_row WHERE key IN (?) AND seen_at > ? AND seen_at <= ? GROUP BY 1"
    plan = " ".join(str(line[3]) for line in store.rows("EXPLAIN QUERY PLAN " + sql, (b"", 0, 1)))
    assert "COVERING INDEX evidence_row_key" in plan
    assert seen_lately.recent(store, [], 10, 1, 24) == {}
