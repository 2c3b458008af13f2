"""Letters and call scripts to victims: drafted from the record, edited by a person, kept sealed, saved as a file.

What a letter says about what was seen is bound to the victim's ``exposure``: one sentence for each step of what is
known (``letter_exposure``), which has to stand in the text as it is; that information is safe stands in none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from triage_app.domain import letters as rules
from triage_app.domain.letters import LANGUAGES, NOT_KNOWN, Level, Never
from triage_app.errors import BadInput, NotFound
from triage_app.formats import letter_files
from triage_app.paths import write_whole
from triage_app.services.access import note_access
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.recording import creation, record, set_fields
from triage_app.services.session import Session
from triage_app.services.times import LONDON, read_time
from triage_app.services.vocabularies import action_codes, kept, vocabulary
from triage_app.store import labels, lookup
from triage_app.store.connection import Store
from triage_app.store.journal import Change

SCRIPT: Final = "script"
_MONTHS: Final = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
    "cy": ("Ionawr", "Chwefror", "Mawrth", "Ebrill", "Mai", "Mehefin", "Gorffennaf", "Awst", "Medi", "Hydref",
           "Tachwedd", "Rhagfyr"),
}  # fmt: skip
_HOW: Final = ("post", "e-mail", "by hand", "portal", "read out")


@dataclass(frozen=True)
class Kind:
    """One letter or call script that can be written."""

    code: str
    is_script: bool
    to: tuple[str, ...]
    "person, organisation."
    states_exposure: bool
    title: Mapping[str, str]
    "By language."
    body: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Draft:
    """A text filled from the record, to be edited."""

    code: str
    language: str
    exposure: str
    "What was known when it was drafted; '' where the text does not say."
    text: str

    @property
    def blanks(self) -> list[str]:
        """What is left for the writer."""
        return rules.blanks(self.text)


@kept
def kinds() -> dict[str, Kind]:
    """Return the letters and scripts there are, by code, in the order of the file."""
    return {
        item["code"]: Kind(
            item["code"], item["kind"] == SCRIPT, tuple(item["to"]), item["states_exposure"] == "yes",
            {language: item[f"title_{language}"] for language in LANGUAGES},
            {language: tuple(item[f"body_{language}"]) for language in LANGUAGES},
        )
        for item in vocabulary("letters")["letters"]
    }  # fmt: skip


@kept
def levels() -> dict[str, Level]:
    """Return the steps of what is known, by code, the least first."""
    return {
        item["code"]: Level(
            item["code"],
            {(party, language): item[f"{party}_{language}"] for party in ("person", "organisation")
             for language in LANGUAGES},
        )
        for item in vocabulary("letter_exposure")["levels"]
    }  # fmt: skip


@kept
def exposure_words() -> dict[str, str]:
    """Return what each step is called on screen."""
    return {item["code"]: item["word"] for item in vocabulary("letter_exposure")["levels"]}


@kept
def _never() -> dict[str, Never]:
    found = vocabulary("letter_exposure")
    return {
        language: Never(
            tuple(map(rules.same, found[f"never_{language}"])),
            frozenset(map(rules.same, found[f"subjects_{language}"])),
            frozenset(map(rules.same, found[f"states_{language}"])),
        )
        for language in LANGUAGES
    }


def exposure_of(store: Store, victim: Mapping[str, Any]) -> str:
    """Return what is known of whether a victim's information was seen; where two values stand, it is not known."""
    if any(row["entity"] == victim["id"] and row["field"] == "exposure" for row in lookup.conflicts(store)):
        return NOT_KNOWN
    said = str(victim["facts"].get("exposure") or NOT_KNOWN)
    return said if said in levels() else NOT_KNOWN


def set_exposure(session: Session, victim: str, code: str, because: str = "") -> Changes:
    """Record what is known of whether a victim's information was seen, with the grounds for it.

    Raises ``BadInput`` for a step that there is not, or one beyond “not known” without its grounds.
    """
    wanted = _read_exposure(code, because)
    store = session.store
    with store.write():
        row = _victim(store, victim)
        label = labels.effective(store, "victim", victim)
        changes = set_fields(session, "victim", victim, {"exposure": wanted}, label, because.strip())
        return record(session, f"Set what is known for {row['ref']}", changes, entity=victim, ref=row["ref"])


def _read_exposure(code: str, because: str) -> str:
    wanted = code.strip().lower().replace(" ", "-")
    found = next((item for item in vocabulary("letter_exposure")["levels"] if item["code"] == wanted), None)
    if found is None:
        raise BadInput(f"“{code.strip()[:40]}” does not say what is known.", f"Use one of: {', '.join(levels())}.")
    if found["needs_because"] == "yes" and not because.strip():
        raise BadInput(f"“{found['word']}” needs its grounds.", "Say on what it rests: who looked, at what, and when.")
    return wanted


def fitting(victim: Mapping[str, Any]) -> list[Kind]:
    """Return the letters and scripts for a victim of this kind."""
    return [kind for kind in kinds().values() if victim["party"] in kind.to]


