"""Secrets in what a machine wrote: the free text of a log line, a request, a payload (docs/adr/0011).

Text by people is not looked at here: "password: see the note" in a mail or a comment is what it says.
"""

from __future__ import annotations

import re
from typing import Final

from triage_app.formats.secrets import MASK, NAMES_IN_TEXT, SCHEMES, mask_headers, mask_json, mask_url, may_hold_secret

_COOKIES = re.compile(
    r"""(?ix) (?<![a-z]) (cookies?["']?[ \t]{0,8}[:=][ \t]{0,8})
    (?: [^\s=;,"']{1,256}+=[^\s;,"']*+ (?:;[ ]? (?=[^\s=;,"']{1,256}+=) [^\s;,"']++)*+ )"""
)
"""A header of cookies inside a line: pairs, one behind the other, all of them its value.

A name has 256 characters at most: a line that repeats "cookie:" would else be read to its end at each of them.
"""

_NAMED = re.compile(
    rf"""(?ix) (?<!\bno) (?P<name>{NAMES_IN_TEXT}) (?P<quote>\\{{0,4}}["']?) (?P<gap>[ \t]{{0,8}}[:=][ \t]{{0,8}})
    (?P<value> \\{{1,4}}"[^"\\\n]*(?:\\{{1,4}}")? | "(?:[^"\\\n]|\\.)*"? | '[^'\n]*'?
    | (?:{SCHEMES})[ ]{{1,8}}[^\s;&}}\]]+ | [^\s,;&}}\]]+ )"""
)
_FTP_LINE = re.compile(r"^(PASS) \S+(?=\r?$)", re.MULTILINE)

_NOTHING: Final = frozenset(["true", "false", "yes", "no", "none", "null", "nil", "n/a", "-", "0", "1"])
"""Values that say whether there is a secret, and not which."""

_STATES: Final = _NOTHING | frozenset(
    (
        *("fail", "failed", "failure", "invalid", "incorrect", "wrong", "bad", "weak", "mismatch", "error", "empty"),
        *("expired", "expires", "changed", "change", "reset", "set", "unset", "updated", "locked", "disabled"),
        *("enabled", "denied", "accepted", "rejected", "refused", "granted", "required", "missing", "unknown", "ok"),
        *("success", "successful", "succeeded", "not", "is", "was", "has", "must", "cannot", "does", "did", "too"),
        *("for", "from", "of", "the", "to", "by", "in", "on", "with", "authentication", "user", "all"),
    )
)
"""What follows the word "password:" where a line says what became of one."""

_COUNT = re.compile(r"[\d.,/%:]+\Z")


def mask_log(text: str) -> str:
    """Return the free text of a machine with the values of its secrets masked; the names stay, and all else."""
    if not may_hold_secret(text):
        return text
    if text.lstrip()[:1] in {"{", "["} and (whole := mask_json(text)) != text:
        return whole
    text = mask_url(text)
    if "\n" in text:
        text = _FTP_LINE.sub(rf"\1 {MASK}", mask_headers(text))
    if "=" not in text and ":" not in text:
        return text
    if "ookie" in text.lower():
        text = _COOKIES.sub(rf"\1{MASK}", text)
    return _NAMED.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    value = match["value"]
    plain = value.strip("\"'\\")
    if not plain or plain.startswith(MASK[:-1]):
        return match[0]
    is_said = ":" in match["gap"] and match["gap"][-1] in " \t"
    if plain.rstrip(".!)").lower() in (_STATES if is_said else _NOTHING):
        return match[0]
    if match["name"].lower() == "pass" and is_said and _COUNT.match(plain):
        return match[0]  # the outcome of a check, with how often or for whom
    mark = value[: len(value) - len(value.lstrip("\\\"'"))]
    return f"{match['name']}{match['quote']}{match['gap']}{mark}{MASK}{mark}"
