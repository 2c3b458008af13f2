"""The entry points: the reader, the command line, the window. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import gc
import io
import os
import sys
from datetime import UTC, datetime

from triage_app.formats import core_files


def main() -> int:
    """Run what the arguments ask for; return the exit code."""
    core_files.switch_off()
    words = sys.argv[1:]
    if words[:1] == ["--reader"]:
        from triage_app.formats.reader import main as reader

        return reader(words[1:])
    code = _handed_over(words)
    if code is not None:
        return code
    if words[:1] == ["--screens"]:
        from triage_app.app import build
        from triage_app.ui.screenshots import main as screens

        return screens(words, build)
    if _wants_window(words):
        return _window()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # whatever the code page of the terminal: names come in every script
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        from triage_app.cli.main import run
    except KeyboardInterrupt:
        return _stopped(words)
    except (ImportError, OSError, SyntaxError) as error:
        return _incomplete(error, words)
    seldom_garbage()
    return _ended(run(words))


def seldom_garbage() -> None:
    """Let Python search for garbage seldom: acts over a hundred thousand things make little, and the search visits all.

    It took a fifth of the time of taking such an act back. The window has a search of its own (``ui/quiet``).
    """
    gc.freeze()
    gc.set_threshold(200_000, 20, 50)


def _stopped(words: list[str]) -> int:
    """Say that a command was interrupted while the program was still being loaded."""
    what, then = "Stopped; nothing was begun.", "Run it again when you are ready."
    if "--json" in words:
        sys.stdout.write(f'{{"what": "{what}", "do": "{then}", "code": "cancelled"}}\n')
    else:
        sys.stderr.write(f"{what} {then}\n")
    return 2


def main_window() -> int:
    """Open the window."""
    core_files.switch_off()
    code = _handed_over(sys.argv[1:])
    return _window() if code is None else code


def _window() -> int:
    gc.disable()  # loading makes no garbage, and the search for it took a tenth of the start; then see ``ui/quiet``
    try:
        from triage_app.app import run_window
    except (ImportError, OSError, SyntaxError) as error:
        return _incomplete(error, [])
    return _ended(run_window(sys.argv[1:]))


def _handed_over(words: list[str]) -> int | None:
    """Let the version in use go on, where a folder edition was updated; None where that is this one."""
    try:
        from triage_app.services import editions

        if editions.this() is None:
            return None
        from triage_app.services import handing_over
    except (ImportError, OSError, SyntaxError):  # what is missing is said when it is needed
        return None
    return handing_over.follow(words, os.environ)


def _ended(code: int) -> int:
    from triage_app.services import this_start

    this_start.end()
    return code


def _incomplete(error: BaseException, words: list[str]) -> int:
    """Say that a part of the program could not be loaded: a library that is missing, or that something blocked."""
    what = "A part of the program is missing or was blocked, so it cannot start."
    then = "Ask IT to look whether antivirus or an application policy stopped it, and to repair the installation."
    try:
        from triage_app.paths import default_home
        from triage_app.services import start_faults
    except (ImportError, OSError, SyntaxError):  # not even that is there: the sentence is still said
        if sys.stderr is not None:
            sys.stderr.write(f"{what} {then}\n")
        return 2
    said = start_faults.incomplete()
    said.__cause__ = error
    start_faults.note(default_home(), said, datetime.now(UTC))  # noqa: TID251 - nothing else could be loaded
    if "--json" in words:
        sys.stdout.write(f'{{"what": "{what}", "do": "{then}", "code": "{said.code}"}}\n')
    else:
        start_faults.say(said)
    return 2


def _wants_window(words: list[str]) -> bool:
    """Whether there is no command among the arguments, only options that say which profile."""
    rest = list(words)
    while rest and rest[0] in ("--home", "--now", "--passphrase-file", "--as-of"):
        del rest[:2]
    if rest and rest[0].startswith(("--home=", "--now=", "--passphrase-file=", "--as-of=")):
        return _wants_window(rest[1:])
    return not rest or rest[0] in ("--paint-test", "--first-paint")


if __name__ == "__main__":
    sys.exit(main())
