"""A process that is killed before a chosen step of what it does.

For what is short and done once: each step can be tried, where a kill at a random moment seldom strikes between two.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final, NoReturn

FILES: Final = frozenset({"open", "fsync", "replace", "rename", "unlink", "rmdir", "mkdir"})
"Names of calls into the system that change files."

ALL: Final = FILES | {"execute", "executemany", "write", "read", "close"}
"And those of the driver, and of what reads and writes a file."


def killed_at_each(work: Callable[[], object], prepare: Callable[[int], None]) -> Iterator[int]:
    """Do some work in a process that is killed before each call that changes a file in turn; yield the call's number.

    ``prepare`` is called before each. The last that is yielded is one that the work never came to: it ended.
    Raises ``AssertionError`` where the work ends in another way.
    """
    at = 0
    while True:
        at += 1
        prepare(at)
        child = os.fork()
        if not child:
            be_killed(work, at, FILES)
        _, status = os.waitpid(child, 0)
        ended = os.WIFEXITED(status)
        assert not ended or os.WEXITSTATUS(status) == 0, f"step {at}: the work failed"
        yield at
        if ended:
            return


def be_killed(work: Callable[[], object], at: int, names: frozenset[str] = ALL) -> NoReturn:
    """Do the work in this process, which was forked for it, and be killed at a step; 0 is none."""

    def reached(done: int) -> None:
        if done == at:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        _counted(work, names, reached)
        os._exit(0)
    except BaseException:  # noqa: BLE001 - told to whoever reads the output
        traceback.print_exc()
        os._exit(1)


def steps_of(work: Callable[[], object], names: frozenset[str] = ALL) -> int:
    """Do the work and return how many steps it has."""
    return _counted(work, names, lambda _: None)


def _counted(work: Callable[[], object], names: frozenset[str], reached: Callable[[int], None]) -> int:
    done = 0

    def step(frame: FrameType, event: str, about: Any) -> None:
        nonlocal done
        if event == "c_call" and about.__name__ in names:
            done += 1
            reached(done)

    sys.setprofile(step)
    try:
        work()
    finally:
        sys.setprofile(None)
    return done
