"""The directory and its rota: brought as one table, dated, searched, printed; and the national numbers that ship."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from triage_app.domain.directory import FIELDS, MOST_BYTES, TEXTS, Entry, as_text, entries_of, in_order
from triage_app.domain.records import DELETED
from triage_app.errors import BadInput, NotFound
from triage_app.formats.directory_table import MOST_TABLE, Sheet, read_sheet
from triage_app.language import in_english, say
from triage_app.paths import write_whole
from triage_app.services.access import note_access
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.recording import creation, label_of, record, set_fields
from triage_app.services.session import Session
from triage_app.services.times import LONDON, in_words, iso
from triage_app.services.vocabularies import vocabulary
from triage_app.store import directory as store_directory
from triage_app.store.connection import Store
from triage_app.store.journal import Change

ORDERS: Final = ("", "day-first", "month-first")
"""How a date such as 03/04/2026 is read; "" where the table itself shows it, or has none."""

_DATE = re.compile(
    r"(?:(?P<iso>\d{4}-\d{2}-\d{2})|(?P<one>\d{1,2})[/.-](?P<two>\d{1,2})[/.-](?P<year>\d{4}))"
    r"(?:[T\s,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?)?\Z"
)


@dataclass(frozen=True)
class Edition:
    """One edition of the directory."""

    id: str
    name: str
    "What the file was called."
    as_of: str
    "The day it is of, as 2026-11-22."
    brought_at: int
    brought_by: str
    entries: tuple[Entry, ...] = ()
    is_readable: bool = True
    "Whether its entries can be read here."

    def age(self, today: date) -> int | None:
        """Return how many days old it is; None where its day cannot be read."""
        try:
            return (today - date.fromisoformat(self.as_of)).days
        except ValueError:
            return None


@dataclass(frozen=True)
class Preview:
    """What a table would bring."""

    columns: Mapping[str, str]
    "Field → the heading it was found under."
    unused: tuple[str, ...]
    "Headings that say nothing to us."
    entries: tuple[Entry, ...]
    rejected: tuple[tuple[int, str], ...]
    two_ways: tuple[str, str, str] | None = None
    "A date that reads two ways: as written, day first, month first. Nothing is brought until one is chosen."


# -- bringing ----------------------------------------------------------------------------------------------


def read_file(path: Path) -> bytes:
    """Return a table's bytes. Raises ``BadInput`` where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_TABLE + 1)
    except OSError as error:
        raise BadInput(say("{0} could not be read.", path.name), "Check its name, and that it is a file.") from error


def look(untrusted_bytes: bytes, columns: Mapping[str, str] | None = None, order: str = "") -> Preview:
    """Return what a table would bring. ``columns`` is field → heading, where the guess is wrong; ``order`` one of
    ``ORDERS``. Raises ``BadInput``."""
    if order not in ORDERS:
        raise BadInput(say("“{0}” is no order of a date.", order[:40]), "Use day-first or month-first.")
    known = {item["code"]: item["headings"] for item in vocabulary("directory")["columns"]}
    sheet = read_sheet(untrusted_bytes, known, columns)
    found = dict(sheet.columns or {})
    at = {field: sheet.headings[number] for field, number in found.items()}
    unused = tuple(name for number, name in enumerate(sheet.headings) if name and number not in found.values())
    order, two_ways = _order(sheet, order)
    entries: list[Entry] = []
    rejected = list(sheet.rejected)
    for line, cells in sheet.rows:
        try:
            entries.append(_entry(cells, order))
        except BadInput as error:
            rejected.append((line, error.what.rstrip(".")))
    return Preview(at, unused, tuple(entries), tuple(sorted(rejected)), two_ways)


