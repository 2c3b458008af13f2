"""One thing that a filter asks of an alert; ``alert_terms`` makes SQL of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Term:
    """One thing that must hold of an alert: one of some values is its own; ``negated``: none is."""

    field: str
    """'severity', 'seen', 'source', 'organisation', 'rsit', 'host', 'user', 'address', 'url', 'hash', 'rule',
    'campaign', 'by' or 'words'."""
    values: tuple[Any, ...]
    """Text (with * at its end for a beginning); for severity and seen (lowest, highest), None for no bound; for words
    what ``read_words`` makes."""
    negated: bool = False
