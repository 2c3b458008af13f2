from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.unit.formats.reading_support import Read, read_bytes
from triage_app.errors import BadFile

SAMPLES = Path(__file__).parents[2] / "data" / "formats" / "misp"
UUID = "0b9e6f5c-7f2a-4c1e-9a59-2b4f6c1d2001"
SHA = "ab" * 32


def event(*attributes: Any, **more: Any) -> dict[str, Any]:
    return {"uuid": UUID, "info": "Loader", "date": "2026-11-21", "Attribute": list(attributes), **more}


def attribute(kind: Any, value: Any, **more: Any) -> dict[str, Any]:
    return {"type": kind, "category": "Other", "value": value, "to_ids": True, **more}


def read(*attributes: Any, **more: Any) -> Read:
    return read_bytes(json.dumps({"Event": event(*attributes, **more)}).encode(), format="misp")


def values(*attributes: Any) -> list[tuple[str, str]]:
    return [(row["category"], row["value"]) for row in read(*attributes).of_kind("indicator")]


# ---- events --------------------------------------------------------------------------------------------
def test_an_event_is_an_advisory_and_its_attributes_are_indicators_named_after_it() -> None:
    found = read_bytes((SAMPLES / "event.json").read_bytes())
    (advisory,) = found.of_kind("advisory")
    assert (advisory["title"], advisory["value"]) == ("Loader on the wards", "0b9e6f5c-7f2a-4c1e-9a59-2b4f6c1d0e07")
    assert (advisory["category"], advisory["tlp"], advisory["seen_at"]) == ("Trust desk", "AMBER", 1795219200000)
    assert advisory["detail"].startswith("threat level high, analysis finished, tlp:amber")
    rows = found.of_kind("indicator")
    assert [(row["category"], row["value"]) for row in rows] == [
        ("domain", "evil.example"),
        ("sha256", SHA),
        ("ssdeep", "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C"),
    ]
    assert {row["title"] for row in rows} == {"Loader on the wards"}
    assert {row["tlp"] for row in rows} == {"AMBER"}
    assert rows[0]["seen_at"] == 1795291200000


def test_what_is_no_indicator_stays_findable_in_the_event_and_what_was_deleted_does_not() -> None:
    found = read_bytes((SAMPLES / "event.json").read_bytes())
    assert found.ignored == {"attribute: comment": 1, "deleted attribute": 1}
    (advisory,) = found.of_kind("advisory")
    assert "203.0.113.60" in advisory["rest"]
    assert "203.0.113.60" in advisory["detail"]
    assert "44d88612" not in json.dumps(found.rows)


def test_an_events_record_does_not_repeat_the_attributes_that_are_rows() -> None:
    found = read(attribute("domain", "evil.example"), attribute("text", "a note", to_ids=False))
    (record,) = [found.raw(index) for index, row in enumerate(found.rows) if row["value"] == UUID]
    assert [one["value"] for one in record["Attribute"]] == ["a note"]
    assert found.raw(0) == attribute("domain", "evil.example")


@pytest.mark.parametrize("wrap", ["bare", "wrapped", "response", "array", "lines", "one response"])
def test_events_are_found_however_they_come(wrap: str) -> None:
    one, two = event(attribute("domain", "evil.example")), event(attribute("domain", "b.example"), uuid=UUID[:-1] + "2")
    data = {
        "bare": json.dumps(one),
        "wrapped": json.dumps({"Event": one}),
        "response": json.dumps({"response": [{"Event": one}, {"Event": two}]}),
        "array": json.dumps([{"Event": one}, two]),
        "lines": json.dumps({"Event": one}) + "\n" + json.dumps({"Event": two}),
        "one response": json.dumps({"response": {"Event": one}}),
    }[wrap]
    found = read_bytes(data.encode())
    assert found.begin is not None
    assert found.begin.format == "misp"
    assert len(found.of_kind("advisory")) == (1 if wrap in ("bare", "wrapped", "one response") else 2)
    assert len(found.of_kind("indicator")) == len(found.of_kind("advisory"))


def test_an_answer_that_holds_attributes_only_gives_indicators_named_after_their_events() -> None:
    one = attribute("domain", "evil.example", Event={"info": "Loader", "uuid": UUID})
    found = read_bytes(json.dumps({"response": {"Attribute": [one]}}).encode())
    (row,) = found.rows
    assert (row["value"], row["title"]) == ("evil.example", "Loader")
    assert found.raw(0) == one


