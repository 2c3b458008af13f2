"""The grammar of a filter: ``sev:>=high src:"Microsoft Defender" -is:new seen:<24h ward``.

    filter  = { [ "-" ] ( key ":" value { "," value } | word ) }
    value   = [ "<" | "<=" | ">" | ">=" | "=" ] text
    text    = signs without a blank, or "signs in quotation marks", where "" stands for one mark

All parts must hold; of the values after one key, one must. What looks like a key is one: a key that nobody knows is
refused, for taken as a word it would find nothing and look like the answer. A word with a colon of its own is put
in quotation marks; addresses, paths, hashes, hosts with a port and the names that scanners give need none.
Every refusal says which characters it means.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from triage_app.domain.indicators import is_whole_indicator
from triage_app.errors import BadInput
from triage_app.language import say

MAX_TEXT: Final = 2_000
MAX_PARTS: Final = 64
MAX_VALUES: Final = 64

OPERATORS: Final = ("<=", ">=", "<", ">", "=")
_TYPED_OPERATORS: Final = {"≤": "<=", "≥": ">=", **{sign: sign for sign in OPERATORS}}
_QUOTES: Final = {'"': '"', "“": "”", "„": "“”"}
"""What opens a quotation → what closes it: keyboards make the straight ones round."""

_KEY = re.compile(r"([A-Za-z][A-Za-z_-]{1,19}):")
_PORT = re.compile(r"\d{1,5}(?:[/?#]\S*)?\Z")
_HEX = re.compile(r"[0-9A-Fa-f:.%/]+\Z")
_PLATFORM = re.compile(r"[A-Z][A-Za-z-]+:[A-Z][A-Za-z0-9]*/\S+\Z")
"""Trojan:Win32/Emotet.A!ml"""
_SCHEMES: Final = frozenset((
    "about", "blob", "cid", "cpe", "data", "file", "ftp", "ftps", "fwd", "fxp", "geo", "http", "https", "hxxp",
    "hxxps", "javascript", "ldap", "ldaps", "mailto", "mid", "news", "pkg", "purl", "sip", "sips", "sms", "smb",
    "spdx", "ssdeep", "ssh", "stix", "tel", "tlsh", "urn", "vbscript", "view-source", "ws", "wss", "xmpp",
    "heur", "not-a-virus", "tlp", "uds", "re",
))  # fmt: skip
_ALMOST: Final = 0.75
_HASHES: Final = frozenset(("md5", "sha", "sha1", "sha256", "sha512", "imphash"))


class BadFilter(BadInput):
    """Part of a filter cannot be read; ``span`` says from which character to before which, ``part`` what stands there.

    ``unfinished``: it may yet become right when somebody types on at its end.
    """

    def __init__(
        self,
        what: str,
        do: str,
        text: str,
        span: tuple[int, int],
        code: str = "bad-input",
        *,
        unfinished: bool = False,
    ) -> None:
        super().__init__(what, do, code)
        self.text = text
        self.span = span
        self.part = text[span[0] : span[1]]
        self.unfinished = unfinished


class UnknownKey(BadFilter):
    """A filter names a key that its list does not have."""

    def __init__(self, text: str, span: tuple[int, int], key: str, known: Collection[str]) -> None:
        part = text[span[0] : span[1]]
        meant = near(key, known)
        if not known:
            do = "This list is narrowed by words alone."
        elif meant:
            do = f"Did you mean {meant}:?"
        else:
            do = f"There are {', '.join(f'{one}:' for one in known)}."
        super().__init__(
            f"There is no key “{key}” here, in “{part[:80]}”.",
            f'{do} To look for the word as it stands, type it as "{part[:80]}".',
            text, span, "unknown-key",
        )  # fmt: skip


@dataclass(frozen=True)
class Value:
    """One value: its text without quotation marks, and how the record's own is compared with it; "" for plainly."""

    text: str
    op: str = ""
    span: tuple[int, int] = field(default=(0, 0), compare=False)
    """Where it stands in what was typed, its operator and marks included."""
    quoted: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Part:
    """One thing that must hold: a word (``key`` is ""), or that one of some values is the record's."""

    key: str
    values: tuple[Value, ...]
    negated: bool = False
    span: tuple[int, int] = field(default=(0, 0), compare=False)

    @property
    def text(self) -> str:
        """The text of its first value: that of a word."""
        return self.values[0].text


