"""The shift handover from the command line: given with one passphrase, taken with another, on paper and as JSON."""

from __future__ import annotations

import pytest

from tests.scenarios.laptop import Laptop

INVENTED = "DEMONSTRATION: everything here is invented  "
BEN = "the heron wades at noon"


@pytest.fixture
def ben(laptop: Laptop) -> Laptop:
    """The same profile, unlocked with Ben's passphrase."""
    laptop.write("ben.txt", BEN)
    laptop.ask("slots", "add", "--responder", "Ben Okafor", "--new-passphrase-file", str(laptop.folder / "ben.txt"))
    folder = laptop.folder / "ben"
    folder.mkdir()
    (folder / "passphrase.txt").write_text(BEN)
    return Laptop(laptop.home, folder)


def test_a_shift_is_given_by_one_and_taken_by_another_who_is_told_what_they_take(laptop: Laptop, ben: Laptop) -> None:
    incident = laptop.ask("incident", "new", "--title", "Loader on the wards")["ref"]
    laptop.ask("handoff", "offer", incident, "--to", "CSOC")
    given = laptop.ask("handover", "give", "--words", "The fax still works")
    assert set(given) == {"id", "ref", "act"}
    page = laptop.ask("handover", "show")
    assert [one["words"] for one in page["handovers"]] == ["The fax still works"]
    assert page["decided"]["incidents_opened"] == len(page["open"]["incidents"]) == 1
    assert [one["ref"] for one in page["open"]["handoffs"]] == [incident]
    assert page["clocks"]
    refused = laptop.ask("handover", "take", code=2)
    assert refused["what"] == "No handover waits to be taken."
    answer = ben.run("handover", "take")
    assert answer.code == 0
    assert "The fax still works" in answer.err
    assert "UK GDPR Art. 33" in answer.err
    assert "not accepted" in answer.err
    assert {one["ref"] for one in answer.json["clocks"]} == {incident}
    assert (len(answer.json["handoffs"]), answer.json["not_here"]) == (1, 0)
    (row,) = laptop.ask("handover", "list")
    assert (row["state"], [one["by"] for one in row["taken"]]) == ("taken", ["Ben Okafor"])
    assert ben.ask("handover", "take-back", given["id"], code=2)["what"].endswith("gave this handover.")
    words = [row["what"] for row in laptop.ask("journal", "list")[:2]]
    assert words == ["Took the shift handover", "Gave the shift handover"]


def test_the_giver_takes_it_back_and_the_page_goes_to_a_file(laptop: Laptop, ben: Laptop) -> None:
    given = laptop.ask("handover", "give")["id"]
    laptop.ask("handover", "take-back", given[:6], "--because", "The train was cancelled")
    (row,) = laptop.ask("handover", "list")
    assert (row["state"], row["because"]) == ("taken back", "The train was cancelled")
    assert ben.ask("handover", "take", code=2)["what"] == "No handover waits to be taken."
    out = laptop.folder / "page.txt"
    assert laptop.run("handover", "show", "--since=-12h", "--out", str(out)).code == 0
    assert out.read_text().startswith(f"{INVENTED}TLP:AMBER+STRICT\nShift handover\n")
    assert laptop.ask("handover", "show", "--since", "tomorrow", code=2)["what"]
    incident = laptop.ask("incident", "new", "--title", "Loader on the wards")["ref"]
    told = laptop.ask("incident", "page", incident, "--out", str(out))
    assert told["label"] == f"{INVENTED}TLP:AMBER+STRICT"
    assert f"{incident}  Loader on the wards" in out.read_text()
