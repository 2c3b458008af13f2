"""Exporting: for whom, of what, up to which label, how large. Nobody is ever added silently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QFileDialog, QWidget

from triage_app.domain import sealed_names
from triage_app.domain.tlp import AMBER, GREEN, LABELS, RED, allows, rank
from triage_app.errors import TriageError
from triage_app.language import plural
from triage_app.services import sending, set_by_it, settings, weighing
from triage_app.services.changes import milliseconds
from triage_app.services.progress import Progress
from triage_app.services.sending import Exported, Plan
from triage_app.services.session import Session
from triage_app.services.weighing import Weighed
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs import export_recipients, export_scope
from triage_app.ui.dialogs.export_recipients import Recipients
from triage_app.ui.dialogs.export_scope import REPORTED, ScopeFields, Scopes
from triage_app.ui.dialogs.export_words import incidents_kept_words, stays_words
from triage_app.ui.messages import Dialog
from triage_app.ui.soon import soon
from triage_app.ui.tasks import Task
from triage_app.ui.text import set_role, text_label
from triage_app.ui.views import moments
from triage_app.ui.widgets import (
    Banner,
    CheckBox,
    Choice,
    Facts,
    FormRow,
    ScrollPage,
    TextField,
    column,
    primary,
    row,
    secondary,
)

_SOON_MS: Final = 350
"How long a change of mind is waited for before the size is worked out again."
_MARGIN: Final = 40
_LOW: Final = 360
"A dialog lower than this has no room for the form beside all that is said of the bundle."
MAIL: Final = "mail"
STICK: Final = "stick"


@dataclass(frozen=True)
class Asked:
    """What the form says, to be worked out on another thread."""

    plan: Plan
    kind: str
    which: str
    reported: tuple[int | None, int | None]
    stick: bool

    def resolved(self, store: Store) -> Plan:
        """Return the plan with the incidents that it is about. Raises ``NotFound`` for none."""
        incidents = sending.scope(
            store,
            [self.which] if self.kind == "incident" else None,
            self.which if self.kind == "campaign" else "",
            self.which if self.kind == "organisation" else "",
            self.reported,
        )
        one = self.plan
        return Plan(
            one.recipients, one.maximum, None if incidents is None else tuple(incidents), one.since, one.until,
            one.full, one.reader, one.by_passphrase,
        )  # fmt: skip

    def most(self, store: Store) -> int:
        """Return how large a part may be."""
        if self.stick:
            return sending.STICK_BYTES
        return int(settings.all_of(store)["part-megabytes"]) * sending.MEGABYTE


class ExportDialog(Dialog):
    """Choose who gets it, what of it, up to which label; then it says what was written and what was withheld."""

    exported = Signal(str)
    """One sentence on what was written."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk.tr("Export to peers"), parent=parent)
        self.setMinimumWidth(560)
        self._desk = desk
        self._weighing: Task | None = None
        self._fits = False
        self._opens = ""
        self.weight: Weighed | None = None
        self.trouble = Banner()
        self.trouble.hide()
        self.body.addWidget(self.trouble)
        self._page = ScrollPage((0, 0, 12, 0), 10)
        self._highest = set_by_it.ceiling()
        self._build_form()
        self.body.addWidget(self._page, 1)
        self._before = QWidget()
        before = column(self._before, gap=6)
        self.promise = text_label("", "small_strong", wrap=True)
        self.known = text_label("", "small", "text2", wrap=True)
        self.amount = text_label("", "small", "text2", wrap=True)
        for label in (self.promise, self.known, self.amount):
            before.addWidget(label)
        self.body.addWidget(self._before)
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
        self.by_ctrl_enter(self.export)
        self.add_buttons(self.close_button, self.export)
        self._shrink = soon(self, self._take_in)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SOON_MS)
        self._timer.timeout.connect(self._weigh)
        self._ready()
        desk.query(
            lambda store: (export_recipients.read(store), export_scope.read(store)),
            while_alive(self, lambda found: self._show(*found)),
        )

    def _build_form(self) -> None:
        lines = self._page.body
        self.recipients = Recipients(self._desk)
        self.recipients.changed.connect(self._ready)
        self.recipients.trouble.connect(self._refuse)
        lines.addWidget(self.recipients)
        self.of = ScopeFields(self._desk)
        self.of.changed.connect(self._ready)
        lines.addWidget(self.of)
        self.ceiling = Choice(
            [
                ("", self.tr("The lowest ceiling of the recipients")),
                *((label, label) for label in reversed(LABELS[:-1]) if allows(self._highest or RED, label)),
            ],
            name=self.tr("Nothing above"),
        ).narrow()
        self.ceiling.currentIndexChanged.connect(lambda _: self._ready())
        self.reader = TextField(self.tr("Nobody: nothing RED goes along"), name=self.tr("Named reader"))
        self.reader.textChanged.connect(lambda _: self._ready())
        limits = row(gap=8)
        limits.addWidget(FormRow(self.tr("Nothing above"), self.ceiling), 1)
        self._reader_row = FormRow(self.tr("Named reader"), self.reader)
        limits.addWidget(self._reader_row, 1)
        lines.addLayout(limits)
        most = int(settings.all_of(self._desk.store)["part-megabytes"])
        self.way = Choice(
            [
                (MAIL, self.tr("By mail: parts of at most {0} MB").format(most)),
                (STICK, self.tr("On a stick: parts of at most 67 MB")),
            ],
            name=self.tr("How it travels"),
        ).narrow()
        self.way.currentIndexChanged.connect(lambda _: self._ready())
        self.full: QCheckBox = CheckBox(self.tr("Everything again, whatever they are known to hold"))
        self.full.toggled.connect(lambda _: self._ready())
        travel = row(gap=8)
        hint = self.tr("Mail makes files a third larger on their way.")
        travel.addWidget(FormRow(self.tr("How it travels"), self.way, hint), 1)
        travel.addWidget(self.full, 1, Qt.AlignmentFlag.AlignVCenter)
        lines.addLayout(travel)
        self.path = TextField(self.tr("Folder and name of the file"), name=self.tr("File"))
        self.path.setText(str(Path.home() / self._suggested()))
        self.path.textChanged.connect(lambda _: self._ready())
        browse = secondary(self.tr("Browse"))
        browse.clicked.connect(lambda: self._browse())
        file = row(gap=8)
        file.addWidget(FormRow(self.tr("File"), self.path, self.tr("Its name tells nobody what is inside.")), 1)
        file.addWidget(browse, 0, Qt.AlignmentFlag.AlignVCenter)
        lines.addLayout(file)
        lines.addStretch(1)

    @property
    def boxes(self) -> dict[str, QCheckBox]:
        """The box of each device that may be chosen, by id."""
        return self.recipients.boxes

    def _suggested(self) -> str:
        return f"{self._desk.organisation}-{self._desk.device_tag}-{self._desk.now():%Y%m%d-%H%M}{sealed_names.BUNDLE}"

    def _browse(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Write the bundle"), self.path.text())
        if chosen:
            self.path.setText(chosen)

    def _show(self, found: export_recipients.Found, scopes: Scopes) -> None:
        self.recipients.show_found(found)
        self.of.show_scopes(scopes)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Take the size of the form, as far as the window behind allows."""
        super().showEvent(event)
        self._fit()

    def _fit(self) -> None:
        behind = self.parentWidget()
        inner = self._page.widget()
        if behind is None or inner is None:
            return
        window = behind.window().size()
        if window.height() - _MARGIN < _LOW and self.amount.parentWidget() is self._before:
            for label in (self.known, self.amount):
                self._page.body.addWidget(label)
        width = max(self.minimumWidth(), min(720, window.width() - _MARGIN))
        wanted = inner.sizeHint().height() + 230
        self.resize(width, min(wanted, window.height() - _MARGIN))

    def _take_in(self) -> None:
        """Be no higher than what was written needs."""
        self.body.activate()
        layout = self.layout()
        tall = layout.totalHeightForWidth(self.width()) if layout is not None else 0
        self.resize(self.width(), max(tall, self.minimumSizeHint().height()))

    # -- what is asked ------------------------------------------------------------------------------------

    def asked(self) -> Asked:
        """Return what the form says."""
        since, until = self.of.written()
        reported = self.of.window_times() if self.of.window_by.key() == REPORTED else (None, None)
        plan = Plan(
            tuple(self.recipients.chosen()), self.ceiling.key(), None, since, until, self.full.isChecked(),
            " ".join(self.reader.text().split()), self.recipients.by_passphrase(),
        )  # fmt: skip
        kind = self.of.scope.key()
        return Asked(plan, kind, self.of.which.key(), reported, self.way.key() == STICK)

    def _ready(self) -> None:
        if not hasattr(self, "export"):
            return
        names, by_passphrase = self.recipients.names(), self.recipients.by_passphrase()
        self._reader_row.set_hint(self.tr("AMBER goes along for somebody named, never more.") if by_passphrase else "")
        self.reader.setPlaceholderText(
            self.tr("Nobody: GREEN at most") if by_passphrase else self.tr("Nobody: nothing RED goes along")
        )
        ready = self.recipients.is_ready() and self.of.is_ready()
        self.export.setEnabled(ready and bool(self.path.text().strip()))
        self.weight = None
        self._say_known("")
        problem = export_recipients.absent_words(self.recipients) or self.of.problem()
        self.amount.setText(problem)
        set_role(self.amount, "amber" if problem else "text2")
        if by_passphrase:
            self.promise.setText(self._for_anybody())
        elif not names:
            self.promise.setText(self.tr("Choose at least one recipient. Nobody else will be able to open the file."))
        else:
            self.promise.setText(self._for_devices([str(peer["name"]) for peer in names], names))
        if (names or by_passphrase) and self.of.is_ready() and not problem:
            self.amount.setText(self.tr("Working out how large it will be …"))
            self._timer.start()

    def _for_devices(self, names: list[str], peers: Any) -> str:
        lowest = self._lower(min((peer["ceiling"] for peer in peers), key=rank))
        words = self.tr("Sealed for {0} and for nobody else, up to {1}.").format(", ".join(names), lowest)
        reader = self.reader.text().strip()
        if reader and not self.ceiling.key() and self._highest in ("", RED):
            words += " " + self.tr("RED goes along, to be read by {0} alone.").format(reader)
        return self._by_it(words)

    def _for_anybody(self) -> str:
        reader = self.reader.text().strip()
        lowest = self._lower(AMBER if reader else GREEN)
        if reader:
            words = self.tr(
                "Sealed to the passphrase, up to {0}, to be read by {1}. Whoever learns it can open the file."
            )
            return self._by_it(words.format(lowest, reader))
        words = self.tr("Sealed to the passphrase, up to {0}. Whoever learns it can open the file.")
        return self._by_it(words.format(lowest))

    def _by_it(self, words: str) -> str:
        """Add what the IT department lets out at most, where it says so."""
        if not self._highest:
            return words
        return f"{words} " + self.tr("Your IT department lets nothing above {0} be exported.").format(self._highest)

    def _lower(self, label: str) -> str:
        given = [one for one in (label, self.ceiling.key(), self._highest) if one]
        return min(given, key=rank)

    # -- how large it would be ----------------------------------------------------------------------------

    def _weigh(self) -> None:
        if self._weighing is not None:
            self._weighing.cancel()
        asked, now = self.asked(), milliseconds(self._desk.now())

        def work(store: Store, _: Progress, is_cancelled: Callable[[], bool]) -> Weighed:
            own = weighing.own_identity(store)
            return weighing.weighed(store, own, asked.resolved(store), asked.most(store), now, is_cancelled)

        def shown(found: Weighed) -> None:
            if asked == self.asked():
                self._show_weight(found)

        def refused(error: TriageError) -> None:
            self.amount.setText(f"{error.what} {error.do}")
            set_role(self.amount, "amber")

        self._weighing = self._desk.aside(work, while_alive(self, shown), while_alive(self, refused))

    def _show_weight(self, found: Weighed) -> None:
        self.weight = found
        set_role(self.amount, "text2")
        parts = plural(found.parts, "1 part", "{0} parts").format(found.parts)
        words = self.tr("About {0} in {1}: {2} operations, {3} evidence rows.").format(
            size_words(found.bytes, self.tr), parts, f"{found.operations:,}", f"{found.evidence:,}"
        )
        self.amount.setText(f"{words} {stays_words(found, self.tr)}")
        if found.incidents_kept:
            set_role(self.amount, "amber")
        self._say_known(" ".join(self._known_words(one) for one in found.known))

    def _say_known(self, words: str) -> None:
        self.known.setText(words)
        self.known.setVisible(bool(words))

    def _known_words(self, one: dict[str, Any]) -> str:
        if one["as_of"] is None:
            return self.tr("{0} was never heard from: all that it may have goes along.").format(one["name"])
        words = self.tr("{0} held {1} of the {2} operations here as of {3}: the rest goes along.")
        at = moments.short(one["as_of"], self._desk.now())
        return words.format(one["name"], f"{one['held']:,}", f"{one['of']:,}", at)

    # -- writing ------------------------------------------------------------------------------------------

    def _export(self) -> None:
        asked, path = self.asked(), Path(self.path.text().strip()).expanduser()
        passphrase = self.recipients.passphrase.text() if asked.plan.by_passphrase else None
        self._opens = passphrase or ""
        desk = self._desk
        self._timer.stop()
        self.trouble.hide()
        self.export.setEnabled(False)

        def work(session: Session, progress: Progress) -> Exported:
            plan = asked.resolved(session.store)

            def on_part(done: int, total: int) -> None:
                progress(done, total)
                desk.let_acts_in()

            return sending.export_bundle(
                session, plan.recipients, path, maximum=plan.maximum, incidents=plan.incidents, since=plan.since,
                until=plan.until, full=plan.full, reader=plan.reader, max_part_bytes=asked.most(session.store),
                passphrase=passphrase, on_part=on_part,
            )  # fmt: skip

        desk.long(
            self.tr("Writing a bundle"), work, while_alive(self, self._done), while_alive(self, self._refuse),
            while_alive_call(self, self._ready),
        )  # fmt: skip

    def _refuse(self, error: TriageError) -> None:
        self.trouble.say(error.what, error.do, "amber")
        self.trouble.show()
        self._ready()

    def _passphrase_rows(self) -> list[tuple[str, str, str] | tuple[str, str]]:
        """Return what still tells the passphrase: the form that held it is gone, and nothing else knows it."""
        if not self._opens:
            return []
        once = self.tr("Write it down before you close this: it is kept nowhere. Tell it by telephone.")
        return [(self.tr("Passphrase"), self._opens, "mono"), ("", once)]

    def _done(self, done: Exported) -> None:
        names = ", ".join(Path(path).name for path in done.paths)
        who = ", ".join(f"{one['name']}, {one['organisation']}" for one in done.recipients)
        if not done.recipients:
            reader = self.tr("{0}, by passphrase").format(done.reader) if done.reader else ""
            who = reader or self.tr("whoever has the passphrase")
        self.written.set_rows(
            [
                (plural(len(done.paths), "File", "{0} files").format(len(done.paths)),
                 "\n".join(done.paths), "mono"),
                (self.tr("Sealed for"), who),
                *self._passphrase_rows(),
                (self.tr("Strictest label"), done.tlp),
                (self.tr("Operations"), f"{done.bodies:,}"),
                (self.tr("Stays here"), stays_words(done, self.tr)),
                (self.tr("Evidence"), plural(done.evidence, "1 row", "{0} rows").format(f'{done.evidence:,}')),
                (self.tr("Size"), size_words(done.bytes, self.tr)),
            ]
        )  # fmt: skip
        self._opens = ""
        for part in (self._page, self._before):
            self.body.removeWidget(part)
            part.hide()
        self._after.show()
        self.export.hide()
        self.close_button.setText(self.tr("Close"))
        self._shrink.start()
        words = self.tr("{0}: {1} operations, for {2}.").format(names, f"{done.bodies:,}", who)
        self.exported.emit(f"{words} {incidents_kept_words(done.incidents_kept, self.tr)}".strip())


def while_alive_call(owner: QWidget, then: Callable[[], None]) -> Callable[[], None]:
    """Return ``then``, called only while Qt still has ``owner``."""
    call = while_alive(owner, lambda _: then())
    return lambda: call(None)


def size_words(size: int, tr: Callable[[str], str]) -> str:
    """Return a size as a person reads it: KB under a million bytes, else MB with one place."""
    if size < 1_000_000:
        return tr("{0} KB").format(f"{max(1, round(size / 1000)):,}")
    return tr("{0} MB").format(f"{size / 1_000_000:,.1f}")
