"""A value has one canonical byte string, and it never changes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.golden import golden
from triage_app.domain.canonical import INT64_MAX, MAX_DEPTH, canonical, digest, parse

plain_text = st.text(st.characters(exclude_categories=["Cs"]))
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-INT64_MAX - 1, INT64_MAX) | plain_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(plain_text, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("vector", golden("canonical"), ids=lambda vector: vector["hex"][:16])
def test_the_bytes_of_a_value_are_those_of_the_first_release(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    assert canonical(vector["value"]) == data
    assert parse(data) == vector["value"]
    assert digest("link1", data) == vector["digest"]


@given(values)
def test_every_value_survives_and_has_one_form(value: Any) -> None:
    data = canonical(value)
    assert parse(data) == value
    assert canonical(parse(data)) == data


@given(st.dictionaries(plain_text, st.integers(0, 9), min_size=2))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


@given(st.binary() | values.map(lambda value: json.dumps(value).encode()))
def test_bytes_that_are_not_canonical_are_a_value_error_and_nothing_else(untrusted: bytes) -> None:
    try:
        value = parse(untrusted)
    except ValueError:
        return
    assert canonical(value) == untrusted


@pytest.mark.parametrize(
    "untrusted",
    [
        b"", b" 1", b"1 ", b"1.0", b"1e3", b"-0", b"NaN", b"Infinity", b'{"b":1,"a":2}', b'{"a":1,"a":1}', b'{"a": 1}',
        b'"\\u00e9"', b'"\\/"', b'"\\ud800"', b"9223372036854775808", b"1" * 5000, b"[" * 100_000,
        b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2), b"\xef\xbb\xbf1", "1".encode("utf-16"), b"\xff",
    ],
)  # fmt: skip
def test_a_second_way_to_write_a_value_is_refused(untrusted: bytes) -> None:
    with pytest.raises(ValueError):
        parse(untrusted)


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), INT64_MAX + 1, -INT64_MAX - 2, "\ud800", {1: 2}, {"\udfff": 1}, b"x", {1, 2}, object()]
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        canonical(value)


def test_nesting_is_bounded() -> None:
    value: Any = 0
    for _ in range(MAX_DEPTH):
        value = [value]
    assert parse(canonical(value)) == value
    with pytest.raises(ValueError, match="deeply"):
        canonical([value])


def test_objects_count_as_nesting_as_lists_do() -> None:
    value: Any = 0
    for _ in range(MAX_DEPTH // 2):
        value = [{"a": value}]
    assert parse(canonical(value)) == value
    for deeper in ([value], {"a": value}):
        with pytest.raises(ValueError, match="deeply"):
            canonical(deeper)
        with pytest.raises(ValueError, match="deeply"):
            parse(json.dumps(deeper, separators=(",", ":")).encode())


@pytest.mark.parametrize(
    "value", [INT64_MAX, -INT64_MAX - 1, 0, True, None, [], {}, "", ["[" * 100, "{" * 100], ("x",)]
)
def test_the_largest_and_the_emptiest_have_a_form(value: Any) -> None:
    assert parse(canonical(value)) == (list(value) if isinstance(value, tuple) else value)


@pytest.mark.parametrize("digits", [b"9223372036854775808", b"-9223372036854775809", b"1" * 23, b"-" + b"1" * 23])
def test_a_number_beyond_64_bits_is_refused_for_what_it_is(digits: bytes) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        parse(digits)


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_no_hash_serves_two_purposes(one: bytes, other: bytes) -> None:
    assert digest("link1", one) != digest("body1", other)
    assert (digest("link1", one) == digest("link1", other)) == (one == other)
