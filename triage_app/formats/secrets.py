"""Secrets in evidence: replaced by a constant before anything is hashed or kept (DESIGN.md, Evidence)."""

from __future__ import annotations

import json
import re
from typing import Any, Final
from urllib.parse import unquote

from triage_app.formats.strict_json import BadRecord, loads

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
        "id_token",
        "security_token",
        "session_token",
        "csrf_token",
        "xsrf_token",
        "subscription_key",
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
        "jwt",
        "secret_access_key",
        "aws_secret_access_key",
        "db_pass",
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

_LONGEST_REJECTED: Final = 1_000_000
_NAMING: Final = ("name", "key", "header", "object_relation", "type", "@name")
_NAMED: Final = ("value", "values", "#text", "data", "content")
"""What names a value in a list of names with values, and the value itself, in lower case."""

_LAST_TWO: Final = frozenset(
    name for name in SECRET_NAMES if name.count("_") == 1 and name.endswith(("_token", "_key"))
)
"""The same for two words, as in ``X-Amz-Security-Token``."""

_IN_QUERIES: Final = SECRET_NAMES | {"token"}
"""What a URL may carry; elsewhere "token" is a word for anything."""
_ENDINGS_IN_QUERIES: Final = ("token", "access_key", "secret_key", "accesskey", "secretkey")
"""What names of cloud services' own end in there."""

NAMES_IN_TEXT: Final = (
    r"passwords?|passwd|passphrase|pwd|secret|cookies?|authorization|(?:x[_-])?api[_-]?key|access[_-]token"
    r"|refresh[_-]token|auth[_-]token|security[_-]token|credentials?|private[_-]key|\bpass"
)
"""How the name of a secret ends that stands before its value in a text."""

SCHEMES: Final = "basic|bearer|digest|negotiate|ntlm|token|apikey|aws4-hmac-sha256"
"""Words that stand between ``Authorization:`` and what is secret."""

_IN_TEXT = re.compile(
    rf"""(?ix) (?P<quote>["']?) \b (?P<name>[\w-]{{0,64}}?(?:{NAMES_IN_TEXT})) (?P=quote)
    (?P<gap>\s{{0,8}}[:=]\s{{0,8}}) (?: "(?:[^"\\\n]|\\.)* "? | '[^'\n]*'?
    | (?:{SCHEMES})[ ]{{1,8}}[^\s;&}}\]]+ | [^\s,;&}}\]]+ )"""
)
_HEADER = re.compile(r"^([A-Za-z][\w.-]{0,200})([ \t]{0,20}:)((?:[^\r\n]|\r?\n[ \t]|\r(?!\n))*)", re.MULTILINE)
_IN_URL = re.compile(
    r"(?:(?<=://)|(?<=\]//))(?!\[)([^/\s:\"<>]{0,300}):"
    r"(?!/|\d{1,5}(?:[/?#\s\"'<>,;|)\]]|\Z))([^\s\"<>]{1,300}?)"
    r"(?=@(?:[\w.\[\]()-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?:[:/?#\s\"'<>,;)}\\]|\Z))"
)
"""What stands between a user's name and the ``@`` before a host; a number alone is the port of a host."""

_LIKE_JSON = re.compile(r"\s{0,100}\[?\s{0,100}\{\s{0,100}\\?[\"']")
_DEEPEST: Final = 4
"""How often JSON may be kept as a text in JSON as a text, and be taken apart; below, it is masked as a text."""

_IN_QUERY = re.compile(r"(?<=[?&;])([\w%.\[\]-]{1,100})=([^&#\s\"'<>\\]+)")


def is_secret(name: str) -> bool:
    """Tell whether a column or key of this name holds a secret."""
    plain = _WORDS.sub("_", _CAMEL.sub("_", _AGAIN.sub("", name.strip())).lower()).strip("_")
    if plain.removeprefix("x_") in SECRET_NAMES:
        return True
    plain = plain.rstrip("0123456789").rstrip("_")
    before, _, last = plain.rpartition("_")
    return (
        last.endswith(("password", "passwd"))
        or last in _LAST_WORDS
        or f"{before.rpartition('_')[2]}_{last}" in _LAST_TWO
    )


def mask_text(text: str) -> str:
    """Return a text that could not be read as a record with what follows the name of a secret masked, and in URLs."""
    if not may_hold_secret(text):
        return text
    found = _IN_TEXT.sub(lambda m: f'{m["quote"]}{m["name"]}{m["quote"]}{m["gap"]}"{MASK}"', mask_headers(text))
    return mask_url(found)


