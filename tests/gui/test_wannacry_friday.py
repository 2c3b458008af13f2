"""WannaCry Friday: forty hours of one trust, told through the real window, whose clock the test turns on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import CHEAP, PASSPHRASE, WAIT_MS, press, read, said, until, wait_unlocked
from triage_app.app import build
from triage_app.paths import Profile
from triage_app.services import clock_report, handoffs, keeping
from triage_app.services import session as sessions
from triage_app.store import lookup
from triage_app.ui.desk import Desk
from triage_app.ui.dialogs import clock as clock_form
from triage_app.ui.dialogs.action_outcome import ActionOutcomeDialog
from triage_app.ui.dialogs.add_action import AddActionDialog
from triage_app.ui.dialogs.add_victim import AddVictimDialog
from triage_app.ui.dialogs.affected import PasteAffectedDialog
from triage_app.ui.dialogs.classify import ClassifyDialog
from triage_app.ui.dialogs.clock import ClockDialog
from triage_app.ui.dialogs.close_incident import CloseIncidentDialog
from triage_app.ui.dialogs.form import FormDialog
from triage_app.ui.dialogs.handoff import HandoffDialog
from triage_app.ui.dialogs.impact import ImpactDialog
from triage_app.ui.dialogs.letters import LettersDialog
from triage_app.ui.dialogs.log_line import LogLineDialog
from triage_app.ui.dialogs.tasks import StartPlaybookDialog
from triage_app.ui.dialogs.write_letter import WriteLetterDialog
from triage_app.ui.main_window import MainWindow
from triage_app.ui.views.clock_faces import open_faces
from triage_app.ui.views.incident_page import IncidentPage
from triage_app.ui.views.incidents import IncidentsView
from triage_app.ui.widgets import Choice

D = TypeVar("D", bound=QDialog)
NOON = datetime(2026, 11, 13, 12, 0, tzinfo=UTC)
"""A Friday."""


def fill(field: QWidget, text: str) -> None:
    """Type into a field, or choose in it."""
    if isinstance(field, Choice):
        field.set_key(text)
    elif isinstance(field, QPlainTextEdit):
        field.setPlainText(text)
    else:
        assert isinstance(field, QLineEdit)
        field.setText(text)


class Friday:
    """The window, its clock, and what a responder does in it."""

    def __init__(self, window: MainWindow, qtbot: QtBot, clock: list[datetime]) -> None:
        """``clock`` holds the time of day."""
        self.window, self.qtbot, self._clock = window, qtbot, clock
        assert window.workplace is not None
        self.work = window.workplace

    @property
    def desk(self) -> Desk:
        """The desk of the window."""
        return self.work.desk

    @property
    def page(self) -> IncidentPage:
        """The page of the incident."""
        view = self.work.view("incidents")
        assert isinstance(view, IncidentsView)
        return view.page

    def at(self, hours: float) -> None:
        """It is so many hours after Friday noon."""
        self._clock[0] = NOON + timedelta(hours=hours)

    def settle(self) -> None:
        """Wait until nothing is under way."""
        lanes = (self.desk.lane, self.desk._query_lane)
        self.qtbot.waitUntil(lambda: not any(lane.is_busy() for lane in lanes), timeout=WAIT_MS)

    def open(self, kind: type[D], ask: Callable[[], None]) -> D:
        """Ask for a dialog and return it."""

        def found() -> list[D]:
            return [w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible()]

        self.settle()
        ask()
        self.qtbot.waitUntil(lambda: len(found()) == 1, timeout=WAIT_MS)
        self.settle()
        return found()[0]

    def do(self, form: FormDialog) -> None:
        """Submit a form, which closes when its act is done."""
        with self.qtbot.waitSignal(self.desk.acted, timeout=WAIT_MS):
            form.submit()
        self.settle()

    def tab(self, name: str) -> None:
        """Go to a tab of the incident."""
        self.page.tabs.go_to(name)
        self.settle()

    def log(self, words: str, **decision: str) -> None:
        """Write a line, or a decision, in the log."""
        form = self.open(LogLineDialog, self.page.add_note)
        QTest.keyClicks(form.words, words)
        if decision:
            form.is_decision.setChecked(True)
            for name, text in decision.items():
                fill(getattr(form.decision, name), text)
        self.do(form)

    def clock(self, policy: str, act: str, **typed: str) -> None:
        """Record something of one clock, through its card or the list of all."""
        self.page._minute()
        self.settle()
        faces = open_faces(self.page._clocks, self.desk.now())
        face = next(one for one in faces if one.clock.policy.code == policy)
        form = self.open(ClockDialog, lambda: self.page.open_clock(face, act))
        for name, text in typed.items():
            fill(getattr(form, name), text)
        self.do(form)

    def state(self, what: str, /, **typed: str) -> None:
        """State something of the clinical impact."""
        form = self.open(ImpactDialog, lambda: self.page.impact.state(what))
        for name, text in typed.items():
            fill(getattr(form.rows[name], "entry", form.rows[name].field), text)
        self.do(form)


def alerts_of_the_noon(folder: Path) -> Path:
    """Write what the sensors saw: forty machines attacked over SMB, a ransom note on every fifth."""
    path = folder / "eve-friday.json"
    lines = []
    for number in range(40):
        title = "LOCAL Ransom note written over SMB" if number % 5 == 0 else "LOCAL SMB exploit, unpatched machine"
        seen = NOON - timedelta(minutes=40 - number)
        lines.append(
            {
                "timestamp": seen.isoformat(), "event_type": "alert", "src_ip": f"10.20.7.{number}", "src_port": 49_000,
                "dest_ip": f"10.20.8.{number}", "dest_port": 445, "proto": "TCP", "flow_id": number,
                "alert": {"signature": title, "signature_id": 9_000_000 + number, "severity": 1},
            }
        )  # fmt: skip
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def friday(tmp_path: Path, qtbot: QtBot) -> Iterator[Friday]:
    clock = [NOON]
    profile = Profile(tmp_path / "home")
    sessions.found(
        profile, organisation="RXX", organisation_name="Northmoor University Hospitals", responder="Sam Okafor",
        passphrase=PASSPHRASE, now=lambda: clock[0], cost=CHEAP, demonstration=True, nation="England",
    )  # fmt: skip
    window = build(profile, lambda: clock[0], passphrase=PASSPHRASE)
    faults: list[BaseException] = []
    window.faulted.connect(faults.append)
    window.resize(1440, 900)
    window.show()
    try:
        wait_unlocked(window, qtbot)
        yield Friday(window, qtbot, clock)
    finally:
        window.close()
        window.deleteLater()
        assert faults == []


def test_forty_hours_of_one_trust_end_in_a_journal_that_verifies_and_a_log_that_reads_as_a_story(
    friday: Friday, qtbot: QtBot, tmp_path: Path
) -> None:
    _the_alerts_come_in_and_become_an_incident(friday, qtbot, tmp_path)
    _the_clocks_start(friday)
    _the_wards_go_to_paper(friday)
    _the_playbook_is_begun(friday)
    victim = _a_victim_is_told(friday)
    _the_incident_is_handed_on(friday)
    _the_duties_are_met(friday)
    _the_wards_come_back(friday)
    _the_victim_gets_a_letter(friday, victim)
    ref = _the_incident_is_closed(friday)
    _the_story_is_whole(friday, ref, tmp_path)


def _the_alerts_come_in_and_become_an_incident(friday: Friday, qtbot: QtBot, folder: Path) -> None:
    friday.work.importing.open([alerts_of_the_noon(folder)])
    dialog = read(friday.work.importing, qtbot)
    until(qtbot, lambda: dialog.import_button.isEnabled())
    dialog.import_button.click()
    queue = friday.work.queue
    until(qtbot, lambda: queue.counts.text() == "40 to decide, 40 high or above")
    friday.settle()
    friday.at(0.1)
    queue.table.setFocus()
    for _ in range(40):
        press(queue.table, "x")  # marks it and goes on
    press(queue.table, "p")
    said(queue, qtbot, "Promoted to")
    friday.settle()
    [row] = lookup.listing(friday.desk.store, "incident")
    friday.work.open_record("incident", row["id"])
    friday.settle()
    assert len(friday.page.alerts.table.rows()) == 40
    form = friday.open(ClassifyDialog, friday.page.open_classify)
    form.rsit.set_codes(["malicious-code/infected-system"])
    form.category.group.button(2).setChecked(True)
    form.because.setPlainText("Forty machines, imaging and theatres on paper")
    friday.do(form)


def _the_clocks_start(friday: Friday) -> None:
    friday.at(0.2)
    for policy in ("uk-gdpr-33", "nis-11"):  # the first starts the DSPT clock too
        friday.clock(policy, clock_form.AWARE)
    assert {face.clock.policy.code for face in open_faces(friday.page._clocks, friday.desk.now())} >= {
        "uk-gdpr-33", "nis-11", "dspt", "sla",
    }  # fmt: skip
    friday.log(
        "Disconnect the trust from the national network",
        by="Dr Ada Rao", role="SIRO", known="Forty machines, spreading over SMB", options="Wait\nDisconnect",
        reason="Spreading faster than we can isolate",
    )  # fmt: skip


def _the_wards_go_to_paper(friday: Friday) -> None:
    friday.at(1)
    friday.tab("affected")
    form = friday.open(PasteAffectedDialog, friday.page.affected.paste)
    form.names.setPlainText("\n".join(f"RXX-WS{number:03d}" for number in range(40)))
    friday.do(form)
    assert friday.page.tabs.tabs["affected"].accessibleName().endswith(" 40")
    friday.tab("impact")
    friday.state("outage", system="PACS", paper="yes")
    friday.state("outage", system="Theatre lists", paper="yes")
    friday.state("divert", what="Stroke", destination="RYY Eastvale")
    friday.state("cancelled", kind="elective", count="at least 14")
    assert "Theatre lists" in friday.page.impact.down.text()


def _the_playbook_is_begun(friday: Friday) -> None:
    friday.at(2)
    friday.tab("tasks")
    form = friday.open(StartPlaybookDialog, friday.page.tasks.start_playbook)
    form.choices["ransomware"].setChecked(True)
    friday.do(form)
    waiting = [task for task in lookup.listing(friday.desk.store, "task") if task["status"] == "open"]
    assert len(waiting) == 27
    table = friday.page.tasks.table
    for task in waiting[:3]:
        if not task["clinical"]:
            table.go_to_id(task["id"])
            with friday.qtbot.waitSignal(friday.desk.acted, timeout=WAIT_MS):
                friday.page.tasks.tick_current()
            friday.settle()
    assert any(task["status"] == "done" for task in lookup.listing(friday.desk.store, "task"))


def _a_victim_is_told(friday: Friday) -> str:
    friday.at(4)
    friday.tab("victims")
    form = friday.open(AddVictimDialog, friday.page.victims.add_victim)
    form.party.set_key("person")
    form.person.setText("Jo Pryce")
    friday.do(form)
    page = friday.page.victims.page
    action = friday.open(AddActionDialog, page.add_action)
    QTest.keyClicks(action.kind.search, "VS11")
    QTest.keyClick(action.kind.search, Qt.Key.Key_Return)
    friday.do(action)
    QTest.keyClick(page.table, Qt.Key.Key_1)
    friday.settle()
    friday.at(4.5)
    outcome = friday.open(ActionOutcomeDialog, page.outcome_of_next)
    outcome.status.set_key("successful")
    outcome.outcome.setPlainText("Spoke at the second try")
    friday.do(outcome)
    [row] = lookup.listing(friday.desk.store, "victim")
    assert row["successful"] == 1
    return str(row["id"])


def _the_incident_is_handed_on(friday: Friday) -> None:
    friday.at(6)
    offer = friday.open(HandoffDialog, friday.page.hand_over)
    offer.body_field.setText("CSOC")
    offer.note.setText("Forty machines; we keep the wards")
    friday.do(offer)
    incident = friday.page.incident_id()
    assert handoffs.holder(friday.desk.store, "incident", incident).holder.name != "CSOC"
    friday.at(7)
    answer = friday.open(HandoffDialog, friday.page.hand_over)
    answer.what.set_key("accept")
    answer.by.setText("Lee Marsh")
    friday.do(answer)
    assert "CSOC" in handoffs.holder(friday.desk.store, "incident", incident).holder.name


def _the_duties_are_met(friday: Friday) -> None:
    friday.at(22)
    for policy, reference in (("dspt", "DSPT-4711"), ("uk-gdpr-33", "ICO-88"), ("nis-11", "DHSC-12")):
        friday.clock(policy, clock_form.DONE, reference=reference)


def _the_wards_come_back(friday: Friday) -> None:
    friday.at(32)
    friday.tab("impact")
    table = friday.page.impact.table
    lasting = [row["id"] for row in friday.page.impact._rows.values() if row["kind"] in ("outage", "divert")]
    assert len(lasting) == 3
    for entity in lasting:
        table.go_to_id(entity)
        with friday.qtbot.waitSignal(friday.desk.acted, timeout=WAIT_MS):
            friday.page.impact.end_current()
        friday.settle()


def _the_victim_gets_a_letter(friday: Friday, victim: str) -> None:
    friday.at(39)
    friday.tab("victims")
    listed = friday.open(LettersDialog, friday.page.victims.page.open_letters)
    form = friday.open(WriteLetterDialog, listed.write)
    form.kind.set_key("closure")
    friday.settle()
    text = form.text.toPlainText()
    while "[[" in text:
        start = text.index("[[")
        text = text[:start] + "the switchboard" + text[text.index("]]", start) + 2 :]
    form.text.setPlainText(text)
    friday.do(form)
    with friday.qtbot.waitSignal(friday.desk.acted, timeout=WAIT_MS):
        listed.sent.click()
    friday.settle()
    listed.reject()


def _the_incident_is_closed(friday: Friday) -> str:
    friday.at(40)
    friday.log("Reconnect the trust to the national network", by="Dr Ada Rao", role="SIRO", reason="All rebuilt")
    form = friday.open(CloseIncidentDialog, friday.page.close_or_open)
    form.words.setPlainText("Rebuilt and verified clean; nothing was taken that we know of")
    form.submit()
    assert friday.desk.store.value("SELECT status FROM incident") != "closed"  # open steps are asked for
    form.leave.setChecked(True)
    form.left_by.setText("Dr Ada Rao")
    friday.do(form)
    [row] = lookup.listing(friday.desk.store, "incident")
    assert row["status"] == "closed"
    return str(row["ref"])


def _the_story_is_whole(friday: Friday, ref: str, folder: Path) -> None:
    friday.tab("log")
    friday.page.log.write_decisions(folder / "decisions.txt")
    friday.settle()
    story = (folder / "decisions.txt").read_text(encoding="utf-8")
    first, last = story.index("Disconnect the trust"), story.index("Reconnect the trust")
    assert first < last
    for words in ("Dr Ada Rao", "SIRO", "Forty machines, spreading over SMB", "Spreading faster than we can isolate"):
        assert words in story
    begin, end = (round((NOON + timedelta(days=days)).timestamp() * 1000) for days in (-1, 5))
    met = clock_report.met_and_missed(friday.desk.store, begin, end)
    assert {row.policy for row in met if row.result == "met"} >= {"uk-gdpr-33", "nis-11", "dspt"}
    verified: list[dict[str, object]] = []
    friday.desk.long("", lambda session, _: keeping.verify(session), verified.append)
    friday.settle()
    assert verified[0]["ok"]
