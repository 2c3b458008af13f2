"""What is recorded about a victim beside who they are: role, how to reach them, on what ground, with what care.

Holding (``basis``), sharing (``sharing`` with its ground and who decided) and the person's wish are three things, and
none follows from another. What tells of somebody's health or language is sealed, as their contact is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from triage_app.domain.affected import controls
from triage_app.errors import BadInput, NotFound
from triage_app.language import say
from triage_app.services.access import note_access
from triage_app.services.changes import Changes
from triage_app.services.recording import record, set_fields
from triage_app.services.session import Session
from triage_app.services.vocabularies import kept, read_wish, vocabulary
from triage_app.store import labels, lookup
from triage_app.store.connection import Store

FIELDS: Final = (
    "status", "roles", "contact", "language", "channel", "formats", "flags", "basis", "sharing", "ground",
    "decided-by", "wish",
)  # fmt: skip
"What may be set, by the names a responder types."

MASKED_FIELDS: Final = ("contact", "language", "formats", "flags")
"Sealed, and shown only when somebody asks: that is noted."

OF_PEOPLE: Final = ("formats", "flags")
"What an organisation cannot have."

LISTS: Final = ("roles", "formats", "flags")
MOST_WORDS: Final = 2_000
"Characters of a contact, a basis or what is said of sharing."

_OTHER_NAMES: Final = {
    "lawful-basis": "basis", "role": "roles", "format": "formats", "flag": "flags", "sharing-ground": "ground",
    "decided": "decided-by", "prefers": "channel",
}  # fmt: skip


@kept
def _codes() -> dict[str, dict[str, str]]:
    found = vocabulary("victim_record")
    return {name: {item["code"]: item["name"] for item in found[name]} for name in
            ("roles", "channels", "formats", "flags", "grounds")}  # fmt: skip


def codes(name: str) -> dict[str, str]:
    """Return a list of the record (roles, channels, formats, flags, grounds): code → name."""
    return _codes()[name]


def care_of(flags: Iterable[str]) -> list[str]:
    """Return what each of some flags asks of whoever makes contact, a sentence each."""
    said = {item["code"]: item["care"] for item in vocabulary("victim_record")["flags"]}
    return [said[flag] for flag in flags if flag in said]


def words(name: str, chosen: Iterable[str]) -> str:
    """Return codes of a list as words; one that a newer version knows is said as it is."""
    known = codes(name)
    return ", ".join(known.get(code, code) for code in chosen)


def set_many(session: Session, victim: str, values: Mapping[str, str], because: str = "") -> Changes:
    """Set fields of a victim, as typed, in one act; "" clears a field. What stands already is left.

    ``roles``, ``formats`` and ``flags`` take several codes or names with commas between them. Raises ``BadInput``,
    ``NotFound``.
    """
    typed: dict[str, str] = {}
    for name, text in values.items():
        typed[field_named(name)] = text
    if not typed:
        raise BadInput("Nothing to set was given.", say("Use one or more of: {0}.", ", ".join(FIELDS)))
    store = session.store
    with store.write():
        found = lookup.one(store, "victim", victim)
        if found is None:
            raise NotFound("That victim has been taken back.", "Undo that first, or choose another.")
        wanted = _as_kept(session, found, typed)
        changed = {name: value for name, value in wanted.items() if value != standing(found, name)}
        if not changed:
            raise BadInput("All of that stands already.", "Nothing was changed.", "unchanged")
        ready = {name: _sealable(name, value) for name, value in changed.items()}
        changes = set_fields(
            session, "victim", victim, ready, labels.effective(store, "victim", victim), because.strip()
        )
        said = ", ".join(_said(name) for name in changed)
        return record(session, say("Set {0} of {1}", said, found["ref"]), changes, entity=victim, ref=found["ref"])


def field_named(name: str) -> str:
    """Return the field that a responder means. Raises ``BadInput``."""
    word = name.strip().lower().replace("_", "-").replace(" ", "-")
    word = _OTHER_NAMES.get(word, word)
    if word == "suspect":
        raise BadInput("Nobody is recorded here as a suspect.", "This is a record of who was harmed or put at risk.")
    if word not in FIELDS:
        raise BadInput(
            say("A victim has no field “{0}” to set.", name.strip()[:40]), say("Use one of: {0}.", ", ".join(FIELDS))
        )
    return word


def standing(row: Mapping[str, Any], name: str) -> Any:
    """Return what a victim's record (of ``lookup``) holds for a field of the journal, "" or [] for nothing."""
    if name in LISTS:
        found = row["facts"].get(name)
        return [str(item) for item in found] if isinstance(found, list) else [str(found)] if found else []
    if name in ("language", "channel"):
        return str(row["facts"].get(name) or "")
    if name == "sharing_decision":
        return decision(row)
    return row[name]


