"""Commands on the handover of a shift: show its page, give it, take it, take it back."""

from __future__ import annotations

from pathlib import Path

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.cli.tables import table
from triage_app.services import clock_words, handover, incident_paper, printed, shift_page
from triage_app.services.changes import milliseconds
from triage_app.services.finding import find
from triage_app.services.handoffs import bodies
from triage_app.services.session import Session
from triage_app.services.times import in_words, iso


def register(group: click.Group) -> None:
    """Add these commands."""
    group.add_command(handover_commands)
    group.commands["incident"].add_command(incident_page)  # type: ignore[attr-defined]


@click.group("handover")
def handover_commands() -> None:
    """The shift handover: its page; given by who leaves, and taken by who comes, with a passphrase of their own."""


@handover_commands.command("show")
@click.option("--since", default="", help="Since when it tells: 08:00, 12h ago as -12h. Else since the shift began.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the page here as plain text; that is noted.")
@json_option
@pass_context
def show(context: Context, since: str, out: Path | None) -> None:
    """Print the handover page: what came, what was decided, what is open, which clock runs out next."""
    session = context.writing() if out is not None else context.reading()
    now = session.now()
    begun = handover.since_when(milliseconds(now), now, since)
    page = shift_page.read(session.store, now, begun)
    text = printed.as_text(_on_paper(session, page))
    if out is not None:
        printed.write(session, out, text.encode("utf-8", "replace"), "handover", "", "handover page")
        context.say(f"Wrote the handover page to {out}. It is not encrypted.")
    context.done(page.as_data(), text)


def _on_paper(session: Session, page: shift_page.ShiftPage) -> printed.Printed:
    organisation = f"{session.organisation} {session.public.organisation_name}".strip()
    made = shift_page.printed_page(page, organisation, session.responder_name, session.tag)
    return _marked(session, made)


def _marked(session: Session, page: printed.Printed) -> printed.Printed:
    exercise, demonstration = session.public.exercise, session.is_demonstration
    return printed.marked(page, exercise=exercise, demonstration=demonstration)


@handover_commands.command("list")
@click.option("--limit", type=click.IntRange(1), default=None, help="Only so many, the newest.")
@json_option
@pass_context
def list_(context: Context, limit: int | None) -> None:
    """List handovers, the newest first, with what became of each."""
    store = context.reading().store
    found = handover.listing(store)[:limit]
    data = [handover.as_data(store, one) for one in found]
    rows = [
        {"id": one.id[:8], "by": one.giver, "given": in_words(one.at), "became": handover.state_words(one)}
        for one in found
    ]
    context.done(data, "" if context.as_json else table(rows, ("id", "by", "given", "became")))


@handover_commands.command("give")
@click.option("--words", default="", help="What whoever comes must know; it travels to laptops of the organisation.")
@click.option("--since", default="", help="When the shift began, if not at the usual hour.")
@json_option
@pass_context
def give(context: Context, words: str, since: str) -> None:
    """Give the shift. It stays yours, and your name on Home, until somebody takes it."""
    context.changed(handover.give(context.writing(), words, since))


@handover_commands.command("take")
@click.argument("ids", nargs=-1)
@json_option
@pass_context
def take(context: Context, ids: tuple[str, ...]) -> None:
    """Take the shift from whoever gave it: all that waits, or the handovers named. Shows what you take over."""
    session = context.writing()
    store = session.store
    named = [handover.one(store, one).id for one in ids]
    shown = handover.shown(store, milliseconds(session.now()))
    waiting = [one for one in handover.waiting(store) if not named or one.id in named]
    changes = handover.take(session, named, shown.ids)
    for given in waiting:
        words = handover.words_of(store, given.id)
        context.say(f"{given.giver}, {in_words(given.at)}: {words or 'no words'}")
    if lacking := handover.not_here(store, waiting):
        context.say(f"{lacking} of the giver's clocks are not on this laptop: merge a bundle from theirs.")
    for clock in shown.clocks:
        duty = f"{clock.clock.policy.name}: {clock.step.name}"
        context.say(f"{clock_words.left(clock.state)}  {duty}  {clock.clock.ref}")
    for offer in shown.handoffs:
        context.say(f"not accepted  {offer['ref']}  offered to {bodies().get(offer['to_body'], offer['to_body'])}")
    context.changed(
        changes,
        clocks=[
            {"id": handover.clock_name(one), "ref": one.clock.ref, "due": iso(one.state.due_at),
             "left": clock_words.left(one.state)}
            for one in shown.clocks
        ],
        handoffs=[{"id": one["id"], "ref": one["ref"], "to": one["to_body"]} for one in shown.handoffs],
        not_here=lacking,
    )  # fmt: skip


@handover_commands.command("take-back")
@click.argument("id_", metavar="ID")
@click.option("--because", default="", help="Why.")
@json_option
@pass_context
def take_back(context: Context, id_: str, because: str) -> None:
    """Take back a handover that you gave and nobody has taken: the shift stays yours."""
    context.changed(handover.take_back(context.writing(), id_, because))


@click.command("page")
@click.argument("ref")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Write the page here as plain text.")
@json_option
@pass_context
def incident_page(context: Context, ref: str, out: Path) -> None:
    """Write an incident's page for paper, as plain text. What is masked or withheld stays so; that it left is noted."""
    session = context.writing()
    entity = find(session.store, "incident", ref)
    page = incident_paper.page_of(session.store, entity, session.now(), session.responder_name, session.tag)
    page = _marked(session, page)
    size = printed.write(
        session, out, printed.as_text(page).encode("utf-8", "replace"), "incident", entity, incident_paper.WHAT
    )
    context.done({"path": str(out), "bytes": size, "label": page.label})
