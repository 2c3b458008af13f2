"""Commands on the events that people enter on an incident's timeline."""

from __future__ import annotations

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.cli.tables import table
from triage_app.domain.tasks import LANES
from triage_app.services import events
from triage_app.services.finding import find

_WHEN = "As precisely as it is known: 2026-11-21, “about 22:30”, 2026-11-21 22:30."


@click.group("event")
def group() -> None:
    """Enter what happened on an incident's timeline."""


@group.command("add")
@click.argument("ref")
@click.argument("what")
@click.option("--when", required=True, help=_WHEN)
@click.option("--lane", default="systems", show_default=True, help=f"{', '.join(LANES)}.")
@click.option("--source", default="", help="Where that is known from; kept sealed.")
@json_option
@pass_context
def event_add(context: Context, ref: str, what: str, when: str, lane: str, source: str) -> None:
    """Enter what happened."""
    session = context.writing()
    incident = find(session.store, "incident", ref)
    context.changed(events.add_event(session, incident, what, when, lane=lane, source=source))


@group.command("list")
@click.argument("ref")
@json_option
@pass_context
def event_list(context: Context, ref: str) -> None:
    """List the entered events in the order in which they happened."""
    store = context.reading().store
    found = [events.as_data(row) for row in events.listing(store, find(store, "incident", ref))]
    context.done(found, "" if context.as_json else table(found, ("when", "lane", "what", "source", "id")))


@group.command("set")
@click.argument("ref")
@click.argument("event", metavar="ID")
@click.option("--what")
@click.option("--when", help=_WHEN)
@click.option("--lane")
@click.option("--source")
@json_option
@pass_context
def event_set(context: Context, /, ref: str, event: str, **values: str | None) -> None:
    """Put an event right."""
    session = context.writing()
    found = events.find_event(session.store, find(session.store, "incident", ref), event)
    given = {field: text for field, text in values.items() if text is not None}
    context.changed(events.set_event(session, found, given))


@group.command("remove")
@click.argument("ref")
@click.argument("event", metavar="ID")
@json_option
@pass_context
def event_remove(context: Context, ref: str, event: str) -> None:
    """Take an event back."""
    session = context.writing()
    found = events.find_event(session.store, find(session.store, "incident", ref), event)
    context.changed(events.remove_event(session, found))
