"""The grammar of filters: what is written is read back, and what cannot be read is pointed at."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from triage_app.domain.filter_grammar import OPERATORS, BadFilter, Part, UnknownKey, Value, is_word, parse, written

KEYS = ("is", "sev", "src", "org", "seen", "ioc", "rsit", "host", "user", "url")

texts = st.text(min_size=1, max_size=30)
values = st.builds(Value, texts, st.sampled_from(("", *OPERATORS)))
keyed = st.builds(Part, st.sampled_from(KEYS), st.lists(values, min_size=1, max_size=4).map(tuple), st.booleans())
words = st.builds(lambda text, negated: Part("", (Value(text),), negated), texts, st.booleans())
typed = st.text(st.sampled_from('aé:-,"“” <>=is.[]/\\\n1') | st.characters(), max_size=60) | st.lists(
    st.sampled_from(["is:", "sev", ":", '"', "-", ",", " ", ">=", "new", "foo:bar", "hxxp://x[.]y"]), max_size=12
).map("".join)


@given(st.lists(keyed | words, max_size=8).map(tuple))
@example((Part("", (Value('"'),)), Part("src", (Value("“"), Value(",")))))
@example((Part("", (Value("-"),), negated=True), Part("", (Value("is:new"),))))
def test_what_is_written_is_read_as_the_same_parts(parts: tuple[Part, ...]) -> None:
    assert parse(written(parts, KEYS), KEYS) == parts


def _read(text: str) -> tuple[tuple[Part, ...], BadFilter | None]:
    try:
        return parse(text, KEYS), None
    except BadFilter as refused:
        return (), refused


@given(typed)
@example("is:")
@example("-is:")
@example("is:new,")
@example('"')
@example("-")
def test_whatever_is_typed_is_read_or_refused_with_a_place_inside_it(text: str) -> None:
    parts, refused = _read(text)
    if refused is not None:
        begin, end = refused.span
        assert 0 <= begin < end <= len(text)
        assert refused.part == text[begin:end]
        assert refused.what
        assert refused.do
    ends = 0
    for part in parts:
        assert ends <= part.span[0] < part.span[1] <= len(text)
        ends = part.span[1]
        assert all(value.text for value in part.values)
    assert parse(written(parts, KEYS), KEYS) == parts


def test_the_example_of_the_issue_is_read_part_by_part() -> None:
    parts = parse("sev:>=high src:shadowserver org:RXX is:new seen:<24h ioc:evil[.]com rsit:fraud/phishing", KEYS)
    assert [(part.key, part.values[0].op, part.text) for part in parts] == [
        ("sev", ">=", "high"), ("src", "", "shadowserver"), ("org", "", "RXX"), ("is", "", "new"),
        ("seen", "<", "24h"), ("ioc", "", "evil[.]com"), ("rsit", "", "fraud/phishing"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('src:"Microsoft Defender"', Part("src", (Value("Microsoft Defender"),))),
        ("src:“Microsoft Defender”", Part("src", (Value("Microsoft Defender"),))),
        ('src:"a ""b"" c"', Part("src", (Value('a "b" c'),))),
        ("-is:new", Part("is", (Value("new"),), negated=True)),
        ("-ward", Part("", (Value("ward"),), negated=True)),
        ('-"is:new"', Part("", (Value("is:new"),), negated=True)),
        ('"-enc"', Part("", (Value("-enc"),))),
        ("is:new,snoozed", Part("is", (Value("new"), Value("snoozed")))),
        ('src:Wazuh,"Microsoft Defender"', Part("src", (Value("Wazuh"), Value("Microsoft Defender")))),
        ("SEV:≥high", Part("sev", (Value("high", ">="),))),
        ("sev:<=low", Part("sev", (Value("low", "<="),))),
        ("seen:2026-11-20..2026-11-22", Part("seen", (Value("2026-11-20..2026-11-22"),))),
        ("foo,bar", Part("", (Value("foo,bar"),))),
    ],
)
def test_quotation_negation_lists_and_comparisons(text: str, part: Part) -> None:
    assert parse(text, KEYS) == (part,)


@pytest.mark.parametrize(
    ("text", "wrong", "says"),
    [
        ("ward sevv:high", "sevv:high", "Did you mean sev:?"),
        ("rsitt:fraud/phishing", "rsitt:fraud/phishing", "Did you mean rsit:?"),
        ("sevv:70", "sevv:70", "Did you mean sev:?"),
        ("foo:bar/baz", "foo:bar/baz", "There are is:, sev:"),
        ("Foo:bar", "Foo:bar", "no key “Foo”"),
        ("from:jo@evil.example", "from:jo@evil.example", "no key “from”"),
        ("a -foo:bar b", "foo:bar", "no key “foo”"),
        ("foo: bar", "foo:", "no key “foo”"),
        ("sev: high", "sev:", "without a blank"),
        ("-sev:", "sev:", "without a blank"),
        ("sev:>= high", "sev:>=", "without a blank"),
        ("is:new,", ",", "Nothing follows the comma"),
        ("is:,new", "is:", "Nothing follows is:"),
        ('ward "two words', '"two words', "not closed"),
        ('""', '""', "Nothing stands between"),
        ('"a"b c', "b", "follows a quotation mark"),
        ('src:"a"b', "b", "follows a quotation mark"),
        ("a - b", "-", "Nothing follows the minus"),
        ("--flag", "--flag", "Two minus signs"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_pointed_at(text: str, wrong: str, says: str) -> None:
    with pytest.raises(BadFilter) as refused:
        parse(text, KEYS)
    assert refused.value.part == wrong
    assert says in f"{refused.value.what} {refused.value.do}"


@pytest.mark.parametrize("text", ["is:", "is:new,", '"two w', "ward -", "sev:>="])
def test_what_may_yet_become_right_is_told_from_what_cannot(text: str) -> None:
    with pytest.raises(BadFilter) as refused:
        parse(text, KEYS)
    assert refused.value.unfinished
    with pytest.raises(BadFilter) as certain:
        parse("foo:bar", KEYS)
    assert not certain.value.unfinished


@pytest.mark.parametrize(
    "word",
    [
        "http://evil.example/a", "hxxps://evil[.]example", "ftp://10.0.0.1", "mailto:jo@evil.example", "pacs:104",
        "evil.example:443", "server:8080/login", "localhost:3389", "10.1.2.3:445", "fe80::1", "2001:db8::dead:beef",
        "dead:beef:0:0:0:0:0:1", "fe80::1/64", "aa:bb:cc:dd:ee:ff", "dead:beef", "::1", "C:\\Windows\\x.exe",
        "sha256:" + "ab" * 32, "md5:" + "0f" * 16, "d41d8cd98f00b204e9800998ecf8427e", "3:AXGBicFlgVNhBGcL6wCrFQE:x",
        "Trojan:Win32/Emotet.A!ml", "HEUR:Trojan.Script", "TLP:AMBER", "cpe:2.3:a:vendor:product", "urn:oid:1.2.3",
        "08:30", ":high", "a:b",
    ],
)  # fmt: skip
def test_addresses_ports_hashes_paths_and_names_of_malware_are_words(word: str) -> None:
    assert is_word(word, KEYS)
    assert parse(word, KEYS) == (Part("", (Value(word),)),)


def test_a_list_without_keys_says_that_words_alone_narrow_it() -> None:
    with pytest.raises(UnknownKey, match="narrowed by words alone"):
        parse("ward sev:high", ())


def test_a_filter_without_end_is_refused() -> None:
    with pytest.raises(BadFilter, match="characters"):
        parse("a " * 2_000, KEYS)
    with pytest.raises(BadFilter, match="64 parts"):
        parse("a " * 65, KEYS)
    with pytest.raises(BadFilter, match="64 values"):
        parse("is:" + ",".join("a" * 65), KEYS)
