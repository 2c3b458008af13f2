"""Commands on hand-offs between bodies: offered, accepted, refused, returned; who holds it now is one name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.cli.tables import table
from triage_app.domain.handoffs import WAYS
from triage_app.errors import NotFound, TriageError
from triage_app.services import handoffs
from triage_app.services.finding import find
from triage_app.services.times import iso
from triage_app.store import lookup
from triage_app.store.connection import Store


def register(group: click.Group) -> None:
    """Add these commands."""
    group.add_command(handoff)


@click.group()
def handoff() -> None:
    """Hand an incident, a victim or a support action to another body; it stays with its giver until accepted."""


def _what(store: Store, ref: str) -> tuple[str, str]:
    """Return kind and id of what a reference names."""
    for kind in handoffs.KINDS:
        try:
            return kind, find(store, kind, ref)
        except TriageError:
            continue
    raise NotFound(f"There is no incident, victim or action {ref}.", "Look at the reference again.")


@handoff.command("offer")
@click.argument("ref")
@click.option("--to", "body", required=True, help="Body: an ODS code, CSOC, NCSC, Report Fraud, or any name.")
@click.option("--person", default="", help="Whom there.")
@click.option("--note", default="", help="What they need to know; kept sealed.")
@click.option("--at", default="", help="When, if not now.")
@json_option
@pass_context
def offer(context: Context, ref: str, body: str, person: str, note: str, at: str) -> None:
    """Offer an incident, a victim or an action to another body."""
    session = context.writing()
    kind, about = _what(session.store, ref)
    done = handoffs.offer(session, kind, about, body, person=person, note=note, at=at)
    context.changed(done, holder=handoffs.holder(session.store, kind, about).holder.name)


def _answering(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--how", type=click.Choice(WAYS), default="telephoned", help="How the answer reached us."),
        click.option("--at", default="", help="When, if not now."),
    ):
        command = option(command)
    return command


@handoff.command("accept")
@click.argument("handoff_id", metavar="ID")
@click.option("--by", required=True, help="Who accepted it.")
@_answering
@json_option
@pass_context
def accept(context: Context, handoff_id: str, by: str, at: str, how: str) -> None:
    """Record that an offer was accepted. ID is the hand-off's, or what it is about where that has one open offer."""
    session = context.writing()
    found = _open(session.store, handoff_id, "")
    done = handoffs.accept(session, found["id"], by, at=at, how=how)
    context.changed(done, holder=_holder(session.store, found))


@handoff.command("refuse")
@click.argument("handoff_id", metavar="ID")
@click.option("--because", required=True, help="Their reason; kept sealed.")
@click.option("--by", default="", help="Who refused it.")
@_answering
@json_option
@pass_context
def refuse(context: Context, handoff_id: str, because: str, by: str, at: str, how: str) -> None:
    """Record that an offer was refused, or withdraw one."""
    session = context.writing()
    found = _open(session.store, handoff_id, "")
    done = handoffs.refuse(session, found["id"], because, by=by, at=at, how=how)
    context.changed(done, holder=_holder(session.store, found))


@handoff.command("return")
@click.argument("handoff_id", metavar="ID")
@click.option("--because", required=True, help="Why; kept sealed.")
@click.option("--by", default="", help="Who gave it back.")
@_answering
@json_option
@pass_context
def give_back(context: Context, handoff_id: str, because: str, by: str, at: str, how: str) -> None:
    """Record that what was accepted came back to its giver."""
    session = context.writing()
    found = _open(session.store, handoff_id, "accepted")
    done = handoffs.give_back(session, found["id"], because, by=by, at=at, how=how)
    context.changed(done, holder=_holder(session.store, found))


@handoff.command("list")
@click.argument("ref", default="")
@json_option
@pass_context
def list_command(context: Context, ref: str) -> None:
    """Print the hand-offs of something, or all of them, with who holds it now."""
    store = context.reading().store
    about = _what(store, ref)[1] if ref else ""
    found = []
    for row in handoffs.listing(store, about):
        held = handoffs.holder(store, row["about_kind"], row["about"])
        times = ("offered_at", "accepted_at", "answered_at", "created_at")
        found.append(
            {
                **{name: iso(value) if name in times else value for name, value in row.items() if name != "hlc"},
                "ref": lookup.reference_of(store, row["about_kind"], row["about"]),
                "answer": row["answer"] or "offered",
                "holder": held.holder.name,
                "crossed": row["id"] in held.crossed,
            }
        )
    columns = ("id", "ref", "from_body", "to_body", "offered_at", "answer", "answered_by", "holder")
    context.done(found, "" if context.as_json else table(found, columns))


def _open(store: Store, name: str, answer: str) -> dict[str, Any]:
    """Return a hand-off by its id, or the only one of something that stands so."""
    try:
        return handoffs.one(store, name)
    except NotFound:
        _, about = _what(store, name)
    found = [row for row in handoffs.listing(store, about) if row["answer"] == answer]
    if len(found) != 1:
        what = "open offers" if not answer else "accepted hand-offs"
        raise NotFound(f"{name} has {len(found)} {what}.", "“triage handoff list” shows the id of each.")
    return found[0]


def _holder(store: Store, row: dict[str, Any]) -> str:
    return handoffs.holder(store, row["about_kind"], row["about"]).holder.name
