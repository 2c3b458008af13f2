"""Groups of recipients under a name: a setting of this store, which decides nothing by itself.

Whoever exports to a group sees each member by name first. A member that may be sent nothing any more is named, and left
out only once a person has said so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain import tlp
from triage_app.domain.words import device_tag
from triage_app.errors import BadInput, NotFound
from triage_app.formats import identity as identities
from triage_app.language import say
from triage_app.services import devices
from triage_app.services.session import Session
from triage_app.services.typed import read_name
from triage_app.store import peers, preferences, standings
from triage_app.store.connection import Store

_KEY: Final = "peer-groups"
MOST: Final = 50
"Groups that are kept."


@dataclass(frozen=True)
class Member:
    """One device of a group, as it stands now."""

    device: str
    tag: str
    name: str
    organisation: str
    nation: str
    ceiling: str
    "The highest label it may have; '' for one that may have nothing."
    why_not: str
    "Why nothing may be sent to it: 'revoked', 'not trusted any more'; '' where it may."

    @property
    def called(self) -> str:
        """The member as it is named to a person."""
        return ", ".join(part for part in (self.name, self.organisation) if part)


def names(store: Store) -> list[str]:
    """Return the names of the groups, in order."""
    return sorted(_kept(store), key=str.casefold)


def members(store: Store, name: str) -> list[Member]:
    """Return the members of a group, in the order in which they were put in. Raises ``NotFound``."""
    kept = _kept(store)
    if name not in kept:
        raise NotFound(say("There is no group “{0}”.", name), "“triage group list” shows those there are.")
    trusted, known = peers.trusted(store), peers.identities(store)
    return [_member(store, device, trusted, known) for device in kept[name]]


def make(session: Session, name: str, recipients: Sequence[str]) -> dict[str, Any]:
    """Put trusted devices under a name. Raises ``BadInput``, ``NotFound`` for a device that is not trusted."""
    called = read_name("The name of a group", name)
    chosen = [devices.find_peer(session, one).device for one in recipients]
    if not chosen:
        raise BadInput("A group without a member is none.", "Name at least one trusted device.")
    with session.store.write():
        kept = _kept(session.store)
        if called in kept:
            raise BadInput(say("There is a group “{0}” already.", called), "Drop that first, or take another name.")
        if len(kept) >= MOST:
            raise BadInput(say("There are {0} groups already.", MOST), "Drop one that nobody uses.")
        preferences.keep(session.store, _KEY, {**kept, called: list(dict.fromkeys(chosen))})
    return described(session.store, called)


def drop(session: Session, name: str) -> dict[str, Any]:
    """Forget a group; its members stay trusted as they are. Raises ``NotFound``."""
    with session.store.write():
        found = described(session.store, name)
        kept = _kept(session.store)
        preferences.keep(session.store, _KEY, {one: ids for one, ids in kept.items() if one != name})
    return found


def described(store: Store, name: str) -> dict[str, Any]:
    """Return a group as ``triage group list --json`` prints it."""
    return {
        "name": name,
        "members": [
            {"device": one.device, "ref": one.tag, "name": one.name, "organisation": one.organisation,
             "nation": one.nation, "ceiling": one.ceiling, "why_not": one.why_not}
            for one in members(store, name)
        ],
    }  # fmt: skip


def recipients(session: Session, chosen: Sequence[str], leaving_out: Sequence[str] = ()) -> list[str]:
    """Return the devices of some groups, without those left out by name.

    Raises ``BadInput`` while a member may be sent nothing and nobody has said to leave it out, ``NotFound`` for a
    name to be left out that no member has.
    """
    everyone = {one.device: one for name in chosen for one in members(session.store, name)}
    out = {_named(list(everyone.values()), name) for name in leaving_out}
    for one in everyone.values():
        if one.why_not and one.device not in out:
            raise BadInput(
                say("{0} ({1}) is {2}, so nothing may be sent to it.", one.called, one.tag, one.why_not),
                say("Leave it out by name (--leave-out {0}), or trust it first.", one.tag),
                "group-member",
            )
    return [device for device in everyone if device not in out]


def _named(everyone: Sequence[Member], untrusted_name: str) -> str:
    name = untrusted_name.strip()
    found = [
        one.device
        for one in everyone
        if name.upper() == one.tag or name == one.name or (len(name) >= 4 and one.device.startswith(name.lower()))
    ]
    if len(found) != 1:
        raise NotFound(
            say("{0} members answer to {1}.", len(found), name) if found else say("No member answers to {0}.", name),
            "“triage group list” shows the members with their tags.",
        )
    return found[0]


def _kept(store: Store) -> dict[str, list[str]]:
    kept = preferences.all_of(store).get(_KEY, {})
    return dict(kept) if isinstance(kept, dict) else {}


def _member(store: Store, device: str, trusted: dict[str, peers.Peer], known: dict[str, bytes]) -> Member:
    public = identities.PublicIdentity.from_bytes(known[device]) if device in known else None
    ceiling = tlp.ceiling(trusted[device].relation) if device in trusted else ""
    why = "" if ceiling else "revoked" if standings.of(store, device).cutoff is not None else "not trusted any more"
    if public is None:
        return Member(device, device_tag(device), "A device not known here", "", "", ceiling, why)
    return Member(device, public.tag, public.name, public.organisation, public.nation, ceiling, why)
