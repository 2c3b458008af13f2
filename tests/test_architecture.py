"""The rules of the house that a machine can check, and the proof that it would notice a breach."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "triage_app"
MOST_LINES = 500

CONTRACTS = 5
"""How many contracts pyproject.toml holds; a contract that vanishes must be missed."""


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run every import contract on the package in ``folder``."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def sources(folder: Path = PACKAGE) -> list[Path]:
    """Every Python file below ``folder``."""
    return sorted(folder.rglob("*.py"))


def name_of(path: Path) -> str:
    """The path as a reader would write it: from the top of the repository, with slashes."""
    return path.relative_to(ROOT).as_posix()


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Every text file that is, or is about to be, in the repository, with its content."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if listing.returncode:
        pytest.skip("not a git work tree")
    for name in filter(None, listing.stdout.split("\0")):
        path = ROOT / name
        if not path.is_file():
            continue
        content = path.read_bytes()
        if b"\0" not in content[:8192]:
            yield name, content.decode("utf-8", "replace")


# ---- the contracts ----------------------------------------------------------------------------------------


def test_every_import_contract_is_kept() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Contracts: {CONTRACTS} kept, 0 broken." in done.stdout


def test_the_contract_runner_sees_every_module() -> None:
    parts = [path.relative_to(ROOT).with_suffix("").parts for path in sources()]
    written = {".".join(part for part in each if part != "__init__") for each in parts}
    assert grimp.build_graph("triage_app", cache_dir=None).modules == written


BREACHES = [
    ("domain", "from triage_app.store import connection", "Dependencies point down"),
    ("services", "import triage_app.ui", "Dependencies point down"),
    ("store", "import triage_app.formats", "Dependencies point down"),
    ("cli", "import triage_app.ui", "Dependencies point down"),
    ("services", "from PySide6.QtCore import QObject", "Qt lives in ui/"),
    ("cli", "import PySide6", "Qt lives in ui/"),
    ("services", "import sqlite3", "SQL lives in store/"),
    ("ui", "import sqlite_utils", "SQL lives in store/"),
    ("formats", "import http.client", "Nothing opens a socket"),
    ("ui", "import asyncio", "Nothing opens a socket"),
    ("formats", "from cryptography import fernet", "Parsers of outside files hold no keys"),
]


@pytest.fixture(scope="module")
def copy_of_the_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(PACKAGE, folder / "triage_app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.mark.parametrize(("room", "statement", "contract"), BREACHES, ids=[f"{r}: {s}" for r, s, _ in BREACHES])
def test_a_planted_breach_is_refused(copy_of_the_package: Path, room: str, statement: str, contract: str) -> None:
    planted = copy_of_the_package / "triage_app" / room / "planted.py"
    planted.write_text(statement + "\n", encoding="utf-8")
    try:
        done = lint_imports(copy_of_the_package)
    finally:
        planted.unlink()
    assert done.returncode != 0, done.stdout
    assert f"{contract} BROKEN" in done.stdout
    assert f"{room}.planted" in done.stdout


def test_a_room_nobody_decided_on_is_refused(copy_of_the_package: Path) -> None:
    room = copy_of_the_package / "triage_app" / "misc"
    room.mkdir()
    (room / "__init__.py").write_text("", encoding="utf-8")
    try:
        done = lint_imports(copy_of_the_package)
    finally:
        shutil.rmtree(room)
    assert done.returncode != 0
    assert "triage_app.misc" in done.stdout


# ---- what import contracts cannot say ---------------------------------------------------------------------


def imported_names(tree: ast.AST) -> Iterator[str]:
    """Every dotted name that a module imports, ``from a import b`` counting as a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def network_imports(text: str) -> list[str]:
    """The imports of a source text that could reach a network and that no import contract names."""
    return [
        name
        for name in imported_names(ast.parse(text))
        if (name.startswith("urllib") and not name.startswith("urllib.parse"))
        or name.startswith(("PySide6.QtNetwork", "PySide6.QtWebSockets", "multiprocessing.connection", "_socket"))
    ]


