"""What a set of reference data comes to when it is read: a code list, a catalogue, or names of organisations.

A set is read by the loader of its kind and taken whole or not at all. What stands in when no pack brings a set is what
ships with the program.
"""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from typing import Any, Final

from triage_app.domain import reference
from triage_app.domain.reference import KEV, LIST, Described, SetKind
from triage_app.formats import exploited_catalogue, ods_list
from triage_app.formats.exploited_catalogue import Catalogue
from triage_app.language import say
from triage_app.paths import resources
from triage_app.services import local_vocabularies

MOST_BYTES: Final = 16 * 1024 * 1024


class Unfit(ValueError):
    """The content of a set is not what its loader takes; the text says why, in words that continue a sentence."""


@cache
def kinds() -> dict[str, SetKind]:
    """Return the sets that a pack may bring, by code."""
    return reference.kinds(json.loads((resources() / "reference" / "sets.json").read_text(encoding="utf-8")))


@cache
def shipped(vocabulary: str) -> dict[str, Any]:
    """Return a code list as it ships. It belongs to everybody: change nothing in it."""
    path = resources() / "vocabularies" / f"{vocabulary}.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def shipped_said(kind: SetKind) -> Described | None:
    """Return what is to be said of a set as it ships; None where the program brings none."""
    if not kind.vocabulary:
        return None
    found = shipped(kind.vocabulary)
    day = reference.day(found["date"])
    return Described(kind.code, found["source"], found.get("licence", ""), day)


def load(kind: SetKind, said: Described, untrusted: bytes) -> dict[str, Any] | Catalogue:
    """Return what a set comes to: a code list, or the catalogue of exploited vulnerabilities. Raises ``Unfit``."""
    if len(untrusted) > MOST_BYTES:
        raise Unfit(say("it is larger than {0} MiB", MOST_BYTES // (1024 * 1024)))
    try:
        if kind.kind == LIST:
            found = local_vocabularies.check(kind.vocabulary, untrusted, shipped(kind.vocabulary))
            _same_day(said, reference.day(found["date"]))
            return found
        if kind.kind == KEV:
            catalogue = exploited_catalogue.read(untrusted)
            _same_day(said, catalogue.released)
            return catalogue
        return _organisations(kind, said, ods_list.read(untrusted))
    except ValueError as error:
        raise Unfit(str(error)) from None


def own_day(kind: SetKind, untrusted: bytes) -> date | None:
    """Return of which day a set's content says it is; None where it does not say. Raises ``Unfit``."""
    try:
        if kind.kind == LIST:
            found = local_vocabularies.check(kind.vocabulary, untrusted, shipped(kind.vocabulary))
            return reference.day(found["date"])
        return exploited_catalogue.read(untrusted).released if kind.kind == KEV else None
    except ValueError as error:
        raise Unfit(str(error)) from None


def _same_day(said: Described, day: date) -> None:
    if said.as_of != day:
        raise Unfit(
            say("its content is of {0}, and not of {1} as the pack says", *map(reference.written, (day, said.as_of)))
        )


def _organisations(kind: SetKind, said: Described, listed: list[ods_list.Organisation]) -> dict[str, Any]:
    """Return a file of the ODS in the shape of the shipped list.

    Nations of which it has nobody keep what ships: the files of the ODS come one for each sort of organisation.
    """
    ours = shipped(kind.vocabulary)
    nation_of = {one["code"]: one["nation"] for one in ours["organisations"]}
    found = [
        {"code": one.code, "name": one.name, "nation": one.nation or nation_of.get(one.code, "")}
        for one in listed
        if one.closed is None or one.closed > said.as_of
    ]
    if not found:
        raise Unfit(say("every organisation in it is closed"))
    nations = {one["nation"] for one in found}
    found += [one for one in ours["organisations"] if one["nation"] not in nations]
    found.sort(key=lambda one: one["name"].casefold())
    return {
        "name": ours["name"], "version": said.as_of.isoformat(), "date": said.as_of.isoformat(),
        "source": said.source, "licence": said.licence, "organisations": found,
    }  # fmt: skip
