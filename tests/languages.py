"""Every text that a catalogue has to hold, read from the code: ``python -m tests.languages [CODE [FILE]]``.

Prints, as JSON, each English text that has no translation, with the files it stands in. FILE, a JSON object of English
to translation (of a counted text: to an object of its forms), is brought into the catalogue before, and what nobody
says any more is dropped from it.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests import reader_texts
from triage_app.domain import affected, calls, clock_policies, clocks, handoffs, impact, records, severity
from triage_app.formats import registry
from triage_app.language import FORMS, Catalogue, counted
from triage_app.services import clock_words, custody_form, languages, reference_sets, related_values, vocabularies
from triage_app.store.alerts import STATES
from triage_app.ui.table_cells import NOT_KNOWN, NOT_KNOWN_SHORT

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "triage_app"
PLACE = re.compile(r"\{[^{}]*\}|%n")
MNEMONIC = re.compile(r"&(?=[^\s&])")
IN_ENGLISH = ("cli", "fuzz")
"""Rooms whose words no window shows."""


@dataclass
class Texts:
    """What the code says, and where."""

    plain: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    counted: dict[str, tuple[str, str, set[str]]] = field(default_factory=dict)
    "Name of both texts → (text for one, text for many, files)."
    unread: list[str] = field(default_factory=list)
    "Calls whose text is no literal: nobody can know what they say."


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _literals(node: ast.expr) -> Iterator[str | None]:
    """Return the texts that an argument may be; None for what is no literal."""
    if isinstance(node, ast.Constant):
        yield node.value if isinstance(node.value, str) else None
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    else:
        yield None


def error_names(files: Iterable[str]) -> set[str]:
    """Return the names of ``TriageError`` and of all that are one."""
    bases: dict[str, set[str]] = {}
    for text in files:
        for name, above in re.findall(r"^class (\w+)\(([\w., ]+)\):", text, re.MULTILINE):
            bases[name] = {each.strip().rpartition(".")[2] for each in above.split(",")}
    found = {"TriageError"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


@cache
def in_the_code() -> Texts:
    """Return every text that is given to tr, translate, say, plural or an error."""
    files = {
        path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))
    }
    errors = error_names(files.values())
    says = re.compile(rf"\b(?:_?tr|translate|say|plural|{'|'.join(sorted(errors))})\(")
    found = Texts()
    for place, text in files.items():
        if place.split("/")[0] in IN_ENGLISH or not says.search(text):
            continue
        ours = re.search(r"^from triage_app\.language import .*\bsay\b", text, re.MULTILINE) is not None
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call):
                _read(node, place, errors, found, ours=ours)
    return found


def _read(call: ast.Call, place: str, errors: set[str], found: Texts, *, ours: bool) -> None:
    name = _name(call)
    if name in {"tr", "_tr", "translate"} and call.args:
        texts = list(_literals(call.args[-1]))
    elif name == "say" and ours and isinstance(call.func, ast.Name) and call.args:
        texts = list(_literals(call.args[0]))
    elif name == "plural" and len(call.args) == 3:
        (one,), (many,) = list(_literals(call.args[1])), list(_literals(call.args[2]))
        if one is not None and many is not None:
            found.counted.setdefault(counted(one, many), (one, many, set()))[2].add(place)
            return
        texts = [None]
    elif name in errors:
        for argument in call.args[:2]:
            for text in _literals(argument):
                if text is not None and not _is_short(text):
                    found.plain[text].add(place)
        return
    else:
        return
    for text in texts:
        if text is None:
            found.unread.append(f"{place}:{call.lineno}: {ast.unparse(call)[:80]}")
        elif text:
            found.plain[text].add(place)


def _is_short(text: str) -> bool:
    return not re.search(r"[A-Za-z]{2}.*[.?]$", text)


def in_the_lists() -> dict[str, set[str]]:
    """Return the names on the code lists that the window shows in its own language."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in vocabularies.SAID:
        told = json.loads((ROOT / "resources" / "vocabularies" / f"{name}.json").read_text(encoding="utf-8"))
        for text in _names(told):
            found[text].add(f"vocabularies/{name}.json")
    return found


def in_the_rules() -> dict[str, set[str]]:
    """Return the words that rules and records keep as codes, and that the window says in its own language."""
    said: dict[str, Iterable[str]] = {
        "domain/severity.py": [word for word, _ in severity.vocabulary().bands],
        "domain/clocks.py": [*clocks.State, *clock_words._WHY_NOT.values()],
        "domain/records.py": [
            name.strip("_").replace("_", " ").capitalize()
            for kind in records.KINDS.values()
            for name in (*kind.fields, kind.name)
        ],
        "domain/calls.py": map(str.capitalize, calls.OUTCOMES),
        "domain/handoffs.py": map(str.capitalize, handoffs.WAYS),
        "domain/affected.py": map(str.capitalize, (*affected.CARE, *impact.PAPER)),
        "services/custody_form.py": [*custody_form.EVENT_WORDS.values(), custody_form.NOT_RECORDED],
        "services/related_values.py": related_values.WORDS.values(),
        "store/alerts.py": [word for state in STATES for word in (state, state.capitalize())],
        "vocabularies/victims.json": [
            word.capitalize() for name in ("statuses", "wishes") for word in vocabularies.vocabulary("victims")[name]
        ],
        "formats/registry.py": [title for _, title in registry.formats()],
        "ui/table_cells.py": [NOT_KNOWN, NOT_KNOWN_SHORT, "open", "closed"],
        "policies/clocks.json": _of_clocks(),
        "reference/sets.json": [kind.name for kind in reference_sets.kinds().values()],
        "domain/clock_policies.py": clock_policies.NATIONS,
    }
    found: dict[str, set[str]] = defaultdict(set)
    for place, words in said.items():
        for word in words:
            found[str(word)].add(place)
    return found


