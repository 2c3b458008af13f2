"""The further pages of the classify form: what it was in detail, and its impact, data and reported category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from triage_app.services import classification
from triage_app.services.precise_times import as_typed, moment_of
from triage_app.services.vocabularies import categories
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.facets import FacetForm
from triage_app.ui.dialogs.form import MomentRow
from triage_app.ui.dialogs.picker import ManyPicker
from triage_app.ui.text import text_label
from triage_app.ui.widgets import Choice, FormRow, TextField, column, row

KINDS = ("ransomware", "phishing")
"Details that are asked where the class is of their kind."


def two_columns(page: QWidget, wide: bool) -> tuple[QVBoxLayout, QVBoxLayout]:
    """Return the left and right column of a page, or one under the other where there is no room for two."""
    whole: QHBoxLayout | QVBoxLayout = row(page, gap=24) if wide else column(page, gap=14)
    left, right = column(gap=14), column(gap=14)
    for each in (left, right):
        if isinstance(whole, QHBoxLayout):
            whole.addLayout(each, 1)
        else:
            whole.addLayout(each)
    return left, right


def _section(title: str, form: QWidget) -> QWidget:
    """Return a part of a page under its heading."""
    made = QWidget()
    lines = column(made, gap=8)
    lines.addWidget(text_label(title, "h3"))
    lines.addWidget(form)
    return made


class DetailPage(QWidget):
    """Determination, PAP, techniques; and ransomware or phishing in detail where the class is such."""

    def __init__(self, incident: Mapping[str, Any], wide: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        facts = incident["facts"]
        self._was_determination, self._was_pap = str(incident["determination"]), str(facts.get("pap") or "")
        named = facts.get("techniques")
        self._was_techniques = [str(code) for code in named] if isinstance(named, list) else []
        self._facts = facts
        self.determination = self._choice(
            classification.determinations(), self._was_determination, self.tr("Determination")
        )
        self.pap = self._choice({label: label for label in classification.pap_labels()}, self._was_pap, self.tr("PAP"))
        self.techniques = ManyPicker(
            classification.techniques(), self.tr("Type an id or a part of a name"), self.tr("ATT&CK techniques"),
            ranked=False, rows=5,
        )  # fmt: skip
        self.techniques.set_codes(self._was_techniques)
        self.forms = {name: FacetForm(name, facts.get(name), columns=2 if wide else 1) for name in KINDS}
        self._sections = {
            "ransomware": _section(self.tr("Ransomware"), self.forms["ransomware"]),
            "phishing": _section(self.tr("Phishing"), self.forms["phishing"]),
        }
        self._none = text_label(
            self.tr("Ransomware and phishing are asked about here once the class is such."), "small", "text2", wrap=True
        )
        left, right = two_columns(self, wide)
        left.addWidget(FormRow(self.tr("Determination"), self.determination, self.tr("What it turned out to be")))
        pap_row = FormRow(self.tr("PAP"), self.pap)
        left.addWidget(pap_row)
        self.techniques.setAccessibleName(self.tr("ATT&CK techniques"))
        left.addWidget(FormRow(self.tr("ATT&&CK techniques"), self.techniques))
        left.addStretch(1)
        for section in self._sections.values():
            right.addWidget(section)
        right.addWidget(self._none)
        right.addStretch(1)

        def say_pap() -> None:
            meaning = classification.pap_labels().get(self.pap.key(), "")
            pap_row.set_hint(meaning or self.tr("What may be done with what we know"))

        self.pap.currentIndexChanged.connect(say_pap)
        say_pap()

    def _choice(self, options: Mapping[str, str], stands: str, name: str) -> Choice:
        known = [("", self.tr("Not set")), *options.items()]
        made = Choice(known if not stands or stands in options else [*known, (stands, stands)], name=name).narrow()
        made.set_key(stands)
        return made

    def ask_for(self, rsit: Sequence[str]) -> None:
        """Ask about what the class is; what has been answered stays in view."""
        for name, section in self._sections.items():
            section.setVisible(bool(self._facts.get(name)) or classification.asks_for(name, rsit))
        self._none.setVisible(all(section.isHidden() for section in self._sections.values()))

    def values(self) -> dict[str, Any]:
        """Return what was changed, as ``incidents.classify`` takes it."""
        found: dict[str, Any] = {}
        if self.determination.key() != self._was_determination:
            found["determination"] = self.determination.key()
        if self.pap.key() != self._was_pap:
            found["pap"] = self.pap.key()
        if self.techniques.codes != self._was_techniques:
            found["techniques"] = list(self.techniques.codes)
        return found

    def details(self) -> dict[str, dict[str, Any]]:
        """Return the answers that were changed, by field."""
        return {name: form.answers() for name, form in self.forms.items()}

    def first_problem(self) -> FormRow | None:
        """Say in place what is wrong; return the first such row."""
        found = [form.first_problem() for form in self.forms.values()]
        return next((one for one in found if one is not None), None)


class ImpactPage(QWidget):
    """Cause and impact, the types of data, and the category that others told us was confirmed."""

    def __init__(self, desk: Desk, incident: Mapping[str, Any], wide: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        facts = incident["facts"]
        self.forms = {
            "nis": FacetForm("nis", facts.get("nis")),
            "data_types": FacetForm("data_types", facts.get("data_types"), columns=2 if wide else 1),
        }
        reported = facts.get("category_reported")
        self._stands = reported if isinstance(reported, Mapping) else {}
        self.category = Choice(
            [("", self.tr("None was reported")), *((str(n), f"{n}, {words[0]}") for n, words in categories().items())],
            name=self.tr("Category reported to us as confirmed"),
        ).narrow()
        self.category.set_key(str(self._stands.get("category", "")))
        self.by, self.reference = TextField(name=self.tr("Confirmed by")), TextField(name=self.tr("Their reference"))
        self.by.setText(str(self._stands.get("by", "")))
        self.reference.setText(str(self._stands.get("reference", "")))
        when = moment_of(self._stands.get("when"))
        self.when = MomentRow(self.tr("When we were told"), desk.now, "" if when is None else as_typed(when))
        self._by_row = FormRow(self.tr("Confirmed by"), self.by, self.tr("NCSC, or the police force, as we were told"))
        self._was = self._reported()
        told = QWidget()
        lines = column(told, gap=10)
        lines.addWidget(
            FormRow(self.tr("Category"), self.category, self.tr("Our word for theirs: it confirms nothing here"))
        )
        lines.addWidget(self._by_row)
        lines.addWidget(FormRow(self.tr("Their reference"), self.reference))
        lines.addWidget(self.when)
        left, right = two_columns(self, wide)
        left.addWidget(_section(self.tr("NIS cause and impact"), self.forms["nis"]))
        left.addWidget(_section(self.tr("Category reported to us as confirmed"), told))
        left.addStretch(1)
        right.addWidget(_section(self.tr("Types of data"), self.forms["data_types"]))
        right.addStretch(1)

    def _reported(self) -> tuple[str, str, str, str]:
        return self.category.key(), self.by.text().strip(), self.reference.text().strip(), self.when.text()

    def reported(self) -> tuple[int, str, str, str] | None:
        """Return category, body, reference and time as they were changed; None where nothing was."""
        category, by, reference, when = self._reported()
        if (category, by, reference, when) == self._was or not category:
            return None
        return int(category), by, reference, when

    def details(self) -> dict[str, dict[str, Any]]:
        """Return the answers that were changed, by field."""
        return {name: form.answers() for name, form in self.forms.items()}

    def first_problem(self) -> FormRow | None:
        """Say in place what is wrong; return the first such row."""
        found = [form.first_problem() for form in self.forms.values()]
        lacks_body = self.reported() is not None and not self.by.text().strip()
        self._by_row.set_problem(self.tr("Name the body that confirmed it.") if lacks_body else "")
        found.append(self._by_row if lacks_body else None)
        found.append(None if self.when.is_readable() else self.when)
        return next((one for one in found if one is not None), None)
