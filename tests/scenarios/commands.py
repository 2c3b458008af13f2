"""Every command of the command line."""

from __future__ import annotations

from collections.abc import Iterator

import click

MADE = {"id", "ref", "act"}
"""What every command prints of what it made."""


def leaves(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command that does something, with the words that name it."""
    if isinstance(command, click.Group):
        for name, below in sorted(command.commands.items()):
            yield from leaves(below, (*words, name))
    else:
        yield words, command
