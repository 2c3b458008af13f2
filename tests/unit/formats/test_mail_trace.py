from __future__ import annotations

from triage_app.formats.mail_headers import read_block
from triage_app.formats.mail_trace import Trace, trace


def traced(*lines: str) -> Trace:
    data = ("\r\n".join(lines) + "\r\n\r\n").encode()
    return trace(read_block(data, 0, len(data), [])[0])


OUTSIDE = "Received: from evil.example (helo [192.0.2.1]) ([198.51.100.7]) by mx.trust.example with SMTP; x"


def test_the_topmost_result_of_each_method_counts() -> None:
    found = traced(
        "Authentication-Results: mx.trust.example; spf=fail (a; b) smtp.mailfrom=e.example; dmarc=fail header.from=x",
        "Authentication-Results: mx.trust.example; spf=pass; dkim=pass header.d=e.example; dkim=fail",
        OUTSIDE,
    )
    assert found.verdicts == {"spf": "fail", "dmarc": "fail", "dkim": "pass/fail"}
    assert found.in_words() == "SPF fail, DKIM pass/fail, DMARC fail"
    assert found.checks[0] == {
        "header": "Authentication-Results",
        "by": "mx.trust.example",
        "method": "spf",
        "result": "fail",
        "about": "smtp.mailfrom=e.example",
    }


def test_a_result_that_the_sender_wrote_himself_counts_for_nothing() -> None:
    found = traced(
        OUTSIDE, "Authentication-Results: gmail.example; spf=pass; dkim=pass; dmarc=pass", "From: a@b.example"
    )
    assert found.in_words() == "no SPF, DKIM or DMARC result"
    assert [check["counts"] for check in found.checks] == ["no: stood in the mail as it was sent"] * 3


def test_a_result_in_our_own_servers_name_below_where_the_mail_came_in_is_the_senders_word() -> None:
    found = traced(
        "Received: from mx.trust.example (10.1.1.1) by store.trust.example; x",
        "Authentication-Results: mx.trust.example; dmarc=fail",
        OUTSIDE,
        "Authentication-Results: mx.trust.example; spf=pass; dkim=pass",
        "Received-SPF: Pass (mx.trust.example: domain of b.example) client-ip=203.0.113.99;",
        "Received: from bank.example ([203.0.113.98]) by mx.trust.example; x",
    )
    assert found.verdicts == {"dmarc": "fail"}
    assert found.sender_ip == "198.51.100.7"


def test_results_without_a_name_and_with_the_address_that_sent_are_read() -> None:
    found = traced(
        "Authentication-Results: spf=softfail (sender IP is 203.0.113.5) smtp.mailfrom=a.example;dkim=none",
        "Received-SPF: Fail (protection.example: domain of a.example) client-ip=203.0.113.6;",
        OUTSIDE,
    )
    assert found.verdicts == {"spf": "softfail", "dkim": "none"}
    assert found.sender_ip == "203.0.113.5"


def test_results_of_an_arc_set_are_kept_and_do_not_count() -> None:
    found = traced("ARC-Authentication-Results: i=1; mx.example; dmarc=pass", OUTSIDE)
    assert not found.verdicts
    assert [(check["by"], check["method"]) for check in found.checks] == [("mx.example", "dmarc")]


def test_the_sending_address_is_what_our_first_server_saw_and_not_what_the_sender_called_itself() -> None:
    inside = "Received: from mx.trust.example (10.1.1.1) by store.trust.example; x"
    forged = "Received: from bank.example ([203.0.113.99]) by evil.example; x"
    assert traced(inside, OUTSIDE, forged).sender_ip == "198.51.100.7"
    assert traced("X-Originating-IP: [203.0.113.4]").sender_ip == "203.0.113.4"
    assert traced(inside).sender_ip == ""
    assert traced("Received: from a ([IPv6:2001:db8::7]) by b; x").sender_ip == "2001:db8::7"
    assert traced("Received: from x ([999.1.1.1]) by y; x").sender_ip == ""


def test_the_route_is_kept_newest_first() -> None:
    found = traced(OUTSIDE, "Received: (qmail 1 invoked from network); 7 Nov 2004 21:30:59 -0000")
    assert found.route == [
        {"from": "evil.example", "ip": "198.51.100.7", "by": "mx.trust.example", "at": "x"},
        {"at": "7 Nov 2004 21:30:59 -0000"},
    ]
