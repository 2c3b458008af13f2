"""Full text over the evidence: the search index and the indicator index are one.

The index is filled after a load. Until then its rows are scanned, so that an unfinished index never
answers "no hits".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from triage_app.domain.indicators import canonical_domain
from triage_app.domain.search_words import JOINING, MAX_WORD, MAX_WORDS, Word, is_token, read_words, tokens
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
_MERGING: Final = 4
"Segments that the index merges into one when so many have gathered: what FTS5 does unless told otherwise."

MAX_TOKENS: Final = 256
"Tokens of one search."

_JOINED: Final = " || ' ' || ".join(COLUMNS)

_DEFANGED: Final = (".]", ".)", ".}", "dot")
"""One of these stands in every text in which a defanged dot joins what the index takes for separate tokens."""

_BEFORE_THE_END: Final = (":", "]", ")", "}")
"""One of these stands before an IPv4 address that is the end of an IPv6 address, defanged or not."""


def match_expression(untrusted_text: str) -> str:
    """Return an FTS5 expression in which every token must occur, "" for none; the last may be unfinished.

    Quoting is ours: each token is a string literal, so that no operator of a responder's or an
    attacker's reaches the query language. A word that is cut short may go on. An address, a hash or a
    CVE is whole or it is another: 1.2.3.4 never finds 1.2.3.45.
    """
    return expression_of(read_words(untrusted_text))


def expression_of(words: list[Word]) -> str:
    """Return the expression of ``match_expression`` for words that were read."""
    found = []
    for place, word in enumerate(words, 1):
        made = tokens(word.text)
        may_go_on = (place == len(words) and word.kind == "plain") or len(word.text) > MAX_WORD
        found += [f'"{token}"' for token in made]
        if may_go_on and made:
            found[-1] += "*"
    return " AND ".join(found[:MAX_TOKENS])


def confirmed_by(words: list[Word], *, scanned: bool) -> tuple[str, list[str]]:
    """Return SQL, with its parameters, that a row passes only if each word stands in it as it was typed.

    The index keeps no positions (they would be half of it), so of words with several tokens it only proposes
    rows. ``scanned`` rows were proposed by nothing: in them a whole indicator must be looked for as such too.
    """
    sql, found = "", []
    for word in words:
        if word.kind == "exact":
            sql += f" AND instr({_JOINED}, ?) > 0"
            found.append(word.text)
        elif word.kind == "address":
            sql += f" AND holds_address({_JOINED}, ?)"
            found.append(word.text)
        elif word.kind == "whole":
            # The index knows no defanging: to it, 5[.]1.2.3.4 holds 1.2.3.4. Only such rows are read again.
            # Nor does it know IPv6: to it, 2001:db8::1.2.3.4 holds 1.2.3.4 as well.
            marks = [] if scanned else list(_DEFANGED)
            if marks and word.text[:1].isdecimal():
                marks += [mark + word.text for mark in _BEFORE_THE_END]
            plain = " AND ".join([f"instr({_JOINED}, ?) = 0"] * len(marks)) or "0"
            sql += f" AND ({plain} OR holds_token({_JOINED}, ?))"
            found += [*marks, word.text.lower()]
        elif word.kind == "plain" and scanned and canonical_domain(word.text):
            sql += f" AND holds_beginning({_JOINED}, ?)"
            found.append(word.text.lower())
        elif len(tokens(word.text)) > 1:
            typed = word.text[:MAX_WORD]
            forms = sorted({typed, json.dumps(typed, ensure_ascii=False)[1:-1]})  # as a column and ``rest`` write it
            sql += " AND (" + " OR ".join([f"({_JOINED}) LIKE ? ESCAPE '\\'"] * len(forms)) + ")"
            found += [f"%{''.join(_letter(c) if is_token(c) else '_' for c in _trimmed(form))}%" for form in forms]
    return sql, found


def _trimmed(text: str) -> str:
    """Return a text without what stands before its first and after its last token."""
    places = [place for place, character in enumerate(text) if is_token(character)]
    return text[places[0] : places[-1] + 1] if places else ""


def _patterns(words: list[str]) -> list[str]:
    """Return LIKE patterns that together take all that the index would, which splits and folds as LIKE does not."""
    text = " ".join(word[:MAX_WORD] for word in words)
    runs = "".join(c if c.isalnum() or c in JOINING else " " for c in text).split()
    # One pattern a run: many % in one take time without end.
    return [f"%{''.join(map(_letter, run))}%" for run in runs[:MAX_WORDS]]


def _letter(character: str) -> str:
    if character == "_":
        return "\\_"
    return "_" if not character.isascii() and character.lower() != character.upper() else character


def count_matching(store: Store, text: str) -> int:
    """Return how many alerts and records have evidence in which some words occur."""
    sql, parameters = matching_keys(store, text)
    return int(store.value(f"SELECT count(DISTINCT key) FROM ({sql})", parameters) or 0)


def matching_keys(store: Store, text: str) -> tuple[str, list[Any]]:
    """Return a subquery, with its parameters, of the keys of alerts whose rows hold every word."""
    return matching_words(store, read_words(text))


def matching_words(store: Store, words: list[Word], column: str = "key") -> tuple[str, list[Any]]:
    """Return a subquery, with its parameters, of the keys of alerts whose rows hold every one of some words read.

    ``column`` "id" gives the rows themselves.
    """
    if not words:
        return f"SELECT {column} FROM evidence_row", []
    expression = expression_of(words)
    scan, more = of_row(words)
    confirming, parameters = confirmed_by(words, scanned=False)
    return proposed_keys(store, expression, f"1{confirming}", parameters, scan, more, column)


def of_row(words: list[Word]) -> tuple[str, list[Any]]:
    """Return what is true of a row in which every word stands, read in the row alone."""
    patterns = _patterns([word.text for word in words])
    also, more = confirmed_by(words, scanned=True)
    return "1" + f" AND ({_JOINED}) LIKE ? ESCAPE '\\'" * len(patterns) + also, patterns + more


def proposed_keys(
    store: Store,
    expression: str,
    confirming: str,
    parameters: list[Any],
    scan: str,
    more: list[Any],
    column: str = "key",
) -> tuple[str, list[Any]]:
    """Return a subquery, with its parameters, of the keys of rows that the index proposes and some SQL confirms.

    ``scan`` is the SQL, with ``more`` for its parameters, for rows that the index does not hold yet; ``column`` is what
    is returned of each row.
    """
    shown = alerts.shown_only(store, "evidence_row")
    if not expression or not understood(store, expression):
        return f"SELECT {column} FROM evidence_row WHERE {scan}{shown}", more
    matching = "SELECT rowid FROM evidence_text WHERE evidence_text MATCH ?"
    sql = f"SELECT {column} FROM evidence_row WHERE id IN ({matching}) AND {confirming}{shown}"
    if column == "id" and confirming == "1" and not shown:
        sql = matching  # what needs no confirming need not be read
    found = [expression, *parameters]
    if store.value("SELECT 1 FROM unindexed"):
        sql += (
            f" UNION SELECT {column} FROM evidence_row"
            " JOIN unindexed ON evidence_row.id BETWEEN unindexed.first AND unindexed.last"
            f" WHERE {scan}{shown}"
        )
        found += more
    return sql, found


def is_common(store: Store, expression: str, many: int) -> bool:
    """Tell whether the index proposes more than so many rows; asking costs as little as reading so many numbers."""
    if not expression or not understood(store, expression):
        return True
    sql = "SELECT count(*) FROM (SELECT rowid FROM evidence_text WHERE evidence_text MATCH ? LIMIT ?)"
    return int(store.value(sql, (expression, many + 1))) > many


def understood(store: Store, expression: str) -> bool:
    """Tell whether the index splits each token as we do; its tables of letters are older than Python's."""
    try:
        store.value("SELECT rowid FROM evidence_text WHERE evidence_text MATCH ? LIMIT 1", (expression,))
    except DriverError:
        return False
    return True


