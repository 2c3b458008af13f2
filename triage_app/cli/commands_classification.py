"""Commands that classify an incident, and that show the lists it is classified by."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from triage_app.cli.commands_incident import incident, say_new_campaign
from triage_app.cli.context import Context, json_option, pass_context
from triage_app.errors import BadInput
from triage_app.services import campaigns, classification, incidents, vocabularies
from triage_app.services.finding import find


def register(group: click.Group) -> None:
    """Add these commands; those about an incident stand below ``incident``."""
    group.add_command(crosswalk)
    group.add_command(lists)


@incident.command("classify")
@click.argument("ref")
@click.option("--rsit", multiple=True, metavar="CLASS/TYPE", help="RSIT class and type; the first is the primary one.")
@click.option("--category", type=int, help="UK category that the trust proposes, 1 (worst) to 6.")
@click.option("--because", default="", help="Why that category.")
@click.option("--tlp", "label", default=None, help="TLP 2.0 label.")
@click.option("--campaign", default=None)
@click.option("--severity", type=int, default=None, help="0 to 100.")
@click.option("--determination", default=None, help="suspected, confirmed, false-positive …; “” takes it away.")
@click.option("--pap", default=None, help="RED, AMBER, GREEN or CLEAR: what may be done with it.")
@click.option("--technique", "techniques", multiple=True, metavar="ID", help="ATT&CK technique, such as T1566.001.")
@click.option("--nis-cause", default=None, help="system-failures, human-errors, malicious-actions …")
@click.option("--nis-severity", default=None, help="red, yellow, green, white or not-known.")
@click.option("--nis-outlook", default=None, help="improving, stable, worsening or not-known.")
@click.option("--data", multiple=True, metavar="TYPE=STATE", help="health=involved, staff=not-known …")
@click.option("--ransomware", default="", metavar="ANSWERS", help="“encryption=yes; demand=not-known”.")
@click.option("--phishing", default="", metavar="ANSWERS", help="“clicked=3; entered=0; site=active”.")
@json_option
@pass_context
def incident_classify(
    context: Context, ref: str, rsit: tuple[str, ...], category: int | None, because: str, label: str | None,
    campaign: str | None, severity: int | None, determination: str | None, pap: str | None,
    techniques: tuple[str, ...], nis_cause: str | None, nis_severity: str | None, nis_outlook: str | None,
    data: tuple[str, ...], ransomware: str, phishing: str,
) -> None:  # fmt: skip
    """Classify an incident; what is not given stays as it is."""
    session = context.writing()
    asked = {
        "nis": [f"{name}={said}" for name, said in
                (("cause", nis_cause), ("severity", nis_severity), ("outlook", nis_outlook)) if said is not None],
        "data_types": list(data),
        "ransomware": [ransomware] if ransomware else [],
        "phishing": [phishing] if phishing else [],
    }  # fmt: skip
    details: dict[str, dict[str, Any]] = {}
    for field, parts in asked.items():
        for part in parts:
            details.setdefault(field, {}).update(classification.read_detail(field, part))
    fresh = campaigns.is_new(session.store, campaign or "")
    context.changed(
        incidents.classify(
            session, find(session.store, "incident", ref), rsit=rsit, category=category, because=because, label=label,
            campaign=campaign, severity=severity, determination=determination, pap=pap,
            techniques=techniques or None, details=details,
        )
    )  # fmt: skip
    if fresh:
        say_new_campaign(context, campaign or "")


@incident.command("category")
@click.argument("ref")
@click.argument("number", metavar="CATEGORY", type=int)
@click.option(
    "--as", "step", type=click.Choice(["proposed", "assessed", "confirmed", "reported"]), default="proposed",
    show_default=True, help="A trust proposes, a desk assesses; reported is what you were told was confirmed.",
)  # fmt: skip
@click.option("--because", default="", help="Why that category.")
@click.option("--by", default="", help="Who confirmed it, of a reported one.")
@click.option("--reference", default="", help="Their reference, of a reported one.")
@click.option("--when", default="", help="When you were told, of a reported one.")
@json_option
@pass_context
def incident_category(
    context: Context, ref: str, number: int, step: str, because: str, by: str, reference: str, when: str
) -> None:
    """Say how bad an incident is, 1 (worst) to 6, each step beside the others: none overwrites another."""
    session = context.writing()
    entity = find(session.store, "incident", ref)
    if step != "reported" and (by or reference or when):
        raise BadInput("--by, --reference and --when belong to a reported category.", "Add --as reported.")
    if step == "proposed":
        context.changed(incidents.classify(session, entity, category=number, because=because))
    elif step == "assessed":
        context.changed(incidents.assess(session, entity, number, because))
    elif step == "confirmed":
        context.changed(incidents.confirm(session, entity, number, because))
    else:
        context.changed(
            incidents.report_confirmed(
                session, entity, number, by=by, reference=reference, when=when, because=because
            )
        )  # fmt: skip


@click.group()
def crosswalk() -> None:
    """What an RSIT code is in other vocabularies, and what is lost on the way."""


@crosswalk.command("show")
@click.argument("code", metavar="CLASS/TYPE")
@click.option("--to", default="", help="stix, veris, nhs, misp or defender; all without it.")
@json_option
@pass_context
def crosswalk_show(context: Context, code: str, to: str) -> None:
    """Print a code in other vocabularies. An older code is upgraded first."""
    vocabularies.use(context.profile.vocabularies)
    found = [classification.crosswalk(each, to.strip().lower()) for each in incidents.read_classes([code])]
    answer = {"code": code.strip(), "rows": found}
    context.done(answer, "\n\n".join(_row_in_words(row) for row in found))


def _row_in_words(row: dict[str, Any]) -> str:
    lines = [f"{row['rsit']}  {row['name']}"]
    for cell in row["to"].values():
        lines.append(f"  {cell['name']}: {', '.join(cell['values']) or 'nothing'}")
        if cell["loss"]:
            lines.append(f"    Lost: {cell['loss']}")
    return "\n".join(lines)


@click.group("vocabularies")
def lists() -> None:
    """The code lists in use: shipped with the program, or your own under HOME/vocabularies."""


@lists.command("list")
@json_option
@pass_context
def lists_list(context: Context) -> None:
    """Print every list with its version, date and source, and why one of yours was not taken."""
    vocabularies.use(context.profile.vocabularies)
    found = vocabularies.lists_in_use()
    for each in found:
        if each.problem:
            context.say(each.problem)
            context.exit_code = 1
    context.done([asdict(each) for each in found])
