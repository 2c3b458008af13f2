"""Whose names stay within the organisation: whether sharing is decided for a person, and by whose word.

A trusted laptop of another organisation may change what it was shown of a victim of ours, and that shows. But it cannot
decide for us that a name may be shared, turn a refusal into consent, or cut what is about somebody loose from them, and
then be sent the keys (ADR 3, Nobody lifts his own ceiling). Who was taken back is still somebody.
"""

from __future__ import annotations

from typing import Final

from triage_app.domain.records import CREATED
from triage_app.store import about_whom, labels
from triage_app.store.connection import Store

_REFUSED: Final = ("refused", "withdrawn")
_DECIDING: Final = (("victim", "sharing"), ("victim", "wish"))


def closed(store: Store) -> dict[str, set[str]]:
    """Return the people whose records stay within the organisation, each with all that is about them.

    Sharing is not decided for them, or they refused or withdrew: as it stands, and as ours last said of a victim that
    ours recorded. Of one that others recorded it is theirs to say.
    """
    said = about_whom.said_by_others(store, _DECIDING)
    ours = about_whom.read(store)
    found: dict[str, set[str]] = {}
    for victim, person, sharing, wish in store.rows("SELECT id, person, sharing, wish FROM victim"):
        people = {person, *ours.parents_of("victim", victim)} - {""}
        if people and not _is_open(store, victim, sharing, wish, said):
            for one in people:
                found.setdefault(one, set()).update(entity for _, entity in ours.all_about(store, one))
    for (tip,) in store.rows("SELECT id FROM tip"):  # nobody has asked who told us whether others may know
        found[tip] = {tip}
    return found


def _is_open(store: Store, victim: str, sharing: str, wish: str, said: about_whom.Fields) -> bool:
    if not sharing.strip() or wish in _REFUSED:
        return False
    disputed = any(("victim", victim, field) in said for _, field in _DECIDING)
    if not disputed or labels.our_word(store, "victim", victim, CREATED) is None:
        return True
    decided, wished = (labels.our_word(store, "victim", victim, field) for _, field in _DECIDING)
    return isinstance(decided, str) and bool(decided.strip()) and wished not in _REFUSED
