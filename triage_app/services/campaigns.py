"""Campaigns: making one, naming it, describing it, closing it; and which incidents belong to it.

An incident belongs to a campaign by the name it gives. A campaign that incidents name is there before anybody made
it; making it gives it a description, other names and a status.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from triage_app.domain.affected import controls
from triage_app.domain.campaigns import MOST_ALIASES, MOST_DESCRIPTION, MOST_NAME, STATUSES, Campaign, folded, meanings
from triage_app.domain.records import CREATED, DELETED, campaign_id
from triage_app.errors import BadInput, NotFound
from triage_app.language import say
from triage_app.services import classification
from triage_app.services.changes import Changes
from triage_app.services.recording import label_of, record, set_fields
from triage_app.services.session import Session
from triage_app.store import campaigns as store_campaigns
from triage_app.store.connection import Store
from triage_app.store.journal import Change

FIELDS = ("name", "description", "aliases", "status")


def listing(store: Store) -> list[Campaign]:
    """Return every campaign by name: those made, those that incidents name, those known beforehand."""
    return store_campaigns.every(store, classification.campaigns_known())


def find(store: Store, untrusted_name: str) -> Campaign:
    """Return a campaign by any of its names or its id. Raises ``NotFound``."""
    every = listing(store)
    found = _meant(every, untrusted_name)
    if found is None:
        raise NotFound(
            say("No campaign is called “{0}”.", untrusted_name), "“triage campaign list” shows those there are."
        )
    return found


def _meant(every: Sequence[Campaign], untrusted_name: str) -> Campaign | None:
    means = meanings(every)
    name = untrusted_name.strip()
    entity = means.get(name.lower()) or means.get(campaign_id(name)) or means.get(
        campaign_id(classification.read_campaign(name)))  # fmt: skip
    return next((one for one in every if one.id == entity), None)


def name_for(store: Store, typed: str) -> str:
    """Return the name under which an incident joins the campaign that was typed; a new one's as it was typed."""
    name = read_name(typed) if typed.strip() else ""
    found = _meant(listing(store), name) if name else None
    return classification.read_campaign(name) if found is None else found.name


def is_new(store: Store, typed: str) -> bool:
    """Tell whether joining the campaign that was typed would be the first that anybody says of it."""
    return bool(typed.strip()) and _meant(listing(store), read_name(typed)) is None


def incidents_of(store: Store, campaign: Campaign) -> list[str]:
    """Return the ids of the incidents that belong to a campaign."""
    return store_campaigns.incidents_of(store, campaign, listing(store))


def new(session: Session, name: str, description: str = "", aliases: Sequence[str] = ()) -> Changes:
    """Make a campaign; incidents that name it already belong to it. Raises ``BadInput``."""
    called = read_name(name)
    values: dict[str, Any] = {}
    if description.strip():
        values["description"] = read_description(description)
    store = session.store
    with store.write():
        every = listing(store)
        _refuse_taken(every, called, "")
        entity = campaign_id(called)
        others = read_aliases(aliases, called)
        for other in others:
            _refuse_taken(every, other, entity)
        if others:
            values["aliases"] = others
        label = label_of(session, "campaign", entity)
        if store_campaigns.exists(store, entity):  # it was taken back
            changes = [Change("campaign", entity, DELETED, False, label)]
            values["name"] = called
        else:
            changes = [Change("campaign", entity, CREATED, {"name": called}, label)]
        changes += set_fields(session, "campaign", entity, values, label)
        return record(session, say("Made the campaign {0}", called), changes, entity=entity, ref=called)


def set_field(session: Session, campaign: Campaign, field: str, text: str, because: str = "") -> Changes:
    """Set a campaign's name, description, aliases (with “;” between them) or status. Raises ``BadInput``.

    The name by which incidents joined it goes on meaning it. One that nobody made yet is made by it.
    """
    name = field.strip().lower()
    if name not in FIELDS:
        raise BadInput(say("A campaign has no field “{0}” to set.", field), say("Use one of: {0}.", ", ".join(FIELDS)))
    return change(session, campaign, {name: text}, because)


