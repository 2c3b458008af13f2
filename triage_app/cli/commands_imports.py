"""Commands on what was imported: each import's summary again, and a watched folder."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

import click

from triage_app.cli.commands_import import ORG_HELP, organisation_of
from triage_app.cli.context import Context, json_option, pass_context
from triage_app.domain.indicators import visible
from triage_app.errors import BadInput
from triage_app.services import import_alerts, import_history, refused_files, taking_back, watching
from triage_app.services.import_history import ImportSummary
from triage_app.services.import_tally import tally_in_words
from triage_app.services.times import in_words
from triage_app.services.watched_bundles import ASIDE, MERGED, NOT_OURS, OFFERED, Sealed
from triage_app.services.watching import Arrived, Watch

_MOST_SHOWN: Final = 20
"""Records left out that are named."""


def register(group: click.Group) -> None:
    """Add these commands; ``imports list`` is there already."""
    imports = group.commands["imports"]
    if isinstance(imports, click.Group):
        imports.add_command(show_command)
        imports.add_command(put_back_command)
        imports.add_command(refused_command)
        imports.add_command(forget_command)
    group.add_command(watch_command)


@click.command("show")
@click.argument("import_id", metavar="ID")
@json_option
@pass_context
def show_command(context: Context, import_id: str) -> None:
    """Show what an import came to: counts, kinds, what was left out or rejected and why."""
    found = import_history.summary(context.reading().store, import_id)
    context.done(found.as_data(), "" if context.as_json else _sentences(found))


@click.command("put-back")
@click.argument("import_ids", metavar="ID...", nargs=-1, required=True)
@json_option
@pass_context
def put_back_command(context: Context, import_ids: tuple[str, ...]) -> None:
    """Show the records of imports again that had been taken back; their rejected rows are gone for good."""
    context.changed(taking_back.put_back(context.writing(), import_ids))


@click.command("refused")
@json_option
@pass_context
def refused_command(context: Context) -> None:
    """List the files that were refused: when, why and what to do."""
    found = refused_files.listing(context.reading().store)
    lines = [f"{each.id}  {each.name}, {in_words(each.at)}\n    {each.what} {each.advice}" for each in found]
    context.done([each.as_data() for each in found], "\n".join(lines) or "None.")


@click.command("forget")
@click.argument("refusal_id", metavar="ID")
@json_option
@pass_context
def forget_command(context: Context, refusal_id: str) -> None:
    """Remove a file from the list of refused ones."""
    words = refused_files.forget(context.writing(), refusal_id)
    context.done({"id": refusal_id.strip()}, f"{words}.")


@click.command("watch")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--once", is_flag=True, help="Look once, import what lies still, and end.")
@click.option("--settle", type=click.FloatRange(0, 600), default=watching.POLL_SECONDS, show_default=True,
              help="Seconds between two looks: a file that changed between them is still being written.")  # fmt: skip
@click.option("--merge", is_flag=True, help="Merge bundles of trusted senders, instead of only naming them.")
@click.option("--org", default=None, help=ORG_HELP)
@json_option
@pass_context
def watch_command(context: Context, folder: Path, once: bool, settle: float, merge: bool, org: str | None) -> None:
    """Import what arrives in a folder, each file once; originals stay where they are. Ctrl+C ends it.

    A bundle of a sender that is not trusted is kept aside.
    """
    session = context.writing()
    if not folder.is_dir():
        raise BadInput(f"{folder} is no folder.", "Name the folder that files are put into.")
    watching.refuse_other(folder, merge=merge)
    folder = folder.resolve()
    watch = Watch(folder, watching.settled_files(session.store, folder))
    arrived: list[Arrived] = []
    waiting: dict[Path, Arrived] = {}
    watch.look()
    try:
        while True:
            time.sleep(settle)
            for path in watch.look():
                found = watching.take(session, path, organisation=organisation_of(session, org), merge=merge)
                watch.settle(path)
                arrived.append(found)
                if found.waits is not None or (found.sealed is not None and found.sealed.state == OFFERED):
                    waiting[path] = found
                if not once:
                    context.say(_told(found))
                watching.keep_settled(session, folder, watch.settled(waiting))
            if once:
                break
            if arrived:
                import_alerts.index_wait(session)
    except KeyboardInterrupt:
        if once:
            raise
    import_alerts.index_wait(session)
    context.exit_code = 1 if waiting or any(each.imported and each.imported.rejected for each in arrived) else 0
    answer = [_answer(found) for found in arrived]
    context.done({"files": answer}, "\n".join(map(_told, arrived)) or "Nothing new lies there.")


def _answer(found: Arrived) -> dict[str, Any]:
    if found.waits is not None:
        return {"path": str(found.path), "what": found.waits.what, "do": found.waits.do, "code": found.waits.code}
    if found.sealed is not None:
        return {"path": str(found.path), "bundle": found.sealed.as_json()}
    done = found.imported
    if done is None:
        return {"path": str(found.path), "known": True}
    return {
        "path": str(found.path), "format": done.format, "records": done.records, "new": done.new,
        "repeats": done.repeats, "rejected": done.rejected, "rejects_file": done.rejects_file or None, "id": done.id,
        "ignored": done.ignored, "kinds": done.kinds,
    }  # fmt: skip


def _told(found: Arrived) -> str:
    if found.waits is not None:
        return f"{found.path.name} waits for you. {found.waits.what} {found.waits.do}"
    if found.sealed is not None:
        return _sealed_told(found.path.name, found.sealed)
    done = found.imported
    if done is None:
        return f"{found.path.name} was imported before."
    return f"{found.path.name}: {tally_in_words(done.new, done.repeats, done.rejected)} ({done.format})."


def _sealed_told(name: str, found: Sealed) -> str:
    what = "a receipt" if found.receipt is not None else "a bundle"
    who = f"{found.name or 'a device'}, {found.organisation}"
    return {
        OFFERED: f"{name} is {what} of {who}: “triage merge” takes it, --merge would do so by itself.",
        MERGED: f"{name}, {what} of {who}, was merged.",
        ASIDE: f"{name} is of a sender that is not trusted here; it is kept aside. “triage pending list”.",
        NOT_OURS: f"{name} is sealed for another laptop.",
    }.get(found.state, f"{name} was merged or kept aside before.")


def _sentences(found: ImportSummary) -> str:
    lines = [
        f"{found.name}: {found.title}" + (", taken back" if found.undone else ""),
        f"  imported    {in_words(found.started_at)}",
        f"  recognised  {found.why or '–'}",
        f"  records     {found.records}: {tally_in_words(found.new, found.repeats, found.rejected, found.left_out)}",
    ]
    if found.kinds:
        lines.append("  kinds       " + ", ".join(f"{number} {kind}" for kind, number in found.kinds.items()))
    if found.ignored:
        lines.append("  left out    " + ", ".join(f"{number} {kind}" for kind, number in found.ignored.items()))
    for each in found.reasons:
        label = "left out" if found.left_out and not each.line and each.words.startswith("left out by ") else "rejected"
        lines.append(f"  {label:<10}  {each.count}{f', first at line {each.line}' if each.line else ''}: {each.words}")
    lines += [f"              record {row.number}: {row.kind} {row.words}" for row in found.left_out_rows[:_MOST_SHOWN]]
    if found.left_out > _MOST_SHOWN:
        lines.append(f"              and {found.left_out - _MOST_SHOWN} more")
    lines += [f"  inside      {part['name']}: {part['format']}" for part in found.parts]
    if found.rejects_file:
        lines.append(f"  mend        {found.rejects_file}")
    if found.decided:
        lines.append(f"  decided     on {found.decided} of its alerts; that is kept when it is taken back")
    return "\n".join(visible(line) for line in lines)
