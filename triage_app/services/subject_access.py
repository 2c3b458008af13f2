"""What is held about a person, in one file for them: readable, with other people's names left out.

The file is plain: whoever makes it answers for where it goes, and that it was made is noted in the access chain.
"""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any, Final

from triage_app.domain.indicators import visible
from triage_app.domain.naming import Hiding, contacts_in
from triage_app.errors import BadInput
from triage_app.language import in_english
from triage_app.paths import write_whole
from triage_app.services import handoffs, mentions, support, victim_record
from triage_app.services.access import note_access
from triage_app.services.changes import milliseconds
from triage_app.services.session import Session
from triage_app.services.times import in_words
from triage_app.services.vocabularies import action_codes, action_statuses
from triage_app.store import history, labels, lookup, naming, personal, same
from triage_app.store.connection import Store

OTHER: Final = "[another person]"
STAFF: Final = "[a member of staff]"

Section = tuple[str, list[tuple[str, str]]]
"A heading, and lines of (name, words)."


def export(session: Session, person: str, path: Path) -> int:
    """Write what is held about a person as .html or .json; return how many sections. Raises ``BadInput``."""
    kind = path.suffix.lower()
    if kind not in (".html", ".json"):
        raise BadInput("What is held is written as .html or .json.", "Name the file so.")
    if personal.is_erased(session.store, person):
        raise BadInput("What was held about this person has been erased.", "There is nothing to export.")
    found = held(session.store, person, milliseconds(session.now()))
    if kind == ".json":
        data = json.dumps(
            [{"heading": heading, "lines": [{"name": name, "words": words} for name, words in lines]}
             for heading, lines in found], ensure_ascii=False, indent=1,
        )  # fmt: skip
    else:
        data = _page(found)
    write_whole(session.profile.refuse_own(path), data.encode("utf-8"))
    note_access(session, "export", "person", person, {"form": kind[1:], "sections": len(found)})
    return len(found)


@in_english
def held(store: Store, person: str, now: int) -> list[Section]:
    """Return everything that is held about a person, other people's names left out."""
    hide = _hiding(store, person)
    names = mentions.names_of(store, person) or ["not recorded"]
    sections: list[Section] = [("Who", [("Name", name) for name in names])]
    for who in same.group(store, person):
        for victim in lookup.listing(store, "victim", "v.person = ?", (who,), "v.created_at, v.id"):
            sections.append(_victim(store, victim))
            sections += _about(store, victim, now)
            sections.append(_letters(store, victim))
        sections.append(_taken_back(store, who))
    calls, tips = mentions.own_calls(store, person), mentions.own_tips(store, person)
    sections += [_calls(store, calls), _reports(store, tips)]
    sections += _where_else(store, person, {*calls, *tips})
    return [(heading, [(word, hide(words)) for word, words in lines]) for heading, lines in sections if lines]


def _victim(store: Store, row: dict[str, Any]) -> Section:
    decision = victim_record.decision(row)
    facts = row["facts"]
    lines = [
        ("Recorded", in_words(row["created_at"])),
        ("Status", row["status"]),
        ("Role", victim_record.words("roles", victim_record.standing(row, "roles"))),
        ("Contact", row["contact"]),
        ("Preferred language", victim_record.standing(row, "language")),
        ("Preferred channel", victim_record.words("channels", filter(None, [victim_record.standing(row, "channel")]))),
        ("Accessible format", victim_record.words("formats", victim_record.standing(row, "formats"))),
        ("Vulnerability", victim_record.words("flags", victim_record.standing(row, "flags"))),
        ("Lawful basis for holding", row["basis"]),
        ("Shared with", row["sharing"]),
        ("Ground for sharing", victim_record.words("grounds", filter(None, [decision["ground"]]))),
        ("Your wish", row["wish"]),
        ("Legal hold", str(facts.get("hold_because") or "") if facts.get("legal_hold") else ""),
    ]
    before = []
    for operation in history.operations_of(store, "victim", row["id"]):
        field = operation["field"]
        value = operation["after"]
        if field.startswith("_") or field in ("incident", "person", "party", "erased", "legal_hold") or value is None:
            continue
        words = personal.opened(store, "victim", row["id"], field, value) if isinstance(value, dict) else str(value)
        before.append((f"{field.replace('_', ' ')}, as of {in_words(operation['at'])}", words))
    return f"Record {row['ref']}", [line for line in lines if line[1]] + before


def _about(store: Store, victim: dict[str, Any], now: int) -> list[Section]:
    found: list[Section] = []
    notes = lookup.listing(store, "note", "n.about = ?", (victim["id"],), "n.created_at, n.id")
    found.append((f"Notes on {victim['ref']}", [(in_words(note["created_at"]), note["text"]) for note in notes]))
    shared = lookup.listing(store, "disclosure", "d.victim = ?", (victim["id"],), "d.at, d.id")
    found.append(
        (f"Shared of {victim['ref']}",
         [(in_words(one["at"]), f"{one['whom']}: {one['what']} "
           f"({victim_record.words('grounds', [one['ground']])})") for one in shared])
    )  # fmt: skip
    found.append((f"Hand-offs of {victim['ref']}", _handed(store, victim["id"])))
    for action in support.listing(store, "a.victim = ?", (victim["id"],), now):
        lines = [
            ("Status", action_statuses().get(action["status"], action["status"])),
            ("Due", in_words(action["due"]) if action["due"] is not None else ""),
            ("Why then", str(action["facts"].get("due_because") or "")),
            ("Done", in_words(action["done_at"]) if action["done_at"] is not None else ""),
            ("Outcome", action["outcome"]),
        ]
        lines += [
            (in_words(one["at"]), ": ".join(filter(None, (support.ways().get(one["how"], one["how"]), one["words"]))))
            for one in support.attempts(store, action["id"])
        ]
        notes = lookup.listing(store, "note", "n.about = ?", (action["id"],), "n.created_at, n.id")
        lines += [(in_words(note["created_at"]), note["text"]) for note in notes]
        lines += _handed(store, action["id"])
        heading = f"{action['ref']}: {action_codes().get(action['code'], action['code'])}"
        found.append((heading, [line for line in lines if line[1]]))
    return found


