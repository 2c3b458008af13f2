"""Files dragged from another program's window onto ours, by the display server's own protocol."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.display import drag_source
from tests.display.conftest import Start
from tests.display.ground import Ground
from tests.display.program import end
from tests.display.test_by_keys import at_work
from tests.gui.fixtures_store import PASSPHRASE, SAMPLES

pytestmark = pytest.mark.slow


@contextmanager
def beside(ground: Ground, *files: Path) -> Iterator[None]:
    """Show another program's window, with files to be dragged, over a corner of ours."""
    command = [sys.executable, str(Path(drag_source.__file__)), *map(str, files)]
    process = subprocess.Popen(command, env=ground.environment, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        end(process)


def test_a_file_is_dropped_onto_the_window_and_shown_before_it_is_taken_in(
    start: Start, ground: Ground, home: Path
) -> None:
    with start(home, passphrase=PASSPHRASE) as program:
        reader, hand = program.reader, program.hand
        at_work(program)
        with beside(ground, SAMPLES / "suricata-eve.json"):
            hand.wait_for(drag_source.NAME)
            box = hand.box(program.window())
            half = drag_source.SIDE // 2
            hand.drag((half, half), (box.left + box.wide // 2, box.top + box.high // 2))
            reader.find("label", "Recognised as Suricata EVE.*", exactly=False)
        reader.press("Cancel")
        reader.find("label", "1 of 70")
        program.quit()
