"""Commands that take files in."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from triage_app.cli.context import Context, as_text, json_option, pass_context, read_text
from triage_app.domain.mapping import Mapping, header_fingerprint
from triage_app.errors import BadInput, Cancelled, TriageError
from triage_app.services import import_alerts, previewing, remembering, taking_back
from triage_app.services.changes import milliseconds
from triage_app.services.import_tally import tally_in_words
from triage_app.services.leaving_out import LeftOut, name_of, numbers_in, told_as
from triage_app.services.previewing import Source
from triage_app.services.session import Session
from triage_app.store import imports

ORG_HELP = "Code that goes with rows which name no organisation: yours unless given; '' for none."


def organisation_of(session: Session, given: str | None) -> str:
    """Return the organisation that files are about: the one given, or, as in the window, that of this laptop."""
    return session.organisation if given is None else given


def register(group: click.Group) -> None:
    """Add these commands."""
    for command in (import_group, formats_command, index_group, mapping_group):
        group.add_command(command)


class _Import(click.Group):
    """``import FILE…`` is the command; ``import undo ID`` is one below it."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in self.commands:
            args = ["files", *args]
        return super().parse_args(context, args)


@click.group("import", cls=_Import)
def import_group() -> None:
    """Import alert files: ``import FILE…``; ``import undo ID`` and ``import delete-rejects ID`` are below it."""


@import_group.command("files", hidden=True)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--format", "format_name", default=None, help="Read it as this format (“triage formats” lists their names)."
)
@click.option("--mapping", "mapping_file", type=click.Path(path_type=Path), help="What a table's columns mean.")
@click.option("--org", default=None, help=ORG_HELP)
@click.option("--dry-run", is_flag=True, help="Say what would come of it; store nothing.")
@click.option(
    "--show",
    "most_shown",
    type=click.IntRange(0),
    default=50,
    show_default=True,
    help="How many records a dry run shows, each with its number.",
)
@click.option(
    "--leave-out",
    "leave_out",
    metavar="NUMBERS",
    default="",
    help="Records of the one file that are not taken in, by the numbers that --dry-run shows: 3,7-9.",
)
@click.option("--no-index", is_flag=True, help="Leave the search index for later (“triage index wait”).")
@json_option
@pass_context
def files_command(
    context: Context, files: tuple[Path, ...], format_name: str | None, mapping_file: Path | None, org: str | None,
    dry_run: bool, most_shown: int, leave_out: str, no_index: bool,
) -> None:  # fmt: skip
    """Import files; each is taken whole or not at all. - reads standard input.

    “triage import undo ID…” takes imports back, “triage import delete-rejects ID” deletes rejected rows,
    “triage formats” lists what can be read.
    """
    session = context.reading() if dry_run else context.writing()
    mapping = _mapping(mapping_file)
    numbers = numbers_in(leave_out) if leave_out else frozenset()
    if numbers and len(files) != 1:
        raise BadInput("--leave-out numbers the records of one file.", "Import the files one by one.")
    answers: list[dict[str, Any]] = []
    for file in files:
        started = time.monotonic()
        seen = _Seen(most_shown if dry_run else 0)
        about = organisation_of(session, org)
        try:
            source = _source(file, again=bool(numbers))
            names = frozenset[str]()
            if numbers:
                names = previewing.names_of(
                    session.store, source, numbers, format_name=format_name, mapping=mapping, organisation=about
                )
            done = import_alerts.import_file(
                session, source, format_name=format_name, mapping=mapping, organisation=about, dry_run=dry_run,
                on_rows=seen.take, leave_out=names,
            )  # fmt: skip
        except TriageError as error:
            context.exit_code = 2
            answers.append({"path": str(file), "what": error.what, "do": error.do, "code": error.code})
            if context.answer is None and not context.as_json:
                context.say(_one_line(f"{error.what} {error.do}"))
            continue
        seconds = round(time.monotonic() - started, 3)
        if done.rejected:
            context.exit_code = max(context.exit_code, 1)
        answers.append(
            {
                "path": done.path, "format": done.format, "records": done.records, "new": done.new,
                "repeats": done.repeats, "rejected": done.rejected, "rejects_file": done.rejects_file or None,
                "seconds": seconds, "id": done.id, "act": done.changes.act if done.changes else None,
                "ignored": done.ignored, "kinds": done.kinds, "why": done.why, "left_out": done.left_out,
                "put_aside": dict(done.applied.aside or {}), "new_again": done.applied.back,
            }
        )  # fmt: skip
        if done.applied.words:
            context.say(done.applied.words)
        if dry_run:
            answers[-1]["rows"] = [row.as_data() | {"left_out": name in names} for row, name in seen.rows]
    if not (dry_run or no_index):
        try:
            import_alerts.index_wait(session)
        except (Cancelled, KeyboardInterrupt):
            # What was imported is kept: to answer that nothing was would be a lie, and the index can come later.
            if not context.as_json:
                context.say("Stopped before the search index was done; the import is kept. Run “triage index wait”.")
    context.done({"files": answers}, "\n".join(_sentence(answer) for answer in answers))


