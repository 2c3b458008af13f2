from __future__ import annotations

import hashlib
import time

import pytest

from tests.unit.formats.mail_support import mail, multipart
from tests.unit.formats.reading_support import read_bytes
from triage_app.formats.mail_message import MOST_BODY, MOST_DEPTH, MOST_PARTS, Mail, parse

H = "From: a@b.example\r\nSubject: x\r\n"


def texts(found: Mail) -> list[str]:
    return [body["text"] for body in found.bodies]


def test_parts_become_bodies_and_hashes_and_their_bytes_are_dropped() -> None:
    found = parse(
        multipart(
            ("Content-Type: text/plain; charset=iso-8859-1", b"Gr\xfc\xdfe"),
            ("Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64", "QUJD"),
        )
    )
    assert texts(found) == ["Grüße"]
    (item,) = found.attachments
    assert (item["name"], item["type"], item["size"]) == ("a.pdf", "application/pdf", 3)
    assert item["sha256"] == hashlib.sha256(b"ABC").hexdigest()
    assert (item["sha1"], item["md5"]) == (hashlib.sha1(b"ABC").hexdigest(), hashlib.md5(b"ABC").hexdigest())
    assert set(item) == {"name", "type", "size", "sha256", "sha1", "md5"}


def test_a_boundary_that_begins_like_another_is_not_taken_for_it() -> None:
    inner = b'Content-Type: multipart/alternative; boundary="cut_1"\r\n\r\n--cut_1\r\n\r\none\r\n--cut_1--\r\n'
    found = parse(mail(b"--cut\r\n" + inner + b"--cut\r\n\r\ntwo\r\n--cut--\r\nafter", "multipart/mixed; boundary=cut"))
    assert texts(found) == ["one", "two"]


@pytest.mark.parametrize(
    ("body", "expected", "note"),
    [
        ("no part begins", ["no part begins"], "parts announced, but none begins"),
        ("--cut\r\n\r\nopen\r\n", ["open"], "the last part does not end"),
        ("--cut\r\n\r\n--cut\r\n\r\nb\r\n--cut--", ["b"], ""),
        ("--cut--\r\n", [], "parts announced, but none begins"),
    ],
)
def test_broken_boundaries_lose_no_text(body: str, expected: list[str], note: str) -> None:
    found = parse(mail(body, "multipart/mixed; boundary=cut"))
    assert [text for text in texts(found) if "--cut" not in text] == expected
    assert (note in found.notes) if note else not found.notes


@pytest.mark.parametrize(
    ("encoding", "written", "expected"),
    [
        ("quoted-printable", b"a=C3=A9=\r\nb", "aéb"),
        ("Quoted Printable", b"=41", "A"),
        ('"quoted-printable";', b"=41", "A"),
        ("base64", b"w6k", "é"),
        ("base64", b"!w6k=!", "é"),
        ("x-uuencode", b"begin 644 a\n#04)#\n`\nend\n", "ABC"),
        ("", b"plain", "plain"),
        ("text/html", b"plain", "plain"),
    ],
)
def test_transfer_encodings_are_read_as_people_write_them(encoding: str, written: bytes, expected: str) -> None:
    assert texts(parse(mail(written, f"text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}"))) == [
        expected
    ]


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "unicode_escape", "rot13", "zip", "nonsense", "x" * 5000, "\u202e"]
)
def test_a_charset_that_is_none_is_read_as_what_it_looks_like(charset: str) -> None:
    assert texts(parse(mail(b"caf\xe9", f'text/plain; charset="{charset}"'))) == ["café"]


def test_half_a_character_never_leaves_a_decoder() -> None:
    assert texts(parse(mail("a+2AA-b", "text/plain; charset=utf-7"))) == ["a\ufffdb"]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('filename="..\\\\..\\\\CON"', "..\\..\\CON"),
        ("filename=/etc/passwd", "/etc/passwd"),
        ("filename*=utf-8''a%E2%80%AEgnp.exe", "a\u202egnp.exe"),
        ("filename*0=a; filename*1*=%20b; filename*2=.exe", "a b.exe"),
        ('filename="=?utf-8?b?w6kuZXhl?="', "é.exe"),
        ("filename*=koi8-r'ru'%C1.pdf", "\u0430.pdf"),
        ("filename*=%ZZ'x", "%ZZ'x"),
        ('filename="open', "open"),
    ],
)
def test_the_name_of_an_attachment_is_text_as_the_mail_says_it(header: str, name: str) -> None:
    found = parse(multipart((f"Content-Type: application/x\r\nContent-Disposition: attachment; {header}", "x")))
    assert [item["name"] for item in found.attachments] == [name]