def test_an_answer_larger_than_a_record_may_be_is_read_event_by_event() -> None:
    filler = "x" * 4_000_000
    data = {
        "response": [{"Event": event(attribute("text", filler), uuid=f"{UUID[:-1]}{number}")} for number in range(6)]
    }
    found = read_bytes(json.dumps(data).encode())
    assert len(found.of_kind("advisory")) == 6
    assert not found.rejects


# ---- attributes ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("ip-dst", "203.0.113.9", [("ipv4", "203.0.113.9")]),
        ("ip-src", "198.51.100.0/24", [("cidr", "198.51.100.0/24")]),
        ("ip-dst|port", "203.0.113.9|443", [("ipv4", "203.0.113.9")]),
        ("ip-dst", "2001:DB8::9", [("ipv6", "2001:db8::9")]),
        ("domain|ip", "evil.example|203.0.113.9", [("domain", "evil.example"), ("ipv4", "203.0.113.9")]),
        ("hostname", "C2.Evil.example", [("domain", "c2.evil.example")]),
        ("url", "hxxp://evil[.]example/a", [("url", "http://evil.example/a")]),
        ("filename|sha256", f"invoice.exe|{SHA}", [("sha256", SHA)]),
        ("filename|sha256", SHA, [("sha256", SHA)]),
        ("malware-sample", "invoice.exe|" + "ab" * 16, [("md5", "ab" * 16)]),
        ("malware-sample", "ab" * 16, [("md5", "ab" * 16)]),
        ("domain|ip", "evil.example|2001:DB8::9", [("domain", "evil.example"), ("ipv6", "2001:db8::9")]),
        ("filename|md5", f"invoice.exe | {SHA}", [("sha256", SHA)]),
        ("filename|imphash", "invoice.exe|" + "ab" * 16, [("other", "ab" * 16)]),
        ("sha1", "AB" * 20, [("sha1", "ab" * 20)]),
        ("imphash", "ab" * 16, [("other", "ab" * 16)]),
        ("x509-fingerprint-sha1", "ab" * 20, [("other", "ab" * 20)]),
        ("email-src", "Bad@Evil.example", [("email", "bad@evil.example")]),
        ("vulnerability", "cve-2026-10001", [("cve", "CVE-2026-10001")]),
        ("AS", "64500", [("asn", "AS64500")]),
        ("mutex", "evil.example", [("mutex", "evil.example")]),
        ("regkey|value", "HKLM\\Run|evil", [("registry-key", "HKLM\\Run")]),
        ("regkey|value", "HKLM\\Run|a|b", [("registry-key", "HKLM\\Run")]),
        ("regkey|value", "HKLM\\Run|", [("registry-key", "HKLM\\Run")]),
        ("domain|ip", "evil.example", [("domain", "evil.example")]),
        ("chrome-extension-id", "abcdefghijklmnopabcdefghijklmnop",
         [("browser-extension", "abcdefghijklmnopabcdefghijklmnop")]),
        ("text", "abcdefghijklmnopabcdefghijklmnop", [("browser-extension", "abcdefghijklmnopabcdefghijklmnop")]),
        ("text", "see 203.0.113.9", []),
        ("email-subject", "Your invoice", [("other", "Your invoice")]),
        ("size-in-bytes", "1234", []),
        ("target-email", "nurse@trust.example", [("email", "nurse@trust.example")]),
        ("domain", " ", []),
        ("domain", ["evil.example"], []),
        (7, "evil.example", [("domain", "evil.example")]),
    ],
)  # fmt: skip
def test_an_attribute_is_an_indicator_by_its_type_or_by_its_authors_mark(
    kind: Any, value: Any, found: list[tuple[str, str]]
) -> None:
    assert values(attribute(kind, value)) == found


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("filename|sha256", f"a|b|{SHA}", "its value has 3 parts, and filename|sha256 has two"),
        ("filename|sha256", f"{SHA}|b|c", "3 parts"),
        ("filename|sha256", "a|b|c", "3 parts"),
        ("filename|md5", "invoice.exe|not a hash", "no hash"),
        ("filename|sha256", "invoice.exe|evil.example", "no hash"),
        ("filename|sha256", f"{SHA}|invoice.exe", "no hash"),
        ("filename|sha256", "invoice.exe", "no hash"),
        ("filename|ssdeep", "invoice.exe|x", "no hash"),
        ("filename|imphash", "invoice.exe|a b", "no hash"),
        ("filename|sha256", "invoice.exe|", "a part of its value is missing"),
        ("domain|ip", "evil.example|203.0.113.9|443", "3 parts"),
        ("domain|ip", "evil.example|999.1.1.1", "no address"),
        ("domain|ip", "evil.example|other.example", "no address"),
        ("malware-sample", "invoice.exe|not a hash", "no hash"),
        ("malware-sample", "invoice.exe", "no hash"),
        ("ip-dst|port", "|443", "a part of its value is missing"),
    ],
)
def test_a_pair_that_is_none_is_rejected_and_stays_with_its_event(kind: str, value: str, reason: str) -> None:
    found = read(attribute(kind, value), attribute("domain", "evil.example"))
    assert [row["value"] for row in found.of_kind("indicator")] == ["evil.example"]
    (reject,) = found.rejects
    assert reason in reject.reason
    assert json.loads(reject.text) == attribute(kind, value)
    assert found.raw(1)["Attribute"] == [attribute(kind, value)]


