"""What the Windows installers will lay down and take away, as far as it can be seen without Windows."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import struct
import subprocess
import uuid
import zipfile
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.fake_releases import edition, public, sign
from triage_app.formats import event_log
from triage_app.services import editions, updating

ROOT = Path(__file__).resolve().parent.parent
WINDOWS = ROOT / "packaging" / "windows"
WIX = "{http://schemas.microsoft.com/wix/2006/wi}"
UPGRADE_CODE = "B7DB164D-30A1-4315-A3E7-33AF75C4A379"
TRIAGE_EXE = "2A4F2BAB-DE1F-5DFA-9F41-F79738E14273"
PATHS = (
    "triage.exe",
    "triage-window.exe",
    "_internal/python311.dll",
    "_internal/a b/water $x.txt",
    "_internal/a b/c/deep.txt",
)


def loaded(name: str) -> Any:
    """A script, loaded from its file: ``packaging`` is also the name of a library."""
    spec = importlib.util.spec_from_file_location(f"windows_{name}", WINDOWS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def installers() -> Any:
    """What packs."""
    return loaded("installers")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder such as PyInstaller makes."""
    base = tmp_path / "stage"
    for name in PATHS:
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_bytes(name.encode())
    return base


def places(text: str) -> dict[str, Xml.Element]:
    """Every file of a fragment by the place it is installed to, with its component."""
    tree = Xml.fromstring(text)
    found: dict[str, Xml.Element] = {}

    def walk(at: Xml.Element, path: str) -> None:
        for one in at:
            if one.tag == f"{WIX}Directory":
                walk(one, f"{path}{one.attrib['Name']}/")
            elif one.tag == f"{WIX}Component":
                (file,) = one.findall(f"{WIX}File")
                place = path + file.attrib["Name"]
                assert place not in found, "a file is named twice"
                assert file.attrib["Source"] == f"$(var.SourceDir)/{place}"
                found[place] = one

    (root,) = tree.iter(f"{WIX}DirectoryRef")
    walk(root, "")
    return found


def test_the_msi_lays_down_every_file_once_and_none_outside_its_folder(installers: Any, folder: Path) -> None:
    found = places(installers.files_wxs(installers.listing(folder)))
    assert sorted(found) == sorted(PATHS)
    assert not [place for place in found if place.startswith(("/", "..")) or "/../" in place or ":" in place]


def test_every_component_of_the_msi_is_in_the_feature_that_is_installed(installers: Any, folder: Path) -> None:
    tree = Xml.fromstring(installers.files_wxs(installers.listing(folder)))
    made = [one.attrib["Id"] for one in tree.iter(f"{WIX}Component")]
    referred = [one.attrib["Id"] for one in tree.iter(f"{WIX}ComponentRef")]
    assert sorted(made) == sorted(referred)
    assert len(set(made)) == len(PATHS)


def test_a_file_keeps_its_component_in_every_version(installers: Any, folder: Path) -> None:
    """Windows Installer counts who uses a component by its id: another id would remove or leave the wrong file."""
    before = {
        place: one.attrib["Guid"] for place, one in places(installers.files_wxs(installers.listing(folder))).items()
    }
    (folder / "triage.exe").write_bytes(b"a newer version")
    (folder / "_internal" / "a b" / "c" / "deep.txt").unlink()
    (folder / "_internal" / "another.dll").write_bytes(b"")
    after = {
        place: one.attrib["Guid"] for place, one in places(installers.files_wxs(installers.listing(folder))).items()
    }
    assert {place: after[place] for place in before if place in after} == {
        place: one for place, one in before.items() if place in after
    }
    assert len(set(after.values())) == len(after)
    assert all(str(uuid.UUID(one)).upper() == one for one in after.values())


def test_the_ids_that_installed_laptops_know_never_change(installers: Any) -> None:
    """They were given out with the first version: a change would install the next one beside it."""
    assert installers.PRODUCT["upgrade_code"] == UPGRADE_CODE
    assert installers.guid("component", "triage.exe") == TRIAGE_EXE


