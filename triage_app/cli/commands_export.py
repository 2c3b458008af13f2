"""``export`` and the groups of recipients it may name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from triage_app.cli.context import Context, json_option, pass_context, read_text
from triage_app.domain import tlp
from triage_app.errors import BadInput
from triage_app.services import devices, exporting, groups, passphrases, sending, weighing
from triage_app.services.changes import milliseconds
from triage_app.services.finding import find
from triage_app.services.sending import Exported, Plan
from triage_app.services.session import Session
from triage_app.services.times import iso, read_time
from triage_app.services.weighing import Weighed


def register(group: click.Group) -> None:
    """Add these commands."""
    group.add_command(export)
    group.add_command(group_command)


# -- groups ------------------------------------------------------------------------------------------------


@click.group("group")
def group_command() -> None:
    """Groups of recipients under a name, for ``export --to-group``."""


@group_command.command("make")
@click.argument("name")
@click.argument("members", nargs=-1, required=True, metavar="DEVICE…")
@json_option
@pass_context
def group_make(context: Context, name: str, members: tuple[str, ...]) -> None:
    """Put trusted devices under a name: tags, names or ids."""
    made = groups.make(context.writing(), name, members)
    context.done(made, _group_words(made))


@group_command.command("list")
@json_option
@pass_context
def group_list(context: Context) -> None:
    """List the groups, each member by name, nation and ceiling."""
    store = context.reading().store
    found = [groups.described(store, name) for name in groups.names(store)]
    context.done(found, "\n".join(map(_group_words, found)) or "There is no group yet.")


@group_command.command("drop")
@click.argument("name")
@json_option
@pass_context
def group_drop(context: Context, name: str) -> None:
    """Forget a group; its members stay trusted as they are."""
    dropped = groups.drop(context.writing(), name)
    context.done(dropped, f"Dropped {dropped['name']}.")


def _group_words(group: dict[str, Any]) -> str:
    lines = [group["name"]]
    for one in group["members"]:
        may = f"up to {one['ceiling']}" if one["ceiling"] else f"NOTHING: {one['why_not']}"
        where = f"{one['organisation']} ({one['nation'] or 'nation not known'})"
        lines.append(f"  {one['ref']}  {one['name']}, {where}, {may}")
    return "\n".join(lines)


# -- export ------------------------------------------------------------------------------------------------


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--to", "recipients", multiple=True, help="A trusted device: tag, name or id. May be repeated.")
@click.option("--to-group", "group_names", multiple=True, help="Every member of a group. May be repeated.")
@click.option("--leave-out", multiple=True, help="A member of the group that gets nothing. May be repeated.")
@click.option("--tlp", "maximum", default="", help="Send nothing above this label.")
@click.option("--incident", "incident_refs", multiple=True, help="Only these incidents.")
@click.option("--campaign", default="", help="Only incidents of this campaign.")
@click.option("--org", default="", help="Only incidents with this organisation among their victims.")
@click.option("--since", default="", help="Only what was written, or reported, since then.")
@click.option("--until", default="", help="Only what was written, or reported, before then.")
@click.option("--by", type=click.Choice(("written", "reported")), default="written", show_default=True,
              help="Whether the two times are of writing, or of an incident's being reported.")  # fmt: skip
@click.option("--full", is_flag=True, help="Everything, whatever the recipient is known to hold.")
@click.option("--reader", default="", help="Name of the person for whom RED goes along; AMBER to a passphrase.")
@click.option("--passphrase-file", type=click.Path(path_type=Path),
              help="Seal it to a file's first line, for somebody without a key: GREEN at most.")  # fmt: skip
@click.option("--as", "kind", default="", help="csv or jsonl: a plain list instead of a bundle.")
@click.option("--part-bytes", type=int, default=None, help="Largest size of one file; the setting without it.")
@click.option("--stick", is_flag=True, help="Parts as large as they may be, for a stick.")
@click.option("--estimate", is_flag=True, help="Say how large it would be and what stays here; write nothing.")
@json_option
@pass_context
def export(
    context: Context, path: Path | None, recipients: tuple[str, ...], group_names: tuple[str, ...],
    leave_out: tuple[str, ...], maximum: str, incident_refs: tuple[str, ...], campaign: str, org: str, since: str,
    until: str, by: str, full: bool, reader: str, passphrase_file: Path | None, kind: str, part_bytes: int | None,
    stick: bool, estimate: bool,
) -> None:  # fmt: skip
    """Write a bundle sealed to exactly the devices named, or to a passphrase."""
    session = context.reading() if estimate else context.writing()
    if path is None and not estimate:
        raise BadInput("The name of the file is missing.", "Name it, or ask with --estimate how large it would be.")
    if kind and path is not None:
        context.done(exporting.export_plain(session, kind, path, maximum))
        return
    if leave_out and not group_names:
        raise BadInput("Nobody can be left out without a group.", "Name one with --to-group.")
    named = [*recipients, *groups.recipients(session, group_names, leave_out)]
    begin, end = (milliseconds(read_time(text, session.now())) if text else None for text in (since, until))
    if begin is not None and end is not None and begin >= end:
        raise BadInput("The window ends before it begins.", "Give --since before --until.")
    refs = [find(session.store, "incident", ref) for ref in incident_refs] or None
    of_reports = by == "reported"
    incidents = sending.scope(session.store, refs, campaign, org, (begin, end) if of_reports else (None, None))
    first, last = (None, None) if of_reports else (begin, end)
    most = sending.part_bytes(session, sending.STICK_BYTES if stick else part_bytes)
    _say_window(context, (begin, end), by)
    if estimate:
        plan = Plan(
            tuple(dict.fromkeys(devices.find_peer(session, name).device for name in named)),
            tlp.read_label(maximum) if maximum else "", None if incidents is None else tuple(incidents), first, last,
            full, reader.strip(), passphrase_file is not None,
        )  # fmt: skip
        _estimate(context, session, plan, most)
        return
    passphrase = None if passphrase_file is None else read_text(passphrase_file).partition("\n")[0].rstrip("\r")
    done = sending.export_bundle(
        session, named, path or Path(), maximum=maximum, incidents=incidents, since=first, until=last,
        full=full, reader=reader, max_part_bytes=most, passphrase=passphrase,
    )  # fmt: skip
    for recipient in done.recipients:
        context.say("For {name}, {organisation} ({nation}), up to {ceiling}.".format(**recipient))
    if passphrase is not None:
        _say_passphrase(context, done, passphrase)
    _say_known(context, done.known, full)
    context.done(_exported(done), _exported_words(done))


def _say_window(context: Context, window: Sequence[int | None], by: str) -> None:
    if window != (None, None):
        of = "What was written" if by == "written" else "Incidents that were reported"
        ends = [f"{word} {iso(at)}" for word, at in zip(("from", "until"), window, strict=True) if at is not None]
        context.say(f"{of} {' '.join(ends)}.")


def _say_passphrase(context: Context, done: Exported, passphrase: str) -> None:
    whom = f"For {done.reader}, by passphrase" if done.reader else "For anybody who has the passphrase"
    context.say(f"{whom}, up to {done.ceiling}; the passphrase looks {passphrases.word(passphrase)}.")
    context.say("Tell it by telephone, never beside the file. The recipient must trust this device before it counts.")


def _say_known(context: Context, known: Sequence[dict[str, Any]], full: bool) -> None:
    if full:
        context.say("Everything, whatever is known to be held.")
    for one in known:
        if one["as_of"] is None:
            context.say(f"{one['name']} was never heard from: all that it may have goes along.")
        else:
            lacks = f", {one['lacks']:,} of them without their content" if one["lacks"] else ""
            many = f"{one['held']:,} of the {one['of']:,} operations here{lacks}"
            context.say(f"{one['name']} held {many}, as of {iso(one['as_of'])}.")


def _estimate(context: Context, session: Session, plan: Plan, most: int) -> None:
    found = weighing.weighed(session.store, session.public, plan, most, milliseconds(session.now()))
    _say_known(context, found.known, plan.full)
    context.done(_weighed(found), _weighed_words(found))


def _weighed(found: Weighed) -> dict[str, Any]:
    return {
        "bytes": found.bytes, "parts": found.parts, "bodies": found.operations, "evidence": found.evidence,
        "tlp": found.tlp, "ceiling": found.ceiling, "withheld_by_label": found.by_label,
        "withheld_by_scope": found.by_scope, "evidence_withheld": found.evidence_withheld,
        "evidence_out_of_scope": found.evidence_out_of_scope, "known": found.known,
        "incidents_kept": found.incidents_kept,
    }  # fmt: skip


def _weighed_words(found: Weighed) -> str:
    parts = "1 part" if found.parts == 1 else f"{found.parts} parts"
    return (
        f"About {found.bytes:,} bytes in {parts}: {found.operations:,} operations, {found.evidence:,} evidence rows,"
        f" {found.tlp}. {_kept_words(found)}"
    )


def _kept_words(found: Weighed | Exported) -> str:
    kept = ", ".join(f"{one['ref']} ({one['label']})" for one in found.incidents_kept)
    incidents = f" Incidents that stay here by their label: {kept}." if kept else ""
    return f"{found.by_label:,} stay here by their TLP label, {found.by_scope:,} by the scope.{incidents}"


def _exported(done: Exported) -> dict[str, Any]:
    return {
        "paths": done.paths, "recipients": done.recipients, "links": done.links, "bodies": done.bodies,
        "withheld": done.withheld, "evidence": done.evidence, "evidence_withheld": done.evidence_withheld,
        "tlp": done.tlp, "bytes": done.bytes, "people_withheld": done.people_withheld, "ceiling": done.ceiling,
        "withheld_by_label": done.by_label, "withheld_by_scope": done.by_scope,
        "evidence_out_of_scope": done.evidence_out_of_scope, "known": done.known, "reader": done.reader,
        "incidents_kept": done.incidents_kept,
    }  # fmt: skip


def _exported_words(done: Exported) -> str:
    people = ""
    if done.people_withheld:
        people = f" Names of {done.people_withheld} people stay here: sharing is not decided."
    return (
        f"Wrote {', '.join(done.paths)}: {done.bodies} operations, {done.withheld} withheld, {done.evidence} evidence"
        f" rows, {done.tlp}. {_kept_words(done)}{people}"
    )
