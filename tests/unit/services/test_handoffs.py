"""Hand-offs over real stores: offered and answered apart, one holder everywhere once the laptops have met."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.stores import Laptop, copies, write_raw
from tests.stores import body as made
from triage_app.errors import BadInput, NotFound, TriageError
from triage_app.services import handoffs, incidents, keeping, people, victims
from triage_app.services.undo import redo, undo
from triage_app.store import personal


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[list[Laptop]]:
    laptops = copies(tmp_path, 2)
    yield laptops
    for laptop in laptops:
        laptop.close()


def told(laptop: Laptop) -> tuple[str, str, str]:
    incident = incidents.open_incident(laptop.session, "Loader on the wards").id
    victim = victims.add_victim(laptop.session, incident, person="Jo Pryce").id
    return incident, victim, victims.add_action(laptop.session, victim, "VS05", owner="Asha Rahman").id


def name(laptop: Laptop, kind: str, about: str) -> str:
    return handoffs.holder(laptop.store, kind, about).holder.name


def test_an_offer_changes_no_holder_and_an_acceptance_does(pair: list[Laptop]) -> None:
    a = pair[0]
    incident, _, _ = told(a)
    assert name(a, "incident", incident) == "RXX, Asha Rahman"
    offer = handoffs.offer(a.session, "incident", incident, "CSOC", person="Priya Nair", note="Two wards on paper").id
    assert name(a, "incident", incident) == "RXX, Asha Rahman"
    row = handoffs.one(a.store, offer)
    assert (row["from_person"], row["note"]) == ("Asha Rahman", "Two wards on paper")
    handoffs.accept(a.session, offer, "Priya Nair")
    assert name(a, "incident", incident) == "CSOC, Priya Nair"
    undo(a.session)
    assert name(a, "incident", incident) == "RXX, Asha Rahman"
    redo(a.session)
    assert name(a, "incident", incident) == "CSOC, Priya Nair"
    keeping.rebuild(a.session)
    assert name(a, "incident", incident) == "CSOC, Priya Nair"
    a.verified()


def test_what_belongs_to_an_incident_goes_with_it_unless_it_was_handed_over_itself(pair: list[Laptop]) -> None:
    a = pair[0]
    incident, victim, action = told(a)
    handoffs.accept(a.session, handoffs.offer(a.session, "victim", victim, "Victim Support").id, "Mr Hale")
    handoffs.accept(a.session, handoffs.offer(a.session, "incident", incident, "CSOC").id, "Priya Nair")
    assert name(a, "incident", incident) == "CSOC"
    assert name(a, "victim", victim) == "Victim Support"
    assert name(a, "action", action) == "Victim Support"


def test_a_refusal_and_a_return_keep_their_sealed_reasons(pair: list[Laptop]) -> None:
    a = pair[0]
    _, victim, _ = told(a)
    refused = handoffs.offer(a.session, "victim", victim, "Report Fraud").id
    handoffs.refuse(a.session, refused, "No crime in it, says Ms Pryce", by="Sgt Bell")
    taken = handoffs.offer(a.session, "victim", victim, "CSOC").id
    handoffs.accept(a.session, taken, "Priya Nair", how="came back")
    handoffs.give_back(a.session, taken, "Outside our remit", by="Priya Nair")
    assert name(a, "victim", victim) == "RXX, Asha Rahman"
    rows = handoffs.listing(a.store, victim)
    assert [(row["answer"], row["reason"]) for row in rows] == [
        ("refused", "No crime in it, says Ms Pryce"),
        ("returned", "Outside our remit"),
    ]
    assert b"No crime" not in b"".join(bytes(row[0]) for row in a.store.rows("SELECT bytes FROM body"))
    people.erase(a.session, a.rows("victim")[0]["person"])
    assert {row["reason"] for row in handoffs.listing(a.store, victim)} == {personal.ERASED}
    assert name(a, "victim", victim) == "RXX, Asha Rahman"


def test_an_acceptance_that_was_telephoned_before_the_offer_went_out_is_refused(pair: list[Laptop]) -> None:
    a = pair[0]
    incident, _, _ = told(a)
    offer = handoffs.offer(a.session, "incident", incident, "CSOC").id
    before = a.verified()
    refused: tuple[tuple[Callable[[], Any], str], ...] = (
        (lambda: handoffs.accept(a.session, offer, "Priya Nair", at="-1h"), "is before"),
        (lambda: handoffs.accept(a.session, offer, "Priya Nair", at="4h"), "not come yet"),
        (lambda: handoffs.accept(a.session, offer, " "), "acceptance has a name"),
        (lambda: handoffs.accept(a.session, offer, "P", how="by pigeon"), "no way an answer comes"),
        (lambda: handoffs.refuse(a.session, offer, " "), "needs a reason"),
        (lambda: handoffs.give_back(a.session, offer, "why"), "nobody has answered"),
        (lambda: handoffs.offer(a.session, "incident", incident, "rxx"), "holds .* already"),
        (lambda: handoffs.offer(a.session, "incident", incident, "csoc"), "has been offered"),
        (lambda: handoffs.offer(a.session, "incident", incident, ""), "names who takes it"),
        (lambda: handoffs.offer(a.session, "incident", incident, "A\x1bB"), "no name of a body"),
        (lambda: handoffs.offer(a.session, "campaign", incident, "CSOC"), "not handed over"),
    )
    for work, words in refused:
        with pytest.raises(BadInput, match=words):
            work()
    with pytest.raises(NotFound):
        handoffs.accept(a.session, "0" * 32, "P")
    assert a.verified() == before


def test_two_answers_given_apart_are_a_conflict_and_still_one_holder(pair: list[Laptop]) -> None:
    a, b = pair
    incident, _, _ = told(a)
    offer = handoffs.offer(a.session, "incident", incident, "CSOC").id
    b.merge(a.export(b))
    handoffs.accept(a.session, offer, "Priya Nair")
    handoffs.refuse(b.session, offer, "Out of hours")
    b.merge(a.export(b))
    a.merge(b.export(a))
    assert name(a, "incident", incident) == name(b, "incident", incident)
    assert ("handoff", offer, "answer") in {
        tuple(row) for row in a.store.rows("SELECT kind, entity, field FROM conflict")
    }
    assert a.verified() == b.verified()


@pytest.mark.parametrize(
    "value", [7, None, "words", [1], {"answer": 3, "at": "noon"}, {"answer": "accepted", "accepted_at": 2**62}]
)
def test_whatever_a_hand_off_that_came_by_bundle_holds_there_is_one_holder(pair: list[Laptop], value: Any) -> None:
    a = pair[0]
    incident, _, _ = told(a)
    fixed = {"kind": "incident", "about": incident, "from_body": "RXX", "to_body": "CSOC", "at": value}
    write_raw(a, made(a, "handoff", "e" * 32, "_created", fixed, tlp="AMBER"))
    write_raw(a, made(a, "handoff", "e" * 32, "answer", value, tlp="AMBER"))
    write_raw(a, made(a, "handoff", "f" * 32, "_created", value, tlp="AMBER"))
    keeping.rebuild(a.session)
    assert name(a, "incident", incident) in ("RXX, Asha Rahman", "CSOC")


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(("offer", "accept", "refuse", "return", "undo", "meet")),
        st.sampled_from(("CSOC", "Report Fraud", "RXX")),
        st.integers(0, 3),
    ),
    min_size=2,
    max_size=9,
)


@settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(steps=STEPS)
def test_laptops_that_offer_and_answer_apart_agree_on_one_holder_once_they_have_met(
    steps: list[tuple[int, str, str, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        laptops = copies(Path(folder), 3)
        try:
            _play(laptops, steps)
        finally:
            for laptop in laptops:
                laptop.close()


def _play(laptops: list[Laptop], steps: list[tuple[int, str, str, int]]) -> None:
    incident = incidents.open_incident(laptops[0].session, "Loader on the wards").id
    incidents.classify(laptops[0].session, incident, label="GREEN")
    for other in laptops[1:]:
        other.merge(laptops[0].export(other))
    for place, what, body, pick in steps:
        laptop = laptops[place]
        known = handoffs.listing(laptop.store, incident)
        chosen = known[pick % len(known)]["id"] if known else ""
        acts: dict[str, Any] = {
            "offer": lambda one=laptop, to=body: handoffs.offer(one.session, "incident", incident, to),
            "accept": lambda one=laptop, which=chosen: handoffs.accept(one.session, which, "Somebody"),
            "refuse": lambda one=laptop, which=chosen: handoffs.refuse(one.session, which, "Busy"),
            "return": lambda one=laptop, which=chosen: handoffs.give_back(one.session, which, "Not ours"),
            "undo": lambda one=laptop, some=bool(known): undo(one.session) if some else None,
            "meet": lambda one=laptop, to=laptops[(place + 1) % 3]: to.merge(one.export(to)),
        }
        try:
            acts[what]()
        except TriageError:
            continue
        held = handoffs.holder(laptop.store, "incident", incident)
        assert held.holder.body in ("RXX", "CSOC", "Report Fraud")
    for _ in range(2):
        for one in laptops:
            for other in laptops:
                if one is not other:
                    other.merge(one.export(other))
    names = {handoffs.holder(laptop.store, "incident", incident) for laptop in laptops}
    assert len(names) == 1
    assert len({laptop.verified(incident) for laptop in laptops}) == 1
