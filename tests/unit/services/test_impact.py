"""Clinical impact over real stores: stated, ended, put right, counted, sealed, sent."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stores import Laptop, copies
from triage_app.domain import impact as domain
from triage_app.domain.tlp import GREEN
from triage_app.errors import Ambiguous, BadInput, NotFound, TriageError
from triage_app.services import histories, impact, incidents, undo
from triage_app.services.recording import record
from triage_app.services.vocabularies import clinical_risks, vocabulary
from triage_app.store import labels
from triage_app.store.journal import Change


def down(laptop: Laptop, incident: str, **more: str) -> str:
    """State that the EPR is down."""
    return impact.add(laptop.session, incident, "outage", {"system": "EPR", "from": "-3h", **more}).id


def test_what_is_down_comes_first_until_it_is_back_up_and_undo_brings_it_down_again(
    laptop: Laptop, incident: str
) -> None:
    assert not impact.summary(laptop.store, incident).is_stated
    entity = down(laptop, incident, paper="yes", comment="Sister Jones has the forms")
    (row,) = impact.summary(laptop.store, incident).down
    assert row["said"]["comment"] == "Sister Jones has the forms"
    assert "paper fallback: yes" in impact.in_words(row)
    impact.end(laptop.session, entity)
    found = impact.summary(laptop.store, incident)
    assert (found.down, len(found.were_down)) == ((), 1)
    with pytest.raises(BadInput, match="ended already"):
        impact.end(laptop.session, entity)
    undo.undo(laptop.session)
    assert len(impact.summary(laptop.store, incident).down) == 1
    laptop.verified()
    undo.undo(laptop.session)
    assert not impact.summary(laptop.store, incident).is_stated


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"from": "-1h", "until": "-2h"}, "before it begins"),
        ({"from": "2035-01-01"}, "future"),
        ({"from": "0000-01-01"}, "no time I can read"),
        ({"from": "1066"}, "before 1990"),
        ({"until": "2035-01-01"}, "future"),
        ({"paper": "maybe"}, "does not say whether paper"),
        ({"system": " "}, "was not given"),
        ({"system": "E\x07PR"}, "control character"),
        ({"comment": "x" * 2_001}, "longer than 2,000"),
        ({"colour": "red"}, "no field"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    laptop: Laptop, incident: str, values: dict[str, str], says: str
) -> None:
    with pytest.raises(BadInput, match=says):
        down(laptop, incident, **values)
    assert not impact.summary(laptop.store, incident).is_stated


def test_cancellations_add_up_and_what_is_not_known_is_named(laptop: Laptop, incident: str) -> None:
    def stated(count: str, source: str, kind: str = "outpatient") -> None:
        impact.add(laptop.session, incident, "cancelled", {"kind": kind, "count": count, "source": source})

    stated("at least 1,517", "PAS")
    stated("20", "Phone")
    stated("not known", "Site B")
    stated("not known", "PAS", "theatre")
    with pytest.raises(BadInput, match="counted twice"):
        stated("1", "pas ")
    with pytest.raises(BadInput, match="no count"):
        stated("-1", "X")
    with pytest.raises(BadInput, match="no kind of cancellation"):
        stated("1", "X", "bogus")
    found = impact.summary(laptop.store, incident)
    words = dict(impact.totals_in_words(found))
    assert words["Outpatient appointments"] == "at least 1,537, 1 not known"
    assert words["Theatre sessions"] == "not known"
    assert words["Cancer treatments"] == "not stated"
    data = impact.as_data(found)
    assert data["cancelled_totals"]["theatre"]["number"] is None


def test_two_laptops_that_state_the_same_count_it_once_and_say_so(laptops: list[Laptop]) -> None:
    a, b = laptops
    incident = incidents.open_incident(a.session, "Ransomware").id
    b.merge(a.export(b))
    for laptop, count in ((a, "12"), (b, "15")):
        impact.add(laptop.session, incident, "cancelled", {"kind": "outpatient", "count": count, "source": "PAS"})
    a.merge(b.export(a))
    found = impact.summary(a.store, incident)
    assert (found.totals["outpatient"].words(), found.stated_twice) == ("at least 15", 1)
    b.merge(a.export(b))
    assert a.verified(incident) == b.verified(incident)


def test_harm_is_what_a_clinician_reported_sealed_and_stays_within_the_organisation(tmp_path: Path) -> None:
    a, b, c = copies(tmp_path / "three", 3)
    try:
        incident = incidents.open_incident(a.session, "Ransomware").id
        with pytest.raises(BadInput, match="Reported to us by was not given"):
            impact.add(a.session, incident, "harm", {"level": "moderate"})
        said = {"level": "Moderate harm", "reported_by": "Consultant, Dr Amin", "reference": "LFPSE 1", "patients": "1"}
        entity = impact.add(a.session, incident, "harm", said).id
        down(a, incident)
        assert b"Amin" not in a.store.value("SELECT group_concat(hex(bytes)) FROM body").encode()
        assert "Amin" not in repr(a.store.rows("SELECT facts FROM impact"))
        incidents.classify(a.session, incident, label="TLP:GREEN")
        assert labels.effective(a.store, "harm", entity) == "TLP:AMBER+STRICT"
        b.merge(a.export(b))
        c.merge(a.export(c))
        (row,) = impact.summary(b.store, incident).harm
        assert row["said"]["reported_by"] == "Consultant, Dr Amin"
        there = impact.summary(c.store, incident)
        assert (len(there.down), there.harm) == (1, ())
        assert c.verified()
    finally:
        for laptop in (a, b, c):
            laptop.close()


def test_the_class_of_a_risk_follows_from_the_matrix_and_the_matrix_never_falls(laptop: Laptop, incident: str) -> None:
    impact.add(laptop.session, incident, "risk", {"severity": "major", "likelihood": "very high"})
    (row,) = impact.summary(laptop.store, incident).risk
    assert impact.risk_class(row["said"]) == 5
    whole = vocabulary("clinical")
    severities = [item["code"] for item in whole["severities"]]
    likelihoods = [item["code"] for item in whole["likelihoods"]]
    risks = clinical_risks()
    for one in severities:
        line = [risks[f"{one}/{likelihood}"] for likelihood in likelihoods]
        assert line == sorted(line)
    for other in likelihoods:
        line = [risks[f"{severity}/{other}"] for severity in severities]
        assert line == sorted(line)


def test_a_correction_keeps_what_it_said_before(laptop: Laptop, incident: str) -> None:
    entity = impact.add(laptop.session, incident, "capacity", {"service": "Pathology", "percent": "10%"}).id
    with pytest.raises(BadInput, match="no percentage"):
        impact.change(laptop.session, entity, {"percent": "lots"})
    with pytest.raises(BadInput, match="says that already"):
        impact.change(laptop.session, entity, {"percent": "10"})
    with pytest.raises(BadInput, match="cannot be empty"):
        impact.change(laptop.session, entity, {"percent": ""})
    impact.change(laptop.session, entity, {"percent": "45"}, "misheard")
    found = histories.of(laptop.store, entity, "percent")
    assert [(one["after"], one["because"]) for one in found] == [(10, ""), (45, "misheard")]
    impact.take_back(laptop.session, entity, "another incident's")
    assert impact.summary(laptop.store, incident).capacity == ()
    with pytest.raises(NotFound, match="taken back"):
        impact.change(laptop.session, entity, {"percent": "50"})
    assert len(histories.of(laptop.store, entity, "percent")) == 2
    laptop.verified()


def test_a_statement_is_named_by_its_system_or_the_start_of_its_id(laptop: Laptop, incident: str) -> None:
    one, other = down(laptop, incident, place="Site A"), down(laptop, incident, place="Site B")
    with pytest.raises(BadInput, match="down already"):
        down(laptop, incident, place="site  a")
    with pytest.raises(Ambiguous):
        impact.named(laptop.store, incident, "epr")
    assert impact.named(laptop.store, incident, one.partition(":")[2][:12]) == one
    impact.end(laptop.session, one)
    assert impact.named(laptop.store, incident, "EPR", going_on=True) == other
    with pytest.raises(NotFound):
        impact.named(laptop.store, incident, "PACS")


def test_an_incident_with_statements_is_not_taken_back_under_them(laptop: Laptop) -> None:
    opened = incidents.open_incident(laptop.session, "Ransomware")
    down(laptop, opened.id)
    with pytest.raises(NotFound, match="built on since"):
        undo.undo(laptop.session, opened.act)


def test_two_ends_of_one_outage_are_a_conflict_and_the_later_merge_shows_both(laptops: list[Laptop]) -> None:
    a, b = laptops
    incident = incidents.open_incident(a.session, "Ransomware").id
    entity = down(a, incident)
    b.merge(a.export(b))
    impact.end(a.session, entity, "-2h")
    impact.end(b.session, entity, "-1h")
    a.merge(b.export(a))
    found = a.store.rows("SELECT kind, field FROM conflict")
    assert ("outage", "until") in [tuple(row) for row in found]


hostile = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6) | st.just("at"), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Laptop, str]]:
    (made,) = copies(tmp_path_factory.mktemp("hostile"))
    yield made, incidents.open_incident(made.session, "Ransomware").id
    made.close()


@given(st.sampled_from(domain.KINDS), st.data())
def test_whatever_a_bundle_says_is_shown_and_never_raises(
    shared: tuple[Laptop, str], kind: str, data: st.DataObject
) -> None:
    _, incident = shared
    said: dict[str, Any] = {name: data.draw(hostile) for name in domain.FIELDS[kind]}
    row = {"id": f"{incident}:x", "kind": kind, "said": said, "created_at": 1, "created_by_name": "x"}
    assert impact.statement_as_data(row)["words"]
    for name, value in said.items():
        assert isinstance(impact.value_in_words(kind, name, value), str)
        assert isinstance(impact.as_typed(kind, name, value), str)


@given(st.sampled_from(domain.KINDS), st.data())
def test_whatever_is_typed_is_kept_or_refused_with_a_sentence(
    shared: tuple[Laptop, str], kind: str, data: st.DataObject
) -> None:
    laptop, incident = shared
    typed = {name: data.draw(st.text(max_size=12)) for name in domain.FIELDS[kind]}
    with contextlib.suppress(TriageError):  # any other error is a fault of ours
        impact.add(laptop.session, incident, kind, typed)
    assert impact.as_data(impact.summary(laptop.store, incident))


def test_a_field_of_another_shape_in_the_journal_is_projected_as_it_is(shared: tuple[Laptop, str]) -> None:
    laptop, incident = shared
    odd = [
        Change("cancelled", f"{incident}:{'a' * 32}", "kind", ["x", {"y": 1}], GREEN),
        Change("outage", f"{incident}:{'b' * 32}", "until", "soon", GREEN),
        Change("harm", f"{incident}:{'c' * 32}", "reported_by", {"sealed": "no key opens this"}, GREEN),
    ]
    record(laptop.session, "Odds and ends", odd)
    assert impact.summary(laptop.store, incident).is_stated
    assert impact.as_data(impact.summary(laptop.store, incident))
