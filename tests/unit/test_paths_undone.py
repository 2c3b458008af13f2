"""What is not finished is undone, whatever stopped it, and what stopped it goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage_app.paths import or_undone, remove_if_there


@pytest.mark.parametrize("stopped", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_what_was_begun_is_undone_whatever_stopped_it(stopped: type[BaseException]) -> None:
    done: list[str] = []
    with pytest.raises(stopped), or_undone(lambda: done.append("undone")):
        raise stopped
    assert done == ["undone"]


def test_what_comes_to_its_end_stays() -> None:
    done: list[str] = []
    with or_undone(lambda: done.append("undone")):
        done.append("finished")
    assert done == ["finished"]


def test_a_file_that_is_not_there_or_cannot_go_is_left(tmp_path: Path) -> None:
    remove_if_there(tmp_path / "none")
    remove_if_there(tmp_path)
    assert tmp_path.is_dir()
