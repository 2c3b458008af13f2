"""A stick with a new version comes to a laptop that runs Triage from a folder: processes, a real store, no network."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.fake_releases import program_folder, public, release, shipped
from tests.scenarios.laptop import NOW, PASSPHRASE, Laptop, environment
from triage_app.paths import resources
from triage_app.services import editions, updating, version_folders
from triage_app.services.version_folders import State

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="the programs of this test are scripts")]

OF_TOMORROW = """
import triage_app.store.schema as schema

schema.MIGRATIONS = (*schema.MIGRATIONS, "m900_of_tomorrow")
from triage_app.store.migrations import migrations


@migrations()
def m900_of_tomorrow(db):
    db.conn.execute("CREATE TABLE tomorrow(a TEXT) STRICT")
"""
"""A version that has one migration more."""

DIES_AFTERWARDS = """
import os, signal
from triage_app.store import understanding

understanding.catch_up = lambda store: os.kill(os.getpid(), signal.SIGKILL)
"""
"""And that is killed once the store has had it."""


@dataclass
class Ward:
    """The folder that was unpacked on a laptop, the profile of whoever works there, and the publisher's key."""

    folder: Path
    home: Path
    key: Ed25519PrivateKey
    data: Path

    def run(self, *words: str, code: int = 0, program: str = "triage", stdin: str = "") -> tuple[str, str]:
        """Start a program of the folder; return what it wrote to both streams."""
        done = subprocess.run(
            [self.folder / program, "--home", str(self.home), "--now", NOW, *words],
            env={**environment(), "TRIAGE_PASSPHRASE": PASSPHRASE}, cwd=self.home.parent, input=stdin,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout, done.stderr

    def ask(self, *words: str, code: int = 0) -> Any:
        return json.loads(self.run(*words, "--json", code=code)[0])

    def batch(self, *lines: str) -> tuple[list[Any], str]:
        """Run lines under one unlock; return their answers, and what was said beside them."""
        out, said = self.run("batch", "-", stdin="\n".join(lines))
        return [json.loads(line) for line in out.splitlines()], said

    def bring(self, version: str, twist: str = "") -> None:
        """Have a version laid down, as ``triage update`` does."""
        here = editions.of(self.folder)
        updating.stage(self.stick(version, twist), here, (public(self.key),))

    def died(self, version: str, times: int) -> None:
        """Note starts that died, as those do whose process is gone."""
        for _ in range(times):
            noted = version_folders.begin(self.folder, version)
            assert noted is not None
            noted[1].close()

    def stick(self, version: str, twist: str = "") -> Path:
        return release(self.home.parent / "publisher", version, self.key, data=self.data, twist=twist)

    @property
    def state(self) -> State:
        return version_folders.read(self.folder)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ed25519PrivateKey]:
    key = Ed25519PrivateKey.generate()
    return shipped(tmp_path_factory.mktemp("shipped"), key), key


@pytest.fixture
def ward(tmp_path: Path, data: tuple[Path, Ed25519PrivateKey], laptop: Laptop) -> Ward:
    """1.0.0 unpacked in a folder with a space, and a store with one incident."""
    folder = program_folder(tmp_path / "Triage 東京", "1.0.0", data=data[0])
    laptop.ask("incident", "new", "--title", "Written by the old version")
    return Ward(folder, laptop.home, data[1], data[0])


def test_an_update_is_taken_at_the_next_start_and_the_store_goes_on(ward: Ward) -> None:
    told = ward.ask("update", str(ward.stick("1.1.0", OF_TOMORROW)))
    assert told["version"] == "1.1.0"
    assert ward.run("--version")[0].split()[-1] == "1.1.0"
    assert ward.state == State(waiting="1.1.0"), "a version that only told its number has opened nothing"
    samples = resources() / "samples" / "suricata-eve.json"
    answers, said = ward.batch(
        "incident new --title 'Written by the new version'",
        f"import {samples}",  # the reader of the new version reads for it
        "verify",
        "incidents list",
        "update",
    )
    assert "Triage was brought up to date: this is version 1.1.0." in said
    _, imported, verified, listed, update = answers
    assert imported["files"][0]["new"] > 0
    assert verified["ok"]
    assert {one["title"] for one in listed} == {"Written by the old version", "Written by the new version"}
    assert update | {"folder": ""} == {
        "edition": "folder", "folder": "", "platform": "linux-amd64", "version": "1.1.0", "unpacked": "1.0.0",
        "waiting": "", "previous": "", "given_up": "", "release_keys": 1,
    }  # fmt: skip
    assert ward.state == State(current="1.1.0")
    assert len(list((ward.home / "backups").glob("before-migration-*.db"))) == 1


def test_a_version_that_dies_over_the_store_is_given_up_and_the_store_comes_back(ward: Ward) -> None:
    ward.bring("1.1.0", OF_TOMORROW + DIES_AFTERWARDS)
    ward.died("1.1.0", version_folders.TRIES - 1)
    ward.run("incident", "new", "--title", "Lost", code=-9)
    (new, verified, listed), said = ward.batch("incident new --title Afterwards", "verify", "incidents list")
    assert "1.1.0 was not taken" in said
    assert "Your store is as it was before version 1.1.0" in said
    assert new["ref"].rpartition("-")[0] == listed[0]["ref"].rpartition("-")[0], "it goes on as the same device"
    assert verified["ok"]
    assert {one["title"] for one in listed} == {"Written by the old version", "Afterwards"}
    (aside,) = ward.home.glob("set-aside-*")
    assert (aside / "store.db").exists(), "the migrated store is kept"
    assert len(list((ward.home / "backups").glob("before-migration-*.db"))) == 1, "the migration was done once"
    assert ward.state == State()


def test_the_window_follows_and_makes_the_version_sound(ward: Ward) -> None:
    ward.bring("1.1.0")
    picture = ward.home.parent / "first.png"
    ward.run("--paint-test", str(picture), program="triage-window")
    assert picture.stat().st_size > 10_000
    assert ward.state == State(current="1.1.0")
