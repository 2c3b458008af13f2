"""Full text over the evidence: the search index and the indicator index are one.

The index is filled after a load. Until then its rows are scanned, so that an unfinished index never
answers "no hits".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from triage_app.store.connection import Store

COLUMNS = (
    "title",
    "reference",
    "category",
    "host",
    "user",
    "src",
    "dst",
    "url",
    "hash",
    "detail",
    "organisation",
    "tokens",
)

WHOLE_SLICE: Final = 100_000
"Rows a transaction when nothing else waits for the store."
SMALL_SLICE: Final = 10_000
"Rows a transaction beside an open window: about a tenth of a second."


def match_expression(untrusted_text: str) -> str:
    """Return an FTS5 expression in which every word must occur; the last may be unfinished.

    Quoting is ours: each word is a string literal, so that no operator of a responder's or an
    attacker's reaches the query language.
    """
    words = untrusted_text.replace("\0", " ").split()
    quoted = ['"' + word.replace('"', '""') + '"' for word in words]
    return " AND ".join(f"{word}*" if place == len(quoted) - 1 else word for place, word in enumerate(quoted))


def matching_keys(store: Store, text: str) -> tuple[str, list[Any]]:
    """Return a subquery, with its parameters, of the keys of alerts whose rows hold every word."""
    sql = "SELECT key FROM alert_row WHERE id IN (SELECT rowid FROM alert_text WHERE alert_text MATCH ?)"
    parameters: list[Any] = [match_expression(text)]
    if store.value("SELECT 1 FROM unindexed"):
        joined = " || ' ' || ".join(COLUMNS)
        likes = " AND ".join([f"({joined}) LIKE ? ESCAPE '\\'"] * len(text.split()))
        sql += (
            " UNION SELECT key FROM alert_row JOIN unindexed ON alert_row.id BETWEEN unindexed.first AND unindexed.last"
            f" WHERE {likes}"
        )
        for word in text.split():
            escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            parameters.append(f"%{escaped}%")
    return sql, parameters


def prepare(store: Store) -> None:
    """Let the index gather 64 MB in memory before it writes: fewer, larger segments to merge."""
    store.execute("INSERT INTO alert_text(alert_text, rank) VALUES ('hashsize', 67108864)")


def index_all(store: Store, progress: Callable[[int, int], None], slice_rows: int = WHOLE_SLICE) -> int:
    """Index every row that is not yet indexed, a slice a transaction; return how many were.

    Small slices let a responder's act come in between; large ones are faster when nobody waits.
    """
    if not store.value("SELECT 1 FROM unindexed"):
        return 0
    with store.write():
        prepare(store)
    total = store.value("SELECT ifnull(sum(last - first + 1), 0) FROM unindexed")
    done = 0
    while True:
        span = store.row("SELECT first, last FROM unindexed ORDER BY first LIMIT 1")
        if span is None:
            return done
        first, last = span
        upto = min(last, first + slice_rows - 1)
        with store.write():
            index_span(store, first, upto)
            store.execute("DELETE FROM unindexed WHERE first = ?", (first,))
            if upto < last:
                store.execute("INSERT INTO unindexed(first, last) VALUES (?, ?)", (upto + 1, last))
        done += upto - first + 1
        progress(done, total)


def index_span(store: Store, first: int, last: int) -> None:
    """Put a run of rows into the index."""
    names = ", ".join(COLUMNS)
    store.execute(
        f"INSERT INTO alert_text(rowid, {names}) SELECT id, {names} FROM alert_row WHERE id BETWEEN ? AND ?",
        (first, last),
    )


def forget_span(store: Store, first: int, last: int) -> None:
    """Note that a run of rows is gone before it was ever indexed."""
    store.execute("DELETE FROM unindexed WHERE first >= ? AND last <= ?", (first, last))
