"""A process that is killed right before a chosen step of what it does to its files, in this process's place.

For what is short and done once: every step is tried, where a kill at a random moment would seldom strike between two.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final

_STEPS: Final = frozenset({"open", "fsync", "replace", "rename", "unlink", "rmdir", "mkdir"})
"Names of the calls into the system before each of which a process is killed; the database has its own tests."


def killed_at_each(work: Callable[[], object], prepare: Callable[[int], None]) -> Iterator[int]:
    """Do some work in a process that is killed before one step after another, and yield the number of each.

    ``prepare`` is called before each. The last that is yielded is one that the work never came to: it ended.
    Raises ``AssertionError`` where the work ends in another way.
    """
    at = 0
    while True:
        at += 1
        prepare(at)
        child = os.fork()
        if not child:
            _be_killed(work, at)
        _, status = os.waitpid(child, 0)
        ended = os.WIFEXITED(status)
        assert not ended or os.WEXITSTATUS(status) == 0, f"step {at}: the work failed"
        yield at
        if ended:
            return


def _be_killed(work: Callable[[], object], at: int) -> None:
    done = 0

    def step(frame: FrameType, event: str, about: Any) -> None:
        nonlocal done
        if event == "c_call" and about.__name__ in _STEPS:
            done += 1
            if done == at:
                os.kill(os.getpid(), signal.SIGKILL)

    try:
        sys.setprofile(step)
        work()
        sys.setprofile(None)
        os._exit(0)
    except BaseException:  # noqa: BLE001 - told to whoever reads the test's output
        sys.setprofile(None)
        traceback.print_exc()
        os._exit(1)
