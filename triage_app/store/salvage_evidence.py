"""Evidence, files and keys put together again: each row proves itself by its content, each import by what it signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.domain.evidence import Layout, evidence_id, restore
from triage_app.domain.merkle import Tree
from triage_app.store import attachments, import_entries, personal, salvage_trees
from triage_app.store.connection import Store
from triage_app.store.salvage_sources import Record, Source

UNLED: Final = "salvaged"
"The import (by its entity) of rows of which no import is known any more."


@dataclass
class Evidence:
    """What came of the evidence of a source."""

    fresh: int = 0
    proved: set[int] = field(default_factory=set)
    "The numbers, in the source, of the rows that proved themselves."
    known: set[int] = field(default_factory=set)
    "The numbers of all rows that the source was known to have."


def unite_blobs(store: Store, source: Source) -> int:
    """Take the pieces of files, and the lists of gestures over many, that are what their names say."""
    loading = {row["sha256"] for row in source.rows("loading_piece")}
    found = 0
    for row in source.rows("blob"):
        name, data = row["sha256"], row["bytes"]
        if isinstance(data, bytes) and name not in loading and hashlib.sha256(data).hexdigest() == name:
            store.execute("INSERT OR IGNORE INTO blob(sha256, bytes) VALUES (?, ?)", (name, data))
            found += 1
    return found


def unite_keys(store: Store, source: Source) -> set[str]:
    """Take the keys of what is kept on people and files; return the names under which keys were forgotten for ever."""
    keys: dict[str, list[str]] = {}
    gone: set[str] = set()
    for row in source.rows("personal_key"):
        entity, key = row["entity"], row["key"]
        if row["fingerprint"] == "" and key is None:
            gone.add(entity)
        elif isinstance(key, bytes) and personal.is_fingerprint(str(row["fingerprint"]), key):
            keys.setdefault(entity, []).append(key.hex())
    saved = {entity: some for entity, some in keys.items() if entity not in gone}
    personal.take_keys(store, saved, attachments.first_piece)
    return gone


def unite(store: Store, source: Source) -> Evidence:
    """Take the rows of evidence that prove themselves, and what of their imports is known; inside ``write()``."""
    done = Evidence()
    layouts = _layouts(store, source)
    names = [row[1] for row in store.rows("PRAGMA table_info(evidence_row)") if row[1] != "id"]
    insert = f"INSERT INTO evidence_row({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    imports = {row["id"]: row for row in source.rows("import")}
    ranges = list(source.rows("import_range"))
    unfinished = _unfinished(imports, ranges)
    moved: dict[int, int] = {}
    ids: dict[int, bytes] = {}
    fresh: set[int] = set()
    for row in source.rows("evidence_row"):
        if any(first <= row["id"] <= last for first, last in unfinished):
            continue
        layout = _proving(row, layouts)
        if layout is None:
            continue
        identifier = bytes(row["evidence_id"])
        held = store.value("SELECT id FROM evidence_row WHERE evidence_id = ?", (identifier,))
        if held is None:
            held = store.execute(insert, [layout if name == "layout" else row[name] for name in names]).lastrowid
            fresh.add(row["id"])
        moved[row["id"]], ids[row["id"]] = int(held), identifier
    done.proved, done.fresh = set(moved), len(fresh)
    done.known = set(moved).union(*(range(one["first"], one["last"] + 1) for one in ranges if one["import"] in imports))
    done.known -= {number for first, last in unfinished for number in range(first, last + 1)}
    _readings(store, source, moved, fresh, layouts)
    members = _members(source, ranges)
    torn = _torn(store, members, moved)
    for number, entry in sorted(imports.items()):
        if entry["state"] != "loading":
            _import(store, source, entry, members.get(number, []), moved, ids, torn)
    led = {row for some in members.values() for _, row, _ in some}
    _without_import(store, [moved[number] for number in sorted(fresh) if number not in led])
    return done


def _unfinished(imports: dict[int, Record], ranges: Iterable[Record]) -> list[tuple[int, int]]:
    loading = {number for number, row in imports.items() if row["state"] == "loading"}
    return [(row["first"], row["last"]) for row in ranges if row["import"] in loading]


def _layouts(store: Store, source: Source) -> dict[int, tuple[int, Layout]]:
    """Return, by the number in the source, the number here and the layout; all that are known here come behind."""
    texts = source.listed_layouts() | {row["id"]: row["json"] for row in source.rows("layout")}
    found: dict[int, tuple[int, Layout]] = {}
    for number, text in texts.items():
        try:
            layout = Layout.from_json(text)
        except (ValueError, KeyError, TypeError):
            continue
        store.execute("INSERT OR IGNORE INTO layout(json) VALUES (?)", (text,))
        found[number] = (int(store.value("SELECT id FROM layout WHERE json = ?", (text,))), layout)
    for here, text in store.rows("SELECT id, json FROM layout"):
        if here not in {one for one, _ in found.values()}:
            found[-1 - here] = (here, Layout.from_json(text))
    return found


def _proving(row: Record, layouts: dict[int, tuple[int, Layout]]) -> int | None:
    """Return the number here of the layout by which a row is what its id says; None where there is none."""
    first = layouts.get(row["layout"])
    for here, layout in [first] if first is not None else list(layouts.values()):
        try:
            record = restore(layout, row, json.loads(row["rest"]))
            if record is not None and evidence_id(layout.format, record) == bytes(row["evidence_id"]).hex():
                return here
        except (ValueError, TypeError, AttributeError, LookupError):
            continue
    return None


def _readings(
    store: Store, source: Source, moved: dict[int, int], fresh: set[int], layouts: dict[int, tuple[int, Layout]]
) -> None:
    """Take the further readings of rows that were not here."""
    for row in source.rows("reading"):
        if row["row"] not in fresh:
            continue
        try:
            otherwise = json.loads(row["json"])
            if "layout" in otherwise:
                otherwise["layout"] = layouts[otherwise["layout"]][0]
        except (ValueError, TypeError, LookupError):
            continue
        store.execute(
            "INSERT OR IGNORE INTO reading(row, n, key, json) VALUES (?, ?, ?, ?)",
            (moved[row["row"]], row["n"], row["key"], json.dumps(otherwise, ensure_ascii=False)),
        )


_Member = tuple[int, int, int]
"""Leaf, row in the source, reading."""


def _members(source: Source, ranges: Iterable[Record]) -> dict[int, list[_Member]]:
    found: dict[int, list[_Member]] = {}
    for row in ranges:
        lead = row["leaf"] - row["first"]
        found.setdefault(row["import"], []).extend(
            (lead + number if row["leaf"] >= 0 else -1, number, 0) for number in range(row["first"], row["last"] + 1)
        )
    for row in source.rows("import_repeat"):
        found.setdefault(row["import"], []).append((row["leaf"], row["row"], row["reading"]))
    return found


def _torn(store: Store, members: dict[int, list[_Member]], moved: dict[int, int]) -> set[int]:
    """Return the rows of which a reading is lost: which import read them as they are shown is not known then."""
    kept = {(row, n) for row, n in store.rows("SELECT row, n FROM reading")}
    several = {(row, n) for some in members.values() for _, row, n in some if n > 0 and row in moved}
    return {row for row, n in several if (moved[row], n) not in kept}


def _import(
    store: Store, source: Source, entry: Record, members: list[_Member], moved: dict[int, int], ids: dict[int, bytes],
    torn: set[int],
) -> None:  # fmt: skip
    """Take an import and those of its rows that are left."""
    here = [one for one in members if one[1] in moved]
    known = store.row("SELECT id, state FROM import WHERE entity = ?", (entry["entity"],))
    if known is not None and known[1] == "done":
        return
    is_whole = entry["state"] == "done" and known is None and _is_whole(entry, here, torn, ids)
    if known is None:
        names = [name for name in entry if name != "id"]
        values = {**entry, "state": "done" if is_whole else "received", "rejects_file": ""}
        number = store.execute(
            f"INSERT INTO import({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
            [values[name] for name in names],
        ).lastrowid
    else:
        number = known[0]
    if is_whole:
        salvage_trees.as_signed(store, number, [(leaf, moved[row], n) for leaf, row, n in here])
        return
    paths = _paths(source, entry["id"]) if entry["state"] == "received" else {}
    by_block: set[int] = set()
    if entry["state"] == "received":
        whole = [one for one in here if one[0] >= 0 and one[2] >= 0 and one[1] not in paths and one[1] not in torn]
        by_block = salvage_trees.take(store, source, entry["id"], number, [(o[0], moved[o[1]], o[2]) for o in whole])
    for leaf, row, _ in here:
        if moved[row] in by_block:
            continue
        path = paths.get(row)
        attested = leaf >= 0 and path is not None
        if path is not None:
            store.execute(
                "INSERT OR IGNORE INTO proof(row, import, leaf, path) VALUES (?, ?, ?, ?)",
                (moved[row], number, path[0], path[1]),
            )
        store.execute(
            "INSERT OR IGNORE INTO import_repeat(import, row, leaf, reading) VALUES (?, ?, ?, -1)",
            (number, moved[row], leaf if attested else -1),
        )


def _is_whole(entry: Record, here: list[_Member], torn: set[int], ids: dict[int, bytes]) -> bool:
    """Tell whether every row that an import signed is here, with the reading that it gave to each."""
    leaves = sorted((leaf, row) for leaf, row, _ in here if leaf >= 0)
    if [leaf for leaf, _ in leaves] != list(range(int(entry["leaves"]))):
        return False
    if Tree([ids[row] for _, row in leaves]).root != entry["root"]:
        return False
    return not any(row in torn for _, row, _ in here)


def _paths(source: Source, number: int) -> dict[int, tuple[int, str]]:
    return {row["row"]: (row["leaf"], row["path"]) for row in source.rows("proof") if row["import"] == number}


def unsign(store: Store) -> int:
    """Let the imports stand as received whose signed entry is lost; return how many rows no import attests then.

    Call it when every operation counts that could be saved.
    """
    for number, entity, root, leaves in store.rows("SELECT id, entity, root, leaves FROM import WHERE state = 'done'"):
        if (root, leaves) in import_entries.roots(store, entity):
            continue
        store.execute("UPDATE import SET state = 'received' WHERE id = ?", (number,))
        store.execute("UPDATE import_range SET leaf = -1 WHERE import = ?", (number,))
        store.execute(
            "UPDATE import_repeat SET leaf = -1, reading = CASE WHEN reading < 0 THEN reading ELSE -1 - reading END"
            " WHERE import = ?",
            (number,),
        )
    salvage_trees.unsign(store)
    attested = {row[0] for row in store.rows("SELECT row FROM import_repeat WHERE leaf >= 0")}
    for first, last in store.rows("SELECT first, last FROM import_range WHERE leaf >= 0"):
        attested.update(range(first, last + 1))
    return int(store.value("SELECT count(*) FROM evidence_row")) - len(attested)


def _without_import(store: Store, rows: list[int]) -> None:
    """Let rows be seen of which nothing says any more who brought them: they stand unattested."""
    if not rows:
        return
    store.execute(
        "INSERT OR IGNORE INTO import(entity, state, origin, name, format, size, keyed_hash, organisation, started_at)"
        " VALUES (?, 'received', 'salvage', 'Salvaged rows', '', 0, '', '', 0)",
        (UNLED,),
    )
    number = store.value("SELECT id FROM import WHERE entity = ?", (UNLED,))
    store.executemany(
        "INSERT OR IGNORE INTO import_repeat(import, row, leaf, reading) VALUES (?, ?, -1, -1)",
        [(number, row) for row in rows],
    )


_KEPT: Final = ("mapping", "bundle_log", "peer", "refusal", "setting", "pending_checkpoint", "pending")


def unite_rest(store: Store, source: Source) -> None:
    """Take what is known of others and of this laptop's ways, where the store does not know it yet."""
    for table in _KEPT:
        names = [row[1] for row in store.rows(f"PRAGMA table_info({table})")]
        for row in source.rows(table):
            if table == "pending" and store.value("SELECT 1 FROM link WHERE hash = ?", (row["hash"],)):
                continue
            if table == "refusal":
                row = {**row, "id": None}
            store.execute(
                f"INSERT OR IGNORE INTO {table}({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
                [row[name] for name in names],
            )


def meta_of(source: Source) -> dict[str, Any]:
    """Return what a source says of itself."""
    found = {}
    for row in source.rows("meta"):
        try:
            found[row["key"]] = json.loads(row["value"])
        except (ValueError, TypeError):
            continue
    return found