def test_html_is_kept_as_the_text_that_it_shows() -> None:
    html = (
        "<html><head><title>t</title><style>p{}</style></head><body onload=x><script>evil()</script>"
        '<p>One &amp; two</p><img src="http://203.0.113.9/pixel.png"><div>three</div></body></html>'
    )
    found = parse(mail(html, "text/html"))
    assert texts(found) == ["One & two\nthree"]
    assert [(link.kind, link.target) for link in found.links.found] == [("picture", "http://203.0.113.9/pixel.png")]
    assert found.bodies[0]["sha256"] == hashlib.sha256(html.encode()).hexdigest()


def test_a_long_body_is_cut_and_says_so() -> None:
    found = parse(mail("a" * (MOST_BODY + 5)))
    assert len(texts(found)[0]) == MOST_BODY
    assert found.bodies[0]["cut"] == f"only the first {MOST_BODY} characters were read"
    assert found.bodies[0]["sha256"] == hashlib.sha256(b"a" * (MOST_BODY + 5)).hexdigest()


def test_mails_inside_mails_are_read_as_deep_as_the_limit() -> None:
    found = parse((H + "Content-Type: message/rfc822\r\n\r\n").encode() * 10_000)
    depth, mail_at = 0, found
    while mail_at.attached:
        depth, mail_at = depth + 1, mail_at.attached[0]
    assert depth == MOST_DEPTH
    assert "mails inside mails, too deep to be read" in mail_at.notes


def _nested(levels: int) -> bytes:
    parts = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(levels))
    return (H + parts).encode()


HOSTILE = {
    "parts nested 10,000 deep": _nested(10_000),
    "100,000 headers": (H + "X-A: b\r\n" * 100_000 + "\r\nhi").encode(),
    "a header of 10 MB": (H + "X-A: " + "a" * 10_000_000 + "\r\n\r\nhi").encode(),
    "a header folded 500,000 times": (H + "X-A: a\r\n" + " aaaaaaaa\r\n" * 500_000 + "\r\nhi").encode(),
    "encoded words without end": (H + ("X-S: " + "=?utf-8?q?a?= " * 4_000 + "\r\n") * 300 + "\r\nhi").encode(),
    "a boundary that never closes": mail("--zz\r\n\r\nhello " * 100_000, "multipart/mixed; boundary=zz"),
    "a boundary of a dash": mail("\r\n-" * 1_000_000, "multipart/mixed; boundary=-"),
    "500,000 parts": mail("--z\r\n\r\nx\r\n" * 500_000, "multipart/mixed; boundary=z"),
    "base64 that is none": mail(b"\xff!@#$" * 2_000_000, "application/x\r\nContent-Transfer-Encoding: base64"),
    "a million links": mail("".join(f"http://h{n}.example/\r\n" for n in range(1_000_000))),
    "a million links in HTML": mail(
        "".join(f"<a href=http://h{n}.example>http://g{n}.example</a>" for n in range(1_000_000)), "text/html"
    ),
    "quotes that never close": ("From: " + '"\\' * 30_000 + "\r\nSubject: x\r\n\r\n").encode(),
    "brackets without end": ("From: x\r\nTo: " + "(" * 60_000 + "\r\nSubject: x\r\n\r\n").encode(),
    "a megabyte of hexadecimal": mail("::1 " + "a" * 900_000),
    "parameters without end": mail("x", "text/plain" + "; a*0*=x" * 8_000),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_mail_is_one_row_in_bounded_time(data: bytes) -> None:
    started = time.process_time()
    found = read_bytes(data, format="mail")
    assert time.process_time() - started < 5
    assert len(found.rows) == 1
    assert found.raw(0)["headers"]


def test_more_parts_than_the_limit_are_not_looked_at_and_the_mail_says_so() -> None:
    found = parse(HOSTILE["500,000 parts"])
    assert len(found.bodies) < MOST_PARTS
    assert f"more than {MOST_PARTS} parts; the rest was not looked at" in found.notes


def test_old_macintosh_line_ends_are_read() -> None:
    assert texts(parse(mail("one\r\n").replace(b"\r\n", b"\r"))) == ["one"]