class _Seen:
    """The first records of a file, each with its number."""

    def __init__(self, most: int) -> None:
        self.rows: list[tuple[LeftOut, str]] = []
        self._most = most
        self._count = 0

    def take(self, rows: Sequence[Any]) -> None:
        """Note some records as they come."""
        for row in rows[: max(0, self._most - self._count)]:
            self._count += 1
            self.rows.append((told_as(self._count, row), name_of(row)))


def _source(file: Path, *, again: bool) -> Source:
    """Return what is read; standard input as a whole where it is to be read ``again``."""
    if str(file) != "-":
        return file
    return sys.stdin.buffer.read() if again else sys.stdin.buffer


def _one_line(words: str) -> str:
    """Return words about a file in one line: a name with a line break in it would print a result of its own."""
    return " ".join(words.splitlines())


def _sentence(answer: dict[str, Any]) -> str:
    name = _one_line(str(answer["path"]))
    if "what" in answer:
        return f"{name}: not imported."
    words = (
        f"{name}: {answer['records']} record{'' if answer['records'] == 1 else 's'},"
        f" {tally_in_words(answer['new'], answer['repeats'], answer['rejected'], answer['left_out'])}"
        f" ({answer['format']}, {answer['seconds']} s)."
    )
    if answer["rejects_file"]:
        words += f" Mend and import again: {answer['rejects_file']}"
    if answer["ignored"]:
        words += " Left out: " + ", ".join(f"{n} {kind}" for kind, n in answer["ignored"].items()) + "."
    elif not answer["records"]:
        words += " The file is sound and holds no record."
    for row in answer.get("rows", ()):
        mark = "left out" if row["left_out"] else row["kind"]
        words += f"\n  {row['number']:>6}  {mark:<13}  {row['words']}"
    more = answer["records"] - answer["rejected"] - len(answer.get("rows", ()))
    if "rows" in answer and more > 0:
        words += f"\n  and {more} more; --show {len(answer['rows']) + more} shows them all"
    return words


@import_group.command("undo")
@click.argument("import_ids", metavar="ID...", nargs=-1, required=True)
@json_option
@pass_context
def undo_command(context: Context, import_ids: tuple[str, ...]) -> None:
    """Take imports back; their rows are kept but no longer shown. Their rejected rows are deleted."""
    context.changed(taking_back.take_back(context.writing(), import_ids))


@import_group.command("delete-rejects")
@click.argument("import_id", metavar="ID")
@json_option
@pass_context
def delete_rejects_command(context: Context, import_id: str) -> None:
    """Delete the rejected rows of an import, which are kept so that they can be mended."""
    words = taking_back.delete_rejects(context.writing(), import_id)
    context.done({"id": import_id.strip().lower(), "deleted": True}, f"{words}.")


