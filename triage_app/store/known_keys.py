"""How many of some matters are here already: what an import would fold into, asked before it is made."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import islice

from triage_app.store.connection import Store

_CHUNK = 500


def known(store: Store, keys: Collection[bytes], step: Callable[[], None] = lambda: None) -> int:
    """Return how many of these keys are those of an alert or of a record of another kind.

    ``step`` is called now and then; what it raises ends the count.
    """
    found = 0
    for part in _chunks(keys):
        step()
        marks = ",".join("?" * len(part))
        found += store.value(
            f"SELECT count(*) FROM (SELECT key FROM alert WHERE key IN ({marks})"
            f" UNION SELECT key FROM record WHERE key IN ({marks}))",
            [*part, *part],
        )
    return found


def _chunks(keys: Collection[bytes]) -> Iterator[list[bytes]]:
    walking = iter(keys)
    while part := list(islice(walking, _CHUNK)):
        yield part
