"""Files as real sources send them, where they lie beside the repository: every one is read, twice adds nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.laptop import ROOT, Laptop
from triage_app.services.import_alerts import preview

DATA = ROOT.parent / "shared" / "data"
KNOWN = [*sorted(DATA.glob("suricata/*.json")), *sorted(DATA.glob("shadowserver/*.csv"))]
TABLES = sorted(DATA.glob("feeds/*.csv"))


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def suggested(laptop: Laptop, path: Path) -> Path:
    """Return the mapping that the tool itself proposes for a table, as a person would confirm it."""
    mapping = laptop.ask("mapping", "show", str(path))
    if mapping["ambiguous"]:
        mapping |= {"ambiguous": False, "readings": [], "time_format": "dmy"}
    return laptop.write(f"{path.name}.mapping.json", json.dumps(mapping))


def imported_twice(laptop: Laptop, path: Path, *words: str) -> dict[str, Any]:
    """Import a file twice and look over all that must hold for any file."""
    answer = laptop.run("import", *words, str(path), "--json")
    assert answer.code in (0, 1), answer
    [found] = answer.json["files"]
    assert found["records"] == found["new"] + found["repeats"] + found["rejected"] > 0
    assert (found["rejected"] > 0) == bool(found["rejects_file"]) == bool(answer.code)
    alerts = laptop.alerts()
    assert len(alerts) == found["new"]
    assert sum(alert["count"] for alert in alerts) <= found["records"] - found["rejected"]
    assert all(alert["title"] and 0 <= alert["severity"] <= 100 for alert in alerts)
    [again] = laptop.ask("import", str(path), code=answer.code)["files"]
    assert (again["new"], again["records"], again["rejected"]) == (0, found["records"], found["rejected"])
    assert laptop.alerts() == alerts
    assert laptop.verified()["ok"]
    return dict(found)


if KNOWN:

    @pytest.mark.parametrize("path", KNOWN, ids=name)
    def test_a_real_file_is_taken_whole_and_once(laptop: Laptop, path: Path) -> None:
        found = imported_twice(laptop, path)
        assert found["format"] == ("suricata-eve" if path.suffix == ".json" else "shadowserver")
        assert found["rejected"] == 0

    @pytest.mark.parametrize("path", [path for path in KNOWN if path.suffix == ".json"], ids=name)
    def test_every_real_event_is_a_row_a_fold_or_counted_beside(laptop: Laptop, path: Path) -> None:
        text = path.read_text("utf-8")
        events = (
            json.loads(text) if text.lstrip()[:1] == "[" else [json.loads(line) for line in text.splitlines() if line]
        )
        [found] = laptop.take(path)
        wanted = sum(event["event_type"] == "alert" for event in events)
        assert found["records"] == wanted
        assert sum(found["ignored"].values()) == len(events) - wanted

    def test_all_real_files_together_stand_in_one_store(laptop: Laptop) -> None:
        found = laptop.take(*KNOWN)
        assert len(laptop.alerts()) == sum(item["new"] for item in found)
        assert laptop.verified()["ok"]


if TABLES:

    @pytest.mark.parametrize("path", TABLES, ids=name)
    def test_a_real_table_is_taken_through_the_mapping_suggested_for_it(laptop: Laptop, path: Path) -> None:
        assert preview(path).needs is not None
        imported_twice(laptop, path, "--mapping", str(suggested(laptop, path)))
