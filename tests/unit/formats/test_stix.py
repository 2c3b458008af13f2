from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.formats.reading_support import Read, read_bytes
from triage_app.errors import BadFile
from triage_app.formats import stix_pattern
from triage_app.formats.stix_pattern import MAX_COMPARISONS, read_pattern

SAMPLES = Path(__file__).parents[2] / "data" / "formats" / "stix"
WHEN = "2026-11-21T20:00:00.000Z"
WHEN_MS = 1795291200000


def named(kind: str, number: int = 1) -> str:
    return f"{kind}--0b9e6f5c-7f2a-4c1e-9a59-{number:012x}"


def thing(kind: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return {"type": kind, "id": named(kind, number), "created": WHEN, **more}


def indicator(pattern: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return thing("indicator", number, pattern=pattern, pattern_type="stix", **more)


def read(*things: Any) -> Read:
    data = {"type": "bundle", "id": named("bundle"), "objects": list(things)}
    return read_bytes(json.dumps(data).encode(), format="stix")


def values(*things: Any) -> list[tuple[str, str]]:
    return [(row["category"], row["value"]) for row in read(*things).of_kind("indicator")]


# ---- patterns ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("[ipv4-addr:value = '203.0.113.9']", [("ipv4", "203.0.113.9")]),
        ("[ipv4-addr:value = '198.51.100.0/24']", [("cidr", "198.51.100.0/24")]),
        ("[ipv4-addr:value ISSUBSET '198.51.100.0/24']", [("cidr", "198.51.100.0/24")]),
        ("[domain-name:value='EVIL.example']", [("domain", "evil.example")]),
        ("[url:value = 'https://evil.example/A']", [("url", "https://evil.example/A")]),
        ("[file:hashes.'SHA-256' = '" + "AB" * 32 + "']", [("sha256", "ab" * 32)]),
        ("[file:hashes.md5 = '" + "ab" * 16 + "']", [("md5", "ab" * 16)]),
        ("[file:hashes.IMPHASH = '" + "ab" * 16 + "']", [("other", "ab" * 16)]),
        ("[file:hashes.SSDEEP = '3:AbC:dEf']", [("ssdeep", "3:AbC:dEf")]),
        ("[file:name = 'it\\'s.exe']", [("filename", "it's.exe")]),
        ("[mutex:name = 'evil.example']", [("mutex", "evil.example")]),
        ("[autonomous-system:number = 64500]", [("asn", "AS64500")]),
        ("[email-message:from_ref.value = 'bad@evil.example']", [("email", "bad@evil.example")]),
        ("[network-traffic:dst_ref.value = '203.0.113.9']", [("ipv4", "203.0.113.9")]),
        (
            "[domain-name:value = 'a.example' OR domain-name:value = 'b.example'] OR [ipv4-addr:value = '203.0.113.9']",
            [("domain", "a.example"), ("domain", "b.example"), ("ipv4", "203.0.113.9")],
        ),
        (
            "[domain-name:value IN ('a.example', 'b.example', 'a.example')]",
            [("domain", "a.example"), ("domain", "b.example")],
        ),
        ("[domain-name:value NOT IN ('a.example') OR domain-name:value = 'b.example']", [("domain", "b.example")]),
        ("[domain-name:value != 'a.example' OR domain-name:value = 'b.example']", [("domain", "b.example")]),
        (
            "[file:name = 'run.exe' AND file:hashes.MD5 = '" + "ab" * 16 + "']",
            [("filename", "run.exe")],
        ),
        ("[url:value = 'http://a.example/x?q=1 AND 2']", [("url", "http://a.example/x?q=1 AND 2")]),
        ("[url:value = 'http://a.example/' OR domain-name:value = 'b.example'] REPEATS 5 TIMES WITHIN 60 SECONDS",
         [("url", "http://a.example/"), ("domain", "b.example")]),
        ("[ipv4-addr:value = '203.0.113.9'] START t'2026-01-01T00:00:00Z' STOP t'2026-02-01T00:00:00Z'",
         [("ipv4", "203.0.113.9")]),
        ("[process:command_line LIKE '%evil%']", [("other", "[process:command_line LIKE '%evil%']")]),
        ("[process:command_line = \"ipv4-addr:value = '203.0.113.9'\"]", [("ipv4", "203.0.113.9")]),
        ("[process:command_line = 'domain-name:value = \\'a.example\\'']",
         [("other", "[process:command_line = 'domain-name:value = \\'a.example\\'']")]),
        ("nonsense", [("other", "nonsense")]),
    ],
)  # fmt: skip
def test_a_pattern_gives_the_values_that_one_alone_would_betray(pattern: str, found: list[tuple[str, str]]) -> None:
    assert values(indicator(pattern)) == found


