"""Plain lists for other tools: CSV that no spreadsheet will run, and JSON lines."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any, Final

from triage_app.domain import tlp
from triage_app.errors import BadInput
from triage_app.language import in_english, say
from triage_app.paths import write_whole
from triage_app.services import presenting, set_by_it
from triage_app.services.access import note_access
from triage_app.services.lists import cell
from triage_app.services.session import Session
from triage_app.store import labels, lookup

_COLUMNS: Final = (
    "ref", "title", "status", "severity", "rsit", "category", "tlp", "campaign", "created_at", "alerts", "victims",
)  # fmt: skip
_RISKY: Final = "=+-@\t\r\n\0＝＋－＠"  # noqa: RUF001 - full-width signs run as formulas too


@in_english
def export_plain(session: Session, kind: str, path: Path, maximum: str = "") -> dict[str, Any]:
    """Write the incidents that a label allows as ``csv`` or ``jsonl``; nothing of victims goes along.

    Raises ``BadInput`` for another kind.
    """
    store = session.store
    limit = _limit(maximum)
    rows = [
        presenting.record("incident", row)
        for row in lookup.listing(store, "incident")
        if tlp.allows(limit, labels.of_incident(store, row["id"]))
    ]
    if kind == "jsonl":
        data = "".join(json.dumps({name: row[name] for name in _COLUMNS}, ensure_ascii=False) + "\n" for row in rows)
    elif kind == "csv":
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\r\n")
        writer.writerow(_COLUMNS)
        for row in rows:
            writer.writerow([harmless(cell(row[name])) for name in _COLUMNS])
        data = buffer.getvalue()
    else:
        raise BadInput(
            say("“{0}” is no form of export here.", kind), "Use csv or jsonl, or leave --as out for a bundle."
        )
    write_whole(session.profile.refuse_own(path), data.encode("utf-8"))
    note_access(session, "export", "plain", "", {"kind": kind, "incidents": len(rows)})
    return {"paths": [str(path)], "incidents": len(rows)}


def _limit(maximum: str) -> str:
    """Return the highest label that goes along. Raises ``SetByIT`` for one above what the IT department allows."""
    highest = set_by_it.ceiling()
    if not maximum:
        return min(tlp.AMBER_STRICT, highest or tlp.AMBER_STRICT, key=tlp.rank)
    asked = tlp.read_label(maximum)
    if highest and not tlp.allows(highest, asked):
        raise set_by_it.refusal(
            say("Your IT department lets nothing above {0} be exported, and this asks for {1}.", highest, asked)
        )
    return asked


def harmless(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula (OWASP ASVS 5.0, 1.2.10): an apostrophe goes before."""
    stripped = text.lstrip(" \ufeff\u200b\u200c\u200d\u2060")
    return "'" + text if stripped[:1] and stripped[0] in _RISKY else text
