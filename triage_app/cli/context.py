"""What every command shares: the profile, the clock, the unlocked session, and how it answers."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from triage_app.cli.labelled import labelled
from triage_app.domain.indicators import hides, visible
from triage_app.errors import BadInput, StoreReadOnly, TriageError
from triage_app.paths import Profile
from triage_app.services import (
    backups,
    going_back,
    key_files,
    places,
    reading_copies,
    set_by_it,
    slots,
    this_start,
    unclean_exit,
)
from triage_app.services.backup_lane import BackupLane
from triage_app.services.changes import Changes, Clock
from triage_app.services.session import Session
from triage_app.services.times import read_time

PASSPHRASE_VARIABLE = "TRIAGE_PASSPHRASE"  # noqa: S105 - the name of a variable, not its value


@dataclass
class Context:
    """One run of the command line, or one line of a batch."""

    profile: Profile
    system_clock: Clock
    now_text: str = ""
    passphrase_file: Path | None = None
    as_of: Path | None = None
    "A backup to be read in place of the store."
    as_json: bool = False
    shared: Session | None = None
    "The session of the batch this line belongs to."
    answer: Callable[[Any], None] | None = None
    "Where a batch line's answer goes; None prints it."
    exit_code: int = 0
    _own: Session | None = field(default=None, repr=False)
    _lane: BackupLane | None = field(default=None, repr=False)

    @property
    def now(self) -> Clock:
        """The clock: the system's, or the one that ``--now`` fixes."""
        if not self.now_text:
            own = self._own
            return own.now if own is not None and own.copy_of is not None else self.system_clock
        fixed = read_time(self.now_text, self.system_clock())
        return lambda: fixed

    def writing(self) -> Session:
        """Unlock the store for writing; once a run."""
        return self._unlocked(read_only=False)

    def reading(self) -> Session:
        """Unlock the store for reading: works beside an open window."""
        return self._unlocked(read_only=True)

    def looking(self) -> Session:
        """Unlock the store for what is only read but noted: an auditor, whose looks nobody notes, may too."""
        return self.reading() if key_files.is_auditors_copy(self.profile) else self.writing()

    def _unlocked(self, *, read_only: bool) -> Session:
        session = self.shared or self._own
        if self.as_of is not None and not read_only:
            raise StoreReadOnly(*reading_copies.ONLY_READ)
        if session is None:
            if self.as_of is not None:
                found = reading_copies.find(self.profile, self.as_of)
                session = reading_copies.open_copy(self.profile, found, self.passphrase())
                self.say(reading_copies.said_of(found))
            else:
                passphrase = self.passphrase()
                with this_start.opening() as opened:
                    session = going_back.unlock(
                        self.profile, passphrase, self.now, read_only=read_only, wall=self.system_clock
                    )
                    said = opened(session.store)
                for sentence in said:
                    self.say(sentence)
            self._own = session
            self.tell_of(session)
            unclean_exit.check_before_writing(session, self.say)
            if not read_only:
                self._lane = BackupLane(session)
                session.lane = self._lane
        self.refuse_other_time(session)
        session.now = self.now
        return session

    def refuse_other_time(self, session: Session) -> None:
        """Raise ``BadInput`` where ``--now`` was given and the store is one of real work."""
        if self.now_text and not session.is_demonstration:
            raise BadInput("--now works in demonstration stores only.", "Leave it out: this store keeps real time.")

    def tell_of(self, session: Session) -> None:
        """Say what whoever unlocks is told: acts that a damaged log lost, wrong tries, papers used and not replaced."""
        if session.missing_acts:
            self.say(
                f"The log beside the store is damaged: at least {session.missing_acts} of the newest acts could not be"
                " read. Look what is missing, and ask those you sent it to for a bundle. What is left of the log is"
                f" kept as {session.kept_log}."
            )
        if session.wrong_tries is not None:
            self.say(f"{session.wrong_tries.words(self.system_clock())}.")
        for notice in slots.notices(session.store):
            self.say(notice.words)
        for sentence in set_by_it.now().problems():
            self.say(sentence)
        if synced := places.warning_of(self.profile.home):
            self.say(synced)

    def passphrase(self, *, confirm: bool = False) -> str:
        """Return the passphrase from a file, the environment or a prompt."""
        if self.passphrase_file is not None:
            return read_text(self.passphrase_file).partition("\n")[0].rstrip("\r")
        from_environment = os.environ.get(PASSPHRASE_VARIABLE)
        if from_environment is not None:
            return from_environment
        return ask_passphrase(
            "Passphrase", f"Use --passphrase-file or {PASSPHRASE_VARIABLE}, or run in a terminal.", confirm=confirm
        )

    def say(self, text: str) -> None:
        """Tell the person at the terminal something; never mixed into the answer."""
        click.echo(visible(text), err=True)

    def done(self, data: Any, text: str = "") -> None:
        """Give the answer of a command: JSON where asked for or in a batch, words or labelled lines otherwise."""
        if self.answer is not None:
            self.answer(data)
        elif self.as_json:
            click.echo(as_text(data))
        else:
            click.echo(visible(text or labelled(data)))

    def changed(self, changes: Changes, **more: Any) -> None:
        """Give the answer of a mutating command: what was made, under which act."""
        if self.answer is None:
            self.say(changes.label + ".")
        data = {"id": changes.id, "ref": changes.ref, "act": changes.act, **more}
        if self.answer is not None:
            self.answer(data)
        else:
            click.echo(as_text(data))

    def backup_lane(self) -> BackupLane:
        """Return the lane on which this run makes its backups; it unlocks the store for writing."""
        session = self.writing()
        if session.lane is None:
            raise BadInput("This session keeps no backups.", "Use “triage backup FILE” here.")
        return session.lane

    def close(self) -> None:
        """Make a backup where one is due and lock the store again, unless it belongs to a batch."""
        lane, self._lane = self._lane, None
        try:
            if lane is not None and self._own is not None:
                self._back_up(lane)
        finally:
            if lane is not None:
                lane.close()
            if self._own is not None:
                self._own.close()
                self._own = None

    def _back_up(self, lane: BackupLane) -> None:
        """Make the backup of the end of a session; what is wrong with it is said, and changes nothing of the answer."""
        lane.now = self.now
        try:
            said = lane.wait()
            minutes = backups.policy(self.profile.home).command_minutes
            if lane.is_due(unless_younger_than_minutes=minutes):
                lane.start(backups.AFTER_SESSION)
                said = lane.wait()
        except KeyboardInterrupt:
            lane.cancel()
            self.say("The backup was stopped; what the command did is kept.")
            return
        except TriageError as error:  # the store cannot even be read any more: what the command said stands
            self.say(f"{error.what} {error.do}")
            return
        if said.what:
            self.say(f"{said.what} {said.do}")


