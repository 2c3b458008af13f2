"""The columns of files that must be described: a panel for each, its first rows as they would be read, its mapping."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from triage_app.errors import TriageError
from triage_app.formats.reading_events import NeedsMapping
from triage_app.services import mapping_files, previewing
from triage_app.services.previewing import Preview
from triage_app.services.progress import Progress
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.import_pending import Pending
from triage_app.ui.dialogs.mapping import MappingPanel
from triage_app.ui.tasks import Task
from triage_app.ui.widgets import column

_LIVE_AFTER_MS = 300


class ColumnPanels(QWidget):
    """One panel at a time is shown, that of the current file."""

    changed = Signal()
    """What is said of the columns is another."""
    said = Signal(str)
    """What came of a mapping that was loaded or saved, in words."""

    def __init__(self, desk: Desk, organisation: Callable[[], str], *, is_low: bool) -> None:
        """``organisation`` returns what rows are about that name none; ``is_low`` as ``FileLook.is_low``."""
        super().__init__()
        self._desk, self._organisation, self._is_low = desk, organisation, is_low
        self.panels: dict[str, MappingPanel] = {}
        self.needs: dict[str, NeedsMapping] = {}
        self._shown: tuple[str, Pending] | None = None
        self._lines = column(self, gap=0)
        self._live_timer = QTimer(self)
        self._live_timer.setSingleShot(True)
        self._live_timer.setInterval(_LIVE_AFTER_MS)
        self._live_timer.timeout.connect(self._read_live)
        self._live_task: Task | None = None

    def show_file(self, key: str, pending: Pending) -> None:
        """Show the panel of a file, if it has columns to be described."""
        self._shown = key, pending
        if key in self.needs and key not in self.panels:
            self.panels[key] = panel = MappingPanel(self.needs[key], pending.mapping, is_low=self._is_low)
            panel.changed.connect(self._changed)
            panel.load_wanted.connect(lambda: self._load(panel))
            panel.save_wanted.connect(lambda: self._save(panel))
            self._lines.addWidget(panel)
            self._live_timer.start()
        for each, panel in self.panels.items():
            panel.setVisible(each == key)

    def forget(self, key: str) -> None:
        """Drop what was said of a file: it is read as another format."""
        self.needs.pop(key, None)
        panel = self.panels.pop(key, None)
        if panel is not None:
            panel.hide()
            panel.deleteLater()

    def is_begun(self) -> bool:
        """Tell whether somebody has begun to describe any of them."""
        return any(panel.is_begun() for panel in self.panels.values())

    def stop(self) -> None:
        """Read nothing any more."""
        self._live_timer.stop()
        if self._live_task is not None:
            self._live_task.cancel()

    # -- the first rows, as they would be read --------------------------------------------------------------

    def _changed(self) -> None:
        self.changed.emit()
        self._live_timer.start()

    def _read_live(self) -> None:
        """Show how the first rows are read with the columns as they are chosen now, confirmed or not."""
        if self._shown is None:
            return
        key, pending = self._shown
        panel = self.panels.get(key)
        if panel is None or panel.problem():
            return
        if self._live_task is not None:
            self._live_task.cancel()
        made, format_name, about = panel.mapping(), pending.format_name, self._organisation()
        source, name = pending.source, pending.path.name

        def work(_: Store, __: Progress, is_cancelled: Callable[[], bool]) -> Preview | TriageError:
            try:
                return previewing.preview(
                    source, name=name, format_name=format_name, mapping=made, organisation=about,
                    is_cancelled=is_cancelled,
                )  # fmt: skip
            except TriageError as error:
                return error

        panel.show_live(None)
        self._live_task = self._desk.aside(work, while_alive(panel, panel.show_live))

    # -- mappings as files ----------------------------------------------------------------------------------

    def _load(self, panel: MappingPanel) -> None:
        name, _ = QFileDialog.getOpenFileName(self, self.tr("Mapping"), "", self.tr("Mappings (*.json);;All files (*)"))
        if name:
            self.load_mapping(panel, Path(name))

    def load_mapping(self, panel: MappingPanel, path: Path) -> None:
        """Fill the columns in as a mapping from a file says."""
        then = while_alive(panel, panel.take)
        self._desk.aside(lambda *_: mapping_files.read(path), then, while_alive(panel, panel.show_live))

    def _save(self, panel: MappingPanel) -> None:
        usual = f"{panel.source.text().strip() or 'mapping'}.mapping.json".replace("/", "-").replace("\\", "-")
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Mapping"), usual, self.tr("Mappings (*.json)"))
        if name:
            self.save_mapping(panel, Path(name))

    def save_mapping(self, panel: MappingPanel, path: Path) -> None:
        """Write the columns as they are chosen to a file that others can take."""
        made = panel.mapping()

        def told(_: Path) -> None:
            self.said.emit(self.tr("Saved as {0}.").format(path.name))

        def refused(error: TriageError) -> None:
            self.said.emit(f"{error.what} {error.do}")

        self._desk.long(
            "",
            lambda session, _: mapping_files.write(session, path, made),
            while_alive(self, told),
            while_alive(self, refused),
        )
