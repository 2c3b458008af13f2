"""Pages for paper, from the window: read and laid out aside, so that nothing waits for them, then written and noted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from triage_app.services import incident_paper, printed, shift_page
from triage_app.services.printed import Printed
from triage_app.services.progress import Progress
from triage_app.store import lookup
from triage_app.store.connection import Store
from triage_app.ui import page_print
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk


class PagesOut(QObject):
    """Writes the page of the shift, or of an incident, as PDF where somebody says."""

    said = Signal(str, str)
    """What was written, and the glyph beside it."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._over = parent

    def shift(self) -> None:
        """Ask where, and write the handover page."""
        day = self._desk.now().strftime("%Y-%m-%d-%H%M")
        if path := self._ask(self.tr("Write the handover page"), f"handover-{self._desk.organisation}-{day}.pdf"):
            self.write_shift(path)

    def incident(self, incident: str) -> None:
        """Ask where, and write an incident's page. The name of the file is its reference, which tells nobody more."""
        ref = lookup.reference_of(self._desk.store, "incident", incident)
        if path := self._ask(self.tr("Write the page of {0}").format(ref), f"{ref or 'incident'}.pdf"):
            self.write_incident(incident, path)

    def _ask(self, heading: str, name: str) -> Path | None:
        chosen, _ = QFileDialog.getSaveFileName(self._over, heading, name, self.tr("PDF (*.pdf)"))
        return Path(chosen) if chosen else None

    def write_shift(self, path: Path) -> None:
        """Write the handover page to a file."""
        desk, now = self._desk, self._desk.now()

        def make(store: Store) -> Printed:
            organisation = f"{desk.organisation} {desk.organisation_name}".strip()
            page = shift_page.read(store, now)
            return shift_page.printed_page(page, organisation, desk.responder_name, desk.device_tag)

        self._write(make, path, "handover", "", "handover page")

    def write_incident(self, incident: str, path: Path) -> None:
        """Write an incident's page to a file."""
        desk, now = self._desk, self._desk.now()
        self._write(
            lambda store: incident_paper.page_of(store, incident, now, desk.responder_name, desk.device_tag),
            path, "incident", incident, incident_paper.WHAT,
        )  # fmt: skip

    def _write(self, make: Callable[[Store], Printed], path: Path, kind: str, entity: str, what: str) -> None:
        def laid_out(store: Store, progress: Progress, cancelled: Callable[[], bool]) -> tuple[bytes, str]:
            is_demonstration = bool(store.meta("demonstration", False))
            page = printed.marked(make(store), exercise=self._desk.is_exercise, demonstration=is_demonstration)
            return page_print.as_pdf(page), page.label

        def write(made: tuple[bytes, str]) -> None:
            data, label = made
            told = self.tr("Wrote {0}, {1}. It is not encrypted: print it, then delete the file.")
            self._desk.long(
                "",
                lambda session, _: printed.write(session, path, data, kind, entity, what),
                while_alive(self, lambda _: self.said.emit(told.format(path.name, label), "ok")),
            )

        self._desk.aside(laid_out, while_alive(self, write))
