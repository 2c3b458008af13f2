"""Commands that read the journal back, and undo."""

from __future__ import annotations

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.services import histories, undo


def register(group: click.Group) -> None:
    """Add these commands."""
    for command in (history, undo_command, redo_command):
        group.add_command(command)


@click.command()
@click.argument("entity")
@click.argument("field", default="")
@json_option
@pass_context
def history(context: Context, entity: str, field: str) -> None:
    """Print who set what, when, before and after, of a record or one field of it."""
    context.done(histories.of(context.reading().store, entity, field))


@click.command("undo")
@click.argument("act", default="")
@json_option
@pass_context
def undo_command(context: Context, act: str) -> None:
    """Take back an act: the newest of this device, or the one named."""
    done = undo.undo(context.writing(), act)
    context.done({"act": done.changes.act, "undone": done.undone, "left": done.left})


@click.command("redo")
@json_option
@pass_context
def redo_command(context: Context) -> None:
    """Take back the newest undo."""
    done = undo.redo(context.writing())
    context.done({"act": done.changes.act, "undone": done.undone, "left": done.left})
