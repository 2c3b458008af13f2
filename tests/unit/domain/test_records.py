"""Names: random where two laptops must not meet, the same where they must."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.golden import golden
from triage_app.domain.evidence import Layout, evidence_id, fingerprint_key, reference_key, restore
from triage_app.domain.records import (
    CREATED,
    DELETED,
    KINDS,
    ClockName,
    campaign_id,
    clock_named,
    clock_step_id,
    link_id,
    new_id,
    organisation_id,
    reference,
    same_as_id,
)


def test_the_names_that_laptops_meet_in_are_those_of_the_first_release() -> None:
    assert golden("names") == {
        "campaign": campaign_id("Winter loader"),
        "organisation": organisation_id("ods", "RXX"),
        "same_as": same_as_id("a", "b"),
        "link": link_id("k" * 32, "e" * 32),
        "reference": reference("RXX", "K7M4", "V", 42),
    }


def test_a_clock_is_named_by_its_duty_its_subject_and_whose_it_is_for_ever() -> None:
    name = ClockName("uk-gdpr-33", "incident", "a" * 32, "ods:RXX", "controller")
    assert name.id == f"uk-gdpr-33/incident/{'a' * 32}/ods:RXX/controller"
    assert clock_named(name.id) == clock_named(clock_step_id(name.id, "notify")) == name
    for other in ("", "a/b", name.id + "x/", name.id.upper(), name.id.replace("ods:", "ods/"), f"x/{name.id}"):
        assert clock_named(other) != name


def test_the_keys_of_evidence_are_those_of_the_first_release() -> None:
    vector = golden("evidence")
    assert evidence_id("suricata-eve", vector["record"]) == vector["id"]
    assert evidence_id("csv", vector["record"]) != vector["id"]
    assert reference_key("Suricata", "1:9100110") == vector["reference_key"]
    assert fingerprint_key("csv/1", ["a", "é", ""]) == vector["fingerprint_key"]


@given(st.text(), st.text(), st.text(), st.text())
def test_neither_a_source_nor_a_value_can_pass_for_two(one: str, two: str, three: str, four: str) -> None:
    assert (fingerprint_key("r", [one, two]) == fingerprint_key("r", [three, four])) == ((one, two) == (three, four))
    assert fingerprint_key(one, [two]) != reference_key(one, two)


def test_new_names_are_random() -> None:
    names = {new_id() for _ in range(1000)}
    assert len(names) == 1000
    assert all(re.fullmatch(r"[0-9a-f]{32}", name) for name in names)


@given(st.text(), st.text())
def test_a_link_between_equals_has_one_name_from_either_side(one: str, other: str) -> None:
    assert same_as_id(one, other) == same_as_id(other, one)


def test_fields_are_known_once_and_personal_ones_are_among_them() -> None:
    for kind in KINDS.values():
        assert len(set(kind.fields)) == len(kind.fields)
        assert set(kind.personal) <= set(kind.fields)
        assert CREATED not in kind.fields
        assert DELETED not in kind.fields
    letters = [kind.reference_letter for kind in KINDS.values() if kind.reference_letter is not None]
    assert len(set(letters)) == len(letters)


words = st.text(max_size=6)
raw = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(words, raw, max_size=4), st.text(min_size=1, max_size=9))
def test_a_raw_record_is_put_together_again_from_column_and_rest(rest: dict[str, object], title: str) -> None:
    layout = Layout("suricata-eve", "Suricata", {"title": ("alert", "signature")})
    rest.pop("alert", None)
    record = {**rest, "alert": {"signature": title}}
    assert restore(layout, {"title": title}, {**rest, "alert": {}}) == record
    assert evidence_id("f", restore(layout, {"title": title}, {**rest, "alert": {}})) == evidence_id("f", record)
    assert Layout.from_json(layout.as_json()) == layout