@pytest.mark.parametrize(
    ("more", "rejected"),
    [
        ({"Attribute": ["evil.example", 7, attribute("domain", "a.example")]}, ["evil.example", 7]),
        ({"Object": [7, None, {"name": "file", "Attribute": ["x", []]}]}, [7, None, "x", []]),
        ({"Object": {"name": "file"}}, [{"Object": {"name": "file"}}]),
        ({"Attribute": {"type": "domain"}, "Object": [{"Attribute": "x"}]},
         [{"Attribute": {"type": "domain"}}, {"Attribute": "x"}]),
    ],
)  # fmt: skip
def test_what_stands_for_an_attribute_and_is_none_is_rejected_and_stays_with_its_event(
    more: dict[str, Any], rejected: list[Any]
) -> None:
    found = read(**{"Orgc": {"name": "desk"}, "threat_level_id": "1", **more})
    assert [json.loads(reject.text) for reject in found.rejects] == rejected
    assert all("in its event's record" in reject.reason for reject in found.rejects)
    (record,) = [found.raw(index) for index, row in enumerate(found.rows) if row["value"] == UUID]
    for name, value in more.items():
        kept = [one for one in value if not (isinstance(one, dict) and "value" in one)]
        assert record[name] == (kept if isinstance(value, list) else value)


@pytest.mark.parametrize(("kind", "value"), [("text", "evil.example"), ("target-email", "nurse@trust.example"),
                                             ("email-dst", "nurse@trust.example"), ("email-subject", "Your invoice"),
                                             ("link", "https://desk.example/report")])  # fmt: skip
def test_what_its_author_did_not_mark_and_is_of_no_such_type_accuses_nobody(kind: str, value: str) -> None:
    found = read(attribute(kind, value, to_ids=False))
    assert not found.of_kind("indicator")
    assert found.ignored == {f"attribute: {kind}": 1}
    assert value in found.of_kind("advisory")[0]["detail"]


def test_an_indicator_that_is_not_marked_for_detection_says_so() -> None:
    found = read(
        attribute("url", "https://store.example/a", to_ids=False, comment="where it lay"),
        attribute("url", "https://store.example/b", comment="as seen"),
        {"type": "url", "value": "https://store.example/c"},
    )
    assert [row["detail"] for row in found.of_kind("indicator")] == [
        "where it lay, not marked for detection",
        "as seen",
        "",
    ]
    assert found.raw(0)["comment"] == "where it lay"


def test_both_parts_of_a_pair_are_told_apart() -> None:
    found = read(attribute("domain|ip", "evil.example|203.0.113.9", uuid=UUID))
    first, second = found.of_kind("indicator")
    assert first["evidence_id"] != second["evidence_id"]
    assert found.raw(1)["part"] == "203.0.113.9"


def test_a_files_name_beside_its_hash_is_findable() -> None:
    (row,) = read(attribute("filename|sha256", f"drop.evil.example|{SHA}")).of_kind("indicator")
    assert "drop.evil.example" in row["rest"]


def test_labels_of_attributes_and_events_are_read_and_the_strictest_holds() -> None:
    tags = [{"name": "tlp:green"}, {"name": "tlp:amber"}, {"name": "x"}, 5, {"name": None}]
    found = read(
        attribute("domain", "a.example"),
        attribute("domain", "b.example", Tag=[{"name": "tlp:red"}]),
        Tag=tags,
    )
    assert [row["tlp"] for row in found.rows] == ["AMBER", "RED", "AMBER"]