def test_a_product_is_another_one_in_each_version_and_the_same_in_each_build(installers: Any) -> None:
    assert installers.guid("product", "1.0.0") == installers.guid("product", "1.0.0")
    assert installers.guid("product", "1.0.0") != installers.guid("product", "1.1.0")


def test_the_setup_lays_down_what_the_msi_does_and_takes_away_just_that(installers: Any, folder: Path) -> None:
    text = installers.files_nsh(folder, installers.listing(folder))
    laid: list[str] = []
    at = ""
    for line in text.splitlines():
        if match := re.fullmatch(r'  SetOutPath "\$INSTDIR(?:\\)?(.*)"', line):
            at = match[1].replace("$$", "$").replace("\\", "/")
        elif match := re.fullmatch(r'  File "(.*)"', line):
            source = Path(match[1].replace("$$", "$"))
            assert source.is_relative_to(folder)
            assert source.relative_to(folder).parent == Path(at or ".")
            laid.append(source.relative_to(folder).as_posix())
    taken = [
        one.replace("$$", "$").replace("\\", "/")
        for one in re.findall(r'^  Delete "\$INSTDIR\\(.*)"$', text, re.MULTILINE)
    ]
    assert sorted(laid) == sorted(taken) == sorted(PATHS)
    removed = re.findall(r'^  RMDir "\$INSTDIR\\(.*)"$', text, re.MULTILINE)
    assert removed == ["_internal\\a b\\c", "_internal\\a b", "_internal"], "a folder goes after what is in it"
    assert "/r" not in text


