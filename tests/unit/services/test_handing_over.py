"""The start of a folder edition: the version in use goes on, a new one is taken or given up, a kill breaks nothing."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.fake_releases import edition, pack, program_folder, public, release, sign
from tests.stores import copies
from triage_app.errors import BadInput, StoreBusy, StoreDamaged, StoreTooNew, WrongPassphraseOrDamaged
from triage_app.services import editions, handing_over, this_start, updating, version_folders
from triage_app.services.editions import Edition
from triage_app.services.version_folders import ASKED, DAMAGED, DIED, NO_START, State
from triage_app.store.connection import Store

KEY = Ed25519PrivateKey.generate()


@pytest.fixture(autouse=True)
def no_start_of_another_test() -> Iterator[None]:
    this_start.begin(None, "")
    yield
    this_start.begin(None, "")


@pytest.fixture
def here(tmp_path: Path) -> Edition:
    """1.0.0, unpacked; 1.1.0 waits."""
    here = edition(tmp_path / "folder")
    updating.stage(release(tmp_path, "1.1.0", KEY), here, (public(KEY),))
    return here


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (laptop,) = copies(tmp_path / "stores")
    yield laptop.store
    laptop.close()


class Handed(BaseException):
    """Another program was put in place of this one."""

    def __init__(self, program: Path, words: list[str], variables: dict[str, str]) -> None:
        self.program, self.words, self.variables = program, words, variables


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Handed | None]:
    """Start a program as the system would; returns what it became, None where it goes on itself."""

    def execve(program: Path, words: list[str], variables: dict[str, str]) -> None:
        if not os.access(program, os.X_OK):
            raise PermissionError(program)
        raise Handed(program, words, variables)

    monkeypatch.setattr(os, "execve", execve)
    monkeypatch.setattr(sys, "frozen", True, raising=False)

    def started(program: Path, *words: str, **variables: str) -> Handed | None:
        monkeypatch.setattr(sys, "executable", str(program))
        try:
            assert handing_over.follow(words, variables) is None
        except Handed as handed:
            return handed
        assert handing_over.HANDED not in variables
        return None

    return started


def run(start: Callable[..., Handed | None], here: Edition) -> Edition:
    """Start the unpacked program, and let what it becomes begin; return that one's edition."""
    handed = start(here.folder / "triage-window")
    if handed is not None:
        assert start(handed.program, **handed.variables) is None
    found = this_start.edition()
    assert found is not None
    return found


def opened(store: Store) -> list[str]:
    with this_start.opening() as note:
        return note(store)


def test_a_new_version_is_taken_and_sound_once_a_store_is_open(
    here: Edition, start: Callable[..., Any], store: Store
) -> None:
    handed = start(here.folder / "triage-window", "--home", "a b", LANG="cy")
    assert handed.program == here.folder / "versions" / "1.1.0" / "triage-window"
    assert handed.words == [str(handed.program), "--home", "a b"]
    assert handed.variables["LANG"] == "cy"
    assert run(start, here).running == "1.1.0"
    assert version_folders.read(here.folder).waiting == "1.1.0", "not yet known to be sound"
    assert opened(store) == ["Triage was brought up to date: this is version 1.1.0."]
    assert version_folders.read(here.folder) == State(current="1.1.0")
    assert list((here.folder / "versions" / "starts").iterdir()) == [], "nothing is noted of it any longer"
    this_start.end()
    assert opened(store) == [], "that is said once"
    assert start(here.folder / "triage").program == here.folder / "versions" / "1.1.0" / "triage", (
        "both programs follow"
    )
    assert run(start, here).running == "1.1.0"


def test_without_an_update_the_program_goes_on_itself(tmp_path: Path, start: Callable[..., Any]) -> None:
    here = edition(tmp_path / "folder")
    assert start(here.folder / "triage") is None
    assert not (here.folder / editions.VERSIONS).exists(), "the folder stays as it was"


def test_an_installed_program_follows_no_pointer(here: Edition, start: Callable[..., Any]) -> None:
    (here.folder / editions.MARK).unlink()
    assert start(here.folder / "triage") is None
    assert this_start.edition() is None


def test_a_program_started_below_versions_goes_by_the_folder_that_was_unpacked(
    here: Edition, start: Callable[..., Any]
) -> None:
    pinned = here.folder / "versions" / "1.1.0" / "triage-window"
    assert start(pinned, "file.bundle").program == here.folder / "triage-window"
    (here.folder / "triage-window").unlink()
    assert start(pinned) is None, "without that it goes on itself"


