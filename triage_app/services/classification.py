"""What an incident is: determination, PAP, techniques, detail by kind, cause and impact, data types, campaign.

Each list is data. A code that no list here knows came from another laptop or another version: it is kept and shown
as it is. In every detail, what is absent was not asked; "not known" is an answer, and neither is "no" or nought.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage_app.errors import BadInput
from triage_app.language import say
from triage_app.services import precise_times
from triage_app.services.vocabularies import kept, rsit_types, vocabulary

DETAILS: Final = ("ransomware", "phishing", "nis", "data_types")
"Fields of an incident that hold a small object, one entry for each thing asked."

TECHNIQUE: Final = re.compile(r"T\d{4}(\.\d{3})?\Z")
TEXT_LIMIT: Final = 500
MOST: Final = 1_000_000_000
MOST_TECHNIQUES: Final = 200
_PART = re.compile(r"\s*([A-Za-z][A-Za-z0-9_-]*)\s*=\s*(.*?)\s*\Z", re.DOTALL)


@dataclass(frozen=True)
class Facet:
    """One thing that is asked of an incident."""

    code: str
    name: str
    kind: str
    "text, choice or count."
    hint: str
    choices: Mapping[str, str]
    "Code → words, of a choice."


@kept
def determinations() -> dict[str, str]:
    """Return what an incident may be determined to be: code → name."""
    return {item["code"]: item["name"] for item in vocabulary("determinations")["determinations"]}


@kept
def pap_labels() -> dict[str, str]:
    """Return the labels of the Permissible Actions Protocol: label → what it allows."""
    return {item["code"]: item["meaning"] for item in vocabulary("pap")["labels"]}


@kept
def techniques() -> dict[str, str]:
    """Return the techniques of ATT&CK: id → name; a sub-technique has its technique's name before its own."""
    names = {item["id"]: item["name"] for item in vocabulary("attack_techniques")["techniques"]}
    return {
        code: f"{names[code.partition('.')[0]]}: {name}" if "." in code and code.partition(".")[0] in names else name
        for code, name in names.items()
    }


@kept
def _facets() -> dict[str, tuple[Facet, ...]]:
    found = {
        field: tuple(
            Facet(
                item["code"], item["name"], item["kind"], item["hint"],
                {one["code"]: one["name"] for one in item["choices"]},
            )
            for item in vocabulary(field)["facets"]
        )
        for field in DETAILS
        if field != "data_types"
    }  # fmt: skip
    types = vocabulary("data_types")
    states = {item["code"]: item["name"] for item in types["states"]}
    found["data_types"] = tuple(
        Facet(item["code"], item["name"], "choice", item["hint"], states) for item in types["types"]
    )
    return found


def facets(field: str) -> tuple[Facet, ...]:
    """Return what is asked under one of ``DETAILS``."""
    return _facets()[field]


def asks_for(field: str, rsit: Sequence[str]) -> bool:
    """Tell whether an incident of these classes is of the kind that a detail is about."""
    return bool(set(rsit) & set(vocabulary(field)["classes"]))


# -- reading what was typed ------------------------------------------------------------------------------------


def read_determination(text: str) -> str:
    """Return a determination's code; raise ``BadInput`` for none."""
    return _of(text, determinations(), "determination")


def read_pap(text: str) -> str:
    """Return a label of PAP; WHITE is read as CLEAR. Raises ``BadInput``."""
    word = text.strip().upper().removeprefix("PAP:").strip()
    label = f"PAP:{'CLEAR' if word == 'WHITE' else word}"
    if label not in pap_labels():
        raise BadInput(say("“{0}” is no PAP label.", text), "Use RED, AMBER, GREEN or CLEAR.")
    return label


def read_techniques(words: Sequence[str]) -> list[str]:
    """Return ids of techniques, each once. One that the list does not know is kept: lists age. Raises ``BadInput``."""
    found = [word.upper() for words_ in words for word in words_.replace(",", " ").split()]
    for word in found:
        if not TECHNIQUE.match(word):
            raise BadInput(say("“{0}” is no id of a technique.", word), "Write it as T1566 or T1566.001.")
    if len(found) > MOST_TECHNIQUES:
        raise BadInput(
            say("{0} techniques are more than one incident takes.", len(found)), say("Keep to {0}.", MOST_TECHNIQUES)
        )
    return list(dict.fromkeys(found))


