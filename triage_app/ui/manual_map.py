"""Which page of the manual is about what is in view: by place, by tab of an incident, by dialog."""

from __future__ import annotations

from typing import Any, Final, cast

from PySide6.QtWidgets import QWidget

from triage_app.services.manual import CONTENTS
from triage_app.ui.shell import Shell

BY_PLACE: Final = {
    "home": "window.md#home",
    "queue": "queue.md",
    "incidents": "incident.md",
    "victims": "victims.md",
    "exchange": "exchange.md",
    "evidence": "evidence.md",
    "imports": "files-in.md#what-was-taken-in",
    "directory": "directory.md",
    "figures": "figures.md",
}

BY_TAB: Final = {
    "timeline": "incident.md#timeline",
    "tasks": "tasks.md",
    "alerts": "incident.md#the-page-of-an-incident",
    "victims": "victims.md",
    "affected": "incident.md#affected-things",
    "impact": "impact.md",
    "log": "incident.md#the-log",
    "files": "custody.md",
    "reports": "telephone.md#reports",
    "history": "incident.md#the-page-of-an-incident",
    "facts": "incident.md#the-page-of-an-incident",
}

REPORTS: Final = "telephone.md#reports"
"""While the reports are shown in the place of the incidents."""

BY_DIALOG: Final = {
    "action_outcome": "victims.md#support",
    "add_action": "victims.md#support",
    "add_note": "victims.md",
    "add_victim": "victims.md",
    "affected": "incident.md#affected-things",
    "affected_return": "incident.md#affected-things",
    "affected_table": "incident.md#affected-things",
    "attachment": "custody.md",
    "authority_key": "trust.md#an-authority",
    "backups": "backups.md",
    "call": "directory.md#calls",
    "campaign": "figures.md#campaigns",
    "certify": "trust.md#an-authority",
    "classify": "incident.md#classify-it",
    "clock": "clocks.md",
    "clock_list": "clocks.md",
    "close_incident": "incident.md#close-it",
    "confirm_category": "incident.md#classify-it",
    "correct_alert": "queue.md#the-keys-of-the-queue",
    "custody": "custody.md#custody",
    "directory": "directory.md",
    "due_list": "victims.md#support",
    "edit_victim": "victims.md",
    "event": "incident.md#timeline",
    "export_bundle": "exchange.md#export",
    "first_run": "first-start.md",
    "form": CONTENTS,
    "handoff": "victims.md#hand-offs",
    "handover": "handover.md",
    "impact": "impact.md",
    "import_file": "files-in.md",
    "import_result": "files-in.md#what-was-taken-in",
    "key_card": "trust.md#introduce-two-laptops",
    "letters": "victims.md#letters",
    "licences": "window.md#licences",
    "log_line": "incident.md#the-log",
    "merge_bundle": "exchange.md#merge",
    "new_alert": "telephone.md#an-alert-by-telephone",
    "new_incident": "incident.md",
    "new_rule": "folding.md#accept-it-for-a-time",
    "own_window": "figures.md",
    "paper_page": "unlocking.md#the-recovery-key",
    "person_data": "personal-data.md",
    "pick_format": "files-in.md",
    "reference": "reference-data.md",
    "restore": "backups.md#restore",
    "retention_list": "personal-data.md#how-long-it-is-kept",
    "revoke": "trust.md#revoke-a-lost-laptop",
    "rules": "folding.md#accept-it-for-a-time",
    "settings": "settings.md",
    "set_times": "incident.md#times",
    "settle_conflicts": "conflicts.md#many-at-once",
    "slot_forms": "unlocking.md",
    "split_incident": "related.md#merge-and-split-incidents",
    "stop_trusting": "trust.md#an-authority",
    "take_back": "personal-data.md",
    "tasks": "tasks.md",
    "tip": "telephone.md#reports",
    "trust_device": "trust.md#introduce-two-laptops",
    "unlock": "first-start.md#unlock",
    "update": "updates.md",
    "victim_record": "victims.md",
    "watch_folder": "files-in.md#a-watched-folder",
    "whole_words": "incident.md#the-page-of-an-incident",
    "who_can_unlock": "unlocking.md",
    "work_list": CONTENTS,
    "work_lists": "tasks.md",
    "write_letter": "victims.md#letters",
}
"""By the file in ``dialogs`` that the dialog, or the page of the locked window, is made in."""


def page_of(shown: QWidget) -> str:
    """Return the page, and heading, about what is shown: a dialog's own, or that of the place it lies over."""
    step: QWidget | None = shown
    while step is not None:
        stem = type(step).__module__.rpartition(".")[2]
        if stem in BY_DIALOG:
            return BY_DIALOG[stem]
        if isinstance(step, Shell):
            return _of_place(step)
        step = step.parentWidget()
    return CONTENTS


def _of_place(shell: Shell) -> str:
    place = shell.place()
    incidents = cast(Any, getattr(shell, "views", {}).get("incidents"))
    if place == "incidents" and incidents is not None:
        if incidents.tips.isVisible():
            return REPORTS
        if incidents.page.isVisible():
            return BY_TAB.get(incidents.page.tabs.current(), BY_PLACE[place])
    return BY_PLACE.get(place, CONTENTS)
