"""Commands on the clinical impact of an incident: what is down, diverted, cancelled, and what was reported to us."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.cli.tables import table
from triage_app.domain.impact import FIELDS
from triage_app.services import impact, systems_down
from triage_app.services.finding import find

_HELP = {
    "from": "09:30, -2h, 2026-11-22 02:55; now if left out.",
    "until": "When it was back; left out while it is down.",
    "at": "When; now if left out.",
    "day": "Of which day; today if left out.",
    "paper": "Is the paper fallback in use: yes, no or not known.",
    "count": "12, “at least 12” or “not known”.",
    "patients": "How many: 1, “at least 2” or “not known”; never who.",
    "reported_by": "The clinician who reported it to us, role and name; kept sealed.",
    "reference": "Its reference in LFPSE or DCIQ.",
    "agreed_by": "Who agreed; kept sealed.",
    "assessed_by": "Who assessed it, for example the Clinical Safety Officer; kept sealed.",
    "declared_by": "Who declared it; kept sealed.",
    "level": "A code of the list in use.",
    "comment": "Kept sealed.",
}


class _Impact(click.Group):
    """``impact REF show`` says the same as ``impact show REF``."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        if len(args) > 1 and args[0] not in self.commands and args[1] in self.commands:
            args = [args[1], args[0], *args[2:]]
        return super().parse_args(context, args)


@click.group("impact", cls=_Impact)
def group() -> None:
    """State what an incident did to care: ``impact REF add-outage --system EPR``, and so on."""


@group.command("show")
@click.argument("ref")
@json_option
@pass_context
def show_command(context: Context, ref: str) -> None:
    """Print what was stated: what is down now first."""
    store = context.reading().store
    found = impact.summary(store, find(store, "incident", ref))
    context.done(impact.as_data(found), _in_words(found))


def _in_words(found: impact.Summary) -> str:
    if not found.is_stated:
        return "Nothing has been stated about the clinical impact. That does not say that there is none."
    parts: list[str] = ["Down now: " + ("" if found.down else "nothing stated")]
    parts += [_line(row) for row in found.down]
    for heading, rows in (
        ("Was down", found.were_down), ("Diverts", found.diverts), ("Cancellations", found.cancelled),
    ):  # fmt: skip
        parts += [f"{heading}:" if rows else f"{heading}: not stated", *map(_line, rows)]
    parts += [f"  {kind}: {words} in all" for kind, words in impact.totals_in_words(found) if words != "not stated"]
    if found.stated_twice:
        parts.append(f"  {found.stated_twice} stated twice; the larger was counted.")
    for heading, rows in (
        ("Capacity", found.capacity), ("Harm reported to us", found.harm), ("Clinical risk", found.risk),
        ("Declared (EPRR)", found.eprr),
    ):  # fmt: skip
        parts += [f"{heading}:" if rows else f"{heading}: not stated", *map(_line, rows)]
    return "\n".join(parts)


def _line(row: dict[str, Any]) -> str:
    return f"  {row['id'].partition(':')[2][:8]}  {impact.in_words(row)}"


def _adds(name: str, kind: str, words: str) -> None:
    """Add the command that states one kind of impact; each field is an option."""

    def run(context: Context, /, ref: str, **given: str) -> None:
        session = context.writing()
        values = {field.removesuffix("_"): text for field, text in given.items()}
        context.changed(impact.add(session, find(session.store, "incident", ref), kind, values))

    command: Callable[..., None] = pass_context(run)
    for field in reversed(FIELDS[kind]):
        option = "--" + field.replace("_", "-")
        # One that must be given has no default at all: click 8.3 and later take a default of None for an answer.
        given: dict[str, Any] = {"required": True} if field in impact.REQUIRED[kind] else {"default": ""}
        command = click.option(option, f"{field}_", help=_HELP.get(field, ""), **given)(command)
    group.command(name, help=words)(click.argument("ref")(json_option(command)))


_adds("add-outage", "outage", "State that a system or service is down, or was.")
_adds("divert", "divert", "State a divert: what, from where, to where.")
_adds("cancelled", "cancelled", "State how many were cancelled of a kind; “not known” is an answer.")
_adds("capacity", "capacity", "State at how many percent of normal a service runs.")
_adds("harm", "harm", "State harm as a clinician reported it to us. It is never our own judgement.")
_adds("risk", "risk", "State a clinical risk by DCB0160; its class follows from the matrix.")
_adds("eprr", "eprr", "State which type of incident was declared, and its level.")


@group.command("end-outage")
@click.argument("ref")
@click.argument("name")
@click.option("--at", default="", help="When it was back; now if left out.")
@json_option
@pass_context
def end_outage(context: Context, ref: str, name: str, at: str) -> None:
    """State that a system is back up; NAME is the system, or the start of the statement's id."""
    session = context.writing()
    incident = find(session.store, "incident", ref)
    entity = impact.named(session.store, incident, name, ("outage",), going_on=True)
    context.changed(impact.end(session, entity, at))


@group.command("end-divert")
@click.argument("ref")
@click.argument("name")
@click.option("--at", default="", help="When it ended; now if left out.")
@json_option
@pass_context
def end_divert(context: Context, ref: str, name: str, at: str) -> None:
    """State that a divert is over."""
    session = context.writing()
    incident = find(session.store, "incident", ref)
    entity = impact.named(session.store, incident, name, ("divert",), going_on=True)
    context.changed(impact.end(session, entity, at))


@group.command("set")
@click.argument("ref")
@click.argument("name")
@click.argument("field")
@click.argument("value")
@click.option("--because", default="", help="Why.")
@json_option
@pass_context
def set_command(context: Context, ref: str, name: str, field: str, value: str, because: str) -> None:
    """Put one field of a statement right; what it said before stays in its history."""
    session = context.writing()
    entity = impact.named(session.store, find(session.store, "incident", ref), name)
    context.changed(impact.change(session, entity, {field.strip().lower().replace("-", "_"): value}, because))


@group.command("take-back")
@click.argument("ref")
@click.argument("name")
@click.option("--because", default="", help="Why.")
@json_option
@pass_context
def take_back_command(context: Context, ref: str, name: str, because: str) -> None:
    """Take a statement back; it stays in the history."""
    session = context.writing()
    entity = impact.named(session.store, find(session.store, "incident", ref), name)
    context.changed(impact.take_back(session, entity, because))


@click.group("systems")
def everywhere() -> None:
    """The systems that are down, over all incidents."""


@everywhere.command("list")
@json_option
@pass_context
def everywhere_list(context: Context) -> None:
    """List every system that is stated to be down, the worst first.

    That is: of the severest incident, then without a paper fallback, then the longest.
    """
    found = [systems_down.as_data(row) for row in systems_down.everywhere(context.reading().store)]
    empty = "No system is stated to be down. That does not say that none is."
    columns = ("incident_ref", "system", "place", "since", "paper", "incident_severity", "incident_status")
    context.done(found, "" if context.as_json else table(found, columns) if found else empty)
