"""Rows as a table for a terminal."""

from __future__ import annotations

from typing import Any

from triage_app.domain.indicators import visible
from triage_app.services import lists


def table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> str:
    """Return rows under the names of their columns, each as wide as it needs; “None.” for none."""
    if not rows:
        return "None."
    names = columns or tuple(rows[0])[:6]
    cells = [[visible(" ".join(lists.cell(row.get(name)).split())) for name in names] for row in rows]
    widths = [max(len(name), *(len(row[place]) for row in cells)) for place, name in enumerate(names)]
    lines = ["  ".join(name.ljust(width) for name, width in zip(names, widths, strict=True))]
    lines += ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in cells]
    return "\n".join(line.rstrip() for line in lines)
