"""Reading a file of clock policies, strictly: every fault is a sentence, and one fault refuses the whole file.

A trust may put a file of its own in place of the one that ships, so nothing here trusts its shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from triage_app.domain.clock_grid import Grid, GridRule
from triage_app.domain.clocks import (
    AMBER_SHARE,
    AWARE,
    ISSUED,
    KINDS,
    LOCAL,
    NOT_KNOWN,
    OWN,
    RED_SHARE,
    STARTS,
    Policies,
    Policy,
    Step,
    Suspicion,
)

NATIONS: Final = ("England", "Scotland", "Wales", "Northern Ireland")
BANDS: Final = ("critical", "high", "medium", "low", "info", NOT_KNOWN)
STOPPERS: Final = ("detected", "aware", "reported", "contained", "recovered", "closed")
SUBJECTS: Final = ("incident", "advisory")
PROVISIONAL: Final = ("always", "suspected", "never")
MOST_POLICIES: Final = 50
MOST_STEPS: Final = 20
MOST_HOURS: Final = 24 * 366
MOST_TEXT: Final = 1000

_CODE: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


class BadPolicies(ValueError):
    """A file of policies breaks the rules; ``faults`` says how, a sentence each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = faults


class _Reader:
    """Takes one object apart and notes what is wrong with it."""

    def __init__(self, data: Any, where: str, faults: list[str]) -> None:
        self.where = where
        self.faults = faults
        self.left: dict[str, Any] = dict(data) if isinstance(data, dict) else {}
        if not isinstance(data, dict):
            self.fault("is no object")

    def fault(self, words: str) -> None:
        self.faults.append(f"{self.where} {words}.")

    def take(self, name: str, default: Any = ...) -> Any:
        if name in self.left:
            return self.left.pop(name)
        if default is ...:
            self.fault(f"lacks “{name}”")
            return None
        return default

    def text(self, name: str, default: Any = ..., *, may_be_empty: bool = False) -> str:
        value = self.take(name, default)
        if value is None and default is ...:
            return ""
        if not isinstance(value, str) or len(value) > MOST_TEXT or not value.isprintable():
            self.fault(f"needs “{name}” as one line of at most {MOST_TEXT} characters")
            return ""
        if not value.strip() and default is ... and not may_be_empty:
            self.fault(f"has an empty “{name}”")
        return value

    def code(self, name: str, default: Any = ...) -> str:
        value = self.text(name, default)
        if value and not _CODE.fullmatch(value):
            self.fault(f"has “{name}” {value[:50]!r}: a code is up to 40 small letters, digits and hyphens")
        return value

    def one_of(self, name: str, known: tuple[str, ...], default: Any = ...) -> str:
        value = self.text(name, default)
        if value and value not in known:
            self.fault(f"has “{name}” {value[:50]!r}: use {', '.join(known)}")
        return value

    def switch(self, name: str, default: bool = False) -> bool:
        value = self.take(name, default)
        if not isinstance(value, bool):
            self.fault(f"needs “{name}” as true or false")
            return default
        return value

    def number(self, name: str, value: Any, low: float, high: float) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.fault(f"needs “{name}” as a number from {low:g} to {high:g}")
            return low
        return value

    def texts(self, name: str, default: Any = ..., known: tuple[str, ...] | None = None) -> tuple[str, ...]:
        value = self.take(name, default)
        if not isinstance(value, list | tuple) or not all(
            isinstance(one, str) and 0 < len(one) <= 100 and one.isprintable() for one in value
        ):
            self.fault(f"needs “{name}” as a list of words")
            return ()
        for one in value:
            if known is not None and one not in known:
                self.fault(f"has {one!r} in “{name}”: use {', '.join(known)}")
        if len(set(value)) != len(value):
            self.fault(f"says the same twice in “{name}”")
        return tuple(value)

    def day(self, name: str) -> str:
        value = self.text(name)
        if value and _day(value) is None:
            self.fault(f"needs “{name}” as a date such as 2026-11-26")
        return value

    def table(self, name: str, read: Callable[[str, Any], Any], default: Any = ...) -> dict[str, Any]:
        value = self.take(name, default)
        if not isinstance(value, dict):
            self.fault(f"needs “{name}” as an object")
            return {}
        return {key: read(key, one) for key, one in value.items()}

    def done(self) -> None:
        for name in self.left:
            self.fault(f"has “{str(name)[:50]}”, which nothing reads")