def bring(
    session: Session, untrusted_bytes: bytes, *, name: str = "", as_of: str = "",
    columns: Mapping[str, str] | None = None, order: str = "",
) -> tuple[Changes, Preview]:  # fmt: skip
    """Bring an edition in one act; undo brings the one before back. ``as_of`` is its day, today if left out.

    Rows with a mistake are left out and named. Raises ``BadInput``.
    """
    found = look(untrusted_bytes, columns, order)
    if found.two_ways is not None:
        written, day_first, month_first = found.two_ways
        raise BadInput(
            say("“{0}” can be read two ways: {1}, or {2}.", written, day_first, month_first),
            "Say which comes first: day-first or month-first.", "two-ways",
        )  # fmt: skip
    if not found.entries:
        raise BadInput("There is nobody in that table.", "Check its columns.")
    day = _day(as_of, session.now())
    text = as_text(found.entries)
    if len(text.encode("utf-8")) > MOST_BYTES:
        raise BadInput("That directory is too large to be kept as one.", "Leave notes out, or bring fewer rows.")
    store = session.store
    with store.write():
        standing = store_directory.editions(store)
        if standing and standing[0]["as_of"] > day:
            raise BadInput(
                say("The directory here is of {0}, which is newer than {1}.", standing[0]["as_of"], day),
                "Give the day it is of, or take back the one that is here.",
            )
        label = label_of(session, "directory", "")
        entity, _, made = creation(session, "directory", label)
        fields = {"name": name[:200], "as_of": day, "number": len(found.entries), "entries": text}
        changes = [made, *set_fields(session, "directory", entity, fields, label)]
        count = "1 entry" if len(found.entries) == 1 else f"{len(found.entries):,} entries"
        return record(session, say("Brought the directory of {0}, {1}", day, count), changes, entity=entity), found


def take_back(session: Session, edition: str) -> Changes:
    """Take an edition back; the one before it is in use again. Raises ``NotFound``."""
    store = session.store
    with store.write():
        found = next((one for one in store_directory.editions(store) if one["id"] == edition), None)
        if found is None:
            raise NotFound("That edition has been taken back.", "Undo that first, or choose another.")
        label = label_of(session, "directory", edition)
        changes = [Change("directory", edition, DELETED, True, label)]
        return record(session, say("Took back the directory of {0}", found["as_of"]), changes, entity=edition)


def _day(text: str, now: datetime) -> str:
    today = now.astimezone(LONDON).date()
    if not text.strip():
        return today.isoformat()
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(say("“{0}” is no day.", text[:40]), "Write it as 2026-11-22.") from None
    if found > today:
        raise BadInput(say("{0} has not come yet.", found.isoformat()), "Give the day the directory is of.")
    if found.year < 1990:
        raise BadInput(say("{0} is too long ago.", found.isoformat()), "Check the year.")
    return found.isoformat()


def _order(sheet: Sheet, order: str) -> tuple[str, tuple[str, str, str] | None]:
    """Return which comes first in the table's dates, and where it does not show, a date as it reads both ways."""
    slashed = []
    for _, cells in sheet.rows:
        for field in ("from", "until"):
            match = _DATE.match(cells.get(field, ""))
            if match is not None and match["one"]:
                slashed.append((cells[field], int(match["one"]), int(match["two"]), int(match["year"])))
    if order or not slashed:
        return order or "day-first", None
    day_first = any(one > 12 for _, one, _, _ in slashed)
    month_first = any(two > 12 for _, _, two, _ in slashed)
    if day_first != month_first:
        return ("day-first" if day_first else "month-first"), None
    doubtful = next(((w, a, b, y) for w, a, b, y in slashed if a != b and a <= 12 and b <= 12), None)
    if doubtful is None:
        return "day-first", None
    words, one, two, year = doubtful
    try:
        both = [date(year, month, day).strftime("%d %b %Y") for day, month in ((one, two), (two, one))]
    except ValueError:
        return "day-first", None
    return "", (words, both[0], both[1])


def _entry(cells: Mapping[str, str], order: str) -> Entry:
    start, end = _turn(cells.get("from", ""), order, is_end=False), _turn(cells.get("until", ""), order, is_end=True)
    if start is not None and end is not None and end <= start:
        raise BadInput("its turn of duty ends before it begins.", "Check both times.")
    return Entry(**{name: cells.get(name, "") for name in TEXTS}, from_at=start, until_at=end)


