"""Commands on clocks: what is due, who is aware since when, what was told to whom, what was met and missed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from triage_app.cli.commands_incident import incident
from triage_app.cli.context import Context, json_option, pass_context
from triage_app.cli.tables import table
from triage_app.domain import clocks as rules
from triage_app.errors import BadInput, TriageError
from triage_app.paths import write_whole
from triage_app.services import (
    clock_acts,
    clock_drift,
    clock_policies,
    clock_report,
    clock_words,
    clocks,
    duties,
    records,
)
from triage_app.services.changes import milliseconds
from triage_app.services.clocks import ADVISORY, INCIDENT, Clock, OpenStep
from triage_app.services.finding import find
from triage_app.services.session import Session
from triage_app.services.times import in_words, iso, read_time

ORDERS = ("due", "incident", "policy")
COLUMNS = ("ref", "policy", "step", "organisation", "state", "left", "due_words")


def register(group: click.Group) -> None:
    """Add these commands."""
    group.add_command(clocks_group)
    incident.add_command(clock_group)


_Command = TypeVar("_Command", bound=Callable[..., Any])


def _options(*names: str) -> Callable[[_Command], _Command]:
    """Add options that several commands share."""
    known = {
        "org": click.option("--org", "organisation", default="", help="Whose clock, where several have one."),
        "role": click.option("--role", default="", help="In which role, where it has several."),
        "because": click.option("--because", default="", help="Why, in a few words."),
        "at": click.option("--at", default="now", show_default=True, help="When: 2026-11-22 00:45, 00:45 …"),
        "by": click.option("--by", default="", help="Name of who decided or told."),
        "step": click.option("--step", default="", help="Which step; the next one that is due without it."),
        "reference": click.option("--reference", default="", help="The number that was given for it."),
    }

    def add(command: _Command) -> _Command:
        for name in reversed(names):
            command = known[name](command)
        return command

    return add


@click.group("clocks")
def clocks_group() -> None:
    """Clocks: what is due, what was met and missed, and the policies behind them."""


@clocks_group.command("list")
@click.option("--incident", "ref", default="", help="Those of one incident, or of one advisory.")
@click.option("--all", "whole", is_flag=True, help="Also what is done, or is not due here.")
@click.option("--order", default="due", help=f"{', '.join(ORDERS)}; with - before it for descending.")
@click.option("--limit", type=click.IntRange(0, 2**31 - 1), default=None)
@json_option
@pass_context
def clocks_list(context: Context, ref: str, whole: bool, order: str, limit: int | None) -> None:
    """List the clocks that run, nearest first."""
    session = context.reading()
    now = milliseconds(session.now())
    if order.lstrip("-") not in ORDERS:
        raise BadInput(f"Clocks have no order “{order}”.", f"Use one of: {', '.join(ORDERS)}.")
    _warn(context, session)
    if ref:
        subject, kind = _subject(session, ref)
        read = clocks.of_advisory if kind == ADVISORY else clocks.of_incident
        there = read(session.store, subject, now)
    elif whole:
        there = clocks.everything(session.store, now)
    else:
        there = []
    found = [OpenStep(clock, state) for clock in there for state in clock.steps if whole or state.open]
    if not ref and not whole:
        found = duties.all_open(session.store, now)
    else:
        found.sort(key=lambda one: (not one.state.open, *rules.nearness(one.state), one.clock.ref, one.clock.id))
    name = order.lstrip("-")
    if name != "due":
        found.sort(key=lambda one: one.clock.ref if name == "incident" else one.state.policy)
    if order.startswith("-"):
        found.reverse()
    rows = [_shown(one) for one in found[:limit]]
    context.done(rows, "" if context.as_json else table(rows, COLUMNS))


@clocks_group.command("report")
@click.option("--since", required=True, help="From when, for example 2026-09-01.")
@click.option("--until", required=True, help="Up to but not including.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Write a CSV file.")
@json_option
@pass_context
def clocks_report(context: Context, since: str, until: str, out: Path | None) -> None:
    """Report which duties were met, late, missed or never decided."""
    session = context.reading()
    now = session.now()
    begin, end = milliseconds(read_time(since, now)), milliseconds(read_time(until, now))
    rows = clock_report.met_and_missed(session.store, begin, end, milliseconds(now))
    flat = [row.flat() for row in rows]
    totals = clock_report.totals(rows)
    if out is not None:
        target = session.profile.refuse_own(out)
        write_whole(target, _csv(flat).encode("utf-8-sig"))
        context.done({"path": str(target), "rows": len(flat), "totals": totals})
        return
    said = ", ".join(f"{count} {word}" for word, count in totals.items())
    shown = table(flat, ("ref", "organisation", "policy", "step", "due", "done", "result", "because"))
    context.done({"totals": totals, "rows": flat}, "" if context.as_json else f"{shown}\n{said}.")


def _csv(rows: list[dict[str, Any]]) -> str:
    """Return rows as CSV; a cell that a spreadsheet would run as a formula is put behind an apostrophe."""
    page = io.StringIO(newline="")
    writer = csv.DictWriter(page, clock_report.COLUMNS)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _harmless(value) for name, value in row.items()})
    return page.getvalue()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


@clocks_group.command("policies")
@click.option("--switch", "code", default="", help="Code of a policy to be switched.")
@click.argument("state", type=click.Choice(["on", "off"]), required=False)
@_options("because")
@json_option
@pass_context
def clocks_policies(context: Context, code: str, state: str | None, because: str) -> None:
    """List the policies with their sources; or switch one: --switch CODE on."""
    if bool(code) != (state is not None):
        raise BadInput("To switch a policy, give its code and on or off.", "For example: --switch csr-bill on.")
    if code and state is not None:
        context.changed(clock_acts.switch(context.writing(), code, state == "on", because))
        return
    session = context.reading()
    loaded = clock_policies.load(session.profile.home)
    if loaded.said:
        context.say(loaded.said)
    switched = clocks.switched(session.store)
    rows = [
        {
            "id": policy.code, "name": policy.name, "kind": policy.kind, "subject": policy.subject,
            "on": switched.get(policy.code, policy.on) if policy.switchable else policy.on,
            "switchable": policy.switchable, "nations": list(policy.nations), "roles": list(policy.roles),
            "starts": policy.start_words, "basis": policy.basis, "source": policy.source, "checked": policy.checked,
            "steps": [{"code": step.code, "name": step.name, "hours": step.hours,
                       "hours_by_severity": None if step.hours_by_severity is None else dict(step.hours_by_severity)}
                      for step in policy.steps],
        }
        for policy in loaded.policies.policies
    ]  # fmt: skip
    context.done(rows, "" if context.as_json else table(rows, ("id", "name", "kind", "on", "nations", "checked")))


@click.group("clock")
def clock_group() -> None:
    """Clocks of an incident. REF may also be an advisory such as CC-4404, where that makes sense."""


@clock_group.command("aware")
@click.argument("ref")
@click.argument("policy", default="")
@_options("at", "because", "org", "role")
@json_option
@pass_context
def clock_aware(context: Context, ref: str, policy: str, at: str, because: str, organisation: str, role: str) -> None:
    """Record since when the organisation is aware; with a POLICY (nis-11), aware of what starts that one."""
    session = context.writing()
    entity = find(session.store, "incident", ref)
    context.changed(
        clock_acts.record_aware(
            session, entity, at, policy=policy, organisation=organisation, role=role, because=because
        )
    )


@clock_group.command("start")
@click.argument("ref")
@click.argument("policy")
@click.option("--at", required=True, help="The right start.")
@_options("because", "org", "role")
@json_option
@pass_context
def clock_start(context: Context, ref: str, policy: str, at: str, because: str, organisation: str, role: str) -> None:
    """Correct a start; the old one stays in view."""
    session = context.writing()
    entity = find(session.store, "incident", ref)
    context.changed(clock_acts.set_start(session, entity, policy, at, because, organisation=organisation, role=role))


@clock_group.command("done")
@click.argument("ref")
@click.argument("policies", metavar="POLICY…", nargs=-1, required=True)
@_options("at", "step", "reference", "because", "by", "org", "role")
@json_option
@pass_context
def clock_done(
    context: Context, ref: str, policies: tuple[str, ...], at: str, step: str, reference: str, because: str, by: str,
    organisation: str, role: str,
) -> None:  # fmt: skip
    """Record that it was notified or done; late, if it was, with its reasons in --because."""
    session = context.writing()
    subject, kind = _subject(session, ref)
    context.changed(
        clock_acts.record_outcome(
            session, subject, policies, rules.NOTIFIED if kind == INCIDENT else rules.DONE, kind=kind, step=step, at=at,
            reference=reference, because=because, by=by, organisation=organisation, role=role,
        )
    )  # fmt: skip


@clock_group.command("not-notifiable")
@click.argument("ref")
@click.argument("policies", metavar="[POLICY…]", nargs=-1)
@_options("by", "because", "step", "org", "role")
@json_option
@pass_context
def clock_not_notifiable(
    context: Context, ref: str, policies: tuple[str, ...], by: str, because: str, step: str, organisation: str,
    role: str,
) -> None:  # fmt: skip
    """Record who decided that it is not notifiable, and why; without a POLICY, of every duty that is open."""
    session = context.writing()
    subject, kind = _subject(session, ref)
    context.changed(
        clock_acts.record_outcome(
            session, subject, policies, rules.NOT_NOTIFIABLE, kind=kind, step=step, because=because, by=by,
            organisation=organisation, role=role,
        )
    )  # fmt: skip


@clock_group.command("reopen")
@click.argument("ref")
@click.argument("policy")
@_options("step", "because", "org", "role")
@json_option
@pass_context
def clock_reopen(
    context: Context, ref: str, policy: str, step: str, because: str, organisation: str, role: str
) -> None:
    """Take back what was recorded: it is open again."""
    session = context.writing()
    subject, kind = _subject(session, ref)
    context.changed(
        clock_acts.take_back_outcome(
            session, subject, policy, step, kind=kind, because=because, organisation=organisation, role=role
        )
    )


@clock_group.command("pause")
@click.argument("ref")
@click.argument("policy")
@click.option("--until", default="", help="When it goes on; open without it.")
@_options("at", "because", "org", "role")
@json_option
@pass_context
def clock_pause(
    context: Context, ref: str, policy: str, until: str, at: str, because: str, organisation: str, role: str
) -> None:
    """Let a local target stand still, with a reason."""
    session = context.writing()
    subject, kind = _subject(session, ref)
    context.changed(
        clock_acts.pause(
            session, subject, policy, because, kind=kind, at=at, until=until, organisation=organisation, role=role
        )
    )


@clock_group.command("resume")
@click.argument("ref")
@click.argument("policy")
@_options("at", "org", "role")
@json_option
@pass_context
def clock_resume(context: Context, ref: str, policy: str, at: str, organisation: str, role: str) -> None:
    """Let a paused target run again."""
    session = context.writing()
    subject, kind = _subject(session, ref)
    context.changed(clock_acts.resume(session, subject, policy, kind=kind, at=at, organisation=organisation, role=role))


@clock_group.command("grid")
@click.argument("ref")
@click.option("--likelihood", type=int, required=True, help="1 to 5: that harm came of it.")
@click.option("--severity", type=int, required=True, help="1 to 5: of the harm.")
@click.option("--vulnerable", is_flag=True, help="People of a vulnerable group are among those affected.")
@_options("because", "org")
@json_option
@pass_context
def clock_grid(
    context: Context, ref: str, likelihood: int, severity: int, vulnerable: bool, because: str, organisation: str
) -> None:
    """Place it on the DSPT grid, which proposes to whom to report."""
    session = context.writing()
    entity = find(session.store, "incident", ref)
    done = clock_acts.set_grid(
        session, entity, likelihood, severity, vulnerable=vulnerable, because=because, organisation=organisation
    )
    context.changed(done, proposal=f"{done.label}.")


@clock_group.command("role")
@click.argument("ref")
@click.option("--org", "organisation", required=True, help="ODS code of the organisation.")
@click.option("--role", required=True, help="processor, controller, managed-service-provider …")
@click.option("--org-name", default="", help="Its name, where it is not known here.")
@json_option
@pass_context
def clock_role(context: Context, ref: str, organisation: str, role: str, org_name: str) -> None:
    """Give an organisation its own duties in an incident, such as a supplier."""
    session = context.writing()
    entity = find(session.store, "incident", ref)
    context.changed(clock_acts.add_role(session, entity, organisation, role, name=org_name))


@clock_group.command("history")
@click.argument("ref")
@click.argument("policy")
@_options("org", "role")
@json_option
@pass_context
def clock_history(context: Context, ref: str, policy: str, organisation: str, role: str) -> None:
    """Print every start that was recorded for a clock, with who corrected it and why."""
    session = context.reading()
    clock = clock_acts.one(session, find(session.store, "incident", ref), policy, organisation, role)
    rows = [
        {**row, "at": iso(row["at"]), "recorded_at": iso(row["recorded_at"])}
        for row in clocks.start_history(session.store, clock)
    ]
    context.done(rows, "" if context.as_json else table(rows, ("at", "as_written", "because", "recorded_at", "who")))


def _subject(session: Session, ref: str) -> tuple[str, str]:
    """Return (id, kind) of the incident or advisory that a person named."""
    try:
        return find(session.store, "incident", ref), INCIDENT
    except TriageError:
        try:
            return str(records.show(session.store, "advisories", ref)["id"]), ADVISORY
        except TriageError:
            pass
        raise


def _warn(context: Context, session: Session) -> None:
    """Say what stands against believing what follows."""
    said = [clock_policies.load(session.profile.home).said]
    if not context.now_text:  # a clock that --now fixes is meant to be elsewhere
        said.append(clock_drift.said(session.store, clock_drift.reading(session)))
    for words in filter(None, said):
        context.say(words)


def _shown(one: OpenStep) -> dict[str, Any]:
    clock: Clock = one.clock
    state = one.state
    return {
        "id": f"{clock.id}/{state.step}", "ref": clock.ref, "subject": clock.subject_kind, "title": clock.title,
        "policy": state.policy, "policy_name": clock.policy.name, "step": state.step, "name": one.step.name,
        "kind": clock.policy.kind_of(one.step), "organisation": clock.organisation.partition(":")[2],
        "role": clock.role, "state": str(state.state), "pressure": str(state.pressure),
        "start_at": iso(state.start_at), "due_at": iso(state.due_at), "due_words": in_words(state.due_at),
        "left": clock_words.left(state), "left_minutes": None if state.left_ms is None else state.left_ms // 60_000,
        "used": None if state.used is None else round(state.used, 4), "done_at": iso(state.done_at),
        "outcome": state.outcome, "started": clock_words.started(clock, state),
        "stops": clock_words.stops(clock, state), "due": clock_words.due(clock, state), "told": clock.told(state),
        "proposal": None if clock.proposal is None else clock.proposal.words,
    }  # fmt: skip
