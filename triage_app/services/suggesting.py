"""What is suggested for an alert or an incident, and why, in words. Nothing here sets anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from triage_app.domain import triage_rules
from triage_app.domain.severity import band
from triage_app.domain.triage_rules import Proposal, Rules
from triage_app.language import say
from triage_app.services import policy_files
from triage_app.services.policy_files import Loaded
from triage_app.services.vocabularies import categories, rsit_types
from triage_app.store import alerts, lookup
from triage_app.store.connection import Store

FILE: Final = "suggestions.json"
MOST_ALERTS: Final = 200
"Alerts of an incident that are looked through, the worst first: more say nothing new."


def rules(store: Store) -> Loaded[Rules]:
    """Return the rules that hold for the profile of a store: the trust's own file, or what ships."""
    return policy_files.load(store.path.parent, FILE, _read)


def shipped() -> Rules:
    """Return the rules that came with the program."""
    return policy_files.load(Path("/nowhere"), FILE, _read).policy


def _read(data: Any) -> Rules:
    return triage_rules.read(data, rsit_types(), categories())


def for_alert(store: Store, alert: Mapping[str, Any]) -> Proposal:
    """Return what one alert of ``alerts.rows`` suggests."""
    return triage_rules.propose(rules(store).policy, [alert])


def for_incident(store: Store, incident: str) -> tuple[Proposal, list[str]]:
    """Return what an incident's alerts suggest together, and why, a sentence each."""
    shown = alerts.rows(store, list(lookup.linked_alerts(store, incident)))
    worst = sorted(shown.values(), key=lambda row: -row["severity"])[:MOST_ALERTS]
    found = triage_rules.propose(rules(store).policy, worst)
    return found, reasons(found, worst)


def in_words(found: Proposal, severity: int | None = None) -> str:
    """Return what is suggested on one line; a severity that stands already is not said again."""
    parts = [rsit_types().get(found.rsit, found.rsit)] if found.rsit else []
    if found.severity is not None and found.severity != severity:
        parts.append(f"{band(found.severity).lower()} ({found.severity})")
    if found.category is not None:
        parts.append(say("UK category {0}", found.category))
    return ", ".join(parts)


def reasons(found: Proposal, sources: Sequence[Mapping[str, Any]] = ()) -> list[str]:
    """Return why, a sentence each; ``sources`` are the alerts, to say which of them reports the class."""
    said = []
    if found.by_source:
        of = next((row for row in sources if row.get("rsit") == found.rsit), None)
        under = say(" under “{0}”", of["category"] or of["source"]) if of is not None else ""
        who = of["source"] if of is not None else "its source"
        said.append(say("The class is what {0} reports{1}.", who, under))
    said += [say("“{0}” in the {1}: {2}", match.words, match.field, match.rule.because) for match in found.why]
    return said


def as_data(found: Proposal, sources: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return a suggestion as the command line prints it."""
    return {
        "rsit": found.rsit, "rsit_word": rsit_types().get(found.rsit, ""), "severity": found.severity,
        "severity_word": None if found.severity is None else band(found.severity), "category": found.category,
        "because": reasons(found, sources), "rules": [match.rule.id for match in found.why],
        "version": found.version,
    }  # fmt: skip
