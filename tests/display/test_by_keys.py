"""The deck by keys and mouse, as the display server hands them to the window."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.display.conftest import Start
from tests.display.program import Program
from tests.gui.fixtures_store import PASSPHRASE

pytestmark = pytest.mark.slow


def at_work(program: Program) -> None:
    """Wait until the queue has the keys."""
    program.window()
    program.reader.find("table", "Alerts to decide", states=("focused",))
    program.reader.find("label", "1 of 70")


def test_the_deck_is_worked_by_single_keys(start: Start, home: Path) -> None:
    with start(home, passphrase=PASSPHRASE) as program:
        reader, hand = program.reader, program.hand
        at_work(program)
        hand.key("j", "j", "k")
        reader.find("label", "2 of 70")
        hand.key("Return")
        reader.find("filler", "Alert", states=("focused",))
        hand.key("Escape")
        hand.key("p")
        assert "Promoted to RXX-" in reader.hear("to undo")
        hand.key("s")
        reader.button("Cancel")
        hand.key("1")
        assert reader.hear("to undo").startswith("Snoozed")
        hand.key("d")
        reader.find("text", "Why, in a few words", states=("focused",))
        hand.type("Seen before, and harmless")
        hand.key("Return", "1")
        assert reader.hear("to undo").startswith("Dismissed")
        reader.find("label", "2 of 67")
        hand.key("u")
        reader.find("label", r"\d+ of 68", exactly=False)
        hand.key("n")
        reader.find("text", "A note about it; Enter keeps it", states=("focused",))
        hand.type("Rang the ward")
        hand.key("Return")
        assert "ote" in reader.hear("to undo")
        program.quit()


def test_a_click_all_keys_the_palette_the_manual_and_the_lock(start: Start, home: Path) -> None:
    with start(home, passphrase=PASSPHRASE) as program:
        reader, hand = program.reader, program.hand
        at_work(program)
        fifth = reader.find("table", "Alerts to decide").cell(4, 1)
        hand.click(*fifth.middle())
        reader.find("label", "5 of 70")
        reader.find("label", fifth.name)
        hand.key("question")
        reader.find("dialog", "All keys")
        hand.key("Escape")
        reader.gone("dialog", "All keys")
        hand.key("p")
        ref = reader.hear("Promoted to").removeprefix("Promoted to ").partition(";")[0]
        hand.key("ctrl+k")
        reader.find("text", "Find a record or an action", states=("focused",))
        hand.type(ref)
        hand.key("Return")
        reader.find("label", f"Reference: {ref}")
        hand.key("F1")
        manual = reader.find("dialog", "Manual.*", exactly=False)
        hand.key("Escape")
        reader.gone("dialog", manual.name)
        hand.key("ctrl+shift+l")
        reader.find("password text", "Passphrase", states=("focused",))
        assert not reader.is_in_view("label", ref)
        hand.type(PASSPHRASE)
        hand.key("Return")
        reader.find("table", "Alerts to decide")
        program.quit()


def test_an_idle_window_says_so_waits_at_any_key_and_locks(start: Start, home: Path) -> None:
    with start(home, passphrase=PASSPHRASE, minute_ms=533) as program:  # 15 of these minutes are eight seconds
        reader, hand = program.reader, program.hand
        program.window()
        reader.hear(r"^Triage locks in \d+ seconds?\. Any key or movement keeps it open\.")
        hand.key("j")
        reader.gone("push button", "Keep it open")
        reader.hear("^Triage locks in")
        reader.find("password text", "Passphrase")
        assert not reader.is_in_view("table", "Alerts to decide")
