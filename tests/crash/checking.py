"""What must be true of a store after anything has happened to it.

Every acknowledged act is there, the chain is unbroken, every page is what was written, every import is whole or not
there at all. ``check`` opens the store as the program would and says what is not so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import stores
from tests.crash.ground import REJECTED, ROWS, Ground
from triage_app.errors import TriageError
from triage_app.paths import Profile
from triage_app.services import keeping
from triage_app.services import session as sessions
from triage_app.services.session import Session
from triage_app.store import backup, state
from triage_app.store.connection import Store, open_store

Words = list[dict[str, Any]]

_SHOWN_BY_NOBODY = """
SELECT count(*) FROM evidence_row AS r WHERE NOT EXISTS (
  SELECT 1 FROM import_range AS g JOIN import AS i ON i.id = g.import
  WHERE r.id BETWEEN g.first AND g.last AND i.state <> 'loading')
AND NOT EXISTS (
  SELECT 1 FROM import_repeat AS m JOIN import AS i ON i.id = m.import WHERE m.row = r.id AND i.state <> 'loading')
"""
_ALERTS_OF_NOBODY = (
    f"SELECT count(*) FROM alert AS a WHERE a.newest IN ({_SHOWN_BY_NOBODY.replace('count(*)', 'r.id')})"
)


@dataclass
class Found:
    """What is wrong with a store; nothing when all is well."""

    lost: list[str] = field(default_factory=list)
    "Acts that were acknowledged and are not there."
    corrupt: list[str] = field(default_factory=list)
    "Pages, chains, rows or projections that are not what they should be, or a store that does not open."
    half: list[str] = field(default_factory=list)
    "Parts of an act that never came to its end."
    waited: bool = False
    "Whether the lock outlived its process: one that this was just starting holds it, too, until it has begun."
    left: list[str] = field(default_factory=list)
    "Files that an interruption left and that nobody will take away."

    def wait(self) -> None:
        """Note that the lock was waited for."""
        self.waited = True

    def all(self) -> list[str]:
        """Return everything in one list."""
        return self.lost + self.corrupt + self.half + self.left

    @property
    def bad(self) -> bool:
        """Whether anything is lost, corrupt or half there."""
        return bool(self.lost or self.corrupt or self.half)


def check(profile: Profile, ground: Ground, told: Words, *, thorough: bool = False, keys: bool = True) -> Found:
    """Look at a store that nobody has open as a new start would find it. ``told`` are the words acknowledged."""
    found = Found()
    try:
        _before_it_is_tidied(profile, ground, found)
        session = ground.open(profile, on_busy=found.wait)
    except TriageError as error:
        found.corrupt.append(f"The store does not open: {error.what}")
        return found
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the harness looks for
        found.corrupt.append(f"Opening raised {type(error).__name__}: {error}")
        return found
    try:
        if session.missing_acts:
            found.corrupt.append(f"The log is said to be damaged, and {session.missing_acts} acts to be missing.")
        _pages(session.store, found)
        _acknowledged(session.store, told, found)
        _whole(session, found, thorough=thorough)
    except Exception as error:  # noqa: BLE001 - as above
        found.corrupt.append(f"Reading raised {type(error).__name__}: {error}")
    finally:
        session.close()
    if keys:
        _keys(profile, ground, told, found)
    _rejects(told, found)
    _backups(ground, told, found)
    _left(profile, found)
    return found


def _before_it_is_tidied(profile: Profile, ground: Ground, found: Found) -> None:
    """A reading command may be the first to look: it, too, must see nothing of an import that never ended."""
    store = open_store(profile.store, ground.key, read_only=True)
    try:
        if seen := store.value(_ALERTS_OF_NOBODY):
            found.half.append(f"{seen} alerts of an unfinished import are shown.")
    finally:
        store.close()


def _pages(store: Store, found: Found) -> None:
    """Fold the WAL in first: otherwise the check of the pages reads the file past it, and raises false alarms."""
    busy, *_ = store.row("PRAGMA wal_checkpoint(TRUNCATE)") or (1,)
    if busy:
        found.corrupt.append("The WAL could not be folded in.")
    found.corrupt += [f"Page check: {row[0]}" for row in store.rows("PRAGMA quick_check") if row[0] != "ok"]
    found.corrupt += [f"Page seal: {row[0]}" for row in store.rows("PRAGMA cipher_integrity_check")]


def _acknowledged(store: Store, told: Words, found: Found) -> None:
    acts = {row[0] for row in store.rows("SELECT DISTINCT act FROM operation")}
    reached = dict(store.rows("SELECT device, seq FROM tail WHERE chain = 'journal'"))
    imports = {row[0]: row[1] for row in store.rows("SELECT entity, records FROM import WHERE state = 'done'")}
    for word in told:
        if "act" in word and word["act"] not in acts:
            found.lost.append(f"Act {word['act']} was acknowledged.")
        if "import" in word and imports.get(word["import"]) != word["records"]:
            found.lost.append(f"Import {word['import']} was acknowledged.")
        if "merge" in word and reached.get(word["merge"], 0) < word["seq"]:
            found.lost.append(f"The merge up to {word['seq']} was acknowledged.")


def _whole(session: Session, found: Found, *, thorough: bool) -> None:
    store = session.store
    found.corrupt += keeping.verify(session)["problems"] if thorough else state.problems(store)
    if rows := store.value(_SHOWN_BY_NOBODY):
        found.half.append(f"{rows} evidence rows belong to no import that ended.")
    for entity, records in store.rows("SELECT entity, records FROM import WHERE state = 'done'"):
        if records != ROWS + REJECTED:
            found.half.append(f"Import {entity} holds {records} of {ROWS + REJECTED} records.")
    if store.value("SELECT 1 FROM import WHERE state = 'loading'"):
        found.half.append("An import is still loading.")
    for act, titled in store.rows(
        "SELECT act, sum(field = 'title') FROM operation WHERE act IN"
        " (SELECT act FROM operation WHERE kind = 'incident' AND field = 'created') GROUP BY act"
    ):
        if not titled:
            found.half.append(f"Act {act} made an incident without its title.")


def _keys(profile: Profile, ground: Ground, told: Words, found: Found) -> None:
    """The last passphrase acknowledged opens the store, or one that was being put in its place."""
    promised = [stores.PASSPHRASE]
    for word in told:
        if "changing" in word:
            promised.append(word["changing"])
        if "passphrase" in word:
            promised = [word["passphrase"]]
    refused = ""
    for passphrase in promised:
        try:
            if sessions.data_key(profile, passphrase) != ground.key:
                found.corrupt.append("A passphrase opens another key.")
            return
        except TriageError as error:
            refused = error.what
    found.lost.append(f"No passphrase that was acknowledged opens the store: {refused}")


def _rejects(told: Words, found: Found) -> None:
    for word in told:
        if path := word.get("rejects"):
            lines = Path(path).read_text(encoding="utf-8").count("\n") if Path(path).exists() else 0
            if lines != 2 * REJECTED:
                found.lost.append(f"The rejected rows in {Path(path).name} were acknowledged.")


def _backups(ground: Ground, told: Words, found: Found) -> None:
    for word in [word for word in told if "backup" in word][-2:]:
        path = Path(word["backup"])
        try:
            backup.prove(path, ground.key)
            copy = open_store(path, ground.key, read_only=True)
            links = copy.value("SELECT count(*) FROM link")
            copy.close()
        except TriageError as error:
            found.lost.append(f"Backup {path.name}: {error.what}")
            continue
        if links < word["links"]:
            found.lost.append(f"Backup {path.name} holds {links} of {word['links']} entries.")
        if not path.with_name(path.name + ".keys").exists():
            found.lost.append(f"Backup {path.name} has lost its keys.")


def _left(profile: Profile, found: Found) -> None:
    found.left += [f"{path.name} was left." for path in profile.home.rglob("*.partial*")]
    for path in profile.backups.glob("*.db") if profile.backups.exists() else ():
        if not path.with_name(path.name + ".keys").exists():
            found.left.append(f"Backup {path.name} was left without its keys.")