def change(session: Session, campaign: Campaign, typed: dict[str, str], because: str = "") -> Changes:
    """Set several fields of a campaign in one act, as typed. Raises ``BadInput``."""
    store = session.store
    with store.write():
        every = listing(store)
        stands = next((one for one in every if one.id == campaign.id), None)
        if stands is None:
            raise NotFound("That campaign has been taken back.", "Undo that first, or make it again.")
        values = {name: _read(every, stands, name, text) for name, text in typed.items()}
        was = {"name": stands.name, "description": stands.description, "aliases": list(stands.aliases),
               "status": stands.status}  # fmt: skip
        values = {name: value for name, value in values.items() if value != was[name]}
        if not values:
            raise BadInput("The campaign has that already.", "Nothing was changed.")
        label = label_of(session, "campaign", stands.id)
        changes: list[Change] = []
        if not stands.is_made:
            if store_campaigns.exists(store, stands.id):
                changes.append(Change("campaign", stands.id, DELETED, False, label))
            else:
                changes.append(Change("campaign", stands.id, CREATED, {"name": stands.name}, label))
        changes += set_fields(session, "campaign", stands.id, values, label, because.strip())
        called = values.get("name", stands.name)
        return record(session, say("Set {0} of the campaign {1}", ', '.join(values), called), changes, entity=stands.id,
                      ref=called)  # fmt: skip


def _read(every: Sequence[Campaign], campaign: Campaign, name: str, text: str) -> Any:
    if name == "name":
        called = read_name(text)
        _refuse_taken(every, called, campaign.id)
        return called
    if name == "description":
        return read_description(text)
    if name == "status":
        word = text.strip().lower()
        if word not in STATUSES:
            raise BadInput(say("“{0}” is no status of a campaign.", text[:40]), "Use open or closed.")
        return word
    others = read_aliases(text.split(";"), campaign.name)
    for other in others:
        _refuse_taken(every, other, campaign.id)
    return others


def read_name(text: str) -> str:
    """Return a campaign's name as typed, on one line. Raises ``BadInput``."""
    called = " ".join(text.split())
    if not called or len(called) > MOST_NAME or controls(called):
        raise BadInput(
            say("A campaign's name is 1 to {0} characters of plain text.", MOST_NAME), "Give it such a name."
        )
    return called


def read_description(text: str) -> str:
    """Return a description as typed. Raises ``BadInput``."""
    words = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(words) > MOST_DESCRIPTION or controls(words, lines=True):
        raise BadInput(
            say("A description is at most {0:,} characters of plain text.", MOST_DESCRIPTION), "Make it shorter."
        )
    return words


def read_aliases(typed: Sequence[str], called: str) -> list[str]:
    """Return the other names, each once, without the campaign's own. Raises ``BadInput``."""
    found = {folded(name): read_name(name) for name in typed if name.strip()}
    found.pop(folded(called), None)
    if len(found) > MOST_ALIASES:
        raise BadInput(say("{0} other names are too many.", len(found)), say("Keep to {0}.", MOST_ALIASES))
    return list(found.values())


def _refuse_taken(every: Sequence[Campaign], name: str, but: str) -> None:
    taken = _meant(every, name)
    if taken is not None and taken.is_made and taken.id != but:
        raise BadInput(
            say("“{0}” is a name of the campaign {1} already.", name, taken.name), "Use that one, or another name."
        )


def as_data(campaign: Campaign) -> dict[str, Any]:
    """Return a campaign as the command line prints it."""
    return {
        "id": campaign.id, "name": campaign.name, "description": campaign.description,
        "aliases": list(campaign.aliases), "status": campaign.status, "made": campaign.is_made,
        "incidents": campaign.incidents, "open": campaign.open_incidents,
    }  # fmt: skip
