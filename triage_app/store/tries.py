"""The small file beside the store that remembers wrong tries. It holds no secret, and may be deleted at any time."""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict
from typing import Final

from triage_app.domain.back_off import UNKNOWN, Tries
from triage_app.errors import TriageError
from triage_app.paths import Profile, write_whole

_MOST_BYTES: Final = 1000
_MOST: Final = 2**53


def read(profile: Profile) -> Tries:
    """Return what is remembered. A file that is gone or makes no sense leaves one try before the waits go on."""
    try:
        with profile.tries.open("rb") as file:
            untrusted = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return UNKNOWN
    if not isinstance(untrusted, dict) or untrusted.keys() != Tries.__dataclass_fields__.keys():
        return UNKNOWN
    if any(type(value) is not int or not 0 <= value < _MOST for value in untrusted.values()):
        return UNKNOWN
    return Tries(**untrusted)


def is_there(profile: Profile) -> bool:
    """Tell whether anything is remembered at all."""
    return profile.tries.exists()


def keep(profile: Profile, tries: Tries) -> None:
    """Remember. Where that cannot be written the store still opens: nobody is locked out by a full disk."""
    with contextlib.suppress(TriageError):
        write_whole(profile.tries, json.dumps(asdict(tries)).encode())
