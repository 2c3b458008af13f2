"""Classifying an incident: who may say what, what stays, and what another laptop's codes come to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.stores import Laptop, body, copies, found, opened, write_raw
from triage_app.errors import BadInput
from triage_app.services import authority, conflicts, duties, incidents, presenting, undo
from triage_app.services.authority import NotYours
from triage_app.services.changes import milliseconds
from triage_app.store import journal, lookup, projections


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    [made] = copies(tmp_path, 1)
    yield made
    made.close()


@pytest.fixture
def incident(laptop: Laptop) -> str:
    return incidents.open_incident(laptop.session, "Ransomware on imaging").id


def shown(laptop: Laptop, incident: str) -> dict[str, Any]:
    """The incident as the command line prints it."""
    whole = presenting.incident_whole(laptop.store, incident)
    assert whole is not None
    return whole


def test_everything_is_classified_in_one_act_and_one_undo_takes_it_back(laptop: Laptop, incident: str) -> None:
    before = shown(laptop, incident)
    act = incidents.classify(
        laptop.session, incident, rsit=["ransomware", "phishing"], determination="Suspected", pap="amber",
        techniques=["T1486", "T9999"], campaign="corona virus",
        details={"ransomware": {"encryption": "yes"}, "nis": {"cause": "malicious-actions"},
                 "data_types": {"health": "not-known"}},
    )  # fmt: skip
    now = shown(laptop, incident)
    assert now["rsit"] == [
        "malicious-code/infected-system", "information-content-security/unauthorised-information-modification",
        "fraud/phishing"]  # fmt: skip
    assert (now["determination"], now["determination_word"], now["pap"]) == ("suspected", "Suspected", "PAP:AMBER")
    assert now["techniques"] == [
        {"id": "T1486", "name": "Data Encrypted for Impact", "known": True},
        {"id": "T9999", "name": "", "known": False},
    ]
    assert now["campaign"] == "COVID-19"
    assert now["ransomware"] == {"encryption": "yes"}
    assert now["data_types"] == {"health": "not-known"}
    assert now["phishing"] is None
    undo.undo(laptop.session, act.act)
    again = shown(laptop, incident)
    for each in (before, again):
        each["facts"] = {name: value for name, value in each["facts"].items() if value is not None}
        del each["changed_at"]
    assert again == before


def test_answers_not_named_stay_and_an_empty_one_is_taken_away(laptop: Laptop, incident: str) -> None:
    incidents.set_field(laptop.session, incident, "phishing", "clicked=3; site=active")
    incidents.set_field(laptop.session, incident, "phishing", "entered=0; site=")
    assert shown(laptop, incident)["phishing"] == {"clicked": 3, "entered": 0}
    incidents.set_field(laptop.session, incident, "phishing", "")
    assert shown(laptop, incident)["phishing"] is None


def test_codes_of_another_version_are_kept_and_shown_as_they_are(laptop: Laptop, incident: str) -> None:
    sent = {
        "rsit": ["malicious-code/ransomware", "future/kind"], "determination": "telepathic", "pap": "PAP:BLUE",
        "techniques": ["T9999", 7], "ransomware": {"encryption": "yes", "mood": "grim"}, "nis": "red",
        "data_types": {"health": "perhaps"}, "category_reported": [1],
        "occurred": {"at": 1_800_000_000_000, "precision": "week"},
    }  # fmt: skip
    for name, value in sent.items():
        write_raw(laptop, body(laptop, "incident", incident, name, value))
    with laptop.store.write():
        projections.rebuild(laptop.store)
    now = shown(laptop, incident)
    assert now["rsit"] == sent["rsit"]
    assert (now["determination_word"], now["pap"], now["nis"]) == ("telepathic", "PAP:BLUE", "red")
    assert [item["id"] for item in now["techniques"]] == ["T9999", 7]
    assert now["ransomware"] == sent["ransomware"]
    assert now["times"]["occurred"]["words"] == "Fri 15 Jan 2027"
    incidents.set_field(laptop.session, incident, "ransomware", "demand=no")
    assert shown(laptop, incident)["ransomware"] == {"encryption": "yes", "mood": "grim", "demand": "no"}


def test_a_trust_proposes_and_is_refused_to_assess_or_confirm(laptop: Laptop, incident: str) -> None:
    incidents.classify(laptop.session, incident, category=3, because="Imaging is down")
    with pytest.raises(NotYours, match="RXX is no regional or national desk"):
        incidents.assess(laptop.session, incident, 2, "Three trusts")
    with pytest.raises(NotYours, match="and this laptop is not"):
        incidents.confirm(laptop.session, incident, 2, "We say so")
    with pytest.raises(BadInput, match="no field"):
        incidents.set_field(laptop.session, incident, "category_confirmed", "2")
    now = shown(laptop, incident)
    assert (now["category_proposed"]["category"], now["category_assessed"], now["category_confirmed"]) == (
        3,
        None,
        None,
    )


def test_a_desk_assesses_beside_what_the_trust_proposed(tmp_path: Path) -> None:
    found(tmp_path, "X26", organisation_name="NHS England")
    desk = opened(tmp_path)
    incident = incidents.open_incident(desk.session, "Supplier breach").id
    incidents.classify(desk.session, incident, category=4, because="One trust")
    with pytest.raises(BadInput, match="assessed category needs a reason"):
        incidents.assess(desk.session, incident, 2, " ")
    incidents.assess(desk.session, incident, 2, "Three trusts divert")
    now = shown(desk, incident)
    assert now["category_proposed"]["category"] == 4
    assert now["category_assessed"] == {"category": 2, "because": "Three trusts divert", "organisation": "X26"}
    desk.close()


@pytest.mark.parametrize(("code", "desk"), [("X26", True), ("x26", True), ("Y63", True), ("QE1", True), ("QE12", False),
                                             ("RXX", False), ("R1H", False), ("", False)])  # fmt: skip
def test_a_desk_is_known_by_the_list(code: str, desk: bool) -> None:
    assert authority.is_desk(code) is desk


def test_what_was_reported_as_confirmed_is_a_field_of_its_own_and_confirms_nothing(
    laptop: Laptop, incident: str
) -> None:
    incidents.report_confirmed(laptop.session, incident, 2, by="NCSC", reference="INC-7", when="22 Nov 2026 09h")
    now = shown(laptop, incident)
    assert now["category_confirmed"] is None
    assert now["category_reported"]["by"] == "NCSC"
    assert now["category_reported"]["organisation"] == "RXX"
    assert now["category_reported"]["when"]["words"] == "Sun 22 Nov 2026 09h GMT"
    with pytest.raises(BadInput, match="needs the body"):
        incidents.report_confirmed(laptop.session, incident, 2, by=" ")
    with pytest.raises(BadInput, match="no UK category 7"):
        incidents.report_confirmed(laptop.session, incident, 7, by="NCSC")


def test_times_are_kept_with_their_precision_and_a_doubtful_order_is_said_not_refused(
    laptop: Laptop, incident: str
) -> None:
    incidents.set_times(laptop.session, incident, {"occurred": "21 Nov 2026", "contained": "Oct 2026"})
    row = lookup.one(laptop.store, "incident", incident)
    assert row is not None
    assert row["times"]["occurred"] == {
        "at": 1_795_219_200_000, "as_written": "21 Nov 2026", "offset": 0, "precision": "day"}  # fmt: skip
    now = shown(laptop, incident)
    assert now["times"]["contained"]["words"] == "Oct 2026"
    assert now["times_in_doubt"] == ["Contained (Oct 2026) lies before occurred (Sat 21 Nov 2026)."]
    for typed, why in (("2030", "future"), ("1 Jan 1980", "before 1990")):
        with pytest.raises(BadInput, match=why):
            incidents.set_times(laptop.session, incident, {"occurred": typed})


def test_closing_keeps_the_second(laptop: Laptop, incident: str) -> None:
    waiting = duties.open_duties(laptop.store, incident, milliseconds(laptop.session.now()))
    incidents.close(laptop.session, incident, "Restored", staying_open=[duties.duty_code(one) for one in waiting])
    assert shown(laptop, incident)["times"]["closed"]["precision"] == "second"


def test_a_conflict_in_a_detail_is_settled_by_words(tmp_path: Path) -> None:
    a, b = copies(tmp_path, 2)
    incident = incidents.open_incident(a.session, "Phish").id
    b.merge(a.export(b))
    incidents.set_field(a.session, incident, "nis", "cause=human-errors")
    incidents.set_field(b.session, incident, "nis", "cause=malicious-actions")
    a.merge(b.export(a))
    assert [row["field"] for row in lookup.conflicts(a.store)] == ["nis"]
    conflicts.resolve(a.session, incident, "nis", value="cause=malicious-actions; severity=green")
    assert lookup.conflicts(a.store) == []
    assert shown(a, incident)["nis"] == {"cause": "malicious-actions", "severity": "green"}
    a.close()
    b.close()


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["at", "category", "by", "when", "encryption", "precision"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.sampled_from(["pap", "techniques", "ransomware", "nis", "data_types", "category_reported", "determination",
                        "occurred", "rsit"]), anything)  # fmt: skip
def test_an_incident_is_shown_whatever_a_bundle_put_into_it(
    laptop: Laptop, incident: str, name: str, value: Any
) -> None:
    write_raw(laptop, body(laptop, "incident", incident, name, value))
    with laptop.store.write():
        projections.rebuild(laptop.store)
    assert shown(laptop, incident)["id"] == incident
    assert journal.standing(laptop.store, "incident", incident)
