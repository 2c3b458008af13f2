"""Stores for tests: founded once, copied for each test, opened with their data key at hand."""

from __future__ import annotations

import atexit
import functools
import hashlib
import json
import secrets
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from triage_app.domain.operations import JOURNAL, Body, Link, body_hash
from triage_app.domain.tlp import GREEN
from triage_app.formats import bundle as bundles
from triage_app.formats import key_slots
from triage_app.formats.bundle import BundleContents
from triage_app.formats.bundle.contents import RESERVED
from triage_app.paths import Profile
from triage_app.services import devices, exchange, import_alerts, keeping
from triage_app.services import session as sessions
from triage_app.services.changes import milliseconds
from triage_app.services.exchange import Exported, Merged
from triage_app.services.session import Session
from triage_app.store import journal, lookup
from triage_app.store.connection import Store

PASSPHRASE = "nine slow otters drift"
CHEAP = key_slots.KdfCost(t=1, m=8 * 1024, p=1)
"A passphrase that protects nothing: deriving its key takes a hundredth of a second."
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

ORGANISATIONS = ("RXX", "RXX", "RYY", "RZZ")
"Whose the four laptops are: A and B of one trust, C and D of two others."


@dataclass
class Clock:
    """A clock that moves when it is told to, and a millisecond at every look."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def move(self, **by: float) -> None:
        """Set the clock forward or back."""
        self.at += timedelta(**by)


@dataclass
class Laptop:
    """A store of a test's own, open for writing."""

    session: Session
    clock: Clock
    folder: Path
    made: list[Path] = field(default_factory=list)

    @property
    def store(self) -> Any:
        """The open store."""
        return self.session.store

    @property
    def device(self) -> str:
        """Id of the device."""
        return self.session.device

    def identity(self) -> bytes:
        """The identity file."""
        return devices.own_identity(self.session)

    def export(self, *to: Laptop, **options: Any) -> Path:
        """Write a bundle for some laptops and return its first file."""
        return Path(self.exported(*to, **options).paths[0])

    def exported(self, *to: Laptop, **options: Any) -> Exported:
        """Write a bundle for some laptops and return what that came to."""
        path = self.folder / f"bundle-{len(self.made)}.ctb"
        done = exchange.export_bundle(self.session, [other.device for other in to], path, **options)
        self.made.append(path)
        return done

    def merge(self, *paths: Path, dry_run: bool = False) -> Merged:
        """Merge files."""
        return exchange.merge_bundle(self.session, paths, dry_run=dry_run)

    def verified(self, incident: str | None = None) -> str:
        """Return the state, after everything has been checked."""
        if incident is None:
            result = keeping.verify(self.session)
            assert result["ok"], result["problems"]
            return str(result["state"])
        return str(keeping.verify(self.session, incident)["state"])

    def trust(self, other: Laptop, relation: str = "") -> None:
        """Trust another laptop."""
        devices.trust_device(self.session, other.identity(), relation)

    def rows(self, kind: str) -> list[dict[str, Any]]:
        """Return every live record of a kind."""
        return lookup.listing(self.store, kind)

    def close(self) -> None:
        """Lock the store."""
        self.session.close()


@dataclass(frozen=True)
class _Template:
    folder: Path
    key: bytes
    responder: str


def found(folder: Path, organisation: str = "RXX", **more: Any) -> Profile:
    """Make a store under ``folder`` and return its profile."""
    profile = Profile(folder / "profile")
    options: dict[str, Any] = {"responder": "Asha Rahman", "passphrase": PASSPHRASE, "now": Clock(), "cost": CHEAP}
    sessions.found(profile, organisation=organisation, **{**options, **more})
    return profile


def opened(folder: Path) -> Laptop:
    """Unlock the store under ``folder`` with its passphrase."""
    clock = Clock()
    return Laptop(sessions.unlock(Profile(folder / "profile"), PASSPHRASE, clock), clock, folder)


