"""Commands of receipts: telling a sender what of its bundles arrived, and taking such a word in."""

from __future__ import annotations

from pathlib import Path

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.errors import BadInput
from triage_app.services import receipts
from triage_app.services.receipts import Taken


def register(group: click.Group) -> None:
    """Add these commands."""
    group.add_command(receipt)


@click.group()
def receipt() -> None:
    """Receipts: what arrived of a bundle, said to its sender, so that the next one is smaller."""


@receipt.command("write")
@click.argument("bundles", nargs=-1, type=click.Path(path_type=Path))
@click.option("--last", is_flag=True, help="For what was merged last, without naming its files.")
@click.option("--out", "path", required=True, type=click.Path(path_type=Path), help="The file to write.")
@json_option
@pass_context
def write(context: Context, bundles: tuple[Path, ...], last: bool, path: Path) -> None:
    """Write a receipt for bundles that were merged here, sealed to the device that sent them."""
    if bool(bundles) == last:
        raise BadInput("Say which bundles the receipt is for.", "Name their files, or use --last.")
    session = context.writing()
    done = receipts.write_last(session, path) if last else receipts.write_for(session, bundles, path)
    context.done(
        {"path": str(done.path), "device": done.device, "bundles": done.bundles, "held": done.held},
        f"Wrote {done.path} for {done.name}: {done.bundles} bundle{'s' if done.bundles != 1 else ''},"
        f" up to its operation {done.held}.",
    )


@receipt.command("read")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what it says; change nothing.")
@json_option
@pass_context
def read(context: Context, file: Path, dry_run: bool) -> None:
    """Take a receipt that another laptop wrote for this one."""
    done = receipts.read_receipt(context.writing(), file, dry_run=dry_run)
    context.done(done.as_json(), told(done))


def told(done: Taken) -> str:
    """Return what a receipt came to, in a sentence or two."""
    words = f"{done.name} has received this laptop's operations up to {done.received} of {done.of}"
    if done.pending:
        words += f"; {done.pending} wait there"
    if done.withheld:
        words += f"; {done.withheld} were withheld from it"
    if done.state == receipts.KNOWN:
        return words + ". That was known already."
    if done.state == receipts.OLDER:
        return words + ". A later word of it is here already: nothing was changed."
    return words + f". It lacks {done.they_lack} operations that this laptop holds."
