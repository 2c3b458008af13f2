"""What a filter of alerts means: keys, their values, and which of them cannot stand together.

The grammar is ``domain.filter_grammar``; every refusal here points at the characters it means, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol

from triage_app.domain import severity
from triage_app.domain.filter_grammar import BadFilter, Part, Value, near, parse
from triage_app.domain.indicators import canonical_domain, canonical_values, is_whole_indicator, refang
from triage_app.domain.search_words import Word, read_words
from triage_app.errors import BadInput
from triage_app.language import say
from triage_app.services.changes import Clock, milliseconds
from triage_app.services.seen_spans import Span, read_span
from triage_app.services.vocabularies import rsit_types
from triage_app.store import alerts
from triage_app.store.alert_term import Term
from triage_app.store.alerts import AlertFilter


class Clocked(Protocol):
    """What knows the time and who is at work: a session, or the window's desk."""

    @property
    def now(self) -> Clock:
        """The clock."""

    @property
    def responder_name(self) -> str:
        """The name of whoever is at work: ``by:me``."""


@dataclass(frozen=True)
class Key:
    """One key of the grammar, as a completion and a refusal explain it."""

    means: str
    example: str
    compares: bool = False
    single: bool = True
    "Whether an alert has one value of it, so that saying it twice asks for what there is not."


KEYS: Final = {
    "is": Key("state", "is:new"),
    "sev": Key("severity", "sev:>=high", compares=True, single=False),
    "src": Key("source", "src:Wazuh"),
    "org": Key("organisation", "org:RXX"),
    "seen": Key("last seen", "seen:<24h", compares=True, single=False),
    "ioc": Key("indicator", "ioc:evil[.]com", single=False),
    "rsit": Key("class", "rsit:fraud/phishing"),
    "host": Key("host", "host:WARD7B*", single=False),
    "user": Key("user", "user:svc-dispense", single=False),
    "ip": Key("address", "ip:203.0.113.44", single=False),
    "url": Key("web address", "url:hxxp://evil[.]com/a", single=False),
    "hash": Key("hash", "hash:9f2c…", single=False),
    "campaign": Key("campaign of its incident", "campaign:“Rota change”", single=False),
    "rule": Key("rule: title or category", "rule:“ET SCAN*”", single=False),
    "by": Key("who decided", "by:me"),
}
"""Keys by which a filter narrows alerts, in the order in which they are offered."""

STATES: Final = {word.replace(" ", "-"): (place,) for place, word in enumerate(alerts.STATES)} | {
    "open": (alerts.NEW, alerts.IN_HAND),
    "any": alerts.SHOWN_STATES,
}

_HASH_LENGTHS: Final = (32, 40, 64, 96, 128)
_EVERY_STATE: Final = frozenset(alerts.SHOWN_STATES)
_FOLDED: Final = frozenset({alerts.FOLDED})


def parse_alerts(query: str) -> tuple[Part, ...]:
    """Return the parts of a filter of alerts. Raises ``BadFilter``."""
    return parse(query, KEYS)


def read_filter(session: Clocked, query: str) -> AlertFilter:
    """Return what a responder typed as a filter of alerts. Raises ``BadFilter``, for what cannot all be true too."""
    parts = _each_once(query, parse_alerts(query))
    _refuse_contradiction(query, parts)
    now = session.now()
    states, words = set(_EVERY_STATE), []
    terms: list[Term] = []
    for part in parts:
        if not part.key:
            if part.negated or any(sign.isspace() for sign in part.text):
                terms.append(Term("words", (_phrase(part.text),), part.negated))
            else:
                words.append(part.text)
            continue
        for value in part.values:
            if value.op and not KEYS[part.key].compares:
                raise BadFilter(
                    say("{0}: takes no “{1}”.", part.key, value.op),
                    say("Write {0}; sev: and seen: can be compared.", KEYS[part.key].example), query, value.span,
                )  # fmt: skip
        if part.key == "is":
            allowed = {state for value in part.values for state in _states(query, value)}
            if not part.negated and allowed & _FOLDED:  # shown under another: only who asks for it sees it
                states |= _FOLDED
            states &= _EVERY_STATE - allowed if part.negated else allowed
            if not states:
                raise _impossible(query, part, "no alert is in two states at once")
        else:
            terms.append(Term(*_read(session, query, part), part.negated))
    _refuse_empty(query, parts, terms)
    return AlertFilter(
        states=tuple(sorted(states)), text=" ".join(words), terms=tuple(terms), now=milliseconds(now),
    )  # fmt: skip