def test_what_pyinstaller_set_for_one_program_is_not_handed_to_another(
    here: Edition, start: Callable[..., Any]
) -> None:
    handed = start(here.folder / "triage", _PYI_ARCHIVE_FILE="x", LD_LIBRARY_PATH="ours", LD_LIBRARY_PATH_ORIG="theirs")
    assert "_PYI_ARCHIVE_FILE" not in handed.variables
    assert handed.variables["LD_LIBRARY_PATH"] == "theirs"
    assert handed.variables["PYINSTALLER_RESET_ENVIRONMENT"] == "1"
    assert "LD_LIBRARY_PATH" not in start(here.folder / "triage", LD_LIBRARY_PATH="ours").variables


def test_starts_that_died_give_the_version_up(here: Edition, start: Callable[..., Any], store: Store) -> None:
    for _ in range(version_folders.TRIES):
        assert run(start, here).running == "1.1.0"  # and then nothing: the process was gone
    assert run(start, here).running == "1.0.0"
    assert version_folders.read(here.folder) == State(given_up="1.1.0", because=DIED)
    (said,) = this_start.words()
    assert "1.1.0 was not taken" in said
    assert "This is version 1.0.0, as before." in said
    assert opened(store) == [said]
    assert this_start.words() == [], "it has been said"
    assert not (here.folder / "versions" / "1.1.0").exists()
    updating.stage(release(here.folder.parent / "again", "1.1.0", KEY), here, (public(KEY),))
    assert run(start, here).running == "1.1.0", "brought again, it is tried again"


def test_a_version_that_was_given_up_and_is_brought_again_begins_anew(here: Edition, start: Callable[..., Any]) -> None:
    for _ in range(version_folders.TRIES):
        run(start, here)
    assert run(start, here).running == "1.0.0"
    updating.stage(release(here.folder.parent / "again", "1.1.0", KEY), here, (public(KEY),))
    assert run(start, here).running == "1.1.0", "though no store was opened meanwhile"


def test_a_start_that_ends_before_anything_is_opened_says_nothing_about_the_version(
    here: Edition, start: Callable[..., Any]
) -> None:
    for _ in range(2 * version_folders.TRIES):
        assert run(start, here).running == "1.1.0"
        this_start.end()


def test_a_start_that_is_still_going_on_is_no_death(here: Edition) -> None:
    held = [version_folders.begin(here.folder, "1.1.0") for _ in range(version_folders.TRIES)]
    assert version_folders.deaths(here.folder, "1.1.0") == 0
    for one in held:
        assert one is not None
        one[1].close()
    assert version_folders.deaths(here.folder, "1.1.0") == version_folders.TRIES


@pytest.mark.parametrize("name", ["../../evil", "x", "1.1.0-../../evil", ""])
def test_a_start_that_nobody_noted_is_not_written_to(here: Edition, start: Callable[..., Any], name: str) -> None:
    """What the variable says comes from outside."""
    for place in (here.folder / "evil", here.folder / "versions" / "starts" / "x"):
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(b"as it was")
    assert start(here.folder / "versions" / "1.1.0" / "triage", TRIAGE_HANDED_OVER=name or "-") is None
    this_start.end()
    assert (here.folder / "evil").read_bytes() == b"as it was"
    assert (here.folder / "versions" / "starts" / "x").read_bytes() == b"as it was"


def test_other_accounts_can_read_which_version_is_in_use(here: Edition) -> None:
    assert (here.folder / "versions" / version_folders.STATE).stat().st_mode & 0o444 == 0o444
    assert here.running == "1.0.0"


class Bug(Exception):
    """A fault of the new version."""


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        (WrongPassphraseOrDamaged("", ""), True), (StoreDamaged("", ""), True), (Bug(), True),
        (StoreBusy("", ""), False), (BadInput("", ""), False), (StoreTooNew("", ""), False),
    ],
)  # fmt: skip
def test_only_what_may_be_the_versions_fault_counts_against_it(
    here: Edition, start: Callable[..., Any], error: Exception, counts: bool
) -> None:
    for _ in range(version_folders.TRIES):
        run(start, here)
        with pytest.raises(type(error)), this_start.opening():
            raise error
        this_start.end()
    assert run(start, here).running == ("1.0.0" if counts else "1.1.0")


def test_a_wrong_passphrase_that_is_put_right_counts_for_the_version(
    here: Edition, start: Callable[..., Any], store: Store
) -> None:
    run(start, here)
    with pytest.raises(WrongPassphraseOrDamaged), this_start.opening():
        raise WrongPassphraseOrDamaged("", "")
    opened(store)
    assert version_folders.read(here.folder).current == "1.1.0"


def test_a_store_that_lacks_a_migration_makes_no_version_sound(
    here: Edition, start: Callable[..., Any], store: Store
) -> None:
    """A reading command may open it before the migration was ever tried."""
    run(start, here)
    with store.write():
        store.execute("DELETE FROM _sqlite_migrations WHERE name LIKE 'm020%'")
    assert opened(store) == []
    assert version_folders.read(here.folder).waiting == "1.1.0"


