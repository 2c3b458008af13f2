"""Commands on the things that an incident affected: hosts, accounts and the rest, on their way back into service."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.domain.affected import KINDS, MOST_PASTED
from triage_app.errors import BadInput
from triage_app.formats.affected_list import MOST_TABLE
from triage_app.services import affected, affected_return, affected_table, presenting
from triage_app.services.finding import find
from triage_app.services.vocabularies import affected_states

_FIELDS = {
    "name": "Another name; one thing alone.",
    "state": "For example isolated, verified-clean; accounts: disabled, reset, sessions-revoked.",
    "owner": "Who brings it back; kept sealed.",
    "ward": "Where it stands or is used.",
    "priority": "1 (restored first) to 5.",
    "used-in-care": "yes, no or not known.",
    "agreed-by": "Who agreed: in the clinic that it is isolated, or that it goes back unverified; kept sealed.",
    "fallback": "What the clinic does meanwhile; kept sealed.",
    "comment": "Kept sealed.",
}


class _Affected(click.Group):
    """``affected REF list`` says the same as ``affected list REF``."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        if len(args) > 1 and args[0] not in self.commands and args[1] in self.commands:
            args = [args[1], args[0], *args[2:]]
        return super().parse_args(context, args)


@click.group("affected", cls=_Affected)
def group() -> None:
    """Track the hosts, accounts and other things that an incident affected: ``affected REF list``, and so on."""


@group.command("list")
@click.argument("ref")
@click.option("--state", default="", help="Only those in this state.")
@json_option
@pass_context
def list_command(context: Context, ref: str, state: str) -> None:
    """Print the tracker, what is restored first before the rest."""
    store = context.reading().store
    incident = find(store, "incident", ref)
    rows = [presenting.record("affected", row) for row in affected.listing(store, incident)]
    rows = [row for row in rows if not state.strip() or _is_in(row, state)]
    lines = [
        "  ".join(
            (row["name"], _state_words(row), str(row["priority"] or "–"), row["ward"] or "–", row["owner"] or "–")
        )
        for row in rows
    ]
    context.done(rows, "\n".join([*lines, affected.counts_words(affected.counts(store, incident))]))


def _state_words(row: dict[str, Any]) -> str:
    known = affected_states(row["kind"]).get(row["state"])
    return known.name if known else str(row["state"])


def _is_in(row: dict[str, Any], state: str) -> bool:
    wanted = state.strip().lower()
    return row["state"] == wanted.replace(" ", "-") or _state_words(row).lower() == wanted


@group.command("counts")
@click.argument("ref")
@json_option
@pass_context
def counts_command(context: Context, ref: str) -> None:
    """Print how many there are in each state, how many are out of service, and how many nobody has cleared."""
    store = context.reading().store
    found = affected.counts(store, find(store, "incident", ref))
    context.done(presenting.affected_counts(found), affected.counts_words(found))


@group.command("paste")
@click.argument("ref")
@click.argument("file", default="-", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--kind", type=click.Choice(KINDS), default="host", help="What they are.")
@json_option
@pass_context
def paste_command(context: Context, ref: str, file: Path, kind: str) -> None:
    """List names: one a line, or the first column of a table. - reads standard input."""
    session = context.writing()
    data = _read(file, MOST_PASTED)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput("That list is not in UTF-8.", "Save it as UTF-8 text.") from error
    done = affected.paste(session, find(session.store, "incident", ref), text, kind)
    told = {"new": done.new, "known": done.known, "repeats": done.repeats, "heading": done.heading}
    if done.changes is not None:
        context.changed(done.changes, **told)
    else:
        context.done({"id": "", "ref": "", "act": "", **told}, f"All {done.known:,} are on the list already.")


@group.command("set")
@click.argument("ref")
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option("--kind", type=click.Choice(KINDS), default=None, help="Tells a host from an account of the same name.")
@click.option("--because", default="", help="Why; for example why nobody in the clinic was asked.")
@json_option
@pass_context
def set_command(
    context: Context, /, ref: str, names: tuple[str, ...], kind: str | None, because: str, **given: str | None
) -> None:
    """Set fields of some things at once; an empty text clears a field. NAME “*” is all of them.

    Isolating what is used in care, or may be, needs --agreed-by and --fallback, or --because. Putting back in service
    what was not verified clean needs --agreed-by, who says that it may go back, and --because.
    """
    session = context.writing()
    incident = find(session.store, "incident", ref)
    if names == ("*",):
        ids = [row["id"] for row in affected.listing(session.store, incident) if kind in (None, row["kind"])]
    else:
        ids = affected.named(session.store, incident, names, kind or "")
    values = {name: value for name, value in given.items() if value is not None}
    if "agreed_by" in values and affected_return.returns(values.get("state", "")):
        values["back_by"] = values.pop("agreed_by")  # another agreement than that of the clinic to its isolation
    context.changed(affected.set_many(session, ids, values, because))


for _name, _help in reversed(_FIELDS.items()):
    set_command = click.option(f"--{_name}", default=None, help=_help)(set_command)


@group.command("export")
@click.argument("ref")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_context
def export_command(context: Context, ref: str, file: Path) -> None:
    """Write the tracker as CSV, to be changed in a spreadsheet and taken back in."""
    session = context.writing()
    rows = affected_table.export_csv(session, find(session.store, "incident", ref), file)
    context.done({"path": str(file), "rows": rows}, f"Wrote {affected.things(rows)} to {file}. It is not encrypted.")


@group.command("import")
@click.argument("ref")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@click.option(
    "--over", is_flag=True, help="Where a cell was changed here too since it went out, take the table's word."
)
@click.option(
    "--agreed-by", default="", help="Who says that what was not verified clean may go back, for rows that do not say."
)
@click.option("--because", default="", help="Why; or why nobody in the clinic was asked, for rows that isolate.")
@json_option
@pass_context
def import_command(
    context: Context, ref: str, file: Path, dry_run: bool, over: bool, agreed_by: str, because: str
) -> None:
    """Take a table back in: changed cells and new rows count, what it leaves out stays."""
    session = context.reading() if dry_run else context.writing()
    incident = find(session.store, "incident", ref)
    data = _read(file, MOST_TABLE)
    changes, back = None, affected_table.Back(agreed_by, because)
    if dry_run:
        plan = affected_table.look_at_csv(session.store, incident, data, over=over, because=because, back=back)
    else:
        done = affected_table.import_csv(session, incident, data, over=over, because=because, back=back)
        plan, changes = done.plan, done.changes
    if plan.rejected:
        context.exit_code = 1
    told = {
        "new": list(plan.new), "changed": [_edit(edit) for edit in plan.edits],
        "crossed": [_edit(edit) for edit in plan.crossed], "unchanged": plan.unchanged, "absent": plan.absent,
        "rejected": [{"line": line, "why": why} for line, why in plan.rejected],
    }  # fmt: skip
    if changes is not None:
        context.changed(changes, **told)
    else:
        context.done({"id": "", "ref": "", "act": "", **told}, affected_table.in_words(plan))


def _edit(edit: affected_table.Edit) -> dict[str, Any]:
    return {"id": edit.id, "name": edit.name, "field": edit.column, "before": edit.before, "after": edit.after}


def _read(file: Path, most: int) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read(most + 1)
    return affected_table.read_file(file)
