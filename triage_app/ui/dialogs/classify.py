"""Classifying an incident: class, severity, category with its reason, TLP, campaign; and two pages of detail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QWidget

from triage_app.domain import tlp
from triage_app.services import authority, classification, incidents
from triage_app.services.changes import Changes
from triage_app.services.session import Session
from triage_app.services.vocabularies import categories, rsit_types
from triage_app.store import lookup
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.classify_pages import DetailPage, ImpactPage, two_columns
from triage_app.ui.dialogs.classify_suggestion import ClassifySuggestion
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.dialogs.picker import ManyPicker
from triage_app.ui.dialogs.severity_choice import SeverityChoice
from triage_app.ui.text import text_label
from triage_app.ui.theme import font
from triage_app.ui.widgets import Choice, FormRow, Radio, Tabs, TextArea, TextField, TlpBadge, column, row

_TWO_COLUMNS = 880


class CategoryChoice(QWidget):
    """The six UK categories, the meaning beside each."""

    def __init__(self, chosen: int | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("UK category"))
        self.group = QButtonGroup(self)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for number, (name, meaning) in categories().items():
            button = Radio(str(number))
            button.setFont(font("small_strong"))
            button.setAccessibleName(self.tr("Category {0}, {1}").format(number, name))
            button.setAccessibleDescription(meaning)
            words = column(gap=0)
            words.addWidget(text_label(name, "small_strong"))
            words.addWidget(text_label(meaning, "cap", "text2", wrap=True))
            self.group.addButton(button, number)
            grid.addWidget(button, number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addLayout(words, number, 1)
            button.setChecked(number == chosen)

    def choose(self, number: int) -> None:
        """Choose a category."""
        self.group.button(number).setChecked(True)

    def number(self) -> int | None:
        """Return the category chosen, or None."""
        chosen = self.group.checkedId()
        return None if chosen < 0 else chosen


class TlpChoice(QWidget):
    """The labels of TLP 2.0 with the badge and what the label lets one do."""

    def __init__(self, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        meanings = self.meanings()
        options = [("", self.tr("Not set: counts as AMBER+STRICT"))] if not label else []
        options += [(name, name) for name in reversed(tlp.LABELS)]
        self.choice = Choice(options, name=self.tr("TLP"))
        self.choice.set_key(label)
        self._badge = TlpBadge("")
        self._meaning = text_label("", "cap", "text2", wrap=True)
        line = row(gap=8)
        line.addWidget(self.choice, 1)
        line.addWidget(self._badge)
        lines = column(self, gap=4)
        lines.addLayout(line)
        lines.addWidget(self._meaning)
        self.setFocusProxy(self.choice)

        def show() -> None:
            chosen = self.choice.key()
            self._badge.set_label(chosen.removeprefix("TLP:"))
            self._meaning.setText(meanings[chosen])

        self.choice.currentIndexChanged.connect(show)
        show()

    def meanings(self) -> Mapping[str, str]:
        """Return what each label means, after FIRST's TLP 2.0 in our words."""
        return {
            "": self.tr("Until somebody labels it, it reaches devices of your own organisation only."),
            tlp.RED: self.tr("For named readers only. It leaves this laptop only for one reader's own device."),
            tlp.AMBER_STRICT: self.tr("Within your organisation only, by need to know."),
            tlp.AMBER: self.tr("Within your organisation and the clients and parents it names, by need to know."),
            tlp.GREEN: self.tr("Within the community: any trusted device."),
            tlp.CLEAR: self.tr("No limit on sharing."),
        }


