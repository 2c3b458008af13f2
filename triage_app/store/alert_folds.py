"""Alerts folded by hand: shown as one, with the sum of what each was seen; each stays what it is underneath.

Of the alerts that links hold together, the one with the smallest key here is shown: with the rows of all, the first
and the last time, the worst severity, and the state of whichever is least decided. The others have the state
"folded", so that no list shows them, and nothing of them is lost: evidence, decisions, notes and links stay theirs.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain import folds
from triage_app.store import alerts
from triage_app.store.connection import Store

LOOKED_AT: Final = 1_000
"""Rows, the newest, that are compared to say what is the same in all of them."""

COMPARED: Final = ("title", "category", "host", "user", "src", "dst", "url", "organisation")

_LISTED = "SELECT unhex(value) FROM json_each(?)"


@dataclass(frozen=True)
class Link:
    """That somebody folded two alerts, by their keys in hex."""

    one: str
    other: str
    because: str
    at: int | None
    "Milliseconds since 1970 UTC."
    by: str
    "Id of the responder."


def is_any(store: Store) -> bool:
    """Tell whether anything is folded by hand."""
    return bool(store.value("SELECT 1 FROM alert_fold WHERE deleted = 0 LIMIT 1"))


def groups(store: Store) -> dict[bytes, frozenset[bytes]]:
    """Return by key all that is folded with it, itself among them; whether or not each is here."""
    return folds.groups((bytes(a), bytes(b)) for a, b in store.rows("SELECT a, b FROM alert_fold WHERE deleted = 0"))


def whole(store: Store, keys: Iterable[bytes]) -> set[bytes]:
    """Return some keys with all that are folded with them."""
    found = set(keys)
    if not is_any(store):
        return found
    known = groups(store)
    for key in list(found):
        found |= known.get(key, frozenset())
    return found


def parts(store: Store, key: str) -> list[str]:
    """Return the alerts (hex keys) that are shown under one, itself not among them; none for most."""
    return [
        row[0] for row in store.rows("SELECT lower(hex(key)) FROM alert_part WHERE shown = unhex(?) ORDER BY 1", (key,))
    ]


def shown_under(store: Store, key: str) -> str:
    """Return under which alert (hex key) one is shown, "" where it is shown itself."""
    return str(store.value("SELECT lower(hex(shown)) FROM alert_part WHERE key = unhex(?)", (key,)) or "")


def brought(store: Store, first: int, last: int) -> set[bytes]:
    """Return the alerts folded by hand, and those here with them, of which a run of rows holds some."""
    if not is_any(store):
        return set()
    known = groups(store)
    sql = f"SELECT DISTINCT key FROM evidence_row WHERE key IN ({_LISTED}) AND id BETWEEN ? AND ?"
    listed = json.dumps([key.hex() for key in known])
    return whole(store, (bytes(row[0]) for row in store.rows(sql, (listed, first, last))))


def with_parts(store: Store, keys: Sequence[str]) -> list[str]:
    """Return some alerts (hex keys) in their order, each followed by those that are shown under it."""
    if not store.value("SELECT 1 FROM alert_part LIMIT 1"):
        return list(keys)
    return list(dict.fromkeys(name for key in keys for name in (key, *parts(store, key))))


def acted_on(store: Store, keys: Sequence[str]) -> list[str]:
    """Return on which alerts (hex keys) a decision about some is written: on what is folded into each as well.

    What somebody has settled already (dismissed, or put into an incident) stays so where others are still open.
    """
    if not store.value("SELECT 1 FROM alert_part LIMIT 1"):
        return list(keys)
    found: dict[str, None] = {}
    for key in keys:
        members = [key, *parts(store, key)]
        listed = json.dumps(members)
        settled = {
            row[0]
            for row in store.rows(
                f"SELECT lower(hex(key)) FROM alert_decision WHERE state = 'dismissed' AND key IN ({_LISTED})"
                f" UNION SELECT lower(hex(key)) FROM alert_link WHERE deleted = 0 AND key IN ({_LISTED})",
                (listed, listed),
            )
        }
        found |= dict.fromkeys([name for name in members if name not in settled] or members)
    return list(found)


def links_among(store: Store, keys: Collection[str]) -> list[Link]:
    """Return the links that stand between some alerts, in the order in which they were made."""
    wanted = json.dumps(sorted(keys))
    return [
        Link(*row)
        for row in store.rows(
            "SELECT lower(hex(a)), lower(hex(b)), because, created_at, created_by FROM alert_fold WHERE deleted = 0"
            f" AND a IN ({_LISTED}) AND b IN ({_LISTED}) ORDER BY created_at, id",
            (wanted, wanted),
        )
    ]


def follow(store: Store, links: Iterable[str]) -> None:
    """Show some alerts folded, or apart again, after links between them (by id) were made or taken away."""
    ends = {key for link in links for key in folds.ends_of(link) or ()}
    if not ends:
        return
    touched = whole(store, ends)
    _apart(store, touched)
    from triage_app.store import alert_states

    alert_states.refresh(store, touched)


def gather(store: Store, keys: Iterable[bytes]) -> None:
    """Show as one what is folded with some alerts, once all of those stand as they would alone (``whole``)."""
    if not is_any(store):
        return
    known = groups(store)
    for group in {known[key] for key in keys if key in known}:
        _gather(store, group)


def _apart(store: Store, keys: Collection[bytes]) -> None:
    """Give alerts the counts and times of their own rows."""
    listed = json.dumps([key.hex() for key in sorted(keys)])
    store.execute(f"DELETE FROM alert_part WHERE key IN ({_LISTED})", (listed,))
    store.execute(
        "UPDATE alert SET rows = s.rows, first_seen = s.first, last_seen = s.last FROM ("
        "SELECT key, count(*) AS rows, min(seen_at) AS first, max(seen_at) AS last FROM evidence_row"
        f" WHERE key IN ({_LISTED}) AND kind = 0{alerts.shown_only(store, 'evidence_row')} GROUP BY key) AS s"
        " WHERE alert.key = s.key",
        (listed,),
    )


def _gather(store: Store, group: Collection[bytes]) -> None:
    _apart(store, group)
    listed = json.dumps([key.hex() for key in group])
    here = store.rows(
        "SELECT a.key, a.rows, a.first_seen, a.last_seen, a.severity, a.state, d.until FROM alert AS a"
        f" LEFT JOIN alert_decision AS d ON d.key = a.key WHERE a.key IN ({_LISTED}) ORDER BY a.key",
        (listed,),
    )
    if len(here) < 2:
        return
    shown, *others = [bytes(row[0]) for row in here]
    known = [[value for value in values if value is not None] for values in zip(*here, strict=True)]
    store.execute(
        "UPDATE alert SET rows = ?, first_seen = ?, last_seen = ?, severity = ?, state = ?, incidents ="
        " (SELECT count(DISTINCT l.incident) FROM alert_link AS l LEFT JOIN incident AS i ON i.id = l.incident"
        f" WHERE l.key IN ({_LISTED}) AND l.deleted = 0 AND ifnull(i.deleted, 0) = 0) WHERE key = ?",
        (
            sum(known[1]), min(known[2], default=None), max(known[3], default=None), max(known[4]),
            _state([(row[5], row[6]) for row in here]), listed, shown,
        ),
    )  # fmt: skip
    store.executemany("UPDATE alert SET state = ? WHERE key = ?", ((alerts.FOLDED, key) for key in others))
    store.executemany("INSERT INTO alert_part(key, shown) VALUES (?, ?)", ((key, shown) for key in others))


def _state(decided: Sequence[tuple[int, int | None]]) -> int:
    """Return the state of what is shown: of whichever is least decided, so that folding never hides work to do.

    The shown alert's own decision comes first, and says until when it rests: where another wakes earlier, it is new.
    """
    least = min(state for state, _ in decided)
    if least != alerts.SNOOZED:
        return least
    first, until = decided[0]
    earlier = any(state == least and (other or 0) < (until or 0) for state, other in decided)
    return alerts.NEW if first != least or earlier else least


def lay_over(store: Store, found: Mapping[int, dict[str, Any]]) -> None:
    """Note in rows of ``alerts.rows`` what is folded: ``parts`` under each, and ``folded_into`` (hex key, "")."""
    for row in found.values():
        row["parts"], row["folded_into"] = 0, ""
    if not found or not store.value("SELECT 1 FROM alert_part LIMIT 1"):
        return
    listed = json.dumps([row["key"] for row in found.values()])
    counts = dict(
        store.rows(
            f"SELECT lower(hex(shown)), count(*) FROM alert_part WHERE shown IN ({_LISTED}) GROUP BY shown", (listed,)
        )
    )
    under = dict(
        store.rows(f"SELECT lower(hex(key)), lower(hex(shown)) FROM alert_part WHERE key IN ({_LISTED})", (listed,))
    )
    for row in found.values():
        row["parts"], row["folded_into"] = counts.get(row["key"], 0), under.get(row["key"], "")
        if row["parts"]:
            row["severity"] = row["graded"]


def incidents_by_part(store: Store, keys: Sequence[str]) -> dict[str, set[str]]:
    """Return by alert (hex key) the ids of the incidents that it is linked to; those of none are left out."""
    found: dict[str, set[str]] = defaultdict(set)
    for key, incident in store.rows(
        "SELECT lower(hex(l.key)), l.incident FROM alert_link AS l LEFT JOIN incident AS i ON i.id = l.incident"
        f" WHERE l.key IN ({_LISTED}) AND l.deleted = 0 AND ifnull(i.deleted, 0) = 0",
        (json.dumps(list(keys)),),
    ):
        found[key].add(incident)
    return dict(found)


def alike(store: Store, key: str) -> tuple[int, int, tuple[str, ...]]:
    """Return how many rows an alert (hex key) has itself, how many were looked at, and what is the same in those.

    Fields of ``COMPARED`` that have one value there, and not an empty one.
    """
    visible = alerts.shown_only(store, "evidence_row")
    rows = int(store.value(f"SELECT count(*) FROM evidence_row WHERE key = unhex(?) AND kind = 0{visible}", (key,)))
    columns = ", ".join(f"min({name}) = max({name}) AND min({name}) <> ''" for name in COMPARED)
    looked_at, *same = store.rows(
        f"SELECT count(*), {columns} FROM (SELECT * FROM evidence_row WHERE key = unhex(?) AND kind = 0{visible}"
        " ORDER BY seen_at DESC LIMIT ?)",
        (key, LOOKED_AT),
    )[0]
    return rows, looked_at, tuple(name for name, is_same in zip(COMPARED, same, strict=True) if is_same)


def own_state(store: Store, key: str) -> str:
    """Return the word for what was decided about an alert (hex key) itself, whatever it is folded with."""
    if store.value("SELECT 1 FROM alert_link WHERE key = unhex(?) AND deleted = 0 LIMIT 1", (key,)):
        return alerts.STATES[alerts.LINKED]
    return str(
        store.value("SELECT state FROM alert_decision WHERE key = unhex(?)", (key,)) or alerts.STATES[alerts.NEW]
    )
