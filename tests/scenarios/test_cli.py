"""The command line as scripts rely on it: every command, what it prints, and the lists."""

from __future__ import annotations

import shlex

import pytest

from tests.scenarios.commands import MADE, leaves
from tests.scenarios.laptop import NOW, Laptop, eve, run_here
from triage_app.cli.main import triage

# ---- every command -------------------------------------------------------------------------------------------

DESIGNED = """
init; batch; import files; import undo; index wait; mapping list; mapping save; mapping show;
alerts list; incidents list; victims list; actions list; organisations list; imports list; journal list;
conflicts list; conflicts resolve; pending list; pending release;
alert show; alert promote; alert link; alert dismiss; alert snooze;
incident new; incident show; incident classify; incident set; incident note; incident merge; incident unmerge;
incident close; victim add; action add; person erase; person unmask; history; undo; redo;
device show; device identity; device trust; export; inspect; merge; rebuild; backup to; restore; recover;
settings get; settings set; verify
"""


def test_every_command_of_the_design_that_this_version_has_is_there() -> None:
    found = {" ".join(words) for words, _ in leaves(triage)}
    assert found >= {name.strip() for name in DESIGNED.split(";")}


@pytest.mark.parametrize("words", [words for words, _ in leaves(triage)], ids=" ".join)
def test_every_command_explains_itself_and_answers_in_json(words: tuple[str, ...]) -> None:
    command = dict(leaves(triage))[words]
    answer = run_here([*words, "--help"])
    assert answer.code == 0
    assert "Usage:" in answer.out
    assert command.help
    options = [name for parameter in command.params for name in parameter.opts]
    assert "--json" in options


READING = [
    "alerts list",
    "incidents list",
    "victims list",
    "actions list",
    "organisations list",
    "imports list",
    "journal list",
    "conflicts list",
    "pending list",
    "devices list",
    "campaigns list",
    "mapping list",
    "device show",
    "device list",
    "settings get",
    "settings get theme",
    "alert show {alert}",
    "alert related {alert}",
    "incident show {incident}",
    "incident affected {incident} counts",
    "incident affected {incident} list",
    "incident impact {incident} show",
    "directory list",
    "directory print",
    "call list",
    "victim show {victim}",
    "history {incident}",
    "history {incident} title",
    "history {alert}",
    "history {victim}",
    "history {action}",
    "verify --scope {incident}",
]

WRITING = [
    "incident new --title New",
    "alert promote {alert}",
    "alert take {alert}",
    "alert snooze {alert} --until 4h",
    "alert link {alert} --into {incident}",
    "alert dismiss {alert} --as false-positive --because 'A scanner of ours'",
    "incident classify {incident} --rsit malicious-code/infected-system --tlp amber --severity 80",
    "incident classify {incident} --category 4 --because 'One ward'",
    "incident set {incident} title Renamed",
    "incident note {incident} 'Rang again'",
    "incident merge {incident} {other}",
    "call log 'no answer' --role SIRO --about {victim}",
    "incident impact {incident} add-outage --system EPR",
    "incident impact {incident} end-outage EPR",
    "incident clock aware {incident} nis-11",
    "incident clock start {incident} nis-11 --at now --because Log",
    "incident clock grid {incident} --likelihood 4 --severity 4",
    "incident clock role {incident} --org ZZ9 --role processor",
    "incident clock pause {incident} sla --because Supplier",
    "incident clock resume {incident} sla",
    "clocks policies --switch dspt off",
    "incident clock done {incident} nis-11 --reference 7",
    "incident clock reopen {incident} nis-11",
    "incident clock not-notifiable {incident} --by Rao --because Small",
    "incident playbook start {incident} ddos",
    "incident task add {incident} 'Ring the vendor' --due 4h",
    "incident task set {incident} ddos/which --owner Jo",
    "incident task done {incident} ddos/which",
    "incident task skip {incident} ddos/extort --because 'None came'",
    "incident task status {incident} ddos/isp doing",
    "incident task remove {incident} ddos/lift",
    "incident event add {incident} 'Logged in by VPN' --when 2026-11-20 --lane attacker",
    "victim add {incident} --org RXQ",
    "victim add {incident} --person -",
    "action add {victim} --kind VS24",
    "action set {action} --status successful",
    "incident close {incident} --because Done --leave all --left-by Rao",
    "victim set {victim} wish refused",
    "victim note {victim} 'Will ring back'",
    "person erase {person}",
    "import undo {import}",
]