def _read(session: Clocked, query: str, part: Part) -> tuple[str, tuple[Any, ...]]:
    """Return (field of the store, values) of a part with a key."""

    def each(read: Callable[[str], Any]) -> tuple[Any, ...]:
        return tuple(_told(query, value, read) for value in part.values)

    match part.key:
        case "sev":
            return "severity", tuple(_severities(query, value, alone=len(part.values) == 1) for value in part.values)
        case "seen":
            now = session.now()
            return "seen", tuple(_told(query, one, partial(_span, one.op, now)) for one in part.values)
        case "src":
            return "source", each(str)
        case "org":
            return "organisation", each(str.upper)
        case "rsit":
            return "rsit", each(_class)
        case "ioc":
            return "words", each(_indicator)
        case "ip":
            return "address", each(_address)
        case "url":
            return "url", each(refang)
        case "hash":
            return "hash", each(_hash)
        case "by":
            return "by", each(lambda text: session.responder_name if text.lower() == "me" else text)
    return part.key, each(str)


def _span(op: str, now: datetime, text: str) -> Span:
    return read_span(text, op, now)


def _told(query: str, value: Value, read: Callable[[str], Any]) -> Any:
    """Read a value; what cannot be read is pointed at."""
    try:
        return read(value.text)
    except BadFilter:
        raise
    except BadInput as error:
        raise BadFilter(error.what, error.do, query, value.span, unfinished=value.span[1] == len(query)) from None


def _states(query: str, value: Value) -> tuple[int, ...]:
    word = value.text.replace(" ", "-").lower()
    if word not in STATES:
        meant = near(word, STATES)
        raise BadFilter(
            say("“is:{0}” is no state.", value.text[:80]),
            (say("Did you mean is:{0}? ", meant) if meant else "") + say("Use one of: {0}.", ', '.join(STATES)),
            query, value.span, unfinished=value.span[1] == len(query),
        )  # fmt: skip
    return STATES[word]


def _bands() -> dict[str, tuple[int, int]]:
    """Return the severities by word in lower case, from the worst: the lowest and highest number that it stands for."""
    found, above = {}, severity.WORST
    for word, lowest in severity.vocabulary().bands:
        found[word.lower()] = (lowest, above)
        above = lowest - 1
    return found


def _severities(query: str, value: Value, *, alone: bool) -> tuple[int, int]:
    """Return the lowest and highest severity of one value. A word alone lets pass what is worse, too."""
    bands, text = _bands(), value.text.lower()
    number = text.isascii() and text.isdecimal() and len(text) < 4 and int(text) <= severity.WORST
    if not number and text not in bands:
        meant = near(text, bands)
        raise BadFilter(
            say("“sev:{0}{1}” is no severity.", value.op, value.text[:80]),
            (say("Did you mean {0}? ", meant) if meant else "")
            + say("Use a number from 0 to {0} or one of: {1}.", severity.WORST, ', '.join(bands)),
            query, value.span, unfinished=value.span[1] == len(query),
        )  # fmt: skip
    if not alone and value.op not in ("", "="):
        raise BadFilter(
            say("“{0}” cannot stand in a list.", value.op),
            say("Name the severities ({0}), or give one comparison: sev:>=high.", ', '.join(bands)), query, value.span,
        )  # fmt: skip
    low, high = (int(text), int(text)) if number else bands[text]
    match value.op or (">=" if alone else "="):
        case ">=":
            return low, severity.WORST
        case ">":
            return high + 1, severity.WORST
        case "<=":
            return 0, high
        case "<":
            return 0, low - 1
    return low, high


def _class(text: str) -> str:
    """Return 'class/type', or 'class/' for all its types."""
    word = text.strip().lower()
    types = rsit_types()
    classes = sorted({code.partition("/")[0] for code in types})
    if word in types:
        return word
    if word.rstrip("/") in classes:
        return word.rstrip("/") + "/"
    same = [code for code in types if code.endswith("/" + word)]
    if len(same) == 1:
        return same[0]
    meant = near(word, types if "/" in word else [*classes, *(code.partition("/")[2] for code in types)])
    raise BadInput(
        say("“rsit:{0}” is no class of RSIT.", text[:80]),
        (say("Did you mean {0}? ", meant) if meant else "")
        + say("Write class/type, or a class: {0}.", ", ".join(classes)),
    )


