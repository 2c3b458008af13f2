"""Commands on campaigns, and the figures of a reporting window."""

from __future__ import annotations

from typing import Any

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.cli.tables import table
from triage_app.services import campaigns, figures, lists, reporting_windows
from triage_app.services.figures import Report


def register(group: click.Group) -> None:
    """Add these commands."""
    group.add_command(campaign)
    group.add_command(figures_command)


@click.group()
def campaign() -> None:
    """Campaigns: themes across incidents. An incident joins one by its name: incident set REF campaign NAME."""


@campaign.command("new")
@click.argument("name")
@click.option("--description", default="")
@click.option("--alias", "aliases", multiple=True, help="Another name that means it; as often as needed.")
@json_option
@pass_context
def campaign_new(context: Context, name: str, description: str, aliases: tuple[str, ...]) -> None:
    """Make a campaign; incidents that name it already belong to it."""
    context.changed(campaigns.new(context.writing(), name, description, aliases))


@campaign.command("list")
@json_option
@pass_context
def campaign_list(context: Context) -> None:
    """List campaigns: those made, and those that incidents name."""
    found = lists.listing(context.reading(), "campaigns")
    context.done(found, "" if context.as_json else table(found, lists.COLUMNS["campaigns"]))


@campaign.command("show")
@click.argument("name")
@json_option
@pass_context
def campaign_show(context: Context, name: str) -> None:
    """Print a campaign with its incidents."""
    store = context.reading().store
    found = campaigns.find(store, name)
    ids = set(campaigns.incidents_of(store, found))
    rows = [row for row in lists.listing(context.reading(), "incidents") if row["id"] in ids]
    short = [{key: row[key] for key in ("id", "ref", "title", "status", "severity_word")} for row in rows]
    context.done({**campaigns.as_data(found), "members": short})


@campaign.command("set")
@click.argument("name")
@click.argument("field")
@click.argument("value")
@click.option("--because", default="")
@json_option
@pass_context
def campaign_set(context: Context, name: str, field: str, value: str, because: str) -> None:
    """Set a campaign's name, description, aliases (with “;” between them) or status (open or closed)."""
    session = context.writing()
    context.changed(campaigns.set_field(session, campaigns.find(session.store, name), field, value, because))


@click.command("figures")
@click.option(
    "--window", "name", default="", help="For example review-year-2020, financial-year-2019-20, month-2020-08."
)
@click.option("--from", "start", default="", help="First day of another window, as 2019-09-01.")
@click.option("--to", "last", default="", help="Its last day.")
@click.option("--campaign", "of", default="", help="Only incidents of this campaign.")
@click.option(
    "--list", "listed", default="", metavar="NAME", help="The list behind one number: incidents, category:3 …"
)
@click.option("--windows", is_flag=True, help="List the windows there are.")
@json_option
@pass_context
def figures_command(context: Context, name: str, start: str, last: str, of: str, listed: str, windows: bool) -> None:
    """Compute the figures of a reporting window: incidents by reported time, and the victims supported.

    Windows run from midnight to midnight in London. Without one asked for, it is the current review year.
    """
    session = context.reading()
    store, now = session.store, session.now()
    if windows:
        found = [reporting_windows.as_data(one) for one in reporting_windows.usual(store, now)]
        context.done(found, "" if context.as_json else table(found, ("name", "title", "from", "to")))
        return
    window = reporting_windows.read(store, now, name, start, last)
    report = figures.compute(store, window, campaigns.find(store, of) if of else None)
    if report.fault:
        context.say(report.fault)
    if listed:
        number = report.number(listed)
        rows = figures.rows(store, report, number)
        columns = (
            ("ref", "organisation", "party", "incident_ref", "first_success", "actions")
            if number.kind == "victim"
            else ("ref", "reported", "title", "status", "same_as")
        )
        context.done(rows, "" if context.as_json else table(rows, columns))
        return
    data: dict[str, Any] = figures.as_data(report)
    context.done(data, "" if context.as_json else in_words(report))


def in_words(report: Report) -> str:
    """Return the figures as lines for a terminal."""
    about = "" if report.campaign is None else f", campaign {report.campaign.name}"
    lines = [f"{report.window.name}: {report.window.in_words}{about}. Midnight to midnight in London.", ""]
    lines += [f"{one.words}: {one.said}" for one in (report.incidents, report.victims)]
    for name in figures.GROUPS:
        parts = [f"{one.words} {one.said}" for one in report.groups[name]]
        if parts:
            lines.append(f"By {name}: {'; '.join(parts)}")
    if report.left_out:
        lines.append("Left out: " + "; ".join(f"{one.words} {one.said}" for one in report.left_out))
    lines += [f"{one.words}: {one.said}" for one in report.notes]
    if report.partial:
        lines.append("Something of the journal is withheld or waits: there may be more.")
    lines += [
        "",
        "“--list NAME” prints the list behind a number: " + ", ".join(one.name for one in report.numbers()) + ".",
    ]
    return "\n".join(lines)
