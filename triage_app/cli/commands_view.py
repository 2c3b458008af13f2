"""Commands on saved views: filters of alerts under a name."""

from __future__ import annotations

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.cli.tables import table
from triage_app.services import views

COLUMNS = ("name", "filter", "alerts")


def register(group: click.Group) -> None:
    """Add these commands."""
    group.add_command(view)


@click.group()
def view() -> None:
    """Saved views: a filter of alerts under a name, at the left of the window with how many alerts pass."""


@view.command("save")
@click.argument("name")
@click.option("--filter", "query", required=True, help="As “triage alerts list --filter” takes it.")
@json_option
@pass_context
def view_save(context: Context, name: str, query: str) -> None:
    """Keep a filter under a name; one of that name is replaced."""
    context.done(views.as_data(views.save(context.writing(), name, query)))


@view.command("list")
@json_option
@pass_context
def view_list(context: Context) -> None:
    """List the saved views, with how many alerts pass each now."""
    session = context.reading()
    found = [views.as_data(one, views.count(session.store, session, one)) for one in views.listing(session.store)]
    context.done(found, "" if context.as_json else table(found, COLUMNS))


@view.command("rename")
@click.argument("name")
@click.argument("new_name", metavar="NEW")
@json_option
@pass_context
def view_rename(context: Context, name: str, new_name: str) -> None:
    """Call a view something else."""
    context.done(views.as_data(views.rename(context.writing(), name, new_name)))


@view.command("drop")
@click.argument("name")
@json_option
@pass_context
def view_drop(context: Context, name: str) -> None:
    """Delete a view; the alerts stay as they are."""
    context.done(views.as_data(views.drop(context.writing(), name)))
