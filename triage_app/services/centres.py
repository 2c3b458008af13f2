"""The centres that the IT department lets count: where it names any, no other authority vouches for anybody here."""

from __future__ import annotations

from triage_app.domain import certificates
from triage_app.domain.certificates import Standing
from triage_app.language import say
from triage_app.services import set_by_it
from triage_app.store import authority_keys, peers, standings
from triage_app.store.connection import Store

_NAME = "TrustedCentres"


def listed() -> frozenset[str] | None:
    """Return the fingerprints of those that count, None where all do that somebody here believes."""
    found = set_by_it.now().value(_NAME)
    return None if found is None else frozenset(found)


def may_count(store: Store, authority: str) -> bool:
    """Tell whether an authority may vouch for devices: it is listed, or its secret key is on this laptop."""
    named = listed()
    return named is None or authority in named or authority in authority_keys.held(store)


def refuse(store: Store, authority: str, name: str) -> None:
    """Raise ``SetByIT`` for an authority that may not be believed."""
    if not may_count(store, authority):
        raise set_by_it.refusal(
            say("{0} is not among the centres that your IT department lets this laptop trust.", name)
        )


def refuse_unlisted(store: Store, device: str) -> None:
    """Raise ``SetByIT`` for a device that is trusted only by the word of an authority that does not count."""
    if listed() is None or device in peers.decided(store):
        return
    believed = standings.authorities(store)
    counting = {name: one for name, one in believed.items() if may_count(store, name)}
    codes = standings.organisations(store)
    own = codes.get(peers.own_device(store), "")
    without = certificates.standings(counting, standings.statements(store, device), codes, own, {})
    said, left = standings.of(store, device), without.get(device, Standing())
    if said.relation is None or (left.relation is not None and left.relation >= said.relation):
        return
    by = believed.get(said.certified_by)
    raise set_by_it.refusal(
        say(
            "That device is trusted as it is by the word of {0}, which is not among the centres that your IT department"
            " lets this laptop trust.",
            said.certified_by if by is None else by.name,
        )
    )
