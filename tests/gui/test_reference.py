"""Help, Reference data, in the real window: what is held, how old, a pack off a stick, and where its age is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import PASSPHRASE, copied, empty_store, now, until, window_on
from tests.gui.incident_store import dialog
from tests.gui.reaching import nameless, too_small, trapped
from tests.reference_packs import STRANGER, ZEROLOGON, kev, known_good, laid, ods, packed
from tests.unit.store.evidence import load, row
from triage_app.paths import Profile
from triage_app.services import incidents, reference
from triage_app.services import session as sessions
from triage_app.store import lookup
from triage_app.ui import icons
from triage_app.ui.dialogs.add_victim import AddVictimDialog
from triage_app.ui.dialogs.reference import ReferenceDialog
from triage_app.ui.main_window import MainWindow
from triage_app.ui.table import Cell
from triage_app.ui.views.evidence import EvidenceView
from triage_app.ui.views.home import HomeView

OLD = packed(kev("2025-08-25"), known_good("2026-11-30"), made="2026-11-30", name="A year late")

pytestmark = pytest.mark.usefixtures("pack_key_trusted")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with an incident and a vulnerability."""
    home = tmp_path_factory.mktemp("reference") / "home"
    session = sessions.unlock(empty_store(home), PASSPHRASE, now)
    incidents.open_incident(session, "Ransomware on the wards")
    load(session, [row("cve", kind="vulnerability", value=ZEROLOGON, title="Zerologon"),
                   row("other", kind="vulnerability", value="CVE-2026-1", title="Another")])  # fmt: skip
    session.close()
    return home


@pytest.fixture
def window(stored: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    with window_on(copied(stored, tmp_path / "home"), qtbot) as shown:
        yield shown


@pytest.fixture
def old_pack_held(stored: Path, tmp_path: Path) -> Path:
    """The home of such a store that has taken the old pack."""
    home = copied(stored, tmp_path / "home")
    session = sessions.unlock(Profile(home), PASSPHRASE, now)
    reference.add(session, laid(tmp_path, OLD))
    session.close()
    return home


def opened(window: MainWindow, qtbot: QtBot) -> ReferenceDialog:
    assert window.workplace is not None
    window.workplace.show_reference()
    shown = dialog(ReferenceDialog, qtbot)
    assert isinstance(shown, ReferenceDialog)
    until(qtbot, lambda: len(shown.table.rows()) > 1)
    return shown


def ages(shown: ReferenceDialog) -> dict[str, Cell]:
    return {str(one["id"]): one["age"] for one in shown.table.rows()}


def test_what_is_held_is_listed_with_day_age_source_and_licence(window: MainWindow, qtbot: QtBot) -> None:
    shown = opened(window, qtbot)
    assert {one.glyph for one in ages(shown).values()} <= {"", *icons.PATHS}  # Qt swallows what painting raises
    assert ages(shown)["kev"].text == "Not held"
    assert ages(shown)["rsit"].text == "5 years old"
    assert not shown.no_key.isVisible()
    shown.table.go_to_row(len(shown.table.rows()) - 1)
    assert all(value.text() for value in shown.facts.values.values())
    assert nameless(shown) == []
    assert trapped(shown) == []
    assert too_small(shown) == []
    shown.reject()


def test_a_pack_off_a_stick_is_in_use_at_once_and_its_age_is_seen_where_it_matters(
    window: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert window.workplace is not None
    shown = opened(window, qtbot)
    stick = laid(tmp_path / "stick", OLD)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(stick), ""))
    QTest.mouseClick(shown.add_button, Qt.MouseButton.LeftButton)
    until(qtbot, lambda: ages(shown)["kev"].text != "Not held")
    assert "Taken from “A year late”" in shown.outcome.accessibleName()
    cell = ages(shown)["kev"]
    assert (cell.text, cell.glyph, cell.role) == ("14 months old, past its time", "warning", "amber")
    assert "8 days ahead of this clock" in ages(shown)["known_good"].text  # the window's clock is earlier than the list
    shown.reject()

    window.workplace.go_to("home")
    home = window.workplace.views["home"]
    assert isinstance(home, HomeView)
    until(qtbot, home.reference.isVisible)
    assert "Exploited vulnerabilities (KEV), 14 months old" in home.reference.what.text()

    window.workplace.go_to("evidence")
    evidence = window.workplace.views["evidence"]
    assert isinstance(evidence, EvidenceView)
    evidence.tabs.go_to("vulnerability")
    said: dict[str, str] = {}
    for number in range(2):
        until(qtbot, lambda: len(evidence.table.record_model.ids) == 2)
        evidence.table.go_to_row(number)
        until(qtbot, lambda: "Known to be exploited" in evidence.detail._facts.values)
        until(qtbot, lambda: evidence.detail._facts.values["Known to be exploited"].text() not in said.values())
        said[evidence.detail._title.text()] = evidence.detail._facts.values["Known to be exploited"].text()
    assert "since 3 Nov 2021, for ransomware too" in said["Zerologon"]
    assert "does not say that nobody exploits it" in said["Another"]
    assert all("as of 25 Aug 2025, 14 months old, past its time" in words for words in said.values())


