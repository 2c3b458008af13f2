from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.indicator_types import MAX_VALUE, TYPES, typed
from triage_app.domain.indicators import canonical_domain, defang

MD5 = "44d88612fea8a8f36de82e1278abb02f"
SSDEEP = "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C"


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("evil.example", "domain", "evil.example"),
        ("  'EVIL.Example.' ,", "domain", "evil.example"),
        ("*.evil.example", "domain", "evil.example"),
        (".evil.example", "domain", "evil.example"),
        ("evil.example:8443", "domain", "evil.example"),
        ("évil.example", "domain", "xn--vil-9la.example"),
        ("evil\u3002example", "domain", "evil.example"),
        ("evil[.]example", "domain", "evil.example"),
        ("transfer.sh", "domain", "transfer.sh"),
        ("hxxps://Evil[.]example/A?b=C", "url", "https://evil.example/A?b=C"),
        ("https://evil.example", "url", "https://evil.example/"),
        ("evil.example/gate", "url", "http://evil.example/gate"),
        ("203.0.113.7:8080/gate.php", "url", "http://203.0.113.7:8080/gate.php"),
        ("http://[2001:DB8:0:0::1]:80/x", "url", "http://[2001:db8::1]:80/x"),
        ("203[.]0[.]113[.]7", "ipv4", "203.0.113.7"),
        ("203.0.113.7:443", "ipv4", "203.0.113.7"),
        ("203.0.113.7/32", "ipv4", "203.0.113.7"),
        ("2001:DB8:0:0:0:0:0:5", "ipv6", "2001:db8::5"),
        ("[2001:db8::5]:443", "ipv6", "2001:db8::5"),
        ("fe80::5%eth0", "ipv6", "fe80::5"),
        ("198.51.100.9/24", "cidr", "198.51.100.0/24"),
        ("2001:db8::/32", "cidr", "2001:db8::/32"),
        ("203.0.113.1-203.0.113.9", "ip-range", "203.0.113.1-203.0.113.9"),
        ("203.0.113.2-203.0.113.5", "ip-range", "203.0.113.2-203.0.113.5"),
        ("203.0.113.1 - 203.0.113.9", "ip-range", "203.0.113.1-203.0.113.9"),
        ("198.51.100.0-198.51.100.255", "cidr", "198.51.100.0/24"),
        ("203.0.113.9-203.0.113.9", "ipv4", "203.0.113.9"),
        ("2001:db8::1-2001:db8::3", "ip-range", "2001:db8::1-2001:db8::3"),
        (MD5.upper(), "md5", MD5),
        ("Ab" * 20, "sha1", "ab" * 20),
        ("AB" * 32, "sha256", "ab" * 32),
        ("ab" * 64, "sha512", "ab" * 64),
        (SSDEEP, "ssdeep", SSDEEP),
        ("384:q3zi", "ssdeep", "384:q3zi"),
        ("Ward.Clerk[@]Evil.example", "email", "ward.clerk@evil.example"),
        ("mailto:a@evil.example", "email", "a@evil.example"),
        ("cve-2026-10001", "cve", "CVE-2026-10001"),
        ("AS64500", "asn", "AS64500"),
        ("as-0064500", "asn", "AS64500"),
        ("abcdefghijklmnopabcdefghijklmnop", "browser-extension", "abcdefghijklmnopabcdefghijklmnop"),
        ("Invoice.docm", "filename", "Invoice.docm"),
    ],
)
def test_a_value_is_known_by_itself_and_written_in_one_way(text: str, kind: str, value: str) -> None:
    assert typed(text) == (kind, value)
    assert kind in TYPES


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "word", "two words", "e.g", "localhost", "1.2.3", "203.0.113.07", "203.0.113.256", "203.0.113.7."),
        *("see evil.example", "evil.example!", "(evil.example)", "-evil.example", "evil.example-", "@evil.example"),
        *("evil..example", "\u202eevil.example", "evil.example\0", "a b@evil.example", "198.51.100.0/33"),
        *(MD5 + "0", MD5[:-1], "g" + MD5[1:], "cve-2026-1", "CVE-2026-10001x", "xCVE-2026-10001", "AS4294967296"),
        *("12:30:15", "6:45pm", "12:30", "5:abc:def", "3:!:abc", "http://", "http://203.0.113.7 /x", "C:\\x\\y.exe"),
        *("203.0.113.9-203.0.113.1", "203.0.113.9-2001:db8::1", "x" * (MAX_VALUE + 1), "a." * 5_000 + "example"),
    ],
)
def test_what_is_no_whole_value_is_none(text: str) -> None:
    assert typed(text) is None


LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?", fullmatch=True)
DOMAIN = st.builds("{}.{}.example".format, LABEL, LABEL).filter(lambda name: canonical_domain(name) != "")
V4 = st.integers(0, 2**32 - 1).map(lambda number: str(IPv4Address(number)))
V6 = st.integers(2, 2**128 - 1).map(lambda number: IPv6Address(number).compressed)
NETWORK = st.builds(
    lambda number, length: str(IPv6Network((number, length), strict=False)),
    st.integers(0, 2**128 - 1),
    st.integers(8, 127),
)
URL = st.builds("{}://{}/{}".format, st.sampled_from(["http", "https", "ftp"]), DOMAIN | V4, LABEL)
MAIL = st.builds("{}@{}".format, LABEL, DOMAIN)
HASH = st.sampled_from([32, 40, 64, 128]).flatmap(lambda n: st.text("0123456789abcdef", min_size=n, max_size=n))
VALUE = DOMAIN | V4 | V6 | URL | MAIL | HASH | NETWORK


@given(st.text(max_size=80) | VALUE | st.text("0123456789abcdef.:/-@[]%", max_size=45))
def test_a_canonical_value_is_its_own_canonical_value(text: str) -> None:
    found = typed(text)
    if found is not None:
        assert typed(found[1]) == found
        assert found[0] in TYPES


@given(VALUE)
def test_a_value_is_itself_however_it_is_defanged(text: str) -> None:
    found = typed(text)
    assert found is not None
    assert found[1] == text
    assert typed(defang(text)) == found


@given(DOMAIN | V4 | V6 | HASH, st.sampled_from(["!", "-", "=", "\\", "\x00", "(", "%%", "x", "9", " x"]))
def test_a_longer_token_is_never_the_value_inside_it(text: str, more: str) -> None:
    whole = typed(text)
    assert typed(text + more) != whole
    assert typed(more + text) != whole
    assert typed("x" + more + text) != whole


@given(V4, st.sampled_from("0123456789"))
def test_a_digit_more_is_another_address_or_none(address: str, digit: str) -> None:
    for longer in (address + digit, digit + address):
        assert typed(longer) != ("ipv4", address)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("\uff11.\uff12.\uff13.\uff14", "ipv4", "1.2.3.4"),
        ("\uff11\uff0e\uff12\uff0e\uff13\uff0e\uff14", "ipv4", "1.2.3.4"),
        ("\u300c1.2.3.4\u300d", "ipv4", "1.2.3.4"),
        ("\uff08evil[.]example\uff09", "domain", "evil.example"),
        ("\uff45vil\u3002example", "domain", "evil.example"),
        ("\uff41" * 32, "md5", "a" * 32),
        ("\uff46.exe", "filename", "\uff46.exe"),
        ("2001[:]db8[::]1", "ipv6", "2001:db8::1"),
        ("2001:db8[::]1", "ipv6", "2001:db8::1"),
    ],
)
def test_full_width_signs_foreign_brackets_and_a_gap_taken_apart_are_read(text: str, kind: str, value: str) -> None:
    assert typed(text) == (kind, value)
