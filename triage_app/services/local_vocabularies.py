"""A trust's own code lists: a file of the same name under ``<home>/vocabularies`` stands in for the shipped one.

It is taken whole or not at all. Its shape is the shipped file's shape: the same fields, of the same
types; codes once each; what the program itself depends on stays. A faulty file is refused with a
sentence, and the shipped list stands in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from triage_app.domain import promises
from triage_app.domain.letters import LANGUAGES
from triage_app.formats.strict_json import BadRecord, loads

MAX_BYTES: Final = 4 * 1024 * 1024
MOST_ITEMS: Final = 20_000
MOST_TEXT: Final = 2_000

REPLACEABLE: Final = (
    "attack_techniques", "bodies", "campaigns", "clinical", "contact_attempts", "contacts", "crosswalk",
    "data_types", "desks", "determinations", "directory", "dispositions", "known_good", "letter_advice",
    "letter_exposure", "letter_promises", "letters", "nis", "pap", "phishing", "ransomware", "rsit", "rsit_legacy",
    "support_actions", "tip_channels", "uk_categories", "victim_record", "victims",
)  # fmt: skip
"""The lists that a trust may replace. The words by which keys are read out, and the lists by which files are read,
are the same everywhere: others prove and compare by them."""

_OPTIONAL: Final = {"licence": "", "rule": "", "about": ""}
_KEYS: Final = ("code", "id", "rsit", "from", "category")
"Which field names an item of a list; the first that it has."

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:+&/?()'-]{0,79}\Z")
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


class Refused(ValueError):
    """A replacement is not taken; the text says why, in words that continue a sentence."""


def read(name: str, path: Path, shipped: Mapping[str, Any]) -> dict[str, Any]:
    """Return a trust's own list. Raises ``Refused``."""
    if name not in REPLACEABLE:
        raise Refused("this list is the same everywhere and cannot be replaced")
    try:
        if not path.is_file():
            raise Refused("it is no file")
        with path.open("rb") as file:
            untrusted_bytes = file.read(MAX_BYTES + 1)
    except OSError:
        raise Refused("it could not be read") from None
    return check(name, untrusted_bytes, shipped)


def check(name: str, untrusted_bytes: bytes, shipped: Mapping[str, Any]) -> dict[str, Any]:
    """Return a list that is to stand in for the shipped one of a name, from its bytes. Raises ``Refused``."""
    if len(untrusted_bytes) > MAX_BYTES:
        raise Refused("it is larger than 4 MB")
    try:
        found = loads(untrusted_bytes.decode("utf-8"))
    except UnicodeDecodeError:
        raise Refused("it is not text in UTF-8") from None
    except BadRecord as error:
        raise Refused(str(error)) from None
    if not isinstance(found, dict):
        raise Refused("it is no JSON object")
    bare = {key: value for key, value in found.items() if key not in _OPTIONAL}
    wanted = {key: value for key, value in shipped.items() if key not in _OPTIONAL}
    for key in _OPTIONAL.keys() & found.keys():
        _text(found[key], key)
    _same_shape(bare, wanted, "the file")
    try:
        date.fromisoformat(found["date"])
    except ValueError:
        raise Refused("its date is not written as 2026-11-26") from None
    for rule in (_own_codes, _RULES.get(name)):
        if rule is not None:
            rule(found, shipped)
    return found


def _same_shape(found: Any, shipped: Any, where: str) -> None:
    if isinstance(shipped, dict):
        if not isinstance(found, dict):
            raise Refused(f"{where} is no object")
        _fields(found, set(shipped), set(shipped), where)
        for key, value in shipped.items():
            _same_shape(found[key], value, f"“{key}”")
    elif isinstance(shipped, list):
        _list(found, shipped, where)
    elif isinstance(shipped, str):
        _text(found, where)
    elif type(found) is not type(shipped):
        raise Refused(f"{where} is not of the kind it should be")


def _list(found: Any, shipped: list[Any], where: str) -> None:
    if not isinstance(found, list):
        raise Refused(f"{where} is no list")
    if len(found) > MOST_ITEMS:
        raise Refused(f"{where} has more than {MOST_ITEMS:,} entries")
    examples = [item for item in shipped if isinstance(item, dict)]
    if not examples:
        for item in found:
            _text(item, f"an entry of {where}")
        return
    needed = set.intersection(*(set(item) for item in examples))
    allowed: dict[str, Any] = {}
    for item in examples:  # an example that has something in it says more than an empty one
        allowed.update({key: value for key, value in item.items() if key not in allowed or not allowed[key]})
    names = []
    for number, item in enumerate(found, 1):
        place = f"entry {number} of {where}"
        if not isinstance(item, dict):
            raise Refused(f"{place} is no object")
        _fields(item, needed, set(allowed), place)
        for key, value in item.items():
            _same_shape(value, allowed[key], f"“{key}” in {place}")
        names += [item[key] for key in _KEYS if key in item][:1]
    twice = next((name for name in names if names.count(name) > 1), None) if len(names) != len(set(names)) else None
    if twice is not None:
        raise Refused(f"“{twice}” stands twice in {where}")


def _fields(found: dict[str, Any], needed: set[str], allowed: set[str], where: str) -> None:
    if lacking := sorted(needed - found.keys()):
        raise Refused(f"{where} lacks “{lacking[0]}”")
    if unknown := sorted(found.keys() - allowed):
        raise Refused(f"{where} has “{unknown[0][:40]}”, which this list does not know")


def _text(found: Any, where: str) -> None:
    if not isinstance(found, str):
        raise Refused(f"{where} is no text")
    if len(found) > MOST_TEXT or _HIDDEN.search(found):
        raise Refused(f"{where} is too long or holds characters that cannot be seen")


