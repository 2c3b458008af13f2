"""The clinical impact of an incident over a real store: nothing stated, stated by keys, back up, put right."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import in_view, settle
from tests.gui.incident_store import Told, dialog
from triage_app.services import impact
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.impact import ImpactDialog
from triage_app.ui.views.impact_tab import ImpactTab
from triage_app.ui.views.incident_reading import incident
from triage_app.ui.views.incidents import IncidentsView
from triage_app.ui.widgets import Choice

NIGHT: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("outage", {"system": "EPR", "place": "Site A", "from": "-3h", "paper": "yes", "comment": "Sister Jones"}),
    ("outage", {"system": "LIMS", "from": "-2h", "until": "-1h"}),
    ("divert", {"what": "Stroke", "origin": "Site A", "destination": "Site B", "agreed_by": "Dr Amin"}),
    ("cancelled", {"kind": "outpatient", "count": "at least 12", "source": "PAS"}),
    ("cancelled", {"kind": "outpatient", "count": "not known", "source": "Phone"}),
    ("harm", {"level": "moderate", "reported_by": "Consultant, Dr Amin", "reference": "LFPSE 123"}),
    ("risk", {"severity": "major", "likelihood": "high"}),
    ("eprr", {"type": "critical", "level": "england-2"}),
    ("capacity", {"service": "Pathology", "percent": "10"}),
)


@pytest.fixture
def view(desk: Desk, qtbot: QtBot, qapp: QApplication) -> IncidentsView:
    return in_view(IncidentsView(desk), desk, qtbot, qapp)


@pytest.fixture
def tab(view: IncidentsView, told: Told, desk: Desk, qtbot: QtBot) -> ImpactTab:
    view.show_record("incident", told.ransom)
    settle(desk, qtbot)
    view.page.tabs.go_to("impact")
    settle(desk, qtbot)
    return view.page.impact


@pytest.fixture
def night(tab: ImpactTab, desk: Desk, told: Told, qtbot: QtBot) -> ImpactTab:
    """The tab after a night's statements."""
    for kind, values in NIGHT:
        desk.act(lambda session, kind=kind, values=values: impact.add(session, told.ransom, kind, values))  # type: ignore[misc]
    for _ in range(3):
        settle(desk, qtbot)
    QApplication.processEvents()
    return tab


def form(qtbot: QtBot) -> ImpactDialog:
    found = dialog(ImpactDialog, qtbot)
    assert isinstance(found, ImpactDialog)
    return found


def typed(made: ImpactDialog, **values: str) -> None:
    """Fill fields of a form."""
    for name, words in values.items():
        field = made.rows[name].field
        if isinstance(field, Choice):
            field.set_key(words)
        else:
            assert isinstance(field, QLineEdit)
            field.setText(words)


def test_nothing_stated_is_not_no_impact(tab: ImpactTab, view: IncidentsView) -> None:
    words = "\n".join(label.text() for label in tab.table.findChildren(QLabel) if label.isVisible())
    assert "Nothing has been stated about the clinical impact" in words
    assert "does not say that there is none" in words
    assert view.page.tabs.tabs["impact"].accessibleName() == "Impact 0"
    assert not tab.sums_card.isVisible()


