"""The responders of an organisation who are known here: on this laptop, and on others it has heard from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from triage_app.errors import BadInput
from triage_app.language import say
from triage_app.store import responders
from triage_app.store.connection import Store


def of(store: Store, organisation: str) -> list[dict[str, Any]]:
    """Return (id, name) of each, by name."""
    return responders.of_organisation(store, organisation)


def named(found: Sequence[Mapping[str, Any]], wanted: str) -> str:
    """Return the id of the only one whose name, or a part of it, begins with some letters in small.

    Raises ``BadInput`` for none and for several.
    """
    exact = [one for one in found if one["name"].casefold() == wanted]
    fitting = exact or [one for one in found if wanted and f" {wanted}" in f" {one['name'].casefold()}"]
    if len(fitting) == 1:
        return str(fitting[0]["id"])
    names = ", ".join(str(one["name"]) for one in (fitting or found)[:8]) or "nobody"
    if fitting:
        raise BadInput(say("“{0}” may be any of {1}.", wanted[:40], names), "Write more of the name.")
    raise BadInput(
        say("No responder of this organisation is called “{0}”.", wanted[:40]), say("Known here: {0}.", names)
    )
