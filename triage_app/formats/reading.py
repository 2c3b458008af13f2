"""The parent's side of the reader process: starts it, watches it, and believes nothing it says.

``read_file`` yields typed events. Whatever happens to the child (it crashes, hangs, outgrows its
memory, talks nonsense) becomes one ``BadFile`` with a sentence that names the file.
"""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from contextlib import ExitStack
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO, BinaryIO, Final

import triage_app
from triage_app import errors
from triage_app.domain.mapping import Mapping
from triage_app.errors import BadFile, Cancelled
from triage_app.formats import known_mappings
from triage_app.formats.decoding import vanished
from triage_app.formats.reading_events import (
    Begin,
    End,
    Event,
    Garbage,
    Ignored,
    LayoutChange,
    NeedsMapping,
    Part,
    Refusal,
    Reject,
    Rejects,
    Rows,
    parse_line,
)

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

MAX_LINE: Final = 256 * 1024 * 1024
"""Bytes of one line: a record of 16 MB may grow sixfold in JSON, and stands in two places at most."""

_POLL: Final = 0.05
_STDERR_KEPT: Final = 8192
_PIPE_BUFFER: Final = 1024 * 1024


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


class ReaderProcess:
    """One reader process and the threads that feed it and listen to it."""

    def __init__(self, command: Sequence[str], stream: BinaryIO, name: str) -> None:
        """Start the process; raise ``BadFile`` if this computer does not let it start."""
        self._name = name
        self._lines: Queue[bytes | None] = Queue(maxsize=48)
        self._stderr = b""
        self._feed_failed = False
        self._stopped = False
        direct = _has_descriptor(stream)
        try:
            self._process = subprocess.Popen(
                list(command),
                stdin=stream if direct else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=_PIPE_BUFFER,
                pipesize=_PIPE_BUFFER,
                close_fds=True,
                env=_environment(),
                cwd=str(_package_root()),
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise BadFile(
                f"{name} could not be read: the program could not start its reader ({error.strerror}).",
                "Close other programs and try again; if it happens again, install the program anew.",
            ) from error
        assert self._process.stdout is not None and self._process.stderr is not None  # noqa: S101, PT018 - both are pipes
        self._threads = [
            Thread(target=self._listen, args=(self._process.stdout,), daemon=True),
            Thread(target=self._drain, args=(self._process.stderr,), daemon=True),
        ]
        if not direct:
            self._threads.append(Thread(target=self._feed, args=(stream,), daemon=True))
        for thread in self._threads:
            thread.start()

    def events(
        self, output_limit: int | None, is_cancelled: Callable[[], bool], silence_seconds: float
    ) -> Iterator[Event]:
        """Yield the child's events, each checked; raise as ``read_file`` says."""
        begun = False
        rows = rejects = heard = 0
        while True:
            line = self._next_line(is_cancelled, silence_seconds)
            if line is None:
                raise self._died()
            heard += len(line)
            if output_limit is not None and heard > output_limit:
                raise self._endless()
            try:
                event = parse_line(line)
            except Garbage as error:
                raise self._nonsense() from error
            if isinstance(event, Refusal):
                kind = errors.NeedsMapping if event.code == errors.NeedsMapping.code else BadFile
                raise kind(event.what, event.do)
            if isinstance(event, Begin) == begun:
                raise self._nonsense()
            begun = True
            if isinstance(event, Rows):
                rows += len(event.rows)
            elif isinstance(event, Rejects):
                rejects += len(event.items)
            elif isinstance(event, End):
                if event.records != rows + rejects or event.rejected != rejects:
                    raise self._nonsense()
                self._finish()
                yield event
                return
            yield event

    def stop(self) -> None:
        """End the process, whatever it is doing, and let go of its pipes."""
        self._stopped = True
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        while any(thread.is_alive() for thread in self._threads[:2]):
            self._empty_queue()
            for thread in self._threads[:2]:
                thread.join(0.01)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # the other end is gone, and what was not sent is not wanted
                    continue

    # ---- the other threads -----------------------------------------------------------------------------
    def _listen(self, stdout: IO[bytes]) -> None:
        try:
            while line := stdout.readline(MAX_LINE):
                self._lines.put(line)
                if self._stopped:
                    return
        except (OSError, ValueError, MemoryError):
            self._lines.put(b"\n")  # no line of ours is empty: it is refused as nonsense
        self._lines.put(None)

    def _drain(self, stderr: IO[bytes]) -> None:
        try:
            while chunk := stderr.read1(65536):  # type: ignore[attr-defined]
                self._stderr = (self._stderr + chunk)[-_STDERR_KEPT:]
        except (OSError, ValueError):
            return

    def _feed(self, stream: BinaryIO) -> None:
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - it is a pipe whenever this thread is started
        try:
            while True:
                try:
                    chunk = stream.read(_PIPE_BUFFER)
                except (OSError, ValueError):
                    self._feed_failed = True
                    self._process.kill()
                    return
                if not chunk:
                    break
                stdin.write(chunk)
            stdin.close()
        except (OSError, ValueError):  # the child has had enough, or is gone
            return

    # ---- this thread -----------------------------------------------------------------------------------
    def _next_line(self, is_cancelled: Callable[[], bool], silence_seconds: float) -> bytes | None:
        patience = time.monotonic() + silence_seconds
        while True:
            if is_cancelled():
                raise Cancelled
            try:
                return self._lines.get(timeout=_POLL)
            except Empty:
                if time.monotonic() > patience:
                    raise BadFile(
                        f"The reader went silent over {self._name} and was stopped; nothing of the file was kept.",
                        "Copy the file to this computer and import it again; if it happens again, the file is damaged.",
                    ) from None

    def _finish(self) -> None:
        """Wait for the child to leave after its last word; what it says after that counts against it."""
        try:
            more = self._lines.get(timeout=5)
            if more is not None or self._process.wait(timeout=5) != 0:
                raise self._nonsense()
        except (Empty, subprocess.TimeoutExpired):
            raise self._nonsense() from None

    def _empty_queue(self) -> None:
        try:
            while True:
                self._lines.get_nowait()
        except Empty:
            return

    def _died(self) -> BadFile:
        """Return the sentence for a child that ended without its last word."""
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            code = 0
        self._threads[1].join(1)  # what it said last on its error stream may still be on its way
        if self._feed_failed:
            return vanished(self._name)
        name = self._name
        if code == -getattr(signal, "SIGXCPU", 0):
            return BadFile(
                f"{name} took longer to read than a file of its size may take; nothing of it was kept.",
                "It is damaged or made to do harm. Ask the sender for it in smaller parts.",
            )
        if code == -getattr(signal, "SIGKILL", 0) or b"MemoryError" in self._stderr:
            return BadFile(
                f"{name} needs more memory than a file may take; nothing of it was kept.",
                "Close other programs and try again; if it happens again, ask the sender for it in smaller parts.",
            )
        return BadFile(
            f"The reader broke down over {name}; nothing of the file was kept.",
            "The file is damaged, or shows a fault in this program. Other files are not affected.",
        )

    def _endless(self) -> BadFile:
        return BadFile(
            f"{self._name} gave more than a file of its size can hold; nothing of it was kept.",
            "It is damaged or made to do harm. Ask the sender for it in smaller parts.",
        )

    def _nonsense(self) -> BadFile:
        return BadFile(
            f"The reader said something over {self._name} that cannot be trusted; nothing of the file was kept.",
            "The file is damaged or made to do harm. Ask the sender for it again. Other files are not affected.",
        )


def _open(untrusted_file: str | os.PathLike[str] | BinaryIO, name: str, stack: ExitStack) -> BinaryIO:
    if not isinstance(untrusted_file, str | os.PathLike):
        return untrusted_file
    try:
        if not stat.S_ISREG(os.stat(untrusted_file).st_mode):
            raise BadFile(f"{name} is not a file.", "Choose a file with alerts, not a folder or a device.")
        return stack.enter_context(open(untrusted_file, "rb"))
    except FileNotFoundError:
        raise BadFile(
            f"There is no file {name}.", "Check the name, and that the stick or drive is still there."
        ) from None
    except PermissionError:
        raise BadFile(
            f"{name} may not be read by you.", "Copy it to a folder of your own, and import the copy."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not one"
        raise BadFile(
            f"{name} could not be opened ({reason}).", "Copy it to this computer, and import the copy."
        ) from None


def _has_descriptor(stream: BinaryIO) -> bool:
    try:
        stream.fileno()
    except (OSError, AttributeError):
        return False
    return True


def _size(stream: BinaryIO) -> int:
    """Return how many bytes a file holds from where it stands; 0 where nobody can know."""
    if not _has_descriptor(stream):
        return 0
    try:
        status = os.fstat(stream.fileno())
        return max(status.st_size - os.lseek(stream.fileno(), 0, os.SEEK_CUR), 0) if stat.S_ISREG(status.st_mode) else 0
    except OSError:
        return 0


def _package_root() -> Path:
    return Path(triage_app.__file__).resolve().parent.parent


def _environment() -> AnyMapping[str, str]:
    """Return the few variables a reader needs; nothing of the responder's own, and no secret, is among them."""
    kept = {key: os.environ[key] for key in ("SYSTEMROOT", "WINDIR", "TEMP", "TMP") if key in os.environ}
    return kept | {
        "PYTHONPATH": str(_package_root()),
        "PYTHONSAFEPATH": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
    }
