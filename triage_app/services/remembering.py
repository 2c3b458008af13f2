"""Mappings that were confirmed before, found again for a file: by its headers, or, of JSON, by the keys described.

A key that a source leaves out where it has nothing to say makes another set of keys of the same kind of file. Only the
preview goes by a part of the keys: there somebody sees what comes of it before anything is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from triage_app.domain.mapping import Mapping, header_fingerprint
from triage_app.formats import json_table, mapped_csv
from triage_app.formats.reading_events import NeedsMapping
from triage_app.store import imports
from triage_app.store.connection import Store


@dataclass(frozen=True)
class Remembered:
    """A mapping that was confirmed before."""

    mapping: Mapping
    by_part: bool
    "Whether the file it was confirmed for had other keys beside those that it describes."


def kind_of(needs: NeedsMapping) -> str:
    """Return what holds a table that must be described: JSON, or a table with a delimiter."""
    return mapped_csv.FORMAT if needs.delimiter else json_table.FORMAT


def found_for(store: Store, needs: NeedsMapping) -> Remembered | None:
    """Return the mapping that was confirmed for these headers; of JSON also the only one that fits them, or None."""
    fingerprint = header_fingerprint(needs.headers)
    saved = imports.mapping_for(store, fingerprint)
    if saved is not None:
        return Remembered(Mapping.from_data(saved), by_part=False)
    kind = kind_of(needs)
    if kind != json_table.FORMAT:
        return None
    there = _plain(needs.headers)
    fitting: list[Mapping] = []
    for row in imports.mappings(store):
        # Said alike of two sets of keys, it is one mapping.
        known = replace(Mapping.from_data(json.loads(row["json"])), fingerprint=fingerprint)
        if row["kind"] != kind or not known.columns or known in fitting:
            continue
        if _plain(known.columns.values()) <= there:
            fitting.append(known)
    return Remembered(fitting[0], by_part=True) if len(fitting) == 1 else None


def _plain(names: Iterable[str]) -> set[str]:
    return {" ".join(name.split()).casefold() for name in names}
