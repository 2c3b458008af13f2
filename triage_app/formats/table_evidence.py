"""A table's rows as evidence: hashed by content, and nothing kept twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from operator import itemgetter
from typing import Any

from triage_app.domain.evidence import id_prefix
from triage_app.formats.records import compact
from triage_app.formats.secrets import MASK, is_secret, mask_json, mask_url, may_hold_secret, may_hold_url_secret


class TableEvidence:
    """Turns the rows of one table into ids and rests.

    ``held`` names the columns that hold a cell word for word, by header; every other cell that is not
    empty goes into ``rest``. ``secret`` names further headers, in lower case, whose cells are masked.
    """

    def __init__(
        self, format_name: str, headers: Sequence[str], held: Sequence[str], secret: Collection[str] = ()
    ) -> None:
        self.headers = list(headers)
        order = sorted(range(len(headers)), key=lambda index: headers[index])
        self.ordered: Callable[[list[str]], Any] = itemgetter(*order) if len(order) > 1 else list
        self._quotes = 2 * len(order) - 2
        self._prefix = id_prefix(format_name, sorted(headers))
        self._secrets = [
            index for index, header in enumerate(headers) if is_secret(header) or header.strip().lower() in secret
        ]
        held_headers = set(held)
        self._others = [(headers[index], index) for index in order if headers[index] not in held_headers]
        self._other_keys = [(f"{compact(header)}:", index) for header, index in self._others]

    def text_and_id(self, row: list[str], plain: bool) -> tuple[str, str, bool]:
        """Return the canonical text of a row, its evidence id, and whether its cells need no escaping in JSON.

        Its secrets are masked first, in ``row`` itself. ``plain`` tells that there is no backslash and
        no control character in it.
        """
        for index in self._secrets:
            if row[index]:
                row[index] = MASK
        if plain:
            text = '","'.join(self.ordered(row))
            plain = text.count('"') == self._quotes
            text = f'["{text}"]' if plain else compact(self.ordered(row))
        else:
            text = compact(self.ordered(row))
        if "//" in text and may_hold_url_secret(text):
            row[:] = map(mask_url, row)
            text = compact(self.ordered(row))
        if not plain and "{" in text and may_hold_secret(text):  # JSON has quotes, so no plain row holds any
            row[:] = [mask_json(cell) if cell.lstrip()[:1] in {"{", "["} else cell for cell in row]
            text = compact(self.ordered(row))
        return text, hashlib.sha256(self._prefix + text.encode()).hexdigest(), plain

    def rest(self, row: list[str], plain: bool, also: Sequence[str] = ()) -> str:
        """Return the JSON text of what no column holds; ``also`` names headers whose column does not hold its cell."""
        if plain and not also:
            return "{" + ",".join([f'{key}"{row[index]}"' for key, index in self._other_keys if row[index]]) + "}"
        cells = {header: row[index] for header, index in self._others if row[index]}
        for header in also:
            cells[header] = row[self.headers.index(header)]
        return compact(cells)
