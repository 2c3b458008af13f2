"""The evidence of a bundle, by the block and row by row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from triage_app.domain.merkle import proves
from triage_app.store import alerts, imports, reading_proofs, readings
from triage_app.store.connection import Store
from triage_app.store.incoming_blocks import Blocks
from triage_app.store.incoming_rows import Row, Taking, roots_of
from triage_app.store.taken import Piece

_CHUNK: Final = 500


@dataclass(frozen=True)
class Source:
    """The evidence of a bundle, read when it is wanted and again as often as it is."""

    trees: Callable[[], Iterable[bytes]]
    blocks: Callable[[], Iterable[Piece[bytes]]]
    lines: Callable[[], Iterable[bytes]]
    expected: int
    "How many rows the bundle says that it has: a guess."


def take(store: Store, source: Source) -> tuple[int, int]:
    """Take evidence in; return how many rows are new here, and how many lines, rows or readings were refused."""
    taking = Taking(store)
    trees = list(source.trees())
    blocks = Blocks(store, taking, trees)
    if trees and imports.is_bulk(source.expected, taking.held()):
        blocks.take_many(source.blocks)
    else:
        blocks.take(source.blocks())
    waiting: list[Row] = []
    for untrusted_line in source.lines():
        try:
            waiting.append(Row.read(untrusted_line))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            taking.refused += 1
        if len(waiting) >= _CHUNK:
            taking.take(waiting)
            waiting.clear()
    taking.take(waiting)
    return taking.finish()


def attest(store: Store, entity: str) -> None:
    """Look again at rows that came before the entry that proves them."""
    roots = roots_of(store, entity)
    for number, row, leaf, path, evidence_id in store.rows(
        "SELECT p.import, p.row, p.leaf, p.path, r.evidence_id FROM proof AS p JOIN evidence_row AS r ON r.id = p.row"
        " JOIN import_repeat AS m ON m.import = p.import AND m.row = p.row JOIN import AS i ON i.id = p.import"
        " WHERE i.entity = ? AND m.leaf < 0",
        (entity,),
    ):
        if any(proves(json.loads(path), leaf, bytes(evidence_id), root, count) for root, count in roots):
            store.execute("UPDATE import_repeat SET leaf = ? WHERE import = ? AND row = ?", (leaf, number, row))
    reading_proofs.attest(store, entity)
    number = store.value("SELECT id FROM import WHERE entity = ?", (entity,))
    if number is not None:
        alerts.refold(store, readings.choose(store, readings.of_import(store, number)))
