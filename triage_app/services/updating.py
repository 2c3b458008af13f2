"""The signed update of a folder edition: checked against the release keys, laid down beside the version in use.

The order is fixed. The list's signature, the file's name in it, platform and version are looked at before the archive
is; the archive is copied to this disk and the copy is compared with the signed sum, so that a stick that answers
otherwise when it is read again gains nothing; only that copy is unpacked. Nothing of it is ever run before all that.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from triage_app.domain.versions import is_version, rank
from triage_app.errors import BadFile, DiskFull, NotFound, StoreReadOnly, TriageError
from triage_app.formats import release_archive
from triage_app.language import say
from triage_app.paths import file_errors, sync_folder
from triage_app.services import editions, releases, version_folders
from triage_app.services.editions import VERSIONS, Edition
from triage_app.services.progress import Progress, no_progress
from triage_app.store import where

ENDS: Final = {"linux-amd64": "linux-amd64.tar.xz", "windows-x64": "windows-x64.zip"}
"""What an archive's name ends in, by platform."""

MARGIN: Final = 100 * 1024**2
"""Bytes that are left free on the disk."""

_NAME: Final = re.compile(r"triage-(?P<version>[0-9A-Za-z.]{1,30})-(?P<rest>[a-z0-9-]+\.(?:tar\.xz|zip))")
_PIECE: Final = 1 << 20
STEPS: Final = 1_000
"""How many parts ``stage`` says it is done in."""
_COPIED: Final = 150
_LOOKED: Final = 400


class CannotUpdate(TriageError):
    """This program, or this folder, takes no update by itself."""

    code = "cannot-update"


@dataclass(frozen=True)
class Offer:
    """A release that may be laid down: signed, for this platform, newer."""

    version: str
    present: str
    "The version that is running."
    path: Path
    sha256: str


def refuse_here(edition: Edition | None, keys: tuple[str, ...]) -> Edition:
    """Return the edition that may be updated. Raises ``CannotUpdate`` where none can, for whatever reason."""
    if edition is None:
        raise CannotUpdate(
            "This Triage was installed, so it does not update itself.",
            "Whoever installs programs on this computer installs the new version. Only a Triage that was unpacked into"
            " a folder takes an update from a file.",
        )
    if not keys:
        raise CannotUpdate(
            "This version of Triage knows no release key yet, so it can tell no update from a forged one.",
            "Unpack the new version beside this one, from a source you trust; your data stay where they are.",
        )
    if where.is_network(edition.folder):
        raise CannotUpdate(
            say("{0} is on a network share, where others use the same folder.", edition.folder),
            "Copy the folder to a disk of this laptop, or ask who looks after the share.",
        )
    if not os.access(edition.folder, os.W_OK):
        raise _not_writable(edition)
    return edition


def look(untrusted: Path, edition: Edition | None, keys: tuple[str, ...]) -> Offer:
    """Return what an archive is by the signed list beside it; its bytes are not read yet.

    Raises ``CannotUpdate``, ``NotFound``, ``BadFile`` and ``TriageError`` with the reason, for a person to read.
    """
    here = refuse_here(edition, keys)
    if not untrusted.is_file():
        raise NotFound(say("{0} is no file.", untrusted.name), "Choose the archive of the new version.")
    match = _NAME.fullmatch(untrusted.name)
    if match is None or not is_version(match["version"]):
        raise BadFile(
            say("{0} is not the archive of a version of Triage.", untrusted.name),
            say("Choose the file that was published as “triage-VERSION-{0}”.", ENDS[here.platform]),
        )
    wanted = releases.wanted_of(untrusted, keys)
    version = match["version"]
    if match["rest"] != ENDS[here.platform]:
        raise BadFile(
            say("{0} is for another kind of computer.", untrusted.name),
            say("Choose the file that was published as “triage-VERSION-{0}”.", ENDS[here.platform]),
        )
    if rank(version) <= rank(here.running):
        raise BadFile(
            say("{0} is no newer than this version, {1}.", untrusted.name, here.running),
            "Nothing needs to be done. An older version would not open your store.",
        )
    return Offer(version, here.running, untrusted, wanted)


