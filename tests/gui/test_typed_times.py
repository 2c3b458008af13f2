"""A time such as "-10m" is read once, when it is typed: what the form showed is what is kept, whenever that is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import copied, desk_over, in_view, settle
from tests.gui.incident_store import PASSPHRASE, Hands, Told, incident_row
from triage_app.paths import Profile
from triage_app.services import attachments, clocks, events, precise_times, times
from triage_app.services import session as sessions
from triage_app.store import lookup
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.action_outcome import ActionOutcomeDialog
from triage_app.ui.dialogs.add_action import AddActionDialog
from triage_app.ui.dialogs.attachment import TakeDialog
from triage_app.ui.dialogs.call import CallDialog
from triage_app.ui.dialogs.classify_pages import ImpactPage
from triage_app.ui.dialogs.clock import AWARE, ClockDialog
from triage_app.ui.dialogs.custody import HandingDialog
from triage_app.ui.dialogs.event import EventDialog
from triage_app.ui.dialogs.form import FormDialog, MomentRow, TimeRow
from triage_app.ui.dialogs.handoff import HandoffDialog
from triage_app.ui.dialogs.impact import ImpactDialog
from triage_app.ui.dialogs.log_line import LogLineDialog
from triage_app.ui.dialogs.set_times import SetTimesDialog
from triage_app.ui.dialogs.tasks import TaskDialog
from triage_app.ui.dialogs.tip import TipDialog
from triage_app.ui.views.clock_faces import all_faces

TYPED = datetime(2026, 11, 22, 3, 12, 41, tzinfo=UTC)
AGO, AHEAD = datetime(2026, 11, 22, 3, 2, tzinfo=UTC), datetime(2026, 11, 22, 7, 12, tzinfo=UTC)
LATER = timedelta(minutes=7)


@pytest.fixture
def hands() -> Hands:
    made = Hands()
    made.at = TYPED
    return made


@pytest.fixture
def moving(told: Told, hands: Hands, tmp_path: Path, qtbot: QtBot) -> Iterator[Desk]:
    """A desk whose clock a test moves on."""
    profile = Profile(copied(told.home, tmp_path / "home"))
    with desk_over(lambda: sessions.unlock(profile, PASSPHRASE, hands), qtbot) as desk:
        yield desk


@pytest.fixture
def behind(moving: Desk, qtbot: QtBot, qapp: QApplication) -> QWidget:
    return in_view(QWidget(), moving, qtbot, qapp)


def minute(at: object) -> datetime:
    """Return the minute of a time as it is stored: milliseconds, or a time as it is known."""
    if isinstance(at, str):
        at = json.loads(at)
    if isinstance(at, dict):
        at = at["at"]
    assert isinstance(at, int)
    return datetime.fromtimestamp(at / 1000, UTC).replace(second=0, microsecond=0)


def newest(desk: Desk, kind: str, column: str) -> object:
    found = lookup.listing(desk.store, kind)
    return max(found, key=lambda row: row["created_at"] or 0)[column]


Made = tuple[FormDialog, TimeRow | MomentRow, Callable[[], object]]


def of_times(desk: Desk, told: Told, behind: QWidget) -> Made:
    form = SetTimesDialog(desk, told.ransom, "INC", {}, behind)
    stored: Callable[[], Any] = lambda: incident_row(desk.store, told.ransom)["times"]  # noqa: E731
    return form, form.rows["contained"], lambda: stored()["contained"]


def of_an_event(desk: Desk, told: Told, behind: QWidget) -> Made:
    form = EventDialog(desk, told.ransom, "INC", behind)
    form.words.setPlainText("The switch was pulled")
    return form, form.when, lambda: newest(desk, "event", "when")


def of_a_log_line(desk: Desk, told: Told, behind: QWidget) -> Made:
    form = LogLineDialog(desk, [(told.ransom, "INC", "Ransomware")], behind)
    form.words.setPlainText("The switch was pulled")
    return form, form.happened, lambda: newest(desk, "note", "happened_at")


def of_a_call(desk: Desk, told: Told, behind: QWidget) -> Made:
    form = CallDialog(desk, behind, callee={"callee": "Dr Amin"}, chosen=f"incident:{told.ransom}")
    return form, form.happened, lambda: newest(desk, "call", "happened_at")


def of_a_report(desk: Desk, told: Told, behind: QWidget) -> Made:
    form = TipDialog(desk, behind)
    form.words.setPlainText("Screens are red")
    return form, form.received, lambda: newest(desk, "tip", "received")


def of_an_outage(desk: Desk, told: Told, behind: QWidget) -> Made:
    form = ImpactDialog(desk, told.ransom, "outage", behind)
    form.rows["system"].field.setText("PACS")  # type: ignore[attr-defined]
    row = form.rows["from"]
    assert isinstance(row, MomentRow)
    return form, row, lambda: desk.store.value("SELECT from_at FROM impact")


def of_a_task(desk: Desk, told: Told, behind: QWidget) -> Made:
    form = TaskDialog(desk, told.ransom, "INC", behind)
    form.words.setPlainText("Ring the bed manager")
    return form, form.due, lambda: newest(desk, "task", "due_at")


def of_a_support_action(desk: Desk, told: Told, behind: QWidget) -> Made:
    form = AddActionDialog(desk, told.trust, "RXX", behind)
    form.kind.set_current("VS03")
    return form, form.due, lambda: newest(desk, "action", "due_at")


def of_an_outcome(desk: Desk, told: Told, behind: QWidget) -> Made:
    found = lookup.one(desk.store, "action", told.late)
    assert found is not None
    form = ActionOutcomeDialog(desk, found, behind)
    stored: Callable[[], Any] = lambda: lookup.one(desk.store, "action", told.late)  # noqa: E731
    return form, form.done_row, lambda: stored()["done_at"]


def of_a_hand_off(desk: Desk, told: Told, behind: QWidget) -> Made:
    form = HandoffDialog(desk, "incident", told.ransom, "INC", behind)
    form.body_field.setText("NCSC")
    return form, form.at, lambda: desk.store.value("SELECT max(offered_at) FROM handoff")


def of_a_clock(desk: Desk, told: Told, behind: QWidget) -> Made:
    found = clocks.of_incident(desk.store, told.supplier, round(TYPED.timestamp() * 1000))
    face = next(one for one in all_faces(found, TYPED) if "GDPR" in one.name)
    form = ClockDialog(desk, face, [], behind, AWARE)
    stored: Callable[[], Any] = lambda: incident_row(desk.store, told.supplier)["times"]  # noqa: E731
    return form, form.when, lambda: stored()["aware"]


FORMS = [
    (of_times, "-10m", AGO), (of_an_event, "-10m", AGO), (of_a_log_line, "-10m", AGO), (of_a_call, "-10m", AGO),
    (of_a_report, "-10m", AGO), (of_an_outage, "-10m", AGO), (of_an_outcome, "-10m", AGO),
    (of_a_hand_off, "-10m", AGO), (of_a_clock, "-10m", AGO), (of_a_task, "4h", AHEAD),
    (of_a_support_action, "4h", AHEAD),
]  # fmt: skip


@pytest.mark.parametrize(("make", "words", "meant"), FORMS, ids=[make.__name__ for make, _, _ in FORMS])
def test_what_a_form_showed_for_a_time_is_what_is_kept_however_late_it_is_saved(
    moving: Desk, told: Told, behind: QWidget, hands: Hands, qtbot: QtBot, make: Callable[..., Made], words: str,
    meant: datetime,
) -> None:  # fmt: skip
    form, row, kept = make(moving, told, behind)
    form.open()
    row.entry.setText(words)
    assert f"{meant:%H:%M} GMT" in row._note.text()
    hands.at += LATER
    assert f"{meant:%H:%M} GMT" in row._note.text()
    with qtbot.waitSignal(moving.acted):
        form.submit()
    settle(moving, qtbot)
    assert minute(kept()) == meant


def test_how_a_file_was_taken_and_handed_over_keeps_the_times_that_the_forms_showed(
    moving: Desk, told: Told, behind: QWidget, hands: Hands, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "memory.raw"
    path.write_bytes(b"taken on the ward")
    takings: list[attachments.Taking] = []
    form = TakeDialog(moving, "INC", 1, takings.append, behind)
    form.mine.click()
    assert "03:12 GMT" in form.when._note.text(), "now, as it was when it was said"
    hands.at += LATER
    form.submit()
    moving.act(lambda session: attachments.attach(session, told.ransom, path, takings[0]).changes)
    settle(moving, qtbot)
    (shown,) = attachments.listing(moving.store, told.ransom)
    assert minute(shown.row["taken_at"]) == TYPED.replace(second=0)
    handing = HandingDialog(moving, shown, behind)
    handing.open()
    handing.to.setText("Sgt Reed")
    handing.when.entry.setText("-2m")
    hands.at += LATER
    with qtbot.waitSignal(moving.acted):
        handing.submit()
    settle(moving, qtbot)
    (shown,) = attachments.listing(moving.store, told.ransom)
    assert minute(shown.custody[-1]["at"]) == datetime(2026, 11, 22, 3, 17, tzinfo=UTC)


def test_when_we_were_told_of_a_category_is_handed_on_as_it_was_shown(
    moving: Desk, told: Told, hands: Hands, qtbot: QtBot
) -> None:
    page = ImpactPage(moving, incident_row(moving.store, told.ransom), wide=True)
    qtbot.addWidget(page)
    page.category.set_key("2")
    page.by.setText("NCSC")
    page.when.entry.setText("-10m")
    hands.at += LATER
    found = page.reported()
    assert found is not None
    assert precise_times.read_moment(found[3], hands.at).at == round(AGO.timestamp() * 1000)


def test_midnight_does_not_move_a_time_that_was_typed_before_it(behind: QWidget, hands: Hands, qtbot: QtBot) -> None:
    hands.at = datetime(2026, 11, 22, 23, 58, tzinfo=UTC)
    moment, time = MomentRow("When", hands, "23:50"), TimeRow("When", hands, "23:50")
    for row in (moment, time):
        qtbot.addWidget(row)
    hands.at += LATER
    meant = datetime(2026, 11, 22, 23, 50, tzinfo=UTC)
    assert precise_times.read_moment(moment.text(), hands.at).at == round(meant.timestamp() * 1000)
    assert times.read_time(time.text(), hands.at) == meant


def test_a_time_that_names_its_day_is_kept_in_the_words_that_were_typed(hands: Hands, qtbot: QtBot) -> None:
    for words in ("about 3 May 2026", "2026", "2026-11-21 22:30", "02:55"):
        row = MomentRow("When", hands, words)
        qtbot.addWidget(row)
        assert row.text() == words
    time = TimeRow("When", hands, "02:55")
    qtbot.addWidget(time)
    assert time.text() == "02:55"


def test_words_thrown_away_by_a_lock_keep_the_time_they_meant(
    moving: Desk, told: Told, behind: QWidget, hands: Hands, qtbot: QtBot
) -> None:
    form, row, _ = of_an_event(moving, told, behind)
    row.entry.setFocus()
    row.entry.insert("-10m")
    hands.at += LATER
    assert "2026-11-22 03:02+00:00" in form.typed()
    form.deleteLater()


def test_an_event_that_is_put_right_keeps_the_time_that_was_shown(
    moving: Desk, told: Told, behind: QWidget, hands: Hands, qtbot: QtBot
) -> None:
    moving.act(lambda session: events.add_event(session, told.ransom, "Seen", "02:00"))
    settle(moving, qtbot)
    form = EventDialog(moving, told.ransom, "INC", behind, lookup.listing(moving.store, "event")[0])
    form.open()
    form.when.entry.setText("-10m")
    hands.at += LATER
    with qtbot.waitSignal(moving.acted):
        form.submit()
    settle(moving, qtbot)
    assert minute(newest(moving, "event", "when")) == AGO