def test_what_stands_in_a_text_is_no_comparison() -> None:
    pattern = read_pattern("[a:b = 'x AND y:z = 1' OR c:d = 'e']")
    assert [(one.object, one.path, one.values) for one in pattern.comparisons] == [
        ("a", "b", ("x AND y:z = 1",)),
        ("c", "d", ("e",)),
    ]
    assert not pattern.together


@given(st.lists(st.tuples(st.from_regex(r"[a-z]{1,5}", fullmatch=True), st.text(max_size=12)), min_size=1, max_size=8))
def test_every_value_that_a_pattern_quotes_comes_out_again(pairs: list[tuple[str, str]]) -> None:
    escaped = [(name, text.replace("\\", "\\\\").replace("'", "\\'")) for name, text in pairs]
    pattern = read_pattern("[" + " OR ".join(f"x-{name}:value = '{text}'" for name, text in escaped) + "]")
    assert [(one.object, one.values) for one in pattern.comparisons] == [(f"x-{name}", (text,)) for name, text in pairs]


@given(st.text("[]()'\\ab:.=, ANDORNOT!<>t0*", max_size=200))
def test_any_text_can_be_looked_at_as_a_pattern(text: str) -> None:
    pattern = read_pattern(text)
    assert len(pattern.comparisons) <= MAX_COMPARISONS


@pytest.mark.parametrize(
    "hostile",
    [
        "[" * 100_000,
        "(" * 100_000 + "a:b = '1'" + ")" * 100_000,
        "aa:" * 33_000,
        "a" * 100_000,
        "x:a[" + "1" * 100_000,
        "x:y = '" + "\\'" * 50_000,
        "'" * 99_999,
        "x:y = (" + "'a'," * 30_000,
        "x:y NOT " * 15_000,
        "x:'" * 30_000,
    ],
)
def test_a_hostile_pattern_takes_no_longer_than_its_length(hostile: str) -> None:
    started = time.process_time()
    for _ in range(5):
        read_pattern(hostile)
    assert time.process_time() - started < 4


def test_a_pattern_of_a_hundred_thousand_alternatives_says_what_was_not_taken() -> None:
    pattern = "[" + " OR ".join(f"domain-name:value = 'a{number}.example'" for number in range(100_000)) + "]"
    started = time.process_time()
    found = read(indicator(pattern))
    assert len(found.of_kind("indicator")) == MAX_COMPARISONS
    assert "its pattern goes on" in found.rejects[0].reason
    assert time.process_time() - started < 10


# ---- indicators ----------------------------------------------------------------------------------------
def test_an_indicator_has_its_times_confidence_label_and_name() -> None:
    found = read_bytes((SAMPLES / "bundle.json").read_bytes())
    first, second = found.of_kind("indicator")
    assert (first["value"], second["value"]) == ("evil.example", "203.0.113.50")
    for row in (first, second):
        assert (row["title"], row["score"], row["tlp"], row["seen_at"]) == ("Loader", 80, "GREEN", WHEN_MS)
        assert row["until_at"] == 1826827200000
        assert row["reference"] == "indicator--0b9e6f5c-7f2a-4c1e-9a59-2b4f6c1d0e02"


