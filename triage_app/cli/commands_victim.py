"""Commands on victims, support actions and people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from triage_app.cli import commands_letter
from triage_app.cli.context import Context, json_option, pass_context
from triage_app.errors import BadInput, NotFound, TriageError
from triage_app.services import handoffs, incidents, people, presenting, subject_access, support, victim_record, victims
from triage_app.services.changes import milliseconds
from triage_app.services.finding import find
from triage_app.services.times import iso
from triage_app.store import lookup
from triage_app.store.connection import Store


def register(group: click.Group) -> None:
    """Add these commands."""
    for command in (victim, action, person, commands_letter.group):
        group.add_command(command)


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
    session = context.reading()
    store = session.store
    entity = find(store, "victim", ref)
    row = lookup.one(store, "victim", entity)
    if row is None:
        raise NotFound(f"{ref} has been taken back.", "“triage redo” may bring it back.")
    found = presenting.record("victim", row)
    found["held_by"] = handoffs.holder(store, "victim", entity).holder.name
    found["shared"] = [
        {**one, "at": iso(one["at"]), "created_at": iso(one["created_at"])}
        for one in lookup.listing(store, "disclosure", "d.victim = ?", (entity,))
    ]
    actions = support.listing(store, "a.victim = ?", (entity,), milliseconds(session.now()))
    found["actions"] = [presenting.record("action", one) for one in actions]
    context.done(found)


@victim.command("set")
@click.argument("ref")
@click.argument("fields", nargs=-1, required=True, metavar="FIELD VALUE…")
@click.option("--because", default="", help="Why; kept with the decision.")
@json_option
@pass_context
def victim_set(context: Context, ref: str, fields: tuple[str, ...], because: str) -> None:
    """Set fields in one act: set REF wish agreed channel telephone roles "reporter, account-holder".

    status, roles, contact, language, channel, formats, flags, basis (lawful basis for holding), sharing (with whom),
    ground and decided-by (on what ground it is shared, and who decided), wish. "" clears a field.
    """
    if len(fields) % 2:
        raise BadInput(f"“{fields[-1][:40]}” has no value.", "Give pairs: a field and what it shall be.")
    values = dict(zip(fields[::2], fields[1::2], strict=True))
    if len(values) * 2 != len(fields):
        raise BadInput("One field stands there twice.", "Give each once.")
    session = context.writing()
    context.changed(victim_record.set_many(session, find(session.store, "victim", ref), values, because))


@victim.command("unmask")
@click.argument("ref")
@json_option
@pass_context
def victim_unmask(context: Context, ref: str) -> None:
    """Print what is masked of a victim; that you looked is noted."""
    session = context.looking()
    entity = find(session.store, "victim", ref)
    shown = victim_record.reveal(session, entity)
    context.done({"id": entity, **shown, "care": victim_record.care_of(shown["flags"])})


@victim.command("hold")
@click.argument("ref")
@click.option("--because", required=True, help="For which proceedings, or how they ended; kept sealed.")
@click.option("--by", default="", help="Who decided.")
@click.option("--lift", is_flag=True, help="Lift the hold.")
@json_option
@pass_context
def victim_hold(context: Context, ref: str, because: str, by: str, lift: bool) -> None:
    """Put a victim under legal hold, or lift it: under hold nothing kept on them is erased."""
    session = context.writing()
    entity = find(session.store, "victim", ref)
    context.changed(people.lift(session, entity, because) if lift else people.hold(session, entity, because, by))


@victim.command("share")
@click.argument("ref")
@click.option("--whom", required=True, help="Who was given it.")
@click.option("--what", required=True, help="What they were given; kept sealed.")
@click.option("--ground", default="", help="On what ground; without it the victim's own.")
@json_option
@pass_context
def victim_share(context: Context, ref: str, whom: str, what: str, ground: str) -> None:
    """Record what was shared of a victim with whom."""
    session = context.writing()
    context.changed(people.disclose(session, find(session.store, "victim", ref), whom, what, ground))


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
            click.option("--clock", default="", help="Id of the clock of the incident that it belongs to."),
            click.option("--because", default="", help="Why it is due at another time than its target; kept sealed."),
            click.option(
                "--due", default="", help="For example 4h or 2026-11-22 09:00; without it the target is proposed."
            ),
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
    minutes: int | None, because: str, clock: str,
) -> None:  # fmt: skip
    """Record something done, or to be done, for a victim."""
    session = context.writing()
    context.changed(
        victims.add_action(
            session, find(session.store, "victim", victim_ref), kind, status=status, due=due, done=done, owner=owner,
            outcome=outcome, minutes=minutes, because=because, clock=clock,
        )
    )  # fmt: skip


@action.command("attempt")
@click.argument("ref")
@click.argument("how")
@click.option("--at", default="", help="When, if not now: 14:05 or -10m.")
@click.option("--words", default="", help="What was said; kept sealed.")
@json_option
@pass_context
def action_attempt(context: Context, ref: str, how: str, at: str, words: str) -> None:
    """Record that somebody was tried: no-answer, left-message, emailed, spoke, texted, visited or wrong-number."""
    session = context.writing()
    context.changed(support.attempt(session, find(session.store, "action", ref), how, at=at, words=words))


@action.command("attempts")
@click.argument("ref")
@json_option
@pass_context
def action_attempts(context: Context, ref: str) -> None:
    """Print every attempt for an action, the latest first."""
    store = context.reading().store
    found = support.attempts(store, find(store, "action", ref))
    context.done([{**row, "at": iso(row["at"]), "created_at": iso(row["created_at"])} for row in found])


@action.command("set")
@click.argument("ref")
@_action_options(None)
@json_option
@pass_context
def action_set(
    context: Context, ref: str, status: str | None, due: str, done: str, owner: str, outcome: str, minutes: int | None,
    because: str, clock: str,
) -> None:  # fmt: skip
    """Record what became of a support action."""
    session = context.writing()
    context.changed(
        victims.set_action(
            session, find(session.store, "action", ref), status=status, due=due, done=done, owner=owner,
            outcome=outcome, minutes=minutes, because=because, clock=clock,
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
    """Print a person's name; that you looked is noted. ID is the person's, or a victim's reference."""
    session = context.looking()
    entity = _person(session.store, person_id)
    context.done({"id": entity, "name": people.reveal(session, entity)})


