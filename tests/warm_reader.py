"""Readers for tests that begin at once: forked from one that is loaded, and else as the program starts them.

The program starts an interpreter for every file and loads fifty formats in it, which costs more than the reading of
any file of a test. Here a server loads them once, and forks for each file: the child has the file, its limits and its
end to itself as ever. What stands for it before the program is a process too, which imports nothing: it hands on its
three streams and ends as the reader ends, and the reader ends when it does.

Run by its path and that of a socket: the server if nothing follows, one reader if its job does.
"""

from __future__ import annotations

import _socket  # ``socket`` imports thirty modules, which would be half of what this saves
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_FD, _LENGTH = 4, 8
"Bytes of a file descriptor, and of the length of a job, in a message."
_SIGNALLED = 128
"Added to the number of the signal that ended a reader, as shells do."


@contextmanager
def commands() -> Iterator[Callable[[], list[str]]]:
    """Yield what to use for ``reading.reader_command``; the server is started by the first who asks."""
    import subprocess
    import tempfile
    import threading
    from contextlib import ExitStack
    from pathlib import Path

    from triage_app.formats import reader_process

    with ExitStack() as stack:
        ready: list[str] = []
        one_at_a_time = threading.Lock()

        def command() -> list[str]:
            with one_at_a_time:
                return ready or start()

        def start() -> list[str]:
            path = str(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="triage-"))) / "reader")
            own = [sys.executable, __file__, path]
            where, env = reader_process._package_root(), reader_process._environment()
            server = subprocess.Popen(own, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=where, env=env)
            stack.enter_context(server)
            assert server.stdout is not None
            assert server.stdout.read(1), "the server of readers did not start"
            ready.extend([sys.executable, "-I", "-S", __file__, path])
            return ready

        yield command


def hand_on(path: str, job: str) -> int:
    """Be the reader, as far as the program can tell: let the server fork one, and end as it ends."""
    link = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    link.connect(path)
    streams = b"".join(number.to_bytes(_FD, sys.byteorder) for number in range(3))
    data = os.fsencode(job)
    link.sendmsg([len(data).to_bytes(_LENGTH, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
    link.sendall(data)
    for number in range(3):  # the end of the reader's words is when the reader closes them
        os.close(number)
    answer = link.recv(1)
    if not answer or answer[0] > _SIGNALLED:
        os.kill(os.getpid(), answer[0] - _SIGNALLED if answer else 9)
    return answer[0]


def serve(path: str) -> None:
    """Load what a reader loads, and fork for each that comes; end when whoever started this has gone."""
    import gc
    import select
    import socket
    from contextlib import suppress

    from triage_app.domain import suggestion  # noqa: F401 - a reader imports it when a table is new
    from triage_app.formats import reader, registry

    registry.modules()
    gc.freeze()  # a child that looked through what it shares would have to copy it
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(path)
        door.listen(64)
        os.write(1, b"!")
        while 0 not in select.select([door.fileno(), 0], [], [])[0]:
            link, _ = door.accept()
            if not os.fork():
                try:
                    _attend(link, reader.main)
                finally:
                    os._exit(0)
            link.close()
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass


def _attend(link: _socket.socket, read: Callable[[list[str]], int]) -> None:
    """Fork the reader, end it if the one that stands for it ends, and say how it ended."""
    import select
    import signal
    import socket

    assert isinstance(link, socket.socket)
    first, streams, _, _ = socket.recv_fds(link, _LENGTH, 3)
    if len(first) < _LENGTH:
        return
    left, data = int.from_bytes(first, "big"), b""
    while len(data) < left:
        more = link.recv(left - len(data))
        if not more:  # ended before it had said all: the streams must not stay open here
            return
        data += more
    child = os.fork()
    if not child:
        link.close()
        _become(streams, lambda: read([os.fsdecode(data)]))
    for stream in streams:
        os.close(stream)
    ended = os.pidfd_open(child)
    if ended not in select.select([ended, link.fileno()], [], [])[0]:
        os.kill(child, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    link.sendall(bytes([code if code >= 0 else _SIGNALLED - code]))


def _become(streams: list[int], read: Callable[[], int]) -> None:
    """Take the three streams for one's own, read, and end as an interpreter would."""
    import traceback

    code = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        sys.stdin = os.fdopen(0)
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w", buffering=1)
        code = read()
        sys.stdout.flush()
    except BaseException:  # noqa: BLE001 - whatever it is, an interpreter would print it and end
        traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    if sys.argv[2:]:
        sys.exit(hand_on(sys.argv[1], sys.argv[2]))
    serve(sys.argv[1])
