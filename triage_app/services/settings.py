"""Settings of a store: few, named, each with a check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from triage_app.errors import BadInput
from triage_app.services import backups, second_place
from triage_app.services.session import Session
from triage_app.store import preferences


def _between(low: int, high: int) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if not (text.isascii() and text.isdecimal() and len(text) < 10) or not low <= int(text) <= high:
            raise BadInput(f"“{text}” does not fit.", f"Give a whole number from {low} to {high}.")
        return int(text)

    return read


def _one_of(*words: str) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if text not in words:
            raise BadInput(f"“{text}” does not fit.", f"Use one of: {', '.join(words)}.")
        return text

    return read


def _folder(text: str) -> Any:
    if text and (len(text) > 4096 or not text.isprintable() or not Path(text).is_absolute()):
        raise BadInput(f"“{text[:100]}” does not fit.", "Give the whole path of a folder, from the top.")
    return text


KNOWN: dict[str, tuple[Any, Callable[[str], Any]]] = {
    "idle-lock-minutes": (15, _between(1, 240)),
    "part-megabytes": (20, _between(2, 64)),
    "single-letter-keys": ("on", _one_of("on", "off")),
    "theme": ("system", _one_of("system", "light", "dark", "high-contrast")),
    "density": ("normal", _one_of("compact", "normal", "roomy")),
    "watch": ("off", _one_of("on", "off")),
    "watch-folder": ("", _folder),
    backups.PLACE: ("", _folder),
    "watch-merge": ("off", _one_of("on", "off")),
}
"Setting → (value when nobody set it, how a new value is read)."


def get(session: Session, key: str = "") -> dict[str, Any]:
    """Return one setting, or all. Raises ``BadInput`` for one there is none of."""
    stored = preferences.all_of(session.store)
    found = {name: stored.get(name, default) for name, (default, _) in KNOWN.items()}
    if key and key not in found:
        raise BadInput(f"There is no setting “{key}”.", f"There are: {', '.join(KNOWN)}.")
    return {key: found[key]} if key else found


def put(session: Session, key: str, text: str) -> dict[str, Any]:
    """Change one setting and return it. Raises ``BadInput`` for a value that does not fit."""
    if key not in KNOWN:
        raise BadInput(f"There is no setting “{key}”.", f"There are: {', '.join(KNOWN)}.")
    value = KNOWN[key][1](text.strip())
    if key == backups.PLACE and value:
        second_place.check(Path(value), session.profile.home)
    with session.store.write():
        preferences.keep(session.store, key, value)
    return {key: value}
