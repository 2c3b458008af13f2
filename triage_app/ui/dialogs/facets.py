"""What is asked of an incident under one heading, from a list: a field for each, empty until somebody answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QGridLayout, QWidget

from triage_app.errors import BadInput
from triage_app.services import classification
from triage_app.services.classification import Facet
from triage_app.ui.widgets import Choice, FormRow, TextField


class FacetForm(QWidget):
    """The fields of one detail. What was not asked is empty, which is neither "no" nor "not known"."""

    def __init__(self, field: str, value: object, columns: int = 1, parent: QWidget | None = None) -> None:
        """``value`` is what stands; an answer that no list knows is offered as it is."""
        super().__init__(parent)
        self._field = field
        self._was: dict[str, str] = {}
        self.rows: dict[str, FormRow] = {}
        stands = value if isinstance(value, Mapping) else {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        for number, facet in enumerate(classification.facets(field)):
            answer = stands.get(facet.code)
            row = FormRow(facet.name, self._entry(facet, "" if answer is None else str(answer)), facet.hint)
            self.rows[facet.code] = row
            self._was[facet.code] = self._said(facet.code)
            grid.addWidget(row, number // columns, number % columns)
        for each in range(columns):
            grid.setColumnStretch(each, 1)

    def _entry(self, facet: Facet, answer: str) -> Choice | TextField:
        if facet.kind == "choice":
            options = [("", self.tr("Not asked")), *facet.choices.items()]
            if answer and answer not in facet.choices:
                options.append((answer, answer))
            made = Choice(options, name=facet.name).narrow()
            made.set_key(answer)
            return made
        entry = TextField(name=facet.name)
        entry.setText(answer)
        return entry

    def _said(self, code: str) -> str:
        field = self.rows[code].field
        return (
            field.key() if isinstance(field, Choice) else field.text().strip() if isinstance(field, TextField) else ""
        )

    def set_answer(self, code: str, answer: str) -> None:
        """Give an answer, as a person would."""
        field = self.rows[code].field
        if isinstance(field, Choice):
            field.set_key(answer)
        elif isinstance(field, TextField):
            field.setText(answer)

    def answers(self) -> dict[str, Any]:
        """Return the answers that were changed; None takes one away."""
        found: dict[str, Any] = {}
        for code in self.rows:
            said = self._said(code)
            if said != self._was[code]:
                found.update(classification.read_detail(self._field, {code: said}))
        return found

    def first_problem(self) -> FormRow | None:
        """Say beside each field what is wrong with its answer; return the first such row."""
        first = None
        for code, row in self.rows.items():
            said, problem = self._said(code), ""
            if said != self._was[code]:
                try:
                    classification.read_detail(self._field, {code: said})
                except BadInput as error:
                    problem, first = f"{error.what} {error.do}", first or row
            row.set_problem(problem)
        return first
