"""The main job by the accessibility bus alone: nothing is seen, no key is pressed, everything is called by its name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.display.at_spi import Reader
from tests.display.conftest import Start

pytestmark = pytest.mark.slow

PASSPHRASE = "seven quiet herons wade"
MARKED = ("Beacon to a known controller", "Password spraying", "Scan of the ward network", "Odd sign-in", "Old TLS")


def alert_file(folder: Path) -> Path:
    """Write five alerts as Suricata would, the worst three alike in severity."""
    lines = [
        {
            "timestamp": f"2026-11-22T02:0{number}:00.000000+0000", "event_type": "alert",
            "src_ip": f"10.1.0.{number + 1}", "dest_ip": f"203.0.113.{number + 1}", "proto": "TCP",
            "alert": {"signature_id": 2000 + number, "signature": words, "severity": 2, "category": "Attempted"},
        }
        for number, words in enumerate(MARKED)
    ]  # fmt: skip
    path = folder / "alerts.json"
    path.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    return path


def set_up(reader: Reader) -> str:
    """Answer the first start, and return the recovery key that is read out."""
    reader.find("text", "Organisation").write("RXX")
    reader.find("text", "Your name").write("Sam Okafor")
    reader.press("Next")
    for name in ("Passphrase", "Passphrase again"):
        reader.find("password text", name).write(PASSPHRASE)
    reader.press("Make the store")
    key = reader.find("label", "Recovery key: .+", exactly=False).name
    reader.find("check box", "I have it on paper or in a safe place").press()
    reader.press("Open it")
    return key


def take_in(reader: Reader, path: Path) -> None:
    """Import a file."""
    reader.press("Import")
    reader.find("text", "File name:").write(str(path))
    reader.press("Open")
    reader.find("label", "5 records: 5 new, 0 repeats, 0 rejected.")
    reader.press("Import", window=f"Import {path.name}")
    assert "5 records, 5 new" in reader.hear("^Imported alerts.json")


def triage(reader: Reader) -> None:
    """Dismiss one, promote one, merge one, and keep a note about the next."""
    table = reader.find("table", "Alerts to decide")
    assert table.rows() == len(MARKED)
    third = table.cell(2, 1)
    third.choose()
    reader.find("label", third.name)
    reader.press("Dismiss")
    reader.press("False positive")
    said = reader.hear("to undo")
    assert said.startswith("Dismissed"), said
    assert "; u to undo. Next: medium, Suricata, " in said, said
    assert said.endswith(" old; 4 left."), said
    reader.press("Promote")
    assert "Promoted to RXX-" in reader.hear("to undo")
    reader.press("Merge")
    reader.find("table", "Open incidents").cell(0, 1).choose()
    reader.press("This one")
    assert reader.hear("to undo").endswith(" old; 2 left.")
    menu = reader.find("menu item", "Alert")
    menu.act("ShowMenu")
    reader.find("menu item", "Add a note….*", exactly=False).act("Press")
    reader.find("text", "A note about it; Enter keeps it").write("Rang the ward: nobody has clicked.")
    reader.press("Enter it")
    assert "oted" in reader.hear("to undo")


def test_the_main_job_is_done_by_pressing_named_controls_only(start: Start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with start(home) as program:
        reader = program.reader
        program.window()
        key = set_up(reader)
        assert len(key.split()) == 10, "the recovery key is read out whole"
        take_in(reader, alert_file(tmp_path))
        triage(reader)
        reader.press("Exchange")
        menu = reader.find("menu item", "Exchange")
        menu.act("ShowMenu")
        reader.find("menu item", "Export.*", exactly=False).act("Press")
        reader.find("dialog", "Export.*", exactly=False)
        reader.press("Cancel")
        reader.press("Lock the screen")
        reader.find("password text", "Passphrase").write(PASSPHRASE)
        reader.gone("table", "Alerts to decide")
        reader.press("Unlock")
        assert reader.find("table", "Alerts to decide").rows() == 2
        program.quit()
