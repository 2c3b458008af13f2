"""Anywhere on a disk of this computer: odd paths, a program folder that is only read, several accounts."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from tests.scenarios.laptop import NOW, PASSPHRASE, ROOT, Answer, Laptop, assert_plain, eve, run_here
from triage_app.services import set_by_it

ODD = "Pŵllheli & Co (ward 7) – ελ 病院 'x'"
"""A folder as a person may name it: spaces, accents, other scripts, and what a shell would take for its own."""

is_root = hasattr(os, "geteuid") and os.geteuid() == 0
NOBODY, SOMEBODY = 65_534, 65_533
"""Numbers of two accounts that own nothing."""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The program, in a folder of an odd name that nobody may write to."""
    base = tmp_path_factory.mktemp("program")
    folder = base / ODD
    for name in ("triage_app", "resources"):  # with what is compiled already, or each start would compile it again
        shutil.copytree(ROOT / name, folder / name)
    shutil.copytree(ROOT / "docs" / "manual", folder / "docs" / "manual")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield folder
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)


def content(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file and folder below one, with its size and when it was last changed."""
    found = [folder, *folder.rglob("*")]
    return {str(path): (path.stat().st_size if path.is_file() else 0, path.stat().st_mtime_ns) for path in found}


def started(program: Path, home: Path, words: Sequence[str], entry: str = "main") -> subprocess.CompletedProcess[str]:
    """Start the copied program as a process of its own, as the packaged one is: with nothing to compile.

    Root may write where its rights say that it may not; that is taken from it first.
    """
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(program), "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(home.parent), "QT_QPA_PLATFORM": "offscreen", "PYTHONUTF8": "1",
        "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", ""),
    }  # fmt: skip
    script = f"import sys; from triage_app.__main__ import {entry} as run; sys.exit(run())"
    lowered = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"] if is_root else []
    return subprocess.run(
        [*lowered, sys.executable, "-c", script, "--home", str(home), *words],
        cwd=home.parent, env=environment, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip


def as_account(account: int, words: Sequence[str]) -> Answer:
    """Run a command as another account. A fork, for what root has installed other accounts often may not even run."""
    receiving, sending = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(account)
            os.setuid(account)
            os.umask(0o022)
            set_by_it.FILE = Path("/nowhere/policy.json")  # the tests' own is root's alone
            done = run_here(words)
            os.write(sending, json.dumps([done.code, done.out, done.err]).encode()[:60_000])
        finally:
            os._exit(0)
    os.close(sending)
    with os.fdopen(receiving, "rb") as file:
        told = file.read()
    os.waitpid(child, 0)
    return Answer(*json.loads(told))


def test_program_profile_and_files_may_lie_under_any_name_and_the_program_folder_is_only_read(
    program: Path, tmp_path: Path
) -> None:
    before = content(program)
    work = tmp_path / ODD
    work.mkdir()
    home = work / "profile ẃ"
    passphrase = work / "passphrase é.txt"
    passphrase.write_text(PASSPHRASE + "\n", encoding="utf-8")
    (work / "alerts ø.json").write_text(eve(1) + "\n" + eve(2), encoding="utf-8")
    opening = ["--passphrase-file", str(passphrase)]

    def ran(*words: str, entry: str = "main") -> str:
        done = started(program, home, [*opening, *words], entry)
        assert done.returncode == 0, done
        return done.stdout

    ran("--now", NOW, "init", "--org", "RXX", "--responder", "Asha Rahman")
    lines = [f"import '{work / 'alerts ø.json'}'", f"backup '{work / 'copy ñ.db'}'"]
    (work / "lines ŷ").write_text("\n".join(lines).replace("'x'", "'\"'x'\"'"), encoding="utf-8")
    assert '"new": 2' in ran("--now", NOW, "batch", str(work / "lines ŷ"))
    assert (work / "copy ñ.db").is_file()
    ran("--now", NOW, "--paint-test", str(work / "first ü.png"), entry="main_window")
    assert (work / "first ü.png").stat().st_size > 10_000
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert content(program) == before


@pytest.mark.skipif(not is_root, reason="only root can be two other accounts")
def test_two_accounts_have_profiles_of_their_own_that_the_other_cannot_look_into(
    laptop: Laptop, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    assert laptop.verified()["ok"]  # all that the forks need is loaded from now on
    closed = [one for one in (tmp_path, *tmp_path.parents) if one.owner() == "root" and not one.stat().st_mode & 0o005]
    for folder in closed:  # two of them; three beside other workers
        request.addfinalizer(partial(folder.chmod, stat.S_IMODE(folder.stat().st_mode)))
        folder.chmod(0o755)
    homes = {}
    for account in (NOBODY, SOMEBODY):
        own = tmp_path / str(account)
        own.mkdir(mode=0o755)
        (own / "p").write_text(PASSPHRASE)
        for path in (own, own / "p"):
            os.chown(path, account, account)
        homes[account] = own / "share" / "triage"
        words = ["--home", str(homes[account]), "--now", NOW, "--passphrase-file", str(own / "p")]
        made = as_account(account, [*words, "init", "--org", "RXX", "--responder", "A"])
        assert made.code == 0, made
        assert stat.S_IMODE(homes[account].stat().st_mode) == 0o700
        assert homes[account].stat().st_uid == account
        assert as_account(account, [*words, "verify"]).code == 0
    opening = ["--passphrase-file", str(tmp_path / str(SOMEBODY) / "p")]
    for words in (["verify"], ["incident", "new", "--title", "x"], ["init", "--org", "RXX", "--responder", "B"]):
        other = as_account(SOMEBODY, ["--home", str(homes[NOBODY]), *opening, *words, "--json"])
        assert other.code == 2
        assert_plain(other.json)


def test_a_profile_folder_that_others_could_look_into_is_made_the_accounts_own(laptop: Laptop, tmp_path: Path) -> None:
    home = tmp_path / "new"
    home.mkdir(mode=0o755)
    home.chmod(0o777)
    words = ["--home", str(home), "--now", NOW, "--passphrase-file", str(laptop.folder / "passphrase.txt")]
    assert run_here([*words, "init", "--org", "RXX", "--responder", "A"]).code == 0
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_second_writer_on_one_store_gets_its_sentence_and_a_reader_its_answer(laptop: Laptop) -> None:
    with laptop.session():
        found = laptop.refused("incident", "new", "--title", "Second")
        assert found["code"] == "busy"
        assert "Another copy of the program is using this store." in found["what"]
        assert laptop.ask("incidents", "list") == []


def test_no_store_is_made_in_a_synced_folder_and_one_that_is_there_opens_with_a_warning(
    laptop: Laptop, tmp_path: Path
) -> None:
    cloud = tmp_path / "OneDrive - Northmoor"
    words = ["--now", NOW, "--passphrase-file", str(laptop.folder / "passphrase.txt")]
    new = ["init", "--org", "RXX", "--responder", "A", "--json"]
    answer = run_here(["--home", str(cloud / "triage"), *words, *new])
    assert answer.code == 2
    assert answer.json["code"] == "synced-folder"
    assert "OneDrive" in answer.json["what"]
    assert not cloud.exists()
    shutil.copytree(laptop.folder, cloud)
    there = Laptop(cloud / "profile", cloud)
    answer = there.run("verify")
    assert answer.code == 0
    assert "OneDrive" in answer.err
    copy = laptop.folder / "copy.db"
    laptop.ask("backup", str(copy))
    assert Laptop(cloud / "other", cloud).refused("restore", str(copy))["code"] == "synced-folder"
