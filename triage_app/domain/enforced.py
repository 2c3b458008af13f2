"""What an IT department may enforce: the policies there are, what each may be, and what a bad value comes to.

A value that does not fit is never passed over: it is named, and what holds in its place is the stricter side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from triage_app.language import say

FIXED, MOST, DEFAULT = "fixed", "most", "default"
"How a policy bears on a setting: it is the value, the most that may be chosen, or what holds where nothing was."

MOST_ENTRIES: Final = 64
"""Entries of a list that are read."""
_MOST_TEXT: Final = 1_024
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{32}\Z")
_ON: Final = (True, 1, "on", "1", "true")
_OFF: Final = (False, 0, "off", "0", "false")


class BadValue(ValueError):
    """A value breaks the rules of its policy; the text says why, in words that end a sentence."""


@dataclass(frozen=True)
class Policy:
    """One thing that can be enforced."""

    name: str
    kind: str
    "folder, number, choice, on-off or list."
    how: str
    "fixed, most or default for a setting; place, label, only or allow for what is none."
    setting: str = ""
    options: tuple[str, ...] = ()
    low: int = 0
    high: int = 0
    strict: Any = None
    "What holds where the value given does not fit; None where the policy then counts as not set, or says so itself."

    def read(self, untrusted: Any) -> Any:
        """Return what a value comes to. Raises ``BadValue``."""
        if self.kind == "number":
            return self._number(untrusted)
        if self.kind == "choice":
            return self._choice(untrusted)
        if self.kind == "on-off":
            return _on_off(untrusted)
        return _folder(untrusted, local=self.how == "place")

    def _number(self, untrusted: Any) -> int:
        text = untrusted.strip() if isinstance(untrusted, str) else untrusted
        if isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 10:
            text = int(text)
        if type(text) is not int or not self.low <= text <= self.high:
            raise BadValue(say("it is no whole number from {0} to {1}", self.low, self.high))
        return text

    def _choice(self, untrusted: Any) -> str:
        text = untrusted.strip() if isinstance(untrusted, str) else ""
        for option in self.options:
            if text.casefold() in (option.casefold(), option.removeprefix("TLP:").casefold()):
                return option
        raise BadValue(say("it is none of: {0}", ", ".join(self.options)))


def _on_off(untrusted: Any) -> str:
    word = untrusted.strip().casefold() if isinstance(untrusted, str) else untrusted
    if isinstance(word, (bool, int, str)):
        if word in _ON:
            return "on"
        if word in _OFF:
            return "off"
    raise BadValue(say("it is neither on nor off"))


def _folder(untrusted: Any, *, local: bool) -> str:
    text = untrusted.strip() if isinstance(untrusted, str) else ""
    if not text or len(text) > _MOST_TEXT or not text.isprintable() or not PurePath(text).is_absolute():
        raise BadValue(say("it is no whole path of a folder, from the top"))
    if local and text.startswith(("\\\\", "//")):
        raise BadValue(say("it is on a network share, where a store could be damaged"))
    return str(PurePath(text))


def fingerprints(untrusted: Any) -> tuple[tuple[str, ...], int]:
    """Return the fingerprints of a list, and how many entries were none. Raises ``BadValue`` for what is no list."""
    if isinstance(untrusted, str):
        untrusted = untrusted.split()
    if not isinstance(untrusted, list):
        raise BadValue(say("it is no list"))
    kept = [
        word
        for each in untrusted[:MOST_ENTRIES]
        if isinstance(each, str) and _FINGERPRINT.match(word := each.replace(" ", "").strip().lower())
    ]
    return tuple(dict.fromkeys(kept)), len(untrusted) - len(kept)


@dataclass(frozen=True)
class Held:
    """One policy as it is in force."""

    policy: Policy
    value: Any
    "None where nothing holds."
    source: str
    "Where it comes from."
    problem: str = ""
    "Why what was given was refused, '' for a value that fits."


def held(policy: Policy, untrusted: Any, source: str) -> Held:
    """Return what a policy comes to by what one source says of it."""
    try:
        if policy.kind != "list":
            return Held(policy, policy.read(untrusted), source)
        found, bad = fingerprints(untrusted)
        problem = say("{0} of its entries are no fingerprints of 32 characters", bad) if bad else ""
        return Held(policy, found, source, problem)
    except BadValue as error:
        return refused(policy, source, str(error))


def refused(policy: Policy, source: str, why: str) -> Held:
    """Return what a policy comes to whose value cannot be taken: the stricter side, with why."""
    return Held(policy, () if policy.kind == "list" else policy.strict, source, why)


def schema(told: Mapping[str, Any]) -> dict[str, Policy]:
    """Return the policies that a schema tells of, by name, in its order."""
    return {
        one["name"]: Policy(
            one["name"], one["kind"], one["how"], one.get("setting", ""), tuple(one.get("options", ())),
            one.get("low", 0), one.get("high", 0), one.get("strict"),
        )
        for one in told["policies"]
    }  # fmt: skip
