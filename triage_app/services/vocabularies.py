"""The code lists: shipped as versioned data under ``resources/vocabularies``, or a trust's own under its home.

``use`` says whose home; a list of the same name there wins, once it has been checked (``local_vocabularies``). Else the
newer of what ships and what a signed pack brought (``reference_shelf``) is the list.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from triage_app import language
from triage_app.domain import severity
from triage_app.errors import BadInput
from triage_app.language import say
from triage_app.paths import resources
from triage_app.services import reference_shelf

_T = TypeVar("_T")

SAID: Final = (
    "affected_states", "bodies", "clinical", "contact_attempts", "data_types", "determinations", "dispositions",
    "letter_exposure", "nis", "pap", "phishing", "ransomware", "rsit", "support_actions", "tip_channels",
    "uk_categories", "victim_record",
)  # fmt: skip
"""The lists whose names are shown in the language of the screen. What is kept and sent is their codes."""

NAMED: Final = ("name", "meaning", "hint", "word", "care", "means", "does")
"""What is shown of an entry of such a list."""

_forget: list[Callable[[], None]] = []
_folder: Path | None = None
"Where this process looks for a trust's own lists: a process works on one home at a time."

_problems: dict[str, str] = {}
"File name → why it was not taken, of those that were looked at."


def kept(function: Callable[[], _T]) -> Callable[[], _T]:
    """Remember what a list comes to, in each language, until another home is used."""
    made = cache(lambda _: function())
    _forget.append(made.cache_clear)
    return lambda: made(language.code())


def use(folder: Path | None) -> None:
    """Look for a trust's own lists in a folder from now on, and read them anew."""
    global _folder
    _folder = folder
    read_anew()


def read_anew() -> None:
    """Read every list anew when it is next wanted."""
    _problems.clear()
    _spoken.cache_clear()
    for each in _forget:
        each()


def vocabulary(name: str) -> dict[str, Any]:
    """Return a vocabulary with its version, date and source: the trust's own, where there is a sound one.

    The names on it are in the language of the screen, where it has them.
    """
    return _spoken(name, language.code())


@cache
def _spoken(name: str, spoken: str) -> dict[str, Any]:
    found = _read(name)
    return found if spoken == "en" or name not in SAID else {key: _in_language(value) for key, value in found.items()}


def _in_language(value: Any, key: str = "") -> Any:
    """Return a part of a list with its names in the language of the screen."""
    if isinstance(value, dict):
        return {inner: _in_language(each, inner) for inner, each in value.items()}
    if isinstance(value, list):
        return [_in_language(each, key) for each in value]
    return say(value) if isinstance(value, str) and key in NAMED else value


def _read(name: str) -> dict[str, Any]:
    own = None if _folder is None else _folder / f"{name}.json"
    if own is None or not own.exists():
        return reference_shelf.code_list(None if _folder is None else _folder.parent, name) or _shipped(name)
    from triage_app.services import local_vocabularies  # only where there is such a file

    shipped = _shipped(name)
    try:
        return local_vocabularies.read(name, own, shipped)
    except local_vocabularies.Refused as error:
        _problems[own.name] = (
            f"Your own list {own.name} was not taken: {error}. The one that came with the program stands in."
        )
        return shipped


