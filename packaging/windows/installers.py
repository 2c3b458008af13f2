"""Pack a built Windows folder: an MSI by wixl, a setup.exe by makensis, and a ZIP to run without installing.

    python packaging/windows/installers.py FOLDER --out dist/installers [--version 1.2.3] [--only msi setup zip]

The folder is what PyInstaller made on Windows or under Wine; packing itself needs no Windows. ``SOURCE_DATE_EPOCH``
is every file's time. ``SIGN_COMMAND``, if set, is run with the path of each program, library and installer.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Final, NoReturn
from xml.etree import ElementTree as Xml
from xml.sax.saxutils import quoteattr

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent.parent
PRODUCT: Final[dict[str, str]] = json.loads((HERE / "product.json").read_text(encoding="utf-8"))
PRODUCT["publisher"] = os.environ.get("TRIAGE_PUBLISHER") or PRODUCT["publisher"]
PRODUCT["help"] = os.environ.get("TRIAGE_HELP_LINK") or PRODUCT["help"]
EPOCH: Final = int(os.environ.get("SOURCE_DATE_EPOCH", "1704067200"))
MESSAGES: Final = r"%SystemRoot%\System32\EventCreate.exe"
"""The message file of our event source: that of Windows itself, whose messages 1 to 1000 say what they are given."""
PROGRAMS: Final = frozenset({".exe", ".dll", ".pyd"})
KINDS: Final = ("msi", "setup", "zip")
MARK: Final = "edition.json"
"By this file a program knows that it runs from a folder and may take updates: it goes into the ZIP alone (ADR 34)."
_WIX: Final = "http://schemas.microsoft.com/wix/2006/wi"


def stop(sentence: str) -> NoReturn:
    """End with a sentence that says what is wrong and what to do."""
    sys.exit(f"installers: {sentence}")


# ---- what is in the folder ---------------------------------------------------------------------------------
def listing(folder: Path) -> list[PurePosixPath]:
    """Return every file below a folder, relative to it, sorted; stop at a link, which an installer cannot lay down."""
    found: list[PurePosixPath] = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            stop(f"{path} is a link; Windows folders have none. Build the folder anew.")
        if path.is_file():
            found.append(PurePosixPath(path.relative_to(folder).as_posix()))
    strange = [str(one) for one in found if not str(one).isascii()]
    if strange:
        stop(f"wixl drops letters such as those in {', '.join(strange)}; rename what ships to plain ones.")
    names = [str(one).lower() for one in found]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        stop(f"these names differ only in case, which Windows takes for one file: {', '.join(twice)}")
    if not found:
        stop(f"{folder} holds no file; build it first (packaging/windows/build.sh).")
    if PurePosixPath(MARK) in found or "versions" in {path.parts[0] for path in found}:
        stop(f"{folder} is a folder edition in use; what is packed is the folder that PyInstaller makes.")
    return found


def guid(*words: str) -> str:
    """Return an id that is the same in every build and every version for the same words."""
    return str(uuid.uuid5(uuid.UUID(PRODUCT["namespace"]), "/".join(words).lower())).upper()


def identifier(letter: str, path: PurePosixPath) -> str:
    """Return a name for a file, component or directory that the installer's tables take: letters and digits only."""
    return letter + hashlib.sha256(str(path).lower().encode()).hexdigest()[:24]


def directories(files: Iterable[PurePosixPath]) -> list[PurePosixPath]:
    """Return the folders that files lie in, without the top one, each after its parent."""
    return sorted({parent for path in files for parent in path.parents if parent != PurePosixPath(".")})