def test_of_urllib_only_parse_is_used_and_of_qt_no_network() -> None:
    found = {name_of(path): network_imports(path.read_text(encoding="utf-8")) for path in sources()}
    assert not {name: names for name, names in found.items() if names}


@pytest.mark.parametrize(
    "line", ["import urllib.request", "from urllib import request", "from PySide6 import QtNetwork"]
)
def test_a_network_import_would_be_found(line: str) -> None:
    assert network_imports(line)


SQL = re.compile(
    r"\s*(SELECT\s.+\sFROM\s|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s"
    r"|CREATE\s+(TEMP\s+)?(TABLE|INDEX|VIEW|TRIGGER|VIRTUAL)\s|DROP\s+(TABLE|INDEX|VIEW)\s|PRAGMA\s+\w|VACUUM\b)",
    re.IGNORECASE | re.DOTALL,
)


def sql_strings(text: str) -> list[str]:
    """The string literals of a source text that begin as an SQL statement does."""
    return [
        node.value[:60]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]


def test_sql_is_written_in_store_alone() -> None:
    found = {
        name_of(path): sql_strings(path.read_text(encoding="utf-8"))
        for path in sources()
        if PACKAGE / "store" not in path.parents
    }
    assert not {name: strings for name, strings in found.items() if strings}


def test_sql_in_another_room_would_be_found() -> None:
    assert sql_strings('rows = connection.execute(f"SELECT id FROM alerts WHERE {clause}")')
    assert not sql_strings('"Select the alerts to link"')


BOUNDARIES = {
    "triage_app/app.py": "the hooks that report our own bugs",
    "triage_app/ui/tasks.py": "the background lane hands every error to the window",
    "triage_app/__main__.py": "nobody is shown a traceback",
    "triage_app/cli/main.py": "the command line never shows a traceback",
    "triage_app/formats/read": "the child that parses one hostile file reports its own death",
}
"""Where an error of any kind may be caught, and why."""


def broad_handlers(text: str) -> list[int]:
    """The lines that catch every kind of error."""

    def broad(kind: ast.expr | None) -> bool:
        if kind is None:
            return True
        if isinstance(kind, ast.Tuple):
            return any(broad(each) for each in kind.elts)
        return isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"}

    handlers = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ExceptHandler)]
    return [node.lineno for node in handlers if broad(node.type) and not ends_in_raise(node)]


def ends_in_raise(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler only cleans up and lets the same error go on."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_only_the_boundaries_catch_everything() -> None:
    found = {
        name_of(path): lines
        for path in sources()
        if (lines := broad_handlers(path.read_text(encoding="utf-8")))
        and not name_of(path).startswith(tuple(BOUNDARIES))
    }
    assert not found


def test_a_handler_of_everything_would_be_found() -> None:
    assert broad_handlers("try:\n    pass\nexcept (OSError, Exception):\n    pass") == [3]
    assert broad_handlers("try:\n    pass\nexcept:\n    pass") == [3]
    assert broad_handlers("try:\n    pass\nexcept BaseException:\n    raise") == []


VAGUE = {"base", "common", "helper", "helpers", "manager", "misc", "tools", "util", "utils"}


def test_no_file_is_named_after_nothing() -> None:
    assert [name_of(path) for path in sources() if path.stem in VAGUE] == []


@pytest.mark.parametrize("folder", ["triage_app", "tests", "bench", "packaging"])
def test_no_file_is_too_long_to_read(folder: str) -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources(ROOT / folder)}
    assert not {name: lines for name, lines in lengths.items() if lines > MOST_LINES}


# ---- the repository ---------------------------------------------------------------------------------------

