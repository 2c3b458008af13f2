"""The playbooks that hold here: those that ship, and a trust's own beside or in their place.

A file under ``<home>/playbooks`` stands in for the shipped one of the same name, or adds one. It comes from outside, so
it is read strictly; one with a fault is refused whole, what ships stands in, and that is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from triage_app.domain import playbooks as rules
from triage_app.domain.playbooks import BadPlaybook, Playbook
from triage_app.errors import NotFound
from triage_app.formats import strict_json
from triage_app.language import say
from triage_app.paths import resources
from triage_app.store import lookup
from triage_app.store.connection import Store

MOST_BYTES: Final = 256 * 1024
MOST_FILES: Final = 100
_USUAL: Final = ("ransomware", "phishing", "data-breach", "supplier-outage", "ddos", "lost-device")
"The order in which playbooks are offered that fit equally well: what hurts most comes first."


@dataclass(frozen=True)
class Loaded:
    """The playbooks by code, and a sentence for each file that was refused."""

    playbooks: dict[str, Playbook]
    faults: tuple[str, ...] = ()


@cache
def shipped() -> dict[str, Playbook]:
    """Return the playbooks that ship with the program, by code."""
    found = {}
    for path in sorted((resources() / "playbooks").glob("*.json")):
        one = rules.read(strict_json.loads(path.read_text(encoding="utf-8")))
        found[one.code] = one
    return found


def load(home: Path) -> Loaded:
    """Return the playbooks that hold for the profile in a folder."""
    found, faults = dict(shipped()), []
    try:
        paths = sorted((home / "playbooks").glob("*.json"))
    except OSError:
        paths = []
    for path in paths[:MOST_FILES]:
        try:
            status = path.stat()
            one = _read(path, status.st_mtime_ns, status.st_size)
        except OSError:
            faults.append(f"The playbook {path.name} could not be read.")
            continue
        if isinstance(one, str):
            stands = "what ships stands in" if path.stem in shipped() else "it is left out"
            faults.append(f"The trust's own playbook {path.name} was refused, so {stands}: {one}.")
        else:
            found[one.code] = one
    return Loaded(found, tuple(faults))


@lru_cache(maxsize=256)
def _read(path: Path, changed: int, size: int) -> Playbook | str:
    """Read a file once, or say what is wrong; ``changed`` and ``size`` tell one version of it from the next."""
    if size > MOST_BYTES:
        return "it is larger than 256 KiB"
    try:
        with path.open("rb") as file:
            untrusted_text = file.read(MOST_BYTES + 1).decode("utf-8-sig")
        one = rules.read(strict_json.loads(untrusted_text), own=True)
    except (OSError, UnicodeDecodeError):
        return "it could not be read as text in UTF-8"
    except (strict_json.BadRecord, BadPlaybook) as error:
        return str(error).rstrip(".")
    return one if one.code == path.stem else f"its code must be its file's name, “{path.stem[:40]}”"


def of_store(store: Store) -> Loaded:
    """Return the playbooks that hold for an open store."""
    return load(store.home)


def named(store: Store, untrusted_name: str) -> Playbook:
    """Return a playbook by code or name. Raises ``NotFound``."""
    known = of_store(store).playbooks
    word = untrusted_name.strip().casefold()
    for one in known.values():
        if word in (one.code, one.name.casefold()):
            return one
    raise NotFound(say("No playbook is called {0}.", untrusted_name), say("There are: {0}.", ", ".join(known)))


def proposed(store: Store, incident: str) -> list[tuple[Playbook, bool]]:
    """Return every playbook, those that fit the incident's RSIT classes first, and whether each does."""
    found = lookup.one(store, "incident", incident)
    rsit = found["rsit"].split() if found is not None else []
    known = of_store(store).playbooks.values()
    places = {code: place for place, code in enumerate(_USUAL)}
    ranked = sorted(known, key=lambda one: (-one.fits(rsit), places.get(one.code, len(places)), one.name))
    return [(one, one.fits(rsit) > 0) for one in ranked]
