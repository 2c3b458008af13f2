"""An export names the incidents that stay here, and does not let a passphrase vanish with its form."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from tests.gui.exchange_store import Cast, desk_at, until
from triage_app.services import incidents
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.export_bundle import ExportDialog


def written(dialog: ExportDialog, qtbot: QtBot, path: Path) -> str:
    """Write the bundle; return all that stands on the page afterwards."""
    dialog.path.setText(str(path))
    dialog.export.click()
    until(qtbot, dialog.export.isHidden)
    return "\n".join(label.text() for label in dialog.written.values.values())


def on(desk: Desk, qtbot: QtBot) -> ExportDialog:
    made = ExportDialog(desk)
    qtbot.addWidget(made)
    made.show()
    until(qtbot, lambda: bool(made.boxes))
    return made


def test_an_incident_that_its_label_keeps_here_is_named_before_and_after_writing(
    cast: Cast, qtbot: QtBot, tmp_path: Path
) -> None:
    stays = incidents.open_incident(cast.a.session, "Loader on ward 9").ref
    goes = incidents.open_incident(cast.a.session, "Phishing")
    incidents.classify(cast.a.session, goes.id, label="GREEN")
    cast.a.trust(cast.c)
    with desk_at(cast, cast.a, qtbot) as desk:
        dialog = on(desk, qtbot)
        dialog.boxes[cast.c.device].setChecked(True)
        until(qtbot, lambda: dialog.weight is not None)
        said = f"Incident {stays} (TLP:AMBER+STRICT) stays here by its TLP label."
        assert said in dialog.amount.text()
        assert goes.ref not in dialog.amount.text()
        told: list[str] = []
        dialog.exported.connect(told.append)
        page = written(dialog, qtbot, tmp_path / "out.bundle")
        assert said in page
        assert said in told[0]
        dialog.close_button.click()


def test_a_passphrase_still_stands_on_the_page_once_its_bundle_is_written(
    cast: Cast, qtbot: QtBot, tmp_path: Path
) -> None:
    with desk_at(cast, cast.a, qtbot) as desk:
        dialog = ExportDialog(desk)
        qtbot.addWidget(dialog)
        dialog.show()
        until(qtbot, lambda: not dialog.recipients.isHidden())
        dialog.recipients.way.set_key("anybody")
        dialog.recipients.passphrase.make.click()
        made = dialog.recipients.passphrase.text()
        page = written(dialog, qtbot, tmp_path / "out.bundle")
        assert dialog.written.values["Passphrase"].text() == made
        assert "kept nowhere" in page
        dialog.close_button.click()
