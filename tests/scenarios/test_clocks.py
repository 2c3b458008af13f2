"""Clocks through the public command line."""

from __future__ import annotations

import csv
from dataclasses import dataclass

import pytest

from tests.scenarios.laptop import NOW
from tests.scenarios.laptop import Laptop as Plain


@dataclass(frozen=True)
class Laptop(Plain):
    """A laptop whose clock stands still at the time of the test."""

    @property
    def options(self) -> list[str]:
        return [*super().options, "--now", NOW]


@pytest.fixture
def night(laptop: Plain) -> Laptop:
    return Laptop(laptop.home, laptop.folder)


@pytest.fixture
def incident(night: Laptop) -> str:
    return str(night.ask("incident", "new", "--title", "Ransomware on imaging")["ref"])


def states(night: Laptop, incident: str) -> dict[str, str]:
    found = night.ask("clocks", "list", "--incident", incident, "--all")
    return {f"{row['policy']}/{row['step']}": row["state"] for row in found}


def test_a_nights_clocks_from_first_look_to_closure(night: Laptop, incident: str) -> None:
    assert states(night, incident)["uk-gdpr-33/notify"] == "provisional"
    done = night.ask("incident", "clock", "aware", incident, "--at", "2026-11-22 02:31", "--because", "night manager")
    assert done["ref"] == incident
    assert set(done) == {"id", "ref", "act"}
    night.ask("incident", "clock", "aware", incident, "nis-11", "--at", "2026-11-22 02:50")
    night.ask("incident", "clock", "start", incident, "nis-11", "--at", "02:45", "--because", "bed manager's log")
    history = night.ask("incident", "clock", "history", incident, "nis-11")
    assert [row["at"] for row in history] == ["2026-11-22T02:50:00.000Z", "2026-11-22T02:45:00.000Z"]
    grid = night.ask("incident", "clock", "grid", incident, "--likelihood", "4", "--severity", "4")
    assert grid["proposal"] == "Propose to report to the ICO and DHSC."
    found = night.ask("clocks", "list")
    assert [row["due_at"] for row in found] == sorted(row["due_at"] for row in found)
    gdpr = next(row for row in found if row["policy"] == "uk-gdpr-33")
    assert (gdpr["due_at"], gdpr["left"]) == ("2026-11-25T02:31:00.000Z", "71 h 19 m left")
    refused = night.refused("incident", "close", incident, "--because", "restored")
    assert refused["code"] == "open-clocks"
    assert "3 clocks are open" in refused["what"]
    night.ask("incident", "clock", "done", incident, "uk-gdpr-33", "dspt", "--reference", "DSPT-77", "--by", "The DPO")
    night.ask("incident", "close", incident, "--because", "restored", "--leave-open", "nis-11/notify")
    assert [row["policy"] for row in night.ask("clocks", "list")] == ["nis-11"]
    night.ask("incident", "clock", "not-notifiable", incident, "--by", "Dr Rao", "--because", "no significant impact")
    assert night.ask("clocks", "list") == []
    assert night.verified()["ok"]
    night.ask("undo")
    assert [row["policy"] for row in night.ask("clocks", "list")] == ["nis-11"]


def test_a_local_target_pauses_and_goes_on(night: Laptop, incident: str) -> None:
    night.ask("incident", "clock", "pause", incident, "sla", "--because", "waiting for the supplier")
    assert states(night, incident)["sla/contain"] == "paused"
    night.ask("incident", "clock", "resume", incident, "sla")
    assert states(night, incident)["sla/contain"] == "running"


def test_a_supplier_gets_a_clock_of_its_own(night: Laptop, incident: str) -> None:
    night.ask("incident", "clock", "role", incident, "--org", "ZZ9", "--role", "processor", "--org-name", "Rota Cloud")
    night.ask("incident", "clock", "aware", incident, "--org", "ZZ9", "--at", "2026-11-21 20:00")
    found = states(night, incident)
    assert (found["uk-gdpr-33-2/tell-controller"], found["uk-gdpr-33/notify"]) == ("running", "provisional")


