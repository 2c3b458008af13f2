"""Importing as a responder does it: counts that add up, nothing twice, nothing lost, everything mendable."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.laptop import HEADER, MAPPING, ROOT, Laptop, eve, row, table
from triage_app.domain.evidence import Layout, restore
from triage_app.errors import Cancelled
from triage_app.services import import_alerts, incidents, previewing
from triage_app.store import imports
from triage_app.store.connection import Store


@pytest.fixture
def mapping(laptop: Laptop) -> Path:
    return laptop.write("mapping.json", json.dumps(MAPPING))


def raw_records(store: Store) -> list[dict[str, Any]]:
    """Return every raw record, put together again from its columns and the rest."""
    found = []
    for columns in store.dicts(
        "SELECT r.*, l.json AS layout_json FROM evidence_row AS r JOIN layout AS l ON l.id = layout"
    ):
        found.append(restore(Layout.from_json(columns["layout_json"]), columns, json.loads(columns["rest"])))
    return found


def test_what_comes_of_a_file_adds_up(laptop: Laptop, mapping: Path) -> None:
    rows = [row(1), row(2), row(3, ref="W-1"), "W-9,2026-11-21T20:00:00Z,high,too few cells", row(4, time="yesterday")]
    file = laptop.write("ward.csv", table(rows))
    [found] = laptop.take(file, words=("--mapping", str(mapping)), code=1)
    assert (found["records"], found["new"], found["repeats"], found["rejected"]) == (5, 2, 1, 2)
    assert found["format"] == "csv"
    assert found["seconds"] >= 0
    assert len(laptop.alerts()) == 2
    [listed] = laptop.ask("imports", "list")
    assert {name: listed[name] for name in ("records", "new", "repeats", "rejected")} == {
        "records": 5, "new": 2, "repeats": 1, "rejected": 2,
    }  # fmt: skip


def test_importing_the_same_file_twice_adds_nothing(laptop: Laptop) -> None:
    file = laptop.write("eve.json", "\n".join(eve(number) for number in range(30)))
    [first] = laptop.take(file)
    queue = laptop.alerts()
    evidence = laptop.verified()
    [second] = laptop.take(file)
    assert (first["new"], second["new"]) == (30, 0)
    assert (second["records"], second["repeats"]) == (30, 30)
    assert laptop.alerts() == queue
    assert evidence["ok"]
    assert laptop.verified()["ok"]
    with laptop.session() as session:
        assert session.store.value("SELECT count(*) FROM evidence_row") == 30


def test_the_same_alerts_as_an_array_and_as_lines_are_the_same_alerts(laptop: Laptop) -> None:
    lines = laptop.write("lines.json", "\n".join(eve(number) for number in range(5)))
    array = laptop.write("array.json", json.dumps([json.loads(eve(number)) for number in range(5)], indent=2))
    assert [item["new"] for item in laptop.take(lines, array)] == [5, 0]


def test_an_import_taken_back_and_done_again_counts_as_new(laptop: Laptop) -> None:
    file = laptop.write("eve.json", "\n".join(eve(number) for number in range(8)))
    [first] = laptop.take(file)
    before = laptop.alerts()
    assert set(laptop.ask("import", "undo", first["id"])) == {"id", "ref", "act"}
    assert laptop.alerts() == []
    assert laptop.refused("import", "undo", first["id"])["code"] == "not-found"
    [again] = laptop.take(file)
    assert (again["new"], again["repeats"]) == (8, 0)
    assert laptop.alerts() == before
    assert laptop.verified()["ok"]


def test_an_import_is_one_act_that_can_be_undone_and_redone(laptop: Laptop) -> None:
    [found] = laptop.take(laptop.write("eve.json", eve(1)))
    assert laptop.refused("undo")["code"] == "not-found"  # taking a whole file back is asked for by name
    undone = laptop.ask("undo", found["act"])
    assert laptop.alerts() == []
    laptop.ask("undo", undone["act"])
    assert len(laptop.alerts()) == 1
    assert laptop.verified()["ok"]


def test_a_row_stays_while_any_import_that_brought_it_stands(laptop: Laptop) -> None:
    one = laptop.write("one.json", "\n".join(eve(number) for number in range(4)))
    two = laptop.write("two.json", "\n".join(eve(number) for number in range(2, 6)))
    first, second = laptop.take(one, two)
    assert (second["new"], second["repeats"]) == (2, 2)
    laptop.ask("import", "undo", first["id"])
    assert {alert["detail"].split(",")[0] for alert in laptop.alerts()} == {f"TCP port {8000 + n}" for n in range(2, 6)}
    laptop.ask("import", "undo", second["id"])
    assert laptop.alerts() == []
    assert laptop.verified()["ok"]


def test_repeats_fold_with_a_count_the_first_time_and_the_last(laptop: Laptop, mapping: Path) -> None:
    times = ["2026-11-21T20:00:00Z", "2026-11-20T08:30:00Z", "2026-11-22T01:00:00Z"]
    file = laptop.write("ward.csv", table(row(1, time=time, what=f"Seen at {time}") for time in times))
    laptop.take(file, words=("--mapping", str(mapping)))
    [alert] = laptop.alerts()
    assert alert["count"] == 3
    assert (alert["first_seen"], alert["last_seen"]) == ("2026-11-20T08:30:00.000Z", "2026-11-22T01:00:00.000Z")
    assert alert["title"] == "Seen at 2026-11-22T01:00:00Z"  # the newest is shown
    whole = laptop.ask("alert", "show", alert["id"])
    assert [item["title"][8:18] for item in whole["rows"]] == ["2026-11-22", "2026-11-21", "2026-11-20"]


def test_a_later_file_folds_into_the_alerts_that_are_there(laptop: Laptop, mapping: Path) -> None:
    laptop.take(laptop.write("a.csv", table([row(1), row(2)])), words=("--mapping", str(mapping)))
    laptop.ask("alert", "dismiss", laptop.alerts("--order", "title")[0]["id"], "--as", "false-positive",
               "--because", "A scanner of ours")  # fmt: skip
    [found] = laptop.take(laptop.write("b.csv", table([row(1, time="2026-11-22T02:00:00Z"), row(3)])))
    assert (found["new"], found["repeats"]) == (1, 1)
    assert sorted(alert["count"] for alert in laptop.alerts()) == [1, 1, 2]
    assert len(laptop.alerts("--filter", "is:dismissed")) == 1
    assert laptop.verified()["ok"]


def test_only_the_rows_that_count_are_shown_with_an_alert(laptop: Laptop, mapping: Path) -> None:
    words = ("--mapping", str(mapping))
    laptop.take(laptop.write("a.csv", table([row(1, what="Kept")])), words=words)
    [second] = laptop.take(laptop.write("b.csv", table([row(1, what="Taken back", time="2026-11-22T02:00:00Z")])))
    laptop.ask("import", "undo", second["id"])
    [alert] = laptop.alerts()
    assert (alert["count"], alert["title"]) == (1, "Kept")
    assert [item["title"] for item in laptop.ask("alert", "show", alert["id"])["rows"]] == ["Kept"]
    assert laptop.alerts("--filter", "taken") == []


def test_unmapped_columns_are_kept(laptop: Laptop, mapping: Path) -> None:
    file = laptop.write("ward.csv", table([row(5), row(6)]))
    laptop.take(file, words=("--mapping", str(mapping)))
    with file.open(newline="") as opened:
        original = list(csv.DictReader(opened))
    with laptop.session() as session:
        assert sorted(raw_records(session.store), key=str) == sorted(original, key=str)
    assert {alert["title"] for alert in laptop.alerts("--filter", "ward")} <= {"Beacon to a loader"}


def test_the_raw_event_can_be_put_together_again(laptop: Laptop) -> None:
    odd: dict[str, Any] = {
        "x_unknown": {"deep": [1, 2.5, None, "é\u202e"]},
        "": "empty key",
        "http": {"hostname": "h.example"},
    }
    file = laptop.write("eve.json", eve(1, **odd))
    laptop.take(file)
    with laptop.session() as session:
        assert raw_records(session.store) == [json.loads(file.read_text())]


def test_a_table_never_seen_asks_for_a_mapping_and_stores_nothing(laptop: Laptop) -> None:
    file = laptop.write("ward.csv", table([row(1)]))
    [found] = laptop.take(file, code=2)
    assert found["code"] == "needs-mapping"
    assert "ward.csv" in found["what"]
    assert "--mapping" in found["do"]
    assert laptop.ask("imports", "list") == []


def test_a_mapping_is_remembered_for_tables_with_the_same_headers(laptop: Laptop, mapping: Path) -> None:
    laptop.take(laptop.write("a.csv", table([row(1)])), words=("--mapping", str(mapping)))
    [again] = laptop.take(laptop.write("b.csv", table([row(2)])))
    assert again["new"] == 1
    other = laptop.write("c.csv", table([row(3)], "Ref,Raised,Priority,What,Host,Source,Target,Corridor"))
    [unknown] = laptop.take(other, code=2)
    assert unknown["code"] == "needs-mapping"


def test_a_dry_run_remembers_no_mapping(laptop: Laptop, mapping: Path) -> None:
    file = laptop.write("a.csv", table([row(1)]))
    laptop.take(file, words=("--mapping", str(mapping), "--dry-run"))
    assert laptop.ask("mapping", "list") == []
    assert laptop.take(file, code=2)[0]["code"] == "needs-mapping"


def test_the_suggestion_of_the_tool_is_a_mapping_it_takes(laptop: Laptop) -> None:
    file = laptop.write("ward.csv", table([row(number) for number in range(4)]))
    suggested = laptop.ask("mapping", "show", str(file))
    saved = laptop.ask("mapping", "save", str(laptop.write("suggested.json", json.dumps(suggested))))
    assert saved["id"] == suggested["fingerprint"]
    assert [item["id"] for item in laptop.ask("mapping", "list")] == [saved["id"]]
    assert laptop.ask("mapping", "show", saved["id"])["columns"] == suggested["columns"]
    assert laptop.take(file)[0]["new"] == 4


def test_a_mapping_of_ones_own_is_saved_for_the_headers_of_a_table(laptop: Laptop, mapping: Path) -> None:
    file = laptop.write("ward.csv", table([row(1)]))
    assert laptop.refused("mapping", "save", str(mapping))["code"] == "bad-input"
    laptop.ask("mapping", "save", str(mapping), str(file))
    assert laptop.take(file)[0]["new"] == 1


def test_a_mapping_that_leaves_something_open_is_not_remembered(laptop: Laptop) -> None:
    file = laptop.write("ward.csv", table([row(1, time="2026-11-21 20:00:00")]))
    suggested = laptop.ask("mapping", "show", str(file))
    assert suggested["zone_stated"] is False
    open_zone = laptop.write("open.json", json.dumps(suggested))
    refused = laptop.refused("mapping", "save", str(open_zone))
    assert "time zone" in refused["what"]
    assert "Europe/London" in refused["do"]
    silent = {key: value for key, value in suggested.items() if key not in {"timezone", "zone_stated", "fingerprint"}}
    refused = laptop.refused("mapping", "save", str(laptop.write("silent.json", json.dumps(silent))), str(file))
    assert "time zone" in refused["what"]
    two_ways = suggested | {"zone_stated": True, "ambiguous": True, "readings": ["dmy: one", "mdy: other"]}
    refused = laptop.refused("mapping", "save", str(laptop.write("two.json", json.dumps(two_ways))))
    assert "dmy: one or mdy: other" in refused["what"]
    assert laptop.ask("mapping", "list") == []
    laptop.ask("mapping", "save", str(laptop.write("said.json", json.dumps(suggested | {"zone_stated": True}))))
    assert laptop.take(file)[0]["new"] == 1


def test_the_mappings_that_were_confirmed_last_are_the_first_that_a_reader_is_told(laptop: Laptop) -> None:
    with laptop.session() as session:
        with session.store.write():
            for at, name in enumerate(("b" * 32, "c" * 32, "a" * 32)):
                imports.save_mapping(session.store, name, name, MAPPING, at)
        assert list(previewing.remembered(session.store)) == ["a" * 32, "c" * 32, "b" * 32]


def test_a_mapping_without_a_time_zone_reads_no_time_that_lacks_one(laptop: Laptop, mapping: Path) -> None:
    file = laptop.write("ward.csv", table([row(1, time="2026-11-21 20:00:00")]))
    [found] = laptop.take(file, words=("--mapping", str(mapping)), code=2)
    assert "time zone" in found["what"]
    assert "Europe/London" in found["do"]


def test_a_semicolon_table_with_dates_day_first_is_read(laptop: Laptop) -> None:
    mapping = {
        "name": "SIEM", "source": "SIEM", "time_format": "dmy", "timezone": "Europe/London",
        "columns": {"time": "when", "severity": "prio", "title": "rule", "src": "from", "detail": "message"},
    }  # fmt: skip
    lines = ["when;prio;rule;from;message", '03/11/2026 18:05:22;1;Logons;10.20.0.30;"12 failures; in 60 s"',
             "13/07/2026 18:05:22;2;Café;10.20.0.31;x"]  # fmt: skip
    file = laptop.write("siem.csv", "\n".join(lines).encode("cp1252"))
    laptop.take(file, words=("--mapping", str(laptop.write("m.json", json.dumps(mapping)))))
    found = {alert["title"]: alert for alert in laptop.alerts()}
    assert found["Logons"]["first_seen"] == "2026-11-03T18:05:22.000Z"
    assert found["Café"]["first_seen"] == "2026-07-13T17:05:22.000Z"  # summer time in London
    assert found["Logons"]["detail"] == "12 failures; in 60 s"


def test_alerts_come_from_standard_input(laptop: Laptop) -> None:
    content = "\n".join(eve(number) for number in range(3)).encode()
    [found] = laptop.ask("import", "-", stdin=content)["files"]
    assert (found["path"], found["new"]) == ("-", 3)
    [again] = laptop.ask("import", "-", stdin=content)["files"]
    assert (again["new"], again["repeats"]) == (0, 3)
    assert laptop.verified()["ok"]


def test_standard_input_of_a_real_process_is_read(laptop: Laptop) -> None:
    file = laptop.write("eve.json", "\n".join(eve(number) for number in range(3)))
    with file.open("rb") as source:
        answer = laptop.process("import", "-", "--json", stdin=source)
    assert (answer.code, answer.json["files"][0]["new"]) == (0, 3)


@pytest.mark.parametrize("taken_back", [False, True])
def test_a_dry_run_predicts_the_counts_and_stores_nothing(laptop: Laptop, mapping: Path, taken_back: bool) -> None:
    words = ("--mapping", str(mapping))
    [first] = laptop.take(laptop.write("a.csv", table([row(1), row(2)])), words=words)
    if taken_back:
        laptop.ask("import", "undo", first["id"])
    file = laptop.write("b.csv", table([row(2), row(3), row(3, time="2026-11-22T01:00:00Z"), row(4, time="never")]))
    before = laptop.verified()
    [foretold] = laptop.take(file, words=(*words, "--dry-run"), code=1)
    assert laptop.verified() == before
    assert foretold["rejects_file"] is None
    assert laptop.left_behind() == []
    [came] = laptop.take(file, words=words, code=1)
    counts = ("records", "new", "repeats", "rejected")
    assert [foretold[name] for name in counts] == [came[name] for name in counts]
    assert came["new"] == (2 if taken_back else 1)


def test_a_dry_run_works_beside_an_open_window(laptop: Laptop) -> None:
    file = laptop.write("eve.json", eve(1))
    with laptop.session():
        answer = laptop.process("import", "--dry-run", str(file), "--json")
    assert (answer.code, answer.json["files"][0]["new"]) == (0, 1)


def test_the_organisation_named_is_that_of_every_alert_without_one(laptop: Laptop) -> None:
    laptop.take(laptop.write("eve.json", eve(1)), words=("--org", "rxp"))
    [alert] = laptop.alerts("--filter", "org:RXP")
    assert alert["organisation"] == "RXP"
    assert laptop.ask("imports", "list")[0]["organisation"] == "RXP"


def test_a_file_that_fails_costs_only_itself(laptop: Laptop) -> None:
    good = laptop.write("good.json", eve(1))
    bad = laptop.write("bad.json", b"\x7fELF" + bytes(2000))
    last = laptop.write("last.json", eve(2))
    found = laptop.take(good, bad, laptop.folder / "none.json", last, code=2)
    assert [item.get("new") for item in found] == [1, None, None, 1]
    assert all(found[place]["what"] and found[place]["do"] for place in (1, 2))
    assert len(laptop.alerts()) == 2
    assert laptop.verified()["ok"]


def test_rejected_rows_are_kept_with_line_and_reason(laptop: Laptop, mapping: Path) -> None:
    rows = [row(1), row(2, time="yesterday"), row(3), "W-4,only,three"]
    [found] = laptop.take(laptop.write("ward.csv", table(rows)), words=("--mapping", str(mapping)), code=1)
    with Path(found["rejects_file"]).open(newline="") as opened:
        kept = list(csv.reader(opened))
    assert kept[0][:3] == ["triage_line", "triage_reason", "Ref"]
    assert [line[0] for line in kept[1:]] == ["3", "5"]
    assert all(line[1] for line in kept[1:])
    assert kept[1][2:] == row(2, time="yesterday").split(",")
    assert kept[2][2:] == ["W-4", "only", "three"]


def test_rejected_events_are_kept_with_line_and_reason(laptop: Laptop) -> None:
    lines = [eve(1), '{"event_type": "alert", "oops"}', eve(2), '{"event_type":"alert","timestamp":"x","alert":{}}']
    [found] = laptop.take(laptop.write("eve.json", "\n".join(lines)), code=1)
    kept = Path(found["rejects_file"]).read_text("utf-8").splitlines()
    assert kept[1::2] == [lines[1], lines[3]]
    assert kept[0].startswith("# line 2: ")
    assert kept[2].startswith("# line 4: ")


def test_events_that_are_no_alerts_are_counted_beside_the_records(laptop: Laptop) -> None:
    lines = [eve(1), '{"timestamp":"2026-11-21T20:00:00Z","event_type":"dns","src_ip":"10.0.0.1","dest_ip":"10.0.0.2"}']
    [found] = laptop.take(laptop.write("eve.json", "\n".join(lines)))
    assert (found["records"], found["new"], found["ignored"]) == (1, 1, {"dns": 1})


def test_the_person_at_the_terminal_gets_sentences(laptop: Laptop, mapping: Path) -> None:
    file = laptop.write("ward.csv", table([row(1), row(2, time="never")]))
    answer = laptop.run("import", "--mapping", str(mapping), str(file), str(laptop.folder / "none.csv"))
    assert answer.code == 2
    assert "2 records, 1 new, 0 repeats, 1 rejected" in answer.out
    assert "Mend and import again: " in answer.out
    assert "There is no file none.csv. Check the name" in answer.err


def test_a_mended_rejects_file_brings_the_rows_that_were_missing(laptop: Laptop, mapping: Path) -> None:
    rows = [row(1), row(2, time="yesterday"), row(3), 'W-4,2026-11-21T00:00:04Z,high,"Torn', row(5)]
    [first] = laptop.take(laptop.write("ward.csv", table(rows)), words=("--mapping", str(mapping)), code=1)
    assert (first["new"], first["rejected"]) == (3, 2)
    rejects = Path(first["rejects_file"])
    [unmended] = laptop.take(rejects, code=1)
    assert (unmended["new"], unmended["rejected"]) == (0, 2)
    text = rejects.read_text("utf-8")
    text = text.replace("yesterday", row(2).split(",")[1]).replace('"Torn', row(4).split(",", 3)[3])
    [mended] = laptop.take(laptop.write("mended.csv", text))
    assert (mended["new"], mended["repeats"], mended["rejected"]) == (2, 0, 0)
    # They are the rows that the source would have sent, with nothing of ours among their columns.
    [whole] = laptop.take(laptop.write("whole.csv", table(row(number) for number in range(1, 6))))
    assert (whole["new"], whole["repeats"]) == (0, 5)
    with laptop.session() as session:
        assert session.store.value("SELECT count(*) FROM evidence_row") == 5
        assert all(set(found) == set(HEADER.split(",")) for found in raw_records(session.store))
    assert laptop.verified()["ok"]


def test_a_mended_rejects_file_of_a_known_report_is_that_report(laptop: Laptop) -> None:
    sample = (ROOT / "resources" / "samples" / "shadowserver-scan_rdp.csv").read_text("utf-8")
    header, first, *others = sample.splitlines()
    torn = laptop.write("scan.csv", "\n".join([header, first.replace("2026-", "year "), *others]))
    [found] = laptop.take(torn, code=1)
    assert found["rejected"] == 1
    text = Path(found["rejects_file"]).read_text("utf-8").replace("year ", "2026-")
    [mended] = laptop.take(laptop.write("mended.csv", text))
    assert (mended["format"], mended["records"], mended["rejected"]) == ("shadowserver", 1, 0)
    [whole] = laptop.take(laptop.write("whole.csv", sample))
    assert whole["new"] == 0
    assert laptop.verified()["ok"]


def test_a_mended_rejects_file_of_events_brings_the_events_that_were_missing(laptop: Laptop) -> None:
    lines = [eve(1), eve(2)[:-1], eve(3), eve(4).replace('"timestamp"', '"time"')]
    [first] = laptop.take(laptop.write("eve.json", "\n".join(lines)), code=1)
    assert first["rejected"] == 2
    text = Path(first["rejects_file"]).read_text("utf-8")
    text = text.replace(lines[1], eve(2)).replace('"time":', '"timestamp":')
    [mended] = laptop.take(laptop.write("mended.json", text))
    assert (mended["format"], mended["new"], mended["rejected"]) == ("suricata-eve", 2, 0)
    [whole] = laptop.take(laptop.write("whole.json", "\n".join(eve(number) for number in range(1, 5))))
    assert (whole["new"], whole["repeats"]) == (0, 4)
    assert laptop.verified()["ok"]


def test_a_table_whose_columns_are_described_anew_is_read_so_from_then_on(laptop: Laptop) -> None:
    file = laptop.write("a.csv", table([row(1)]))
    described: dict[str, Any] = dict(MAPPING)
    columns = {name: column for name, column in described["columns"].items() if name != "severity"}
    without = {**described, "columns": columns}
    laptop.take(file, words=("--mapping", str(laptop.write("w.json", json.dumps(without)))))
    (before,) = laptop.ask("alerts", "list")
    [again] = laptop.take(file, words=("--mapping", str(laptop.write("m.json", json.dumps(MAPPING)))))
    (after,) = laptop.ask("alerts", "list")
    assert (again["new"], again["repeats"]) == (0, 1)
    assert before["severity_word"] == "Medium"
    assert after["severity_word"] == "High"
    assert laptop.verified()["ok"]


def test_what_is_decided_while_a_file_is_taken_in_is_kept_and_the_file_too(laptop: Laptop) -> None:
    file = laptop.write("eve.json", "\n".join(eve(number) for number in range(12_000)))
    written: list[str] = []
    with laptop.session() as session:

        def between() -> None:
            if len(written) < 3:
                written.append(incidents.open_incident(session, f"Opened while importing, {len(written)}").act)

        done = import_alerts.import_file(session, file, between=between)
    assert (done.new, len(written)) == (12_000, 3)
    assert len(laptop.alerts()) == 12_000
    assert len(laptop.ask("incidents", "list")) == 3
    assert laptop.verified()["ok"]


def test_what_was_decided_stays_when_the_import_that_let_it_in_is_broken_off(laptop: Laptop) -> None:
    file = laptop.write("eve.json", "\n".join(eve(number) for number in range(12_000)))
    with laptop.session() as session:
        opened: list[str] = []

        def between() -> None:
            if not opened:
                opened.append(incidents.open_incident(session, "Opened while importing").act)

        with pytest.raises(Cancelled):
            import_alerts.import_file(session, file, between=between, is_cancelled=lambda: bool(opened))
    assert laptop.alerts() == []
    assert len(laptop.ask("incidents", "list")) == 1
    assert laptop.verified()["ok"]
