"""Campaigns: themes across incidents. An incident belongs to one by giving any of its names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.records import campaign_id

STATUSES: Final = ("open", "closed")
MOST_NAME: Final = 200
MOST_DESCRIPTION: Final = 4_000
MOST_ALIASES: Final = 50


def folded(name: str) -> str:
    """Return what two spellings of one name have in common: case and spaces do not matter."""
    return " ".join(name.casefold().split())


@dataclass(frozen=True)
class Campaign:
    """One campaign as it stands here."""

    id: str
    name: str
    description: str = ""
    aliases: tuple[str, ...] = ()
    status: str = "open"
    is_made: bool = False
    "Whether somebody made it; else it is only named, by an incident or by the list of campaigns known beforehand."
    incidents: int = 0
    open_incidents: int = 0

    @property
    def ids(self) -> frozenset[str]:
        """Under which ids the names that mean it are found: its own, and those of its other names."""
        return frozenset({self.id, *map(campaign_id, (self.name, *self.aliases))})


def gathered(
    made: Iterable[Mapping[str, Any]],
    named: Mapping[str, tuple[int, int]],
    known: Iterable[tuple[str, tuple[str, ...]]] = (),
) -> list[Campaign]:
    """Return every campaign: those that were made, those that incidents name, those known beforehand, each once.

    ``made`` are the rows {id, name, description, aliases, status}; ``named`` says of each name that incidents give how
    many do and how many of those are open; ``known`` are (name, other names). Where two campaigns that were made claim
    one name, it means the one whose own name it is, else the one of the smaller id.
    """
    found: dict[str, Campaign] = {}
    meaning: dict[str, str] = {}
    rows = sorted(made, key=lambda row: str(row["id"]))
    for row in rows:
        one = Campaign(row["id"], row["name"], row["description"], tuple(row["aliases"]), row["status"], True)
        found[one.id] = one
    for one in found.values():
        for name in (one.id, campaign_id(one.name)):
            meaning.setdefault(name, one.id)
    for one in found.values():
        for name in one.ids:
            meaning.setdefault(name, one.id)
    for name, others in known:
        entity = campaign_id(name)
        if entity not in meaning:
            found[entity] = Campaign(entity, name, aliases=others)
            for other in found[entity].ids:
                meaning.setdefault(other, entity)
        else:
            for other in others:
                meaning.setdefault(campaign_id(other), meaning[entity])
    counts: dict[str, list[int]] = {}
    for name in sorted(named):
        entity = campaign_id(name)
        if entity not in meaning:
            meaning[entity] = entity
            found[entity] = Campaign(entity, name)
        total = counts.setdefault(meaning[entity], [0, 0])
        total[0] += named[name][0]
        total[1] += named[name][1]
    whole = [
        Campaign(one.id, one.name, one.description, one.aliases, one.status, one.is_made, *counts.get(one.id, (0, 0)))
        for one in found.values()
    ]
    return sorted(whole, key=lambda one: (folded(one.name), one.id))


def meanings(campaigns: Iterable[Campaign]) -> dict[str, str]:
    """Return which campaign every name means: the id that the name makes → the campaign's own id."""
    every = sorted(campaigns, key=lambda one: (not one.is_made, one.id))
    found: dict[str, str] = {}
    for one in every:
        for name in (one.id, campaign_id(one.name)):
            found.setdefault(name, one.id)
    for one in every:
        for name in one.ids:
            found.setdefault(name, one.id)
    return found
