"""The card of a victim: who they are, with the three separate fields of lawful basis, sharing and their wish."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from triage_app.language import say
from triage_app.services import victim_record
from triage_app.ui.soon import soon
from triage_app.ui.text import ElidingLabel, set_role, text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.incident_reading import MASKED
from triage_app.ui.views.victim_reading import VictimRow
from triage_app.ui.widgets import Badge, Button, Card, Glyph, column, icon_button, link, row, secondary

_HEAD_GAP = 8
_LEAST = 440


class Field(QWidget):
    """One field of the card: its name, its value, and the pencil that changes it."""

    edit_requested = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = column(self, gap=0)
        head = row(gap=2)
        head.addWidget(text_label(name, "cap", "text2"))
        self.edit = icon_button(self.tr("Edit {0}").format(name.lower()), "edit")
        self.edit.setFixedSize(24, 24)
        self.edit.clicked.connect(self.edit_requested)
        head.addWidget(self.edit)
        head.addStretch(1)
        self.value = text_label("", "small_strong", wrap=True, selectable=True, called=name)
        self.value_line = row(gap=8)
        self.value_line.addWidget(self.value, 1)
        lines.addLayout(head)
        lines.addLayout(self.value_line)
        lines.addStretch(1)

    def say(self, value: str, is_known: bool = True) -> None:
        """Show a value; one that is not known is said more quietly."""
        self.value.setText(value)
        set_role(self.value, "text" if is_known else "text2")


class VictimCard(Card):
    """Who the victim is, and the three separate fields: lawful basis, sharing, their wish."""

    edit_requested = Signal(str)
    name_requested = Signal()
    contact_requested = Signal()
    data_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(inset=Size.CARD_FIELDS, parent=parent)
        self._glyph = Glyph("building", 18)
        self.name = ElidingLabel("", "h2")
        self.code = text_label("", "mono", "text2")
        self.status = Badge("")
        self.edit_status = icon_button(self.tr("Edit status"), "edit")
        self.edit_status.setFixedSize(24, 24)
        self.edit_status.clicked.connect(lambda: self.edit_requested.emit("status"))
        self.show_name = link(self.tr("Show name"))
        self.show_name.setToolTip(self.tr("Shows the person's name; that you looked is noted"))
        self.show_name.clicked.connect(self.name_requested)
        self.edit_all = secondary(self.tr("Edit"), key="E")
        self.edit_all.setAccessibleName(self.tr("Edit the whole record"))
        self.edit_all.clicked.connect(lambda: self.edit_requested.emit("all"))
        self.head.addWidget(self._glyph)
        self.head.addWidget(self.name)
        self.hold = Badge(self.tr("Legal hold"))
        for part in (self.code, self.show_name, self.status, self.edit_status, self.hold):
            self.head.addWidget(part)
        self.head.addStretch(1)
        self.buttons = row(gap=8)
        self.data = secondary(self.tr("Data held"), key="P")
        self.data.setToolTip(self.tr("What was shared, legal hold, export for them, erasing"))
        self.data.clicked.connect(self.data_requested)
        self.buttons.addWidget(self.data)
        self.buttons.addWidget(self.edit_all)
        self.head.addLayout(self.buttons)
        self.body.addLayout(self.head)
        self.fields = {
            "contact": Field(self.tr("Contact")), "prefers": Field(self.tr("Channel, language")),
            "roles": Field(self.tr("Role")), "care": Field(self.tr("Care in contact")),
            "basis": Field(self.tr("Lawful basis")), "sharing": Field(self.tr("Sharing")),
            "wish": Field(self.tr("Their wish")),
        }  # fmt: skip
        self.show_contact = link(self.tr("Show"))
        self.show_contact.setAccessibleName(self.tr("Show contact"))
        self.show_contact.setToolTip(self.tr("Shows contact, language and care; that you looked is noted"))
        self.show_contact.clicked.connect(self.contact_requested)
        self.fields["contact"].value_line.insertWidget(1, self.show_contact, 0, Qt.AlignmentFlag.AlignTop)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(20)
        self._grid.setVerticalSpacing(8)
        self.body.addLayout(self._grid)
        self.care = text_label("", "small_strong", "amber", wrap=True, selectable=True)
        self.care.setAccessibleName(self.tr("What care it needs"))
        self.care.hide()
        self.body.addWidget(self.care)
        self._across: tuple[int, bool] | None = None
        self._of_person = True
        for name, field in self.fields.items():
            field.edit_requested.connect(lambda which=name: self.edit_requested.emit(which))
        self._lay_out_soon = soon(self, self._lay_out)
        self._lay_out()

    def minimumSizeHint(self) -> QSize:
        """Be as narrow as its page: it is then that buttons give up their words."""
        least = super().minimumSizeHint()
        return QSize(min(_LEAST, least.width()), least.height())

    def _fit_head(self) -> None:
        """Give up the words of the buttons that have an icon, rather than cut whom this is about."""
        buttons = [self.buttons.itemAt(n).widget() for n in range(self.buttons.count())]
        shown = [button for button in buttons if isinstance(button, Button)]
        keyed = {self.data: "P", self.edit_all: "E"}
        for button in shown:
            button.set_bare(False)
            if button in keyed:
                button.set_key(keyed[button])
        beside = [self._glyph, self.code, self.show_name, self.status, self.edit_status, self.hold, *shown]
        taken = [part.sizeHint().width() for part in beside if not part.isHidden()]
        name = self.name.fontMetrics().horizontalAdvance(self.name.text())
        room = self.width() - 2 * Size.CARD_FIELDS - (len(taken) + 1) * _HEAD_GAP
        if name + sum(taken) > room:
            for button in shown:
                button.set_bare(True)
            if name + sum(part.sizeHint().width() for part in beside if not part.isHidden()) > room:
                for button in keyed:
                    button.set_key("")  # it stands in the menu too

    def _lay_out(self) -> None:
        self._fit_head()
        across = 4 if self.width() >= 640 else 2
        if (across, self._of_person) != self._across:
            self._across = (across, self._of_person)
            shown = [field for name, field in self.fields.items() if self._of_person or name != "care"]
            for number, field in enumerate(shown):
                self._grid.addWidget(field, number // across, number % across, Qt.AlignmentFlag.AlignTop)
            for number in range(4):
                self._grid.setColumnStretch(number, 1 if number < across else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Two fields a row where it is narrow."""
        super().resizeEvent(event)
        self._lay_out_soon.start()

    def show_victim(self, one: VictimRow) -> None:
        """Show a victim, everything personal masked."""
        is_person = one.party == "person"
        self._glyph.set_glyph("person" if is_person else "building")
        self.name.setText(one.name)
        self.code.setText(one.code if one.code != one.name else "")
        self.code.setVisible(bool(self.code.text()))
        self.show_name.setVisible(is_person)
        self.show_name.setText(self.tr("Show name"))
        self.status.set_word(say(one.status.capitalize()))
        self.hold.setVisible(one.on_hold)
        contact = self.fields["contact"]
        if one.contact_state:
            contact.say(say(one.contact_state.capitalize()), False)
        else:
            contact.say(f"{MASKED} {MASKED}" if one.has_contact else self.tr("Not recorded"), one.has_contact)
        can_show = (one.has_contact and not one.contact_state) or bool(one.masked)
        self.show_contact.setVisible(can_show)
        self.show_contact.setText(self.tr("Show"))
        self.fields["roles"].say(one.roles or self.tr("Not recorded"), bool(one.roles))
        language = MASKED if "language" in one.masked else one.closed
        prefers = ", ".join(part for part in (one.channel, language) if part)
        self.fields["prefers"].say(prefers or self.tr("Not recorded"), bool(prefers))
        self.care.hide()
        self.care.setText("")
        self._of_person = is_person
        self.fields["care"].setVisible(is_person)
        if "flags" in one.masked:
            self.fields["care"].say(self.tr("Look before you make contact"))
            set_role(self.fields["care"].value, "amber")
        elif "formats" in one.masked:
            self.fields["care"].say(self.tr("Format recorded"))
        else:
            self.fields["care"].say(say(one.closed.capitalize()) or self.tr("None recorded"), False)
        self.fields["basis"].say(one.basis or self.tr("Not recorded"), bool(one.basis))
        sharing = "\n".join(part for part in (one.sharing, one.ground) if part)
        self.fields["sharing"].say(sharing or self.tr("Not decided"), bool(sharing))
        self.fields["wish"].say(say(one.wish.capitalize()), one.wish != "not asked")
        self._lay_out()

    def show_masked(self, one: VictimRow, contact: str, language: str, formats: list[str], flags: list[str]) -> None:
        """Show what was masked, for whoever asked to see it."""
        self.show_contact.setText(self.tr("Hide"))
        if contact:
            self.fields["contact"].say(contact)
        prefers = ", ".join(part for part in (one.channel, language) if part)
        self.fields["prefers"].say(prefers or self.tr("Not recorded"), bool(prefers))
        if flags or formats:
            said = [victim_record.words("flags", flags), victim_record.words("formats", formats)]
            self.fields["care"].say("\n".join(part for part in said if part))
        self.care.setText(" ".join(victim_record.care_of(flags)))
        self.care.setVisible(bool(self.care.text()))
