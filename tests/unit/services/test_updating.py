"""A folder edition takes what a release key signed, whole and newer, and nothing else; an installed program nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.fake_releases import edition, pack, program_folder, public, release, rezip, sign
from triage_app.errors import BadFile, Cancelled, DiskFull, NotFound, StoreBusy, StoreReadOnly, TriageError
from triage_app.services import editions, releases, updating, version_folders
from triage_app.services.editions import Edition
from triage_app.services.version_folders import State


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def here(tmp_path: Path) -> Edition:
    """The edition that runs: 1.0.0, in a folder with a space and letters of another script."""
    return edition(tmp_path / "my 東京 folder")


def keys(*made: Ed25519PrivateKey) -> tuple[str, ...]:
    return tuple(map(public, made))


def untouched(here: Edition) -> bool:
    """Whether nothing came to wait, and nothing was left lying about."""
    versions = here.folder / editions.VERSIONS
    left = sorted(path.name for path in versions.iterdir()) if versions.exists() else []
    return version_folders.read(here.folder) == State() and not [name for name in left if not name.endswith(".lock")]


def test_a_signed_newer_release_is_laid_down_whole_and_waits(
    tmp_path: Path, here: Edition, key: Ed25519PrivateKey
) -> None:
    path = release(tmp_path, "1.1.0", key)
    steps: list[int] = []

    def note(done: int, total: int | None = None) -> None:
        steps.append(done)

    offer = updating.stage(path, here, keys(Ed25519PrivateKey.generate(), key), note)
    assert (offer.version, offer.present) == ("1.1.0", "1.0.0")
    assert steps == sorted(steps)
    assert steps[-1] == updating.STEPS
    assert version_folders.read(here.folder) == State(waiting="1.1.0")
    laid = version_folders.place_of(here.folder, "1.1.0")
    assert version_folders.is_whole(laid)
    as_packed = program_folder(tmp_path / "again", "1.1.0")
    for one in as_packed.rglob("*"):
        twin = laid / one.relative_to(as_packed)
        assert twin.is_symlink() == one.is_symlink()
        if one.is_file():
            assert twin.read_bytes() == one.read_bytes()
            assert twin.stat().st_mode & 0o111 == one.stat().st_mode & 0o111
    assert not list(laid.parent.glob(".*"))
    assert editions.of(laid) == Edition(here.folder, "1.0.0", "linux-amd64", laid, "1.1.0")


def test_a_windows_folder_takes_a_zip(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    here = edition(tmp_path / "folder", platform="windows-x64")
    updating.stage(release(tmp_path, "1.1.0", key, "windows-x64"), here, keys(key))
    laid = version_folders.place_of(here.folder, "1.1.0")
    assert (laid / "triage-window.exe").is_file()
    assert version_folders.is_whole(laid)


def test_an_installed_program_never_updates_itself(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    path = release(tmp_path, "1.1.0", key)
    assert editions.of(program_folder(tmp_path / "installed", "1.0.0", mark=False)) is None
    for refuse in (updating.look, updating.stage):
        with pytest.raises(updating.CannotUpdate, match="was installed"):
            refuse(path, None, keys(key))
    with pytest.raises(updating.CannotUpdate, match="was installed"):
        updating.take_back(None)
    assert updating.told(None) == {"edition": "installed"}


def test_this_very_tree_is_no_folder_edition() -> None:
    assert editions.this() is None


@pytest.mark.parametrize(
    "mark",
    [
        "", "[]", '{"edition": "folder"}', "{" * 10_000,
        '{"edition":"folder","version":"../..","platform":"linux-amd64"}',
        '{"edition":"other","version":"1.0.0","platform":"linux-amd64"}',
        '{"edition":"folder","version":"1.0.0","platform":"amiga"}',
    ],
)  # fmt: skip
def test_a_mark_that_is_none_makes_no_folder_edition(tmp_path: Path, mark: str) -> None:
    (tmp_path / editions.MARK).write_text(mark)
    assert editions.of(tmp_path) is None


def test_a_program_without_a_release_key_says_so_plainly(tmp_path: Path, here: Edition, key: Ed25519PrivateKey) -> None:
    path = release(tmp_path, "1.1.0", key)
    with pytest.raises(updating.CannotUpdate, match="knows no release key"):
        updating.stage(path, here, ())
    assert untouched(here)


def unsigned(path: Path) -> None:
    (path.parent / releases.SIGNATURE).unlink()


def without_list(path: Path) -> None:
    (path.parent / releases.SUMS).unlink()


def signed_by_another(path: Path) -> None:
    sign(path.parent, Ed25519PrivateKey.generate())


def changed_archive(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut_archive(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def longer_archive(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def changed_list(path: Path) -> None:
    changed_archive(path)
    own = hashlib.sha256(path.read_bytes()).hexdigest()
    (path.parent / releases.SUMS).write_text(f"{own}  {path.name}\n")


def changed_signature(path: Path) -> None:
    data = bytearray((path.parent / releases.SIGNATURE).read_bytes())
    data[3] ^= 1
    (path.parent / releases.SIGNATURE).write_bytes(data)


def endless_list(path: Path) -> None:
    with (path.parent / releases.SUMS).open("ab") as file:
        file.write(b"x" * 100_000)


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (unsigned, NotFound), (without_list, NotFound), (signed_by_another, TriageError), (changed_archive, BadFile),
        (cut_archive, BadFile), (longer_archive, BadFile), (changed_list, TriageError),
        (changed_signature, TriageError), (endless_list, BadFile),
    ],
)  # fmt: skip
def test_whatever_is_not_as_it_was_released_is_refused_and_leaves_nothing(
    tmp_path: Path, here: Edition, key: Ed25519PrivateKey, spoil: Callable[[Path], None], kind: type[TriageError]
) -> None:
    path = release(tmp_path, "1.1.0", key)
    spoil(path)
    with pytest.raises(kind) as refused:
        updating.stage(path, here, keys(key))
    assert refused.value.do
    assert untouched(here)


@pytest.mark.parametrize("version", ["1.0.0", "0.9.9", "1.0.0rc1"])
def test_an_older_or_the_same_version_is_refused(
    tmp_path: Path, here: Edition, key: Ed25519PrivateKey, version: str
) -> None:
    with pytest.raises(BadFile, match="no newer than this version"):
        updating.stage(release(tmp_path, version, key), here, keys(key))
    assert untouched(here)


def test_what_runs_decides_what_is_older_and_not_what_was_unpacked(
    tmp_path: Path, here: Edition, key: Ed25519PrivateKey
) -> None:
    updating.stage(release(tmp_path, "2.0.0", key), here, keys(key))
    running = editions.of(version_folders.place_of(here.folder, "2.0.0"))
    with pytest.raises(BadFile, match=r"no newer than this version, 2\.0\.0"):
        updating.stage(release(tmp_path, "1.5.0", key), running, keys(key))


def test_another_platform_is_refused(tmp_path: Path, here: Edition, key: Ed25519PrivateKey) -> None:
    with pytest.raises(BadFile, match="another kind of computer"):
        updating.stage(release(tmp_path, "1.1.0", key, "windows-x64"), here, keys(key))
    assert untouched(here)


def test_an_archive_under_a_name_of_another_version_is_refused(
    tmp_path: Path, here: Edition, key: Ed25519PrivateKey
) -> None:
    """The list binds the name to the bytes; what is inside must say the same."""
    path = release(tmp_path, "0.9.0", key)
    newer = path.rename(path.with_name(path.name.replace("0.9.0", "3.0.0")))
    with pytest.raises(BadFile, match="does not name"):
        updating.stage(newer, here, keys(key))
    sign(path.parent, key)  # a publisher who mixed them up
    with pytest.raises(BadFile):
        updating.stage(newer, here, keys(key))
    assert untouched(here)


@pytest.mark.parametrize(
    "name",
    ["notes.txt", "triage-1.1.0-setup.exe", "triage_1.1.0_amd64.deb", "triage-1.1-linux-amd64.tar.xz"],
)
def test_what_is_no_archive_of_ours_is_refused_by_its_name(
    tmp_path: Path, here: Edition, key: Ed25519PrivateKey, name: str
) -> None:
    (tmp_path / name).write_bytes(b"anything")
    with pytest.raises(BadFile, match="not the archive of a version"):
        updating.look(tmp_path / name, here, keys(key))
    with pytest.raises(NotFound):
        updating.look(tmp_path / "gone", here, keys(key))


def test_a_signed_archive_without_the_mark_or_a_program_is_refused(
    tmp_path: Path, here: Edition, key: Ed25519PrivateKey
) -> None:
    for number, missing in enumerate((editions.MARK, "triage", "triage-window")):
        folder = program_folder(tmp_path / f"{number}", "1.1.0")
        (folder / missing).unlink()
        path = pack(folder, "1.1.0", tmp_path / f"out{number}")
        sign(path.parent, key)
        with pytest.raises(BadFile, match="is signed, and is not a version"):
            updating.stage(path, here, keys(key))
    assert untouched(here)


def test_a_signed_archive_that_brings_its_own_list_is_refused(
    tmp_path: Path, here: Edition, key: Ed25519PrivateKey
) -> None:
    folder = program_folder(tmp_path / "made", "1.1.0")
    (folder / version_folders.LISTED).write_text("{}")
    path = pack(folder, "1.1.0", tmp_path / "out")
    sign(path.parent, key)
    with pytest.raises(BadFile, match="is signed, and is not a version"):
        updating.stage(path, here, keys(key))
    assert untouched(here)


def test_a_mark_inside_that_says_otherwise_is_refused(tmp_path: Path, here: Edition, key: Ed25519PrivateKey) -> None:
    folder = program_folder(tmp_path / "made", "1.1.0")
    for version, platform in (("1.2.0", "linux-amd64"), ("1.1.0", "windows-x64")):
        told = {"edition": "folder", "version": version, "platform": platform}
        (folder / editions.MARK).write_text(json.dumps(told))
        path = pack(folder, "1.1.0", tmp_path / "out")
        sign(path.parent, key)
        with pytest.raises(BadFile, match="is signed, and is not a version"):
            updating.stage(path, here, keys(key))
    assert untouched(here)


def test_a_signed_archive_that_leads_elsewhere_writes_nothing_anywhere(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    here = edition(tmp_path / "deep" / "folder", platform="windows-x64")
    path = release(tmp_path, "1.1.0", key, "windows-x64")
    rezip(path, lambda archive: archive.writestr("triage-1.1.0/../../../../evil.txt", b"bad"))
    sign(path.parent, key)
    before = {one for one in tmp_path.rglob("*") if one.suffix != ".lock" and one.name != editions.VERSIONS}
    with pytest.raises(BadFile, match="leads elsewhere"):
        updating.stage(path, here, keys(key))
    assert {one for one in tmp_path.rglob("*") if one.suffix != ".lock" and one.name != editions.VERSIONS} == before
    assert untouched(here)


def test_a_stick_that_answers_otherwise_the_second_time_gains_nothing(
    tmp_path: Path, here: Edition, key: Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is unpacked is the copy that was compared: the stick is read once."""
    path = release(tmp_path, "1.1.0", key)
    genuine = releases.refuse_other

    def swapped(*words: Any) -> None:
        path.write_bytes(b"something else")
        genuine(*words)

    monkeypatch.setattr(releases, "refuse_other", swapped)
    updating.stage(path, here, keys(key))
    assert version_folders.is_whole(version_folders.place_of(here.folder, "1.1.0"))


