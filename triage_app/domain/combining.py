"""Keeping both of two values that stand in one field, where that makes sense: lists, answers, words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

LIST: Final = "list"
"Both lists: what either names, each once."
SEALED_LIST: Final = "sealed list"
"The same, of a list that is sealed as its JSON."
ANSWERS: Final = "answers"
"What either answered; where both answered one thing otherwise, a person has to say which."
WORDS: Final = "words"
"Both texts, one under the other; where one holds the other, that one."
TITLE: Final = "title"
"Both on one line."

_WAYS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    LIST: {"incident": ("rsit", "techniques"), "campaign": ("aliases",), "victim": ("roles",)},
    SEALED_LIST: {"victim": ("formats", "flags")},
    ANSWERS: {"incident": ("data_types", "ransomware", "phishing", "nis")},
    TITLE: {"incident": ("title",), "task": ("title",)},
    WORDS: {
        "incident": ("closed_because",), "campaign": ("description",), "note": ("text",), "event": ("what",),
        "action": ("outcome", "due_because"), "affected": ("comment", "fallback"), "task": ("comment", "fallback"),
        "victim": ("contact", "hold_because"), "tip": ("text", "contact"), "call": ("note",),
        "attachment": ("description",), "custody": ("reason",), "handoff": ("note",),
    },
}  # fmt: skip

_UNKNOWN: Final = ("", "not-known", "unknown", None)
"Answers that give way to any other."


class CannotCombine(ValueError):
    """The values contradict each other; its words say where."""


def way(kind: str, field: str) -> str:
    """Return how two values of a field are combined, '' where they cannot be: a number or a state is one or another."""
    return next((name for name, fields in _WAYS.items() if field in fields.get(kind, ())), "")


def combined(how: str, values: Sequence[Any]) -> Any:
    """Return one value that keeps all of some, the first leading. Raises ``CannotCombine``."""
    there = [value for value in values if value not in (None, "", [], {})]
    if not there:
        return None
    if how in (LIST, SEALED_LIST):
        lists = [json.loads(value) if how == SEALED_LIST else value for value in there]
        if not all(isinstance(one, list) for one in lists):
            raise CannotCombine("one of them is no list")
        found = list({json.dumps(item): item for one in lists for item in one}.values())
        return json.dumps(found) if how == SEALED_LIST else found
    if how == ANSWERS:
        return _answers(there)
    if how in (WORDS, TITLE):
        return _words([str(value).strip() for value in there], "\n\n" if how == WORDS else " / ")
    raise CannotCombine("it holds one value or another")


def _answers(values: Sequence[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for value in values:
        if not isinstance(value, dict):
            raise CannotCombine("one of them holds no answers")
        for name, answer in value.items():
            if found.get(name, answer) == answer or found[name] in _UNKNOWN:
                found[name] = answer
            elif answer not in _UNKNOWN:
                raise CannotCombine(f"both answer “{name.replace('-', ' ')}”, and differently")
    return found


def _words(texts: Sequence[str], between: str) -> str:
    kept: list[str] = []
    for text in texts:
        if any(text in one for one in kept):
            continue
        kept = [one for one in kept if one not in text]
        kept.append(text)
    return between.join(kept)
