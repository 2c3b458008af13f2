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
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_HINTS: Final = ("pass", "pwd", "secret", "cookie", "authori", "authenticat", "token", "key", "credential", "community")
_IN_URL = re.compile(r"(?<=://)([^/\s:@\"]*):([^/\s@\"]+)(?=@)")


def is_secret(name: str) -> bool:
    """Tell whether a column or key of this name holds a secret."""
    return _WORDS.sub("_", _CAMEL.sub("_", name.strip()).lower()).strip("_") in SECRET_NAMES


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
        named = value.get("name")
        masked = {
            key: _masked(item) if is_secret(key) and not isinstance(item, dict) else mask(item)
            for key, item in value.items()
        }
        if isinstance(named, str) and is_secret(named) and "value" in masked:
            masked["value"] = _masked(value["value"])
        if value.get("command") == "PASS" and "command_data" in masked:
            masked["command_data"] = _masked(value["command_data"])
        return masked
    if isinstance(value, list):
        return [mask(item) for item in value]
    return mask_url(value) if isinstance(value, str) else value


def _masked(value: Any) -> Any:
    """Mask what is there; that nothing was there stays visible."""
    return value if value is None or isinstance(value, bool) or value in ("", [], {}) else MASK