def test_a_pack_dropped_on_the_window_is_shown_and_taken_only_on_a_yes(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    assert window.workplace is not None
    window.workplace.open_files([laid(tmp_path / "stick", OLD)])
    shown = dialog(ReferenceDialog, qtbot)
    assert isinstance(shown, ReferenceDialog)
    until(qtbot, lambda: "It would bring" in shown.outcome.accessibleName())
    assert "Exploited vulnerabilities (KEV), of 25 Aug 2025" in shown.outcome.accessibleName()
    assert ages(shown)["kev"].text == "Not held"
    window.workplace.open_files([laid(tmp_path / "stick", packed(kev("2026-11-20")), "other.pack")])
    until(qtbot, lambda: "of 20 Nov 2026" in shown.outcome.accessibleName())
    shown.outcome.acted.emit()
    until(qtbot, lambda: ages(shown)["kev"].text == "2 days old")
    window.workplace.open_files([laid(tmp_path / "stick", OLD[:-1], "cut.pack")])
    until(qtbot, lambda: "cut short" in shown.outcome.accessibleName())
    shown.reject()


def test_removing_a_pack_brings_back_what_ships_and_the_line_on_home_goes(old_pack_held: Path, qtbot: QtBot) -> None:
    with window_on(old_pack_held, qtbot) as window:
        shown = opened(window, qtbot)
        assert window.workplace is not None
        window.workplace.go_to("home")
        place = window.workplace.views["home"]
        assert isinstance(place, HomeView)
        until(qtbot, place.reference.isVisible)
        shown.table.go_to_row([one["id"] for one in shown.table.rows()].index("kev"))
        assert shown.remove_button.isEnabled()
        shown.remove_button.click()
        until(qtbot, lambda: ages(shown)["kev"].text == "Not held")
        until(qtbot, lambda: not place.reference.isVisible())
        assert not shown.remove_button.isEnabled()
        shown.reject()


def test_a_pack_that_is_refused_is_refused_in_place_and_nothing_changes(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    shown = opened(window, qtbot)
    shown.add(laid(tmp_path / "stick", packed(kev(), key=STRANGER)))
    until(qtbot, shown.outcome.isVisible)
    assert "not signed by a release key" in shown.outcome.accessibleName()
    until(qtbot, shown.add_button.isEnabled)
    assert ages(shown)["kev"].text == "Not held"
    shown.reject()


def test_without_a_release_key_the_dialog_says_so_and_offers_nothing(
    window: MainWindow, qtbot: QtBot, pack_key_trusted: pytest.MonkeyPatch
) -> None:
    pack_key_trusted.undo()
    shown = opened(window, qtbot)
    assert shown.no_key.isVisible()
    assert "trusts no release key" in shown.no_key.accessibleName()
    assert not shown.add_button.isEnabled()
    shown.reject()


def test_a_broken_pack_never_keeps_the_window_from_starting_and_is_named(old_pack_held: Path, qtbot: QtBot) -> None:
    (path,) = (old_pack_held / "reference").glob("*.pack")
    path.write_bytes(b"rust" + path.read_bytes()[4:])
    with window_on(old_pack_held, qtbot) as window:
        assert window.workplace is not None
        until(qtbot, lambda: path.name in window.workplace.status_text())  # type: ignore[union-attr]
        shown = opened(window, qtbot)
        until(qtbot, shown.outcome.isVisible)
        assert path.name in shown.outcome.accessibleName()
        assert ages(shown)["kev"].text == "Not held"
        shown.reject()


def test_an_organisation_that_only_the_list_knows_is_named_by_it_with_its_age(
    stored: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    home = copied(stored, tmp_path / "home")
    session = sessions.unlock(Profile(home), PASSPHRASE, now)
    pack = packed(ods("2026-11-30", ("RZZ9", "ZZ HOSPITALS NHS TRUST")), made="2026-11-30")
    reference.add(session, laid(tmp_path, pack))
    session.close()
    with window_on(home, qtbot) as window:
        assert window.workplace is not None
        desk = window.workplace.desk
        (incident,) = lookup.listing(desk.store, "incident")
        form = AddVictimDialog(desk, str(incident["id"]), str(incident["ref"]), window)
        form.open()
        form.code.setText("rzz9")
        assert form.name.placeholderText() == "Zz Hospitals NHS Trust"
        assert "as of 30 Nov 2026" in form.name_row._note.text()
        form.submit()
        until(qtbot, lambda: len(lookup.listing(desk.store, "victim")) == 1)
        assert lookup.listing(desk.store, "victim")[0]["organisation_name"] == "Zz Hospitals NHS Trust"