def names_of(laptop: Laptop) -> dict[str, str]:
    """Return something to name of each kind."""
    alerts, incidents, victims, actions, brought = laptop.batch(
        "alerts list --order seen",
        "incidents list --order ref",
        "victims list --order ref",
        "actions list",
        "imports list",
    )
    free = next(alert for alert in alerts if alert["state"] == "new")
    return {
        "alert": free["id"], "incident": incidents[0]["ref"], "other": incidents[1]["ref"], "victim": victims[0]["ref"],
        "action": actions[0]["ref"], "person": next(row["person"] for row in victims if row["person"]),
        "import": brought[0]["id"],
    }  # fmt: skip


def test_reading_commands_answer_with_one_document(worked: Laptop) -> None:
    names = names_of(worked)
    for line in READING:
        found = worked.ask(*shlex.split(line.format(**names)))
        assert isinstance(found, list if line.endswith("list") or line.startswith("history") else dict), line


def test_every_command_that_makes_something_says_what_it_made(worked: Laptop) -> None:
    names = names_of(worked)
    for line, found in zip(WRITING, worked.batch(*(line.format(**names) for line in WRITING)), strict=True):
        assert found.keys() >= MADE, line
        assert found["id"], line
        assert found["act"], line
    acts = [act["id"] for act in worked.ask("journal", "list")]
    assert len(acts) == len(set(acts))
    assert worked.verified()["ok"]


def test_a_command_that_makes_something_says_it_without_json_too(worked: Laptop) -> None:
    answer = worked.run("incident", "new", "--title", "Phones")
    assert answer.json.keys() == MADE
    assert "Phones" in answer.err or answer.json["ref"] in answer.err


def test_a_reference_in_any_case_or_an_id_names_a_record(worked: Laptop) -> None:
    lists = {"incident": "incidents", "victim": "victims", "action": "actions"}
    for kind, plural in lists.items():
        row = worked.ask(plural, "list")[0]
        assert row["id"]
        assert row["ref"]
        for name in (row["ref"], row["ref"].lower(), row["id"], row["id"].upper(), f" {row['ref']} "):
            assert worked.ask("history", name), (kind, name)
            if kind != "action":
                assert worked.ask(kind, "show", name)["id"] == row["id"]
    alert = worked.alerts()[0]["id"]
    for name in (alert, alert.upper(), alert[:10]):
        assert worked.ask("alert", "show", name)["id"] == alert


def test_an_import_is_named_in_any_case(worked: Laptop) -> None:
    worked.ask("import", "undo", worked.ask("imports", "list")[0]["id"].upper())
    assert worked.ask("imports", "list")[0]["undone"] is True


# ---- lists ---------------------------------------------------------------------------------------------------


def test_lists_are_arrays_of_objects_with_ids(worked: Laptop) -> None:
    for noun in ("alerts", "incidents", "victims", "actions", "organisations", "imports", "journal"):
        rows = worked.ask(noun, "list")
        assert rows, noun
        assert len({row["id"] for row in rows}) == len(rows)
        if noun in ("incidents", "victims", "actions"):
            assert all(row["ref"].startswith("RXX-") for row in rows)


