"""The handover of a shift: given by one responder with words of their own, and taken by another with their own slot.

Until somebody has taken it, it is its giver's, and Home says so. Whoever takes it is shown each running clock and each
hand-off that nobody has accepted; what they were shown is written down with the taking.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain import shift as rules
from triage_app.domain.affected import controls
from triage_app.domain.handoffs import OFFERED
from triage_app.domain.shift import Given, State, Taking
from triage_app.domain.tlp import DEFAULT_FOR_INCIDENT
from triage_app.errors import BadInput, NotFound
from triage_app.language import plural, say
from triage_app.services import duties, handoffs
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.clocks import OpenStep
from triage_app.services.recording import creation, record, set_fields
from triage_app.services.session import Session
from triage_app.services.times import LONDON, in_words, iso, read_time, refuse_to_come
from triage_app.store import lookup
from triage_app.store import shift as stored
from triage_app.store.connection import Store
from triage_app.store.journal import Change

LABEL: Final = DEFAULT_FOR_INCIDENT
"What a handover is written under: it reaches the laptops of the same organisation."

_MOST_NAMED: Final = 2_000
"Ids of clocks or hand-offs that one handover names."


@dataclass(frozen=True)
class Taken:
    """By whom a handover was taken. Times are milliseconds UTC."""

    id: str
    by: str
    at: int
    clocks: int
    handoffs: int


@dataclass(frozen=True)
class Handover:
    """One handover, with what became of it."""

    id: str
    giver: str
    giver_id: str
    at: int
    since: int
    state: State
    takings: tuple[Taken, ...]
    took_back_at: int | None
    because: str
    is_crossed: bool
    clocks: tuple[str, ...]
    "Names of the clock steps that were running when it was given, as its giver's laptop knew them."
    handoffs: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether the shift is still its giver's, because nobody has taken it."""
        return self.state is State.OPEN


