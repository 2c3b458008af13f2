"""One reader process, from its start to its end: fed, listened to, and stopped whatever it does."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO, BinaryIO, Final

import triage_app
from triage_app import errors
from triage_app.errors import BadFile, Cancelled
from triage_app.formats.decoding import vanished
from triage_app.formats.reading_events import Begin, End, Event, Garbage, Refusal, Rejects, Rows, parse_line
from triage_app.language import say
from triage_app.respoken import respoken

MAX_LINE: Final = 256 * 1024 * 1024
"""Bytes of one line: a record of 16 MB may grow sixfold in JSON, and stands in two places at most."""

_POLL: Final = 0.05
_STDERR_KEPT: Final = 8192
_PIPE_BUFFER: Final = 1024 * 1024


class ReaderProcess:
    """One reader process and the threads that feed it and listen to it."""

    def __init__(self, command: Sequence[str], stream: BinaryIO, name: str) -> None:
        """Start the process; raise ``BadFile`` if this computer does not let it start."""
        self._name = name
        self._lines: Queue[bytes | None] = Queue(maxsize=48)
        self._stderr = b""
        self._feed_failed = False
        self._stopped = False
        direct = has_descriptor(stream)
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
                say("{0} could not be read: the program could not start its reader ({1}).", name, error.strerror),
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
                raise kind(respoken(event.what), respoken(event.do))
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
                        say(
                            "The reader went silent over {0} and was stopped; nothing of the file was kept.", self._name
                        ),
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
                say("{0} took longer to read than a file of its size may take; nothing of it was kept.", name),
                "It is damaged or made to do harm. Ask the sender for it in smaller parts.",
            )
        if code == -getattr(signal, "SIGKILL", 0) or b"MemoryError" in self._stderr:
            return BadFile(
                say("{0} needs more memory than a file may take; nothing of it was kept.", name),
                "Close other programs and try again; if it happens again, ask the sender for it in smaller parts.",
            )
        return BadFile(
            say("The reader broke down over {0}; nothing of the file was kept.", name),
            "The file is damaged, or shows a fault in this program. Other files are not affected.",
        )

    def _endless(self) -> BadFile:
        return BadFile(
            say("{0} gave more than a file of its size can hold; nothing of it was kept.", self._name),
            "It is damaged or made to do harm. Ask the sender for it in smaller parts.",
        )

    def _nonsense(self) -> BadFile:
        return BadFile(
            say("The reader said something over {0} that cannot be trusted; nothing of the file was kept.", self._name),
            "The file is damaged or made to do harm. Ask the sender for it again. Other files are not affected.",
        )


def has_descriptor(stream: BinaryIO) -> bool:
    """Tell whether the system knows a stream by a number, so that it can be handed to another process."""
    try:
        stream.fileno()
    except (OSError, AttributeError):
        return False
    return True


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
