"""Commands on the attachments of incidents: files taken as evidence, and the custody over each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.errors import NotFound
from triage_app.services import attachment_export, attachments, custody_form
from triage_app.services.attachments import Attachment, Handing, Taking
from triage_app.services.changes import Changes
from triage_app.services.finding import find
from triage_app.services.session import Session


def register(group: click.Group) -> None:
    """Add ``triage attach`` and ``triage attachment …``."""
    group.add_command(attach)
    group.add_command(attachment)


@click.command()
@click.argument("ref")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--taken-by", default="", help="Who took it; you, where nothing is said. Kept sealed.")
@click.option("--role", default="", help="In what role.")
@click.option("--when", "taken_at", default="", help="When it was taken, as precise as it is known; now otherwise.")
@click.option("--where", "place", default="", help="Where it was taken; kept sealed.")
@click.option("--from", "source", default="", help="From what device, and how; kept sealed.")
@click.option("--what", "description", default="", help="What it is; kept sealed.")
@click.option("--tlp", default="", help="A label stricter than the incident's.")
@json_option
@pass_context
def attach(context: Context, /, ref: str, file: Path, **words: str) -> None:
    """Keep FILE, sealed, as evidence of an incident. It is never opened, shown or run."""
    session = context.writing()
    done = attachments.attach(session, find(session.store, "incident", ref), file, Taking(**words))
    context.changed(done.changes, size=done.size, sha256=done.sha256, same=list(done.same))


@click.group()
def attachment() -> None:
    """Evidence: what is attached, who has it, whether it is what was taken."""


@attachment.command("list")
@click.argument("ref", default="")
@json_option
@pass_context
def list_command(context: Context, ref: str) -> None:
    """Print the attachments of an incident, or all."""
    store = context.reading().store
    incident = find(store, "incident", ref) if ref else ""
    found = attachments.listing(store, incident)
    context.done(
        [attachments.as_data(store, one) for one in found], "\n".join(map(_line, found)) or "Nothing is attached."
    )


def _line(shown: Attachment) -> str:
    row = shown.row
    size = "size not known" if row["size"] is None else f"{row['size']:,} bytes"
    return "  ".join((row["ref"], row["name"], size, row["sha256"][:12], f"held by {shown.holder}", shown.state))


@attachment.command("show")
@click.argument("ref")
@json_option
@pass_context
def show_command(context: Context, ref: str) -> None:
    """Print an attachment's record and custody; that you looked is noted. Its bytes stay closed."""
    session = context.writing()
    entity = find(session.store, "attachment", ref)
    shown = attachments.one(session.store, entity)
    attachments.note_view(session, entity)
    data = attachments.as_data(session.store, shown)
    data["views"] = attachments.views(session.store, entity)
    context.done(data, custody_form.as_text(custody_form.form_of(session, entity)))


def _handing(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--because", "reason", default="", help="Why; kept sealed."),
        click.option("--seal", default="", help="Number on the seal or the bag; kept sealed."),
        click.option("--where", "place", default="", help="Kept sealed."),
        click.option("--when", "at", default="", help="When it happened; now otherwise."),
    ):
        command = option(command)
    return json_option(command)


def _moved(
    context: Context, ref: str, to: str, words: dict[str, str], act: Callable[[Session, str, Handing], Changes]
) -> None:
    session = context.writing()
    entity = find(session.store, "attachment", ref)
    changes = act(session, entity, Handing(to, **words))
    context.changed(changes, holder=attachments.one(session.store, entity).holder)


@attachment.command("hand-over")
@click.argument("ref")
@click.option("--to", required=True, help="Who has it afterwards; kept sealed.")
@_handing
@pass_context
def hand_over_command(context: Context, /, ref: str, to: str, **words: str) -> None:
    """Record that the one who holds it handed it over."""
    _moved(context, ref, to, words, attachments.hand_over)


@attachment.command("receive")
@click.argument("ref")
@click.option("--by", default="", help="Who received it; you, where nothing is said. Kept sealed.")
@_handing
@pass_context
def receive_command(context: Context, /, ref: str, by: str, **words: str) -> None:
    """Record that somebody received it."""
    _moved(context, ref, by or context.writing().responder_name, words, attachments.receive)


@attachment.command("return")
@click.argument("ref")
@click.option("--to", required=True, help="To whom it belongs; kept sealed.")
@_handing
@pass_context
def return_command(context: Context, /, ref: str, to: str, **words: str) -> None:
    """Record that it was returned to whom it belongs."""
    _moved(context, ref, to, words, attachments.give_back)


