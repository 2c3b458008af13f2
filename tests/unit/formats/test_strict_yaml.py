from __future__ import annotations

import contextlib
import time

import pytest

from triage_app.formats.strict_json import BadRecord
from triage_app.formats.strict_yaml import loads


def test_words_and_numbers_mean_what_they_mean_in_json() -> None:
    found = loads(
        "a: [1, -2.5, 1e3, true, null, ~, 'yes', no, 12:30, 2026-11-21, 007, 0x1F, .inf, +5, '1', "
        '"2", 99999999999999999999]'
        "\nb: {c: d, e: }\nf: |\n  x\n  y\n? g\n: h\n"
    )
    words = ["yes", "no", "12:30", "2026-11-21", "007", "0x1F", ".inf", "+5", "1", "2", "99999999999999999999"]
    assert found == {
        "a": [1, -2.5, 1000.0, True, None, None, *words],
        "b": {"c": "d", "e": None},
        "f": "x\ny\n",
        "g": "h",
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: &x 1\nb: *x", "anchors and aliases"),
        ("b: *x", "anchors and aliases"),
        ("a: &x [1]", "anchors and aliases"),
        ("a: !!python/object/apply:os.system [id]", "tags"),
        ("a: !!str 5", "tags"),
        ("a: ! 5", "tags"),
        ("--- 1\n--- 2", "second document"),
        ("a: 1\na: 2", "there twice"),
        ("? [a]\n: 1", "a key is a list"),
        ("[" * 65 + "]" * 65, "deep"),
        ("a: b: c", "not valid YAML"),
        ("\x01", "not valid YAML"),
        ('a: "\\ud800"', "not valid YAML"),
        ("\ud800", "not valid UTF-8"),
        ("%TAG ! tag:x,2000:\n--- !a b", "tags"),
    ],
)
def test_what_refers_constructs_or_contradicts_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BadRecord, match=reason):
        loads(text)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 4_000_000,
        "{a: " * 1_000_000,
        "- " * 2_000_000,
        "[" + "1," * 1_900_000 + "]",
        "a\n" * 1_900_000,
        "a: >\n" + "  x\n\n" * 700_000,
        "{" + "a," * 1_900_000,
        "?\n" * 1_900_000,
        "'" * 3_900_000,
        "a b " * 900_000,
        "".join(f"k{number}:\n" for number in range(500_000)),
    ],
)
def test_hostile_documents_cost_little_time(text: str) -> None:
    began = time.monotonic()
    with contextlib.suppress(BadRecord):
        loads(text)
    assert time.monotonic() - began < 5
