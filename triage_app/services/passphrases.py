"""How strong a passphrase looks: a rough count of bits, which warns of the worst and promises nothing."""

from __future__ import annotations

import math
from typing import Final

from triage_app.errors import BadInput
from triage_app.formats.sealed_zip import new_passphrase
from triage_app.services.session import MIN_PASSPHRASE, check_passphrase

FAIR_BITS: Final = 40
STRONG_BITS: Final = 60

__all__ = ["FAIR_BITS", "MIN_PASSPHRASE", "STRONG_BITS", "bits", "new_passphrase", "refuse_weak", "word"]


def bits(passphrase: str) -> float:
    """Return about how many bits a guesser lacks, by kinds of characters; repeats count once."""
    kinds = (
        (any(c.islower() for c in passphrase), 26), (any(c.isupper() for c in passphrase), 26),
        (any(c.isdigit() for c in passphrase), 10), (any(not c.isalnum() for c in passphrase), 20),
    )  # fmt: skip
    pool = sum(size for there, size in kinds if there) or 26
    fresh = sum(1 for place, c in enumerate(passphrase) if c not in passphrase[max(0, place - 3) : place])
    return min(fresh, 2 * len(set(passphrase))) * math.log2(pool) * 0.6


def word(passphrase: str) -> str:
    """Return "too short", "weak", "fair" or "strong"."""
    if len(passphrase) < MIN_PASSPHRASE:
        return "too short"
    found = bits(passphrase)
    return "strong" if found >= STRONG_BITS else "fair" if found >= FAIR_BITS else "weak"


def refuse_weak(passphrase: str) -> None:
    """Raise ``BadInput`` for a passphrase that would not protect a file which leaves this laptop.

    Whoever finds the file may guess at it for as long as he likes, so it asks for more than a screen lock does.
    """
    check_passphrase(passphrase)
    if word(passphrase) == "weak":
        raise BadInput(
            "The passphrase is too weak for a file that leaves this laptop.",
            "Use four or more words, or let the program make one.",
        )
