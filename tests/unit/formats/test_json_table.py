"""Any JSON through a mapping: records made flat, nothing of them lost, and nothing guessed of their times."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import Any, Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.formats.reading_support import Read, read_bytes
from triage_app.domain.mapping import Mapping, header_fingerprint
from triage_app.errors import BadFile, NeedsMapping
from triage_app.formats.secrets import mask_json

WARD: Final = Mapping(
    "Ward sensors",
    "Ward",
    {"title": "event.name", "time": "event.at", "host": "device", "reference": "id", "severity": "level"},
    timezone="Europe/London",
)


def record(**more: Any) -> dict[str, Any]:
    event = {"name": "Door forced", "at": "2026-11-21T20:00:00"}
    return {"id": "A-1", "level": "high", "device": "pc1", "event": event, "tags": ["a", "b"], **more}


def read(data: Any, mapping: Mapping | None = WARD, **job: Any) -> Read:
    text = data if isinstance(data, str) else json.dumps(data)
    return read_bytes(text.encode(), mapping, **job)


# ---- how it comes --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        json.dumps([record(), record(id="A-2")]),
        json.dumps(record()) + "\n" + json.dumps(record(id="A-2")) + "\n",
        json.dumps(record(), indent=2) + "\n" + json.dumps(record(id="A-2"), indent=2),
        json.dumps({"total": 2, "items": [record(), record(id="A-2")], "next": None}),
        json.dumps({"page": {"of": [1, 2]}, "errors": [], "items": [record(), record(id="A-2")]}, indent=1),
    ],
    ids=["array", "lines", "pretty", "wrapped", "wrapped late"],
)
def test_records_are_found_however_they_come(text: str) -> None:
    found = read(text)
    assert [row["reference"] for row in found.rows] == ["A-1", "A-2"]
    assert [found.raw(0), found.raw(1)] == [record(), record(id="A-2")]
    assert found.begin is not None
    assert found.begin.format == "json"


def test_a_single_record_is_read_whole_and_an_object_with_two_lists_is_one() -> None:
    assert [row["reference"] for row in read(record()).rows] == ["A-1"]
    two = record(seen=[{"x": 1}], heard=[{"y": 2}])
    found = read(two)
    assert found.raw(0) == two


NESTED: Final = {"id": 1, "host": "x", "events": [{"at": "y", "what": "z"}, {"at": "v", "what": "w"}]}
HOSTS: Final = Mapping("Hosts", "Ward", {"title": "host", "reference": "id"})


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(NESTED),
        json.dumps([NESTED]),
        json.dumps(NESTED) + "\n" + json.dumps({**NESTED, "id": 2}),
        json.dumps(NESTED) + "\n" + json.dumps({**NESTED, "id": 2, "note": "x" * 400_000}),
        json.dumps([NESTED, {**NESTED, "id": 2}], indent=1),
    ],
    ids=["single", "array of one", "lines", "a long line behind it", "array"],
)
def test_a_record_that_has_a_list_of_objects_keeps_what_stands_around_it(text: str) -> None:
    found = read(text, HOSTS)
    assert [row["title"] for row in found.rows] == ["x"] * len(found.rows)
    assert found.raw(0) == NESTED
    assert len(found.rows) == text.count('"host"')
    assert found.rejects == []


@pytest.mark.parametrize("behind", [True, False])
def test_a_document_is_cut_into_its_records_and_what_they_do_not_carry_is_rejected(behind: bool) -> None:
    many = [record(id=f"A-{number}", note="x" * 500) for number in range(1_500)]
    outer = {"host": "x", "total": 1_500}
    found = read({"events": many, **outer} if behind else {**outer, "events": many})
    assert len(found.rows) == 1_500
    (reject,) = found.rejects
    assert "do not carry what stands around them: 'host'" in reject.reason
    assert json.loads(reject.text) == {"events": [], **outer}


def test_what_is_said_of_a_list_as_a_whole_is_counted() -> None:
    found = read({"title": "Doors", "version": 7, "status": "", "items": [record()]})
    assert [row["reference"] for row in found.rows] == ["A-1"]
    assert found.ignored == {"around the records: title": 1}


@pytest.mark.parametrize(
    "outer",
    [
        {"page": {"host": "x"}},
        {"version": {"major": 1}},
        {"title": {"text": "x"}},
        {"ids": [1, 2]},
        {"infected": False},
        {"id": 0},
    ],
)
def test_an_object_is_a_record_as_soon_as_something_around_its_list_could_be_missed(outer: dict[str, Any]) -> None:
    whole = {**outer, "items": [record(), record(id="A-2")]}
    name = read(whole, None, mode="preview").needs.headers[0]  # type: ignore[union-attr]
    found = read(whole, Mapping("Any", "Ward", {"title": name}))
    assert [found.raw(0)] == [whole]
    assert len(found.rows) == 1


def test_a_wrapper_longer_than_what_is_looked_at_gives_all_its_records() -> None:
    many = [record(id=f"A-{number}", note="x" * 500) for number in range(1_500)]
    found = read({"count": len(many), "items": many, "end": True})
    assert len(found.rows) == 1_500
    assert found.rejects == []


# ---- what is in it -------------------------------------------------------------------------------------
def test_what_lies_deeper_is_a_column_by_its_path_and_a_list_of_words_is_one_cell() -> None:
    offered = read([record()], None, mode="preview")
    assert offered.needs is not None
    assert list(offered.needs.headers) == ["id", "level", "device", "event.name", "event.at", "tags"]
    assert offered.needs.sample[0][-1] == "a; b"
    (row,) = read([record()]).rows
    assert (row["title"], row["host"], row["severity_raw"]) == ("Door forced", "pc1", "high")


@pytest.mark.parametrize("name", [" event ", "", "a.b", "€", "x" * 400])
def test_a_key_is_found_whatever_it_looks_like(name: str) -> None:
    offered = read([{"other": "x", name: "Door forced"}], None, mode="preview")
    assert offered.needs is not None
    mapping = dataclasses.replace(WARD, columns={"title": offered.needs.headers[1]})
    (row,) = read([{"other": "x", name: "Door forced"}], mapping).rows
    assert row["title"] == "Door forced"


def test_two_keys_that_look_alike_are_two_columns() -> None:
    data = [{"name": "first", "name ": "second"}]
    (row,) = read(data, dataclasses.replace(WARD, columns={"title": "name", "host": "name (2)"})).rows
    assert (row["title"], row["host"]) == ("first", "second")


def test_keys_that_come_later_than_the_sample_stay_in_the_record_and_are_findable() -> None:
    data = [record(id=f"A-{number}") for number in range(60)] + [record(id="late", sensor={"ip": "203.0.113.77"})]
    found = read(data)
    assert found.raw(60) == data[60]
    assert "203.0.113.77" in found.rows[60]["rest"]


def test_a_record_without_a_title_has_the_mappings_name() -> None:
    found = read(
        [record(), record(id="A-2", event={"at": "2026-11-21T20:00:00"}), record(id="A-3", event={"name": " "})]
    )
    assert [row["title"] for row in found.rows] == ["Door forced", "Ward sensors", "Ward sensors"]


def test_the_key_is_the_reference_and_without_one_what_the_record_says() -> None:
    plain = dataclasses.replace(WARD, columns={"title": "event.name", "time": "event.at", "host": "device"})
    later = {"name": "Door forced", "at": "2026-11-22T20:00:00"}
    first, same, other = read([record(), record(event=later), record(device="pc2")], plain).rows
    assert first["key"] == same["key"] != other["key"]
    first, same, other = read([record(), record(event=later), record(id="A-2")]).rows
    assert first["key"] == same["key"] != other["key"]


@pytest.mark.parametrize("absent", [{}, {"link": None}, {"link": ""}, {"link": " "}, {"link": []}])
def test_a_mapping_with_a_column_for_a_key_that_comes_and_goes_names_records_without_it_as_before(
    absent: dict[str, Any],
) -> None:
    plain = dataclasses.replace(WARD, columns={"title": "event.name", "time": "event.at", "host": "device"})
    wider = dataclasses.replace(plain, columns={**plain.columns, "url": "link"})
    (before,) = read([record()], plain).rows
    without, with_it = read([record(**absent), record(link="https://evil.example/")], wider).rows
    assert without["key"] == before["key"] != with_it["key"]


def test_a_value_that_every_record_shares_comes_from_the_mapping() -> None:
    mapping = dataclasses.replace(WARD, constants={"category": "door", "organisation": "RXX"})
    (row,) = read([record()], mapping).rows
    assert (row["category"], row["organisation"]) == ("door", "RXX")


# ---- times ---------------------------------------------------------------------------------------------
def test_the_hour_that_happens_twice_is_asked_for_and_read_as_was_answered() -> None:
    event = {"name": "Door forced", "at": "2026-10-25T01:30:00"}
    (reject,) = read([record(event=event)]).rejects
    assert "happened twice" in reject.reason
    assert json.loads(reject.text) == record(event=event)
    times = [
        read([record(event=event)], dataclasses.replace(WARD, twice=twice)).rows[0]["seen_at"]
        for twice in ("first", "second")
    ]
    assert times == [1_792_888_200_000, 1_792_891_800_000]


@pytest.mark.parametrize("shape", ["array", "lines"])
def test_times_without_a_zone_are_refused_until_somebody_says_where_the_clock_stands(shape: str) -> None:
    data = json.dumps([record()]) if shape == "array" else json.dumps(record()) + "\n" + json.dumps(record())
    offered = read(data, None, mode="preview")
    assert offered.needs is not None
    guess = offered.needs.suggestion
    assert not guess.zone_stated
    with pytest.raises(BadFile) as refused:
        read(data, guess)
    assert "do not say in which time zone" in refused.value.what
    assert "zone_stated" in refused.value.do
    answered = dataclasses.replace(guess, timezone="+01:00", zone_stated=True)
    assert read(data, answered).rows[0]["seen_at"] == 1_795_287_600_000


@pytest.mark.parametrize("at", ["2026-11-21T20:00:00Z", 1_795_291_200, "1795291200000", "2026-11-21"])
def test_a_time_that_says_its_zone_or_needs_none_asks_nothing(at: Any) -> None:
    offered = read([record(event={"name": "Door forced", "at": at})], None, mode="preview")
    assert offered.needs is not None
    assert offered.needs.suggestion.zone_stated


def test_dates_that_can_be_read_two_ways_are_refused_with_both() -> None:
    data = [record(event={"name": "Door forced", "at": "03/04/2026 10:00"})]
    offered = read(data, None, mode="preview")
    assert offered.needs is not None
    with pytest.raises(BadFile) as refused:
        read(data, offered.needs.suggestion)
    assert "3 April 2026" in refused.value.what
    assert "4 March 2026" in refused.value.what


# ---- mappings ------------------------------------------------------------------------------------------
def test_json_that_nobody_mapped_asks_for_a_mapping_and_a_remembered_one_answers() -> None:
    with pytest.raises(NeedsMapping):
        read([record()], None)
    names = ["id", "level", "device", "event.name", "event.at", "tags"]
    known = read([record()], None, mappings={header_fingerprint(names): WARD})
    assert [row["title"] for row in known.rows] == ["Door forced"]


def test_a_mapping_for_other_json_is_refused_naming_the_key() -> None:
    with pytest.raises(BadFile) as refused:
        read([{"a": 1, "b": 2}])
    assert "'event.name'" in refused.value.what


@pytest.mark.parametrize(
    "text", ['{"$schema":"http://x","a":1,"b":2}', "[1,2,3]", '[["a","b"],["c","d"]]', '[{"a":1}]', '{"a":[]}', "[[[["]
)
def test_what_holds_no_records_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(BadFile) as refused:
        read(text, None)
    assert refused.value.do.endswith(".")


# ---- harm ----------------------------------------------------------------------------------------------
def test_a_broken_record_costs_itself() -> None:
    lines = [json.dumps(record()), '{"id":"A-2","id":"A-3"}', json.dumps(record(id="A-4")), '{"id":NaN}', '"text"']
    found = read("\n".join(lines) + "\n")
    assert [row["reference"] for row in found.rows] == ["A-1", "A-4"]
    assert [reject.line for reject in found.rejects] == [2, 4, 5]
    sound = ",".join([json.dumps(record())] * 4)
    inside = read('{"items":[' + sound + ',7,"x",null,{"id":1e999}]}')
    assert len(inside.rows) == 4
    assert len(inside.rejects) == 4


@pytest.mark.parametrize("poison", ["NaN", "-Infinity", "1e999", '"\\ud800"', '"\\udc00\\ud800"', "9" * 400])
@pytest.mark.parametrize("mode", ["read", "preview"])
def test_poison_in_a_single_object_costs_the_record_that_it_is_in(poison: str, mode: str) -> None:
    text = '{"items":[' + json.dumps(record()) + ',{"id":"A-2","device":' + poison + "}]}"
    found = read(text, mode=mode)
    assert [row["reference"] for row in found.rows] == ["A-1"]
    assert len(found.rejects) == 1
    key = '{"items":[' + json.dumps(record()) + ',{"id":"A-2","\\ud800":' + poison + "}]}"
    assert read(key, None, mode="preview").needs is not None


def test_width_and_depth_cost_no_more_than_their_record() -> None:
    wide = record(**{f"key{number}": number for number in range(50_000)})
    deep = '{"id":"deep","event":' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}"
    started = time.process_time()
    found = read("\n".join([json.dumps(record()), json.dumps(wide), deep, json.dumps(record(id="A-9"))]) + "\n")
    assert [row["reference"] for row in found.rows] == ["A-1", "A-1", "A-9"]
    assert ["deeper" in reject.reason for reject in found.rejects] == [True]
    assert found.raw(1) == wide
    assert time.process_time() - started < 8  # a bound on harm, not a measure of speed


PLAIN: Final = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=20)


@settings(max_examples=60, deadline=None)
@example({"PASS": 0})
@given(st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner)))
def test_any_value_in_any_place_is_kept_whole_or_rejected(value: Any) -> None:
    for name in ("id", "level", "device", "event", "tags"):
        data = [record(), record(**{name: value})]
        found = read(data)
        assert len(found.rows) + len(found.rejects) == 2
        kept = [
            *data,
            *(json.loads(mask_json(json.dumps(item))) for item in data),
        ]  # a name of its own may name a secret
        assert all(found.raw(index) in kept for index in range(len(found.rows)))
