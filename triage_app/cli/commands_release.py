"""Checking a downloaded installer before it is installed."""

from __future__ import annotations

from pathlib import Path

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.services import releases


def register(group: click.Group) -> None:
    """Add this command."""
    group.add_command(release_check)


@click.command("release-check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
@pass_context
def release_check(context: Context, files: tuple[Path, ...]) -> None:
    """Check downloaded installers against SHA256SUMS and its signature beside them. Needs no passphrase."""
    keys = releases.trusted_keys()
    data = [{"path": str(path), "sha256": releases.check(path, keys)} for path in files]
    context.done({"files": data}, "\n".join(f"{path.name} is as it was released." for path in files))
