"""Why incidents are one matter, and what of a merge could surprise: who said what, and the act that undoes it.

Two people who merge, unmerge, split or link apart from each other lose nothing (ADR 23). What comes of it may be more
than either meant, so it is said in words, with names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from triage_app.domain.records import same_as_id
from triage_app.formats import identity as identities
from triage_app.language import say
from triage_app.services.times import iso
from triage_app.store import journal, lookup, peers, same
from triage_app.store.connection import Store

Groups = Mapping[str, frozenset[str]]
"Incident → all that are one matter with it, itself among them."


@dataclass(frozen=True)
class Said:
    """That somebody said of two incidents that they are one matter, or that they are not."""

    link: str
    one: str
    other: str
    "Ids of the incidents."
    refs: tuple[str, str]
    linked: bool
    who: str
    organisation: str
    at: str
    disputed: bool
    "Whether two laptops say otherwise of it and nobody has settled that."

    @property
    def merged(self) -> str:
        """What was said, in words."""
        return say("{0} merged {1} with {2}", self.by, self.refs[0], self.refs[1])

    @property
    def undone_by(self) -> str:
        """The act that takes it back."""
        return say("Taking {0} and {1} apart undoes it", self.refs[0], self.refs[1])

    @property
    def by(self) -> str:
        """Who said it: "Jo Whitfield at RYY"."""
        return say("{0} at {1}", self.who, self.organisation) if self.organisation else self.who


@dataclass(frozen=True)
class Reason:
    """Why another incident is part of a matter."""

    incident: str
    ref: str
    title: str
    way: tuple[Said, ...]
    "The links from the one incident to the other, the nearest first."

    @property
    def words(self) -> str:
        """The reason in one sentence; of several links the last is what brought it in."""
        last = self.way[-1]
        sentence = say("{0} is part of this because {1}", self.ref, last.merged)
        return sentence + ("; somebody else said that they are not one, and that is open" if last.disputed else "")

    @property
    def undone_by(self) -> str:
        """The act that takes it apart again."""
        return self.way[-1].undone_by


def links(store: Store, incident: str) -> list[Said]:
    """Return every link that holds a matter together, whoever made it, by reference."""
    found = []
    group = same.group(store, incident)
    for one, other in same.links(store, group):
        said = _said(store, one, other)
        if said is not None:
            found.append(said)
    return sorted(found, key=lambda one: (one.refs, one.link))


def reasons(store: Store, incident: str) -> list[Reason]:
    """Return, for each other incident of a matter, why it is part of it; those furthest away last."""
    known = {(one.one, one.other): one for one in links(store, incident)}
    beside: dict[str, list[tuple[str, Said]]] = {}
    for (one, other), said in known.items():
        beside.setdefault(one, []).append((other, said))
        beside.setdefault(other, []).append((one, said))
    ways: dict[str, tuple[Said, ...]] = {incident: ()}
    waiting = [incident]
    while waiting:
        here = waiting.pop(0)
        for other, said in sorted(beside.get(here, []), key=lambda item: item[1].refs):
            if other not in ways:
                ways[other] = (*ways[here], said)
                waiting.append(other)
    rows = {name: lookup.one(store, "incident", name) for name in ways if name != incident}
    found = [Reason(name, row["ref"], row["title"], ways[name]) for name, row in rows.items() if row is not None]
    return sorted(found, key=lambda one: (len(one.way), one.ref))


def through(store: Store, one: str, other: str) -> str:
    """Return by which incidents two go on being one matter though they were taken apart, '' where they do not."""
    reason = next((found for found in reasons(store, one) if found.incident == other), None)
    if reason is None:
        return ""
    names = list(dict.fromkeys(ref for said in reason.way for ref in said.refs))
    ends = {lookup.reference_of(store, "incident", name) for name in (one, other)}
    return " and ".join(name for name in names if name not in ends)


def shared_alerts(store: Store, incident: str) -> list[dict[str, Any]]:
    """Return the other incidents that alerts of this one are linked with too: {id, ref, alerts, by}, most first."""
    found = []
    for other, many, key in same.sharing_alerts(store, incident):
        row = lookup.one(store, "incident", other)
        if row is not None:
            by = _by(store, "link", f"{key}:{other}", "linked")
            found.append({"id": other, "ref": row["ref"], "title": row["title"], "alerts": many, "by": by})
    return sorted(found, key=lambda one: (-one["alerts"], one["ref"]))


# -- what a merge brings -----------------------------------------------------------------------------------


def groups(store: Store) -> Groups:
    """Return the matters of more than one incident."""
    found: dict[str, frozenset[str]] = {}
    for one, _ in same.links(store):
        if one not in found:
            whole = frozenset(same.group(store, one))
            found |= dict.fromkeys(whole, whole)
    return found


def surprises(store: Store, before: Groups, touched: Collection[tuple[str, str]]) -> list[str]:
    """Return what a merge changed of matters in ways that nobody said in so many words, a sentence each."""
    after = groups(store)
    words: list[str] = []
    for link in sorted(name for kind, name in touched if kind == "same_as"):
        one, _, other = link.partition(":")
        said = _said(store, one, other)
        if said is None:
            continue
        together = one in after.get(other, ())
        if said.linked and other not in before.get(one, ()):
            words.append(say("{0} and {1} are one matter now: {2} merged them.", said.refs[0], said.refs[1], said.by))
        elif not said.linked and together:
            between = through(store, one, other)
            words.append(
                say(
                    "{0} took {1} and {2} apart; they still are one matter through {3}.",
                    said.by,
                    said.refs[0],
                    said.refs[1],
                    between,
                )
            )
        elif not said.linked and other in before.get(one, ()):
            words.append(
                say("{0} and {1} are no longer one matter: {2} took them apart.", said.refs[0], said.refs[1], said.by)
            )
    words += _drawn_in(store, before, after)
    words += _in_several(store, touched, after)
    return list(dict.fromkeys(words))


def _drawn_in(store: Store, before: Groups, after: Groups) -> list[str]:
    """Return the incidents that are one matter now though nobody merged the two."""
    words = []
    for whole in sorted(set(after.values()), key=sorted):
        for incident in sorted(whole):
            if whole <= before.get(incident, frozenset({incident})):
                continue
            for reason in reasons(store, incident):
                was = before.get(incident, frozenset())
                if len(reason.way) > 1 and reason.incident not in was and incident < reason.incident:
                    refs = sorted((lookup.reference_of(store, "incident", incident), reason.ref))
                    cause = next(
                        (said for said in reason.way if said.other not in before.get(said.one, ())), reason.way[-1]
                    )
                    words.append(
                        say(
                            "{0} and {1} are one matter now, because {2}. {3}.",
                            refs[0],
                            refs[1],
                            cause.merged,
                            cause.undone_by,
                        )
                    )
    return words


def _in_several(store: Store, touched: Iterable[tuple[str, str]], after: Groups) -> list[str]:
    """Return the pairs of incidents, of two matters, that alerts are linked with both of since this merge."""
    changed = {name.partition(":")[2] for kind, name in touched if kind == "link"}
    words = []
    for one, other, count, key in same.pairs_sharing_alerts(store) if changed else []:
        if not changed & {one, other} or other in after.get(one, ()):
            continue
        refs = [lookup.reference_of(store, "incident", name) for name in (one, other)]
        many = "1 alert is" if count == 1 else f"{count} alerts are"
        whom = [_by(store, "link", f"{key}:{name}", "linked") for name in (one, other)]
        words.append(
            say(
                "{0} linked with {1} (by {2}) and with {3} (by {4}). Both links stand; taking it out of one undoes it.",
                many,
                refs[0],
                whom[0],
                refs[1],
                whom[1],
            )
        )
    return words


def _said(store: Store, one: str, other: str) -> Said | None:
    link = same_as_id(one, other)
    heads = journal.standing(store, "same_as", link).get("linked", [])
    refs = [lookup.reference_of(store, "incident", name) for name in (one, other)]
    if not heads or not all(refs):
        return None
    shown = heads[0]
    return Said(
        link, one, other, (refs[0], refs[1]), shown.body.value is True,
        lookup.responder_name(store, shown.body.author), _organisation(store, journal.device_of(store, shown.n)),
        iso(int(shown.body.hlc[:15])) or "", len({head.body.value is True for head in heads}) > 1,
    )  # fmt: skip


def _by(store: Store, kind: str, entity: str, field: str) -> str:
    heads = journal.standing(store, kind, entity).get(field, [])
    if not heads:
        return "somebody not known here"
    who = lookup.responder_name(store, heads[0].body.author)
    organisation = _organisation(store, journal.device_of(store, heads[0].n))
    return say("{0} at {1}", who, organisation) if organisation else who


def _organisation(store: Store, device: str) -> str:
    data = peers.identities(store).get(device)
    return "" if data is None else identities.PublicIdentity.from_bytes(data).organisation