@functools.cache
def _templates() -> tuple[_Template, ...]:
    """Four stores that know and trust one another, made once a run; nobody works on them but by copy."""
    base = Path(tempfile.mkdtemp(prefix="triage-stores-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    names = ("Asha Rahman", "Ben Okafor", "Carys Vaughan", "Dai Morgan")
    folders = [base / letter for letter in "abcd"]
    for folder, organisation, name in zip(folders, ORGANISATIONS, names, strict=True):
        found(folder, organisation, responder=name, organisation_name=f"{organisation} Trust")
    laptops = [opened(folder) for folder in folders]
    for one in laptops:
        for other in laptops:
            if one is not other:
                same = one.session.organisation == other.session.organisation
                one.trust(other, "same" if same else "parent")
    made = []
    for laptop in laptops:
        made.append(_Template(laptop.folder, bytes(laptop.session.key), laptop.session.author.responder))
        laptop.close()
    return tuple(made)


def copies(folder: Path, count: int = 1) -> list[Laptop]:
    """Return that many laptops of a test's own: A, B, C, D. A and B are of one trust, the others are linked."""
    laptops = []
    for letter, template in zip("abcd"[:count], _templates(), strict=False):
        target = folder / letter
        shutil.copytree(template.folder, target)
        clock = Clock()
        session = sessions.open_with_key(Profile(target / "profile"), template.key, clock, responder=template.responder)
        laptops.append(Laptop(session, clock, target))
    return laptops


def body(laptop: Laptop, kind: str, entity: str, name: str, value: Any, **more: Any) -> Body:
    """Return a body of this laptop's, to be changed at will."""
    ready: dict[str, Any] = {
        "act": journal.new_act(), "author": laptop.session.author.responder, "kind": kind, "entity": entity,
        "field": name, "value": value, "parents": (), "tlp": GREEN, "salt": secrets.token_hex(16),
        "hlc": laptop.session.author.clock.next(milliseconds(laptop.clock())),
    }  # fmt: skip
    return Body(**{**ready, **more})


def write_raw(laptop: Laptop, data: Body | bytes, blob: bytes | None = None) -> str:
    """Put any bytes at the end of a laptop's chain, as its program never would; return the link's hash."""
    raw = data if isinstance(data, bytes) else data.to_bytes()
    store = laptop.session.store
    with store.write():
        seq, prev = journal.tail(store, JOURNAL, laptop.device)
        link = Link(laptop.device, seq + 1, prev, body_hash(raw))
        n = journal.insert_link(store, link, link.hash)
        store.execute("INSERT INTO body(n, state, bytes) VALUES (?, 'here', ?)", (n, raw))
        journal.set_tail(store, JOURNAL, laptop.device, link.seq, link.hash)
        if blob is not None:
            store.execute("INSERT INTO blob(sha256, bytes) VALUES (?, ?)", (hashlib.sha256(blob).hexdigest(), blob))
    return link.hash


def number_of(store: Store, link_hash: str) -> int:
    """Return the local number of an operation."""
    return int(store.value("SELECT n FROM link WHERE hash = ?", (link_hash,)))


def forged(sender: Laptop, receiver: Laptop, contents: BundleContents) -> Path:
    """Write a bundle with the sender's own keys that its program would not write."""
    path = sender.folder / f"forged-{len(sender.made)}.ctb"
    sender.made.append(path)
    bundles.write_bundle_files(
        contents, path, signing_key=sender.session.identity.signing_key, recipients=[receiver.session.public.age]
    )
    return path


def contents_of(path: Path, receiver: Laptop, **fields: Any) -> BundleContents:
    """Return what a bundle holds, to be changed and signed again; ``fields`` replace those of its manifest."""
    opened_ = bundles.read_bundle(path, identities=[receiver.session.identity.age_secret], my_device=receiver.device)
    manifest = {name: value for name, value in opened_.manifest.items() if name not in RESERVED}
    return BundleContents(
        {**manifest, **fields}, opened_.links, list(opened_.bodies.items()), opened_.evidence, opened_.keys,
        opened_.blobs, opened_.blocks, opened_.trees,
    )  # fmt: skip


def table(laptop: Laptop, rows: Sequence[tuple[str, str]], name: str = "alerts.json") -> import_alerts.Imported:
    """Import alerts given as (reference, title) and return what that came to."""
    events = [
        {
            "timestamp": "2026-11-21T20:00:00.000000+0000", "flow_id": 1000 + place, "event_type": "alert",
            "src_ip": f"10.20.{place // 250}.{place % 250}", "src_port": 40000, "dest_ip": "203.0.113.45",
            "dest_port": 443, "proto": "TCP",
            "alert": {"action": "allowed", "gid": 1, "signature_id": 9100110, "rev": 1, "signature": f"LOCAL {title}",
                      "category": "A Network Trojan was detected", "severity": 1, "reference": reference},
        }
        for place, (reference, title) in enumerate(rows)
    ]  # fmt: skip
    path = laptop.folder / name
    path.write_text("\n".join(json.dumps(event) for event in events) + "\n", encoding="utf-8")
    return import_alerts.import_file(laptop.session, path)
