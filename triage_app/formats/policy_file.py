"""The file in which an IT department enforces settings where there is no registry.

Only the owner of the computer may have a say in it: a file that anybody else could have written is refused whole, and
so is one that is a link, too long, or no strict JSON object.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Container
from pathlib import Path
from typing import Any, Final

from triage_app.formats import strict_json
from triage_app.language import say

MOST_BYTES: Final = 64 * 1024
MOST_DEPTH: Final = 3
_OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


class RefusedPolicies(Exception):
    """A source of policies is there and cannot be taken; the text says why, in words that end a sentence."""


def read(path: Path, owners: Container[int]) -> dict[str, Any] | None:
    """Return what a policy file says by name, None where there is no such file. Raises ``RefusedPolicies``.

    ``owners`` are the numbers of the accounts to which the file and its folder may belong.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(path, flags)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise RefusedPolicies(say("it is a link to somewhere else")) from None
        raise RefusedPolicies(say("it cannot be read by this account ({0})", error.strerror or "")) from None
    try:
        found = os.fstat(descriptor)  # what is open, whatever has taken its name meanwhile
        if not stat.S_ISREG(found.st_mode):
            raise RefusedPolicies(say("it is no ordinary file"))
        _refuse_others(found, path, owners)
        return parse(_all_of(descriptor))
    except OSError as error:
        raise RefusedPolicies(say("it cannot be read by this account ({0})", error.strerror or "")) from None
    finally:
        os.close(descriptor)


def _all_of(descriptor: int) -> bytes:
    pieces, left = [], MOST_BYTES + 1
    while left and (piece := os.read(descriptor, left)):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _refuse_others(found: os.stat_result, path: Path, owners: Container[int]) -> None:
    try:
        folder = path.parent.stat()
    except OSError:
        raise RefusedPolicies(say("its folder cannot be looked at")) from None
    for one in (found, folder):
        if one.st_uid not in owners:
            raise RefusedPolicies(say("it, or its folder, does not belong to root"))
        if one.st_mode & _OTHERS_MAY_WRITE:
            raise RefusedPolicies(say("others than root may write to it or to its folder"))


def parse(untrusted: bytes) -> dict[str, Any]:
    """Return what the bytes of a policy file say. Raises ``RefusedPolicies``."""
    if len(untrusted) > MOST_BYTES:
        raise RefusedPolicies(say("it is larger than {0} KiB", MOST_BYTES // 1024))
    try:
        value = strict_json.loads(untrusted.decode("utf-8-sig"), max_depth=MOST_DEPTH)
    except (ValueError, RecursionError):
        raise RefusedPolicies(say("it is no JSON in UTF-8, or says something twice, or nests too deeply")) from None
    if not isinstance(value, dict):
        raise RefusedPolicies(say("it is no JSON object of names and values"))
    return value