def mask_rejected(text: str) -> str:
    """Return the text of a record that was set aside with its secrets masked: as JSON where it is, as text elsewhere.

    Of a longer text than a record of that kind has, the beginning is returned.
    """
    text = text[:_LONGEST_REJECTED]
    if not may_hold_secret(text):
        return text
    if text.lstrip("\ufeff \t\r\n")[:1] in {"{", "["}:
        try:
            record = json.loads(text.lstrip("\ufeff"), object_pairs_hook=_each_once)
            return json.dumps(_texts_masked(mask(record)), ensure_ascii=False, separators=(",", ":"))
        except (ValueError, RecursionError):  # no JSON, or a key that is there twice: both values are to be kept
            return mask_text(text)
    return mask_text(text)


def _texts_masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _texts_masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts_masked(item) for item in value]
    return mask_text(value) if isinstance(value, str) and value != MASK else value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def mask_headers(text: str) -> str:
    """Return ``text`` with the value of every line ``Cookie: …`` masked whole, and of what is folded under it."""
    return _HEADER.sub(lambda m: f"{m[1]}{m[2]} {MASK}" if m[3].strip() and is_secret(m[1]) else m[0], text)


def mask_url(text: str) -> str:
    """Return ``text`` with the secrets of its URLs masked: ``user:password@`` before a host, ``?password=…`` after."""
    if "@" in text and "//" in text:
        text = _IN_URL.sub(rf"\1:{MASK}", text)
    return _IN_QUERY.sub(_masked_query, text) if "=" in text and ("?" in text or "&" in text) else text


def may_hold_url_secret(text: str) -> bool:
    """Tell quickly whether ``mask_url`` may have something to mask."""
    if "@" in text and "//" in text:
        return True
    return "=" in text and ("?" in text or "&" in text) and may_hold_secret(text)


def _masked_query(match: re.Match[str]) -> str:
    name = unquote(match[1])
    plain = _WORDS.sub("_", name.lower()).strip("_")
    is_hidden = plain in _IN_QUERIES or plain.endswith(_ENDINGS_IN_QUERIES) or is_secret(name)
    return f"{match[1]}={MASK}" if is_hidden else match[0]


def may_hold_secret(json_text: str) -> bool:
    """Tell quickly whether a JSON text is worth walking through for secrets."""
    text = json_text.lower()
    return any(hint in text for hint in _HINTS) or ("@" in text and "//" in text)


def mask(value: Any, *, urls: bool = True) -> Any:
    """Return JSON data with the values of secret keys masked, wherever they are, and in its URLs unless they stay.

    Lists of ``{"name": …, "value": …}``, as Suricata writes HTTP headers, and FTP's PASS command count too. So does
    JSON that is kept as a text, unless the URLs stay: an indicator is what it is.
    """
    return _mask(value, urls, 0)


def _mask(value: Any, urls: bool, level: int) -> Any:
    if isinstance(value, dict):
        masked = {
            key: _hidden(item, urls) if is_secret(str(key)) else _mask(item, urls, level) for key, item in value.items()
        }
        if _is_named_secret(value):
            masked |= {key: _hidden(item, urls) for key, item in value.items() if key.lower() in _NAMED}
        if value.get("command") == "PASS" and "command_data" in masked:
            masked["command_data"] = _masked(value["command_data"])
        return masked
    if isinstance(value, list):
        return [_mask(item, urls, level) for item in value]
    if not urls or not isinstance(value, str):
        return value
    return mask_json(value, level) if value.lstrip()[:1] in {"{", "["} else mask_url(value)


def mask_json(text: str, level: int = 0) -> str:
    """Return a text that is JSON, and any JSON kept as a text in it, with its secrets masked; another only in its URLs.

    A text without a secret stays as it was written. One that begins as JSON and is none, as one that was cut off, is
    masked as a text.
    """
    if not may_hold_secret(text):
        return mask_url(text)
    if level < _DEEPEST:
        try:
            value = loads(text)
        except BadRecord:
            pass
        else:
            masked = _mask(value, True, level + 1)
            return text if masked == value else json.dumps(masked, ensure_ascii=False, separators=(",", ":"))
    return mask_text(text) if _LIKE_JSON.match(text) else mask_url(text)


def _is_named_secret(value: dict[Any, Any]) -> bool:
    """Tell whether an object is a name with a value, and the name that of a secret."""
    return any(
        isinstance(key, str) and key.lower() in _NAMING and isinstance(item, str) and is_secret(item)
        for key, item in value.items()
    )


def _hidden(value: Any, urls: bool) -> Any:
    """Mask a secret; of one that was taken apart, every part."""
    if isinstance(value, dict):
        return {key: _hidden(item, urls) for key, item in value.items()}
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return [_hidden(item, urls) for item in value]
    return _masked(value)


def _masked(value: Any) -> Any:
    """Mask what is there; that nothing was there stays visible."""
    return value if value is None or isinstance(value, bool) or value in ("", [], {}) else MASK
