"""The list of commands: every one under one heading, and where the profile is said to be."""

from __future__ import annotations

from tests.scenarios.laptop import run_here
from triage_app.cli.main import triage
from triage_app.cli.sections import SECTIONS


def test_every_command_stands_under_one_heading_and_none_is_left_over() -> None:
    named = [name for names in SECTIONS.values() for name in names]
    assert sorted(named) == sorted(triage.commands)


def test_the_help_begins_with_what_one_begins_with_and_says_how_else_a_profile_is_named() -> None:
    page = run_here(["--help"]).out
    assert page.index("  init ") < page.index("  import ") < page.index("  incident ") < page.index("  salvage ")
    assert "TRIAGE_HOME" in page
    assert "TRIAGE_PASSPHRASE" in page
    assert "``" not in page
    assert "\nMore:" not in page
