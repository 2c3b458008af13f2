from __future__ import annotations

import time

import pytest

from tests.unit.formats.reading_support import Read, read_bytes
from triage_app.formats.indicator_denials import CONTACT, HARMLESS, OURS, is_harmless, is_ours

INTRO = "We saw attacks on trusts this week and ask you to look at what follows.\nBlock evil[.]example at once.\n"
LIVE = "We saw attacks on trusts this week and ask you to look.\n203.0.113.1\nMore of it follows here.\n"


def read(sentence: str, intro: str = INTRO) -> Read:
    return read_bytes(f"{intro}{sentence}\n".encode(), format="indicator-list")


def values(found: Read) -> list[str]:
    return [row["value"] for row in found.rows][1:]


@pytest.mark.parametrize(
    "sentence",
    [
        "Please do not block 203.0.113.9 as it is our scanner.",
        "Don't block 203.0.113.9 under any circumstances.",
        "The address 203.0.113.9 must not be blocked by anybody.",
        "Never block 203.0.113[.]9 at the edge.",
        "We found that 203.0.113.9 is legitimate and used by radiology.",
        "The alert about 203[.]0[.]113[.]9 was a false positive.",
        "Traffic to 203.0.113.9 is benign as far as we know.",
        "The scanner at 203.0.113.9 is ours and will stay.",
        "Add 203.0.113.9 to the allowlist today.",
        "Whitelisted since May is 203.0.113.9 for the backup.",
        "Block the whole of that network except 203.0.113.9 please.",
    ],
)
def test_an_indicator_that_its_sentence_calls_harmless_is_a_reject_that_names_it(sentence: str) -> None:
    found = read(sentence)
    assert values(found) == []
    (reject,) = found.rejects
    assert reject.reason == f"{HARMLESS}: 203.0.113.9"
    assert reject.text == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "Block 203.0.113.9 at the edge now.",
        "Connections to 203.0.113.9 were not blocked by the firewall.",
        "The address 203.0.113.9 mimics a legitimate service of ours.",
        "The legitimate but compromised site at 203.0.113.9 serves malware.",
        "It is a legitimate-looking page at 203.0.113.9 that asks for passwords.",
        "Traffic to 203.0.113.9 is not benign at all.",
        "Remove 203.0.113.9 from the allowlist.",
        "The firewall did not block 203.0.113.9 in time.",
    ],
)
def test_an_indicator_beside_a_harmless_word_of_an_accusation_is_taken(sentence: str) -> None:
    found = read(sentence)
    assert values(found) == ["203.0.113.9"]
    assert not found.rejects


def test_what_is_said_of_one_address_is_not_said_of_the_next_clause() -> None:
    found = read("Block 203.0.113.9 everywhere, but do not block 203.0.113.10 which is our scanner.")
    assert values(found) == ["203.0.113.9"]
    assert [reject.reason for reject in found.rejects] == [f"{HARMLESS}: 203.0.113.10"]


def test_many_in_one_sentence_are_one_reject() -> None:
    found = read("Do not block " + " or ".join(f"203.0.113.{number}" for number in range(9)) + " please.")
    (reject,) = found.rejects
    assert reject.reason.endswith("203.0.113.4 and 4 more")


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("For questions please contact desk@cert.example or ring.", f"{CONTACT}: desk@cert.example"),
        ("Contact us at https://cert.example/form for help.", f"{CONTACT}: https://cert.example/form"),
        ("Report anything you see to desk@cert.example at once.", f"{CONTACT}: desk@cert.example"),
        ("You can email us under desk@cert.example at any hour.", f"{CONTACT}: desk@cert.example"),
        ("Incidents must be reported to desk@cert.example today.", f"{CONTACT}: desk@cert.example"),
        ("The desk is reached by carecert@nhs.net at any hour.", f"{OURS}: carecert@nhs.net"),
        ("More is written at https://www.ncsc.gov.uk/guidance today.", f"{OURS}: https://www.ncsc.gov.uk/guidance"),
        ("More is written at digital.nhs.uk for all trusts.", f"{OURS}: digital.nhs.uk"),
    ],
)
def test_an_address_to_write_to_is_a_reject_with_its_reason(sentence: str, reason: str) -> None:
    found = read(sentence, LIVE)
    assert values(found) == []
    assert [reject.reason for reject in found.rejects] == [reason]


@pytest.mark.parametrize(
    ("sentence", "value"),
    [
        ("The malware tries to contact the server evil.example every hour.", "evil.example"),
        ("Bots report to evil.example every hour.", "evil.example"),
        ("It contacts evil.example every hour.", "evil.example"),
        ("The page login.nhs.uk.evil.example asks for passwords.", "login.nhs.uk.evil.example"),
        ("The page evil-nhs.uk asks for passwords.", "evil-nhs.uk"),
        ("Mail came from the mailbox stolen[@]nhs[.]net all day.", "stolen@nhs.net"),
    ],
)
def test_what_malware_contacts_and_what_was_taken_apart_is_taken(sentence: str, value: str) -> None:
    assert values(read(sentence, LIVE)) == [value]


@pytest.mark.parametrize(
    "line", ["desk@nhs.net", "www.nhs.uk", "https://www.ncsc.gov.uk/x", "203.0.113.9 # seen twice"]
)
def test_a_line_with_just_an_indicator_is_always_taken(line: str) -> None:
    found = read_bytes(f"203.0.113.1\n{line}\n203.0.113.2\n".encode(), format="indicator-list")
    assert len(found.rows) == 3
    assert not found.rejects


def test_a_line_of_a_list_whose_comment_calls_it_harmless_is_a_reject() -> None:
    found = read_bytes(b"203.0.113.1\n203.0.113.9 # our scanner, do not block\n203.0.113.2\n")
    assert [row["value"] for row in found.rows] == ["203.0.113.1", "203.0.113.2"]
    assert [reject.reason for reject in found.rejects] == [f"{HARMLESS}: 203.0.113.9"]


def test_a_long_line_costs_little_time() -> None:
    for text in ("contact the " * 8_000, "do not " * 14_000, "legitimate not " * 6_000, "report a " * 11_000):
        begun = time.process_time()
        is_harmless(text)
        read(text + "203.0.113.9 " * 900)
        assert time.process_time() - begun < 5


def test_hosts_of_the_nhs_are_known_by_their_end() -> None:
    assert all(map(is_ours, ("nhs.uk", "https://u@a.nhs.uk:8443/x", "a@b.nhs.net")))
    assert not any(map(is_ours, ("anhs.uk", "https://evil.example/nhs.uk", "nhs.uk.evil.example")))