def _day(text: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read(untrusted: Any) -> Policies:
    """Return the policies in a parsed JSON document. Raises ``BadPolicies`` with every fault."""
    faults: list[str] = []
    top = _Reader(untrusted, "The file", faults)
    name, version, day, source = top.text("name"), top.text("version"), top.day("date"), top.text("source")
    roles = top.table("roles", lambda key, value: _role(top, key, value))
    known = tuple(roles)
    own = top.texts("own_roles", known=known)
    none = top.texts("no_clocks_for", ())
    given = top.take("policies")
    policies: list[Policy] = []
    if not isinstance(given, list) or not 0 < len(given) <= MOST_POLICIES:
        top.fault(f"needs “policies”, a list of 1 to {MOST_POLICIES}")
    else:
        policies = [_policy(item, place, known, faults) for place, item in enumerate(given, 1)]
    top.done()
    codes = [policy.code for policy in policies]
    for code in sorted({code for code in codes if code and codes.count(code) > 1}):
        top.fault(f"has two policies “{code}”")
    if faults:
        raise BadPolicies(faults)
    return Policies(name, version, day, source, roles, own, frozenset(none), tuple(policies))


def _role(top: _Reader, key: str, value: Any) -> str:
    if not _CODE.fullmatch(key) or not isinstance(value, str) or not 0 < len(value) <= 200 or not value.isprintable():
        top.fault(f"needs a code and a line of words for the role {key[:50]!r}")
        return ""
    return value


def _policy(data: Any, place: int, roles: tuple[str, ...], faults: list[str]) -> Policy:
    code = data.get("code") if isinstance(data, dict) else None
    named = f"“{code[:40]}”" if isinstance(code, str) and code.isprintable() else f"number {place}"
    reader = _Reader(data, f"Policy {named}", faults)
    low, high = _in_force(reader)
    kind = reader.one_of("kind", KINDS)
    made = Policy(
        code=reader.code("code"),
        name=reader.text("name"),
        kind=kind,
        subject=reader.one_of("subject", SUBJECTS),
        source=reader.text("source"),
        checked=reader.day("checked"),
        basis=reader.text("basis"),
        nations=reader.texts("nations", known=NATIONS),
        roles=reader.texts("roles", known=roles),
        starts=reader.one_of("starts", STARTS),
        start_words=reader.text("start_words"),
        steps=(),
        on=reader.switch("on", True),
        switchable=reader.switch("switchable"),
        in_force_from=low,
        in_force_to=high,
        provisional=reader.one_of("provisional", PROVISIONAL, "never"),
        suspected_by=_suspicion(reader),
        pauses=reader.switch("pauses"),
        amber=reader.number("amber", reader.take("amber", AMBER_SHARE), 0, 1),
        red=reader.number("red", reader.take("red", RED_SHARE), 0, 1),
        authorities=reader.table("authorities", lambda key, value: _authority(reader, key, value), {}),
        **_advisory(reader),
        grid=_grid(reader),
        short=reader.text("short", ""),
        awaits=reader.text("awaits", ""),
    )
    steps = _steps(reader, made)
    reader.done()
    _agree(reader, made, steps)
    return Policy(**{**{name: getattr(made, name) for name in made.__dataclass_fields__}, "steps": steps})


def _agree(reader: _Reader, policy: Policy, steps: tuple[Step, ...]) -> None:
    """Note what does not fit together."""
    if policy.red > policy.amber:
        reader.fault("turns red before it turns amber")
    if (policy.subject == "advisory") != (policy.starts == ISSUED):
        reader.fault("must start with “issued” if it is about an advisory, and only then")
    if policy.provisional != "never" and policy.starts not in (AWARE, OWN):
        reader.fault("cannot be provisional: nobody's awareness starts it")
    local = policy.kind == LOCAL or any(step.kind == LOCAL for step in steps)
    if policy.pauses and not local:
        reader.fault("may not pause: only local policies and steps do")
    if not policy.nations or not policy.roles:
        reader.fault("holds nowhere, or for nobody: name its nations and roles")
    begins, ends = policy.in_force_from, policy.in_force_to
    if begins is not None and ends is not None and ends <= begins:
        reader.fault("goes out of force before it comes into force")
    if any("{authority}" in step.tell for step in steps):
        for nation in policy.nations:
            if nation not in policy.authorities:
                reader.fault(f"does not say who the authority is in {nation}")


def _authority(reader: _Reader, nation: str, value: Any) -> str:
    if nation not in NATIONS or not isinstance(value, str) or not 0 < len(value) <= 300 or not value.isprintable():
        reader.fault(f"needs a nation and a line of words in “authorities”, not {nation[:50]!r}")
        return ""
    return value


def _in_force(reader: _Reader) -> tuple[int | None, int | None]:
    part = _Reader(reader.take("in_force", {}), f"{reader.where} (in_force)", reader.faults)
    found: list[int | None] = []
    for name in ("from", "to"):
        value = part.take(name, None)
        day = _day(value) if isinstance(value, str) else None
        if value is not None and day is None:
            part.fault(f"needs “{name}” as a date or null")
        found.append(
            None if day is None else round(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
        )
    part.done()
    return found[0], found[1]


def _suspicion(reader: _Reader) -> Suspicion:
    part = _Reader(reader.take("suspected_by", {}), f"{reader.where} (suspected_by)", reader.faults)
    found = Suspicion(part.texts("rsit", ()), int(part.number("category", part.take("category", 0), 0, 6)))
    part.done()
    return found


def _advisory(reader: _Reader) -> dict[str, Any]:
    part = _Reader(reader.take("advisory", {}), f"{reader.where} (advisory)", reader.faults)
    formats = part.texts("formats", ())
    severity = int(part.number("severity", part.take("severity", 0), 0, 100))
    part.done()
    return {"advisory_formats": formats, "advisory_severity": severity}


def _steps(reader: _Reader, policy: Policy) -> tuple[Step, ...]:
    given = reader.take("steps")
    if not isinstance(given, list) or not 0 < len(given) <= MOST_STEPS:
        reader.fault(f"needs “steps”, a list of 1 to {MOST_STEPS}")
        return ()
    found: list[Step] = []
    for place, item in enumerate(given, 1):
        found.append(_one_step(item, f"{reader.where}, step {place},", policy, [step.code for step in found], reader))
    return tuple(found)


def _one_step(data: Any, where: str, policy: Policy, before: list[str], outer: _Reader) -> Step:
    reader = _Reader(data, where, outer.faults)
    by_severity: Mapping[str, float | None] | None = None
    hours: float | None = None
    if "hours_by_severity" in reader.left:
        by_severity = reader.table("hours_by_severity", lambda key, value: _hours(reader, key, value))
        if set(by_severity) != set(BANDS):
            reader.fault(f"needs hours (or null) for each of {', '.join(BANDS)}")
        if "hours" in reader.left:
            reader.fault("has hours twice: by severity and without")
            reader.left.pop("hours")
    else:
        hours = _hours(reader, "hours", reader.take("hours"))
    step = Step(
        code=reader.code("code"),
        name=reader.text("name"),
        hours=hours,
        tell=reader.text("tell", "", may_be_empty=True),
        due=reader.text("due"),
        after=reader.text("after", ""),
        kind=reader.one_of("kind", (LOCAL,), ""),
        stopped_by=reader.texts("stopped_by", (), STOPPERS),
        hours_by_severity=by_severity,
        said_by_source=reader.switch("said_by_source"),
    )
    if step.code in before:
        reader.fault(f"is called “{step.code}” like one before it")
    if step.after and step.after not in before:
        reader.fault("comes “after” a step that does not stand before it")
    if step.stopped_by and policy.kind_of(step) != LOCAL:
        reader.fault("would end by itself: a duty ends by a decision that somebody records")
    reader.done()
    return step


def _hours(reader: _Reader, name: str, value: Any) -> float | None:
    return None if value is None else reader.number(name, value, 0.25, MOST_HOURS)


def _grid(reader: _Reader) -> Grid | None:
    given = reader.take("grid", None)
    if given is None:
        return None
    part = _Reader(given, f"{reader.where} (grid)", reader.faults)
    words = []
    for name in ("likelihood", "severity"):
        said = part.take(name)
        if (
            not isinstance(said, list)
            or len(said) != 5
            or not all(isinstance(one, str) and 0 < len(one) <= 300 and one.isprintable() for one in said)
        ):
            part.fault(f"needs five lines of words for “{name}”")
            said = [""] * 5
        words.append(tuple(said))
    floor = int(part.number("vulnerable_floor", part.take("vulnerable_floor"), 1, 5))
    rules = []
    listed = part.take("rules")
    for item in listed if isinstance(listed, list) else [None]:
        one = _Reader(item, f"{reader.where} (a rule of the grid)", reader.faults)
        rules.append(
            GridRule(
                one.text("to"),
                int(one.number("likelihood", one.take("likelihood"), 1, 5)),
                int(one.number("severity", one.take("severity"), 1, 5)),
            )
        )
        one.done()
    part.done()
    return Grid(words[0], words[1], floor, tuple(rules))
