from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.mail_support import HEADERS, compound, mail, message, multipart
from tests.unit.formats.reading_support import Read, read_bytes
from triage_app.domain.evidence import ALERT
from triage_app.formats import mail as mail_format
from triage_app.formats.head import Head
from triage_app.formats.secrets import mask_text

SAMPLES = Path(__file__).parents[2] / "data" / "formats" / "mail"


def read(data: bytes) -> Read:
    return read_bytes(data, format="mail")


def only(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    found = read(data)
    assert len(found.rows) == 1
    assert not found.rejects
    return found.rows[0], found.raw(0)


def recognised(text: str) -> bool:
    data = text.encode()
    return mail_format.recognise(Head(data, text, "x", complete=True, encoding="utf-8")) is not None


def test_a_phishing_mail_fills_the_columns_and_is_kept_whole() -> None:
    row, raw = only((SAMPLES / "phishing.eml").read_bytes())
    assert row["kind"] == ALERT
    assert row["title"] == "Your November payslip – action needed"
    assert row["reference"] == "payslip-7781@mailer.example"
    assert (row["user"], row["host"]) == ("payroll@nhs-payroll.example", "nhs-payroll.example")
    assert row["src"] == "192.0.2.44"
    assert row["url"] == "https://login.drop.example/?u=a.jones"
    assert row["detail"] == "SPF fail, DKIM none, DMARC fail; 3 links, 1 shows another address; 1 attachment"
    assert (row["category"], row["rsit"]) == ("phishing report", "fraud/phishing")
    assert (row["severity"], row["severity_rule"]) == (50, "unknown/1")
    assert row["seen_at"] == 1793697121000
    assert raw["attachments"] == [
        {
            "name": "pay\u202eslip.xls",
            "type": "application/vnd.ms-excel",
            "size": 13,
            "sha256": row["hash"],
            "sha1": hashlib.sha1(b"not a payslip").hexdigest(),
            "md5": hashlib.md5(b"not a payslip").hexdigest(),
        }
    ]
    assert "not a payslip" not in row["rest"]
    assert [link.get("real_target") for link in raw["links"] if link["shown"] == "Help"] == [
        "https://help.drop.example/in"
    ]


def test_addresses_links_and_hashes_are_found_as_tokens() -> None:
    row, raw = only((SAMPLES / "phishing.eml").read_bytes())
    words = (row["tokens"] + row["rest"]).lower()
    for wanted in ("collect@drop.example", "drop.example", "help.drop.example", "login.drop.example", "192.0.2.44"):
        assert wanted in words
    assert raw["attachments"][0]["md5"] in words


def test_a_report_shows_the_mail_that_was_reported_and_who_reported_it() -> None:
    row, raw = only((SAMPLES / "reported.eml").read_bytes())
    assert (row["title"], row["reference"]) == ("Your parcel waits", "parcel-1@sender.example")
    assert (row["user"], row["src"], row["url"]) == (
        "parcels@sender.example",
        "198.51.100.9",
        "http://pay.sender.example/fee",
    )
    assert row["detail"].endswith("reported by a.jones@trust.example")
    assert raw["reported_in"][0]["headers"][0] == ["From", "A. Jones <a.jones@trust.example>"]


def test_a_long_mail_with_another_attached_is_the_matter_itself() -> None:
    inner = mail(headers="From: x@y.example\r\nSubject: Inside\r\n")
    row, raw = only(multipart(("Content-Type: text/plain", "word " * 1000), ("Content-Type: message/rfc822", inner)))
    assert row["title"] == "Your mailbox is full"
    assert raw["attached_mails"][0]["headers"][1] == ["Subject", "Inside"]


def test_a_delivery_report_is_the_matter_itself_and_a_complaint_is_not() -> None:
    inner = mail(headers="From: x@y.example\r\nSubject: Inside\r\n")
    parts = ("Content-Type: text/plain", "It failed."), ("Content-Type: message/rfc822", inner)
    bounce = multipart(*parts, kind="report; report-type=delivery-status")
    complaint = multipart(*parts, kind="report; report-type=feedback-report")
    assert only(bounce.replace(b'status"', b"status").replace(b'"multipart', b"multipart"))[0]["title"] == (
        "Your mailbox is full"
    )
    assert only(complaint)[0]["title"] == "Inside"


def test_an_outlook_message_attached_to_a_mail_is_opened() -> None:
    outlook = compound(message({0x37: "In Outlook", 0x0C1F: "x@sender.example", 0x1000: "Pay."}))
    kind = "Content-Type: application/vnd.ms-outlook\r\nContent-Transfer-Encoding: base64"
    row, _ = only(multipart(("Content-Type: text/plain", "See."), (kind, base64.encodebytes(outlook))))
    assert row["title"] == "In Outlook"
    broken, _ = only(multipart((kind, base64.encodebytes(outlook[:1600]))))
    assert broken["title"] == "Your mailbox is full"


def test_a_mailbox_gives_a_row_a_mail_and_is_not_fooled_by_a_line_of_text() -> None:
    found = read((SAMPLES / "two.mbox").read_bytes())
    assert [row["title"] for row in found.rows] == ["The first", "The second"]
    assert "From the same hand" in found.raw(0)["bodies"][0]["text"]
    single = mail("Hello.\r\n\r\nFrom a@b.example Tue Nov  3 09:00:00 2026\r\nSubject: no\r\n")
    assert len(read(single).rows) == 1


def test_a_mail_without_subject_date_or_id_is_still_one_row() -> None:
    data = b"From: a@b.example\r\nTo: c@d.example\r\n\r\nHello.\r\n"
    row, _ = only(data)
    assert (row["title"], row["seen_at"], row["reference"]) == ("(no subject)", None, "")
    assert row["key"] == only(data)[0]["key"]
    assert row["key"] != only(data.replace(b"Hello", b"Goodbye"))[0]["key"]


@pytest.mark.parametrize(
    ("date", "seen_at"),
    [
        ("Tue, 3 Nov 2026 09:00:00 -0500", 1793714400000),
        ("Tue, 3 Nov 2026 09:00:00", 1793696405000),  # no zone: what the last server wrote
        ("3 Nov 3609 09:00:00 +0000", 1793696405000),
        ("", 1793696405000),
    ],
)
def test_the_time_is_the_mails_own_or_its_last_servers_and_never_a_guess(date: str, seen_at: int) -> None:
    data = mail(headers=HEADERS.replace("Date: Tue, 3 Nov 2026 09:00:00 +0000", f"Date: {date}"))
    assert only(data)[0]["seen_at"] == seen_at


SECRET_HEADERS = (
    "Authorization: Bearer hunter1\r\nProxy-Authorization: Basic\r\n hunter2\r\nCookie: a=1; b=hunter3\r\n"
    "Set-Cookie: =?utf-8?q?hunter4?=\r\nX-Api-Key: hunter5\r\nX-Auth-Token : hunter6\r\n"
)


def test_headers_that_let_somebody_in_are_masked_and_their_names_stay() -> None:
    bounce = multipart(("Content-Type: text/rfc822-headers", SECRET_HEADERS + "Subject: x"), kind="report")
    inner = multipart(("Content-Type: message/rfc822", mail(headers=SECRET_HEADERS + HEADERS)))
    for data in (mail(headers=SECRET_HEADERS + HEADERS), bounce, inner):
        row, raw = only(data)
        assert "hunter" not in str(row)
        assert "X-Api-Key" in str(raw)
        assert "[masked]" in str(raw)


def test_a_mailbox_masks_the_headers_of_each_mail() -> None:
    one = b"From a@b.example Tue Nov  3 09:00:00 2026\n" + mail(headers=SECRET_HEADERS + HEADERS).replace(b"\r", b"")
    found = read(one + b"\n" + one)
    assert len(found.rows) == 2
    assert "hunter" not in str(found.rows)


def test_a_mail_that_is_rejected_keeps_no_secret_header() -> None:
    kept = mask_text(mail(headers=SECRET_HEADERS + HEADERS).decode())
    assert "hunter" not in kept
    assert HEADERS in kept


def test_passwords_in_links_are_masked() -> None:
    row, raw = only(mail("Go to https://user:hunter2@drop.example/x"))
    assert row["url"] == "https://user:[masked]@drop.example/x"
    assert "hunter2" not in str(raw)


@pytest.mark.parametrize(
    "text",
    [
        "Subject: hello\n\nbody",
        "From: a@b.example\nTo: c@d.example\nSubject: x\n\nHello",
        "from: a@b.example\nsubject: x\n",
        "Received: from a by b; x\n folded\nDate: x\nFrom: a@b.example\nno header\nTo: x\nCc: y\nX-A: b\n\n",
        "From a@b.example Tue Nov  3 09:00:00 2026\nFrom: a@b.example\nTo: c\n\n",
        "From  : a@b.example\nTo  : c@d.example\n\n",
        "\n\nFrom: a@b.example\nTo: c\nSubject: d\n\nx",
    ],
)
def test_what_begins_like_a_mail_is_one(text: str) -> None:
    assert recognised(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "HTTP/1.1 200 OK\nDate: x\nContent-Type: text/html\nServer: y\n\n",
        "Date: x\nContent-Type: text/html\nServer: y\nCache-Control: z\n\n",
        "CEF:0|A|B|1|1|Subject: From: To:|5|src=1",
        "Nov  3 09:00:00 host sshd[1]: From: a To: b",
        "name: workflow\non: push\njobs:\n  build:\n    from: x\n",
        "title,from,to,subject\na,b,c,d\n",
        '{"from": "a", "to": "b", "subject": "c"}',
        "https://a.example/\nhttps://b.example/\n",
        "Subject: hello",
        "Subject: x\n\n203.0.113.7\n",
        "Subject: block these\n\nhxxps://evil[.]example/a was seen\n",
        "From here on\nTo: x\n",
    ],
)
def test_what_is_no_mail_is_left_alone(text: str) -> None:
    assert not recognised(text)


@pytest.mark.parametrize("recipients", [500, 20_000])
def test_a_mail_that_begins_with_a_long_list_of_recipients_is_one(recipients: int) -> None:
    to = ",\r\n ".join(f"nurse{number}@trust.example" for number in range(recipients))
    found = read_bytes(mail(headers=f"To: {to}\r\n" + HEADERS))
    assert found.begin is not None
    assert found.begin.format == "mail"
    assert found.rows[0]["title"] == "Your mailbox is full"


def test_a_mail_in_utf16_is_read() -> None:
    row, _ = only(("\ufeff" + mail("Grüße").decode()).encode("utf-16-le"))
    assert row["title"] == "Your mailbox is full"


def test_control_signs_in_a_subject_make_no_second_line_and_no_second_header() -> None:
    data = mail(headers="From: a@b.example\r\nSubject: =?utf-8?q?a=0D=0ABcc:_x=00y?= \u202egnp\r\n")
    row, raw = only(data)
    assert row["title"] == "a Bcc: x\u2400y \u202egnp"
    assert [header[0] for header in raw["headers"]] == ["From", "Subject", "Content-Type"]