def parse(text: str, keys: Collection[str]) -> tuple[Part, ...]:
    """Return the parts of a filter, in order. Raises ``BadFilter``, whose span lies inside ``text``."""
    if len(text) > MAX_TEXT:
        raise BadFilter(
            say("This filter has more than {0:,} characters.", MAX_TEXT),
            "Make it shorter.",
            text,
            (MAX_TEXT, len(text)),
        )
    found: list[Part] = []
    reader = _Reader(text, keys)
    while (part := reader.part()) is not None:
        if len(found) == MAX_PARTS:
            raise BadFilter(say("This filter has more than {0} parts.", MAX_PARTS), "Leave some out.", text, part.span)
        found.append(part)
    return tuple(found)


def written(parts: Iterable[Part], keys: Collection[str]) -> str:
    """Return a filter as it would be typed: ``parse`` reads it as the same parts."""
    return " ".join(written_part(part, keys) for part in parts)


def written_part(part: Part, keys: Collection[str]) -> str:
    """Return one part of a filter as it would be typed."""
    sign = "-" if part.negated else ""
    if not part.key:
        return sign + _word(part.text, keys)
    return f"{sign}{part.key}:{','.join(value.op + _value(value.text) for value in part.values)}"


def near(word: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """Return which of some words was probably meant, "" for none; ``likeness`` from 0 to 1 is how much it must be."""
    names = list(known)
    lower = word.lower()
    begun = [one for one in names if len(one) > 2 and lower.startswith(one)]  # severity, organisation
    return begun[0] if begun else next(iter(difflib.get_close_matches(lower, names, 1, likeness)), "")


def is_word(token: str, known: Collection[str]) -> bool:
    """Tell whether what has a colon is a word all the same: an address, a port, a hash, a path, malware's name."""
    found = _KEY.match(token)
    if found is None:
        return True
    key, value = found[1].lower(), token[found.end() :]
    if key in known:
        return False
    if value.startswith("//") or key in _SCHEMES or _PLATFORM.match(token):
        return True
    if key in _HASHES:
        return bool(_HEX.match(value))
    if _PORT.match(value):
        return not near(key, known, _ALMOST)  # “sevv:70” is no host with a port
    return bool(_HEX.match(token) and any(map(str.isalnum, value))) or ("@" not in token and is_whole_indicator(token))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _plain(text: str) -> bool:
    return not any(sign.isspace() or sign in _QUOTES or sign == "”" for sign in text)


def _word(text: str, keys: Collection[str]) -> str:
    return text if _plain(text) and not text.startswith("-") and is_word(text, keys) else _quoted(text)


def _value(text: str) -> str:
    bare = _plain(text) and "," not in text and not text.startswith(tuple(_TYPED_OPERATORS))
    return text if bare else _quoted(text)


class _Reader:
    """Goes through what was typed, sign by sign."""

    def __init__(self, text: str, keys: Collection[str]) -> None:
        self.text = text
        self.keys = keys
        self.at = 0

    def part(self) -> Part | None:
        """Return the next part, None at the end."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        begin = self.at
        if begin == len(self.text):
            return None
        negated = self.text[begin] == "-"
        if negated:
            self.at += 1
            self._refuse_lone_minus(begin)
        if self.text[self.at] in _QUOTES:
            value = self._quotation()
            self._refuse_more(self.at)
            return Part("", (value,), negated, (begin, self.at))
        key = _KEY.match(self.text, self.at)
        end = self._end_of_token(self.at)
        if key is not None and key[1].lower() in self.keys:
            self.at = key.end()
            return self._keyed(key[1].lower(), begin, negated)
        token = self.text[self.at : end]
        if not is_word(token, self.keys):
            raise UnknownKey(self.text, (self.at, end), key[1] if key is not None else token, self.keys)
        value = Value(token, span=(self.at, end))
        self.at = end
        return Part("", (value,), negated, (begin, end))

    def _refuse_lone_minus(self, begin: int) -> None:
        after = self.text[self.at : self.at + 1]
        if not after or after.isspace():
            raise BadFilter(
                "Nothing follows the minus sign.",
                'It means “not”: write -is:new or -word, without a blank; type "-" for the sign.',
                self.text, (begin, begin + 1), unfinished=not after,
            )  # fmt: skip
        if after == "-":
            end = self._end_of_token(begin)
            raise BadFilter(
                "Two minus signs stand in a row.",
                say('One means “not”. To look for what begins with the sign, type "{0}".', self.text[begin:end][:80]),
                self.text, (begin, end),
            )  # fmt: skip

    def _end_of_token(self, at: int) -> int:
        while at < len(self.text) and not self.text[at].isspace():
            at += 1
        return at

    def _keyed(self, key: str, begin: int, negated: bool) -> Part:
        values: list[Value] = []
        while True:
            values.append(self._value(key))
            if len(values) > MAX_VALUES:
                raise BadFilter(
                    say("More than {0} values stand after {1}:.", MAX_VALUES, key),
                    "Leave some out.",
                    self.text,
                    values[-1].span,
                )
            if self.text[self.at : self.at + 1] != ",":
                break
            self.at += 1
        self._refuse_more(self.at)
        return Part(key, tuple(values), negated, (begin, self.at))

    def _value(self, key: str) -> Value:
        begin = self.at
        op = next((sign for sign in _TYPED_OPERATORS if self.text.startswith(sign, begin)), "")
        self.at += len(op)
        if self.text[self.at : self.at + 1] in _QUOTES:
            text, quoted = self._quotation().text, True
        else:
            start = self.at
            while self.at < len(self.text) and self.text[self.at] != "," and not self.text[self.at].isspace():
                self.at += 1
            text, quoted = self.text[start : self.at], False
        if not text:
            after_key = self.text[begin - 1] == ":" or op
            raise BadFilter(
                say("Nothing follows {0}:{1}.", key, op) if after_key else "Nothing follows the comma.",
                say("Write the value at once after it, without a blank: {0}:value, or {0}:one,other.", key),
                self.text, (self._back(begin), self.at), unfinished=self.at == len(self.text),
            )  # fmt: skip
        return Value(text, _TYPED_OPERATORS.get(op, ""), (begin, self.at), quoted)

    def _back(self, begin: int) -> int:
        """Return where the key or comma before a value begins: an empty value has no characters to point at."""
        at = begin - 1
        if self.text[at] == ":":
            while at > 0 and (self.text[at - 1].isalpha() or self.text[at - 1] in "-_"):
                at -= 1
        return at + (self.text[at] == "-")

    def _quotation(self) -> Value:
        begin = self.at
        closing = _QUOTES[self.text[begin]]
        self.at += 1
        signs: list[str] = []
        while self.at < len(self.text):
            sign = self.text[self.at]
            self.at += 1
            if sign not in closing:
                signs.append(sign)
            elif sign == '"' and self.text[self.at : self.at + 1] == '"':
                signs.append(sign)
                self.at += 1
            elif not signs:
                raise BadFilter(
                    "Nothing stands between these quotation marks.", "Write what is looked for, or take them away.",
                    self.text, (begin, self.at), unfinished=self.at == len(self.text),
                )  # fmt: skip
            else:
                return Value("".join(signs), "", (begin, self.at), quoted=True)
        raise BadFilter(
            "This quotation mark is not closed.", 'Close it with another; a mark as such is written "" inside.',
            self.text, (begin, len(self.text)), unfinished=True,
        )  # fmt: skip

    def _refuse_more(self, at: int) -> None:
        """Refuse what is glued to the end of a quotation."""
        if at < len(self.text) and not self.text[at].isspace():
            end = self._end_of_token(at)
            raise BadFilter(
                say("“{0}” follows a quotation mark at once.", self.text[at:end][:80]),
                'Put a blank between, or the whole in one pair of marks; a mark as such is written "" inside.',
                self.text, (at, end),
            )  # fmt: skip


def without(parts: Sequence[Part], key: str) -> tuple[Part, ...]:
    """Return a filter without what one key says; "" for its words."""
    return tuple(part for part in parts if part.key != key)
