"""What every test stands on: no screen, no network, no real profile, one time zone, repeatable examples."""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pyrage.passphrase
import pytest
from hypothesis import HealthCheck, settings

from tests import quick_seals, reference_packs, warm_reader
from triage_app.formats import reading
from triage_app.services import releases, set_by_it, vocabularies

COLD = reading.reader_command
DEAR = pyrage.passphrase.encrypt
ROOT = Path(__file__).resolve().parents[1]
MEMORY = Path("/dev/shm")
ROOM = 6 * 1024**3
"Three times what all the tests together leave behind."

settings.register_profile(
    "ci",
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("deep", max_examples=2_000, deadline=None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--onscreen", action="store_true", help="show the windows instead of painting them offscreen")


def pytest_configure(config: pytest.Config) -> None:
    # Each act of each store waits for the disk: what tests write lies in memory, where there is plenty.
    if "TMPDIR" not in os.environ and is_roomy(MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)
    if not config.getoption("--onscreen"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["TZ"] = "UTC"
    if hasattr(time, "tzset"):
        time.tzset()
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def is_roomy(memory: Path) -> bool:
    """Tell whether a file system in memory is there, with ``ROOM`` to spare on it and in memory."""
    told = Path("/proc/meminfo")
    if not os.access(memory, os.W_OK) or not told.is_file():
        return False
    spare = next((line.split()[1] for line in told.read_text().splitlines() if line.startswith("MemAvailable:")), "0")
    return min(shutil.disk_usage(memory).free, int(spare) * 1024) >= ROOM


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the slow tests first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(autouse=True, scope="session")
def no_real_profile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A test that names no profile gets an empty one of its own, never the responder's."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("profile")
        patch.setenv("TRIAGE_HOME", str(home))
        patch.delenv("TRIAGE_PASSPHRASE", raising=False)
        yield home


@pytest.fixture(autouse=True, scope="session")
def no_real_policy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What the machine's own IT department enforces does not hold for tests; a file that a test writes may."""
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("etc") / "triage" / "policy.json"
        patch.setattr(set_by_it, "FILE", path)
        if hasattr(os, "getuid"):
            patch.setattr(set_by_it, "OWNERS", frozenset({os.getuid()}))
        yield path


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Path]:
    """A folder on another disk than the test's own: one in memory is one to the system."""
    places = (place for place in (MEMORY, Path("/var/tmp"), ROOT) if place.is_dir())
    other = next((place for place in places if place.stat().st_dev != tmp_path.stat().st_dev), None)
    if other is None:
        pytest.skip("there is no second disk here")
    with tempfile.TemporaryDirectory(dir=other, prefix="triage-stick-") as folder:
        yield Path(folder)


Enforce = Callable[..., Path]


@pytest.fixture
def enforce(no_real_policy: Path) -> Iterator[Enforce]:
    """Return what has the IT department enforce some policies until the test ends; it returns their file."""

    def written(**policies: Any) -> Path:
        no_real_policy.parent.mkdir(mode=0o755, exist_ok=True)
        no_real_policy.write_text(json.dumps(policies), encoding="utf-8")
        no_real_policy.chmod(0o644)
        return no_real_policy

    yield written
    no_real_policy.unlink(missing_ok=True)


@pytest.fixture
def pack_key_trusted() -> Iterator[pytest.MonkeyPatch]:
    """Packs of reference data signed by the tests' own key are trusted; no list that one brought is remembered.

    It gives what set the key, for tests that take it away again or trust another.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(releases, "trusted_keys", lambda: (reference_packs.public(),))
        yield patch
        vocabularies.use(None)


@pytest.fixture(autouse=True, scope="session")
def warm_readers() -> Iterator[None]:
    """Fork the readers of files where that can be done; what tests the start of one has ``cold_readers``."""
    if not hasattr(os, "pidfd_open"):
        yield
        return
    with warm_reader.commands() as command, pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "reader_command", command)
        yield


@pytest.fixture(scope="module")
def cold_readers() -> Iterator[None]:
    """Start each reader of a file as the program does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "reader_command", COLD)
        yield


@pytest.fixture(autouse=True, scope="session")
def quickly_sealed() -> Iterator[None]:
    """Seal bundles to passphrases that are quick to try; what tests the seal itself has ``dearly_sealed``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyrage.passphrase, "encrypt", quick_seals.encrypt)
        yield


@pytest.fixture
def dearly_sealed() -> Iterator[None]:
    """Seal to passphrases as the program does: each seal, and each try to open it, takes about a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyrage.passphrase, "encrypt", DEAR)
        yield


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuse every internet socket: the program opens none, and neither may a test."""
    inet = {socket.AF_INET, socket.AF_INET6}

    def guarded(name: str) -> Any:
        original = getattr(socket.socket, name)

        def call(self: socket.socket, *args: Any) -> Any:
            if self.family in inet:
                refuse(name, args)
            return original(self, *args)

        return call

    def refuse(name: str, args: object) -> NoReturn:
        raise RuntimeError(f"The program tried to use the network: {name}{args}")

    with pytest.MonkeyPatch.context() as patch:
        for name in ("bind", "connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, guarded(name))
        for name in ("getaddrinfo", "gethostbyname"):
            patch.setattr(socket, name, lambda *args, name=name, **_: refuse(name, args))
        yield
