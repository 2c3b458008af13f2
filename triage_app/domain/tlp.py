"""Traffic Light Protocol 2.0 (FIRST, August 2022): the labels, their order, and who may receive what."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from triage_app.errors import BadInput
from triage_app.language import say

RED: Final = "TLP:RED"
AMBER_STRICT: Final = "TLP:AMBER+STRICT"
AMBER: Final = "TLP:AMBER"
GREEN: Final = "TLP:GREEN"
CLEAR: Final = "TLP:CLEAR"

LABELS: Final = (CLEAR, GREEN, AMBER, AMBER_STRICT, RED)
"From the freest to the most restricted."

DEFAULT_FOR_INCIDENT: Final = AMBER_STRICT
DEFAULT_FOR_EVIDENCE: Final = AMBER

_RANK = {label: rank for rank, label in enumerate(LABELS)}


class Relation(IntEnum):
    """What another device is to this one; it decides the highest label that may reach it."""

    PEER = 1
    "Any trusted device: GREEN."
    LINKED = 2
    "A device of a parent or client organisation: AMBER."
    SAME = 3
    "A device of the same organisation: AMBER+STRICT."


def rank(label: str) -> int:
    """Return how restricted a label is, 0 for CLEAR to 4 for RED; an unknown label counts as RED."""
    return _RANK.get(label, _RANK[RED])


def strictest(labels: list[str]) -> str:
    """Return the most restricted of some labels; unknown ones count as RED."""
    return LABELS[max(rank(label) for label in labels)]


def ceiling(relation: Relation) -> str:
    """Return the highest label that a device of this relation may be sent (RED is by name only)."""
    return {Relation.PEER: GREEN, Relation.LINKED: AMBER, Relation.SAME: AMBER_STRICT}[relation]


def allows(maximum: str, label: str) -> bool:
    """Whether something labelled ``label`` may go where at most ``maximum`` may."""
    return rank(label) <= rank(maximum)


def read_label(text: str) -> str:
    """Return the label a responder or a source wrote, in TLP 2.0's spelling.

    TLP 1.0's WHITE is read as CLEAR. Raises ``BadInput`` for anything else.
    """
    word = text.strip().upper().removeprefix("TLP:").strip().replace(" ", "")
    word = {"WHITE": "CLEAR", "AMBERSTRICT": "AMBER+STRICT", "AMBER-STRICT": "AMBER+STRICT"}.get(word, word)
    label = f"TLP:{word}"
    if label not in _RANK:
        raise BadInput(say("“{0}” is no TLP label.", text), "Use RED, AMBER+STRICT, AMBER, GREEN or CLEAR.")
    return label
