"""What an alert shares with others, and which incidents it is likely to belong to: ranked, muted, said in words.

Nothing here decides. What is shared with everybody (a known-good value, one that a thousand alerts have) says little:
it is shown as such and counts for nothing. An incident is likely only for something that two alerts would not both
have by chance; the same rule, a campaign's name and the hour are reasons beside such a one, never instead of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.language import plural, say
from triage_app.services.related_values import INDICATORS, WEIGHTS, WORDS, Value, of_address

_HOUR: Final = 3_600_000
_NEAR: Final = 72 * _HOUR
_BY_ITSELF: Final = 4.0
_TIME: Final = 0.5


@dataclass(frozen=True)
class Tie:
    """A value of an alert, and where else it stands."""

    value: Value
    alerts: int
    "In how many alerts, this one among them."
    is_whole: bool = True
    "Whether these are all there are; else there are more, or may be."
    muted: str = ""
    "Why it says little; '' where it counts."
    incidents: Mapping[str, int | None] = field(default_factory=dict)
    "Incident → how many milliseconds lie between the alert and the nearest of those that share it; None if not known."

    @property
    def counts_by_itself(self) -> bool:
        """Whether sharing it is reason enough to think of one matter."""
        return not self.muted and WEIGHTS[self.value.kind] >= _BY_ITSELF

    @property
    def many(self) -> str:
        """The count as it is written: “9”, or “1,000+”."""
        return f"{self.alerts:,}" if self.is_whole else f"{self.alerts:,}+"


@dataclass(frozen=True)
class Likely:
    """An incident, and why some alerts may belong to it."""

    incident: Mapping[str, Any]
    reasons: tuple[str, ...] = ()
    "In words, the weightiest first; none where nothing that counts is shared."
    sharing: int = 0
    "How many of the alerts share something with it that counts by itself."
    score: float = 0.0
    is_safe: bool = False
    "Whether every alert shares something with it that counts by itself: only then may it be offered as the one."

    @property
    def words(self) -> str:
        """The reasons in one line."""
        return ", ".join(self.reasons)


@dataclass(frozen=True)
class Related:
    """What one alert shares."""

    ties: tuple[Tie, ...]
    incidents: tuple[Likely, ...]
    "Those that share something that counts, closed ones too, without those it belongs to."
    is_indexed: bool = True
    "Whether everything was looked at; else what has just come in may share more."


@dataclass(frozen=True)
class Offers:
    """The open incidents for some alerts, the likely ones first."""

    incidents: tuple[Likely, ...]
    looked_at: int
    "How many of the alerts were looked at."
    of: int
    is_indexed: bool = True

    @property
    def first_is_safe(self) -> bool:
        """Whether the first may be current without anybody having chosen it."""
        return bool(self.incidents) and self.incidents[0].is_safe


def rank(
    incidents: Sequence[Mapping[str, Any]], ties: Sequence[Sequence[Tie]], *, all_looked_at: bool = True
) -> list[Likely]:
    """Return every one of some incidents, those first with which the alerts share most; the others keep their order.

    ``ties`` are those of each alert. What is muted moves nothing. None is safe unless all alerts were looked at.
    """
    found = [_judged(incident, ties, all_looked_at) for incident in incidents]
    return sorted(found, key=lambda one: (-one.sharing, -one.score))


def _judged(incident: Mapping[str, Any], ties: Sequence[Sequence[Tie]], all_looked_at: bool) -> Likely:
    name = incident["id"]
    shared: dict[Value, int] = {}
    apart: list[int] = []
    sharing = 0
    for one in ties:
        mine = [tie for tie in one if not tie.muted and name in tie.incidents]
        sharing += any(tie.counts_by_itself for tie in mine)
        for tie in mine:
            shared[tie.value] = shared.get(tie.value, 0) + 1
            between = tie.incidents[name]
            if between is not None:
                apart.append(between)
    if not shared:
        return Likely(incident)
    near = min(apart) if apart and min(apart) <= _NEAR else None
    score = sum(WEIGHTS[value.kind] * many / len(ties) for value, many in shared.items())
    score += 0 if near is None else _TIME * (1 - near / (2 * _NEAR))
    ordered = sorted(shared, key=lambda value: (-WEIGHTS[value.kind] * shared[value], value.kind, value.text))
    pages = [value.text.lower() for value in ordered if value.kind == "url"]
    told = [value for value in ordered if value.kind != "domain" or not any(value.text in page for page in pages)]
    reasons = [_reason(value, shared[value], len(ties)) for value in told]
    if near is not None:
        reasons.append(_apart_words(near))
    is_safe = all_looked_at and bool(ties) and sharing == len(ties)
    return Likely(incident, tuple(reasons), sharing, score, is_safe)


def _reason(value: Value, many: int, of: int) -> str:
    said = say("names the campaign") if value.kind == "campaign" else say("same {0}", say(WORDS[value.kind]))
    shown = value.safe if len(value.safe) <= 80 else f"{value.safe[:79]}…"
    words = f"{said} {shown}" if value.kind not in ("rule", "campaign") else f"{said} “{shown}”"
    return words if of == 1 or many == of else say("{0} ({1} of {2})", words, many, of)


def _apart_words(between: int) -> str:
    minutes = between // 60_000
    if minutes < 1:
        return say("seen within a minute of it")
    if minutes < 60:
        return plural(minutes, "seen 1 minute apart", "seen {0} minutes apart").format(minutes)
    return plural(minutes // 60, "seen 1 hour apart", "seen {0} hours apart").format(minutes // 60)


def tie_of(found: Related, untrusted_text: str) -> Tie | None:
    """Return what is shared of a value as an alert's source wrote it, with a port or without."""
    texts = {untrusted_text.strip().casefold(), *(one.text.casefold() for one in of_address(untrusted_text, ""))}
    return next(
        (tie for tie in found.ties if tie.value.kind in INDICATORS and tie.value.text.casefold() in texts), None
    )
