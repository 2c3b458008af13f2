"""Severity: many scales, some of them backwards, brought to one number with the rule that did it.

0 is nothing to worry about, 100 is the worst. The raw word or number is kept beside it. The scales,
their direction and the bands are data (``resources/vocabularies/severity.json``, with source and date).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Final

from triage_app import paths

WORST: Final = 100
UNKNOWN_SCALE: Final = "unknown"


@dataclass(frozen=True)
class Scale:
    """How one source counts: words it uses, and either listed values or points between which lies the rest."""

    id: str
    rule: str
    "The id written beside every severity that this scale made; it changes when the scale changes."
    name: str
    words: dict[str, int]
    "Word or number as text, in lower case → 0 to 100."
    points: tuple[tuple[float, int], ...]
    "For numbers: (raw, 0 to 100), rising in raw; between two points it is a straight line."
    worst: str
    "Which end is the worst: 'lowest', 'highest' or 'word'."


@dataclass(frozen=True)
class Severities:
    """The whole vocabulary: bands from the worst down, scales by id, and what an unreadable severity counts as."""

    version: str
    bands: tuple[tuple[str, int], ...]
    scales: dict[str, Scale]
    unknown: int

    def band(self, value: int) -> str:
        """Return the word for a normalised severity: Critical, High, Medium, Low or Info."""
        for word, lowest in self.bands:
            if value >= lowest:
                return word
        return self.bands[-1][0]

    def normalise(self, scale_id: str, raw: str) -> tuple[int, str]:
        """Return (0 to 100, rule id) for a raw severity; what no rule knows is 'unknown', never 'nothing'."""
        scale = self.scales.get(scale_id)
        if scale is not None:
            text = " ".join(raw.strip().lower().replace("_", " ").split())
            known = scale.words.get(text)
            if known is None and scale.points:
                known = _between(scale.points, text)
            if known is not None:
                return known, scale.rule
        return self.unknown, self.scales[UNKNOWN_SCALE].rule


def _between(points: tuple[tuple[float, int], ...], text: str) -> int | None:
    if len(text) > 12 or not text.replace(".", "", 1).isdecimal() or not text.isascii():
        return None
    number = float(text)
    if not points[0][0] <= number <= points[-1][0]:
        return None
    for (low, low_value), (high, high_value) in pairwise(points):
        if number <= high:
            return round(low_value + (high_value - low_value) * (number - low) / (high - low))
    return points[-1][1]


def load(text: str) -> Severities:
    """Read the vocabulary from JSON text; raise ``ValueError`` if it breaks its own rules."""
    data: dict[str, Any] = json.loads(text)
    bands = tuple((str(band["word"]), int(band["from"])) for band in data["bands"])
    if [low for _, low in bands] != sorted({low for _, low in bands}, reverse=True) or bands[-1][1] != 0:
        raise ValueError("bands go from the worst down to 0")
    scales = {}
    for scale_id, entry in data["scales"].items():
        scale = Scale(
            scale_id,
            str(entry["rule"]),
            str(entry["name"]),
            {str(word): int(value) for word, value in entry.get("words", {}).items()},
            tuple((float(raw), int(value)) for raw, value in entry.get("points", [])),
            str(entry["worst"]),
        )
        values = [*scale.words.values(), *(value for _, value in scale.points)]
        if any(not 0 <= value <= WORST for value in values):
            raise ValueError(f"scale {scale_id} leaves 0 to {WORST}")
        scales[scale_id] = scale
    if UNKNOWN_SCALE not in scales:
        raise ValueError("a rule for the unknown is missing")
    return Severities(str(data["version"]), bands, scales, int(data["unknown"]))


@cache
def vocabulary() -> Severities:
    """Return the vocabulary that ships with the program, read once."""
    return load((paths.resources() / "vocabularies" / "severity.json").read_text("utf-8"))


def normalise(scale: str, raw: str) -> tuple[int, str]:
    """Return (0 to 100, rule id) for a raw severity on a scale; see ``Severities.normalise``."""
    return vocabulary().normalise(scale, raw)


def band(value: int) -> str:
    """Return the word for a normalised severity."""
    return vocabulary().band(value)


def lowest_of(word: str) -> int:
    """Return the lowest severity that still has this word; raise ``KeyError`` for a word we do not use."""
    return dict(vocabulary().bands)[word]
