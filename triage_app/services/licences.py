"""Whose work the program carries, under which licences: read from what is installed with it, no copy of ours."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Any, Final

from triage_app.paths import resources

FOLDER: Final = "licences"


@dataclass(frozen=True)
class Part:
    """One work of others that ships with the program."""

    name: str
    version: str
    "'' where what carries it does not say."
    licence: str
    "Its SPDX identifier or expression, or “Public domain”."
    what: str
    "What it does here."
    within: str
    "The package that carries it, '' for one that stands for itself."
    text: str
    "The words of its licence, and what has to be said beside them."


@cache
def parts() -> tuple[Part, ...]:
    """Return every work, in the order of their names.

    Raises ``importlib.metadata.PackageNotFoundError`` where one is missing, which no build lets through.
    """
    told = json.loads((resources() / FOLDER / "parts.json").read_text(encoding="utf-8"))
    found = [_package(one) for one in told["packages"]] + [_inside(one) for one in told["inside"]]
    return tuple(sorted(found, key=lambda part: part.name.casefold()))


def _package(one: Mapping[str, Any]) -> Part:
    installed = metadata.distribution(one["name"])
    words = [one.get("note", "")]
    words += [installed.read_text(name) or "" for name in one.get("files", ())]
    words += [(resources() / FOLDER / name).read_text(encoding="utf-8") for name in one.get("texts", ())]
    return Part(one["name"], installed.version, one["licence"], one["what"], "", _joined(words))


def _inside(one: Mapping[str, Any]) -> Part:
    version = ".".join(map(str, sys.version_info[:3])) if one["name"] == "Python" else ""
    return Part(one["name"], version, one["licence"], one["what"], one.get("within", ""), _joined([one["note"]]))


def _joined(words: list[str]) -> str:
    return "\n\n".join(text.strip("\n") for text in words if text.strip())


def heading(part: Part) -> str:
    """Return a work in one line: its name, version and licence."""
    named = f"{part.name} {part.version}".strip()
    return f"{named} ({part.licence})"