# ---- the MSI -----------------------------------------------------------------------------------------------
def files_wxs(files: Sequence[PurePosixPath]) -> str:
    """Return the fragment that names every file once, each in a component of its own with a lasting id."""
    wix = Xml.Element("Wix", xmlns=_WIX)
    at: dict[PurePosixPath, Xml.Element] = {
        PurePosixPath("."): Xml.SubElement(Xml.SubElement(wix, "Fragment"), "DirectoryRef", Id="INSTALLDIR")
    }
    for folder in directories(files):
        at[folder] = Xml.SubElement(at[folder.parent], "Directory", Id=identifier("d", folder), Name=folder.name)
    group = Xml.SubElement(Xml.SubElement(wix, "Fragment"), "ComponentGroup", Id="Files")
    for path in files:
        named = identifier("c", path)
        component = Xml.SubElement(
            at[path.parent], "Component", Id=named, Guid=guid("component", str(path)), Win64="yes"
        )
        Xml.SubElement(
            component,
            "File",
            Id=identifier("f", path),
            Name=path.name,
            Source=f"$(var.SourceDir)/{path}",
            KeyPath="yes",
        )
        Xml.SubElement(group, "ComponentRef", Id=named)
    Xml.indent(wix)
    return Xml.tostring(wix, encoding="unicode") + "\n"


def make_msi(
    folder: Path, files: Sequence[PurePosixPath], version: str, target: Path, work: Path, quick: bool = False
) -> None:
    """Build the MSI; wixl takes only a relative source folder, so it is run beside it. ``quick`` leaves its packing."""
    (work / "files.wxs").write_text(files_wxs(files), encoding="utf-8")
    # The product is another one in every version, and the same in every build of one; so is the package.
    defined = {
        "SourceDir": folder.name,
        "Version": version,
        "ProductCode": guid("product", version),
        "UpgradeCode": PRODUCT["upgrade_code"],
        "Messages": MESSAGES,
        "Icon": os.path.relpath(HERE / "triage.ico", folder.parent),
        **{key.title(): PRODUCT[key] for key in ("name", "publisher", "description", "help")},
    }
    words = [word for key, value in defined.items() for word in ("-D", f"{key}={value}")]
    run(
        ["wixl", "-a", "x64", *words, "-o", str(target), str(HERE / "triage.wxs"), str(work / "files.wxs")],
        folder.parent,
    )
    complete(target, folder, files, work)
    if not quick:
        tighten(target, work)
    settle(target, guid("package", version, contents(folder, files)))


def complete(msi: Path, folder: Path, files: Sequence[PurePosixPath], work: Path) -> None:
    """Give the MSI what wixl leaves out: the versions of files, and an upgrade that a failure rolls back."""
    import file_table  # type: ignore[import-not-found]  # beside this script

    programs = (path for path in files if path.suffix.lower() in PROGRAMS)
    said = {identifier("f", path): file_table.version_of((folder / path).read_bytes()) for path in programs}
    found = {key: version for key, version in said.items() if version is not None}
    for table, change in (("File", file_table.with_versions), ("MsiFileHash", file_table.without_hashes)):
        exported = run(["msiinfo", "export", str(msi), table]).decode()
        (work / f"{table}.idt").write_text(change(exported, found), encoding="utf-8", newline="")
        run(["msibuild", str(msi), "-i", str(work / f"{table}.idt")])
    # wixl takes the older version away before the transaction begins: what fails after that would leave nothing.
    removal = "UPDATE `InstallExecuteSequence` SET `Sequence` = 1501 WHERE `Action` = 'RemoveExistingProducts'"
    run(["msibuild", str(msi), "-q", removal])


def tighten(msi: Path, work: Path) -> None:
    """Put a better packed cabinet of the same files into the MSI."""
    import cabinet  # type: ignore[import-not-found]  # beside this script

    name = "triage.cab"
    (work / name).write_bytes(cabinet.tighter(run(["msiinfo", "extract", str(msi), name])))
    run(["msibuild", str(msi), "-a", name, str(work / name)])


def contents(folder: Path, files: Sequence[PurePosixPath]) -> str:
    """Return a hash over the names and bytes of all files."""
    whole = hashlib.sha256()
    for path in files:
        whole.update(f"{path}\0".encode())
        whole.update(hashlib.sha256((folder / path).read_bytes()).digest())
    return whole.hexdigest()


