"""Commands about backups: making, listing, the second place, restoring."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.errors import BadFile, BadInput, TriageError
from triage_app.paths import Profile
from triage_app.services import backup_list, backups, keeping, restoring, salvaging, settings
from triage_app.services.changes import milliseconds
from triage_app.services.times import iso


def register(group: click.Group) -> None:
    """Add these commands."""
    for command in (backup_group, restore, salvage):
        group.add_command(command)


class _Backup(click.Group):
    """``backup FILE`` is the command; ``now``, ``list`` and ``place`` are below it."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, "-h", "--help"):
            args = ["to", *args]
        return super().parse_args(context, args)


@click.group("backup", cls=_Backup)
def backup_group() -> None:
    """Back up: ``backup FILE`` writes a copy to a file; ``now``, ``list`` and ``place`` are of the automatic ones.

    A copy is made by itself after each session that changed something, and before large imports, merges and updates.
    """


@backup_group.command("to", hidden=True)
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_context
def to_file(context: Context, file: Path) -> None:
    """Write a verified, encrypted copy of the store and its key file."""
    written = keeping.back_up_to(context.writing(), file)
    context.done({"path": str(written)}, f"Backed up to {written}; it was opened and is whole.")


@backup_group.command("now")
@json_option
@pass_context
def now_command(context: Context) -> None:
    """Make an automatic backup now, and carry it to the second place if that is there."""
    lane = context.backup_lane()
    lane.now = context.now
    lane.start(backups.ASKED, always=True)
    said = lane.wait()
    if said.what:
        raise TriageError(said.what, said.do, "backup")
    path = context.profile.backups / said.last_name
    elsewhere = said.outside_in if said.outside_at is not None and said.outside_at == said.last_at else ""
    context.done({"path": str(path), "elsewhere": elsewhere or None}, _made(context, path, said, elsewhere))


def _made(context: Context, path: Path, said: backups.Status, elsewhere: str) -> str:
    words = f"Backed up to {path}; it was opened and is whole."
    if elsewhere:
        return f"{words} It was also written to {elsewhere} and read back from there."
    if said.place:
        return f"{words} The second place, {said.place}, is not there: plug it in and do this again."
    return f"{words} It is on the same disk as the store: “triage backup place FOLDER” names a second place."


@backup_group.command("list")
@click.option("--in", "folders", multiple=True, type=click.Path(path_type=Path), help="Look in this folder too.")
@json_option
@pass_context
def list_command(context: Context, folders: tuple[Path, ...]) -> None:
    """List the backups found here and in the second place, with their age and what they hold."""
    session = context.reading()
    found = backup_list.listed(backups.everywhere(context.profile, folders), key=bytes(session.key))
    context.done([as_data(one) for one in found], told(context, found))


def as_data(one: backup_list.Listed) -> dict[str, Any]:
    """Return a backup as JSON."""
    found = one.found
    return {
        "id": found.path.name, "path": str(found.path), "at": iso(found.at), "size": found.size,
        "kind": found.kind or "named", "holds": asdict(one.counts) if one.counts is not None else None,
        "problem": one.problem or None,
    }  # fmt: skip


def told(context: Context, found: list[backup_list.Listed]) -> str:
    """Return the backups for a person, the newest first."""
    if not found:
        return "No backup was found here."
    at = milliseconds(context.now())
    return "\n".join(backup_list.in_a_line(one, at) for one in found)


@backup_group.command("place")
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@click.option("--none", "no_place", is_flag=True, help="Have no second place any more.")
@json_option
@pass_context
def place_command(context: Context, folder: Path | None, no_place: bool) -> None:
    """Show or set the second place: a folder on a stick or a share, where the newest copy goes too."""
    if folder is not None and no_place:
        raise BadInput("A folder is named, and --none.", "Give one of the two.")
    if folder is None and not no_place:
        _show_place(context)
        return
    path = "" if folder is None else str(folder.absolute())
    settings.put(context.writing(), backups.PLACE, path)
    words = f"The newest backup goes to {path} too, whenever that is there." if path else "There is no second place."
    context.done({"place": path or None}, words)


