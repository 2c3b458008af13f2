"""A command that is given its arguments and nothing more names the option it needs, and never makes a mistake."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from tests.scenarios.commands import leaves
from tests.scenarios.laptop import Laptop, assert_plain, copied
from triage_app.cli.main import triage

COMMANDS = {words: command for words, command in leaves(triage) if words[0] not in ("demo", "bench")}


@pytest.fixture(scope="module")
def one_laptop(worked_laptop: Laptop, tmp_path_factory: pytest.TempPathFactory) -> Laptop:
    """One store for all of them: what a command does to it is no matter here."""
    return copied(worked_laptop, tmp_path_factory.mktemp("missing") / "laptop")


def arguments(command: click.Command) -> list[str]:
    """A word for each argument, one that its type takes."""
    found = []
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            kind = parameter.type
            number = isinstance(kind, click.types.IntParamType)
            found.append(str(kind.choices[0]) if isinstance(kind, click.Choice) else "1" if number else "RXX-0000-0001")
    return found


def needed(command: click.Command) -> set[str]:
    """The options that a command cannot do without."""
    return {
        name
        for parameter in command.params
        if isinstance(parameter, click.Option) and parameter.required
        for name in parameter.opts
    }


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_given_its_arguments_alone_never_makes_a_mistake(
    one_laptop: Laptop, words: tuple[str, ...], tmp_path: Path
) -> None:
    command = COMMANDS[words]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        spoken = one_laptop.run(*words, *arguments(command))
        answer = one_laptop.run(*words, *arguments(command), "--json")
    assert "made a mistake" not in spoken.out + spoken.err + answer.out + answer.err
    wanted = needed(command)
    if not wanted:
        return
    assert (spoken.code, answer.code) == (2, 2)
    assert_plain(answer.json)
    assert answer.json["code"] == "usage"
    assert any(f"“{name}”" in answer.json["what"] or f"'{name}'" in answer.json["what"] for name in wanted), answer.json
    assert any(name in spoken.err for name in wanted)


def test_impact_says_which_options_it_needs() -> None:
    """The fault came from here, in click 8.3 and later: a default of None was taken for what was given."""
    assert needed(COMMANDS["incident", "impact", "risk"]) == {"--likelihood", "--severity"}
