"""Secrets in evidence: replaced by a constant before anything is hashed or kept (DESIGN.md, Evidence)."""

from __future__ import annotations

import re
from typing import Any, Final

MASK: Final = "[masked]"

SECRET_NAMES: Final = frozenset(
    [
        "password",
        "passwd",
        "pwd",
        "passphrase",
        "pass",
        "user_pass",
        "pass_word",
        "user_password",
        "userpassword",
        "clear_text_password",
        "cleartext_password",
        "plaintext_password",
        "password_hash",
        "secret",
        "client_secret",
        "api_key",
        "apikey",
        "access_token",
        "refresh_token",
        "auth_token",
        "private_key",
        "credential",
        "credentials",
        "cookie",
        "cookies",
        "set_cookie",
        "session_cookie",
        "authorization",
        "http_authorization",
        "proxy_authorization",
        "www_authenticate",
        "proxy_authenticate",
        "snmp_community",
        "community_string",
    ]
)
"""Names of columns and keys whose value is a secret, in lower case with ``_`` between words."""

_WORDS = re.compile(r"[^a-z0-9]+")
_AGAIN = re.compile(r" \(\d{1,4}\)\Z")
"""What a header that a table has twice is told apart by (``mapping.unique_headers``)."""

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_HINTS: Final = ("pass", "pwd", "secret", "cookie", "authori", "authenticat", "token", "key", "credential", "community")
_LAST_WORDS: Final = frozenset(["password", "passwords", "passwd", "passphrase", "pwd"])
"""A name that ends in one of these is of a secret, whatever stands before it."""

_IN_TEXT = re.compile(
    r"""(?ix) (?P<quote>["']?) \b (?P<name>[\w-]{0,64}?(?:passwords?|passwd|passphrase|pwd|secret|cookies?|authorization
    |api[_-]?key|access_token|refresh_token|auth_token|credentials?|private_key|\bpass)) (?P=quote)
    (?P<gap>\s{0,8}[:=]\s{0,8}) (?: "(?:[^"\\\n]|\\.)* "? | '[^'\n]*'? | [^\s,;&}\]]+ )"""
)
_IN_URL = re.compile(r"(?<=://)([^/\s:@\"]*):([^/\s@\"]+)(?=@)")


def is_secret(name: str) -> bool:
    """Tell whether a column or key of this name holds a secret."""
    plain = _WORDS.sub("_", _CAMEL.sub("_", _AGAIN.sub("", name.strip())).lower()).strip("_")
    return plain in SECRET_NAMES or plain.rpartition("_")[2] in _LAST_WORDS


def mask_text(text: str) -> str:
    """Return a text that could not be read as a record with what follows the name of a secret masked, and in URLs."""
    if not may_hold_secret(text):
        return text
    found = _IN_TEXT.sub(lambda m: f'{m["quote"]}{m["name"]}{m["quote"]}{m["gap"]}"{MASK}"', text)
    return mask_url(found)


def mask_url(text: str) -> str:
    """Return ``text`` with the password of every ``scheme://user:password@host`` masked."""
    return _IN_URL.sub(rf"\1:{MASK}", text) if "@" in text and "://" in text else text


def may_hold_secret(json_text: str) -> bool:
    """Tell quickly whether a JSON text is worth walking through for secrets."""
    text = json_text.lower()
    return any(hint in text for hint in _HINTS) or ("@" in text and "://" in text)


def mask(value: Any) -> Any:
    """Return JSON data with the values of secret keys masked, wherever they are.

    Lists of ``{"name": …, "value": …}``, as Suricata writes HTTP headers, and FTP's PASS command count too.
    """
    if isinstance(value, dict):
        named = value.get("name", value.get("object_relation", value.get("type")))
        masked = {key: _hidden(item) if is_secret(key) else mask(item) for key, item in value.items()}
        if isinstance(named, str) and is_secret(named) and "value" in masked:
            masked["value"] = _masked(value["value"])
        if value.get("command") == "PASS" and "command_data" in masked:
            masked["command_data"] = _masked(value["command_data"])
        return masked
    if isinstance(value, list):
        return [mask(item) for item in value]
    return mask_url(value) if isinstance(value, str) else value


def _hidden(value: Any) -> Any:
    """Mask a secret; of one that was taken apart, every text."""
    if not isinstance(value, dict):
        return _masked(value)
    return {key: _masked(item) if isinstance(item, str) else mask(item) for key, item in value.items()}


def _masked(value: Any) -> Any:
    """Mask what is there; that nothing was there stays visible."""
    return value if value is None or isinstance(value, bool) or value in ("", [], {}) else MASK
