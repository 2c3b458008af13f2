"""What is a key in a filter, what is a word, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.filter_grammar import UnknownKey
from triage_app.services.filter_keys import read_part, refuse_unknown, words_of

KEYS = ("is", "sev", "src", "org", "seen")


@pytest.mark.parametrize(
    ("part", "meant"),
    [("sevv:high", "sev"), ("Sevv:high", "sev"), ("sorc:Suricata", "src"), ("sen:24h", "seen"), ("orgs:RXX", "org"),
     ("severity:high", "sev"), ("foo:bar", ""), ("status:open", ""), ("sevv:a/b", "sev"),
     ("rsit:fraud/phishing", ""), ("user:jo@example.nhs.uk", "")],
)  # fmt: skip
def test_a_key_that_there_is_not_is_refused_and_the_word_is_named(part: str, meant: str) -> None:
    with pytest.raises(UnknownKey) as refused:
        read_part(part, KEYS)
    assert refused.value.part == part
    assert f"no key “{part.partition(':')[0]}”" in refused.value.what
    if meant:
        assert f"Did you mean {meant}:?" in refused.value.do
    else:
        assert "There are is:, sev:, src:, org:, seen:." in refused.value.do
    assert f'type it as "{part}"' in refused.value.do


@pytest.mark.parametrize(
    "word",
    [
        "http://evil.example/a", "hxxps://evil[.]example", "ftp://10.0.0.1", "mailto:jo@evil.example", "pacs:104",
        "evil.example:443", "server:8080/login", "localhost:3389", "10.1.2.3:445", "fe80::1", "2001:db8::dead:beef",
        "dead:beef:0:0:0:0:0:1", "fe80::1/64", "aa:bb:cc:dd:ee:ff", "dead:beef", "::1", "C:\\Windows\\x.exe",
        "sha256:" + "ab" * 32, "md5:" + "0f" * 16, "d41d8cd98f00b204e9800998ecf8427e", "3:AXGBicFlgVNhBGcL6wCrFQE:x",
        "Trojan:Win32/Emotet.A!ml", "HEUR:Trojan.Script", "TLP:AMBER", "cpe:2.3:a:vendor:product", "urn:oid:1.2.3",
        "08:30", "sev:", ":high", "a:b",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_key_is_a_word(word: str) -> None:
    assert read_part(word, KEYS) == ("", word)


def test_a_word_in_quotes_is_a_word_whatever_it_looks_like() -> None:
    assert read_part('"foo:bar"', KEYS) == ("", "foo:bar")
    assert read_part("“sev:high”", KEYS) == ("", "sev:high")
    assert words_of('Ward "FOO:bar"') == ["ward", "foo:bar"]


def test_a_known_key_is_known_in_any_case() -> None:
    assert read_part("SEV:high", KEYS) == ("sev", "high")


def test_a_list_without_keys_says_that_words_alone_narrow_it() -> None:
    with pytest.raises(UnknownKey, match="narrowed by words alone"):
        refuse_unknown("ward sev:high")
    refuse_unknown("ward http://evil.example pacs:104")


@given(st.text(max_size=60))
def test_any_part_is_a_key_a_word_or_refused(part: str) -> None:
    for one in part.split():
        try:
            key, value = read_part(one, KEYS)
        except UnknownKey:
            continue
        assert key in ("", *KEYS)
        assert value