def test_a_version_that_was_damaged_since_is_not_started(here: Edition, start: Callable[..., Any]) -> None:
    thing = here.folder / "versions" / "1.1.0" / "_internal" / "lib" / "libthing.so.6"
    thing.write_bytes(thing.read_bytes()[:-1] + b"!")
    assert run(start, here).running == "1.0.0"
    assert version_folders.read(here.folder) == State(given_up="1.1.0", because=DAMAGED)
    assert "damaged" in this_start.words()[0]


def test_a_version_that_the_system_does_not_start_is_given_up_at_once(here: Edition, start: Callable[..., Any]) -> None:
    """Its programs are whole, and the system refuses them: a rule of IT, or a disk from which nothing is run."""
    for name in editions.PROGRAMS:
        (here.folder / "versions" / "1.1.0" / name).chmod(0o644)
    assert run(start, here).running == "1.0.0"
    assert version_folders.read(here.folder) == State(given_up="1.1.0", because=NO_START)


def test_a_version_in_use_that_is_gone_is_said(here: Edition, start: Callable[..., Any], store: Store) -> None:
    run(start, here)
    opened(store)
    (here.folder / "versions" / "1.1.0" / "triage-window").unlink()
    assert run(start, here).running == "1.0.0"
    assert "1.1.0 was in use, and it is missing" in this_start.words()[0]


def test_the_one_before_is_kept_and_older_ones_are_removed(
    tmp_path: Path, here: Edition, start: Callable[..., Any], store: Store
) -> None:
    running = here
    for version in ("1.1.0", "1.2.0", "1.3.0"):
        updating.stage(release(tmp_path / version, version, KEY), running, (public(KEY),))
        running = run(start, here)
        assert running.running == version
        opened(store)
    assert version_folders.read(here.folder) == State(current="1.3.0", previous="1.2.0")
    assert {path.name for path in (here.folder / "versions").iterdir() if path.is_dir()} == {"1.2.0", "1.3.0", "starts"}
    updating.take_back(running)
    assert run(start, here).running == "1.2.0"
    assert "as asked" in this_start.words()[0]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"format": 2}', '{"format": 1, "current": "../../x"}', '{"format": 1, "waiting": 7}']
)
def test_a_state_that_cannot_be_read_leaves_what_was_unpacked(
    here: Edition, start: Callable[..., Any], text: str
) -> None:
    (here.folder / "versions" / version_folders.STATE).write_text(text)
    assert run(start, here).running == "1.0.0"


def test_what_was_unpacked_later_and_is_newer_goes_on_itself(here: Edition, start: Callable[..., Any]) -> None:
    version_folders.change(here.folder, lambda _: State(current="1.1.0"))
    (here.folder / editions.MARK).write_text('{"edition": "folder", "platform": "linux-amd64", "version": "1.2.0"}')
    assert start(here.folder / "triage") is None


def test_a_store_that_the_version_given_up_brought_up_to_date_is_named(
    here: Edition, start: Callable[..., Any]
) -> None:
    version_folders.change(here.folder, lambda state: replace(state, waiting="", given_up="1.1.0", because=DIED))
    run(start, here)
    with pytest.raises(StoreTooNew) as refused, this_start.opening():
        raise StoreTooNew("newer", "install it")
    assert "1.1.0 has brought this store up to date" in refused.value.what
    assert "before an update" in refused.value.do
    assert version_folders.read(here.folder).given_up == "1.1.0", "nothing was opened: it is said again next time"


def test_asked_back_is_no_reason_to_tell_anybody(here: Edition) -> None:
    version_folders.change(here.folder, lambda _: State(given_up="1.1.0", because=ASKED))
    this_start.begin(here, "")
    assert "Tell whoever" not in this_start.words()[0]


@pytest.mark.skipif(os.name == "nt", reason="there the other way is used by every other test")
def test_where_a_program_cannot_be_replaced_it_is_waited_for(tmp_path: Path) -> None:
    program = tmp_path / "triage"
    program.write_text('#!/bin/sh\necho "$1" >"$OUT"\nexit 7\n')
    program.chmod(0o755)
    variables = {"PATH": os.environ["PATH"], "OUT": str(tmp_path / "out")}
    assert handing_over._wait_for(program, ["a b"], variables) == 7
    assert (tmp_path / "out").read_text() == "a b\n"