def read_detail(field: str, said: str | Mapping[str, Any]) -> dict[str, Any]:
    """Return what was said of a detail: "encryption=yes; family=LockBit", or an object of the same (JSON or read).

    An entry without a value (``None`` here) takes that answer away. Raises ``BadInput``.
    """
    typed = _typed(field, said) if isinstance(said, str) else said
    return dict(_answer(field, str(name), answer) for name, answer in typed.items())


def _typed(field: str, text: str) -> Mapping[str, Any]:
    if text.lstrip().startswith("{"):
        try:
            typed: dict[str, Any] = json.loads(text)
        except (ValueError, RecursionError):
            raise _unreadable(field, text) from None
        return typed
    parts = [_PART.match(part) for part in text.split(";") if part.strip()]
    if not parts or None in parts:
        raise _unreadable(field, text)
    return {part[1]: part[2] for part in parts if part is not None}


def _unreadable(field: str, text: str) -> BadInput:
    first = facets(field)[0]
    example = next(iter(first.choices), "…")
    return BadInput(
        say("“{0}” says nothing of {1}.", text[:80], field.replace("_", " ")),
        say("Write it as {0}={1}, several with “;” between them: {2}.", first.code, example, _names(field)),
    )


def _names(field: str) -> str:
    return ", ".join(facet.code for facet in facets(field))


def _answer(field: str, name: str, said: Any) -> tuple[str, Any]:
    code = name.strip().lower().replace("_", "-")
    facet = next((one for one in facets(field) if code in (one.code, one.name.lower())), None)
    if facet is None:
        raise BadInput(
            say("“{0}” is not asked of {1}.", name[:80], field.replace("_", " ")),
            say("Use one of: {0}.", _names(field)),
        )
    words = "" if said is None else str(said).strip()
    if not words:
        return facet.code, None
    if facet.kind == "choice":
        return facet.code, _of(words, facet.choices, say("answer to “{0}”", facet.name.lower()))
    if facet.kind == "count":
        if not (words.isascii() and words.isdecimal()) or len(words) > 10 or int(words) > MOST:
            raise BadInput(
                say("“{0}” is no number of {1}.", words[:80], facet.name.lower()), "Give a whole number, or nothing."
            )
        return facet.code, int(words)
    if len(words) > TEXT_LIMIT:
        raise BadInput(say("“{0}” takes {1} characters.", facet.name, TEXT_LIMIT), "Put the rest into a note.")
    return facet.code, " ".join(words.split())