def test_proposals_and_what_lies_in_a_deleted_object_are_counted() -> None:
    found = read_bytes((SAMPLES / "response.json").read_bytes())
    assert found.ignored == {"attribute: target-email": 1, "proposal": 2, "deleted attribute": 1}
    assert [(row["category"], row["value"]) for row in found.of_kind("indicator")] == [
        ("domain", "evil.example"),
        ("ipv4", "203.0.113.9"),
        ("browser-extension", "abcdefghijklmnopabcdefghijklmnop"),
        ("url", "https://store.example/detail/abc"),
        ("other", "44d88612fea8a8f36de82e1278abb02f"),
    ]
    assert [row["seen_at"] for row in found.of_kind("indicator")][2] is None


@pytest.mark.parametrize("flag", [True, 1, "1", "true"])
def test_every_way_of_writing_a_flag_counts(flag: Any) -> None:
    assert read(attribute("domain", "evil.example", deleted=flag)).ignored == {"deleted attribute": 1}
    assert values(attribute("text", "evil.example", to_ids=flag)) == [("domain", "evil.example")]


def test_sightings_stay_with_their_attribute() -> None:
    found = read(attribute("domain", "evil.example", Sighting=[{"type": "1", "source": "ward", "date_sighting": "1"}]))
    assert found.raw(0)["Sighting"][0]["source"] == "ward"


# ---- hostile -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("value", [None, 5, [], {}, ["x", 1], {"a": [1]}, True, "x" * 10_000, 1e300, "|", "9" * 40])
@pytest.mark.parametrize("field", ["type", "value", "timestamp", "Tag", "comment", "deleted", "to_ids", "Event",
                                   "ShadowAttribute", "uuid", "category"])  # fmt: skip
def test_any_value_in_any_field_of_an_attribute_is_a_record_or_counted(field: str, value: Any) -> None:
    found = read(attribute("domain|ip", "evil.example|203.0.113.9") | {field: value})
    assert found.of_kind("advisory")
    assert len(found.rows) + sum(found.ignored.values()) + len(found.rejects) >= 2


@pytest.mark.parametrize("value", [None, 5, [], {}, ["x", 1], {"a": [1]}, True, "x" * 10_000, 1e300])
@pytest.mark.parametrize("field", ["info", "uuid", "date", "timestamp", "Tag", "Orgc", "threat_level_id", "analysis",
                                   "Object", "ShadowAttribute"])  # fmt: skip
def test_any_value_in_any_field_of_an_event_is_a_record_or_a_reject(field: str, value: Any) -> None:
    found = read(attribute("domain", "evil.example"), **{"Orgc": {"name": "desk"}, field: value})
    assert len(found.of_kind("indicator")) == 1
    assert len(found.of_kind("advisory")) == 1 or found.rejects


def test_a_million_levels_are_refused_in_a_sentence_and_the_next_event_is_read() -> None:
    good = json.dumps({"Event": event(attribute("domain", "evil.example"))})
    deep = '{"Event":{"info":"x","uuid":"u","Attribute":' + "[" * 1_000_000 + "]" * 1_000_000 + "}}"
    started = time.process_time()
    found = read_bytes(f'{{"response":[{good},{deep},{good}]}}'.encode())
    assert [reject.reason for reject in found.rejects] == ["nested deeper than 64 levels"]
    assert len(found.of_kind("advisory")) == 2
    assert time.process_time() - started < 5


def test_a_value_of_ten_megabytes_is_kept_whole_and_shown_short() -> None:
    found = read(attribute("domain", "a" * 10_000_000), attribute("text", "b.example " * 100_000))
    (row,) = found.of_kind("indicator")
    assert row["category"] == "other"
    assert len(row["value"]) <= 4_096
    assert found.raw(0)["value"] == "a" * 10_000_000


def test_the_same_value_twice_is_one_matter_in_two_records() -> None:
    found = read(attribute("domain", "evil.example", uuid="1"), attribute("domain", "EVIL.example", uuid="2"))
    rows = found.of_kind("indicator")
    assert rows[0]["key"] == rows[1]["key"]
    assert rows[0]["evidence_id"] != rows[1]["evidence_id"]


@pytest.mark.parametrize(
    "text",
    [
        '{"Attribute": [{"name": "colour"}]}',
        '{"response": [{"id": 1}]}',
        '{"Event": {"System": {"EventID": 4625}}}',
        '[{"type": "domain", "value": "evil.example"}]',
        '{"Object": [1, 2], "value": 3}',
    ],
)
def test_what_only_resembles_misp_is_not_claimed(text: str) -> None:
    with pytest.raises(BadFile):
        read_bytes(text.encode(), format="misp")
