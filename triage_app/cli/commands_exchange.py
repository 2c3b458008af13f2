"""Commands of the exchange: devices, inspect, merge. ``export`` and its groups are in ``commands_export``."""

from __future__ import annotations

from pathlib import Path

import click

from triage_app.cli.commands_receipt import told
from triage_app.cli.context import Context, json_option, pass_context, read_text
from triage_app.errors import BadInput
from triage_app.paths import write_whole
from triage_app.services import devices, exchange, receipts
from triage_app.services.times import iso


def register(group: click.Group) -> None:
    """Add these commands."""
    for command in (device, inspect, merge):
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
    for row in found:
        row["received_at"], row["sent_at"] = iso(row["received_at"]), iso(row["sent_at"])
    context.done(found)


bundle_passphrase = click.option(
    "--bundle-passphrase-file",
    type=click.Path(path_type=Path),
    help="File whose first line opens a bundle sealed to it.",
)
"""Adds the option by which a bundle that is sealed to a passphrase is opened."""


def first_line(file: Path | None) -> str | None:
    """Return the first line of a file, None for no file."""
    return None if file is None else read_text(file).partition("\n")[0].rstrip("\r")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@bundle_passphrase
@json_option
@pass_context
def inspect(context: Context, file: Path, bundle_passphrase_file: Path | None) -> None:
    """Verify a bundle and print what it says of itself; nothing is taken from it."""
    found = exchange.inspect_bundle(context.reading(), file, passphrase=first_line(bundle_passphrase_file))
    found["created"] = iso(found["created"]) if type(found["created"]) is int else None
    context.done(found)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@bundle_passphrase
@json_option
@pass_context
def merge(context: Context, files: tuple[Path, ...], dry_run: bool, bundle_passphrase_file: Path | None) -> None:
    """Merge bundles: everything in one transaction, or nothing. A receipt among them is taken."""
    session = context.writing()
    for file in [file for file in files if receipts.is_receipt(session, file)]:
        context.say(told(receipts.read_receipt(session, file, dry_run=dry_run)))
        files = tuple(other for other in files if other != file)
    if not files:
        context.done(exchange.Merged(0, 0, [], 0, 0, 0, 0).as_json(), "No bundle was among them.")
        return
    passphrase = first_line(bundle_passphrase_file)
    done = exchange.merge_bundle(session, files, dry_run=dry_run, passphrase=passphrase)
    if not dry_run:
        from triage_app.services.import_alerts import index_wait

        index_wait(session)
    verb = "would be kept aside" if dry_run else "is kept aside"
    words = (
        f"{done.applied} operations {'would be ' if dry_run else ''}applied, {done.already} already here,"
        f" {len(done.conflicts)} conflicts, {done.pending} pending, {done.withheld} withheld, {done.refused} refused,"
        f" {done.evidence_new} new evidence rows."
    )
    if done.by_label or done.by_scope:
        words += f" The sender kept back {done.by_label} by their TLP label and {done.by_scope} by its scope."
    for item in done.incidents:
        words += f"\n{item['state']:<10} {item['ref']}  {item['title']}"
    if done.newer:
        words += f"\n{done.newer} operations need a newer version of the program; they are kept and passed on."
    for sentence in done.surprises:
        words += f"\n{sentence}"
    for stranger in done.kept_aside:
        words += f"\n{stranger['file']} is of a sender that is not trusted here; it {verb}. “triage pending list”."
    if done.kept_aside:
        context.exit_code = 1
    context.done(done.as_json(), words)
