"""Commands on letters and call scripts to victims."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.domain.letters import LANGUAGES, blanks
from triage_app.errors import BadInput
from triage_app.services import letters
from triage_app.services.finding import find
from triage_app.services.session import Session
from triage_app.services.times import iso

_MOST_READ = 1024 * 1024


@click.group("letter")
def group() -> None:
    """Letters and call scripts to victims: drafted from the record, in English or Welsh."""


@group.command("kinds")
@json_option
@pass_context
def kinds_command(context: Context) -> None:
    """List the letters and scripts that can be written."""
    found = [
        {"code": kind.code, "title": kind.title["en"], "title_cy": kind.title["cy"], "script": kind.is_script,
         "to": list(kind.to), "states_exposure": kind.states_exposure}
        for kind in letters.kinds().values()
    ]  # fmt: skip
    context.done(found, "\n".join(f"{one['code']:16}  {one['title']}" for one in found))


@group.command("exposure")
@click.argument("victim")
@click.argument("known")
@click.option("--because", default="", help="On what it rests: who looked, at what, when.")
@json_option
@pass_context
def exposure_command(context: Context, victim: str, known: str, because: str) -> None:
    """Record whether a victim's information was seen: not-known, no-evidence, may-have-been-seen or was-seen."""
    session = context.writing()
    context.changed(letters.set_exposure(session, find(session.store, "victim", victim), known, because))


@group.command("draft")
@click.argument("victim")
@click.argument("code")
@click.option("--language", type=click.Choice(LANGUAGES), help="The victim's own, if left out.")
@json_option
@pass_context
def draft_command(context: Context, victim: str, code: str, language: str | None) -> None:
    """Print a letter filled from the record, with what is left for the writer in double brackets."""
    session = context.writing()  # a draft names the victim: that it was opened is noted
    entity = find(session.store, "victim", victim)
    heed = _warned(context, session, entity)
    made = letters.opened_draft(session, entity, code, language or "")
    context.done(
        {"code": made.code, "language": made.language, "exposure": made.exposure, "text": made.text,
         "blanks": made.blanks, "warnings": heed},
        made.text,
    )  # fmt: skip


@group.command("write")
@click.argument("victim")
@click.argument("code")
@click.argument("text", type=click.Path(dir_okay=False, path_type=Path, allow_dash=True))
@click.option("--language", type=click.Choice(LANGUAGES), default="en")
@json_option
@pass_context
def write_command(context: Context, victim: str, code: str, text: Path, language: str) -> None:
    """Keep the letter in a text file (“-” for standard input), as “letter draft” printed it and you finished it.

    One with double brackets in it is kept as a draft; “letter rewrite” goes on with it.
    """
    session = context.writing()
    words = _read(text)
    entity = find(session.store, "victim", victim)
    heed = _warned(context, session, entity)
    context.changed(letters.write(session, entity, code, language, words), warnings=heed)


@group.command("rewrite")
@click.argument("letter")
@click.argument("text", type=click.Path(dir_okay=False, path_type=Path, allow_dash=True))
@json_option
@pass_context
def rewrite_command(context: Context, letter: str, text: Path) -> None:
    """Keep other words for a draft, or for a letter that has not gone out (“-” for standard input)."""
    session = context.writing()
    context.changed(letters.rewrite(session, find(session.store, "letter", letter), _read(text)))


@group.command("list")
@click.argument("victim")
@json_option
@pass_context
def list_command(context: Context, victim: str) -> None:
    """List the letters to a victim, without their words."""
    store = context.reading().store
    found = [
        {"id": row["id"], "ref": row["ref"], "code": row["code"], "language": row["language"],
         "exposure": row["exposure"], "written_at": iso(row["created_at"]), "sent_at": iso(row["sent_at"]),
         "sent_how": row["sent_how"], "blanks": len(blanks(row["text"]))}
        for row in letters.listing(store, find(store, "victim", victim))
    ]  # fmt: skip
    lines = [
        f"{one['ref']}  {one['code']}  {one['language']}  "
        + (f"sent {one['sent_at']}" if one["sent_at"] else "draft" if one["blanks"] else "not sent")
        for one in found
    ]
    context.done(found, "\n".join(lines) or "No letter to this victim.")


@group.command("show")
@click.argument("letter")
@json_option
@pass_context
def show_command(context: Context, letter: str) -> None:
    """Print the words of a letter; that it was looked at is noted."""
    session = context.writing()
    row = letters.letter(session, find(session.store, "letter", letter))
    context.done({"id": row["id"], "ref": row["ref"], "text": row["text"]}, row["text"])


@group.command("save")
@click.argument("letter")
@click.argument("path", type=click.Path(path_type=Path))
@json_option
@pass_context
def save_command(context: Context, letter: str, path: Path) -> None:
    """Write a letter to a .docx or .html file. The file is not encrypted; that it was written is noted."""
    session = context.writing()
    entity = find(session.store, "letter", letter)
    heed = _warned(context, session, letters.victim_of(session.store, entity))
    letters.save(session, entity, path)
    context.done({"paths": [str(path)], "warnings": heed}, f"Wrote {path}. It is not encrypted.")


@group.command("sent")
@click.argument("letter")
@click.option("--by", "how", required=True, help="post, e-mail, by hand, portal or read out.")
@click.option("--at", default="", help="When; now, if left out.")
@click.option("--because", default="", help="Why, where the record says not to write to them; it is recorded.")
@json_option
@pass_context
def sent_command(context: Context, letter: str, how: str, at: str, because: str) -> None:
    """Record that a letter went out."""
    session = context.writing()
    entity = find(session.store, "letter", letter)
    heed = _warned(context, session, letters.victim_of(session.store, entity))
    context.changed(letters.mark_sent(session, entity, how, at, because), warnings=heed)


def _warned(context: Context, session: Session, victim: str) -> list[dict[str, Any]]:
    """Say what the record asks of whoever writes to this victim, before anything is done, and return it."""
    found = letters.care_for(session, victim)
    for one in found:
        context.say(f"{'Stop' if one.stops else 'Take care'}: {one.words}")
    return [{"code": one.code, "words": one.words, "stops": one.stops} for one in found]


def _read(path: Path) -> str:
    try:
        if str(path) == "-":
            untrusted = sys.stdin.buffer.read(_MOST_READ + 1)
        else:
            with path.open("rb") as file:
                untrusted = file.read(_MOST_READ + 1)
    except OSError as error:
        raise BadInput(f"{path} could not be read.", "Check that it is there and yours to read.") from error
    if len(untrusted) > _MOST_READ:
        raise BadInput("That is larger than a letter can be.", "Give the text of the letter alone.")
    try:
        return untrusted.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput("That is not text in UTF-8.", "Save it as plain text in UTF-8.") from None
