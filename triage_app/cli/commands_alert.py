"""Commands on alerts: new, show, what is related, promote, link, dismiss, snooze, take in hand, fold, suggest."""

from __future__ import annotations

import sys

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.domain import corrections, folds
from triage_app.errors import BadInput, NotFound
from triage_app.services import folding, manual_alerts, presenting, relating, suggesting, tips, triage
from triage_app.services.finding import find, find_alert
from triage_app.services.times import read_time
from triage_app.store import alerts
from triage_app.store.connection import Store


def register(group: click.Group) -> None:
    """Add these commands."""
    group.add_command(alert)


@click.group()
def alert() -> None:
    """Work on alerts."""


@alert.command()
@click.argument("alert_id", metavar="ID")
@json_option
@pass_context
def show(context: Context, alert_id: str) -> None:
    """Print an alert whole, with its evidence rows and incidents."""
    store = context.reading().store
    found = presenting.alert_whole(store, find_alert(store, alert_id))
    if found is None:
        raise NotFound("That alert is no longer shown.", "Its import was taken back.")
    context.done(found)


@alert.command("related")
@click.argument("ids", metavar="ID…", nargs=-1, required=True)
@json_option
@pass_context
def related_to(context: Context, ids: tuple[str, ...]) -> None:
    """Print what alerts share with others, and every open incident, the likely ones first, each with why."""
    store = context.reading().store
    keys = [find_alert(store, item) for item in ids]
    data = relating.as_data(store, keys)
    context.done(data, relating.as_lines(data))


@alert.command()
@click.argument("ids", metavar="ID…", nargs=-1, required=True)
@click.option("--title", default="", help="Title of the incident; otherwise the worst alert's.")
@json_option
@pass_context
def promote(context: Context, ids: tuple[str, ...], title: str) -> None:
    """Open an incident from one or more alerts."""
    session = context.writing()
    context.changed(triage.promote(session, [find_alert(session.store, item) for item in ids], title))


@alert.command()
@click.argument("ids", metavar="ID…", nargs=-1, required=True)
@click.option("--into", "ref", default="", help="Reference of the incident; without it the likely ones are named.")
@json_option
@pass_context
def link(context: Context, ids: tuple[str, ...], ref: str) -> None:
    """Merge alerts into an incident that is open."""
    session = context.writing() if ref else context.reading()
    keys = [find_alert(session.store, item) for item in ids]
    if not ref:
        found = relating.offers(session.store, keys)
        likely = [f"{one.incident['ref']} ({one.words})" for one in found.incidents if one.reasons] if found else []
        named = (
            f"The likeliest first: {'; '.join(likely[:3])}." if likely else "“triage incidents list” shows them all."
        )
        raise BadInput("Nothing was merged: no incident is named.", f"Say --into REF. {named}")
    context.changed(triage.link(session, keys, find(session.store, "incident", ref)))


@alert.command()
@click.argument("ids", metavar="ID…", nargs=-1, required=True)
@click.option("--as", "disposition", required=True, help="For example false-positive.")
@click.option("--because", default="", help="Why; needed for high severity, a linked victim, or more than fifty.")
@json_option
@pass_context
def dismiss(context: Context, ids: tuple[str, ...], disposition: str, because: str) -> None:
    """Dismiss alerts with a disposition."""
    session = context.writing()
    keys = [find_alert(session.store, item) for item in ids]
    context.changed(triage.dismiss(session, keys, disposition, because))


@alert.command()
@click.argument("ids", metavar="ID…", nargs=-1, required=True)
@click.option("--until", required=True, help="For example 4h, 09:00 or 2026-11-23 09:00.")
@json_option
@pass_context
def snooze(context: Context, ids: tuple[str, ...], until: str) -> None:
    """Put alerts aside until a time."""
    session = context.writing()
    keys = [find_alert(session.store, item) for item in ids]
    context.changed(triage.snooze(session, keys, read_time(until, session.now())))


@alert.command()
@click.argument("alert_id", metavar="ID")
@click.argument("field", type=click.Choice(corrections.FIELDS))
@click.argument("value")
@click.option("--because", default="", help="Why the source is wrong.")
@json_option
@pass_context
def correct(context: Context, alert_id: str, field: str, value: str, because: str) -> None:
    """Put a field right, over what the source said; an empty value takes that back."""
    session = context.writing()
    context.changed(triage.correct(session, find_alert(session.store, alert_id), field, value, because))