@attachment.command("correct")
@click.argument("ref")
@click.option("--entry", default="", help="Id of an entry in its custody, as “show --json” prints it.")
@click.option("--set", "pairs", multiple=True, metavar="FIELD=VALUE", required=True)
@click.option("--because", required=True, help="Why it was wrong.")
@json_option
@pass_context
def correct_command(context: Context, ref: str, entry: str, pairs: tuple[str, ...], because: str) -> None:
    """Put right what its record, or an entry in its custody, says; what it said before stays in its history."""
    session = context.writing()
    entity = find(session.store, "attachment", ref)
    values = {name.strip().replace("-", "_"): value for name, _, value in (pair.partition("=") for pair in pairs)}
    context.changed(attachments.correct(session, _entry(session, entity, entry) if entry else entity, values, because))


def _entry(session: Session, attachment_id: str, untrusted_name: str) -> str:
    for said in attachments.one(session.store, attachment_id).custody:
        if said["id"] == untrusted_name:
            return untrusted_name
    raise NotFound(
        "That attachment has no such entry in its custody.", "“triage attachment show REF --json” gives the ids."
    )


@attachment.command("verify")
@click.argument("refs", nargs=-1, metavar="[REF]…")
@click.option("--only-look", is_flag=True, help="Write nothing in the custody; works beside an open window.")
@json_option
@pass_context
def verify_command(context: Context, refs: tuple[str, ...], only_look: bool) -> None:
    """Hash every byte again and compare with what was taken; exits 1 where one is damaged or missing."""
    session = context.reading() if only_look else context.writing()
    chosen = [find(session.store, "attachment", ref) for ref in refs]
    found, changes = attachments.verify(session, chosen, keep=not only_look)
    bad = [one for one in found if one.is_bad]
    if bad:
        context.exit_code = 1
    told = [{"id": one.id, "ref": one.ref, "state": one.state, "detail": one.detail} for one in found]
    lines = [f"{one.ref}  {one.state}" + (f": {one.detail}" if one.detail else "") for one in found]
    context.done(
        {"ok": not bad, "act": changes.act if changes else "", "attachments": told},
        "\n".join(lines) or "Nothing is attached.",
    )


@attachment.command("export")
@click.argument("ref")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--to", default="", help="Who gets it; kept sealed.")
@click.option("--because", default="", help="Why; kept sealed.")
@json_option
@pass_context
def export_command(context: Context, ref: str, path: Path, to: str, because: str) -> None:
    """Write it into an encrypted archive (ZIP, AES-256) and print the passphrase made for it, once."""
    session = context.writing()
    done = attachment_export.export(session, find(session.store, "attachment", ref), path, to=to, because=because)
    context.say("The passphrase is shown once. Send it another way than the archive.")
    context.changed(done.changes, path=str(done.path), passphrase=done.passphrase)


@attachment.command("hold")
@click.argument("ref")
@click.option("--lift", is_flag=True, help="End the hold.")
@click.option("--because", required=True, help="Who asked for it, or why it ends.")
@json_option
@pass_context
def hold_command(context: Context, ref: str, lift: bool, because: str) -> None:
    """Put it under legal hold, so that it is not destroyed, or lift that."""
    session = context.writing()
    context.changed(attachments.set_hold(session, find(session.store, "attachment", ref), not lift, because))


@attachment.command("destroy")
@click.argument("ref")
@click.option("--decided-by", required=True, help="Who decided it; kept sealed.")
@click.option("--because", required=True)
@json_option
@pass_context
def destroy_command(context: Context, ref: str, decided_by: str, because: str) -> None:
    """Erase its bytes for ever. Its record and custody stay; no undo brings the bytes back."""
    session = context.writing()
    context.changed(attachments.destroy(session, find(session.store, "attachment", ref), decided_by, because))


@attachment.command("form")
@click.argument("ref")
@click.argument("path", type=click.Path(path_type=Path))
@json_option
@pass_context
def form_command(context: Context, ref: str, path: Path) -> None:
    """Write its custody form as plain text; the window prints it as PDF."""
    session = context.writing()
    size = attachment_export.write_form(session, find(session.store, "attachment", ref), path)
    context.done({"path": str(path), "bytes": size}, f"Wrote {path}. It is not encrypted.")
