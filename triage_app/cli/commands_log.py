"""Commands on the log of an incident: its lines, its decisions, and putting a line right."""

from __future__ import annotations

from pathlib import Path

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.services import incident_log
from triage_app.services.finding import find
from triage_app.services.incident_log import Decision

_HAPPENED = "When it happened: 02:55, -10m, 2026-11-22 02:55. Now, if left out."


def register(incident: click.Group) -> None:
    """Add these commands to those of an incident."""
    for command in (incident_note, incident_decide, incident_log_list, incident_correct, incident_decisions):
        incident.add_command(command)


@click.command("note")
@click.argument("ref")
@click.argument("text")
@click.option("--happened", default="", help=_HAPPENED)
@json_option
@pass_context
def incident_note(context: Context, ref: str, text: str, happened: str) -> None:
    """Write one numbered line in an incident's log."""
    session = context.writing()
    context.changed(incident_log.add_line(session, find(session.store, "incident", ref), text, happened=happened))


@click.command("decide")
@click.argument("ref")
@click.argument("text")
@click.option("--by", "decided_by", required=True, help="Who decided: the name, which may be another than yours.")
@click.option("--role", default="", help="In what role, for example SIRO.")
@click.option("--known", default="", help="What was known at the time.")
@click.option("--option", "options", multiple=True, help="What could have been done; may be given several times.")
@click.option("--reason", default="")
@click.option("--happened", default="", help=_HAPPENED)
@json_option
@pass_context
def incident_decide(
    context: Context,
    ref: str,
    text: str,
    decided_by: str,
    role: str,
    known: str,
    options: tuple[str, ...],
    reason: str,
    happened: str,
) -> None:
    """Write down a decision as an inquiry would ask for it."""
    session = context.writing()
    decision = Decision(decided_by.strip(), role.strip(), known.strip(), options, reason.strip())
    incident = find(session.store, "incident", ref)
    context.changed(incident_log.add_line(session, incident, text, happened=happened, decision=decision))


@click.command("log")
@click.argument("ref")
@json_option
@pass_context
def incident_log_list(context: Context, ref: str) -> None:
    """List the lines of an incident's log in the order in which things happened."""
    store = context.reading().store
    found = incident_log.lines(store, find(store, "incident", ref))
    context.done([incident_log.as_data(line) for line in found])


@click.command("correct")
@click.argument("line")
@click.argument("text")
@click.option("--because", default="", help="Why.")
@json_option
@pass_context
def incident_correct(context: Context, line: str, text: str, because: str) -> None:
    """Put the words of a log line right; what it said before is kept."""
    session = context.writing()
    context.changed(incident_log.correct_line(session, find(session.store, "note", line), text, because))


@click.command("decisions")
@click.argument("ref")
@click.option("--out", type=click.Path(path_type=Path), help="Write it to a new text file.")
@json_option
@pass_context
def incident_decisions(context: Context, ref: str, out: Path | None) -> None:
    """Print the decisions of an incident as an inquiry would ask for them."""
    if out is not None:
        session = context.writing()
        incident_log.write_decisions(session, find(session.store, "incident", ref), out)
        context.done({"paths": [str(out)]}, f"Wrote {out}.")
        return
    store = context.reading().store
    incident = find(store, "incident", ref)
    decided = [line for line in incident_log.lines(store, incident) if line.decision is not None]
    context.done([incident_log.as_data(line) for line in decided], incident_log.decisions_log(store, incident))
