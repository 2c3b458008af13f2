"""Rules for suggestions: each fits its example and not the other, and a file with a fault is refused."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.triage_rules import Proposal, Rules, propose, read, texts_of
from triage_app.paths import resources
from triage_app.services.vocabularies import categories, rsit_types

DATA: dict[str, Any] = json.loads((resources() / "policies" / "suggestions.json").read_text("utf-8"))


def rules(data: Any = DATA) -> Rules:
    return read(data, rsit_types(), categories())


def of(*titles: str, **more: str) -> Proposal:
    return propose(rules(), [{"title": title, **more} for title in titles])


@pytest.mark.parametrize("item", DATA["rules"], ids=lambda item: item["id"])
def test_each_rule_fits_the_example_it_names_and_not_the_other(item: dict[str, Any]) -> None:
    (rule,) = [one for one in rules().rules if one.id == item["id"]]
    assert rule.match(texts_of(item["matches"])) is not None
    assert rule.match(texts_of(item["misses"])) is None


@pytest.mark.parametrize("item", DATA["rules"], ids=lambda item: item["id"])
def test_each_phrase_of_each_rule_is_found_where_it_stands_alone(item: dict[str, Any]) -> None:
    (rule,) = [one for one in rules().rules if one.id == item["id"]]
    for phrase in item["any"]:
        found = rule.match(texts_of({rule.fields[0]: f"Say: {phrase.replace('*', 'x').upper()}."}))
        assert found is not None, phrase


def test_class_severity_and_category_come_with_the_rule_that_says_so() -> None:
    found = of("Beacon to known loader, ward 7B")
    assert (found.rsit, found.severity, found.category) == ("malicious-code/infected-system", 75, 4)
    assert [(match.rule.id, match.field, match.words) for match in found.why] == [("beacon", "title", "beacon")]


def test_what_is_used_in_care_counts_for_more_and_suggests_nothing_alone() -> None:
    assert of("Phishing on a theatre workstation").severity == 65
    assert of("Antivirus pattern 9 days old", host="PATHOLOGY-01") == Proposal(version="2026-11")
    assert of("Ransom note", host="ICU-01").severity == 100


def test_of_several_alerts_the_worst_severity_and_the_worst_category_count() -> None:
    found = of("Phishing: rota change", "Ransom note on a server", "Port scan of the estate")
    assert (found.rsit, found.severity, found.category) == ("malicious-code/infected-system", 95, 3)


def test_what_the_source_reports_goes_before_unless_it_reports_that_of_everything() -> None:
    found = of("Port scan of the estate", rsit="intrusion-attempts/exploit")
    assert (found.rsit, found.by_source) == ("intrusion-attempts/exploit", True)
    assert found.category == 5
    assert of("Port scan of the estate", rsit="intrusion-attempts/ids-alert").rsit == "information-gathering/scanner"
    assert of("Nothing known", rsit="intrusion-attempts/ids-alert").rsit == "intrusion-attempts/ids-alert"


def test_parts_of_words_are_not_found() -> None:
    assert not of("Metropolitan fax, itunes, swirl pool").says_anything
    assert not of("The beaco is red").says_anything


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_looked_through_and_only_known_codes_come_of_it(title: str, detail: str) -> None:
    found = propose(rules(), [{"title": title, "detail": detail}])
    assert not found.rsit or found.rsit in rsit_types()
    assert found.category is None or found.category in categories()
    assert found.severity is None or 0 <= found.severity <= 100


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (lambda rule: rule.pop("id"), "without an id"),
        (lambda rule: rule.update(propose={}), "suggests nothing"),
        (lambda rule: rule.update(propose={"colour": 1}), "suggests nothing"),
        (lambda rule: rule.update(propose={"rsit": "a/b"}), "class that RSIT"),
        (lambda rule: rule.update(propose={"severity": 101}), "outside 0 to 100"),
        (lambda rule: rule.update(propose={"severity": True}), "outside 0 to 100"),
        (lambda rule: rule.update(propose={"category": 7}), "category that there is not"),
        (lambda rule: rule.update(within=["rest"]), "looks where nothing is"),
        (lambda rule: rule.update(any=[]), "looks for nothing"),
        (lambda rule: rule.update(any=["*"]), "nothing to look for"),
        (lambda rule: rule.update(any=["a*b"]), "nothing to look for"),
        (lambda rule: rule.update(any="ransom"), "no list"),
        (lambda rule: rule.update(because=" "), "no reason in words"),
        (lambda rule: rule.pop("misses"), "has no example"),
        (lambda rule: rule.update(matches={"title": "A quiet night"}), "fails its own examples"),
        (lambda rule: rule.update(misses=rule["matches"]), "fails its own examples"),
        (lambda rule: rule.update(id="beacon"), "two rules are called beacon"),
    ],
)
def test_a_file_with_a_fault_is_refused_whole_with_what_is_wrong(fault: Any, said: str) -> None:
    data = copy.deepcopy(DATA)
    fault(data["rules"][0])
    with pytest.raises(ValueError, match=said):
        rules(data)
