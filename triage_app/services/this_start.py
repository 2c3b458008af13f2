"""What became of this start of the program, for the version that waits to be taken or given up, and what is said of it.

A version counts as sound once a store is open that has all its migrations. A start that asked for a store and came to
none counts against it, as does one that died; a wrong folder, a busy store or a full disk say nothing about a version.
Outside the folder edition nothing here does anything.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from triage_app.domain.versions import rank
from triage_app.errors import NotEncrypted, StoreDamaged, StoreTooNew, TriageError, WrongPassphraseOrDamaged
from triage_app.language import say
from triage_app.services import editions, version_folders
from triage_app.services.editions import Edition
from triage_app.services.version_folders import ASKED, DAMAGED, NO_START, State

if TYPE_CHECKING:
    from triage_app.store.connection import Store

_DOUBTFUL = (WrongPassphraseOrDamaged, StoreDamaged, NotEncrypted)
"""What a version that cannot open stores may say; of any other refusal the reason lies elsewhere."""


@dataclass
class _Start:
    edition: Edition
    noted: str
    "The name under which it is noted; '' where it is not the start of a version that waits."
    is_in_doubt: bool = False
    said: list[str] = field(default_factory=list)
    "What is to be said besides, once a store is open."


_start: _Start | None = None


def begin(edition: Edition | None, noted: str) -> None:
    """Say which edition this start is of; ``noted`` as ``version_folders.begin`` named it."""
    global _start
    _start = None if edition is None else _Start(edition, noted)


def edition() -> Edition | None:
    """Return the edition of this start; None for a program that was installed."""
    return editions.this() if _start is None else _start.edition


def doubt() -> None:
    """Say that something is amiss that may be this version's fault."""
    if _start is not None:
        _start.is_in_doubt = True


def end() -> None:
    """Say that this start ends as it should; that counts against the version only where it is in doubt."""
    if _start is not None and _start.noted and not _start.is_in_doubt:
        version_folders.end(_start.edition.folder, _start.noted)


@contextlib.contextmanager
def opening() -> Iterator[Callable[[Store], list[str]]]:
    """While a store is opened. Once it is, call what is given with it; that returns what is to be said.

    Refusals that are this version's fault keep the start in doubt; one of a store that the version given up has
    brought up to date says so.
    """
    doubt()
    try:
        yield _opened
    except _DOUBTFUL:
        raise
    except StoreTooNew as error:
        _clear_doubt()
        raise _too_new(error) from error
    except TriageError:
        _clear_doubt()
        raise


def _clear_doubt() -> None:
    if _start is not None:
        _start.is_in_doubt = False


def _opened(store: Store) -> list[str]:
    _clear_doubt()
    if _start is None:
        return []
    base, running = _start.edition.folder, _start.edition.running
    state, said = version_folders.read(base), words() + _start.said
    _start.said = []
    with contextlib.suppress(TriageError, OSError):
        if state.waiting == running and _is_up_to_date(store):
            version_folders.change(base, lambda now: _taken(now, running))
            said.append(say("Triage was brought up to date: this is version {0}.", running))
        elif state.given_up:
            version_folders.change(base, lambda now: replace(now, given_up="", because=""))
        if said:
            version_folders.forget(base)
            version_folders.clear(base, running)
    return said


def _is_up_to_date(store: Store) -> bool:
    from triage_app.store import creation  # no start needs it before a store is open

    return creation.is_up_to_date(store)


def _taken(state: State, running: str) -> State:
    if state.waiting != running:
        return state
    return State(current=running, previous="" if state.current == running else state.current)


def words() -> list[str]:
    """Return what is said at the start, opened or not: that a version was given up, or is missing."""
    if _start is None:
        return []
    edition, state = _start.edition, version_folders.read(_start.edition.folder)
    said = _given_up(state, edition.running)
    if state.current and edition.program == edition.folder and rank(state.current) > rank(edition.running):
        said.append(
            say(
                "Version {0} was in use, and it is missing or does not start, so this is version {1}. Bring the newer"
                " one again: Help, Update from a file.",
                state.current,
                edition.running,
            )
        )
    return said


def _given_up(state: State, running: str) -> list[str]:
    if not state.given_up:
        return []
    if state.because == ASKED:
        asked = say("Version {0} was taken out of use as asked: this is version {1}.", state.given_up, running)
        return [asked]
    if state.because == DAMAGED:
        why = say("Version {0} was not taken: what had been laid down of it is damaged.", state.given_up)
    elif state.because == NO_START:
        why = say("Version {0} was not taken: this computer did not let it start.", state.given_up)
    else:
        why = say("Version {0} was not taken: it was started and came to no open store.", state.given_up)
    return [say("{0} This is version {1}, as before. Tell whoever gave you the update.", why, running)]


def given_up() -> str:
    """Return the version that was given up and of which nobody was told with an open store yet; '' for none."""
    return "" if _start is None else version_folders.read(_start.edition.folder).given_up


def also_say(words: str) -> None:
    """Have something said once the store is open."""
    if _start is not None:
        _start.said.append(words)


def _too_new(error: StoreTooNew) -> StoreTooNew:
    version = given_up()
    if not version:
        return error
    return StoreTooNew(
        say("Version {0} has brought this store up to date, and was then given up here.", version),
        "Update to a version that works. Or restore the backup that was made just before (“before an update”): what was"
        " done since is not in it, and the store is set aside then, not removed.",
    )
