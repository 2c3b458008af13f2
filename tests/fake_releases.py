"""Folder editions and releases for tests: small folders, real archives, real signatures of a key made for the test."""

from __future__ import annotations

import hashlib
import io
import json
import shlex
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from triage_app.paths import resources
from triage_app.services import editions, releases
from triage_app.services.editions import Edition
from triage_app.services.updating import ENDS

ROOT = Path(__file__).resolve().parent.parent

_START = """
import json, sys
from pathlib import Path

sys.path.insert(0, {root!r})
program = Path(sys.argv.pop(1))
sys.argv[0] = sys.executable = str(program)
sys.frozen = True
sys._MEIPASS = {shipped!r}
folder = program.resolve().parent
import triage_app

triage_app.__version__ = json.loads((folder / "edition.json").read_text())["version"]
twist = folder / "_internal" / "twist.py"
if twist.exists():
    exec(compile(twist.read_text(), str(twist), "exec"))
from triage_app.__main__ import main, main_window

if __name__ == "__main__":
    sys.exit(main_window() if program.stem == "triage-window" else main())
"""


def public(key: Ed25519PrivateKey) -> str:
    """A key as ``keys.json`` names it."""
    return key.public_key().public_bytes_raw().hex()


def shipped(folder: Path, key: Ed25519PrivateKey | None) -> Path:
    """What ships with a program that runs: the data of this tree, but with a release key of the test."""
    shutil.copytree(resources(), folder / "resources", ignore=shutil.ignore_patterns("demo", "samples"))
    keys = [] if key is None else [{"ed25519": public(key)}]
    (folder / "resources" / "releases" / "keys.json").write_text(json.dumps({"version": 1, "keys": keys}))
    return folder


def program_folder(
    folder: Path,
    version: str,
    platform: str = "linux-amd64",
    *,
    mark: bool = True,
    data: Path | None = None,
    twist: str = "",
) -> Path:
    """A folder such as PyInstaller makes, small. With ``data`` its programs run this tree as of ``version``."""
    inner = folder / "_internal"
    (inner / "lib").mkdir(parents=True)
    (inner / "start.py").write_text(_START.format(root=str(ROOT), shipped=str(data)))
    for name in editions.PROGRAMS:
        path = editions.program_in(folder, name, platform)
        start = f'here="$(dirname "$0")"\nexec {shlex.quote(sys.executable)} "$here/_internal/start.py" "$0" "$@"\n'
        path.write_text(f"#!/bin/sh\n{start}" if data is not None else f"{name} {version}\n")
        path.chmod(0o755)
    (inner / "lib" / "libthing.so.6").write_bytes(f"thing {version}".encode() * 200)
    if platform != "windows-x64":
        (inner / "libthing.so.6").symlink_to("lib/libthing.so.6")
    if twist:
        (inner / "twist.py").write_text(twist)
    if mark:
        told = {"edition": "folder", "platform": platform, "version": version}
        (folder / editions.MARK).write_text(json.dumps(told))
    return folder


def pack(folder: Path, version: str, out: Path, platform: str = "linux-amd64", name: str = "") -> Path:
    """The archive of a program folder, as the packers of the project make it."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / (name or f"triage-{version}-{ENDS[platform]}")
    if platform == "windows-x64":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for one in sorted(folder.rglob("*")):
                if one.is_file():
                    archive.write(one, f"triage-{version}/{one.relative_to(folder).as_posix()}")
    else:
        top = f"triage-{version}-linux-amd64"
        with tarfile.open(path, "w:xz", format=tarfile.GNU_FORMAT, preset=0) as tar:
            tar.add(folder, f"{top}/triage")
            manual = tarfile.TarInfo(f"{top}/share/man/man1/triage-window.1.gz")
            manual.type, manual.linkname = tarfile.SYMTYPE, "triage.1.gz"
            tar.addfile(manual)
    return path


def sign(folder: Path, key: Ed25519PrivateKey | None) -> None:
    """Write SHA256SUMS over all files of a folder, and sign it."""
    for name in (releases.SUMS, releases.SIGNATURE):
        (folder / name).unlink(missing_ok=True)
    lines = [f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.name}\n" for one in sorted(folder.iterdir())]
    (folder / releases.SUMS).write_text("".join(lines))
    if key is not None:
        (folder / releases.SIGNATURE).write_bytes(key.sign((folder / releases.SUMS).read_bytes()))


def release(
    folder: Path,
    version: str,
    key: Ed25519PrivateKey | None,
    platform: str = "linux-amd64",
    *,
    data: Path | None = None,
    twist: str = "",
) -> Path:
    """A signed release of one archive; returns the archive."""
    made = program_folder(folder / f"made-{version}", version, platform, data=data, twist=twist)
    path = pack(made, version, folder / f"stick-{version}", platform)
    shutil.rmtree(made)
    sign(path.parent, key)
    return path


def edition(folder: Path, version: str = "1.0.0", platform: str = "linux-amd64") -> Edition:
    """An unpacked folder edition, as the program in it sees itself."""
    found = editions.of(program_folder(folder, version, platform))
    assert found is not None
    return found


def tar_of(path: Path, *members: tuple[str, bytes | str | None, str]) -> Path:
    """A tar.xz of (name, content, kind): 'file', 'link' (to content), 'hard' (to content), 'folder', 'fifo'."""
    kinds = {"link": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "folder": tarfile.DIRTYPE, "fifo": tarfile.FIFOTYPE}
    with tarfile.open(path, "w:xz", format=tarfile.GNU_FORMAT, preset=0) as tar:
        for name, content, kind in members:
            info = tarfile.TarInfo(name)
            if kind == "file":
                assert isinstance(content, bytes)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
            else:
                info.type = kinds[kind]
                info.linkname = str(content or "")
                tar.addfile(info)
    return path


def rezip(path: Path, change: Callable[[zipfile.ZipFile], None]) -> Path:
    """Add to a ZIP what a test wants in it."""
    with zipfile.ZipFile(path, "a") as archive:
        change(archive)
    return path