def as_text(data: Any, indent: int | None = None) -> str:
    """Return JSON in which no character hides, reorders or commands: those are written as escapes."""
    text = json.dumps(data, ensure_ascii=False, indent=indent)
    return "".join(map(_escaped, text)) if hides(text) else text


def _escaped(character: str) -> str:
    if character == "\n" or not hides(character):
        return character
    return json.dumps(character)[1:-1] if ord(character) != 0x7F else "\\u007f"


def ask_passphrase(words: str, otherwise: str, *, confirm: bool) -> str:
    """Ask for a passphrase at the terminal; raise ``BadInput`` saying what to do ``otherwise`` where there is none."""
    if not sys.stdin.isatty():
        raise BadInput("No passphrase was given.", otherwise)
    return str(click.prompt(words, hide_input=True, confirmation_prompt=confirm, err=True))


def read_text(path: Path) -> str:
    """Return a small text file's content; raise ``BadInput`` when it cannot be read."""
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(1 << 20)
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} could not be read.", "Check the name and that it is a text file.") from error


def system_clock() -> datetime:
    """Return the time of this machine."""
    return datetime.now(UTC)  # noqa: TID251 - the command line is composed here, as the window is in app.py


pass_context = click.make_pass_decorator(Context)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--json``: one JSON document on standard output."""

    def switch(context: click.Context, parameter: click.Parameter, value: bool) -> None:
        if value:
            context.ensure_object(Context).as_json = True

    return click.option("--json", is_flag=True, expose_value=False, callback=switch, help="Answer with JSON.")(command)


def refusal(error: TriageError) -> dict[str, str]:
    """Return a refusal as JSON."""
    return {"what": error.what, "do": error.do, "code": error.code}
