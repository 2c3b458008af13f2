"""What somebody has of the window who neither sees it nor has a keyboard: names, roles, and what can be pressed."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.display.ground import SYSTEM_PYTHON, Ground

WAIT_S = 20.0
"""How long anything may take to come: the machine may be doing other work."""
_PRESSES = ("Press", "Toggle", "click")


class Bus:
    """The other side of ``at_spi_process``: asks, and waits for the answer."""

    def __init__(self, ground: Ground) -> None:
        command = [str(SYSTEM_PYTHON), "-W", "ignore", str(Path(__file__).with_name("at_spi_process.py"))]
        self._process = subprocess.Popen(
            command, env=ground.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError("the assistive program ended")
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer.get("answer")

    def ask(self, do: str, **more: Any) -> Any:
        """Send a request and return its answer; raises ``AssertionError`` where it could not be done."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **more}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End the assistive program."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(WAIT_S)
        self._process.stdout.close()


@dataclass
class Node:
    """Something on the bus, as it was when it was found."""

    bus: Bus
    found: dict[str, Any]

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.found["name"])

    @property
    def text(self) -> str:
        """What is written in it."""
        return str(self.found["text"])

    @property
    def states(self) -> set[str]:
        """What it is said to be: enabled, checked, focused …"""
        return set(self.found["states"])

    def press(self) -> None:
        """Do what a press does."""
        assert self.bus.ask("act", id=self.found["id"], actions=_PRESSES), f"{self.name} cannot be pressed"

    def act(self, action: str) -> None:
        """Do another thing that it offers."""
        assert self.bus.ask("act", id=self.found["id"], actions=(action,)), f"{self.name}: {action} was not done"

    def write(self, words: str) -> None:
        """Put words into it, in place of what is there."""
        assert self.bus.ask("write", id=self.found["id"], words=words), f"{self.name} takes no words"

    def middle(self) -> tuple[int, int]:
        """Return its middle, in pixels of the screen."""
        left, top, wide, high = self.bus.ask("place", id=self.found["id"])
        return left + wide // 2, top + high // 2

    def choose(self) -> None:
        """Select it, in the table or list that it is in."""
        assert self.bus.ask("select", id=self.found["id"]), f"{self.name} cannot be chosen"

    def take_focus(self) -> None:
        """Give it the focus."""
        assert self.bus.ask("focus", id=self.found["id"]), f"{self.name} does not take the focus"

    def rows(self) -> int:
        """Return how many rows it has."""
        return int(self.bus.ask("rows", id=self.found["id"]))

    def cell(self, row: int, column: int = 0) -> Node:
        """Return a cell of it."""
        return Node(self.bus, self.bus.ask("cell", id=self.found["id"], row=row, column=column))


@dataclass
class Reader:
    """A person who has one window by the bus alone."""

    bus: Bus
    process: int
    told: list[str] = field(default_factory=list)
    """Everything that was announced, in order."""

    def _find(self, role: str, name: str, seconds: float, gone: bool, states: tuple[str, ...], window: str) -> Any:
        wanted: dict[str, Any] = {
            "process": self.process, "role": role, "name": name, "seconds": seconds, "gone": gone, "states": states,
        }  # fmt: skip
        if window:
            wanted["window"] = window
        return self.bus.ask("find", **wanted)

    def find(
        self, role: str, name: str = "", *, exactly: bool = True, states: tuple[str, ...] = (), window: str = "",
        seconds: float = WAIT_S,
    ) -> Node:  # fmt: skip
        """Wait for something by its role and its name; ``name`` is a pattern where not ``exactly``."""
        pattern = (re.escape(name) if exactly else name) or ".*"
        found = self._find(role, pattern, seconds, False, states, re.escape(window))
        assert found, f"no {role} “{name}” in view, but:\n" + "\n".join(self.tree())
        return Node(self.bus, found)

    def button(self, name: str, **more: Any) -> Node:
        """Wait for a button that can be pressed."""
        return self.find("push button", name, states=("enabled",), **more)

    def press(self, name: str, **more: Any) -> None:
        """Press a button by its name."""
        self.button(name, **more).press()

    def gone(self, role: str, name: str) -> None:
        """Wait until something is no longer in view."""
        assert not self._find(role, re.escape(name), WAIT_S, True, (), ""), f"{role} “{name}” is still in view"

    def is_in_view(self, role: str, name: str) -> bool:
        """Tell whether something is in view now."""
        return bool(self._find(role, re.escape(name), 0, False, (), ""))

    def hear(self, words: str, seconds: float = WAIT_S) -> str:
        """Wait until something is announced that has some words (a pattern); return it."""
        said = self.bus.ask("hear", words=words, seconds=seconds)
        self.told += said
        fitting = [one for one in said if re.search(words, one, re.DOTALL)]
        assert fitting, f"“{words}” was not said, but:\n" + "\n".join(self.told)
        return str(fitting[-1])

    def tree(self) -> list[str]:
        """Return everything in view as lines."""
        return list(self.bus.ask("tree", process=self.process))
