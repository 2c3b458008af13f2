"""Commands on the directory, who is on call, the national numbers, and the log of calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.domain.calls import same_callee
from triage_app.domain.directory import FIELDS, Entry
from triage_app.errors import BadInput, NotFound, TriageError
from triage_app.services import calls, directory
from triage_app.services.changes import milliseconds
from triage_app.services.finding import find
from triage_app.services.times import in_words, iso, read_time


def register(group: click.Group) -> None:
    """Add these commands."""
    group.add_command(directory_group)
    group.add_command(call_group)


@click.group("directory")
def directory_group() -> None:
    """Whom to ring: the directory, the rota, the national numbers."""


@directory_group.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as-of", default="", help="The day it is of, as 2026-11-22; today if left out.")
@click.option("--dates", type=click.Choice(["day-first", "month-first"]), default=None,
              help="How 03/04/2026 is read, where the table does not show it.")  # fmt: skip
@click.option("--column", "columns", multiple=True, metavar="FIELD=HEADING", help="Where the guess is wrong.")
@click.option("--dry-run", is_flag=True, help="Say what it would bring; change nothing.")
@json_option
@pass_context
def import_command(
    context: Context, file: Path, as_of: str, dates: str | None, columns: tuple[str, ...], dry_run: bool
) -> None:
    """Bring a directory from CSV: it takes the place of the one that is here, and undo brings that back."""
    named: dict[str, str] = {}
    for pair in columns:
        field, sign, heading = pair.partition("=")
        if not sign:
            raise BadInput(f"“{pair[:60]}” names no column.", "Write it as role=Job title.")
        named[field.strip().lower().replace("-", "_")] = heading
    data = directory.read_file(file)
    if dry_run:
        found = directory.look(data, named, dates or "")
        told = _told(found)
        context.exit_code = 1 if found.rejected else 0
        context.done({"id": "", "ref": "", "act": "", **told}, _preview_in_words(found))
        return
    session = context.writing()
    done, found = directory.bring(session, data, name=file.name, as_of=as_of, columns=named, order=dates or "")
    context.exit_code = 1 if found.rejected else 0
    for line, why in found.rejected:
        context.say(f"Line {line} was left out: {why}.")
    context.changed(done, **_told(found))


def _told(found: directory.Preview) -> dict[str, Any]:
    return {
        "columns": dict(found.columns), "unused": list(found.unused), "entries": len(found.entries),
        "rejected": [{"line": line, "why": why} for line, why in found.rejected],
        "two_ways": list(found.two_ways) if found.two_ways else None,
    }  # fmt: skip


def _preview_in_words(found: directory.Preview) -> str:
    lines = [f"{len(found.entries):,} entries."]
    lines += [f"  {field.replace('_', ' ')}: {heading}" for field, heading in found.columns.items()]
    if missing := [field for field in FIELDS if field not in found.columns]:
        lines.append(f"No column for: {', '.join(missing).replace('_', ' ')}.")
    if found.unused:
        lines.append(f"Not taken: {', '.join(found.unused)}.")
    if found.two_ways:
        written, day_first, month_first = found.two_ways
        lines.append(f"“{written}” can be read two ways: {day_first}, or {month_first}. Say --dates.")
    lines += [f"Line {line} would be left out: {why}." for line, why in found.rejected]
    return "\n".join(lines)


@directory_group.command("list")
@click.option("--search", "words", default="", help="Only entries in which every word stands.")
@json_option
@pass_context
def list_command(context: Context, words: str) -> None:
    """Print the directory, those who are rung first before the rest."""
    session = context.reading()
    found = directory.current(session.store)
    if said := directory.warning(found, session.now()):
        context.say(said)
    entries = [] if found is None else directory.search(found.entries, words)
    known = calls.counted(calls.listing(session.store))
    rows = []
    for one in entries:
        tried = known.get(same_callee(one.name or one.role, one.phone or one.out_of_hours))
        count = {"attempts": tried.count, "last_at": iso(tried.last_at)} if tried else {"attempts": 0, "last_at": None}
        rows.append({**directory.as_data(one), **count})
    context.done(rows, "\n".join(_line(one) for one in entries) or _nobody(found))


def _line(one: Entry) -> str:
    numbers = [one.phone, f"out of hours {one.out_of_hours}" if one.out_of_hours else "", one.email]
    parts = [one.role or "–", one.name, one.organisation, *numbers, directory.turn_in_words(one)]
    return "  ".join(part for part in parts if part)


def _nobody(found: directory.Edition | None) -> str:
    return "No directory has been brought. “triage directory import FILE” does." if found is None else "Nobody."


@directory_group.command("on-call")
@click.option("--at", default="", help="When: 09:30, 2026-11-22 02:55; now if left out.")
@json_option
@pass_context
def on_call_command(context: Context, at: str) -> None:
    """Print who is on call by the rota, UK time."""
    session = context.reading()
    found = directory.current(session.store)
    if said := directory.warning(found, session.now()):
        context.say(said)
    moment = milliseconds(read_time(at, session.now()) if at.strip() else session.now())
    entries = [] if found is None else directory.on_call(found.entries, moment)
    none = _nobody(found) if found is None else f"The rota names nobody for {in_words(moment)}."
    context.done([directory.as_data(one) for one in entries], "\n".join(map(_line, entries)) or none)


@directory_group.command("print")
@click.option("--out", type=click.Path(path_type=Path), help="Write it to a file: a page where it ends in .html.")
@json_option
@pass_context
def print_command(context: Context, out: Path | None) -> None:
    """Print the directory with the national numbers, as plain text."""
    if out is not None:
        directory.write(context.writing(), out)
        context.done({"paths": [str(out)]}, f"Wrote {out}. It is not encrypted.")
        return
    session = context.reading()
    found = directory.current(session.store)
    text = directory.as_plain_text(found, session.now())
    context.done({"edition": directory.edition_as_data(found, session.now()), "text": text}, text)


@directory_group.command("contacts")
@json_option
@pass_context
def contacts_command(context: Context) -> None:
    """Print the national numbers, each with the day on which it was last checked."""
    context.reading()  # whose list is in use belongs to the profile
    found = directory.contacts()
    lines = [
        f"{item['name']}\n    {'  '.join(p for p in (item['phone'], item['email'], item['hours']) if p) or 'no number'}"
        f"\n    last checked {item['checked']}"
        for item in found
    ]
    context.done(found, "\n".join(lines))


@directory_group.command("editions")
@json_option
@pass_context
def editions_command(context: Context) -> None:
    """List the editions that stand, the one in use first."""
    session = context.reading()
    found = directory.editions(session.store)
    lines = [f"{one.as_of}  {one.name}  brought {in_words(one.brought_at)} by {one.brought_by}" for one in found]
    context.done([directory.edition_as_data(one, session.now()) for one in found], "\n".join(lines))


@click.group("call")
def call_group() -> None:
    """The log of calls: whom somebody rang, and what became of it."""


@call_group.command("log")
@click.argument("outcome")
@click.option("--to", "callee", default="", help="Who: a name; kept sealed.")
@click.option("--role", default="", help="In what role, for example SIRO; a role of the directory fills in the rest.")
@click.option("--number", default="", help="The number or address; kept sealed.")
@click.option("--organisation", default="")
@click.option("--about", default="", metavar="REF", help="An incident or a victim.")
@click.option("--happened", default="", help="When: 02:55, -10m; now if left out.")
@click.option("--note", default="", help="Kept sealed.")
@json_option
@pass_context
def log_command(
    context: Context, /, outcome: str, about: str, role: str, callee: str, number: str, **given: str
) -> None:
    """Log a call: spoke, no answer, left message, wrong number or e-mailed."""
    session = context.writing()
    kind, entity = _about(session.store, about)
    if role and not callee and not number:
        found = directory.current(session.store)
        rows = [
            one for one in (() if found is None else found.entries) if one.role.casefold() == role.strip().casefold()
        ]
        now = directory.on_call(rows, milliseconds(session.now())) or [one for one in rows if not one.has_rota]
        if len(now) == 1:
            callee, number = now[0].name, now[0].phone or now[0].out_of_hours
            given["organisation"] = given["organisation"] or now[0].organisation
    context.changed(
        calls.log(session, outcome, callee=callee, number=number, role=role, about_kind=kind, about=entity, **given)
    )


def _about(store: Any, untrusted_name: str) -> tuple[str, str]:
    if not untrusted_name.strip():
        return "", ""
    for kind in calls.ABOUT:
        try:
            return kind, find(store, kind, untrusted_name)
        except NotFound:
            continue
        except TriageError:
            raise
    raise NotFound(
        f"No incident or victim is called {untrusted_name}.", "“triage incidents list” shows those there are."
    )


@call_group.command("list")
@click.argument("ref", default="")
@json_option
@pass_context
def list_calls(context: Context, ref: str) -> None:
    """List calls, the newest first: all, or those about an incident and its victims."""
    store = context.reading().store
    found = calls.listing(store, find(store, "incident", ref) if ref else "")
    lines = [
        "  ".join(part for part in (row["ref"], in_words(row["at"]), row["outcome"], calls.whom(row), row["of"],
                                    " ".join(row["note"].split())) if part)
        for row in found
    ]  # fmt: skip
    context.done([calls.as_data(row) for row in found], "\n".join(lines) or "No call was logged.")


@call_group.command("set")
@click.argument("call")
@click.argument("field")
@click.argument("value")
@click.option("--because", default="", help="Why.")
@json_option
@pass_context
def set_call(context: Context, call: str, field: str, value: str, because: str) -> None:
    """Put one field of a call right: outcome, note, callee, number, role, organisation."""
    session = context.writing()
    entity = find(session.store, "call", call)
    context.changed(calls.correct(session, entity, {field.strip().lower(): value}, because))
