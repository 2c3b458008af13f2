"""Settling conflicts below ``conflicts``: combine, take all from one side, by a rule, and what was taken back."""

from __future__ import annotations

from collections.abc import Sequence

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.domain.records import DELETED
from triage_app.errors import NotFound, TriageError
from triage_app.services import certifying, conflicts, settling
from triage_app.services.finding import find
from triage_app.services.session import Session
from triage_app.services.settling import Plan
from triage_app.store import lookup


def register(group: click.Group) -> None:
    """Add these commands."""
    noun = group.commands["conflicts"]
    if isinstance(noun, click.Group):
        for command in (combine, take_all, suggest, apply_rule, keep_deleted, bring_back):
            noun.add_command(command)


def entity_named(session: Session, name: str) -> str:
    """Return the id of the record of a conflict: a reference, or an id or its start."""
    try:
        return find(session.store, "incident", name)
    except TriageError:
        started = {row["entity"] for row in lookup.conflicts(session.store) if row["entity"].startswith(name.strip())}
        named = {
            row["entity"]
            for row in lookup.conflicts(session.store)
            if lookup.reference_of(session.store, row["entity_kind"], row["entity"]) == name.strip().upper()
        }
        found = started | named
        return found.pop() if len(found) == 1 else name.strip()


@click.command("combine")
@click.argument("entity", metavar="ID")
@click.argument("field")
@json_option
@pass_context
def combine(context: Context, entity: str, field: str) -> None:
    """Keep both values in a new one: of lists, answers and words."""
    session = context.writing()
    context.changed(conflicts.combine(session, entity_named(session, entity), field))


@click.command("take-all")
@click.option("--from", "side", required=True, metavar="ours|theirs|DEVICE", help="Whose values shall stand.")
@click.option("--incident", "ref", default="", help="Only of this incident.")
@click.option("--merge", default="", help="Only what the merge of this bundle brought: the id in the log of bundles.")
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@json_option
@pass_context
def take_all(context: Context, side: str, ref: str, merge: str, dry_run: bool) -> None:
    """Settle all conflicts with the values of one side, in one act."""
    session = context.reading() if dry_run else context.writing()
    if side not in (settling.OURS, settling.THEIRS):
        side = certifying.device_named(session, side).device
    incident = find(session.store, "incident", ref) if ref else ""
    plan = settling.from_side(session.store, side, incident=incident, merge=merge)
    if dry_run:
        context.done(plan.as_json(), plan_words(plan))
        return
    _say(context, plan)
    context.changed(settling.take_side(session, side, incident=incident, merge=merge))


@click.command("suggest")
@click.option("--incident", "ref", default="", help="Only of this incident.")
@json_option
@pass_context
def suggest(context: Context, ref: str) -> None:
    """Say which rules would settle something, and how. None is ever applied by itself."""
    session = context.reading()
    found = settling.suggestions(session.store, find(session.store, "incident", ref) if ref else "")
    problem = settling.rules(session.store).problem
    if problem:
        context.say(problem)
    data = [
        {"rule": rule.id, "name": rule.name, "why": rule.why, **plan.as_json()} for rule, plan in found
    ]  # fmt: skip
    words = "\n".join(f"{rule.id}: {rule.name}. {rule.why}\n{plan_words(plan)}" for rule, plan in found)
    context.done(data, words or "No rule would settle anything.")


@click.command("apply")
@click.argument("rule")
@click.option("--incident", "ref", default="", help="Only of this incident.")
@click.option("--dry-run", is_flag=True, help="Say what would change; change nothing.")
@json_option
@pass_context
def apply_rule(context: Context, rule: str, ref: str, dry_run: bool) -> None:
    """Settle what a rule is about, in one act that carries the rule's name."""
    session = context.reading() if dry_run else context.writing()
    incident = find(session.store, "incident", ref) if ref else ""
    plan = settling.by_rule(session.store, rule, incident)
    if dry_run:
        context.done(plan.as_json(), plan_words(plan))
        return
    _say(context, plan)
    context.changed(settling.apply_rule(session, rule, incident))


@click.command("keep-deleted")
@click.argument("entity", metavar="ID")
@json_option
@pass_context
def keep_deleted(context: Context, entity: str) -> None:
    """Leave a record taken back though it was changed elsewhere; the change stays in the history."""
    _settle_deletion(context, entity, conflicts.KEEP)


@click.command("bring-back")
@click.argument("entity", metavar="ID")
@json_option
@pass_context
def bring_back(context: Context, entity: str) -> None:
    """Bring a record back that was changed elsewhere after it was taken back, with those changes."""
    _settle_deletion(context, entity, conflicts.BRING_BACK)


def _settle_deletion(context: Context, entity: str, decision: str) -> None:
    session = context.writing()
    name = entity_named(session, entity)
    if not any(row["entity"] == name and row["field"] == DELETED for row in lookup.conflicts(session.store)):
        raise NotFound("Nothing was changed elsewhere after that was taken back.", "“triage conflicts list” shows it.")
    context.changed(conflicts.settle_deletion(session, name, decision))


def plan_words(plan: Plan) -> str:
    """Return what a plan would do, a line a field."""
    lines = [
        f"  {one.ref or one.kind} {one.field}: {_said(one.value)}, not {_listed(one.others)}" for one in plan.lines
    ]
    lines += [f"  {one['ref'] or one['kind']} {one['field']} is left: {one['why']}" for one in plan.left]
    return "\n".join(lines)


def _said(value: object) -> str:
    return str(value.get("as_written") or value) if isinstance(value, dict) else str(value)


def _listed(values: Sequence[object]) -> str:
    return " or ".join(map(_said, values)) or "another"


def _say(context: Context, plan: Plan) -> None:
    for line in plan_words(plan).splitlines():
        context.say(line.strip())
