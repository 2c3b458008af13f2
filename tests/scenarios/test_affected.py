"""The tracker of affected things from the command line, as a night of ransomware needs it."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.scenarios.commands import MADE
from tests.scenarios.laptop import Laptop


def rewritten(path: Path, name: str, **cells: str) -> None:
    """Change one row of a table, as somebody does in a spreadsheet."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
        writer.writeheader()
        for row in rows:
            writer.writerow({**row, **cells} if row["name"] == name else row)


def test_a_list_is_pasted_set_counted_sent_out_and_taken_back_in(laptop: Laptop) -> None:
    ref = laptop.ask("incident", "new", "--title", "Ransomware")["ref"]
    told = laptop.ask("incident", "affected", ref, "paste", "-", stdin=b"Host\nCT-1\nCT-2\nct-1\n")
    assert set(told) >= MADE
    assert (told["new"], told["known"], told["repeats"], told["heading"]) == (2, 0, 1, "Host")
    again = laptop.ask("incident", "affected", "paste", ref, "-", stdin=b"CT-2")
    assert (again["act"], again["new"], again["known"]) == ("", 0, 1)
    laptop.ask("incident", "affected", ref, "paste", "-", "--kind", "account", stdin=b"jo.pryce\n")
    refused = laptop.refused("incident", "affected", ref, "set", "CT-1", "--state", "isolated")
    assert refused["code"] == "not-agreed"
    assert set(
        laptop.ask("incident", "affected", ref, "set", "ct-1", "CT-2", "--state", "isolated", "--owner", "Night team",
                   "--agreed-by", "Dr Amin", "--fallback", "CT on paper", "--priority", "1")
    ) >= MADE  # fmt: skip
    laptop.ask("incident", "affected", ref, "set", "*", "--kind", "account", "--state", "sessions revoked")
    counts = laptop.ask("incident", "affected", ref, "counts")
    assert (counts["total"], counts["out"]) == (3, 3)
    assert laptop.ask("incident", "show", ref)["affected"] == counts
    rows = laptop.ask("incident", "affected", ref, "list", "--state", "Isolated")
    assert [(row["name"], row["owner"], row["agreed_by"]) for row in rows] == [
        ("CT-1", "Night team", "Dr Amin"), ("CT-2", "Night team", "Dr Amin"),
    ]  # fmt: skip
    by_name = laptop.ask("incident", "affected", ref, "list", "--state", "sessions revoked")
    assert [row["name"] for row in by_name] == ["jo.pryce"]
    assert laptop.ask("incident", "affected", ref, "list", "--state", "suspected, not cleared") == []
    told_last = laptop.run("incident", "affected", ref, "list").out.splitlines()[-1]
    assert told_last == "3 in all: 0 suspected, not cleared; 3 out of service (2 isolated, 1 sessions revoked)."
    path = laptop.folder / "affected.csv"
    assert laptop.ask("incident", "affected", ref, "export", str(path))["rows"] == 3
    same = laptop.ask("incident", "affected", ref, "import", str(path))
    assert (same["act"], same["unchanged"]) == ("", 3)
    rewritten(path, "CT-2", state="Imaged", ward="7B")
    looked = laptop.ask("incident", "affected", ref, "import", str(path), "--dry-run")
    assert [(edit["name"], edit["field"], edit["after"]) for edit in looked["changed"]] == [
        ("CT-2", "state", "Imaged"), ("CT-2", "ward", "7B"),
    ]  # fmt: skip
    assert laptop.ask("incident", "affected", ref, "counts") == counts
    assert laptop.ask("incident", "affected", ref, "import", str(path))["changed"] == looked["changed"]
    assert "imaged" in {row["state"] for row in laptop.ask("incident", "affected", ref, "list")}
    laptop.ask("undo")
    assert laptop.ask("incident", "affected", ref, "counts") == counts
    assert laptop.verified()["ok"]


def test_back_in_service_without_being_verified_clean_needs_a_name_and_a_reason(laptop: Laptop) -> None:
    ref = laptop.ask("incident", "new", "--title", "Ransomware")["ref"]
    laptop.ask("incident", "affected", ref, "paste", "-", stdin=b"CT-1\nCT-2\nCT-3\n")
    laptop.ask("incident", "affected", ref, "set", "CT-3", "--state", "verified clean")
    words = ("incident", "affected", ref, "set", "*", "--state", "Back in service")
    refused = laptop.refused(*words)
    assert refused["code"] == "not-verified"
    assert "2 of 3 go back in service" in refused["what"]
    assert laptop.refused(*words, "--because", "Gold image")["code"] == "not-verified"
    laptop.ask(*words, "--because", "Gold image", "--agreed-by", "Jo Pryce")
    rows = laptop.ask("incident", "affected", ref, "list")
    assert [(row["state"], row["back_by"], row["agreed_by"]) for row in rows] == [
        ("back-in-service", "Jo Pryce", ""), ("back-in-service", "Jo Pryce", ""), ("back-in-service", "", ""),
    ]  # fmt: skip
    path = laptop.write("mine.csv", "name,state\nPC-9,Back in service\n")
    told = laptop.ask("incident", "affected", ref, "import", str(path), code=1)
    assert "who says that it may go back" in told["rejected"][0]["why"]
    laptop.ask("incident", "affected", ref, "import", str(path), "--agreed-by", "Jo Pryce", "--because", "New machine")
    assert laptop.verified()["ok"]


def test_a_table_with_a_mistake_in_it_exits_1_and_names_the_line(laptop: Laptop) -> None:
    ref = laptop.ask("incident", "new", "--title", "Ransomware")["ref"]
    path = laptop.write("mine.csv", "name,state\nA,Imaged\nB,melted\n")
    told = laptop.ask("incident", "affected", ref, "import", str(path), code=1)
    assert told["new"] == ["A"]
    assert [item["line"] for item in told["rejected"]] == [3]


def test_what_is_no_list_is_refused_with_what_to_do(laptop: Laptop) -> None:
    ref = laptop.ask("incident", "new", "--title", "Ransomware")["ref"]
    for words, stdin in (
        (("paste", "-"), b"\xff\xfe"),
        (("paste", "-"), b"x" * 1_000_002),
        (("paste", "-"), b"CT\x071"),
        (("paste", str(laptop.folder / "none.txt")), b""),
        (("import", str(laptop.folder)), b""),
        (("import", "-"), b"nothing of ours"),
        (("set", "CT-9", "--ward", "7B"), b""),
    ):
        laptop.refused("incident", "affected", ref, *words, stdin=stdin)
