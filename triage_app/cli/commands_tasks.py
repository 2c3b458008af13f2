"""Commands on playbooks and tasks of an incident, and the tasks of all."""

from __future__ import annotations

from typing import Any

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.cli.tables import table
from triage_app.domain.tasks import DONE, NOT_NEEDED
from triage_app.services import playbooks, tasks
from triage_app.services.changes import milliseconds
from triage_app.services.finding import find
from triage_app.services.session import Session

_COLUMNS = ("ref", "phase", "title", "status", "due_at", "overdue", "owner")


def register(incident: click.Group) -> None:
    """Add these commands to those of an incident."""
    incident.add_command(playbook)
    incident.add_command(task)


@click.group()
def playbook() -> None:
    """Start playbooks on incidents."""


@playbook.command("list")
@click.argument("ref", required=False)
@json_option
@pass_context
def playbook_list(context: Context, ref: str | None) -> None:
    """List the playbooks; with an incident, those that fit its class first."""
    store = context.reading().store
    loaded = playbooks.of_store(store)
    for fault in loaded.faults:
        context.say(fault)
    found = [(one, False) for one in loaded.playbooks.values()]
    if ref is not None:
        found = playbooks.proposed(store, find(store, "incident", ref))
    rows = [
        {
            "code": one.code, "name": one.name, "version": one.version, "date": one.date, "source": one.source,
            "own": one.own, "steps": len(one.steps), "phases": list(one.phases), "fits": fits,
        }
        for one, fits in found
    ]  # fmt: skip
    context.done(rows, "" if context.as_json else table(rows, ("code", "name", "version", "date", "steps", "fits")))


@playbook.command("start")
@click.argument("ref")
@click.argument("name")
@json_option
@pass_context
def playbook_start(context: Context, ref: str, name: str) -> None:
    """Make the tasks of a playbook; started before, only what is missing is added."""
    session = context.writing()
    changes = tasks.start_playbook(session, find(session.store, "incident", ref), name)
    context.changed(changes, tasks=len({entity for kind, entity in changes.touched if kind == "task"}))


@click.group()
def task() -> None:
    """Work on the tasks of an incident. TASK is its reference, playbook/step, step, or id."""


@task.command("list")
@click.argument("ref")
@json_option
@pass_context
def task_list(context: Context, ref: str) -> None:
    """List the tasks of an incident in the order of the work."""
    session = context.reading()
    now = milliseconds(session.now())
    rows = tasks.listing(session.store, find(session.store, "incident", ref))
    counts = tasks.counts(rows, now)
    found = [tasks.as_data(row, now) for row in rows]
    said = f"{counts.done} of {counts.total} done, {counts.open} open, {counts.overdue} overdue."
    context.done(found, "" if context.as_json else f"{table(found, _COLUMNS)}\n{said}")


@task.command("add")
@click.argument("ref")
@click.argument("title")
@click.option("--phase", default="")
@click.option("--owner", default="", help="Who does it; kept sealed.")
@click.option("--due", default="", help="4h, 09:30, or 2026-11-22 09:30.")
@json_option
@pass_context
def task_add(context: Context, ref: str, title: str, phase: str, owner: str, due: str) -> None:
    """Add a task of your own."""
    session = context.writing()
    incident = find(session.store, "incident", ref)
    context.changed(tasks.add_task(session, incident, title, phase=phase, owner=owner, due=due))


@task.command("set")
@click.argument("ref")
@click.argument("name", metavar="TASK")
@click.option("--title")
@click.option("--phase")
@click.option("--owner", help="“” for nobody.")
@click.option("--due", help="“” for none.")
@click.option("--comment")
@click.option("--agreed-by", help="Who in the clinic agreed; kept sealed.")
@click.option("--fallback", help="What the clinic does meanwhile; kept sealed.")
@json_option
@pass_context
def task_set(context: Context, /, ref: str, name: str, **values: str | None) -> None:
    """Change fields of a task."""
    session = context.writing()
    given = {field: text for field, text in values.items() if text is not None}
    context.changed(tasks.set_task(session, _task(session, ref, name), given))


@task.command("done")
@click.argument("ref")
@click.argument("names", metavar="TASK…", nargs=-1, required=True)
@click.option("--at", default="", help="When, if not now: 02:55 or -10m.")
@click.option("--by", default="", help="By whom, if not you; kept sealed.")
@click.option("--agreed-by", default="", help="Who in the clinic agreed; kept sealed.")
@click.option("--fallback", default="", help="What the clinic does meanwhile; kept sealed.")
@click.option("--because", default="", help="Why nobody in the clinic was asked.")
@json_option
@pass_context
def task_done(
    context: Context, ref: str, names: tuple[str, ...], at: str, by: str, agreed_by: str, fallback: str, because: str
) -> None:
    """Tick tasks: they are done."""
    session = context.writing()
    found = [_task(session, ref, name) for name in names]
    context.changed(
        tasks.settle(session, found, DONE, because=because, at=at, by=by, agreed_by=agreed_by, fallback=fallback)
    )


@task.command("skip")
@click.argument("ref")
@click.argument("names", metavar="TASK…", nargs=-1, required=True)
@click.option("--because", required=True, help="Why it is not needed.")
@json_option
@pass_context
def task_skip(context: Context, ref: str, names: tuple[str, ...], because: str) -> None:
    """Say that tasks are not needed, and why."""
    session = context.writing()
    found = [_task(session, ref, name) for name in names]
    context.changed(tasks.settle(session, found, NOT_NEEDED, because=because))


@task.command("status")
@click.argument("ref")
@click.argument("name", metavar="TASK")
@click.argument("status")
@click.option("--because", default="")
@click.option("--agreed-by", default="")
@click.option("--fallback", default="")
@json_option
@pass_context
def task_status(
    context: Context, ref: str, name: str, status: str, because: str, agreed_by: str, fallback: str
) -> None:
    """Set a task's status: open, doing, done or “not needed”."""
    session = context.writing()
    one = _task(session, ref, name)
    context.changed(tasks.settle(session, [one], status, because=because, agreed_by=agreed_by, fallback=fallback))


@task.command("remove")
@click.argument("ref")
@click.argument("name", metavar="TASK")
@json_option
@pass_context
def task_remove(context: Context, ref: str, name: str) -> None:
    """Take a task back."""
    session = context.writing()
    context.changed(tasks.remove(session, _task(session, ref, name)))


def _task(session: Session, ref: str, name: str) -> str:
    return tasks.find_task(session.store, find(session.store, "incident", ref), name)


@click.group("tasks")
def everywhere() -> None:
    """The tasks of every open incident."""


@everywhere.command("list")
@json_option
@pass_context
def everywhere_list(context: Context) -> None:
    """List the open tasks of every open incident, overdue first."""
    session = context.reading()
    now = milliseconds(session.now())
    found: list[dict[str, Any]] = [tasks.as_data(row, now) for row in tasks.everywhere(session.store, now)]
    context.done(found, "" if context.as_json else table(found, ("incident_ref", *_COLUMNS)))
