"""The list of commands as ``triage --help`` shows it: by what one is about to do, what is needed first at the top."""

from __future__ import annotations

import re
from typing import Final

import click

SECTIONS: Final = {
    "To begin": ("init", "demo", "settings"),
    "Files that come in": ("import", "imports", "formats", "mapping", "watch", "index"),
    "The queue": ("alert", "alerts", "find", "view", "rule"),
    "Incidents": (
        "incident", "incidents", "clocks", "tasks", "attach", "attachment", "campaign", "campaigns", "systems",
        "crosswalk", "vocabularies",
    ),
    "Victims, calls and shifts": (
        "victim", "victims", "action", "actions", "letter", "person", "tip", "tips", "call", "directory", "handoff",
        "handover",
    ),
    "Evidence that is no alert": (
        "indicators", "advisories", "vulnerabilities", "findings", "endpoints", "organisations", "threats",
    ),
    "Exchange": (
        "export", "merge", "inspect", "receipt", "device", "devices", "group", "org-key", "bodies", "conflicts",
        "pending",
    ),
    "What was done": ("undo", "redo", "journal", "history", "access", "figures", "verify"),
    "Backups, keys and repair": (
        "backup", "restore", "slots", "recover", "break-glass", "re-key", "auditor-copy", "rebuild", "salvage",
    ),
    "The program": ("batch", "reference", "policy", "update", "release-check", "licences", "bench"),
}  # fmt: skip
"""Heading → commands, in the order shown."""

_CODE: Final = re.compile(r"``([^`]*)``")


class InSections(click.Group):
    """A group whose help shows its commands under headings."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every command with its first words, by section; one that is in none comes last."""
        named = {name for names in SECTIONS.values() for name in names}
        rest = tuple(name for name in self.list_commands(ctx) if name not in named)
        widest = max(map(len, self.commands))
        for heading, names in {**SECTIONS, "More": rest}.items():
            rows = []
            for name in names:
                command = self.get_command(ctx, name)
                if command is not None and not command.hidden:
                    words = command.get_short_help_str(formatter.width - widest - 6)
                    rows.append((name.ljust(widest), _CODE.sub(r"“\1”", words).replace("``", "“")))
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)
