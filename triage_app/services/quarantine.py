"""Bundles of senders that are not trusted here: verified, kept aside as sealed files, shown, and merged later.

Nothing of them is applied. What is kept is the file as it came, which only this laptop's key opens; it is deleted once
it is merged or thrown away.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from triage_app.domain import sealed_names
from triage_app.domain.indicators import visible
from triage_app.domain.words import device_tag
from triage_app.errors import BadFile, NotFound, TriageError
from triage_app.formats import identity as identities
from triage_app.language import say
from triage_app.paths import file_errors, write_whole
from triage_app.services.changes import milliseconds
from triage_app.services.session import Session
from triage_app.store import quarantined
from triage_app.store.connection import Store

MOST_FILES: Final = 50
MOST_BYTES: Final = 1 << 30
"What strangers may make this laptop keep, all together."

_KEPT: Final = re.compile(rf"[0-9a-f]{{32}}{re.escape(sealed_names.CARRIED)}\Z")


@dataclass(frozen=True)
class Waiting:
    """What one sender's kept files are."""

    device: str
    tag: str
    name: str
    organisation: str
    nation: str
    words: str
    "The fingerprint of the sender's key, to be compared by telephone; '' where its identity was not sent."
    identity: bytes
    "Its identity file, b'' where it was not sent."
    files: int
    bytes: int
    at: int
    "When the newest was kept, milliseconds UTC."


def keep(session: Session, path: Path, untrusted_bytes: bytes, manifest: dict[str, Any]) -> bool:
    """Keep a verified file of a stranger aside, by its manifest; return False for one that is kept already.

    Raises ``QuarantineFull`` where too much waits, ``DiskFull``.
    """
    store = session.store
    name = name_of(untrusted_bytes)
    if quarantined.has(store, name):
        return False
    files, size = quarantined.size(store)
    if files >= MOST_FILES or size + len(untrusted_bytes) > MOST_BYTES:
        raise QuarantineFull(
            say(
                "{0} comes from a device that is not trusted here, and {1} such files are kept aside already.",
                path.name,
                files,
            ),
            "Trust their senders or throw their files away under Exchange, then merge this one again.",
        )
    folder = session.profile.quarantine
    with file_errors(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(folder / name, untrusted_bytes)
    with store.write():
        quarantined.note(
            store, file=name, name=called(path)[:200], bundle=manifest["bundle_id"],
            device=manifest["from"], identity=_identity_of(manifest), part=manifest["part"], parts=manifest["parts"],
            size=len(untrusted_bytes), at=milliseconds(session.now()),
        )  # fmt: skip
    return True


def called(path: Path) -> str:
    """Return what a file is called, as text: a stick may hold names that are none, which no store keeps."""
    return visible(path.name)


class QuarantineFull(TriageError):
    """Too much of strangers waits already."""

    code = "quarantine-full"


def waiting(store: Store) -> list[Waiting]:
    """Return what is kept aside, by sender, the newest first."""
    found = []
    for device, identity, files, size, at in quarantined.by_device(store):
        try:
            public = identities.PublicIdentity.from_bytes(identity) if identity else None
        except BadFile:
            public = None
        if public is None:
            found.append(Waiting(device, device_tag(device), "", "", "", "", b"", files, size, at))
            continue
        words = " ".join(public.fingerprint_words)
        found.append(
            Waiting(device, public.tag, public.name, public.organisation, public.nation, words, identity, files, size,
                    at)
        )  # fmt: skip
    return found


def files_of(session: Session, device: str) -> list[Path]:
    """Return the kept files of a sender, oldest first, as far as they are still there."""
    folder = session.profile.quarantine
    names = [name for name in quarantined.files(session.store, device) if _KEPT.match(name)]
    return [folder / name for name in names if (folder / name).is_file()]


def named_files_of(session: Session, device: str) -> dict[Path, str]:
    """Return the kept files of a sender with what they were called where they came from. Raises ``NotFound``."""
    called = quarantined.names(session.store, device)
    found = {path: called[path.name] for path in files_of(session, device)}
    if not found:
        raise NotFound("Nothing of that device is kept aside.", "“triage pending list” shows what waits.")
    return found


def let_go(session: Session, paths: Sequence[Path]) -> None:
    """Forget kept files that were merged or are thrown away, and delete them."""
    with session.store.write():
        quarantined.forget(session.store, [path.name for path in paths])
    for path in paths:
        with file_errors(path):
            path.unlink(missing_ok=True)


def let_go_of_merged(session: Session, names: Sequence[str]) -> None:
    """Let those files go that were kept aside and have been merged, wherever they were merged from."""
    kept = [name for name in names if quarantined.has(session.store, name)]
    if kept:
        let_go(session, [session.profile.quarantine / name for name in kept])


def name_of(untrusted_bytes: bytes) -> str:
    """Return the name under which a file is kept: of its content, and of nothing that a stranger chose."""
    return name_by(hashlib.sha256(untrusted_bytes).hexdigest())


def name_by(sha256: str) -> str:
    """Return the name under which a file with this content is kept."""
    return sha256[:32] + sealed_names.CARRIED


def throw_away(session: Session, device: str) -> int:
    """Delete everything that is kept of a sender; return how many files that were. Raises ``NotFound`` for none."""
    names = quarantined.files(session.store, device)
    if not names:
        raise NotFound("Nothing of that device is kept aside.", "“triage pending list” shows what waits.")
    let_go(session, [session.profile.quarantine / name for name in names if _KEPT.match(name)])
    return len(names)


def remove_strays(session: Session) -> None:
    """Delete files that nothing knows of: a copy was cut off between its two steps."""
    folder = session.profile.quarantine
    if not folder.is_dir():
        return
    known = set(quarantined.files(session.store, ""))
    for path in folder.iterdir():
        if _KEPT.match(path.name) and path.name not in known:
            with file_errors(path):
                path.unlink(missing_ok=True)


def _identity_of(manifest: dict[str, Any]) -> bytes:
    """Return the sender's own identity file, b'' where the bundle brings none that is its own."""
    texts = manifest.get("identities")
    for text in texts if isinstance(texts, list) else []:
        if not isinstance(text, str):
            continue
        try:
            public = identities.PublicIdentity.from_bytes(text.encode())
        except (BadFile, UnicodeEncodeError):
            continue
        if public.device == manifest["from"]:
            return text.encode()
    return b""
