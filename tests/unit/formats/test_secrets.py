from __future__ import annotations

import json

import pytest

from tests.unit.formats.reading_support import read_bytes
from triage_app.formats.secrets import MASK, is_secret, mask, mask_text


@pytest.mark.parametrize(
    "name", ["password", "adminPassword", "db_password", "passwords", "user_pass", "passWord", "Set-Cookie", "PWD"]
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
