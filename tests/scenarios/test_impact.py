"""The clinical impact of an incident from the command line, over a night."""

from __future__ import annotations

from tests.scenarios.commands import MADE
from tests.scenarios.laptop import Laptop


def test_a_night_is_stated_ended_counted_and_put_right(laptop: Laptop) -> None:
    ref = laptop.ask("incident", "new", "--title", "Ransomware")["ref"]
    command = ("incident", "impact", ref)
    assert laptop.ask(*command, "show")["stated"] is False
    assert "does not say that there is none" in laptop.run(*command, "show").out
    assert set(laptop.ask(*command, "add-outage", "--system", "EPR", "--from", "-3h", "--paper", "yes")) >= MADE
    laptop.ask(*command, "divert", "--what", "Stroke", "--origin", "A", "--destination", "B", "--agreed-by", "Dr Amin")
    laptop.ask(*command, "cancelled", "--kind", "outpatient", "--count", "at least 12")
    laptop.ask(*command, "cancelled", "--kind", "elective", "--count", "not known")
    laptop.ask(*command, "capacity", "--service", "Pathology", "--percent", "10")
    laptop.ask(*command, "harm", "--level", "low", "--reported-by", "Matron", "--reference", "LFPSE 7")
    laptop.ask(*command, "risk", "--severity", "major", "--likelihood", "high")
    laptop.ask(*command, "eprr", "--type", "critical", "--level", "england-2")
    assert laptop.refused(*command, "eprr", "--type", "huge")["code"] == "bad-input"
    found = laptop.ask(*command, "show")
    assert [row["system"] for row in found["down_now"]] == ["EPR"]
    assert found["cancelled_totals"]["elective"]["number"] is None
    assert found["risk"][0]["risk_class"] == 4
    assert laptop.ask("incident", "show", ref)["impact"] == found
    words = laptop.run(*command, "show").out
    assert "Down now:" in words.splitlines()[0]
    assert "Elective procedures: not known in all" in words
    laptop.ask(*command, "end-outage", "EPR")
    assert laptop.ask(*command, "show")["down_now"] == []
    laptop.ask(*command, "end-divert", "stroke")
    laptop.ask(*command, "set", "Pathology", "percent", "45", "--because", "misheard")
    laptop.ask(*command, "take-back", "Pathology")
    laptop.ask("undo")
    assert laptop.ask(*command, "show")["capacity"][0]["percent"] == 45
    assert laptop.verified()["ok"]


def test_the_systems_down_over_all_incidents_are_listed_the_worst_first(laptop: Laptop) -> None:
    assert "That does not say that none is" in laptop.run("systems", "list").out
    phishing = laptop.ask("incident", "new", "--title", "Phishing")["ref"]
    ransom = laptop.ask("incident", "new", "--title", "Ransomware")["ref"]
    laptop.ask("incident", "set", ransom, "severity", "95")
    for ref, system, since, paper in (
        (phishing, "Mail", "-9h", "no"), (ransom, "PACS", "-1h", "yes"), (ransom, "EPR", "-3h", "yes"),
        (ransom, "Bleeps", "-5m", "not known"),
    ):  # fmt: skip
        laptop.ask("incident", "impact", ref, "add-outage", "--system", system, "--from", since, "--paper", paper)
    laptop.ask("incident", "impact", ransom, "add-outage", "--system", "LIMS")
    laptop.ask("incident", "impact", ransom, "end-outage", "LIMS")
    found = laptop.ask("systems", "list")
    assert [(row["system"], row["incident_ref"]) for row in found] == [
        ("Bleeps", ransom), ("EPR", ransom), ("PACS", ransom), ("Mail", phishing),
    ]  # fmt: skip
    laptop.ask("incident", "close", ransom, "--because", "Over", "--leave-open", "uk-gdpr-33/notify")
    assert len(laptop.ask("systems", "list")) == 4
    assert "EPR" in laptop.run("systems", "list").out