def test_too_little_disk_is_said_before_and_while_it_is_unpacked(
    tmp_path: Path, here: Edition, key: Ed25519PrivateKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = release(tmp_path, "1.1.0", key)
    free = [0, 10 * updating.MARGIN]
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=free.pop(0)))
    with pytest.raises(DiskFull, match="MB on the disk"):
        updating.stage(path, here, keys(key))
    assert len(free) == 1, "before anything was copied"
    free[:] = [updating.MARGIN + path.stat().st_size, updating.MARGIN]
    with pytest.raises(DiskFull, match="MB on the disk"):
        updating.stage(path, here, keys(key))
    assert untouched(here)


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path: Path, here: Edition, key: Ed25519PrivateKey) -> None:
    path = release(tmp_path, "1.1.0", key)
    (here.folder / editions.VERSIONS).write_text("a file stands where the versions would lie")
    with pytest.raises(StoreReadOnly, match="cannot be written to"):
        updating.stage(path, here, keys(key))


def test_stopping_half_way_leaves_nothing(tmp_path: Path, here: Edition, key: Ed25519PrivateKey) -> None:
    path = release(tmp_path, "1.1.0", key)

    def stop(done: int, total: int | None = None) -> None:
        if done > 500:
            raise Cancelled

    with pytest.raises(Cancelled):
        updating.stage(path, here, keys(key), stop)
    assert untouched(here)