@pytest.mark.skipif(os.name == "nt", reason="forks")
def test_a_start_is_noted_as_long_as_the_program_that_it_became_lives(tmp_path: Path) -> None:
    """By a real ``execve``: the lock goes along, and the system frees it when the program is killed."""
    made = program_folder(tmp_path / "made", "1.1.0")
    (made / "triage").write_text('#!/bin/sh\necho begun >"$1"\nread nothing <"$2"\n')
    path = pack(made, "1.1.0", tmp_path / "stick")
    sign(path.parent, KEY)
    here = edition(tmp_path / "folder")
    updating.stage(path, here, (public(KEY),))
    said, kept = tmp_path / "said", tmp_path / "kept"
    os.mkfifo(said)
    os.mkfifo(kept)
    child = os.fork()
    if not child:
        try:
            sys.frozen = True  # type: ignore[attr-defined]
            sys.executable = str(here.folder / "triage")
            handing_over.follow([str(said), str(kept)], {"PATH": os.environ["PATH"]})
        finally:
            os._exit(1)
    assert said.read_text() == "begun\n"
    assert version_folders.deaths(here.folder, "1.1.0") == 0
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert version_folders.deaths(here.folder, "1.1.0") == 1


# -- kill -9 at every step ---------------------------------------------------------------------------------

STEPS = ("replace", "rename", "mkdir", "rmdir", "symlink", "unlink", "fsync", "open", "chmod")
"""The calls of the system between which a kill may come."""


def killed_at(number: int, work: Callable[[], object]) -> bool:
    """Do something in a process that is killed before its ``number``-th step; tell whether it came to its end."""
    child = os.fork()
    if not child:
        left = number
        try:
            for name in STEPS:
                original = getattr(os, name)

                def step(*args: Any, original: Callable[..., Any] = original, **named: Any) -> Any:
                    nonlocal left
                    left -= 1
                    if left < 0:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return original(*args, **named)

                setattr(os, name, step)
            work()
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "it failed by itself"
    return not os.WIFSIGNALED(status)


def starts_something_whole(here: Edition, may_be: set[str]) -> str:
    """Assert that a start now finds a version that is there whole, one of some; return which."""
    version, noted = handing_over.choose(here)
    if noted is not None:
        version_folders.end(here.folder, noted[0])
        noted[1].close()
    assert (version or here.version) in may_be
    if version:
        assert version_folders.is_whole(version_folders.place_of(here.folder, version))
    assert (version_folders.place_of(here.folder, version) / "triage-window").is_file()
    return version or here.version


@pytest.mark.skipif(os.name == "nt", reason="forks")
@pytest.mark.parametrize("again", [False, True], ids=["the first time", "over the same version"])
def test_an_update_killed_at_any_step_leaves_a_version_that_starts(tmp_path: Path, again: bool) -> None:
    path = release(tmp_path, "1.1.0", KEY)
    keys = (public(KEY),)
    number, found = 0, set()
    while True:
        here = edition(tmp_path / f"folder{number}")
        if again:
            updating.stage(path, here, keys)
        ended = killed_at(number, lambda here=here: updating.stage(path, here, keys))  # type: ignore[misc]
        found.add(starts_something_whole(here, {"1.0.0", "1.1.0"}))
        updating.stage(path, here, keys)
        assert starts_something_whole(here, {"1.1.0"}) == "1.1.0", "the update can be taken up again"
        assert not list((here.folder / "versions").glob(f"{version_folders.INCOMING}*"))
        if ended:
            break
        number += 2 if again else 1
    assert number > 15
    assert found == {"1.0.0", "1.1.0"}, "some kills came before and some after it counted"


@pytest.mark.skipif(os.name == "nt", reason="forks")
@pytest.mark.parametrize("sound", [True, False], ids=["taken", "given up"])
def test_a_start_killed_at_any_step_leaves_a_version_that_starts(tmp_path: Path, store: Store, sound: bool) -> None:
    path = release(tmp_path, "1.2.0", KEY)
    number = 0
    while True:
        here = edition(tmp_path / f"folder{number}")
        updating.stage(path, here, (public(KEY),))
        laid = editions.of(version_folders.place_of(here.folder, "1.2.0"))
        for old in ("1.0.5", "1.0.6"):
            program_folder(here.folder / "versions" / old, old)
        version_folders.change(here.folder, lambda state: replace(state, current="1.0.6"))
        version_folders.note_content(here.folder / "versions" / "1.0.6", {}, {})
        if not sound:
            for _ in range(version_folders.TRIES):
                noted = version_folders.begin(here.folder, "1.2.0")
                assert noted is not None
                noted[1].close()

        def take(here: Edition = here, laid: Edition | None = laid) -> None:
            version, noted = handing_over.choose(here)
            this_start.begin(laid if version == "1.2.0" else here, "" if noted is None else noted[0])
            opened(store)
            this_start.end()

        ended = killed_at(number, take)
        starts_something_whole(here, {"1.0.6", "1.2.0"} if sound else {"1.0.6"})
        if ended:
            break
        number += 1
    assert number > 5
    assert version_folders.read(here.folder) == (
        State(current="1.2.0", previous="1.0.6") if sound else State(current="1.0.6")
    )
