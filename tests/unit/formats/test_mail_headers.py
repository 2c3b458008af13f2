from __future__ import annotations

import pytest

from triage_app.formats.mail_coding import MOST_WORDS, decoded_words
from triage_app.formats.mail_headers import (
    MOST_BYTES,
    MOST_HEADERS,
    first_address,
    moment,
    read_block,
    without_comments,
)


def block(data: bytes) -> tuple[list[tuple[str, str]], bytes, list[str]]:
    notes: list[str] = []
    headers, body = read_block(data, 0, len(data), notes)
    return [(header.name, header.value) for header in headers], data[body:], notes


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("=?utf-8?B?w6k=?=", "é"),
        ("=?iso-8859-1?q?a=E9_b?= c", "aé b c"),
        ("=?utf-8?b?ww==?= =?utf-8?b?qQ==?=", "é"),  # a character spread over two words
        ("=?utf-8?q?a?=\t=?latin1?q?b?= c =?utf-8?q?d?=", "ab c d"),
        ("=?NONE?B?VEVTVA=?=", "TEST"),
        ("=?utf-8?b?!!!?=", ""),
        ("=?utf-8*en?q?a?=", "a"),
        ("=?utf-8?x?a?= =?", "=?utf-8?x?a?= =?"),
        ("=?unicode_escape?q?\\u0041?=", "\\u0041"),
        ("a\ud800b", "a\ufffdb"),
    ],
)
def test_encoded_words_are_decoded_as_far_as_they_go(written: str, read: str) -> None:
    assert decoded_words(written) == read


def test_a_bomb_of_encoded_words_is_decoded_up_to_a_limit() -> None:
    assert decoded_words("=?utf-8?q?a?= " * (MOST_WORDS + 1)).count("=?utf-8?q?a?=") == 1


def test_headers_are_unfolded_and_end_at_the_empty_line() -> None:
    headers, body, notes = block(b"A: one\r\n\ttwo\r\nB : three\r\n\r\nbody\r\n")
    assert headers == [("A", "one two"), ("B", "three")]
    assert body == b"body\r\n"
    assert not notes


def test_a_line_among_headers_that_is_none_keeps_its_place() -> None:
    headers, body, notes = block(b"A: one\nquite strange\nB: two\n\nbody")
    assert headers == [("A", "one"), ("", "quite strange"), ("B", "two")]
    assert (body, notes) == (b"body", ["a line among the headers is none"])


def test_headers_without_an_empty_line_end_where_the_text_begins() -> None:
    headers, body, notes = block(b"A: one\nThis is text.\nAnd more.\n")
    assert headers == [("A", "one")]
    assert (body, notes) == (b"This is text.\nAnd more.\n", ["no empty line between headers and body"])


def test_headers_are_limited_in_number_and_length() -> None:
    headers, body, notes = block(b"A: b\n" * (MOST_HEADERS + 50) + b"\nbody")
    assert (len(headers), body, len(notes)) == (MOST_HEADERS, b"body", 1)
    headers, body, notes = block(b"A: " + b"x" * MOST_BYTES * 2 + b"\nB: c\n\nbody")
    assert len(headers[0][1]) < MOST_BYTES
    assert (headers[1], body, len(notes)) == (("B", "c"), b"body", 1)


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        ("a@b.example", "", "a@b.example"),
        ("a@b.example (A. Name)", "A. Name", "a@b.example"),
        ('"it@trust.example" <x@evil.example>', "it@trust.example", "x@evil.example"),
        ("=?utf-8?q?Caf=C3=A9?= <a@b.example>, c@d.example", "Café", "a@b.example"),
        ("J. <j@machine(comment).  example>", "J.", "j@machine.example"),
        ("undisclosed recipients: ;", "", ""),
        ("A group: x@y.example, z@y.example;", "", "x@y.example"),
        ("nobody", "nobody", ""),
        ("<@relay.example:a@b.example>", "", "a@b.example"),
        ("Open <a@b.example", "Open", "a@b.example"),
        ('"never closed <a@b.example>', "never closed <a@b.example>", "<a@b.example>"),
        ("((((((", "", ""),
        ("", "", ""),
    ],
)
def test_the_first_address_is_the_one_that_is_written_to(written: str, name: str, address: str) -> None:
    assert first_address(written) == (name, address)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Tue, 3 Nov 2026 09:00:00 +0000", 1793696400000),
        ("3 Nov 26 10:00 +0100 (CET)", 1793696400000),
        ("Tue,  3 Nov 2026 04:00:00 EST", 1793696400000),
        ("Tue, 3 Nov 2026 09(x): 00 : 00 GMT", 1793696400000),
        ("Tue Nov  3 09:00:00 2026 +0000", 1793696400000),
        ("2026-11-03T09:00:00Z", 1793696400000),
        ("Tue, 3 Nov 2026 09:00:60 +0000", 1793696459000),
        ("Tue, 3 Nov 2026 09:00:00", None),
        ("Tue, 3 Nov 2026 09:00:00 BST", None),
        ("Tue, 31 Feb 2026 09:00:00 +0000", None),
        ("Tue, 3 Nov 2026 09:00:00 +9999", None),
        ("Tue, 3 Nov 3609 09:00:00 +0000", None),
        ("Pn, 29 paX 2007", None),
        ("9" * 5000, None),
        ("", None),
    ],
)
def test_a_date_is_read_if_it_names_a_moment(written: str, read: int | None) -> None:
    assert moment(written) == read


def test_comments_are_left_out_however_deep() -> None:
    assert without_comments('a (b (c) d) "(e)" f (').split() == ["a", '"(e)"', "f"]
