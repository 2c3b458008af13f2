"""A policy that ships as data, and a trust's own file of the same name under ``<home>/policies`` in its place.

A file with one fault is refused whole: then what ships stands in, and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from triage_app.formats import strict_json
from triage_app.paths import resources

P = TypeVar("P")
MOST_BYTES: Final = 1024 * 1024


@dataclass(frozen=True)
class Loaded(Generic[P]):
    """The policy that holds, whether it is the trust's own, and why a file of its own was refused ("" for not)."""

    policy: P
    own: bool = False
    problem: str = ""


def load(home: Path, name: str, read: Callable[[Any], P]) -> Loaded[P]:
    """Return the policy that holds for the profile in a folder. ``read`` raises ``ValueError`` for a faulty one."""
    path = home / "policies" / name
    try:
        found = path.stat()
    except FileNotFoundError:
        return Loaded(_shipped(name, read))
    except OSError:
        return _refused(name, read, "it could not be read")
    return _own(path, found.st_mtime_ns, found.st_size, name, read)


@lru_cache(maxsize=8)
def _shipped(name: str, read: Callable[[Any], P]) -> P:
    text = (resources() / "policies" / name).read_text(encoding="utf-8")
    return read(strict_json.loads(text))


def _refused(name: str, read: Callable[[Any], P], why: str) -> Loaded[P]:
    said = f"Your own file {name} was not taken: {why.rstrip('.')}. The one that came with the program stands in."
    return Loaded(_shipped(name, read), problem=said)


@lru_cache(maxsize=8)
def _own(path: Path, changed: int, size: int, name: str, read: Callable[[Any], P]) -> Loaded[P]:
    """Read a file once; ``changed`` and ``size`` are what tells one version of it from the next."""
    if size > MOST_BYTES:
        return _refused(name, read, "it is larger than 1 MiB")
    try:
        with path.open("rb") as file:
            untrusted_text = file.read(MOST_BYTES + 1).decode("utf-8-sig")
    except (OSError, ValueError):
        return _refused(name, read, "it could not be read as text in UTF-8")
    try:
        return Loaded(read(strict_json.loads(untrusted_text)), own=True)
    except (strict_json.BadRecord, ValueError) as error:
        return _refused(name, read, str(error))
