"""Wrong passphrases: counted beside the store, made to wait for, and told to whoever opens it next.

This slows a person at the keyboard. It does not slow somebody who has a copy of the files: that is Argon2id's work.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from triage_app.domain import back_off
from triage_app.errors import TooManyTries, WrongPassphraseOrDamaged
from triage_app.language import dated, plural, say
from triage_app.paths import Profile
from triage_app.services.changes import Clock, milliseconds
from triage_app.services.times import LONDON, iso
from triage_app.store import tries

if TYPE_CHECKING:
    from triage_app.store.connection import Store
    from triage_app.store.journal import Author

_BY_WEEKDAY = timedelta(days=6)


@dataclass(frozen=True)
class WrongTries:
    """Wrong tries since the store was last opened. Times are milliseconds UTC."""

    count: int
    first: int
    last: int

    def words(self, now: datetime) -> str:
        """Return them as a sentence without its full stop: “3 wrong tries since Tuesday 02:10”."""
        since = datetime.fromtimestamp(self.first / 1000, UTC).astimezone(LONDON)
        day = "%A %H:%M" if timedelta() <= now - since < _BY_WEEKDAY else "%d %b %Y %H:%M"
        tries_ = plural(self.count, "1 wrong try since {1}", "{0} wrong tries since {1}")
        return tries_.format(self.count, dated(since, day))


def seconds_left(profile: Profile, wall: Clock) -> int:
    """Return how many seconds are to be waited before the next try."""
    return back_off.seconds_left(tries.read(profile), milliseconds(wall()))


def begin(profile: Profile) -> None:
    """Remember that there was no wrong try yet: of a store that was just made."""
    tries.keep(profile, back_off.Tries())


@contextmanager
def counted(profile: Profile, wall: Clock) -> Iterator[None]:
    """Hold one try at a passphrase. ``wall`` is this machine's clock, whatever time the store is told.

    A try that might begin a wait is written down before it is made, so that ending the program does not undo it.
    Raises ``TooManyTries`` while there is a wait.
    """
    before, at = tries.read(profile), milliseconds(wall())
    left = back_off.seconds_left(before, at)
    if left:
        raise TooManyTries(before.wrong, left)
    after = back_off.failed(before, at)
    wait = back_off.wait_after(after.wrong)
    if wait:
        tries.keep(profile, after)
    try:
        yield
    except WrongPassphraseOrDamaged as error:
        tries.keep(profile, after)
        if wait:
            error.do += say(" The next try can be made in {0}.", in_words(wait))
        raise
    except BaseException:
        if wait:
            tries.keep(profile, before)
        raise
    _opened(profile, before)


def opened(profile: Profile) -> None:
    """Take the wait away: the store was opened, with what needs no passphrase."""
    _opened(profile, tries.read(profile))


def _opened(profile: Profile, before: back_off.Tries) -> None:
    known = back_off.Tries() if before == back_off.UNKNOWN else back_off.succeeded(before)
    if known != tries.read(profile) or not tries.is_there(profile):
        tries.keep(profile, known)


def untold(profile: Profile) -> WrongTries | None:
    """Return the wrong tries that the store has not heard of yet, None for none."""
    known = tries.read(profile)
    return WrongTries(known.untold, known.first, known.last) if known.untold else None


def write_down(profile: Profile, store: Store, author: Author, now: datetime) -> WrongTries | None:
    """Note wrong tries in the access chain of a store that is open for writing, and return them."""
    found = untold(profile)
    if found is not None:
        from triage_app.store import access  # the locked page asks for the waits alone, and does not wait for this

        detail = {"count": found.count, "first": iso(found.first), "last": iso(found.last)}
        with store.write():
            access.append(store, author, milliseconds(now), "wrong-tries", "device", author.device, detail)
        tries.keep(profile, back_off.told(tries.read(profile)))
    return found


def in_words(seconds: int) -> str:
    """Return a wait in words."""
    minutes, rest = divmod(seconds, 60)
    said = [plural(minutes, "1 minute", "{0} minutes").format(minutes)] if minutes else []
    if rest:
        said.append(plural(rest, "1 second", "{0} seconds").format(rest))
    return " ".join(said)
