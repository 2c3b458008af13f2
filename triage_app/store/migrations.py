"""The steps that bring a store to today's shape. They are only ever added to.

Each step is plain SQL that imports nothing of the domain: history must not change when the domain
does. What they lead to is written down in ``schema``, and a test holds the two together.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from triage_app.store import driver, first_shape
from triage_app.store.schema import statements

migrations = Migrations(driver.MIGRATION_SET)


@migrations()
def m001_journal_evidence_projections(db: Database) -> None:
    """Make the journal, the evidence and their projections."""
    for script in (first_shape.TRUTH, first_shape.PROJECTION):
        for statement in statements(script):
            db.conn.execute(statement)
    for statement in (*first_shape.EVIDENCE_INDEXES, *first_shape.ALERT_INDEXES):
        db.conn.execute(statement)


_KINDS = """
ALTER TABLE alert_row RENAME TO evidence_row;
ALTER TABLE evidence_row ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;
ALTER TABLE evidence_row ADD COLUMN value TEXT NOT NULL DEFAULT '';
ALTER TABLE evidence_row ADD COLUMN until_at INTEGER;
ALTER TABLE evidence_row ADD COLUMN score REAL;
ALTER TABLE import ADD COLUMN summary TEXT NOT NULL DEFAULT '{}';
DROP INDEX alert_row_evidence;
DROP INDEX alert_row_key;
CREATE UNIQUE INDEX evidence_row_id ON evidence_row(evidence_id);
CREATE INDEX evidence_row_key ON evidence_row(key, seen_at, severity, kind);
CREATE INDEX evidence_row_value ON evidence_row(value) WHERE kind > 0;
CREATE TABLE record(
  id INTEGER PRIMARY KEY,
  key BLOB NOT NULL,
  kind INTEGER NOT NULL,
  newest INTEGER NOT NULL,
  rows INTEGER NOT NULL,
  first_seen INTEGER, last_seen INTEGER,
  severity INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX record_key ON record(key);
CREATE INDEX record_list ON record(kind, last_seen DESC, id);
CREATE TABLE alert_correction(key BLOB, field TEXT, value TEXT NOT NULL, because TEXT NOT NULL DEFAULT '',
  by TEXT NOT NULL DEFAULT '', at INTEGER, PRIMARY KEY(key, field)) STRICT, WITHOUT ROWID;
DROP TABLE alert_text;
CREATE VIRTUAL TABLE evidence_text USING fts5(
  title, reference, category, host, user, src, dst, url, hash, detail, organisation, tokens, rest, value,
  content='evidence_row', content_rowid='id', detail=none,
  tokenize="unicode61 remove_diacritics 0 tokenchars '.-_@'");
DELETE FROM unindexed;
INSERT INTO unindexed SELECT min(id), max(id) FROM evidence_row HAVING count(*) > 0;
"""


@migrations()
def m002_kinds_of_evidence(db: Database) -> None:
    """Let evidence be more than alerts; the search index is made anew in the background."""
    for statement in statements(_KINDS):
        db.conn.execute(statement)


_REFUSED = """
CREATE TABLE refusal(id INTEGER PRIMARY KEY, name TEXT NOT NULL, keyed_hash TEXT NOT NULL, at INTEGER NOT NULL,
  what TEXT NOT NULL, advice TEXT NOT NULL) STRICT;
"""


@migrations()
def m003_refused_files(db: Database) -> None:
    """Keep why files were refused."""
    for statement in statements(_REFUSED):
        db.conn.execute(statement)


_READINGS = """
ALTER TABLE import_repeat ADD COLUMN reading INTEGER NOT NULL DEFAULT 0;
CREATE TABLE reading(row INTEGER, n INTEGER, key BLOB, json TEXT NOT NULL, PRIMARY KEY(row, n)) STRICT, WITHOUT ROWID;
CREATE INDEX reading_key ON reading(key) WHERE key IS NOT NULL;
CREATE TABLE reading_proof(import INTEGER, place INTEGER, path TEXT NOT NULL, PRIMARY KEY(import, place)) STRICT,
  WITHOUT ROWID;
UPDATE import_repeat SET reading = -1 WHERE import IN (SELECT id FROM import WHERE state = 'received');
"""


@migrations()
def m004_readings(db: Database) -> None:
    """Keep each reading of a record; what was made of one before is its only one."""
    for statement in statements(_READINGS):
        db.conn.execute(statement)


_CLOCKS = """
CREATE TABLE clock(
  id TEXT PRIMARY KEY, policy TEXT NOT NULL, subject_kind TEXT NOT NULL, subject TEXT NOT NULL,
  organisation TEXT NOT NULL, role TEXT NOT NULL, held INTEGER NOT NULL DEFAULT 0,
  start_at INTEGER, start TEXT, grid TEXT, created_by TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
CREATE INDEX clock_subject ON clock(subject);
CREATE TABLE clock_step(
  id TEXT PRIMARY KEY, clock TEXT NOT NULL, subject TEXT NOT NULL, step TEXT NOT NULL, outcome TEXT NOT NULL DEFAULT '',
  at INTEGER, reference TEXT NOT NULL DEFAULT '', because TEXT NOT NULL DEFAULT '', by TEXT NOT NULL DEFAULT '',
  recorded_by TEXT NOT NULL DEFAULT '', recorded_at INTEGER) STRICT, WITHOUT ROWID;
CREATE INDEX clock_step_subject ON clock_step(subject);
CREATE TABLE pause(
  id TEXT PRIMARY KEY, clock TEXT NOT NULL DEFAULT '', subject TEXT NOT NULL DEFAULT '', from_at INTEGER,
  until_at INTEGER, because TEXT NOT NULL DEFAULT '', created_at INTEGER, created_by TEXT NOT NULL DEFAULT '',
  deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX pause_subject ON pause(subject);
CREATE TABLE clock_switch(
  id TEXT PRIMARY KEY, organisation TEXT NOT NULL, policy TEXT NOT NULL, is_on INTEGER) STRICT, WITHOUT ROWID;
"""


@migrations()
def m005_clocks(db: Database) -> None:
    """Make room for clocks, what became of their steps, their pauses, and what is switched on."""
    for statement in statements(_CLOCKS):
        db.conn.execute(statement)


_AFFECTED = """
CREATE TABLE affected(
  id TEXT PRIMARY KEY, incident TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL DEFAULT '', name TEXT NOT NULL DEFAULT '',
  owner TEXT NOT NULL DEFAULT '', ward TEXT NOT NULL DEFAULT '', priority INTEGER,
  state TEXT NOT NULL DEFAULT 'suspected', because TEXT NOT NULL DEFAULT '',
  used_in_care TEXT NOT NULL DEFAULT 'not known', agreed_by TEXT NOT NULL DEFAULT '',
  fallback TEXT NOT NULL DEFAULT '', comment TEXT NOT NULL DEFAULT '', facts TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER, created_by TEXT NOT NULL DEFAULT '', changed_at INTEGER,
  deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX affected_incident ON affected(incident);
"""


@migrations()
def m006_affected(db: Database) -> None:
    """Make room for the things that an incident affected."""
    for statement in statements(_AFFECTED):
        db.conn.execute(statement)


_LOG_LINES = """
ALTER TABLE note ADD COLUMN ref TEXT NOT NULL DEFAULT '';
ALTER TABLE note ADD COLUMN decision TEXT NOT NULL DEFAULT '';
"""


@migrations()
def m008_log_lines(db: Database) -> None:
    """Number the lines of a log and let one be a decision; lines of before have neither."""
    for statement in statements(_LOG_LINES):
        db.conn.execute(statement)


_TASKS = """
CREATE TABLE task(
  id TEXT PRIMARY KEY, incident TEXT NOT NULL DEFAULT '', ref TEXT NOT NULL DEFAULT '',
  playbook TEXT NOT NULL DEFAULT '', step TEXT NOT NULL DEFAULT '', version TEXT NOT NULL DEFAULT '',
  phase TEXT NOT NULL DEFAULT '', title TEXT NOT NULL DEFAULT '', role TEXT NOT NULL DEFAULT '',
  why TEXT NOT NULL DEFAULT '', clinical INTEGER NOT NULL DEFAULT 0, touches TEXT NOT NULL DEFAULT '',
  place INTEGER NOT NULL DEFAULT 0, owner TEXT NOT NULL DEFAULT '', due_at INTEGER,
  status TEXT NOT NULL DEFAULT 'open', because TEXT NOT NULL DEFAULT '', status_at INTEGER,
  status_by TEXT NOT NULL DEFAULT '', done_at INTEGER, done_by TEXT NOT NULL DEFAULT '',
  comment TEXT NOT NULL DEFAULT '', agreed_by TEXT NOT NULL DEFAULT '', fallback TEXT NOT NULL DEFAULT '',
  facts TEXT NOT NULL DEFAULT '{}', created_at INTEGER, created_by TEXT NOT NULL DEFAULT '', changed_at INTEGER,
  deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX task_incident ON task(incident);
CREATE INDEX task_ref ON task(ref) WHERE ref <> '';
CREATE INDEX task_due ON task(due_at) WHERE deleted = 0 AND status IN ('open', 'doing');
CREATE TABLE event(
  id TEXT PRIMARY KEY, incident TEXT NOT NULL DEFAULT '', what TEXT NOT NULL DEFAULT '', at INTEGER,
  "when" TEXT NOT NULL DEFAULT '{}', lane TEXT NOT NULL DEFAULT '', source TEXT NOT NULL DEFAULT '',
  facts TEXT NOT NULL DEFAULT '{}', created_at INTEGER, created_by TEXT NOT NULL DEFAULT '', changed_at INTEGER,
  deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX event_incident ON event(incident);
"""


@migrations()
def m009_tasks_and_events(db: Database) -> None:
    """Make room for the tasks of an incident, and for events that people enter on its timeline."""
    for statement in statements(_TASKS):
        db.conn.execute(statement)


_ATTACHMENTS = """
CREATE TABLE loading_piece(attachment TEXT, sha256 TEXT NOT NULL, PRIMARY KEY(attachment, sha256)) STRICT,
  WITHOUT ROWID;
CREATE TABLE attachment(
  id TEXT PRIMARY KEY, incident TEXT NOT NULL DEFAULT '', ref TEXT NOT NULL DEFAULT '', name TEXT NOT NULL DEFAULT '',
  size INTEGER, sha256 TEXT NOT NULL DEFAULT '', pieces TEXT NOT NULL DEFAULT '[]', taken_by TEXT NOT NULL DEFAULT '',
  role TEXT NOT NULL DEFAULT '', taken_at TEXT, place TEXT NOT NULL DEFAULT '', source TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '', tlp TEXT NOT NULL DEFAULT '', hold INTEGER NOT NULL DEFAULT 0,
  hold_because TEXT NOT NULL DEFAULT '', destroyed TEXT, destroyed_because TEXT NOT NULL DEFAULT '',
  facts TEXT NOT NULL DEFAULT '{}', created_at INTEGER, created_by TEXT NOT NULL DEFAULT '',
  deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_incident ON attachment(incident);
CREATE TABLE custody(
  id TEXT PRIMARY KEY, attachment TEXT NOT NULL DEFAULT '', incident TEXT NOT NULL DEFAULT '',
  event TEXT NOT NULL DEFAULT '', at TEXT, giver TEXT NOT NULL DEFAULT '', receiver TEXT NOT NULL DEFAULT '',
  place TEXT NOT NULL DEFAULT '', seal TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
  outcome TEXT NOT NULL DEFAULT '', facts TEXT NOT NULL DEFAULT '{}', created_at INTEGER,
  created_by TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX custody_attachment ON custody(attachment);
"""


@migrations()
def m010_attachments(db: Database) -> None:
    """Make room for attachments and their custody; their pieces are blobs."""
    for statement in statements(_ATTACHMENTS):
        db.conn.execute(statement)


_SUPPORT = """
CREATE TABLE attempt(
  id TEXT PRIMARY KEY, action TEXT NOT NULL DEFAULT '', how TEXT NOT NULL DEFAULT '', at INTEGER,
  words TEXT NOT NULL DEFAULT '', created_at INTEGER, created_by TEXT NOT NULL DEFAULT '',
  deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_action ON attempt(action);
CREATE TABLE disclosure(
  id TEXT PRIMARY KEY, victim TEXT NOT NULL DEFAULT '', whom TEXT NOT NULL DEFAULT '', ground TEXT NOT NULL DEFAULT '',
  at INTEGER, what TEXT NOT NULL DEFAULT '', created_at INTEGER, created_by TEXT NOT NULL DEFAULT '',
  deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX disclosure_victim ON disclosure(victim);
CREATE TABLE handoff(
  id TEXT PRIMARY KEY, about_kind TEXT NOT NULL DEFAULT '', about TEXT NOT NULL DEFAULT '',
  from_body TEXT NOT NULL DEFAULT '', from_person TEXT NOT NULL DEFAULT '', to_body TEXT NOT NULL DEFAULT '',
  to_person TEXT NOT NULL DEFAULT '', offered_at INTEGER, note TEXT NOT NULL DEFAULT '',
  answer TEXT NOT NULL DEFAULT '', accepted_at INTEGER, accepted_by TEXT NOT NULL DEFAULT '',
  answered_at INTEGER, answered_by TEXT NOT NULL DEFAULT '', how TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '', hlc TEXT NOT NULL DEFAULT '', created_at INTEGER,
  created_by TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX handoff_about ON handoff(about);
"""


@migrations()
def m011_support(db: Database) -> None:
    """Make room for contact attempts, for what was shared with whom, and for hand-offs."""
    for statement in statements(_SUPPORT):
        db.conn.execute(statement)


_CAMPAIGNS_AND_TIPS = """
ALTER TABLE campaign ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE campaign ADD COLUMN aliases TEXT NOT NULL DEFAULT '[]';
ALTER TABLE campaign ADD COLUMN status TEXT NOT NULL DEFAULT 'open';
ALTER TABLE campaign ADD COLUMN created_at INTEGER;
ALTER TABLE campaign ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
ALTER TABLE campaign ADD COLUMN changed_at INTEGER;
CREATE TABLE tip(
  id TEXT PRIMARY KEY, ref TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '',
  reporter TEXT NOT NULL DEFAULT '', contact TEXT NOT NULL DEFAULT '', channel TEXT NOT NULL DEFAULT '',
  received TEXT, received_at INTEGER, organisation TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'new', incident TEXT NOT NULL DEFAULT '', because TEXT NOT NULL DEFAULT '',
  facts TEXT NOT NULL DEFAULT '{}', created_at INTEGER, created_by TEXT NOT NULL DEFAULT '', changed_at INTEGER,
  deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX tip_incident ON tip(incident);
CREATE INDEX tip_ref ON tip(ref);
"""


@migrations()
def m012_campaigns_and_tips(db: Database) -> None:
    """Let a campaign be more than a name, and make room for what people report."""
    for statement in statements(_CAMPAIGNS_AND_TIPS):
        db.conn.execute(statement)


_IMPACT_DIRECTORY_CALLS = """
CREATE TABLE impact(
  id TEXT PRIMARY KEY, kind TEXT NOT NULL DEFAULT '', incident TEXT NOT NULL DEFAULT '', from_at INTEGER,
  until_at INTEGER, facts TEXT NOT NULL DEFAULT '{}', created_at INTEGER, created_by TEXT NOT NULL DEFAULT '',
  changed_at INTEGER, deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX impact_incident ON impact(incident);
CREATE TABLE directory(
  id TEXT PRIMARY KEY, name TEXT NOT NULL DEFAULT '', as_of TEXT NOT NULL DEFAULT '', number INTEGER,
  entries TEXT NOT NULL DEFAULT '', facts TEXT NOT NULL DEFAULT '{}', created_at INTEGER,
  created_by TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE TABLE call(
  id TEXT PRIMARY KEY, ref TEXT NOT NULL DEFAULT '', about_kind TEXT NOT NULL DEFAULT '',
  about TEXT NOT NULL DEFAULT '', happened_at INTEGER, outcome TEXT NOT NULL DEFAULT '',
  callee TEXT NOT NULL DEFAULT '', number TEXT NOT NULL DEFAULT '', role TEXT NOT NULL DEFAULT '',
  organisation TEXT NOT NULL DEFAULT '',
  note TEXT NOT NULL DEFAULT '', facts TEXT NOT NULL DEFAULT '{}', created_at INTEGER,
  created_by TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX call_about ON call(about);
CREATE INDEX call_ref ON call(ref);
"""


@migrations()
def m013_impact_directory_calls(db: Database) -> None:
    """Make room for statements of clinical impact, editions of the directory, and calls."""
    for statement in statements(_IMPACT_DIRECTORY_CALLS):
        db.conn.execute(statement)


_LETTERS = """
CREATE TABLE letter(
  id TEXT PRIMARY KEY, ref TEXT NOT NULL DEFAULT '', victim TEXT NOT NULL DEFAULT '', code TEXT NOT NULL DEFAULT '',
  language TEXT NOT NULL DEFAULT '', exposure TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '',
  sent_at INTEGER, sent_how TEXT NOT NULL DEFAULT '', created_at INTEGER, created_by TEXT NOT NULL DEFAULT '',
  changed_at INTEGER, deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX letter_victim ON letter(victim);
"""


@migrations()
def m014_letters(db: Database) -> None:
    """Make room for letters and call scripts."""
    for statement in statements(_LETTERS):
        db.conn.execute(statement)


_CERTIFICATES = """
ALTER TABLE trust ADD COLUMN revoked TEXT;
ALTER TABLE trust ADD COLUMN authority TEXT;
CREATE TABLE authority(id TEXT PRIMARY KEY, file TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT,
  WITHOUT ROWID;
CREATE TABLE standing(device TEXT PRIMARY KEY, relation INTEGER, certified_by TEXT NOT NULL DEFAULT '', cutoff INTEGER,
  confirms INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE TABLE authority_key(id TEXT PRIMARY KEY, private BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE quarantine(file TEXT PRIMARY KEY, name TEXT NOT NULL, bundle TEXT NOT NULL, device TEXT NOT NULL,
  identity BLOB, part INTEGER NOT NULL, parts INTEGER NOT NULL, bytes INTEGER NOT NULL, at INTEGER NOT NULL) STRICT,
  WITHOUT ROWID;
CREATE INDEX operation_statement ON operation(n) WHERE kind = 'certificate';
DELETE FROM head WHERE kind = 'incident' AND field = 'category_confirmed';
UPDATE operation SET applied = 0 WHERE kind = 'incident' AND field = 'category_confirmed';
"""


@migrations()
def m016_certificates(db: Database) -> None:
    """Make room for authorities, and for files of unknown senders. No device was certified to confirm a category."""
    for statement in statements(_CERTIFICATES):
        db.conn.execute(statement)


_BLOCKS = """
CREATE TABLE import_tree(import INTEGER PRIMARY KEY, leaves INTEGER NOT NULL, rows BLOB NOT NULL,
  readings BLOB NOT NULL) STRICT;
CREATE TABLE import_block(import INTEGER, place INTEGER, ids BLOB NOT NULL, readings BLOB NOT NULL,
  PRIMARY KEY(import, place)) STRICT, WITHOUT ROWID;
CREATE TABLE taken(sha256 TEXT PRIMARY KEY, lines INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX body_withheld ON body(n) WHERE state = 'withheld';
"""


@migrations()
def m018_blocks_of_evidence(db: Database) -> None:
    """Make room for what proves evidence that travels by the hundred; find withheld bodies by an index."""
    for statement in statements(_BLOCKS):
        db.conn.execute(statement)


_HANDOVERS = """
CREATE TABLE handover(
  id TEXT PRIMARY KEY, given_at INTEGER, since_at INTEGER, words TEXT NOT NULL DEFAULT '',
  page TEXT NOT NULL DEFAULT '{}', taken_back_at INTEGER, because TEXT NOT NULL DEFAULT '', created_at INTEGER,
  created_by TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE TABLE taking(
  id TEXT PRIMARY KEY, handover TEXT NOT NULL DEFAULT '', at INTEGER, page TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER, created_by TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX taking_handover ON taking(handover);
"""


@migrations()
def m019_handovers(db: Database) -> None:
    """Make room for shift handovers, and for their being taken."""
    for statement in statements(_HANDOVERS):
        db.conn.execute(statement)


_FOLDS_AND_RULES = """
ALTER TABLE alert_decision ADD COLUMN rule TEXT NOT NULL DEFAULT '';
CREATE INDEX alert_decision_rule ON alert_decision(rule, decided_at) WHERE rule <> '';
CREATE TABLE alert_fold(id TEXT PRIMARY KEY, a BLOB NOT NULL, b BLOB NOT NULL, because TEXT NOT NULL DEFAULT '',
  created_at INTEGER, created_by TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE TABLE alert_part(key BLOB PRIMARY KEY, shown BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX alert_part_shown ON alert_part(shown);
CREATE TABLE alert_unfold(key BLOB PRIMARY KEY, how TEXT NOT NULL, because TEXT NOT NULL DEFAULT '',
  at INTEGER, by TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
CREATE TABLE rule(id TEXT PRIMARY KEY, ref TEXT NOT NULL DEFAULT '', said TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER, created_by TEXT NOT NULL DEFAULT '', ended_at INTEGER, ended_by TEXT NOT NULL DEFAULT '',
  ended_because TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
"""


@migrations()
def m020_folds_and_rules(db: Database) -> None:
    """Make room for alerts folded and taken apart by hand, and for rules that put alerts aside for a time."""
    for statement in statements(_FOLDS_AND_RULES):
        db.conn.execute(statement)


@migrations()
def m021_rows_by_class(db: Database) -> None:
    """Let rows be found by the class that their source gave them: few have one, and all were gone through for it."""
    db.conn.execute("CREATE INDEX evidence_row_rsit ON evidence_row(rsit) WHERE rsit <> ''")