def preferred_language(victim: Mapping[str, Any]) -> str:
    """Return the language of a victim's letters: Welsh where they prefer it, English otherwise."""
    said = str(victim["facts"].get("language") or "").strip().casefold()
    return "cy" if said in ("cy", "cym", "wel", "welsh", "cymraeg") else "en"


def draft(store: Store, victim: str, code: str, language: str, *, responder: str, now: datetime) -> Draft:
    """Return a letter filled from the record. What the record does not say is a blank between double brackets.

    Raises ``BadInput`` for a letter or a language that there is not, or one that is not for this kind of victim.
    """
    row = _victim(store, victim)
    kind = _kind(row, code)
    if language not in LANGUAGES:
        raise BadInput(f"There is no “{language[:20]}” text.", "Use en (English) or cy (Welsh).")
    exposure = exposure_of(store, row) if kind.states_exposure else ""
    values = _values(store, row, language, responder, now)
    if exposure:
        values["exposure"] = levels()[exposure].sentence(row["party"], language)
    paragraphs = (kind.title[language], *kind.body[language])
    return Draft(
        kind.code, language, exposure, rules.filled(paragraphs, values, vocabulary("letters")[f"blanks_{language}"])
    )


def opened_draft(session: Session, victim: str, code: str, language: str) -> Draft:
    """Return a draft (in the victim's own language for ''), and note in the access chain that the record was opened."""
    row = _victim(session.store, victim)
    made = draft(
        session.store, victim, code, language or preferred_language(row),
        responder=session.responder_name, now=session.now(),
    )  # fmt: skip
    note_access(session, "view", "victim", victim, {"letter": made.code})
    return made


def _values(store: Store, row: dict[str, Any], language: str, responder: str, now: datetime) -> dict[str, str]:
    incident = lookup.one(store, "incident", row["incident"]) or {}
    aware = incident.get("times", {}).get("aware")
    at = aware.get("at") if isinstance(aware, dict) else aware
    name = row.get("person_name") if row["party"] == "person" else row.get("organisation_name")
    own = f"ods:{store.meta('organisation', '')}"
    names = {one["id"]: one["name"] for one in lookup.organisations(store)}
    done = [
        f"- {action_codes().get(action['code'], action['code'])}"
        for action in lookup.listing(store, "action", "a.victim = ?", (row["id"],), "a.done_at, a.id")
        if action["status"] == "successful"
    ]
    advice = _advice(str(incident.get("rsit", "")), language)
    return {
        "recipient": "" if not name or name.startswith("[") else str(name),
        "reference": row["ref"],
        "our_organisation": names.get(own) or str(store.meta("organisation", "")),
        "handler": responder,
        "aware": _day(at, language) if type(at) is int else "",
        "today": _day(milliseconds(now), language),
        # The lists of what was done and of kinds of data have no Welsh: a translator writes those.
        "done": "\n".join(dict.fromkeys(done)) if language == "en" else "",
        "data": _data(incident) if language == "en" else "",
        "advice": "\n".join(f"- {line}" for line in advice),
    }


def _data(incident: Mapping[str, Any]) -> str:
    from triage_app.services import classification

    said = incident.get("facts", {}).get("data_types")
    return (classification.value_in_words("data_types", said) or "") if said else ""


def _advice(rsit: str, language: str) -> list[str]:
    lists = {item["code"]: item[language] for item in vocabulary("letter_advice")["advice"]}
    for code in rsit.split()[:1]:
        for name in (code, code.partition("/")[0]):
            if name in lists:
                return list(lists[name])
    return list(lists["any"])


def _day(at: int, language: str) -> str:
    day = datetime.fromtimestamp(at / 1000, LONDON)
    return f"{day.day} {_MONTHS[language][day.month - 1]} {day.year}"


def checked(row: Mapping[str, Any], kind: Kind, language: str, exposure: str, text: str) -> str:
    """Return the text of a letter as it may be kept. Raises ``BadInput`` with what may not go out, and what to do."""
    words = text.strip()
    if not words:
        raise BadInput("The letter is empty.", "Write it, or take the draft again.")
    if len(words) > rules.MOST_CHARACTERS:
        raise BadInput(
            f"The letter has {len(words):,} characters.", f"Keep it to {rules.MOST_CHARACTERS:,}; attach the rest."
        )
    left = rules.blanks(words)
    if left:
        raise BadInput(
            f"{len(left)} blanks are left: {'; '.join(blank[:60] for blank in left[:3])}.",
            "Write what belongs between the double brackets, or take the sentence out.",
        )
    said = _never()[language].found_in(words)
    if said:
        raise BadInput(
            f"No letter can promise this: “{said[:160]}”.",
            "Say what is known in the words of the record, and leave the promise out.",
        )
    if kind.states_exposure:
        party = str(row["party"])
        plain = rules.same(words)
        for code, level in levels().items():
            stands = rules.same(level.sentence(party, language)) in plain
            if code == exposure and not stands:
                raise BadInput(
                    "The sentence that says what is known was changed.",
                    f"Put it back: “{level.sentence(party, language)}” Or record that something else is known.",
                )
            if code != exposure and stands:
                raise BadInput(
                    f"The letter says “{exposure_words()[code].lower()}”, the record says"
                    f" “{exposure_words()[exposure].lower()}”.",
                    "Record first what is known, then draft the letter again.",
                )
    return words


