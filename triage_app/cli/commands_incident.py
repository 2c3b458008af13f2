"""Commands on incidents, victims, support actions and people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from triage_app.cli import commands_affected, commands_events, commands_log, commands_tasks
from triage_app.cli.context import Context, json_option, pass_context
from triage_app.domain.records import INCIDENT_TIMES
from triage_app.errors import NotFound
from triage_app.services import incidents, people, presenting, victims
from triage_app.services.finding import find
from triage_app.store import lookup


def register(group: click.Group) -> None:
    """Add these commands."""
    commands_log.register(incident)
    for command in (incident, victim, action, person, commands_tasks.everywhere):
        group.add_command(command)


@click.group()
def incident() -> None:
    """Work on incidents."""


incident.add_command(commands_affected.group)
commands_tasks.register(incident)
incident.add_command(commands_events.group)


@incident.command("new")
@click.option("--title", required=True)
@json_option
@pass_context
def incident_new(context: Context, title: str) -> None:
    """Open an incident that did not start from an alert."""
    context.changed(incidents.open_incident(context.writing(), title))


@incident.command("show")
@click.argument("ref")
@json_option
@pass_context
def incident_show(context: Context, ref: str) -> None:
    """Print an incident whole, with its alerts, victims, actions and notes."""
    store = context.reading().store
    found = presenting.incident_whole(store, find(store, "incident", ref))
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
    changes = incidents.set_field(session, entity, field, value, because)
    doubts = incidents.times_in_doubt(session, entity) if field.strip().lower() in INCIDENT_TIMES else []
    for doubt in doubts:
        context.say(doubt)
    context.changed(changes, **({"times_in_doubt": doubts} if doubts else {}))


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
    missing = incidents.still_empty(session, entity)
    changes = incidents.close(session, entity, because, staying_open=leave_open, leaving=leave, left_by=left_by)
    if missing:
        context.say("Still empty: " + ", ".join(missing) + ".")
    context.changed(changes, still_empty=missing)


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


@click.group()
def victim() -> None:
    """Work on victims."""


@victim.command("add")
@click.argument("ref")
@click.option("--org", default="", help="ODS code of the organisation.")
@click.option("--org-name", default="", help="Its name, where it is not known here.")
@click.option("--person", default=None, help="Name of the person, “-” for unnamed.")
@click.option("--status", default="affected", help="affected, at risk, suspected or not affected.")
@click.option("--contact", default="", help="How to reach them; kept sealed.")
@json_option
@pass_context
def victim_add(
    context: Context, ref: str, org: str, org_name: str, person: str | None, status: str, contact: str
) -> None:
    """Record a victim of an incident: an organisation or a person."""
    session = context.writing()
    name = "" if person == "-" else person
    context.changed(
        victims.add_victim(
            session, find(session.store, "incident", ref), organisation=org, organisation_name=org_name, person=name,
            status=status, contact=contact,
        )
    )  # fmt: skip


@victim.command("show")
@click.argument("ref")
@json_option
@pass_context
def victim_show(context: Context, ref: str) -> None:
    """Print a victim with the support given."""
    store = context.reading().store
    entity = find(store, "victim", ref)
    row = lookup.one(store, "victim", entity)
    if row is None:
        raise NotFound(f"{ref} has been taken back.", "“triage redo” may bring it back.")
    found = presenting.record("victim", row)
    found["actions"] = [
        presenting.record("action", item) for item in lookup.listing(store, "action", "a.victim = ?", (entity,))
    ]
    context.done(found)


@victim.command("set")
@click.argument("ref")
@click.argument("field")
@click.argument("value")
@json_option
@pass_context
def victim_set(context: Context, ref: str, field: str, value: str) -> None:
    """Set a victim's status, basis, sharing, wish or contact."""
    session = context.writing()
    context.changed(victims.set_victim(session, find(session.store, "victim", ref), field, value))


@victim.command("note")
@click.argument("ref")
@click.argument("text")
@json_option
@pass_context
def victim_note(context: Context, ref: str, text: str) -> None:
    """Add a note about a victim; it is kept sealed."""
    session = context.writing()
    context.changed(incidents.add_note(session, "victim", find(session.store, "victim", ref), text))


@click.group()
def action() -> None:
    """Work on support actions."""


_Command = TypeVar("_Command", bound=Callable[..., Any])


def _action_options(status: str | None) -> Callable[[_Command], _Command]:
    """Add the options of a support action; ``status`` is what it is when none is given."""

    def add(command: _Command) -> _Command:
        for option in (
            click.option("--minutes", type=int, default=None, help="Time spent."),
            click.option("--outcome", default="", help="What came of it; kept sealed."),
            click.option("--owner", default="", help="Who does it."),
            click.option("--done", default="", help="When it was done."),
            click.option("--due", default="", help="For example 4h or 2026-11-22 09:00."),
            click.option("--status", default=status, help="pending, ongoing, successful …"),
        ):
            command = option(command)
        return command

    return add


@action.command("add")
@click.argument("victim_ref", metavar="VICTIM")
@click.option("--kind", required=True, help="Code of the action, for example VS05.")
@_action_options("pending")
@json_option
@pass_context
def action_add(
    context: Context, victim_ref: str, kind: str, status: str, due: str, done: str, owner: str, outcome: str,
    minutes: int | None,
) -> None:  # fmt: skip
    """Record something done, or to be done, for a victim."""
    session = context.writing()
    context.changed(
        victims.add_action(
            session, find(session.store, "victim", victim_ref), kind, status=status, due=due, done=done, owner=owner,
            outcome=outcome, minutes=minutes,
        )
    )  # fmt: skip


@action.command("set")
@click.argument("ref")
@_action_options(None)
@json_option
@pass_context
def action_set(
    context: Context, ref: str, status: str | None, due: str, done: str, owner: str, outcome: str, minutes: int | None
) -> None:
    """Record what became of a support action."""
    session = context.writing()
    context.changed(
        victims.set_action(
            session, find(session.store, "action", ref), status=status, due=due, done=done, owner=owner,
            outcome=outcome, minutes=minutes,
        )
    )  # fmt: skip


@click.group()
def person() -> None:
    """People: unmasking is noted, erasing is for ever."""


@person.command("unmask")
@click.argument("person_id", metavar="ID")
@json_option
@pass_context
def person_unmask(context: Context, person_id: str) -> None:
    """Print a person's name; that you looked is noted."""
    session = context.writing()
    entity = find(session.store, "person", person_id)
    context.done({"id": entity, "name": people.reveal(session, entity)})


@person.command("erase")
@click.argument("person_id", metavar="ID")
@json_option
@pass_context
def person_erase(context: Context, person_id: str) -> None:
    """Erase a person here and wherever the erasure travels."""
    session = context.writing()
    entity = find(session.store, "person", person_id)
    changes, beyond = people.erase(session, entity)
    context.changed(changes, not_reached=beyond)
