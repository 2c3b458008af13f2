from __future__ import annotations

from triage_app.cli.labelled import labelled


def test_a_record_is_lines_of_label_and_value_without_what_is_empty() -> None:
    record = {
        "id": "a1", "is_due": True, "title": "", "tags": ["x", "y"], "count": 0,
        "record": {"text": "one\ntwo", "parts": [{"name": "p", "size": 1}, {"name": "q"}]},
    }  # fmt: skip
    assert labelled(record).splitlines() == [
        "id      a1",
        "is due  yes",
        "tags    x, y",
        "count   0",
        "record",
        "  text   one",
        "         two",
        "  parts",
        "    - name  p",
        "      size  1",
        "    - name  q",
    ]


def test_nothing_is_said_to_be_none() -> None:
    assert labelled([]) == labelled({}) == "None."
