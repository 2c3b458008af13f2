"""The table of exit codes tells the truth: the three there are, and every word that a refusal may bear."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from triage_app import app
from triage_app.cli import main

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "deployment" / "exit-codes.md").read_text(encoding="utf-8")
WORD = re.compile(r"[a-z]+(-[a-z]+)*\Z")
RAISED = re.compile(r"(Error|Input|File|Bundle|Found|Exists|Busy|Damaged|Start|IT|Only|Refused|refuse\w*|_bad)\Z")
"""What is called to make a refusal; its third argument is the word."""


def said() -> tuple[set[str], set[str]]:
    """Return the exit codes and the words of the two tables."""
    first, second = PAGE.split("## Words under --json")
    codes = set(re.findall(r"^\| (\d+) \|", first, re.MULTILINE))
    rows = [line.split("|")[1] for line in second.splitlines() if line.startswith("| `")]
    return codes, {word for row in rows for word in re.findall(r"`([a-z-]+)`", row)}


def words_of(text: str) -> Iterator[str]:
    """The words for scripts that a source text gives to refusals."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                is_code = isinstance(part, ast.Assign) and any(
                    isinstance(target, ast.Name) and target.id == "code" for target in part.targets
                )
                if is_code and isinstance(part, ast.Assign) and isinstance(part.value, ast.Constant):
                    yield str(part.value.value)
                elif is_code and isinstance(part, ast.Assign) and isinstance(part.value, ast.Name):
                    yield from re.findall(rf'^{part.value.id}: Final = "([a-z-]+)"', text, re.MULTILINE)
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given = [*node.args[2:3], *(each.value for each in node.keywords if each.arg == "code")]
            if RAISED.search(name):
                for one in given:
                    if isinstance(one, ast.Constant) and isinstance(one.value, str) and WORD.match(one.value):
                        yield one.value
                    elif isinstance(one, ast.Name):
                        yield from re.findall(rf'^{one.id}(?:: Final)? = "([a-z-]+)"', text, re.MULTILINE)


ELSEWHERE = {"party", "organisation"}
"""Words of classes that have a code and are no refusals."""


def words_in_the_code() -> set[str]:
    found: set[str] = set()
    for path in sorted((ROOT / "triage_app").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if path.parent.name != "domain" and ("Error" in text or "refus" in text or "code" in text):
            found |= set(words_of(text))
    return found - ELSEWHERE


def test_there_are_three_exit_codes_and_the_page_has_them() -> None:
    codes, _ = said()
    assert codes == {str(code) for code in (main.DONE, main.SOME_REJECTED, main.REFUSED)}
    assert {app.DONE, app.REFUSED} <= {int(code) for code in codes}


def test_no_command_ends_with_another_exit_code() -> None:
    """A literal that is given to exit_code, sys.exit or returned by an entry point is one of the three."""
    for path in [*sorted((ROOT / "triage_app" / "cli").rglob("*.py")), ROOT / "triage_app" / "__main__.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Attribute) and target.attr == "exit_code" for target in node.targets
            ):
                numbers = {each.value for each in ast.walk(node.value) if isinstance(each, ast.Constant)}
                assert {one for one in numbers if type(one) is int} <= {0, 1, 2}, path.name


def test_the_page_has_every_word_that_a_refusal_may_bear_and_no_other() -> None:
    _, words = said()
    assert words == words_in_the_code()


@pytest.mark.parametrize(
    "text",
    [
        'class X(TriageError):\n    code = "new-word"',
        'raise TriageError("a", "b", "new-word")',
        'raise BadInput(say("a"), "b", code="new-word")',
        'NEW: Final = "new-word"\nraise CannotStart("a", "b", NEW)',
    ],
)
def test_a_new_word_would_be_found(text: str) -> None:
    assert list(words_of(text)) == ["new-word"]
