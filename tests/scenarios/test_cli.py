"""The command line as scripts rely on it: one JSON document, three exit codes, never a traceback."""

from __future__ import annotations

import json
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenarios.laptop import (
    NOW,
    PASSPHRASE,
    Laptop,
    assert_plain,
    clock,
    copied,
    environment,
    eve,
    make,
    run_here,
)
from triage_app.cli.main import triage
from triage_app.paths import Profile
from triage_app.services import session as sessions

MADE = {"id", "ref", "act"}


@pytest.fixture(scope="module")
def worked_laptop(tmp_path_factory: pytest.TempPathFactory) -> Laptop:
    """A store with eight alerts, two incidents, a victim, a support action, a person and a note."""
    laptop = make(tmp_path_factory.mktemp("worked"))
    laptop.take(laptop.write("eve.json", "\n".join(eve(number, severity=1 + number % 3) for number in range(8))))
    ids = [alert["id"] for alert in laptop.alerts()]
    [promoted, _] = laptop.batch(f"alert promote {ids[0]} --title 'Ward 7B calls out'", "incident new --title Phone")
    victim, _ = laptop.batch(
        f"victim add {promoted['ref']} --org RXP --org-name 'Eastvale Hospital'",
        f"victim add {promoted['ref']} --person 'Bel Okafor' --contact '020 7946 0000'",
    )
    laptop.batch(f"action add {victim['ref']} --kind VS05 --due 4h", f"incident note {promoted['ref']} 'Rang the ward'")
    return laptop


@pytest.fixture
def worked(worked_laptop: Laptop, tmp_path: Path) -> Laptop:
    return copied(worked_laptop, tmp_path / "laptop")


