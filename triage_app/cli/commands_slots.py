"""Commands about who and what can unlock this laptop: responders, the recovery key, the sealed envelope."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click

from triage_app.cli.context import Context, ask_passphrase, json_option, pass_context, read_text
from triage_app.errors import BadInput
from triage_app.formats import key_slots
from triage_app.paths import or_undone, remove_if_there, write_whole
from triage_app.services import openings, places, slots
from triage_app.services.times import iso


def register(group: click.Group) -> None:
    """Add these commands."""
    for command in (slots_group, recover, break_glass):
        group.add_command(command)


def first_line(path: Path) -> str:
    """Return the passphrase that is the first line of a file."""
    return read_text(path).partition("\n")[0].rstrip("\r")


def new_passphrase(file: Path | None, words: str = "New passphrase", option: str = "--new-passphrase-file") -> str:
    """Return a passphrase from a file or a prompt, where it is asked twice."""
    if file is not None:
        return first_line(file)
    return ask_passphrase(words, f"Use {option}, or run in a terminal.", confirm=True)


@contextlib.contextmanager
def place_for_key(context: Context, file: Path | None) -> Iterator[None]:
    """Prove that a key can be written before anything needs it; tidy up if nothing does."""
    if file is None:
        yield
        return
    if file.exists():
        raise BadInput(f"There is already a file at {file}.", "Name another for the key.")
    if file.absolute().parent == context.profile.home.absolute():
        places.make_home(context.profile)
    write_whole(file, b"")
    with or_undone(partial(remove_if_there, file)):
        yield


_NEW_FILE = click.option(
    "--new-passphrase-file", type=click.Path(path_type=Path), help="File whose first line is the new one."
)


@click.group("slots")
def slots_group() -> None:
    """Who and what can unlock this laptop."""


@slots_group.command("list")
@json_option
@pass_context
def slots_list(context: Context) -> None:
    """List who and what can unlock the store, since when and last used; no secret is shown."""
    found: list[dict[str, Any]] = [
        {**row, "since": iso(row["since"]), "used": iso(row["used"])} for row in slots.listing(context.reading())
    ]
    context.done(found)


@slots_group.command("add")
@click.option("--responder", "name", required=True, help="Name of the responder, as the journal shall show it.")
@_NEW_FILE
@json_option
@pass_context
def slots_add(context: Context, name: str, new_passphrase_file: Path | None) -> None:
    """Let another responder unlock this laptop, with a passphrase of their own."""
    session = context.writing()
    fresh = new_passphrase(new_passphrase_file, f"Passphrase of {name}")
    context.changed(slots.add_responder(session, name, fresh))
    if session.public.slots > 1:
        context.say(f"{session.public.slots} people can unlock this laptop now, so others send it nothing RED.")


@slots_group.command("remove")
@click.argument("name")
@json_option
@pass_context
def slots_remove(context: Context, name: str) -> None:
    """Take away what lets a responder unlock this laptop (not the last one), or the sealed envelope ("break-glass")."""
    context.changed(slots.remove(context.writing(), name))
    context.say(slots.SHUT_OUT)


@slots_group.command("change")
@_NEW_FILE
@json_option
@pass_context
def slots_change(context: Context, new_passphrase_file: Path | None) -> None:
    """Change your passphrase; the data is not written again."""
    session = context.writing()
    changes = slots.change_passphrase(session, new_passphrase(new_passphrase_file))
    context.done({"id": changes.id, "ref": "", "act": ""}, "The passphrase has been changed.")


def _paper(context: Context, kind: str, out: Path) -> None:
    session = context.writing()
    with place_for_key(context, session.profile.refuse_within(out)):
        changes, paper = slots.new_paper(session, kind)
    write_whole(out, paper.text().encode())
    context.say(f"The page is in {out}. Print it, seal it, delete the file. The one before opens nothing any more.")
    context.changed(changes, path=str(out))


@slots_group.command("recovery-key")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Where to write the page to print.")
@json_option
@pass_context
def slots_recovery_key(context: Context, out: Path) -> None:
    """Make a new recovery key; the old one stops working."""
    _paper(context, key_slots.RECOVERY, out)


@slots_group.command("break-glass")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Where to write the page to print.")
@json_option
@pass_context
def slots_break_glass(context: Context, out: Path) -> None:
    """Make a sealed envelope: a key for when nobody who can unlock this laptop is to be reached."""
    _paper(context, key_slots.BREAK_GLASS, out)


@click.command()
@click.option("--key-file", required=True, type=click.Path(path_type=Path), help="File with the recovery key.")
@click.option("--responder", default="", help="Whose passphrase is lost, where several can unlock the store.")
@json_option
@pass_context
def recover(context: Context, key_file: Path, responder: str) -> None:
    """Open the store with the printed recovery key and set a new passphrase."""
    text, fresh = read_text(key_file), context.passphrase(confirm=True)
    session = openings.recover(
        context.profile, text, fresh, context.now, responder=responder, check=context.refuse_other_time
    )
    try:
        context.tell_of(session)
        context.done({"id": session.device, "ref": session.tag, "act": ""}, "The passphrase has been replaced.")
    finally:
        session.close()


@click.command("break-glass")
@click.option("--key-file", required=True, type=click.Path(path_type=Path), help="File with the key of the envelope.")
@click.option("--by", required=True, help="Who you are: the journal shows it, and all you do bears it.")
@click.option("--because", required=True, help="Why the envelope is opened.")
@json_option
@pass_context
def break_glass(context: Context, key_file: Path, by: str, because: str) -> None:
    """Open the store with the key out of the sealed envelope, once; the passphrase given becomes yours from then on."""
    text, fresh = read_text(key_file), context.passphrase(confirm=True)
    session = openings.break_glass(
        context.profile, text, by=by, because=because, passphrase=fresh, now=context.now,
        check=context.refuse_other_time,
    )  # fmt: skip
    try:
        context.tell_of(session)
        words = f"Opened. From now on your passphrase unlocks it as {session.responder_name}."
        context.done({"id": session.author.responder, "ref": session.tag, "act": ""}, words)
    finally:
        session.close()
