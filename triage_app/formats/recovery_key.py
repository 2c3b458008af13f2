"""The recovery key, and that of the sealed envelope, as people copy them from paper: eight groups of eight characters.

Each group says which four bytes of the key it holds and carries its own check character, so that a
slip of the pen is found and its group named; together the groups carry a checksum of the whole key.

A group is eight symbols of 32: seven hold four bytes of the key and three bits of the whole key's
SHA-256 (24 bits over all groups), the eighth is a weighted sum in GF(32). The weights differ, so a
wrong symbol and two neighbours changed round never pass.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

from triage_app.errors import BadInput
from triage_app.language import say

KEY_BYTES: Final = 32
GROUPS: Final = 8
GROUP: Final = 8
"Characters of a group."

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"Base 32 without I, L, O and U (Crockford's choice)."

RECOVERY: Final = b"recovery1\0"
ENVELOPE: Final = b"envelope1\0"
"""What a key is for goes into its checksum: neither passes for the other, whatever its page says."""
_NAMES: Final = {RECOVERY: "recovery key", ENVELOPE: "key of the sealed envelope"}

_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BETWEEN: Final = re.compile(r"[\s\-‐‑‒–—−_.,:;]+")  # noqa: RUF001 - the dashes that word processors make
_LONGEST: Final = 1000
_LONGEST_PAGE: Final = 8000
_CHECK: Final = (
    "Check the paper: 0 is a nought, 1 a one; there is no letter I, L, O or U.",
    "Copy all of it, eight groups of eight characters.",
)


def generate() -> bytes:
    """Return a new recovery key: 32 random bytes."""
    return secrets.token_bytes(KEY_BYTES)


def to_text(key: bytes, purpose: bytes = RECOVERY) -> str:
    """Return the key as eight groups of eight characters, with dashes between them."""
    if len(key) != KEY_BYTES:
        raise ValueError("a recovery key has 32 bytes")
    checksum = int.from_bytes(_checksum(key, purpose), "big")
    groups = []
    for number in range(GROUPS):
        part = int.from_bytes(key[4 * number : 4 * number + 4], "big")
        bits = part << 3 | checksum >> 3 * (GROUPS - 1 - number) & 7
        symbols = [bits >> 5 * (GROUP - 2 - place) & 31 for place in range(GROUP - 1)]
        symbols.append(_check_symbol(symbols, number))
        groups.append("".join(ALPHABET[symbol] for symbol in symbols))
    return "-".join(groups)


def from_page(untrusted_text: str) -> str:
    """Return the key on a page that was saved to be printed: the lines that hold nothing but groups of it."""
    lines = [[part for part in _BETWEEN.split(line) if part] for line in untrusted_text.splitlines()]
    groups = [part for line in lines if all(len(part) == GROUP and part.isalnum() for part in line) for part in line]
    return "-".join(groups) if len(groups) == GROUPS else untrusted_text


def from_text(untrusted_text: str, purpose: bytes = RECOVERY) -> bytes:
    """Return the key that was typed, in whatever case and spacing, or that a saved page holds.

    Raises ``BadInput`` that names the groups to check, or says that it is the other key.
    """
    name = _NAMES[purpose]
    untrusted_text = from_page(untrusted_text[:_LONGEST_PAGE])
    if len(untrusted_text) > _LONGEST:
        raise BadInput(say("That is far too long for a {0}.", name), _CHECK[1])
    typed = [group.translate(_READ_AS) for group in _BETWEEN.split(untrusted_text.upper()) if group]
    joined = "".join(typed)
    if len(joined) != GROUPS * GROUP:
        raise _wrong_length(typed, len(joined), name)
    groups = [joined[GROUP * number : GROUP * (number + 1)] for number in range(GROUPS)]
    wrong = [number + 1 for number, group in enumerate(groups) if not _group_fits(group, number)]
    if wrong:
        raise BadInput(say("{0} of the {1} is mistyped.", _named(wrong), name), _CHECK[0])
    bits = [_bits(group) for group in groups]
    key = b"".join((part >> 3).to_bytes(4, "big") for part in bits)
    checksum = 0
    for part in bits:
        checksum = checksum << 3 | part & 7
    read = checksum.to_bytes(3, "big")
    for other in _NAMES:
        if other != purpose and read == _checksum(key, other):
            raise BadInput(
                say("That is the {0}, and not the {1}.", _NAMES[other], name), say("Use it as the {0}.", _NAMES[other])
            )
    if read != _checksum(key, purpose):
        raise BadInput(
            say("Each group of the {0} is well formed, but together they are not one key.", name),
            "Check that all groups come from one paper.",
        )
    return key


def _wrong_length(typed: list[str], length: int, name: str) -> BadInput:
    odd = [number + 1 for number, group in enumerate(typed) if len(group) != GROUP]
    if len(typed) == GROUPS and odd:
        return BadInput(say("{0} of the {1} does not have eight characters.", _named(odd), name), _CHECK[1])
    return BadInput(say("The {0} has {1} characters, and {2} were given.", name, GROUPS * GROUP, length), _CHECK[1])


def _named(groups: list[int]) -> str:
    if len(groups) == 1:
        return f"Group {groups[0]}"
    return f"Each of groups {', '.join(map(str, groups[:-1]))} and {groups[-1]}"


def _checksum(key: bytes, purpose: bytes) -> bytes:
    return hashlib.sha256(purpose + key).digest()[:3]


def _group_fits(group: str, number: int) -> bool:
    if not all(character in ALPHABET for character in group):
        return False
    symbols = [ALPHABET.index(character) for character in group]
    return symbols[-1] == _check_symbol(symbols[:-1], number)


def _bits(group: str) -> int:
    bits = 0
    for character in group[:-1]:
        bits = bits << 5 | ALPHABET.index(character)
    return bits


def _check_symbol(symbols: list[int], number: int) -> int:
    """Return the weighted sum of seven symbols; the group's number goes in, so that groups cannot change places."""
    total = number + 1
    for symbol in symbols:  # Horner's rule: the weights are the powers of 2, all different
        total = _double(total ^ symbol)
    return total


def _double(symbol: int) -> int:
    """Return twice a symbol in GF(32), modulo x⁵ + x² + 1."""
    symbol <<= 1
    return symbol ^ 0b100101 if symbol & 0b100000 else symbol
