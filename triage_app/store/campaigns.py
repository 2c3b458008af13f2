"""Campaigns read back: those that were made, and those that incidents name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from triage_app.domain.campaigns import Campaign, gathered, meanings
from triage_app.domain.records import campaign_id
from triage_app.store.connection import Store


def made(store: Store) -> list[dict[str, Any]]:
    """Return the campaigns that were made and stand: {id, name, description, aliases, status}."""
    rows = store.dicts("SELECT id, name, description, aliases, status FROM campaign WHERE deleted = 0 AND name <> ''")
    return [{**row, "aliases": json.loads(row["aliases"])} for row in rows]


def exists(store: Store, entity: str) -> bool:
    """Tell whether a campaign was ever made under an id, taken back or not."""
    return bool(store.value("SELECT 1 FROM campaign WHERE id = ?", (entity,)))


def named(store: Store) -> dict[str, tuple[int, int]]:
    """Return every name that incidents give: how many do, and how many of those are open."""
    return {
        row[0]: (row[1], row[2])
        for row in store.rows(
            "SELECT campaign, count(*), sum(status <> 'closed') FROM incident"
            " WHERE deleted = 0 AND campaign <> '' GROUP BY campaign"
        )
    }


def every(store: Store, known: Iterable[tuple[str, tuple[str, ...]]] = ()) -> list[Campaign]:
    """Return every campaign, with how many incidents belong to each."""
    return gathered(made(store), named(store), known)


def incidents_of(store: Store, wanted: Campaign, campaigns: Iterable[Campaign]) -> list[str]:
    """Return the ids of the incidents that belong to one of all campaigns."""
    means = meanings(campaigns)
    return [
        row[0]
        for row in store.rows("SELECT id, campaign FROM incident WHERE deleted = 0 AND campaign <> '' ORDER BY id")
        if means.get(campaign_id(row[1])) == wanted.id
    ]


def named_by(store: Store, incidents: Iterable[str]) -> frozenset[str]:
    """Return the ids of the campaigns that some incidents belong to."""
    means = meanings(every(store))
    names = (store.value("SELECT campaign FROM incident WHERE id = ?", (incident,)) for incident in incidents)
    ids = (campaign_id(name) for name in names if name)
    return frozenset(means.get(entity, entity) for entity in ids)


def shown_names(store: Store) -> dict[str, str]:
    """Return the names that incidents give and that a campaign has since changed: as given → as it is called now."""
    every = made(store)
    if not every:
        return {}
    found = gathered(every, named(store))
    means, called = meanings(found), {one.id: one.name for one in found if one.is_made}
    shown = {name: called.get(means.get(campaign_id(name), ""), name) for name in named(store)}
    return {name: current for name, current in shown.items() if current != name}
