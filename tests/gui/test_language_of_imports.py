"""What a reader says of a file, on a Welsh screen: before the import, in its summary, of a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.gui.fixtures_store import SAMPLES, empty_store, opened, until, window_on
from triage_app.services import import_history, languages, refused_files
from triage_app.ui.translation import speak
from triage_app.ui.views.imports import ImportsView
from triage_app.ui.workplace import Workplace

ENGLISH = re.compile(r"\b(the|of|with|that|another|its|is|and|first|header|events|alerts|between|object|cells|empty)\b")


@pytest.fixture
def work(tmp_path: Path, qtbot: QtBot) -> Iterator[Workplace]:
    empty_store(tmp_path / "home")
    with window_on(tmp_path / "home", qtbot) as shown:
        assert shown.workplace is not None
        speak(languages.catalogue("cy"))
        yield shown.workplace
    speak(None)


def is_shown(view: ImportsView, which: str) -> bool:
    """Tell whether the summary of an import is in view."""
    return view.pane.shown is not None and view.pane.shown.id == which


def eve(folder: Path) -> Path:
    """Write alerts of which one cannot be read."""
    path = folder / "eve.json"
    lines = (SAMPLES / "suricata-eve.json").read_text(encoding="utf-8").splitlines()[:8]
    path.write_text("\n".join([*lines, '{"event_type": "alert", "alert": 1', ""]), encoding="utf-8")
    return path


def test_the_preview_and_the_summary_are_welsh_and_the_record_is_english(
    work: Workplace, qtbot: QtBot, tmp_path: Path
) -> None:
    files = [eve(tmp_path), SAMPLES / "nessus-scan.csv", SAMPLES / "indicators-imaging.txt"]
    files.append(SAMPLES / "shadowserver-scan_rdp.csv")
    dialog = opened(work.importing, qtbot, *files)
    for path in files:
        dialog.list.go_to_id(str(path))
        words = dialog.why.text()
        assert words.startswith("Adnabuwyd fel ")
        assert not ENGLISH.search(words), words
    dialog.accept()
    until(qtbot, lambda: len(import_history.listing(work.desk.store)) == len(files))
    work.go_to("imports")
    view = cast(ImportsView, work.view("imports"))
    until(qtbot, lambda: len(view.table.rows()) == len(files))
    for each in import_history.listing(work.desk.store):
        assert ENGLISH.search(each.why), "what is kept is English"
        view.table.go_to_id(each.id)
        until(qtbot, partial(is_shown, view, each.id))
        facts = (*view.pane.about.findChildren(QLabel), *view.pane.reasons.findChildren(QLabel))
        shown = " | ".join(label.text() for label in facts)
        assert not ENGLISH.search(shown), shown
        if each.name == "eve.json":
            assert [reason.words for reason in each.reasons] == ["the record is cut off: its end is missing"]
            assert "mae'r cofnod wedi'i dorri'n fyr" in shown


def test_a_refusal_is_shown_in_welsh_and_kept_in_english(work: Workplace, qtbot: QtBot, tmp_path: Path) -> None:
    picture = tmp_path / "picture.json"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    dialog = opened(work.importing, qtbot, picture)
    refusal = dialog.files[str(picture)].refusal
    assert refusal is not None
    assert "llun" in refusal.what
    assert not ENGLISH.search(f"{refusal.what} {refusal.do}")
    dialog.cancel_button.click()
    until(qtbot, lambda: len(refused_files.listing(work.desk.store)) == 1)
    (kept,) = refused_files.listing(work.desk.store)
    assert kept.what == "picture.json is a picture, not alerts."
    assert kept.advice == "Import the file the alerts came in."
    work.go_to("imports")
    view = cast(ImportsView, work.view("imports"))
    until(qtbot, lambda: len(view.table.rows()) == 1)
    view.table.go_to_id(view.table.rows()[0]["id"])
    until(qtbot, lambda: view.refused_pane.isVisible())
    assert (view.refused_pane.why.text(), view.refused_pane.advice.text()) == (refusal.what, refusal.do)


def test_what_was_kept_before_and_what_another_laptop_sent_is_shown_in_welsh(work: Workplace, qtbot: QtBot) -> None:
    view = cast(ImportsView, work.view("imports"))
    sent = "Zeek in JSON: one JSON object after another; 2 notices and hits among the first 3 records."
    view.pane.show_summary(summary_of(why=sent, origin="another laptop", ignored={"empty row": 3, "dns": 2}))
    shown = " | ".join(label.text() for label in view.pane.about.findChildren(QLabel))
    assert "2 hysbysiad a thrawiad ymhlith y 3 cofnod cyntaf" in shown
    assert "3 rhes wag, 2 dns" in shown


def summary_of(**said: Any) -> import_history.ImportSummary:
    """Return an import as the history tells of it."""
    plain: dict[str, Any] = dict.fromkeys(
        ("id", "name", "format", "title", "source", "why", "organisation", "origin", "rejects_file"), ""
    )
    numbers = dict.fromkeys(
        ("size", "started_at", "finished_at", "records", "new", "repeats", "rejected", "decided"), 0
    )
    rest: dict[str, Any] = {
        "milliseconds": None, "ignored": {}, "kinds": {}, "parts": (), "reasons": (), "undone": False,
    }  # fmt: skip
    return import_history.ImportSummary(**{**plain, **numbers, **rest, **said})
