"""The policies of clocks that hold here: those that ship, or a trust's own file in their place.

A file ``policies/clocks.json`` under the profile wins. It comes from outside, so it is read strictly, and a
file with one fault is refused whole: then what ships stands in, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from triage_app.domain import clock_differences, clock_policies
from triage_app.domain.clocks import Policies
from triage_app.formats import strict_json
from triage_app.paths import resources
from triage_app.store.connection import Store

MOST_BYTES: Final = 1024 * 1024
NAME: Final = "clocks.json"


@dataclass(frozen=True)
class Loaded:
    """The policies that hold, and what is to be said of where they came from."""

    policies: Policies
    own: bool = False
    "Whether they are the trust's own."
    faults: tuple[str, ...] = ()
    "Why a file of the trust's own was refused, a sentence each."
    lacks: tuple[str, ...] = ()
    "What the trust's own file asks less of the law than what ships, a sentence each."

    @property
    def said(self) -> str:
        """What a responder must read about a refused file, or one that asks less than the law; '' for nothing."""
        if self.faults:
            return f"The trust's own file of clocks was refused, so those that ship hold. {_few(self.faults)}"
        if self.lacks:
            return f"The trust's own file of clocks holds, and asks less than the law as it ships. {_few(self.lacks)}"
        return ""


def _few(sentences: tuple[str, ...]) -> str:
    more = len(sentences) - 3
    return " ".join(sentences[:3]) + (f" And {more} more." if more > 0 else "")


@cache
def shipped() -> Policies:
    """Return the policies that ship with the program."""
    text = (resources() / "policies" / NAME).read_text(encoding="utf-8")
    return clock_policies.read(strict_json.loads(text))


def load(home: Path) -> Loaded:
    """Return the policies that hold for the profile in a folder."""
    path = home / "policies" / NAME
    try:
        found = path.stat()
    except FileNotFoundError:
        return Loaded(shipped())
    except OSError:
        return Loaded(shipped(), faults=("It could not be read.",))
    return _read(path, found.st_mtime_ns, found.st_size)


def of_store(store: Store) -> Policies:
    """Return the policies that hold for an open store."""
    return load(store.home).policies


@lru_cache(maxsize=8)
def _read(path: Path, changed: int, size: int) -> Loaded:
    """Read a file once; ``changed`` and ``size`` are what tells one version of it from the next."""
    if size > MOST_BYTES:
        return Loaded(shipped(), faults=("It is larger than 1 MiB.",))
    try:
        with path.open("rb") as file:
            untrusted_text = file.read(MOST_BYTES + 1).decode("utf-8-sig")
    except (OSError, ValueError):
        return Loaded(shipped(), faults=("It could not be read as text in UTF-8.",))
    try:
        untrusted = strict_json.loads(untrusted_text)
    except strict_json.BadRecord as error:
        return Loaded(shipped(), faults=(f"It is no JSON: {str(error).rstrip('.')}.",))
    try:
        policies = clock_policies.read(untrusted)
        return Loaded(policies, own=True, lacks=tuple(clock_differences.weaker(policies, shipped())))
    except clock_policies.BadPolicies as error:
        return Loaded(shipped(), faults=tuple(error.faults))
