"""Indicators in text: taken apart for the eye, put together for the index, and never a link.

``defang`` is what a screen shows, ``refang`` undoes what people and products do to make an address
harmless, ``canonical_values`` finds every address, domain and mail address in a text and writes each
in the one form that the index knows, ``extra_tokens`` leaves out those that the text itself already
gives to the index (FTS5 ``unicode61 remove_diacritics 0 tokenchars '.-_@'``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

LINK_TO_READ_ON: Final = "address written as a link beside others taken apart"
"""What readers call a live link in a text that makes harmless the addresses it warns of."""

MAX_TOKENS_TEXT: Final = 1_000_000
"""Characters of one text that are searched for indicators; what lies beyond is for the full scan."""

MAX_DOMAIN: Final = 253
"""Longest domain name, in characters (RFC 1035, as it is written)."""

_SECOND_LEVEL: Final = frozenset(
    [
        "ac.uk",
        "co.uk",
        "gov.uk",
        "ltd.uk",
        "me.uk",
        "net.uk",
        "nhs.uk",
        "org.uk",
        "plc.uk",
        "police.uk",
        "sch.uk",
        "com.au",
        "com.br",
        "com.cn",
        "co.jp",
        "co.in",
        "co.nz",
        "co.za",
        "com.tr",
    ]
)
"""Suffixes under which anybody, or a whole service, has names: never an indicator by themselves."""

_DOTS: Final = "\u3002\uff0e\uff61"
_ACCENTS: Final = "\u0300-\u0304\u0306-\u030c\u030f\u0311\u031b\u0323-\u0328\u032d\u032e\u0330\u0331"
"""Those that the index keeps inside a word that has begun; every other accent ends one."""

_SIGNS: Final = "\\w.@\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd-"
WORD = re.compile(rf"[{_SIGNS}][{_ACCENTS}{_SIGNS}]*+")
"""A word of the index."""

_BEFORE = re.compile(rf"\A[.@_{_ACCENTS}-]+")

_V6 = re.compile(r"(?<!\w)[0-9A-Fa-f]*+:[0-9A-Fa-f:]*:[0-9A-Fa-f.:]*+(?!\w)")
_V4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\Z", re.ASCII)
_HASH = re.compile(r"(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128})\Z")
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}\Z", re.IGNORECASE | re.ASCII)
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\Z")
_TOP = re.compile(r"(?:[A-Za-z]{2,63}|xn--[A-Za-z0-9-]{2,59})\Z", re.IGNORECASE)

_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
"""Letters, a sign and an accent by name that show nothing: fillers, and the Braille pattern without a dot."""

_FANGED = re.compile(
    r"\s?[\[({]\s?(?:(?P<dot>\.|dot|d0t)|(?P<at>@|at)|(?P<colon>://|:))\s?[\])}]\s?|\\(?P<slash>\.)"
    r"|(?<=[0-9a-f])\[(?P<gap>::)\]",
    re.IGNORECASE,
)
"""``[::]`` is a gap in an address that was taken apart, unless it stands alone: then it is every address."""

_SCHEME = re.compile(r"\b(?:h(?:xx|tt|\*\*|__)p(?P<s>s?)|f(?:x|t)p)(?=(?:\[?:\]?//|\[://\]))", re.IGNORECASE)
_SCHEME_OUT = re.compile(r"\b(http|ftp)(s?)(?=://)", re.IGNORECASE)
_MAIL_OUT = re.compile(r"(?<=[\w.+-])@(?=[\w-]+\.)")
_DOT_OUT = re.compile(r"(?<=[\w-])\.(?=[\w-])")
_COLONS_OUT = re.compile(r"(?<![\w:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])")


def defang(text: str) -> str:
    """Return ``text`` with every address in it made harmless: hxxp, ``[.]``, ``[@]``, ``[:]`` in IPv6."""
    text = _SCHEME_OUT.sub(lambda m: ("hxxp" if m[1].lower() == "http" else "fxp") + m[2], text)
    text = _MAIL_OUT.sub("[@]", text)
    text = _COLONS_OUT.sub(_defang_v6, text)
    return _DOT_OUT.sub("[.]", text)


def _defang_v6(match: re.Match[str]) -> str:
    return match[0].replace(":", "[:]") if _v6(match[0]) else match[0]


def refang(text: str) -> str:
    """Return ``text`` with defanged addresses made whole: ``hxxps://evil[.]example`` becomes a URL again."""
    text = _SCHEME.sub(_refang_scheme, text)
    return _FANGED.sub(_refang_part, text)


def _refang_scheme(match: re.Match[str]) -> str:
    return "ftp" if match[0][0] in "fF" else "http" + match["s"].lower()


def _refang_part(match: re.Match[str]) -> str:
    if match["at"]:
        return "@"
    return match["colon"] or match["gap"] or "."


def visible(text: str) -> str:
    """Return ``text`` with every character that hides or reorders others written out: ``⟦U+202E⟧``.

    Unicode categories Cc, Cf, Co, Cn, Cs, Zl and Zp are shown, and letters and signs that look like nothing; tab and
    line feed are left alone.
    """
    if not hides(text):
        return text
    return "".join(_visible(character) for character in text)


def hides(text: str) -> bool:
    """Tell whether a text holds a character that cannot be seen."""
    return not text.isprintable() or (not text.isascii() and _BLANK.search(text) is not None)


def _visible(character: str) -> str:
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"} or _BLANK.match(character)
    if character in "\t\n" or not hidden:
        return character
    return f"⟦U+{ord(character):04X}⟧"


