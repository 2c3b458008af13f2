"""Older stores become today's: the same tables, the same columns, nothing lost on the way."""

from __future__ import annotations

import re
import sqlite3

from sqlite_utils import Database

from triage_app.store import migrations, schema


def shape(connection: sqlite3.Connection) -> dict[str, tuple[object, ...]]:
    """Return each table's columns and each index's columns; comments and the order of writing do not matter."""
    found: dict[str, tuple[object, ...]] = {}
    for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"):
        if name.startswith(("_sqlite", "sqlite_")):
            continue
        if kind == "table" and "VIRTUAL" not in sql:
            found[name] = tuple(connection.execute(f"PRAGMA table_info({name})"))
        elif kind == "index":
            where = re.search(r"WHERE .*", sql)
            columns = tuple(connection.execute(f"PRAGMA index_xinfo({name})"))
            found[name] = (*(column[2:5] for column in columns), where[0] if where else "")
        else:
            found[name] = (" ".join(sql.split()),)
    return found


def made_today() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    for script in (schema.TRUTH, schema.PROJECTION):
        for statement in schema.statements(script):
            connection.execute(statement)
    for statement in (*schema.EVIDENCE_INDEXES, *schema.ALERT_INDEXES, *schema.RECORD_INDEXES):
        connection.execute(statement)
    return connection


def migrated(*steps: str) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    for step in steps:
        getattr(migrations, step)(Database(connection))
    return connection


def test_the_steps_lead_to_the_shape_that_is_written_down() -> None:
    assert shape(migrated(*schema.MIGRATIONS)) == shape(made_today())


def test_evidence_of_the_first_release_stays_and_waits_for_its_index() -> None:
    connection = migrated("m001_journal_evidence_projections")
    connection.execute("INSERT INTO layout(json) VALUES ('{}')")
    connection.execute(
        "INSERT INTO alert_row(evidence_id, key, layout, severity, severity_raw, severity_rule, title, reference,"
        " category, host, user, src, dst, url, hash, detail, organisation, rsit, tlp, rest, tokens)"
        " VALUES (x'01', x'02', 1, 50, '', '', 'Beacon', '', '', '', '', '', '', '', '', '', '', '', '', '{}', '')"
    )
    migrations.m002_kinds_of_evidence(Database(connection))
    assert connection.execute("SELECT title, kind, value, until_at, score FROM evidence_row").fetchall() == [
        ("Beacon", 0, "", None, None)
    ]
    assert connection.execute("SELECT first, last FROM unindexed").fetchall() == [(1, 1)]


def test_an_older_store_gets_a_place_for_refused_files() -> None:
    connection = migrated("m001_journal_evidence_projections", "m002_kinds_of_evidence")
    migrations.m003_refused_files(Database(connection))
    assert connection.execute("SELECT count(*) FROM refusal").fetchall() == [(0,)]


def test_an_older_store_gets_a_place_for_its_clocks() -> None:
    connection = migrated("m001_journal_evidence_projections", "m002_kinds_of_evidence", "m003_refused_files")
    migrations.m005_clocks(Database(connection))
    for table in ("clock", "clock_step", "pause", "clock_switch"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchall() == [(0,)]


def test_an_older_store_gets_a_place_for_affected_things() -> None:
    connection = migrated("m001_journal_evidence_projections", "m002_kinds_of_evidence", "m003_refused_files")
    migrations.m006_affected(Database(connection))
    connection.execute("INSERT INTO affected(id) VALUES ('x')")
    assert connection.execute("SELECT state, used_in_care, priority, deleted FROM affected").fetchall() == [
        ("suspected", "not known", None, 0)
    ]
