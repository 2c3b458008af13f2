"""What a letter may say, and what the record says of writing to this victim: every letter is held against it.

What was seen is said by the one sentence of the victim's ``exposure`` (``letter_exposure``), in English or in Welsh. A
sentence of another step, and a promise in anybody's own words in either language (``letter_promises``), is refused
in every kind of letter, when it is kept, when it is saved as a document, and when it is marked as sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from triage_app.domain import letters as rules
from triage_app.domain.letters import LANGUAGES, NOT_KNOWN, Level
from triage_app.domain.promises import Promises
from triage_app.domain.promises import read as read_promises
from triage_app.errors import BadInput
from triage_app.language import say
from triage_app.services import victim_record
from triage_app.services.vocabularies import kept, vocabulary
from triage_app.store import lookup
from triage_app.store.connection import Store

PARTIES: Final = ("person", "organisation")
_NEUTRAL: Final = "\n\nData.\n\n"
"What stands for the bound sentence while promises are looked for: it names the subject, and claims nothing of it."

_QUOTES: Final = "['’‘]"


@kept
def levels() -> dict[str, Level]:
    """Return the steps of what is known, by code, the least first."""
    return {
        item["code"]: Level(
            item["code"],
            {(party, language): item[f"{party}_{language}"] for party in PARTIES for language in LANGUAGES},
        )
        for item in vocabulary("letter_exposure")["levels"]
    }


@kept
def exposure_words() -> dict[str, str]:
    """Return what each step is called on screen."""
    return {item["code"]: item["word"] for item in vocabulary("letter_exposure")["levels"]}


@kept
def _promises() -> list[Promises]:
    return [read_promises(vocabulary("letter_promises"), language) for language in LANGUAGES]


def exposure_of(store: Store, victim: Mapping[str, Any]) -> str:
    """Return what is known of whether a victim's information was seen; where two values stand, it is not known."""
    if any(row["entity"] == victim["id"] and row["field"] == "exposure" for row in lookup.conflicts(store)):
        return NOT_KNOWN
    said = str(victim["facts"].get("exposure") or NOT_KNOWN)
    return said if said in levels() else NOT_KNOWN


def read_exposure(code: str, because: str) -> str:
    """Return a step of what is known from what was typed, with its grounds. Raises ``BadInput``."""
    wanted = code.strip().lower().replace(" ", "-")
    found = next((item for item in vocabulary("letter_exposure")["levels"] if item["code"] == wanted), None)
    if found is None:
        raise BadInput(
            say("“{0}” does not say what is known.", code.strip()[:40]), say("Use one of: {0}.", ", ".join(levels()))
        )
    if found["needs_because"] == "yes" and not because.strip():
        raise BadInput(
            say("“{0}” needs its grounds.", found["word"]), "Say on what it rests: who looked, at what, and when."
        )
    return wanted


def refuse_blanks(text: str) -> None:
    """Raise ``BadInput`` where a letter is still a draft: it has blanks."""
    left = rules.blanks(text)
    if left:
        raise BadInput(
            say("{0} blanks are left: {1}.", len(left), "; ".join(blank[:60] for blank in left[:3]))
            if len(left) > 1
            else say("1 blank is left: {0}.", left[0][:60]),
            "It is a draft until then. Write what belongs between the double brackets, or take the sentence out.",
        )


def refuse_claims(party: str, language: str, exposure: str, text: str, *, states: bool) -> None:
    """Hold the words of a letter against what is known. Raises ``BadInput`` with the words, and what to write instead.

    ``exposure`` is what the record says now; ``states`` whether this kind of letter has to say it, in its language.
    """
    own = [levels()[exposure].sentence(party, tongue) for tongue in LANGUAGES]
    said = levels()[exposure].sentence(party, language)
    bare = text
    for sentence in own:
        bare = _as_written(sentence).sub(_NEUTRAL, bare)
    for code, level in levels().items():
        if code != exposure and any(_as_written(one).search(bare) for one in level.sentences.values()):
            raise BadInput(
                say(
                    "The letter says “{0}”, the record says “{1}”.",
                    exposure_words()[code].lower(),
                    exposure_words()[exposure].lower(),
                ),
                "Record first what is known, then draft the letter again.",
            )
    if states and not _as_written(said).search(text):
        raise BadInput(
            "The sentence that says what is known was changed.",
            say("Put it back: “{0}” Or record that something else is known.", said),
        )
    for language_of in _promises():
        found = language_of.found_in(bare)
        if found is not None:
            raise BadInput(
                say("No letter can promise this: “{0}”.", found.sentence[:160]),
                say(
                    "Nobody can know it: “{0}”. Leave it out; of what was seen, write only this: “{1}”.",
                    found.words[:80],
                    said,
                ),
            )


def _as_written(sentence: str) -> re.Pattern[str]:
    """Return how a bound sentence is found: whatever its spaces, its apostrophes and its capitals."""
    words = (re.sub("['’]", lambda _: _QUOTES, re.escape(word)) for word in sentence.split())
    return re.compile(r"\s+".join(words), re.IGNORECASE)


@dataclass(frozen=True)
class Care:
    """What the record says of writing to a victim: which flag it is, never what else a mask hides."""

    code: str
    words: str
    "The flag, and what it asks of whoever makes contact."
    stops: bool
    "Whether nothing is sent without saying why."


def care(store: Store, victim: Mapping[str, Any]) -> list[Care]:
    """Return what to heed before writing to a victim, what stops a letter first.

    Which accessible format is needed tells of somebody's health: it is said only that there is one. Where two values
    stand for the channel or the flags, that stops a letter too: one of them may say that no letter is safe.
    """
    masked = victim_record.masked_values(store, str(victim["id"]), ("formats", "flags"))
    found = []
    if victim_record.standing(victim, "channel") == rules.NO_CONTACT:
        found.append(Care(rules.NO_CONTACT, "Wishes no contact.", True))
    for flag in masked["flags"]:
        if flag in rules.UNSAFE:
            found.append(Care(flag, _flag(flag), True))
    disputed = {row["field"] for row in lookup.conflicts(store) if row["entity"] == victim["id"]}
    if disputed & {"channel", "flags"}:
        words = "Two values stand for how they may be reached. Settle that in Exchange before anything goes out."
        found.append(Care("conflict", words, True))
    found += [Care(flag, _flag(flag), False) for flag in masked["flags"] if flag in rules.CAREFUL]
    if masked["formats"]:
        words = "An accessible format is recorded. Look which in the record, and send the letter in it."
        found.append(Care("format", words, False))
    return found


def _flag(code: str) -> str:
    return f"{victim_record.words('flags', [code])}. {' '.join(victim_record.care_of([code]))}".strip()


def refuse_unsafe(found: list[Care], because: str) -> None:
    """Raise ``BadInput`` where the record says not to write to somebody, unless a reason was given."""
    stops = [one for one in found if one.stops]
    if stops and not because.strip():
        raise BadInput(
            say("The record says: {0}", " ".join(one.words for one in stops)),
            "Agree a safe way first. If it went out all the same, say why; that is recorded.",
            "no-contact",
        )