class ClassifyDialog(FormDialog):
    """Classify one incident; what is not touched stays."""

    def __init__(self, desk: Desk, incident: Mapping[str, Any], parent: QWidget, *, take_over: bool = False) -> None:
        """``incident`` is the record as ``lookup.one`` gives it; ``take_over`` fills in what its alerts suggest."""
        wide = parent.window().width() >= _TWO_COLUMNS + 60
        super().__init__(
            desk, desk.tr("Classify {0}").format(incident["ref"]), desk.tr("Classify"), parent,
            width=_TWO_COLUMNS if wide else 560,
        )  # fmt: skip
        self._incident = str(incident["id"])
        self._was_rsit = str(incident["rsit"]).split()
        self._was_tlp = str(incident["tlp"])
        self._was_campaign = str(incident["campaign"])
        self._as_desk = authority.is_desk(desk.organisation)
        stands = incident["category_assessed" if self._as_desk else "category_proposed"] or {}
        self._was_category = stands.get("category") if isinstance(stands, dict) else None
        self._was_because = str(stands.get("because", "")) if isinstance(stands, dict) else ""

        self.rsit = ManyPicker(rsit_types(), self.tr("Type a class, a type or a code"), self.tr("Class and type"))
        self.rsit.set_codes(self._was_rsit)
        self.category = CategoryChoice(self._was_category)
        self.because = TextArea(name=self.tr("Because"), lines=2)
        self.because.setPlainText(self._was_because)
        self._because_row = FormRow(
            self.tr("Because"), self.because,
            self.tr("Needed with a category. A trust proposes, a desk assesses, the NCSC or law enforcement confirms."),
        )  # fmt: skip
        self.severity = SeverityChoice(incident["severity"])
        self._severity_row = FormRow(
            self.tr("Severity"), self.severity, self.tr("0 to 100, where 100 is the worst; the word goes with it.")
        )
        self.tlp = TlpChoice(self._was_tlp)
        self.campaign = TextField(name=self.tr("Campaign"))
        self.campaign.setText(self._was_campaign)
        self.campaign.offer(_campaigns(desk))

        self.suggested = ClassifySuggestion(self)
        self.form.body.addWidget(self.suggested)
        self.pages: dict[str, QWidget] = {}
        first = self._page("class", self.tr("Class and category"), QWidget())
        left, right = two_columns(first, wide)
        left.addWidget(
            FormRow(self.tr("Class and type"), self.rsit, self.tr("RSIT. Several may be chosen; the first is primary."))
        )
        left.addWidget(self._severity_row)
        left.addWidget(FormRow(self.tr("TLP"), self.tlp))
        left.addWidget(
            FormRow(self.tr("Campaign"), self.campaign, self.tr("A theme across incidents; those there are complete."))
        )
        left.addStretch(1)
        title = (
            self.tr("UK category as this desk assesses it: lower is worse")
            if self._as_desk
            else self.tr("UK category that the trust proposes: lower is worse")
        )
        right.addWidget(FormRow(title, self.category))
        right.addWidget(self._because_row)
        right.addStretch(1)
        self._detail: DetailPage | None = None
        self._impact: ImpactPage | None = None
        self._make_detail: Callable[[], DetailPage] = lambda: DetailPage(incident, wide)
        self._make_impact: Callable[[], ImpactPage] = lambda: ImpactPage(desk, incident, wide)
        self._page("detail", self.tr("Detail"), QWidget())
        self._page("impact", self.tr("Impact and data"), QWidget())
        self.form.body.addStretch(1)
        self.tabs.changed.connect(self.go_to)
        self.rsit.changed.connect(self._ask)
        self.go_to("class")
        self.rsit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.suggested.look(self._incident, take_over=take_over)

    def _page(self, key: str, title: str, page: QWidget) -> QWidget:
        if not self.pages:
            self.tabs = Tabs("canvas", 0)
            self.body.insertWidget(self.body.indexOf(self.form), self.tabs)
        self.tabs.add(key, title)
        self.pages[key] = page
        self.form.body.addWidget(page)
        return page

    @property
    def detail(self) -> DetailPage:
        """The second page, made when it is first wanted: the form opens faster without it."""
        if self._detail is None:
            self._detail = self._make_detail()
            self._filled("detail", self._detail)
            self._ask()
        return self._detail

    @property
    def impact(self) -> ImpactPage:
        """The third page, made when it is first wanted."""
        if self._impact is None:
            self._impact = self._make_impact()
            self._filled("impact", self._impact)
        return self._impact

    def _filled(self, key: str, page: QWidget) -> None:
        column(self.pages[key]).addWidget(page)

    def _ask(self) -> None:
        if self._detail is not None:
            self._detail.ask_for(self.rsit.codes)

    def go_to(self, key: str) -> None:
        """Show one page."""
        if self.tabs.current() != key:
            self.tabs.go_to(key)
            return
        if key != "class":
            _ = self.detail if key == "detail" else self.impact
        for name, page in self.pages.items():
            page.setVisible(name == key)
        self.form.verticalScrollBar().setValue(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Page Down and Ctrl+Page Up turn the pages."""
        step = {Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1}.get(Qt.Key(event.key()))
        if step is None or not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
            return
        keys = list(self.pages)
        key = keys[(keys.index(self.tabs.current()) + step) % len(keys)]
        self.go_to(key)
        self.tabs.tabs[key].setFocus(Qt.FocusReason.TabFocusReason)

    def _point_at(self, page: str, row_: FormRow) -> None:
        self.go_to(page)
        row_.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.form.ensureWidgetVisible(row_)

    def submit(self) -> None:
        """Write what was changed; a category, new or newly reasoned, needs its reason."""
        number, because = self.category.number(), self.because.toPlainText().strip()
        new_category = number is not None and (number != self._was_category or because != self._was_because)
        if new_category and not because:
            self._because_row.set_problem(self.tr("A category needs a reason: say why in a few words."))
            self._point_at("class", self._because_row)
            return
        if not self.severity.is_readable():
            self._severity_row.set_problem(self.tr("A severity is a number from 0 to 100."))
            self._point_at("class", self._severity_row)
            return
        self._severity_row.set_problem("")
        made = {"detail": self._detail, "impact": self._impact}
        for name, page in made.items():
            problem = None if page is None else page.first_problem()
            if problem is not None:
                self._point_at(name, problem)
                return
        campaign = " ".join(self.campaign.text().split())
        label = self.tlp.choice.key()
        rsit = tuple(self.rsit.codes) if self.rsit.codes != self._was_rsit else ()
        values: dict[str, Any] = {
            "rsit": rsit,
            "severity": self.severity.changed(),
            "category": number if new_category else None,
            "because": because if new_category or because != self._was_because else "",
            "label": label if label and label != self._was_tlp else None,
            "campaign": campaign if campaign != self._was_campaign else None,
            "as_desk": self._as_desk,
            "details": {k: v for page in made.values() if page is not None for k, v in page.details().items() if v},
            **({} if self._detail is None else self._detail.values()),
        }
        incident, told = self._incident, None if self._impact is None else self._impact.reported()

        def work(session: Session) -> Changes:
            reported = None if told is None else incidents.read_reported(session, *told)
            return incidents.classify(session, incident, reported=reported, **values)

        self.run(work)


def _campaigns(desk: Desk) -> list[str]:
    """Return the campaigns to complete: those that incidents name, and those known beforehand."""
    named = [found["name"] for found in lookup.campaigns(desk.store)]
    return list(dict.fromkeys([*named, *classification.known_campaigns()]))
