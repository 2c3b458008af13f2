"""Commands of authorities: their keys, certifying devices, revoking them; what strangers sent and waits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from triage_app.cli.commands_exchange import bundle_passphrase, first_line
from triage_app.cli.context import Context, ask_passphrase, json_option, pass_context, read_text
from triage_app.domain.certificates import ORGANISATION, ROLES
from triage_app.errors import BadInput
from triage_app.paths import write_whole
from triage_app.services import certifying, devices, exchange, quarantine
from triage_app.services.changes import milliseconds
from triage_app.services.times import read_time
from triage_app.store import journal

MOST_FILE = 1 << 20
"Bytes of an identity, authority or key file that are read; real ones have a few thousand at most."


def register(group: click.Group) -> None:
    """Add these commands."""
    group.add_command(org_key)
    device = group.commands["device"]
    pending = group.commands["pending"]
    if isinstance(device, click.Group) and isinstance(pending, click.Group):
        for command in (device_certify, device_revoke):
            device.add_command(command)
        for command in (pending_release, pending_throw_away):
            pending.add_command(command)


def read_small(file: Path) -> bytes:
    """Return the first bytes of a file that somebody handed over. Raises ``BadInput``."""
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_FILE)
    except OSError as error:
        raise BadInput(f"{file} could not be read.", "Check the name of the file.") from error


@click.group("org-key")
def org_key() -> None:
    """Authorities: the keys that sign for organisations, and those believed here."""


@org_key.command("create")
@click.option("--name", default="", help="What it is called; the organisation's name without it.")
@click.option("--role", type=click.Choice(ROLES), default=ORGANISATION, show_default=True, help="What it signs as.")
@json_option
@pass_context
def create(context: Context, name: str, role: str) -> None:
    """Make the key that signs for this organisation. This laptop holds it; others are given its file."""
    session = context.writing()
    named = name or session.public.organisation_name or session.organisation
    changes, public = certifying.create_key(session, named, role)
    context.say("Its words: " + " ".join(public.fingerprint_words))
    context.changed(changes, authority=public.id)


@org_key.command("identity")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", default="", help="Which authority, by name, code or id; the one held here without it.")
@json_option
@pass_context
def identity(context: Context, file: Path, key: str) -> None:
    """Write an authority's file, by which others come to know it. It holds no secret."""
    session = context.reading()
    known = certifying.find_authority(session, key or session.organisation)
    write_whole(session.profile.refuse_own(file), known.public.to_bytes())
    context.done({"id": known.public.id, "path": str(file)}, f"Wrote {file}.")


@org_key.command("trust")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--relation", default="", help="peer, parent or client: what its organisation is to this one.")
@json_option
@pass_context
def trust(context: Context, file: Path, relation: str) -> None:
    """Believe the authority a file describes. Compare its words by telephone first."""
    session = context.writing()
    changes, public, outcome = certifying.believe(session, read_small(file), relation)
    context.say("Its words: " + " ".join(public.fingerprint_words))
    context.changed(changes, authority=public.id, applied=outcome.applied)


@org_key.command("distrust")
@click.argument("authority")
@click.option("--because", required=True, help="Why: its key was lost, or seen by somebody else.")
@json_option
@pass_context
def distrust(context: Context, authority: str, because: str) -> None:
    """Believe an authority no longer, on this laptop. What came of the laptops it vouched for stays."""
    changes, public = certifying.disbelieve(context.writing(), authority, because)
    context.changed(changes, authority=public.id)


@org_key.command("list")
@json_option
@pass_context
def list_(context: Context) -> None:
    """List the authorities known here."""
    context.done([_as_data(known) for known in certifying.known_authorities(context.reading())])


def _as_data(known: certifying.Known) -> dict[str, Any]:
    public = known.public
    return {
        "id": public.id, "name": public.name, "role": public.role, "organisation": public.organisation,
        "nation": public.nation, "fingerprint": " ".join(public.fingerprint_words), "trusted": known.believed,
        "relation": known.relation, "key_here": known.held, "certified": known.certified,
    }  # fmt: skip


