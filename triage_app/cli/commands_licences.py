"""Whose work the program carries, and under which licences."""

from __future__ import annotations

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.errors import BadInput
from triage_app.language import say
from triage_app.services import licences as shipped


def register(group: click.Group) -> None:
    """Add this command."""
    group.add_command(licences)


@click.command()
@click.argument("name", required=False, default="")
@json_option
@pass_context
def licences(context: Context, name: str) -> None:
    """List the works of others in this program, with NAME the words of a licence. Needs no passphrase."""
    found = [one for one in shipped.parts() if not name or one.name.casefold() == name.casefold()]
    if not found:
        raise BadInput(say("Nothing of that name is in this program."), "Run “triage licences” for the list.")
    data = [
        {
            "name": one.name,
            "version": one.version,
            "licence": one.licence,
            "what": one.what,
            "within": one.within or None,
        }
        | ({"text": one.text} if name else {})
        for one in found
    ]
    if name:
        lines = [shipped.heading(found[0]), "", found[0].text]
    else:
        lines = [f"{one.name:<22} {one.version:<10} {one.licence:<28} {one.what}" for one in found]
    context.done({"parts": data}, "\n".join(lines))
