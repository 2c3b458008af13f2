"""Full text over the evidence: the search index and the indicator index are one.

The index is filled after a load. Until then its rows are scanned, so that an unfinished index never
answers "no hits".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from triage_app.store import alerts
from triage_app.store.connection import Store
from triage_app.store.driver import DriverError

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
    "rest",
    "value",
)

WHOLE_SLICE: Final = 100_000
"Rows a transaction when nothing else waits for the store."
SMALL_SLICE: Final = 10_000
"Rows a transaction beside an open window: about a tenth of a second."


MAX_WORDS: Final = 64
MAX_WORD: Final = 500
"What is looked for is cut to this: SQLite refuses expressions and patterns without end."

_JOINING: Final = ".-_@"
"Characters that the index keeps inside a word (``tokenchars`` in the migration), beside letters and digits."


def _words(untrusted_text: str) -> list[str]:
    """Return what to look for: words with something in them that the index knows, as many and as long as it takes."""
    words = untrusted_text.replace("\0", " ").split()
    return [word for word in words if any(c.isalnum() or c in _JOINING for c in word[:MAX_WORD])][:MAX_WORDS]


def match_expression(untrusted_text: str) -> str:
    """Return an FTS5 expression in which every word must occur, "" for none; the last may be unfinished.

    Quoting is ours: each word is a string literal, so that no operator of a responder's or an
    attacker's reaches the query language. A word that is cut short may go on.
    """
    words = _words(untrusted_text)
    found = []
    for place, word in enumerate(words, 1):
        literal = '"' + word[:MAX_WORD].replace('"', '""') + '"'
        found.append(literal + "*" if place == len(words) or len(word) > MAX_WORD else literal)
    return " AND ".join(found)


def _patterns(words: list[str]) -> list[str]:
    """Return LIKE patterns that together take all that the index would, which splits and folds as LIKE does not."""
    text = " ".join(word[:MAX_WORD] for word in words)
    runs = "".join(c if c.isalnum() or c in _JOINING else " " for c in text).split()
    # One pattern a run: many % in one take time without end.
    return [f"%{''.join(map(_letter, run))}%" for run in runs[:MAX_WORDS]]


def _letter(character: str) -> str:
    if character == "_":
        return "\\_"
    return "_" if not character.isascii() and character.lower() != character.upper() else character


def matching_keys(store: Store, text: str) -> tuple[str, list[Any]]:
    """Return a subquery, with its parameters, of the keys of alerts whose rows hold every word."""
    words = _words(text)
    if not words:
        return "SELECT key FROM alert UNION ALL SELECT key FROM record", []
    shown = alerts.shown_only(store, "evidence_row")
    sql = (
        f"SELECT key FROM evidence_row WHERE id IN (SELECT rowid FROM evidence_text WHERE evidence_text MATCH ?){shown}"
    )
    parameters: list[Any] = [match_expression(text)]
    if store.value("SELECT 1 FROM unindexed"):
        joined = " || ' ' || ".join(COLUMNS)
        patterns = _patterns(words)
        likes = " AND ".join([f"({joined}) LIKE ? ESCAPE '\\'"] * len(patterns))
        sql += (
            " UNION SELECT key FROM evidence_row"
            " JOIN unindexed ON evidence_row.id BETWEEN unindexed.first AND unindexed.last"
            f" WHERE {likes}{shown}"
        )
        parameters += patterns
    return sql, parameters


def prepare(store: Store) -> None:
    """Let the index gather 64 MB in memory before it writes: fewer, larger segments to merge."""
    store.execute("INSERT INTO evidence_text(evidence_text, rank) VALUES ('hashsize', 67108864)")


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
        f"INSERT INTO evidence_text(rowid, {names}) SELECT id, {names} FROM evidence_row WHERE id BETWEEN ? AND ?",
        (first, last),
    )


def forget_span(store: Store, first: int, last: int) -> None:
    """Note that a run of rows is gone before it was ever indexed."""
    store.execute("DELETE FROM unindexed WHERE first >= ? AND last <= ?", (first, last))


def is_whole(store: Store) -> bool:
    """Whether the index holds every row that is not noted as waiting for it, and what those rows say."""
    missed = store.value(
        "SELECT 1 FROM evidence_row AS r WHERE NOT EXISTS (SELECT 1 FROM evidence_text_docsize AS d WHERE d.id = r.id)"
        " AND NOT EXISTS (SELECT 1 FROM unindexed AS u WHERE r.id BETWEEN u.first AND u.last) LIMIT 1"
    )
    # Compared with the rows only when all are in: a row yet to come would count as damage.
    waiting = store.value("SELECT 1 FROM unindexed")
    command = "INSERT INTO evidence_text(evidence_text, rank) VALUES ('integrity-check', ?)"
    try:
        store.connection.execute(command, (0 if waiting else 1,))
    except DriverError:
        return False
    return not missed
