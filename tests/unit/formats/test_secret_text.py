from __future__ import annotations

import json
import time

import pytest

from tests.unit.formats.reading_support import MAPPING, Read, read_bytes
from triage_app.formats.secret_text import mask_log
from triage_app.formats.secrets import MASK, mask, mask_rejected


def kept(found: Read) -> str:
    """Everything that goes on from the reader."""
    return json.dumps([found.rows, found.rejects])


def test_json_kept_as_a_text_is_masked_inside_and_stays_a_text() -> None:
    inner = json.dumps({"User": "a", "db_password": "hunter", "more": json.dumps([{"api_key": "hunter2"}])})
    masked = mask({"ExtendedProperties": inner})["ExtendedProperties"]
    assert isinstance(masked, str)
    assert json.loads(masked)["db_password"] == MASK
    assert json.loads(json.loads(masked)["more"]) == [{"api_key": MASK}]
    assert "hunter" not in masked


@pytest.mark.parametrize(
    "text",
    [
        '{ "user" : "a",  "n": 1.10 }',
        '{"password": ""}',
        '{"token": "x"}',
        "[EXTERNAL] your password: see the note",
        "{password: in braces}",
        "[pass]",
    ],
)
def test_a_text_without_a_secret_in_json_stays_to_the_letter(text: str) -> None:
    assert mask({"a": text}) == {"a": text}


def test_json_that_was_cut_off_is_masked_as_a_text() -> None:
    assert "hunter" not in json.dumps(mask({"ExtendedProperties": '{"a": 1, "password": "hunter", "b": "cu'}))


def test_json_in_json_without_end_is_no_harm() -> None:
    text = '{"password":"hunter"}'
    for _ in range(12):
        text = json.dumps({"a": text})
    begun = time.process_time()
    mask({"a": text, "b": "[" * 100_000 + '"password"', "c": '{"a":' * 100_000 + '"password"'})
    assert time.process_time() - begun < 2


def test_an_indicator_that_is_json_stays_what_it_is() -> None:
    text = '{"password": "hunter"}'
    assert mask({"value": text}, urls=False) == {"value": text}


def test_an_extended_property_of_sentinel_keeps_no_secret() -> None:
    alert = {
        "TimeGenerated": "2026-11-21T20:00:00Z",
        "SystemAlertId": "a1",
        "AlertName": "x",
        "DisplayName": "Suspicious sign-in",
        "AlertSeverity": "High",
        "ProviderName": "P",
        "ExtendedProperties": json.dumps({"Client": "c", "client_secret": "hunter"}),
        "Entities": "[]",
        "Description": '{"password": "hunter"}',
    }
    found = read_bytes(json.dumps(alert).encode())
    assert len(found.rows) == 1
    assert "hunter" not in kept(found)
    assert json.loads(found.raw(0)["ExtendedProperties"]) == {"Client": "c", "client_secret": MASK}


def test_a_cell_of_a_table_that_is_json_keeps_no_secret() -> None:
    cell = '"{""user"":""a"",""password"":""hunter""}"'
    data = f"time,severity,ref,alert,host,src,url,detail,other\n2026-11-21T20:00:00Z,high,R,A,h,s,,{cell},{cell}\n"
    found = read_bytes(data.encode(), MAPPING)
    assert len(found.rows) == 1
    assert "hunter" not in kept(found)
    assert json.loads(found.rows[0]["detail"]) == {"user": "a", "password": MASK}
    assert found.raw(0)["other"] == found.rows[0]["detail"]


