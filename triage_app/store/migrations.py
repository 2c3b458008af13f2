"""The steps that bring a store to today's shape. They are only ever added to.

Each step is plain SQL that imports nothing of the domain: history must not change when the domain
does. The first one makes the whole shape; once there is a second, its SQL is frozen here.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from triage_app.store import driver
from triage_app.store.schema import ALERT_INDEXES, EVIDENCE_INDEXES, PROJECTION, TRUTH, statements

migrations = Migrations(driver.MIGRATION_SET)


@migrations()
def m001_journal_evidence_projections(db: Database) -> None:
    """Make the journal, the evidence and their projections."""
    for script in (TRUTH, PROJECTION):
        for statement in statements(script):
            db.conn.execute(statement)
    for statement in (*EVIDENCE_INDEXES, *ALERT_INDEXES):
        db.conn.execute(statement)
