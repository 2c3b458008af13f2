"""Updating a folder edition from a file, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.errors import BadInput
from triage_app.services import releases, this_start, updating


def register(group: click.Group) -> None:
    """Add this command."""
    group.add_command(update)


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--back", is_flag=True, help="Leave the version that waits, or go back to the one before.")
@json_option
@pass_context
def update(context: Context, file: Path | None, back: bool) -> None:
    """Take a signed release from FILE at the next start; without FILE, tell which versions are here.

    SHA256SUMS and its signature lie beside FILE. Only a Triage that was unpacked into a folder updates itself. Needs no
    passphrase.
    """
    edition = this_start.edition()
    if file is not None and back:
        raise BadInput("A file is taken, or the version before: not both.", "Leave one of them out.")
    if back:
        gone = updating.take_back(edition)
        context.done({"left": gone}, f"Version {gone} is left; the one before counts from the next start on.")
    elif file is not None:
        offer = updating.stage(file, edition, releases.trusted_keys())
        data = {"version": offer.version, "sha256": offer.sha256}
        context.done(data, f"Version {offer.version} is signed and ready. The next start takes it.")
    else:
        told = updating.told(edition)
        context.done(told, _in_words(told))


def _in_words(told: dict[str, Any]) -> str:
    if told["edition"] != "folder":
        return "This Triage was installed; it does not update itself."
    lines = [f"Version {told['version']}, run from {told['folder']}."]
    if told["waiting"]:
        lines.append(f"Version {told['waiting']} is taken at the next start.")
    if told["given_up"]:
        lines.append(f"Version {told['given_up']} was given up.")
    if not told["release_keys"]:
        lines.append("It knows no release key yet, so it takes no update.")
    return "\n".join(lines)
