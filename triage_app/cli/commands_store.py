"""Commands about the store itself: making, verifying, rebuilding, recovering, its settings."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import click

from triage_app.cli.context import Context, ask_passphrase, json_option, pass_context, read_text
from triage_app.errors import BadInput, TriageError
from triage_app.paths import write_whole
from triage_app.services import keeping, settings
from triage_app.services import session as sessions
from triage_app.services.finding import find


def register(group: click.Group) -> None:
    """Add these commands."""
    for command in (init, verify, rebuild, recover, slots_group, settings_group):
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
    with _place_for_key(context, recovery_file):
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


@contextlib.contextmanager
def _place_for_key(context: Context, file: Path | None) -> Iterator[None]:
    """Prove that the recovery key can be written before there is a store that needs it; tidy up if there is none."""
    if file is None:
        yield
        return
    if file.absolute().parent == context.profile.home.absolute():
        sessions.make_home(context.profile)
    write_whole(file, b"")
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)
        raise


@click.command()
@click.option("--scope", "ref", default="", help="Only one incident's state.")
@json_option
@pass_context
def verify(context: Context, ref: str) -> None:
    """Check the journal, the evidence and the projections; print the state."""
    session = context.writing() if not ref else context.reading()
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


@click.command()
@click.option("--key-file", required=True, type=click.Path(path_type=Path), help="File with the recovery key.")
@json_option
@pass_context
def recover(context: Context, key_file: Path) -> None:
    """Open the store with the printed recovery key and set a new passphrase."""
    session = sessions.unlock_with_recovery_key(context.profile, read_text(key_file), context.now)
    try:
        sessions.change_passphrase(session, context.passphrase(confirm=True))
        context.done({"id": session.device, "ref": session.tag, "act": ""}, "The passphrase has been replaced.")
    finally:
        session.close()


@click.group("slots")
def slots_group() -> None:
    """Who can open the store."""


@slots_group.command("list")
@json_option
@pass_context
def slots_list(context: Context) -> None:
    """List the slots that open the store; no secret is shown."""
    context.done(sessions.slots(context.profile))


@slots_group.command("change")
@click.option("--new-passphrase-file", type=click.Path(path_type=Path), help="File whose first line is the new one.")
@json_option
@pass_context
def slots_change(context: Context, new_passphrase_file: Path | None) -> None:
    """Change your passphrase; the data is not written again."""
    session = context.writing()
    if new_passphrase_file is not None:
        fresh = read_text(new_passphrase_file).partition("\n")[0].rstrip("\r")
    else:
        fresh = ask_passphrase("New passphrase", "Use --new-passphrase-file, or run in a terminal.", confirm=True)
    sessions.change_passphrase(session, fresh)
    context.done({"id": session.author.responder, "ref": "", "act": ""}, "The passphrase has been changed.")


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