@org_key.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", default="", help="Which authority, where this laptop holds several keys.")
@click.option("--key-passphrase-file", type=click.Path(path_type=Path), help="File whose first line seals the key.")
@json_option
@pass_context
def export(context: Context, file: Path, key: str, key_passphrase_file: Path | None) -> None:
    """Write an authority's secret key, sealed to a passphrase, for another laptop of the organisation."""
    session = context.reading()
    written = certifying.export_key(session, key, file, _passphrase(key_passphrase_file, confirm=True))
    context.say("Send the passphrase another way than the file, and delete the file once it is taken in.")
    context.done({"path": str(written)}, f"Wrote {written}.")


@org_key.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key-passphrase-file", type=click.Path(path_type=Path), help="File whose first line unseals the key.")
@json_option
@pass_context
def import_(context: Context, file: Path, key_passphrase_file: Path | None) -> None:
    """Take an authority's key in from another laptop of this organisation."""
    session = context.writing()
    changes, public = certifying.import_key(session, read_small(file), _passphrase(key_passphrase_file, confirm=False))
    context.changed(changes, authority=public.id)


def _passphrase(file: Path | None, *, confirm: bool) -> str:
    if file is not None:
        return read_text(file).partition("\n")[0].rstrip("\r")
    return ask_passphrase("Passphrase of the key", "Use --key-passphrase-file, or run in a terminal.", confirm=confirm)


@click.command("certify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", default="", help="With which authority's key, where this laptop holds several.")
@json_option
@pass_context
def device_certify(context: Context, file: Path, key: str) -> None:
    """Vouch for the device an identity file describes: all who believe the authority trust it then."""
    session = context.writing()
    changes, public = certifying.certify(session, read_small(file), key)
    context.say("Its words: " + " ".join(public.fingerprint_words))
    context.changed(changes, device=public.device)


@click.command("revoke")
@click.argument("device")
@click.option("--because", required=True, help="Why: stolen, lost, seen by somebody else.")
@click.option("--after", type=int, default=None, help="The last of its operations that counts; what is held, without.")
@click.option("--after-time", default="", help="As --after, by the time its operations say they were written.")
@click.option("--key", default=None, help="Sign it with this authority's key, for all who believe it; “” for the own.")
@json_option
@pass_context
def device_revoke(
    context: Context, device: str, because: str, after: int | None, after_time: str, key: str | None
) -> None:
    """Let nothing count that a device wrote after a certain operation: it is kept and shown as not counting."""
    session = context.writing()
    if after is not None and after_time:
        raise BadInput("Those are two cut-offs.", "Use --after or --after-time.")
    if after_time:
        found = certifying.device_named(session, device)
        after = certifying.written_until(session, found.device, milliseconds(read_time(after_time, session.now())))
    done = certifying.revoke(session, device, because, after=after, authority=key)
    whom = f"for all who believe {done.by}" if done.by else "for this laptop alone"
    context.say(
        f"{done.name} is revoked {whom}: it counts up to operation {done.cutoff},"
        f" {done.uncounted} held after it do not."
    )
    context.changed(done.changes, device=done.device, cutoff=done.cutoff, uncounted=done.uncounted, by=done.by)


@click.command("release")
@click.argument("device")
@bundle_passphrase
@json_option
@pass_context
def pending_release(context: Context, device: str, bundle_passphrase_file: Path | None) -> None:
    """Apply what waited for a device that is trusted now: files kept aside, and operations pending."""
    session = context.writing()
    found = certifying.device_named(session, device)
    answer: dict[str, Any] = {"device": found.device, "applied": 0, "merged": None}
    if quarantine.files_of(session, found.device):
        passphrase = first_line(bundle_passphrase_file)
        merged = exchange.merge_waiting(session, found.device, passphrase=passphrase)
        answer["merged"] = merged.as_json()
        answer["applied"] += merged.applied
    released = devices.release(session, found.device)
    answer["applied"] += released["applied"]
    answer["pending"] = released["pending"]
    answer["held"] = journal.vector(session.store).get(found.device, 0)
    context.done(answer)


@click.command("throw-away")
@click.argument("device")
@json_option
@pass_context
def pending_throw_away(context: Context, device: str) -> None:
    """Delete the files of a sender that were kept aside, unmerged."""
    session = context.writing()
    found = certifying.device_named(session, device)
    files = quarantine.throw_away(session, found.device)
    context.done({"device": found.device, "files": files}, f"Deleted {files} file{'s' if files != 1 else ''}.")
