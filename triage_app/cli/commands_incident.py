"""Commands on incidents."""

from __future__ import annotations

import click

from triage_app.cli import commands_affected, commands_events, commands_impact, commands_log, commands_tasks
from triage_app.cli.context import Context, json_option, pass_context
from triage_app.domain.records import INCIDENT_TIMES
from triage_app.errors import NotFound
from triage_app.services import campaigns, incidents, open_work, presenting, splitting
from triage_app.services.changes import milliseconds
from triage_app.services.finding import find


def register(group: click.Group) -> None:
    """Add these commands."""
    commands_log.register(incident)
    for command in (incident, commands_tasks.everywhere, commands_impact.everywhere):
        group.add_command(command)


@click.group()
def incident() -> None:
    """Work on incidents."""


incident.add_command(commands_affected.group)
incident.add_command(commands_impact.group)
commands_tasks.register(incident)
incident.add_command(commands_events.group)


def say_new_campaign(context: Context, name: str) -> None:
    """Say that a campaign was named for the first time: nobody has to make one before, so a slip would make one too."""
    context.say(
        f"No campaign was called “{' '.join(name.split())}” here: it is a new one. If that is a slip, take it back with"
        " “triage undo”; “triage campaign list” shows those there are."
    )


@incident.command("new")
@click.option("--title", required=True)
@click.option("--reported", default="", help="When it was reported to us; as precisely as it is written.")
@click.option("--campaign", default="", help="The campaign it belongs to.")
@json_option
@pass_context
def incident_new(context: Context, title: str, reported: str, campaign: str) -> None:
    """Open an incident that did not start from an alert."""
    session = context.writing()
    fresh = campaigns.is_new(session.store, campaign)
    context.changed(incidents.open_incident(session, title, reported=reported, campaign=campaign))
    if fresh:
        say_new_campaign(context, campaign)


@incident.command("show")
@click.argument("ref")
@json_option
@pass_context
def incident_show(context: Context, ref: str) -> None:
    """Print an incident whole, with its alerts, victims, actions and notes."""
    session = context.reading()
    entity = find(session.store, "incident", ref)
    found = presenting.incident_whole(session.store, entity, milliseconds(session.now()))
    if found is None:
        raise NotFound(f"{ref} has been taken back.", "“triage redo” may bring it back.")
    context.done(found)


@incident.command("set")
@click.argument("ref")
@click.argument("field")
@click.argument("value")
@click.option("--because", default="")
@json_option
@pass_context
def incident_set(context: Context, ref: str, field: str, value: str, because: str) -> None:
    """Set one field, for example: set RXX-K7M4-0042 aware "2026-11-22 00:45".

    A time is kept as precisely as it is written: 2026, "May 2026", "about 22:30". Details take answers:
    set REF ransomware "encryption=yes; demand=not known", and so phishing, nis and data_types.
    """
    session = context.writing()
    entity = find(session.store, "incident", ref)
    fresh = field.strip().lower() == "campaign" and campaigns.is_new(session.store, value)
    changes = incidents.set_field(session, entity, field, value, because)
    doubts = incidents.times_in_doubt(session, entity) if field.strip().lower() in INCIDENT_TIMES else []
    for doubt in doubts:
        context.say(doubt)
    context.changed(changes, **({"times_in_doubt": doubts} if doubts else {}))
    if fresh:
        say_new_campaign(context, value)


@incident.command("close")
@click.argument("ref")
@click.option("--because", required=True, help="How it ended.")
@click.option("--leave-open", multiple=True, metavar="POLICY/STEP", help="A clock that stays open after it.")
@click.option("--leave", multiple=True, metavar="CODE", help="A task or support action left undone; “all” for all.")
@click.option("--left-by", default="", metavar="NAME", help="Who decided that they are left undone.")
@json_option
@pass_context
def incident_close(
    context: Context, ref: str, because: str, leave_open: tuple[str, ...], leave: tuple[str, ...], left_by: str
) -> None:
    """Close an incident; what is still empty is listed. A duty that is open must be named by --leave-open.

    An open task or support action must be named by --leave, and who decided that by --left-by.
    """
    session = context.writing()
    entity = find(session.store, "incident", ref)
    missing, unfinished = incidents.still_empty(session, entity), open_work.unfinished(session.store, entity)
    changes = incidents.close(session, entity, because, staying_open=leave_open, leaving=leave, left_by=left_by)
    if missing:
        context.say("Still empty: " + ", ".join(missing) + ".")
    if unfinished:
        many = "1 thing goes on" if len(unfinished) == 1 else f"{len(unfinished):,} things go on"
        context.say(f"{many} after closing: {' '.join(unfinished)}")
    context.changed(changes, still_empty=missing, unfinished=unfinished)


@incident.command("reopen")
@click.argument("ref")
@click.option("--because", required=True, help="What has come up.")
@json_option
@pass_context
def incident_reopen(context: Context, ref: str, because: str) -> None:
    """Open a closed incident again; its local targets run on."""
    session = context.writing()
    context.changed(incidents.reopen(session, find(session.store, "incident", ref), because))


@incident.command("merge")
@click.argument("ref")
@click.argument("other")
@json_option
@pass_context
def incident_merge(context: Context, ref: str, other: str) -> None:
    """Say that two incidents are one matter."""
    session = context.writing()
    one, two = find(session.store, "incident", ref), find(session.store, "incident", other)
    context.changed(incidents.merge(session, one, two))


@incident.command("unmerge")
@click.argument("ref")
@click.argument("other")
@json_option
@pass_context
def incident_unmerge(context: Context, ref: str, other: str) -> None:
    """Take back that two incidents are one matter."""
    session = context.writing()
    one, two = find(session.store, "incident", ref), find(session.store, "incident", other)
    context.changed(incidents.unmerge(session, one, two))


@incident.command("split")
@click.argument("ref")
@click.option("--title", required=True, help="Of the new incident.")
@click.option("--alerts", multiple=True, metavar="ID", help="An alert that goes; as often as needed, or with commas.")
@click.option("--victims", multiple=True, metavar="REF", help="A victim that goes, with its support.")
@click.option("--affected", multiple=True, metavar="NAME", help="An affected thing that goes.")
@click.option("--notes", multiple=True, metavar="REF", help="A log line that goes.")
@click.option("--tips", multiple=True, metavar="REF", help="A report that goes.")
@click.option("--tasks", multiple=True, metavar="NAME", help="A task that goes.")
@click.option("--events", multiple=True, metavar="ID", help="An entered event that goes.")
@click.option("--impact", multiple=True, metavar="NAME", help="A statement of clinical impact that goes.")
@click.option("--calls", multiple=True, metavar="REF", help="A call that goes.")
@json_option
@pass_context
def incident_split(context: Context, /, ref: str, title: str, **typed: tuple[str, ...]) -> None:
    """Open a new incident with some of what one holds; one undo takes it back, and no clock moves."""
    session = context.writing()
    entity = find(session.store, "incident", ref)
    listed = {name: [part for word in words for part in word.split(",") if part.strip()]
              for name, words in typed.items()}  # fmt: skip
    parts = splitting.named(session.store, entity, **listed)
    context.changed(splitting.split(session, entity, parts, title), moved=parts.in_words())