def prepare(store: Store, slice_rows: int) -> None:
    """Make the index ready for slices of so many rows.

    It gathers 64 MB in memory before it writes, for fewer and larger segments. Large slices are not merged while
    they go in: that would write all of it twice, and a search asks a dozen segments as fast as four.
    """
    store.execute("INSERT INTO evidence_text(evidence_text, rank) VALUES ('hashsize', 67108864)")
    merging = 0 if slice_rows >= WHOLE_SLICE else _MERGING
    store.execute("INSERT INTO evidence_text(evidence_text, rank) VALUES ('automerge', ?)", (merging,))


def index_all(store: Store, progress: Callable[[int, int], None], slice_rows: int = WHOLE_SLICE) -> int:
    """Index every row that is not yet indexed, a slice a transaction; return how many were.

    Small slices let a responder's act come in between; large ones are faster when nobody waits.
    """
    if not store.value("SELECT 1 FROM unindexed"):
        return 0
    total = store.value("SELECT ifnull(sum(last - first + 1), 0) FROM unindexed")
    with store.write():
        prepare(store, min(total, slice_rows))
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


def indexed(store: Store, rows: Sequence[int]) -> list[int]:
    """Return those of some rows that are in the index."""
    waiting = store.rows("SELECT first, last FROM unindexed ORDER BY first")
    waits = set(alerts.within(waiting, sorted(rows)))
    return [row for row in rows if row not in waits]


def take_out(store: Store, rows: Sequence[int]) -> None:
    """Take indexed rows out of the index, before they change: it is told what they say now."""
    names = ", ".join(COLUMNS)
    store.execute(
        f"INSERT INTO evidence_text(evidence_text, rowid, {names})"
        f" SELECT 'delete', id, {names} FROM evidence_row WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(list(rows)),),
    )


def put_in(store: Store, rows: Sequence[int]) -> None:
    """Put single rows into the index."""
    names = ", ".join(COLUMNS)
    store.execute(
        f"INSERT INTO evidence_text(rowid, {names}) SELECT id, {names} FROM evidence_row"
        " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (json.dumps(list(rows)),),
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
