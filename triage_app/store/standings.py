"""Whose operations count: what is held of each device, from what authorities signed and what this store decided.

It is a projection like any other: ``reconsider`` makes it anew from the journal, and where that changes whose word
counts, the heads are made again. Nothing is removed: what does not count is kept, relayed, and shown as such.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

from triage_app.domain import certificates
from triage_app.domain.certificates import CERTIFICATE, KIND, REVOCATION, Authority, Standing
from triage_app.domain.operations import JOURNAL
from triage_app.domain.tlp import Relation
from triage_app.store import journal
from triage_app.store.connection import Store


def authorities(store: Store) -> dict[str, Authority]:
    """Return the authorities that this store believes, by id."""
    found = {}
    for authority, relation, text in store.rows(
        "SELECT device, relation, authority FROM trust WHERE trusted = 1 AND authority IS NOT NULL"
        " AND by_device = (SELECT device FROM identity WHERE own = 1)"
    ):
        said = json.loads(text)
        if isinstance(said, dict) and all(isinstance(said.get(name), str) for name in _TEXTS):
            known = Relation(relation) if relation in set(Relation) else Relation.PEER
            found[authority] = Authority(authority, **{name: said[name] for name in _TEXTS}, relation=known)
    return found


_TEXTS = ("ed25519", "role", "organisation", "name")


def reconsider(store: Store) -> set[tuple[str, str]]:
    """Hold of each device what is said of it now; return the entities whose operations count otherwise for that."""
    before = standings(store)
    now = _computed(store)
    if now == before:
        return set()
    store.execute("DELETE FROM standing")
    store.executemany(
        "INSERT INTO standing(device, relation, certified_by, cutoff, confirms) VALUES (?, ?, ?, ?, ?)",
        [
            (device, None if one.relation is None else int(one.relation), one.certified_by, one.cutoff, one.confirms)
            for device, one in sorted(now.items())
        ],
    )
    return journal.reapply(store) if _counts_otherwise(store, before, now) else set()


def standings(store: Store) -> dict[str, Standing]:
    """Return what is held of each device of which anything is held."""
    return {
        device: Standing(None if relation is None else Relation(relation), certified_by, cutoff, bool(confirms))
        for device, relation, certified_by, cutoff, confirms in store.rows(
            "SELECT device, relation, certified_by, cutoff, confirms FROM standing"
        )
    }


def of(store: Store, device: str) -> Standing:
    """Return what is held of one device."""
    return standings(store).get(device, Standing())


def statements(store: Store, device: str = "") -> list[tuple[str, str, Any]]:
    """Return (entity, field, value) of every certificate and revocation held, or of those of one device.

    Replaced ones too: what an authority has signed once cannot be taken back by writing something else over it.
    """
    found = []
    for (data,) in store.rows(
        f"SELECT body.bytes FROM operation AS o JOIN body USING (n) WHERE o.kind = '{KIND}' AND o.batch = ''"
        " AND o.entity LIKE ? AND o.field IN (?, ?) AND body.state = 'here' ORDER BY o.n",
        (f"%:{device}" if device else "%", CERTIFICATE, REVOCATION),
    ):
        body = journal.readable(bytes(data))
        if body is not None and body.value is not None:
            found.append((body.entity, body.field, body.value))
    return found


def confirmers(store: Store, device: str) -> list[Authority]:
    """Return the authorities by whose word a device may confirm a UK category, those believed here."""
    believed = authorities(store)
    found = {}
    for entity, field, value in statements(store, device):
        authority = believed.get(entity.partition(":")[0])
        if (
            field == CERTIFICATE
            and authority is not None
            and authority.role in certificates.CONFIRMING
            and certificates.fits(authority, entity, field, value)
            and value["organisation"] == authority.organisation
        ):
            found[authority.id] = authority
    return sorted(found.values(), key=lambda one: (one.name, one.id))


def authority_files(store: Store) -> list[bytes]:
    """Return the file of every authority that anybody made known here, as it came."""
    return [row[0].encode() for row in store.rows("SELECT file FROM authority WHERE deleted = 0 ORDER BY id")]


def uncounted(store: Store, device: str) -> int:
    """Return how many operations of a device are kept and do not count, for lying after its cut-off."""
    cutoff = of(store, device).cutoff
    if cutoff is None:
        return 0
    return int(
        store.value(
            "SELECT count(*) FROM link JOIN operation USING (n) WHERE chain = ? AND device = ? AND seq > ?"
            " AND applied = 0",
            (JOURNAL, device, cutoff),
        )
    )


def written_until(store: Store, device: str, at_ms: int) -> int:
    """Return the number of the last operation of a device that says it was written at or before a time; 0 for none.

    For choosing a cut-off. What the device says of the time is its own word: the revocation names the number.
    """
    return int(
        store.value(
            "SELECT ifnull(max(seq), 0) FROM link JOIN operation USING (n) WHERE chain = ? AND device = ?"
            " AND CAST(substr(hlc, 1, 15) AS INTEGER) <= ?",
            (JOURNAL, device, at_ms),
        )
    )


def last_written(store: Store, device: str) -> int:
    """Return when the last held operation of a device says that it was written, milliseconds UTC; 0 for none."""
    return int(
        store.value(
            "SELECT ifnull(max(CAST(substr(hlc, 1, 15) AS INTEGER)), 0) FROM link JOIN operation USING (n)"
            " WHERE chain = ? AND device = ?",
            (JOURNAL, device),
        )
    )


def entities_after(store: Store, device: str, seq: int) -> set[tuple[str, str]]:
    """Return (kind, entity) of what a device said after an operation of that number."""
    found: set[tuple[str, str]] = set()
    for kind, entity, batch in store.rows(
        "SELECT kind, entity, batch FROM link JOIN operation USING (n) WHERE chain = ? AND device = ? AND seq > ?",
        (JOURNAL, device, seq),
    ):
        if not batch:
            found.add((kind, entity))
            continue
        with contextlib.suppress(ValueError):
            found |= {(kind, member) for member, _ in journal.batch_members(store, batch)}
    return found


def link_at(store: Store, device: str, seq: int) -> str:
    """Return the hash of a device's link of that number, '' where it is not held."""
    sql = "SELECT hash FROM link WHERE chain = ? AND device = ? AND seq = ?"
    return str(store.value(sql, (JOURNAL, device, seq)) or "")


