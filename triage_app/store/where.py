"""What kind of place a folder is: a disk of this computer, a network share, or a folder that a service syncs."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from triage_app.language import say

_NETWORK_TYPES: Final = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "smb2", "9p", "afs", "afpfs", "ceph", "coda", "davfs", "gfs", "gfs2",
    "glusterfs", "lustre", "ncpfs", "ncp", "ocfs2", "orangefs", "pvfs2", "beegfs", "fuse.sshfs", "fuse.davfs2",
    "fuse.glusterfs", "fuse.ceph", "fuse.rclone", "fuse.s3fs", "fuse.gvfsd-fuse", "fuse.gvfs", "fuse.smbnetfs",
    "fuse.curlftpfs", "fuse.onedriver", "fuse.google-drive-ocamlfuse", "fuse.vmhgfs-fuse", "vboxsf", "webdav",
})  # fmt: skip
"File systems behind which another machine is, or the host of a virtual one: none of them shares memory with us."

_NETWORK_MAGIC: Final = frozenset({0x6969, 0xFF534D42, 0xFE534D42, 0x517B, 0x5346414F, 0x01021997, 0x00C36400})
"What statfs calls some of them, where the list of what is mounted cannot be read."

MOUNTS: Path = Path("/proc/self/mountinfo")
_REMOTE_DRIVE: Final = 4
"DRIVE_REMOTE, as GetDriveTypeW answers for a letter that stands for a share."

_OCTAL: Final = re.compile(r"\\([0-7]{3})")

_SYNC_VARIABLES: Final = {"OneDrive": "OneDrive", "OneDriveCommercial": "OneDrive", "OneDriveConsumer": "OneDrive"}
_SYNC_FOLDERS: Final = (
    (re.compile(r"onedrive( - .+)?\Z", re.IGNORECASE), "OneDrive"),
    (re.compile(r"dropbox( \(.+\))?\Z", re.IGNORECASE), "Dropbox"),
    (re.compile(r"google ?drive\Z", re.IGNORECASE), "Google Drive"),
    (re.compile(r"(iclouddrive|com~apple~clouddocs)\Z", re.IGNORECASE), "iCloud"),
    (re.compile(r"(nextcloud|owncloud)\d*\Z", re.IGNORECASE), "Nextcloud"),
    (re.compile(r"box sync\Z", re.IGNORECASE), "Box"),
)
_SYNC_MARKS: Final = {
    ".dropbox": "Dropbox", ".dropbox.cache": "Dropbox", ".nextcloudsync.log": "Nextcloud", ".stfolder": "Syncthing",
    ".owncloudsync.log": "ownCloud", "sync.ffs_db": "FreeFileSync",
}  # fmt: skip


def existing(path: Path) -> Path:
    """Return a path, or the nearest folder above it that is there."""
    found = path.absolute()
    while not found.exists() and found != found.parent:
        found = found.parent
    return found


def is_network(path: Path) -> bool:
    """Tell whether a path, or what its links and letters lead to, is on a network share."""
    there = existing(path)
    try:
        real = there.resolve()
    except (OSError, RuntimeError):
        real = there
    if sys.platform == "win32":
        return any(is_remote_drive(str(one)) for one in (path.absolute(), real))
    if sys.platform != "linux":
        return False
    kind = type_of(real, _mounts())
    return kind in _NETWORK_TYPES if kind else _is_network_by_magic(real)


def is_remote_drive(path: str) -> bool:
    r"""Tell of a Windows path whether it names a share, ``\\server\share`` or ``\\?\UNC\…``, or a letter of one."""
    plain = path.replace("/", "\\")
    if plain.upper().startswith("\\\\?\\UNC\\"):
        return True
    plain = plain.removeprefix("\\\\?\\")
    if plain.startswith("\\\\"):
        return not plain.startswith("\\\\.\\")
    return len(plain) > 1 and plain[1] == ":" and drive_type(plain[:2] + "\\") == _REMOTE_DRIVE


def drive_type(root: str) -> int:
    """Return what GetDriveTypeW says of a drive; 0, not known, where there is no Windows."""
    if sys.platform == "win32":
        return int(ctypes.windll.kernel32.GetDriveTypeW(root))
    return 0


def _mounts() -> str:
    try:
        with MOUNTS.open(encoding="utf-8", errors="surrogateescape") as file:
            return file.read(1 << 20)
    except OSError:
        return ""


def type_of(real: Path, mountinfo: str) -> str:
    """Return the type of the file system that a real path lies on, '' where the list of mounts does not say.

    Of two mounts at one place the later hides the earlier (proc(5): the type follows the lone hyphen).
    """
    best, kind = -1, ""
    for line in mountinfo.splitlines():
        before, found, after = line.partition(" - ")
        parts = before.split(" ")
        if not found or len(parts) < 5 or not after:
            continue
        point = _OCTAL.sub(lambda match: chr(int(match[1], 8)), parts[4])
        length = len(point.rstrip("/"))
        if length >= best and (str(real) == point or str(real).startswith(point.rstrip("/") + "/")):
            best, kind = length, after.split(" ", 1)[0]
    return kind


def _is_network_by_magic(path: Path) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(256)
    if libc.statfs(os.fsencode(path), buffer) != 0:
        return False
    kind = int.from_bytes(buffer.raw[: ctypes.sizeof(ctypes.c_long)], sys.byteorder)
    return (kind & 0xFFFFFFFF) in _NETWORK_MAGIC


def synced_by(path: Path, environment: Mapping[str, str] = os.environ) -> str:
    """Return the name of the service that copies a folder elsewhere while it is in use, '' for none that is known."""
    for real in dict.fromkeys((path.absolute(), _resolved(path))):
        for variable, service in _SYNC_VARIABLES.items():
            root = environment.get(variable)
            if root and _is_below(real, Path(root)):
                return service
        roaming = environment.get("APPDATA") if sys.platform == "win32" else None
        if roaming and _is_below(real, Path(roaming)):
            return say("the roaming profile")
        for folder in (real, *real.parents):
            for pattern, service in _SYNC_FOLDERS:
                if pattern.match(folder.name):
                    return service
            for mark, service in _SYNC_MARKS.items():
                if (folder / mark).exists():
                    return service
    return ""


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()


def _is_below(path: Path, folder: Path) -> bool:
    whole = os.path.normcase(path)
    above = os.path.normcase(folder).rstrip("\\/")
    return bool(above) and (whole == above or whole.startswith((above + os.sep, above + "/")))
