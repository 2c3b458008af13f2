"""What comes of a file as it is read: how many of what kind, what was left out or set aside, and why."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.evidence import COLUMNS, KINDS
from triage_app.formats import reading_events

MOST_REASONS: Final = 40
"""Different reasons that are kept apart; what comes after them is counted together."""

_KIND: Final = COLUMNS.index("kind")
_KEY: Final = COLUMNS.index("key")
_VALUES = re.compile(r"'[^']{0,200}'|\"[^\"]{0,200}\"|“[^”]{0,200}”|\d[\d.,:/-]*", re.ASCII)
_LONGEST: Final = 300


@dataclass(frozen=True)
class Reason:
    """Why some records were set aside."""

    words: str
    count: int
    line: int
    "Where the first of them began."

    def as_data(self) -> dict[str, Any]:
        """Return it as plain data, for JSON."""
        return {"reason": self.words, "count": self.count, "line": self.line}


class Tally:
    """Counts of one file, kept up with every message of its reader."""

    def __init__(self) -> None:
        self.accepted = 0
        self.rejected = 0
        self.ignored: dict[str, int] = {}
        self.parts: list[dict[str, str]] = []
        self.bytes_read = 0
        self._kinds: Counter[int] = Counter()
        self._reasons: dict[str, list[Any]] = {}

    def take(self, event: Any) -> None:
        """Take one message of the reader's."""
        if isinstance(event, reading_events.Rows):
            self.accepted += len(event.rows)
            self.bytes_read = event.bytes_read
            self._kinds.update([row[_KIND] for row in event.rows])
        elif isinstance(event, reading_events.Rejects):
            self.rejected += len(event.items)
            for item in event.items:
                self._reason(item.reason, item.line)
        elif isinstance(event, reading_events.Part):
            self.parts.append({"name": event.name, "format": event.format, "why": event.why})
        elif isinstance(event, reading_events.Ignored):
            for kind, number in event.counts.items():
                self.ignored[kind] = self.ignored.get(kind, 0) + number

    def with_rows(self, rows: reading_events.Rows) -> Tally:
        """Return the counts of the same file with other records taken."""
        other = Tally()
        other.rejected, other.ignored, other.parts, other._reasons = (
            self.rejected, self.ignored, self.parts, self._reasons,
        )  # fmt: skip
        other.take(rows)
        return other

    def _reason(self, words: str, line: int) -> None:
        """Count a reason with its like: what it quotes may differ from record to record."""
        pattern = _VALUES.sub("…", words[:_LONGEST])
        found = self._reasons.get(pattern)
        if found is None and len(self._reasons) >= MOST_REASONS:
            pattern = "other reasons"
            found = self._reasons.get(pattern)
            words = pattern
        if found is None:
            self._reasons[pattern] = [words[:_LONGEST], 1, line]
            return
        found[1] += 1
        if found[0] != words:
            found[0] = pattern

    @property
    def kinds(self) -> dict[str, int]:
        """How many records of each kind, in the order of ``evidence.KINDS``."""
        return {KINDS[place]: self._kinds[place] for place in sorted(self._kinds)}

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why records were set aside, the most frequent first."""
        found = [Reason(words, count, line) for words, count, line in self._reasons.values()]
        return tuple(sorted(found, key=lambda reason: (-reason.count, reason.line)))


def keys_of(rows: list[list[Any]]) -> set[bytes]:
    """Return what matters some records are about."""
    return {bytes.fromhex(row[_KEY]) for row in rows}


def tally_in_words(new: int, repeats: int, rejected: int, left_out: int = 0) -> str:
    """Return what became of the records of a file, for the command line: “12 new, 1 repeat, 0 rejected”."""
    words = f"{new} new, {repeats} repeat{'' if repeats == 1 else 's'}, {rejected} rejected"
    return f"{words}, {left_out} left out" if left_out else words
