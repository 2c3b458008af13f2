"""Where a file inside a file puts what it reads: the same place, named, with its own layout."""

from __future__ import annotations

from typing import Any, Protocol

from triage_app.domain.evidence import Layout
from triage_app.formats.records import Output


class Outer(Output, Protocol):
    """The output of the file that others lie in."""

    def part(self, name: str, format_name: str, why: str, headers: list[str]) -> None:
        """Say what a file inside was found to be."""

    def use(self, layout: Layout) -> None:
        """Let the rows that follow lie as ``layout`` says."""

    def send(self, kind: str, *content: Any) -> None:
        """Write one message of the reader's."""


class InnerOutput:
    """Passes on what one inner file gives."""

    def __init__(self, outer: Outer, name: str, note: str = "") -> None:
        """``note`` is what to say of the file beside what it was found to be."""
        self._note = note
        self._outer = outer
        self.name = name
        self._layout: Layout | None = None
        self.rows = 0

    @property
    def short_rows(self) -> int:
        """See ``records.Output``."""
        return self._outer.short_rows

    @short_rows.setter
    def short_rows(self, number: int) -> None:
        self._outer.short_rows = self._outer.short_rows + number

    def begin(
        self, layout: Layout, why: str, *, headers: list[str] | None = None, delimiter: str = "", encoding: str = ""
    ) -> None:
        """See ``records.Output``."""
        self._layout = layout
        self._outer.part(self.name, layout.format, f"{why} {self._note}".strip(), headers or [])
        self._outer.use(layout)

    def part(self, name: str, format_name: str, why: str, headers: list[str]) -> None:
        """Say what a file inside this one was found to be: a sheet of a workbook."""
        self._outer.part(f"{self.name}: {name}", format_name, why, headers)

    def use(self, layout: Layout) -> None:
        """See ``Outer``."""
        self._layout = layout
        self._outer.use(layout)

    def row(self, row: list[Any], layout: Layout | None = None) -> None:
        """See ``records.Output``."""
        self.rows += 1
        self._outer.row(row, layout or self._layout)

    def row_json(self, row_text: str) -> None:
        """See ``records.Output``."""
        self.rows += 1
        self._outer.row_json(row_text)

    def reject(self, line: int, reason: str, text: str) -> None:
        """See ``records.Output``."""
        self._outer.reject(line, f"{self.name}: {reason}", text)

    def ignore(self, kind: str) -> None:
        """See ``records.Output``."""
        self._outer.ignore(kind)

    def send(self, kind: str, *content: Any) -> None:
        """Write one message of the reader's: the offer of a mapping."""
        self._outer.send(kind, *content)
