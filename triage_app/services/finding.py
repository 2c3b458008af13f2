"""From what a responder types (a reference, an id, the start of one) to the record it names."""

from __future__ import annotations

from triage_app.errors import Ambiguous, NotFound
from triage_app.store import alerts, lookup
from triage_app.store.connection import Store

_LISTED = {"person": "“triage victim show REF” names the person's id."}
_WORDS = {"incident": "incident", "victim": "victim", "action": "support action", "person": "person"}


def find(store: Store, kind: str, untrusted_name: str) -> str:
    """Return the id of an incident, victim, action or person by reference or id.

    Raises ``NotFound``, or ``Ambiguous`` when two records answer.
    """
    found = lookup.ids_named(store, kind, untrusted_name.strip())
    if not found:
        raise NotFound(
            f"No {_WORDS[kind]} is called {untrusted_name}.",
            _LISTED.get(kind, f"“triage {kind}s list” shows those there are."),
        )
    if len(found) > 1:
        raise Ambiguous(f"{untrusted_name} names {len(found)} records.", f"Use the id: {', '.join(found)}.")
    return found[0]


def find_alert(store: Store, untrusted_name: str) -> str:
    """Return the key (hex) of an alert by its id or the start of one."""
    name = untrusted_name.strip().lower()
    found = alerts.keys_starting(store, name)
    if name in found:
        return name
    if not found:
        raise NotFound(f"No alert is called {untrusted_name}.", "“triage alerts list” shows those there are.")
    if len(found) > 1:
        raise Ambiguous(f"More than one alert starts with {untrusted_name}.", "Type more of its id.")
    return found[0]
