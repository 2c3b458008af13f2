"""A trust's own list stands in for the shipped one, whole and checked, or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stores import copies
from triage_app.services import classification, vocabularies
from triage_app.services.local_vocabularies import REPLACEABLE, Refused, read
from triage_app.services.vocabularies import problems, rsit_types, vocabulary

Change = Callable[[dict[str, Any]], Any]


@pytest.fixture(autouse=True)
def nobody_elses() -> Iterator[None]:
    """Every test begins and ends with the shipped lists."""
    vocabularies.use(None)
    yield
    vocabularies.use(None)


def own(folder: Path, name: str, change: Change) -> dict[str, Any]:
    """Write a list of one's own, made from the shipped one, and use it."""
    whole: dict[str, Any] = json.loads(json.dumps(vocabulary(name)))
    change(whole)
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(whole), encoding="utf-8")
    vocabularies.use(folder)
    return whole


@pytest.mark.parametrize("name", REPLACEABLE)
def test_every_shipped_list_would_itself_be_taken(name: str, tmp_path: Path) -> None:
    own(tmp_path, name, lambda whole: whole.update(version="of our own"))
    assert vocabulary(name)["version"] == "of our own"
    assert problems() == []


def test_a_list_of_ones_own_is_what_every_reader_sees(tmp_path: Path) -> None:
    assert "other/our-own" not in rsit_types()
    own(tmp_path, "rsit", lambda whole: whole["classes"][9]["types"].append({"code": "our-own", "name": "Our own"}))
    assert rsit_types()["other/our-own"] == "Other / Our own"
    vocabularies.use(None)
    assert "other/our-own" not in rsit_types()


def test_a_session_uses_the_lists_of_its_own_home(tmp_path: Path) -> None:
    one, other = copies(tmp_path, 2)
    one.close()
    other.close()
    folder = tmp_path / "a" / "profile" / "vocabularies"
    own(folder, "campaigns", lambda whole: whole["campaigns"].append(
        {"name": "Winter loader", "names": ["wl"], "meaning": "", "tags": []}))  # fmt: skip
    vocabularies.use(None)
    again = copies(tmp_path / "again", 1)[0]
    assert classification.read_campaign("WL") == "WL"
    again.close()
    vocabularies.use(folder)
    assert classification.read_campaign("WL") == "Winter loader"


FAULTS: list[tuple[str, Change, str]] = [
    ("letter_promises", lambda w: w["claims_en"].remove("<state>"), "“<state>” is missing from “claims_en”"),
    (
        "letter_promises",
        lambda w: w["lists_cy"][0]["words"].remove("data"),
        "“data” is missing from “subject of lists_cy”",
    ),
    ("letter_promises", lambda w: w["allowed_en"].append("your data is safe"), "is added to “allowed_en”"),
    ("letter_promises", lambda w: w["never_en"].append("<nowhere> safe"), "names a list that there is not"),
    ("determinations", lambda w: w.pop("source"), "lacks “source”"),
    ("determinations", lambda w: w.update(more=1), "“more”, which this list does not know"),
    ("determinations", lambda w: w.update(version=3), "“version” is no text"),
    ("determinations", lambda w: w.update(date="yesterday"), "its date"),
    ("determinations", lambda w: w.update(determinations={}), "is no list"),
    ("determinations", lambda w: w.update(determinations=[]), "is empty"),
    ("determinations", lambda w: w["determinations"].append(w["determinations"][0]), "“suspected” stands twice"),
    ("determinations", lambda w: w["determinations"][2].pop("name"), "entry 3 of “determinations” lacks “name”"),
    ("determinations", lambda w: w["determinations"][0].update(code="\u202ex"), "cannot be seen"),
    ("determinations", lambda w: w["determinations"][0].update(code=";rm"), "“;rm” is no code"),
    ("determinations", lambda w: w["determinations"][0].update(name="x" * 3000), "too long"),
    ("uk_categories", lambda w: w["categories"].pop(), "exactly the codes"),
    ("uk_categories", lambda w: w["categories"][0].update(category="1"), "not of the kind"),
    ("uk_categories", lambda w: w["categories"][0].update(category=True), "not of the kind"),
    ("pap", lambda w: w["labels"].pop(), "exactly the codes"),
    ("data_types", lambda w: w["states"].pop(), "exactly the codes"),
    ("support_actions", lambda w: w["statuses"].pop(0), "the program depends on it"),
    ("victims", lambda w: w["wishes"].pop(0), "the program depends on it"),
    ("attack_techniques", lambda w: w["techniques"][0].update(id="X1"), "no id of a technique"),
    ("phishing", lambda w: w["facets"][0].update(kind="colour"), "no kind of detail"),
    ("phishing", lambda w: w["facets"][0].update(choices=[]), "or none where it should have some"),
    ("rsit", lambda w: w["classes"][0].update(types=[]), "has no types"),
    ("rsit", lambda w: w["classes"][0].update(code="a/b"), "has a stroke"),
]


@pytest.mark.parametrize(("name", "change", "why"), FAULTS, ids=[f"{n}:{w}" for n, _, w in FAULTS])
def test_a_faulty_list_is_refused_whole_with_a_sentence_and_the_shipped_one_stands_in(
    name: str, change: Change, why: str, tmp_path: Path
) -> None:
    shipped = vocabulary(name)
    own(tmp_path, name, change)
    assert vocabulary(name) == shipped
    [told] = problems()
    assert told.startswith(f"Your own list {name}.json was not taken: ")
    assert why in told
    assert told.endswith("The one that came with the program stands in.")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not valid JSON"), (b"[]", "no JSON object"), (b"\xff{}", "not text in UTF-8"),
        (b'{"name": "a", "name": "b"}', "twice"), (b"{" * 100_000, "nested deeper"), (b" " * 4_200_000, "larger than"),
    ],
)  # fmt: skip
def test_what_is_no_list_at_all_is_refused_likewise(content: bytes, why: str, tmp_path: Path) -> None:
    (tmp_path / "pap.json").write_bytes(content)
    vocabularies.use(tmp_path)
    [told] = problems()
    assert why in told


def test_a_folder_and_a_pipe_in_place_of_a_list_hang_nothing(tmp_path: Path) -> None:
    (tmp_path / "pap.json").mkdir()
    os.mkfifo(tmp_path / "nis.json")
    vocabularies.use(tmp_path)
    assert [told.partition(":")[2].split(".")[0].strip() for told in problems()] == ["it is no file", "it is no file"]


def test_the_words_by_which_keys_are_read_out_are_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "words.json").write_text("{}", encoding="utf-8")
    (tmp_path / "colours.json").write_text("{}", encoding="utf-8")
    vocabularies.use(tmp_path)
    assert [told.split(" was ")[0] for told in problems()] == [
        "Your own list colours.json", "Your own list words.json"]  # fmt: skip


@given(st.sampled_from(["pap", "nis", "rsit", "crosswalk"]), st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["name", "version", "date", "source", "labels", "facets", "classes", "code", "rows"]), inner, max_size=5),
))  # fmt: skip
def test_whatever_stands_in_a_file_is_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, name: str, value: Any
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(Refused):
        read(name, path, vocabulary(name))