def _indicator(text: str) -> tuple[Word, ...]:
    whole = refang(text).strip()
    if "://" in whole and not any(map(str.isspace, whole)):
        return tuple(read_words(whole))
    bare = whole.strip(".,;()[]<>\"'")
    if is_whole_indicator(bare):
        return (Word((canonical_values(bare) or [bare])[0] if ":" in bare else bare, "whole"),)
    domain = canonical_domain(bare)
    if domain:
        return (Word(domain, "whole"),)
    raise BadInput(
        say("“ioc:{0}” is no indicator.", text[:80]),
        "Give an address, domain, web or mail address, hash or CVE, defanged or not; type anything else as a word.",
    )


def _address(text: str) -> str:
    whole = refang(text).strip("[] ")
    if is_whole_indicator(whole) and "@" not in whole and (":" in whole or whole.replace(".", "").isdecimal()):
        return (canonical_values(whole) or [whole])[0] if ":" in whole else whole
    raise BadInput(
        say("“ip:{0}” is no address.", text[:80]), "Give one whole: 203.0.113.44 or 2001:db8::1, defanged or not."
    )


def _hash(text: str) -> str:
    word = text.strip().lower().rpartition(":")[2]
    if len(word) in _HASH_LENGTHS and set(word) <= set("0123456789abcdef"):
        return word
    raise BadInput(
        say("“hash:{0}” is no hash.", text[:80]), "Give it whole: 32, 40, 64, 96 or 128 digits 0 to 9 and a to f."
    )


def _phrase(text: str) -> tuple[Word, ...]:
    """What is in quotation marks stands together; a word that is left out is read as one that is looked for."""
    if any(sign.isspace() for sign in text):
        return (Word(" ".join(refang(text).split())),)
    return tuple(read_words(text))


def _each_once(query: str, parts: Sequence[Part]) -> list[Part]:
    """Return the parts, each once; of a key of which an alert has one value, two cannot be asked for."""
    found: list[Part] = []
    for part in parts:
        if part in found:
            continue
        if part.key and not part.negated and KEYS[part.key].single:
            before = next((one for one in found if one.key == part.key and not one.negated), None)
            if before is not None:
                either = ",".join(value.text for value in (*before.values, *part.values))
                raise BadFilter(
                    say("{0}: stands twice, and an alert has one {1} only.", part.key, KEYS[part.key].means),
                    say("For either of them write {0}:{1}.", part.key, either), query, part.span,
                )  # fmt: skip
        found.append(part)
    return found


def _refuse_contradiction(query: str, parts: Sequence[Part]) -> None:
    for part in parts:
        if part.negated and replace(part, negated=False) in parts:
            other = parts[parts.index(replace(part, negated=False))]
            later = max(part, other, key=lambda one: one.span)
            raise _impossible(query, later, "it is asked for and left out at once")


def _refuse_empty(query: str, parts: Sequence[Part], terms: Sequence[Term]) -> None:
    """Refuse comparisons that leave nothing between them."""
    for key, field, lowest, highest in (("sev", "severity", 0, severity.WORST), ("seen", "seen", None, None)):
        low, high = lowest, highest
        found = [term for term in terms if term.field == field]
        for part, term in zip([part for part in parts if part.key == key], found, strict=True):
            if term.negated or len(term.values) > 1:
                continue
            ((begin, end),) = term.values
            low = begin if low is None else low if begin is None else max(low, begin)
            high = end if high is None else high if end is None else min(high, end)
            if low is not None and high is not None and low > high:
                raise _impossible(query, part, f"nothing is left of what {key}: asks for")


def _impossible(query: str, part: Part, why: str) -> BadFilter:
    return BadFilter(
        "No alert can pass this filter.", say("Take away “{0}”: {1}.", query[part.span[0]:part.span[1]][:80], why),
        query, part.span, "no-alert-can-pass",
    )  # fmt: skip
