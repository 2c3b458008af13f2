"""The place of evidence: each kind has its list, words narrow it, and nothing in it is anything but text."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import in_view, settle
from tests.gui.incident_store import PASSPHRASE, Told, story_end, tell
from tests.unit.store.evidence import load, row
from triage_app.domain.evidence import KINDS
from triage_app.paths import Profile
from triage_app.services import session as sessions
from triage_app.ui.desk import Desk
from triage_app.ui.table_cells import fitted
from triage_app.ui.views.evidence import EvidenceView, _cells
from triage_app.ui.views.kind_words import columns_of, shown_text


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    made = tell(tmp_path_factory.mktemp("evidence") / "home")
    session = sessions.unlock(Profile(made.home), PASSPHRASE, story_end)
    many = [row(f"h{n}", kind="indicator", value=f"h{n}.example", category="domain") for n in range(40)]
    evil = row("evil", kind="indicator", value="evil.example", category="domain", title="<img src=//203.0.113.9/x>",
               detail="fdp.exe\u202e\u200b")  # fmt: skip
    load(session, [*many, evil, row("cve", kind="vulnerability", value="CVE-2020-1472", title="Zerologon")])
    session.close()
    return made


@pytest.fixture
def view(desk: Desk, qtbot: QtBot, qapp: QApplication) -> EvidenceView:
    return in_view(EvidenceView(desk), desk, qtbot, qapp)


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


def test_a_key_that_a_list_of_evidence_does_not_have_is_named_and_the_caret_stays(
    view: EvidenceView, desk: Desk, qtbot: QtBot
) -> None:
    turned(view, "indicator", desk, qtbot)
    view.filter.setFocus()
    view.filter.setText("evil typ:domain")
    QTest.keyClick(view.filter, Qt.Key.Key_Return)
    assert "There is no key “typ” here" in view.problem.text()
    assert "Did you mean type:?" in view.problem.text()
    assert view.filter.selectedText() == "typ:domain"
    assert view.filter.hasFocus()
    assert len(values(view)) == 41
    view.filter.setText("evil type:domain")
    qtbot.waitUntil(lambda: not view.problem.isVisible(), timeout=5_000)


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


def test_what_the_source_wrote_is_word_for_word_with_hidden_characters_spelt_out(
    view: EvidenceView, desk: Desk, qtbot: QtBot
) -> None:
    view.show_record("indicator", "evil.example")
    qtbot.waitUntil(lambda: values(view) == ["evil[.]example"], timeout=5_000)
    text = view.detail.raw.toPlainText()
    assert '"value": "evil.example"' in text
    assert "//203.0.113.9/x" in text
    assert "fdp.exe[U+202E][U+200B]" in text
    assert "Word for word, with whole addresses" in view.detail._raw_words.text()


def test_a_record_names_the_file_that_brought_it_and_leads_to_its_import(
    view: EvidenceView, desk: Desk, qtbot: QtBot
) -> None:
    view.show_record("indicator", "evil.example")
    qtbot.waitUntil(lambda: values(view) == ["evil[.]example"], timeout=5_000)
    facts = view.detail._facts.values
    assert facts["File"].text() == "ward.csv, record 41 of 42"
    assert facts["Imported"].text().startswith("Thu 01 Jan 1970")
    wanted: list[tuple[str, str]] = []
    view.open_record.connect(lambda kind, which: wanted.append((kind, which)))
    view.detail.import_link.click()
    assert wanted == [("import", view.detail._import)]


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


def test_tabs_that_do_not_fit_with_their_counts_give_way_to_the_choice(view: EvidenceView) -> None:
    view.resize(930, 600)
    assert view.tabs.isVisible()
    view._counted(dict.fromkeys(view.tabs.tabs, 1_234_567))
    assert view.choice.isVisible()
    assert not view.tabs.isVisible()
    assert view.minimumSizeHint().width() <= 620


@pytest.mark.parametrize("room", [260, 460, 668, 816])
@pytest.mark.parametrize("kind", KINDS[1:])
def test_in_every_list_what_a_record_is_called_stays_in_sight(kind: str, room: int) -> None:
    columns = columns_of(kind)
    widths = fitted(columns, room)
    shown = {columns[number].key for number in widths}
    assert shown & {"title", "host", "value"}
    if any(column.key == "title" and column.stretch for column in columns):
        assert "title" in shown
    if room >= 460:
        assert sum(widths.values()) <= room


def test_an_advisory_shows_its_day_beside_a_record_and_a_finding_its_address_at_any_width() -> None:
    assert "day" in {columns_of("advisory")[number].key for number in fitted(columns_of("advisory"), 816)}
    for room in (460, 668, 816):
        assert "dst" in {columns_of("finding")[number].key for number in fitted(columns_of("finding"), room)}


def test_what_is_due_on_a_day_is_shown_without_an_hour() -> None:
    summer = 1_752_537_600_000  # 2025-07-15 00:00 UTC, 01:00 BST
    row = {"kind": "vulnerability", "until_at": summer, **dict.fromkeys(("seen_at", "score", "severity"))}
    text = dict.fromkeys(
        ("severity_raw", "title", "value", "host", "src", "dst", "category", "detail", "reference"), ""
    )
    found = _cells({**row, **text, "id": 1, "history": False, "organisation": "", "source": ""})
    assert found["until"] == "15 Jul 2025"
    found = _cells({**row, **text, "kind": "advisory", "id": 1, "history": True, "organisation": "", "source": ""})
    assert found["until"] == "15 Jul 2025 01:00 BST, history"


def test_an_indicator_that_is_named_after_itself_belongs_to_nothing() -> None:
    texts = dict.fromkeys(("host", "src", "dst", "category", "detail", "reference"), "")
    assert shown_text({**texts, "title": "evil.example", "value": "evil.example"}, "indicator")["title"] == ""
    assert shown_text({**texts, "title": "Loader", "value": "evil.example"}, "indicator")["title"] == "Loader"