def v6_token(address: str) -> str:
    """Return an IPv6 address as the one word that the index keeps it as: ``v6_2001_db8__1``.

    Raises ``ValueError`` if ``address`` is no IPv6 address.
    """
    found = _v6(address)
    if not found:
        raise ValueError("not an IPv6 address")
    return found[0]


def _v6(text: str) -> list[str]:
    """Return the tokens of an IPv6 address: its compressed form, and the IPv4 address it may carry."""
    if len(text) > 45 or ("::" not in text and text.count(":") != 7 and not ("." in text and text.count(":") == 6)):
        return []
    from ipaddress import IPv6Address  # most files hold none, and starting must be quick

    try:
        address = IPv6Address(text)
    except ValueError:
        return []
    if int(address) < 2:
        return []
    tokens = ["v6_" + address.compressed.replace(":", "_")]
    if address.ipv4_mapped is not None:
        tokens.append(str(address.ipv4_mapped))
    return tokens


def canonical_domain(text: str) -> str:
    """Return a domain in lower case, in punycode, without a dot at the end; "" if it is not a domain."""
    name = text.strip(".-@").lower()
    if not name.isascii():
        name = _idna(name)
    labels = name.split(".")
    if len(labels) < 2 or len(name) > MAX_DOMAIN or not _TOP.match(labels[-1]):
        return ""
    return name if all(_LABEL.match(label) for label in labels) else ""


def _idna(name: str) -> str:
    if len(name) > MAX_DOMAIN:
        return ""
    try:
        return name.encode("idna").decode("ascii").strip(".")
    except (UnicodeError, ValueError):
        return ""


def parent_domains(domain: str) -> list[str]:
    """Return the domains above a canonical domain, nearest first, down to what somebody can register."""
    labels = domain.split(".")
    parents = [".".join(labels[start:]) for start in range(1, len(labels) - 1)]
    return [parent for parent in parents if parent not in _SECOND_LEVEL]


def canonical_values(*texts: str) -> list[str]:
    """Return every address, domain and mail address in ``texts`` in canonical form, sorted, each once.

    A mail address also gives its domain, a domain its parents; IPv6 is written as ``v6_token`` writes it.
    """
    found: set[str] = set()
    for text in texts:
        found.update(_values(text[:MAX_TOKENS_TEXT]))
    return sorted(found)


def extra_tokens(texts: Iterable[str]) -> str:
    """Return, separated by spaces, the canonical values of ``texts`` that the texts do not spell out themselves."""
    extra: set[str] = set()
    for text in texts:
        text = text[:MAX_TOKENS_TEXT]
        found = _values(text)
        if not text.isascii():
            whole = refang(text)
            extra |= found & _uncertain(whole)
            extra |= {word for word in _uncertain(without_v6(whole)) if is_whole_indicator(word)}
            extra |= found - {word.lower() for word in WORD.findall(text)}
        elif found:
            extra |= found - {word.lower() for word in WORD.findall(text)}
    return " ".join(sorted(extra)) if extra else ""


def _uncertain(text: str) -> set[str]:
    """Return the words beside a sign beyond ASCII: the index, whose tables are older, may take it into them."""
    found = set()
    for match in WORD.finditer(text):
        before, after = text[max(match.start() - 1, 0) : match.start()], text[match.end() : match.end() + 1]
        if not (before.isascii() and after.isascii()):
            found.add(match[0].lower())
    return found


def without_v6(text: str) -> str:
    """Return ``text`` without its IPv6 addresses, so that the end of one is not taken for an address of its own.

    What stands for an IPv4 address, ``::ffff:203.0.113.9``, becomes that one.
    """
    return _V6.sub(_carried, text) if text.count(":") >= 2 and "." in text else text


def _carried(match: re.Match[str]) -> str:
    found = _in_candidate(match[0])
    return f" {' '.join(found[1:])} " if found else match[0]


def _in_candidate(text: str) -> list[str]:
    return _v6(text.rstrip(".")) or _v6(text.strip(":."))


def is_whole_indicator(word: str) -> bool:
    """Tell whether a word is an address, a hash, a CVE or a mail address to its last sign: nothing may follow.

    A domain is not: what follows its last letter may still be part of it while somebody types.
    """
    word = refang(word.strip(".,;"))
    if _V4.match(word) or _HASH.match(word) or _CVE.match(word) or _v6(word):
        return True
    return "@" in word and bool(canonical_domain(word.rpartition("@")[2]))


def _values(text: str) -> set[str]:
    if not text.isascii():
        for dot in _DOTS:
            text = text.replace(dot, ".")
        text = unicodedata.normalize("NFC", text)
    if "[" in text or "(" in text or "{" in text or "\\." in text:
        text = refang(text)
    found: set[str] = set()
    if text.count(":") >= 2:
        for candidate in _V6.findall(text):
            found.update(_in_candidate(candidate))
        text = without_v6(text)
    if "." in text:
        for word in WORD.findall(text):
            if "." in word:
                found.update(_word_values(word))
    return found


def _word_values(word: str) -> list[str]:
    """Return the canonical values of one word of the index."""
    word = (word if word.isascii() else _BEFORE.sub("", word)).strip(".-_@")
    if _V4.match(word):
        return [word]
    if "@" in word:
        mailbox, _, host = word.rpartition("@")
        domain = canonical_domain(host)
        if domain:
            return [f"{mailbox.lower()}@{domain}", domain, *parent_domains(domain)]
        return []
    domain = canonical_domain(word)
    if domain:
        return [domain, *parent_domains(domain)]
    if "-" in word:
        ends = word.split("-")
        if all(_V4.match(end) for end in ends):
            return ends
    return []
