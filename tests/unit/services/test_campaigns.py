"""Campaigns as things of their own, and figures over a real store: undone, rebuilt, exchanged, in conflict, hostile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stores import Laptop, body, copies, write_raw
from triage_app.domain.records import CREATED, campaign_id
from triage_app.errors import BadInput, NotFound
from triage_app.services import campaigns, figures, incidents, people, reporting_windows, victims
from triage_app.services.undo import redo, undo
from triage_app.store import lookup, projections
from triage_app.store.state import projection_differences


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    (one,) = copies(tmp_path)
    yield one
    one.close()


@pytest.fixture
def two(tmp_path: Path) -> Iterator[list[Laptop]]:
    made = copies(tmp_path, 2)
    yield made
    for one in made:
        one.close()


def report(laptop: Laptop, window: str = "review-year-2020", campaign: str = "") -> figures.Report:
    store = laptop.store
    found = reporting_windows.read(store, laptop.clock(), window)
    return figures.compute(store, found, campaigns.find(store, campaign) if campaign else None)


def opened(laptop: Laptop, campaign: str = "", reported: str = "2020-03-03 10:00") -> str:
    return incidents.open_incident(laptop.session, "Lure", reported=reported, campaign=campaign).id


def test_incidents_join_a_campaign_by_any_of_its_names(laptop: Laptop) -> None:
    opened(laptop, "Qakbot")
    opened(laptop, "qbot")
    made = campaigns.new(laptop.session, "Qakbot", "Loader", ["QBot", "Pinkslip"])
    third = opened(laptop, "PINKSLIP")
    found = campaigns.find(laptop.store, "qbot")
    assert (found.id, found.incidents, found.is_made) == (made.id, 3, True)
    assert lookup.one(laptop.store, "incident", third)["campaign"] == "Qakbot"  # type: ignore[index]
    assert report(laptop, campaign="pinkslip").incidents.count == 3
    assert [one.count for one in report(laptop).groups["campaign"]] == [3]


def test_a_campaign_keeps_its_incidents_when_its_name_changes(laptop: Laptop) -> None:
    campaigns.new(laptop.session, "Qakbot")
    opened(laptop, "Qakbot")
    campaigns.set_field(laptop.session, campaigns.find(laptop.store, "Qakbot"), "name", "Qakbot 2")
    opened(laptop, "Qakbot 2")
    assert campaigns.find(laptop.store, "qakbot").name == "Qakbot 2"
    assert campaigns.find(laptop.store, "qakbot").incidents == 2
    assert projection_differences(laptop.store) == []


def test_making_one_is_taken_back_and_done_again_and_its_incidents_stay(laptop: Laptop) -> None:
    opened(laptop, "Qakbot")
    campaigns.new(laptop.session, "Qakbot", "Loader", ["QBot"])
    undo(laptop.session)
    found = campaigns.find(laptop.store, "Qakbot")
    assert (found.is_made, found.incidents, found.aliases) == (False, 1, ())
    redo(laptop.session)
    assert campaigns.find(laptop.store, "qbot").description == "Loader"
    undo(laptop.session)
    campaigns.new(laptop.session, "qakbot")
    assert campaigns.find(laptop.store, "Qakbot").is_made
    undo(laptop.session)
    assert not campaigns.find(laptop.store, "Qakbot").is_made
    assert projection_differences(laptop.store) == []


def test_a_campaign_that_is_only_named_is_made_by_the_first_change(laptop: Laptop) -> None:
    opened(laptop, "Qakbot")
    campaigns.set_field(laptop.session, campaigns.find(laptop.store, "qakbot"), "description", "Loader")
    assert campaigns.find(laptop.store, "Qakbot").is_made
    campaigns.set_field(laptop.session, campaigns.find(laptop.store, "covid"), "status", "closed")
    assert campaigns.find(laptop.store, "Coronavirus").status == "closed"


@pytest.mark.parametrize("name", ["", "x" * 201, "a\x07b", "Qakbot", "q b o t"])
def test_a_name_that_is_none_or_taken_is_refused(laptop: Laptop, name: str) -> None:
    campaigns.new(laptop.session, "Qakbot", aliases=["Q B O T"])
    with pytest.raises(BadInput):
        campaigns.new(laptop.session, name)
    with pytest.raises(BadInput):
        campaigns.set_field(laptop.session, campaigns.find(laptop.store, "Qakbot"), "status", "finished")
    with pytest.raises(NotFound):
        campaigns.find(laptop.store, "No such campaign")


def test_two_laptops_that_make_one_meet_in_it_and_a_scope_takes_it_along(two: list[Laptop]) -> None:
    one, other = two
    incident = opened(one, "Qakbot")
    campaigns.new(one.session, "Qakbot", "From A")
    campaigns.new(one.session, "Elsewhere", "Not in the scope")
    campaigns.new(other.session, "QAKBOT")
    other.merge(one.export(other, incidents=[incident]))
    found = campaigns.find(other.store, "qakbot")
    assert (found.description, found.incidents) == ("From A", 1)
    assert lookup.conflicts(other.store) == []
    with pytest.raises(NotFound):
        campaigns.find(other.store, "Elsewhere")
    assert projection_differences(other.store) == []
    campaigns.set_field(one.session, campaigns.find(one.store, "Qakbot"), "description", "A again")
    campaigns.set_field(other.session, found, "description", "B")
    other.merge(one.export(other))
    assert [(row["entity_kind"], row["field"]) for row in lookup.conflicts(other.store)] == [
        ("campaign", "description")
    ]


@pytest.mark.parametrize("value", [7, None, {"a": 1}, ["x", 3, None], "\u202e", True])
def test_whatever_a_bundle_put_into_a_campaign_is_shown(laptop: Laptop, value: Any) -> None:
    entity = campaign_id("Qakbot")
    for field in (CREATED, "name", "description", "aliases", "status"):
        write_raw(laptop, body(laptop, "campaign", entity, field, value))
    with laptop.store.write():
        projections.rebuild(laptop.store)
    assert isinstance(campaigns.listing(laptop.store), list)
    report(laptop)


@pytest.mark.parametrize("reported", [7, "soon", {"at": "x"}, {"at": 10**18}, {"at": 1, "offset": 10**9}, {}, [1]])
def test_impossible_times_and_category_seven_are_not_known_and_nothing_stops(laptop: Laptop, reported: Any) -> None:
    incident = opened(laptop)
    for field, value in (("reported", reported), ("category_proposed", {"category": 7}), ("severity", 900),
                         ("rsit", [7]), ("status", {"a": 1})):  # fmt: skip
        write_raw(laptop, body(laptop, "incident", incident, field, value, hlc=f"{9 * 10**14:015d}-00000-x"))
    with laptop.store.write():
        projections.rebuild(laptop.store)
    found = report(laptop, "calendar-year-2026")
    assert [one.name for one in found.groups["category"]] in ([], ["category:not-known"])
    figures.rows(laptop.store, found, found.incidents)


def test_support_of_an_organisation_that_was_removed_still_counts_once(laptop: Laptop) -> None:
    incident = opened(laptop, "covid")
    for _ in range(2):
        victim = victims.add_victim(laptop.session, incident, organisation="RZZ").id
        victims.add_action(laptop.session, victim, "VS01", status="successful", done="2020-03-04 10:00")
    write_raw(laptop, body(laptop, "organisation", "ods:RZZ", "_deleted", True))
    with laptop.store.write():
        projections.rebuild(laptop.store)
    found = report(laptop, campaign="covid")
    assert found.victims.count == 1
    (row,) = figures.rows(laptop.store, found, found.victims)
    assert (row["organisation"], len(row["actions"])) == ("RZZ", 2)


def test_what_is_withheld_makes_every_number_at_least(two: list[Laptop]) -> None:
    one, other = two
    opened(one, reported="2020-03-03")
    secret = opened(one, reported="2020-03-04")
    incidents.classify(one.session, secret, label="RED")
    other.merge(one.export(other))
    found = report(other)
    assert (found.incidents.count, found.incidents.said, found.partial) == (1, "at least 1", True)
    assert report(one).incidents.said == "2"


def test_two_records_of_one_person_count_once_and_erasing_or_undoing_leaves_it_so(laptop: Laptop) -> None:
    incident = opened(laptop, "covid")
    for name in ("Jo", "J."):
        victim = victims.add_victim(laptop.session, incident, person=name).id
        victims.add_action(laptop.session, victim, "VS01", status="successful", done="2020-03-04 10:00")
    one, other = (row["person"] for row in laptop.rows("victim"))
    people.same(laptop.session, one, other)
    assert report(laptop).victims.count == 1
    undo(laptop.session)
    assert report(laptop).victims.count == 2
    redo(laptop.session)
    people.erase(laptop.session, one)
    assert report(laptop).victims.count == 1
    assert projection_differences(laptop.store) == []


def test_an_incident_names_its_campaign_as_that_is_called_now(laptop: Laptop) -> None:
    campaigns.new(laptop.session, "Qakbot", aliases=["Qbot"])
    one, other = opened(laptop, "Qakbot"), opened(laptop, "Pikabot")
    campaigns.set_field(laptop.session, campaigns.find(laptop.store, "Qakbot"), "name", "Operation Duck")
    shown = {row["id"]: row["campaign"] for row in lookup.listing(laptop.store, "incident")}
    assert shown == {one: "Operation Duck", other: "Pikabot"}
    undo(laptop.session)
    assert lookup.one(laptop.store, "incident", one)["campaign"] == "Qakbot"  # type: ignore[index]


def test_a_trusts_own_windows_are_taken_whole_or_refused_with_a_sentence(laptop: Laptop) -> None:
    folder = laptop.store.path.parent / "policies"
    folder.mkdir()
    path = folder / reporting_windows.NAME
    path.write_text(
        '{"windows": [{"code": "board", "name": "Board year", "span": "year", "month": 7}], "left_out": []}'
    )
    assert reporting_windows.read(laptop.store, laptop.clock(), "board-2020").start.month == 7
    for broken in ("{", '{"windows": []}', '{"windows": [{"code": "x"}]}', "\udcff"):
        path.write_bytes(broken.encode("utf-8", "surrogateescape"))
        found = report(laptop)
        assert found.fault.startswith("The trust's own file of reporting windows was refused")