def test_a_link_in_the_folder_is_refused(installers: Any, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("outside")
    (folder / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(SystemExit, match="link"):
        installers.listing(folder)


def test_names_that_windows_takes_for_one_are_refused(installers: Any, folder: Path) -> None:
    (folder / "Triage.exe").write_bytes(b"")
    with pytest.raises(SystemExit, match="differ only in case"):
        installers.listing(folder)


def test_a_name_that_the_msi_could_not_hold_is_refused(installers: Any, folder: Path) -> None:
    (folder / "dŵr.txt").write_bytes(b"")
    with pytest.raises(SystemExit, match="plain ones"):
        installers.listing(folder)


def test_the_folder_edition_is_the_same_in_each_build(installers: Any, folder: Path, tmp_path: Path) -> None:
    files = installers.listing(folder)
    installers.make_zip(folder, files, "1.0.0", tmp_path / "one.zip")
    (folder / "triage.exe").touch()
    installers.make_zip(folder, files, "1.0.0", tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.namelist() == [f"triage-1.0.0/{name}" for name in sorted([*PATHS, "edition.json"])]


def test_the_mark_of_the_folder_edition_is_in_the_zip_alone(installers: Any, folder: Path, tmp_path: Path) -> None:
    files = installers.listing(folder)
    assert "edition.json" not in installers.files_wxs(files) + installers.files_nsh(folder, files)
    installers.make_zip(folder, files, "1.0.0", tmp_path / "triage-1.0.0-windows-x64.zip")
    with zipfile.ZipFile(tmp_path / "triage-1.0.0-windows-x64.zip") as archive:
        archive.extractall(tmp_path / "unpacked")
    assert editions.of(tmp_path / "unpacked" / "triage-1.0.0") is not None
    assert editions.of(folder) is None
    for left in ("edition.json", "versions/1.0.1/triage.exe"):
        path = folder / left
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
        with pytest.raises(SystemExit, match="folder edition in use"):
            installers.listing(folder)
        path.unlink()


def test_a_folder_edition_takes_the_zip_that_is_packed_here(installers: Any, folder: Path, tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    out = tmp_path / "stick"
    out.mkdir()
    path = out / "triage-1.1.0-windows-x64.zip"
    installers.make_zip(folder, installers.listing(folder), "1.1.0", path)
    sign(out, key)
    here = edition(tmp_path / "here", "1.0.0", "windows-x64")
    assert updating.stage(path, here, (public(key),)).version == "1.1.0"
    laid = here.folder / "versions" / "1.1.0"
    assert {one: (laid / one).read_bytes() for one in PATHS} == {one: (folder / one).read_bytes() for one in PATHS}


def test_both_installers_say_the_same_of_the_program(installers: Any) -> None:
    """What is written in one and forgotten in the other would tell them apart by accident."""
    msi = (WINDOWS / "triage.wxs").read_text(encoding="utf-8")
    setup = (WINDOWS / "triage.nsi").read_text(encoding="utf-8")
    for said in (
        r"Software\Classes\Triage.Bundle\shell\open\command",
        r"Software\Classes\.bundle",
        r"Software\Triage",
        rf"SYSTEM\CurrentControlSet\Services\EventLog\Application\{event_log.SOURCE}",
    ):
        assert said in msi
        assert said in setup
    statements = [line for line in setup.splitlines() if line and not line.startswith(";")]
    assert statements[0] == "Target amd64-unicode", "makensis takes the 32-bit stub otherwise"


def test_the_words_of_an_event_are_shown_by_a_message_file_that_windows_has_itself(installers: Any) -> None:
    """One of ours would be held open by Event Viewer and by collectors, and stand in the way of every upgrade."""
    assert installers.MESSAGES.startswith("%SystemRoot%\\System32\\")
    assert 1 <= event_log.EVENT <= 1000, "those messages alone say nothing but what they are given"
    msi = (WINDOWS / "triage.wxs").read_text(encoding="utf-8")
    assert 'Type="expandable" Value="#%$(var.Messages)"' in msi, (
        "wixl leaves the mark out, and Windows would not expand it"
    )


def versioned(number: tuple[int, int, int, int], language: int) -> bytes:
    """A program with the version resource that a compiler writes into it."""

    def block(key: str, value: bytes, children: bytes = b"") -> bytes:
        head = (key + "\0").encode("utf-16-le")
        head += b"\0" * (-(len(head) + 6) % 4)
        body = head + value + b"\0" * (-len(value) % 4) + children
        return struct.pack("<HHH", len(body) + 6, len(value), 0) + body

    a, b, c, d = number
    fixed = struct.pack("<13I", 0xFEEF04BD, 0x10000, a << 16 | b, c << 16 | d, *[9] * 9)
    names = block("VarFileInfo", b"", block("Translation", struct.pack("<HH", language, 1200)))
    speaks_of_it = "VS_VERSION_INFO\0".encode("utf-16-le") + b"no resource"
    return b"MZ" + b"\0" * 62 + speaks_of_it.ljust(100, b"\0") + block("VS_VERSION_INFO", fixed, names) + b"\0" * 40


def test_the_msi_says_the_version_and_language_of_every_program_that_has_one() -> None:
    """Without them Windows Installer means to keep what the upgrade takes away, and the program would be gone."""
    file_table = loaded("file_table")
    found = file_table.version_of(versioned((6, 9, 3, 4464), 2057))
    assert found == ("6.9.3.4464", "2057")
    assert file_table.version_of(b"MZ" + b"VS_VERSION_INFO\0" * 3) is None
    head = "File\tComponent_\tVersion\tLanguage\tSequence\r\ns72\ts72\tS72\tS20\ti4\r\nFile\tFile\r\n"
    files = f"{head}f1\tc1\t\t\t1\r\nf2\tc2\t\t\t2\r\n"
    said = file_table.with_versions(files, {"f2": found})
    assert said == files.replace("f2\tc2\t\t\t2", "f2\tc2\t6.9.3.4464\t2057\t2")
    hashes = "File_\tOptions\r\ns72\ti2\r\nMsiFileHash\tFile_\r\nf1\t0\r\nf2\t0\r\n"
    assert file_table.without_hashes(hashes, {"f2": found}) == hashes.replace("f2\t0\r\n", "")


@pytest.mark.skipif(shutil.which("wixl") is None, reason="packing an MSI needs wixl")
def test_an_upgrade_lays_down_every_file_and_a_failed_one_leaves_the_version_before(
    installers: Any, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(WINDOWS))
    (folder / "triage.exe").write_bytes(versioned((1, 2, 3, 0), 2057))
    (folder / "_internal" / "a b" / "water $x.txt").unlink()  # wixl takes the sign for a variable's
    (tmp_path / "work").mkdir()
    msi = tmp_path / "made.msi"
    installers.make_msi(folder, installers.listing(folder), "1.2.3", msi, tmp_path / "work")

    def rows(table: str) -> list[dict[str, str]]:
        said = subprocess.run(["msiinfo", "export", str(msi), table], capture_output=True, text=True, check=True).stdout
        names, _, _, *lines = (line.split("\t") for line in said.splitlines())
        return [dict(zip(names, line, strict=True)) for line in lines]

    files = {one["FileName"].split("|")[-1]: one for one in rows("File")}
    assert (files["triage.exe"]["Version"], files["triage.exe"]["Language"]) == ("1.2.3.0", "2057")
    assert files["deep.txt"]["Version"] == ""
    assert {one["File_"] for one in rows("MsiFileHash")} == {
        one["File"] for name, one in files.items() if name != "triage.exe"
    }
    assert {one["Property"]: one["Value"] for one in rows("Property")}["REINSTALLMODE"] == "amus"
    order = {one["Action"]: int(one["Sequence"]) for one in rows("InstallExecuteSequence")}
    assert order["InstallInitialize"] < order["RemoveExistingProducts"] < order["ProcessComponents"]
    assert order["AppSearch"] < order["StayThere"] < order["CostInitialize"], "the folder of before is known in time"


@pytest.mark.parametrize(
    ("lock", "needed"),
    [
        ("requirements.txt", {"colorama", "tzdata"}),
        ("requirements-dev.txt", {"pefile", "pyinstaller", "pywin32-ctypes"}),
    ],
)
def test_the_lock_names_what_only_windows_needs(lock: str, needed: set[str]) -> None:
    """It is made on Linux, where pip would leave these out; build.sh stops at one that has no wheel for Windows."""
    pinned = set(re.findall(r"^([\w.-]+)==", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))
    assert needed <= pinned


def test_a_cabinet_packed_tighter_holds_the_same() -> None:
    cabinet = loaded("cabinet")
    held = [b"".join(b"%d of the same kind\n" % number for number in range(at, at + 1500))[:32768] for at in (0, 700)]
    packed = [b"CK" + zlib.compress(block, 1, -15) for block in held]  # the second knows nothing of the first
    start = 44 + 27
    data = b"".join(struct.pack("<IHH", 0, len(one), len(block)) + one for one, block in zip(packed, held, strict=True))
    head = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", start + len(data), 0, 44, 0, 3, 1, 1, 1, 1, 0, 0, 0)[:36]
    loose = (head + struct.pack("<IHH", start, 2, 1)).ljust(start, b"n") + data
    tight = cabinet.tighter(loose)
    assert cabinet.blocks(tight) == held
    assert len(tight) < len(loose)
    assert int.from_bytes(tight[8:12], "little") == len(tight)
    assert tight[44:start] == loose[44:start], "names, sizes and times are as they were"


def test_the_icon_holds_every_size_that_windows_asks_for() -> None:
    data = (WINDOWS / "triage.ico").read_bytes()
    count = int.from_bytes(data[4:6], "little")
    sizes = [data[6 + 16 * number] or 256 for number in range(count)]
    assert {16, 24, 32, 48, 256} <= set(sizes)


def test_the_product_is_named_in_one_file() -> None:
    product = json.loads((WINDOWS / "product.json").read_text(encoding="utf-8"))
    assert set(product) == {"name", "publisher", "description", "help", "upgrade_code", "namespace"}


def test_the_workflow_pins_what_it_uses_and_needs_no_secret() -> None:
    text = (ROOT / ".github" / "workflows" / "installers.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    used = [step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step]
    assert used
    assert [one for one in used if not re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", one)] == []
    assert "secrets." not in text