def test_lists_are_narrowed_by_filters(worked: Laptop) -> None:
    def found(*words: str) -> list[str]:
        listed = worked.ask("--now", NOW, "alerts", "list", "--filter", " ".join(words))
        return [alert["id"] for alert in listed]

    every = found()
    assert len(every) == 8
    assert len(found("is:new")) == 7
    assert len(found("is:linked")) == 1
    assert set(found("is:open")) | set(found("is:linked")) == set(every)
    worst = [alert["id"] for alert in worked.alerts() if alert["severity"] >= 70]
    assert 0 < len(worst) < 8
    assert sorted(found("sev:>=high")) == sorted(found("sev:high")) == sorted(found("sev:>=70")) == sorted(worst)
    assert found("src:suricata") == every
    assert found("src:nobody") == found("org:RXP") == []
    assert len(found("8003")) == 1
    assert found("seen:<2d") == every
    assert found("seen:<1m") == []
    assert [row["title"] for row in worked.ask("incidents", "list", "--filter", "PHONE")] == ["Phone"]
    for wrong in ("is:lost", "sev:awful", "sev:<hihg", "sev:²", "sev:999999999999", "seen:<whenever"):
        assert worked.refused("alerts", "list", "--filter", wrong)["code"] == "bad-input", wrong
    for command in (("alerts", "list", "--filter"), ("indicators", "list", "--filter"), ("find",)):
        refused = worked.refused(*command, "sevv:high")
        assert (refused["code"], refused["what"][:24]) == ("unknown-key", "There is no key “sevv” h"), command
        assert "Did you mean sev:?" in refused["do"]
    assert "narrowed by words alone" in worked.refused("incidents", "list", "--filter", "sev:high")["do"]
    for word in ("http://evil.example/a", "pacs:104", "2001:db8::1", "sha256:" + "ab" * 32, '"foo:bar"'):
        assert found(word) == [], word
        assert worked.ask("incidents", "list", "--filter", word) == [], word


def test_lists_are_ordered_cut_and_continued(worked: Laptop) -> None:
    ascending = [alert["id"] for alert in worked.alerts("--order", "seen")]
    assert [alert["id"] for alert in worked.alerts("--order", "-seen")] == ascending[::-1]
    assert [alert["id"] for alert in worked.alerts("--order", "seen", "--limit", "3")] == ascending[:3]
    page = worked.alerts("--order", "seen", "--after", ascending[2].upper(), "--limit", "2")
    assert [alert["id"] for alert in page] == ascending[3:5]
    assert worked.alerts("--limit", "0") == []
    for wrong in (
        ("--order", "ward"),
        ("--after", "nobody"),
        ("--limit", "-1"),
        ("--limit", "x"),
        ("--limit", "9" * 30),
    ):
        worked.refused("alerts", "list", *wrong)
    rows = worked.ask("incidents", "list", "--order", "ref")
    assert worked.ask("incidents", "list", "--order", "ref", "--after", rows[0]["ref"].lower()) == rows[1:]
    assert worked.refused("incidents", "list", "--order", "ward")["code"] == "bad-input"


def test_numbers_are_ordered_as_numbers(laptop: Laptop) -> None:
    for count in (2, 10, 1):
        lines = "\n".join(eve(100 * count + number) for number in range(count))
        laptop.take(laptop.write(f"{count}.json", lines))
    assert [row["records"] for row in laptop.ask("imports", "list", "--order", "records")] == [1, 2, 10]
    assert [row["records"] for row in laptop.ask("imports", "list", "--order", "-records")] == [10, 2, 1]


def test_a_list_for_a_person_is_a_table(worked: Laptop) -> None:
    answer = worked.run("incidents", "list")
    heading, *rows = answer.out.splitlines()
    assert heading.split()[:3] == ["ref", "title", "status"]
    assert len(rows) == 2
    assert worked.run("conflicts", "list").out == "None.\n"


def test_a_command_that_is_none_is_sent_to_the_help_of_its_group(worked: Laptop) -> None:
    assert "See “triage incident --help”." in worked.run("incident", "edit").err
    assert "See “triage --help”." in worked.run("nonsense").err
