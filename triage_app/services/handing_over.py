"""The start of a folder edition: whichever program was started, the version in use is the one that goes on.

The programs that were unpacked stay where they are, for people's shortcuts lead to them; they look which version is in
use and become it. A version that waits is taken here, and given up here where its starts come to nothing. Whatever is
amiss with the folders below ``versions``, the program that was started is there to go on by itself.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import IO, Final, NoReturn

from triage_app.domain.versions import rank
from triage_app.errors import TriageError
from triage_app.services import editions, this_start, version_folders
from triage_app.services.editions import Edition
from triage_app.services.version_folders import DAMAGED, DIED, NO_START, TRIES

HANDED: Final = "TRIAGE_HANDED_OVER"
"""Name of the variable by which a program learns that it is the one to go on, and how its start is noted."""
_NOT_NOTED: Final = "-"
_PASSED_ON: Final = 3
"""How often another program may be tried: the one that waits, the one in use, the one that was unpacked."""


def follow(words: Sequence[str], environment: MutableMapping[str, str]) -> int | None:
    """Become the version in use. Returns None where this program is the one to go on.

    Does not return where the system can put another program in place of this one (Linux); elsewhere it returns that
    one's exit code. What a process of ours is started for (``--reader``) is done by the version that started it.
    """
    handed = environment.pop(HANDED, "")
    edition = editions.this()
    if edition is None:
        return None
    if handed:
        this_start.begin(edition, "" if handed == _NOT_NOTED else handed)
        return None
    name = Path(sys.executable).stem
    if edition.program != edition.folder:  # started from below ``versions``, say by a pin on the task bar
        code = _become(editions.program_in(edition.folder, name, edition.platform), words, _clean(environment), None)
        if code is None:
            this_start.begin(edition, "")
        return code
    for _ in range(_PASSED_ON):
        version, noted = choose(edition)
        if not version:
            break
        folder = version_folders.place_of(edition.folder, version)
        program = editions.program_in(folder, name, edition.platform)
        began, held = noted if noted is not None else (_NOT_NOTED, None)
        code = _become(program, words, _clean(environment) | {HANDED: began}, held)
        if code is not None:
            return code
        if not _gave_up(edition.folder, version, NO_START):
            break  # the one in use does not even begin: this one goes on, and says so
    this_start.begin(edition, "")
    return None


def choose(edition: Edition) -> tuple[str, tuple[str, IO[bytes]] | None]:
    """Return the version that is to go on, '' for what was unpacked, and how its start is noted if it is its first.

    A version that waits is given up where its starts died, or where what was laid down is no longer whole.
    """
    base = edition.folder
    state = version_folders.read(base)
    if state.waiting:
        if version_folders.deaths(base, state.waiting) >= TRIES:
            because = DIED
        elif not version_folders.is_whole(version_folders.place_of(base, state.waiting)):
            because = DAMAGED
        elif (noted := version_folders.begin(base, state.waiting)) is not None:
            return state.waiting, noted
        else:
            because = ""  # nothing can be written here: not one more start could be counted
        if because:
            _gave_up(base, state.waiting, because)
    newer = bool(state.current) and rank(state.current) > rank(edition.version)
    return (state.current if newer else ""), None


def _gave_up(base: Path, version: str, because: str) -> bool:
    """Give up a version that waits; tell whether it did. IT finds it in the system's log."""
    try:
        if version_folders.give_up(base, version, because).given_up != version:
            return False
    except (TriageError, OSError):
        return False
    from triage_app.formats import event_log

    event_log.note(f"Triage {version} was given up after an update: {because}.")
    return True


def _become(program: Path, words: Sequence[str], variables: dict[str, str], held: IO[bytes] | None) -> int | None:
    """Let another program go on with the same words; return its exit code, or None where it cannot even begin."""
    try:
        if sys.platform == "win32":
            return _wait_for(program, words, variables)
        if held is not None:
            os.set_inheritable(held.fileno(), True)
        _replace(program, words, variables)
    except OSError:
        return None
    finally:
        if held is not None:
            held.close()


def _replace(program: Path, words: Sequence[str], variables: dict[str, str]) -> NoReturn:
    os.execve(program, [str(program), *words], variables)  # noqa: S606 - no shell is wanted


def _wait_for(program: Path, words: Sequence[str], variables: dict[str, str]) -> int:
    """Start a program, wait for it whatever keys are pressed, and return its exit code. Raises ``OSError``."""
    import subprocess  # Linux needs it not, and every start would load it

    into = out = err = None
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.kernel32.SetDllDirectoryW(None)  # children inherit where PyInstaller has libraries looked for
        into, out, err = (None if one is None else n for n, one in enumerate((sys.stdin, sys.stdout, sys.stderr)))
    with subprocess.Popen([str(program), *words], env=variables, stdin=into, stdout=out, stderr=err) as child:
        while True:
            with contextlib.suppress(KeyboardInterrupt):  # it has heard of it too, and decides
                return child.wait()


def _clean(environment: MutableMapping[str, str]) -> dict[str, str]:
    """Return the variables without what PyInstaller put there for this program: the other has libraries of its own."""
    variables = {name: value for name, value in environment.items() if not name.startswith("_PYI_")}
    before = variables.pop("LD_LIBRARY_PATH_ORIG", None)
    variables.pop("LD_LIBRARY_PATH", None)
    if before is not None:
        variables["LD_LIBRARY_PATH"] = before
    variables["PYINSTALLER_RESET_ENVIRONMENT"] = "1"
    return variables
