"""Which RSIT class a source's own word implies, from ``resources/vocabularies/implied_classes.json``."""

from __future__ import annotations

import json
from functools import cache

from triage_app import paths


@cache
def _classes() -> dict[str, dict[str, str]]:
    text = (paths.resources() / "vocabularies" / "implied_classes.json").read_text("utf-8")
    return {
        str(name): {str(word): str(rsit) for word, rsit in words.items()}
        for name, words in json.loads(text)["formats"].items()
    }


def implied(format_name: str, word: str) -> str:
    """Return "class/type" for a word of a format, in any case; "" for one that implies nothing certain."""
    return _classes().get(format_name, {}).get(" ".join(word.lower().split()), "")


@cache
def _types() -> dict[str, str]:
    text = (paths.resources() / "vocabularies" / "rsit.json").read_text("utf-8")
    return {
        str(kind["code"]): f"{entry['code']}/{kind['code']}"
        for entry in json.loads(text)["classes"]
        for kind in entry["types"]
    }


def of_type(code: str) -> str:
    """Return "class/type" for the code of an RSIT type, as IntelMQ's events name only that; "" for no such type."""
    return _types().get(code.strip().lower(), "")
