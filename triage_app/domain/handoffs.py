"""Who holds an incident, a victim or a support action: a fold of its hand-offs to exactly one name.

A hand-off stays with its giver until it is accepted. Hand-offs are made apart, on laptops that meet later, so the fold
takes them in any order: acceptances and returns count in the order of the times that were said for them. An
acceptance moves what is held only if its giver held it then; otherwise it is *crossed*, and a person settles it by
returning one or offering it on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

OFFERED: Final = ""
ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
RETURNED: Final = "returned"

CAME_BACK: Final = "came back"
TELEPHONED: Final = "telephoned"
WAYS: Final = (CAME_BACK, TELEPHONED)
"How an answer reached us: in what came back from them, or by telephone, logged with a name and a time."

MOST_NAME: Final = 120
"Characters of a body's or a person's name."


@dataclass(frozen=True)
class Party:
    """A body, and the person there if one is named."""

    body: str
    person: str = ""

    @property
    def name(self) -> str:
        """The one name that is shown: CSOC, Priya Nair."""
        return f"{self.body}, {self.person}" if self.person else self.body

    @property
    def key(self) -> str:
        """What tells one holder from another: the body, however it is spelt; its people may change among themselves."""
        return " ".join(self.body.casefold().split())


@dataclass(frozen=True)
class Handoff:
    """One hand-off as it stands. Times are milliseconds UTC."""

    id: str
    giver: Party
    taker: Party
    offered_at: int
    answer: str = OFFERED
    accepted_at: int | None = None
    accepted_by: str = ""
    answered_at: int | None = None
    written: str = ""
    "When the answer was written (a logical clock): settles the order of answers with one time."


@dataclass(frozen=True)
class Held:
    """Who holds something now, and what stands beside it."""

    holder: Party
    since: int | None = None
    "When it was taken; None for what was never handed over."
    by: str = ""
    "Id of the hand-off that gave it to them, '' for none."
    crossed: tuple[str, ...] = ()
    "Hand-offs accepted from a body that did not hold it then."
    open: tuple[str, ...] = ()
    "Offers without an answer, the oldest first."


def fold(first: Party, handoffs: Iterable[Handoff], inherited: Iterable[Handoff] = ()) -> Held:
    """Return who holds something that was ``first``'s, whatever order its hand-offs are given in.

    ``inherited`` are those of what it belongs to: it goes along with them while it is where they are given from.
    """
    known = sorted(set(handoffs), key=lambda one: (one.offered_at, one.id))
    own = {one.id for one in known}
    events: list[tuple[int, str, str, bool, Handoff]] = []
    for one in {*known, *inherited}:
        if one.answer in (ACCEPTED, RETURNED) and one.accepted_at is not None:
            events.append((one.accepted_at, one.written, one.id, False, one))
        if one.answer == RETURNED and one.accepted_at is not None and one.answered_at is not None:
            events.append((max(one.answered_at, one.accepted_at), one.written, one.id, True, one))
    holder, since, by = first, None, ""
    crossed: list[str] = []
    for at, _, _, is_return, one in sorted(events, key=lambda event: event[:4]):
        if not is_return:
            if one.giver.key == holder.key:
                holder, since, by = one.taker, at, one.id
            elif one.id in own:
                crossed.append(one.id)
        elif by == one.id:
            holder, since, by = one.giver, at, one.id
        elif one.id in crossed:
            crossed.remove(one.id)  # what never reached them was given back
    waiting = tuple(one.id for one in known if one.answer == OFFERED)
    return Held(holder, since, by, tuple(crossed), waiting)
