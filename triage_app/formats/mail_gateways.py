"""Links that a mail gateway has wrapped into its own: unwrapped from their text alone, nothing is asked.

Safe Links (Microsoft), URL Defense 1 to 3 (Proofpoint), Link Protect (Barracuda), and Google's redirect.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final
from urllib.parse import unquote

from triage_app.domain.indicators import canonical_domain
from triage_app.formats.mail_coding import clean

MOST_URL: Final = 4_000
"""Characters of one link."""

MOST_WRAPPINGS: Final = 5

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,30}:", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x20]+")
_V3 = re.compile(r"/v3/__(.{1,4000}?)__;([\w-]{0,2000})!", re.DOTALL)
_V3_RUN: Final = {
    letter: number
    for number, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 2)
}


def host_of(url: str) -> str:
    """Return the host of a web address as a browser would find it, in lower case; "" for other addresses."""
    rest = url[:MOST_URL].strip().replace("\\", "/")
    scheme = _SCHEME.match(rest)
    if scheme and scheme[0].lower() in {"http:", "https:", "ftp:"}:
        rest = rest[scheme.end() :].lstrip("/")
    elif rest.startswith("//"):
        rest = rest.lstrip("/")
    elif rest[:4].lower() != "www.":
        return ""
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    if authority.startswith("["):
        return authority[1:].partition("]")[0].lower()
    name = unquote(authority.partition(":")[0])
    return canonical_domain(name) or name.strip(".").lower()[:253]


def unwrapped(url: str) -> str:
    """Return the address that gateways wrapped into another, "" if none did so, or if it does not say."""
    found = ""
    for _ in range(MOST_WRAPPINGS):
        inner = _unwrapped_once(found or url)
        if not inner or inner == found:
            break
        found = inner
    return found


def _unwrapped_once(url: str) -> str:
    host = host_of(url)
    if host.endswith("safelinks.protection.outlook.com"):
        return _parameter(url, "url")
    if host in {"urldefense.com", "urldefense.proofpoint.com", "urldefense.us"}:
        return _from_url_defense(url)
    if host.endswith(("linkprotect.cudasvc.com", "cudasvc.com")):
        return _parameter(url, "a")
    if host in {"www.google.com", "google.com", "www.google.co.uk"} and "/url?" in url[:60]:
        return _parameter(url, "q") or _parameter(url, "url")
    return ""


def _parameter(url: str, name: str) -> str:
    for pair in url.partition("?")[2].partition("#")[0].split("&")[:100]:
        key, _, value = pair.partition("=")
        if key.lower() == name:
            return _web(unquote(value, errors="replace"))
    return ""


def _from_url_defense(url: str) -> str:
    if "/v3/" in url[:100]:
        return _from_version_3(url)
    written = ""
    for pair in url.partition("?")[2].split("&")[:100]:
        if pair.startswith("u="):
            written = pair[2:]
    if "/v2/" in url[:100]:
        written = written.replace("-", "%").replace("_", "/")
    return _web(unquote(written, errors="replace"))


def _from_version_3(url: str) -> str:
    """Read URL Defense version 3: each * stands for a character, ** for a run, that the base64 after it holds."""
    match = _V3.search(url)
    if not match:
        return ""
    written, letters = match[1], match[2]
    try:
        hidden = base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        hidden = ""
    parts: list[str] = []
    place, taken = 0, 0
    while place < len(written):
        star = written.find("*", place)
        if star < 0:
            break
        parts.append(written[place:star])
        length = _V3_RUN.get(written[star + 2 : star + 3], 1) if written[star : star + 2] == "**" else 1
        place = star + (3 if written[star : star + 2] == "**" else 1)
        parts.append(hidden[taken : taken + length] or "*")
        taken += length
    parts.append(written[place:])
    target = "".join(parts)
    return _web(re.sub(r"\A(https?:/)(?!/)", r"\1/", target))


def _web(text: str) -> str:
    text = clean(_CONTROL.sub("", text))[:MOST_URL]
    return text if host_of(text) else ""
