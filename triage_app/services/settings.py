"""Settings of a store: few, named, each with a check."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from triage_app.errors import BadInput
from triage_app.language import say
from triage_app.services import backups, languages, second_place, set_by_it
from triage_app.services.session import Session
from triage_app.store import preferences
from triage_app.store.connection import Store

Kind = Literal["on-off", "one-of", "number", "folder"]


@dataclass(frozen=True)
class Setting:
    """One thing that a responder may set. What it is called on screen stands in ``ui``; here is what it can be."""

    default: Any
    "Its value when nobody set it."
    kind: Kind
    group: str = "work"
    "With which others it is shown: work, look, lock, files, exchange, backups."
    options: tuple[str, ...] = ()
    low: int = 0
    high: int = 0

    def read(self, text: str) -> Any:
        """Return the value that a text stands for. Raises ``BadInput`` for one that does not fit."""
        if self.kind == "number":
            return _between(text, self.low, self.high)
        if self.kind == "folder":
            return _folder(text)
        return _one_of(text, self.options)


def _between(text: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10) or not low <= int(text) <= high:
        raise BadInput(say("“{0}” does not fit.", text[:100]), say("Give a whole number from {0} to {1}.", low, high))
    return int(text)


def _one_of(text: str, words: tuple[str, ...]) -> str:
    if text not in words:
        raise BadInput(say("“{0}” does not fit.", text[:100]), say("Use one of: {0}.", ", ".join(words)))
    return text


def _folder(text: str) -> str:
    if text and (len(text) > 4096 or not text.isprintable() or not Path(text).is_absolute()):
        raise BadInput(say("“{0}” does not fit.", text[:100]), "Give the whole path of a folder, from the top.")
    return text


def _on_off(default: str, group: str) -> Setting:
    return Setting(default, "on-off", group, ("on", "off"))


KNOWN: Final[dict[str, Setting]] = {
    "single-letter-keys": _on_off("on", "work"),
    "theme": Setting("system", "one-of", "look", ("system", "light", "dark", "high-contrast")),
    "language": Setting("system", "one-of", "look", ("system", *languages.NAMES)),
    "density": Setting("normal", "one-of", "look", ("compact", "normal", "roomy")),
    "idle-lock-minutes": Setting(15, "number", "lock", low=1, high=240),
    "watch": _on_off("off", "files"),
    "watch-folder": Setting("", "folder", "files"),
    "watch-merge": _on_off("off", "files"),
    "part-megabytes": Setting(20, "number", "exchange", low=2, high=64),
    backups.PLACE: Setting("", "folder", "backups"),
}
"What can be set, in the order in which it is shown."


def all_of(store: Store) -> dict[str, Any]:
    """Return what every setting is in a store now; what the IT department enforces comes before what is stored."""
    stored, force = preferences.all_of(store), set_by_it.now()
    return {name: set_by_it.effective(name, stored.get(name), one.default, force) for name, one in KNOWN.items()}


def get(session: Session, key: str = "") -> dict[str, Any]:
    """Return one setting, or all. Raises ``BadInput`` for one there is none of."""
    found = all_of(session.store)
    if key and key not in found:
        raise BadInput(say("There is no setting “{0}”.", key), say("There are: {0}.", ", ".join(KNOWN)))
    return {key: found[key]} if key else found


def put(session: Session, key: str, text: str) -> dict[str, Any]:
    """Change one setting; return it and what changed with it.

    Raises ``BadInput`` for a value that does not fit, ``SetByIT`` for one that the IT department does not allow. What
    it enforces anyway may be asked for, and changes nothing.
    """
    if key not in KNOWN:
        raise BadInput(say("There is no setting “{0}”.", key), say("There are: {0}.", ", ".join(KNOWN)))
    value = KNOWN[key].read(text.strip())
    force = set_by_it.now()
    if set_by_it.is_fixed(key, force) and value == get(session, key)[key]:
        return {key: value}
    set_by_it.refuse_change(key, value, force)
    if key == backups.PLACE and value:
        second_place.check(Path(value), session.profile.home)
    changed = {key: value}
    if key == "watch-folder" and value != get(session, key)[key]:
        changed["watch-merge"] = "off"  # what was allowed for one folder holds for no other
    with session.store.write():
        for name, kept in changed.items():
            preferences.keep(session.store, name, kept)
    now = all_of(session.store)
    return {name: now[name] for name in changed}
