"""One record on its way out of the reader: the order and limits of its columns, and where the records go."""

from __future__ import annotations

from json import encoder
from typing import Any, Final, Protocol

from triage_app.domain.evidence import ALERT, COLUMNS, Layout

MAX_COLUMN: Final = 4_096
"""Characters that one column shows; a longer value stays whole in ``rest``."""

MAX_TITLE: Final = 500
"""Characters of a title; the same holds."""

MAX_REJECT_TEXT: Final = 64 * 1024
"""Characters of a rejected record that are kept, so that it can be mended."""

CHUNK_ROWS: Final = 500
CHUNK_CHARACTERS: Final = 3_000_000

quoted: Any = encoder.encode_basestring
"""Return a text as a JSON string, quotes included."""

NUL_SHOWN: Final = "\u2400"

COLUMN_COUNT: Final = len(COLUMNS)

NO_RECORD: Final = (ALERT, "", None, None)
"""The last four columns of an alert: kind, value, until_at, score."""

NO_RECORD_JSON: Final = ',0,"",null,null]'
"""The same as the end of a row that is written as JSON."""

_encode: Any = encoder.c_make_encoder(  # type: ignore[attr-defined]
    None, None, encoder.encode_basestring, None, ":", ",", True, False, False
)


def compact(value: Any) -> str:
    """Return the same text as ``evidence.canonical_text``; it keeps its encoder, which makes it twice as fast."""
    return "".join(_encode(value, 0))


def shown(text: str, limit: int = MAX_COLUMN) -> str:
    """Return a value as a column may hold it: no NUL, which would hide what follows, and not without end."""
    if "\0" in text:
        text = text.replace("\0", NUL_SHOWN)
    return text if len(text) <= limit else text[: limit - 1] + "…"


class Output(Protocol):
    """Where a format puts what it reads."""

    short_rows: int
    "How many rows of a table lacked their last cells."

    def begin(
        self, layout: Layout, why: str, *, headers: list[str] | None = None, delimiter: str = "", encoding: str = ""
    ) -> None:
        """Say what the file was found to be; comes before anything else."""

    def row(self, row: list[Any], layout: Layout | None = None) -> None:
        """Add one record, its columns in the order of ``COLUMNS``; ``layout`` if it is not that of ``begin``."""

    def row_json(self, row_text: str) -> None:
        """Add one record that is written as a JSON array already."""

    def reject(self, line: int, reason: str, text: str) -> None:
        """Add a record that could not be read: where it began, why, and what it said."""

    def ignore(self, kind: str) -> None:
        """Count a record that is sound and of no use here, under a few words that say what it is."""