def leaves(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command that does something, with the words that name it."""
    if isinstance(command, click.Group):
        for name, below in sorted(command.commands.items()):
            yield from leaves(below, (*words, name))
    else:
        yield words, command


# ---- every command -------------------------------------------------------------------------------------------

DESIGNED = """
init; batch; import files; import undo; index wait; mapping list; mapping save; mapping show;
alerts list; incidents list; victims list; actions list; organisations list; imports list; journal list;
conflicts list; conflicts resolve; pending list; pending release;
alert show; alert promote; alert link; alert dismiss; alert snooze;
incident new; incident show; incident classify; incident set; incident note; incident merge; incident unmerge;
incident close; victim add; action add; person erase; person unmask; history; undo; redo;
device show; device identity; device trust; export; inspect; merge; rebuild; backup; restore; recover;
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
    "incident show {incident}",
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
    "incident close {incident} --because Done",
    "victim add {incident} --org RXQ",
    "victim add {incident} --person -",
    "victim set {victim} wish refused",
    "victim note {victim} 'Will ring back'",
    "action add {victim} --kind VS05",
    "action set {action} --status successful",
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
        return [alert["id"] for alert in worked.alerts("--filter", " ".join(words))]

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
    for wrong in ("is:lost", "sev:awful", "sev:<high", "sev:²", "seen:<whenever"):
        assert worked.refused("alerts", "list", "--filter", wrong)["code"] == "bad-input", wrong
    assert found("sev:99999999999999999999999999") == []


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


# ---- refusals ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "nothing",
        "alert",
        "alerts",
        "incident show",
        "incident show RXX-0000-9999",
        "alert show zz",
        "alerts list --limit",
        "import",
        "import none.json",
        "undo nothing",
        "settings get colour",
        "settings set theme pink",
        "settings set idle-lock-minutes ²",
        f"settings set idle-lock-minutes {'9' * 5000}",
        "mapping show none",
        "mapping save none.json",
        "import --mapping none.json none.csv",
        "verify --scope nobody",
        "inspect none.triage",
        "merge none.triage",
        "export out --as xml",
        "backup .",
        "device trust none.identity",
        "device identity missing/folder/me.json",
        "restore none.db",
        "recover --key-file none.txt",
        "redo",
        "batch none.txt",
        "incident show --nothing",
        "--now never alerts list",
        "history nobody",
        f"import {'x' * 5000}",
        "incident new --title ''",
    ],
)
def test_a_refusal_is_two_sentences_and_a_code(worked_laptop: Laptop, line: str, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        answer = worked_laptop.run(*shlex.split(line), "--json")
        assert answer.code == 2, line
        document = answer.json
        if "files" in document:
            document = {name: document["files"][0][name] for name in ("what", "do", "code")}
        assert_plain(document)
        spoken = worked_laptop.run(*shlex.split(line))
    assert spoken.code == 2
    assert document["do"] in spoken.err
    assert list(tmp_path.iterdir()) == []


def test_words_that_are_no_text_are_refused(worked_laptop: Laptop) -> None:
    for words in (("alerts", "list", "--filter", "a\udcff"), ("incident", "show", "\udcff"), ("import", "\udcff.json")):
        answer = worked_laptop.process(*words, "--json")
        assert answer.code == 2
        assert answer.err == ""
        document = answer.json
        assert_plain({name: document.get("files", [document])[0][name] for name in ("what", "do", "code")})


def test_some_rejected_is_exit_one_and_a_refusal_beside_it_is_two(laptop: Laptop) -> None:
    torn = laptop.write("torn.json", eve(1) + "\n{oops\n")
    assert laptop.run("import", str(torn)).code == 1
    assert laptop.run("import", str(torn), str(laptop.folder / "none.json")).code == 2
    assert laptop.run("alerts", "list").code == 0


def everything_typed() -> st.SearchStrategy[list[str]]:
    words = {word for names, _ in leaves(triage) for word in names}
    options = {name for _, command in leaves(triage) for parameter in command.params for name in parameter.opts}
    known = st.sampled_from(sorted(words | {name for name in options if name.startswith("-")}))
    # No slash: the words are file names too, and none may lead out of the test's own folder.
    anything = st.text(st.characters(exclude_characters="/\\"), max_size=12).filter(lambda text: text != "..")
    telling = st.sampled_from(
        ["", "-", "0", "-1", "1e9", "RXX-0000-0001", "4h", "0001-01-01T00:00+14:00", "a\0b", "é\udcff"]
    )
    commands = st.sampled_from([list(names) for names, _ in leaves(triage) if names[0] not in ("demo", "bench")])
    return st.tuples(commands, st.lists(known | anything | telling, max_size=6)).map(lambda pair: [*pair[0], *pair[1]])


@pytest.fixture(scope="module")
def fuzzed_laptop(worked_laptop: Laptop, tmp_path_factory: pytest.TempPathFactory) -> Laptop:
    return copied(worked_laptop, tmp_path_factory.mktemp("fuzzed") / "laptop")


@given(words=everything_typed(), as_json=st.booleans())
def test_whatever_is_typed_ends_with_a_known_exit_code(fuzzed_laptop: Laptop, words: list[str], as_json: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        answer = fuzzed_laptop.run(*words, *(["--json"] if as_json else []), stdin=b"x")
    assert answer.code in (0, 1, 2)
    assert "made a mistake" not in answer.out + answer.err, (words, answer)
    if as_json and answer.code == 2 and "--help" not in words and "-h" not in words:
        assert answer.json


# ---- batch ---------------------------------------------------------------------------------------------------


def test_a_batch_answers_line_by_line_and_stops_at_the_first_failure(laptop: Laptop) -> None:
    lines = ["incident new --title One", "", "# a remark", "incident show nobody", "incident new --title Two"]
    found = laptop.batch(*lines, code=2)
    assert [set(item) for item in found] == [MADE, {"what", "do", "code"}]
    assert [row["title"] for row in laptop.ask("incidents", "list")] == ["One"]


def test_a_batch_that_keeps_going_says_at_the_end_that_something_failed(laptop: Laptop) -> None:
    found = laptop.batch("incident show nobody", "incident new --title Two", code=2, words=["--keep-going"])
    assert [set(item) for item in found] == [{"what", "do", "code"}, MADE]
    assert [row["title"] for row in laptop.ask("incidents", "list")] == ["Two"]


def test_a_batch_passes_on_that_some_input_was_rejected(laptop: Laptop) -> None:
    torn = laptop.write("torn.json", eve(1) + "\n{oops\n")
    found = laptop.batch(f"import {torn}", "alerts list", code=1)
    assert found[0]["files"][0]["rejected"] == 1
    assert len(found[1]) == 1


@pytest.mark.parametrize(
    "line", ["incident new --title 'One", "import undo", "nothing", "--home elsewhere alerts list"]
)
def test_a_line_nobody_can_read_is_refused_as_that_line(laptop: Laptop, line: str) -> None:
    found = laptop.batch(line, "incident new --title Two", code=2, words=["--keep-going"])
    assert_plain(found[0])
    assert found[1].keys() == MADE


def test_help_in_a_batch_leaves_its_answers_clean(laptop: Laptop) -> None:
    answer = laptop.run("batch", "-", stdin=b"incident --help\n\nalerts list\n")
    assert answer.lines == [{"ok": True}, []]
    assert "Usage:" in answer.err


def test_a_batch_is_read_from_a_file(laptop: Laptop) -> None:
    file = laptop.write("batch.txt", "incident new --title 'Café on ward 7'\nincidents list\n")
    made, rows = laptop.run("batch", str(file)).lines
    assert [row["id"] for row in rows] == [made["id"]]
    assert rows[0]["title"] == "Café on ward 7"


def test_a_batch_that_is_no_text_is_refused(laptop: Laptop) -> None:
    assert (
        laptop.refused("batch", str(laptop.write("batch.txt", b"incident new --title \xff\n")))["code"] == "bad-input"
    )
    assert laptop.refused("batch", "-", stdin=b"incident new --title \xff\n")["code"] == "bad-input"
    assert laptop.ask("incidents", "list") == []


# ---- clock, lock, passphrase ---------------------------------------------------------------------------------


def test_a_clock_is_for_demonstration_stores_only(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "live", tmp_path)
    laptop.write("passphrase.txt", PASSPHRASE)
    sessions.found(
        Profile(laptop.home), organisation="RXX", responder="Asha", passphrase=PASSPHRASE, now=clock,
        cost=sessions.DEMONSTRATION_COST,
    )  # fmt: skip
    assert laptop.ask("incident", "new", "--title", "Now").keys() == MADE
    for words in (("alerts", "list"), ("incident", "new", "--title", "Then")):
        answer = run_here([*laptop.options, "--now", NOW, *words, "--json"])
        assert answer.code == 2
        assert answer.json["code"] == "bad-input"
        assert "demonstration" in answer.json["what"]
    assert len(laptop.ask("incidents", "list")) == 1


def test_in_a_demonstration_store_the_clock_is_obeyed(laptop: Laptop) -> None:
    answer = run_here([*laptop.options, "--now", "2031-02-03T04:05:06Z", "incident", "new", "--title", "Later"])
    assert answer.code == 0
    assert laptop.ask("incidents", "list")[0]["created_at"] == "2031-02-03T04:05:06.000Z"


def test_beside_an_open_window_reading_works_and_writing_is_refused(worked: Laptop) -> None:
    with worked.session():
        for words in (
            ["alerts", "list"],
            ["incidents", "list"],
            ["device", "show"],
            ["alert", "show", worked_alert(worked)],
        ):
            answer = worked.process(*words, "--json")
            assert (answer.code, answer.err) == (0, ""), words
            assert answer.json
        for words in (["incident", "new", "--title", "x"], ["import", "x.json"], ["undo"], ["rebuild"]):
            answer = worked.process(*words, "--json")
            assert answer.code == 2
            assert answer.json["code"] == "busy"
            assert_plain(answer.json)
    assert worked.ask("incident", "new", "--title", "x").keys() == MADE


def worked_alert(laptop: Laptop) -> str:
    return str(laptop.alerts("--limit", "1")[0]["id"])


def test_the_passphrase_comes_from_a_file_or_the_environment_and_nowhere_else(laptop: Laptop) -> None:
    bare = ["--home", str(laptop.home), "alerts", "list", "--json"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAGE_PASSPHRASE", PASSPHRASE)
        assert run_here(bare).json == []
        patch.setenv("TRIAGE_PASSPHRASE", "another one altogether")
        assert run_here(bare).json["code"] == "wrong-passphrase"
        assert laptop.alerts() == []  # the file named wins
        patch.delenv("TRIAGE_PASSPHRASE")
        nobody = run_here(bare)
        assert nobody.code == 2
        assert nobody.json["what"] == "No passphrase was given."
        assert_plain(nobody.json)


@pytest.mark.parametrize("content", [b"", b"\n", b"wrong horse battery\n", b"\xff\xfe"])
def test_a_passphrase_file_that_does_not_open_the_store_is_refused(laptop: Laptop, content: bytes) -> None:
    laptop.write("passphrase.txt", content)
    assert laptop.refused("alerts", "list")["code"] in ("wrong-passphrase", "bad-input")


def test_no_second_store_is_made_over_the_first(laptop: Laptop) -> None:
    before = laptop.profile.store.read_bytes(), laptop.profile.keys.read_bytes()
    assert laptop.refused("init", "--org", "RXX", "--responder", "Bel")["code"] == "store-exists"
    laptop.profile.store.rename(laptop.folder / "moved.db")
    assert laptop.refused("init", "--org", "RXX", "--responder", "Bel")["code"] == "store-exists"
    assert laptop.refused("alerts", "list")["code"] == "no-store"
    assert not laptop.profile.store.exists()
    assert ((laptop.folder / "moved.db").read_bytes(), laptop.profile.keys.read_bytes()) == before


def test_the_recovery_key_opens_the_store_when_the_passphrase_is_lost(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "profile", tmp_path)
    laptop.write("passphrase.txt", "forgotten tomorrow")
    key = tmp_path / "recovery.txt"
    words = ["--now", NOW, "init", "--org", "RXX", "--responder", "Asha", "--recovery-file", str(key), "--json"]
    assert laptop.run(*words).json.keys() == MADE
    laptop.write("passphrase.txt", "a new one to remember")
    assert laptop.refused("alerts", "list")["code"] == "wrong-passphrase"
    assert laptop.ask("recover", "--key-file", str(key)).keys() >= {"id", "ref"}
    assert laptop.alerts() == []
    laptop.write("passphrase.txt", "forgotten tomorrow")
    assert laptop.refused("alerts", "list")["code"] == "wrong-passphrase"


def test_a_recovery_key_that_cannot_be_written_leaves_no_store(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "profile", tmp_path)
    laptop.write("passphrase.txt", PASSPHRASE)
    nowhere = str(tmp_path / "missing" / "recovery.txt")
    assert laptop.refused("init", "--org", "RXX", "--responder", "Asha", "--recovery-file", nowhere)
    assert not laptop.profile.store.exists()
    taken = laptop.write("taken.txt", "mine")
    assert laptop.refused("init", "--org", "RXX", "--responder", "Asha", "--recovery-file", str(taken))
    assert taken.read_text() == "mine"
    fresh = tmp_path / "fresh.txt"
    assert laptop.refused("init", "--org", "no code", "--responder", "Asha", "--recovery-file", str(fresh))
    assert not fresh.exists()


# ---- keeping -------------------------------------------------------------------------------------------------


def test_a_backup_restores_under_a_device_of_its_own(worked: Laptop, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    worked.ask("backup", str(copy))
    assert worked.refused("backup", str(copy))["code"] == "store-exists"
    other = Laptop(tmp_path / "other", worked.folder)
    restored = other.ask("restore", str(copy))
    assert restored["ref"] != worked.ask("device", "show")["ref"]
    assert [row["ref"] for row in other.ask("incidents", "list")] == [
        row["ref"] for row in worked.ask("incidents", "list")
    ]
    assert other.verified()["ok"]
    assert other.refused("restore", str(copy))["code"] == "store-exists"


def test_a_rebuild_changes_nothing_that_can_be_seen(worked: Laptop) -> None:
    before = (worked.verified(), worked.alerts(), worked.ask("incidents", "list"), worked.ask("victims", "list"))
    assert worked.ask("rebuild")["state"] == before[0]["state"]
    assert (
        worked.verified(),
        worked.alerts(),
        worked.ask("incidents", "list"),
        worked.ask("victims", "list"),
    ) == before
    assert len(worked.alerts("--filter", "8003")) == 1


def test_verify_sees_one_cell_that_was_changed(worked: Laptop) -> None:
    with worked.session() as session, session.store.write():
        session.store.execute("UPDATE alert SET rows = rows + 1 WHERE id = (SELECT min(id) FROM alert)")
    answer = worked.run("verify", "--json")
    assert (answer.code, answer.json["ok"]) == (2, False)
    assert "alert" in answer.json["problems"][0]
    worked.ask("rebuild")
    assert worked.verified()["ok"]


def test_settings_are_set_and_read(laptop: Laptop) -> None:
    assert laptop.ask("settings", "set", "theme", "dark") == {"theme": "dark"}
    assert laptop.ask("settings", "get", "theme") == {"theme": "dark"}
    assert laptop.ask("settings", "get")["idle-lock-minutes"] == 15


def test_a_plain_list_runs_in_no_spreadsheet(laptop: Laptop) -> None:
    laptop.batch("incident new --title '=HYPERLINK(\"http://x\")'", "incident new --title 'Café, ward 7'")
    out = laptop.folder / "out.csv"
    assert laptop.ask("export", str(out), "--as", "csv")["incidents"] == 2
    text = out.read_text("utf-8")
    assert "'=HYPERLINK" in text
    assert '"Café, ward 7"' in text
    lines = laptop.folder / "out.jsonl"
    laptop.ask("export", str(lines), "--as", "jsonl")
    assert {json.loads(line)["title"] for line in lines.read_text("utf-8").splitlines()} == {
        '=HYPERLINK("http://x")', "Café, ward 7",
    }  # fmt: skip


# ---- the process ---------------------------------------------------------------------------------------------


def test_a_reader_of_the_answer_that_leaves_early_is_no_fault(worked: Laptop) -> None:
    with worked.start("alerts", "list", "--json") as child:
        assert child.stdout is not None
        child.stdout.close()
        assert child.stderr is not None
        said = child.stderr.read().decode()
        child.wait(timeout=30)
    assert "Traceback" not in said
    assert "mistake" not in said
    assert "BrokenPipe" not in said


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_of_another_code_page_gets_every_answer(worked: Laptop, encoding: str) -> None:
    worked.ask("incident", "new", "--title", "Łódź ✚ 病院")
    variables = environment() | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    answer = worked.process("incidents", "list", "--json", env=variables)
    assert answer.code == 0
    assert "Łódź ✚ 病院" in {row["title"] for row in answer.json}


def test_version_and_help_need_no_store(tmp_path: Path) -> None:
    for words in (["--version"], ["--help"], ["import", "--help"], ["alert", "dismiss", "-h"]):
        answer = run_here(["--home", str(tmp_path / "none"), *words])
        assert (answer.code, answer.err) == (0, "")
    assert not (tmp_path / "none").exists()
