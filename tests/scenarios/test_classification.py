"""Classifying from the command line: every list, the three steps of the category, times as they are known."""

from __future__ import annotations

import json

from tests.scenarios.laptop import Laptop, assert_plain


def opened(laptop: Laptop) -> str:
    ref: str = laptop.ask("incident", "new", "--title", "Ransomware on imaging")["ref"]
    return ref


def test_one_command_classifies_and_show_has_all_of_it(laptop: Laptop) -> None:
    ref = opened(laptop)
    laptop.ask(
        "incident", "classify", ref, "--rsit", "ransomware", "--determination", "confirmed", "--pap", "green",
        "--technique", "T1486", "--technique", "T1566.001",
        "--nis-cause", "malicious-actions", "--nis-outlook", "stable",
        "--data", "health=involved", "--data", "staff=not known",
        "--ransomware", "encryption=yes; exfiltration=claimed", "--campaign", "covid 19",
    )  # fmt: skip
    laptop.ask("incident", "set", ref, "phishing", "clicked=0")
    laptop.ask("incident", "set", ref, "techniques", "T1486, T9999")
    shown = laptop.ask("incident", "show", ref)
    assert shown["determination"] == "confirmed"
    assert shown["pap"] == "PAP:GREEN"
    assert [(item["id"], item["known"]) for item in shown["techniques"]] == [("T1486", True), ("T9999", False)]
    assert shown["nis"] == {"cause": "malicious-actions", "outlook": "stable"}
    assert shown["data_types"] == {"health": "involved", "staff": "not-known"}
    assert shown["ransomware"] == {"encryption": "yes", "exfiltration": "claimed"}
    assert shown["phishing"] == {"clicked": 0}
    assert shown["campaign"] == "COVID-19"
    assert laptop.verified()["ok"]


def test_each_step_of_the_category_is_its_own_and_two_are_refused_to_a_trust(laptop: Laptop) -> None:
    ref = opened(laptop)
    laptop.ask("incident", "category", ref, "3", "--because", "CT is down")
    for step, why in (("assessed", "only a desk assesses"), ("confirmed", "certified for the NCSC")):
        refused = laptop.ask("incident", "category", ref, "2", "--as", step, "--because", "x", code=2)
        assert_plain(refused)
        assert why in refused["what"]
        assert refused["code"] == "not-yours"
    told = ("--as", "reported", "--by", "NCSC", "--reference", "INC-7", "--when", "21 Nov 2025 9pm")
    laptop.ask("incident", "category", ref, "2", *told)
    refused = laptop.ask("incident", "category", ref, "2", "--because", "x", "--by", "NCSC", code=2)
    assert "belong to a reported category" in refused["what"]
    shown = laptop.ask("incident", "show", ref)
    assert shown["category_proposed"]["category"] == 3
    assert shown["category_reported"]["reference"] == "INC-7"
    assert shown["category_reported"]["when"]["words"] == "Fri 21 Nov 2025 21h GMT"
    assert shown["category_confirmed"] is None


def test_times_are_printed_as_they_are_known_and_a_doubtful_order_is_said(laptop: Laptop) -> None:
    ref = opened(laptop)
    laptop.ask("incident", "set", ref, "occurred", "21 Nov 2025, about 22:30")
    done = laptop.ask("incident", "set", ref, "contained", "Jul 2025")
    assert done["times_in_doubt"] == ["Contained (Jul 2025) lies before occurred (Fri 21 Nov 2025, about 22:30 GMT)."]
    shown = laptop.ask("incident", "show", ref)["times"]
    assert (shown["occurred"]["about"], shown["occurred"]["precision"]) == (True, "minute")
    assert (shown["contained"]["at"], shown["contained"]["words"]) == ("2025-06-30T23:00:00.000Z", "Jul 2025")
    assert "future" in laptop.ask("incident", "set", ref, "aware", "2999", code=2)["what"]


def test_the_crosswalk_prints_what_is_lost_and_needs_no_passphrase(laptop: Laptop) -> None:
    answer = laptop.run("crosswalk", "show", "fraud/phishing", "--to", "misp")
    assert answer.code == 0
    assert 'europol-incident:information-gathering="phishing"' in answer.out
    assert "Lost: Europol counts it as gathering of information" in answer.out
    both = laptop.ask("crosswalk", "show", "malicious-code/ransomware")
    assert [row["rsit"] for row in both["rows"]] == [
        "malicious-code/infected-system", "information-content-security/unauthorised-information-modification"
    ]  # fmt: skip
    assert "no RSIT class" in laptop.ask("crosswalk", "show", "made/up", code=2)["what"]


def test_a_list_of_ones_own_is_used_and_a_faulty_one_is_told(laptop: Laptop) -> None:
    folder = laptop.home / "vocabularies"
    folder.mkdir()
    for name in ("campaigns", "nis"):
        (folder / f"{name}.json").write_text('{"name": "x"}', encoding="utf-8")
    answer = laptop.run("vocabularies", "list", "--json")
    assert answer.code == 1
    assert "campaigns.json was not taken" in answer.err
    shown = {item["name"]: item for item in json.loads(answer.out)}
    assert shown["attack_techniques"]["version"] == "18.1"
    assert not shown["nis"]["is_own"]
    assert shown["nis"]["problem"]
