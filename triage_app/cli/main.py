"""The entry of the command line: options, commands, exit codes, never a traceback."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import click

from triage_app import __version__
from triage_app.cli import (
    commands_alert,
    commands_attachment,
    commands_backup,
    commands_bench,
    commands_campaign,
    commands_classification,
    commands_clock,
    commands_conflicts,
    commands_demo,
    commands_directory,
    commands_exchange,
    commands_export,
    commands_handoff,
    commands_handover,
    commands_import,
    commands_imports,
    commands_incident,
    commands_journal,
    commands_keys,
    commands_licences,
    commands_list,
    commands_policy,
    commands_receipt,
    commands_reference,
    commands_release,
    commands_rule,
    commands_slots,
    commands_store,
    commands_tip,
    commands_trust,
    commands_update,
    commands_victim,
    commands_view,
)
from triage_app.cli.context import Context, as_text, json_option, pass_context, refusal, system_clock
from triage_app.cli.sections import InSections
from triage_app.domain.filter_grammar import BadFilter
from triage_app.domain.indicators import visible
from triage_app.errors import BadInput, Cancelled, TriageError
from triage_app.paths import Profile
from triage_app.services import places

DONE, SOME_REJECTED, REFUSED = 0, 1, 2


_OF_THE_STORE: Final = frozenset({"init", "backup", "restore", "recover", "salvage", "slots", "batch", "demo", "bench"})
"Commands that no backup can answer in place of the store."


@click.group(cls=InSections, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home", type=click.Path(path_type=Path),
    help="Folder of the profile; everything lives under it. Without it, the one that TRIAGE_HOME names, or the usual.",
)  # fmt: skip
@click.option("--now", "now_text", default="", help="A fixed clock, for demonstration stores only.")
@click.option(
    "--passphrase-file", type=click.Path(path_type=Path),
    help="File whose first line is the passphrase; without it TRIAGE_PASSPHRASE, or else it is asked for.",
)  # fmt: skip
@click.option(
    "--as-of", type=click.Path(path_type=Path), help="Read this backup in place of the store; nothing is written."
)
@click.version_option(__version__, prog_name="triage")
@click.pass_context
def triage(
    context: click.Context, home: Path | None, now_text: str, passphrase_file: Path | None, as_of: Path | None
) -> None:
    """Cyber-incident triage. Without a command, opens the window."""
    shared: Context | None = context.obj
    if shared is None:
        context.obj = Context(Profile(places.home_of(home)), system_clock)
    elif home is not None and home != shared.profile.home:
        raise BadInput("A batch works on one store.", "Leave --home out of its lines.")
    if as_of is not None and context.invoked_subcommand in _OF_THE_STORE:
        raise BadInput(
            f"“triage {context.invoked_subcommand}” is about the store itself.", "Leave --as-of out, or list and show."
        )
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
    context.obj.now_text = now_text or context.obj.now_text
    context.obj.passphrase_file = passphrase_file or context.obj.passphrase_file
    context.obj.as_of = as_of or context.obj.as_of


MOST_LINE: Final = 120_000
"""Characters of one line of a batch: a note of the most characters fits; splitting takes the square of the length."""


@triage.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--keep-going", is_flag=True, help="Go on after a command that fails.")
@json_option
@pass_context
def batch(context: Context, file: Path, keep_going: bool) -> None:
    """Run one command a line under one unlock; answer with one JSON result a line."""
    context.shared = context.writing()
    for line in _lines_of(file):
        answers: list[Any] = []
        words: list[str] = []
        try:
            if len(line) > MOST_LINE:
                answers.append(
                    refusal(BadInput(f"This line is longer than {MOST_LINE:,} characters.", "Make it short."))
                )
            else:
                words = shlex.split(line, comments=True)
        except ValueError:
            answers.append(refusal(BadInput("A quote is opened in this line and never closed.", "Mend the line.")))
        if not words and not answers:
            continue
        child = Context(
            context.profile, context.system_clock, context.now_text, context.passphrase_file, as_json=True,
            shared=context.shared, answer=answers.append,
        )  # fmt: skip
        with contextlib.redirect_stdout(sys.stderr):  # what is no answer, such as a page of help
            code = run(words, child, on_refusal=answers.append) if words else REFUSED
        for answer in answers or [{"ok": code == DONE}]:
            click.echo(as_text(answer))
        context.exit_code = max(context.exit_code, code)
        if code == REFUSED and not keep_going:
            return


def _lines_of(path: Path) -> Iterator[str]:
    try:
        if str(path) == "-":
            yield from sys.stdin
            return
        with path.open(encoding="utf-8") as source:
            yield from source
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not text in UTF-8.", "Save it as UTF-8 and run the batch again.") from error
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} could not be read.", "Check the name of the file.") from error


for module in (
    commands_alert,
    commands_bench,
    commands_campaign,
    commands_demo,
    commands_directory,
    commands_exchange,
    commands_export,
    commands_import,
    commands_incident,
    commands_victim,
    commands_view,
    commands_handoff,
    commands_handover,
    commands_attachment,
    commands_clock,  # below ``incident``
    commands_classification,  # below ``incident``
    commands_journal,
    commands_list,
    commands_imports,  # below ``imports list``
    commands_conflicts,  # below ``conflicts list``
    commands_store,
    commands_backup,
    commands_slots,
    commands_keys,
    commands_tip,
    commands_receipt,
    commands_reference,
    commands_release,
    commands_rule,
    commands_trust,
    commands_licences,
    commands_policy,
    commands_update,
):
    module.register(triage)


def run(
    words: Sequence[str],
    context: Context | None = None,
    on_refusal: Callable[[dict[str, str]], None] | None = None,
) -> int:
    """Run one command line and return its exit code; refusals go to ``on_refusal`` or are printed."""
    as_json = "--json" in words
    if not all(map(_is_text, words)):
        return _refused(BadInput("Something typed is not text.", "Type it again."), as_json, on_refusal)
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
        then = f"See “{_command_of(words)} --help”."
        return _refused(TriageError(error.format_message(), then, "usage"), as_json, on_refusal)
    except TriageError as error:
        return _refused(error, as_json, on_refusal)
    except (Cancelled, KeyboardInterrupt, click.Abort):
        stopped = TriageError("Stopped; nothing of it was kept.", "Run it again when you are ready.", "cancelled")
        return _refused(stopped, as_json, on_refusal)
    except BrokenPipeError:
        return _left_alone()
    except UnicodeEncodeError:
        return _refused(BadInput("Something typed is not text.", "Type it again."), as_json, on_refusal)
    except OSError as error:
        system = TriageError(
            f"This computer refused something the program needed ({error.strerror or type(error).__name__}).",
            "Check the disk and the names of the files, then do it again.",
            "system",
        )
        return _refused(system, as_json, on_refusal)
    except Exception as error:  # noqa: BLE001 - the boundary: whatever it is, never a traceback
        name = f"{type(error).__name__} at {_place(error)}"
        fault = TriageError(
            f"The program made a mistake ({name}).",
            "What it had not finished was not saved. Please report this.",
            "bug",
        )
        return _refused(fault, as_json, on_refusal)


def _command_of(words: Sequence[str]) -> str:
    """Return the innermost command that some words name: not every mistake comes with it."""
    found: click.Command = triage
    named = ["triage"]
    for word in words:
        inner = found.commands.get(word) if isinstance(found, click.Group) else None
        if inner is not None:
            found = inner
            named.append(word)
    return " ".join(named)


def _is_text(word: str) -> bool:
    """Tell whether a word could be looked for or kept; the name of a file that is there may be any bytes."""
    if "\0" in word:
        return False
    return word.encode("utf-8", "replace").decode("utf-8") == word or Path(word).exists()


def _refused(error: TriageError, as_json: bool, on_refusal: Callable[[dict[str, str]], None] | None) -> int:
    if on_refusal is not None:
        on_refusal(refusal(error))
        return REFUSED
    try:
        if as_json:
            click.echo(as_text(refusal(error)))
        else:
            click.echo(visible(f"{error.what} {error.do}"), err=True)
            if isinstance(error, BadFilter) and error.text.isprintable():
                begin, end = error.span
                click.echo(f"  {error.text}\n  {' ' * begin}{'^' * (end - begin)}", err=True)
    except OSError:
        return _left_alone()
    return REFUSED


def _left_alone() -> int:
    """Go quietly: nobody reads the answer any more, or there is no room for it."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered goes there at exit
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
