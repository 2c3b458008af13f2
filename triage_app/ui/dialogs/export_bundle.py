"""Exporting: exactly the recipients chosen, a scope, a ceiling, a file. Nobody is ever added silently."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QWidget

from triage_app.domain.tlp import LABELS, rank
from triage_app.errors import TriageError
from triage_app.services import devices, exchange
from triage_app.services.exchange import Exported
from triage_app.services.progress import Progress
from triage_app.services.session import Session
from triage_app.store import lookup
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs.fitting import fit
from triage_app.ui.messages import Dialog
from triage_app.ui.soon import soon
from triage_app.ui.text import text_label, visible
from triage_app.ui.widgets import (
    Banner,
    Choice,
    EmptyState,
    Facts,
    FormRow,
    ScrollPage,
    TextField,
    TlpBadge,
    column,
    primary,
    row,
    secondary,
)

_LIST_HEIGHT: Final = 148
_PEER_ROW: Final = 30


class ExportDialog(Dialog):
    """Choose who gets it, what of it, up to which label; then it says what was written and what was withheld."""

    exported = Signal(str)
    """One sentence on what was written."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk.tr("Export to peers"), parent=parent)
        self.setMinimumWidth(560)
        self._desk = desk
        self.boxes: dict[str, QCheckBox] = {}
        self._peers: list[dict[str, Any]] = []
        self._scopes: dict[str, list[tuple[str, str]]] = {}
        self.trouble = Banner()
        self.trouble.hide()
        self.body.addWidget(self.trouble)
        self._form = QWidget()
        self._build_form()
        self._page = ScrollPage((0, 0, 8, 0), 0)  # where the window is low the form scrolls, and the buttons stay
        self._page.body.addWidget(self._form)
        self._page.body.addStretch(1)
        self.body.addWidget(self._page, 1)
        self._fit_soon = soon(self, self._fit)
        self._after = QWidget()
        after = column(self._after, gap=8)
        self.written = Facts(130)
        after.addWidget(text_label(self.tr("Written"), "h3"))
        after.addWidget(self.written)
        self._after.hide()
        self.body.addWidget(self._after)
        self.close_button = secondary(self.tr("Cancel"))
        self.close_button.clicked.connect(self.reject)
        self.export = primary(self.tr("Write the bundle"))
        self.export.clicked.connect(self._export)
        self.add_buttons(self.close_button, self.export)
        self._ready()
        desk.query(_choices, while_alive(self, self._show))

    def _build_form(self) -> None:
        lines = column(self._form, gap=10)
        lines.addWidget(text_label(self.tr("Recipients"), "small_strong"))
        self._list = ScrollPage((0, 0, 0, 0), 0)
        self._list.setMaximumHeight(_LIST_HEIGHT)
        lines.addWidget(self._list)
        self.scope = Choice(
            [
                ("", self.tr("Everything that the recipients may see")),
                ("incident", self.tr("One incident")),
                ("campaign", self.tr("A campaign")),
                ("organisation", self.tr("Incidents with an organisation among their victims")),
            ],
            name=self.tr("What to send"),
        )
        self.scope.currentIndexChanged.connect(lambda _: self._scope_changed())
        self.which = Choice(name=self.tr("Which one"))
        self.which.currentIndexChanged.connect(lambda _: self._ready())
        scope = row(gap=8)
        scope.addWidget(FormRow(self.tr("What to send"), self.scope), 1)
        self._which_row = FormRow(self.tr("Which one"), self.which)
        self._which_row.hide()
        scope.addWidget(self._which_row, 1)
        lines.addLayout(scope)
        self.ceiling = Choice(
            [
                ("", self.tr("The lowest ceiling of the recipients")),
                *((label, label) for label in reversed(LABELS[:-1])),
            ],
            name=self.tr("Nothing above"),
        )
        self.ceiling.currentIndexChanged.connect(lambda _: self._ready())
        self.reader = TextField(self.tr("Nobody: nothing RED goes along"), name=self.tr("Named reader for RED"))
        self.reader.textChanged.connect(lambda _: self._ready())
        limits = row(gap=8)
        limits.addWidget(FormRow(self.tr("Nothing above"), self.ceiling), 1)
        limits.addWidget(FormRow(self.tr("Named reader for RED"), self.reader), 1)
        lines.addLayout(limits)
        self.path = TextField(self.tr("Folder and name of the file"), name=self.tr("File"))
        self.path.setText(str(Path.home() / self._suggested()))
        self.path.textChanged.connect(lambda _: self._ready())
        browse = secondary(self.tr("Browse"))
        browse.clicked.connect(lambda: self._browse())
        file = row(gap=8)
        hint = self.tr("Its name tells nobody what is inside.")
        file.addWidget(FormRow(self.tr("File"), self.path, hint), 1)
        file.addWidget(browse, 0, Qt.AlignmentFlag.AlignVCenter)
        lines.addLayout(file)
        self.promise = text_label("", "small", "text2", wrap=True)
        lines.addWidget(self.promise)

    def _fit(self) -> None:
        if not self._page.isHidden():
            fit(self, self._page, 640)

    def _suggested(self) -> str:
        return f"{self._desk.organisation}-{self._desk.device_tag}-{self._desk.now():%Y%m%d-%H%M}.bundle"

    def _browse(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Write the bundle"), self.path.text())
        if chosen:
            self.path.setText(chosen)

    def _show(self, found: tuple[list[dict[str, Any]], dict[str, list[tuple[str, str]]]]) -> None:
        self._peers = [peer for peer in found[0] if peer["trusted"]]
        self._scopes = found[1]
        if not self._peers:
            self._list.body.addWidget(
                EmptyState(self.tr("This laptop trusts no other device yet."),
                           self.tr("Trust one first: a bundle is sealed for devices that were chosen by name."))
            )  # fmt: skip
        for peer in self._peers:
            line = row(gap=10)
            organisation = peer["organisation_name"] or peer["organisation"]
            words = f"{peer['name']}, {organisation} ({peer['nation'] or self.tr('nation not known')})"
            box = QCheckBox(visible(words, 120, lines=False).replace("&", "&&"))
            box.setAccessibleName(self.tr("{0}, up to {1}").format(words, peer["ceiling"]))
            box.toggled.connect(lambda _: self._ready())
            box.setFixedHeight(_PEER_ROW)
            self.boxes[peer["id"]] = box
            line.addWidget(box, 1)
            line.addWidget(TlpBadge(peer["ceiling"].removeprefix("TLP:")))
            self._list.body.addLayout(line)
        self._list.body.addStretch(1)
        self._list.setMinimumHeight(min(_LIST_HEIGHT, max(2, len(self._peers)) * _PEER_ROW + 4))
        self._ready()
        self._fit_soon.start()

    def _scope_changed(self) -> None:
        kind = self.scope.key()
        self._which_row.setVisible(bool(kind))
        self._fit_soon.start()
        self.which.set_options(self._scopes.get(kind, []))
        self._ready()

    def chosen(self) -> list[str]:
        """Return the ids of the devices chosen."""
        return [device for device, box in self.boxes.items() if box.isChecked()]

    def _ready(self) -> None:
        names = [peer for peer in self._peers if peer["id"] in self.chosen()]
        scoped = not self.scope.key() or bool(self.which.key())
        self.export.setEnabled(bool(names) and scoped and bool(self.path.text().strip()))
        if not names:
            self.promise.setText(self.tr("Choose at least one recipient. Nobody else will be able to open the file."))
            return
        lowest = min((peer["ceiling"] for peer in names), key=rank)
        asked = self.ceiling.key()
        if asked and rank(asked) < rank(lowest):
            lowest = asked
        who = ", ".join(peer["name"] for peer in names)
        words = self.tr("Sealed for {0} and for nobody else, up to {1}.").format(who, lowest)
        if self.reader.text().strip():
            words += " " + self.tr("RED goes along, to be read by {0} alone.").format(self.reader.text().strip())
        self.promise.setText(words)

    def _export(self) -> None:
        recipients, path = self.chosen(), Path(self.path.text().strip()).expanduser()
        kind, which = self.scope.key(), self.which.key()
        maximum, reader = self.ceiling.key(), self.reader.text().strip()
        self.trouble.hide()
        self.export.setEnabled(False)

        def work(session: Session, _: Progress) -> Exported:
            incidents = exchange.scope(
                session,
                [which] if kind == "incident" else None,
                which if kind == "campaign" else "",
                which if kind == "organisation" else "",
            )
            return exchange.export_bundle(
                session, recipients, path, maximum=maximum, incidents=incidents, reader=reader
            )

        self._desk.long(
            self.tr("Writing a bundle"), work, while_alive(self, self._done), while_alive(self, self._refuse)
        )

    def _refuse(self, error: TriageError) -> None:
        self.trouble.say(error.what, error.do, "amber")
        self.trouble.show()
        self._ready()

    def _done(self, done: Exported) -> None:
        names = ", ".join(Path(path).name for path in done.paths)
        who = ", ".join(f"{one['name']}, {one['organisation']}" for one in done.recipients)
        self.written.set_rows(
            [
                (self.tr("File"), "\n".join(done.paths), "mono"),
                (self.tr("Sealed for"), who),
                (self.tr("Strictest label"), done.tlp),
                (self.tr("Operations"), self.tr("{0}; {1} withheld by their label or scope").format(
                    done.bodies, done.withheld)),
                (self.tr("Evidence"), (
                    self.tr("1 row; {1} withheld") if done.evidence == 1 else self.tr("{0} rows; {1} withheld")
                ).format(done.evidence, done.evidence_withheld)),
                (self.tr("Size"), self.tr("{0} KB").format(max(1, round(done.bytes / 1000)))),
            ]
        )  # fmt: skip
        self._page.hide()
        self._after.show()
        self.adjustSize()
        self.export.hide()
        self.close_button.setText(self.tr("Close"))
        words = self.tr("{0}: {1} operations, {2} withheld, for {3}.")
        self.exported.emit(words.format(names, done.bodies, done.withheld, who))


def _choices(store: Store) -> tuple[list[dict[str, Any]], dict[str, list[tuple[str, str]]]]:
    """Return the peers, and what each kind of scope can name."""
    incidents = [(row["id"], f"{row['ref']}  {row['title']}") for row in lookup.listing(store, "incident")]
    campaigns = [(row["name"], f"{row['name']} ({row['incidents']})") for row in lookup.campaigns(store)]
    victims = {row["organisation"] for row in lookup.listing(store, "victim") if row["organisation"]}
    organisations = [
        (row["code"], f"{row['code']}  {row['name']}") for row in lookup.organisations(store) if row["id"] in victims
    ]
    scopes = {"incident": incidents, "campaign": campaigns, "organisation": organisations}
    return devices.known_devices(store), scopes
