"""The pages of the manual: that they can be read, lead somewhere, and name only what there is."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import click
import pytest

from triage_app import paths
from triage_app.cli.main import triage
from triage_app.services import manual, settings
from triage_app.services.alert_filter import KEYS
from triage_app.services.manual import BadPage, Code, Items, Page, Run, Table

ROOT = Path(__file__).resolve().parents[3]
PAGES = manual.pages()


def lines_of(page: Page) -> list[Run]:
    return [run for block in page.blocks for line in manual._lines(block) for run in line]


# ---- what a page may hold -----------------------------------------------------------------------------------


def test_a_page_is_read_into_its_blocks() -> None:
    page = manual.read(
        "queue.md",
        "# The queue\n\nTwo lines\nare one, with `P` and **care** and *Promote*.\n\n- a\n  goes on\n- [b](#keys)\n\n"
        "1. one\n\n```\ntriage list\n```\n\n| a | b |\n|---|---|\n| c | d |\n\n## Keys\n",
    )
    assert page.title == "The queue"
    assert page.anchors == ("the-queue", "keys")
    assert page.links == ("queue.md#keys",)
    kinds = [run.kind for run in lines_of(page)]
    assert kinds.count("code") == 2
    assert Run("Promote", "name") in lines_of(page)
    lists = [block for block in page.blocks if isinstance(block, Items)]
    assert [block.numbered for block in lists] == [False, True]
    assert lists[0].lines[0] == (Run("a goes on"),)
    assert Code("triage list") in page.blocks
    tables = [block for block in page.blocks if isinstance(block, Table)]
    assert tables[0].rows == (((Run("a"),), (Run("b"),)), ((Run("c"),), (Run("d"),)))
    assert "Two lines are one, with P and care" in page.text


@pytest.mark.parametrize(
    "words",
    [
        "<b>bold</b>", "![picture](x.png)", "[out](https://example.org)", "[out](../README.md)", "see https://example.org",
        "&lt;", "a * b", "```\nno end", "| a | b |\n|---|---|\n| c |", "- a\nb", "[no such](File.md)", "<!-- x -->",
        "[run](file:///etc/passwd)", "#### Four",
    ],
)  # fmt: skip
def test_anything_else_is_refused(words: str) -> None:
    with pytest.raises(BadPage):
        manual.read("page.md", f"# Title\n\n{words}\n")


def test_a_page_without_a_title_is_refused() -> None:
    for text in ("", "words\n", "## Second\n"):
        with pytest.raises(BadPage):
            manual.read("page.md", text)


def test_where_there_is_no_manual_one_page_says_so(tmp_path: Path) -> None:
    found = manual.pages(tmp_path / "nowhere")
    assert [page.title for page in found.values()] == ["The manual is missing"]


def test_a_frozen_program_looks_for_the_manual_where_it_unpacks_its_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert paths.manual() == tmp_path / "docs" / "manual"
    folder = paths.manual()
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("# Packed\n", encoding="utf-8")
    assert [page.title for page in manual.pages().values()] == ["Packed"]
    assert '(str(ROOT / "docs" / "manual"), "docs/manual")' in (ROOT / "build.spec").read_text(encoding="utf-8")


# ---- what ours say ------------------------------------------------------------------------------------------


def test_every_link_leads_to_a_heading_and_every_page_is_in_the_contents() -> None:
    for page in PAGES.values():
        for link in page.links:
            name, _, anchor = link.partition("#")
            assert name in PAGES, f"{page.name}: {link}"
            assert not anchor or anchor in PAGES[name].anchors, f"{page.name}: {link}"
    listed = {link.partition("#")[0] for link in PAGES[manual.CONTENTS].links}
    assert set(PAGES) == listed | {manual.CONTENTS}


def test_the_pages_stand_in_the_order_of_the_contents() -> None:
    assert list(PAGES)[:3] == ["README.md", "first-start.md", "window.md"]
    assert list(PAGES)[-1] == "trouble.md"


def test_no_two_headings_of_a_page_have_one_name() -> None:
    for page in PAGES.values():
        assert len(set(page.anchors)) == len(page.anchors), page.name


def test_every_setting_and_every_key_of_the_filter_is_explained() -> None:
    written = {run.text for run in lines_of(PAGES["settings.md"]) if run.kind == "code"}
    assert set(settings.KNOWN) <= written
    keys = {run.text for run in lines_of(PAGES["filters.md"]) if run.kind == "code"}
    assert {f"{key}:" for key in KEYS} <= keys


def typed_commands(page: Page) -> list[str]:
    texts = [line for run in lines_of(page) if run.kind == "code" for line in run.text.split("\n")]
    return [text for text in texts if text.startswith("triage ")]


def unknown_in(command: str) -> str:
    """Return what of a command line the program does not know, "" for nothing."""
    step: click.Command = triage
    context = click.Context(triage)
    words = command.split()[1:]
    while words:
        word = words.pop(0)
        if word.startswith("-"):
            option = next((one for one in step.params if word in one.opts), None)
            if option is None:
                return word
            if isinstance(option, click.Option) and not option.is_flag and words:
                words.pop(0)
        elif isinstance(step, click.Group):
            found = step.get_command(context, word)
            if found is None:  # some groups take a file at once: "triage import FILE"
                return "" if type(step) is not click.Group and ("." in word or word.isupper()) else word
            step = found
    return ""


@pytest.mark.parametrize("name", PAGES)
def test_every_command_that_a_page_names_exists(name: str) -> None:
    for command in typed_commands(PAGES[name]):
        assert unknown_in(command) == "", command


def test_a_command_or_option_that_does_not_exist_would_be_found() -> None:
    assert unknown_in("triage incident vanish REF") == "vanish"
    assert unknown_in("triage import undoo 3") == "undoo"
    assert unknown_in("triage import alerts.json") == ""
    assert unknown_in("triage verify --deep") == "--deep"
    assert unknown_in("triage verify --scope REF") == ""


def shown_words() -> set[str]:
    """Every text in the code of the window, as it is shown: without the marks of access keys and dots."""
    found = set()
    for path in (ROOT / "triage_app" / "ui").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value.replace("&", "").rstrip("…"))
    return found


def test_what_a_page_names_on_the_screen_is_on_the_screen() -> None:
    known = shown_words()
    for page in PAGES.values():
        for run in lines_of(page):
            if run.kind == "name" and run.text[0].isupper():
                assert run.text in known, f"{page.name}: {run.text}"


def test_no_sentence_is_too_long_for_somebody_tired() -> None:
    """Plain words have a measure: no more than 40 words between two full stops."""
    for page in PAGES.values():
        for block in page.blocks:
            for line in manual._lines(block) if not isinstance(block, Code | Table) else ():
                text = "".join(run.text if run.kind != "code" else "x" for run in line)
                longest = max(re.split(r"[.:;?!] ", text), key=lambda part: len(part.split()))
                assert len(longest.split()) <= 40, f"{page.name}: {longest}"