def _of_clocks() -> Iterator[str]:
    told = json.loads((ROOT / "resources" / "policies" / "clocks.json").read_text(encoding="utf-8"))
    for policy in told["policies"]:
        yield policy["start_words"]
        yield from (policy["short"], policy["name"])
        for step in policy["steps"]:
            yield from (step["name"], step["name"].partition(" ")[0])
            yield step["due"]


def _names(value: Any, key: str = "", depth: int = 0) -> Iterator[str]:
    if isinstance(value, dict):
        for inner, each in value.items():
            yield from _names(each, inner, depth + 1)
    elif isinstance(value, list):
        for each in value:
            yield from _names(each, key, depth)
    elif isinstance(value, str) and key in vocabularies.NAMED and depth > 1 and value:
        yield value


def wanted() -> dict[str, set[str]]:
    """Return every plain text a catalogue has to hold, with the files that say it."""
    found = {text: set(places) for text, places in in_the_code().plain.items()}
    for text, places in [*in_the_lists().items(), *in_the_rules().items()]:
        found.setdefault(text, set()).update(places)
    return {text: places for text, places in found.items() if re.search(r"[^\W\d_]{2}", PLACE.sub("", text))}


def places_in(text: str) -> Counter[str]:
    """Return the places for values that a text has."""
    return Counter(PLACE.findall(text))


def missing(code: str) -> dict[str, list[str]]:
    """Return the texts without a translation, with the files that say them."""
    told = languages.told(code)
    found = {text: sorted(files) for text, files in wanted().items() if text not in told["texts"]}
    found |= {text: sorted(files) for text, files in reader_texts.said().items() if text not in told["read"]}
    for many, (_, _, files) in in_the_code().counted.items():
        forms = {*told["plural"]["forms"].values(), "other"}
        if not forms <= set(told["counts"].get(many, {})):
            found[many] = sorted(files)
    return found


def amiss(code: str) -> list[str]:
    """Return what is wrong with the texts of a catalogue, in words."""
    told = languages.told(code)
    texts, counts = wanted(), in_the_code().counted
    found = [f"no longer used: {text}" for text in told["texts"] if text not in texts]
    found += [f"no longer counted: {text}" for text in told["counts"] if text not in counts]
    found += [f"no longer said by a reader: {text}" for text in told["read"] if text not in reader_texts.said()]
    for source, text in (*told["texts"].items(), *told["qt"].items(), *told["read"].items()):
        if places_in(source) != places_in(text):
            found.append(f"other places for values: {source} → {text}")
        if len(MNEMONIC.findall(source)) != len(MNEMONIC.findall(text)):
            found.append(f"other mnemonics: {source} → {text}")
        if (source[:1].isspace(), source[-1:].isspace()) != (text[:1].isspace(), text[-1:].isspace()):
            found.append(f"other blanks around it: {source} → {text}")
        if not text.strip():
            found.append(f"empty: {source}")
    for many, forms in told["counts"].items():
        found += [f"no form of that name: {form}" for form in forms if form not in FORMS]
        known = set(places_in(many))
        found += [f"a value that is not there: {text}" for text in forms.values() if set(places_in(text)) - known]
    return found


_ACCENTS = str.maketrans("aeiouyAEIOUY", "âêîôûŷÂÊÎÔÛŶ")
_LONGER = 0.4
_FILLING = "mwy o eiriau ac eto mwy o eiriau "


def longer(text: str) -> str:
    """Return a text made 40 % longer, in letters that Welsh has, between marks that show where it is cut."""
    parts = re.split(r"(\{[^{}]*\}|%\d|%n|&)", text)
    said = "".join(part if number % 2 else part.translate(_ACCENTS) for number, part in enumerate(parts))
    more = max(1, round(len(PLACE.sub("", text)) * _LONGER) - 2)
    filling = (_FILLING * (more // len(_FILLING) + 1))[:more].strip() or "m"
    return f"[{said} {filling}]"


def pseudo() -> Catalogue:
    """Return a language that nobody speaks: every text of ours and of Qt's 40 % longer."""
    told = languages.told("cy")
    texts = {text: longer(text) for text in [*wanted(), *told["qt"]]}
    counts = {
        name: {"one": longer(one), "other": longer(many)} for name, (one, many, _) in in_the_code().counted.items()
    }
    read = {text: longer(text) for text in reader_texts.said()}
    return Catalogue("xx", "Hirach", texts, counts, {1: "one"}, read, {name: longer(name) for name in told["dates"]})


def bring(code: str, found: dict[str, Any]) -> None:
    """Take texts and counted forms into a catalogue, and drop what nobody says any more."""
    path = ROOT / "resources" / "languages" / f"{code}.json"
    told = json.loads(path.read_text(encoding="utf-8"))
    texts, counts = wanted(), in_the_code().counted
    for part, known in (("texts", texts), ("read", reader_texts.said()), ("counts", counts)):
        kind = dict if part == "counts" else str
        merged = {**told.get(part, {}), **{key: value for key, value in found.items() if isinstance(value, kind)}}
        told[part] = {key: merged[key] for key in sorted(merged) if key in known}
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    languages.told.cache_clear()


def main(arguments: list[str]) -> None:
    """Print what a catalogue lacks; first take in what a file of translations brings, where one is named."""
    code = arguments[0] if arguments else "cy"
    if len(arguments) > 1:
        bring(code, json.loads(Path(arguments[1]).read_text(encoding="utf-8")))
    print(json.dumps(missing(code), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
