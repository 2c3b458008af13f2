from __future__ import annotations

import json

import pytest

from tests.unit.formats.reading_support import read_bytes
from triage_app.formats.head import Head, beginning_of_json


def head(text: str, *, complete: bool = True) -> Head:
    return Head(text.encode(), text, "x", complete=complete, encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"value":[{"a":1,"b":[1,2,{"c":"x,y', {"value": [{"a": 1, "b": [1, 2, {}]}]}),
        ('[{"a":1},{"a":2},{"b"', [{"a": 1}, {"a": 2}, {}]),
        ('{"a":{"b":"c', {"a": {}}),
        ('{"a', {}),
        ("]", None),
        ("", None),
    ],
)
def test_what_is_open_is_closed_and_what_is_half_is_left_out(text: str, value: object) -> None:
    assert beginning_of_json(text) == value


@pytest.mark.parametrize("broken", ['{"cveID":', '{"cveID":"CVE-2","cveID":"CVE-2"}', "NaN", "9" * 5_000, '"\\ud800"'])
def test_a_broken_element_costs_itself_and_not_the_small_file_it_is_in(broken: str) -> None:
    good = json.dumps({"cveID": "CVE-2026-10001", "dateAdded": "2026-11-20", "vulnerabilityName": "x"})
    read = read_bytes(f'{{"catalogVersion":"1","vulnerabilities":[{good},\n{broken},\n{good}]}}'.encode())
    assert read.begin is not None
    assert read.begin.format == "kev"
    assert 1 <= len(read.rows) <= 2
    assert read.rejects


def test_one_object_several_and_an_array_are_told_apart() -> None:
    shapes = {
        text: getattr(head(text).json, "shape", None) for text in ('{"a":1}', '{"a":1}\n{"a":2}', "[1]", "a,b", "[]")
    }
    assert list(shapes.values()) == ["object", "objects", "array", None, None]


def test_the_root_of_xml_is_found_behind_whatever_stands_before_it() -> None:
    text = '<?xml version="1.0"?>\n<!-- a -- comment -->\n<!DOCTYPE nmaprun>\n<?style x?><nmaprun a="1">'
    assert head(text).root[0] == "nmaprun"
    assert head("<" * 100_000).root == ("", "")
