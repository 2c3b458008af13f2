"""Reference data on this laptop: what is held and how old it is, adding a pack, letting one go.

Nothing of it enters the journal or a projection: two laptops with different packs come to the same state. That a pack
was taken or let go is noted in the device's own chain of accesses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from triage_app.domain import reference as rules
from triage_app.domain.reference import Described, SetKind
from triage_app.errors import BadFile, NotFound, StoreReadOnly
from triage_app.formats import reference_pack
from triage_app.formats.reference_pack import Pack
from triage_app.language import say
from triage_app.paths import file_errors, remove_if_there, write_whole
from triage_app.services import reference_sets, reference_shelf, releases, vocabularies
from triage_app.services.access import note_access
from triage_app.services.reference_sets import Unfit
from triage_app.services.session import AUDITORS_COPY, Session
from triage_app.services.times import LONDON

PROGRAM, PACK, IT, OWN, NOTHING = "program", "pack", "it", "own", "nothing"

NEWER, SAME, OLDER, UNKNOWN = "newer", "same", "older", "unknown"


@dataclass(frozen=True)
class Held:
    """One set as it is held."""

    code: str
    name: str
    where: str
    "``PROGRAM``, ``PACK``, ``IT`` for a pack that the IT department laid, ``OWN`` for a trust's own list, ``NOTHING``."
    source: str
    licence: str
    as_of: date | None
    age: str
    "How old it is, in words; '' where nothing is held."
    past: bool
    "Whether it is older than its shelf life."
    shelf: str
    pack: str
    "What the pack it is from is called."

    @property
    def standing(self) -> str:
        """How old it is and, where that is too old, that it is; never by colour alone."""
        return say("{0}, past its time", self.age) if self.past else self.age


@dataclass(frozen=True)
class Offered:
    """One set of a pack, beside what is held."""

    said: Described
    name: str
    verdict: str
    "``NEWER``, ``SAME``, ``OLDER``, or ``UNKNOWN`` for a set that this version does not know."
    held: date | None

    @property
    def words(self) -> str:
        """What is to be said of one that is not taken; '' of one that is."""
        if self.verdict == SAME:
            return say("{0}: what is here is of the same day", self.name)
        if self.verdict == OLDER:
            return say("{0}: what is here is newer, of {1}", self.name, rules.written(self.held or self.said.as_of))
        return say("{0}: this version does not know such a set", self.name) if self.verdict == UNKNOWN else ""


@dataclass(frozen=True)
class Taken:
    """What adding a pack came to."""

    pack: Pack
    sets: tuple[Offered, ...]

    @property
    def taken(self) -> list[Offered]:
        """The sets that are in use now."""
        return [one for one in self.sets if one.verdict == NEWER]

    @property
    def passed_over(self) -> list[str]:
        """A few words for each set that was left, with why."""
        return [one.words for one in self.sets if one.words]

    @property
    def words(self) -> str:
        """What was taken, in a sentence."""
        return say("Taken from “{0}”: {1}.", self.pack.name, "; ".join(_named(one) for one in self.taken))

    @property
    def offer_words(self) -> str:
        """What taking it would bring, in a sentence."""
        if not self.taken:
            return say("“{0}” is a pack of reference data with nothing newer than what is here.", self.pack.name)
        named = "; ".join(_named(one) for one in self.taken)
        return say("“{0}” is a pack of reference data. It would bring: {1}.", self.pack.name, named)

    @property
    def left_words(self) -> str:
        """What was passed over, in a sentence; '' for nothing."""
        return say("Passed over: {0}.", "; ".join(self.passed_over)) if self.passed_over else ""


def _named(one: Offered) -> str:
    return say("{0}, of {1}", one.name, rules.written(one.said.as_of))


# -- what is held ---------------------------------------------------------------------------------------------


def today(now: datetime) -> date:
    """Return the day on which ages are reckoned."""
    return now.astimezone(LONDON).date()


def held(home: Path | None, now: datetime) -> list[Held]:
    """Return every set there is, as it is held in a profile; those that nobody brought too."""
    shelf = reference_shelf.look(home)
    return [_held(home, kind, today(now), shelf) for kind in reference_sets.kinds().values()]


def held_of(home: Path | None, code: str, now: datetime) -> Held:
    """Return one set as it is held."""
    return _held(home, reference_sets.kinds()[code], today(now), reference_shelf.look(home))


def _held(home: Path | None, kind: SetKind, day: date, shelf: reference_shelf.Shelf) -> Held:
    own = vocabularies.own_list(home, kind.vocabulary) if home is not None and kind.vocabulary else None
    where, pack = OWN, ""
    said: Described | None
    if own is not None:
        said = Described(kind.code, own["source"], own.get("licence", ""), date.fromisoformat(own["date"]))
    else:
        _, laid, _ = reference_shelf.in_force(home, kind.code, shelf)
        if laid is not None:
            said, where, pack = laid.part.said, IT if laid.by_it else PACK, laid.pack.name
        else:
            said, where = reference_sets.shipped_said(kind), PROGRAM
    if said is None:
        return Held(kind.code, say(kind.name), NOTHING, "", "", None, "", past=False, shelf=rules.shelf(kind), pack="")
    return Held(
        kind.code, say(kind.name), where, said.source, said.licence, said.as_of, rules.age(said.as_of, day),
        past=kind.is_past(said.as_of, day), shelf=rules.shelf(kind), pack=pack,
    )  # fmt: skip


def old(home: Path | None, now: datetime) -> list[Held]:
    """Return the sets that are past their shelf life."""
    return [one for one in held(home, now) if one.past]


def in_a_sentence(one: Held) -> str:
    """Return of which day a set is and how old, to stand beside what is said from it."""
    return say("{0} as of {1}, {2}", one.name, rules.written(one.as_of), one.standing) if one.as_of else one.name


# -- adding and removing --------------------------------------------------------------------------------------


def look(home: Path, path: Path) -> Taken:
    """Return what adding a pack would come to; nothing is written.

    Raises ``BadFile`` for what is no sound pack, and ``TriageError`` (untrusted) where no trusted key signed it.
    """
    return _read(home, path)[0]


def add(session: Session, path: Path) -> Taken:
    """Put every set of a pack in place that is newer than what is held: all of them, or on any fault none.

    Raises what ``look`` does, and ``BadFile`` where a set is not what its loader takes or nothing in it is newer.
    """
    _refuse_readers(session)
    home = session.store.home
    found, data = _read(home, path)
    if not found.taken:
        known = [one for one in found.sets if one.verdict != UNKNOWN]
        what = say("Nothing in this pack is newer than what is here.") if known else say(
            "This version of the program knows no set that is in this pack."
        )  # fmt: skip
        raise BadFile(f"{what} {found.left_words}", "Nothing was changed. Ask for the newest pack.")
    target = reference_shelf.pack_path(home, found.pack.fingerprint)
    sets = _index(home) | {one.said.code: found.pack.fingerprint for one in found.taken}
    with file_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, data)
    _put_index(home, sets)
    detail = {one.said.code: one.said.as_of.isoformat() for one in found.taken}
    note_access(session, "reference", "pack", found.pack.fingerprint, {"taken": detail, "key": found.pack.key})
    return found


def remove(session: Session, code: str) -> Held:
    """Let the pack of a set go; return what is held instead. Raises ``NotFound`` where no pack of ours has it."""
    _refuse_readers(session)
    if code not in reference_sets.kinds():
        raise NotFound(say("There is no set “{0}”.", code), "“triage reference list” shows those there are.")
    home = session.store.home
    sets = _index(home)
    if code not in sets:
        now = held_of(home, code, session.now())
        what = say("No pack was added for “{0}”, so there is none to remove.", code)
        if now.where == IT:
            what = say("“{0}” was laid here by your IT department, so it cannot be removed here.", code)
        raise NotFound(what, "“triage reference list” shows where each set is from.")
    gone = sets.pop(code)
    _put_index(home, sets)
    note_access(session, "reference", "pack", gone, {"removed": code})
    return held_of(home, code, session.now())


def _refuse_readers(session: Session) -> None:
    if session.auditors_copy is not None:
        raise StoreReadOnly(*AUDITORS_COPY)


def _index(home: Path) -> dict[str, str]:
    try:
        return reference_shelf.index(home)
    except BadFile:
        return {}


def _put_index(home: Path, sets: dict[str, str]) -> None:
    """Have these packs count from now on, in one step, and remove those that nothing is taken from any more."""
    folder = reference_shelf.own_folder(home)
    write_whole(folder / reference_shelf.INDEX, reference_shelf.as_index(sets))
    kept = {reference_shelf.pack_path(home, one).name for one in sets.values()}
    for path in folder.glob(f"*{reference_pack.SUFFIX}"):
        if path.name not in kept:
            remove_if_there(path)
    vocabularies.read_anew()


def _read(home: Path, path: Path) -> tuple[Taken, bytes]:
    with reference_shelf.open_pack(path) as source:
        try:
            data = source.read(reference_pack.MOST_BYTES + 1)  # once: the stick may say something else next time
        except OSError:
            raise BadFile(
                say("{0} could not be read to its end.", path.name),
                "Check the stick, and try again: nothing was taken.",
            ) from None
    file = BytesIO(data)
    pack = reference_pack.read(file, releases.trusted_keys())
    shelf = reference_shelf.look(home)
    offered = tuple(_offered(home, part.said, shelf) for part in pack.parts)
    for part, one in zip(pack.parts, offered, strict=True):
        content = reference_pack.content(file, part)
        if one.verdict != UNKNOWN:
            _refuse_unfit(one, content)
    return Taken(pack, offered), data


def _refuse_unfit(one: Offered, data: bytes) -> None:
    try:
        reference_sets.load(reference_sets.kinds()[one.said.code], one.said, data)
    except Unfit as error:
        raise BadFile(
            say("“{0}” in this pack is not what it should be: {1}.", one.said.code, error),
            "Nothing of the pack was taken. Tell whoever made it.",
        ) from None


def _offered(home: Path, said: Described, shelf: reference_shelf.Shelf) -> Offered:
    kind = reference_sets.kinds().get(said.code)
    if kind is None:
        return Offered(said, f"“{said.code}”", UNKNOWN, None)
    _, laid, _ = reference_shelf.in_force(home, kind.code, shelf)
    here = laid.part.said if laid is not None else reference_sets.shipped_said(kind)
    verdict = NEWER
    if here is not None and said.as_of <= here.as_of:
        verdict = SAME if said.as_of == here.as_of else OLDER
    return Offered(said, say(kind.name), verdict, here.as_of if here is not None else None)


def as_data(sets: Sequence[Held]) -> list[dict[str, Any]]:
    """Return sets as JSON."""
    return [
        {
            "id": one.code, "name": one.name, "from": one.where, "source": one.source or None,
            "licence": one.licence or None, "as_of": one.as_of.isoformat() if one.as_of else None,
            "age": one.age or None, "past": one.past, "shelf": one.shelf, "pack": one.pack or None,
        }
        for one in sets
    ]  # fmt: skip