def changed(was: Any, answers: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a detail after some answers were given or taken away: what is not named stays, known here or not."""
    found = {**(was if isinstance(was, Mapping) else {}), **answers}
    return {code: answer for code, answer in found.items() if answer is not None} or None


def _of(text: str, known: Mapping[str, str], noun: str) -> str:
    word = text.strip().lower().replace("_", "-")
    word = {"unknown": "not-known", "not known": "not-known"}.get(word, word)
    for code, name in known.items():
        if word in (code.lower(), name.lower(), code.lower().replace("-", " ")):
            return code
    raise BadInput(say("“{0}” is no {1}.", text[:80], noun), say("Use one of: {0}.", ", ".join(known)))


# -- older and other vocabularies ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Upgrade:
    """What an older code of RSIT, eCSIRT.net or IntelMQ is today."""

    to: tuple[str, ...]
    note: str
    "What the step loses, or why it is what it is."


@kept
def legacy_rsit() -> dict[str, Upgrade]:
    """Return the older codes: 'class/type' → what each is today."""
    return {item["from"]: Upgrade(tuple(item["to"]), item["note"]) for item in vocabulary("rsit_legacy")["codes"]}


def upgrade_rsit(text: str) -> Upgrade | None:
    """Return what an older code is today; None for a code that is no older one.

    A type alone (``ransomware``, ``c&c``) will do where it is one code's only.
    """
    word = "-".join(text.strip().lower().replace("_", "-").split())
    old = legacy_rsit()
    if word in old:
        return old[word]
    matches = [code for code in old if code.endswith("/" + word)]
    return old[matches[0]] if word and len(matches) == 1 else None


@kept
def _campaign_names() -> dict[str, str]:
    return {
        " ".join(name.casefold().replace("-", " ").split()): item["name"]
        for item in vocabulary("campaigns")["campaigns"]
        for name in (item["name"], *item["names"])
    }


@kept
def campaigns_known() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the campaigns that are known beforehand: (name, its other names)."""
    return tuple((item["name"], tuple(item["names"])) for item in vocabulary("campaigns")["campaigns"])


def known_campaigns() -> list[str]:
    """Return the campaigns that are known before any incident names them."""
    return list(dict.fromkeys(_campaign_names().values()))


def read_campaign(text: str) -> str:
    """Return a campaign's name; one that is known by several names has one here."""
    words = " ".join(text.split())
    return _campaign_names().get(" ".join(words.casefold().replace("-", " ").split()), words)


# -- words for what stands -------------------------------------------------------------------------------------


def technique_in_words(code: object) -> str:
    """Return a technique with its name; one that the list does not know says so."""
    return f"{code} {techniques().get(str(code), '(not in this list)')}"


def detail_in_words(field: str, value: object) -> list[tuple[str, str]]:
    """Return (what was asked, the answer) of a detail, in the list's order; what no list knows at the end, as it is."""
    if not isinstance(value, Mapping):
        return [] if value is None else [("", str(value))]
    known = {facet.code: facet for facet in facets(field)}
    ordered = [code for code in known if code in value] + sorted(str(code) for code in value if code not in known)
    found = []
    for code in ordered:
        facet, answer = known.get(code), value[code]
        words = f"{answer:,}" if type(answer) is int else str(answer)
        found.append((code, words) if facet is None else (facet.name, facet.choices.get(str(answer), words)))
    return found


def value_in_words(field: str, value: Any) -> str | None:
    """Return the value of one of these fields as it is read; None for another field, which others put into words."""
    if field in DETAILS:
        return "; ".join(f"{name}: {answer}".removeprefix(": ") for name, answer in detail_in_words(field, value))
    if field == "techniques":
        return ", ".join(map(technique_in_words, value)) if isinstance(value, list) else str(value)
    if field == "determination":
        return determinations().get(str(value), str(value))
    if field == "pap":
        return str(value)
    if field == "category_reported" and isinstance(value, Mapping):
        return reported_in_words(value)
    return None


def reported_in_words(value: Mapping[str, Any]) -> str:
    """Return what was reported to us as the confirmed category: "category 2, as confirmed by NCSC, INC-1"."""
    parts = [
        say("category {0}, as confirmed by {1}", value.get("category", "not known"), value.get("by") or "nobody named")
    ]
    parts += [str(value[name]) for name in ("reference",) if value.get(name)]
    when = precise_times.value_in_words(value.get("when"))
    return ", ".join([*parts, when] if when else parts)


# -- the crosswalk ---------------------------------------------------------------------------------------------


def crosswalk(code: str, to: str = "") -> dict[str, Any]:
    """Return what an RSIT code is in other vocabularies, with what is lost in each. Raises ``BadInput``."""
    table = vocabulary("crosswalk")
    names = {item["code"]: item for item in table["vocabularies"]}
    if to and to not in names:
        raise BadInput(say("There is no crosswalk to “{0}”.", to), say("Use one of: {0}.", ", ".join(names)))
    row = next((item for item in table["rows"] if item["rsit"] == code), None)
    if row is None:
        raise BadInput(say("{0} is not in the crosswalk.", code), "Add it to the list in use, or choose another code.")
    return {
        "rsit": code,
        "name": rsit_types().get(code, ""),
        "version": table["version"],
        "to": {
            name: {
                "name": item["name"], "version": item["version"], "values": list(row[name]["to"]),
                "loss": row[name]["loss"],
            }
            for name, item in names.items()
            if to in ("", name)
        },
    }  # fmt: skip
