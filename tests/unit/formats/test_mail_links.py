from __future__ import annotations

import time

import pytest

from triage_app.formats.mail_gateways import host_of, unwrapped
from triage_app.formats.mail_links import MOST_LINKS, Link, Links, read_html


def links_of(html: str) -> list[Link]:
    links = Links()
    read_html(html, links)
    return links.found


@pytest.mark.parametrize(
    ("shown", "target", "differs"),
    [
        ("https://portal.trust.example/x", "https://evil.example/x", True),
        ("portal.trust.example", "http://evil.example", True),
        ("hxxps://portal[.]trust[.]example", "http://evil.example", True),
        ("Sign in at www.trust.example now", "http://evil.example", True),
        ("www.trust.example", "https://trust.example/y", False),
        ("trust.example", "https://login.trust.example", False),
        ("trust.example", "https://trust.example.evil.example", True),
        ("https://trust.example", "https://trust.example@evil.example/", True),
        ("https://trust.example", "https:\\\\evil.example", True),
        ("Click here", "https://evil.example", False),
        ("invoice.pdf", "https://files.example/1", False),
        ("a@trust.example", "https://evil.example", False),
        ("www.trust.example", "mailto:x@evil.example", False),
        ("trust.example", "https://protect-eu.mimecast.com/s/abc", False),
        ("trust.example", "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Ftrust.example%2F", False),
        ("trust.example", "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fevil.example%2F", True),
    ],
)
def test_a_link_that_shows_another_address_is_told(shown: str, target: str, differs: bool) -> None:
    (link,) = links_of(f'<a href="{target}"><b>{shown}</b></a>')
    assert link.differs is differs
    assert (link.shown, link.target) == (shown, target)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<area href=//a.example>", [("link", "//a.example")]),
        ("<form action='http://a.example'>", [("form", "http://a.example")]),
        ('<meta http-equiv=refresh content="0; url=http://a.example/">', [("refresh", "http://a.example/")]),
        ("<v:roundrect href='http://a.example'>", [("shape", "http://a.example")]),
        ("<!--[if mso]><a href='http://a.example'>x</a><![endif]-->", [("link", "http://a.example")]),
        ("<a href='jav&#x09;ascript:alert(1)'>x</a>", [("link", "javascript:alert(1)")]),
        ('<a href="http://open.example', [("link", "http://open.example")]),
        ("<a href='#top'>x</a><img src=cid:1>", []),
        ("<script>'<a href=http://a.example>'</script>", []),
        ("<!-- <a href=http://a.example>x</a> -->", []),
        ("<a title=\">\" href='http://a.example'>x", [("link", "http://a.example")]),
        ("<A HREF = http://a.example/a/b >x</A>", [("link", "http://a.example/a/b")]),
    ],
)
def test_every_way_to_lead_somewhere_is_found(html: str, expected: list[tuple[str, str]]) -> None:
    assert [(link.kind, link.target) for link in links_of(html)] == expected


def test_addresses_in_text_are_found_without_what_surrounds_them() -> None:
    links = Links()
    links.add_from_text("See (http://a.example/x_(y)), <https://b.example>, hxxp://c[.]example/z. www.d.example!")
    assert [link.target for link in links.found] == [
        "http://a.example/x_(y)",
        "https://b.example",
        "hxxp://c[.]example/z",
        "www.d.example",
    ]


@pytest.mark.parametrize(
    ("wrapped", "real"),
    [
        (
            "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.example%2Fb&data=1",
            "https://a.example/b",
        ),
        ("https://urldefense.proofpoint.com/v1/url?u=http://a.example/&k=1", "http://a.example/"),
        ("https://urldefense.proofpoint.com/v2/url?u=http-3A__a.example_b-2Dc&d=1", "http://a.example/b-c"),
        ("https://urldefense.com/v3/__https://a.example/b*c__;Iw!!x$", "https://a.example/b#c"),
        ("https://urldefense.com/v3/__https:/a.example/**A__;IyM!!x$", "https://a.example/##"),
        ("https://linkprotect.cudasvc.com/url?a=https%3A%2F%2Fa.example&c=E", "https://a.example"),
        ("https://www.google.com/url?q=https://a.example/&sa=D", "https://a.example/"),
        (
            "https://x.safelinks.protection.outlook.com/?url=https%3A%2F%2Furldefense.com%2Fv3%2F__http%3A%2F%2Fa.example__%3B!!x",
            "http://a.example",
        ),
        ("https://x.safelinks.protection.outlook.com/?url=nonsense", ""),
        ("https://urldefense.com/v3/nonsense", ""),
        ("https://a.example/?url=https://b.example", ""),
    ],
)
def test_what_a_gateway_wrapped_is_unwrapped(wrapped: str, real: str) -> None:
    assert unwrapped(wrapped) == real


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://%61.example/", "a.example"),
        ("http://trust.example@evil.example/", "evil.example"),
        ("HTTP:/\\A.Example:80?x", "a.example"),
        ("http://[2001:db8::1]:80/", "2001:db8::1"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("mailto:a@b.example", ""),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_the_host_is_the_one_a_browser_would_go_to(url: str, host: str) -> None:
    assert host_of(url) == host


def test_links_are_kept_once_and_up_to_a_limit() -> None:
    links = Links()
    for number in range(MOST_LINKS + 10):
        links.add("link", "x", f"http://a.example/{number}")
        links.add("link", "x", f"http://a.example/{number}")
    assert len(links.found) == MOST_LINKS
    assert links.left_out == 20


@pytest.mark.parametrize(
    "piece", ["<!--", '<a x="', '<a x=\'b" y="', "<a", "<", "&", "&#", "<script>", "</", "<!", "<a href=x>", "&#9"]
)
def test_html_takes_time_that_grows_with_its_length_only(piece: str) -> None:
    started = time.process_time()
    read_html(piece * (1_000_000 // len(piece)), Links())
    assert time.process_time() - started < 5


def test_a_character_reference_without_end_is_left_as_it_is() -> None:
    assert read_html("&#" + "9" * 6_000 + "; b", Links()).endswith("; b")
