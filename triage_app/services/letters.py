"""Letters and call scripts to victims: drafted from the record, edited by a person, kept sealed, saved as a file.

What a letter says about what was seen is bound to the victim's ``exposure`` (``letter_checks``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from triage_app.domain import letters as rules
from triage_app.domain.letters import LANGUAGES
from triage_app.errors import BadInput, NotFound
from triage_app.formats import letter_files
from triage_app.language import in_english, say
from triage_app.paths import write_whole
from triage_app.services import letter_acts, letter_checks
from triage_app.services.access import note_access
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.recording import creation, record, set_fields
from triage_app.services.session import Session
from triage_app.services.times import LONDON, in_words, read_time
from triage_app.services.vocabularies import action_codes, kept, vocabulary
from triage_app.store import labels, lookup
from triage_app.store.connection import Store
from triage_app.store.journal import Change

SCRIPT: Final = "script"
SCREEN: Final = "en"
"The language of the screen: in it a blank says what belongs there, whatever the letter's own is."

_MONTHS: Final = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
    "cy": ("Ionawr", "Chwefror", "Mawrth", "Ebrill", "Mai", "Mehefin", "Gorffennaf", "Awst", "Medi", "Hydref",
           "Tachwedd", "Rhagfyr"),
}  # fmt: skip
_MINUTE: Final = 60_000
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


def set_exposure(session: Session, victim: str, code: str, because: str = "") -> Changes:
    """Record what is known of whether a victim's information was seen, with the grounds for it.

    Raises ``BadInput`` for a step that there is not, or one beyond “not known” without its grounds.
    """
    wanted = letter_checks.read_exposure(code, because)
    store = session.store
    with store.write():
        row = _victim(store, victim)
        label = labels.effective(store, "victim", victim)
        changes = set_fields(session, "victim", victim, {"exposure": wanted}, label, because.strip())
        return record(session, say("Set what is known for {0}", row["ref"]), changes, entity=victim, ref=row["ref"])


def fitting(victim: Mapping[str, Any]) -> list[Kind]:
    """Return the letters and scripts for a victim of this kind."""
    return [kind for kind in kinds().values() if victim["party"] in kind.to]


def preferred_language(victim: Mapping[str, Any]) -> str:
    """Return the language of a victim's letters: Welsh where they prefer it, English otherwise."""
    said = str(victim["facts"].get("language") or "").strip().casefold()
    return "cy" if said in ("cy", "cym", "wel", "welsh", "cymraeg") else "en"


@in_english
def draft(store: Store, victim: str, code: str, language: str, *, responder: str, now: datetime) -> Draft:
    """Return a letter filled from the record. What the record does not say is a blank between double brackets.

    Raises ``BadInput`` for a letter or a language that there is not, or one that is not for this kind of victim.
    """
    row = _victim(store, victim)
    kind = _kind(row, code)
    _language(language)
    exposure = letter_checks.exposure_of(store, row) if kind.states_exposure else ""
    values = _values(store, row, language, responder, now)
    if exposure:
        values["exposure"] = letter_checks.levels()[exposure].sentence(row["party"], language)
    paragraphs = (kind.title[language], *kind.body[language])
    names = {**letter_acts.blanks(), **vocabulary("letters")[f"blanks_{SCREEN}"]}
    text = rules.filled(paragraphs, values, names)
    return Draft(kind.code, language, exposure, rules.renamed(text, _hints(kind, language)))


def _hints(kind: Kind, language: str) -> dict[str, str]:
    """Return what each blank of a text is called on screen: whoever writes a Welsh letter may read English."""
    found: dict[str, str] = {}
    for words, hint in zip(kind.body[language], kind.body[SCREEN], strict=False):
        named = rules.blanks(words), rules.blanks(hint)
        if len(named[0]) == len(named[1]):
            found.update(zip(*named, strict=True))
    return found


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
        **letter_acts.sentences(store, row, incident, language, _day),
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
    """Return the text of a letter as it may be kept, blanks and all. Raises ``BadInput`` with what may not be said."""
    words = text.strip()
    if not words:
        raise BadInput("The letter is empty.", "Write it, or take the draft again.")
    if len(words) > rules.MOST_CHARACTERS:
        raise BadInput(
            say("The letter has {0:,} characters.", len(words)),
            say("Keep it to {0:,}; attach the rest.", rules.MOST_CHARACTERS),
        )
    letter_checks.refuse_claims(str(row["party"]), language, exposure, words, states=kind.states_exposure)
    return words


