"""Tells a story of command lines: reads it from a file, runs it on several stores, says what came of it.

The lines are those of ``triage batch``; nothing is done to a store that its command line cannot do.
"""

from __future__ import annotations

import re
import shlex
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from triage_app.cli.context import Context, system_clock
from triage_app.errors import TriageError
from triage_app.paths import Profile
from triage_app.services.session import Session

Runner = Callable[[Sequence[str], Context, Callable[[dict[str, str]], None]], int]
"The command line itself: words, where they run, where a refusal goes; returns the exit code."

_NAMED = re.compile(r"([a-z][a-z0-9_]*) = (.+)\Z")
_ALERTS = re.compile(r"@(?:(\d+) )?(.+)\Z")
_REFUSED = 2


@dataclass
class Scene:
    """One clock time on one laptop: the lines that run there, and the words said of it."""

    at: str
    laptop: str
    heading: str
    lines: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def read(text: str) -> list[Scene]:
    """Return the scenes of a story; raises ``ValueError`` for a line before the first one."""
    scenes: list[Scene] = []
    for line in text.splitlines():
        if line.startswith("== "):
            at, laptop, *heading = line[3:].split(" ", 2)
            scenes.append(Scene(at, laptop, heading[0] if heading else ""))
        elif not line.strip() or line.startswith("#"):
            continue
        elif not scenes:
            raise ValueError(f"before the first scene: {line}")
        elif line.startswith("> "):
            scenes[-1].words.append(line[2:])
        else:
            scenes[-1].lines.append(line)
    return scenes


class Answers(string.Formatter):
    """What the commands answered, by name, for use in later lines and in the words."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        """``values`` are there from the start: folders, for example."""
        super().__init__()
        self.values: dict[str, Any] = dict(values)

    def fill(self, text: str) -> str:
        """Return the text with every ``{name.field}`` put in; raises ``KeyError`` for one nobody answered."""
        return self.vformat(text, (), {})

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """Walk from a name into its answer; a whole answer is its reference or id."""
        first, *path = field_name.split(".")
        value = self.values[first]
        for part in path:
            value = value[int(part)] if isinstance(value, list) else value[part]
        return value, first

    def format_field(self, value: Any, format_spec: str) -> str:
        """``#`` counts, ``short`` is the start of a hash; a whole answer is its reference or id."""
        if format_spec == "#":
            return str(len(value))
        if format_spec == "short":
            return str(value)[:12]
        if isinstance(value, dict):
            value = value.get("ref") or value.get("id") or ""
        return str(value)


class _Quiet(Context):
    """A command of the story says what it did in its answer alone; the page has words of its own."""

    def say(self, text: str) -> None:
        """Say nothing."""


class Laptop:
    """One store that the story works on, unlocked once as ``triage batch`` does."""

    def __init__(self, home: Path, passphrase_file: Path, run: Runner) -> None:
        """``run`` is the command line."""
        self.home = home
        self._passphrase_file = passphrase_file
        self._run = run
        self._session: Session | None = None

    def do(self, at: str, words: Sequence[str]) -> Any:
        """Run one command at a time of day and return its answer; raise ``TriageError`` where it is refused."""
        answers: list[Any] = []
        refusals: list[dict[str, str]] = []
        context = _Quiet(Profile(self.home), system_clock, at, self._passphrase_file, as_json=True)
        context.answer = answers.append
        if words[0] != "init":
            context.shared = self._unlocked(at)
        if self._run(words, context, refusals.append) == _REFUSED:
            said = refusals[0] if refusals else {"what": "It was refused.", "do": ""}
            line = " ".join(words)[:120]
            raise TriageError(f"The demonstration stopped at “{line}”. {said['what']}", said["do"], "demonstration")
        return answers[0] if answers else {}

    def _unlocked(self, at: str) -> Session:
        if self._session is None:
            self._session = Context(Profile(self.home), system_clock, at, self._passphrase_file).writing()
        return self._session

    def close(self) -> None:
        """Lock the store."""
        if self._session is not None:
            self._session.close()
            self._session = None


class Telling:
    """A story while it is told: the laptops, the answers so far, and the transcript of every command."""

    def __init__(self, folder: Path, passphrase_file: Path, run: Runner, values: Mapping[str, Any]) -> None:
        """``folder`` holds one home a laptop; ``values`` are what lines may name from the start."""
        self._folder = folder
        self._passphrase_file = passphrase_file
        self._run = run
        self.answers = Answers(values)
        self.laptops: dict[str, Laptop] = {}
        self.transcript: list[str] = []

    def play(self, scene: Scene) -> list[str]:
        """Run a scene and return its words; raises ``TriageError`` where a command is refused."""
        if scene.laptop not in self.laptops:
            self.laptops[scene.laptop] = Laptop(self._folder / scene.laptop, self._passphrase_file, self._run)
        for line in scene.lines:
            self._play_line(scene, line)
        return [self.answers.fill(words) for words in scene.words]

    def _play_line(self, scene: Scene, line: str) -> None:
        if line.startswith("same "):
            one, other = line.split()[1:]
            self._same(one, other)
            return
        named = _NAMED.match(line)
        words = self._words(scene, named[2] if named else line)
        self.transcript.append(f"triage --home {scene.laptop} --now {scene.at} {shlex.join(words)}")
        answer = self.ask(scene.laptop, scene.at, words)
        if named:
            self.answers.values[named[1]] = answer

    def ask(self, laptop: str, at: str, words: Sequence[str]) -> Any:
        """Return a command's answer."""
        return self.laptops[laptop].do(at, words)

    def _words(self, scene: Scene, line: str) -> list[str]:
        words: list[str] = []
        for word in shlex.split(line):
            chosen = _ALERTS.match(word)
            words += self._alerts(scene, chosen) if chosen else [self.answers.fill(word)]
        return words

    def _alerts(self, scene: Scene, chosen: re.Match[str]) -> list[str]:
        waiting = self.ask(scene.laptop, scene.at, ["alerts", "list", "--filter", "is:open"])
        found = [alert["id"] for alert in waiting if alert["title"].startswith(chosen[2])]
        if not found:
            raise TriageError(f"No alert to be decided starts with “{chosen[2]}”.", "Mend the story.", "demonstration")
        return found[: int(chosen[1])] if chosen[1] else found

    def _same(self, one: str, other: str) -> None:
        states = [self.answers.values[name]["state"] for name in (one, other)]
        if states[0] != states[1]:
            raise TriageError(
                f"The two laptops should hold the same and do not: {states[0][:12]} and {states[1][:12]}.",
                "Please report this: it is a fault of the program.",
                "demonstration",
            )

    def close(self) -> None:
        """Lock every store."""
        for laptop in self.laptops.values():
            laptop.close()
