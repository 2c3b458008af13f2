"""Records as others read them: the JSON of the command line, with times in ISO 8601 UTC."""

from __future__ import annotations

from typing import Any

from triage_app.domain.severity import band
from triage_app.services import (
    affected,
    classification,
    folding_why,
    impact,
    matters,
    precise_times,
    support,
    victim_record,
)
from triage_app.services.times import iso
from triage_app.services.vocabularies import action_codes, dispositions
from triage_app.store import alerts, assumed, attachments, lookup, personal, same
from triage_app.store.connection import Store

_ALERT_TEXT = (
    "title", "source", "reference", "category", "host", "user", "src", "dst", "url", "hash", "detail", "organisation",
    "rsit", "tlp", "format", "severity_raw", "severity_rule", "evidence_id",
)  # fmt: skip


def alert(row: dict[str, Any]) -> dict[str, Any]:
    """Return an alert of ``alerts.rows`` as the command line prints it; its id is its key."""
    return {
        "id": row["key"],
        "state": row["state"],
        "severity": row["severity"],
        "severity_word": band(row["severity"]),
        "count": row["count"],
        "first_seen": iso(row["first_seen"]),
        "last_seen": iso(row["last_seen"]),
        **{name: row[name] for name in _ALERT_TEXT},
        "disposition": row["disposition"] or "",
        "disposition_word": dispositions().get(row["disposition"] or "", ""),
        "because": row["because"] or "",
        "until": iso(row["until"]),
        "rule": row["rule"],
        "parts": row["parts"],
        "folded_into": row["folded_into"],
        "corrected": {field: {**said, "at": iso(said["at"])} for field, said in row["corrected"].items()},
    }


def alert_whole(store: Store, key: str) -> dict[str, Any] | None:
    """Return an alert with its incidents and its evidence rows."""
    numbers = alerts.numbers_of(store, [key])
    if not numbers:
        return None
    row = alerts.rows(store, list(numbers.values()))[numbers[key]]
    found = alert(row)
    found["organisation_assumed"] = assumed.organisation(store, row) or None
    found["incidents"] = lookup.incidents_of_alert(store, key)
    reason = folding_why.why(store, key)
    found["folded"] = None if reason is None else folding_why.as_data(reason)
    found["rows"] = [{**row, "seen_at": iso(row["seen_at"])} for row in lookup.sightings(store, key)]
    return found


