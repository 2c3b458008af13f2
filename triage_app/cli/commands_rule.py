"""Commands on rules: accept what an alert says for a time, list the rules there are, end one, put back its alerts."""

from __future__ import annotations

import re

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.cli.tables import table
from triage_app.domain import accepting, tlp
from triage_app.errors import BadInput, NotFound
from triage_app.services import rules
from triage_app.services.changes import milliseconds
from triage_app.services.finding import find_alert
from triage_app.store import alerts

_COLUMNS = ("ref", "state", "until", "words", "because", "aside", "today", "made_by")
_DAYS = re.compile(r"(\d{1,3}(?:\.\d{1,3})?)\s*(h|d|w|)\Z")
_LENGTH = {"h": 1 / 24, "d": 1.0, "w": 7.0, "": 1.0}


def register(group: click.Group) -> None:
    """Add these commands."""
    group.add_command(rule)


@click.group()
def rule() -> None:
    """Accept alerts for a time, with a reason: rules that end by themselves."""


@rule.command("list")
@json_option
@pass_context
def rule_list(context: Context) -> None:
    """List the rules: those at work first, and how many alerts each has put aside, today too."""
    session = context.reading()
    now = milliseconds(session.now())
    found = [rules.as_data(one) for one in rules.listing(session.store, now)]
    work = rules.at_work(session.store, now)
    context.say(f"{work.running} at work, {work.soon} of them for less than a day more; {work.today} put aside today.")
    context.done(found, "" if context.as_json else table(found, _COLUMNS))


@rule.command("show")
@click.argument("ref", metavar="RULE")
@json_option
@pass_context
def rule_show(context: Context, ref: str) -> None:
    """Print a rule whole."""
    session = context.reading()
    found = rules.one(session.store, rules.find(session.store, ref), milliseconds(session.now()))
    context.done(rules.as_data(found))


@rule.command("new")
@click.argument("alert_id", metavar="ALERT")
@click.option("--because", default="", help="Why it is accepted; needed, but for --dry-run.")
@click.option("--for", "length", default=f"{accepting.USUAL_DAYS}d", show_default=True, help="How long: 14d, 2w, 12h.")
@click.option(
    "--match", "fields", default=",".join(rules.USUAL_FIELDS), show_default=True,
    help="Which fields of the alert count, to the letter, among source, title, category, host, user, organisation.",
)  # fmt: skip
@click.option("--high", is_flag=True, help="Accept alerts of high severity too.")
@click.option("--tlp", "label", default="AMBER+STRICT", show_default=True, help="How far the rule itself travels.")
@click.option("--dry-run", is_flag=True, help="Say what it would match and how much; make nothing.")
@json_option
@pass_context
def rule_new(
    context: Context, alert_id: str, because: str, length: str, fields: str, high: bool, label: str, dry_run: bool
) -> None:
    """Accept what an alert says for a time: what matches is put aside, now and as it comes, until the rule ends."""
    session = context.reading() if dry_run else context.writing()
    key = find_alert(session.store, alert_id)
    numbers = alerts.numbers_of(session.store, [key])
    if not numbers:
        raise NotFound("That alert is no longer shown.", "Its import was taken back.")
    match = rules.match_of(alerts.rows(session.store, [numbers[key]])[numbers[key]], _fields(fields))
    foretold = rules.preview(session.store, match, high=high)
    words = f"It matches alerts where {rules.in_words(match)}: {foretold.aside} of those to decide now"
    words += f", and {foretold.kept} more stay for their severity." if foretold.kept else "."
    if dry_run:
        context.done({"match": match, "aside": foretold.aside, "kept": foretold.kept}, words)
        return
    context.say(words)
    done = rules.make(session, match, _days(length), because, high=high, label=tlp.read_label(label))
    context.changed(done, aside=foretold.aside, kept=foretold.kept)


@rule.command("end")
@click.argument("ref", metavar="RULE")
@click.option("--because", default="", help="Why it ends before its time.")
@json_option
@pass_context
def rule_end(context: Context, ref: str, because: str) -> None:
    """End a rule now; what it has put aside stays so."""
    session = context.writing()
    context.changed(rules.end(session, rules.find(session.store, ref), because))


@rule.command("put-back")
@click.argument("ref", metavar="RULE")
@click.option("--because", default="", help="Why.")
@json_option
@pass_context
def rule_put_back(context: Context, ref: str, because: str) -> None:
    """Put back into the queue, in one act, all that a rule has put aside."""
    session = context.writing()
    context.changed(rules.put_back(session, rules.find(session.store, ref), because))


@rule.command("adopt")
@click.argument("ref", metavar="RULE")
@click.option("--for", "length", default=f"{accepting.USUAL_DAYS}d", show_default=True, help="How long: 14d, 2w, 12h.")
@click.option("--because", default="", help="Why; theirs when left out.")
@json_option
@pass_context
def rule_adopt(context: Context, ref: str, length: str, because: str) -> None:
    """Make another organisation's rule one of our own: until then it does nothing here."""
    session = context.writing()
    context.changed(rules.adopt(session, rules.find(session.store, ref), _days(length), because))


def _days(text: str) -> float:
    found = _DAYS.match(text.strip().lower())
    if found is None:
        raise BadInput(f"“{text[:40]}” is no length of time.", "Write 14d, 2w or 12h.")
    return float(found[1]) * _LENGTH[found[2]]


def _fields(text: str) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    for name in names:
        if name not in accepting.FIELDS:
            raise BadInput(f"A rule cannot compare “{name[:40]}”.", f"Name some of: {', '.join(accepting.FIELDS)}.")
    return names
