"""What the queue says where it has nothing to show."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from triage_app.ui.views.queue_filter import DEFAULT
from triage_app.ui.views.queue_reading import Listed
from triage_app.ui.widgets import EmptyState


def empty_state(found: Listed, query: str) -> tuple[EmptyState, str]:
    """Return what stands in the empty list, and what its button does: import, clear, or nothing."""
    tr = QCoreApplication.translate
    if not found.anything:
        what_to_do = tr(
            "Queue", "Take in a file from a stick or a share, drop it on this window, or paste it with Ctrl V."
        )
        if found.anything_else:
            what_to_do = tr("Queue", "What was imported so far is in Evidence.") + " " + what_to_do
        made = EmptyState(
            tr("Queue", "No alert has been imported yet."),
            what_to_do,
            tr("Queue", "Import"),
            "Ctrl I",
        )
        return made, "import"
    if query == DEFAULT:
        made = EmptyState(
            tr("Queue", "Everything has been decided."),
            tr("Queue", "Import more, or look at what was done under Incidents."),
        )
        return made, ""
    made = EmptyState(
        tr("Queue", "No alert passes this filter."),
        tr("Queue", "{0} are still to be decided.").format(f"{found.undecided:,}"),
        tr("Queue", "Clear the filter"),
    )
    return made, "clear"
