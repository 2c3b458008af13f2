from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.unit.formats.reading_support import HEADER, MAPPING, read_bytes, read_table
from triage_app.domain.evidence import REJECT_HEADERS
from triage_app.formats.secrets import MASK, is_secret, mask, mask_rejected, mask_text, mask_url


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


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("https://h.example/?password=hunter", f"https://h.example/?password={MASK}"),
        ("https://h.example/a?x=1&token=hunter&y=2#z", f"https://h.example/a?x=1&token={MASK}&y=2#z"),
        ("/login?user=a&amp;Access-Token=hunter", f"/login?user=a&amp;Access-Token={MASK}"),
        ("see https://h.example/?user[password]=hunter, then", f"see https://h.example/?user[password]={MASK} then"),
        ("https://h.example/?passage=1&tokens=2&id=3", "https://h.example/?passage=1&tokens=2&id=3"),
        ("https://h.example/?token=", "https://h.example/?token="),
        ("token=plain", "token=plain"),
        (f"?token={MASK}", f"?token={MASK}"),
    ],
)
def test_a_secret_in_the_query_of_a_url_is_masked(url: str, masked: str) -> None:
    assert mask_url(url) == masked
    assert mask({"a": [{"url": url}]}) == {"a": [{"url": masked}]}
    assert mask({"a": [{"url": url}]}, urls=False) == {"a": [{"url": url}]}


TOKEN = "hxxps://h[.]example/in?id=4&token=hunter"


@pytest.mark.parametrize(
    "data",
    [
        json.dumps({"id": "a", "title": "t", "alertWebUrl": "https://h.example/?token=hunter",
                    "createdDateTime": "2026-11-21T20:00:00Z", "description": TOKEN}),
        json.dumps({"timestamp": "2026-11-21T20:00:00+0000", "event_type": "alert",
                    "alert": {"signature": "A", "severity": 1},
                    "http": {"hostname": "h.example", "url": "/in?password=hunter", "protocol": "HTTP/1.1"}}),
        json.dumps({"type": "incident", "id": "incident--0b9e6f5c-7f2a-4c1e-9a59-000000000001", "name": "n",
                    "created": "2026-11-21T20:00:00Z", "description": TOKEN}),
    ],
    ids=["defender", "suricata", "stix"],
)  # fmt: skip
def test_the_url_of_an_alert_is_kept_without_the_secret_in_it(data: str) -> None:
    read = read_bytes(data.encode())
    assert len(read.of_kind("alert")) == 1
    assert "hunter" not in json.dumps(read.rows)
    assert "h.example" in json.dumps(read.rows).replace("[.]", ".")
    assert MASK in json.dumps(read.raw(0))


def test_the_url_of_a_row_in_a_mapped_table_is_kept_without_the_secret_in_it() -> None:
    read = read_table(HEADER + "2026-11-21T20:00:00Z,high,r1,Beacon,pc1,,https://h.example/?token=hunter&a=1,,\n")
    assert read.rows[0]["url"] == f"https://h.example/?token={MASK}&a=1"
    assert "hunter" not in json.dumps([read.rows, read.raw(0)])


def test_an_indicator_keeps_its_url_to_the_letter() -> None:
    url = "https://evil.example/?token=abc&password=def"
    event = {"uuid": "0b9e6f5c-7f2a-4c1e-9a59-2b4f6c1d2001", "info": "x", "date": "2026-11-21"}
    listed = {**event, "Attribute": [{"type": "url", "category": "Other", "value": url, "to_ids": True}]}
    read = read_bytes(json.dumps({"Event": listed}).encode(), format="misp")
    assert [row["value"] for row in read.of_kind("indicator")] == [url]
    assert read.raw(0)["value"] == url


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


@pytest.mark.parametrize(
    "record",
    [
        {"h": [{"name": "Cookie", "value": "hunter"}]},
        {"password": ["a1", "hunter"]},
        {"u": "http://u:hunter@h.example/"},
        {"credentials": {"user": {"name": "hunter"}}},
        {"password": {"values": ["hunter"]}},
        {"Name": "Password", "Value": "hunter"},
        {"key": "Authorization", "value": "hunter"},
        {"@Name": "Password", "#text": "hunter"},
        {"adminpassword": "hunter", "password2": "hunter", "db_pass": "hunter", "jwt": "hunter"},
        {"command": "PASS", "command_data": "hunter"},
    ],
)
def test_a_rejected_json_record_is_masked_as_a_kept_one_is(record: dict[str, object]) -> None:
    assert "hunter" not in json.dumps(mask(record))
    text = json.dumps({"event_type": "alert", **record})
    assert "hunter" not in mask_rejected(text)
    assert json.loads(mask_rejected(text))["event_type"] == "alert"


def test_a_reason_and_a_kind_that_repeat_a_secret_are_masked() -> None:
    found = read_bytes(b'{"event_type":"alert","timestamp":"password=hunter","alert":{"signature":"x"}}\n'
                       b'{"event_type":"password=hunter"}\n')  # fmt: skip
    assert "hunter" not in str(found.rejects)
    assert "hunter" not in str(found.ignored)


def test_a_password_of_a_misp_object_is_not_repeated_by_its_event() -> None:
    secret = {"type": "text", "object_relation": "password", "value": "hunter"}
    event = {"uuid": "0b9e6f5c-7f2a-4c1e-9a59-2b4f6c1d2001", "info": "x", "date": "2026-11-21",
             "Object": [{"name": "credential", "Attribute": [secret]}]}  # fmt: skip
    assert "hunter" not in json.dumps(read_bytes(json.dumps({"Event": event}).encode()).rows)
