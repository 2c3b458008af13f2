"""Looking for what alerts share: what is beside one alert, and which open incidents some are likely to belong to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from triage_app.domain.campaigns import Campaign, folded, meanings
from triage_app.domain.indicators import defang, visible
from triage_app.domain.records import campaign_id
from triage_app.language import say
from triage_app.services import campaigns
from triage_app.services.related import Likely, Offers, Related, Tie, rank
from triage_app.services.related_values import WORDS, Value, values_of, wanted, why_muted
from triage_app.store import alerts, lookup, related
from triage_app.store.connection import Store

MOST_ALERTS: Final = 25
"""Of more alerts at once only so many are looked at, and then no incident is offered as the one."""
MOST_VALUES: Final = 120
"""Values looked for at most, over all the alerts of one question."""


@dataclass
class _Looking:
    """One question: what was found for each value is asked for once."""

    store: Store
    is_wanted: Callable[[], bool]
    known: dict[Value, related.Found] = field(default_factory=dict)
    every_campaign: list[Campaign] | None = None
    is_indexed: bool = True

    def ties(self, row: Mapping[str, Any]) -> list[Tie] | None:
        """Return what an alert shares; None once nobody wants to know. Its own incidents are not counted."""
        own = bytes.fromhex(row["key"])
        made: list[Tie] = []
        for value in values_of(row):
            found = self.known.get(value)
            if found is None:
                if len(self.known) >= MOST_VALUES:
                    continue
                found = related.look(self.store, wanted(value), self.is_wanted)
                if found is None:
                    return None
                self.known[value] = found
                self.is_indexed &= found.is_indexed
            incidents = {
                name: _nearest(row["last_seen"], (at for key, at in held.items() if key != own))
                for name, held in found.incidents.items()
                if set(held) != {own}
            }
            count = min(len(found.keys | {own: None}), related.MANY)
            is_whole = found.is_whole and len(found.keys) < related.MANY
            made.append(Tie(value, count, is_whole, why_muted(value, len(found.keys)), incidents))
        return made + self.campaigns(row)

    def campaigns(self, row: Mapping[str, Any]) -> list[Tie]:
        """Return the campaigns that the alert's own words name, or that its incidents belong to."""
        if self.every_campaign is None:
            self.every_campaign = [one for one in campaigns.listing(self.store) if one.incidents]
        if not self.every_campaign:
            return []
        means = meanings(self.every_campaign)
        linked = [one["id"] for one in lookup.incidents_of_alert(self.store, row["key"])]
        given = {means.get(campaign_id(one["campaign"])) for one in _incidents(self.store, linked) if one["campaign"]}
        text = folded(" ".join(str(row[name]) for name in ("title", "category", "detail")))
        made = []
        for one in self.every_campaign:
            if one.id in given or any(_names(text, name) for name in (one.name, *one.aliases)):
                members = campaigns.incidents_of(self.store, one)
                many = related.alerts_of(self.store, members)
                others = {name: None for name in members if name not in linked}
                made.append(Tie(Value("campaign", one.name), many, many < related.MANY, "", others))
        return made


def _names(text: str, name: str) -> bool:
    """Tell whether a text names a campaign, as whole words; a name of three letters could be anything."""
    wanted = folded(name)
    return len(wanted) > 3 and re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text) is not None


def _nearest(seen: int | None, others: Iterable[int | None]) -> int | None:
    apart = [abs(seen - other) for other in others if other is not None] if seen is not None else []
    return min(apart, default=None)


def _incidents(store: Store, names: Iterable[str]) -> list[dict[str, Any]]:
    found = []
    for name in names:
        row = lookup.one(store, "incident", name)
        if row is not None:
            found.append(row)
    return found


