"""The demonstration: the whole story through the public command line, made anew each time."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from triage_app.cli import story
from triage_app.cli.commands_demo import MARKER, PASSPHRASE, called_as, make_folder, tell
from triage_app.cli.main import run
from triage_app.errors import BadInput, StoreBusy, TriageError
from triage_app.paths import Profile, resources
from triage_app.store import lock

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], str]:
    folder = tmp_path_factory.mktemp("demo") / "demo-out"
    page: list[str] = []
    figures, at = tell(folder, page.append, Path("demo-out"))
    return folder, {**figures, "at": at}, "\n".join(page)


def ask(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    options = ["--home", str(folder / "northmoor"), "--passphrase-file", str(folder / "passphrase.txt")]
    assert run([*options, *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_both_laptops_hold_the_same_incident_at_the_end(told: tuple[Path, dict[str, Any], str]) -> None:
    _, figures, _ = told
    assert figures["state"]["northmoor"] == figures["state"]["eastvale"]
    assert all(store["ok"] for store in figures["stores"].values())


def test_the_story_leaves_work_to_look_at(told: tuple[Path, dict[str, Any], str]) -> None:
    _, figures, _ = told
    northmoor = figures["stores"]["northmoor"]
    assert northmoor["conflicts"] == 1
    assert northmoor["incidents"] == 3
    assert northmoor["victims"] == 2
    assert northmoor["to_decide"] > 20
    assert northmoor["dismissed"] > 10


def test_the_incident_withheld_by_its_label_is_not_at_eastvale(told: tuple[Path, dict[str, Any], str]) -> None:
    _, figures, page = told
    assert figures["stores"]["eastvale"]["incidents"] == 4
    assert "operations are withheld by their label" in " ".join(page.split())


def test_the_public_command_line_opens_what_the_demonstration_made(
    told: tuple[Path, dict[str, Any], str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, figures, _ = told
    incident = ask(folder, capsys, "incident", "show", figures["incident"])
    assert incident["tlp"] == "TLP:GREEN"
    assert incident["category"] == 3
    statuses = [action["status"] for victim in incident["victims"] for action in victim["actions"]]
    assert sorted(statuses) == ["ongoing", "pending", "pending", "pending", "successful", "successful"]


def test_the_page_fills_every_figure_and_tells_time_with_its_zone(told: tuple[Path, dict[str, Any], str]) -> None:
    _, _, page = told
    assert not re.search(r"[{}]", page)
    assert "03:10 GMT  Northmoor" in page
    assert max(len(line) for line in page.splitlines()) <= 110


def test_every_command_of_the_story_is_written_down_without_a_folder_of_this_machine(
    told: tuple[Path, dict[str, Any], str],
) -> None:
    folder, _, _ = told
    commands = (folder / "commands.txt").read_text(encoding="utf-8")
    assert commands.count("\n") > 80
    assert str(folder) not in commands


def test_making_it_again_starts_from_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "demo-out"
    make_folder(folder)
    (folder / "left-over.txt").write_text("x", encoding="utf-8")
    make_folder(folder)
    assert [path.name for path in folder.iterdir()] == [MARKER]


def test_a_folder_that_the_demonstration_did_not_make_is_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "letters"
    precious.mkdir()
    (precious / "letter.txt").write_text("x", encoding="utf-8")
    with pytest.raises(BadInput, match="did not make"):
        make_folder(precious)
    assert (precious / "letter.txt").exists()
    link = tmp_path / "link"
    link.symlink_to(precious)
    with pytest.raises(BadInput, match="not a folder"):
        make_folder(link)


def test_a_store_that_a_window_has_open_is_not_pulled_away(tmp_path: Path) -> None:
    folder = tmp_path / "demo-out"
    make_folder(folder)
    home = Profile(folder / "northmoor")
    home.home.mkdir()
    held = lock.take(home)
    try:
        with pytest.raises(StoreBusy):
            make_folder(folder)
    finally:
        held.release()
    assert home.home.exists()


def test_a_command_that_is_refused_stops_the_story_with_a_sentence(tmp_path: Path) -> None:
    passphrase = tmp_path / "passphrase.txt"
    passphrase.write_text(PASSPHRASE, encoding="utf-8")
    telling = story.Telling(tmp_path, passphrase, run, {})
    scenes = story.read("== 2026-11-22T03:10Z a One\ninit --org RXX --responder Sam\nincident new --title ''\n")
    try:
        with pytest.raises(TriageError, match="stopped at “incident new --title") as refused:
            telling.play(scenes[0])
    finally:
        telling.close()
    assert "The title is empty." in refused.value.what
    lock.take(Profile(tmp_path / "a")).release()


def test_states_that_differ_stop_the_story(tmp_path: Path) -> None:
    telling = story.Telling(tmp_path, tmp_path / "none", run, {"a": {"state": "1" * 64}, "b": {"state": "2" * 64}})
    scene = story.read("== 2026-11-22T03:10Z a One\nsame a b\n")[0]
    with pytest.raises(TriageError, match="should hold the same"):
        telling.play(scene)


def test_a_line_before_the_first_scene_is_refused() -> None:
    with pytest.raises(ValueError, match="before the first scene"):
        story.read("init --org RXX")


def test_every_scene_of_the_story_has_a_time_and_a_laptop() -> None:
    scenes = story.read((resources() / "demo" / "story.txt").read_text(encoding="utf-8"))
    assert {scene.laptop for scene in scenes} == {"northmoor", "eastvale", "eastvale-theatres", "csoc"}
    assert [scene.at for scene in scenes] == sorted(scene.at for scene in scenes)


def test_without_a_screen_every_screen_and_dialog_is_drawn(
    told: tuple[Path, dict[str, Any], str], tmp_path: Path
) -> None:
    folder, figures, _ = told
    home = shutil.copytree(folder / "northmoor", tmp_path / "northmoor", ignore=shutil.ignore_patterns("*.lock"))
    done = subprocess.run(
        [sys.executable, "-m", "triage_app", "--screens", str(tmp_path / "screens"), "--home", str(home),
         "--now", figures["at"], "--themes", "light"],
        capture_output=True, text=True, timeout=300, check=False, cwd=ROOT,
        env={**os.environ, "TRIAGE_PASSPHRASE": PASSPHRASE, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "screens").glob("*.png"))) > 60


def test_the_commands_at_the_end_start_this_program_as_it_was_called(tmp_path: Path) -> None:
    ours = tmp_path / "bin" / "triage"
    ours.parent.mkdir()
    ours.touch()
    linked = tmp_path / "triage"
    linked.symlink_to(ours)
    assert called_as(".venv/bin/triage", None) == ".venv/bin/triage"
    assert called_as(".venv/bin/triage", str(ours)) == ".venv/bin/triage"
    assert called_as(str(ours), str(linked)) == "triage"
    assert called_as("triage", str(ours)) == "triage"
    assert called_as("/opt/our tools/triage", None) == '"/opt/our tools/triage"'
    assert called_as("/somewhere/triage_app/__main__.py", None).endswith(" -m triage_app")
