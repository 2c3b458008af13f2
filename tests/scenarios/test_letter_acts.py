"""No letter says that somebody did what the record does not hold: in every kind, in English and in Welsh."""

from __future__ import annotations

import re

import pytest

from tests.scenarios.laptop import Laptop

CLAIMED = {
    "en": r"\bwe (?:have |had )?(?:wrote|written|rang|called|told|reported|informed|contacted|spoke|spoken|sent|met)\b"
    r"|\btelling us\b|\byou (?:told|wrote|reported)|\byour report\b|\bhas ended\b|\bhave (?:closed|your)\b",
    "cy": r"\bysgrifenasom\b|\bffoniasom\b|\bdywedasom\b|\brhoesom\b|\bhysbysasom\b|\bcysylltasom\b|\banfonasom\b"
    r"|\bam roi gwybod i ni\b|\beich adroddiad\b|\bwedi dod i ben\b|\bwedi gorffen\b|\bwedi (?:ysgrifennu|ffonio)\b",
}
"""Words of acts: that we wrote, rang, told, reported, that they told us, that the work has ended."""


@pytest.fixture
def incident(laptop: Laptop) -> str:
    ref = laptop.ask("incident", "new", "--title", "Phishing at the booking desk")["ref"]
    laptop.ask("incident", "set", ref, "aware", "2026-11-21 22:10")
    return str(ref)


@pytest.fixture
def victim(laptop: Laptop, incident: str) -> str:
    return str(laptop.ask("victim", "add", incident, "--person", "Mair Evans")["ref"])


def drafted(laptop: Laptop, victim: str, code: str, language: str = "en") -> str:
    return str(laptop.ask("letter", "draft", victim, code, "--language", language)["text"])


def sent(laptop: Laptop, victim: str, how: str) -> str:
    """Write a letter and mark it as sent; return its reference."""
    text = re.sub(r"\[\[.*?\]\]", "as agreed", drafted(laptop, victim, "advice"), flags=re.DOTALL)
    ref = laptop.ask("letter", "write", victim, "advice", "-", stdin=text.encode())["ref"]
    laptop.ask("letter", "sent", ref, "--by", how)
    return str(ref)


def acts_in(text: str, language: str) -> list[str]:
    return re.findall(CLAIMED[language], text, flags=re.IGNORECASE)


def test_no_draft_of_any_kind_claims_an_act_that_the_record_does_not_hold(laptop: Laptop, incident: str) -> None:
    victims = (
        laptop.ask("victim", "add", incident, "--person", "Mair Evans")["ref"],
        laptop.ask("victim", "add", incident, "--org", "ZZ9")["ref"],
    )
    looked = 0
    for kind in laptop.ask("letter", "kinds"):
        for victim, party in zip(victims, ("person", "organisation"), strict=True):
            for language in ("en", "cy"):
                if party in kind["to"]:
                    text = drafted(laptop, victim, kind["code"], language)
                    assert acts_in(text, language) == [], (kind["code"], language)
                    looked += 1
    assert looked == 18


def test_that_we_wrote_is_said_with_the_day_and_the_way_of_the_letter_that_was_sent(
    laptop: Laptop, victim: str
) -> None:
    assert "This is about the incident with the reference" in drafted(laptop, victim, "closure")
    sent(laptop, victim, "read out")
    assert "We wrote" not in drafted(laptop, victim, "closure"), "what was read out was not written"
    sent(laptop, victim, "post")
    day = r"\d{1,2} \w+ \d{4}"
    assert re.search(rf"We wrote to you by post on {day} about", drafted(laptop, victim, "closure"))
    assert re.search(rf"Ysgrifenasom atoch drwy'r post ar {day} am", drafted(laptop, victim, "closure", "cy"))
    laptop.ask("undo")
    assert "We wrote" not in drafted(laptop, victim, "closure")


def test_a_letter_that_says_that_we_wrote_does_not_go_out_once_that_was_taken_back(laptop: Laptop, victim: str) -> None:
    earlier = sent(laptop, victim, "e-mail")
    text = re.sub(r"\[\[.*?\]\]", "as agreed", drafted(laptop, victim, "closure"), flags=re.DOTALL)
    laptop.ask("undo")
    told = laptop.refused("letter", "write", victim, "closure", "-", stdin=text.encode())
    assert "We wrote to you by e-mail" in told["what"]
    assert "the record does not hold it" in told["what"]
    laptop.ask("letter", "sent", earlier, "--by", "e-mail")
    kept = laptop.ask("letter", "write", victim, "closure", "-", stdin=text.encode())
    laptop.ask("letter", "sent", kept["ref"], "--by", "post")
    assert laptop.verified()["ok"]


def test_that_our_work_has_ended_is_said_of_a_closed_incident_alone(laptop: Laptop, incident: str, victim: str) -> None:
    open_one = laptop.ask("letter", "draft", victim, "closure")
    assert "has ended" not in open_one["text"]
    assert any("the incident is open" in blank for blank in open_one["blanks"])
    laptop.ask("incident", "clock", "not-notifiable", incident, "--by", "Dr Rao", "--because", "no data")
    laptop.ask("incident", "close", incident, "--because", "restored")
    assert "Our work on it has ended." in drafted(laptop, victim, "closure")
    assert "Mae ein gwaith arno wedi dod i ben." in drafted(laptop, victim, "closure", "cy")


def test_somebody_is_thanked_for_telling_us_where_a_report_of_theirs_is_recorded(
    laptop: Laptop, incident: str, victim: str
) -> None:
    assert "Thank you" not in drafted(laptop, victim, "acknowledgement")
    for name in ("Somebody else", "mair  evans"):
        assert "Thank you" not in drafted(laptop, victim, "acknowledgement")
        tip = laptop.ask("tip", "new", "A mail that asks for a password", "--by", name)["ref"]
        laptop.ask("tip", "link", tip, "--into", incident)
    assert "Thank you for telling us about this on" in drafted(laptop, victim, "acknowledgement")
    assert "Diolch am roi gwybod i ni am hyn ar" in drafted(laptop, victim, "acknowledgement", "cy")