def test_a_policy_is_switched_and_says_where_it_comes_from(night: Laptop, incident: str) -> None:
    rows = {row["id"]: row for row in night.ask("clocks", "policies")}
    assert rows["csr-bill"]["on"] is False
    assert rows["uk-gdpr-33"]["source"]
    night.ask("clocks", "policies", "--switch", "csr-bill", "on", "--because", "Royal Assent")
    assert {row["id"]: row["on"] for row in night.ask("clocks", "policies")}["csr-bill"] is True
    assert states(night, incident)["csr-bill/first"] == "not started"


def test_a_report_goes_out_as_csv_that_no_spreadsheet_runs(night: Laptop, incident: str) -> None:
    night.ask("incident", "set", incident, "title", "=HYPERLINK(1)")
    night.ask("incident", "clock", "not-notifiable", incident, "--by", "Dr Rao", "--because", "no data")
    report = night.ask("clocks", "report", "--since", "2026-11-20", "--until", "2026-12-01")
    assert report["totals"]["not notifiable"] == 1
    path = night.folder / "report.csv"
    night.ask("clocks", "report", "--since", "2026-11-20", "--until", "2026-12-01", "--out", str(path))
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    assert {row["title"] for row in rows} == {"'=HYPERLINK(1)"}
    assert "Dr Rao" in {row["by"] for row in rows}


def test_a_trusts_own_faulty_file_is_told_of_and_what_ships_holds(night: Laptop, incident: str) -> None:
    folder = night.home / "policies"
    folder.mkdir()
    (folder / "clocks.json").write_text('{"name": "ours"}', encoding="utf-8")
    answer = night.run("clocks", "list")
    assert answer.code == 0
    assert "was refused, so those that ship hold. The file lacks “version”." in answer.err
    assert "uk-gdpr-33" in answer.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["aware", "{}", "--at", "2027-01-01"], "has not come yet"),
        (["aware", "{}", "--at", "never"], "no time I can read"),
        (["aware", "{}", "gdpr"], "There is no policy"),
        (["start", "{}", "uk-gdpr-33", "--at", "02:00", "--because", "x"], "no start to correct"),
        (["done", "{}", "uk-gdpr-33"], "has not started"),
        (["not-notifiable", "{}"], "needs the name of who decided"),
        (["pause", "{}", "uk-gdpr-33", "--because", "x"], "does not pause"),
        (["resume", "{}", "sla"], "is not paused"),
        (["grid", "{}", "--likelihood", "9", "--severity", "1"], "between 1 and 5"),
        (["role", "{}", "--org", "ZZ9", "--role", "king"], "is no role"),
        (["history", "{}", "nis-12"], "There is no policy"),
        (["reopen", "{}", "sla"], "Nothing was recorded"),
        (["aware", "RXX-0000-0001"], "no incident"),
        (["done", "CC-9999", "nhs-alert-ack"], "no incident"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(night: Laptop, incident: str, words: list[str], said: str) -> None:
    refused = night.refused("incident", "clock", *(word.format(incident) for word in words))
    assert said.lower() in refused["what"].lower()


@pytest.mark.parametrize(
    "words",
    [["list", "--order", "colour"], ["report", "--since", "2026-12-01", "--until", "2026-11-01"],
     ["policies", "--switch", "csr-bill"], ["policies", "--switch", "uk-gdpr-33", "off"], ["policies", "on"],
     ["list", "--incident", "nothing"]],
    ids=" ".join,
)  # fmt: skip
def test_a_list_or_report_that_cannot_be_is_refused(night: Laptop, words: list[str]) -> None:
    night.refused("clocks", *words)


def test_an_advisory_is_acknowledged_by_its_own_name(night: Laptop) -> None:
    from triage_app.paths import resources

    night.take(resources() / "samples" / "nhs-cyber-alert.json")
    (row, *_) = night.ask("clocks", "list")
    assert row["policy"] == "nhs-alert-ack"
    night.ask("incident", "clock", "done", row["ref"], "nhs-alert-ack", "--by", "Night desk")
    found = night.ask("clocks", "list", "--incident", row["ref"], "--all")
    assert {one["step"]: one["state"] for one in found}["acknowledge"] == "met"