def test_the_object_is_kept_once_and_each_further_value_names_it() -> None:
    found = read(indicator("[domain-name:value IN ('a.example','b.example')]", name="Two", description="x" * 5_000))
    assert found.raw(0)["object"]["description"] == "x" * 5_000
    assert found.raw(1) == {
        "object": {"id": named("indicator"), "pattern_type": "stix", "type": "indicator"},
        "value": "b.example",
    }
    assert found.rows[0]["key"] != found.rows[1]["key"]


def test_many_values_of_a_large_object_do_not_multiply_it() -> None:
    pattern = "[" + " OR ".join(f"domain-name:value = 'a{number}.example'" for number in range(2_000)) + "]"
    found = read(indicator(pattern, description="x" * 50_000))
    assert len(found.rows) == 2_000
    assert sum(len(row["rest"]) for row in found.rows) < 1_000_000


def test_a_rule_in_another_language_is_one_indicator_and_what_was_revoked_says_so() -> None:
    found = read_bytes((SAMPLES / "envelope.json").read_bytes())
    rule, first, second, both = found.of_kind("indicator")
    assert (rule["category"], rule["title"], rule["tlp"]) == ("other", "Rota rule", "AMBER+STRICT")
    assert "yara rule" in rule["detail"]
    assert first["detail"].startswith("revoked by its author")
    assert (first["value"], second["value"]) == ("ab" * 32, "cd" * 32)
    assert both["value"] == "203.0.113.9"
    assert "AND network-traffic:dst_port = 8443" in both["detail"]


def test_an_indicator_without_a_time_is_kept_and_one_without_a_pattern_is_rejected() -> None:
    found = read(
        indicator("[ipv4-addr:value = '203.0.113.9']", created="yesterday", confidence="NaN"),
        thing("indicator", 2),
    )
    (row,) = found.rows
    assert (row["seen_at"], row["score"]) == (None, None)
    assert [reject.reason for reject in found.rejects] == ["an indicator without a pattern"]


# ---- the other objects ---------------------------------------------------------------------------------
def test_a_sighting_is_an_alert_named_after_what_was_seen_and_found_by_it() -> None:
    found = read_bytes((SAMPLES / "bundle.json").read_bytes())
    sighting, incident = found.of_kind("alert")
    assert sighting["title"] == "Sighting of Loader"
    assert "3 times" in sighting["detail"]
    assert "seen by Trust desk" in sighting["detail"]
    assert "203.0.113.50" in sighting["detail"]
    assert sighting["seen_at"] == 1795287600000
    assert (incident["title"], incident["category"], incident["severity_raw"]) == ("Ward outage", "ransomware", "70")


def test_reports_notes_and_analyses_are_advisories_found_by_what_they_refer_to() -> None:
    found = read_bytes((SAMPLES / "envelope.json").read_bytes())
    rows = {row["category"]: row for row in found.of_kind("advisory")}
    assert set(rows) == {"malware-analysis", "note"}
    assert rows["malware-analysis"]["title"] == "malicious"
    assert "evil.example" in rows["malware-analysis"]["tokens"].split()
    assert rows["note"]["title"] == "Ask the night desk"
    (flaw,) = found.of_kind("vulnerability")
    assert (flaw["value"], flaw["category"]) == ("CVE-2026-10001", "record")
    assert found.ignored == {"email-addr": 1, "marking-definition": 1}


def test_a_report_names_who_wrote_it_and_where_it_stands() -> None:
    found = read(
        thing("identity", name="Trust desk"),
        thing(
            "report", 2, name="Loader", published="2026-11-20T00:00:00Z", description="What we saw.",
            report_types=["threat-report", 7], created_by_ref=named("identity"), object_refs=[named("report", 2), 5],
            external_references=[{"source_name": "x", "url": "javascript:1"}, {"url": "https://desk.example/1"}, 3],
        ),
    )  # fmt: skip
    (row,) = found.rows
    assert (row["title"], row["detail"], row["user"]) == ("Loader", "What we saw.", "Trust desk")
    assert (row["url"], row["value"], row["seen_at"]) == ("https://desk.example/1", named("report", 2), 1795132800000)


