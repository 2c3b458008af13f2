"""Pages for paper as rows of plain words, so that the printed page, the screen and the text file say the same.

Nothing of them is markup. What is masked on screen, names of people first of all, is masked here too: paper has no key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from triage_app.domain.indicators import defang, visible
from triage_app.language import in_english
from triage_app.paths import write_whole
from triage_app.services.access import note_access
from triage_app.services.session import Session

NOTHING: Final = "–"
MOST_ROWS: Final = 200
"Rows of one table on paper; how many more there are is said under it."


@dataclass(frozen=True)
class Table:
    """One part of a page: a heading, words, and rows under heads."""

    heading: str
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    widths: tuple[int, ...] = ()
    "Per cent of the page that each column takes."
    words: str = ""
    "Said under the heading: what is counted, or why there is nothing."


@dataclass(frozen=True)
class Printed:
    """A page for paper."""

    title: str
    label: str
    "The TLP label that stands on every page."
    facts: tuple[tuple[str, str], ...] = ()
    parts: tuple[Table, ...] = field(default_factory=tuple)
    foot: str = ""
    signature: str = ""
    "Who signs where, before a line to write on; '' for a page that nobody signs."


def table(
    heading: str, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int], words: str = "",
    none: str = "",
) -> Table:  # fmt: skip
    """Return one part, its addresses harmless and what hides in it shown; ``none`` is said where it has no row."""
    kept = tuple(tuple(plain(cell) or NOTHING for cell in row) for row in rows[:MOST_ROWS])
    if len(rows) > MOST_ROWS:
        words = f"{words} {len(rows) - MOST_ROWS:,} more are on the laptop, not on this page.".strip()
    return Table(heading, tuple(heads) if kept else (), kept, tuple(widths), words if rows else none or words)


def marked(page: Printed, *, exercise: bool, demonstration: bool) -> Printed:
    """Return a page that says on every sheet of it where nothing on it is real: paper outlives its screen."""
    if not exercise and not demonstration:
        return page
    words = "EXERCISE: nothing here is real" if exercise else "DEMONSTRATION: everything here is invented"
    return replace(page, label=f"{words}  {page.label}")


def plain(untrusted_text: str) -> str:
    """Return words as paper may carry them: addresses harmless, hidden characters shown."""
    return (
        visible(defang(untrusted_text)) if "." in untrusted_text or ":" in untrusted_text else visible(untrusted_text)
    )


@in_english
def as_text(page: Printed) -> str:
    """Return a page as plain text."""
    lines = [page.label, page.title, "=" * len(page.title), ""]
    width = max((len(name) for name, _ in page.facts), default=0)
    lines += [f"{name:<{width}}  {words}" for name, words in page.facts]
    for part in page.parts:
        lines += ["", part.heading, "-" * len(part.heading)]
        lines += [part.words] if part.words else []
        for row in part.rows:
            lines.append("  ".join(cell for cell in row if cell != NOTHING))
    return "\n".join([*lines, "", page.foot, page.label]) + "\n"


def write(session: Session, path: Path, data: bytes, kind: str, entity: str, what: str) -> int:
    """Write a page that was laid out for print, and note that it left; return how many bytes.

    ``what`` says which page of which record (``kind``, ``entity``) it is. Raises ``BadInput``.
    """
    write_whole(session.profile.refuse_own(path), data)
    note_access(session, "export", kind, entity, {"kind": what})
    return len(data)