def own_decisions(store: Store) -> dict[str, dict[str, Any]]:
    """Return what this store itself decided, by device or authority: the fields of its word on it that are set."""
    found = {}
    for about, relation, trusted, revoked, authority in store.rows(
        "SELECT device, relation, trusted, revoked, authority FROM trust"
        " WHERE by_device = (SELECT device FROM identity WHERE own = 1) ORDER BY device"
    ):
        said: dict[str, Any] = {"relation": relation, "trusted": bool(trusted)}
        for name, text in (("revoked", revoked), ("authority", authority)):
            if text is not None:
                said[name] = json.loads(text)
        found[about] = said
    return found


def is_revoked_by_authority(store: Store, device: str) -> bool:
    """Tell whether an authority that is believed here revoked a device, whatever this store decided itself."""
    return _computed(store, {}).get(device, Standing()).cutoff is not None


def organisations(store: Store) -> dict[str, str]:
    """Return the code of each known device's organisation, as its own identity says."""
    found = {}
    for device, data in store.rows("SELECT device, bytes FROM identity"):
        said = json.loads(bytes(data))
        found[device] = str(said.get("organisation", ""))
    return found


def _computed(store: Store, cutoffs: dict[str, int] | None = None) -> dict[str, Standing]:
    """Return what follows from the journal; ``cutoffs`` stand in for what this store itself decided."""
    codes = organisations(store)
    own = store.value("SELECT device FROM identity WHERE own = 1") or ""
    decided = _own_cutoffs(store, own) if cutoffs is None else cutoffs
    return certificates.standings(authorities(store), statements(store), codes, codes.get(own, ""), decided)


def _own_cutoffs(store: Store, own: str) -> dict[str, int]:
    cutoffs = {}
    for device, text in store.rows(
        "SELECT device, revoked FROM trust WHERE by_device = ? AND revoked IS NOT NULL", (own,)
    ):
        said = json.loads(text)
        if isinstance(said, dict) and type(said.get("seq")) is int:
            cutoffs[device] = said["seq"]
    return cutoffs


def _counts_otherwise(store: Store, before: dict[str, Standing], now: dict[str, Standing]) -> bool:
    """Tell whether any operation that is held counts otherwise by what is held of its device now."""
    for device in before.keys() | now.keys():
        was, one = before.get(device, Standing()), now.get(device, Standing())
        if was.confirms != one.confirms and store.value(
            "SELECT 1 FROM operation JOIN link USING (n) WHERE device = ? AND kind = 'incident'"
            " AND field = 'category_confirmed' LIMIT 1",
            (device,),
        ):
            return True
        if was.cutoff == one.cutoff:
            continue
        first = min(cutoff for cutoff in (was.cutoff, one.cutoff) if cutoff is not None)
        if store.value(
            "SELECT 1 FROM link JOIN operation USING (n) WHERE chain = ? AND device = ? AND seq > ? LIMIT 1",
            (JOURNAL, device, first),
        ):
            return True
    return False