def _shipped(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((resources() / "vocabularies" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def own_list(home: Path, name: str) -> dict[str, Any] | None:
    """Return a trust's own list, where there is a sound one in a home."""
    from triage_app.services import local_vocabularies

    path = home / "vocabularies" / f"{name}.json"
    if not path.exists():
        return None
    try:
        return local_vocabularies.read(name, path, _shipped(name))
    except local_vocabularies.Refused:
        return None


@dataclass(frozen=True)
class ListInUse:
    """One code list, and whose it is."""

    name: str
    title: str
    version: str
    date: str
    source: str
    is_own: bool
    problem: str = ""


def lists_in_use() -> list[ListInUse]:
    """Return every list that can be replaced, as it is in use; and every file that replaces nothing, with why."""
    from triage_app.services.local_vocabularies import REPLACEABLE

    found = []
    for name in REPLACEABLE:
        in_use = vocabulary(name)
        problem = _problems.get(f"{name}.json", "")
        own = _folder is not None and (_folder / f"{name}.json").exists() and not problem
        found.append(ListInUse(name, in_use["name"], in_use["version"], in_use["date"], in_use["source"], own, problem))
    others = sorted(_folder.glob("*.json")) if _folder is not None and _folder.is_dir() else []
    for path in others:
        if path.stem not in REPLACEABLE:
            why = f"Your own list {path.name} was not taken: there is no list of that name that can be replaced."
            found.append(ListInUse(path.stem, "", "", "", "", is_own=True, problem=why))
    return found


def problems() -> list[str]:
    """Return a sentence for every list of the trust's own that was not taken."""
    if _folder is None or not _folder.is_dir():
        return []
    return [each.problem for each in lists_in_use() if each.problem]


@kept
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
    raise BadInput(say("“{0}” is no RSIT class and type.", text), "Write it as class/type, for example fraud/phishing.")


@kept
def dispositions() -> dict[str, str]:
    """Return the dispositions of a dismissed alert: code → name."""
    return {item["code"]: item["name"] for item in vocabulary("dispositions")["dispositions"]}


def read_disposition(text: str) -> str:
    """Return a disposition's code; raise ``BadInput`` for none."""
    return _code(text, dispositions(), "disposition")


@kept
def action_codes() -> dict[str, str]:
    """Return the support actions: code → name."""
    return {item["code"]: item["name"] for item in vocabulary("support_actions")["actions"]}


def read_action_code(text: str) -> str:
    """Return a support action's code; raise ``BadInput`` for none."""
    return _code(text, action_codes(), "support action")


@kept
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
    "It is out of service."
    cleared: bool
    "Nothing is left to do for it. What is neither out nor cleared is suspected, and nobody may take it for fine."
    asks: bool
    "Coming into it takes the thing away from whoever works with it."
    after: str
    "The state that a thing should be in before it comes into this one, '' for any. Skipping it is answered for."
    mark: str
    "The mark it is painted with, one of an action's."


def affected_states(kind: str) -> dict[str, AffectedState]:
    """Return the states of a kind of affected things in their order: code → state. What is no account is as a host."""
    return _affected_states()["account" if kind == "account" else "host"]


@kept
def _affected_states() -> dict[str, dict[str, AffectedState]]:
    found: dict[str, dict[str, AffectedState]] = {"account": {}, "host": {}}
    for item in vocabulary("affected_states")["states"]:
        state = AffectedState(
            item["code"], item["name"], item["out"], item["cleared"], item["asks"], item["after"], item["mark"]
        )
        found[item["kind"]][state.code] = state
    return found


def read_affected_state(text: str, kind: str) -> str:
    """Return a state's code; raise ``BadInput`` for none that a thing of this kind can have."""
    names = {code: state.name for code, state in affected_states(kind).items()}
    noun = "state of an account" if kind == "account" else "state of a host"
    return _code(text.strip().replace("_", "-") if text.strip().lower() not in names else text, names, noun)


@kept
def clinical_codes() -> dict[str, dict[str, str]]:
    """Return the code lists of clinical impact: list → code → name."""
    return {
        name: {item["code"]: item["name"] for item in items if "name" in item}
        for name, items in vocabulary("clinical").items()
        if isinstance(items, list)
    }


def read_clinical(text: str, name: str, noun: str) -> str:
    """Return a code of one of the lists of clinical impact; raise ``BadInput`` for none."""
    return _code(text.strip().replace("_", "-"), clinical_codes()[name], noun)


@kept
def clinical_risks() -> dict[str, int]:
    """Return the risk matrix of DCB0160: 'severity/likelihood' → class, 1 (least) to 5."""
    return {cell["code"]: cell["risk"] for cell in vocabulary("clinical")["risk_cells"]}


@kept
def categories() -> dict[int, tuple[str, str]]:
    """Return the UK incident categories: number → (name, meaning). Lower is worse."""
    return {item["category"]: (item["name"], item["meaning"]) for item in vocabulary("uk_categories")["categories"]}


def read_category(number: int) -> int:
    """Return a UK category; raise ``BadInput`` for a number there is none of."""
    if number not in categories():
        raise BadInput(say("There is no UK category {0}.", number), "Use 1 (worst) to 6.")
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
    raise BadInput(say("“{0}” is no {1}.", text, noun), say("Use one of: {0}.", ", ".join(known)))


def read_severity(value: str) -> int:
    """Return the lowest severity that a filter such as ``>=high`` or ``70`` lets pass. Raises ``BadInput``."""
    text = value.removeprefix(">=").lower()
    if text.isascii() and text.isdecimal():
        return int(text[:9])
    known = {name.lower(): name for name, _ in severity.vocabulary().bands}
    if text not in known:
        raise BadInput(
            say("“sev:{0}” is no severity.", value),
            say("Use sev:>= and a number from 0 to 100 or one of: {0}.", ", ".join(known)),
        )
    return severity.lowest_of(known[text])
