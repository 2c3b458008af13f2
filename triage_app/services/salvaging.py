"""Salvage: a new store from what is left of a damaged one, its backups, and bundles that were sent to it.

Nothing is believed that does not prove itself: links and bodies by their hashes, evidence by its ids, pieces of files
by their names. The damaged file is read page by page, never opened by the database, and stays as it is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from triage_app.domain.operations import JOURNAL, Body, Link
from triage_app.domain.tlp import AMBER_STRICT
from triage_app.errors import BadFile, TriageError, WrongPassphraseOrDamaged
from triage_app.formats import identity as identities
from triage_app.formats import key_slots
from triage_app.language import say
from triage_app.paths import Profile, file_errors, write_whole
from triage_app.services import backups, exchange, keeping, places, restoring
from triage_app.services import devices as known_devices
from triage_app.services import session as sessions
from triage_app.services.backups import Found
from triage_app.services.changes import Clock, milliseconds
from triage_app.services.progress import Progress, no_progress
from triage_app.services.recording import record
from triage_app.services.session import Session
from triage_app.store import attachments as stored_attachments
from triage_app.store import (
    backup,
    devices,
    journal,
    lookup,
    outgoing,
    peers,
    personal,
    projections,
    salvage_evidence,
    salvage_links,
    search,
)
from triage_app.store.connection import Store, open_store
from triage_app.store.creation import bring_up_to_date, create_store
from triage_app.store.journal import BatchChange, Change
from triage_app.store.salvage_evidence import Evidence
from triage_app.store.salvage_links import Pool
from triage_app.store.salvage_sources import Damaged, Source, Whole

_META: Final = ("exercise", "demonstration", "organisation", "references")


@dataclass
class Share:
    """How many of how many."""

    saved: int = 0
    of: int = 0


@dataclass
class Salvaged:
    """What a salvage came to. What is lost is named by number."""

    pages: Share = field(default_factory=Share)
    "Of the damaged file: those that proved themselves."
    operations: Share = field(default_factory=Share)
    "Of the journal, as they count in the new store."
    from_damaged: int = 0
    "Operations whose content the damaged file alone gave."
    made_again: int = 0
    "Links that were lost and followed from what was left."
    said_again: int = 0
    "Operations behind a gap: their content was said again under the new device."
    rows: Share = field(default_factory=Share)
    "Of evidence."
    unattested: int = 0
    files: Share = field(default_factory=Share)
    "Pieces of attached files that the records name."
    lost: list[str] = field(default_factory=list)
    "What is lost, a line each."
    from_backups: list[str] = field(default_factory=list)
    "The names of the backups that were united with it."
    merged: int = 0
    "Operations that came from bundles."
    problems: list[str] = field(default_factory=list)
    "What verifying the new store finds."
    device: str = ""
    ref: str = ""
    act: str = ""
    ask: list[str] = field(default_factory=list)


def salvage(
    damaged: Path,
    into: Profile,
    passphrase: str,
    now: Clock,
    *,
    copies: Sequence[Path] = (),
    bundles: Sequence[Path] = (),
    keys: Path | None = None,
    progress: Progress = no_progress,
) -> Salvaged:
    """Put a store together in a new profile; see the module.

    Raises ``StoreExists``, ``BadFile``, ``WrongPassphraseOrDamaged``, ``BadBundle``, ``Cancelled``; nothing is left.
    """
    places.refuse_new(into.home)
    sessions.refuse_where_a_store_is(into)
    if not damaged.is_file():
        raise BadFile(say("{0} is no file.", damaged), "Name the damaged store: store.db in its profile.")
    found = [_backup(copy) for copy in copies]
    sidecar, key = _key(damaged, found, keys, passphrase)
    places.make_home(into)
    try:
        return _salvage(damaged, into, passphrase, now, key, sidecar, found, bundles, progress)
    except BaseException:
        for path in into.made_with_store:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        raise


def _backup(copy: Path) -> Found:
    found = backups.found(copy)
    if found is None:
        raise BadFile(
            say("{0} or its .keys file is not there.", copy.name), "A backup is two files; keep them together."
        )
    return found


def _key(damaged: Path, copies: Sequence[Found], keys: Path | None, passphrase: str) -> tuple[bytes, bytes]:
    """Return the key file and the data key that the passphrase opens: of the store, else of a backup of it."""
    beside = [damaged.with_name(damaged.name + ".keys"), damaged.with_name("store.keys"),
              damaged.with_name("store.keys.copy")]  # fmt: skip
    trouble: TriageError | None = None
    for path in [keys] if keys is not None else [*beside, *(one.keys for one in copies)]:
        try:
            data = path.read_bytes()
            return data, key_slots.unwrap(key_slots.from_bytes(data), passphrase, kinds=("responder",))[0]
        except OSError:
            continue
        except ValueError:
            trouble = trouble or WrongPassphraseOrDamaged(
                say("{0} is damaged.", path.name), "Name another key file with --keys: a backup has one beside it."
            )
        except TriageError as error:
            trouble = trouble or error
    raise trouble or BadFile(
        "No key file of that store was found.", "Put store.keys beside it, or name one with --keys: a backup has one."
    )


def _salvage(
    damaged: Path, into: Profile, passphrase: str, now: Clock, key: bytes, sidecar: bytes, copies: Sequence[Found],
    bundles: Sequence[Path], progress: Progress,
) -> Salvaged:  # fmt: skip
    done = Salvaged()
    for path in (into.keys, into.keys_copy):
        write_whole(path, sidecar)
    base = _base(copies, key)
    if base is not None:
        backup.copy_file(base.path, into.store)
        done.from_backups.append(base.path.name)
    else:
        create_store(into.store, key).close()
    store = open_store(into.store, key)
    others: list[Store] = []
    try:
        stamp = now().strftime("%Y%m%dT%H%M%SZ")
        bring_up_to_date(store, key, into.backups, stamp, lambda: sidecar)  # a backup may be of an earlier version
        with file_errors(damaged):
            source = Damaged(damaged, key, store, progress)
        try:
            for copy in copies:
                if copy is not base and (other := _opened(copy, key)) is not None:
                    others.append(other)
                    done.from_backups.append(copy.path.name)
            evidence, pool, beyond = _united(
                store, [source, *(Whole(other) for other in others)], base is None, sidecar, now, done
            )
            lost = sum(number <= source.pages.count for number in source.pages.bad)  # others were cut off with the end
            done.pages = Share(source.pages.count - lost, source.pages.count)
        finally:
            source.close()
    finally:
        for other in others:
            other.close()
        store.close()
    _finish(into, passphrase, now, key, bundles, done, evidence, pool, beyond)
    return done


def _base(copies: Sequence[Found], key: bytes) -> Found | None:
    """Return the newest backup that is whole: the new store begins as a copy of it."""
    for copy in sorted(copies, key=lambda one: one.at, reverse=True):
        with contextlib.suppress(TriageError):
            backup.prove(copy.path, key)
            return copy
    return None


def _opened(copy: Found, key: bytes) -> Store | None:
    with contextlib.suppress(TriageError):
        return open_store(copy.path, key, read_only=True)
    return None


def _united(
    store: Store, sources: Sequence[Source], is_new: bool, sidecar: bytes, now: Clock, done: Salvaged
) -> tuple[Evidence, Pool, list[Link]]:
    """Take everything that proves itself into the store, under the identity that it had."""
    pool = Pool()
    gone: set[str] = set()
    checkpoints: list[dict[str, Any]] = []
    with store.write():
        for source in sources:
            for row in source.rows("identity"):
                _take_identity(store, row)
            if is_new:
                _take_meta(store, source)
            salvage_evidence.unite_blobs(store, source)
            checkpoints += source.rows("checkpoint")
            gone |= salvage_evidence.unite_keys(store, source)
        if is_new:
            _own_identity(store, sources[0], sidecar, now)
        _take_signatures(store, checkpoints)
        before = sum(journal.vector(store).values())
        for source in sources:
            salvage_links.gather(pool, source)
        placed = salvage_links.place(store, pool)
        done.made_again = pool.made_again
        done.from_damaged = sum(journal.vector(store).values()) - before
        salvage_links.keep_beyond(store, placed.beyond, pool.bodies, "salvage")
        found = [salvage_evidence.unite(store, source) for source in sources]
        for source in sources:
            salvage_evidence.unite_rest(store, source)
        projections.rebuild(store)
        for name in sorted(gone):
            if not personal.is_erased(store, name):
                personal.erase(store, name)
        stored_attachments.remove_destroyed(store)
    return found[0], pool, [link for link in placed.beyond if link.chain == JOURNAL]


def _take_identity(store: Store, row: dict[str, Any]) -> None:
    with contextlib.suppress(BadFile, ValueError, TypeError):
        public = identities.PublicIdentity.from_bytes(bytes(row["bytes"]))
        if public.device == row["device"]:
            peers.keep_identity(store, public.device, bytes(row["bytes"]))


def _take_signatures(store: Store, rows: Sequence[dict[str, Any]]) -> None:
    fits = known_devices.verifier_of(store)
    for row in rows:
        said = row["chain"], row["device"], row["seq"], row["hash"]
        if isinstance(row["sig"], bytes) and fits(*said, row["sig"]):
            outgoing.keep_checkpoint(store, *said, row["sig"])


def _take_meta(store: Store, source: Source) -> None:
    said = salvage_evidence.meta_of(source)
    for name in _META:
        if name in said and store.meta(name) is None:
            store.set_meta(name, said[name])


def _own_identity(store: Store, source: Source, sidecar: bytes, now: Clock) -> None:
    """Let the new store be, for now, the device that the damaged one was; where that is lost, one of its own."""
    store.set_meta("store", key_slots.from_bytes(sidecar).store)
    for row in source.rows("identity"):
        if row["own"] == 1 and isinstance(row["private"], bytes):
            with contextlib.suppress(BadFile, ValueError, TypeError):
                public = identities.PublicIdentity.from_own_store(bytes(row["bytes"]))
                identities.Identity.from_private_bytes(row["private"])
                devices.become(store, public.device, bytes(row["bytes"]), row["private"])
                return
    code = str(store.meta("organisation") or "")
    if not code:
        raise BadFile(
            "What this laptop was called, and by whom it was kept, is lost with the damaged pages.",
            "Name a backup of it too (--backup FILE): any one tells that.",
        )
    own = identities.generate()
    public = own.public(
        name=f"{code} laptop", organisation=code, organisation_name="", nation="", slots=1,
        exercise=bool(store.meta("exercise", False)), created=milliseconds(now()),
    )  # fmt: skip
    devices.keep_own(store, public.device, public.to_bytes(), own.to_private_bytes())


# -- afterwards: a device of its own, bundles, what lies behind gaps ------------------------------------------


def _finish(
    into: Profile, passphrase: str, now: Clock, key: bytes, bundles: Sequence[Path], done: Salvaged,
    evidence: Evidence, pool: Pool, beyond: Sequence[Link],
) -> None:  # fmt: skip
    session = sessions.unlock(into, passphrase, now)
    try:
        opened = [exchange.open_bundle(session, path) for path in bundles]  # sealed to the device that it was
        session, former, _ = restoring.renew_identity(session, into, key, now)
        done.merged = restoring.merged(session, opened)
        done.said_again = _say_again(session, beyond, pool)
        store = session.store
        with store.write():
            done.unattested = salvage_evidence.unsign(store)
        _count(store, done, evidence, pool)
        said = {"from": former, "operations": done.operations.saved, "of": done.operations.of, "salvaged": True}
        change = Change("device", session.device, "restored", said, AMBER_STRICT)
        done.act = record(session, "Salvaged a store", [change]).act
        search.index_all(store, no_progress)
        done.problems = list(keeping.verify(session)["problems"])
        done.device, done.ref = session.device, session.tag
        done.ask = restoring.to_ask(store)
    finally:
        session.close()


def _say_again(session: Session, beyond: Sequence[Link], pool: Pool) -> int:
    """Say under the new device what stands behind a gap: its own place in the chain is lost, its content is not."""
    store = session.store
    count = 0
    with store.write():
        for link in beyond:
            data = pool.bodies.get(link.body_hash)
            body = journal.readable(data) if data is not None else None
            if body is None or body.kind == "trust" or salvage_links.is_placed(store, link):
                continue
            changes = _as_changes(store, body)
            if changes:
                record(session, "Said again what was salvaged", changes, act=body.act)
                count += 1
    return count


def _as_changes(store: Store, body: Body) -> list[Change | BatchChange]:
    more = {"value": body.value, "tlp": body.tlp, "because": body.because, "undoes": body.undoes}
    if not body.batch:
        return [Change(body.kind, body.entity, body.field, **more)]
    try:
        members = journal.batch_members(store, body.batch)
    except (TypeError, ValueError):  # the list of what it was about is lost
        return []
    return [BatchChange(body.kind, tuple(entity for entity, _ in members), body.field, **more)]


def _count(store: Store, done: Salvaged, evidence: Evidence, pool: Pool) -> None:
    """Say how many of how many there are now, and what is lost by number."""
    vector = journal.vector(store)
    for (chain, device), end in sorted(pool.ends.items()):
        if chain != JOURNAL:
            continue
        placed = vector.get(device, 0)
        beyond = {seq for seq in pool.links.get((chain, device), {}) if seq > placed}
        aside = salvage_links.set_aside(store, device)
        missing = [seq for seq in range(placed + 1, end + 1) if seq not in beyond and seq not in aside]
        end = placed if aside and not placed and not beyond and not missing else end  # it never counted here
        without = [seq for seq, name in salvage_links.without_body(store, device) if name not in pool.without]
        done.operations.of += max(end, placed)
        done.operations.saved += max(end, placed) - len(missing)
        if missing:
            done.lost.append(f"operations of {_tag(store, device)}: {in_ranges(missing)}")
        if without:
            done.lost.append(f"the content of operations of {_tag(store, device)}: {in_ranges(sorted(without))}")
    lost = sorted(evidence.known - evidence.proved)
    here = backup.counts(store).rows
    done.rows = Share(here, max(here, len(evidence.known)))
    if lost and done.rows.of > done.rows.saved:
        done.lost.append(f"rows of evidence, by their numbers in the damaged store: {in_ranges(lost)}")
    for row in lookup.listing(store, "attachment"):
        pieces = stored_attachments.piece_names(store, row["id"])
        held = stored_attachments.held_pieces(store, pieces)
        if stored_attachments.is_destroyed(store, row["id"]):
            continue
        done.files.of += len(pieces)
        done.files.saved += held
        if held < len(pieces):
            done.lost.append(f"{len(pieces) - held} of {len(pieces)} pieces of the file {row['ref']}")


def _tag(store: Store, device: str) -> str:
    data = peers.identities(store).get(device)
    with contextlib.suppress(BadFile):
        if data is not None:
            return identities.PublicIdentity.from_own_store(data).tag
    return device[:8]


def in_ranges(numbers: Sequence[int]) -> str:
    """Return sorted numbers as ranges: 3, 7–9."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    said = [f"{first:,}" if first == last else f"{first:,}–{last:,}" for first, last in parts[:20]]
    return ", ".join(said) + (f" and {len(parts) - 20} further runs" if len(parts) > 20 else "")


