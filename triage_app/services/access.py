"""Noting, in a chain of its own, who looked at what was masked and what left this laptop."""

from __future__ import annotations

from typing import Any

from triage_app.services.changes import milliseconds
from triage_app.services.session import Session
from triage_app.store import access


def note_access(session: Session, what: str, kind: str, entity: str, detail: Any = None) -> None:
    """Add an entry: 'unmask', 'export', 'view'. In a copy for an auditor nothing is noted: that it was made is."""
    if session.auditors_copy is not None:
        return
    with session.store.write():
        access.append(session.store, session.author, milliseconds(session.now()), what, kind, entity, detail)
