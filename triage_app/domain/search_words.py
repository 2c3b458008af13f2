"""What a responder types to find something, read as the words that the index knows.

The index is FTS5 ``unicode61 remove_diacritics 0 tokenchars '.-_@'`` (the migrations): letters, digits and
four joining signs make its tokens. It keeps no positions, so what several tokens spell together, and what
must be whole or exact, is confirmed by looking at the row's text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from triage_app.domain.indicators import (
    WORD,
    canonical_domain,
    canonical_values,
    is_whole_indicator,
    refang,
    without_v6,
)

MAX_WORDS: Final = 64
MAX_WORD: Final = 500
"What is looked for is cut to this: SQLite refuses expressions and patterns without end."

JOINING: Final = ".-_@"
"Characters that the index keeps inside a word, beside letters and digits."

_SSDEEP = re.compile(r"\d{1,10}:[0-9A-Za-z+/]{3,64}:[0-9A-Za-z+/]{3,64}\Z")
_WEB = re.compile(r"(?:https?|ftp)://(?:[^/@\s]*@)?([^/:?#\s]+)(?::\d+)?(.*)\Z", re.IGNORECASE | re.DOTALL)
_DOMAIN = re.compile(
    r"[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|info|biz|gov|edu|mil|uk|eu|ru|cn|xyz|onion)\Z", re.IGNORECASE
)
"""A domain that is whole as it stands: nobody who writes on means a longer ending, and evil.com.au is another's."""


_ENDS: Final = ".-_@"
"""Signs that belong to no word that they begin or end."""


@dataclass(frozen=True)
class Word:
    """One word that is looked for."""

    text: str
    kind: str = "plain"
    """'plain'; 'whole', an address, hash or CVE, which is that or another one; 'address', of a web page without its
    scheme, however the row defangs it; 'exact', where upper and lower case differ (ssdeep)."""


def read_words(untrusted_text: str) -> list[Word]:
    """Return what to look for: words with something in them that the index knows, as many and as long as it takes.

    A defanged indicator is made whole, so that it finds what a row spells in any way.
    """
    words = untrusted_text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ").split()
    words = [word for word in words if any(c.isalnum() or c in JOINING for c in word[:MAX_WORD])][:MAX_WORDS]
    return [_read_word(word) for word in words]


def _read_word(word: str) -> Word:
    if len(word) > MAX_WORD:
        return Word(word)
    whole = refang(word)
    if _SSDEEP.match(whole):
        return Word(whole, "exact")
    address = _WEB.match(whole)
    if address:
        host = canonical_domain(address[1]) or address[1].lower()
        return Word(host + (address[2] if address[2].strip("/") else "/"), "address")
    bare = whole.strip(".,;()[]<>\"'")
    if is_whole_indicator(bare):
        return Word((canonical_values(bare) or [bare])[0] if ":" in bare else bare, "whole")
    if _DOMAIN.match(bare):
        return Word(canonical_domain(bare) or bare, "whole")
    domain = "" if whole.isascii() else canonical_domain(whole)
    return Word(domain or whole)


def is_token(character: str) -> bool:
    """Tell whether the index keeps a character inside a word."""
    return WORD.fullmatch(f"a{character}") is not None


def tokens(word: str) -> list[str]:
    """Return the tokens that the index makes of a word."""
    return WORD.findall(word[:MAX_WORD])


def functions() -> dict[str, Callable[[str, str], bool]]:
    """Return the functions that a store's connection offers to our SQL, by name: (text of a row, word) → bool."""
    return {
        "holds_token": holds_token, "holds_beginning": holds_beginning, "holds_address": holds_address,
        "holds_value": holds_value,
    }  # fmt: skip


def holds_value(text: str, value: str) -> bool:
    """Tell whether an address of either kind, in the one form that the index knows, stands in a text in any form."""
    return value in canonical_values(text)


def holds_token(text: str, token: str) -> bool:
    """Tell whether a word in lower case stands in a text as a whole token."""
    words = WORD.findall(without_v6(refang(text)).lower())
    return token in words or any(token == word.strip(_ENDS) for word in words if token in word)


def holds_beginning(text: str, beginning: str) -> bool:
    """Tell whether a token of a text begins with a word in lower case."""
    return any(token.startswith(beginning) for token in WORD.findall(text.lower()))


def holds_address(text: str, address: str) -> bool:
    """Tell whether a text holds this web address (host, path as it is written) and no longer one, however defanged."""
    host, _, path = address.partition("/")
    # A host alone stands among the row's tokens for every subdomain's sake: only behind a scheme is it a page.
    before, rest = (r"(?<![\w.@-])", rf"/{re.escape(path)}") if path else (r"(?<=://)", "/?")
    whole = re.compile(
        rf"{before}{re.escape(host)}(?::\d{{1,5}})?(?-i:{rest})(?=[\s\"'<>,;)\]\\]|\Z)", re.IGNORECASE | re.ASCII
    )
    return whole.search(refang(text)) is not None