@click.command("formats")
@json_option
@pass_context
def formats_command(context: Context) -> None:
    """List the formats that can be read, with the names that --format takes."""
    found = previewing.titles()
    width = max(map(len, found))
    lines = [f"{name.ljust(width)}  {title}" for name, title in found.items()]
    context.done([{"id": name, "title": title} for name, title in found.items()], "\n".join(lines))


@click.group("index")
def index_group() -> None:
    """The search index."""


@index_group.command("wait")
@json_option
@pass_context
def index_wait(context: Context) -> None:
    """Bring the search index up to date and wait for it."""
    context.done({"indexed": import_alerts.index_wait(context.writing())})


@click.group("mapping")
def mapping_group() -> None:
    """What the columns of tables mean."""


@mapping_group.command("list")
@json_option
@pass_context
def mapping_list(context: Context) -> None:
    """List the mappings that were confirmed."""
    found = imports.mappings(context.reading().store)
    context.done([{"id": row["id"], "name": row["name"]} for row in found])


@mapping_group.command("show")
@click.argument("name")
@json_option
@pass_context
def mapping_show(context: Context, name: str) -> None:
    """Print a mapping, by name or id; or the suggestion for a table, by file."""
    for row in imports.mappings(context.reading().store):
        if name in (row["id"], row["name"]):
            found = json.loads(row["json"])
            context.done(found, as_text(found, indent=1))  # JSON for a person too: it is to be kept as a file
            return
    if Path(name).exists():
        needs = import_alerts.preview(Path(name)).needs
        if needs is not None:
            found = needs.suggestion.as_data()
            context.done(found, as_text(found, indent=1))
            return
    raise BadInput(f"No mapping is called {name}.", "“triage mapping list” shows those there are.")


@mapping_group.command("save")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("table", type=click.Path(path_type=Path), required=False)
@json_option
@pass_context
def mapping_save(context: Context, file: Path, table: Path | None) -> None:
    """Remember a mapping file; with TABLE, for tables with that one's headers."""
    session = context.writing()
    mapping = _read_mapping(file)
    fingerprint = mapping.fingerprint
    times_lack_zone, kind = True, ""
    if table is not None:
        needs = import_alerts.preview(table).needs
        if needs is None:
            raise BadInput(f"{table} needs no mapping.", "Import it as it is.")
        fingerprint, kind = header_fingerprint(needs.headers), remembering.kind_of(needs)
        times_lack_zone = not needs.suggestion.zone_stated
    _settled(mapping, times_lack_zone)
    if not fingerprint:
        raise BadInput("The mapping does not say for which headers it is.", "Name a table with those headers too.")
    with session.store.write():
        at = milliseconds(session.now())
        imports.save_mapping(session.store, fingerprint, mapping.name, mapping.as_data(), at, kind)
    context.done({"id": fingerprint, "ref": "", "act": "", "name": mapping.name})


def _settled(mapping: Mapping, times_lack_zone: bool) -> None:
    """Raise ``BadInput`` for a mapping that leaves open how times are to be read: no import could go by it."""
    if mapping.ambiguous:
        raise BadInput(
            f"The mapping leaves open how its dates are read: {' or '.join(mapping.readings)}.",
            "Set time_format to dmy or mdy, and ambiguous to false.",
        )
    if "time" in mapping.columns and not mapping.zone_stated and times_lack_zone:
        raise BadInput(
            "The mapping does not say in which time zone its times are.",
            "Set timezone to UTC, Europe/London or an offset like +01:00, and zone_stated to true.",
        )


def _mapping(path: Path | None) -> Mapping | None:
    return None if path is None else _read_mapping(path)


def _read_mapping(path: Path) -> Mapping:
    try:
        return Mapping.from_json(read_text(path))
    except ValueError as error:
        raise BadInput(
            f"{path} is no mapping: {str(error).rstrip('.')}.", "“triage mapping show FILE” prints one to start from."
        ) from error
