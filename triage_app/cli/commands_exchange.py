"""Commands of the exchange: devices, export, inspect, merge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from triage_app.cli.commands_receipt import told
from triage_app.cli.context import Context, json_option, pass_context
from triage_app.errors import BadInput
from triage_app.paths import write_whole
from triage_app.services import devices, exchange, exporting, receipts
from triage_app.services.changes import milliseconds
from triage_app.services.finding import find
from triage_app.services.times import iso, read_time


def register(group: click.Group) -> None:
    """Add these commands."""
    for command in (device, export, inspect, merge):
        group.add_command(command)


@click.group()
def device() -> None:
    """This device and those it trusts."""


@device.command("show")
@json_option
@pass_context
def device_show(context: Context) -> None:
    """Print this device's identity and its fingerprint in words, to be compared by telephone."""
    public = context.reading().public
    words = " ".join(public.fingerprint_words)
    context.done(
        {"id": public.device, "ref": public.tag, "name": public.name, "organisation": public.organisation,
         "nation": public.nation, "fingerprint": words, "exercise": public.exercise},
        f"{public.name}, {public.organisation} ({public.nation}), device {public.tag}\n{words}",
    )  # fmt: skip


@device.command("identity")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_context
def device_identity(context: Context, file: Path) -> None:
    """Write this device's identity file, to be given to others. It holds no secret."""
    session = context.reading()
    write_whole(session.profile.refuse_own(file), devices.own_identity(session))
    context.done({"id": session.device, "ref": session.tag, "path": str(file)}, f"Wrote {file}.")


@device.command("trust")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--relation", default="", help="peer, parent, client or same: sets the highest TLP label it may have.")
@json_option
@pass_context
def device_trust(context: Context, file: Path, relation: str) -> None:
    """Trust the device an identity file describes. Compare its words by telephone first."""
    session = context.writing()
    try:
        with file.open("rb") as opened:
            data = opened.read(1 << 17)
    except OSError as error:
        raise BadInput(f"{file} could not be read.", "Check the name of the file.") from error
    changes, public = devices.trust_device(session, data, relation)
    context.say("Its words: " + " ".join(public.fingerprint_words))
    context.changed(changes)


@device.command("list")
@json_option
@pass_context
def device_list(context: Context) -> None:
    """List the devices known here."""
    found = devices.known_devices(context.reading().store)
    context.done(found)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--to", "recipients", multiple=True, help="A trusted device: tag, name or id. May be repeated.")
@click.option("--tlp", "maximum", default="", help="Send nothing above this label.")
@click.option("--incident", "incident_refs", multiple=True, help="Only these incidents.")
@click.option("--campaign", default="", help="Only incidents of this campaign.")
@click.option("--org", default="", help="Only incidents with this organisation among their victims.")
@click.option("--since", default="", help="Only what was written since then.")
@click.option("--full", is_flag=True, help="Everything, whatever the recipient is known to hold.")
@click.option("--reader", default="", help="Name of the person for whom RED goes along.")
@click.option("--as", "kind", default="", help="csv or jsonl: a plain list instead of a bundle.")
@click.option("--part-bytes", type=int, default=64 * 1024 * 1024, help="Largest size of one file.")
@json_option
@pass_context
def export(
    context: Context, path: Path, recipients: tuple[str, ...], maximum: str, incident_refs: tuple[str, ...],
    campaign: str, org: str, since: str, full: bool, reader: str, kind: str, part_bytes: int,
) -> None:  # fmt: skip
    """Write a bundle sealed to exactly the devices named."""
    session = context.writing()
    if kind:
        context.done(exporting.export_plain(session, kind, path, maximum))
        return
    scope = exchange.scope(
        session, [find(session.store, "incident", ref) for ref in incident_refs] or None, campaign, org
    )
    done = exchange.export_bundle(
        session, recipients, path, maximum=maximum, incidents=scope,
        since=milliseconds(read_time(since, session.now())) if since else None, full=full, reader=reader,
        max_part_bytes=part_bytes,
    )  # fmt: skip
    for recipient in done.recipients:
        context.say("For {name}, {organisation} ({nation}), up to {ceiling}.".format(**recipient))
    data: dict[str, Any] = {
        "paths": done.paths, "recipients": done.recipients, "links": done.links, "bodies": done.bodies,
        "withheld": done.withheld, "evidence": done.evidence, "evidence_withheld": done.evidence_withheld,
        "tlp": done.tlp, "bytes": done.bytes, "people_withheld": done.people_withheld,
    }  # fmt: skip
    context.done(
        data,
        f"Wrote {', '.join(done.paths)}: {done.bodies} operations, {done.withheld} withheld,"
        f" {done.evidence} evidence rows, {done.tlp}."
        + (
            f" Names of {done.people_withheld} people stay here: sharing is not decided."
            if done.people_withheld
            else ""
        ),
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_context
def inspect(context: Context, file: Path) -> None:
    """Verify a bundle and print what it says of itself; nothing is taken from it."""
    found = exchange.inspect_bundle(context.reading(), file)
    found["created"] = iso(found["created"]) if type(found["created"]) is int else None
    context.done(found)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@json_option
@pass_context
def merge(context: Context, files: tuple[Path, ...], dry_run: bool) -> None:
    """Merge bundles: everything in one transaction, or nothing. A receipt among them is taken."""
    session = context.writing()
    for file in [file for file in files if receipts.is_receipt(session, file)]:
        context.say(told(receipts.read_receipt(session, file, dry_run=dry_run)))
        files = tuple(other for other in files if other != file)
    if not files:
        context.done(exchange.Merged(0, 0, [], 0, 0, 0, 0).as_json(), "No bundle was among them.")
        return
    done = exchange.merge_bundle(session, files, dry_run=dry_run)
    if not dry_run:
        from triage_app.services.import_alerts import index_wait

        index_wait(session)
    verb = "would be kept aside" if dry_run else "is kept aside"
    words = (
        f"{done.applied} operations {'would be ' if dry_run else ''}applied, {done.already} already here,"
        f" {len(done.conflicts)} conflicts, {done.pending} pending, {done.withheld} withheld, {done.refused} refused,"
        f" {done.evidence_new} new evidence rows."
    )
    for item in done.incidents:
        words += f"\n{item['state']:<10} {item['ref']}  {item['title']}"
    for stranger in done.kept_aside:
        words += f"\n{stranger['file']} is of a sender that is not trusted here; it {verb}. “triage pending list”."
    if done.kept_aside:
        context.exit_code = 1
    context.done(done.as_json(), words)
