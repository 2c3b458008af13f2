"""The code lists that ship as versioned data under ``resources/vocabularies``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from triage_app.domain import severity
from triage_app.errors import BadInput
from triage_app.paths import resources


@cache
def vocabulary(name: str) -> dict[str, Any]:
    """Return a vocabulary with its version, date and source."""
    path = resources() / "vocabularies" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


@cache
def rsit_types() -> dict[str, str]:
    """Return the RSIT types: 'class/type' → its name in words."""
    return {
        f"{group['code']}/{kind['code']}": f"{group['name']} / {kind['name']}"
        for group in vocabulary("rsit")["classes"]
        for kind in group["types"]
    }


def read_rsit(text: str) -> str:
    """Return the 'class/type' a responder wrote; raise ``BadInput`` for none of RSIT's."""
    word = text.strip().lower()
    types = rsit_types()
    if word in types:
        return word
    matches = [code for code in types if code.endswith("/" + word)]
    if len(matches) == 1:
        return matches[0]
    raise BadInput(f"“{text}” is no RSIT class and type.", "Write it as class/type, for example fraud/phishing.")


@cache
def dispositions() -> dict[str, str]:
    """Return the dispositions of a dismissed alert: code → name."""
    return {item["code"]: item["name"] for item in vocabulary("dispositions")["dispositions"]}


def read_disposition(text: str) -> str:
    """Return a disposition's code; raise ``BadInput`` for none."""
    return _code(text, dispositions(), "disposition")


@cache
def action_codes() -> dict[str, str]:
    """Return the support actions: code → name."""
    return {item["code"]: item["name"] for item in vocabulary("support_actions")["actions"]}


def read_action_code(text: str) -> str:
    """Return a support action's code; raise ``BadInput`` for none."""
    return _code(text, action_codes(), "support action")


@cache
def action_statuses() -> dict[str, str]:
    """Return what may become of a support action: code → word."""
    return {item["code"]: item["name"] for item in vocabulary("support_actions")["statuses"]}


def read_action_status(text: str) -> str:
    """Return a support action's status code; raise ``BadInput`` for none."""
    return _code("unknown" if text.strip().lower() == "not known" else text, action_statuses(), "status")


@dataclass(frozen=True)
class AffectedState:
    """One state of an affected thing."""

    code: str
    name: str
    out: bool
    "It counts as still out."
    asks: bool
    "Coming into it takes the thing away from whoever works with it."
    mark: str
    "The mark it is painted with, one of an action's."


@cache
def affected_states(kind: str) -> dict[str, AffectedState]:
    """Return the states of a kind of affected things in their order: code → state. What is no account is as a host."""
    of = "account" if kind == "account" else "host"
    return {
        item["code"]: AffectedState(item["code"], item["name"], item["out"], item["asks"], item["mark"])
        for item in vocabulary("affected_states")["states"]
        if item["kind"] == of
    }


def read_affected_state(text: str, kind: str) -> str:
    """Return a state's code; raise ``BadInput`` for none that a thing of this kind can have."""
    names = {code: state.name for code, state in affected_states(kind).items()}
    noun = "state of an account" if kind == "account" else "state of a host"
    return _code(text.strip().replace("_", "-") if text.strip().lower() not in names else text, names, noun)


@cache
def categories() -> dict[int, tuple[str, str]]:
    """Return the UK incident categories: number → (name, meaning). Lower is worse."""
    return {item["category"]: (item["name"], item["meaning"]) for item in vocabulary("uk_categories")["categories"]}


def read_category(number: int) -> int:
    """Return a UK category; raise ``BadInput`` for a number there is none of."""
    if number not in categories():
        raise BadInput(f"There is no UK category {number}.", "Use 1 (worst) to 6.")
    return number


def read_wish(text: str) -> str:
    """Return one of the person's wishes; raise ``BadInput`` for another word."""
    wishes = {wish: wish for wish in vocabulary("victims")["wishes"]}
    return _code(text.replace("-", " "), wishes, "wish")


def _code(text: str, known: dict[str, str], noun: str) -> str:
    word = text.strip()
    for code, name in known.items():
        if word.lower() in (code.lower(), name.lower()):
            return code
    raise BadInput(f"“{text}” is no {noun}.", f"Use one of: {', '.join(known)}.")


def read_severity(value: str) -> int:
    """Return the lowest severity that a filter such as ``>=high`` or ``70`` lets pass. Raises ``BadInput``."""
    text = value.removeprefix(">=").lower()
    if text.isascii() and text.isdecimal():
        return int(text[:9])
    known = {name.lower(): name for name, _ in severity.vocabulary().bands}
    if text not in known:
        raise BadInput(
            f"“sev:{value}” is no severity.", f"Use sev:>= and a number from 0 to 100 or one of: {', '.join(known)}."
        )
    return severity.lowest_of(known[text])
