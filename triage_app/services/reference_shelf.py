"""Which sets of reference data lie on this computer, and what is in them: verified again each time they are read.

They lie in the profile, where a responder put them, or in a fixed folder, where the IT department did. Of each set the
newest counts, and what ships with the program is one of them; so a pack that is broken, unsigned or old never keeps
anything from working. A trust's own list, under ``vocabularies`` in the profile, stands before all of this.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from triage_app import language
from triage_app.errors import BadFile, TriageError
from triage_app.formats import reference_pack, strict_json
from triage_app.formats.exploited_catalogue import Catalogue
from triage_app.formats.reference_pack import BEGINS, MOST_BYTES, SUFFIX, Pack, Part
from triage_app.language import say
from triage_app.services import reference_sets, releases, set_by_it
from triage_app.services.reference_sets import Unfit

FOLDER: Final = "reference"
INDEX: Final = "in-place.json"
MOST_LAID: Final = 20
"""Packs in the folder of the IT department that are looked at, by name."""

_MOST_INDEX: Final = 64 * 1024
_MOST_LISTED: Final = 2_000


@dataclass(frozen=True)
class Laid:
    """One set of one pack, as it lies on this computer. The pack's signature was verified."""

    part: Part
    pack: Pack
    path: Path
    by_it: bool
    "Whether the IT department laid it there."


@dataclass(frozen=True)
class Shelf:
    """What lies on this computer."""

    sets: dict[str, list[Laid]]
    "By set, the newest first; sets that this version does not know are left out."
    problems: tuple[str, ...] = ()
    "A sentence for every pack that cannot be used."


def own_folder(home: Path) -> Path:
    """Return where the packs of a profile lie."""
    return home / FOLDER


def its_folder() -> Path:
    """Return where the IT department lays packs. What lies there is verified as any other."""
    if sys.platform == "win32":
        return Path(os.environ.get("PROGRAMDATA") or r"C:\ProgramData") / "Triage" / FOLDER
    return set_by_it.FILE.parent / FOLDER


def look(home: Path | None) -> Shelf:
    """Return what lies in a profile, None for none, and in the folder of the IT department."""
    keys = releases.trusted_keys()
    found: dict[str, list[Laid]] = {}
    problems: list[str] = []
    for path, by_it, wanted in _files(home, problems):
        pack, problem = _pack_of(path, keys)
        if pack is None:
            problems.append(say("{0} was not used: {1} What is older, or came with the program, stands in.",
                                path.name, problem))  # fmt: skip
            continue
        for part in pack.parts:
            code = part.said.code
            if code in reference_sets.kinds() and (wanted is None or code in wanted):
                found.setdefault(code, []).append(Laid(part, pack, path, by_it))
    for laid in found.values():
        laid.sort(key=lambda one: one.part.said.as_of, reverse=True)  # of one day the profile's own stands first
    return Shelf(found, tuple(problems))


def newer_than_shipped(shelf: Shelf, code: str) -> list[Laid]:
    """Return those of a set that would stand before what ships, the newest first."""
    ours = reference_sets.shipped_said(reference_sets.kinds()[code])
    return [one for one in shelf.sets.get(code, ()) if ours is None or one.part.said.as_of > ours.as_of]


def in_force(home: Path | None, code: str, shelf: Shelf | None = None) -> tuple[Any, Laid | None, tuple[str, ...]]:
    """Return what a set comes to, which pack it is from, and why newer ones were not used.

    (None, None, …) says that no pack has it: what ships stands, where the program ships any.
    """
    problems: list[str] = []
    for laid in newer_than_shipped(look(home) if shelf is None else shelf, code):
        found, problem = _content(laid, code)
        if found is not None:
            return found, laid, tuple(problems)
        problems.append(say("“{0}” in {1} was not used: {2} What is older, or came with the program, stands in.",
                            code, laid.path.name, problem))  # fmt: skip
    return None, None, tuple(problems)


def code_list(home: Path | None, vocabulary: str) -> dict[str, Any] | None:
    """Return a code list that a pack brought and that is newer than what ships; None for none."""
    for kind in reference_sets.kinds().values():
        if kind.vocabulary == vocabulary:
            found = in_force(home, kind.code)[0]
            return found if isinstance(found, dict) else None
    return None


def problems(home: Path | None) -> list[str]:
    """Return a sentence for everything that lies here and cannot be used."""
    shelf = look(home)
    said = list(shelf.problems)
    for code in shelf.sets:
        said += in_force(home, code, shelf)[2]
    return said


def is_pack(path: Path) -> bool:
    """Tell whether a file begins as every pack does."""
    try:
        with open_pack(path) as file:
            return file.read(len(BEGINS)) == BEGINS
    except (BadFile, OSError):
        return False