@alert.command()
@click.argument("ids", metavar="ID…", nargs=-1, required=True)
@click.option("--to", "name", default="me", help="Another responder of ours, by name or part of it.")
@json_option
@pass_context
def take(context: Context, ids: tuple[str, ...], name: str) -> None:
    """Say that you, or another responder, are looking at these alerts."""
    session = context.writing()
    keys = [find_alert(session.store, item) for item in ids]
    context.changed(triage.assign(session, keys, triage.read_responder(session, name)))


@alert.command("fold")
@click.argument("ids", metavar="ID…", nargs=-1, required=True)
@click.option("--because", default="", help="Why they are one.")
@json_option
@pass_context
def alert_fold(context: Context, ids: tuple[str, ...], because: str) -> None:
    """Fold alerts together: one is shown, with the sum of all; decisions about it are about all of them.

    One ID that was taken apart: put it together again.
    """
    session = context.writing()
    keys = [find_alert(session.store, item) if _is_shown(session.store, item) else item for item in ids]
    if len(keys) == 1:
        context.changed(folding.put_together(session, keys[0].lower(), because))
    else:
        context.changed(folding.fold(session, keys, because))


@alert.command("unfold")
@click.argument("alert_id", metavar="ID")
@click.option("--because", default="", help="Why they are not one.")
@click.option(
    "--by",
    "how",
    type=click.Choice(folds.WAYS),
    help="Each row by itself, or the rows of each day.",
)
@json_option
@pass_context
def alert_unfold(context: Context, alert_id: str, because: str, how: str | None) -> None:
    """Take apart what was folded by hand, else what the key of the alert folds; a part is taken out alone."""
    session = context.writing()
    context.changed(folding.unfold(session, find_alert(session.store, alert_id), because, how or ""))


def _is_shown(store: Store, name: str) -> bool:
    """Tell whether an alert of that name has rows here: one that was taken apart has none, and still has its id."""
    try:
        return bool(find_alert(store, name))
    except NotFound:
        if len(name) == 32:
            return False
        raise


@alert.command("suggest")
@click.argument("alert_id", metavar="ID")
@json_option
@pass_context
def alert_suggest(context: Context, alert_id: str) -> None:
    """Print the class, severity and UK category that an alert's words suggest, and why. Nothing is set."""
    store = context.reading().store
    key = find_alert(store, alert_id)
    numbers = alerts.numbers_of(store, [key])
    if not numbers:
        raise NotFound("That alert is no longer shown.", "Its import was taken back.")
    row = alerts.rows(store, [numbers[key]])[numbers[key]]
    found = suggesting.for_alert(store, row)
    problem = suggesting.rules(store).problem
    words = [suggesting.in_words(found) or "Nothing is suggested.", *suggesting.reasons(found, [row])]
    data = {"id": key, **suggesting.as_data(found, [row]), **({"problem": problem} if problem else {})}
    context.done(data, "" if context.as_json else "\n".join([*words, problem] if problem else words))


@alert.command("new")
@click.argument("what")
@click.option("--where", default="", help="The host, or the place.")
@click.option("--org", default="", help="ODS code of the organisation it is about; your own when left out.")
@click.option("--by", default="", help="Who told us; kept sealed, in a report.")
@click.option("--contact", default="", help="How to ring them back; kept sealed.")
@click.option("--note", default="", help="What else they said; kept sealed. - reads it from standard input.")
@click.option("--noticed", default="", help="When it was noticed, for example -10m; now when left out.")
@click.option("--severity", default=manual_alerts.USUAL_SEVERITY, show_default=True, help="critical, high, medium …")
@click.option("--channel", default="telephone", show_default=True, help="telephone, email, in-person, partner …")
@click.option(
    "--ticket", default="", help="Its number at the service desk; a second call under it folds into the alert."
)
@click.option("--tip", default="", help="The report that it is made of, instead of --by, --contact and --note.")
@json_option
@pass_context
def alert_new(
    context: Context, what: str, where: str, org: str, by: str, contact: str, note: str, noticed: str, severity: str,
    channel: str, ticket: str, tip: str,
) -> None:  # fmt: skip
    """Take down an alert that no file holds, such as a telephone call. WHAT is evidence: no names of people."""
    session = context.writing()
    words = sys.stdin.read(tips.MOST_TEXT * 4) if note == "-" else note
    done = manual_alerts.take_down(
        session, what, where=where, organisation=org, caller=by, contact=contact, noticed=noticed, severity=severity,
        note=words, channel=channel, ticket=ticket, tip=find(session.store, "tip", tip) if tip else "",
    )  # fmt: skip
    context.changed(done)