def test_a_key_states_that_a_system_is_down_and_a_button_that_it_is_back_up(
    tab: ImpactTab, view: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    tab.table.setFocus()
    QTest.keyClick(tab.table, Qt.Key.Key_O)
    made = form(qtbot)
    made.submit()
    assert made.isVisible(), "a system needs a name"
    typed(made, system="EPR", place="Site A", until="-9h", **{"from": "-3h"}, paper="yes")
    made.submit()
    qtbot.waitUntil(lambda: made.problem.isVisible(), timeout=5_000)
    assert "before it begins" in made.problem.accessibleName() or made.problem.isVisible()
    typed(made, until="")
    made.submit()
    qtbot.waitUntil(lambda: "EPR, Site A for 3 h" in tab.down.text(), timeout=5_000)
    settle(desk, qtbot)
    assert view.page.tabs.tabs["impact"].accessibleName() == "Impact 1"
    assert tab.back_up.isEnabled()
    QTest.mouseClick(tab.back_up, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tab.down.text() == "Nothing is stated to be down now", timeout=5_000)
    assert not tab.back_up.isEnabled()
    desk.undo()
    qtbot.waitUntil(lambda: "EPR" in tab.down.text(), timeout=5_000)


def test_what_is_down_stands_first_and_the_sums_never_say_nought(night: ImpactTab, desk: Desk, told: Told) -> None:
    rows = night.table.rows()
    assert rows[0]["kind"].text == "System down"
    assert [row["kind"].text for row in rows].index("Divert") == 1
    assert night.down.text() == "Down now: EPR, Site A for 3 h"
    said = {name.strip(): label.text() for name, label in night.sums.values.items()}
    assert said["Outpatient appointments"] == "at least 12, 1 not known"
    assert said["Moderate harm"] == "1 reported, patients: not known"
    assert said["Clinical risk"] == "class 4 of 5 at worst"
    assert said["Declared"] == "Critical incident, England level 2: integrated care board"
    assert "Theatre sessions" not in said
    read = incident(desk.store, told.ransom)
    assert read is not None
    assert "EPR down" in [event.short for event in read.events]
    assert "LIMS back up" in [event.short for event in read.events]


def test_b_ends_what_is_current_an_outage_or_a_divert(night: ImpactTab, desk: Desk, told: Told, qtbot: QtBot) -> None:
    for left in (("Divert",), ()):
        night.table.setFocus()
        night.table.go_to_row(0)
        QTest.keyClick(night.table, Qt.Key.Key_B)
        qtbot.waitUntil(lambda left=left: tuple(  # type: ignore[misc]
            row["kind"].text for row in night.table.rows() if row["kind"].glyph) == left, timeout=5_000)  # fmt: skip
    night.table.go_to_row(0)
    assert not night.back_up.isEnabled()


def test_a_statement_is_put_right_with_a_reason_and_taken_back_by_its_form(
    night: ImpactTab, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    row = next(row for row in night.table.rows() if row["kind"].text == "Capacity")
    night.table.go_to_id(row["id"])
    QTest.keyClick(night.table, Qt.Key.Key_Return)
    made = form(qtbot)
    typed(made, percent="45")
    made.because.setText("misheard")
    made.submit()
    qtbot.waitUntil(lambda: night.sums.values["Pathology"].text() == "45 %", timeout=5_000)
    settle(desk, qtbot)
    read = incident(desk.store, told.ransom)
    assert read is not None
    told_of = [(one.before, one.after, one.because) for one in read.log if one.field == "Percent"]
    assert ("10 %", "45 %", "misheard") in told_of
    QTest.keyClick(night.table, Qt.Key.Key_Return)
    again = form(qtbot)
    QTest.mouseClick(again.remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Pathology" not in night.sums.values, timeout=5_000)


def test_every_kind_has_its_key_and_its_form_and_escape_leaves_nothing(
    tab: ImpactTab, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    for key in "ODLPHSE":
        qtbot.waitUntil(tab.isActiveWindow, timeout=5_000)  # a form that closes gives the keyboard back
        tab.table.setFocus()
        QTest.keyClicks(tab.table, key.lower())
        made = form(qtbot)
        assert all(field.field.accessibleName() for field in made.rows.values())
        QTest.keyClick(made, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: not any(isinstance(w, ImpactDialog) and w.isVisible()
                                        for w in QApplication.topLevelWidgets()), timeout=5_000)  # fmt: skip
    assert not impact.summary(desk.store, told.ransom).is_stated


def test_a_low_and_narrow_window_keeps_its_rows(night: ImpactTab, view: IncidentsView, qtbot: QtBot) -> None:
    view.resize(640, 340)
    qtbot.waitUntil(lambda: not night.sums_card.isVisible(), timeout=5_000)
    QApplication.processEvents()
    assert night.table.viewport().height() >= 36
    assert night.down.isVisible()
    assert view.minimumSizeHint().width() <= 640


def test_a_system_that_is_chosen_elsewhere_is_current_on_the_tab_of_its_incident(
    night: ImpactTab, view: IncidentsView, desk: Desk, told: Told, qtbot: QtBot
) -> None:
    down = impact.summary(desk.store, told.ransom).down[-1]["id"]
    view.show_record("incident", told.supplier)
    settle(desk, qtbot)
    view.show_record("impact", down)
    qtbot.waitUntil(lambda: night.table.current_id() == down, timeout=5_000)
    assert view.page.tabs.current() == "impact"
