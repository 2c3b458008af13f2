"""What an alert's own words suggest: RSIT class, severity, UK category, each with the rule that says so.

The rules are data (``resources/policies/suggestions.json``, or a trust's own file). A rule looks for words, never for
patterns: what it looks through was written by attackers. Whoever reads a file of rules tries each on its own examples.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain.severity import WORST

FIELDS: Final = ("title", "category", "detail")
"""Where a rule looks, in this order, unless it says otherwise."""
WHERE: Final = ("title", "category", "detail", "host", "source")
MOST_TEXT: Final = 4_000
"Characters of a field that are looked through."
MOST_RULES: Final = 200
MOST_PHRASES: Final = 60
MOST_WORDS: Final = 400

_APART = re.compile(r"[^\w*]+|_+")


@dataclass(frozen=True)
class Rule:
    """One rule."""

    id: str
    name: str
    phrases: tuple[str, ...]
    ruled_out_by: tuple[str, ...]
    fields: tuple[str, ...]
    rsit: str
    "'class/type', empty where it says nothing of it."
    severity: int | None
    category: int | None
    "1 (worst) to 6."
    more: int
    "Added to the severity that other rules suggest; such a rule suggests nothing alone."
    because: str

    def match(self, texts: Mapping[str, str]) -> Match | None:
        """Return where in an alert the rule finds what it looks for; None where it does not.

        ``texts`` are of ``texts_of``.
        """
        if any(_holds(texts[name], phrase) for phrase in self.ruled_out_by for name in self.fields):
            return None
        for name in self.fields:
            for phrase in self.phrases:
                if _holds(texts[name], phrase):
                    return Match(self, name, phrase.strip().rstrip("*"))
        return None


@dataclass(frozen=True)
class Match:
    """A rule that fits, the field in which it does, and the words it found there."""

    rule: Rule
    field: str
    words: str


@dataclass(frozen=True)
class Rules:
    """All of them, in the order in which they are asked."""

    version: str
    rules: tuple[Rule, ...]
    weak: frozenset[str]
    "Classes that a source reports of everything it says: a rule that fits knows better."


@dataclass(frozen=True)
class Proposal:
    """What is suggested, never more. ``why`` are the rules that were followed, the most telling first."""

    rsit: str = ""
    severity: int | None = None
    category: int | None = None
    why: tuple[Match, ...] = ()
    by_source: bool = False
    "The class is what the source itself reports."
    version: str = ""

    @property
    def says_anything(self) -> bool:
        """Whether there is anything to suggest."""
        return bool(self.rsit or self.severity is not None or self.category is not None)


def propose(rules: Rules, alerts: Sequence[Mapping[str, Any]]) -> Proposal:
    """Return what some alerts, taken together, suggest. Each has the fields that the rules look at, and ``rsit``."""
    found: dict[str, Match] = {}
    for alert in alerts:
        texts = texts_of(alert)
        for rule in rules.rules:
            if rule.id not in found and (match := rule.match(texts)) is not None:
                found[rule.id] = match
    matches = [found[rule.id] for rule in rules.rules if rule.id in found]
    reported = [code for alert in alerts if (code := str(alert.get("rsit") or ""))]
    telling = [code for code in reported if code not in rules.weak]
    by_class = next((match for match in matches if match.rule.rsit), None)
    rsit, by_source = "", False
    if telling:
        rsit, by_source = max(telling, key=telling.count), True
    elif by_class is not None:
        rsit = by_class.rule.rsit
    elif reported:
        rsit, by_source = reported[0], True
    grave = max((match for match in matches if match.rule.severity is not None), key=_severity, default=None)
    worst = min((match for match in matches if match.rule.category is not None), key=_category, default=None)
    severity = None
    raising: list[Match] = []
    if grave is not None:
        raising = [match for match in matches if match.rule.more]
        severity = min(WORST, _severity(grave) + max((match.rule.more for match in raising), default=0))
    led = None if by_source else by_class
    used = [match for match in (led, grave, worst, *raising) if match is not None]
    return Proposal(
        rsit, severity, _category(worst) if worst else None, tuple(dict.fromkeys(used)), by_source, rules.version
    )


def _severity(match: Match) -> int:
    return match.rule.severity or 0


def _category(match: Match) -> int:
    return match.rule.category or 0


def texts_of(alert: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields of an alert that rules look through, by name, each as its words in small letters."""
    return {name: _plain(str(alert.get(name) or "")[:MOST_TEXT]) for name in WHERE}