def _show_place(context: Context) -> None:
    session = context.reading()
    path = str(settings.get(session, backups.PLACE)[backups.PLACE])
    said = backups.status(context.profile)
    colour = backups.policy(context.profile.home).colour(said.outside_at, milliseconds(context.now()))
    words = f"The second place is {path}." if path else "No second place is set."
    if said.outside_at is None:
        words += " No copy of this store was ever written to another disk."
    else:
        old = backup_list.age(said.outside_at, milliseconds(context.now()))
        words += f" The newest copy on another disk is {old} old, in {said.outside_in}."
    at = iso(said.outside_at) if said.outside_at is not None else None
    context.done({"place": path or None, "newest_elsewhere": at, "stands": colour}, words)


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--newest", is_flag=True, help="The newest backup that is found and opens.")
@click.option("--in", "folders", multiple=True, type=click.Path(path_type=Path), help="Look in this folder too.")
@click.option("--set-aside", is_flag=True, help="Set the store that is here aside, whatever is left of it; it is kept.")
@click.option(
    "--bundle", "bundles", multiple=True, type=click.Path(path_type=Path),
    help="Merge this bundle, which was sent to this laptop: it may know of erasures. May be repeated.",
)  # fmt: skip
@json_option
@pass_context
def restore(
    context: Context, file: Path | None, newest: bool, folders: tuple[Path, ...], set_aside: bool,
    bundles: tuple[Path, ...],
) -> None:  # fmt: skip
    """Make a backup the store; without FILE, list those that are found, with their age and what they hold.

    It gets a device identity of its own, which the laptops you exchange with are asked to trust. FILE may be the name
    of one that is listed.
    """
    if file is not None and newest:
        raise BadInput("A file is named, and --newest.", "Give one of the two.")
    if file is None and not newest:
        found = backup_list.listed(backups.everywhere(context.profile, folders), _passphrase_if_given(context))
        context.done([as_data(one) for one in found], told(context, found))
        return
    copy = _newest(context, folders) if file is None else backups.named(context.profile, file, folders)
    done = restoring.restore_from(
        context.profile, copy, context.passphrase(), context.now, set_aside=set_aside, bundles=bundles
    )
    try:
        data = {
            "id": done.session.device, "ref": done.session.tag, "act": done.act, "path": str(copy), "at": iso(done.at),
            "aside": str(done.aside) if done.aside is not None else None, "erased": done.erased, "later": done.later,
            "merged": done.merged, "not_known": list(done.not_known), "ask": list(done.to_ask),
            "revoked": list(done.revoked),
        }  # fmt: skip
        context.done(data, "\n".join(restoring.told(done)))
    finally:
        done.session.close()


def _passphrase_if_given(context: Context) -> str:
    try:
        return context.passphrase()
    except BadInput:  # nobody to ask: their age can be told all the same
        return ""


def _newest(context: Context, folders: tuple[Path, ...]) -> Path:
    every = backup_list.listed(backups.everywhere(context.profile, folders), context.passphrase())
    for one in every:
        if one.counts is not None:
            return one.found.path
    if every:
        raise BadFile(
            f"None of the {len(every)} backups found opens: {every[0].problem}",
            "Type the passphrase again; “triage restore” lists them with what is wrong with each.",
        )
    raise BadFile("No backup was found here.", "Name the folder that has them: “triage restore --newest --in FOLDER”.")


@click.command()
@click.argument("damaged", type=click.Path(path_type=Path))
@click.option(
    "--into", required=True, type=click.Path(path_type=Path), help="A new profile's folder, for what is saved."
)
@click.option("--backup", "copies", multiple=True, type=click.Path(path_type=Path), help="Unite it with this backup.")
@click.option(
    "--bundle", "bundles", multiple=True, type=click.Path(path_type=Path),
    help="Unite it with this bundle, which was sent to this laptop. May be repeated.",
)  # fmt: skip
@click.option("--keys", type=click.Path(path_type=Path), help="Its key file, if that is not beside it.")
@json_option
@pass_context
def salvage(
    context: Context, damaged: Path, into: Path, copies: tuple[Path, ...], bundles: tuple[Path, ...], keys: Path | None
) -> None:
    """Save what is left of a damaged store into a new profile, with its backups and bundles.

    DAMAGED is its store.db, which is only read. What is saved proves itself by its hashes; what is lost is named. The
    new store has a device identity of its own.
    """
    done = salvaging.salvage(
        damaged, Profile(into), context.passphrase(), context.now, copies=copies, bundles=bundles, keys=keys
    )
    context.exit_code = 1 if done.lost or done.problems else 0
    data = {
        "id": done.device, "ref": done.ref, "act": done.act, "path": str(into), **{
            name: {"saved": share.saved, "of": share.of}
            for name, share in (("pages", done.pages), ("operations", done.operations), ("rows", done.rows),
                                ("files", done.files))
        },
        "from_damaged": done.from_damaged, "made_again": done.made_again, "said_again": done.said_again,
        "unattested": done.unattested, "merged": done.merged, "backups": done.from_backups, "lost": done.lost,
        "problems": done.problems, "ask": done.ask,
    }  # fmt: skip
    context.done(
        data, "\n".join([f"A new store is in {into}; this laptop would be {done.ref}.", *salvaging.told(done)])
    )
