"""Calls: what became of each attempt to reach somebody."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

OUTCOMES: Final = ("spoke", "rang, no answer", "left message", "wrong number", "e-mailed")
REACHED: Final = ("spoke",)
"""The outcomes after which somebody was reached."""

MOST_WORDS: Final = 2_000
"Characters of a note; other fields take fewer."
MOST_NAME: Final = 255

_WORDS = re.compile(r"[^a-z]+")


def read_outcome(text: str) -> str | None:
    """Return the outcome that somebody typed: "no answer", "No-Answer" and "rang, no answer" are one; None for none."""
    wanted = _WORDS.sub("", text.casefold())
    for outcome in OUTCOMES:
        plain = _WORDS.sub("", outcome)
        if wanted and wanted in (plain, plain.removeprefix("rang")):
            return outcome
    return None


def same_callee(name: str, number: str) -> str:
    """Return by what two calls are to the same: the digits of the number, else the name."""
    digits = "".join(character for character in number if character.isascii() and character.isdigit())
    if digits:
        return "0" + digits[2:] if digits.startswith("44") and len(digits) > 9 else digits
    return " ".join((number.strip() or name).casefold().split())


@dataclass(frozen=True)
class Attempts:
    """How often it was tried to reach somebody, and when last."""

    count: int = 0
    last_at: int | None = None
    last_outcome: str = ""


def attempts(calls: Iterable[tuple[int, str]]) -> Attempts:
    """Count calls given as (when, outcome)."""
    known = sorted(calls)
    return Attempts(len(known), known[-1][0], known[-1][1]) if known else Attempts()