def told(done: Salvaged) -> list[str]:
    """Return what a salvage came to, a sentence a line."""
    lines = [
        f"Pages of the damaged file that prove themselves: {done.pages.saved:,} of {done.pages.of:,}.",
        f"Operations: {done.operations.saved:,} of {done.operations.of:,}; rows of evidence: {done.rows.saved:,} of "
        f"{done.rows.of:,}; pieces of files: {done.files.saved:,} of {done.files.of:,}.",
    ]
    if done.from_backups:
        lines.append(
            f"United with {', '.join(done.from_backups)}: {done.from_damaged:,} operations came from the damaged file."
        )
    if done.merged:
        lines.append(f"{done.merged:,} operations came from bundles.")
    if done.made_again:
        lines.append(f"{done.made_again:,} links were lost and followed from their neighbours and their content.")
    if done.said_again:
        lines.append(
            f"{done.said_again:,} operations lay behind a gap; what they say was said again under this device."
        )
    if done.unattested:
        lines.append(f"{done.unattested:,} rows are here, but not all of what was signed with them: unattested.")
    lines += [f"Lost: {one}." for one in done.lost] or ["Nothing that was known of is lost."]
    lines += [f"Verifying it finds: {one}" for one in done.problems[:10]]
    if done.ask:
        lines.append(f"Ask these to trust this laptop anew: {', '.join(done.ask)}.")
    return lines
