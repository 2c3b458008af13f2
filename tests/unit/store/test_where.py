"""A share is told from a disk of this computer, and a folder that a service syncs from one that stays."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from triage_app.store import where

posix = pytest.mark.skipif(sys.platform == "win32", reason="the list of mounts is Linux's")

MOUNTS = r"""
21 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw
30 21 0:40 / /mnt/ward rw,relatime shared:9 master:2 - nfs4 files:/ward rw,vers=4.2
31 21 0:41 / /mnt/my\040ward rw,relatime - cifs //files/ward rw
32 21 0:42 / /mnt/ssh rw - fuse.sshfs asha@files: rw
33 21 0:43 / /mnt/host rw - 9p C:\134 rw
34 31 8:3 / /mnt/my\040ward/local rw - xfs /dev/sdb1 rw
35 21 0:44 / /mnt/wardrobe rw - ext4 /dev/sdc1 rw
36 21 0:45 / /people/asha rw - smb3 //files/home rw
37 36 0:46 / /people/asha rw - ext4 /dev/sdd1 rw
38 21 0:47 / /mnt/ŵy\134x rw - cifs //files/w rw
broken line without a hyphen
39 21 - ext4
"""


@posix
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/triage", "ext4"),
        ("/mnt/ward", "nfs4"),
        ("/mnt/ward/triage/store", "nfs4"),
        ("/mnt/my ward/triage", "cifs"),
        ("/mnt/my ward/local/triage", "xfs"),
        ("/mnt/wardrobe/triage", "ext4"),
        ("/mnt/ssh/x", "fuse.sshfs"),
        ("/mnt/host/Users", "9p"),
        ("/people/asha/.local", "ext4"),
        ("/mnt/ŵy\\x/store", "cifs"),
    ],
)
def test_of_all_mounts_above_a_path_the_nearest_and_latest_says_what_it_is_on(path: str, kind: str) -> None:
    assert where.type_of(Path(path), MOUNTS) == kind


@posix
def test_every_kind_of_share_is_refused_through_a_link_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    share, here = (tmp_path / "share").resolve(), (tmp_path / "here").resolve()
    share.mkdir()
    here.mkdir()
    (here / "link").symlink_to(share)
    mounts = tmp_path / "mountinfo"
    monkeypatch.setattr(where, "MOUNTS", mounts)
    for kind in ("nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "davfs", "ceph", "ext4"):
        mounts.write_text(f"1 0 8:1 / / rw - ext4 /dev/sda rw\n2 1 0:9 / {share} rw - {kind} there rw\n")
        assert where.is_network(share / "not" / "yet") == (kind != "ext4")
        assert where.is_network(here / "link" / "store") == (kind != "ext4")
        assert not where.is_network(here / "store")


@posix
def test_without_the_list_of_mounts_the_system_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(where, "MOUNTS", tmp_path / "none")
    assert not where.is_network(tmp_path)


@pytest.mark.parametrize(
    ("path", "remote"),
    [
        (r"\\files\soc\triage", True),
        ("//files/soc/triage", True),
        (r"\\?\UNC\files\soc\triage", True),
        (r"\\.\PhysicalDrive0", False),
        (r"S:\triage", True),
        (r"\\?\S:\triage", True),
        (r"C:\Program Files\Triage", False),
        ("relative", False),
    ],
)
def test_on_windows_a_share_is_known_by_its_path_or_its_letter(
    path: str, remote: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, "drive_type", lambda root: {"S:\\": 4, "C:\\": 3}.get(root, 0))
    assert where.is_remote_drive(path) == remote


@pytest.mark.parametrize(
    ("folders", "service"),
    [
        ("OneDrive/Triage", "OneDrive"),
        ("OneDrive - Northmoor NHS Trust/Triage", "OneDrive"),
        ("Dropbox/a/b", "Dropbox"),
        ("Google Drive/x", "Google Drive"),
        ("Nextcloud/x", "Nextcloud"),
        ("onedriver/x", ""),
        ("My OneDrive papers/x", ""),
        ("Triage", ""),
    ],
)
def test_a_synced_folder_is_known_by_its_name(tmp_path: Path, folders: str, service: str) -> None:
    assert where.synced_by(tmp_path / folders, {}) == service


def test_a_synced_folder_is_known_by_its_mark_and_by_what_the_service_says(tmp_path: Path) -> None:
    (tmp_path / "work" / ".stfolder").mkdir(parents=True)
    assert where.synced_by(tmp_path / "work" / "deep" / "store", {}) == "Syncthing"
    said = {"OneDriveCommercial": str(tmp_path / "cloud")}
    assert where.synced_by(tmp_path / "cloud" / "store", said) == "OneDrive"
    assert where.synced_by(tmp_path / "cloudy" / "store", said) == ""
    assert where.synced_by(tmp_path / "store", {"OneDrive": ""}) == ""


@posix
def test_a_link_into_a_synced_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "OneDrive").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "OneDrive")
    assert where.synced_by(tmp_path / "link" / "store", {}) == "OneDrive"


def test_the_folder_of_the_tests_is_neither(tmp_path: Path) -> None:
    assert not where.is_network(tmp_path)
    assert where.synced_by(tmp_path, os.environ) == ""
