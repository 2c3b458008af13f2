"""Playbooks, tasks and entered events from the command line, as a night of ransomware needs them."""

from __future__ import annotations

import json

import pytest

from tests.scenarios.commands import MADE
from tests.scenarios.laptop import Laptop
from triage_app.services import clock_acts
from triage_app.services.finding import find


@pytest.fixture
def incident(laptop: Laptop) -> str:
    return str(laptop.ask("incident", "new", "--title", "Imaging is encrypted")["ref"])


def step(laptop: Laptop, incident: str, name: str) -> dict[str, object]:
    return next(row for row in laptop.ask("incident", "task", "list", incident) if row["step"] == name)


def test_a_playbook_is_started_worked_through_and_taken_back(laptop: Laptop, incident: str) -> None:
    laptop.ask("incident", "classify", incident, "--rsit", "malicious-code/infected-system")
    offered = laptop.ask("incident", "playbook", "list", incident)
    assert {one["code"] for one in offered} >= {
        "ransomware", "phishing", "data-breach", "supplier-outage", "ddos", "lost-device",
    }  # fmt: skip
    assert (offered[0]["code"], offered[0]["fits"]) == ("ransomware", True)
    started = laptop.ask("incident", "playbook", "start", incident, "ransomware")
    assert set(started) >= MADE
    tasks = laptop.ask("incident", "task", "list", incident)
    assert len(tasks) == started["tasks"] == offered[0]["steps"]
    assert laptop.refused("incident", "playbook", "start", incident, "Ransomware")["code"] == "started"
    laptop.ask("incident", "task", "done", incident, "ransomware/out-of-band")
    ticked = step(laptop, incident, "out-of-band")
    assert (ticked["status"], ticked["done_by"], ticked["overdue"]) == ("done", "Asha Rahman", False)
    laptop.ask("undo")
    assert step(laptop, incident, "out-of-band")["status"] == "open"
    laptop.ask("undo")
    assert laptop.ask("incident", "task", "list", incident) == []
    laptop.ask("incident", "playbook", "start", incident, "ransomware")
    assert len(laptop.ask("incident", "task", "list", incident)) == len(tasks)
    before = laptop.verified()
    assert before["ok"]
    laptop.ask("rebuild")
    assert laptop.verified()["state"] == before["state"]


def test_only_the_missing_steps_are_added_by_a_second_start(laptop: Laptop, incident: str) -> None:
    laptop.ask("incident", "playbook", "start", incident, "ddos")
    laptop.ask("incident", "task", "remove", incident, "lift")
    assert laptop.ask("incident", "playbook", "start", incident, "ddos")["tasks"] == 1


def test_a_step_that_touches_care_asks_who_agreed_and_what_the_fallback_is(laptop: Laptop, incident: str) -> None:
    laptop.ask("incident", "playbook", "start", incident, "ransomware")
    refused = laptop.refused("incident", "task", "done", incident, "isolate")
    assert refused["code"] == "not-agreed"
    laptop.ask("incident", "task", "done", incident, "isolate", "--agreed-by", "Dr Amin", "--fallback", "CT on paper",
               "--at", "-10m", "--by", "Network team")  # fmt: skip
    done = step(laptop, incident, "isolate")
    assert (done["agreed_by"], done["fallback"], done["done_by"]) == ("Dr Amin", "CT on paper", "Network team")
    assert str(done["done_at"]) < str(done["due_at"])


def test_own_tasks_are_added_assigned_skipped_with_a_reason_and_listed_overdue_first(
    laptop: Laptop, incident: str
) -> None:
    late = laptop.ask("incident", "task", "add", incident, "Ring the vendor", "--due", "-5m", "--owner", "Jo")["ref"]
    soon = laptop.ask("incident", "task", "add", incident, "Order forms", "--due", "2h")["ref"]
    assert late.endswith("-T0001")
    laptop.ask("incident", "task", "set", incident, soon, "--owner", "Sam", "--due", "")
    everywhere = laptop.ask("tasks", "list")
    assert [(one["ref"], one["overdue"], one["owner"]) for one in everywhere] == [
        (late, True, "Jo"), (soon, False, "Sam"),
    ]  # fmt: skip
    laptop.ask("incident", "task", "skip", incident, late, "--because", "They rang us")
    rows = {one["ref"]: one for one in laptop.ask("incident", "task", "list", incident)}
    assert (rows[late]["status"], rows[late]["because"]) == ("not needed", "They rang us")
    answers = laptop.batch(f"incident task done {incident} {soon}", f"incident event list {incident}")
    assert (answers[0]["ref"], answers[1]) == (soon, [])


