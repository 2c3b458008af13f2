"""Who holds it is one name, whatever order the hand-offs of several laptops arrive in."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.handoffs import ACCEPTED, OFFERED, REFUSED, RETURNED, Handoff, Party, fold

TRUST, CSOC, POLICE, SCOTLAND = (Party(name) for name in ("RXX", "CSOC", "Report Fraud", "NHS Scotland"))
PARTIES = (TRUST, CSOC, POLICE, SCOTLAND)


def given_to(taker: Party, giver: Party = TRUST, *, at: int = 0, name: str = "", **more: object) -> Handoff:
    made = Handoff(name or f"{giver.body}-{taker.body}", giver, taker, at)
    return dataclasses.replace(made, **more)  # type: ignore[arg-type]


def test_an_offer_stays_with_its_giver_until_it_is_accepted() -> None:
    offer = given_to(CSOC)
    assert fold(TRUST, [offer]).holder == TRUST
    assert fold(TRUST, [offer]).open == (offer.id,)
    accepted = dataclasses.replace(offer, answer=ACCEPTED, accepted_at=5, answered_at=5)
    assert fold(TRUST, [accepted]).holder == CSOC
    assert fold(TRUST, [dataclasses.replace(offer, answer=REFUSED, answered_at=5)]).holder == TRUST
    back = dataclasses.replace(accepted, answer=RETURNED, answered_at=9)
    assert fold(TRUST, [back]).holder == TRUST
    assert fold(TRUST, [back]).since == 9


def test_it_goes_on_from_hand_to_hand_and_comes_back_by_the_same_way() -> None:
    first = given_to(CSOC, answer=ACCEPTED, accepted_at=5)
    on = given_to(POLICE, CSOC, at=6, answer=ACCEPTED, accepted_at=7)
    assert fold(TRUST, [on, first]).holder == POLICE
    assert fold(TRUST, [first, dataclasses.replace(on, answer=RETURNED, answered_at=8)]).holder == CSOC


def test_two_bodies_that_accepted_apart_leave_one_holder_and_the_other_is_named_as_crossed() -> None:
    one = given_to(CSOC, answer=ACCEPTED, accepted_at=5)
    other = given_to(POLICE, answer=ACCEPTED, accepted_at=6)
    held = fold(TRUST, [other, one])
    assert (held.holder, held.crossed) == (CSOC, (other.id,))
    settled = fold(TRUST, [dataclasses.replace(other, answer=RETURNED, answered_at=9), one])
    assert (settled.holder, settled.crossed) == (CSOC, ())


def test_a_body_is_the_same_however_it_is_spelt() -> None:
    first = given_to(Party("Csoc ", "Priya Nair"), answer=ACCEPTED, accepted_at=5)
    on = given_to(POLICE, Party("CSOC", "Someone else"), at=6, answer=ACCEPTED, accepted_at=7)
    assert fold(TRUST, [first, on]).holder == POLICE


TIMES = st.integers(0, 6)
HANDOFFS = st.lists(
    st.builds(
        Handoff,
        id=st.uuids().map(str),
        giver=st.sampled_from(PARTIES),
        taker=st.sampled_from(PARTIES),
        offered_at=TIMES,
        answer=st.sampled_from((OFFERED, ACCEPTED, REFUSED, RETURNED, "from the future")),
        accepted_at=TIMES | st.none(),
        answered_at=TIMES | st.none(),
        written=st.sampled_from(("a", "b", "c")),
    ),
    max_size=7,
)


@given(handoffs=HANDOFFS, data=st.data())
def test_the_holder_is_one_of_the_names_and_the_same_in_every_order(
    handoffs: list[Handoff], data: st.DataObject
) -> None:
    held = fold(TRUST, handoffs)
    assert held.holder in {TRUST, *(one.taker for one in handoffs), *(one.giver for one in handoffs)}
    shuffled = data.draw(st.permutations(handoffs))
    assert fold(TRUST, [*shuffled, *shuffled[:2]]) == held


@given(handoffs=HANDOFFS)
def test_without_an_acceptance_nothing_moves(handoffs: list[Handoff]) -> None:
    untaken = [dataclasses.replace(one, accepted_at=None) for one in handoffs]
    assert fold(TRUST, untaken).holder == TRUST
