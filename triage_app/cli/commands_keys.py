"""Commands that make another data key: for the store itself, and for a copy that is only read."""

from __future__ import annotations

from pathlib import Path

import click

from triage_app.cli.commands_slots import new_passphrase, place_for_key
from triage_app.cli.context import Context, json_option, pass_context
from triage_app.errors import BadInput, TriageError
from triage_app.paths import write_whole
from triage_app.services import auditing, rekeying


def register(group: click.Group) -> None:
    """Add these commands."""
    group.add_command(re_key)
    group.add_command(auditor_copy)


@click.command("re-key")
@click.option("--recovery-file", type=click.Path(path_type=Path), help="Where to write the new recovery key's page.")
@click.option("--yes", is_flag=True, help="Go on although others could no longer unlock the store.")
@json_option
@pass_context
def re_key(context: Context, recovery_file: Path | None, yes: bool) -> None:
    """Give the data another key: only your passphrase and a new recovery key open the store from then on."""
    session = context.writing()
    others = [name for name in rekeying.shut_out(session) if name != rekeying.RECOVERY_NAME]
    if others and not yes:
        raise BadInput(
            f"These could no longer unlock the store: {', '.join(others)}.",
            "Do it with --yes, and add again those who may: “triage slots add”, “triage slots break-glass”.",
        )
    if recovery_file is not None:
        session.profile.refuse_within(recovery_file)
    with place_for_key(context, recovery_file):
        done = rekeying.re_key(session, context.passphrase())
    try:
        if recovery_file is not None:
            write_whole(recovery_file, done.paper.text().encode())
            context.say(f"The new recovery key is in {recovery_file}. Print it, seal it, delete the file.")
    except TriageError as error:  # the store has its new key, and this is the only copy of this one
        context.say(f"{error.what} {error.do}")
        recovery_file = None
    if recovery_file is None:
        context.say(f"New recovery key, shown this once: {done.paper.key}")
    context.say(rekeying.BACKUPS)
    context.changed(done.changes, removed=done.removed)


@click.command("auditor-copy")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--with-people", is_flag=True, help="With the keys under which people's names and contacts are sealed.")
@click.option(
    "--auditor-passphrase-file", type=click.Path(path_type=Path), help="File whose first line is the copy's passphrase."
)
@json_option
@pass_context
def auditor_copy(context: Context, folder: Path, with_people: bool, auditor_passphrase_file: Path | None) -> None:
    """Write a copy that is only read, into a new folder: --home FOLDER opens it. Nothing signed can come from it."""
    session = context.writing()
    fresh = new_passphrase(auditor_passphrase_file, "Passphrase of the copy", "--auditor-passphrase-file")
    made = auditing.auditor_copy(session, folder, fresh, with_people=with_people)
    context.say(f"The copy is in {made.folder}: “triage --home {made.folder} …” reads it, and so does the window.")
    context.changed(made.changes, path=str(made.folder))
