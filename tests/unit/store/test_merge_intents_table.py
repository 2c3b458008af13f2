"""The page that says which tests answer other programs' names tests that there are, and answers every one of theirs."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
TESTS = HERE.parent.parent
PAGE = "merge_intents.md"
KEEPASSXC, ODK_CENTRAL = 28, 41
"How many tests each of them has."


TEST = re.compile(r"^ *def (test_\w+)", re.MULTILINE)


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the rows of a table, its head left out."""
    part = (HERE / PAGE).read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def defined() -> list[str]:
    """Return the name of every test there is."""
    return [name for path in TESTS.rglob("test_*.py") for name in TEST.findall(path.read_text(encoding="utf-8"))]


def test_every_test_that_is_named_there_is_one_and_each_test_of_merge_intents_is_named() -> None:
    named = set(re.findall(r"`(test_\w+)`", (HERE / PAGE).read_text(encoding="utf-8")))
    there = defined()
    assert {name: there.count(name) for name in named if there.count(name) != 1} == {}
    ours = [path for path in HERE.glob("test_merge_intents_*.py") if path != Path(__file__)]
    written = {name for path in ours for name in TEST.findall(path.read_text(encoding="utf-8"))}
    assert written - named == set()


def test_every_one_of_theirs_is_answered_once() -> None:
    answered = 0
    for theirs, asks, ours in rows("KeePassXC"):
        several = re.search(r"\((\d)\)$", theirs)
        answered += int(several[1]) if several else 1
        assert asks
        assert ours.startswith(("`test_", "the same", "does not apply: ")), theirs
    assert answered == KEEPASSXC
    numbers: list[int] = []
    for theirs, asks, ours in rows("ODK Central"):
        for first, last in re.findall(r"(\d+)(?:–(\d+))?", theirs):
            numbers += range(int(first), int(last or first) + 1)
        assert asks
        assert ours.startswith(("`test_", "the same", "does not apply: ")), theirs
    assert sorted(numbers) == list(range(1, ODK_CENTRAL + 1))
