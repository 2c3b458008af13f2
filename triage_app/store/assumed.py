"""What an alert says that its source did not: the organisation that was given to all rows of its file."""

from __future__ import annotations

from typing import Any, Final

from triage_app.store.connection import Store
from triage_app.store.source_records import source_record

OWN: Final = "own"
FILE: Final = "file"

_MOST_NODES: Final = 20_000


def organisation(store: Store, alert: dict[str, Any]) -> str:
    """Return whose the organisation of one of ``alerts.rows`` is if nobody named it: ``OWN`` or ``FILE``, else "".

    ``OWN`` is that of this laptop, ``FILE`` another one that was said of the whole file. A row whose record holds the
    code word for word has named it itself.
    """
    code = alert["organisation"]
    if not code or "organisation" in alert["corrected"]:
        return ""
    given = store.rows(
        "SELECT i.organisation FROM import AS i JOIN import_range AS g ON g.import = i.id"
        " WHERE ?1 BETWEEN g.first AND g.last AND i.state <> 'loading'"
        " UNION SELECT i.organisation FROM import AS i JOIN import_repeat AS p ON p.import = i.id"
        " WHERE p.row = ?1 AND i.state <> 'loading'",
        (alert["newest"],),
    )
    if all(each != code for (each,) in given):
        return ""
    record = source_record(store, alert["newest"])
    if record is None or _holds(record, code):
        return ""
    return OWN if code == store.meta("organisation") else FILE


def _holds(record: dict[str, Any], code: str) -> bool:
    """Tell whether a value of a record is a code, and nothing but that."""
    nodes: list[Any] = [record]
    for _ in range(_MOST_NODES):
        if not nodes:
            return False
        node = nodes.pop()
        if isinstance(node, dict):
            nodes.extend(node.values())
        elif isinstance(node, list):
            nodes.extend(node)
        elif isinstance(node, str) and node.strip() == code:
            return True
    return True  # too large to tell: then nothing is claimed of it
