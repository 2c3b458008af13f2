"""Versions of the program, and which of two is the newer."""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = r"(0|[1-9]\d{0,4})"
_VERSION: Final = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:(a|b|rc|\.dev){_NUMBER})?", re.ASCII)
_STAGES: Final = {".dev": 0, "a": 1, "b": 2, "rc": 3, None: 4}


def is_version(untrusted: str) -> bool:
    """Tell whether a text is a version as we give them out: three numbers, and perhaps a stage before the release."""
    return _VERSION.fullmatch(untrusted) is not None


def rank(version: str) -> tuple[int, ...]:
    """Return what a version is compared by: the newer one's is greater. Raises ``ValueError`` for no version."""
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ValueError(version)
    return (*map(int, match.group(1, 2, 3)), _STAGES[match[4]], int(match[5] or 0))