def of_alert(store: Store, key: str, is_wanted: Callable[[], bool] = lambda: True) -> Related | None:
    """Return what an alert (by its hex key) shares with others; None if it is not there, or no longer wanted."""
    row = next(iter(alerts.rows(store, list(alerts.numbers_of(store, [key]).values())).values()), None)
    looking = _Looking(store, is_wanted)
    ties = None if row is None else looking.ties(row)
    if ties is None:
        return None
    part_of = {one["id"] for one in lookup.incidents_of_alert(store, key)}
    names = {name for tie in ties if not tie.muted for name in tie.incidents} - part_of
    ranked = [one for one in rank(_incidents(store, sorted(names)), [ties]) if one.reasons]
    return Related(tuple(ties), tuple(ranked), looking.is_indexed)


def offers(
    store: Store, keys: Sequence[str], of: int = 0, is_wanted: Callable[[], bool] = lambda: True
) -> Offers | None:
    """Return every open incident for some alerts (hex keys), the likely ones first; None once it is not wanted.

    ``of`` is how many they are, where ``keys`` are but the first of them. An incident of which all of them are part
    already comes last: there is nothing to be merged.
    """
    chosen = list(keys)[:MOST_ALERTS]
    shown = alerts.rows(store, list(alerts.numbers_of(store, chosen).values()))
    looking = _Looking(store, is_wanted)
    ties = []
    for row in shown.values():
        found = looking.ties(row)
        if found is None:
            return None
        ties.append(found)
    of = max(of, len(keys))
    whole = len(shown) == of and len(looking.known) < MOST_VALUES
    incidents = lookup.listing(store, "incident", "i.status <> 'closed'")
    part_of = [{one["id"] for one in lookup.incidents_of_alert(store, row["key"])} for row in shown.values()]
    already = set.intersection(*part_of) if part_of else set()
    ranked = rank([one for one in incidents if one["id"] not in already], ties, all_looked_at=whole)
    ranked += [Likely(one, ("they are part of it already",)) for one in incidents if one["id"] in already]
    return Offers(tuple(ranked), len(shown), of, looking.is_indexed)


# -- for the command line ----------------------------------------------------------------------------------


def as_data(store: Store, keys: Sequence[str]) -> dict[str, Any]:
    """Return what alerts share with others, and the open incidents for them, as the command line prints it."""
    shared = []
    for key in keys[:MOST_ALERTS]:
        found = of_alert(store, key)
        if found is None:
            continue
        values = [
            {"kind": tie.value.kind, "value": tie.value.text, "alerts": tie.alerts, "or_more": not tie.is_whole,
             "muted": tie.muted, "filter": tie.value.query}
            for tie in found.ties
        ]  # fmt: skip
        incidents = [_likely_data(one) for one in found.incidents]
        shared.append({"id": key, "values": values, "incidents": incidents, "indexed": found.is_indexed})
    ranked = offers(store, keys)
    return {
        "alerts": shared,
        "offers": [] if ranked is None else [_likely_data(one) for one in ranked.incidents],
    }


def _likely_data(one: Likely) -> dict[str, Any]:
    row = one.incident
    return {
        "id": row["id"], "ref": row["ref"], "title": row["title"], "status": row["status"],
        "reasons": list(one.reasons), "likely": one.is_safe,
    }  # fmt: skip


def as_lines(data: Mapping[str, Any]) -> str:
    """Return it in words, a line for each value and each incident."""
    lines = []
    for alert in data["alerts"]:
        lines.append(f"Alert {alert['id']}")
        for value in alert["values"]:
            many = f"{value['alerts']:,}{'+' if value['or_more'] else ''}"
            count = "only here" if many == "1" else say("in {0} alerts", many)
            muted = f" ({value['muted']})" if value["muted"] else ""
            lines.append(f"  {WORDS[value['kind']]:12} {visible(defang(value['value']))}  {count}{muted}")
        if not alert["indexed"]:
            lines.append("  Not all of the store is indexed yet: there may be more.")
    lines.append("Open incidents, the likely ones first" if data["offers"] else "No incident is open.")
    for one in data["offers"]:
        lines.append(f"  {one['ref']}  {visible(defang(one['title']))}")
        lines.append(f"    {', '.join(one['reasons']) or 'nothing shared'}")
    return "\n".join(lines)
