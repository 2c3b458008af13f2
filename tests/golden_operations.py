"""Operations of a release, kept for ever: how they were written, and what is replayed of them.

``python -m tests.golden_operations FILE`` writes the file of this release; a file that exists is never written again.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.stores import Laptop, copies, table
from triage_app import __version__
from triage_app.domain.canonical import canonical
from triage_app.domain.operations import JOURNAL, Link
from triage_app.formats.bundle.contents import Piece
from triage_app.services import (
    affected,
    calls,
    campaigns,
    conflicts,
    events,
    handoffs,
    handover,
    impact,
    incident_log,
    incidents,
    settling,
    splitting,
    tasks,
    tips,
    triage,
    victims,
)
from triage_app.services.changes import milliseconds
from triage_app.services.splitting import Parts
from triage_app.services.undo import undo
from triage_app.store import incoming, incoming_evidence, journal, lookup, outgoing, peers, personal
from triage_app.store.connection import Store

SHOWN = {
    "incident": ("ref", "title", "status", "severity", "rsit", "tlp", "campaign", "determination", "times", "facts"),
    "victim": ("ref", "incident", "organisation", "status", "contact", "party"),
    "action": ("ref", "victim", "code", "status", "outcome"),
    "note": ("ref", "about", "text"),
    "affected": ("incident", "kind", "name", "state"),
    "tip": ("ref", "state", "incident"),
    "task": ("incident", "title", "status"),
    "event": ("incident", "what"),
    "call": ("about", "outcome"),
}
"""What a later release must still show of these records; it may show more."""


def story(a: Laptop, b: Laptop) -> None:
    """Two people work on some incidents, together and apart: most kinds of operation there are."""
    one, other = a.session, b.session
    table(a, [(f"R{place}", f"Beacon {place}") for place in range(3)])
    keys = sorted(bytes(row[0]).hex() for row in a.store.rows("SELECT key FROM alert"))
    triage.take_in_hand(one, keys)
    triage.dismiss(one, keys[2:], "false-positive", "The penetration test")
    first = triage.promote(one, keys[:2], "Loader on the wards").id
    incidents.classify(
        one, first, rsit=["malicious-code/infected-system"], category=4, because="One ward", label="AMBER", severity=80,
        determination="suspected", pap="AMBER", techniques=["T1486", "T1566"], campaign="Winter loader",
    )  # fmt: skip
    incidents.set_times(one, first, {"detected": "2026-11-22 02:40", "aware": "2026-11-22 03:00"})
    incidents.set_field(one, first, "data_types", "health=involved")
    campaigns.new(one, "Winter loader of the north", "Spread by a supplier", ["Loader 26"])
    victim = victims.add_victim(one, first, person="Morag Sinclair", contact="bleep 2231").id
    trust = victims.add_victim(one, first, organisation="RXX").id
    victims.add_action(one, trust, "VS01", status="successful", outcome="Called them back")
    incident_log.add_line(one, first, "The fax still works")
    affected.paste(one, first, "\n".join(f"pc-{number}" for number in range(150)))
    tips.receive(one, "A caller saw a note on a screen")
    tasks.add_task(one, first, "Ring the pharmacy")
    events.add_event(one, first, "The screens went dark", "2026-11-22 02:30")
    impact.add(one, first, "outage", {"system": "PACS", "from": "2026-11-22 02:40"})
    calls.log(one, "no answer", callee="Duty manager", about_kind="incident", about=first)
    handoffs.offer(one, "victim", victim, "NHS England", person="Dai Morgan")
    second = splitting.split(one, first, Parts(victims=(trust,)), "The trust itself").id
    third = incidents.open_incident(one, "By mistake")
    undo(one, third.act)
    handover.give(one, "The fax still works")
    b.merge(a.export(b))
    handover.take(other, [], handover.shown(b.store, milliseconds(b.clock())).ids)
    incidents.set_field(one, first, "severity", "60", "Only one ward")
    incidents.set_field(other, first, "severity", "90", "Two wards")
    incidents.set_field(other, first, "title", "Loader in the pharmacy")
    incidents.set_field(one, first, "title", "Loader on two wards")
    incidents.merge(other, first, second)
    a.merge(b.export(a))
    settling.apply_rule(one, "higher-severity")
    conflicts.combine(one, first, "title")


def dumped(laptop: Laptop) -> dict[str, Any]:
    """Return the journal of a laptop, and what it shows."""
    store = laptop.store
    links, bodies, blobs = [], {}, {}
    for name, device, seq, prev, body_hash, v, data in store.rows(
        "SELECT hash, device, seq, prev, body_hash, v, body.bytes FROM link JOIN body USING (n)"
        " LEFT JOIN operation AS o USING (n) WHERE chain = ? AND ifnull(o.kind, '') <> 'trust' OR chain = ? ORDER BY n",
        (JOURNAL, JOURNAL),
    ):
        links.append(Link(device, seq, prev, body_hash, JOURNAL, v).to_bytes().decode())
        body = journal.readable(bytes(data)) if data is not None else None
        if body is not None and body.kind != "trust":
            bodies[name] = bytes(data).decode()
            if body.batch:
                blobs[body.batch] = base64.b64encode(journal_blob(store, body.batch)).decode()
    devices = sorted({json.loads(link)["device"] for link in links})
    everyone = {row[0] for row in store.rows("SELECT DISTINCT entity FROM personal_key")}
    return {
        "version": __version__,
        "identities": [peers.identities(store)[device].decode() for device in devices],
        "links": links,
        "bodies": bodies,
        "blobs": blobs,
        "checkpoints": outgoing.checkpoints(store),
        "keys": personal.keys_of(store, sorted(everyone)),
        "heads": heads(store, devices),
        "shown": shown(store),
    }


def journal_blob(store: Store, sha256: str) -> bytes:
    return bytes(store.value("SELECT bytes FROM blob WHERE sha256 = ?", (sha256,)))


def heads(store: Store, devices: list[str]) -> str:
    """Return a hash over all that some devices wrote and that stands, their trust left out."""
    marks = ",".join("?" * len(devices))
    rows = store.rows(
        "SELECT h.kind, h.entity, h.field, l.hash FROM head AS h JOIN link AS l USING (n)"
        f" WHERE h.kind <> 'trust' AND l.device IN ({marks}) ORDER BY 1, 2, 3, 4",
        devices,
    )
    return hashlib.sha256(canonical([list(row) for row in rows])).hexdigest()


def shown(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Return what the store shows of each kind of record, in the order of ids."""
    found = {}
    for kind, names in SHOWN.items():
        rows = sorted(lookup.listing(store, kind), key=lambda row: str(row["id"]))
        found[kind] = [{"id": row["id"], **{name: row[name] for name in names}} for row in rows]
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]


def parcel(data: dict[str, Any]) -> incoming.Parcel:
    """Return a release's operations as a bundle would bring them."""
    bodies = [(name, text.encode()) for name, text in data["bodies"].items()]
    blobs = {name: base64.b64decode(text) for name, text in data["blobs"].items()}
    return incoming.Parcel(
        "golden",
        lambda: [Piece("links", lambda: [line.encode() for line in data["links"]])],
        lambda: [Piece("bodies", lambda: bodies)],
        [(chain, device, seq, name, bytes.fromhex(sig)) for chain, device, seq, name, sig in data["checkpoints"]],
        lambda: blobs.items(),
        incoming_evidence.Source(list, list, list, 0),
        data["keys"],
    )


def main(path: Path) -> None:
    """Write the file of this release."""
    if path.exists():
        sys.exit(f"{path} is there: a release's operations never change.")
    with tempfile.TemporaryDirectory() as folder:
        laptops = copies(Path(folder), 2)
        story(*laptops)
        laptops[0].export(laptops[1])  # so that all is signed
        text = json.dumps(dumped(laptops[0]), indent=0, sort_keys=True, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
        for laptop in laptops:
            laptop.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
