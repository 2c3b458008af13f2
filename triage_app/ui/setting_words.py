"""What the settings are called on screen, what each does, and the words for what it can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from triage_app.services import languages

Translate = Callable[[str], str]


@dataclass(frozen=True)
class SettingWords:
    """A setting's name, one sentence that says what it does, and words for its values or its unit."""

    title: str
    does: str
    values: dict[str, str] = field(default_factory=dict)
    unit: str = ""


def group_titles(tr: Translate) -> dict[str, str]:
    """Return the headings of the groups, in the order shown; a group that is not here is shown under its own name."""
    return {
        "work": tr("Keys"),
        "look": tr("Look"),
        "lock": tr("Lock"),
        "files": tr("Files that arrive"),
        "exchange": tr("Exchange"),
        "backups": tr("Backups"),
    }


def setting_words(tr: Translate) -> dict[str, SettingWords]:
    """Return the words of every setting, by its key; one that is not here is shown under its key."""
    return {
        "single-letter-keys": SettingWords(
            tr("Single letters act"),
            tr("In lists, P promotes, D dismisses and so on. Without them, menus and keys with Ctrl do the same."),
        ),
        "theme": SettingWords(
            tr("Colours"),
            tr("Light, dark or high contrast, or whatever this computer is set to."),
            {
                "system": tr("As the system"), "light": tr("Light"), "dark": tr("Dark"),
                "high-contrast": tr("High contrast"),
            },
        ),
        "language": SettingWords(
            tr("Language"),
            tr("From the next unlocking on. No native speaker has read the Welsh yet; the manual is in English."),
            {"system": tr("As the system"), **languages.NAMES},
        ),
        "density": SettingWords(
            tr("Rows"),
            tr("How high the rows of lists are. Compact rows show when each alert was seen."),
            {"compact": tr("Compact"), "normal": tr("Normal"), "roomy": tr("Roomy")},
        ),
        "idle-lock-minutes": SettingWords(
            tr("Lock when nobody is there"),
            tr("So long after the last key or movement the window locks. It says so a minute before."),
            unit=tr("minutes"),
        ),
        "watch": SettingWords(
            tr("Watch a folder"),
            tr("What arrives in the folder below is imported by itself while the program is unlocked."),
        ),
        "watch-folder": SettingWords(
            tr("Folder that is watched"),
            tr("On this laptop, a stick or a share. Nothing in it is moved, changed or removed."),
        ),
        "watch-merge": SettingWords(
            tr("Merge bundles there without asking"),
            tr("Bundles of trusted senders only. Another folder has to be allowed anew."),
        ),
        "part-megabytes": SettingWords(
            tr("Parts of an export"),
            tr("The most that one part of a bundle may hold, so that it can go by mail."),
            unit=tr("MB"),
        ),
        "backup-folder": SettingWords(
            tr("Second place for backups"),
            tr("The newest backup goes there too: a folder on a stick or a share, not on this disk."),
        ),
    }  # fmt: skip
