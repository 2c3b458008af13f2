"""Describing a table nobody has described yet: which column means what, shown with what stands in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from triage_app.domain.evidence import KINDS
from triage_app.domain.mapping import FIELDS, TIME_FORMATS, TIME_ZONES, TWICE, Mapping
from triage_app.domain.severity import UNKNOWN_SCALE, vocabulary
from triage_app.errors import TriageError
from triage_app.formats.reading_events import NeedsMapping
from triage_app.formats.times import reader_for
from triage_app.respoken import respoken
from triage_app.services.previewing import Preview
from triage_app.services.times import in_words
from triage_app.ui.dialogs.mapping_words import field_words, time_words
from triage_app.ui.text import ElidingLabel, set_role, text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.kind_words import columns_of, shown_row
from triage_app.ui.views.rows_table import RowsTable
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Card, Choice, Flow, FormRow, Line, Panel, Radio, ScrollPage, TextField, column, quiet

_SAMPLES = 3
"""Different values of a column that are shown beside it."""

_ROW = 56
"""Logical pixels of a label and its field: a layout that wraps labels would squeeze them."""

_LIVE_ROWS = 3
_LIVE_FROM = 420
"""Logical pixels of the panel, below which there is no room to show rows under it."""

_OFFSET = re.compile(r"(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})\Z", re.ASCII)
_WITH_CLOCK = re.compile(r"\d{1,2}:\d{2}", re.ASCII)
_NO_ZONE_NEEDED = ("epoch_s", "epoch_ms", "filetime")


class MappingPanel(QWidget):
    """Our fields, each with the column that fills it: what stands there beside it, how it is read below."""

    changed = Signal()
    load_wanted = Signal()
    save_wanted = Signal()

    def __init__(
        self,
        needs: NeedsMapping,
        mapping: Mapping | None = None,
        *,
        is_low: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Start from ``mapping``, or from the guess that came with the table.

        ``is_low`` says that there is little room: what only a person can say then comes first on the page, not over it.
        """
        super().__init__(parent)
        self._needs = needs
        self._start = mapping or needs.suggestion
        self._zone_known = mapping is not None and mapping.zone_stated
        self._samples = {header: self._values(index) for index, header in enumerate(needs.headers)}
        self._zone_chosen = False
        self._zone_is_needed = False
        self._missing: list[str] = []
        self._from_elsewhere = mapping is not None
        self._is_loaded = False
        self._arrived: tuple[str, ...] = ()
        self.choices: dict[str, Choice] = {}
        self._beside: dict[str, ElidingLabel] = {}
        self.page = ScrollPage((0, 0, 8, 0), 12)
        self.needed = self._needed()
        self.source = TextField(name=self.tr("Source"))
        self.source.setText(self._start.source)
        self.source.setMaxLength(100)
        self.page.body.addLayout(self._files())
        self.page.body.addWidget(
            FormRow(
                self.tr("Who reports in this table"), self.source,
                self.tr("Shown as the source of its alerts; it becomes part of what makes two rows the same alert."),
            )
        )  # fmt: skip
        self.page.body.addWidget(self._columns())
        self.page.body.addWidget(self._reading())
        self.page.body.addStretch(1)
        self.problem_line = text_label("", "small", "amber", wrap=True)
        self.severity_line = text_label("", "small_strong", "amber", wrap=True)
        lines = column(self, gap=8)
        if is_low:
            self.page.body.insertWidget(0, self.needed)
            self.page.body.insertWidget(1, self.severity_line)
        else:
            lines.addWidget(self.needed)
            lines.addWidget(self.severity_line)
        lines.addWidget(self.page, 1)
        lines.addWidget(self.problem_line)
        lines.addWidget(self._live())
        self.source.textEdited.connect(lambda _: self._told())
        self._arrived = self._chosen()
        self._told()
        self._order_keys()
        self._untouched = self.mapping()

    def _needed(self) -> Panel:
        """Return what stays over the page, so that nobody has to look for it: what this table does not say itself."""
        made = Panel("tint")
        self._needed_lines = column(made, (12, 8, 12, 8), 4)
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._needed_head = text_label(self.tr("Only you can say this"), "small", "text2")
        self._needed_lines.addWidget(self._needed_head)
        return made

    def _place_questions(self) -> None:
        """Put what has to be answered over the page, and what need not be among the rest of it."""
        asked = self._zone_asked()
        if asked != self._zone_is_needed:
            self._zone_is_needed = asked
            if asked:
                self._needed_lines.addWidget(self._zone_row)
                self._needed_lines.addWidget(self.zone_example)
            else:
                at = self._reading_card.body.indexOf(self._time_row) + 1
                self._reading_card.body.insertWidget(at, self._zone_row)
                self._reading_card.body.insertWidget(at + 1, self.zone_example)
            self._order_keys()
        has_times = bool(self.choices["time"].key())
        self.needed.setVisible(has_times and (self._start.ambiguous or asked))

    def _order_keys(self) -> None:
        """Have Tab go on from the clock to what stands below it: it would keep the place it was made at."""
        before: QWidget = self._save
        for radio in self.readings.buttons():
            QWidget.setTabOrder(before, radio)
            before = radio
        QWidget.setTabOrder(before if self._zone_is_needed else self.time_format, self.zone)

    def _files(self) -> QVBoxLayout:
        """Return the line that takes a mapping from a file, or writes this one to a file."""
        load, save = quiet(self.tr("Load mapping from file…")), quiet(self.tr("Save mapping as file…"))
        self._save = save
        load.clicked.connect(self.load_wanted)
        save.clicked.connect(self.save_wanted)
        self.origin = text_label("", "small", "text2", wrap=True)
        lines = column(gap=2)
        lines.addWidget(self.origin)
        holder = QWidget()
        line = Flow(holder)
        line.addWidget(load)
        line.addWidget(save)
        lines.addWidget(holder)
        return lines

    def _live(self) -> QWidget:
        """Return what shows how the first rows read as things are chosen now."""
        self.live_words = text_label("", "small_strong", wrap=True)
        self.live = RowsTable(columns_of(KINDS[0]), self.tr("How the first rows are read"), inset=Size.CARD)
        self.live.single_keys = False
        self.live.setFixedHeight(Size.TABLE_HEAD + _LIVE_ROWS * self.live.row_height + 2)
        self._live_box = QWidget()
        lines = column(self._live_box, gap=6)
        lines.addWidget(Line())
        lines.addWidget(self.live_words)
        lines.addWidget(self.live)
        self._live_box.hide()
        return self._live_box

    def show_live(self, found: Preview | TriageError | None) -> None:
        """Show how the first rows are read now; None while that is not known."""
        rows = found.rows[:20] if isinstance(found, Preview) else ()
        if isinstance(found, TriageError):
            words, role = f"{found.what} {found.do}", "amber"
        elif found is None:
            words, role = self.tr("Reading the first rows…"), "text"
        elif found.rejects:
            line, reason, _ = found.rejects[0]
            told = self.tr("{0} of the first rows cannot be read so, the first at line {1}: {2}.")
            if not line:
                told = self.tr("{0} of the first rows cannot be read so: {2}.")
            words, role = told.format(len(found.rejects), line, harmless(respoken(reason)).rstrip(".")), "amber"
        else:
            words, role = self.tr("The first rows are read so:"), "text"
        self.live_words.setText(words)
        set_role(self.live_words, role)
        if found is not None:
            self.live.show_rows([shown_row(number, each) for number, each in enumerate(rows)])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room the columns come first."""
        super().resizeEvent(event)
        self._live_box.setVisible(self.height() >= _LIVE_FROM)
        self._needed_head.setVisible(self.height() >= _LIVE_FROM)
        self._say_problem()

    def _say_problem(self) -> None:
        """Say what is missing; where there is little room, only what does not stand over the page anyway."""
        words, made = self.problem(), self.mapping()
        stands_there = not self._missing and (made.ambiguous or not made.zone_stated)
        self.problem_line.setText(words)
        self.problem_line.setVisible(bool(words) and not (stands_there and self.height() < _LIVE_FROM))

    def _values(self, index: int) -> str:
        return " · ".join(harmless(value[:60]) for value in self._cells(index, _SAMPLES))

    def _cells(self, index: int, most: int) -> list[str]:
        """Return different cells of a column, as they stand there."""
        found: list[str] = []
        for line in self._needs.sample:
            if index < len(line) and line[index].strip() and line[index] not in found:
                found.append(line[index])
            if len(found) == most:
                break
        return found

    def _times(self) -> list[str]:
        header = self.choices["time"].key() if "time" in self.choices else self._start.columns.get("time", "")
        return self._cells(self._needs.headers.index(header), 50) if header in self._needs.headers else []

    def _columns(self) -> Card:
        card = Card(self.tr("What its columns mean"), self.tr("The rest is kept too"))
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(2, 1)
        options = [("", self.tr("– not in this table"))] + [(header, header) for header in self._needs.headers]
        for line, (field, (name, what)) in enumerate(field_words().items()):
            label = text_label(name, "small_strong" if field == "title" else "small")
            label.setToolTip(what)
            choice = Choice(options, name=f"{name}. {what}".strip())
            choice.setToolTip(what)
            choice.setFixedWidth(200)
            choice.set_key(self._start.columns.get(field, ""))
            beside = ElidingLabel("", "small", "text2")
            label.setBuddy(choice)
            choice.currentIndexChanged.connect(lambda _: self._told())
            choice.activated.connect(lambda _: self._chose())
            grid.addWidget(label, line, 0)
            grid.addWidget(choice, line, 1)
            grid.addWidget(beside, line, 2)
            self.choices[field], self._beside[field] = choice, beside
        card.body.addWidget(holder)
        return card

    def _reading(self) -> Card:
        card = Card(self.tr("How its times and severities are written"))
        self.time_format = Choice(list(time_words().items()), name=self.tr("How times are written"))
        self.time_format.set_key(self._start.time_format)
        self.zone = Choice(
            [
                ("", self.tr("– choose")),
                ("Europe/London", self.tr("UK time, summer and winter")),
                ("UTC", self.tr("UTC")),
            ],
            name=self.tr("Time zone"),
        )
        self._offer_zone(self._start.timezone)
        self.zone.set_key(self._usual_zone())
        self.zone.activated.connect(lambda _: setattr(self, "_zone_chosen", True))
        self.zone_example = text_label("", "cap", "text2", wrap=True)
        self.twice = Choice(
            list(
                zip(
                    TWICE,
                    (
                        self.tr("Set such rows aside, with the reason"),
                        self.tr("Take the first: summer time"),
                        self.tr("Take the second: winter time"),
                    ),
                    strict=True,
                )
            ),
            name=self.tr("An hour that happened twice in October"),
        )
        self.twice.set_key(self._start.twice)
        scales = [(key, scale.name) for key, scale in vocabulary().scales.items() if key != UNKNOWN_SCALE]
        self.scale = Choice(scales, name=self.tr("Severity scale"))
        self.scale.set_key(self._start.severity_scale)
        self.readings = QButtonGroup(self)
        self._readings_box = QWidget()
        lines = column(self._readings_box, gap=2)
        if self._start.ambiguous:
            lines.addWidget(
                text_label(self.tr("Its dates can be read two ways. Which one is meant?"), "small_strong", wrap=True)
            )
            for number, reading in enumerate(self._start.readings):
                radio = Radio(reading.partition(":")[2].strip())
                radio.setProperty("format", reading.partition(":")[0])
                self.readings.addButton(radio, number)
                lines.addWidget(radio)
        self._readings_box.setVisible(self._start.ambiguous)
        self._time_row = FormRow(self.tr("Times are written"), self.time_format)
        self._zone_row = FormRow(self.tr("Where a time names no offset, its clock is"), self.zone)
        self._twice_row = FormRow(self.tr("A time in the hour that happens twice in October"), self.twice)
        self.twice_example = text_label("", "cap", "text2", wrap=True)
        self._scale_row = FormRow(self.tr("Severities are"), self.scale)
        self._needed_lines.addWidget(self._readings_box)
        self._reading_card = card
        for part in (
            self._time_row, self._zone_row, self.zone_example, self._twice_row, self.twice_example, self._scale_row,
        ):  # fmt: skip
            part.setMaximumWidth(460)
            if isinstance(part, FormRow):
                part.setMinimumHeight(_ROW)
            card.body.addWidget(part)
        for choice in (self.time_format, self.zone, self.twice, self.scale):
            choice.currentIndexChanged.connect(lambda _: self._told())
        self.readings.idToggled.connect(lambda *_: self._told())
        card.setContentsMargins(0, 0, 0, Size.GAP)
        return card

    def _offer_zone(self, zone: str) -> None:
        if zone and zone not in TIME_ZONES and self.zone.findData(zone) < 0:
            self.zone.addItem(zone, zone)

    def _usual_zone(self) -> str:
        """Return the clock to start from: none where a person has to name it."""
        has_times = bool(self._start.columns.get("time") if "time" not in self.choices else self.choices["time"].key())
        return self._start.timezone if self._zone_known or (has_times and not self._zone_asked()) else ""

    def _zone_asked(self) -> bool:
        """Tell whether its clock has to be named: there are times, and some name no offset."""
        if self._zone_known or self._start.time_format in _NO_ZONE_NEEDED:
            return False
        return any(_WITH_CLOCK.search(cell) and not _OFFSET.search(cell.strip()) for cell in self._times())

    def _explain_times(self) -> None:
        """Show with a time of the table what the zone makes of it, and both readings of one that happened twice."""
        made, example, twice = self.mapping(), "", ""
        if not made.ambiguous and self.zone.key():
            for cell in self._times():
                try:
                    read = reader_for(replace(made, twice="ask"))(cell)
                except ValueError as error:
                    if "happened twice" in str(error) and not twice:
                        first, second = (reader_for(replace(made, twice=which))(cell) for which in ("first", "second"))
                        told = self.tr("“{0}” is {1}, or an hour later {2}.")
                        twice = told.format(cell[:60], in_words(first), in_words(second))
                    continue
                if not example and not _OFFSET.search(cell.strip()):
                    example = self.tr("“{0}” is then {1}.").format(cell[:60], in_words(read))
        self.zone_example.setText(example)
        self.zone_example.setVisible(bool(example) and not self._zone_row.isHidden())
        self.twice_example.setText(twice)
        self.twice_example.setVisible(bool(twice) and not self._twice_row.isHidden())

    def _told(self) -> None:
        for field, choice in self.choices.items():
            self._beside[field].setText(self._samples.get(choice.key(), ""))
        self._time_row.setVisible(bool(self.choices["time"].key()) and not self._start.ambiguous)
        self._readings_box.setVisible(bool(self.choices["time"].key()) and self._start.ambiguous)
        self._zone_row.setVisible(bool(self.choices["time"].key()) and self.time_format.key() not in _NO_ZONE_NEEDED)
        self._twice_row.setVisible(bool(self.choices["time"].key()) and self.zone.key() == "Europe/London")
        self._scale_row.setVisible(bool(self.choices["severity"].key()))
        self._place_questions()
        self._explain_times()
        self._say_origin()
        self._say_problem()
        self.changed.emit()

    def _chosen(self) -> tuple[str, ...]:
        """Return what can be guessed, as it is chosen now: only a person says which clock a table is of."""
        return tuple(choice.key() for choice in (*self.choices.values(), self.time_format, self.scale))

    def _say_origin(self) -> None:
        """Say where this mapping comes from, and what a table gets that says nothing of severity."""
        words = self.tr("Guessed from the names of its columns and what stands in them. Check it.")
        if self._chosen() != self._arrived:
            words = self.tr("As chosen here. Check it against the first rows.")
        elif self._is_loaded:
            words = self.tr("As the loaded mapping says. Check it against the first rows.")
        elif self._from_elsewhere:
            words = self.tr("As a table with these columns was described before. Check it.")
        self.origin.setText(words)
        made = self.mapping()
        all_become = vocabulary().band(
            vocabulary().normalise(made.severity_scale, made.constants.get("severity", ""))[0]
        )
        told = self.tr("No column says how severe its rows are: all become {0}.").format(all_become)
        self.severity_line.setText(told)
        self.severity_line.setVisible("severity" not in made.columns)

    def mapping(self) -> Mapping:
        """Return the mapping as chosen; ``problem`` says whether it will do."""
        columns = {field: choice.key() for field, choice in self.choices.items() if choice.key()}
        source = " ".join(self.source.text().split())
        constants = {key: value for key, value in self._start.constants.items() if key not in columns}
        if "title" not in columns:
            constants.setdefault("title", source)
        chosen = self.readings.checkedButton()
        time_format = self.time_format.key()
        if self._start.ambiguous and chosen is not None:
            time_format = str(chosen.property("format"))
        return replace(
            self._start,
            name=source,
            source=source,
            columns={field: columns[field] for field in FIELDS if field in columns},
            constants=constants,
            time_format=time_format if time_format in TIME_FORMATS else "auto",
            timezone=self.zone.key() or "UTC",
            zone_stated=not (columns.get("time") and not self.zone.key() and self._zone_asked()),
            twice=self.twice.key(),
            severity_scale=self.scale.key(),
            ambiguous=bool(columns.get("time")) and self._start.ambiguous and chosen is None,
            readings=(),
        )

    def _chose(self) -> None:
        """Somebody has chosen a column: what a file had named and the table lacks no longer counts."""
        self._missing = []
        if not self._zone_chosen:
            self.zone.set_key(self._usual_zone())
        self._told()

    def is_begun(self) -> bool:
        """Tell whether anything was chosen that was not there from the start."""
        return self.mapping() != self._untouched

    def take(self, mapping: Mapping) -> None:
        """Choose what a mapping from elsewhere says; what it names and this table lacks is said."""
        spelled = {" ".join(header.split()).casefold(): header for header in self._needs.headers}
        columns, self._missing = {}, []
        for field, wanted in mapping.columns.items():
            header = spelled.get(" ".join(wanted.split()).casefold())
            if header is None:
                self._missing.append(wanted)
            else:
                columns[field] = header
        guess = self._needs.suggestion
        undecided = guess.ambiguous and mapping.time_format == "auto"
        self._start = replace(
            mapping, columns=columns, fingerprint=guess.fingerprint, ambiguous=undecided,
            readings=guess.readings if undecided else (),
        )  # fmt: skip
        self._zone_known = mapping.zone_stated
        self.source.setText(mapping.source)
        for field, choice in self.choices.items():
            choice.set_key(columns.get(field, ""))
        self._offer_zone(mapping.timezone)
        for choice, key in (
            (self.time_format, mapping.time_format), (self.zone, mapping.timezone), (self.twice, mapping.twice),
            (self.scale, mapping.severity_scale),
        ):  # fmt: skip
            choice.set_key(key)
        self._is_loaded, self._arrived = True, self._chosen()
        self._told()

    def go_to_problem(self) -> None:
        """Give the focus to what is still missing."""
        made = self.mapping()
        twice = _twice_used(list(made.columns.values()))
        wanted: QWidget = self.source
        if self._missing:
            wanted = next(iter(self.choices.values()))
        elif made.ambiguous:
            wanted = self.readings.buttons()[0]
        elif not made.zone_stated:
            wanted = self.zone
        elif twice:
            wanted = [choice for choice in self.choices.values() if choice.key() == twice][-1]
        if self.page.isAncestorOf(wanted):
            self.page.ensureWidgetVisible(wanted)
        wanted.setFocus(Qt.FocusReason.OtherFocusReason)

    def problem(self) -> str:
        """Return what is still missing, in a sentence, or ""."""
        if self._missing:
            lacks = ", ".join(f"“{harmless(name[:60])}”" for name in self._missing[:3])
            return self.tr("The mapping from the file needs columns that are not in this table: {0}.").format(lacks)
        made = self.mapping()
        if made.ambiguous:
            return self.tr("Choose how its dates are to be read.")
        if not made.zone_stated:
            return self.tr("Choose which clock its times are of: they do not say so themselves.")
        twice = _twice_used(list(made.columns.values()))
        if twice:
            return self.tr("The column “{0}” is used for two things; choose one.").format(twice)
        return made.problem()


def _twice_used(headers: Sequence[str]) -> str:
    return next((header for number, header in enumerate(headers) if header in headers[:number]), "")
