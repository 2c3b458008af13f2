"""A night on the telephone by the command line: a call becomes an alert, is given to a colleague, and is taken back."""

from __future__ import annotations

import json

from tests.scenarios.laptop import Laptop, assert_plain


def test_a_call_is_taken_down_suggested_for_given_and_taken_back(laptop: Laptop) -> None:
    made = laptop.ask(
        "alert", "new", "Ransom note on a screen, theatre 2", "--where", "TH2-PC-01", "--by", "Jo Pryce", "--contact",
        "bleep 1432", "--note", "-", "--noticed", "10 min ago", "--severity", "high", stdin=b"All four bays",
    )  # fmt: skip
    (shown,) = laptop.alerts()
    assert (shown["id"], shown["host"], shown["severity_word"]) == (made["id"], "TH2-PC-01", "High")
    assert "Pryce" not in str(laptop.ask("alert", "show", made["id"]))
    (report,) = laptop.ask("tip", "list")
    assert (report["ref"], report["state"], report["alert"]) == (made["ref"], "alert", made["id"])
    assert laptop.ask("tip", "unmask", made["ref"])["reporter"] == "Jo Pryce"
    suggested = laptop.ask("alert", "suggest", made["id"])
    assert (suggested["rsit"], suggested["severity"], suggested["category"]) == (
        "malicious-code/infected-system", 100, 3,
    )  # fmt: skip
    assert suggested["rules"] == ["ransomware", "used-in-care"]
    laptop.ask("alert", "take", made["id"], "--to", "me")
    assert laptop.alerts()[0]["state"] == "in hand"
    assert_plain(laptop.refused("alert", "take", made["id"], "--to", "nobody at all"))
    assert_plain(laptop.refused("alert", "new", " "))
    laptop.ask("undo")
    laptop.ask("undo")
    assert laptop.alerts() == []
    assert laptop.ask("tip", "list") == []
    assert laptop.verified()["ok"]


def test_a_trusts_own_rules_stand_in_and_a_faulty_file_says_so(laptop: Laptop) -> None:
    made = laptop.ask("alert", "new", "The kettle is on fire")
    rule = {
        "id": "kettle", "name": "Kettle", "any": ["kettle"], "propose": {"severity": 21}, "because": "It is hot.",
        "matches": {"title": "Kettle"}, "misses": {"title": "Cup"},
    }  # fmt: skip
    folder = laptop.profile.home / "policies"
    folder.mkdir(exist_ok=True)
    (folder / "suggestions.json").write_text(json.dumps({"version": "ours", "rules": [rule]}), "utf-8")
    found = laptop.ask("alert", "suggest", made["id"])
    assert (found["severity"], found["version"], found["rules"]) == (21, "ours", ["kettle"])
    rule["misses"] = {"title": "Kettle"}
    (folder / "suggestions.json").write_text(json.dumps({"version": "ours", "rules": [rule]}), "utf-8")
    found = laptop.ask("alert", "suggest", made["id"])
    assert found["severity"] is None
    assert "rule kettle fails its own examples" in found["problem"]
