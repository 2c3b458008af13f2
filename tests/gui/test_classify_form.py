"""The further pages of the classify form, and times as precisely as they are known, over a real store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import empty_store, settle, window_on
from tests.gui.incident_store import Told, desk_on, dialog, incident_row
from triage_app.services import incidents
from triage_app.services.vocabularies import vocabulary
from triage_app.ui import theme
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.classify import ClassifyDialog
from triage_app.ui.dialogs.set_times import SetTimesDialog
from triage_app.ui.views.incidents import IncidentsView


@pytest.fixture
def page(desk: Desk, told: Told, qtbot: QtBot, qapp: QApplication) -> IncidentsView:
    return shown(desk, told, qtbot, qapp)


def shown(
    desk: Desk, told: Told, qtbot: QtBot, qapp: QApplication, width: int = 1220, height: int = 820
) -> IncidentsView:
    """The page of the incident with ransomware."""
    theme.current().apply(qapp)
    made = IncidentsView(desk)
    qtbot.addWidget(made)
    made.resize(width, height)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    settle(desk, qtbot)
    made.show_record("incident", told.ransom)
    settle(desk, qtbot)
    return made


def opened(page: IncidentsView, qtbot: QtBot) -> ClassifyDialog:
    """The form, open."""
    page.page.open_classify()
    form = dialog(ClassifyDialog, qtbot)
    assert isinstance(form, ClassifyDialog)
    return form


def test_the_keyboard_turns_the_pages_and_one_act_keeps_what_all_of_them_say(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    form = opened(page, qtbot)
    QTest.keyClick(form.rsit.picker.search, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    assert form.detail.isVisible()
    assert form.focusWidget() is form.tabs.tabs["detail"]
    search = form.detail.techniques.picker.search
    assert form.detail.techniques.picker.none.text() == "591 more: type to narrow them."
    for typed in ("T1486", "spearphishing link"):
        QTest.keyClicks(search, typed)
        QTest.keyClick(search, Qt.Key.Key_Return)
    form.detail.determination.set_key("suspected")
    form.detail.pap.set_key("PAP:AMBER")
    QTest.keyClick(form.tabs.tabs["detail"], Qt.Key.Key_Right)
    assert form.impact.isVisible()
    form.impact.forms["nis"].set_answer("cause", "malicious-actions")
    form.impact.forms["data_types"].set_answer("health", "not-known")
    with qtbot.waitSignal(desk.acted) as acted:
        QTest.keyClick(form, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settle(desk, qtbot)
    row = incident_row(desk.store, told.ransom)
    assert row["determination"] == "suspected"
    assert row["facts"] == {
        "pap": "PAP:AMBER", "techniques": ["T1486", "T1566.002"], "nis": {"cause": "malicious-actions"},
        "data_types": {"health": "not-known"},
    }  # fmt: skip
    facts = page.page.facts.facts.values
    assert facts["ATT&CK"].text() == "T1486 Data Encrypted for Impact\nT1566.002 Phishing: Spearphishing Link"
    assert facts["Data"].text() == "Health: Not known"
    assert "Ransomware" not in facts
    with qtbot.waitSignal(desk.acted):
        desk.undo(acted.args[0].act)
    settle(desk, qtbot)
    assert "Data" not in page.page.facts.facts.values


def test_ransomware_and_phishing_are_asked_about_once_the_class_is_such(page: IncidentsView, qtbot: QtBot) -> None:
    form = opened(page, qtbot)
    form.go_to("detail")
    ransomware, phishing = form.detail.forms["ransomware"], form.detail.forms["phishing"]
    assert not ransomware.isVisible()
    assert not phishing.isVisible()
    form.rsit.toggle("malicious-code/infected-system")
    assert ransomware.isVisible()
    assert not phishing.isVisible()
    form.rsit.toggle("fraud/phishing")
    assert phishing.isVisible()
    form.reject()


def test_an_answer_that_is_none_is_said_beside_its_field_on_the_page_it_is_on(
    page: IncidentsView, qtbot: QtBot
) -> None:
    form = opened(page, qtbot)
    form.rsit.toggle("fraud/phishing")
    form.detail.forms["phishing"].set_answer("clicked", "a few")
    form.submit()
    assert form.tabs.current() == "detail"
    assert form.focusWidget() is form.detail.forms["phishing"].rows["clicked"].field
    form.detail.forms["phishing"].set_answer("clicked", "3")
    form.impact.category.set_key("2")
    form.submit()
    assert form.tabs.current() == "impact"
    assert form.focusWidget() is form.impact.by
    form.reject()


def test_a_category_we_were_told_of_stands_beside_the_third_step_and_confirms_nothing(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    form = opened(page, qtbot)
    form.impact.category.set_key("2")
    form.impact.by.setText("NCSC")
    form.impact.when.entry.setText("22 Nov 2026 02h")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    step = page.page.steps.confirmed
    assert step.value.text() == "Not confirmed here"
    assert step.detail.text() == "Reported to us: category 2, as confirmed by NCSC, Sun 22 Nov 2026 02h GMT"


def test_what_another_version_wrote_stays_when_the_form_is_kept(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    theirs = {"determination": "telepathic", "nis": {"cause": "moon", "mood": "grim"}}
    with qtbot.waitSignal(desk.acted):
        desk.act(lambda session: incidents._set(session, told.ransom, theirs, "Set"))
    settle(desk, qtbot)
    form = opened(page, qtbot)
    assert form.detail.determination.key() == "telepathic"
    cause = form.impact.forms["nis"].rows["cause"].field
    assert isinstance(cause, QComboBox)
    assert cause.currentText() == "moon"
    form.impact.forms["nis"].set_answer("outlook", "stable")
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    row = incident_row(desk.store, told.ransom)
    assert row["determination"] == "telepathic"
    assert row["facts"] == {"nis": {"cause": "moon", "mood": "grim", "outlook": "stable"}}


def test_every_field_has_a_name_and_no_page_is_wider_than_a_small_window(
    desk: Desk, told: Told, qtbot: QtBot, qapp: QApplication
) -> None:
    form = opened(shown(desk, told, qtbot, qapp, 720, 450), qtbot)
    form.rsit.set_codes(["malicious-code/infected-system", "fraud/phishing"])
    form.detail.ask_for(form.rsit.codes)
    for name in form.pages:
        form.go_to(name)
        QApplication.processEvents()
        assert form.form.horizontalScrollBar().maximum() == 0, name
        fields = [*form.pages[name].findChildren(QLineEdit), *form.pages[name].findChildren(QComboBox)]
        fields += form.pages[name].findChildren(QPlainTextEdit)
        assert fields
        assert all(field.accessibleName() for field in fields)
    form.reject()


def test_a_desk_assesses_in_the_form_and_the_trusts_proposal_stays(
    told: Told, tmp_path: Path, qtbot: QtBot, qapp: QApplication
) -> None:
    own = told.home / "vocabularies"
    own.mkdir()
    whole = {**vocabulary("desks"), "desks": [{"code": "RXX", "name": "A desk for a test"}]}
    (own / "desks.json").write_text(json.dumps(whole), encoding="utf-8")
    try:
        with desk_on(told, tmp_path, qtbot) as desk:
            page = shown(desk, told, qtbot, qapp)
            form = opened(page, qtbot)
            assert form.category.number() is None
            form.category.group.button(2).setChecked(True)
            form.because.setPlainText("Three trusts divert")
            with qtbot.waitSignal(desk.acted):
                form.submit()
            settle(desk, qtbot)
            assert page.page.steps.assessed.value.text() == "Category 2, highly significant incident"
            assert page.page.steps.proposed.value.text() == "Category 3, significant incident"
    finally:
        (own / "desks.json").unlink()
        own.rmdir()


def test_times_are_kept_and_shown_as_precisely_as_they_were_typed_and_a_doubtful_order_is_said(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    page.page.edit_times()
    form = dialog(SetTimesDialog, qtbot)
    assert isinstance(form, SetTimesDialog)
    assert form.doubt.isHidden()
    form.rows["occurred"].entry.setText("Sat 21 Nov, about 22:30")
    form.rows["contained"].entry.setText("May 2026")
    assert form.doubt.isVisible()
    assert "Contained (May 2026) lies before occurred (Sat 21 Nov, about 22:30 GMT)." in form.doubt.accessibleName()
    form.rows["reported"].entry.setText("2030")
    form.submit()
    assert form.focusWidget() is form.rows["reported"].entry
    form.rows["reported"].entry.clear()
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    shown_times = page.page.facts.times.values
    assert shown_times["Occurred"].text() == "Sat 21 Nov, about 22:30 GMT"
    assert shown_times["Contained"].text() == "May 2026"
    assert "Contained (May 2026) lies before occurred" in shown_times["In doubt"].text()
    notes = {str(row["what"]): str(row["note"]) for row in page.page.timeline.table.rows()}
    assert notes["Contained"] == "as recorded: May 2026"
    page.page.edit_times()
    again = dialog(SetTimesDialog, qtbot)
    assert isinstance(again, SetTimesDialog)
    assert again.rows["occurred"].text() == "about 2026-11-21 22:30+00:00"
    again.submit()
    assert not again.isVisible()


def test_a_list_of_ones_own_that_was_not_taken_is_said_when_the_window_opens(tmp_path: Path, qtbot: QtBot) -> None:
    profile = empty_store(tmp_path / "home")
    profile.vocabularies.mkdir()
    (profile.vocabularies / "nis.json").write_text("{}", encoding="utf-8")
    with window_on(profile.home, qtbot) as window:
        assert window.workplace is not None
        assert "Your own list nis.json was not taken" in window.workplace.status_text()


def test_the_severity_is_set_by_a_word_or_by_a_number(
    page: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    form = opened(page, qtbot)
    was = incident_row(desk.store, told.ransom)["severity"]
    assert form.severity.severity() == was
    form.severity.word.set_key("Medium")
    assert form.severity.number.text() == "40"
    form.severity.number.clear()
    QTest.keyClicks(form.severity.number, "188")
    form.submit()
    assert form.isVisible()  # 188 is no severity
    form.severity.number.clear()
    QTest.keyClicks(form.severity.number, "88")
    assert form.severity.word.key() == "High"
    with qtbot.waitSignal(desk.acted):
        form.submit()
    settle(desk, qtbot)
    assert incident_row(desk.store, told.ransom)["severity"] == 88
    assert page.page.facts.facts.values["Severity"].text() == "High (88)"
