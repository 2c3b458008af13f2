"""A day with canaries for names in every personal field, killed in the middle: none lies on the disk in clear."""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.laptop import PASSPHRASE, ROOT, Laptop, copied, environment, eve, make
from triage_app.formats.identity import PublicIdentity


def forms(canary: str) -> dict[str, bytes]:
    """Every way in which a program may write a text down: three encodings, and base64 at each of its alignments."""
    plain = canary.encode()
    found = {"utf-8": plain, "utf-16-le": canary.encode("utf-16-le"), "utf-16-be": canary.encode("utf-16-be")}
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + plain)
        found[f"base64+{shift}"] = whole[4 if shift else 0 :].rstrip(b"=")[:-2]
    return found


def search(folder: Path, canary: str) -> list[str]:
    """Name each file below a folder that holds a canary, in its content or its name, and in what form."""
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if canary in name:
            found.append(f"the name of {name}")
        if path.is_file():
            data = path.read_bytes()
            found += [f"{name} ({form})" for form, needle in forms(canary).items() if needle in data]
    return found


@dataclass
class World:
    """Everything that the program may write to, in one folder, and beside it what it is given."""

    inside: Path
    outside: Path
    canary: str = field(default_factory=lambda: f"CANARY-{secrets.token_hex(12)}")

    @property
    def laptop(self) -> Laptop:
        """The profile, and the passphrase beside it."""
        return Laptop(self.inside / "profile", self.outside)

    def environment(self) -> dict[str, str]:
        """Variables that keep a process within this world."""
        folders = {"TMPDIR": "tmp", "HOME": "home", "XDG_CONFIG_HOME": "home/config", "XDG_CACHE_HOME": "home/cache",
                   "XDG_DATA_HOME": "home/data", "XDG_RUNTIME_DIR": "home/run"}  # fmt: skip
        for name in folders.values():
            (self.inside / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        return {
            **environment(), **{name: str(self.inside / folder) for name, folder in folders.items()},
            "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen", "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a process in this world."""
        return subprocess.Popen(
            [sys.executable, "-m", *command], cwd=self.inside / "home", env=self.environment(), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def ask(self, *lines: str) -> list[Any]:
        """Run a batch as a process and return its answers; each line must succeed."""
        with self.start("triage_app", *self.laptop.options, "batch", "-") as child:
            out, err = child.communicate("\n".join(lines), timeout=120)
        assert child.returncode in (0, 1), (lines, out[-2000:], err[-2000:])
        assert "Traceback" not in err
        return [json.loads(line) for line in out.splitlines()]

    def given(self, name: str, content: str) -> str:
        """Write a file that somebody hands over, outside what is searched."""
        path = self.outside / name
        path.write_text(content)
        return str(path)


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The identity file of another laptop."""
    other = make(tmp_path_factory.mktemp("peer"))
    path = other.folder / "peer.identity"
    other.ask("device", "identity", str(path))
    return path


@pytest.fixture
def world(empty_laptop: Laptop, tmp_path: Path) -> World:
    outside = tmp_path / "outside"
    copied(empty_laptop, outside)
    inside = tmp_path / "inside"
    inside.mkdir()
    (outside / "profile").rename(inside / "profile")
    return World(inside, outside)


def day_of(world: World, peer: Path) -> None:
    """Do at the command line what a responder does, with the canary in each field about a person."""
    c = world.canary
    alerts = world.given("eve.json", "\n".join(eve(number, signature=f"LOCAL seen at {c}") for number in range(5)))
    attached = world.given(f"{c}.txt", f"{c} was here\n" * 50)
    contacts = world.given("contacts.csv", f"role,name,organisation,phone\nSIRO,{c},Northmoor,{c}\n")
    letter = world.given("letter.txt", f"Dear {c}\n\nWe are looking into it. [[What is known]]\n")
    names = world.given("names.txt", f"{c}-pc\n")
    (incident,) = world.ask(f"incident new --title 'Screens of {c}'")
    ref = incident["ref"]
    (victim, other) = world.ask(
        f"victim add {ref} --person {c} --contact {c}", f"victim add {ref} --person 'Another {c}'"
    )
    (action,) = world.ask(f"action add {victim['ref']} --kind VS05 --owner {c} --outcome 'spoke to {c}'")
    copy, bundle = world.inside / "home" / "copy.db", world.inside / "home" / "bundle.ctb"
    world.ask(
        f"import {alerts} --json",
        f"incident note {ref} 'the line of {c}'",
        f"call log spoke --to {c} --number {c} --about {ref} --note 'said {c}'",
        f"tip new 'told of {c}' --by {c} --contact {c}",
        f"incident task add {ref} 'ring {c}' --owner {c}",
        f"attach {ref} {attached} --taken-by {c} --where {c} --what {c}",
        f"directory import {contacts}",
        f"letter exposure {victim['ref']} not-known --because 'says {c}'",
        f"letter write {victim['ref']} acknowledgement {letter}",
        f"incident affected paste {ref} {names} --kind host",
        f"incident affected set {ref} {c}-pc --owner {c} --comment 'of {c}'",
        f"incident event add {ref} 'it began with {c}' --when '2026-11-21 20:00'",
        f"handoff offer {action['ref']} --to CSOC --person {c} --note 'of {c}'",
        f"victims list --filter {c}",
        f"device trust {peer}",
        f"export --to {_tag(peer)} --full {bundle}",
        f"backup {copy}",
        "undo",
        f"person erase {other['ref']}",
    )


def _tag(peer: Path) -> str:
    return PublicIdentity.from_bytes(peer.read_bytes()).tag


def killed_while_writing(world: World) -> None:
    """Kill the command line while it writes one note after another."""
    with world.start("triage_app", *world.laptop.options, "batch", "-") as child:
        assert child.stdin is not None
        assert child.stdout is not None
        [incident] = [row["ref"] for row in world.laptop.ask("incidents", "list")]
        child.stdin.write("".join(f"incident note {incident} 'note {n} of {world.canary}'\n" for n in range(400)))
        child.stdin.close()
        for _ in range(20):
            assert child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        child.wait(timeout=30)


def killed_window(world: World) -> None:
    """Work in the window, and kill it in the middle of a form."""
    with world.start("tests.scenarios.canary_window", str(world.laptop.home)) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(f"{PASSPHRASE}\n{world.canary}\n")
        child.stdin.flush()
        said = [child.stdout.readline().strip() for _ in range(2)]
        if said != ["READY", "WORKING"]:
            child.kill()
            assert child.stderr is not None
            pytest.fail(child.stderr.read()[-3000:])
        child.send_signal(signal.SIGKILL)
        child.wait(timeout=30)


def test_a_planted_file_is_found_in_every_form(tmp_path: Path) -> None:
    canary = f"CANARY-{secrets.token_hex(12)}"
    for form, needle in forms(canary).items():
        (tmp_path / "deep" / form).mkdir(parents=True)
        (tmp_path / "deep" / form / "x.bin").write_bytes(os.urandom(1000) + needle + os.urandom(1000))
    (tmp_path / f"{canary}.txt").touch()
    found = search(tmp_path, canary)
    assert len(found) == len(forms(canary)) + 1
    whole = base64.b64encode(f"x{canary}y".encode()) + base64.b64encode(f"xy{canary}".encode())
    (tmp_path / "coded").write_bytes(whole)
    assert {"coded (base64+1)", "coded (base64+2)"} <= set(search(tmp_path, canary))


@pytest.mark.slow
def test_no_canary_lies_on_the_disk_in_clear_after_a_day_that_was_killed(world: World, peer: Path) -> None:
    day_of(world, peer)
    killed_while_writing(world)
    killed_window(world)
    assert (world.laptop.profile.log).read_text().count("ValueError") == 1
    assert world.laptop.profile.settings.exists()
    assert len(list(world.inside.rglob("*"))) > 12
    assert search(world.inside, world.canary) == []
    assert world.laptop.verified()["ok"], "and nothing of what was kept is lost"
    assert world.canary in json.dumps(world.laptop.ask("incidents", "list")), "it was there to be leaked"
    (world.inside / "tmp" / "plain.txt").write_text(f"a note about {world.canary}")
    assert search(world.inside, world.canary) == ["tmp/plain.txt (utf-8)"]
