"""Canonical JSON: the one byte string that a journal value has, for ever.

Keys sorted, no spaces, UTF-8, no floats (decimals travel as strings), integers that fit 64 bits,
no lone surrogates. Journal bodies, links and manifests are hashed and signed in this form, so it
must never change.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

INT64_MAX = 2**63 - 1
MAX_DEPTH = 64


def canonical(value: Any) -> bytes:
    """Return the canonical bytes of ``value``.

    Raises ``ValueError`` for anything that has no canonical form: a float, an integer beyond
    64 bits, a lone surrogate, a key that is not text, nesting deeper than ``MAX_DEPTH``.
    """
    _check(value, 0)
    return written(value)


def written(value: Any) -> bytes:
    """Return the canonical bytes of a value that is known to have some: nothing in it is looked at but its text.

    Raises ``ValueError`` for a lone surrogate.
    """
    return _ENCODER.encode(value).encode("utf-8")  # a lone surrogate raises UnicodeEncodeError, a ValueError


def parse(untrusted_bytes: bytes) -> Any:
    """Return the value of canonical bytes; raise ``ValueError`` unless they are exactly canonical."""
    text = untrusted_bytes.decode("utf-8")
    try:
        value = _DECODER.decode(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _check(value, 0)
    if written(value) != untrusted_bytes:
        raise ValueError("not in canonical form")
    return value


def digest(domain: str, data: bytes) -> str:
    """Return the hex SHA-256 of ``data`` under a domain word, so that no hash serves two purposes."""
    return hashlib.sha256(domain.encode("ascii") + b"\0" + data).hexdigest()


def _bounded(digits: str) -> int:
    number = int(digits) if len(digits) < _MOST_DIGITS else INT64_MAX + 1
    if not -INT64_MAX - 1 <= number <= INT64_MAX:
        raise ValueError("integer beyond 64 bits")
    return number


def _refused(text: str) -> Any:
    raise ValueError(f"{text[:20]} has no canonical form")


_MOST_DIGITS = 24
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_DECODER = json.JSONDecoder(parse_int=_bounded, parse_float=_refused, parse_constant=_refused)
"""They are made once: making one takes as long as reading a short body."""


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if value is None or isinstance(value, bool | str):
        return
    if isinstance(value, int):
        if not -INT64_MAX - 1 <= value <= INT64_MAX:
            raise ValueError("integer beyond 64 bits")
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValueError("a key that is not text")
            _check(item, depth + 1)
    else:
        raise ValueError(f"{type(value).__name__} has no canonical form")