@pytest.mark.parametrize("wrap", ["array", "single", "lines", "old"])
def test_objects_are_found_however_they_come(wrap: str) -> None:
    one, two = indicator("[ipv4-addr:value = '203.0.113.9']"), indicator("[ipv4-addr:value = '203.0.113.8']", 2)
    data = {
        "array": json.dumps([one, two]),
        "single": json.dumps(one),
        "lines": json.dumps(one) + "\n" + json.dumps(two),
        "old": json.dumps({"type": "bundle", "id": named("bundle"), "spec_version": "2.0", "objects": [one, two]}),
    }[wrap]
    found = read_bytes(data.encode())
    assert found.begin is not None
    assert found.begin.format == "stix"
    assert len(found.rows) == (1 if wrap == "single" else 2)


def test_references_that_go_round_in_circles_do_no_harm() -> None:
    mark = named("marking-definition", 9)
    found = read(
        thing("sighting", 1, sighting_of_ref=named("sighting", 2), object_marking_refs=[mark]),
        thing("sighting", 2, sighting_of_ref=named("sighting", 1), where_sighted_refs=[named("sighting", 2), [], {}]),
        thing("sighting", 3, sighting_of_ref={"id": 1}, count=float("1e300")),
        thing("marking-definition", 9, object_marking_refs=[mark], definition={"tlp": ["red"]}, extensions=[1]),
        thing("report", 4, name="Round", object_refs=[named("report", 4)] * 5_000, created_by_ref=named("report", 4)),
    )
    assert [row["title"] for row in found.of_kind("alert")] == ["Sighting of an object that is not in the file"] * 3
    assert not found.rejects


def test_the_same_id_twice_is_one_matter() -> None:
    found = read(thing("report", 1, name="Old", published=WHEN), thing("report", 1, name="New", published=WHEN))
    assert len({row["key"] for row in found.rows}) == 1
    assert len({row["evidence_id"] for row in found.rows}) == 2


def test_a_sighting_that_nobody_dated_is_rejected_with_the_reason() -> None:
    found = read(thing("sighting", created="then", sighting_of_ref=named("indicator")), {"id": 7}, 5)
    assert [reject.reason for reject in found.rejects] == [
        "not a STIX object: it has no type",
        "not a JSON object",
        "sighting without a time that can be read",
    ]


@pytest.mark.parametrize("value", [None, 5, [], {}, ["x", 1], {"a": [1]}, True, "x" * 10_000, 1e300])
@pytest.mark.parametrize("field", ["pattern", "name", "created", "modified", "confidence", "object_marking_refs", "id",
                                   "object_refs", "extensions", "external_references", "sighting_of_ref", "definition",
                                   "sample_ref", "revoked", "pattern_type"])  # fmt: skip
def test_any_value_in_any_field_is_a_record_or_a_reject(field: str, value: Any) -> None:
    sound = [
        indicator("[ipv4-addr:value = '203.0.113.9']"),
        *(thing(kind, 2) for kind in ("sighting", "incident", "report", "vulnerability", "malware-analysis")),
        thing("marking-definition", 3),
    ]
    found = read(*sound, *({**one, field: value} for one in sound))
    assert len(found.rows) + len(found.rejects) + sum(found.ignored.values()) == 14


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "bundle"}',
        '{"objects": [{"type": "alert", "id": "1"}]}',
        '{"type": "indicator", "id": "indicator-1", "pattern": "x"}',
        '[{"type": "report", "id": 5}]',
    ],
)
def test_what_only_resembles_stix_is_not_claimed(text: str) -> None:
    with pytest.raises(BadFile):
        read_bytes(text.encode(), format="stix")


