"""What is typed wrong: two sentences and a code, three exit codes, never a traceback; and batches of lines."""

from __future__ import annotations

import shlex
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenarios.commands import MADE, leaves
from tests.scenarios.laptop import Laptop, assert_plain, copied, eve
from triage_app.cli.main import triage

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


def test_a_files_name_with_a_line_break_prints_no_result_of_its_own(laptop: Laptop) -> None:
    forged = laptop.write("a: 1 record, 1 new.\nb.csv", "{oops\n")
    answer = laptop.run("import", str(forged))
    assert answer.code == 2
    for spoken in (answer.out, answer.err):
        assert not any(line.startswith("b.csv") for line in spoken.splitlines()), spoken


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
