"""The entry points: the reader, the command line, the window. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import gc
import io
import sys

from triage_app.formats import core_files


def main() -> int:
    """Run what the arguments ask for; return the exit code."""
    core_files.switch_off()
    words = sys.argv[1:]
    if words[:1] == ["--reader"]:
        from triage_app.formats.reader import main as reader

        return reader(words[1:])
    if words[:1] == ["--screens"]:
        from triage_app.app import build
        from triage_app.ui.screenshots import main as screens

        return screens(words, build)
    if _wants_window(words):
        return main_window()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # whatever the code page of the terminal: names come in every script
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        from triage_app.cli.main import run
    except KeyboardInterrupt:
        return _stopped(words)
    seldom_garbage()
    return run(words)


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
    from triage_app.app import run_window

    return run_window(sys.argv[1:])


def _wants_window(words: list[str]) -> bool:
    """Whether there is no command among the arguments, only options that say which profile."""
    rest = list(words)
    while rest and rest[0] in ("--home", "--now", "--passphrase-file", "--as-of"):
        del rest[:2]
    if rest and rest[0].startswith(("--home=", "--now=", "--passphrase-file=", "--as-of=")):
        return _wants_window(rest[1:])
    return not rest or rest[0] == "--paint-test"


if __name__ == "__main__":
    sys.exit(main())
