from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.unit.formats.reading_support import MAPPING, read_bytes, read_table
from triage_app.domain.evidence import REJECT_HEADERS
from triage_app.formats.secrets import MASK, is_secret, mask, mask_text


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "adminPassword",
        "db_password",
        "passwords",
        "user_pass",
        "passWord",
        "Set-Cookie",
        "PWD",
        "Password (2)",
    ],
)
def test_a_name_that_ends_as_a_secret_does_is_one(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ["passenger", "bypass", "password_policy_id", "token", "compass", "pass_count"])
def test_a_name_that_only_holds_such_letters_is_none(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    "record",
    [
        {"password": {"value": "hunter"}},
        {"object_relation": "password", "type": "text", "value": "hunter"},
        {"type": "password", "value": "hunter"},
        {"name": "Authorization", "value": "hunter"},
    ],
)
def test_a_secret_is_masked_wherever_its_name_stands(record: dict[str, object]) -> None:
    assert "hunter" not in json.dumps(mask(record))
    assert MASK in json.dumps(mask(record))


@pytest.mark.parametrize(
    "text",
    [
        '{"timestamp": "bad", "ftp": {"password": "hunter two"}}',
        '{"password":"hunter',
        "user=x password=hunter action=deny",
        "cookie: hunter; a=b",
        "see http://u:hunter@evil.example/",
    ],
)
def test_a_text_that_could_not_be_read_keeps_no_secret(text: str) -> None:
    assert "hunter" not in mask_text(text)


@pytest.mark.parametrize("text", ["", "passed by 203.0.113.4", "a;b;c", '{"bypass": 1}'])
def test_a_text_without_a_secret_is_kept_as_it_is(text: str) -> None:
    assert mask_text(text) == text


def test_a_rejected_line_is_kept_without_its_password() -> None:
    good = '{"timestamp":"2026-11-21T20:00:00+0000","event_type":"alert","alert":{"signature":"A","severity":1}}'
    bad = good.replace("2026-11-21T20:00:00+0000", "bad")[:-1] + ',"ftp":{"password":"hunter"}}'
    found = read_bytes(f"{good}\n{bad}\n".encode())
    assert len(found.rejects) == 1
    assert "hunter" not in str(found.rejects)
    assert MASK in str(found.rejects)


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ('never,A,hunter two,"x, y"', 'never,A,[masked],"x, y"'),
        ("never,A,,kept", "never,A,,kept"),
        ("never,hunter two,kept", "[masked],[masked],[masked]"),
        ("never,A,b,hunter two,kept", ",".join([MASK] * 5)),
        ('never,"A,hunter two,kept', MASK),
        ('never,A,"hunter "two",kept', MASK),
    ],
)
def test_a_rejected_row_of_a_table_is_kept_without_what_stands_under_a_secret_header(line: str, kept: str) -> None:
    mapping = replace(MAPPING, columns={"title": "What", "time": "Raised"}, zone_stated=True)
    found = read_table(f"Raised,What,Password,Rest\n{line}\n", mapping)
    assert [reject.text.rstrip() for reject in found.rejects] == [kept]


def test_a_rejected_row_that_is_read_again_is_masked_too() -> None:
    mapping = replace(MAPPING, columns={"title": "What", "time": "Raised"}, zone_stated=True)
    head = ",".join([*REJECT_HEADERS, "Raised", "What", "Password"])
    found = read_table(f"{head}\n2,bad,never,A,hunter\n", mapping)
    assert [reject.text.rstrip() for reject in found.rejects] == [f"never,A,{MASK}"]
