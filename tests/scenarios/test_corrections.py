"""What a person put right stays right, whatever the source says again."""

from __future__ import annotations

import json

from tests.scenarios.laptop import MAPPING, Laptop, row, table


def test_a_correction_is_laid_over_the_evidence_and_survives_every_import(laptop: Laptop) -> None:
    mapping = laptop.write("mapping.json", json.dumps(MAPPING))
    file = laptop.write("ward.csv", table([row(1), row(2)]))
    laptop.take(file, words=("--mapping", str(mapping)))
    before = [alert for alert in laptop.alerts() if alert["reference"] == "W-1"]
    name = before[0]["id"]
    laptop.ask("alert", "correct", name, "severity", "low", "--because", "a test machine")
    laptop.ask("alert", "correct", name, "host", "WARD-7B")

    def shown() -> dict[str, object]:
        found = laptop.ask("alert", "show", name)
        return {field: found[field] for field in ("severity", "host")}

    assert shown() == {"severity": 20, "host": "WARD-7B"}
    assert laptop.alerts()[-1]["id"] == name  # the order of the queue follows the correction
    corrected = laptop.ask("alert", "show", name)["corrected"]
    assert corrected["severity"]["was"] == before[0]["severity"]
    assert corrected["severity"]["because"] == "a test machine"
    newer = laptop.write("again.csv", table([row(1, time="2026-11-22T02:00:00Z").replace("high", "critical"), row(2)]))
    laptop.take(newer, words=("--mapping", str(mapping)))
    assert shown() == {"severity": 20, "host": "WARD-7B"}
    laptop.ask("rebuild")
    assert shown() == {"severity": 20, "host": "WARD-7B"}
    assert laptop.verified()["ok"]
    laptop.ask("alert", "correct", name, "severity", "")
    assert shown()["severity"] == 95
    laptop.ask("undo")
    assert shown()["severity"] == 20


def test_a_correction_that_cannot_be_is_refused_in_a_sentence(laptop: Laptop) -> None:
    mapping = laptop.write("mapping.json", json.dumps(MAPPING))
    laptop.take(laptop.write("ward.csv", table([row(1)])), words=("--mapping", str(mapping)))
    [alert] = laptop.alerts()
    assert "severity" in laptop.refused("alert", "correct", alert["id"], "severity", "400")["what"]
    assert laptop.alerts() == [alert]