def _turn(text: str, order: str, *, is_end: bool) -> int | None:
    """Return a time of the rota, UK time, as UTC milliseconds; a day alone is its midnight, or its last for an end.

    In the hour that happens twice a turn begins in the first and ends in the second, so that nobody's duty has a gap.
    """
    if not text:
        return None
    match = _DATE.match(text)
    if match is None:
        raise BadInput(say("“{0}” is no time.", text[:40]), "Write 2026-11-22 09:00.")
    try:
        if match["iso"]:
            day = date.fromisoformat(match["iso"])
        else:
            one, two, year = int(match["one"]), int(match["two"]), int(match["year"])
            day = date(year, one, two) if order == "month-first" else date(year, two, one)
        if match["hour"]:
            hour, minute = int(match["hour"]), int(match["minute"])
            naive = datetime(day.year, day.month, day.day, hour % 24 if hour == 24 and not minute else hour, minute)  # noqa: DTZ001
            moment = naive.replace(tzinfo=LONDON, fold=int(is_end))
            at = milliseconds(moment.astimezone(UTC))
            return at + 86_400_000 if hour == 24 else at
        midnight = datetime(day.year, day.month, day.day, tzinfo=LONDON)
        if not is_end:
            return milliseconds(midnight.astimezone(UTC))
        after = date.fromordinal(day.toordinal() + 1)
        return milliseconds(datetime(after.year, after.month, after.day, tzinfo=LONDON).astimezone(UTC))
    except (ValueError, OverflowError):
        raise BadInput(say("“{0}” is no time.", text[:40]), "Write 2026-11-22 09:00.") from None


# -- reading -----------------------------------------------------------------------------------------------


def editions(store: Store) -> list[Edition]:
    """Return every edition, the one in use first, without its entries."""
    return [_edition(row) for row in store_directory.editions(store)]


def _edition(row: Mapping[str, Any]) -> Edition:
    return Edition(row["id"], row["name"], row["as_of"], row["created_at"] or 0, row["created_by_name"])


def current(store: Store) -> Edition | None:
    """Return the edition in use, with its entries in the order in which they are read; None for none."""
    found = store_directory.editions(store)
    if not found:
        return None
    entries = entries_of(store_directory.entries(store, found[0]["id"]))
    one = _edition(found[0])
    first = vocabulary("directory")["first_roles"]
    return Edition(one.id, one.name, one.as_of, one.brought_at, one.brought_by,
                   tuple(in_order(entries or (), first)), entries is not None)  # fmt: skip


def search(entries: Sequence[Entry], untrusted_words: str) -> list[Entry]:
    """Return the entries in which every word stands."""
    words = untrusted_words.casefold().split()
    return [one for one in entries if one.holds(words)]


def on_call(entries: Sequence[Entry], at: int) -> list[Entry]:
    """Return whose turn of duty holds at a time."""
    return [one for one in entries if one.on_call(at)]


def warning(edition: Edition | None, now: datetime) -> str:
    """Return what a responder must know of how old the directory is; "" for nothing."""
    if edition is None:
        return ""
    if not edition.is_readable:
        return "The entries of this directory cannot be read here: they were erased, or not shared with this laptop."
    days = edition.age(now.astimezone(LONDON).date())
    most = int(vocabulary("directory")["old_after_days"])
    if days is None:
        return "It is not known of which day this directory is."
    if days > most:
        return say(
            "This directory is {0:,} days old: more than the {1} that your policy allows. Ring before you rely.",
            days,
            most,
        )
    return ""


def contacts() -> list[dict[str, str]]:
    """Return the national numbers of the list in use, each with the day on which it was last checked."""
    return [dict(item) for item in vocabulary("contacts")["contacts"]]


def turn_in_words(entry: Entry) -> str:
    """Return a turn of duty in words, UK time; "" for an entry without a rota."""
    if not entry.has_rota:
        return ""
    start = in_words(entry.from_at) if entry.from_at is not None else "not stated"
    end = in_words(entry.until_at) if entry.until_at is not None else "not stated"
    return say("{0} to {1}", start, end)


def as_data(entry: Entry) -> dict[str, Any]:
    """Return an entry as the command line prints it."""
    times = {"from": iso(entry.from_at), "until": iso(entry.until_at)}
    return {name: times[name] if name in times else getattr(entry, name) for name in FIELDS}


def edition_as_data(edition: Edition | None, now: datetime) -> dict[str, Any] | None:
    """Return an edition, without its entries, as the command line prints it."""
    if edition is None:
        return None
    return {
        "id": edition.id, "name": edition.name, "as_of": edition.as_of, "brought_at": iso(edition.brought_at),
        "brought_by": edition.brought_by, "age_days": edition.age(now.astimezone(LONDON).date()),
        "warning": warning(edition, now),
    }  # fmt: skip


