"""The store's shape. Tables under *Truth* hold what cannot be made again; those under *Projection* are
dropped and rebuilt from it by ``triage rebuild``.

What is here is the shape of today; how an older store gets it is in ``migrations``.
"""

from __future__ import annotations

from typing import Final

MIGRATIONS: Final = (
    "m001_journal_evidence_projections",
    "m002_kinds_of_evidence",
    "m003_refused_files",
    "m004_readings",
    "m005_clocks",
    "m006_affected",
    "m008_log_lines",
    "m009_tasks_and_events",
    "m010_attachments",
    "m011_support",
    "m012_campaigns_and_tips",
    "m013_impact_directory_calls",
    "m014_letters",
    "m016_certificates",
    "m018_blocks_of_evidence",
    "m019_handovers",
    "m020_folds_and_rules",
    "m021_rows_by_class",
)
"""The steps that a store of today has had, in order: asked at every start, without loading them."""

TRUTH = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- The journal: links are never changed nor removed; a body may be withheld or redacted.
CREATE TABLE link(
  n INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  chain TEXT NOT NULL,
  device TEXT NOT NULL,
  seq INTEGER NOT NULL CHECK(seq > 0),
  prev TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  v INTEGER NOT NULL,
  UNIQUE(chain, device, seq)) STRICT;
CREATE TRIGGER link_no_update BEFORE UPDATE ON link BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER link_no_delete BEFORE DELETE ON link BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TABLE body(
  n INTEGER PRIMARY KEY REFERENCES link(n),
  state TEXT NOT NULL CHECK(state IN ('here', 'withheld', 'redacted')),
  bytes BLOB,
  CHECK((state = 'here') = (bytes IS NOT NULL))) STRICT;
CREATE INDEX body_withheld ON body(n) WHERE state = 'withheld';
CREATE TRIGGER body_no_delete BEFORE DELETE ON body BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER body_no_change BEFORE UPDATE ON body WHEN OLD.state = 'here' AND NEW.state <> 'redacted'
  BEGIN SELECT RAISE(ABORT, 'a body never changes'); END;
CREATE TABLE tail(chain TEXT, device TEXT, seq INTEGER NOT NULL, hash TEXT NOT NULL,
  PRIMARY KEY(chain, device)) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint(chain TEXT, device TEXT, seq INTEGER, hash TEXT NOT NULL, sig BLOB NOT NULL,
  PRIMARY KEY(chain, device, seq, hash)) STRICT, WITHOUT ROWID;
