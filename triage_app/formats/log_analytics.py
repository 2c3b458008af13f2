"""The answer of Log Analytics to a query: tables, each with its columns first and its rows as lists of values.

``{"tables": [{"name": "PrimaryResult", "columns": [{"name": …, "type": …}], "rows": [[…], …]}]}``. Rows are cut off one
by one as they stream by. A table whose columns come behind its rows is read as a whole, and so is every answer in a
list of answers: such a one may be 16 MB long. Rows of other tables than the wanted one are counted. An answer in part,
which the service marks with an error, is said to be one. Source: Azure Monitor Logs API, response format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from triage_app.formats.building import at, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import JsonHead
from triage_app.formats.json_members import Window, elements, list_start
from triage_app.formats.records import Output, compact, shown
from triage_app.formats.strict_json import RESCAN, BadRecord, Splitter, loads

_AROUND: Final = "around the list of records, which were read"


def tables_of(head: JsonHead | None) -> Iterator[list[str]]:
    """Yield the names of the columns of every table in the first answers of a file, as far as they are in sight."""
    for answer in head.records[:20] if head is not None else ():
        tables = answer.get("tables") if isinstance(answer, dict) else None
        for table in tables if isinstance(tables, list) else ():
            columns = table.get("columns") if isinstance(table, dict) else None
            if isinstance(columns, list):
                yield [text_of(at(column, "name")) for column in columns]


def read_answers(source: TextSource, output: Output, make: Callable[[dict[str, Any]], list[Any]], mark: str) -> None:
    """Send every row to ``output`` as ``make`` makes it of a record; ``mark`` is a column that wanted tables have."""
    source.json = True
    _Reading(Window(source.blocks()), output, make, mark).read()


@dataclass
class _Reading:
    window: Window
    output: Output
    make: Callable[[dict[str, Any]], list[Any]]
    mark: str
    budget: int = RESCAN
    "Characters that may be read again."

    def read(self) -> None:
        window = self.window
        while window.begins_again():
            start, _ = list_start(window.text, window.at, ("tables",))
            if start < 0:
                before = window.line - 1
                for line, text, reason in Splitter(window.pieces(), budget=max(self.budget, 0)):
                    self._answer(line + before, text, reason)
                return
            before_list = window.text[window.at : start]
            window.go_to(start + 1)
            if not self._tables() or not self._left(before_list, self._said_of_answer):
                return

    def _tables(self) -> bool:
        """Read the tables of one answer and go behind them; return whether their end was found."""
        window = self.window
        while window.begins_again() and window.text[window.at] != "]":
            if window.text[window.at] != "{":
                text = window.text[window.at : window.at + 1_000]
                self.output.reject(window.line, "no table: nothing from here on was read", text)
                return False
            if not self._table():
                return False
        if window.at >= len(window.text):
            self.output.reject(window.line, "the file ends inside its list of tables: the end is missing", "")
            return False
        window.go_to(window.at + 1)
        return True

    def _table(self) -> bool:
        """Read one table and go behind it; return whether its end was found."""
        window = self.window
        start, _ = list_start(window.text, window.at, ("rows",))
        before_list = window.text[window.at : start]
        table, unread = self._head(before_list) if start >= 0 else ({}, "")
        if not unread and "columns" not in table:
            before = window.line - 1
            splitter = Splitter(window.pieces(), budget=max(self.budget, 0))
            line, text, reason = next(iter(splitter))
            window.give_back(splitter.left, before + splitter.line)
            self.budget = splitter.budget
            self._whole_table(line + before, text, reason)
            return not reason
        window.go_to(start)
        columns: list[str] = []
        try:
            columns = _columns(table)
        except BadRecord as error:
            unread = unread or str(error)
        rows = elements(window, self.budget)
        while True:
            try:
                line, text, reason = next(rows)
            except StopIteration as end:
                self.budget = end.value
                break
            if reason or unread:
                self.output.reject(line, reason or unread, text)
            else:
                self._row_text(line, text, table, columns)
        return self._left(before_list, lambda line, text, table: None)

    def _head(self, before_list: str) -> tuple[dict[str, Any], str]:
        """Return what a table says before its rows, and why its rows cannot be read ("" if they can)."""
        try:
            return loads(f"{before_list}[]}}"), ""
        except BadRecord as error:
            return {}, f"a row of a table that cannot be read: {error}"

    def _left(self, before_list: str, said: Callable[[int, str, dict[str, Any]], None]) -> bool:
        """Go behind the object in whose list the window was; reject it if it is broken around the list."""
        line = self.window.line
        behind_list = self.window.leave(1)
        if not behind_list:
            text = self.window.text[self.window.at : self.window.at + 1_000]
            self.output.reject(line, self.window.why_not_left, text)
            return False
        text = f"{before_list}[]{behind_list}".lstrip("\ufeff \t\r\n")
        try:
            said(line, text, loads(text))
        except BadRecord as error:
            self.output.reject(line, f"{_AROUND}: {error}", text)
        return True

    # ---- what was read as a whole ----------------------------------------------------------------------
    def _answer(self, line: int, text: str, reason: str) -> None:
        try:
            answer = None if reason else loads(text)
        except BadRecord as error:
            answer, reason = None, str(error)
        if not isinstance(answer, dict) or not isinstance(answer.get("tables"), list):
            self.output.reject(line, reason or "no answer with tables", text)
            return
        for table in answer["tables"]:
            self._whole_table(line, compact(table), "")
        self._said_of_answer(line, text, answer)

    def _whole_table(self, line: int, text: str, reason: str) -> None:
        try:
            if reason:
                raise BadRecord(reason)
            table = loads(text)
            if not isinstance(table, dict) or not isinstance(table.get("rows"), list):
                raise BadRecord("no table: it has no rows")
            columns = _columns(table)
        except BadRecord as error:
            self.output.reject(line, str(error), text)
            return
        for row in table["rows"]:
            self._row(line, row, table, columns)

    def _said_of_answer(self, line: int, text: str, answer: dict[str, Any]) -> None:
        error = answer.get("error")
        if error:
            said = text_of(at(error, "message")) or text_of(at(error, "code"))
            self.output.reject(line, f"the query was answered in part only: {shown(said, 200) or 'an error'}", text)

    # ---- rows ------------------------------------------------------------------------------------------
    def _row_text(self, line: int, text: str, table: dict[str, Any], columns: list[str]) -> None:
        try:
            row = loads(text)
        except BadRecord as error:
            self.output.reject(line, str(error), text)
            return
        self._row(line, row, table, columns)

    def _row(self, line: int, row: Any, table: dict[str, Any], columns: list[str]) -> None:
        if not isinstance(row, list):
            self.output.reject(line, "a row that is no list of values", compact(row))
            return
        if len(row) != len(columns):
            reason = f"a row of {len(row):,} values in a table of {len(columns):,} columns"
            self.output.reject(line, reason, compact(row))
            return
        if self.mark not in columns:
            self.output.ignore(f"row of the table {shown(text_of(table.get('name')), 40) or 'without a name'}")
            return
        record = dict(zip(columns, row, strict=True))
        try:
            self.output.row(self.make(record))
        except ValueError as error:
            self.output.reject(line, str(error), compact(record))


def _columns(table: dict[str, Any]) -> list[str]:
    """Return the names of a table's columns; raise ``BadRecord`` if they cannot name its values."""
    columns = table.get("columns")
    names = [text_of(at(column, "name")) for column in columns] if isinstance(columns, list) else []
    if not names or not all(names):
        raise BadRecord("in a table whose columns have no names")
    if len(set(names)) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise BadRecord(f"in a table whose column {shown(twice, 40)!r} is there twice")
    return names
