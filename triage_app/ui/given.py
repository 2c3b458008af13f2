"""What is dropped or pasted: files, folders, or a text; nothing of it is opened here."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QMimeData

from triage_app.language import plural
from triage_app.ui.dialogs.import_pending import Pasted

if TYPE_CHECKING:
    from triage_app.services.incoming_files import Gathered

MOST_CHARACTERS = 16_000_000
"""Characters of a pasted text: more belong in a file."""


@dataclass(frozen=True)
class Given:
    """What came."""

    paths: list[Path] = field(default_factory=list)
    text: Pasted | None = None
    too_long: bool = False


def given_by(data: QMimeData | None) -> Given:
    """Return the files named, or else the plain text; what is on a network is named by nobody here."""
    if data is None:
        return Given()
    if data.hasUrls():
        paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if paths:
            return Given(paths)
    text = data.text() if data.hasText() else ""
    if not text.strip():
        return Given()
    if len(text) > MOST_CHARACTERS:
        return Given(too_long=True)
    return Given(text=Pasted(text.encode("utf-8", "replace"), QCoreApplication.translate("Given", "Pasted text")))


def passed_over(found: Gathered) -> str:
    """Say what of the folders is not shown."""
    tr = QCoreApplication.translate
    words = []
    if found.beyond or found.cut:
        told = tr("Given", "Only the first {0} files are shown here; import the rest in smaller lots.")
        words.append(told.format(f"{len(found.files):,}"))
    for number, told in (
        (
            found.hidden,
            plural(found.hidden, "1 hidden file was passed over.", "{0} hidden files were passed over."),
        ),
        (found.links, plural(found.links, "1 link was not followed.", "{0} links were not followed.")),
        (
            found.unread,
            plural(found.unread, "1 folder could not be looked into.", "{0} folders could not be looked into."),
        ),
    ):
        if number:
            words.append(told.format(f"{number:,}"))
    return " ".join(words)
