"""What the merge dialog says of receipts, and what it found in the files chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication

from triage_app.services import receipts
from triage_app.services.exchange import Merged
from triage_app.services.receipts import Taken
from triage_app.ui.views import moments


@dataclass(frozen=True)
class Looked:
    """What the chosen files are, before anything is taken from them."""

    bundles: list[Path]
    said: list[dict[str, Any]]
    preview: Merged | None
    "None where there are receipts only."
    receipts: list[Path]
    taken: list[Taken]


def received_words(taken: Taken) -> str:
    """Return how far a peer has received what this laptop wrote."""
    words = QCoreApplication.translate("MergeDialog", "{0} has received our operations up to {1} of {2}.")
    return words.format(taken.name, taken.received, taken.of)


def taken_words(taken: Taken, now: datetime) -> str:
    """Return what a receipt says."""
    tr = QCoreApplication.translate
    words = tr("MergeDialog", "receipt from {0}, {1}, written {2}").format(
        taken.name, taken.organisation, moments.short(taken.created, now)
    )
    words += ". " + received_words(taken)
    if taken.withheld:
        words += " " + tr("MergeDialog", "{0} operations were withheld from it.").format(taken.withheld)
    if taken.pending:
        words += " " + tr("MergeDialog", "{0} wait there.").format(taken.pending)
    if taken.state == receipts.OLDER:
        words += " " + tr("MergeDialog", "A later word of it is here already.")
    return words