def stage(untrusted: Path, edition: Edition | None, keys: tuple[str, ...], progress: Progress = no_progress) -> Offer:
    """Check an archive whole and lay it down, to be taken at the next start; return what it is.

    Raises what ``look`` raises, ``DiskFull``, ``StoreReadOnly``, ``StoreBusy``; ``Cancelled`` through ``progress``.
    Whatever stops it, the version in use stays as it is.
    """
    here = refuse_here(edition, keys)
    offer = look(untrusted, here, keys)
    base = here.folder
    versions = base / VERSIONS
    try:
        versions.mkdir(exist_ok=True)
    except OSError:
        raise _not_writable(here) from None
    with version_folders.staging(base), file_errors(base):
        for left in versions.glob(version_folders.INCOMING + "*"):
            shutil.rmtree(left, ignore_errors=True)
        incoming = versions / f"{version_folders.INCOMING}{secrets.token_hex(8)}"
        try:
            incoming.mkdir(mode=0o700)
            copy = incoming / untrusted.name
            _copy(offer, copy, progress)
            made = incoming / "program"
            _unpack(copy, made, here, offer.version, progress)
            _have_written(made)
            progress(STEPS, STEPS)  # the last moment to stop it
            _put_in_place(made, base, offer.version)
        finally:
            shutil.rmtree(incoming, ignore_errors=True)
    return offer


def take_back(edition: Edition | None) -> str:
    """Leave the version that waits, or take that in use out of use; return which. The one before counts again.

    Raises ``CannotUpdate`` where there is none before.
    """
    if edition is None:
        raise refusal_of_none()
    gone = ""

    def before(state: version_folders.State) -> version_folders.State:
        nonlocal gone
        gone = state.waiting or state.current
        if state.waiting:
            return replace(state, waiting="")
        because = version_folders.ASKED
        return version_folders.State(current=state.previous, given_up=state.current, because=because)

    if (edition.folder / VERSIONS).is_dir():
        version_folders.change(edition.folder, before)
    if not gone:
        raise CannotUpdate(
            "No update was taken in this folder, so there is no version before this one.", "Nothing was changed."
        )
    return gone


def refusal_of_none() -> CannotUpdate:
    """Return what an installed program says to anything about its versions."""
    try:
        refuse_here(None, ())
    except CannotUpdate as error:
        return error
    raise AssertionError("an installed program takes no update")


def told(edition: Edition | None) -> dict[str, Any]:
    """Return what is known of this program's edition and versions, for IT."""
    if edition is None:
        return {"edition": "installed"}
    state = version_folders.read(edition.folder)
    return {
        "edition": "folder", "folder": str(edition.folder), "platform": edition.platform, "version": edition.running,
        "unpacked": edition.version, "waiting": state.waiting, "previous": state.previous,
        "given_up": state.given_up, "release_keys": len(releases.trusted_keys()),
    }  # fmt: skip


def _not_writable(edition: Edition) -> StoreReadOnly:
    return StoreReadOnly(
        say("{0} cannot be written to, so no update can be laid down there.", edition.folder),
        "Ask whoever looks after this folder, or copy it to a place of your own and start it from there.",
    )


