"""The log of an incident: numbered lines, happened apart from written, decisions as an inquiry asks for them."""

from __future__ import annotations

import pytest

from tests.scenarios.laptop import Laptop


@pytest.fixture
def incident(laptop: Laptop) -> str:
    return str(laptop.ask("incident", "new", "--title", "Imaging is encrypted")["ref"])


def test_a_line_says_when_it_happened_apart_from_when_it_was_written(laptop: Laptop, incident: str) -> None:
    first = laptop.ask("incident", "note", incident, "CT on paper until 08:00", "--happened", "-10m")
    laptop.ask("incident", "note", incident, "Switchboard told")
    assert first["ref"].endswith("-L0001")
    early, late = laptop.ask("incident", "log", incident)
    assert (early["text"], late["text"]) == ("CT on paper until 08:00", "Switchboard told")
    assert early["happened_at"] < early["written_at"]
    assert late["happened_at"] == late["written_at"]


def test_a_line_put_right_keeps_what_it_said(laptop: Laptop, incident: str) -> None:
    ref = laptop.ask("incident", "note", incident, "CT on paper until 08:00")["ref"]
    done = laptop.ask("incident", "correct", ref, "CT on paper until 18:00", "--because", "misheard")
    assert done["ref"] == ref
    [line] = laptop.ask("incident", "log", incident)
    assert (line["text"], line["corrected"]) == ("CT on paper until 18:00", True)
    said = laptop.ask("history", ref, "text")
    assert [one["after"] for one in said] == ["CT on paper until 08:00", "CT on paper until 18:00"]
    assert said[1]["because"] == "misheard"
    laptop.ask("undo")
    assert laptop.ask("incident", "log", incident)[0]["text"] == "CT on paper until 08:00"


def test_the_decisions_log_tells_each_decision_as_an_inquiry_asks_and_names_what_nobody_recorded(
    laptop: Laptop, incident: str
) -> None:
    laptop.ask("incident", "note", incident, "Just a note")
    laptop.ask(
        "incident", "decide", incident, "Isolate the imaging servers", "--by", "Dr L. Amin", "--role", "Clinical lead",
        "--known", "Two servers encrypt shares", "--option", "Isolate", "--option", "Keep up until 08:00",
        "--reason", "Paper fallback works", "--happened", "-30m",
    )  # fmt: skip
    laptop.ask("incident", "decide", incident, "No ransom is paid", "--by", "Chief executive")
    out = laptop.home / "decisions.txt"
    laptop.ask("incident", "decisions", incident, "--out", str(out.parent.parent / "decisions.txt"))
    text = (out.parent.parent / "decisions.txt").read_text(encoding="utf-8")
    assert "Just a note" not in text
    assert text.index("Isolate the imaging servers") < text.index("No ransom is paid")
    for words in (
        "Decided by: Dr L. Amin (Clinical lead)", "Options: Isolate; Keep up until 08:00", "2 decisions",
        "Decided by: Chief executive (role not recorded)", "What was known: not recorded", "Recorded by:",
    ):  # fmt: skip
        assert words in text
    assert [one["decision"]["decided_by"] for one in laptop.ask("incident", "decisions", incident)] == [
        "Dr L. Amin", "Chief executive",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("note", "REF", "  "), "needs words"),
        (("note", "REF", "x", "--happened", "2h"), "is still to come"),
        (("note", "REF", "x", "--happened", "yesterdayish"), "no time I can read"),
        (("decide", "REF", "x", "--by", " "), "name of who decided"),
        (("correct", "RXX-L9999", "x"), "No log line is called"),
    ],
)
def test_what_cannot_be_a_line_is_refused_in_a_sentence(
    laptop: Laptop, incident: str, words: tuple[str, ...], said: str
) -> None:
    assert said in laptop.refused("incident", *(incident if word == "REF" else word for word in words))["what"]
    assert laptop.ask("incident", "log", incident) == []


def test_a_note_of_ten_megabytes_is_refused_and_one_of_a_hundred_thousand_characters_kept(
    laptop: Laptop, incident: str
) -> None:
    huge, whole = "n" * 10_000_000, "n" * 100_000
    with laptop.session() as session:
        from triage_app.errors import BadInput
        from triage_app.services import incident_log
        from triage_app.services.finding import find

        entity = find(session.store, "incident", incident)
        with pytest.raises(BadInput, match="10,000,000 characters"):
            incident_log.add_line(session, entity, huge)
        incident_log.add_line(session, entity, whole)
    [line] = laptop.ask("incident", "log", incident)
    assert line["text"] == whole
