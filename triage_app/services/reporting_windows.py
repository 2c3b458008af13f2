"""The reporting windows that hold here: those that ship, or a trust's own file in their place.

A file ``policies/reporting_windows.json`` under the profile wins. It comes from outside: one with a fault is refused
whole, and what ships stands in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from triage_app.domain import windows
from triage_app.domain.windows import Window, WindowKind
from triage_app.errors import BadInput
from triage_app.formats import strict_json
from triage_app.language import say
from triage_app.paths import resources
from triage_app.services.times import LONDON
from triage_app.store.connection import Store

NAME: Final = "reporting_windows.json"
MOST_BYTES: Final = 1024 * 1024
USUAL: Final = 3
"How many windows of a kind a chooser offers: the current one and those before it."


@dataclass(frozen=True)
class Loaded:
    """The windows that hold."""

    kinds: tuple[WindowKind, ...]
    left_out: tuple[str, ...]
    "Determinations whose incidents are counted nowhere."
    fault: str = ""
    "Why a file of the trust's own was refused, '' for nothing."


@cache
def shipped() -> Loaded:
    """Return the windows that ship with the program."""
    return _checked(strict_json.loads((resources() / "policies" / NAME).read_text(encoding="utf-8")))


def of_store(store: Store) -> Loaded:
    """Return the windows that hold for an open store."""
    path = store.home / "policies" / NAME
    try:
        found = path.stat()
    except OSError:
        return shipped()
    return _read(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=8)
def _read(path: Path, changed: int, size: int) -> Loaded:
    """Read a file once; ``changed`` and ``size`` tell one version of it from the next."""
    try:
        if size > MOST_BYTES:
            raise ValueError("It is larger than 1 MiB.")
        with path.open("rb") as file:
            return _checked(strict_json.loads(file.read(MOST_BYTES + 1).decode("utf-8-sig")))
    except (OSError, UnicodeDecodeError, strict_json.BadRecord):
        fault = "It could not be read as JSON."
    except ValueError as error:
        fault = str(error)
    usual = shipped()
    said = f"The trust's own file of reporting windows was refused, so those that ship hold. {fault}"
    return Loaded(usual.kinds, usual.left_out, said)


def _checked(untrusted: Any) -> Loaded:
    kinds = windows.read_kinds(untrusted)
    left_out = untrusted.get("left_out", [])
    if not isinstance(left_out, list) or any(not isinstance(code, str) for code in left_out):
        raise ValueError("What is left out is no list of determinations.")
    return Loaded(kinds, tuple(left_out))


def today(now: datetime) -> date:
    """Return the day it is in London."""
    return now.astimezone(LONDON).date()


def read(store: Store, now: datetime, name: str = "", start: str = "", last: str = "") -> Window:
    """Return the window that was asked for: by name, or from a first to a last day. None asked is the review year's.

    Raises ``BadInput`` for a name or a day there is none of.
    """
    loaded = of_store(store)
    if start or last:
        if name:
            raise BadInput("A window has a name, or two days.", "Give --window, or --from and --to.")
        if not (start and last):
            raise BadInput("A window needs its first and its last day.", "Give both --from and --to.")
        try:
            return windows.own(_day(start), _day(last))
        except ValueError as error:
            raise BadInput(str(error), "Give the first and the last day, as 2020-08-31.") from None
    word = name.strip().lower() or loaded.kinds[0].code
    for kind in sorted(loaded.kinds, key=lambda kind: -len(kind.code)):
        if word == kind.code or word.startswith(f"{kind.code}-"):
            try:
                return windows.named(kind, word[len(kind.code) + 1 :], today(now))
            except ValueError as error:
                raise BadInput(str(error), "Name one that there is, or give --from and --to.") from None
    known = ", ".join(windows.around(kind, today(now)).code for kind in loaded.kinds)
    raise BadInput(say("“{0}” is no reporting window.", name[:40]), say("Use for example: {0}.", known))


def _day(text: str) -> date:
    words = text.strip()
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", words):
        raise BadInput(
            say("“{0}” is no day.", words[:40]),
            "Write it as 2020-08-31: windows run from midnight to midnight in London.",
        )
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise BadInput(say("There is no {0}.", words), "Check the day and the month.") from None


def usual(store: Store, now: datetime) -> list[Window]:
    """Return the windows that a chooser offers: of each kind the current one, and a few before it."""
    found: list[Window] = []
    for kind in of_store(store).kinds:
        found += [windows.around(kind, today(now), back) for back in range(1 if kind.span == "days" else USUAL)]
    return found


def as_data(window: Window) -> dict[str, Any]:
    """Return a window as the command line prints it: its first and last day, and the two moments in UTC."""
    from triage_app.services.times import iso

    return {
        "name": window.code, "title": window.name, "from": window.start.isoformat(),
        "to": date.fromordinal(window.end.toordinal() - 1).isoformat(),
        "start": iso(window.start_at), "before": iso(window.end_at), "words": window.in_words,
    }  # fmt: skip