CREATE TABLE pending(hash TEXT PRIMARY KEY, device TEXT NOT NULL, seq INTEGER NOT NULL, link BLOB NOT NULL,
  body BLOB, reason TEXT NOT NULL CHECK(reason IN ('gap', 'unknown-device', 'unsigned', 'fork')),
  bundle TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE pending_checkpoint(chain TEXT, device TEXT, seq INTEGER, hash TEXT, sig BLOB NOT NULL,
  PRIMARY KEY(chain, device, seq, hash)) STRICT, WITHOUT ROWID;
CREATE TABLE blob(sha256 TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
-- A piece of a file that is being attached: its blob counts for nothing yet, and is removed at the next start.
CREATE TABLE loading_piece(attachment TEXT, sha256 TEXT NOT NULL, PRIMARY KEY(attachment, sha256)) STRICT,
  WITHOUT ROWID;
-- Two laptops may each have made a key for one entity before they met, so there may be several.
-- One row with neither fingerprint nor key says that they were erased.
CREATE TABLE personal_key(entity TEXT, fingerprint TEXT, key BLOB,
  CHECK((fingerprint = '') = (key IS NULL)), PRIMARY KEY(entity, fingerprint)) STRICT, WITHOUT ROWID;

-- Devices as their own identity files state them; trust in them is a decision, projected below.
CREATE TABLE identity(device TEXT PRIMARY KEY, bytes BLOB NOT NULL, own INTEGER NOT NULL DEFAULT 0,
  private BLOB) STRICT, WITHOUT ROWID;
CREATE TABLE peer(device TEXT PRIMARY KEY, vector TEXT NOT NULL DEFAULT '{}', lacks TEXT NOT NULL DEFAULT '{}',
  received_at INTEGER, sent_at INTEGER, withheld INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE TABLE bundle_log(id TEXT PRIMARY KEY, direction TEXT NOT NULL CHECK(direction IN ('in', 'out')),
  device TEXT NOT NULL, at INTEGER NOT NULL, counts TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Evidence: immutable, known by content, stored once.
CREATE TABLE layout(id INTEGER PRIMARY KEY, json TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE evidence_row(
  id INTEGER PRIMARY KEY,
  evidence_id BLOB NOT NULL,
  key BLOB NOT NULL,
  layout INTEGER NOT NULL REFERENCES layout(id),
  seen_at INTEGER,
  severity INTEGER NOT NULL,
  severity_raw TEXT NOT NULL, severity_rule TEXT NOT NULL,
  title TEXT NOT NULL, reference TEXT NOT NULL, category TEXT NOT NULL,
  host TEXT NOT NULL, user TEXT NOT NULL, src TEXT NOT NULL, dst TEXT NOT NULL,
  url TEXT NOT NULL, hash TEXT NOT NULL, detail TEXT NOT NULL,
  organisation TEXT NOT NULL, rsit TEXT NOT NULL, tlp TEXT NOT NULL,
  rest TEXT NOT NULL, tokens TEXT NOT NULL,
  kind INTEGER NOT NULL DEFAULT 0,  -- the place in domain.evidence.KINDS; 0 is an alert
  value TEXT NOT NULL DEFAULT '', until_at INTEGER, score REAL) STRICT;
CREATE TABLE import(
  id INTEGER PRIMARY KEY,
  entity TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK(state IN ('loading', 'done', 'received')),
  origin TEXT NOT NULL,
  name TEXT NOT NULL, format TEXT NOT NULL, size INTEGER NOT NULL, keyed_hash TEXT NOT NULL,
  organisation TEXT NOT NULL,
  started_at INTEGER NOT NULL, finished_at INTEGER,
  records INTEGER NOT NULL DEFAULT 0, new INTEGER NOT NULL DEFAULT 0, repeats INTEGER NOT NULL DEFAULT 0,
  rejected INTEGER NOT NULL DEFAULT 0, ignored INTEGER NOT NULL DEFAULT 0,
  rejects_file TEXT NOT NULL DEFAULT '',
  root TEXT NOT NULL DEFAULT '', leaves INTEGER NOT NULL DEFAULT 0,
  undone INTEGER NOT NULL DEFAULT 0,
  summary TEXT NOT NULL DEFAULT '{}'  -- JSON: why this format, what was ignored, kinds, parts, milliseconds
  ) STRICT;
-- Which rows an import brought: runs of new ids, and single rows that were there already, or of which it is not proved.
-- "leaf" is the place of the (first) row among the import's evidence ids, under its Merkle root;
-- -1 where no signed entry proves the row.
CREATE TABLE import_range(import INTEGER REFERENCES import(id), first INTEGER, last INTEGER NOT NULL,
  leaf INTEGER NOT NULL, PRIMARY KEY(import, first)) STRICT, WITHOUT ROWID;
-- "reading" is the number of what the import made of the row; that of the rows of a range is 0. Of one that the
-- import's own device has not been shown to have signed it is less than 0: -1 for 0, -2 for 1.
CREATE TABLE import_repeat(import INTEGER REFERENCES import(id), row INTEGER, leaf INTEGER NOT NULL,
  reading INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(import, row)) STRICT, WITHOUT ROWID;
-- The readings of rows that imports read differently, numbered from 0; of other rows there is but what they show.
-- "json" is what a reading has otherwise than the row; "key" is its alert_key, NULL where all of the row agree on it.
CREATE TABLE reading(row INTEGER, n INTEGER, key BLOB, json TEXT NOT NULL, PRIMARY KEY(row, n)) STRICT, WITHOUT ROWID;
CREATE INDEX reading_key ON reading(key) WHERE key IS NOT NULL;
-- The way from sixteen readings of an import that came by bundle ("place" is their leaf) to the root that signs them.
CREATE TABLE reading_proof(import INTEGER, place INTEGER, path TEXT NOT NULL, PRIMARY KEY(import, place)) STRICT,
  WITHOUT ROWID;
-- The place and the way to the root that a bundle claims for a row: kept, because not all of the import's
-- rows may be here, and because the signed root may come later.
CREATE TABLE proof(row INTEGER, import INTEGER, leaf INTEGER NOT NULL, path TEXT NOT NULL,
  PRIMARY KEY(row, import)) STRICT, WITHOUT ROWID;
-- The hashes of every 256 rows of an import and of every 256 readings of it, one after the other: its signed roots lie
-- over them. Kept when rows of it are first sent, or came so; of one that was made here they can be made again.
CREATE TABLE import_tree(import INTEGER PRIMARY KEY, leaves INTEGER NOT NULL, rows BLOB NOT NULL,
  readings BLOB NOT NULL) STRICT;
-- Of 256 rows ("place" counts them) that did not all come by bundle: the ids of all, and the hashes of all readings.
CREATE TABLE import_block(import INTEGER, place INTEGER, ids BLOB NOT NULL, readings BLOB NOT NULL,
  PRIMARY KEY(import, place)) STRICT, WITHOUT ROWID;
-- Pieces of bundles, by the hash of their content, of which all is here for good: "lines" of them. Merging them again
-- would change nothing.
CREATE TABLE taken(sha256 TEXT PRIMARY KEY, lines INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- Files that were refused, and why: for this laptop's responders alone, newest last.
CREATE TABLE refusal(id INTEGER PRIMARY KEY, name TEXT NOT NULL, keyed_hash TEXT NOT NULL, at INTEGER NOT NULL,
  what TEXT NOT NULL, advice TEXT NOT NULL) STRICT;
CREATE TABLE mapping(fingerprint TEXT PRIMARY KEY, name TEXT NOT NULL, json TEXT NOT NULL,
  saved_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE setting(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- The secret keys of authorities that are held on this laptop.
CREATE TABLE authority_key(id TEXT PRIMARY KEY, private BLOB NOT NULL) STRICT, WITHOUT ROWID;
-- Sealed files of senders that are not trusted here, kept beside the store until somebody decides.
CREATE TABLE quarantine(file TEXT PRIMARY KEY, name TEXT NOT NULL, bundle TEXT NOT NULL, device TEXT NOT NULL,
  identity BLOB, part INTEGER NOT NULL, parts INTEGER NOT NULL, bytes INTEGER NOT NULL, at INTEGER NOT NULL) STRICT,
  WITHOUT ROWID;
"""

EVIDENCE_INDEXES = (
    "CREATE UNIQUE INDEX IF NOT EXISTS evidence_row_id ON evidence_row(evidence_id)",
    "CREATE INDEX IF NOT EXISTS evidence_row_key ON evidence_row(key, seen_at, severity, kind)",
    "CREATE INDEX IF NOT EXISTS evidence_row_value ON evidence_row(value) WHERE kind > 0",
    "CREATE INDEX IF NOT EXISTS evidence_row_rsit ON evidence_row(rsit) WHERE rsit <> ''",
)
"""Built after a large load: keeping random keys in order during it is what encryption makes dear."""

ALERT_INDEXES = (
    "CREATE UNIQUE INDEX IF NOT EXISTS alert_key ON alert(key)",
    "CREATE INDEX IF NOT EXISTS alert_queue ON alert(state, severity DESC, last_seen DESC, id)",
)

RECORD_INDEXES = (
    "CREATE UNIQUE INDEX IF NOT EXISTS record_key ON record(key)",
    "CREATE INDEX IF NOT EXISTS record_list ON record(kind, last_seen DESC, id)",
)

PROJECTION = """
CREATE TABLE operation(
  n INTEGER PRIMARY KEY REFERENCES link(n),
  act TEXT NOT NULL, author TEXT NOT NULL, hlc TEXT NOT NULL, kind TEXT NOT NULL, entity TEXT NOT NULL,
  field TEXT NOT NULL, tlp TEXT NOT NULL, batch TEXT NOT NULL, undoes TEXT NOT NULL,
  applied INTEGER NOT NULL) STRICT;
CREATE INDEX operation_act ON operation(act);
CREATE INDEX operation_entity ON operation(entity, field) WHERE entity <> '';
CREATE INDEX operation_statement ON operation(n) WHERE kind = 'certificate';
CREATE TABLE batch_member(entity TEXT, n INTEGER REFERENCES link(n), PRIMARY KEY(entity, n)) STRICT, WITHOUT ROWID;
CREATE TABLE head(kind TEXT, entity TEXT, field TEXT, n INTEGER REFERENCES link(n),
  PRIMARY KEY(kind, entity, field, n)) STRICT, WITHOUT ROWID;
-- Parents named by an applied operation that are not applied themselves: withheld, or yet to come.
CREATE TABLE superseded(hash TEXT, kind TEXT, entity TEXT, field TEXT, PRIMARY KEY(hash, kind, entity, field)) STRICT,
  WITHOUT ROWID;
CREATE TABLE conflict(kind TEXT, entity TEXT, field TEXT, heads INTEGER NOT NULL,
  PRIMARY KEY(kind, entity, field)) STRICT, WITHOUT ROWID;

CREATE TABLE incident(
  id TEXT PRIMARY KEY, ref TEXT NOT NULL DEFAULT '', title TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT 'open', severity INTEGER, rsit TEXT NOT NULL DEFAULT '',
  category_proposed TEXT, category_assessed TEXT, category_confirmed TEXT,
  tlp TEXT NOT NULL DEFAULT '', campaign TEXT NOT NULL DEFAULT '', determination TEXT NOT NULL DEFAULT '',
  handler TEXT NOT NULL DEFAULT '', closed_because TEXT NOT NULL DEFAULT '',
  times TEXT NOT NULL DEFAULT '{}', facts TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER, created_by TEXT NOT NULL DEFAULT '', changed_at INTEGER,
  deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX incident_ref ON incident(ref);
CREATE TABLE victim(
  id TEXT PRIMARY KEY, ref TEXT NOT NULL DEFAULT '', incident TEXT NOT NULL DEFAULT '',
  party TEXT NOT NULL DEFAULT '', organisation TEXT NOT NULL DEFAULT '', person TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT '', basis TEXT NOT NULL DEFAULT '', sharing TEXT NOT NULL DEFAULT '',
  wish TEXT NOT NULL DEFAULT 'not asked', contact TEXT NOT NULL DEFAULT '', facts TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER, created_by TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX victim_incident ON victim(incident);
CREATE INDEX victim_ref ON victim(ref);
CREATE TABLE person(id TEXT PRIMARY KEY, name TEXT NOT NULL DEFAULT '', erased INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER, deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE TABLE action(
  id TEXT PRIMARY KEY, ref TEXT NOT NULL DEFAULT '', victim TEXT NOT NULL DEFAULT '', code TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL DEFAULT 'pending', due_at INTEGER, done_at INTEGER, owner TEXT NOT NULL DEFAULT '',
  outcome TEXT NOT NULL DEFAULT '', minutes INTEGER, handoff TEXT, facts TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER, created_by TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX action_victim ON action(victim);
CREATE INDEX action_ref ON action(ref);
CREATE INDEX action_due ON action(due_at) WHERE deleted = 0 AND status IN ('pending', 'ongoing');
CREATE TABLE note(
  id TEXT PRIMARY KEY, about_kind TEXT NOT NULL DEFAULT '', about TEXT NOT NULL DEFAULT '',
  text TEXT NOT NULL DEFAULT '', happened_at INTEGER, created_at INTEGER, created_by TEXT NOT NULL DEFAULT '',
  deleted INTEGER NOT NULL DEFAULT 0, ref TEXT NOT NULL DEFAULT '',
  decision TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
CREATE INDEX note_about ON note(about);
-- Each time somebody was tried: an entry of its own, so that two laptops' add up.
CREATE TABLE letter(
  id TEXT PRIMARY KEY, ref TEXT NOT NULL DEFAULT '', victim TEXT NOT NULL DEFAULT '', code TEXT NOT NULL DEFAULT '',
  language TEXT NOT NULL DEFAULT '', exposure TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '',
  sent_at INTEGER, sent_how TEXT NOT NULL DEFAULT '', created_at INTEGER, created_by TEXT NOT NULL DEFAULT '',
  changed_at INTEGER, deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX letter_victim ON letter(victim);
CREATE TABLE attempt(
  id TEXT PRIMARY KEY, action TEXT NOT NULL DEFAULT '', how TEXT NOT NULL DEFAULT '', at INTEGER,
  words TEXT NOT NULL DEFAULT '', created_at INTEGER, created_by TEXT NOT NULL DEFAULT '',
  deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_action ON attempt(action);
-- What was shared of a victim, with whom, on what ground.
CREATE TABLE disclosure(
  id TEXT PRIMARY KEY, victim TEXT NOT NULL DEFAULT '', whom TEXT NOT NULL DEFAULT '', ground TEXT NOT NULL DEFAULT '',
  at INTEGER, what TEXT NOT NULL DEFAULT '', created_at INTEGER, created_by TEXT NOT NULL DEFAULT '',
  deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX disclosure_victim ON disclosure(victim);
-- "answer" is accepted, refused, returned, or nothing yet; "hlc" is when it was written, not when it was given.
CREATE TABLE handoff(
  id TEXT PRIMARY KEY, about_kind TEXT NOT NULL DEFAULT '', about TEXT NOT NULL DEFAULT '',
  from_body TEXT NOT NULL DEFAULT '', from_person TEXT NOT NULL DEFAULT '', to_body TEXT NOT NULL DEFAULT '',
  to_person TEXT NOT NULL DEFAULT '', offered_at INTEGER, note TEXT NOT NULL DEFAULT '',
  answer TEXT NOT NULL DEFAULT '', accepted_at INTEGER, accepted_by TEXT NOT NULL DEFAULT '',
  answered_at INTEGER, answered_by TEXT NOT NULL DEFAULT '', how TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '', hlc TEXT NOT NULL DEFAULT '', created_at INTEGER,
  created_by TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX handoff_about ON handoff(about);
-- "because" says why the state is what it is: where nobody in the clinic was asked, why not.
CREATE TABLE affected(
  id TEXT PRIMARY KEY, incident TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL DEFAULT '', name TEXT NOT NULL DEFAULT '',
  owner TEXT NOT NULL DEFAULT '', ward TEXT NOT NULL DEFAULT '', priority INTEGER,
  state TEXT NOT NULL DEFAULT 'suspected', because TEXT NOT NULL DEFAULT '',
  used_in_care TEXT NOT NULL DEFAULT 'not known', agreed_by TEXT NOT NULL DEFAULT '',
  fallback TEXT NOT NULL DEFAULT '', comment TEXT NOT NULL DEFAULT '', facts TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER, created_by TEXT NOT NULL DEFAULT '', changed_at INTEGER,
  deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX affected_incident ON affected(incident);
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
-- Statements of clinical impact, of every kind; "facts" is what was said, sealed words sealed.
CREATE TABLE impact(
  id TEXT PRIMARY KEY, kind TEXT NOT NULL DEFAULT '', incident TEXT NOT NULL DEFAULT '', from_at INTEGER,
  until_at INTEGER, facts TEXT NOT NULL DEFAULT '{}', created_at INTEGER, created_by TEXT NOT NULL DEFAULT '',
  changed_at INTEGER, deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX impact_incident ON impact(incident);
-- An edition of the directory is one row: "entries" is all of them, sealed.
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
-- "because" says why the status is what it is; "done_at" and "done_by" only where somebody said other than the entry.
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
-- Shift handovers, and each time one was taken; "page" names the clocks and the hand-offs that were shown.
CREATE TABLE handover(
  id TEXT PRIMARY KEY, given_at INTEGER, since_at INTEGER, words TEXT NOT NULL DEFAULT '',
  page TEXT NOT NULL DEFAULT '{}', taken_back_at INTEGER, because TEXT NOT NULL DEFAULT '', created_at INTEGER,
  created_by TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE TABLE taking(
  id TEXT PRIMARY KEY, handover TEXT NOT NULL DEFAULT '', at INTEGER, page TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER, created_by TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX taking_handover ON taking(handover);
CREATE TABLE alert_link(id TEXT PRIMARY KEY, key BLOB NOT NULL, incident TEXT NOT NULL,
  created_at INTEGER, created_by TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX alert_link_key ON alert_link(key);
CREATE INDEX alert_link_incident ON alert_link(incident);
CREATE TABLE alert_decision(key BLOB PRIMARY KEY, state TEXT NOT NULL DEFAULT 'new',
  disposition TEXT NOT NULL DEFAULT '', because TEXT NOT NULL DEFAULT '', until INTEGER,
  decided_by TEXT NOT NULL DEFAULT '', decided_at INTEGER, rule TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
CREATE INDEX alert_decision_rule ON alert_decision(rule, decided_at) WHERE rule <> '';
-- Two alerts that somebody folded by hand; what such links hold together is shown as one.
CREATE TABLE alert_fold(id TEXT PRIMARY KEY, a BLOB NOT NULL, b BLOB NOT NULL, because TEXT NOT NULL DEFAULT '',
  created_at INTEGER, created_by TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
-- Under which alert another one is shown for that.
CREATE TABLE alert_part(key BLOB PRIMARY KEY, shown BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX alert_part_shown ON alert_part(shown);
-- Alerts that somebody took apart: "how" is row or day. Their rows lie under keys of their own.
CREATE TABLE alert_unfold(key BLOB PRIMARY KEY, how TEXT NOT NULL, because TEXT NOT NULL DEFAULT '',
  at INTEGER, by TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
-- What somebody said is to be accepted for a time; "said" is what was fixed when it was made.
CREATE TABLE rule(id TEXT PRIMARY KEY, ref TEXT NOT NULL DEFAULT '', said TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER, created_by TEXT NOT NULL DEFAULT '', ended_at INTEGER, ended_by TEXT NOT NULL DEFAULT '',
  ended_because TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
-- What a person put right about an alert, laid over its evidence: the evidence itself stays as it came.
CREATE TABLE alert_correction(key BLOB, field TEXT, value TEXT NOT NULL, because TEXT NOT NULL DEFAULT '',
  by TEXT NOT NULL DEFAULT '', at INTEGER, PRIMARY KEY(key, field)) STRICT, WITHOUT ROWID;
CREATE TABLE same_as(id TEXT PRIMARY KEY, kind TEXT NOT NULL DEFAULT '', a TEXT NOT NULL DEFAULT '',
  b TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
-- "aliases" is a JSON list of the other names by which incidents may give it.
CREATE TABLE campaign(id TEXT PRIMARY KEY, name TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0,
  description TEXT NOT NULL DEFAULT '', aliases TEXT NOT NULL DEFAULT '[]', status TEXT NOT NULL DEFAULT 'open',
  created_at INTEGER, created_by TEXT NOT NULL DEFAULT '', changed_at INTEGER) STRICT, WITHOUT ROWID;
-- Reports (tips): what somebody told us, before anybody decided what it is.
CREATE TABLE tip(
  id TEXT PRIMARY KEY, ref TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '',
  reporter TEXT NOT NULL DEFAULT '', contact TEXT NOT NULL DEFAULT '', channel TEXT NOT NULL DEFAULT '',
  received TEXT, received_at INTEGER, organisation TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'new', incident TEXT NOT NULL DEFAULT '', because TEXT NOT NULL DEFAULT '',
  facts TEXT NOT NULL DEFAULT '{}', created_at INTEGER, created_by TEXT NOT NULL DEFAULT '', changed_at INTEGER,
  deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE INDEX tip_incident ON tip(incident);
CREATE INDEX tip_ref ON tip(ref);
CREATE TABLE responder(id TEXT PRIMARY KEY, name TEXT NOT NULL DEFAULT '', organisation TEXT NOT NULL DEFAULT '',
  deleted INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE TABLE organisation(id TEXT PRIMARY KEY, scheme TEXT NOT NULL DEFAULT '', code TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL DEFAULT '', nation TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT,
  WITHOUT ROWID;
CREATE TABLE trust(id TEXT PRIMARY KEY, by_device TEXT NOT NULL, device TEXT NOT NULL,
  relation INTEGER NOT NULL DEFAULT 1, trusted INTEGER NOT NULL DEFAULT 0,
  revoked TEXT, authority TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE authority(id TEXT PRIMARY KEY, file TEXT NOT NULL DEFAULT '', deleted INTEGER NOT NULL DEFAULT 0) STRICT,
  WITHOUT ROWID;
-- What is held of a device for what authorities and this store say of it: the operations after "cutoff" do not count.
CREATE TABLE standing(device TEXT PRIMARY KEY, relation INTEGER, certified_by TEXT NOT NULL DEFAULT '', cutoff INTEGER,
  confirms INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;

-- Clocks: one for a duty, a subject and an organisation in its role. Whatever nobody has decided on has no row.
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

-- The alert: what the queue shows. One row for each alert_key with a visible evidence row.
CREATE TABLE alert(
  id INTEGER PRIMARY KEY,
  key BLOB NOT NULL,
  newest INTEGER NOT NULL,
  rows INTEGER NOT NULL,
  first_seen INTEGER, last_seen INTEGER,
  severity INTEGER NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,
  incidents INTEGER NOT NULL DEFAULT 0) STRICT;
-- The record: what the other lists show. One row for each key of a kind but alert with a visible evidence row.
CREATE TABLE record(
  id INTEGER PRIMARY KEY,
  key BLOB NOT NULL,
  kind INTEGER NOT NULL,
  newest INTEGER NOT NULL,
  rows INTEGER NOT NULL,
  first_seen INTEGER, last_seen INTEGER,
  severity INTEGER NOT NULL) STRICT;
CREATE VIRTUAL TABLE evidence_text USING fts5(
  title, reference, category, host, user, src, dst, url, hash, detail, organisation, tokens, rest, value,
  content='evidence_row', content_rowid='id', detail=none,
  tokenize="unicode61 remove_diacritics 0 tokenchars '.-_@'");
CREATE TABLE unindexed(first INTEGER PRIMARY KEY, last INTEGER NOT NULL) STRICT;
"""

PROJECTION_TABLES = (
    "operation", "batch_member", "head", "superseded", "conflict", "incident", "victim", "person", "action", "note",
    "letter", "attempt", "disclosure", "handoff", "affected", "alert_link", "alert_decision", "alert_correction",
    "same_as", "campaign", "tip", "responder", "organisation", "trust", "authority", "standing", "clock",
    "clock_step", "pause", "clock_switch", "alert", "record", "evidence_text", "unindexed", "attachment", "custody",
    "impact", "directory", "call", "task", "event",
    "handover", "taking", "alert_fold", "alert_part", "alert_unfold", "rule",
)  # fmt: skip


def statements(script: str) -> list[str]:
    """Split a script of ours at the ends of its statements (a trigger's body ends with END)."""
    found: list[str] = []
    lines: list[str] = []
    for line in script.splitlines():
        if line.strip().startswith("--") or not line.strip():
            continue
        lines.append(line)
        text = line.rstrip()
        inside_trigger = any("CREATE TRIGGER" in part for part in lines)
        if text.endswith("END;") if inside_trigger else text.endswith(";"):
            found.append("\n".join(lines))
            lines = []
    return found