def write(
    session: Session, victim: str, code: str, language: str, text: str, *, exposure: str = "", because: str = ""
) -> Changes:
    """Keep a letter as it was written, a draft where blanks are left; its words are sealed.

    ``exposure`` with its grounds records in the same act that something else is known (``set_exposure``). Raises
    ``BadInput`` as ``checked`` does.
    """
    store = session.store
    with store.write():
        row = _victim(store, victim)
        kind = _kind(row, code)
        known, stands = _known(session, row, exposure, because)
        words = checked(row, kind, _language(language), stands, text)
        _refuse_unheld(store, row, words)
        fixed = {
            "victim": victim, "code": kind.code, "language": language,
            "exposure": stands if kind.states_exposure else "", "version": vocabulary("letters")["version"],
        }  # fmt: skip
        label = labels.effective(store, "victim", victim)
        entity, ref, made = creation(session, "letter", label, fixed)
        changes = [*known, made, *set_fields(session, "letter", entity, {"text": words}, label)]
        return record(session, f"{_verb(words)} {_what(kind)} {ref}", changes, entity=entity, ref=ref)


def rewrite(session: Session, letter: str, text: str, *, exposure: str = "", because: str = "") -> Changes:
    """Keep other words for a letter that has not gone out. Raises ``BadInput`` as ``checked`` does, or if it has."""
    store = session.store
    with store.write():
        row = _letter(store, letter)
        if row["sent_at"]:
            raise BadInput(say("{0} has gone out.", row["ref"]), "What was sent stays as it was: write another letter.")
        to = _victim(store, row["victim"])
        kind = _kind(to, row["code"])
        known, stands = _known(session, to, exposure, because)
        words = checked(to, kind, row["language"], stands, text)
        _refuse_unheld(store, to, words)
        values: dict[str, Any] = {"text": words} if words != row["text"] else {}
        if kind.states_exposure and stands != row["exposure"]:
            values["exposure"] = stands
        if not values and not known:
            raise BadInput("All of that stands already.", "Nothing was changed.", "unchanged")
        label = labels.effective(store, "letter", letter)
        changes = [*known, *set_fields(session, "letter", letter, values, label)]
        return record(session, say("Rewrote {0} {1}", _what(kind), row["ref"]), changes, entity=letter, ref=row["ref"])


def _known(session: Session, row: Mapping[str, Any], exposure: str, because: str) -> tuple[list[Change], str]:
    """Return the changes that record what is known now, none where it stands, and what is known with them."""
    stands = letter_checks.exposure_of(session.store, row)
    if not exposure or exposure == stands:
        return [], stands
    stands = letter_checks.read_exposure(exposure, because)
    label = labels.effective(session.store, "victim", str(row["id"]))
    return set_fields(session, "victim", str(row["id"]), {"exposure": stands}, label, because.strip()), stands


def _what(kind: Kind) -> str:
    return "script" if kind.is_script else "letter"


def _verb(words: str) -> str:
    return "Drafted" if rules.blanks(words) else "Wrote"


def _language(language: str) -> str:
    if language not in LANGUAGES:
        raise BadInput(say("There is no “{0}” text.", language[:20]), "Use en (English) or cy (Welsh).")
    return language


