"""Commands about the store itself: making, verifying, rebuilding, its settings."""

from __future__ import annotations

from pathlib import Path

import click

from triage_app.cli.commands_slots import place_for_key
from triage_app.cli.context import Context, json_option, pass_context
from triage_app.errors import BadInput, TriageError
from triage_app.paths import write_whole
from triage_app.services import keeping, settings
from triage_app.services import session as sessions
from triage_app.services.finding import find


def register(group: click.Group) -> None:
    """Add these commands."""
    for command in (init, verify, rebuild, settings_group):
        group.add_command(command)


@click.command()
@click.option("--org", required=True, help="ODS code of the organisation this laptop belongs to.")
@click.option("--responder", required=True, help="Name of the responder.")
@click.option("--org-name", default="", help="Name of the organisation.")
@click.option("--nation", default="England", help="England, Wales, Scotland or Northern Ireland.")
@click.option("--device-name", default="", help="What other laptops shall call this one.")
@click.option(
    "--recovery-file", type=click.Path(path_type=Path), help="Where to write the recovery key, to be printed."
)
@click.option("--exercise", is_flag=True, help="A store for exercises: never exchanges with live ones.")
@json_option
@pass_context
def init(
    context: Context, org: str, responder: str, org_name: str, nation: str, device_name: str,
    recovery_file: Path | None, exercise: bool,
) -> None:  # fmt: skip
    """Make a store, its keys and this device's identity."""
    if recovery_file is not None and recovery_file.exists():
        raise BadInput(f"There is already a file at {recovery_file}.", "Name another for the recovery key.")
    demonstration = bool(context.now_text)
    with place_for_key(context, recovery_file):
        founded = sessions.found(
            context.profile, organisation=org, responder=responder, passphrase=context.passphrase(confirm=True),
            now=context.now, organisation_name=org_name, nation=nation, device_name=device_name, exercise=exercise,
            demonstration=demonstration, cost=sessions.DEMONSTRATION_COST if demonstration else None,
        )  # fmt: skip
    try:
        if recovery_file is not None:
            write_whole(recovery_file, (founded.recovery_key + "\n").encode())
            context.say(f"The recovery key is in {recovery_file}. Print it, seal it, delete the file.")
    except TriageError as error:  # the store is made, and this is the only copy
        context.say(f"{error.what} {error.do}")
        recovery_file = None
    if recovery_file is None:
        context.say(f"Recovery key, shown this once: {founded.recovery_key}")
        context.say("Write it down or print it, and keep it sealed: it opens the store when the passphrase is lost.")
    context.done({"id": founded.device, "ref": founded.tag, "act": founded.act})


@click.command()
@click.option("--scope", "ref", default="", help="Only one incident's state.")
@json_option
@pass_context
def verify(context: Context, ref: str) -> None:
    """Check the journal, the evidence and the projections; print the state."""
    session = context.looking() if not ref else context.reading()
    result = keeping.verify(session, find(session.store, "incident", ref) if ref else None)
    context.exit_code = 0 if result["ok"] else 2
    words = [f"{result['operations']} operations, state {result['state']}."]
    words += ["Everything is as the journal says."] if result["ok"] else list(result["problems"])
    context.done(result, "\n".join(words))


@click.command()
@json_option
@pass_context
def rebuild(context: Context) -> None:
    """Drop every projection and make it again from the journal and the evidence."""
    context.done(keeping.rebuild(context.writing()), "Rebuilt.")


@click.group("settings")
def settings_group() -> None:
    """Settings of this store."""


@settings_group.command("get")
@click.argument("key", default="")
@json_option
@pass_context
def settings_get(context: Context, key: str) -> None:
    """Print one setting, or all."""
    context.done(settings.get(context.reading(), key))


@settings_group.command("set")
@click.argument("key")
@click.argument("value")
@json_option
@pass_context
def settings_set(context: Context, key: str, value: str) -> None:
    """Change one setting."""
    context.done(settings.put(context.writing(), key, value))
