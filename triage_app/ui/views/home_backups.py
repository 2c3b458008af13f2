"""How the backups stand, on Home: the newest one, and the newest that would outlive this laptop's disk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QFileDialog, QWidget
from shiboken6 import isValid

from triage_app.errors import TriageError
from triage_app.paths import Profile
from triage_app.services import backups, restoring, second_place
from triage_app.services.backups import Status
from triage_app.services.changes import milliseconds
from triage_app.store.connection import Store
from triage_app.ui.alive import while_alive
from triage_app.ui.desk import Desk
from triage_app.ui.views import moments
from triage_app.ui.views.standing import Standing
from triage_app.ui.widgets import Banner, column

_GLYPHS: Final = {"ok": "ok", "amber": "warning", "red": "danger"}


@dataclass(frozen=True)
class _Read:
    said: Status
    newest: int | None
    "When the newest copy in the profile's own folder was made."
    place: str
    is_there: bool
    colour: str
    ask: list[str]
    "Who does not know this laptop since it was restored."


def _read(store: Store, now: datetime) -> _Read:
    profile = Profile(store.home)
    said, here = backups.status(profile), backups.found_in(profile.backups)
    place = backups.place_of(store)
    is_there = bool(place) and second_place.is_elsewhere(Path(place), profile.home)
    colour = backups.policy(profile.home).colour(said.outside_at, milliseconds(now))
    return _Read(said, here[0].at if here else None, place, is_there, colour, restoring.to_ask(store))


class HomeBackups(QWidget):
    """Two lines: what the program made by itself, and what lies on another disk. Each with the act that mends it."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._place = ""
        self._asked = False
        self.newest, self.elsewhere, self.anew = Standing(), Standing(), Standing()
        self.anew.hide()
        self.alarm = Banner()
        """For the top of Home: what is red here must not wait until somebody scrolls."""
        self.alarm.hide()
        self.alarm.acted.connect(self._elsewhere_acted)
        lines = column(self, gap=12)
        for line in (self.newest, self.elsewhere, self.anew):
            lines.addWidget(line)
        self.newest.link.clicked.connect(lambda: self._newest_acted())
        self.elsewhere.link.clicked.connect(lambda: self._elsewhere_acted())
        desk.setting_changed.connect(lambda key, _: self.refresh() if key == backups.PLACE and isValid(self) else None)
        if desk.backing_up is not None:
            desk.backing_up.changed.connect(self._moved)

    def refresh(self) -> None:
        """Read it again, on the query lane."""
        now = self._desk.now()
        self._desk.query(lambda store: _read(store, now), while_alive(self, lambda found: self._show(found, now)))

    def _show(self, found: _Read, now: datetime) -> None:
        self._place = found.place
        self.anew.setVisible(bool(found.ask))
        if found.ask:
            anew = self.tr("Restored: this laptop is {0} now, and those it exchanges with do not know it yet")
            hand = self.tr("Hand its identity file to {0}, and compare the words by telephone")
            self.anew.say("warning", anew.format(self._desk.device_tag), hand.format(", ".join(found.ask)))
        self._show_elsewhere(found, now)
        if self._shows_work():
            return
        backing_up, said = self._desk.backing_up, found.said
        if backing_up is not None:  # it knows of a failure even where that could not be written down
            said = backing_up.status
        makes = self.tr("Make one now") if backing_up is not None else ""
        if said.what:
            self.newest.say("danger", said.what, said.do, makes)
        elif found.newest is None:
            soon = self.tr("One is made by itself when a session that changed something ends.")
            self.newest.say("warning", self.tr("Newest backup: none on this laptop"), soon, makes)
        else:
            age = moments.span(now.timestamp() - found.newest / 1000)
            read_back = self.tr("On this disk, written and read back {0}").format(moments.short(found.newest, now))
            self.newest.say("ok", self.tr("Newest backup: {0} old").format(age), read_back, makes)

    def _show_elsewhere(self, found: _Read, now: datetime) -> None:
        tr, outside = self.tr, found.said.outside_at
        if outside is None:
            what = tr("No copy has ever been written to another disk")
        else:
            age = moments.span(now.timestamp() - outside / 1000)
            what = tr("Newest copy on another disk: {0} old").format(age)
        is_well = found.colour == "ok"
        if not found.place and outside is not None:
            how = tr("In {0}. The next ones go nowhere but this disk").format(found.said.outside_in)
            act = tr("Choose where…")
        elif not found.place:
            how = tr("If this disk breaks, it takes every copy along. Choose a folder on a stick or a share.")
            act = tr("Choose where…")
        elif found.is_there:
            how = tr("In {0}, which is there").format(found.place)
            act = "" if is_well else tr("Make one now")
        else:
            how = tr("{0} is not there: plug the stick in, or connect the share").format(found.place)
            act = "" if is_well else tr("Look again")
        act = act if self._desk.backing_up is not None else ""
        self.elsewhere.say(_GLYPHS[found.colour], what, how, act)
        self.alarm.setVisible(found.colour == "red")
        if found.colour == "red":
            self.alarm.say(what, how, "red", act)

    # -- a copy under way ---------------------------------------------------------------------------------

    def _moved(self) -> None:
        backing_up = self._desk.backing_up
        if backing_up is None or self._shows_work():
            return
        if not backing_up.is_at_work() and self.isVisible():
            self.refresh()

    def _shows_work(self) -> bool:
        """Show how far a copy is that takes long; tell whether one is shown."""
        backing_up = self._desk.backing_up
        if backing_up is None or not (backing_up.is_long() or (self._asked and backing_up.is_at_work())):
            return False
        share = backing_up.share()
        how = self.tr("Reading it back") if share is None else self.tr("{0} % written").format(round(share * 100))
        self.newest.say("notice", self.tr("A backup is being made"), how, self.tr("Stop it"))
        return True

    # -- doing --------------------------------------------------------------------------------------------

    def make_now(self) -> None:
        """Make a copy now, and carry it to the second place if that is there."""
        backing_up = self._desk.backing_up
        if backing_up is None or backing_up.is_at_work():
            return
        self._asked = True
        backing_up.make_now(lambda: self._made() if isValid(self) else None)
        self._shows_work()

    def _made(self) -> None:
        self._asked = False
        self.refresh()

    def _newest_acted(self) -> None:
        backing_up = self._desk.backing_up
        if backing_up is not None and backing_up.is_at_work():
            backing_up.cancel()
        else:
            self.make_now()

    def _elsewhere_acted(self) -> None:
        if self._place:
            self.make_now()
            return
        heading = self.tr("Where the newest backup shall go too: a stick or a share")
        name = QFileDialog.getExistingDirectory(self, heading)
        if name:
            self.choose(name)

    def choose(self, folder: str) -> None:
        """Have a folder be the second place, and write the first copy there."""
        then = while_alive(self, lambda _: self.make_now())
        self._desk.set(backups.PLACE, str(Path(folder)), then, while_alive(self, self._refused))

    def _refused(self, error: TriageError) -> None:
        self.elsewhere.say("danger", error.what, error.do, self.tr("Choose where…"))