def _refuse_full(folder: Path, wanted: int) -> None:
    if shutil.disk_usage(folder).free < wanted + MARGIN:
        raise DiskFull(
            say("The update needs {0} MB on the disk of {1}.", (wanted + MARGIN) // 1_000_000 + 1, folder),
            "Free some space there and do it again. Nothing was changed.",
        )


def _copy(offer: Offer, copy: Path, progress: Progress) -> None:
    """Copy an archive to this disk, and compare what arrived with the signed sum."""
    digest = hashlib.sha256()
    done = 0
    try:
        source = offer.path.open("rb")
    except OSError:
        raise NotFound(say("{0} cannot be read.", offer.path.name), "Is the stick still there?") from None
    with source:
        size = os.fstat(source.fileno()).st_size
        if size > release_archive.MAX_ARCHIVE:
            raise BadFile(say("{0} is too large for a release.", offer.path.name), "Fetch the release again.")
        _refuse_full(copy.parent, size)
        with copy.open("xb") as target:
            while done <= size:
                try:
                    piece = source.read(_PIECE)
                except OSError:
                    raise NotFound(say("{0} cannot be read.", offer.path.name), "Is the stick still there?") from None
                if not piece:
                    break
                digest.update(piece)
                target.write(piece)
                done += len(piece)
                progress(min(_COPIED, _COPIED * done // max(1, size)), STEPS)
    releases.refuse_other(offer.path, digest.hexdigest(), offer.sha256)


def _unpack(copy: Path, made: Path, here: Edition, version: str, progress: Progress) -> None:
    """Look through the copy, then lay down the folder of the program, with the list of what is in it."""
    top = f"triage-{version}/" if here.platform == "windows-x64" else f"triage-{version}-linux-amd64/triage/"
    total = 0
    names = set()
    for entry in release_archive.entries(copy, top):
        names.add(entry.name)
        total += entry.size
        progress(_COPIED + min(_LOOKED - _COPIED, len(names) // 4), STEPS)
    _refuse_full(made.parent, total)
    programs = {editions.program_in(Path(), name, here.platform).name for name in editions.PROGRAMS}
    if not {editions.MARK, *programs} <= names or version_folders.LISTED in names:
        raise _no_edition(copy)
    made.mkdir()
    files: dict[str, tuple[int, str]] = {}
    links: dict[str, str] = {}
    written = 0
    for entry in release_archive.entries(copy, top):
        if entry.link:
            links[entry.name] = entry.link
            continue
        files[entry.name] = _lay_down(entry, made / entry.name)
        written += entry.size
        progress(_LOOKED + (STEPS - 1 - _LOOKED) * written // max(1, total), STEPS)
    for name, target in links.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).symlink_to(target)
    mark = editions.mark_of(made)
    if mark is None or (mark.version, mark.platform) != (version, here.platform):
        raise _no_edition(copy)
    version_folders.note_content(made, files, links)


def _have_written(folder: Path) -> None:
    """Have one file system write what it holds back; what a power cut takes all the same, the first start notices."""
    if sys.platform != "linux":
        return
    import ctypes

    with contextlib.suppress(OSError, AttributeError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            ctypes.CDLL(None).syncfs(descriptor)
        finally:
            os.close(descriptor)


def _lay_down(entry: release_archive.Entry, path: Path) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as target:
        for piece in _pieces(entry.read):
            size += len(piece)
            if size > entry.size:
                raise BadFile(say("{0} is not as large as its archive says.", entry.name), "Fetch the release again.")
            digest.update(piece)
            target.write(piece)
    with contextlib.suppress(OSError):  # a disk that knows no such rights
        path.chmod(0o755 if entry.runs else 0o644)
    return size, digest.hexdigest()


def _pieces(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while piece := read(_PIECE):
        yield piece


def _no_edition(copy: Path) -> BadFile:
    return BadFile(
        say("{0} is signed, and is not a version that is run from a folder.", copy.name),
        "Nothing of it was kept. Tell whoever publishes it.",
    )


def _put_in_place(made: Path, base: Path, version: str) -> None:
    """Give what is whole its name, then let it wait for the next start: each is one rename."""
    target = version_folders.place_of(base, version)
    if version_folders.read(base).waiting == version:  # the same once more: it must not be taken while it is exchanged
        version_folders.change(base, lambda state: replace(state, waiting=""))
    if target.exists():
        version_folders.put_away(target)
    version_folders.patiently(lambda: made.rename(target))
    sync_folder(target.parent)
    version_folders.forget(base, version)
    version_folders.change(base, lambda state: replace(state, waiting=version, given_up="", because=""))
