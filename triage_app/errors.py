"""All that a responder may be told: a sentence saying what happened, and one saying what to do.

Anything raised that is not a ``TriageError`` is a bug of ours and is reported as such, without
record content.
"""

from __future__ import annotations

from triage_app.language import say


class TriageError(Exception):
    """Something the responder can understand and act on.

    ``what`` says what happened, ``do`` what to do next, ``code`` is a stable word for scripts. Both are said in the
    language of the screen: as they stand, or put together by ``say`` where values are in them.
    """

    code = "refused"

    def __init__(self, what: str, do: str, code: str | None = None) -> None:
        self.what = say(what)
        self.do = say(do)
        super().__init__(f"{self.what} {self.do}")
        if code is not None:
            self.code = code


class WrongPassphraseOrDamaged(TriageError):
    """The key does not open the store: the passphrase is wrong, or the file is damaged."""

    code = "wrong-passphrase"


class TooManyTries(TriageError):
    """Wrong passphrases were tried in a row, and the next try has to wait."""

    code = "too-many-tries"

    def __init__(self, wrong: int, seconds: int) -> None:
        minutes, rest = divmod(seconds, 60)
        wait = say("{0} min {1} s", minutes, rest) if minutes else say("{0} s", rest)
        super().__init__(
            say("{0} wrong passphrases were tried in a row, so the next try has to wait.", wrong),
            say("Try again in {0}. The recovery key opens the store at any time.", wait),
        )
        self.wrong = wrong
        self.seconds = seconds


class NoStore(TriageError):
    """There is no store at the place named."""

    code = "no-store"


class StoreExists(TriageError):
    """A store is already there; it is never replaced."""

    code = "store-exists"


class StoreBusy(TriageError):
    """Another copy of the program is writing to this store."""

    code = "busy"


class StoreTooNew(TriageError):
    """The store was written by a newer version of the program."""

    code = "too-new"


class StoreDamaged(TriageError):
    """The store's content failed a check."""

    code = "damaged"


class DiskFull(TriageError):
    """There is no room left on the disk; what was under way was undone."""

    code = "disk-full"


class StoreReadOnly(TriageError):
    """The folder or file may not be written to."""

    code = "read-only"


class NotEncrypted(TriageError):
    """Encryption is not active, so the program refuses to go on."""

    code = "not-encrypted"


class NotFound(TriageError):
    """No record answers to that reference."""

    code = "not-found"


class Ambiguous(TriageError):
    """More than one record answers to that reference."""

    code = "ambiguous"


class BadInput(TriageError):
    """A value the responder gave is not one that the field takes."""

    code = "bad-input"


class BadFile(TriageError):
    """A file from outside could not be read; nothing of it was taken."""

    code = "bad-file"


class NeedsMapping(BadFile):
    """A table nobody has described yet: its columns must be mapped once."""

    code = "needs-mapping"


class BadBundle(TriageError):
    """A bundle was refused; nothing of it was used."""

    code = "bad-bundle"


class UntrustedSigner(BadBundle):
    """A bundle signed by a device that this store does not trust."""

    code = "untrusted"


class Cancelled(Exception):
    """The responder stopped the operation; everything it did has been undone."""