def test_two_updates_at_once_are_one(tmp_path: Path, here: Edition, key: Ed25519PrivateKey) -> None:
    path = release(tmp_path, "1.1.0", key)
    (here.folder / editions.VERSIONS).mkdir()
    with version_folders.staging(here.folder), pytest.raises(StoreBusy):
        updating.stage(path, here, keys(key))
    updating.stage(path, here, keys(key))
    updating.stage(path, here, keys(key))  # once more, over itself
    updating.stage(release(tmp_path, "1.2.0", key), here, keys(key))
    assert version_folders.read(here.folder).waiting == "1.2.0"


def test_a_version_that_waits_can_be_left_and_one_in_use_taken_out_of_use(
    tmp_path: Path, here: Edition, key: Ed25519PrivateKey
) -> None:
    with pytest.raises(updating.CannotUpdate, match="no version before"):
        updating.take_back(here)
    updating.stage(release(tmp_path, "1.1.0", key), here, keys(key))
    assert updating.take_back(here) == "1.1.0"
    assert version_folders.read(here.folder) == State()
    version_folders.change(here.folder, lambda _: State(current="1.1.0"))
    assert updating.take_back(here) == "1.1.0"
    assert version_folders.read(here.folder) == State(given_up="1.1.0", because=version_folders.ASKED)
