"""What is not imported as things stand, and why, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QCoreApplication

from triage_app.ui.dialogs.import_pending import Pending
from triage_app.ui.text import visible

_NAMED = 5
"""Files that are named in one sentence; of more, the number is given."""


def names_of(files: Iterable[Pending], which: Callable[[Pending], bool]) -> str:
    """Return the names of some of the files, for a sentence."""
    names = [visible(each.path.name, 80, lines=False) for each in files if which(each)]
    more = len(names) - _NAMED
    and_more = QCoreApplication.translate("Import", " and {0} more").format(more) if more > 0 else ""
    return ", ".join(names[:_NAMED]) + and_more


def left_out(files: Iterable[Pending]) -> str:
    """Return which files are not imported as things stand, and why; what is being read counts not."""
    every = list(files)
    tr = QCoreApplication.translate
    kinds: tuple[tuple[Callable[[Pending], bool], str, str], ...] = (
        (
            lambda each: each.refusal is None and each.needs_mapping,
            tr("Import", "{0} waits for its columns to be described."),
            tr("Import", "{0} wait for their columns to be described."),
        ),
        (
            lambda each: each.unreadable,
            tr("Import", "{0} has no row that can be read."),
            tr("Import", "{0} have no row that can be read."),
        ),
        (
            lambda each: each.refusal is not None,
            tr("Import", "{0} cannot be read."),
            tr("Import", "{0} cannot be read."),
        ),
    )
    found = []
    for which, one, many in kinds:
        names = names_of(every, which)
        if names:
            found.append((one if sum(map(which, every)) == 1 else many).format(names))
    return " ".join(found)
