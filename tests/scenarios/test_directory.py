"""The directory and the call log from the command line, at night."""

from __future__ import annotations

from tests.scenarios.commands import MADE
from tests.scenarios.laptop import Laptop

TABLE = (
    "role,name,organisation,phone,from,to\n"
    "SIRO,Sian Pryce,Northmoor,0300 555 0101,,\n"
    "EPRR on call,Jo Bell,Northmoor,0300 555 0102,2020-01-01 00:00,2090-01-01 00:00\n"
    "Odd,X,Y,1,soon,\n"
)


def test_a_directory_is_brought_listed_rung_printed_and_undone(laptop: Laptop) -> None:
    path = laptop.write("contacts.csv", TABLE)
    assert "No directory has been brought" in laptop.run("directory", "list").out
    looked = laptop.ask("directory", "import", str(path), "--dry-run", code=1)
    assert (looked["act"], looked["entries"], [one["line"] for one in looked["rejected"]]) == ("", 2, [4])
    assert laptop.ask("directory", "list") == []
    assert set(laptop.ask("directory", "import", str(path), code=1)) >= MADE
    assert [row["name"] for row in laptop.ask("directory", "on-call")] == ["Jo Bell"]
    ref = laptop.ask("incident", "new", "--title", "Ransomware")["ref"]
    assert set(laptop.ask("call", "log", "no answer", "--role", "EPRR on call", "--about", ref)) >= MADE
    made = laptop.ask("call", "log", "left message", "--role", "EPRR on call", "--about", ref)
    assert laptop.refused("call", "log", "maybe", "--to", "Jo")["code"] == "bad-input"
    assert laptop.refused("call", "log", "spoke", "--to", "Jo", "--about", "nobody")["code"] == "not-found"
    rows = laptop.ask("call", "list", ref)
    assert [(row["outcome"], row["callee"], row["about"]) for row in rows] == [
        ("left message", "Jo Bell", ref), ("rang, no answer", "Jo Bell", ref),
    ]  # fmt: skip
    laptop.ask("call", "set", made["ref"], "outcome", "spoke", "--because", "rang back")
    (bell,) = laptop.ask("directory", "list", "--search", "bell")
    assert bell["attempts"] == 2
    out = laptop.folder / "directory.txt"
    laptop.ask("directory", "print", "--out", str(out))
    assert "0300 303 5222" in out.read_text(encoding="utf-8")
    assert "Jo Bell" in laptop.run("directory", "print").out
    assert any(item["checked"] for item in laptop.ask("directory", "contacts"))
    for _ in range(5):
        laptop.ask("undo")
    assert laptop.ask("directory", "editions") == []
    assert laptop.verified()["ok"]


def test_what_is_no_directory_is_refused_with_what_to_do(laptop: Laptop) -> None:
    for text in ("", "shoe,hat\n1,2\n", 'role,name\n"a\n'):
        assert laptop.refused("directory", "import", str(laptop.write("x.csv", text)))["do"]
    assert laptop.refused("directory", "import", str(laptop.folder / "none.csv"))["code"] == "bad-input"
    path = laptop.write("two.csv", "role,name,from\nOn call,A,03/04/2026 08:00\n")
    assert laptop.refused("directory", "import", str(path))["code"] == "two-ways"
    assert laptop.ask("directory", "import", str(path), "--dates", "day-first")["entries"] == 1
