"""Promises: what says that information was not seen or is safe is found however it is put, and what does not is not."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain import promises
from triage_app.domain.promises import BadPattern, Promise, Promises
from triage_app.paths import resources

SAID = Path(__file__).resolve().parents[2] / "data" / "letters"
LISTS = resources() / "vocabularies"
FOUND = json.loads((LISTS / "letter_promises.json").read_text(encoding="utf-8"))
RULES = [promises.read(FOUND, language) for language in ("en", "cy")]


def lines(name: str) -> list[str]:
    """Sentences, one a line; a line end within one is written as \\n."""
    return [line.replace("\\n", "\n") for line in (SAID / name).read_text(encoding="utf-8").split("\n") if line]


def found_in(text: str) -> Promise | None:
    """Both languages, whatever the letter's own."""
    return next(filter(None, (rules.found_in(text) for rules in RULES)), None)


REFUSED, ALLOWED = lines("refuse.txt"), lines("allow.txt")


@pytest.mark.parametrize("words", REFUSED)
def test_a_promise_is_found_however_it_is_put(words: str) -> None:
    found = found_in(f"Dear A\n\nWe wrote to you.\n\n{words}\n\nYours")
    assert found is not None
    assert found.words


@pytest.mark.parametrize("words", ALLOWED)
def test_what_is_no_promise_is_let_through(words: str) -> None:
    assert found_in(f"Dear A\n\nWe wrote to you.\n\n{words}\n\nYours") is None


def test_the_texts_that_ship_promise_nothing() -> None:
    letters = json.loads((LISTS / "letters.json").read_text(encoding="utf-8"))["letters"]
    advice = json.loads((LISTS / "letter_advice.json").read_text(encoding="utf-8"))["advice"]
    for language in ("en", "cy"):
        for kind in letters:
            assert found_in("\n\n".join([kind[f"title_{language}"], *kind[f"body_{language}"]])) is None, kind["code"]
        for one in advice:
            assert found_in("What you can do:\n\n" + "\n".join(f"- {line}" for line in one[language])) is None


@given(
    st.sampled_from([words for words in REFUSED if "\n" not in words]), st.sampled_from(["upper", "lower", "title"]),
    st.sampled_from(["\u200b", "\u2060", "\u00ad", "\u202e", "\u2066", "\ufeff"]), st.integers(0, 40),
    st.sampled_from([" ", "\u00a0", "\t", "  ", "\n", "\u2003"]), st.sampled_from(["'", "\u2019", "\u02bc", "`"]),
)  # fmt: skip
def test_case_spaces_apostrophes_and_signs_that_cannot_be_seen_hide_no_promise(
    words: str, case: str, hidden: str, where: int, space: str, apostrophe: str
) -> None:
    dressed = {"upper": words.upper(), "lower": words.lower(), "title": words}[case]
    dressed = dressed[:where] + hidden + dressed[where:]
    dressed = dressed.replace("\u2019", "'").replace("'", apostrophe).replace(" ", space)
    assert found_in(dressed) is not None, dressed
    assert found_in(unicodedata.normalize("NFD", dressed)) is not None, dressed


SUBJECTS = ("your data", "your information", "your health record", "the details of your account", "your test results")
STATES = ("safe", "secure", "unharmed", "untouched", "intact")
SEEN = ("seen", "taken", "accessed", "copied", "read", "stolen", "opened", "looked at", "disclosed", "compromised")
AROUND = ("", "We can tell you that ", "As far as we know, ", "After a long search, ", "Dear Jo, ", "Please note: ")


@given(
    st.sampled_from(AROUND), st.sampled_from(SUBJECTS), st.sampled_from(["is", "was", "has been", "remains"]),
    st.sampled_from(["", "still ", "completely ", "never ", "not "]), st.sampled_from(STATES + SEEN),
)  # fmt: skip
def test_subject_and_claim_are_a_promise_and_a_plain_statement_that_it_was_seen_is_none(
    around: str, subject: str, be: str, how: str, what: str
) -> None:
    is_promise = what in STATES or how in ("never ", "not ")
    assert (found_in(f"{around}{subject} {be} {how}{what}.") is not None) == is_promise


@given(st.sampled_from(["No one", "Nobody", "No third party", "None of them"]), st.sampled_from(SEEN),
       st.sampled_from(SUBJECTS))  # fmt: skip
def test_that_nobody_did_it_is_a_promise(who: str, what: str, subject: str) -> None:
    assert found_in(f"{who} has {what} {subject}.") is not None


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    found = found_in(text)
    assert found is None or found.sentence


def test_subject_and_state_in_two_sentences_promise_nothing_but_its_pronoun_does() -> None:
    assert found_in("We hold your data. It is safe to call us.") is None
    found = found_in("We hold your data. It is safe.")
    assert found == Promise("It is safe.", "safe")


def test_what_stands_in_a_blank_is_not_said_yet() -> None:
    assert found_in("Dear A\n\n[[Your data is safe]]\n\nYours") is None


@pytest.mark.parametrize("pattern", ["<nowhere> safe", "a||b", "safe|<nowhere>", "?"])
def test_a_pattern_that_cannot_be_read_is_refused(pattern: str) -> None:
    lists = {name: ["x"] for name in ("subject", "pronoun", "seen", "halt")}
    with pytest.raises(BadPattern):
        Promises(lists, never=[pattern], claims=[], allowed=[], answers=[])
