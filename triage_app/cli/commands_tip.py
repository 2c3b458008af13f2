"""Commands on reports (tips): what somebody told us, before it is decided what it is."""

from __future__ import annotations

import sys

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.cli.tables import table
from triage_app.services import lists, tips
from triage_app.services.finding import find
from triage_app.services.session import Session


def register(group: click.Group) -> None:
    """Add these commands."""
    group.add_command(tip)


@click.group()
def tip() -> None:
    """Reports (tips): what somebody told us. Linked to an incident, promoted to one, or closed with a reason."""


@tip.command("new")
@click.argument("text")
@click.option("--by", default="", help="Who reported it; kept sealed.")
@click.option("--contact", default="", help="How to reach them; kept sealed.")
@click.option("--channel", default="telephone", show_default=True, help="telephone, email, in-person, partner …")
@click.option("--received", default="", help="When it reached us; now when left out.")
@click.option("--org", default="", help="ODS code of the organisation it is about.")
@json_option
@pass_context
def tip_new(context: Context, text: str, by: str, contact: str, channel: str, received: str, org: str) -> None:
    """Record a report; TEXT is what was said and is kept sealed, - reads it from standard input."""
    words = sys.stdin.read(tips.MOST_TEXT * 4) if text == "-" else text
    done = tips.receive(
        context.writing(), words, reporter=by, contact=contact, channel=channel, received=received, organisation=org
    )
    context.changed(done)


@tip.command("list")
@click.option("--state", type=click.Choice(tips.STATES), default=None)
@json_option
@pass_context
def tip_list(context: Context, state: str | None) -> None:
    """List reports, new ones first."""
    found = [tips.as_data(row) for row in tips.listing(context.reading().store, state or "")]
    context.done(found, "" if context.as_json else table(found, lists.COLUMNS["tips"]))


@tip.command("show")
@click.argument("ref")
@json_option
@pass_context
def tip_show(context: Context, ref: str) -> None:
    """Print a report. Who said it is masked: tip unmask shows it."""
    store = context.reading().store
    context.done(tips.as_data(tips.existing(store, find(store, "tip", ref))))


@tip.command("set")
@click.argument("ref")
@click.argument("field")
@click.argument("value")
@click.option("--because", default="")
@json_option
@pass_context
def tip_set(context: Context, ref: str, field: str, value: str, because: str) -> None:
    """Put right a report's text, reporter, contact, channel, received or organisation."""
    session = context.writing()
    context.changed(tips.set_field(session, find(session.store, "tip", ref), field, value, because))


@tip.command("link")
@click.argument("refs", nargs=-1, required=True, metavar="REF…")
@click.option("--into", required=True, help="The incident.")
@json_option
@pass_context
def tip_link(context: Context, refs: tuple[str, ...], into: str) -> None:
    """Link reports to an incident."""
    session = context.writing()
    context.changed(tips.link(session, _found(session, refs), find(session.store, "incident", into)))


@tip.command("promote")
@click.argument("refs", nargs=-1, required=True, metavar="REF…")
@click.option("--title", default="", help="Of the incident; not sealed, so no names of people.")
@json_option
@pass_context
def tip_promote(context: Context, refs: tuple[str, ...], title: str) -> None:
    """Open an incident from reports."""
    session = context.writing()
    context.changed(tips.promote(session, _found(session, refs), title))


@tip.command("close")
@click.argument("refs", nargs=-1, required=True, metavar="REF…")
@click.option("--because", required=True, help="Why nothing follows.")
@json_option
@pass_context
def tip_close(context: Context, refs: tuple[str, ...], because: str) -> None:
    """Close reports without action."""
    session = context.writing()
    context.changed(tips.close(session, _found(session, refs), because))


@tip.command("reopen")
@click.argument("refs", nargs=-1, required=True, metavar="REF…")
@json_option
@pass_context
def tip_reopen(context: Context, refs: tuple[str, ...]) -> None:
    """Make reports new again; linked ones leave their incident."""
    session = context.writing()
    context.changed(tips.reopen(session, _found(session, refs)))


@tip.command("unmask")
@click.argument("ref")
@json_option
@pass_context
def tip_unmask(context: Context, ref: str) -> None:
    """Print who reported and how to reach them; that you looked is noted."""
    session = context.looking()
    entity = find(session.store, "tip", ref)
    context.done({"id": entity, **tips.reveal(session, entity)})


@tip.command("erase")
@click.argument("ref")
@json_option
@pass_context
def tip_erase(context: Context, ref: str) -> None:
    """Forget what a report said and who said it, here and wherever the erasure travels."""
    session = context.writing()
    context.changed(tips.erase(session, find(session.store, "tip", ref)))


def _found(session: Session, refs: tuple[str, ...]) -> list[str]:
    return [find(session.store, "tip", ref) for ref in refs]