def _handed(store: Store, about: str) -> list[tuple[str, str]]:
    return [
        (in_words(row["offered_at"]), ", ".join(filter(None, (
            f"offered to {row['to_body']}", row["note"], row["answer"], row["reason"]))))
        for row in handoffs.listing(store, about)
    ]  # fmt: skip


def _taken_back(store: Store, person: str) -> Section:
    """Return what was recorded and taken back: it is still held, since nothing is removed."""
    lines: list[tuple[str, str]] = []
    for kind, entity in personal.belonging_to(store, person):
        if kind == "person" or not lookup.was_taken_back(store, kind, entity):
            continue
        for operation in history.operations_of(store, kind, entity):
            value, field = operation["after"], operation["field"]
            if isinstance(value, dict) and set(value) == {"sealed"}:
                words = personal.opened(store, kind, entity, field, value)
                lines.append((f"{kind}, {field.replace('_', ' ')}, as of {in_words(operation['at'])}", words))
    return "Recorded and taken back, still kept", lines


def _letters(store: Store, victim: dict[str, Any]) -> Section:
    lines = []
    for one in lookup.listing(store, "letter", "c.victim = ?", (victim["id"],), "c.created_at, c.id"):
        sent = f"sent {in_words(one['sent_at'])}" if one["sent_at"] is not None else "written, not marked as sent"
        lines.append((f"{one['ref']}, {in_words(one['created_at'])}, {sent}", one["text"]))
    return f"Letters to {victim['ref']}", lines


def _calls(store: Store, calls: list[str]) -> Section:
    lines = []
    for row in filter(None, (lookup.one(store, "call", call) for call in calls)):
        at = row["happened_at"] if row["happened_at"] is not None else row["created_at"]
        words = [row["outcome"], row["role"], row["callee"], row["number"], row["note"]]
        lines.append((f"{row['ref']}, {in_words(at)}", "; ".join(part for part in words if part)))
    return "Calls to you, and about you", lines


def _reports(store: Store, tips: list[str]) -> Section:
    lines = []
    for row in filter(None, (lookup.one(store, "tip", tip) for tip in tips)):
        lines.append((f"{row['ref']}, {in_words(row['created_at'])}", row["text"]))
        lines.append((f"{row['ref']}, reported by", "; ".join(filter(None, (row["reporter"], row["contact"])))))
    return "What you reported", lines


def _where_else(store: Store, person: str, shown: set[str]) -> list[Section]:
    """Return what else names them; evidence is counted and told of, not copied.

    Word for word in their own incidents; elsewhere only where, as it may be about somebody of the same name.
    """
    group = same.group(store, person)
    own = {row["incident"] for row in lookup.listing(store, "victim") if row["person"] in group}
    near: dict[tuple[str, str], None] = {}
    far: dict[tuple[str, str], None] = {}
    for words in mentions.of(store, person):
        if words.entity in shown:
            continue
        where = f"{mentions.KINDS.get(words.kind, 'statement of clinical impact')} "
        where += naming.reference(store, words.kind, words.entity)
        if own & set(labels.incidents_of(store, words.kind, words.entity)):
            field = words.field.strip("_").replace("_", " ")
            near[f"{where}, {field}, {in_words(words.at)}", words.text] = None
        else:
            far[where, "Names you, or somebody of the same name"] = None
    return [("Elsewhere in the incident", list(near)), ("In other records", list(far))]


def _hiding(store: Store, person: str) -> Hiding:
    """Return what leaves out the names and contacts of everybody else, and the names of staff."""
    group = same.group(store, person)
    hidden: dict[str, str] = dict.fromkeys(personal.names_of_others(store, person), OTHER)
    told = [row["contact"] for row in lookup.listing(store, "victim") if row["person"] not in group]
    told += [row[name] for row in lookup.listing(store, "tip") for name in ("reporter", "contact")]
    told += [row[name] for row in lookup.listing(store, "call") for name in ("callee", "number")]
    hidden |= dict.fromkeys((part for words in told for part in contacts_in(words)), OTHER)
    for staff in lookup.responder_names(store):
        hidden.setdefault(staff, STAFF)
    for name in (personal.ERASED, personal.NOT_SHARED):
        hidden.pop(name, None)
    return Hiding(hidden, [*mentions.names_of(store, person), *mentions.contacts_of(store, person)])


def _page(found: list[Section]) -> str:
    parts = [
        "<!doctype html><html lang=en-GB><meta charset=utf-8><title>What is held about you</title>",
        "<style>body{font:16px/1.5 sans-serif;max-width:46em;margin:2em auto;padding:0 1em}"
        "dt{font-weight:600;margin-top:.6em}dd{margin:0;white-space:pre-wrap}</style>",
        "<h1>What is held about you</h1>"
        f"<p>Names of other people are left out and read {html.escape(OTHER)}; those of staff {html.escape(STAFF)}.",
    ]
    for heading, lines in found:
        parts.append(f"<h2>{_text(heading)}</h2><dl>")
        parts += [f"<dt>{_text(name)}</dt><dd>{_text(words)}</dd>" for name, words in lines]
        parts.append("</dl>")
    return "\n".join(parts) + "\n</html>\n"


def _text(words: str) -> str:
    return html.escape(visible(words))