def open_pack(path: Path) -> IO[bytes]:
    """Open a pack to be read; raise ``BadFile`` for what is no ordinary file."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except OSError:
        raise BadFile(
            say("{0} cannot be read.", path.name), "Check that it is there and that you may read it."
        ) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise BadFile(say("{0} is no ordinary file.", path.name), "Choose the pack itself.")
    return os.fdopen(descriptor, "rb")


# -- which packs ----------------------------------------------------------------------------------------------


def index(home: Path) -> dict[str, str]:
    """Return which pack each set of a profile is taken from: set → the pack's fingerprint. Raises ``BadFile``."""
    path = own_folder(home) / INDEX
    try:
        with path.open("rb") as file:
            untrusted = file.read(_MOST_INDEX + 1)
    except FileNotFoundError:
        return {}
    except OSError:
        raise _bad_index() from None
    try:
        told = strict_json.loads(untrusted.decode("utf-8"), max_depth=3)
    except ValueError:
        raise _bad_index() from None
    sets = told.get("sets") if isinstance(told, dict) else None
    if len(untrusted) > _MOST_INDEX or not isinstance(sets, dict) or not all(map(_is_fingerprint, sets.values())):
        raise _bad_index()
    return sets


def as_index(sets: dict[str, str]) -> bytes:
    """Return the bytes of such a table."""
    return (json.dumps({"version": 1, "sets": sets}, indent=1, sort_keys=True) + "\n").encode()


def pack_path(home: Path, fingerprint: str) -> Path:
    """Return where a pack of a profile lies. Its own name, which came from outside, is not used."""
    return own_folder(home) / f"{fingerprint[:32]}{SUFFIX}"


def _is_fingerprint(untrusted: object) -> bool:
    return isinstance(untrusted, str) and len(untrusted) == 64 and set(untrusted) <= set("0123456789abcdef")


def _bad_index() -> BadFile:
    return BadFile(
        "The list of the reference data in this profile cannot be read.", "Add the packs again: nothing else is lost."
    )


def _files(home: Path | None, problems: list[str]) -> Iterator[tuple[Path, bool, set[str] | None]]:
    """Yield each pack, whether it is of the IT department, and which of its sets are wanted; None is all."""
    if home is not None:
        try:
            sets = index(home)
        except BadFile as error:
            sets = {}
            problems.append(f"{error.what} {error.do}")
        for fingerprint in sorted(set(sets.values())):
            yield pack_path(home, fingerprint), False, {code for code, one in sets.items() if one == fingerprint}
    try:
        with os.scandir(its_folder()) as listed:
            names = sorted(one.name for one in islice(listed, _MOST_LISTED) if one.name.endswith(SUFFIX))
    except OSError:
        return
    for name in names[:MOST_LAID]:
        yield its_folder() / name, True, None
    if len(names) > MOST_LAID:
        problems.append(say("The folder {0} holds more than {1} packs: the first {1} by name were looked at.",
                            its_folder(), MOST_LAID))  # fmt: skip


# -- reading them, once for each version of a file -------------------------------------------------------------


def _pack_of(path: Path, keys: Sequence[str]) -> tuple[Pack | None, str]:
    try:
        found = path.stat()
    except OSError:
        return None, say("it is no longer there.")
    return _read(path, found.st_mtime_ns, found.st_size, tuple(keys), language.code())


@lru_cache(maxsize=64)
def _read(path: Path, changed: int, size: int, keys: tuple[str, ...], spoken: str) -> tuple[Pack | None, str]:
    """Read the table of a pack; ``changed`` and ``size`` tell one version of the file from the next."""
    try:
        with open_pack(path) as file:
            return reference_pack.read(file, keys), ""
    except TriageError as error:
        return None, error.what
    except OSError:
        return None, say("it cannot be read.")


def _content(laid: Laid, code: str) -> tuple[dict[str, Any] | Catalogue | None, str]:
    try:
        found = laid.path.stat()
    except OSError:
        return None, say("it is no longer there.")
    return _loaded(laid.path, found.st_mtime_ns, found.st_size, laid.part, code, language.code())


@lru_cache(maxsize=64)
def _loaded(
    path: Path, changed: int, size: int, part: Part, code: str, spoken: str
) -> tuple[dict[str, Any] | Catalogue | None, str]:
    if part.size > min(MOST_BYTES, reference_sets.MOST_BYTES):
        return None, say("it is too large.")
    try:
        with open_pack(path) as file:
            data = reference_pack.content(file, part)
        return reference_sets.load(reference_sets.kinds()[code], part.said, data), ""
    except Unfit as error:
        return None, f"{error}."
    except TriageError as error:
        return None, error.what
    except OSError:
        return None, say("it cannot be read.")
