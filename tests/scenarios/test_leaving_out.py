"""Leaving rows of a file out on the command line: by the numbers of a dry run, counted and told."""

from __future__ import annotations

import pytest

from tests.scenarios.laptop import Laptop


@pytest.fixture
def laptop(laptop: Laptop) -> Laptop:
    laptop.write("list.txt", "\n".join(["198.51.100.7", "8.8.8.8", "evil.example", "198.51.100.9", "nothing at all ?"]))
    return laptop


def indicators(laptop: Laptop) -> list[str]:
    return sorted(row["value"] for row in laptop.ask("indicators", "list"))


def test_a_dry_run_numbers_the_records_and_those_named_are_left_out(laptop: Laptop) -> None:
    file = str(laptop.folder / "list.txt")
    [shown] = laptop.ask("import", file, "--dry-run", "--leave-out", "2-3", code=1)["files"]
    assert [(row["number"], row["words"], row["left_out"]) for row in shown["rows"]] == [
        (1, "198.51.100.7", False),
        (2, "8.8.8.8", True),
        (3, "evil.example", True),
        (4, "198.51.100.9", False),
    ]
    counts = ("records", "new", "repeats", "rejected", "left_out")
    assert [shown[name] for name in counts] == [5, 2, 0, 1, 2]
    assert indicators(laptop) == []
    [came] = laptop.ask("import", file, "--leave-out", "2,3", code=1)["files"]
    assert [came[name] for name in counts] == [5, 2, 0, 1, 2]
    assert indicators(laptop) == ["198.51.100.7", "198.51.100.9"]
    told = laptop.ask("imports", "show", came["id"])
    assert (told["left_out"], told["left_out_by"]) == (2, "Asha Rahman")
    assert [row["words"] for row in told["left_out_rows"]] == ["8.8.8.8", "evil.example"]
    assert told["reasons"][0] == {"reason": "left out by Asha Rahman in the preview", "count": 2, "line": 0}
    assert laptop.verified()["ok"]


def test_a_person_reads_the_numbers_and_what_was_left_out(laptop: Laptop) -> None:
    file = str(laptop.folder / "list.txt")
    words = laptop.run("import", file, "--dry-run", "--show", "2").out
    assert "       2  indicator      8.8.8.8\n  and 2 more; --show 4 shows them all" in words
    answer = laptop.run("import", file, "--leave-out", "2")
    assert "5 records, 3 new, 0 repeats, 1 rejected, 1 left out" in answer.out
    [one] = laptop.ask("imports", "list")
    assert "left out    1: left out by Asha Rahman in the preview" in laptop.run("imports", "show", one["id"]).out


def test_what_is_left_out_does_not_come_in_by_another_line(laptop: Laptop) -> None:
    text = "Traffic from 8.8.8.8 was seen.\nLater 8.8.8.8 again, and 198.51.100.7 too.\n"
    file = laptop.write("report.txt", text)
    [came] = laptop.ask("import", str(file), "--format", "indicator-list", "--leave-out", "1")["files"]
    assert (came["new"], came["left_out"]) == (1, 2)
    assert indicators(laptop) == ["198.51.100.7"]


def test_standard_input_can_be_taken_in_with_rows_left_out(laptop: Laptop) -> None:
    [came] = laptop.ask("import", "-", "--leave-out", "1", stdin=b"8.8.8.8\n198.51.100.7\n")["files"]
    assert (came["records"], came["new"], came["left_out"]) == (2, 1, 1)


@pytest.mark.parametrize(
    ("numbers", "said"),
    [("9", "has no record 9: it has 4"), ("0", "names no records"), ("3-1", "names no records"), ("x", "names no")],
)
def test_a_number_that_is_none_imports_nothing(laptop: Laptop, numbers: str, said: str) -> None:
    answer = laptop.run("import", str(laptop.folder / "list.txt"), "--leave-out", numbers)
    assert answer.code != 0
    assert said in answer.err + answer.out
    assert indicators(laptop) == []


def test_what_was_left_out_comes_in_when_the_file_is_imported_again_whole(laptop: Laptop) -> None:
    file = str(laptop.folder / "list.txt")
    laptop.ask("import", file, "--leave-out", "2", code=1)
    [again] = laptop.ask("import", file, code=1)["files"]
    assert (again["new"], again["repeats"], again["left_out"]) == (1, 3, 0)
