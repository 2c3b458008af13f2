"""How a filter of alerts is taken apart for chips, put together again, and said."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from triage_app.domain.filter_grammar import Part, Value, written, written_part
from triage_app.domain.indicators import defang, refang
from triage_app.services.alert_filter import KEYS, parse_alerts

_INDICATORS = ("ioc", "url", "ip")


def terms_of(query: str) -> list[str]:
    """Return the parts of a filter, as they are typed: each by itself, but its plain words together.

    Raises ``BadFilter``.
    """
    return terms(parse_alerts(query))


def terms(parts: Sequence[Part]) -> list[str]:
    """Return some parts as they are typed: each by itself, but the plain words together."""
    words = [part for part in parts if _is_plain(part)]
    return [written_part(part, KEYS) for part in parts if part not in words] + ([written(words, KEYS)] if words else [])


def merged(applied: str, typed: str) -> str:
    """Return a filter with more typed into it: what an alert has one of is replaced, anything else is added.

    Raises ``BadFilter``.
    """
    before, more = list(parse_alerts(applied)), parse_alerts(typed)
    for part in more:
        same = KEYS[part.key].single or KEYS[part.key].compares if part.key else False
        before = [
            one for one in before
            if not (one.key == part.key and one.values == part.values)
            and not (same and one.key == part.key and not (part.negated or (one.negated and part.key != "is")))
        ]  # fmt: skip
    return written([*before, *more], KEYS)


def chip_words(term: str) -> tuple[str, str]:
    """Return a part of a filter, or its words, as a chip says it: key, value."""
    tr = QCoreApplication.translate
    parts = parse_alerts(term)
    part = parts[0]
    if not part.key:
        said = " ".join(_word(one.text) for one in parts)
        return tr("Queue", "without") if part.negated else tr("Queue", "text"), said
    alone = len(part.values) == 1
    said = tr("Queue", " or ").join(_value(part.key, value, alone=alone) for value in part.values)
    return tr("Queue", "not {0}").format(part.key) if part.negated else part.key, said


def _is_plain(part: Part) -> bool:
    return not part.key and not part.negated


def _word(text: str) -> str:
    return f"“{text}”" if any(sign.isspace() for sign in text) else text


def _value(key: str, value: Value, *, alone: bool) -> str:
    tr = QCoreApplication.translate
    sign = {"<=": "≤", ">=": "≥"}.get(value.op, value.op)
    text = value.text
    if key == "sev":
        sign = sign or ("≥" if alone else "")
    elif key == "seen":
        if ".." in text:
            first, _, last = text.partition("..")
            if not first or not last:
                return tr("Queue", "since {0}").format(first) if first else tr("Queue", "until {0}").format(last)
            return tr("Queue", "{0} to {1}").format(first, last)
        if not sign and text[:1].isdecimal() and "-" not in text:
            sign = "≤"
        elif not sign and "-" in text:
            return tr("Queue", "on {0}").format(text)
    elif key == "is":
        text = text.replace("-", " ")
    elif key in _INDICATORS:
        text = defang(refang(text))
    return f"{sign} {text}" if sign else text
