from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.formats import json_members
from triage_app.formats.json_members import members


def records(text: str, size: int = 7, names: tuple[str, ...] = ("value", "items")) -> list[Any]:
    blocks = (text[start : start + size] for start in range(0, len(text), size))
    return [reason or json.loads(found) for _, found, reason in members(blocks, names)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a":1,"value":[{"x":1},{"x":2}],"b":{"c":[1,"]}"]}}', [{"x": 1}, {"x": 2}]),
        ('[{"x":1},{"x":2}]', [{"x": 1}, {"x": 2}]),
        ('{"x":1}\n{"x":2}\n', [{"x": 1}, {"x": 2}]),
        ('{"x":1}', [{"x": 1}]),
        ('{"value":[{"x":1}],"n":1}\n{"value":[{"x":2}]}\n', [{"x": 1}, {"x": 2}]),
        ('{"n":{"value":[1]},"items":[{"x":"\\"[{"}]}', [{"x": '"[{'}]),
        ('{"value":7}', [{"value": 7}]),
        ('{"value":[]}', []),
        ("", []),
    ],
)
def test_records_come_out_however_they_are_wrapped(text: str, found: list[Any]) -> None:
    assert records(text) == found
    assert records(text, 10_000) == found


def test_a_broken_record_in_a_list_costs_itself() -> None:
    text = '{"value":[{"x":1},\n{"x":,},\n{"x":3}]}'
    found = [(line, reason) for line, _, reason in members(iter((text,)), ("value",))]
    assert [line for line, _ in found] == [1, 2, 3]


def test_an_object_that_ends_nowhere_is_said_to() -> None:
    assert records('{"value":[{"x":1}],"n":')[-1] == (
        "the file ends inside the object that its list lies in: the end is missing"
    )
    assert "end is missing" in records('{"value":[{"x":1},{"x"')[-1]


def test_a_long_text_beside_the_list_does_not_hide_the_end() -> None:
    text = json.dumps({"before": {"a": "[{" * 50_000}, "value": [{"x": 1}], "after": {"a": "[{" * 50_000}})
    assert records(text, 100_000) == [{"x": 1}]


@pytest.mark.parametrize("text", ['{"id":1,"value":[{"x":1}]}', '{"value":[{"x":"}"}],"n":{},"id":[1]}'])
def test_an_object_that_is_a_record_itself_is_not_cut(text: str) -> None:
    assert [found for _, found, _ in members(iter((text,)), ("value",), unless="id")] == [text]
    assert [found for _, found, _ in members(iter((text,)), ("value",), unless="x")] != [text]


def test_the_line_of_a_record_is_counted_across_pages() -> None:
    page = '{\n"n": 1,\n"value": [\n{"x": 1},\n{"x":,}\n],\n"m": 2}\n'
    found = members(iter((page, page * 2)), ("value",))
    assert [line for line, _, _ in found] == [4, 5, 11, 12, 18, 19]


@pytest.mark.parametrize(
    "text",
    [
        '{"value":[{"x":1}],"after":"' + '\\"' * 200_000,
        '{"before":{"a":"' + '\\"' * 200_000,
        '{"value":[]}' * 30_000,
        '{"value":[{"x":1}]}' + '\n{"value":[{{{{{\n{}]}' * 1_500,
        '{"value":[{"x":1}],"after":' + "[" * 400_000,
    ],
    ids=["text without end behind", "text without end before", "small pages", "pages read again", "brackets"],
)
def test_text_made_to_be_read_again_and_again_ends_soon(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_members, "RESCAN", 1_000_000)
    began = time.process_time()
    for size in (100_000, 1_000_000):
        assert sum(1 for _ in members((text[at : at + size] for at in range(0, len(text), size)), ("value",))) < 10_000
    assert time.process_time() - began < 5


RECORD = st.dictionaries(st.text(max_size=3), st.text(max_size=5) | st.integers(), max_size=3)
NAME = st.text(max_size=4).filter(lambda name: name not in ("value", "items"))


@given(st.lists(RECORD, max_size=6), st.dictionaries(NAME, st.text(max_size=9), max_size=3), st.integers(1, 50))
def test_wherever_the_blocks_are_cut_the_same_records_come_out(
    inner: list[dict[str, Any]], outer: dict[str, str], size: int
) -> None:
    text = json.dumps({**outer, "value": inner, "after": "]}"}, ensure_ascii=False)
    before = json_members.LOOKED
    try:
        json_members.LOOKED = size  # type: ignore[misc]
        found = records(text, size)
    finally:
        json_members.LOOKED = before  # type: ignore[misc]
    # A list that begins beyond what is looked at is read with its object as a whole.
    assert found in (inner, [json.loads(text)])


def test_a_document_without_end_is_not_held() -> None:
    def endless() -> Any:
        yield '{"value":['
        for number in range(200_000):
            yield f'{{"x":{number}}},'
        yield '{"x":-1}]}'

    assert sum(1 for _ in members(endless(), ("value",))) == 200_001


TWICE = "around the list of records, which were read: the key 'value' is there twice"


@pytest.mark.parametrize("size", [7, 10_000])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"value":[{"x":1}],"value":[{"x":2}]}', [{"x": 1}, TWICE]),
        ('{"value":[{"x":1}],"n":0,\n"value":[{"x":2}]}\n{"value":[{"x":3}]}', [{"x": 1}, TWICE, {"x": 3}]),
        ('\ufeff{"value":7,"value":[{"x":1}]}', [{"x": 1}, TWICE]),
        ('{"value":[{"x":1}],"value":null}', [{"x": 1}, TWICE]),
        ('{"items":[{"x":1}],"value":[{"x":2},3]}', [{"x": 1}, {"x": 2}, "not a JSON object"]),
        ('{"value":[{"x":1}],"n":NaN}', [{"x": 1}, "around the list of records, which were read: NaN is not JSON"]),
    ],
)
def test_a_second_list_in_an_object_is_read_or_said_to_be_lost(text: str, found: list[Any], size: int) -> None:
    assert records(text, size) == found


def test_an_object_whose_key_is_there_twice_comes_with_its_second_list_so_that_it_can_be_mended() -> None:
    *_, last = members(iter(('{"n":1,"value":[{"x":1}],\n"value":[{"x":2}]}',)), ("value",))
    assert last[1] == '{"n":1,"value":[],\n"value":[{"x":2}]}'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"hits":{"n":1,"hits":[{"x":1}],"hits":[{"x":2}]}}', [{"x": 1}, "'hits' is there twice"]),
        ('{"hits":{"hits":[{"x":1}]},"hits":{"hits":[{"x":2}]}}', [{"x": 1}, "'hits' is there twice"]),
        ('{"hits":{"hits":[{"x":1}]},"data":{"hits":[{"x":2}]}}', [{"x": 1}, {"x": 2}]),
        ('{"hits":{"hits":[{"x":1}]},"data":{"hits":7}}', [{"x": 1}]),
    ],
)
def test_lists_that_lie_one_object_deeper_are_looked_at_the_same_way(text: str, found: list[Any]) -> None:
    read = list(members(iter((text,)), ("hits",), ("hits", "data")))
    assert [reason[-21:] or json.loads(one) for _, one, reason in read] == found


def test_what_follows_a_list_without_end_is_said_to_be_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_members, "MAX_RECORD", 10_000)
    text = '{"value":[{"x":1}],"value":[' + '{"x":2},' * 20_000 + "3]}"
    blocks = (text[at : at + 1_000] for at in range(0, len(text), 1_000))
    assert "longer than 16 MB" in list(members(blocks, ("value",)))[-1][2]