def record(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return an incident, victim, action, note or affected thing as the command line prints it."""
    found = dict(row)
    for name in ("created_at", "changed_at", "due_at", "done_at", "next_due", "happened_at"):
        if name in found:
            found[name] = iso(found[name])
    if kind == "incident":
        found["rsit"] = row["rsit"].split()
        found["severity_word"] = None if row["severity"] is None else band(row["severity"])
        proposed = row["category_proposed"]
        found["category"] = proposed.get("category") if isinstance(proposed, dict) else None
        found["times"] = {name: _time(value) for name, value in row["times"].items()}
        found["times_in_doubt"] = precise_times.impossible_orders(row["times"])
        found.update(_classified(row))
    elif kind == "action":
        found["name"] = action_codes().get(row["code"], "")
        for name in ("due", "due_from", "last_attempt"):
            if name in found:
                found[name] = iso(found[name])
        facts = found.pop("facts")
        found["due_because"], found["clock"] = str(facts.get("due_because") or ""), str(facts.get("clock") or "")
        found["facts"] = {name: value for name, value in facts.items() if name not in ("due_because", "clock")}
    elif kind == "victim":
        for name in ("person_name", "contact"):
            found[name] = personal.masked(row.get(name) or "")
        found["organisation"] = row["organisation"].partition(":")[2]
        found["organisation_scheme"] = row["organisation"].partition(":")[0]
        facts = found.pop("facts")
        found["roles"], found["channel"] = victim_record.standing(row, "roles"), victim_record.standing(row, "channel")
        for name in ("language", "formats", "flags"):
            found[name] = _masked(victim_record.standing(row, name))
        found["sharing_decision"] = victim_record.decision(row)
        skip = {"roles", "channel", "language", "formats", "flags", "sharing_decision"}
        found["facts"] = {name: value for name, value in facts.items() if name not in skip}
    return found


def _masked(value: Any) -> str:
    """Return what stands for a masked field: a list of codes tells no more than that it is there."""
    words = ", ".join(value) if isinstance(value, list) else value
    return personal.masked(words)


def moment(value: Any) -> Any:
    """Return a stored time with its words, and in ISO 8601."""
    return _time(value)


def _time(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {**value, "at": iso(value.get("at")), "words": precise_times.value_in_words(value)}


def _classified(row: dict[str, Any]) -> dict[str, Any]:
    """Return what an incident was classified as beside class and category, each code with its words."""
    facts = row["facts"]
    named = facts.get("techniques")
    known = classification.techniques()
    reported = facts.get("category_reported")
    return {
        "determination_word": classification.value_in_words("determination", row["determination"]),
        "pap": facts.get("pap") or "",
        "techniques": [
            {"id": code, "name": known.get(str(code), ""), "known": str(code) in known}
            for code in (named if isinstance(named, list) else [])
        ],
        **{name: facts.get(name) for name in classification.DETAILS},
        "category_reported": (
            {**reported, "when": _time(reported.get("when"))} if isinstance(reported, dict) else reported
        ),
    }


def incident_whole(store: Store, incident: str, now: int = 0) -> dict[str, Any] | None:
    """Return an incident with its alerts, victims, actions, notes and conflicts.

    ``now`` (milliseconds UTC) is needed for due times that go with a clock.
    """
    row = lookup.one(store, "incident", incident)
    if row is None:
        return None
    found = record("incident", row)
    linked = lookup.linked_alerts(store, incident)
    shown = alerts.rows(store, linked)
    found["alerts"] = [alert(shown[number]) for number in linked if number in shown]
    found["alerts_not_here"] = len(lookup.linked_keys(store, incident)) - len(shown)
    found["victims"] = [
        record("victim", item) for item in lookup.listing(store, "victim", "v.incident = ?", (incident,))
    ]
    for victim in found["victims"]:
        victim["actions"] = [
            record("action", item) for item in support.listing(store, "a.victim = ?", (victim["id"],), now)
        ]
    found["notes"] = [record("note", item) for item in lookup.listing(store, "note", "n.about = ?", (incident,))]
    found["conflicts"] = [row for row in lookup.conflicts(store) if row["entity"] == incident]
    why = {one.incident: one for one in matters.reasons(store, incident)}
    found["same_as"] = [
        {**one, "because": why[one["id"]].words, "undone_by": why[one["id"]].undone_by} if one["id"] in why else one
        for one in same.linked_with(store, incident)
    ]
    found["shares_alerts_with"] = matters.shared_alerts(store, incident)
    found["tips"] = [record("tip", item) for item in lookup.listing(store, "tip", "t.incident = ?", (incident,))]
    for item in found["tips"]:
        item["received"] = _time(item["received"])
        for name in ("reporter", "contact"):
            item[name] = personal.masked(item[name])
    found["affected"] = affected_counts(affected.counts(store, incident))
    found["impact"] = impact.as_data(impact.summary(store, incident))
    found["attachments"] = attachments.count(store, incident)
    return found


def affected_counts(counts: affected.Counts) -> dict[str, Any]:
    """Return the counts of a tracker as the command line prints them."""
    names = ("kind", "state", "name", "count", "out", "cleared")
    states = [{name: getattr(one, name) for name in names} for one in counts.states]
    return {"total": counts.total, "suspected": counts.suspected, "out": counts.out, "states": states}


def peer(row: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of another device, its identity file left out."""
    return {name: value for name, value in row.items() if name not in ("identity", "vector")}
