"""Describing a table nobody has described yet: which column means what, shown with what stands in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QWidget

from triage_app.domain.mapping import FIELDS, TIME_FORMATS, TIME_ZONES, TWICE, Mapping
from triage_app.domain.severity import UNKNOWN_SCALE, vocabulary
from triage_app.formats.reading_events import NeedsMapping
from triage_app.ui.text import ElidingLabel, text_label
from triage_app.ui.tokens import Size
from triage_app.ui.views.shown import harmless
from triage_app.ui.widgets import Card, Choice, FormRow, Radio, ScrollPage, TextField, column

_SAMPLES = 3
"""Different values of a column that are shown beside it."""


def field_words() -> dict[str, tuple[str, str]]:
    """Return each of our fields in words: its name, and what it is for."""
    tr = QCoreApplication.translate
    return {
        "title": (tr("Mapping", "Title"), tr("Mapping", "What is wrong, in a few words")),
        "severity": (tr("Mapping", "Severity"), tr("Mapping", "How bad its source says it is")),
        "time": (tr("Mapping", "Time"), tr("Mapping", "When it was seen")),
        "reference": (tr("Mapping", "Reference"), tr("Mapping", "The source's own id: rows with the same one fold")),
        "organisation": (tr("Mapping", "Organisation"), tr("Mapping", "Code of the organisation it is about")),
        "category": (tr("Mapping", "Category"), ""),
        "host": (tr("Mapping", "Host"), ""),
        "user": (tr("Mapping", "User"), ""),
        "src": (tr("Mapping", "From address"), ""),
        "dst": (tr("Mapping", "To address"), ""),
        "url": (tr("Mapping", "URL"), ""),
        "hash": (tr("Mapping", "Hash"), ""),
        "detail": (tr("Mapping", "Detail"), ""),
    }


def time_words() -> dict[str, str]:
    """Return the ways of writing a time, in words."""
    tr = QCoreApplication.translate
    return {
        "auto": tr("Mapping", "As it is, where it can be read one way only"),
        "iso": tr("Mapping", "2026-11-22 03:12:00 (ISO 8601)"),
        "dmy": tr("Mapping", "22/11/2026: day first"),
        "mdy": tr("Mapping", "11/22/2026: month first"),
        "ymd": tr("Mapping", "2026/11/22: year first"),
        "english": tr("Mapping", "22 November 2026"),
        "epoch_s": tr("Mapping", "Seconds since 1970"),
        "epoch_ms": tr("Mapping", "Milliseconds since 1970"),
        "filetime": tr("Mapping", "Windows file time"),
    }


class MappingPanel(ScrollPage):
    """Our fields, each with the column that fills it; what stands there is shown beside it."""

    changed = Signal()

    def __init__(self, needs: NeedsMapping, mapping: Mapping | None = None, parent: QWidget | None = None) -> None:
        """Start from ``mapping``, or from the guess that came with the table."""
        super().__init__((0, 0, 8, 0), 12, parent)
        self._needs = needs
        self._start = mapping or needs.suggestion
        self._samples = {header: self._values(index) for index, header in enumerate(needs.headers)}
        self.choices: dict[str, Choice] = {}
        self._beside: dict[str, ElidingLabel] = {}
        self.source = TextField(name=self.tr("Source"))
        self.source.setText(self._start.source)
        self.source.setMaxLength(100)
        self.body.addWidget(
            FormRow(
                self.tr("Who reports in this table"), self.source,
                self.tr("Shown as the source of its alerts; it becomes part of what makes two rows the same alert."),
            )
        )  # fmt: skip
        self.body.addWidget(self._columns())
        self.body.addWidget(self._reading())
        self.problem_line = text_label("", "small", "amber", wrap=True)
        self.body.addWidget(self.problem_line)
        self.body.addStretch(1)
        self.source.textEdited.connect(lambda _: self._told())
        self._told()
        self._untouched = self.mapping()

    def _values(self, index: int) -> str:
        found: list[str] = []
        for line in self._needs.sample:
            if index < len(line) and line[index].strip() and line[index] not in found:
                found.append(line[index])
            if len(found) == _SAMPLES:
                break
        return " · ".join(harmless(value[:60]) for value in found)

    def _columns(self) -> Card:
        card = Card(self.tr("What its columns mean"), self.tr("The rest is kept too, and can be searched"))
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
            choice.setFixedWidth(220)
            choice.set_key(self._start.columns.get(field, ""))
            beside = ElidingLabel("", "small", "text2")
            label.setBuddy(choice)
            choice.currentIndexChanged.connect(lambda _: self._told())
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
            [("UTC", self.tr("UTC")), ("Europe/London", self.tr("UK time, summer and winter"))],
            name=self.tr("Time zone"),
        )
        if self._start.timezone not in TIME_ZONES:
            self.zone.addItem(self._start.timezone, self._start.timezone)
        self.zone.set_key(self._start.timezone)
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
        self._scale_row = FormRow(self.tr("Severities are"), self.scale)
        card.body.addWidget(self._readings_box)
        for part in (self._time_row, self._zone_row, self._twice_row, self._scale_row):
            part.setMaximumWidth(460)
            card.body.addWidget(part)
        for choice in (self.time_format, self.zone, self.twice, self.scale):
            choice.currentIndexChanged.connect(lambda _: self._told())
        self.readings.idToggled.connect(lambda *_: self._told())
        card.setContentsMargins(0, 0, 0, Size.GAP)
        return card

    def _told(self) -> None:
        for field, choice in self.choices.items():
            self._beside[field].setText(self._samples.get(choice.key(), ""))
        self._time_row.setVisible(bool(self.choices["time"].key()) and not self._start.ambiguous)
        self._readings_box.setVisible(bool(self.choices["time"].key()) and self._start.ambiguous)
        self._zone_row.setVisible(bool(self.choices["time"].key()))
        self._twice_row.setVisible(bool(self.choices["time"].key()) and self.zone.key() == "Europe/London")
        self._scale_row.setVisible(bool(self.choices["severity"].key()))
        self.problem_line.setText(self.problem())
        self.problem_line.setVisible(bool(self.problem()))
        self.changed.emit()

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
            timezone=self.zone.key(),
            twice=self.twice.key(),
            severity_scale=self.scale.key(),
            ambiguous=bool(columns.get("time")) and self._start.ambiguous and chosen is None,
            readings=(),
        )

    def is_begun(self) -> bool:
        """Tell whether anything was chosen that was not there from the start."""
        return self.mapping() != self._untouched

    def problem(self) -> str:
        """Return what is still missing, in a sentence, or ""."""
        made = self.mapping()
        if made.ambiguous:
            return self.tr("Choose how its dates are to be read.")
        twice = _twice_used(list(made.columns.values()))
        if twice:
            return self.tr("The column “{0}” is used for two things; choose one.").format(twice)
        return made.problem()


def _twice_used(headers: Sequence[str]) -> str:
    return next((header for number, header in enumerate(headers) if header in headers[:number]), "")