def test_closing_with_open_work_is_refused_unless_it_is_named_as_left_and_by_whom(
    laptop: Laptop, incident: str
) -> None:
    task = laptop.ask("incident", "task", "add", incident, "Ring the vendor")["ref"]
    victim = laptop.ask("victim", "add", incident, "--org", "RXX")["ref"]
    action = laptop.ask("action", "add", victim, "--kind", "VS05")["ref"]
    with laptop.session() as session:
        clock_acts.record_outcome(
            session, find(session.store, "incident", incident), [], "not-notifiable", by="Dr Rao", because="exercise"
        )
    refused = laptop.refused("incident", "close", incident, "--because", "over")
    assert refused["code"] == "open-work"
    assert "1 task and 1 support action are open" in refused["what"]
    assert task in refused["what"]
    assert action in refused["what"]
    nameless = laptop.refused("incident", "close", incident, "--because", "over", "--leave", "all")
    assert "name of who decided" in nameless["what"]
    wrong = laptop.refused("incident", "close", incident, "--because", "over", "--leave", "X-T1")
    assert "no open task" in wrong["what"]
    laptop.ask("incident", "close", incident, "--because", "over", "--leave", task, "--leave", action,
               "--left-by", "Dr Rao")  # fmt: skip
    shown = laptop.ask("incident", "show", incident)
    assert shown["facts"]["left_work"] == {"codes": [task, action], "by": "Dr Rao"}
    assert laptop.ask("tasks", "list") == []
    for words in (
        ("incident", "task", "add", incident, "Too late"),
        ("incident", "playbook", "start", incident, "ddos"),
        ("action", "add", victim, "--kind", "VS05"),
    ):
        refused = laptop.refused(*words)
        assert refused["code"] == "closed"
        assert refused["what"].startswith(f"{incident} is closed")
    laptop.ask("action", "set", action, "--status", "successful")
    assert laptop.verified()["ok"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("task", "add", "REF", " "), "needs a title"),
        (("task", "add", "REF", "x\u202ey"), None),
        (("task", "add", "REF", "x" * 2001), "longer than 2,000"),
        (("task", "add", "REF", "x", "--due", "yesterdayish"), "no time I can read"),
        (("task", "done", "REF", "nothing-like-it"), "No task of that incident"),
        (("playbook", "start", "REF", "flood"), "No playbook is called"),
        (("event", "add", "REF", "x", "--when", "2031-02-30"), ""),
        (("event", "add", "REF", "x", "--when", "2031-01-01"), "lies in the future"),
        (("event", "add", "REF", "x", "--when", "1066"), "before 1990"),
        (("event", "add", "REF", " ", "--when", "2026"), "needs words"),
        (("event", "add", "REF", "x", "--when", "2026", "--lane", "weather"), "no lane"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    laptop: Laptop, incident: str, words: tuple[str, ...], said: str | None
) -> None:
    line = [incident if word == "REF" else word for word in words]
    if said is None:
        laptop.ask("incident", *line)
        return
    assert said in laptop.refused("incident", *line)["what"]


def test_a_status_of_a_task_at_a_time_to_come_is_refused(laptop: Laptop, incident: str) -> None:
    task = laptop.ask("incident", "task", "add", incident, "Ring the vendor")["ref"]
    assert "has not come yet" in laptop.refused("incident", "task", "done", incident, task, "--at", "2h")["what"]
    assert "needs a reason" in laptop.refused("incident", "task", "status", incident, task, "not needed")["what"]


def test_an_event_is_entered_as_precisely_as_it_is_known_put_right_and_taken_back(
    laptop: Laptop, incident: str
) -> None:
    first = laptop.ask("incident", "event", "add", incident, "Logged in by VPN", "--when", "about 2026-11-20 22:30",
                       "--lane", "attacker", "--source", "VPN log")  # fmt: skip
    assert set(first) >= MADE
    laptop.ask("incident", "event", "add", incident, "PACS stops", "--when", "2026-11-21")
    rows = laptop.ask("incident", "event", "list", incident)
    assert [(row["what"], row["lane"]) for row in rows] == [("Logged in by VPN", "attacker"), ("PACS stops", "systems")]
    assert "about 22:30" in rows[0]["when"]
    laptop.ask("incident", "event", "set", incident, rows[0]["id"], "--what", "Logged in by Citrix")
    laptop.ask("incident", "event", "remove", incident, rows[1]["id"])
    assert [row["what"] for row in laptop.ask("incident", "event", "list", incident)] == ["Logged in by Citrix"]
    laptop.ask("undo")
    assert len(laptop.ask("incident", "event", "list", incident)) == 2
    assert laptop.verified()["ok"]


def test_a_trusts_own_playbook_stands_in_and_a_faulty_one_is_refused_with_a_sentence(
    laptop: Laptop, incident: str
) -> None:
    folder = laptop.home / "playbooks"
    folder.mkdir()
    mine = {
        "code": "ddos", "name": "Our DDoS", "version": "7", "date": "2026-10-01", "source": "Northmoor", "rsit": [],
        "phases": [{"name": "Now", "steps": [{"code": "ring", "text": "Ring", "role": "Lead", "why": "So"}]}],
    }  # fmt: skip
    (folder / "ddos.json").write_text(json.dumps(mine), encoding="utf-8")
    (folder / "ransomware.json").write_text('{"code": "ransomware"}', encoding="utf-8")
    shown = {one["code"]: one for one in laptop.ask("incident", "playbook", "list")}
    assert (shown["ddos"]["own"], shown["ddos"]["steps"], shown["ransomware"]["own"]) == (True, 1, False)
    said = laptop.run("incident", "playbook", "list").err
    assert "ransomware.json was refused, so what ships stands in: the file lacks" in said
    assert laptop.ask("incident", "playbook", "start", incident, "ddos")["tasks"] == 1
