"""A laptop for tests: a demonstration store in a folder of its own, and the public command line on it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import triage_app
from triage_app.cli.main import run
from triage_app.paths import Profile
from triage_app.services import session as sessions
from triage_app.services.session import Session

NOW = "2026-11-22T03:12:00Z"
PASSPHRASE = "seven quiet herons wade"
ROOT = Path(triage_app.__file__).resolve().parent.parent


def clock() -> datetime:
    """The time at which every test takes place."""
    return datetime(2026, 11, 22, 3, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    """What one run of the command line came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output; anything else there is an error."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """One JSON document a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Laptop:
    """One profile, and a folder beside it for the files that a test makes."""

    home: Path
    folder: Path

    @property
    def options(self) -> list[str]:
        """What comes before every command."""
        return ["--home", str(self.home), "--passphrase-file", str(self.folder / "passphrase.txt")]

    @property
    def profile(self) -> Profile:
        """The profile's paths."""
        return Profile(self.home)

    def run(self, *words: str, stdin: bytes = b"") -> Answer:
        """Run one command in this process."""
        return run_here([*self.options, *words], stdin)

    def ask(self, *words: str, code: int = 0, stdin: bytes = b"") -> Any:
        """Run one command with ``--json`` and return its one document."""
        answer = self.run(*words, "--json", stdin=stdin)
        assert answer.code == code, (words, answer)
        assert answer.out.count("\n") == 1, answer.out
        return answer.json

    def refused(self, *words: str, stdin: bytes = b"") -> dict[str, str]:
        """Run a command that must be refused, and return the refusal once it has been looked over."""
        found = self.ask(*words, code=2, stdin=stdin)
        assert_plain(found)
        return dict(found)

    def take(self, *files: Path, words: Sequence[str] = (), code: int = 0) -> list[dict[str, Any]]:
        """Import files and return what each came to; the counts are checked to add up."""
        found: list[dict[str, Any]] = self.ask("import", *words, *map(str, files), code=code)["files"]
        for item in found:
            if "what" not in item:
                assert item["records"] == item["new"] + item["repeats"] + item["rejected"], item
        return found

    def batch(self, *lines: str, code: int = 0, words: Sequence[str] = ()) -> list[Any]:
        """Run lines under one unlock; return one result a line."""
        answer = self.run("batch", "-", *words, stdin="\n".join(lines).encode())
        assert answer.code == code, answer
        return answer.lines

    def alerts(self, *words: str) -> list[dict[str, Any]]:
        """Return the alerts that the queue would show, dismissed and all."""
        return list(self.ask("alerts", "list", *words))

    def verified(self) -> dict[str, Any]:
        """Verify the store and return what that said."""
        return dict(self.ask("verify"))

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """Unlock the store for writing in this process."""
        opened = sessions.unlock(self.profile, PASSPHRASE, clock)
        try:
            yield opened
        finally:
            opened.close()

    def start(self, *words: str, **more: Any) -> subprocess.Popen[bytes]:
        """Start the command line as a process of its own."""
        command = [sys.executable, "-m", "triage_app", *self.options, *words]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, **{"cwd": ROOT, "env": environment(), **pipes, **more})

    def process(self, *words: str, **more: Any) -> Answer:
        """Run the command line as a process of its own, to its end."""
        with self.start(*words, **more) as child:
            out, err = child.communicate(timeout=60)
            return Answer(child.returncode, (out or b"").decode(), (err or b"").decode())

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file beside the profile and return its path."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def left_behind(self) -> list[str]:
        """Return the files of the profile that only an unfinished piece of work can have left."""
        rejects = [path.name for path in self.profile.rejects.glob("*")] if self.profile.rejects.exists() else []
        return rejects + [path.name for path in self.home.rglob("*.partial")]


def environment() -> dict[str, str]:
    """Return the variables for a child process: this one's, without a passphrase."""
    return {name: value for name, value in os.environ.items() if name != "TRIAGE_PASSPHRASE"}


def run_here(words: Sequence[str], stdin: bytes = b"") -> Answer:
    """Run the command line in this process with its own standard streams."""
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8") as source,
    ):
        patch.setattr(sys, "stdin", source)
        code = run(list(words))
    assert "Traceback" not in out.getvalue() + err.getvalue()
    return Answer(code, out.getvalue(), err.getvalue())


def assert_plain(refusal: dict[str, str]) -> None:
    """A refusal is two plain sentences and a word for scripts, and not the admission of a fault of ours."""
    assert set(refusal) == {"what", "do", "code"}
    for sentence in (refusal["what"], refusal["do"]):
        assert sentence.endswith((".", "”.")), refusal
        assert ".." not in sentence.replace("...", ""), refusal
        assert "Errno" not in sentence
        assert "Error" not in sentence, refusal
        assert "\n" not in sentence
    assert refusal["code"] not in ("", "bug"), refusal


def make(folder: Path) -> Laptop:
    """Make a demonstration store through the public command line."""
    laptop = Laptop(folder / "profile", folder)
    laptop.write("passphrase.txt", PASSPHRASE + "\n")
    answer = laptop.run("--now", NOW, "init", "--org", "RXX", "--responder", "Asha Rahman", "--json")
    assert answer.code == 0, answer
    return laptop


def copied(laptop: Laptop, folder: Path) -> Laptop:
    """Return a copy of a laptop that nothing has open."""
    shutil.copytree(laptop.folder, folder, dirs_exist_ok=True)
    return Laptop(folder / "profile", folder)


# ---- files that a source might send ------------------------------------------------------------------------

HEADER = "Ref,Raised,Priority,What,Host,Source,Target,Ward"

MAPPING = {
    "name": "Ward alerts",
    "source": "Ward box",
    "columns": {
        "reference": "Ref", "time": "Raised", "severity": "Priority", "title": "What", "host": "Host",
        "src": "Source", "dst": "Target",
    },
    "time_format": "iso",
}  # fmt: skip
"""Says nothing of the column Ward, nor for which headers it was made."""


def row(number: int, *, ref: str | None = None, time: str = "", what: str = "Beacon to a loader") -> str:
    """Return one line of a table under ``HEADER``."""
    moment = time or f"2026-11-21T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
    name = f"W-{number}" if ref is None else ref
    source = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return f"{name},{moment},high,{what},pc-{number},{source},203.0.113.{number % 250},Ward {number % 9}"


def table(rows: Iterable[str], header: str = HEADER) -> str:
    """Return a table as CSV."""
    return "\r\n".join([header, *rows, ""])


def eve(number: int, *, signature: str = "LOCAL beacon to a loader", severity: int = 1, **more: Any) -> str:
    """Return one alert as Suricata writes it."""
    event = {
        "timestamp": f"2026-11-21T20:{number // 60 % 60:02}:{number % 60:02}.000000+0000", "flow_id": 1000 + number,
        "event_type": "alert", "src_ip": "10.20.7.14", "src_port": 40000 + number, "dest_ip": "203.0.113.45",
        "dest_port": 8000 + number, "proto": "TCP",
        "alert": {"action": "allowed", "gid": 1, "signature_id": 9100110, "rev": 1, "signature": signature,
                  "category": "A Network Trojan was detected", "severity": severity},
    }  # fmt: skip
    return json.dumps(event | more)
