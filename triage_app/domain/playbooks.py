"""Playbooks: what to do in a kind of incident, phase by phase, as plain data that is read strictly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

MOST_STEPS: Final = 200
MOST_TEXT: Final = 1_000
MOST_MINUTES: Final = 60 * 24 * 90
"A target further off than ninety days is none of a response."

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
_HEAD = {"code", "name", "version", "date", "source", "rsit", "phases"}
_STEP = {"code", "text", "role", "why", "minutes", "clinical", "touches"}


class BadPlaybook(ValueError):
    """A file is no playbook; the text says why, in words that end a sentence."""


@dataclass(frozen=True)
class Step:
    """One step of a playbook."""

    code: str
    phase: str
    text: str
    role: str
    "Who usually does it."
    why: str
    minutes: int | None = None
    "Target, minutes after the playbook was started; None for none."
    clinical: bool = False
    "Whether it needs the agreement of somebody in the clinic and a fallback."
    touches: tuple[str, ...] = ()
    "The clock policies and numbers it touches, by their codes or as words."


@dataclass(frozen=True)
class Playbook:
    """What to do in one kind of incident."""

    code: str
    name: str
    version: str
    date: str
    source: str
    rsit: tuple[str, ...]
    "RSIT classes, or class/type, for which it is proposed."
    steps: tuple[Step, ...]
    own: bool = False
    "Whether it is a trust's own."

    @property
    def phases(self) -> tuple[str, ...]:
        """The phases in their order."""
        return tuple(dict.fromkeys(step.phase for step in self.steps))

    def fits(self, rsit: tuple[str, ...] | list[str]) -> int:
        """Return how well it fits an incident's classes: 2 by type, 1 by class, 0 not at all."""
        if any(code in self.rsit for code in rsit):
            return 2
        return int(any(code.partition("/")[0] in self.rsit for code in rsit))


def read(untrusted: object, *, own: bool = False) -> Playbook:
    """Return a playbook from its data. Raises ``BadPlaybook`` for anything that is not exactly one."""
    head = _object(untrusted, "the file", _HEAD, set())
    code = _code(head["code"], "its code")
    words = {name: _text(head[name], f"its {name}") for name in ("name", "version", "date", "source")}
    try:
        date.fromisoformat(words["date"])
    except ValueError:
        raise BadPlaybook("its date is not written as 2026-11-26") from None
    phases = _list(head["phases"], "its phases")
    steps: list[Step] = []
    for untrusted_phase in phases:
        phase = _object(untrusted_phase, "a phase", {"name", "steps"}, set())
        name = _text(phase["name"], "the name of a phase")
        if any(step.phase == name for step in steps):
            raise BadPlaybook(f"the phase “{name}” stands twice in it")
        for item in _list(phase["steps"], f"the steps of “{name}”"):
            steps.append(_step(item, name))
            if len(steps) > MOST_STEPS:
                raise BadPlaybook(f"it has more than {MOST_STEPS} steps")
    if not steps:
        raise BadPlaybook("it has no steps")
    codes = [step.code for step in steps]
    if twice := next((one for one in codes if codes.count(one) > 1), None):
        raise BadPlaybook(f"the step “{twice}” stands twice in it")
    rsit = tuple(_text(one, "a class of it") for one in _list(head["rsit"], "its rsit"))
    return Playbook(code, words["name"], words["version"], words["date"], words["source"], rsit, tuple(steps), own)


def _step(untrusted: object, phase: str) -> Step:
    found = _object(untrusted, f"a step of “{phase}”", {"code", "text", "role", "why"}, _STEP)
    code = _code(found["code"], f"the code of a step of “{phase}”")
    minutes = found.get("minutes")
    if minutes is not None and (type(minutes) is not int or not 0 <= minutes <= MOST_MINUTES):
        raise BadPlaybook(f"the minutes of “{code}” are no whole number up to {MOST_MINUTES:,}")
    clinical = found.get("clinical", False)
    if not isinstance(clinical, bool):
        raise BadPlaybook(f"“clinical” of “{code}” is neither true nor false")
    touches = tuple(_text(one, f"what “{code}” touches") for one in _list(found.get("touches", []), "touches"))
    text, role, why = (_text(found[name], f"the {name} of “{code}”") for name in ("text", "role", "why"))
    return Step(code, phase, text, role, why, minutes, clinical, touches)


def _object(untrusted: object, what: str, needed: set[str], more: set[str]) -> Mapping[str, Any]:
    if not isinstance(untrusted, dict):
        raise BadPlaybook(f"{what} is no object")
    if lacking := sorted(needed - untrusted.keys()):
        raise BadPlaybook(f"{what} lacks “{lacking[0]}”")
    if unknown := sorted(untrusted.keys() - needed - more):
        raise BadPlaybook(f"{what} has “{unknown[0][:40]}”, which means nothing here")
    return untrusted


def _list(untrusted: object, what: str) -> list[Any]:
    if not isinstance(untrusted, list) or len(untrusted) > MOST_STEPS:
        raise BadPlaybook(f"{what} is no list of up to {MOST_STEPS}")
    return untrusted


def _text(untrusted: object, what: str) -> str:
    if not isinstance(untrusted, str) or not 0 < len(untrusted.strip()) <= MOST_TEXT:
        raise BadPlaybook(f"{what} is no text of up to {MOST_TEXT:,} characters")
    if _HIDDEN.search(untrusted):
        raise BadPlaybook(f"{what} holds a character that cannot be seen")
    return untrusted.strip()


def _code(untrusted: object, what: str) -> str:
    if not isinstance(untrusted, str) or not _CODE.match(untrusted):
        raise BadPlaybook(f"{what} is not made of small letters, digits and hyphens")
    return untrusted
