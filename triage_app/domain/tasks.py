"""Tasks of an incident: what is to be done, by whom, until when; and the lanes of what people enter on its timeline."""

from __future__ import annotations

import hashlib
from typing import Final

OPEN, DOING, DONE, NOT_NEEDED = "open", "doing", "done", "not needed"
STATUSES: Final = (OPEN, DOING, DONE, NOT_NEEDED)
UNSETTLED: Final = (OPEN, DOING)

LANES: Final = ("attacker", "systems", "clinical", "response", "communication")

MOST_WORDS: Final = 2_000
"Characters of a title, an owner, a comment or an event."


def step_id(incident: str, playbook: str, step: str) -> str:
    """Return the id of a playbook's step in an incident: two laptops that start the same playbook meet in it.

    It begins with its incident, so that its label is known before anything else of it has arrived.
    """
    named = f"task1\n{playbook}\n{step}"
    return f"{incident}:{hashlib.sha256(named.encode()).hexdigest()[:32]}"
