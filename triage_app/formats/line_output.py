"""What a reader process says to the program that started it: JSON lines, in chunks."""

from __future__ import annotations

from typing import Any, BinaryIO, Final

from triage_app.domain.evidence import Layout
from triage_app.errors import BadFile
from triage_app.formats.decoding import TextSource
from triage_app.formats.records import CHUNK_CHARACTERS, CHUNK_ROWS, MAX_REJECT_TEXT, compact, shown
from triage_app.formats.secrets import mask_rejected, mask_text

_REJECT_CHUNK: Final = 200
_LONGEST_REASON: Final = 4_000


class PreviewIsFull(Exception):
    """Enough rows for a preview have been read."""


class LineOutput:
    """Sends JSON lines: rows and rejects in chunks, what was ignored as counts."""

    def __init__(self, stream: BinaryIO, source: TextSource | None = None, most_rows: int | None = None) -> None:
        self._stream = stream
        self.source = source
        self._most_rows = most_rows
        self._chunk_rows = min(CHUNK_ROWS, most_rows or CHUNK_ROWS)
        self._rows: list[str] = []
        self._size = 0
        self._rejects: list[tuple[int, str, str]] = []
        self._reject_size = 0
        self._ignored: dict[str, int] = {}
        self._layout: Layout | None = None
        self._first: Layout | None = None
        self.rows_sent = self.rejected = self.ignored = 0
        self.short_rows = 0

    def begin(
        self, layout: Layout, why: str, *, headers: list[str] | None = None, delimiter: str = "", encoding: str = ""
    ) -> None:
        """See ``records.Output``."""
        self._layout = self._first = layout
        self.send(
            "begin",
            {
                "format": layout.format,
                "why": why,
                "source": layout.source,
                "layout": layout.as_json(),
                "headers": headers or [],
                "delimiter": delimiter,
                "encoding": encoding,
            },
        )

    def row(self, row: list[Any], layout: Layout | None = None) -> None:
        """See ``records.Output``."""
        lies = layout or self._first
        if lies is not None and lies is not self._layout:
            self._switch(lies)
        self.row_json(compact(row))

    def row_json(self, row_text: str) -> None:
        """See ``records.Output``."""
        rows = self._rows
        size = self._size + len(row_text)
        if size > CHUNK_CHARACTERS and rows:
            self._flush_rows()
            rows, size = self._rows, len(row_text)
        rows.append(row_text)
        self._size = size
        if len(rows) >= self._chunk_rows:
            self._flush_rows()
            if self._most_rows is not None and self.rows_sent >= self._most_rows:
                raise PreviewIsFull

    def part(self, name: str, format_name: str, why: str, headers: list[str]) -> None:
        """Say what a file inside the file was found to be; the rows that follow are its."""
        self._flush_rows()
        self.send(
            "part", {"name": shown(name, 500), "format": format_name, "why": shown(why, 1000), "headers": headers}
        )

    def use(self, layout: Layout) -> None:
        """Go on with records that lie as ``layout`` says."""
        if layout is not self._layout:
            self._switch(layout)

    def _switch(self, layout: Layout) -> None:
        self._flush_rows()
        self._layout = layout
        self.send("layout", layout.as_json())

    def reject(self, line: int, reason: str, text: str) -> None:
        """See ``records.Output``."""
        self.rejected += 1
        kept = mask_rejected(text)[:MAX_REJECT_TEXT].encode("utf-8", "backslashreplace").decode("utf-8")
        said = shown(mask_text(reason[:_LONGEST_REASON]), 500).encode("utf-8", "replace").decode("utf-8")
        self._rejects.append((line, said, kept))
        self._reject_size += len(kept)
        if len(self._rejects) >= _REJECT_CHUNK or self._reject_size >= CHUNK_CHARACTERS:
            self._flush_rejects()

    def ignore(self, kind: str) -> None:
        """See ``records.Output``."""
        self.ignored += 1
        kind = mask_text(kind)
        if kind not in self._ignored and len(self._ignored) >= 100:
            kind = "other"
        self._ignored[kind] = self._ignored.get(kind, 0) + 1

    def end(self) -> None:
        """Send what is left and the totals. Records are rows and rejects; the ignored are not among them."""
        self._flush_rows()
        self._flush_rejects()
        if self._ignored:
            self.send("ignored", self._ignored)
        records = self.rows_sent + self.rejected
        self.send(
            "end",
            {
                "records": records,
                "rejected": self.rejected,
                "ignored": self.ignored,
                "short_rows": self.short_rows,
            },
        )

    def refuse(self, error: BadFile) -> None:
        """Say that nothing can be taken from the file."""
        what, do = (text.encode("utf-8", "replace").decode("utf-8") for text in (error.what, error.do))
        self.send("refuse", {"what": what, "do": do, "code": error.code})

    def send(self, kind: str, *content: Any) -> None:
        """Write one line."""
        self._write(compact([kind, *content]))

    def _write(self, line: str) -> None:
        self._stream.write(line.encode("utf-8") + b"\n")
        self._stream.flush()

    def _flush_rows(self) -> None:
        if self._rows:
            self.rows_sent += len(self._rows)
            self._write(f'["rows",{self.source.bytes_read if self.source else 0},[{",".join(self._rows)}]]')
            self._rows = []
        self._size = 0

    def _flush_rejects(self) -> None:
        if self._rejects:
            self.send("rejects", self._rejects)
            self._rejects = []
        self._reject_size = 0