def decision(row: Mapping[str, Any]) -> dict[str, str]:
    """Return on what ground a victim's record may be shared, and who decided: {"ground", "by"}, "" for neither."""
    found = row["facts"].get("sharing_decision")
    found = found if isinstance(found, dict) else {}
    return {name: str(found.get(name, "")) for name in ("ground", "by")}


def _as_kept(session: Session, row: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, Any]:
    """Return journal field → value of what was typed."""
    wanted: dict[str, Any] = {}
    for name, text in typed.items():
        if name in OF_PEOPLE and row["party"] != "person" and text.strip():
            raise BadInput(say("An organisation has no {0}.", name), "Record the person as a victim of their own.")
        if name not in ("ground", "decided-by"):
            wanted[name] = read_value(name, text)
    if "ground" in typed or "decided-by" in typed:
        was = decision(row)
        ground = read_value("ground", typed["ground"]) if "ground" in typed else was["ground"]
        by = read_value("decided-by", typed["decided-by"]) if "decided-by" in typed else was["by"]
        wanted["sharing_decision"] = {"ground": ground, "by": by or (session.responder_name if ground else "")}
    return wanted


def read_value(name: str, text: str) -> Any:
    """Return the value of a field from what was typed. Raises ``BadInput``."""
    said = text.replace("\r\n", "\n").strip()
    if name == "wish":
        return read_wish(said)
    if name == "status":
        return read_status(said)
    if name in LISTS:
        return [] if said.lower() in ("", "none") else sorted({_code(name, part) for part in said.split(",")})
    if name in ("channel", "ground"):
        return _code(f"{name}s", said) if said else ""
    if controls(said, lines=True):
        raise BadInput(say("A control character stands in the {0}.", name), "Type it again, as plain text.")
    most = 60 if name == "language" else 200 if name == "decided-by" else MOST_WORDS
    if len(said) > most:
        raise BadInput(say("That is longer than the {0:,} characters of a {1}.", most, name), "Make it shorter.")
    return said


def read_status(text: str) -> str:
    """Return a victim's status; raise ``BadInput`` for another word."""
    known = vocabulary("victims")["statuses"]
    word = text.strip().lower()
    if word not in known:
        raise BadInput(say("“{0}” is no victim status.", text), say("Use one of: {0}.", ", ".join(known)))
    return word


def _code(name: str, text: str) -> str:
    word = text.strip().lower()
    for code, said in codes(name).items():
        if word in (code, said.lower(), code.replace("-", " ")):
            return code
    raise BadInput(
        say("“{0}” is none of the {1}.", text.strip()[:40], name), say("Use one of: {0}.", ", ".join(codes(name)))
    )


def _sealable(name: str, value: Any) -> Any:
    """Return a value as it is journalled: a sealed list is its JSON, and nothing is None."""
    if name in ("formats", "flags"):
        return json.dumps(value) if value else None
    if name == "sharing_decision":
        return value if any(value.values()) else None
    return value if value not in ("", []) or name in ("contact", "basis", "sharing") else None


def _said(name: str) -> str:
    return {"flags": "vulnerability flags", "formats": "accessible format", "channel": "preferred channel",
            "language": "preferred language", "basis": "lawful basis",
            "sharing_decision": "ground for sharing"}.get(name, name)  # fmt: skip


def reveal(session: Session, victim: str, fields: Iterable[str] = MASKED_FIELDS) -> dict[str, Any]:
    """Return what is masked of a victim, and note in the access chain that it was looked at. Raises ``NotFound``."""
    named = [name for name in fields if name in MASKED_FIELDS]
    note_access(session, "unmask", "victim", victim, ", ".join(named))
    return masked_values(session.store, victim, named)


def masked_values(store: Store, victim: str, fields: Iterable[str]) -> dict[str, Any]:
    """Return the opened values of some masked fields of a victim; nothing is noted."""
    found = lookup.one(store, "victim", victim)
    if found is None:
        raise NotFound("That victim has been taken back.", "Undo that first, or choose another.")
    return {name: found["contact"] if name == "contact" else standing(found, name) for name in fields}
