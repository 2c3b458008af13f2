"""``list`` of every kind of record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.cli.tables import table
from triage_app.errors import BadInput, TriageError
from triage_app.services import devices, lists, records, support
from triage_app.services.alert_filter import read_filter
from triage_app.services.finding import everything, find
from triage_app.store.connection import Store

_FILTER = (
    "Words, “two words” in quotation marks, -word; for alerts is: sev: src: org: seen: ioc: rsit: host: user: ip: url:"
    " hash: campaign: rule: by:, as in sev:>=high is:new,snoozed seen:<24h -src:Wazuh host:WARD7*."
)


_HASH = 12
"""How much of an operation's hash ``conflicts resolve --take`` is shown: enough to name one of a few."""


def register(group: click.Group) -> None:
    """Add ``find``, ``alerts list``, ``incidents list`` and so on."""
    group.add_command(_find)
    for noun in lists.NOUNS:
        group.add_command(_noun(noun))


def _noun(noun: str) -> click.Group:
    group = click.Group(noun, help=f"List {noun}.")

    @click.option("--filter", "query", default="", help=_FILTER)
    @click.option("--order", default="", help="A field, with - before it for descending.")
    @click.option("--after", default="", help="Only what comes after this id.")
    @click.option("--limit", type=click.IntRange(0, 2**31 - 1), default=None)
    @json_option
    @pass_context
    def listing(context: Context, query: str, order: str, after: str, limit: int | None) -> None:
        session = context.reading()
        found = lists.listing(session, noun, query=query, order=order, after=after, limit=limit)
        context.done(found, "" if context.as_json else _in_print(session.store, noun, found))

    command: Callable[..., Any] = listing
    if noun == "actions":
        command = _actions
    group.add_command(click.command("list", help=f"List {noun}.")(command))
    if noun == "conflicts":
        group.add_command(_resolve)
    if noun in records.NOUNS:
        group.add_command(_show(noun))
    return group


def _in_print(store: Store, noun: str, found: list[dict[str, Any]]) -> str:
    """Return a list as the table that a person reads: a line for each value that stands, a device by its name."""
    if noun == "conflicts":
        lines = [
            {"ref": row["ref"] or row["entity"], "field": row["field"], **value, "take": str(value["op"])[:_HASH]}
            for row in found
            for value in row["values"]
        ]
        return table(lines, ("ref", "field", "value", "who", "organisation", "at", "take"))
    if noun == "devices":
        known = {one["id"]: one for one in devices.known_devices(store)}
        columns = ("ref", "name", "organisation", "trusted", "relation", "ceiling", "revoked", "fingerprint")
        return table([known[row["id"]] for row in found if row["id"] in known], columns)
    return table(found, lists.COLUMNS.get(noun, ()))


@click.option("--overdue", is_flag=True, help="Only open ones whose time has passed, the longest overdue first.")
@click.option("--due-within", default="", metavar="48h", help="Only open ones overdue, or due within that time.")
@click.option("--filter", "query", default="", help="Words.")
@click.option("--order", default="", help="A field, with - before it for descending.")
@click.option("--after", default="", help="Only what comes after this id.")
@click.option("--limit", type=click.IntRange(0, 2**31 - 1), default=None)
@json_option
@pass_context
def _actions(
    context: Context, overdue: bool, due_within: str, query: str, order: str, after: str, limit: int | None
) -> None:
    session = context.reading()
    if overdue and due_within:
        raise BadInput("Those are two lists.", "Use --overdue or --due-within.")
    due = support.read_span(due_within) if due_within else None
    found = lists.listing(
        session, "actions", query=query, order=order, after=after, limit=limit, overdue=overdue, due_within=due
    )
    context.done(found, "" if context.as_json else table(found, lists.COLUMNS["actions"]))


def _show(noun: str) -> click.Command:
    @click.argument("name", metavar="ID")
    @json_option
    @pass_context
    def show(context: Context, name: str) -> None:
        context.done(records.show(context.reading().store, noun, name))

    command: Callable[..., Any] = show
    return click.command("show", help="Print one whole, with what its source wrote.")(command)


@click.command("find")
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(0, 2**31 - 1), default=200, show_default=True)
@json_option
@pass_context
def _find(context: Context, words: tuple[str, ...], limit: int) -> None:
    """Find words or an indicator in alerts and in every other kind of evidence.

    An address, a hash or a CVE is found whole, however it is defanged; sev: and src: narrow it.
    """
    session = context.reading()
    found = everything(session.store, read_filter(session, " ".join(words)), limit)
    context.done(found, "" if context.as_json else table(found, ("kind", "value", "title", "source", "host", "id")))


@click.command("resolve")
@click.argument("entity", metavar="ID")
@click.argument("field")
@click.option("--take", default="", help="Hash of the operation whose value shall stand.")
@click.option("--value", default=None, help="Another value.")
@json_option
@pass_context
def _resolve(context: Context, entity: str, field: str, take: str, value: str | None) -> None:
    """Settle a conflict: one value answers all that stood."""
    from triage_app.services import conflicts

    session = context.writing()
    try:
        entity = find(session.store, "incident", entity)
    except TriageError:
        entity = entity.strip()
    context.changed(conflicts.resolve(session, entity, field, take=take, value=value))