def _own_codes(found: dict[str, Any], _: Mapping[str, Any]) -> None:
    """Every code can be typed and read out, and no list that was filled is empty."""

    def look(value: Any) -> None:
        if isinstance(value, dict):
            for key in ("code", "id"):
                if key in value and not _CODE.match(str(value[key])):
                    raise Refused(f"“{str(value[key])[:40]}” is no code")
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(found)
    if any(isinstance(value, list) and not value for value in found.values()):
        raise Refused("a list in it is empty")


def _keeps(*names: str) -> Callable[[dict[str, Any], Mapping[str, Any]], None]:
    """Return a check that the codes the program itself depends on are all there."""

    def check(found: dict[str, Any], shipped: Mapping[str, Any]) -> None:
        for name in names:
            lacking = [code for code in _codes(shipped[name]) if code not in _codes(found[name])]
            if lacking:
                raise Refused(f"“{lacking[0]}” is missing from “{name}”, and the program depends on it")

    return check


def _codes(items: list[Any]) -> list[Any]:
    return [item if isinstance(item, str) else next(item[key] for key in _KEYS if key in item) for item in items]


def _rsit_codes(found: dict[str, Any], _: Mapping[str, Any]) -> None:
    for group in found["classes"]:
        if not group["types"]:
            raise Refused(f"the class “{group['code']}” has no types")
        if any("/" in kind["code"] or " " in kind["code"] for kind in [group, *group["types"]]):
            raise Refused(f"a code of “{group['code']}” has a stroke or a space in it")


def _techniques(found: dict[str, Any], _: Mapping[str, Any]) -> None:
    for item in found["techniques"]:
        if not re.fullmatch(r"T\d{4}(\.\d{3})?", item["id"]):
            raise Refused(f"“{item['id'][:40]}” is no id of a technique")


def _facets(found: dict[str, Any], _: Mapping[str, Any]) -> None:
    for facet in found["facets"]:
        if facet["kind"] not in ("text", "choice", "count"):
            raise Refused(f"“{facet['kind'][:40]}” is no kind of detail: use text, choice or count")
        if (facet["kind"] == "choice") != bool(facet["choices"]):
            raise Refused(f"“{facet['code']}” has choices where it should have none, or none where it should have some")


def _only(name: str) -> Callable[[dict[str, Any], Mapping[str, Any]], None]:
    """Return a check that a list has the shipped codes and no other, since they are the law's or a protocol's."""

    def check(found: dict[str, Any], shipped: Mapping[str, Any]) -> None:
        if set(_codes(found[name])) != set(_codes(shipped[name])):
            raise Refused(f"“{name}” must have exactly the codes of the shipped list; the words may differ")

    return check


def _promises(found: dict[str, Any], shipped: Mapping[str, Any]) -> None:
    """What no letter says may grow and not shrink, what is let through of it shrink and not grow; all can be read."""
    for language in LANGUAGES:
        for name in ("never", "claims", "answers"):
            _grows(found[f"{name}_{language}"], shipped[f"{name}_{language}"], f"{name}_{language}")
        _grows(shipped[f"allowed_{language}"], found[f"allowed_{language}"], f"allowed_{language}", "added to")
        refusing = " ".join(one for name in ("never", "claims", "answers") for one in shipped[f"{name}_{language}"])
        where = f"lists_{language}"
        own = {item["code"]: item["words"] for item in found[where]}
        for item in shipped[where]:
            name, words = item["code"], item["words"]
            if name not in own:
                raise Refused(f"“{name}” is missing from “{where}”")
            if f"<{name}>" in refusing or name in ("subject", "pronoun", "seen", "halt"):
                _grows(own[name], words, f"{name} of {where}")
            else:
                _grows(words, own[name], f"{name} of {where}", "added to")
        try:
            promises.read(found, language)
        except promises.BadPattern as error:
            raise Refused(str(error)) from None


def _grows(found: list[str], shipped: list[str], where: str, how: str = "missing from") -> None:
    if lacking := sorted(set(shipped) - set(found)):
        raise Refused(f"“{lacking[0]}” is {how} “{where}”: no letter may say that information is safe")


def _risks(found: dict[str, Any], shipped: Mapping[str, Any]) -> None:
    _keeps("harm_levels", "incident_types")(found, shipped)
    cells = {f"{one}/{other}" for one in _codes(found["severities"]) for other in _codes(found["likelihoods"])}
    if lacking := sorted(cells ^ set(_codes(found["risk_cells"]))):
        raise Refused(f"the cell “{lacking[0]}” of the risk matrix is missing, or stands for nothing")
    classes = _codes(found["risk_classes"])
    if any(str(cell["risk"]) not in classes for cell in found["risk_cells"]):
        raise Refused("a cell of the risk matrix has a class that “risk_classes” does not name")


def _directory(found: dict[str, Any], shipped: Mapping[str, Any]) -> None:
    _only("columns")(found, shipped)
    if not 1 <= found["old_after_days"] <= 3_660:
        raise Refused("“old_after_days” is no number of days from 1 to 3,660")


_RULES: Final[dict[str, Callable[[dict[str, Any], Mapping[str, Any]], None]]] = {
    "attack_techniques": _techniques,
    "clinical": _risks,
    "directory": _directory,
    "data_types": _only("states"),
    "letter_exposure": _only("levels"),
    "letter_promises": _promises,
    "nis": _facets,
    "pap": _only("labels"),
    "phishing": _facets,
    "ransomware": _facets,
    "rsit": _rsit_codes,
    "support_actions": _keeps("statuses"),
    "uk_categories": _only("categories"),
    "victims": _keeps("wishes"),
}
