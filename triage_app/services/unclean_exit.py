"""What is done after a session that did not end as it should: the pages of the store are looked at, all of them.

A power cut or a kill loses nothing that was acknowledged; but whatever ended the laptop may also have hurt its disk. It
takes 1.6 s for 384 MB, so it is done behind a responder's back, never before the store opens.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Final

from triage_app.errors import StoreDamaged, TriageError, WrongPassphraseOrDamaged
from triage_app.services.progress import Progress, no_progress
from triage_app.services.session import Session
from triage_app.store import backup
from triage_app.store.connection import Store

LOOKING: Final = "The store was not closed as it should be last time, so its pages are being checked."

DAMAGED: Final = (
    "The store was not closed as it should be last time, and a check has found damaged pages in it.",
    "Keep its folder as it is and restore the newest backup, which sets this store aside; “triage salvage” then saves"
    " what was done since that backup.",
)


def check(store: Store, progress: Progress = no_progress) -> None:
    """Look at every page over a connection of the caller's, which is of no more use where this raises.

    Raises ``StoreDamaged`` with what is to be said, ``Cancelled`` as ``progress`` does, and another ``TriageError``
    where the check could not be made.
    """
    try:
        whole = backup.pages_are_whole(store, lambda: progress(0))
    except TriageError as error:
        if not isinstance(error, StoreDamaged | WrongPassphraseOrDamaged) and error.code != "disk":
            raise
        raise StoreDamaged(*DAMAGED) from error  # a page whose seal does not fit, or that the disk does not give
    if not whole:
        raise StoreDamaged(*DAMAGED)


def check_before_writing(session: Session, say: Callable[[str], None]) -> None:
    """Do it where nobody looks at a window meanwhile: before the first write, with a word of what is found.

    Nothing is refused: what is to be written down at three in the morning is written into a damaged store, too.
    """
    if not session.owes_check:
        return
    say(LOOKING)
    try:
        with contextlib.closing(session.reader()) as store:
            check(store)
    except TriageError as error:
        say(f"{error.what} {error.do}")
    else:
        settle(session)
        say("They are whole.")


def settle(session: Session) -> None:
    """Note that the pages were found whole: the next start need not look again."""
    session.owes_check = False