def _plain(text: str) -> str:
    """Return a text as its words in small letters, one blank before, between and behind."""
    return f" {' '.join(_APART.sub(' ', text.casefold().replace('*', ' ')).split())} "


def _holds(text: str, phrase: str) -> bool:
    """Tell whether a text of ``_plain`` has the words of a phrase of ``_phrase``."""
    return phrase.rstrip("*") in text if phrase.endswith("*") else phrase in text


def _phrase(text: str) -> str:
    words = " ".join(_APART.sub(" ", text.casefold()).split())
    if not words.strip("* ") or "*" in words[:-1]:
        raise ValueError(f"“{text[:40]}” is nothing to look for: words, and a * at the end at most")
    return f" {words}" if words.endswith("*") else f" {words} "


def read(data: Any, classes: Mapping[str, str], categories: Mapping[int, Any]) -> Rules:
    """Return the rules of a file, each tried on its own examples. Raises ``ValueError`` with the first fault.

    ``classes`` and ``categories`` are those there are.
    """
    listed = data.get("rules") if isinstance(data, dict) else None
    if not isinstance(listed, list) or not listed or len(listed) > MOST_RULES:
        raise ValueError(f"it has no list of at most {MOST_RULES} rules")
    weak = data.get("weak", [])
    if not isinstance(weak, list) or any(code not in classes for code in weak):
        raise ValueError("a class under “weak” is none of RSIT's")
    found: list[Rule] = []
    for item in listed:
        rule = _rule(item, classes, categories)
        if any(rule.id == other.id for other in found):
            raise ValueError(f"two rules are called {rule.id}")
        found.append(rule)
    return Rules(str(data.get("version", ""))[:40], tuple(found), frozenset(weak))


def _rule(item: Any, classes: Mapping[str, str], categories: Mapping[int, Any]) -> Rule:
    if not isinstance(item, dict) or not isinstance(item.get("id"), str) or not item["id"]:
        raise ValueError("a rule without an id")
    name = item["id"][:40]
    offered = item.get("propose")
    if not isinstance(offered, dict) or not offered or set(offered) - {"rsit", "severity", "category", "raise"}:
        raise ValueError(f"rule {name} suggests nothing that is known: rsit, severity, category or raise")
    rsit, severity = offered.get("rsit", ""), offered.get("severity")
    category, more = offered.get("category"), offered.get("raise", 0)
    if rsit and rsit not in classes:
        raise ValueError(f"rule {name} suggests a class that RSIT does not have")
    for number, most in ((severity, WORST), (more, WORST)):
        if number is not None and (type(number) is not int or not 0 <= number <= most):
            raise ValueError(f"rule {name} suggests a severity outside 0 to {WORST}")
    if category is not None and (type(category) is not int or category not in categories):
        raise ValueError(f"rule {name} suggests a category that there is not")
    fields = tuple(_texts(item, "within", name) or FIELDS)
    if set(fields) - set(WHERE):
        raise ValueError(f"rule {name} looks where nothing is: it may look in {', '.join(WHERE)}")
    because, title = item.get("because"), item.get("name")
    for words in (because, title):
        if not isinstance(words, str) or not words.strip() or len(words) > MOST_WORDS:
            raise ValueError(f"rule {name} has no name, or no reason in words")
    phrases = tuple(_phrase(text) for text in _texts(item, "any", name))
    if not phrases:
        raise ValueError(f"rule {name} looks for nothing")
    none = tuple(_phrase(text) for text in _texts(item, "none", name))
    rule = Rule(item["id"], str(title), phrases, none, fields, rsit, severity, category, more, str(because))
    fits, not_this = item.get("matches"), item.get("misses")
    if not isinstance(fits, dict) or not isinstance(not_this, dict) or not fits or not not_this:
        raise ValueError(f"rule {name} has no example that it fits, or none that it does not")
    if rule.match(texts_of(fits)) is None or rule.match(texts_of(not_this)) is not None:
        raise ValueError(f"rule {name} fails its own examples")
    return rule


def _texts(item: Mapping[str, Any], key: str, name: str) -> list[str]:
    found = item.get(key, [])
    if not isinstance(found, list) or len(found) > MOST_PHRASES or not all(isinstance(text, str) for text in found):
        raise ValueError(f"rule {name}: “{key}” is no list of at most {MOST_PHRASES} texts")
    return found
