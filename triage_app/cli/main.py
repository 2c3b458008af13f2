"""The entry of the command line: options, commands, exit codes, never a traceback."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

import click

from triage_app import __version__
from triage_app.cli import (
    commands_alert,
    commands_bench,
    commands_demo,
    commands_exchange,
    commands_import,
    commands_incident,
    commands_journal,
    commands_list,
    commands_store,
)
from triage_app.cli.context import Context, pass_context, refusal, system_clock
from triage_app.errors import BadInput, Cancelled, TriageError
from triage_app.paths import Profile, default_home

DONE, SOME_REJECTED, REFUSED = 0, 1, 2


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(path_type=Path), help="Folder of the profile; everything lives under it.")
@click.option("--now", "now_text", default="", help="A fixed clock, for demonstration stores only.")
@click.option("--passphrase-file", type=click.Path(path_type=Path), help="File whose first line is the passphrase.")
@click.version_option(__version__, prog_name="triage")
@click.pass_context
def triage(context: click.Context, home: Path | None, now_text: str, passphrase_file: Path | None) -> None:
    """Cyber-incident triage. Without a command, opens the window."""
    shared: Context | None = context.obj
    if shared is None:
        context.obj = Context(Profile(home or default_home()), system_clock)
    elif home is not None and home != shared.profile.home:
        raise BadInput("A batch works on one store.", "Leave --home out of its lines.")
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
    context.obj.now_text = now_text or context.obj.now_text
    context.obj.passphrase_file = passphrase_file or context.obj.passphrase_file


@triage.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--keep-going", is_flag=True, help="Go on after a command that fails.")
@pass_context
def batch(context: Context, file: Path, keep_going: bool) -> None:
    """Run one command a line under one unlock; answer with one JSON result a line."""
    source = sys.stdin if str(file) == "-" else _lines_of(file)
    context.shared = context.writing()
    for line in source:
        words = shlex.split(line, comments=True)
        if not words:
            continue
        answers: list[Any] = []
        child = Context(
            context.profile, context.system_clock, context.now_text, context.passphrase_file, as_json=True,
            shared=context.shared, answer=answers.append,
        )  # fmt: skip
        code = run(words, child, on_refusal=answers.append)
        for answer in answers or [{"ok": code == DONE}]:
            click.echo(json.dumps(answer, ensure_ascii=False))
        context.exit_code = max(context.exit_code, code)
        if code == REFUSED and not keep_going:
            return


def _lines_of(path: Path) -> TextIO:
    try:
        return path.open(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path} could not be read.", "Check the name of the file.") from error


for module in (
    commands_alert,
    commands_bench,
    commands_demo,
    commands_exchange,
    commands_import,
    commands_incident,
    commands_journal,
    commands_list,
    commands_store,
):
    module.register(triage)


def run(
    words: Sequence[str],
    context: Context | None = None,
    on_refusal: Callable[[dict[str, str]], None] | None = None,
) -> int:
    """Run one command line and return its exit code; refusals go to ``on_refusal`` or are printed."""
    as_json = "--json" in words
    try:
        with triage.make_context("triage", list(words), obj=context) as made:
            try:
                triage.invoke(made)
            finally:
                if context is None and made.obj is not None:
                    made.obj.close()
            return int(made.obj.exit_code)
    except click.exceptions.Exit as error:
        return int(error.exit_code)
    except click.ClickException as error:
        return _refused(TriageError(error.format_message(), "See “triage --help”.", "usage"), as_json, on_refusal)
    except TriageError as error:
        return _refused(error, as_json, on_refusal)
    except (Cancelled, KeyboardInterrupt, click.Abort):
        stopped = TriageError("Stopped; nothing of it was kept.", "Run it again when you are ready.", "cancelled")
        return _refused(stopped, as_json, on_refusal)
    except Exception as error:  # noqa: BLE001 - the boundary: whatever it is, never a traceback
        name = f"{type(error).__name__} at {_place(error)}"
        fault = TriageError(
            f"The program made a mistake ({name}).",
            "What it had not finished was not saved. Please report this.",
            "bug",
        )
        return _refused(fault, as_json, on_refusal)


def _refused(error: TriageError, as_json: bool, on_refusal: Callable[[dict[str, str]], None] | None) -> int:
    if on_refusal is not None:
        on_refusal(refusal(error))
    elif as_json:
        click.echo(json.dumps(refusal(error), ensure_ascii=False))
    else:
        click.echo(f"{error.what} {error.do}", err=True)
    return REFUSED


def _place(error: BaseException) -> str:
    """Return where a fault arose, without any of the data it was about."""
    trace = error.__traceback__
    place = ""
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__", "")
        if str(name).startswith("triage_app"):
            place = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place or "an unknown place"
