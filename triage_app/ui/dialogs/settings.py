"""The settings: every one there is, in groups, with what it does. What is changed counts at once."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QWidget

from triage_app.errors import TriageError
from triage_app.services import set_by_it, settings
from triage_app.services.settings import KNOWN, Setting
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.messages import Dialog
from triage_app.ui.setting_words import SettingWords, group_titles, setting_words
from triage_app.ui.text import set_role, text_label
from triage_app.ui.tokens import Size
from triage_app.ui.widgets import Card, CheckBox, Choice, Line, ScrollPage, TextField, announce, column, row, secondary

_WIDE: Final = 640
_HIGH: Final = 700
_CHOICE: Final = 190
_NUMBER: Final = 72
_LOOKS: Final = "look"
"""The group that can also be changed where nothing is kept: a backup may be read in the dark too."""


class SettingRow(QWidget):
    """One setting: its name and what it does, and the control at the right, or under the words where it is long."""

    wanted = Signal(str)
    """Somebody chose another value, as text."""

    def __init__(self, setting: Setting, words: SettingWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting = setting
        self._value: Any = setting.default
        self._note = ""
        self.does = text_label(words.does, "cap", "text2", wrap=True)
        self.does.setVisible(bool(words.does))
        self.problem = text_label("", "cap", "red", wrap=True)
        self.problem.hide()
        self.control: QWidget = self._make(words)
        self.control.setAccessibleDescription(words.does)
        self._lay_out(words)

    def _make(self, words: SettingWords) -> QWidget:
        kind = self.setting.kind
        if kind == "on-off":
            box = CheckBox(words.title)
            box.toggled.connect(lambda on: self._chosen("on" if on else "off"))
            return box
        if kind == "one-of":
            options = [(each, words.values.get(each, each)) for each in self.setting.options]
            choice = Choice(options, name=words.title)
            choice.setFixedWidth(_CHOICE)
            choice.activated.connect(lambda _: self._chosen(choice.key()))
            return choice
        field = TextField(name=words.title)
        if kind == "number":
            field.setFixedWidth(_NUMBER)
            field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.editingFinished.connect(lambda: self._chosen(field.text()))
        return field

    def _lay_out(self, words: SettingWords) -> None:
        kind = self.setting.kind
        lines = column(self, gap=2)
        if kind == "on-off":
            lines.addWidget(self.control)
            lines.addSpacing(4)  # the focus ring lies around the box
            below = column(margins=(Size.ICON + Size.GAP, 0, 0, 0), gap=2)
            below.addWidget(self.does)
            below.addWidget(self.problem)
            lines.addLayout(below)
            return
        said = column(gap=2)
        title = text_label(words.title, "body", wrap=True)
        title.setBuddy(self.control)
        for part in (title, self.does, self.problem):
            said.addWidget(part)
        if kind == "folder":
            said.addSpacing(2)
            beside = row(gap=8)
            beside.addWidget(self.control, 1)
            self.choose = secondary(self.tr("Choose…"))
            self.choose.clicked.connect(self._ask_folder)
            beside.addWidget(self.choose)
            said.addLayout(beside)
            lines.addLayout(said)
            return
        across = row(gap=Size.PAGE)
        across.addLayout(said, 1)
        across.addWidget(self.control, 0, Qt.AlignmentFlag.AlignTop)
        if words.unit:
            across.addSpacing(Size.GAP - Size.PAGE)
            unit: QLabel = text_label(words.unit, "small", "text2")
            across.addWidget(unit, 0, Qt.AlignmentFlag.AlignTop)
            unit.setFixedHeight(Size.FIELD)
        lines.addLayout(across)

    def show_value(self, value: Any) -> None:
        """Show what the setting is now."""
        self._value = value
        self._say(self._note, "text2")
        control = self.control
        control.blockSignals(True)
        if isinstance(control, CheckBox):
            control.setChecked(value == "on")
        elif isinstance(control, Choice):
            control.set_key(str(value))
        elif isinstance(control, TextField):
            control.setText(str(value))
            control.setCursorPosition(0)
        control.blockSignals(False)

    def refuse(self, error: TriageError) -> None:
        """Say under the words why what was chosen does not fit. A field keeps it, to be put right."""
        if not isinstance(self.control, TextField):
            self.show_value(self._value)
        self._say(f"{error.what} {error.do}")
        announce(self.problem, self.problem.text())

    def set_by(self, who: str) -> None:
        """Show that somebody else has set it, by name: it can be read here and not changed. "" takes that away."""
        self._note = self.tr("Set by {0}. It cannot be changed here.").format(who) if who else ""
        self.setEnabled(True)
        for part in (self.control, *([self.choose] if self.setting.kind == "folder" else [])):
            part.setEnabled(not who)
        self._describe()

    def limit_to(self, most: int | None, who: str) -> None:
        """Show that somebody else has set the most that may be chosen. None takes that away."""
        self._note = "" if most is None else self.tr("{0} at most, as set by {1}.").format(most, who)
        self._describe()

    def _describe(self) -> None:
        self._say(self._note, "text2")
        self.control.setAccessibleDescription(f"{self.does.text()} {self._note}".strip())

    def _say(self, words: str, role: str = "red") -> None:
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        set_role(self.problem, role)
        if isinstance(self.control, TextField):
            self.control.set_invalid(bool(words) and role == "red")

    def _chosen(self, text: str) -> None:
        if text.strip() != str(self._value):
            self.wanted.emit(text)
        else:
            self._say(self._note, "text2")

    def _ask_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self.control.accessibleName(), str(self._value))
        if name:
            self.wanted.emit(name)


class SettingsDialog(Dialog):
    """A window of its own that holds up nothing. A setting that is new in ``services/settings`` shows by itself."""

    holds_up = False

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(desk.tr("Settings"), parent=parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._desk = desk
        self._force = set_by_it.now()
        words = self.tr("They hold for this laptop, count at once and travel nowhere.")
        self.body.addWidget(text_label(words, "small", "text2", wrap=True))
        page = ScrollPage((0, 4, 8, 4), 12)
        self.body.addWidget(page, 1)
        self.rows: dict[str, SettingRow] = {}
        self._titles = setting_words(self.tr)
        titles = group_titles(self.tr)
        groups = [*titles, *(each.group for each in KNOWN.values() if each.group not in titles)]
        for group in dict.fromkeys(groups):
            found = [key for key, each in KNOWN.items() if each.group == group]
            if found:
                page.body.addWidget(self._card(titles.get(group, group), group, found))
        page.body.addStretch(1)
        desk.setting_changed.connect(self._changed)
        self._show_all()
        self.resize_within(_WIDE, _HIGH)
        free = [made for made in self.rows.values() if made.control.isEnabled()]
        (free or list(self.rows.values()))[0].control.setFocus(Qt.FocusReason.OtherFocusReason)

    def _card(self, title: str, group: str, keys: list[str]) -> Card:
        card = Card(title)
        card.body.setSpacing(12)
        for number, key in enumerate(keys):
            if number:
                card.body.addWidget(Line())
            made = self.rows[key] = SettingRow(KNOWN[key], self._titles.get(key, SettingWords(key, "")))
            made.wanted.connect(lambda text, key=key: self._set(key, text))
            self._show_enforced(key, made)
            if self._desk.is_read_only and group != _LOOKS:
                made.setEnabled(False)
            card.body.addWidget(made)
        if group == _LOOKS:
            card.body.addWidget(Line())
            card.body.addWidget(self._text_size())
        return card

    def _show_enforced(self, key: str, made: SettingRow) -> None:
        """Show of a setting what the IT department has made of it."""
        if set_by_it.is_fixed(key, self._force):
            made.set_by(self.tr("your IT department"))
        elif (most := set_by_it.most(key, self._force)) is not None:
            made.limit_to(most, self.tr("your IT department"))

    def _text_size(self) -> QWidget:
        """Say where the size of text is set: the program follows the display, and has no second measure of its own."""
        shown = QWidget()
        lines = column(shown, gap=2)
        lines.addWidget(text_label(self.tr("Size of text"), "body"))
        says = self.tr(
            "Everything follows the scaling of the display, from 100 to 300 %; now it is {0} %. In Windows it is set"
            " under Settings, System, Display, Scale."
        ).format(round(self.devicePixelRatioF() * 100))
        lines.addWidget(text_label(says, "cap", "text2", wrap=True))
        return shown

    def _show_all(self) -> None:
        found = settings.all_of(self._desk.store)
        for key, made in self.rows.items():
            made.show_value(found[key])

    def _set(self, key: str, text: str) -> None:
        refused = while_alive(self.rows[key], self.rows[key].refuse)
        self._desk.set(key, text, None, refused)

    def _changed(self, key: str, value: object) -> None:
        if key in self.rows:
            self.rows[key].show_value(value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter in a field takes what is typed, and closes nothing."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
        else:
            super().keyPressEvent(event)

    def done(self, result: int) -> None:
        """Take what is still being typed, then close."""
        typed = self.focusWidget()
        if isinstance(typed, QLineEdit):
            typed.editingFinished.emit()
        super().done(result)


def open_settings(desk: Desk, over: QWidget, key: str = "") -> SettingsDialog:
    """Show the settings, at one of them if it is named; one window of them serves a whole window."""
    open_one: QObject | None = over.findChild(SettingsDialog, options=Qt.FindChildOption.FindDirectChildrenOnly)
    made = open_one if isinstance(open_one, SettingsDialog) else SettingsDialog(desk, over)
    made.show()
    made.activateWindow()
    if key in made.rows:
        made.rows[key].control.setFocus(Qt.FocusReason.OtherFocusReason)
    return made