def settle(msi: Path, package: str) -> None:
    """Replace what wixl took from the clock and from chance: when it was made and saved, and the package's own id."""
    import olefile  # type: ignore[import-untyped]  # in the lock, under python-oxmsg

    stream = "\x05SummaryInformation"
    with olefile.OleFileIO(str(msi), write_mode=True) as file:
        data = bytearray(file.openstream(stream).read())
        (section,) = struct.unpack_from("<I", data, 44)
        (count,) = struct.unpack_from("<I", data, section + 4)
        ticks = (EPOCH + 11_644_473_600) * 10_000_000  # 100 ns since 1601
        for number in range(count):
            what, offset = struct.unpack_from("<II", data, section + 8 + 8 * number)
            (kind,) = struct.unpack_from("<I", data, section + offset)
            if kind == 64:  # VT_FILETIME
                struct.pack_into("<Q", data, section + offset + 4, ticks)
            elif what == 9:  # the revision number, which in an MSI is the id of the package
                data[section + offset + 8 : section + offset + 8 + 38] = f"{{{package}}}".encode("ascii")
        file.write_stream(stream, bytes(data))


# ---- the setup.exe -----------------------------------------------------------------------------------------
def files_nsh(folder: Path, files: Sequence[PurePosixPath]) -> str:
    """Return two macros: one lays down every file, the other removes exactly these and the folders left empty."""
    lines = ["!macro lay_down"]
    for parent in [PurePosixPath("."), *directories(files)]:
        here = [path for path in files if path.parent == parent]
        if here:
            lines.append(f'  SetOutPath "{_nsis(parent)}"')
            lines += [f'  File "{str(folder / path).replace("$", "$$")}"' for path in here]
    lines += ["!macroend", "", "!macro take_away"]
    lines += [f'  Delete "{_nsis(path)}"' for path in files]
    lines += [f'  RMDir "{_nsis(path)}"' for path in reversed(directories(files))]
    return "\n".join([*lines, "!macroend", ""])


def _nsis(path: PurePosixPath) -> str:
    inside = str(path).replace("$", "$$").replace("/", "\\")
    return "$INSTDIR" if inside == "." else f"$INSTDIR\\{inside}"


def make_setup(
    folder: Path, files: Sequence[PurePosixPath], version: str, target: Path, work: Path, quick: bool
) -> None:
    """Build the setup.exe; ``quick`` packs loosely, for installers that only a test will see."""
    (work / "files.nsh").write_text(files_nsh(folder, files), encoding="utf-8")
    size = sum((folder / path).stat().st_size for path in files) // 1024
    defined = {
        "VERSION": version,
        "OUT": str(target),
        "LISTING": str(work / "files.nsh"),
        "ICON": str(HERE / "triage.ico"),
        "SIZE_KB": str(size),
        "MESSAGES": MESSAGES,
        **{key.upper(): PRODUCT[key] for key in ("name", "publisher", "description", "help")},
    }
    if quick:
        defined["QUICK"] = "1"
    if os.environ.get("SIGN_COMMAND"):
        defined["SIGN_COMMAND"] = os.environ["SIGN_COMMAND"]
    run(
        [
            "makensis",
            "-V2",
            "-INPUTCHARSET",
            "UTF8",
            *(f"-D{k}={v}" for k, v in defined.items()),
            str(HERE / "triage.nsi"),
        ]
    )


