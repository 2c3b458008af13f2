"""What a merge says of what was kept back, of what changed, and of how it was opened."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.exchange_store import Cast, desk_at, until, view_on
from triage_app.services import incidents
from triage_app.services.exchange import Merged
from triage_app.ui.dialogs.bundle_passphrase import withheld_words
from triage_app.ui.dialogs.merge_bundle import MergeDialog


def test_what_came_without_its_words_is_never_said_to_be_part_of_a_smaller_number() -> None:
    said = withheld_words(Merged(10, 0, [], 0, 15, 0, 0, by_label=8), str)
    assert said == (
        "8 by their TLP label, 0 by the sender's scope. 15 of the operations new here came without their words."
    )
    assert withheld_words(Merged(10, 0, [], 0, 0, 0, 0, by_label=2), str).endswith("0 by the sender's scope")


def test_a_merge_that_touched_no_incident_says_so_as_done(cast: Cast, qtbot: QtBot) -> None:
    cast.c.trust(cast.a)
    cast.a.trust(cast.c)
    path = cast.c.export(cast.a)
    with desk_at(cast, cast.a, qtbot) as desk:
        dialog = MergeDialog(desk, [path])
        qtbot.addWidget(dialog)
        dialog.show()
        until(qtbot, dialog.merge.isEnabled)
        assert "No incident would change." in empty_words(dialog)
        dialog.merge.click()
        until(qtbot, dialog.merge.isHidden)
        assert "No incident has changed." in empty_words(dialog)
        dialog.close_button.click()


def empty_words(dialog: MergeDialog) -> str:
    """Return what the list says while it holds no incident."""
    found = dialog.incidents._empty
    assert found is not None
    return found.accessibleName()


def test_what_a_merge_would_do_is_shown_without_scrolling_where_there_is_room(
    cast: Cast, qtbot: QtBot, qapp: QApplication
) -> None:
    cast.c.trust(cast.a)
    cast.a.trust(cast.c)
    incident = incidents.open_incident(cast.c.session, "Loader on ward 9").id
    incidents.classify(cast.c.session, incident, label="GREEN")
    path = cast.c.export(cast.a)
    with desk_at(cast, cast.a, qtbot) as desk:
        view = view_on(desk, qtbot, qapp)
        dialog = view.merge_bundles([path])
        until(qtbot, dialog.merge.isEnabled)
        until(qtbot, lambda: not dialog._fit_soon.isActive())
        until(qtbot, lambda: dialog._found.verticalScrollBar().maximum() == 0)
        dialog.close_button.click()
