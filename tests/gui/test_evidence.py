"""The place of evidence: each kind has its list, words narrow it, and nothing in it is anything but text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.incident_store import PASSPHRASE, Told, desk_on, settle, story_end, tell
from tests.unit.store.evidence import load, row
from triage_app.paths import Profile
from triage_app.services import session as sessions
from triage_app.ui import theme
from triage_app.ui.desk import Desk
from triage_app.ui.views.evidence import EvidenceView


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    made = tell(tmp_path_factory.mktemp("evidence") / "home")
    session = sessions.unlock(Profile(made.home), PASSPHRASE, story_end)
    many = [row(f"h{n}", kind="indicator", value=f"h{n}.example", category="domain") for n in range(40)]
    evil = row("evil", kind="indicator", value="evil.example", category="domain", title="<img src=//203.0.113.9/x>")
    load(session, [*many, evil, row("cve", kind="vulnerability", value="CVE-2020-1472", title="Zerologon")])
    session.close()
    return made


@pytest.fixture
def desk(told: Told, tmp_path: Path, qtbot: QtBot) -> Iterator[Desk]:
    with desk_on(told, tmp_path, qtbot) as opened:
        yield opened


@pytest.fixture
def view(desk: Desk, qtbot: QtBot, qapp: QApplication) -> EvidenceView:
    theme.current().apply(qapp)
    made = EvidenceView(desk)
    qtbot.addWidget(made)
    made.resize(1220, 820)
    with qtbot.waitExposed(made):
        made.show()
    settle(desk, qtbot)
    return made


def values(view: EvidenceView) -> list[str]:
    model = view.table.record_model
    return [str((model.record(number) or {})["value"]) for number in range(len(model.ids))]


def turned(view: EvidenceView, kind: str, desk: Desk, qtbot: QtBot) -> list[str]:
    view.tabs.go_to(kind)
    settle(desk, qtbot)
    return values(view)


def test_every_kind_has_its_list_with_its_count(view: EvidenceView, desk: Desk, qtbot: QtBot) -> None:
    assert len(turned(view, "indicator", desk, qtbot)) == 41
    assert turned(view, "vulnerability", desk, qtbot) == ["CVE-2020-1472"]
    assert turned(view, "endpoint", desk, qtbot) == []
    assert view.tabs.tabs["indicator"].accessibleName() == "Indicators 41"


def test_words_narrow_the_list_and_a_bad_filter_says_so(view: EvidenceView, desk: Desk, qtbot: QtBot) -> None:
    turned(view, "indicator", desk, qtbot)
    view.filter.setText("evil[.]example")
    qtbot.waitUntil(lambda: values(view) == ["evil[.]example"], timeout=5_000)
    view.filter.setText("sev:grave")
    qtbot.waitUntil(view.problem.isVisible, timeout=5_000)
    assert "no severity" in view.problem.text()
    view.filter.setText("")
    qtbot.waitUntil(lambda: len(values(view)) == 41, timeout=5_000)
    assert not view.problem.isVisible()


def test_the_record_at_the_right_shows_what_its_source_wrote_as_text(
    view: EvidenceView, desk: Desk, qtbot: QtBot
) -> None:
    turned(view, "indicator", desk, qtbot)
    view.show_record("indicator", "evil.example")
    qtbot.waitUntil(lambda: values(view) == ["evil[.]example"], timeout=5_000)
    settle(desk, qtbot)
    assert "<img src=" in view.detail._title.text()
    assert view.detail._title.textFormat() == Qt.TextFormat.PlainText
    assert '"name": "evil"' in view.detail.raw.toPlainText()
    assert "evil[.]example" in view.detail._facts.values["Value"].text()


def test_the_slash_leads_to_the_filter_and_enter_back_to_the_list(view: EvidenceView, qtbot: QtBot) -> None:
    view.activateWindow()
    view.table.setFocus()
    QTest.keyClick(view.table, Qt.Key.Key_Slash)
    assert view.filter.hasFocus()
    QTest.keyClick(view.filter, Qt.Key.Key_Return)
    assert view.table.hasFocus()


def test_a_narrow_window_has_a_choice_of_lists_and_opens_the_record_over_its_list(
    view: EvidenceView, desk: Desk, qtbot: QtBot
) -> None:
    view.resize(660, 600)
    assert view.choice.isVisible()
    assert not view.tabs.isVisible()
    assert not view.detail.isVisible()
    view.choice.set_key("vulnerability")
    settle(desk, qtbot)
    assert values(view) == ["CVE-2020-1472"]
    view.table.setFocus()
    QTest.keyClick(view.table, Qt.Key.Key_Return)
    assert view.detail.isVisible()
    assert not view.table.isVisible()
    QTest.keyClick(view.detail, Qt.Key.Key_Escape)
    assert view.table.isVisible()
    assert not view.detail.isVisible()
    view.resize(1220, 820)
    assert view.tabs.isVisible()
    assert view.detail.isVisible()
