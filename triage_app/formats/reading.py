"""Reading a file that nobody trusts: a reader process is given it, and its words are handed on as typed events.

``read_file`` yields typed events. Whatever happens to the child (it crashes, hangs, outgrows its
memory, talks nonsense) becomes one ``BadFile`` with a sentence that names the file.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Generator, Sequence
from collections.abc import Mapping as AnyMapping
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Final

from triage_app.domain.mapping import Mapping
from triage_app.errors import BadFile
from triage_app.formats import known_mappings
from triage_app.formats.reader_process import ReaderProcess, has_descriptor
from triage_app.formats.reading_events import (
    Begin,
    End,
    Event,
    Ignored,
    LayoutChange,
    NeedsMapping,
    Part,
    Reject,
    Rejects,
    Rows,
)
from triage_app.language import say

__all__ = [
    "Begin",
    "End",
    "Event",
    "Ignored",
    "LayoutChange",
    "NeedsMapping",
    "Part",
    "Reject",
    "Rejects",
    "Rows",
    "read_file",
    "reader_command",
]

SILENCE_SECONDS: Final = 60.0
"""The child is stopped if it says nothing for so long."""

OUTPUT_FACTOR: Final = 300
OUTPUT_BASE: Final = 64 * 1024 * 1024
"""The child may say at most this much beyond ``OUTPUT_FACTOR`` times the file, in bytes."""


def reader_command() -> list[str]:
    """Return the command that starts a reader: this program's, without a window and without keys."""
    if getattr(sys, "frozen", False):
        program = Path(sys.executable)
        return [str(program.with_name("triage" + program.suffix)), "--reader"]
    return [sys.executable, "-m", "triage_app", "--reader"]


def read_file(
    untrusted_file: str | os.PathLike[str] | BinaryIO,
    *,
    name: str,
    mode: str = "read",
    format: str | None = None,
    mapping: Mapping | None = None,
    organisation: str = "",
    mappings: AnyMapping[str, Mapping] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
    command: Sequence[str] | None = None,
    silence_seconds: float = SILENCE_SECONDS,
) -> Generator[Event, None, None]:
    """Yield what a reader process finds in a file: ``Begin`` first, ``End`` last, or an exception.

    ``name`` is for display only. ``mode`` is 'read' (everything), 'preview' (the first 50 rows, and
    ``NeedsMapping`` for a table) or 'detect' (``Begin``, and ``NeedsMapping`` for a table nobody has
    mapped). ``mappings`` are those confirmed before, by the fingerprint of their headers, the likeliest
    first: of very many the last are left out (``known_mappings``). Raises ``errors.BadFile``, its child
    ``errors.NeedsMapping``, and ``errors.Cancelled``; close the iterator, or run it to its end, and no
    process is left.
    """
    with ExitStack() as stack:
        stream = _open(untrusted_file, name, stack)
        size = _size(stream)
        job = json.dumps(
            {
                "name": name.encode("utf-8", "replace").decode("utf-8"),
                "size": size,
                "mode": mode,
                "format": format,
                "mapping": None if mapping is None else mapping.as_data(),
                "organisation": organisation,
                "mappings": known_mappings.packed(mappings or {}),
            }
        )
        child = ReaderProcess([*(command or reader_command()), job], stream, name)
        stack.callback(child.stop)
        limit = OUTPUT_BASE + OUTPUT_FACTOR * size if size else None
        yield from child.events(limit, is_cancelled, silence_seconds)


def _open(untrusted_file: str | os.PathLike[str] | BinaryIO, name: str, stack: ExitStack) -> BinaryIO:
    if not isinstance(untrusted_file, str | os.PathLike):
        return untrusted_file
    try:
        if not stat.S_ISREG(os.stat(untrusted_file).st_mode):
            raise BadFile(say("{0} is not a file.", name), "Choose a file with alerts, not a folder or a device.")
        return stack.enter_context(open(untrusted_file, "rb"))
    except FileNotFoundError:
        raise BadFile(
            say("There is no file {0}.", name), "Check the name, and that the stick or drive is still there."
        ) from None
    except PermissionError:
        raise BadFile(
            say("{0} may not be read by you.", name), "Copy it to a folder of your own, and import the copy."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not one"
        raise BadFile(
            say("{0} could not be opened ({1}).", name, reason), "Copy it to this computer, and import the copy."
        ) from None


def _size(stream: BinaryIO) -> int:
    """Return how many bytes a file holds from where it stands; 0 where nobody can know."""
    if not has_descriptor(stream):
        return 0
    try:
        status = os.fstat(stream.fileno())
        return max(status.st_size - os.lseek(stream.fileno(), 0, os.SEEK_CUR), 0) if stat.S_ISREG(status.st_mode) else 0
    except OSError:
        return 0
