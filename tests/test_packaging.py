"""The packaged folder starts on a machine that has no Python, paints, and leaves out what it must not carry."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import triage_app

ROOT = Path(__file__).resolve().parent.parent
MOST_MEGABYTES = 150
"""What the folder may weigh unpacked on Linux."""

SUFFIX = ".exe" if sys.platform == "win32" else ""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder, built anew from the tree as it stands; nothing of an earlier build is used."""
    base = tmp_path_factory.mktemp("packaging")
    environment = os.environ | {
        "PYINSTALLER_CONFIG_DIR": str(base / "cache"),
        "PYTHONHASHSEED": "1",
        "SOURCE_DATE_EPOCH": "1704067200",
    }
    folders = ["--distpath", str(base / "dist"), "--workpath", str(base / "build")]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "PyInstaller",
            "--noconfirm",
            "--log-level",
            "ERROR",
            *folders,
            str(ROOT / "build.spec"),
        ],
        cwd=base,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return base / "dist" / "triage"


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """The environment of a new account: nothing of this Python, this tree or this screen."""
    home = tmp_path / "account"
    home.mkdir()
    keep = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
    return keep | {"HOME": str(home), "LC_ALL": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen", "TRIAGE_HOME": str(home)}


def run(program: Path, *arguments: str, env: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Start a packaged program from a folder that has nothing to do with it."""
    return subprocess.run(
        [str(program), *arguments],
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_packaged_command_line_tells_its_version(built: Path, bare: dict[str, str], tmp_path: Path) -> None:
    done = run(built / f"triage{SUFFIX}", "--version", env=bare, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert triage_app.__version__ in done.stdout
    assert done.stderr == ""


def test_the_packaged_window_starts_and_paints(built: Path, bare: dict[str, str], tmp_path: Path, qapp: object) -> None:
    from PySide6.QtGui import QImage

    picture = tmp_path / "first.png"
    done = run(built / f"triage-window{SUFFIX}", "--paint-test", str(picture), env=bare, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    image = QImage(str(picture))
    assert image.width() >= 640
    assert image.height() >= 400
    colours = {image.pixel(x, y) for x in range(0, image.width(), 4) for y in range(0, image.height(), 4)}
    assert len(colours) > 8, "the window is blank"


def test_the_package_brings_its_data_along(built: Path) -> None:
    folders = (ROOT / "resources", ROOT / "docs" / "manual")
    shipped = {
        path.relative_to(ROOT)
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and ".pyc" not in path.name
    }
    assert Path("docs/manual/README.md") in shipped
    assert shipped
    assert [name for name in shipped if not (built / "_internal" / name).is_file()] == []


def test_the_package_carries_nothing_that_opens_a_socket(built: Path) -> None:
    names = [path.name for path in built.rglob("*")]
    assert [
        name for name in names if name.lower().startswith(("qtnetwork", "libqt6network", "qt6network", "_ssl"))
    ] == []
    assert [name for name in names if name.startswith("libqopensslbackend")] == []


def test_the_package_has_no_link_to_a_file_that_is_missing(built: Path) -> None:
    assert [path for path in built.rglob("*") if path.is_symlink() and not path.exists()] == []


def test_the_package_stays_small(built: Path) -> None:
    total = sum(path.stat().st_size for path in built.rglob("*") if path.is_file() and not path.is_symlink())
    assert total < MOST_MEGABYTES * 1_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="Windows lets nobody replace a program that runs")
def test_what_is_open_goes_on_while_the_program_is_replaced(built: Path, bare: dict[str, str], tmp_path: Path) -> None:
    """As ``apt`` does it: a new file takes the name of the old one."""
    installed = tmp_path / "installed"
    subprocess.run(["cp", "-al", str(built), str(installed)], check=True)
    program = installed / "triage"
    env = bare | {"TRIAGE_PASSPHRASE": "seven quiet herons wade"}
    home = ["--home", str(tmp_path / "profile")]
    assert run(program, *home, "init", "--org", "RXX", "--responder", "Sam", env=env, cwd=tmp_path).returncode == 0
    with subprocess.Popen(
        [str(program), *home, "batch", "-"], env=env, cwd=tmp_path, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as session:  # fmt: skip
        assert session.stdin is not None
        assert session.stdout is not None
        session.stdin.write("alerts list\n")
        session.stdin.flush()
        assert json.loads(session.stdout.readline()) == []
        newer = tmp_path / "newer"
        newer.write_bytes(program.read_bytes()[::-1])
        newer.chmod(0o755)
        newer.replace(program)
        said, wrong = session.communicate("verify\nformats\nincident new --title x\n", timeout=60)
    assert session.returncode == 0, wrong
    assert len(said.splitlines()) == 3


def test_the_packaged_reader_knows_every_format_and_has_what_each_needs(
    built: Path, bare: dict[str, str], tmp_path: Path
) -> None:
    samples = sorted((ROOT / "tests" / "data" / "formats").glob("*/*"))
    env = bare | {"TRIAGE_PASSPHRASE": "seven quiet herons wade"}
    triage = built / f"triage{SUFFIX}"
    home = ["--home", str(tmp_path / "profile")]
    made = run(triage, *home, "init", "--org", "RXX", "--responder", "Sam", env=env, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    chosen = {path.parent.name: path for path in samples if path.parent.name not in {"csv", "json"}}
    # A reader takes a third of a second to start: all but what no archive holds, or holds as something else, go in one.
    alone = {name: chosen.pop(name) for name in ("archive", "workbook")}
    together = tmp_path / "together.zip"
    with zipfile.ZipFile(together, "w") as archive:
        for name, path in chosen.items():
            archive.write(path, f"{name}/{path.name}")
    done = run(triage, *home, "import", *map(str, (together, *alone.values())), "--json", env=env, cwd=tmp_path)
    first, *others = json.loads(done.stdout)["files"]
    assert {Path(one["path"]).parent.name: one.get("format", one.get("what")) for one in others} == {
        name: name for name in alone
    }
    assert "id" in first, first
    shown = run(triage, *home, "imports", "show", first["id"], "--json", env=env, cwd=tmp_path)
    found = {Path(part["name"]).parent.name: part["format"] for part in json.loads(shown.stdout)["parts"]}
    assert found == {name: name for name in chosen}
