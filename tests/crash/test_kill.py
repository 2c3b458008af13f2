"""A process killed in the midst of an act: nothing that was acknowledged is lost, nothing is half there."""

from __future__ import annotations

from pathlib import Path

from tests.crash import kill, kill_program, kill_restore
from tests.crash.ground import Ground


def test_what_was_acknowledged_outlives_a_kill(ground: Ground, tmp_path: Path) -> None:
    done = kill.run(ground, tmp_path, cycles=40, seed=20261127)
    assert not done.bad, done.as_text()
    assert done.left == 0, done.as_text()
    assert done.acknowledged > 10
    assert len(done.where) > 3, done.as_text()


def test_acknowledging_before_the_commit_is_found_out(ground: Ground, tmp_path: Path) -> None:
    done = kill.run(ground, tmp_path, cycles=40, seed=20261127, act=kill.acknowledge_too_early)
    assert done.lost > 0, done.as_text()


def test_what_the_program_answered_outlives_a_kill_of_it(ground: Ground, tmp_path: Path) -> None:
    done = kill_program.run(ground, tmp_path / "hurt", cycles=3, seed=20261127)
    assert not done.bad, done.as_text()


def test_a_restore_that_is_killed_is_finished_or_never_was_and_loses_nothing(ground: Ground, tmp_path: Path) -> None:
    done = kill_restore.run(ground, tmp_path, cycles=12, seed=20261127)
    assert not done.bad, done.as_text()
    assert done.left == 0, done.as_text()
    assert any("the former one" in where for where in done.where), done.as_text()
    assert any("the restored one" in where for where in done.where), done.as_text()