# Put together from halves, so that this file does not find itself.
MACHINE_FOLDERS = "|".join(["wo" + "rk", "fa" + "rm", "ro" + "ot", "ho" + "me/[a-z]+", "Us" + "ers/[a-z]+"])
MACHINE_PATH = re.compile(rf"(?<![\w.$~>*/-])/(?:{MACHINE_FOLDERS})/[\w.-]")
REGISTRIES = ["py" + "pi.org", "python" + "hosted.org", "np" + "mjs", "deb" + ".debian.org", "archive" + ".ubuntu.com"]
REGISTRY = re.compile(
    "|".join([*map(re.escape, REGISTRIES), "(?<!emit-)index-" + "url[ =]", "(?<!emit-)find-" + "links[ =]"])
)


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY], ids=["machine path", "registry host"])
def test_no_file_names_a_machine_or_a_registry(pattern: re.Pattern[str]) -> None:
    found = [f"{name}: {match[0]}" for name, text in tracked_texts() for match in [pattern.search(text)] if match]
    assert not found


def test_a_machine_path_or_a_registry_would_be_found() -> None:
    assert MACHINE_PATH.search("open('/wo" + "rk/main/x')")
    assert MACHINE_PATH.search("see /ho" + "me/alice/x")
    assert not MACHINE_PATH.search("the network/wo" + "rk/cause")
    assert REGISTRY.search("https://py" + "pi.org/simple")


def test_every_requirement_is_locked_by_hash() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert lines
        pinned = r"[a-z0-9][a-z0-9._-]*==[\w.]+ (?:; [a-z_\"'<>=. 0-9]+ )?\\"
        loose = [line for line in lines if not re.fullmatch(pinned, line)]
        assert not loose
        assert text.count("--hash=sha256:") >= len(lines)


def test_what_ships_is_locked_as_it_is_tested() -> None:
    """The versions of requirements.txt are those that the tests ran with."""
    pins = {
        name: set(re.findall(r"^([\w.-]+==[\w.]+) ", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements.txt", "requirements-dev.txt")
    }
    assert pins["requirements.txt"] <= pins["requirements-dev.txt"]
    assert {"pyside6-essentials==6.9.3", "shiboken6==6.9.3"} <= pins["requirements.txt"]


ROOMS_WITHOUT_QT = ["cli", "services", "store", "formats", "domain"]


@pytest.mark.parametrize("room", ROOMS_WITHOUT_QT)
def test_a_room_without_qt_loads_none(room: str) -> None:
    """What no import contract can see: a library of ours that brings Qt along, or an import by name."""
    load = (
        "import importlib, pkgutil, sys\n"
        f"room = importlib.import_module('triage_app.{room}')\n"
        "for module in pkgutil.walk_packages(room.__path__, room.__name__ + '.'):\n"
        "    importlib.import_module(module.name)\n"
        "sys.exit('PySide6' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_the_first_picture_waits_for_nothing_that_only_an_open_store_needs() -> None:
    load = (
        "import sys, triage_app.app\n"
        "from triage_app.ui.preload import _PARTS as parts\n"
        "early = [name for name in parts if 'triage_app.' + name in sys.modules]\n"
        "early += [name for name in ('argon2', 'cryptography', 'sqlcipher3', 'sqlite_utils') if name in sys.modules]\n"
        "sys.exit(', '.join(early))\n"
    )
    done = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr.strip() == "", "loaded by the start, which had been left to the time after it"


def test_everything_of_the_workplace_is_loaded_before_it_is_wanted() -> None:
    load = (
        "import importlib, sys, triage_app.app\n"
        "from triage_app.ui.preload import _PARTS as parts\n"
        "for name in parts: importlib.import_module('triage_app.' + name)\n"
        "loaded = set(sys.modules)\n"
        "from triage_app.ui.desk import Desk\n"
        "from triage_app.ui.workplace import Workplace\n"
        "sys.exit(', '.join(set(sys.modules) - loaded))\n"
    )
    done = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr.strip() == ""