@pytest.mark.parametrize(
    "text",
    [
        "login user=a password=hunter from 192.0.2.1",
        'login password="hunter two" from 192.0.2.1',
        "login Password: hunter from 192.0.2.1",
        "login 'db_password': 'hunter two' from 192.0.2.1",
        "sent Authorization: Bearer hunter to 192.0.2.1",
        "sent Cookie: a=hunter; b=hunter from 192.0.2.1",
        "GET http://u:hunter@192.0.2.1/ HTTP/1.1",
        "GET /?user=a&password=hunter HTTP/1.1 192.0.2.1",
        'body {"user":"a","password":"hunter two"} from 192.0.2.1',
        'body {\\"user\\":\\"a\\",\\"password\\":\\"hunter two\\"} from 192.0.2.1',
        "POST / HTTP/1.1\r\nHost: 192.0.2.1\r\nX-Api-Key: hunter one\r\n\r\npwd=hunter&x=1",
        "USER 192.0.2.1\r\nPASS hunter\r\n",
        '{"a": "192.0.2.1", "password": "hunter"}',
    ],
)
def test_a_log_line_keeps_no_secret_and_all_else(text: str) -> None:
    masked = mask_log(text)
    assert "hunter" not in masked
    assert MASK in masked
    assert "192.0.2.1" in masked
    assert mask_log(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "Failed password for root from 203.0.113.4 port 22 ssh2",
        "password: incorrect for user root from 203.0.113.4",
        "authorization: denied for 203.0.113.4",
        "password: changed for root",
        "root : TTY=pts/0 ; COMMAND=/bin/ls NOPASSWD: ALL",
        "spf pass: 203.0.113.4 is permitted",
        "checks pass: 17 fail: 3",
        "bypass=203.0.113.4",
        "no password=none",
        "secret=null",
    ],
)
def test_a_log_line_that_speaks_of_a_secret_is_not_masked(text: str) -> None:
    assert mask_log(text) == text


def test_masking_a_long_line_takes_no_time() -> None:
    cookies = ("cookie: a=" * 100_000, "cookie: " + "a=b;" * 250_000, "cookie:" * 140_000)
    for text in ("password-" * 110_000, 'pass="' * 160_000, *cookies):
        begun = time.process_time()
        mask_log(text[:1_000_000])
        assert time.process_time() - begun < 3


@pytest.mark.parametrize(
    "line",
    [
        '<38>1 2026-11-21T20:00:00Z web app 1 - [a@1 user="x" password="hunter"] signed in from 192.0.2.1',
        "<38>1 2026-11-21T20:00:00Z web app 1 - - 192.0.2.1 signed in with password=hunter",
        '<38>1 2026-11-21T20:00:00Z web app 1 - - {"src":"192.0.2.1","password":"hunter"}',
        "CEF:0|V|P|1|7|Blocked|5|src=192.0.2.1 msg=signed in with Password: hunter",
        "LEEF:1.0|V|P|1|7|src=192.0.2.1\tmsg=signed in with Password: hunter",
    ],
)
def test_no_column_of_a_log_holds_the_secret_of_its_message(line: str) -> None:
    found = read_bytes(f"{line}\n".encode())
    assert len(found.rows) == 1
    assert "hunter" not in kept(found)
    assert MASK in kept(found)
    assert "192.0.2.1" in kept(found)
    found.raw(0)


def test_lines_that_differ_in_their_secret_are_one_matter() -> None:
    line = "<38>1 2026-11-21T20:00:00Z web app 1 - - denied with password={}"
    first, second = read_bytes("\n".join(map(line.format, ("hunter", "other"))).encode()).rows
    assert first["key"] == second["key"]


def test_a_payload_and_the_texts_of_a_request_keep_no_secret() -> None:
    event = {
        "timestamp": "2026-11-21T20:00:00+0000",
        "event_type": "alert",
        "src_ip": "192.0.2.1",
        "alert": {"signature": "A", "severity": 1},
        "payload_printable": "POST /a HTTP/1.1\r\nAuthorization: Basic hunter\r\n\r\npassword=hunter",
        "http": {"http_request_body_printable": "user=a&password=hunter", "http_user_agent": "curl"},
    }
    found = read_bytes(json.dumps(event).encode())
    assert len(found.rows) == 1
    assert "hunter" not in kept(found)
    assert "POST /a" in kept(found)


def test_the_line_behind_an_alert_of_wazuh_keeps_no_secret() -> None:
    alert = {
        "timestamp": "2026-11-21T20:00:00Z",
        "rule": {"level": 5, "description": "d", "id": "1"},
        "agent": {"id": "1", "name": "n"},
        "full_log": "app: login password=hunter from 192.0.2.1",
    }
    found = read_bytes(json.dumps(alert).encode())
    assert "hunter" not in kept(found)
    assert "192.0.2.1" in found.rows[0]["detail"]


def test_a_rejected_record_keeps_no_secret_one_level_down() -> None:
    record = json.dumps({"a": json.dumps({"password": "hunter", "b": 1})})
    assert "hunter" not in mask_rejected(record)
