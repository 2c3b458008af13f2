"""Victim support from the command line: record, due, tried, handed over, held, shown to the person, erased."""

from __future__ import annotations

from tests.scenarios.commands import MADE
from tests.scenarios.laptop import Laptop


def test_a_victim_is_recorded_supported_handed_over_and_erased(laptop: Laptop) -> None:
    ref = laptop.ask("incident", "new", "--title", "Ward list on a forum")["ref"]
    victim = laptop.ask("victim", "add", ref, "--person", "Jo Pryce", "--contact", "07700 900118")["ref"]
    told = laptop.ask("victim", "set", victim, "roles", "account-holder", "flags", "unsafe-to-ring", "ground", "agreed",
                      "decided-by", "Dr Amin", "sharing", "CSOC")  # fmt: skip
    assert set(told) >= MADE
    shown = laptop.ask("victim", "show", victim)
    assert (shown["roles"], shown["flags"], shown["contact"]) == (["account-holder"], "[masked]", "[masked]")
    assert shown["sharing_decision"] == {"ground": "agreed", "by": "Dr Amin"}
    assert shown["held_by"] == shown["ref"].partition("-")[0]
    assert laptop.ask("victim", "unmask", victim)["flags"] == ["unsafe-to-ring"]
    assert "suspect" in laptop.refused("victim", "set", victim, "suspect", "yes")["what"]
    assert "has no value" in laptop.refused("victim", "set", victim, "wish")["what"]

    action = laptop.ask("action", "add", victim, "--kind", "VS24", "--due", "-1h", "--because", "She asked")["ref"]
    other = laptop.ask("action", "add", victim, "--kind", "VS05")["ref"]
    laptop.ask("action", "attempt", action, "no-answer", "--at", "-5m")
    laptop.ask("action", "attempt", action, "spoke", "--words", "Ring her work")
    assert [row["how"] for row in laptop.ask("action", "attempts", action)] == ["spoke", "no-answer"]
    (late,) = laptop.ask("actions", "list", "--overdue")
    assert (late["ref"], late["attempts"], late["overdue"], late["due_because"]) == (action, 2, True, "She asked")
    within = laptop.ask("actions", "list", "--due-within", "48h")
    assert [row["ref"] for row in within] == [action, other]
    assert within[1]["proposed"] == "4 h from action added"
    assert "two lists" in laptop.refused("actions", "list", "--overdue", "--due-within", "4h")["what"]
    assert "no length of time" in laptop.refused("actions", "list", "--due-within", "soon")["what"]

    offer = laptop.ask("handoff", "offer", victim, "--to", "Victim Support", "--person", "Mr Hale")
    assert offer["holder"] == shown["held_by"]
    assert laptop.ask("handoff", "accept", victim, "--by", "Mr Hale")["holder"] == "Victim Support, Mr Hale"
    back = laptop.ask("handoff", "return", offer["id"], "--because", "Moved away")["holder"]
    assert back == f"{shown['held_by']}, {late['owner']}"
    (row,) = laptop.ask("handoff", "list", victim)
    assert (row["answer"], row["reason"], row["holder"]) == ("returned", "Moved away", back)
    assert "0 open offers" in laptop.refused("handoff", "accept", victim, "--by", "Mr Hale")["what"]

    laptop.ask("victim", "share", victim, "--whom", "CSOC", "--what", "Name and number")
    laptop.ask("victim", "hold", victim, "--because", "Inquest", "--by", "Legal")
    assert laptop.refused("person", "erase", victim)["code"] == "legal-hold"
    laptop.ask("victim", "hold", victim, "--lift", "--because", "Closed")
    path = laptop.folder / "held.html"
    laptop.ask("person", "export", victim, "--out", str(path))
    page = path.read_text(encoding="utf-8")
    assert "Jo Pryce" in page
    assert "Ring her work" in page
    (kept,) = laptop.ask("person", "retention")
    assert (kept["victims"], kept["until"], kept["legal_hold"]) == ([victim], None, False)
    assert laptop.ask("person", "retention", "--due") == []
    erased = laptop.ask("person", "erase", victim)
    assert any("backups" in line for line in erased["not_reached"])
    assert laptop.ask("victim", "show", victim)["contact"] == "[erased]"
    assert laptop.ask("verify")["ok"]
    looked = laptop.ask("access", "list")
    assert "export" in {entry["what"] for entry in looked}
    unmasked = next(entry for entry in looked if entry["what"] == "unmask")
    assert unmasked["record"] == f"victim {victim}"
    assert "contact" in unmasked["field"]
    exported = next(entry for entry in looked if entry["what"] == "export")
    assert exported["record"] == f"person {victim}"
    assert all(entry["at"] and entry["who"] == unmasked["who"] for entry in looked)
