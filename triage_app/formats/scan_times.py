"""Times in scans' tables: read where they can be read one way only; else they count as not known."""

from __future__ import annotations

import re
from typing import Final

from triage_app.domain.mapping import Mapping
from triage_app.formats.times import reader_for

_READ: Final = reader_for(Mapping("scan", "scan", {}, time_format="auto"))
_EPOCH = re.compile(r"\d{9,10}\Z", re.ASCII)


def moment(text: str) -> int | None:
    """Return a time in milliseconds since 1970 UTC; None for none, and for one that is not certain.

    A scan's day is what matters, so a time without a zone is taken as UTC. A date that can be read two ways is not.
    """
    text = text.strip()
    if not text:
        return None
    if _EPOCH.match(text):
        return int(text) * 1000
    try:
        return _READ(text)
    except ValueError:
        return None