def test_deep_nesting_costs_its_object_only() -> None:
    good = json.dumps(indicator("[ipv4-addr:value = '203.0.113.9']"))
    deep = '{"type":"indicator","id":"' + named("indicator", 2) + '","x":' + "[" * 200_000 + "]" * 200_000 + "}"
    found = read_bytes(f'{{"type":"bundle","id":"{named("bundle")}","objects":[{good},{deep},{good}]}}'.encode())
    assert len(found.rows) == 2
    assert [reject.reason for reject in found.rejects] == ["nested deeper than 64 levels"]


def test_the_limit_is_the_one_that_the_responder_is_told() -> None:
    assert stix_pattern.MAX_COMPARISONS == 10_000


def test_a_large_bundle_comes_out_whole_in_its_order_and_with_its_lines() -> None:
    things = [
        indicator(f"[domain-name:value = 'a{number}.example']", number, name="\u2603" * 500) for number in range(3_000)
    ]
    text = ",\n".join(json.dumps(one, ensure_ascii=False) for one in things)
    found = read_bytes(
        f'{{"type":"bundle","id":"{named("bundle")}","objects":[{text},\n{{"type":"indicator"}}]}}'.encode()
    )
    assert [row["value"] for row in found.rows] == [f"a{number}.example" for number in range(3_000)]
    assert found.raw(2_999) == {"object": things[-1]}
    assert [reject.line for reject in found.rejects] == [3_001]


# ---- secrets -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("pattern", "masked"),
    [
        ("[user-account:credential = 'hunter']", "[user-account:credential = '[masked]']"),
        ("[user-account:credential NOT IN ('hunter', 'hunter\\'2', 7) AND file:name = 'a']",
         "[user-account:credential NOT IN ('[masked]', '[masked]', '[masked]') AND file:name = 'a']"),
        ("[file:name = 'a' OR user-account:credential != b'aHVudGVy'] START t'2026-11-21T20:00:00Z'",
         "[file:name = 'a' OR user-account:credential != '[masked]'] START t'2026-11-21T20:00:00Z'"),
        ("[network-traffic:extensions.'http-request-ext'.request_header.Authorization LIKE 'hunter']",
         "[network-traffic:extensions.'http-request-ext'.request_header.Authorization LIKE '[masked]']"),
        ("[user-account:credential MATCHES 'hunter] AND", "[user-account:credential MATCHES '[masked]'"),
        ("[user-account:credential = 1234] WITHIN 5 SECONDS",
         "[user-account:credential = '[masked]'] WITHIN 5 SECONDS"),
        ("[file:name = 'credential = x'", "[file:name = 'credential = x'"),
    ],
)  # fmt: skip
def test_a_pattern_keeps_no_secret_and_all_that_stands_around_it(pattern: str, masked: str) -> None:
    assert stix_pattern.masked(pattern) == masked
    found = read(indicator(pattern))
    assert found.raw(0)["object"]["pattern"] == masked
    assert len(found.of_kind("indicator")) == 1
    assert "hunter" not in json.dumps(found.rows)


@given(st.text(alphabet="abc:'= ().\\[]", max_size=60))
def test_a_pattern_without_a_secret_is_left_as_it_is(text: str) -> None:
    assert stix_pattern.masked(text) == text


def test_a_sighting_of_an_account_does_not_repeat_its_credential() -> None:
    account = thing("user-account", 2, user_id="clerk", credential="hunter")
    seen = thing("observed-data", 3, objects={"0": {"type": "user-account", "credential": "hunter.example"}})
    secret = indicator("[user-account:credential = 'hunter']", 5)
    for number, ref in enumerate((account, seen, secret)):
        found = read(
            account, seen, secret,
            thing("sighting", 10 + number, sighting_of_ref=ref["id"], observed_data_refs=[seen["id"], account["id"]]),
        )  # fmt: skip
        assert len(found.of_kind("alert")) == 1
        assert "hunter" not in json.dumps(found.rows)
