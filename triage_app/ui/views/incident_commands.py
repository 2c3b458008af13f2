"""What can be done on the page of one incident: words, keys and tooltips."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from triage_app.ui.views.commands import ALSO, command


def page_commands(page: QWidget, runs: Mapping[str, Callable[[], object]]) -> dict[str, QAction]:
    """Return the page's actions by name; ``runs`` says what each does."""
    tr = page.tr
    words = {
        "classify": (tr("&Classify…"), "C", tr("Class, severity, category, TLP and campaign")),
        "confirm": (tr("Con&firm the category…"), "", tr("As the NCSC or law enforcement: beside what was assessed")),
        "note": (tr("Add a &line here…"), "N;Ctrl+Shift+N", tr("A line in this incident's log")),
        "correct": (tr("&Put a line right…"), "R", tr("Change the words of the current log line")),
        "times": (tr("Edit &times…"), "T", tr("When it occurred, was detected …")),
        "rename": (tr("Edit the t&itle"), "F2", tr("Change the title in place")),
        "unlink": (tr("Take &alerts out"), "Del", tr("Take marked alerts, an event or a task out")),
        "event": (tr("Enter an e&vent…"), "Ctrl+Shift+E", tr("What happened, on the timeline")),
        "close": (tr("C&lose incident…"), "Ctrl+Shift+X", tr("Close or open again")),
        "clocks": (tr("Cloc&ks…"), "Ctrl+Shift+K", tr("Every clock of this incident")),
        "handoff": (tr("&Hand over…"), "Ctrl+Shift+H", tr("Offer it, or log the answer")),
        "back": (tr("&Back to the list"), "Alt+Left", tr("Back to the list")),
    }
    made = {name: command(page, text, keys, tip, runs[name]) for name, (text, keys, tip) in words.items()}
    made["classify"].setProperty(ALSO, tr("severity, category, TLP, campaign, RSIT"))
    made["confirm"].setVisible(False)
    return made
