"""What may be typed next in a filter of alerts: keys, and the values that a key has here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from triage_app.domain import severity
from triage_app.services.alert_filter import KEYS, STATES
from triage_app.services.vocabularies import rsit_types
from triage_app.store import alert_terms, campaigns, lookup
from triage_app.store.connection import Store

MOST: Final = 8
_OPERATORS: Final = ("<=", ">=", "≤", "≥", "<", ">", "=")
_SPANS: Final = {"<1h": "the last hour", "<24h": "the last 24 hours", "today": "since midnight", "yesterday": "",
                 "<7d": "the last week", ">7d": "older than a week"}  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """One completion: ``text`` takes the place of ``span`` of what was typed; ``means`` explains it."""

    text: str
    means: str
    span: tuple[int, int]


@dataclass(frozen=True)
class Known:
    """Values that this store has: by key, value → what it means, or ""."""

    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def known(store: Store) -> Known:
    """Return the sources, organisations, campaigns and people of a store: a few small lists."""
    names = sorted({name for one in campaigns.every(store) for name in (one.name, *one.aliases)})
    return Known(
        {
            "src": dict.fromkeys(sorted(alert_terms.sources(store), key=str.lower), ""),
            "org": {row["code"]: row["name"] for row in lookup.organisations(store)},
            "campaign": dict.fromkeys(names, ""),
            "by": {"me": "", **dict.fromkeys(sorted(lookup.responder_names(store)), "")},
        }
    )


def offers(text: str, at: int, here: Known) -> list[Offer]:
    """Return what may stand where the caret is, at ``at``: none for a word that begins no key, or is whole."""
    begin = _token_begin(text, at)
    token = text[begin:at]
    sign = 1 if token.startswith("-") else 0
    key, colon, rest = token[sign:].partition(":")
    if not colon:
        word = key.lower()
        if not word and not sign:
            return []
        return [
            Offer(f"{name}:", f"{one.means}, {one.example}", (begin + sign, at))
            for name, one in KEYS.items()
            if name.startswith(word) or (len(word) > 2 and one.means.startswith(word))
        ][:MOST]
    if key.lower() not in KEYS:
        return []
    place = begin + sign + len(key) + 1 + _value_begin(rest)
    value = text[place:at]
    return _values(key.lower(), value, place, at, here)


def _values(key: str, typed: str, begin: int, at: int, here: Known) -> list[Offer]:
    op = next((one for one in _OPERATORS if typed.startswith(one)), "")
    word = typed[len(op) :].lstrip('"“').lower()
    choices = _choices(key, here, op)
    first = [value for value in choices if value.lower().startswith(word)]
    also = [
        value for value, means in choices.items()
        if value not in first and word and (word in value.lower() or word in means.lower())
    ]  # fmt: skip
    found = [*first, *also]
    if [value.lower() for value in found] == [word]:
        return []
    return [Offer(op + quoted(value), choices[value], (begin, at)) for value in found[:MOST]]


def _choices(key: str, here: Known, op: str) -> Mapping[str, str]:
    match key:
        case "is":
            return {state: {"open": "new or in hand", "any": "every state"}.get(state, "") for state in STATES}
        case "sev":
            words = [word.lower() for word, _ in severity.vocabulary().bands]
            if op:
                return dict.fromkeys(words, "")
            return {f">={word}": f"{word} and above" for word in words[:-1]} | {
                f"={word}": f"{word} alone" for word in words
            }
        case "seen":
            return {} if op else _SPANS
        case "rsit":
            types = rsit_types()
            classes = {code.partition("/")[0]: name.partition(" / ")[0] for code, name in types.items()}
            return {**classes, **{code: name.partition(" / ")[2] for code, name in types.items()}}
    return here.values.get(key, {})


def quoted(value: str) -> str:
    """Return a value as it is typed: in quotation marks where it needs them."""
    plain = value and not any(sign.isspace() or sign in '",“”„' for sign in value)
    return value if plain else '"' + value.replace('"', '""') + '"'


def applied(text: str, offer: Offer) -> tuple[str, int]:
    """Return what stands in the field once an offer was taken, and where the caret is; a value is followed by a blank.

    What stands right after the caret belongs to what is replaced only where it goes on with the same word.
    """
    begin, end = offer.span
    ends = "" if offer.text.endswith(":") or text[end : end + 1] in (" ", ",") else " "
    return text[:begin] + offer.text + ends + text[end:], begin + len(offer.text) + len(ends)


def _token_begin(text: str, at: int) -> int:
    """Return where the part that the caret is in begins: blanks inside quotation marks do not end one."""
    begin, inside = 0, False
    for place, sign in enumerate(text[:at]):
        if sign in '"“”':
            inside = not inside
        elif sign.isspace() and not inside:
            begin = place + 1
    return begin


def _value_begin(rest: str) -> int:
    begin, inside = 0, False
    for place, sign in enumerate(rest):
        if sign in '"“”':
            inside = not inside
        elif sign == "," and not inside:
            begin = place + 1
    return begin


def names(offered: Sequence[Offer]) -> list[str]:
    """Return the texts of some offers."""
    return [one.text for one in offered]