@person.command("erase")
@click.argument("person_id", metavar="ID")
@json_option
@pass_context
def person_erase(context: Context, person_id: str) -> None:
    """Erase a person here and wherever the erasure travels; refused under legal hold."""
    session = context.writing()
    changes, beyond = people.erase(session, _person(session.store, person_id))
    for line in beyond:
        context.say(f"Not reached: {line}.")
    context.changed(changes, not_reached=beyond)


@person.command("export")
@click.argument("person_id", metavar="ID")
@click.option("--out", "path", required=True, type=click.Path(path_type=Path), help="A file ending in .html or .json.")
@json_option
@pass_context
def person_export(context: Context, person_id: str, path: Path) -> None:
    """Write everything held about a person, other people's names left out; that you did is noted."""
    session = context.writing()
    sections = subject_access.export(session, _person(session.store, person_id), path)
    context.done({"path": str(path), "sections": sections}, f"Wrote {path}. It is not encrypted.")


@person.command("retention")
@click.option("--due", is_flag=True, help="Only those whose time has passed.")
@json_option
@pass_context
def person_retention(context: Context, due: bool) -> None:
    """Print until when each person is kept, the earliest end first. Nothing is erased by itself."""
    session = context.reading()
    found = people.due(session.store, milliseconds(session.now())) if due else people.kept(session.store)
    context.done(
        [
            {"id": one.person, "victims": list(one.victims), "until": iso(one.until), "legal_hold": one.held,
             "erased": one.erased}
            for one in found
        ]
    )  # fmt: skip


@person.command("same")
@click.argument("one", metavar="ID")
@click.argument("other", metavar="ID")
@click.option("--not", "is_not", is_flag=True, help="Take it back: they are two.")
@json_option
@pass_context
def person_same(context: Context, one: str, other: str, is_not: bool) -> None:
    """Say that two records are of one person, who then counts once in every figure. A victim's reference will do."""
    session = context.writing()
    ids = [_person(session.store, name) for name in (one, other)]
    context.changed(people.same(session, ids[0], ids[1], linked=not is_not))


def _person(store: Store, name: str) -> str:
    """Return the id of a person, named by it or by a victim's reference."""
    try:
        return find(store, "person", name)
    except TriageError:
        victim = lookup.one(store, "victim", find(store, "victim", name))
    if victim is None or victim["party"] != "person":
        raise BadInput(f"{name} is no person.", "Name a person, or a victim who is one.")
    return str(victim["person"])