def _ready(store: Store, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the victim of a letter that can go out now. Raises ``BadInput`` for a draft, or what is not so now."""
    to = _victim(store, row["victim"])
    kind = _kind(to, row["code"])
    letter_checks.refuse_blanks(str(row["text"]))
    said, words = letter_checks.exposure_of(store, to), letter_checks.exposure_words()
    if row["exposure"] and row["exposure"] != said:
        raise BadInput(
            say(
                "{0} says “{1}”, and the record says “{2}” now.",
                row["ref"],
                words.get(row["exposure"], row["exposure"]).lower(),
                words[said].lower(),
            ),
            "Write the letter anew before it goes out.",
        )
    checked(to, kind, _language(row["language"]), said, str(row["text"]))
    if not row["sent_at"]:
        _refuse_unheld(store, to, str(row["text"]))
    return to


def _refuse_unheld(store: Store, victim: Mapping[str, Any], text: str) -> None:
    """Raise ``BadInput`` where a letter says by our own sentence that something was done that the record lacks."""
    letter_acts.refuse_unheld(store, victim, lookup.one(store, "incident", victim["incident"]) or {}, text, _day)


def mark_sent(session: Session, letter: str, how: str, at: str = "", because: str = "") -> Changes:
    """Record that a letter went out: how, and when (``read_time``; now if left out).

    Raises ``BadInput`` for a draft, for a letter that says other than what is known now, for a time before it was
    written or to come, and where the record says not to write to this victim, unless ``because`` says why it went
    out all the same: that is kept with the act.
    """
    way = how.strip().lower()
    if way not in _HOW:
        raise BadInput(
            say("“{0}” is no way of sending a letter.", how.strip()[:40]), say("Use one of: {0}.", ", ".join(_HOW))
        )
    now = session.now()
    when = read_time(at, now) if at.strip() else now
    if when > now:
        raise BadInput("That time is still to come.", "Record it once the letter is out.")
    store = session.store
    found = care_for(session, _letter(store, letter)["victim"])  # noted, though the act may be refused
    with store.write():
        row = _letter(store, letter)
        if at.strip():
            _refuse_early(row, milliseconds(when))
        _ready(store, row)
        letter_checks.refuse_unsafe(found, because)
        why = because.strip() if any(one.stops for one in found) else ""
        label = labels.effective(store, "letter", letter)
        value = {"at": milliseconds(when), "how": way}
        changes = set_fields(session, "letter", letter, {"sent": value}, label, why)
        return record(session, say("Sent {0} by {1}", row["ref"], way), changes, entity=letter, ref=row["ref"])


def _refuse_early(row: Mapping[str, Any], at: int) -> None:
    """Raise ``BadInput`` for a time before a letter was written, but for the seconds that nobody types."""
    written = row["created_at"] if row["sent_at"] else row["changed_at"] or row["created_at"]
    if written is None or at >= written - written % _MINUTE:
        return
    raise BadInput(
        say("{0} was written {1}: it cannot have gone out before that.", row["ref"], in_words(written)),
        "Check the date and the time.",
    )


def care_for(session: Session, victim: str) -> list[letter_checks.Care]:
    """Return what to heed before writing to a victim; where that tells something masked, the look is noted."""
    found = letter_checks.care(session.store, _victim(session.store, victim))
    if any(one.code not in (rules.NO_CONTACT, "conflict") for one in found):
        note_access(session, "unmask", "victim", victim, "flags, formats")
    return found


def save(session: Session, letter: str, path: Path, page: bytes | None = None) -> Path:
    """Write a letter to a file: .docx or .html, or ``page``, the bytes that the window made of it for .pdf.

    Noted in the access chain: the file is not encrypted. Raises ``BadInput`` for another kind of file, a draft, and
    words that are not what is known now; ``StoreReadOnly`` for a place within the profile.
    """
    row = _letter(session.store, letter)
    session.profile.refuse_within(path)
    _ready(session.store, row)
    made = as_file(row, path.suffix.lower()) if page is None else page
    write_whole(path, made)
    note_access(session, "export", "letter", letter, {"ref": row["ref"], "as": path.suffix.lower()})
    return path


@in_english
def as_file(row: Mapping[str, Any], suffix: str) -> bytes:
    """Return a letter as a Word document or a web page, tagged with its language for screen readers."""
    blocks = rules.blocks(str(row["text"]))
    if suffix == ".docx":
        return letter_files.docx(blocks, str(row["language"]))
    if suffix in (".html", ".htm"):
        return letter_files.html(blocks, str(row["language"])).encode("utf-8")
    raise BadInput(
        say("A letter is saved as .docx, .html or .pdf, not as “{0}”.", suffix or "a file without an ending"),
        "Choose one of them; a PDF is made in the window.",
    )


def letter(session: Session, entity: str) -> dict[str, Any]:
    """Return a letter with its words, and note in the access chain that it was looked at."""
    row = _letter(session.store, entity)
    note_access(session, "view", "letter", entity)
    return row


def victim_of(store: Store, letter: str) -> str:
    """Return the id of the victim a letter is to. Raises ``NotFound``."""
    return str(_letter(store, letter)["victim"])


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
        raise BadInput(say("There is no letter “{0}”.", code.strip()[:40]), say("Use one of: {0}.", ", ".join(kinds())))
    if row["party"] not in found.to:
        raise BadInput(say("“{0}” is not for this kind of victim.", found.title["en"]), "Choose another letter.")
    return found