@dataclass(frozen=True)
class Shown:
    """What whoever takes a shift is shown: every running clock, and every hand-off that nobody has accepted."""

    clocks: tuple[OpenStep, ...]
    handoffs: tuple[dict[str, Any], ...]
    "As ``handoffs.listing`` gives them, with ``ref`` of what each is about."

    @property
    def ids(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of both, as a taking writes them down."""
        return tuple(clock_name(one) for one in self.clocks), tuple(row["id"] for row in self.handoffs)


def clock_name(one: OpenStep) -> str:
    """Return the name of one running step of a clock, the same on every laptop."""
    return f"{one.clock.id}/{one.state.step}"


# -- reading ---------------------------------------------------------------------------------------------------


def listing(store: Store) -> list[Handover]:
    """Return every handover of our organisation, the newest first."""
    rows = {row["id"]: row for row in stored.handovers(store)}
    took = {row["id"]: row for row in stored.takings(store)}
    given = [
        Given(
            row["id"], _person(row["created_by"], row["giver"], row["organisation"]), _at(row["given_at"], row),
            row["taken_back_at"], bool(row["deleted"]),
        )
        for row in rows.values()
    ]  # fmt: skip
    taken = [
        Taking(row["id"], row["handover"], _person(row["created_by"], row["taker"], row["organisation"]),
               _at(row["at"], row))
        for row in took.values()
    ]  # fmt: skip
    return [_handover(rows[one.given.id], one, took) for one in rules.fold(given, taken)]


def waiting(store: Store) -> list[Handover]:
    """Return the handovers that nobody has taken, the oldest first: the shift is still their givers'."""
    return [one for one in reversed(listing(store)) if one.is_open]


def to_take(store: Store, responder: str) -> list[Handover]:
    """Return those that a responder may take: of others than themselves."""
    mine = _person_of(store, responder)
    return [one for one in waiting(store) if _person_of(store, one.giver_id) != mine]


def one(store: Store, untrusted_name: str) -> Handover:
    """Return one handover by its id, or the beginning of it. Raises ``NotFound``."""
    wanted = untrusted_name.strip().lower()
    found = [given for given in listing(store) if wanted and given.id.startswith(wanted)]
    if len(found) != 1:
        raise NotFound("There is no such handover.", "“triage handover list” shows those there are.")
    return found[0]


def words_of(store: Store, handover: str) -> str:
    """Return the giver's own words; "" for none."""
    return stored.words_of(store, handover)


def shown(store: Store, now: int) -> Shown:
    """Return what whoever takes the shift now is to be shown, the nearest clock first; takes a query lane."""
    open_offers = [row for row in handoffs.listing(store) if row["answer"] == OFFERED]
    named = [{**row, "ref": lookup.reference_of(store, row["about_kind"], row["about"])} for row in open_offers]
    return Shown(tuple(duties.all_open(store, now)), tuple(named))


def not_here(store: Store, wanted: Iterable[Handover]) -> int:
    """Return how many clocks the givers had that this laptop knows nothing of: their bundle was left out, or is older.

    The id of a clock's step names its incident, so one that has ended since is not counted.
    """
    steps = {name for handover in wanted for name in handover.clocks}
    incidents = {name: parts[2] for name in steps if len(parts := name.split("/")) > 4 and parts[1] == "incident"}
    known = {found for found in set(incidents.values()) if lookup.one(store, "incident", found) is not None}
    return sum(incident not in known for incident in incidents.values())


def since_when(now_ms: int, session_now: Any, typed: str = "") -> int:
    """Return since when a page tells: as typed, or since the shift began that is on. Raises ``BadInput``."""
    if not typed.strip():
        return milliseconds(rules.shift_start(session_now.astimezone(LONDON)))
    since = read_time(typed, session_now)
    refuse_to_come(since, session_now)
    return min(milliseconds(since), now_ms)


# -- acts ------------------------------------------------------------------------------------------------------


def give(session: Session, words: str = "", since: str = "") -> Changes:
    """Give the shift to whoever takes it; until then it stays with the giver. Raises ``BadInput``.

    ``since`` is a time as typed; without one, the page tells of the shift that is on.
    """
    said = _words(words)
    now = session.now()
    at = milliseconds(now)
    begun = since_when(at, now, since)
    store = session.store
    with store.write():
        clocks, offers = shown(store, at).ids
        entity, _, made = creation(session, "handover", LABEL, {"at": at, "since": begun})
        fields: dict[str, Any] = {"page": _page(clocks, offers)}
        if said:
            fields["words"] = said
        changes: list[Change] = [made, *set_fields(session, "handover", entity, fields, LABEL)]
        return record(session, "Gave the shift; it is yours until somebody takes it", changes, entity=entity)


def take(session: Session, handovers: Sequence[str], seen: tuple[Collection[str], Collection[str]]) -> Changes:
    """Take the shift: some handovers, or all that others gave. One act.

    ``seen`` are the names of the clocks and hand-offs that the taker was shown (``Shown.ids``); what began to run since
    is refused with how many, so that nobody takes what they have not seen. Raises ``BadInput``, ``NotFound``.
    """
    now = session.now()
    at = milliseconds(now)
    store = session.store
    with store.write():
        mine = _person_of(store, session.author.responder)
        wanted = [one(store, name) for name in handovers] or to_take(store, session.author.responder)
        if not wanted:
            raise NotFound("No handover waits to be taken.", "Whoever leaves gives one; then take it.")
        for given in wanted:
            if _person_of(store, given.giver_id) == mine:
                raise BadInput(
                    "You gave this handover yourself.", "Whoever comes takes it, with a passphrase of their own."
                )
            if given.state in (State.TAKEN_BACK, State.REPLACED):
                raise BadInput(
                    say("{0}'s handover is {1}.", given.giver, state_words(given)), "Take the one that stands."
                )
            if any(_person_of(store, took["created_by"]) == mine for took in stored.takings(store)
                   if took["handover"] == given.id):  # fmt: skip
                raise BadInput("You have taken this handover already.", "Nothing more is to be done.")
        clocks, offers = shown(store, at).ids
        unseen = len(set(clocks) - set(seen[0])) + len(set(offers) - set(seen[1]))
        if unseen:
            what = plural(
                unseen,
                "A clock or a hand-off has been added since you looked.",
                "{0} clocks or hand-offs have been added since you looked.",
            ).format(unseen)
            raise BadInput(what, "Look at the list again, then take it.", "not-shown")
        changes: list[Change] = []
        first = ""
        for given in wanted:
            entity, _, made = creation(session, "taking", LABEL, {"handover": given.id, "at": at})
            changes += [made, *set_fields(session, "taking", entity, {"page": _page(clocks, offers)}, LABEL)]
            first = first or entity
        names = " and ".join(dict.fromkeys(given.giver for given in wanted))
        return record(session, say("Took the shift from {0}", names), changes, entity=first)


def take_back(session: Session, handover: str, because: str = "") -> Changes:
    """Take back a handover that was given: the shift stays with its giver. Raises ``BadInput``, ``NotFound``."""
    store = session.store
    with store.write():
        given = one(store, handover)
        if _person_of(store, given.giver_id) != _person_of(store, session.author.responder):
            raise BadInput(
                say("{0} gave this handover.", given.giver), "Only its giver takes it back; you can take it."
            )
        if given.takings:
            by = " and ".join(dict.fromkeys(took.by for took in given.takings))
            raise BadInput(say("{0} took it already.", by), "Speak with each other; they can give it to you.")
        if given.took_back_at is not None:
            raise BadInput("You took it back already.", "Nothing more is to be done.")
        value = {"at": milliseconds(session.now())}
        changes = set_fields(session, "handover", given.id, {"taken_back": value}, LABEL, _words(because))
        return record(session, "Took the handover back; the shift is yours", changes, entity=given.id)


# -- for others ------------------------------------------------------------------------------------------------


def as_data(store: Store, given: Handover) -> dict[str, Any]:
    """Return a handover as the command line prints it."""
    return {
        "id": given.id, "giver": given.giver, "given": iso(given.at), "since": iso(given.since),
        "words": words_of(store, given.id), "state": str(given.state),
        "taken": [
            {"by": one.by, "at": iso(one.at), "clocks": one.clocks, "handoffs": one.handoffs} for one in given.takings
        ],
        "taken_back": iso(given.took_back_at), "because": given.because, "crossed": given.is_crossed,
        "clocks": len(given.clocks), "handoffs": len(given.handoffs),
    }  # fmt: skip


def state_words(given: Handover) -> str:
    """Return what became of a handover, in words."""
    if given.takings:
        said = "taken by " + ", ".join(
            say("{0} at {1}", one.by, in_words(one.at, with_date=False)) for one in given.takings
        )
        return say("{0}, and taken back by its giver", said) if given.took_back_at is not None else said
    if given.state is State.TAKEN_BACK:
        return say("taken back {0}", in_words(given.took_back_at))
    return "replaced by a later one" if given.state is State.REPLACED else "not taken yet"


def _handover(row: dict[str, Any], standing: rules.Standing, took: dict[str, dict[str, Any]]) -> Handover:
    takings = []
    for taking in standing.takings:
        said = took[taking.id]
        page = said["page"]
        takings.append(
            Taken(taking.id, said["taker"] or "not known here", taking.at, len(page.get("clocks", ())),
                  len(page.get("handoffs", ())))
        )  # fmt: skip
    at = standing.given.at
    since = row["since_at"] if row["since_at"] is not None else at
    return Handover(
        row["id"], row["giver"] or "not known here", row["created_by"], at, since, standing.state, tuple(takings),
        row["taken_back_at"], row["because"], standing.is_crossed, tuple(row["page"].get("clocks", ())),
        tuple(row["page"].get("handoffs", ())),
    )  # fmt: skip


def _person(responder: str, name: str | None, organisation: str | None) -> str:
    """Return what tells one person from another: name and organisation, as a slot's id is of one laptop only."""
    return f"{' '.join(name.casefold().split())}/{organisation or ''}" if name else responder


def _person_of(store: Store, responder: str) -> str:
    return _person(responder, *stored.responder(store, responder))


def _at(said: int | None, row: dict[str, Any]) -> int:
    return int(said if said is not None else row["created_at"] or 0)


def _page(clocks: Sequence[str], offers: Sequence[str]) -> dict[str, list[str]]:
    return {"clocks": list(clocks[:_MOST_NAMED]), "handoffs": list(offers[:_MOST_NAMED])}


def _words(text: str) -> str:
    words = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(words) > rules.MOST_WORDS:
        raise BadInput(say("That is longer than {0:,} characters.", rules.MOST_WORDS), "Say what matters most.")
    if controls(words, lines=True):
        raise BadInput("A control character stands in these words.", "Type them again, as plain text.")
    return words
