"""The archive of a release gives up its program folder and nothing that leads elsewhere, however it is packed."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from functools import partial
from pathlib import Path

import pytest

from tests.fake_releases import pack, program_folder, tar_of
from triage_app.errors import BadFile
from triage_app.formats import release_archive

TOP = "triage-1.0.0-linux-amd64/triage/"
ZIP_TOP = "triage-1.0.0/"


def taken(path: Path, top: str) -> dict[str, bytes | str]:
    """Everything an archive gives: content of files, targets of links."""
    found: dict[str, bytes | str] = {}
    for entry in release_archive.entries(path, top):
        found[entry.name] = entry.link or b"".join(iter(partial(entry.read, 1000), b""))
    return found


def refused(path: Path, top: str = TOP) -> str:
    with pytest.raises(BadFile) as error:
        taken(path, top)
    assert error.value.do
    return error.value.what


@pytest.mark.parametrize(("platform", "top"), [("linux-amd64", TOP), ("windows-x64", ZIP_TOP)])
def test_a_folder_comes_out_as_it_went_in(tmp_path: Path, platform: str, top: str) -> None:
    folder = program_folder(tmp_path / "folder", "1.0.0", platform)
    found = taken(pack(folder, "1.0.0", tmp_path / "out", platform), top)
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()}
    assert found == {
        name: str(path.readlink()) if path.is_symlink() else path.read_bytes() for name, path in there.items()
    }


def test_what_is_run_is_known(tmp_path: Path) -> None:
    path = pack(program_folder(tmp_path / "folder", "1.0.0"), "1.0.0", tmp_path / "out")
    runs = {entry.name for entry in release_archive.entries(path, TOP) if entry.runs}
    assert runs == {"triage", "triage-window"}


@pytest.mark.parametrize(
    "name",
    [
        "../out", "/etc/out", f"{TOP}../../out", f"{TOP}a/../../out", f"{TOP}a//b", f"{TOP}./a", "C:/out", f"{TOP}a:b",
        f"{TOP}a\\..\\b", f"{TOP}nul", f"{TOP}COM1.txt", f"{TOP}a.", f"{TOP}a ", f"{TOP}\u202ea", f"{TOP}a\nb",
        f"{TOP}{'a' * 121}", f"{TOP}{'a/' * 100}a",
    ],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    assert "name" in refused(tar_of(tmp_path / "x.tar.xz", (name, b"bad", "file")))
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name.replace(TOP, ZIP_TOP)), b"bad")
    assert "name" in refused(path, ZIP_TOP)


@pytest.mark.parametrize("kind", ["hard", "fifo"])
def test_what_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    path = tar_of(tmp_path / "x.tar.xz", (f"{TOP}a", b"a", "file"), (f"{TOP}b", f"{TOP}a", kind))
    assert "no file" in refused(path)


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "../../../etc/passwd", "../share/x", "lib", "b", "missing", "..\\a", "lib/../../../x"]
)
def test_a_link_that_leads_to_no_file_of_the_folder_is_refused(tmp_path: Path, target: str) -> None:
    path = tar_of(
        tmp_path / "x.tar.xz",
        (f"{TOP}lib/a", b"a", "file"),
        (f"{TOP}b", target, "link"),
        ("triage-1.0.0-linux-amd64/share/x", b"x", "file"),
    )
    assert "link" in refused(path)


def test_nothing_lies_below_a_link_or_a_file(tmp_path: Path) -> None:
    lib = (f"{TOP}lib/a", b"a", "file")
    below_link = tar_of(tmp_path / "1.tar.xz", lib, (f"{TOP}b", "lib/a", "link"), (f"{TOP}b/c", b"c", "file"))
    assert "both a file and a folder" in refused(below_link)
    below_file = tar_of(tmp_path / "2.tar.xz", lib, (f"{TOP}lib/a/c", b"c", "file"))
    assert "both a file and a folder" in refused(below_file)


def test_a_name_that_comes_twice_is_refused_whatever_its_case(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "x.tar.xz", (f"{TOP}a", b"1", "file"), (f"{TOP}A", b"2", "file"))
    assert "twice" in refused(path)


def test_a_zip_holds_no_link_no_lock_and_nothing_beside_the_folder(tmp_path: Path) -> None:
    link = zipfile.ZipInfo(f"{ZIP_TOP}a")
    link.external_attr = 0o120777 << 16
    for number, (info, word) in enumerate([(link, "link"), (zipfile.ZipInfo("other/a"), "more than the folder")]):
        path = tmp_path / f"{number}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(info, b"x")
        assert word in refused(path, ZIP_TOP)
    packed = tmp_path / "2.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr(f"{ZIP_TOP}a", b"x")
    assert "packed in a way" in refused(packed, ZIP_TOP)


def test_a_bomb_is_refused_before_it_bursts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release_archive, "MAX_BYTES", 1 << 20)
    monkeypatch.setattr(release_archive, "_AROUND", 1 << 16)
    bomb = bytes(3 << 20)
    assert "unpacks to more" in refused(tar_of(tmp_path / "x.tar.xz", (f"{TOP}a", bomb, "file")))
    many = [(f"{TOP}{number}", bytes(1 << 18), "file") for number in range(5)]
    assert "unpacks to more" in refused(tar_of(tmp_path / "y.tar.xz", *many))
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{ZIP_TOP}a", bomb)
    assert "unpacks to more" in refused(path, ZIP_TOP)
    lying = bytearray(path.read_bytes())  # its directory says one byte
    at = lying.rfind(b"PK\x01\x02")
    struct.pack_into("<I", lying, at + 24, 1)
    path.write_bytes(lying)
    assert "damaged" in refused(path, ZIP_TOP)


def test_a_tar_that_asks_for_gigabytes_of_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.xz"
    data = bytearray(lzma.compress(b"x", lzma.FORMAT_XZ, preset=0))
    size = (
        data[12] + 1
    ) * 4  # of the head of the first block; what follows the filter's id and length is its dictionary
    data[data.index(b"\x21\x01", 12) + 2] = 40  # 4 GiB less a byte
    struct.pack_into("<I", data, 12 + size - 4, zlib.crc32(bytes(data[12 : 12 + size - 4])))
    path.write_bytes(data)
    assert "damaged" in refused(path)


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release_archive, "MAX_FILES", 3)
    many = [(f"{TOP}{number}", b"", "file") for number in range(7)]
    assert "more than 3 files" in refused(tar_of(tmp_path / "x.tar.xz", *many))


@pytest.mark.parametrize("platform", ["linux-amd64", "windows-x64"])
def test_a_cut_or_foreign_archive_is_refused_with_a_sentence(tmp_path: Path, platform: str) -> None:
    top = TOP if platform == "linux-amd64" else ZIP_TOP
    path = pack(program_folder(tmp_path / "folder", "1.0.0", platform), "1.0.0", tmp_path / "out", platform)
    whole = path.read_bytes()
    for length in (0, 1, 40, len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:length])
        assert path.name in refused(path, top)
    path.write_bytes(b"no archive at all" * 100)
    assert "damaged" in refused(path, top)
