"""Folding by hand, taking apart and rules by the command line: a night of scans, sorted and put back."""

from __future__ import annotations

import json
from pathlib import Path

from tests.scenarios.exchange_group import Group
from tests.scenarios.laptop import MAPPING, Laptop, assert_plain, row, table


def take(laptop: Laptop, *rows: str, name: str = "ward.csv") -> list[dict[str, object]]:
    mapping = laptop.write("mapping.json", json.dumps(MAPPING))
    return laptop.take(
        laptop.write(name, table([one.replace(",high,", ",low,") for one in rows])), words=("--mapping", str(mapping))
    )


def test_alerts_are_folded_shown_unfolded_and_undone(laptop: Laptop) -> None:
    take(laptop, row(1), row(2), row(3))
    keys = [one["id"] for one in laptop.alerts()]
    made = laptop.ask("alert", "fold", *keys[:2], "--because", "one scanner")
    assert made["id"] == min(keys[:2])
    shown = laptop.ask("alert", "show", made["id"])
    assert (shown["parts"], shown["count"]) == (1, 2)
    (said,) = shown["folded"]["folded"]
    assert (said["by"], said["because"]) == ("Asha Rahman", "one scanner")
    assert [one["id"] for one in shown["folded"]["parts"]] == [max(keys[:2])]
    assert laptop.ask("alert", "show", max(keys[:2]))["folded_into"] == made["id"]
    assert len(laptop.alerts()) == 2
    assert [one["id"] for one in laptop.alerts("--filter", "is:folded")] == [max(keys[:2])]
    laptop.ask("alert", "unfold", made["id"], "--because", "two scanners")
    assert len(laptop.alerts()) == 3
    laptop.ask("undo")
    assert len(laptop.alerts()) == 2
    assert_plain(laptop.refused("alert", "fold", made["id"]))
    assert_plain(laptop.refused("alert", "fold", made["id"], "f" * 31))
    assert_plain(laptop.refused("alert", "unfold", next(key for key in keys[2:])))
    assert laptop.verified()["ok"]


def test_an_alert_is_taken_apart_and_put_together_by_its_old_id(laptop: Laptop) -> None:
    take(laptop, row(1), row(4, ref="W-1"), row(5, ref="W-1"))
    (one,) = laptop.alerts()
    shown = laptop.ask("alert", "show", one["id"])["folded"]
    assert (shown["rows"], shown["by"], shown["parts"]) == (3, "reference", [])
    assert shown["same"] == ["title", "organisation"]
    made = laptop.ask("alert", "unfold", one["id"], "--by", "row")
    assert made["id"] == one["id"]
    parts = laptop.alerts()
    assert len(parts) == 3
    assert laptop.ask("alert", "show", parts[0]["id"])["folded"]["apart"]["from"] == one["id"]
    laptop.ask("alert", "fold", one["id"])
    assert [found["id"] for found in laptop.alerts()] == [one["id"]]
    assert_plain(laptop.refused("alert", "fold", one["id"]))
    assert laptop.verified()["ok"]


def test_a_rule_is_foretold_made_listed_ended_and_put_back(laptop: Laptop) -> None:
    take(laptop, row(1), row(2, what="Sweep of the ward"))
    sweep = next(one for one in laptop.alerts() if "Sweep" in one["title"])
    foretold = laptop.ask("rule", "new", sweep["id"], "--match", "source,title", "--dry-run")
    assert (foretold["aside"], foretold["kept"]) == (1, 0)
    assert laptop.ask("rule", "list") == []
    made = laptop.ask(
        "rule", "new", sweep["id"], "--match", "source,title", "--because", "our own sweep", "--for", "2d"
    )
    assert made["ref"].split("-")[-1] == "U0001"
    (found,) = take(laptop, row(7, what="Sweep of the ward"), row(8), name="later.csv")
    assert (found["put_aside"], found["new_again"]) == ({made["ref"]: 1}, 0)
    (rule,) = laptop.ask("rule", "list")
    assert (rule["ref"], rule["state"], rule["aside"], rule["applies"]) == (made["ref"], "running", 2, True)
    assert rule["words"] == "source is “Ward box” and title is “Sweep of the ward”"
    assert "our own sweep" in laptop.run("rule", "list").out
    laptop.ask("rule", "end", made["ref"], "--because", "it is over")
    assert laptop.ask("rule", "show", made["ref"])["state"] == "ended"
    laptop.ask("rule", "put-back", made["ref"])
    assert {one["state"] for one in laptop.alerts()} == {"new"}
    (found,) = take(laptop, row(9, what="Sweep of the ward"), name="after.csv")
    assert found["put_aside"] == {}
    for words in (
        ("new", sweep["id"]), ("new", sweep["id"], "--because", "x", "--for", "soon"),
        ("new", sweep["id"], "--because", "x", "--match", "detail"),
        ("new", sweep["id"], "--because", "x", "--match", "source"),
        ("end", made["ref"]), ("end", "RXX-U0099"), ("adopt", made["ref"]), ("put-back", made["ref"]),
        ("new", sweep["id"], "--because", "x", "--tlp", "PINK"), ("new", "ff" * 16, "--because", "x"),
    ):  # fmt: skip
        assert_plain(laptop.refused("rule", *words))
    assert laptop.verified()["ok"]


def test_a_fold_and_a_rule_reach_a_colleague_and_a_rule_another_trust_only_as_labelled(group: Group) -> None:
    asha, ben, linked = group.asha, group.ben, group.linked
    take(asha, row(1), row(2), row(3, what="Sweep of the ward"))
    beacons = [one["id"] for one in asha.alerts() if "Sweep" not in one["title"]]
    sweep = next(one["id"] for one in asha.alerts() if "Sweep" in one["title"])
    folded = asha.ask("alert", "fold", *beacons)["id"]
    asha.ask("rule", "new", sweep, "--match", "source,title", "--because", "our own sweep")
    group.pass_on(asha, ben, "to-ben.ctb")
    group.pass_on(asha, linked, "to-linked.ctb")
    assert {one["id"]: one["parts"] for one in ben.alerts("--filter", "is:open")} == {folded: 1}
    assert [one["applies"] for one in ben.ask("rule", "list")] == [True]
    assert linked.ask("rule", "list") == []
    for laptop in (asha, ben, linked):
        assert laptop.verified()["ok"]


def test_folding_is_told_in_the_journal(laptop: Laptop, tmp_path: Path) -> None:
    take(laptop, row(1), row(2))
    keys = [one["id"] for one in laptop.alerts()]
    laptop.ask("alert", "fold", *keys)
    laptop.ask("rule", "new", keys[0], "--match", "source,title", "--because", "known", "--high")
    told = [one["what"] for one in laptop.ask("journal", "list")]
    assert told[0].startswith("Made rule ")
    assert told[1] == "Folded or unfolded alerts"
