from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.formats.strict_json import BadRecord, Splitter, loads

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=8), VALUES, max_size=4), max_size=6)


def split(text: str, size: int = 1 << 20) -> list[tuple[int, str, str]]:
    return list(Splitter(text[start : start + size] for start in range(0, len(text), size)))


@pytest.mark.parametrize(
    "text",
    [
        '{"a":NaN}',
        '{"a":Infinity}',
        '{"a":-Infinity}',
        '{"a":1,"a":2}',
        '{"a":{"b":1,"b":1}}',
        '{"a":1e999}',
        '{"a":9223372036854775808}',
        '{"a":-9223372036854775809}',
        '{"a":' + "9" * 5000 + "}",
        '{"a":"\\ud800"}',
        '{"a":"\\udc00\\ud800"}',
        '{"\\ud800":1}',
        "{'a':1}",
        '{"a":1,}',
        '{"a":"\n"}',
        "",
        "nul",
        '{"a":1}x',
        "\ufeff{}",
        '{"a":"\udc80"}',
        "[" * 100_000,
        '{"a":' * 100_000,
        "[" * 65 + "]" * 65,
    ],
)
def test_json_that_is_not_strict_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(BadRecord):
        loads(text)


@given(VALUES)
def test_strict_json_is_read_as_it_was_written(value: object) -> None:
    assert loads(json.dumps(value)) == value
    assert loads(json.dumps(value, ensure_ascii=False)) == value


def test_brackets_inside_texts_do_not_count_as_depth() -> None:
    assert loads(json.dumps({"a": "[{" * 500})) == {"a": "[{" * 500}


@given(OBJECTS, st.sampled_from(["array", "lines", "pretty", "pretty array", "together"]), st.integers(1, 40))
def test_records_are_found_however_the_stream_is_laid_out_and_cut(objects: list[object], shape: str, size: int) -> None:
    if shape == "array":
        text = json.dumps(objects)
    elif shape == "pretty array":
        text = json.dumps(objects, indent=2)
    elif shape == "lines":
        text = "".join(json.dumps(item) + "\n" for item in objects)
    elif shape == "pretty":
        text = "\n".join(json.dumps(item, indent=1) for item in objects)
    else:
        text = "".join(json.dumps(item, ensure_ascii=False).replace("\u2028", "") for item in objects)
        objects = [json.loads(json.dumps(item, ensure_ascii=False).replace("\u2028", "")) for item in objects]
    found = split(text, size)
    assert [reason for _, _, reason in found] == [""] * len(objects)
    assert [loads(record) for _, record, _ in found] == objects


def test_a_record_knows_the_line_where_it_begins() -> None:
    assert [line for line, _, _ in split('[\n{"a":1},\n\n {"b":\n2},{"c":3}]')] == [2, 4, 5]


@pytest.mark.parametrize(
    ("text", "good", "bad_lines"),
    [
        ('{"a":"cut off\n{"b":2}\n{"c":3}\n', 2, [1]),
        ('{"a":{"b":1\n{"b":2}\n', 1, [1]),
        ('{"a":1}\nnot json\n{"b":2}\n', 2, [2]),
        ('{"a":1}\n{"b":2', 1, [2]),
        ('[{"a":"x\n},\n{"b":1}]', 1, [1]),
        ('[{"a":1},{"b":', 1, [1]),
        ('[{"a":1}', 1, [1]),
        ('[{"a":1}] and more', 1, [1]),
        ('[{"a":1} {"b":2}]', 2, []),
        ('{"a":1},\n{"b":2}', 2, []),
        ("[1, 2]", 0, [1, 1]),
    ],
)
def test_a_broken_record_costs_itself_and_no_other(text: str, good: int, bad_lines: list[int]) -> None:
    for size in (1, 3, 1000):
        found = split(text, size)
        assert sum(not reason for _, _, reason in found) == good
    assert [line for line, _, reason in split(text) if reason] == bad_lines


@given(st.text(alphabet='{}[]",:\\ \na1', max_size=80), st.integers(1, 20))
def test_no_text_breaks_the_splitter_and_it_always_ends(text: str, size: int) -> None:
    for line, record, _ in split(text, size):
        assert 1 <= line <= text.count("\n") + 1
        assert record in text


def test_an_array_of_any_length_is_read_in_bounded_memory() -> None:
    def blocks() -> Iterator[str]:
        yield "["
        for _ in range(400):
            yield ('{"event_type":"alert","text":"' + "x" * 900 + '"},\n') * 100
        yield "{}]"

    tracemalloc.start()
    count = sum(1 for _ in Splitter(blocks()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 40_001
    assert peak < 3_000_000


def test_lines_made_to_be_read_again_and_again_end_soon() -> None:
    assert len(split('{"a":[{"b"\n' * 20_000)) >= 1
    assert len(split("[" + '{"a":"x\n' * 20_000)) >= 1


def test_a_record_over_16_mb_is_rejected_and_the_next_one_is_read() -> None:
    text = '{"a":"' + "x" * 17_000_000 + '"}\n{"b":2}\n'
    blocks = (text[start : start + (1 << 20)] for start in range(0, len(text), 1 << 20))
    (_, long, _), (line, record, reason) = Splitter(blocks)
    with pytest.raises(BadRecord, match="16 MB"):
        loads(long)
    assert (line, loads(record), reason) == (2, {"b": 2}, "")


def test_objects_without_a_line_break_between_them_are_each_read_once() -> None:
    one = '{"n": "' + "x" * 500 + '"}'
    text = one * 20_000
    found = list(Splitter(iter([text[at : at + 65_536] for at in range(0, len(text), 65_536)])))
    assert [found[0][1], found[-1][1], len(found)] == [one, one, 20_000]
    assert not any(reason for _, _, reason in found)