def write(
    session: Session, victim: str, code: str, language: str, text: str, *, exposure: str = "", because: str = ""
) -> Changes:
    """Keep a letter as it was written; its words are sealed.

    ``exposure`` with its grounds records in the same act that something else is known (``set_exposure``). Raises
    ``BadInput`` as ``checked`` does.
    """
    store = session.store
    with store.write():
        row = _victim(store, victim)
        kind = _kind(row, code)
        label = labels.effective(store, "victim", victim)
        known: list[Change] = []
        stands = exposure_of(store, row)
        if exposure and exposure != stands:
            stands = _read_exposure(exposure, because)
            known = set_fields(session, "victim", victim, {"exposure": stands}, label, because.strip())
        exposure = stands if kind.states_exposure else ""
        words = checked(row, kind, language, exposure, text)
        fixed = {
            "victim": victim, "code": kind.code, "language": language, "exposure": exposure,
            "version": vocabulary("letters")["version"],
        }  # fmt: skip
        entity, ref, made = creation(session, "letter", label, fixed)
        changes = [*known, made, *set_fields(session, "letter", entity, {"text": words}, label)]
        what = "script" if kind.is_script else "letter"
        return record(session, f"Wrote {what} {ref}", changes, entity=entity, ref=ref)


def mark_sent(session: Session, letter: str, how: str, at: str = "") -> Changes:
    """Record that a letter went out: how, and when (``read_time``; now if left out). Raises ``BadInput``."""
    way = how.strip().lower()
    if way not in _HOW:
        raise BadInput(f"“{how.strip()[:40]}” is no way of sending a letter.", f"Use one of: {', '.join(_HOW)}.")
    now = session.now()
    when = read_time(at, now) if at.strip() else now
    if when > now:
        raise BadInput("That time is still to come.", "Record it once the letter is out.")
    store = session.store
    with store.write():
        row = _letter(store, letter)
        said = exposure_of(store, _victim(store, row["victim"]))
        if row["exposure"] and row["exposure"] != said:
            raise BadInput(
                f"{row['ref']} says “{exposure_words().get(row['exposure'], row['exposure']).lower()}”, and the record"
                f" says “{exposure_words()[said].lower()}” now.",
                "Write the letter anew before it goes out.",
            )
        label = labels.effective(store, "letter", letter)
        value = {"at": milliseconds(when), "how": way}
        changes = set_fields(session, "letter", letter, {"sent": value}, label)
        return record(session, f"Sent {row['ref']} by {way}", changes, entity=letter, ref=row["ref"])


def save(session: Session, letter: str, path: Path, page: bytes | None = None) -> Path:
    """Write a letter to a file: .docx or .html, or ``page``, the bytes that the window made of it for .pdf.

    Noted in the access chain: the file is not encrypted. Raises ``BadInput`` for another kind of file.
    """
    row = _letter(session.store, letter)
    made = as_file(row, path.suffix.lower()) if page is None else page
    write_whole(path, made)
    note_access(session, "export", "letter", letter, {"ref": row["ref"], "as": path.suffix.lower()})
    return path


def as_file(row: Mapping[str, Any], suffix: str) -> bytes:
    """Return a letter as a Word document or a web page, tagged with its language for screen readers."""
    blocks = rules.blocks(str(row["text"]))
    if suffix == ".docx":
        return letter_files.docx(blocks, str(row["language"]))
    if suffix in (".html", ".htm"):
        return letter_files.html(blocks, str(row["language"])).encode("utf-8")
    raise BadInput(
        f"A letter is saved as .docx, .html or .pdf, not as “{suffix or 'a file without an ending'}”.",
        "Choose one of them; a PDF is made in the window.",
    )


def letter(session: Session, entity: str) -> dict[str, Any]:
    """Return a letter with its words, and note in the access chain that it was looked at."""
    row = _letter(session.store, entity)
    note_access(session, "view", "letter", entity)
    return row


def listing(store: Store, victim: str) -> list[dict[str, Any]]:
    """Return the letters to a victim, the newest first."""
    return lookup.listing(store, "letter", "c.victim = ?", (victim,))


def _victim(store: Store, victim: str) -> dict[str, Any]:
    row = lookup.one(store, "victim", victim)
    if row is None:
        raise NotFound("That victim has been taken back.", "Undo that first, or choose another.")
    return row


def _letter(store: Store, entity: str) -> dict[str, Any]:
    row = lookup.one(store, "letter", entity)
    if row is None:
        raise NotFound("That letter has been taken back.", "Undo that first, or choose another.")
    return row


def _kind(row: Mapping[str, Any], code: str) -> Kind:
    found = kinds().get(code.strip().lower())
    if found is None:
        raise BadInput(f"There is no letter “{code.strip()[:40]}”.", f"Use one of: {', '.join(kinds())}.")
    if row["party"] not in found.to:
        raise BadInput(f"“{found.title['en']}” is not for this kind of victim.", "Choose another letter.")
    return found
