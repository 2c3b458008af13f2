"""Five laptops, weeks of files that are lost, come twice and late, a clone, a wrong clock, a thief: one truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.stores import Clock
from triage_app.cli import exercise
from triage_app.cli.main import run
from triage_app.paths import Profile
from triage_app.services import session as sessions
from triage_app.store import lookup


@pytest.fixture(scope="module", params=[1, 4])
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("five") / "demo-out"
    folder.mkdir()
    return folder, exercise.play(folder, request.param, lambda _: None)


def test_the_four_that_are_left_hold_the_same_truth(played: tuple[Path, dict[str, Any]]) -> None:
    _, found = played
    assert found["converged"]
    assert len({row["state"] for row in found["table"]}) == 1
    assert [row["laptop"] for row in found["table"]] == ["A", "C", "D", "E"]
    assert all(row["verified"] for row in found["table"])
    assert all(row["conflicts"] == 0 for row in found["table"])


def test_nobodys_word_is_lost_and_the_post_did_lose_files(played: tuple[Path, dict[str, Any]]) -> None:
    _, found = played
    assert found["missing"] == []
    assert found["words"] > 20
    assert min(found["post"][name] for name in ("lost", "twice", "late")) > 3


def test_what_the_thief_and_the_clone_wrote_is_kept_and_counts_nowhere(played: tuple[Path, dict[str, Any]]) -> None:
    folder, found = played
    assert all(row["uncounted"] > 0 for row in found["table"])
    for name in ("A", "C", "D", "E"):
        reading = sessions.unlock(Profile(folder / name), exercise.PASSPHRASE, Clock(), read_only=True)
        titles = [row["title"] for row in lookup.listing(reading.store, "incident")]
        notes = [row["text"] for row in lookup.listing(reading.store, "note")]
        kept = {row["reason"] for row in lookup.pending(reading.store)}
        reading.close()
        assert "NOTHING TO SEE HERE" not in titles
        assert not [text for text in notes if "thief" in text or "clone" in text]
        assert kept == ({"fork"} if name == "A" else set())


def test_the_command_prints_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--exchange", "--seed", "2", "--out", str(tmp_path / "demo-out"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["converged"]
    assert len(found["table"]) == 4
