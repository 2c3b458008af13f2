"""A trust's own file of policies is outside bytes: each fault is a sentence, and one refuses the whole."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app import paths
from triage_app.domain.clock_policies import BadPolicies, read

SHIPPED = json.loads((paths.resources() / "policies" / "clocks.json").read_text("utf-8"))


def test_every_policy_that_ships_names_its_source_and_when_it_was_read() -> None:
    for policy in read(SHIPPED).policies:
        assert policy.source
        assert policy.checked >= "2026-11-01"
        assert policy.basis


Change = Callable[[dict[str, Any]], Any]
FAULTS: list[tuple[str, Change, str]] = [
    ("unknown member", lambda p: p.update(colour="red"), "“colour”, which nothing reads"),
    ("no steps", lambda p: p.update(steps=[]), "needs “steps”"),
    ("a statutory clock that pauses", lambda p: p.update(pauses=True), "may not pause"),
    ("hours as text", lambda p: p["steps"][0].update(hours="72"), "needs “hours” as a number"),
    ("hours below nothing", lambda p: p["steps"][0].update(hours=-1), "needs “hours” as a number"),
    ("hours that are no number", lambda p: p["steps"][0].update(hours=float("nan")), "needs “hours” as a number"),
    ("a true for a number", lambda p: p.update(amber=True), "needs “amber” as a number"),
    ("red before amber", lambda p: p.update(amber=0.1, red=0.2), "turns red before"),
    ("an unknown nation", lambda p: p.update(nations=["Cornwall"]), "'Cornwall' in “nations”"),
    ("an unknown role", lambda p: p.update(roles=["king"]), "'king' in “roles”"),
    ("a bad code", lambda p: p.update(code="../x"), "a code is up to 40"),
    ("a date that never was", lambda p: p.update(checked="2026-02-30"), "as a date"),
    (
        "in force backwards",
        lambda p: p.update(in_force={"from": "2026-02-01", "to": "2026-01-01"}),
        "goes out of force",
    ),
    ("a duty that ends by itself", lambda p: p["steps"][0].update(stopped_by=["closed"]), "would end by itself"),
    ("a step after none", lambda p: p["steps"][0].update(after="later"), "comes “after” a step"),
    ("a hidden character", lambda p: p.update(name="A\u202eB"), "one line of at most"),
    ("no source", lambda p: p.pop("source"), "lacks “source”"),
]


@pytest.mark.parametrize(("change", "said"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_a_fault_is_a_sentence_that_names_the_policy(change: Change, said: str) -> None:
    data = copy.deepcopy(SHIPPED)
    change(data["policies"][0])
    with pytest.raises(BadPolicies) as refused:
        read(data)
    assert any(said in fault for fault in refused.value.faults), refused.value.faults
    assert all(fault.startswith(("Policy ", "The file ")) and fault.endswith(".") for fault in refused.value.faults)


def test_every_fault_is_told_at_once() -> None:
    data = copy.deepcopy(SHIPPED)
    data["policies"][0]["kind"] = "law"
    data["policies"][1]["steps"] = None
    data["policies"].append(data["policies"][2])
    with pytest.raises(BadPolicies) as refused:
        read(data)
    assert len(refused.value.faults) == 3


def test_an_authority_that_is_named_in_a_step_is_given_for_every_nation() -> None:
    data = copy.deepcopy(SHIPPED)
    del data["policies"][2]["authorities"]["Wales"]
    with pytest.raises(BadPolicies, match="who the authority is in Wales"):
        read(data)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.data(), values)
def test_no_shape_of_a_file_is_more_than_refused(data: st.DataObject, planted: Any) -> None:
    changed = copy.deepcopy(SHIPPED)
    node: Any = changed
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(node[key], dict | list) or not node[key] or data.draw(st.booleans()):
            node[key] = planted
            break
        node = node[key]
    with contextlib.suppress(BadPolicies):
        assert read(changed).policies
