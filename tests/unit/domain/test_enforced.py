"""What a policy may be, and what a value that does not fit comes to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain import enforced
from triage_app.services import set_by_it

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)

FITTING: list[tuple[str, Any, Any]] = [
    ("StoreFolder", "/srv/triage/store", "/srv/triage/store"),
    ("IdleLockMinutes", 10, 10),
    ("IdleLockMinutes", " 10 ", 10),
    ("PractiseStores", False, "off"),
    ("PractiseStores", 1, "on"),
    ("PractiseStores", "Off", "off"),
    ("HighestLabel", "amber", "TLP:AMBER"),
    ("HighestLabel", "TLP:AMBER+STRICT", "TLP:AMBER+STRICT"),
    ("TrustedCentres", ["AB" * 16, "ab" * 16], ("ab" * 16,)),
    ("TrustedCentres", [], ()),
    ("PartMegabytes", 2, 2),
    ("DropFolder", "/mnt/soc drop", "/mnt/soc drop"),
    ("Language", "cy", "cy"),
]

BAD: list[tuple[str, Any, Any]] = [
    ("StoreFolder", "triage", None),
    ("StoreFolder", "//files/soc/triage", None),
    ("StoreFolder", 7, None),
    ("StoreFolder", "/srv/\u202etriage", None),
    ("IdleLockMinutes", 0, 5),
    ("IdleLockMinutes", 241, 5),
    ("IdleLockMinutes", True, 5),
    ("IdleLockMinutes", "10 minutes", 5),
    ("IdleLockMinutes", 10.0, 5),
    ("PractiseStores", "perhaps", "off"),
    ("PractiseStores", 2, "off"),
    ("HighestLabel", "WHITE", "TLP:GREEN"),
    ("HighestLabel", ["TLP:RED"], "TLP:GREEN"),
    ("TrustedCentres", {"a": 1}, ()),
    ("TrustedCentres", ["ab" * 16, "nobody", 4], ("ab" * 16,)),
    ("PartMegabytes", 1, 2),
    ("DropFolder", "drop", ""),
    ("MergeUnasked", None, "off"),
    ("BackupFolder", "x" * 2000, ""),
    ("Language", "fr", None),
]


def held(name: str, untrusted: Any) -> enforced.Held:
    return enforced.held(set_by_it.schema()[name], untrusted, "a test")


@pytest.mark.parametrize(("name", "given_", "wanted"), FITTING)
def test_a_value_that_fits_is_taken_and_nothing_is_said_of_it(name: str, given_: Any, wanted: Any) -> None:
    one = held(name, given_)
    assert (one.value, one.problem) == (wanted, "")


@pytest.mark.parametrize(("name", "given_", "wanted"), BAD)
def test_a_value_that_does_not_fit_is_named_and_the_stricter_side_holds(name: str, given_: Any, wanted: Any) -> None:
    one = held(name, given_)
    assert one.value == wanted
    assert one.problem


@given(st.sampled_from(sorted(set_by_it.schema())), JSON)
def test_whatever_is_given_a_policy_has_a_value_that_it_may_have_or_says_why_not(name: str, untrusted: Any) -> None:
    one = held(name, untrusted)
    policy = one.policy
    if policy.kind == "number":
        assert policy.low <= one.value <= policy.high
    elif policy.kind == "list":
        assert all(len(each) == 32 for each in one.value)
    elif one.problem:
        assert one.value == policy.strict
    elif policy.options:
        assert one.value in policy.options


def test_every_policy_says_what_a_bad_value_comes_to_and_its_strict_value_is_one_it_may_have() -> None:
    for told in set_by_it.told()["policies"]:
        policy = set_by_it.schema()[told["name"]]
        assert told["when_bad"].endswith(".")
        assert all(told[part][code] for part in ("title", "does") for code in ("en", "cy"))
        if policy.strict and policy.kind != "folder":
            assert policy.read(policy.strict) == policy.strict
