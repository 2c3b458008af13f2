"""What is said when a store has been opened: what was taken back, what is missing, who tried to get in."""

from __future__ import annotations

from collections.abc import Callable

from triage_app.services import places, set_by_it, slots, vocabularies
from triage_app.services.changes import Clock
from triage_app.services.session import Session
from triage_app.store.connection import Store


def opening_words(session: Session, store: Store, wall: Clock, tr: Callable[[str], str]) -> list[str]:
    """Return every warning, in sentences, the most pressing last: it is the one that stays in view."""
    said = []
    if session.removed_imports:
        words = tr("{0} unfinished imports were taken back: nothing of them was kept.")
        said.append(words.format(session.removed_imports))
    if session.missing_acts:
        words = tr(
            "The log beside the store is damaged: at least {0} of the newest acts could not be read. Look what is"
            " missing, and ask those you sent it to for a bundle. What is left of the log is kept as {1}."
        )
        said.append(words.format(session.missing_acts, session.kept_log))
    said += set_by_it.now().problems()
    if synced := places.warning_of(session.profile.home):
        said.append(synced)
    said += [notice.words for notice in slots.notices(store)]
    if session.wrong_tries is not None:
        said.append(tr("{0}.").format(session.wrong_tries.words(wall())))
    return said + list(vocabularies.problems())
