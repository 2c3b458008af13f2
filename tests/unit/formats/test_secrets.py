from __future__ import annotations

import json

import pytest

from tests.unit.formats.reading_support import read_bytes
from triage_app.formats.secrets import MASK, is_secret, mask, mask_text, mask_url


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
        "X-Api-Key",
        "X-Auth-Token",
        "X-Amz-Security-Token",
        "Proxy-Authorization",
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
        "Authorization: Bearer hunter",
        "at 12:00 authorization: Basic hunter, denied",
        "Cookie: a=1; b=hunter",
        "X-Api-Key: one\r\n two hunter\r\nSubject: x",
        "GET /login?user=x&password=hunter HTTP/1.1",
    ],
)
def test_a_text_that_could_not_be_read_keeps_no_secret(text: str) -> None:
    assert "hunter" not in mask_text(text)


@pytest.mark.parametrize("text", ["", "passed by 203.0.113.4", "a;b;c", '{"bypass": 1}'])
def test_a_text_without_a_secret_is_kept_as_it_is(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter@evil.example/",
        "https://user:pa/hunter@evil.example/",
        "https://user:hunter@hunter@evil.example:8443/a?b=c@d.example",
        "https://user:pa?hunter#x@evil.example",
        "ftp://a.jones@trust.example:hunter@ftp.example/x",
        "hxxps[:]//user:hunter@evil[.]example/",
        "https://:hunter@[2001:db8::1]/example",
        "https://evil.example/a?x=1&password=hunter&y=2",
        "https://evil.example/a?x=1&amp;access_token=hunter",
        "https://evil.example/a?user%5Bpassword%5D=hunter",
        "/login?pwd=hunter",
    ],
)
def test_what_a_url_keeps_secret_is_masked(url: str) -> None:
    assert "hunter" not in mask_url(url)
    assert MASK in mask_url(url)
    assert "example" in mask_url(url) or url.startswith("/")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example:8443/a/b@c.example",
        "https://evil.example/a:b@c.example",
        "https://user@evil.example:443/x@y.example",
        "http://a.example:80,http://b.example/c@d.example",
        "https://[2001:db8::1]:8080/a@b.example",
        "file://C:/Users/a@b.example/x",
        "https://evil.example/?id=1&page=2",
        "https://evil.example/?passenger=1",
        "no url: a@b.example = c",
    ],
)
def test_a_url_that_keeps_nothing_secret_stays(url: str) -> None:
    assert mask_url(url) == url


def test_no_column_of_an_alert_holds_what_its_url_keeps_secret() -> None:
    event = "CEF:0|V|P|1|7|Blocked|5|src=192.0.2.1 request=https://u:a/hun.ter@evil.example/?token=hunter msg=x"
    (row,) = read_bytes(event.encode()).rows
    assert row["url"] == f"https://u:{MASK}@evil.example/?token={MASK}"
    assert "hun" not in json.dumps(row)


def test_a_rejected_line_is_kept_without_its_password() -> None:
    good = '{"timestamp":"2026-11-21T20:00:00+0000","event_type":"alert","alert":{"signature":"A","severity":1}}'
    bad = good.replace("2026-11-21T20:00:00+0000", "bad")[:-1] + ',"ftp":{"password":"hunter"}}'
    found = read_bytes(f"{good}\n{bad}\n".encode())
    assert len(found.rejects) == 1
    assert "hunter" not in str(found.rejects)
    assert MASK in str(found.rejects)
