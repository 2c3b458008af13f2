"""What a window brings back: where it stood, and every word that was given to it, also after the power went."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.display.conftest import Start
from tests.display.test_by_keys import at_work
from tests.gui.fixtures_store import PASSPHRASE, now
from triage_app.paths import Profile
from triage_app.services import session as sessions
from triage_app.store import personal

pytestmark = pytest.mark.slow

WIDE, HIGH = 1100, 700
FRAME = 60
"""Pixels by which a window manager may count a frame otherwise than we do."""
WORDS = "Rang Ward 7: nobody has opened it"


def test_the_window_comes_back_where_it_stood(start: Start, home: Path) -> None:
    with start(home, passphrase=PASSPHRASE) as program:
        at_work(program)
        window = program.window()
        program.hand.resize_window(window, WIDE, HIGH)
        program.hand.move_window(window, 200, 120)
        left = program.hand.box(window)
        program.quit()
    with start(home, passphrase=PASSPHRASE) as program:
        at_work(program)
        again = program.hand.box(program.window())
        assert (again.wide, again.high) == (left.wide, left.high) == (WIDE, HIGH)
        assert abs(again.left - left.left) <= FRAME
        assert abs(again.top - left.top) <= FRAME
        program.quit()


def test_no_word_is_lost_when_the_power_goes(start: Start, home: Path) -> None:
    with start(home, passphrase=PASSPHRASE) as program:
        reader, hand = program.reader, program.hand
        at_work(program)
        hand.key("n")
        reader.find("text", "A note about it; Enter keeps it", states=("focused",))
        hand.type(WORDS)
        hand.key("Return")
        reader.hear("to undo")
        hand.key("p")
        reader.hear("Promoted to")
        program.kill()
    with start(home) as program:
        reader, hand = program.reader, program.hand
        program.window()
        reader.find("password text", "Passphrase", states=("focused",))
        hand.type(PASSPHRASE)
        hand.key("Return")
        reader.find("label", "1 of 69")
        reader.find("push button", "Incidents, 1")
        program.quit()
    session = sessions.unlock(Profile(home), PASSPHRASE, now)
    try:
        note, sealed = session.store.row("SELECT id, text FROM note") or ("", "")
        assert personal.opened(session.store, "note", note, "text", sealed) == WORDS
    finally:
        session.close()
