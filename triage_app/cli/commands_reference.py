"""Reference data: what is held and how old it is, packs that bring newer, and making one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.cli.tables import table
from triage_app.domain.reference import day
from triage_app.errors import BadInput
from triage_app.services import reference, reference_lookup, reference_making, reference_shelf, releases, vocabularies
from triage_app.services.reference import Held, Taken

_FROM: Final = {
    reference.PROGRAM: "with the program", reference.PACK: "a pack", reference.IT: "your IT department",
    reference.OWN: "your own list", reference.NOTHING: "no pack yet",
}  # fmt: skip

NO_KEY: Final = (
    "This version trusts no release key yet, so it can take no pack: there is no key until a release has one."
)


def register(group: click.Group) -> None:
    """Add these commands."""
    group.add_command(reference_group)


@click.group("reference")
def reference_group() -> None:
    """Reference data: vocabularies, known-good values, KEV, ODS, and how old each is."""


@reference_group.command("list")
@json_option
@pass_context
def list_command(context: Context) -> None:
    """List every set with its source, day and age. Needs no passphrase. Exits with 1 where a pack cannot be used."""
    home = context.profile.home
    for sentence in reference_shelf.problems(home):
        context.say(sentence)
        context.exit_code = 1
    found = reference.held(home, context.now())
    if not releases.trusted_keys():
        context.say(NO_KEY)
    context.done(reference.as_data(found), _told(found))


def _told(found: Sequence[Held]) -> str:
    rows = [
        {
            "set": one.code, "name": one.name, "as of": one.as_of.isoformat() if one.as_of else "",
            "age": one.standing or "not held", "shelf life": one.shelf, "from": _FROM[one.where],
        }
        for one in found
    ]  # fmt: skip
    return table(rows, ("set", "name", "as of", "age", "shelf life", "from"))


@reference_group.command("inspect")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_context
def inspect_command(context: Context, file: Path) -> None:
    """Verify a pack and say what adding it would come to; nothing is written. Needs no passphrase."""
    found = reference.look(context.profile.home, file)
    context.done(_as_data(found), "\n".join(filter(None, (_would(found), found.left_words))))


def _would(found: Taken) -> str:
    names = ", ".join(f"{one.name} of {one.said.as_of}" for one in found.taken) or "nothing"
    return f"“{found.pack.name}” is signed by {found.pack.key[:16]}…. Adding it would bring: {names}."


def _as_data(found: Taken) -> dict[str, Any]:
    return {
        "id": found.pack.fingerprint, "name": found.pack.name, "made": found.pack.made.isoformat(),
        "signed_by": found.pack.key,
        "sets": [
            {"id": one.said.code, "as_of": one.said.as_of.isoformat(), "verdict": one.verdict,
             "held": one.held.isoformat() if one.held else None,
             "source": one.said.source, "licence": one.said.licence}
            for one in found.sets
        ],
    }  # fmt: skip


@reference_group.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_context
def add_command(context: Context, file: Path) -> None:
    """Put what is newer in a signed pack in place: all of it, or on any fault nothing."""
    found = reference.add(context.writing(), file)
    context.done(_as_data(found), "\n".join(filter(None, (found.words, found.left_words))))


@reference_group.command("remove")
@click.argument("code", metavar="SET")
@json_option
@pass_context
def remove_command(context: Context, code: str) -> None:
    """Let the pack of a set go: what came with the program stands in, or a pack of your IT department."""
    left = reference.remove(context.writing(), code)
    stands = f"held now is what is {_FROM[left.where]}, of {left.as_of}" if left.as_of else "no such set is held now"
    context.done(reference.as_data([left])[0], f"Removed; {stands}.")


@reference_group.command("find")
@click.argument("word", metavar="CVE|CODE")
@json_option
@pass_context
def find_command(context: Context, word: str) -> None:
    """Say what is held of a CVE or an organisation's code, and how old that is. Needs no passphrase."""
    vocabularies.use(context.profile.vocabularies)
    found = reference_lookup.find(context.profile.home, word, context.now())
    context.done({"what": found.what, "set": reference.as_data([found.of])[0]}, found.words)


@reference_group.command("make")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--key", required=True, type=click.Path(path_type=Path), help="The Ed25519 release key, in PEM.")
@click.option("--out", type=click.Path(path_type=Path), help="The pack; triage-reference-DAY.pack without it.")
@click.option("--name", default="", help="What the pack is called on screen.")
@click.option("--as-of", "days", multiple=True, metavar="SET=DAY", help="The day of a set whose file does not say it.")
@json_option
@pass_context
def make_command(context: Context, folder: Path, key: Path, out: Path | None, name: str, days: tuple[str, ...]) -> None:
    """Make and sign a pack from the files in FOLDER: KEV as CISA publishes it, ODS CSV, code lists."""
    made = reference_making.make(
        folder, key, reference.today(context.now()), out=out, name=name, as_of=dict(map(_day_of, days))
    )
    if made.left:
        context.say(f"No set, and left out: {', '.join(made.left)}.")
    if made.key not in releases.trusted_keys():
        context.say("This version does not trust the key that signed it: laptops need one that names it in keys.json.")
    names = ", ".join(f"{one.code} of {one.as_of}" for one in made.sets)
    data = {
        "path": str(made.path), "size": made.size, "sets": [one.code for one in made.sets], "left": list(made.left),
        "signed_by": made.key,
    }  # fmt: skip
    context.done(data, f"Made {made.path}, {made.size:,} bytes: {names}.")


def _day_of(text: str) -> tuple[str, date]:
    code, _, written = text.partition("=")
    try:
        return code, day(written)
    except ValueError:
        raise BadInput(f"“{text}” is no set with its day.", "Write it as --as-of ods=2026-11-28.") from None
