"""What a letter says that somebody did: bound to what the record holds of it, and left out where it holds nothing.

That we wrote is a letter that was marked as sent, with the day and how; that they told us is a report of theirs; that
our work has ended is an incident that was closed. Somebody who was never written to is not told that they were.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from triage_app.domain.affected import same_name
from triage_app.domain.letters import LANGUAGES
from triage_app.errors import BadInput
from triage_app.language import say
from triage_app.services.vocabularies import kept, vocabulary
from triage_app.store import lookup
from triage_app.store.connection import Store

Day = Callable[[int, str], str]
"A moment as a letter in a language writes its day."

_CLOSED: Final = "closed"
_TELLING: Final = ("day", "hour", "minute", "second")


@kept
def _acts() -> dict[str, Mapping[str, str]]:
    return {item["code"]: item for item in vocabulary("letter_acts")["acts"]}


@kept
def _ways() -> dict[str, Mapping[str, str]]:
    return {item["code"]: item for item in vocabulary("letter_acts")["ways"]}


def blanks() -> dict[str, str]:
    """Return what a blank is called that stands where the record holds nothing: act → words."""
    return {code: act["blank"] for code, act in _acts().items() if act["blank"]}


def sentences(
    store: Store, victim: Mapping[str, Any], incident: Mapping[str, Any], language: str, day: Day
) -> dict[str, str]:
    """Return what a letter to a victim says of each act; "" where that is for whoever writes it."""
    sent, told = _last_sent(store, victim), _told_us(store, victim)
    values = {
        "wrote": None if sent is None else {"date": day(sent["sent_at"], language), "how": _way(sent, language)},
        "told_us": None if told is None else {"date": day(told, language)},
        "ended": {} if incident.get("status") == _CLOSED else None,
    }  # fmt: skip
    return {
        code: act[language if (said := values.get(code)) is not None else f"absent_{language}"].format_map(
            _Held(said or {}, str(victim["ref"]))
        )
        for code, act in _acts().items()
    }


class _Held(dict[str, str]):
    """The words of one act; a name that a list uses and nobody knows stays as it is."""

    def __init__(self, said: Mapping[str, str], reference: str) -> None:
        super().__init__(said, reference=reference)

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def refuse_unheld(store: Store, victim: Mapping[str, Any], incident: Mapping[str, Any], text: str, day: Day) -> None:
    """Raise ``BadInput`` where a letter says by a sentence of ours what was done, and the record does not hold it."""
    for language in LANGUAGES:
        held = sentences(store, victim, incident, language, day)
        for code in ("wrote", "ended"):
            act = _acts()[code]
            rest = _spaced(held[code]).sub("", text) if held[code] else text
            if found := _spaced(act[language]).search(rest):
                raise BadInput(
                    say("The letter says “{0}”, and the record does not hold it.", found[0][:160]),
                    "Record first what was done, such as which letter was sent and when, or take the sentence out.",
                )


def _spaced(sentence: str) -> re.Pattern[str]:
    """Return how one of our sentences is found, whatever its spaces and whatever stands for its {words}."""
    words = (re.sub(r"\\\{\w+\\\}", "[^.\n]{1,80}?", re.escape(word)) for word in sentence.split())
    return re.compile(r"\s+".join(words), re.IGNORECASE)


def _last_sent(store: Store, victim: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the newest letter to a victim that went out as one: what was read out was not written to them."""
    found = [
        row
        for row in lookup.listing(store, "letter", "c.victim = ?", (victim["id"],))
        if row["sent_at"] is not None and row["sent_how"] in _ways()
    ]
    return max(found, key=lambda row: (row["sent_at"], row["id"]), default=None)


def _way(sent: Mapping[str, Any], language: str) -> str:
    return str(_ways()[sent["sent_how"]][language])


def _told_us(store: Store, victim: Mapping[str, Any]) -> int | None:
    """Return when this victim told us, from the reports of the incident; None where none is theirs, or no day known."""
    times = []
    for tip in lookup.listing(store, "tip", "t.incident = ?", (victim["incident"],)):
        if not _is_theirs(tip, victim) or type(tip["received_at"]) is not int:
            continue
        precision = tip["received"].get("precision", "minute") if isinstance(tip["received"], dict) else ""
        if precision in _TELLING:
            times.append(tip["received_at"])
    return min(times, default=None)


def _is_theirs(tip: Mapping[str, Any], victim: Mapping[str, Any]) -> bool:
    """Whether they are named as who reported it; the organisation of a report is the one that it is about."""
    name = str(victim.get("person_name" if victim["party"] == "person" else "organisation_name") or "")
    return bool(name) and not name.startswith("[") and same_name(str(tip["reporter"])) == same_name(name)
