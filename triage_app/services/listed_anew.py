"""What an incident's own id is part of, listed anew under another incident: tasks, entered events, clinical impact.

Nobody can move such a thing, as its id says where it belongs and under which label it travels. A split therefore
states it again, word for word, in the new incident, and takes it back in the old one; both stay in the journal.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from triage_app.domain import tlp
from triage_app.domain.records import CREATED, DELETED, KINDS
from triage_app.errors import BadInput
from triage_app.language import say
from triage_app.services.recording import set_fields
from triage_app.services.session import Session
from triage_app.store import journal, personal
from triage_app.store.journal import Change


def listed_anew(session: Session, things: Iterable[tuple[str, str]], to: str, label: str) -> list[Change]:
    """Return the changes that state some things, given as (kind, id), again in the incident ``to``, and take them back.

    Call it inside ``store.write()``. Raises ``BadInput`` for one whose words have not reached this laptop.
    """
    changes: list[Change] = []
    for kind, entity in things:
        under = tlp.strictest([label, tlp.AMBER_STRICT]) if kind == "harm" else label
        standing = journal.standing(session.store, kind, entity)
        moved = f"{to}:{entity.partition(':')[2]}"
        for name in (CREATED, *sorted(set(standing) - {CREATED, DELETED})):
            if not (heads := standing.get(name)):
                continue
            value = _said(session, kind, entity, name, heads[0].body.value)
            if value in (None, personal.ERASED):
                continue
            if name == CREATED:
                made = dict(value) if isinstance(value, dict) else {}
                if "incident" in made:
                    made["incident"] = to
                changes.append(Change(kind, moved, CREATED, {**made, "split_from": entity}, under))
            else:
                changes += set_fields(session, kind, moved, {name: value}, under, heads[0].body.because)
        changes.append(Change(kind, entity, DELETED, True, under))
    return changes


def _said(session: Session, kind: str, entity: str, name: str, value: Any) -> Any:
    """Return what a field holds, opened where it is sealed."""
    if name not in KINDS[kind].personal or value is None or value == "":
        return value
    words = personal.opened(session.store, kind, entity, name, value)
    if words == personal.NOT_SHARED:
        raise BadInput(
            say(
                "The {0} of one thing chosen has not reached this laptop, so it cannot be moved.",
                name.replace("_", " "),
            ),
            "Leave it where it is, or ask its sender for a wider export.",
        )
    return words