# ---- the folder edition ------------------------------------------------------------------------------------
def make_zip(folder: Path, files: Sequence[PurePosixPath], version: str, target: Path) -> None:
    """Pack the folder to be run where it is unpacked; names, order and times do not depend on the machine."""
    moment = datetime.fromtimestamp(EPOCH, UTC).timetuple()[:6]
    told = {"edition": "folder", "platform": "windows-x64", "version": version}
    contents = {PurePosixPath(MARK): (json.dumps(told) + "\n").encode()}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted([*files, *contents]):
            entry = zipfile.ZipInfo(f"triage-{version}/{path}", moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            data = contents[path] if path in contents else (folder / path).read_bytes()
            archive.writestr(entry, data, compresslevel=9)


# ---- signing -----------------------------------------------------------------------------------------------
def is_signed(path: Path) -> bool:
    """Tell whether a program or library carries an Authenticode signature, as those of Python and Microsoft do."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head[:2] != b"MZ" or len(head) < 64:
        return False
    (start,) = struct.unpack_from("<I", head, 60)
    if head[start : start + 4] != b"PE\0\0":
        return False
    (magic,) = struct.unpack_from("<H", head, start + 24)
    table = start + 24 + (112 if magic == 0x20B else 96)  # PE32+ or PE32
    (size,) = struct.unpack_from("<I", head, table + 4 * 8 + 4)  # the fifth directory is the certificates'
    return bool(size)


def sign(paths: Iterable[Path]) -> int:
    """Have ``SIGN_COMMAND`` sign files where they lie; return how many. Without the variable nothing is signed."""
    command = os.environ.get("SIGN_COMMAND", "")
    signed = 0
    for path in paths if command else ():
        done = subprocess.run(f"{command} {quoteattr(str(path))}", shell=True, check=False)  # noqa: S602 - the builder's own
        if done.returncode != 0:
            stop(f"SIGN_COMMAND ended with {done.returncode} at {path.name}; nothing was published.")
        signed += 1
    return signed


# ---- all of it ---------------------------------------------------------------------------------------------
def run(command: Sequence[str], folder: Path | None = None) -> bytes:
    """Run a tool and return what it said; stop with that if it fails or is not there."""
    if shutil.which(command[0]) is None:
        stop(f"{command[0]} is missing; on Debian: apt-get install wixl msitools nsis.")
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    if done.returncode != 0:
        stop(f"{command[0]} failed:\n{(done.stdout + done.stderr).decode(errors='replace')}")
    return done.stdout


def staged(folder: Path, work: Path) -> Path:
    """Return a copy of the folder whose files all have the build's own time; what is in it may be signed."""
    stage = work / "stage"
    shutil.rmtree(stage, ignore_errors=True)
    shutil.copytree(folder, stage, symlinks=True)
    return stage


def version_of_tree() -> str:
    """Return the program's version, from its source."""
    text = (ROOT / "triage_app" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(\d+\.\d+\.\d+)', text, re.MULTILINE)
    return found[1] if found else stop("triage_app/__init__.py names no version of three numbers.")


def main(argv: Sequence[str] | None = None) -> int:
    """Pack what is asked for; print a line for each file made."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "dist" / "installers")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "windows" / "pack")
    parser.add_argument("--version", default="")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--quick", action="store_true", help="pack loosely, for a test")
    options = parser.parse_args(argv)
    version = options.version or version_of_tree()
    if not re.fullmatch(r"\d{1,3}\.\d{1,3}\.\d{1,5}", version):
        stop(f"{version} is no version that Windows Installer compares: three numbers, up to 255.255.65535.")
    work, out = options.work.resolve(), options.out.resolve()
    for needed in (work, out):
        needed.mkdir(parents=True, exist_ok=True)
    folder = staged(options.folder.resolve(), work)
    files = listing(folder)
    ours = [folder / path for path in files if path.suffix.lower() in PROGRAMS and not is_signed(folder / path)]
    signed = sign(ours)
    for path in files:
        os.utime(folder / path, (EPOCH, EPOCH))
    stem = f"triage-{version}-windows-x64"
    made: list[Path] = []
    if "msi" in options.only:
        made.append(out / f"{stem}.msi")
        make_msi(folder, files, version, made[-1], work, options.quick)
    if "setup" in options.only:
        made.append(out / f"{stem}-setup.exe")
        make_setup(folder, files, version, made[-1], work, options.quick)
    signed += sign(made)
    if "zip" in options.only:
        made.append(out / f"{stem}.zip")
        make_zip(folder, files, version, made[-1])
    for one in made:
        print(f"{one.name}  {one.stat().st_size / 1e6:.1f} MB")
    print(f"product code {{{guid('product', version)}}}, upgrade code {{{PRODUCT['upgrade_code']}}}")
    print(f"{signed} files signed" if signed else "nothing is signed: SIGN_COMMAND is not set")
    return 0


if __name__ == "__main__":
    sys.exit(main())