# -- printing ----------------------------------------------------------------------------------------------


def heading(edition: Edition | None, now: datetime) -> str:
    """Return what stands over every page: of which day, who brought it, when it was printed."""
    printed = say("printed {0}", in_words(milliseconds(now)))
    if edition is None:
        return say("No directory has been brought; national numbers alone, {0}", printed)
    return say("Directory as of {0}, brought by {1}, {2}", edition.as_of, edition.brought_by, printed)


@in_english
def as_plain_text(edition: Edition | None, now: datetime) -> str:
    """Return the directory and the national numbers as plain text, to be printed."""
    parts = [heading(edition, now)]
    if said := warning(edition, now):
        parts.append(said)
    lines = []
    for one in () if edition is None else edition.entries:
        numbers = [one.phone, f"out of hours {one.out_of_hours}" if one.out_of_hours else "", one.email]
        lines.append("  ".join(part for part in (one.role or "–", one.name, one.organisation) if part))
        lines.append("    " + ("  ".join(part for part in numbers if part) or "no number"))
        lines += [f"    {words}" for words in (turn_in_words(one), " ".join(one.notes.split())) if words]
    parts.append("\n".join(lines) or "Nobody is in it.")
    card = ["National numbers"]
    for item in contacts():
        ways = "  ".join(part for part in (item["phone"], item["email"], item["hours"]) if part)
        card += [f"  {item['name']}", f"    {ways or 'no number known here'}"]
        card += [f"    {words}" for words in (item["say"],) if words]
        card.append(f"    last checked {item['checked']}, {item['from']}")
    return "\n\n".join([*parts, "\n".join(card)]) + "\n"


@in_english
def as_html(edition: Edition | None, now: datetime) -> str:
    """Return the directory and the national numbers as a page: every word escaped, nothing fetched."""

    def cells(tag: str, texts: Sequence[str]) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(text)}</{tag}>" for text in texts) + "</tr>"

    rows = [
        cells("td", (one.role, one.name, one.organisation, one.phone, one.out_of_hours, one.email, turn_in_words(one),
                     one.notes))
        for one in (() if edition is None else edition.entries)
    ]  # fmt: skip
    card = [
        cells("td", (item["name"], item["phone"] or "no number known here", item["email"], item["hours"], item["say"],
                     item["checked"]))
        for item in contacts()
    ]  # fmt: skip
    said = warning(edition, now)
    style = "body{font-family:sans-serif;font-size:9pt}td,th{border:1px solid #888;padding:3px;text-align:left}"
    return (
        f'<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>Directory</title><style>{style}</style>'
        f"</head><body><p><b>{html.escape(heading(edition, now))}</b></p>"
        + (f"<p>{html.escape(said)}</p>" if said else "")
        + "<table cellspacing='0'>"
        + cells("th", ("Role", "Name", "Organisation", "Phone", "Out of hours", "E-mail", "On call", "Notes"))
        + "".join(rows)
        + "</table><p><b>National numbers</b></p><table cellspacing='0'>"
        + cells("th", ("Desk", "Phone", "E-mail", "Hours", "Say", "Last checked"))
        + "".join(card)
        + "</table></body></html>"
    )


def write(session: Session, path: Path) -> int:
    """Write the directory to a file, as a page where it is named .html, else as plain text; return how many bytes.

    That it left the store is noted.
    """
    edition = current(session.store)
    is_page = path.suffix.lower() in (".html", ".htm")
    text = as_html(edition, session.now()) if is_page else as_plain_text(edition, session.now())
    data = text.encode("utf-8")
    write_whole(session.profile.refuse_own(path), data)
    noted(session, edition)
    return len(data)


def write_drawn(session: Session, path: Path, data: bytes) -> int:
    """Write a page that was drawn from the directory to a file, and note that it left the store; return its size."""
    write_whole(session.profile.refuse_own(path), data)
    noted(session, current(session.store))
    return len(data)


def noted(session: Session, edition: Edition | None) -> None:
    """Note that the directory left the store."""
    note_access(session, "export", "directory", "" if edition is None else edition.id, {"kind": "directory"})
