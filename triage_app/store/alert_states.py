"""The columns of alerts that hold what was decided, brought in line with the decisions, the links and the folds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from triage_app.store import alert_folds
from triage_app.store.alerts import LINKED, NEW, SHOWN_STATES, STATES
from triage_app.store.connection import Store

_MANY: Final = 2_000
"Alerts at a time."

_NUMBERS: Final = {STATES[place]: place for place in SHOWN_STATES}
_WORDS: Final = " ".join(f"WHEN '{STATES[place]}' THEN {place}" for place in SHOWN_STATES)

# The severity of the row that is shown, out of an index: finding the row itself would decrypt a page for each alert.
_REFRESHED: Final = f"""
UPDATE alert SET state = s.state, incidents = s.linked, severity = s.severity
FROM (SELECT id, linked, severity,
    CASE WHEN linked > 0 THEN {LINKED} ELSE CASE word {_WORDS} ELSE {NEW} END END AS state
  FROM (SELECT a.id,
    (SELECT count(*) FROM alert_link AS l LEFT JOIN incident AS i ON i.id = l.incident
     WHERE l.key = a.key AND l.deleted = 0 AND ifnull(i.deleted, 0) = 0) AS linked,
    (SELECT d.state FROM alert_decision AS d WHERE d.key = a.key) AS word,
    ifnull((SELECT CAST(c.value AS INTEGER) FROM alert_correction AS c WHERE c.key = a.key AND c.field = 'severity'),
      (SELECT r.severity FROM evidence_row AS r {{shown}})) AS severity
    FROM alert AS a WHERE a.key IN (SELECT unhex(value) FROM json_each(?)))) AS s
WHERE alert.id = s.id AND (alert.state <> s.state OR alert.incidents <> s.linked OR alert.severity <> s.severity)
"""


_DECIDED: Final = f"""
UPDATE alert SET state = s.state
FROM (SELECT a.id, CASE WHEN a.incidents > 0 THEN {LINKED} ELSE
    CASE (SELECT d.state FROM alert_decision AS d WHERE d.key = a.key) {_WORDS} ELSE {NEW} END END AS state
  FROM alert AS a WHERE a.key IN (SELECT unhex(value) FROM json_each(?))) AS s
WHERE alert.id = s.id AND alert.state <> s.state
"""
_DECIDED_ALIKE: Final = """
UPDATE alert SET state = ? WHERE incidents = 0 AND state <> ? AND key IN (SELECT unhex(value) FROM json_each(?))
"""


def refresh_where_decided(store: Store, names: Iterable[str], state: str | None = None) -> None:
    """Bring the states of alerts (hex keys) in line where only decisions about them changed: no link, no correction.

    ``state`` is what was decided for all of them, where that is known: it need not be looked up for each.
    """
    wanted = list(names)
    if state is None:
        store.execute(_DECIDED, (json.dumps(wanted),))
    else:
        number = _NUMBERS.get(state, NEW)
        store.execute(_DECIDED_ALIKE, (number, number, json.dumps(wanted)))
    if alert_folds.is_any(store) and (folded := alert_folds.groups(store).keys() & set(map(bytes.fromhex, wanted))):
        refresh(store, folded)


def refresh(store: Store, keys: Iterable[bytes]) -> None:
    """Bring the columns of some alerts that hold decisions in line with them: state, incidents, severity."""
    wanted = sorted(alert_folds.whole(store, keys))
    indexed = len(wanted) > 1 and store.value("SELECT 1 FROM sqlite_master WHERE name = 'evidence_row_key'")
    shown = "INDEXED BY evidence_row_key WHERE r.key = a.key AND +r.id = a.newest"
    sql = _REFRESHED.format(shown=shown if indexed else "WHERE r.id = a.newest")
    for start in range(0, len(wanted), _MANY):
        part = json.dumps([key.hex() for key in wanted[start : start + _MANY]])
        store.execute(sql, (part,))
    alert_folds.gather(store, wanted)
