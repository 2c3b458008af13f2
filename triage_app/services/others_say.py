"""What a bundle of another organisation says of what is ours, a sentence each, before it is merged and after.

A trusted laptop may decide our alerts, close our incident, take our records back or record that our duty was met. It is
kept, it shows, and it can be put right; but nobody should have to find out by looking for what is missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final

from triage_app.domain.records import organisation_id
from triage_app.formats import identity as identities
from triage_app.language import plural, say
from triage_app.store import lookup, others, peers
from triage_app.store.connection import Store

_NAMED: Final = 5
"References that a sentence names."


def newest(store: Store) -> int:
    """Return the number of the newest operation: what comes later is what a merge brings."""
    return others.newest(store)


def surprises(store: Store, after: int) -> list[str]:
    """Return what other organisations' devices say, in operations after a number, of what is ours."""
    own = organisation_id("ods", store.meta("organisation", "") or "")
    found: list[str] = []
    tellers: tuple[tuple[dict[str, list[str]], Callable[[str, int, str], str]], ...] = (
        (others.in_our_name(store, after), _borrowed),
        (_with_references(store, others.taken_back(store, after)), _taken_back),
        (_with_references(store, others.closed(store, after)), _closed),
        (others.duties(store, after, own), _duties),
    )
    for told, sentence in tellers:
        found += [sentence(_called(store, device), len(what), _listed(what)) for device, what in sorted(told.items())]
    decided = others.alerts_decided(store, after)
    found += [_decided(_called(store, device), many) for device, many in sorted(decided.items()) if many]
    return found


def _borrowed(who: str, many: int, names: str) -> str:
    return say(
        "{0} wrote in the name of {1}. It is shown as by nobody known here: ask its people before you trust it.",
        who,
        names,
    )


def _taken_back(who: str, many: int, names: str) -> str:
    words = plural(
        many,
        "{0} took back a record that this organisation made: {1}.",
        "{0} took back {2} records that this organisation made: {1}.",
    )
    return words.format(who, names, many)


def _closed(who: str, many: int, names: str) -> str:
    words = plural(
        many,
        "{0} closed an incident that this organisation opened: {1}.",
        "{0} closed {2} incidents that this organisation opened: {1}.",
    )
    return words.format(who, names, many)


def _duties(who: str, many: int, names: str) -> str:
    return say("{0} changed clocks of this organisation’s own duties ({1}). Look at them before you rely on them.",
               who, names)  # fmt: skip


def _decided(who: str, many: int) -> str:
    words = plural(
        many,
        "{0} decided an alert that waited here: it waits no longer.",
        "{0} decided {1} alerts that waited here: they wait no longer.",
    )
    return words.format(who, many)


def _with_references(store: Store, told: dict[str, list[tuple[str, str]]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for device, records in told.items():
        for kind, entity in records:
            found[device].append(lookup.reference_of(store, kind, entity) or kind)
    return found


def _listed(names: Iterable[str]) -> str:
    every = sorted(dict.fromkeys(names))
    return ", ".join([*every[:_NAMED], *(["…"] if len(every) > _NAMED else [])])


def _called(store: Store, device: str) -> str:
    data = peers.identities(store).get(device)
    if data is None:
        return device[:8]
    public = identities.PublicIdentity.from_bytes(data)
    return f"{public.name} ({public.organisation})"
