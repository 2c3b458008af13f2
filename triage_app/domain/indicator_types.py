"""What kind of indicator one value is, and the one way in which it is written. Whole values only, never parts."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import Final

from triage_app.domain.indicators import canonical_domain, refang

MAX_VALUE: Final = 2_048
"""Characters of a value; nothing longer betrays anything."""

HASHES: Final = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
"""Hexadecimal digits of a hash → its name."""

TYPES: Final = (
    *("domain", "url", "ipv4", "ipv6", "cidr", "email", "md5", "sha1", "sha224", "sha256", "sha384", "sha512"),
    *("ssdeep", "cve", "asn", "filename", "browser-extension", "mutex", "user-agent", "btc", "registry-key", "other"),
)
"""Every type an indicator of ours can have."""

_HEX = re.compile(r"[0-9A-Fa-f]+\Z")
_SSDEEP = re.compile(r"(\d{1,10}):[0-9A-Za-z+/]{1,64}(?::[0-9A-Za-z+/]{0,64})?\Z", re.ASCII)
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}\Z", re.IGNORECASE | re.ASCII)
_URL = re.compile(
    r"([a-z][a-z0-9+.-]{1,15})://(?:([^/@\s]{1,200})@)?(\[[0-9A-Fa-f:.]+\]|[^/:?#\s\[\]]+)(:\d{1,5})?([/?#]\S*)?\Z",
    re.IGNORECASE,
)
_ASN = re.compile(r"AS[ -]?(\d{1,10})\Z", re.IGNORECASE | re.ASCII)
_EXTENSION = re.compile(r"[a-p]{32}\Z")
_PORT = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}\Z", re.ASCII)
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}\Z")
_FILE = re.compile(r"[^\\/:*?\"<>|\x00-\x1f]{1,200}\Z")
_FILE_ENDINGS: Final = frozenset(
    [
        "7z",
        "bat",
        "bin",
        "chm",
        "cmd",
        "dat",
        "dll",
        "doc",
        "docm",
        "docx",
        "dotm",
        "exe",
        "gz",
        "hta",
        "htm",
        "html",
        "img",
        "ini",
        "iso",
        "jar",
        "jpg",
        "jpeg",
        "js",
        "jse",
        "lnk",
        "log",
        "msi",
        "ocx",
        "pdf",
        "php",
        "png",
        "pps",
        "ppt",
        "pptm",
        "pptx",
        "ps1",
        "pub",
        "rar",
        "rtf",
        "scr",
        "sh",
        "swf",
        "sys",
        "tar",
        "tmp",
        "txt",
        "vbe",
        "vbs",
        "wsf",
        "xls",
        "xlsb",
        "xlsm",
        "xlsx",
        "xml",
    ]
)
_DRESSING: Final = " \t\r\n\"'`<>,;"


def typed(untrusted_text: str) -> tuple[str, str] | None:
    """Return (type, canonical value) of a text that is one indicator and nothing else, None for anything else.

    Defanged values are made whole. Domains come in lower case and punycode, addresses compressed, hashes in lower case,
    CVEs in upper; ssdeep keeps its case, and so do the path and query of a URL.
    """
    text = untrusted_text.strip(_DRESSING)
    if not text or len(text) > MAX_VALUE:
        return None
    text = refang(text)
    if " " in text or "\t" in text:
        return None
    if _HEX.match(text) and len(text) in HASHES:
        return HASHES[len(text)], text.lower()
    if _CVE.match(text):
        return "cve", text.upper()
    if "://" in text:
        return _url(text)
    if _is_ssdeep(text):
        return "ssdeep", text
    address = _address(text)
    if address is not None:
        return address
    if _EXTENSION.match(text):
        return "browser-extension", text
    asn = _ASN.match(text)
    if asn:
        return "asn", f"AS{int(asn[1])}"
    return _named(text)


def _is_ssdeep(text: str) -> bool:
    """Tell whether a text is an ssdeep hash, perhaps without its second part: its block size is 3 · 2ⁿ."""
    match = _SSDEEP.match(text)
    if match is None:
        return False
    blocks, left = divmod(int(match[1]), 3)
    return left == 0 and blocks > 0 and blocks & (blocks - 1) == 0


def _named(text: str) -> tuple[str, str] | None:
    if "@" in text:
        mailbox, _, host = text.rpartition("@")
        domain = canonical_domain(host)
        if domain and _MAILBOX.match(mailbox):
            return "email", f"{mailbox.lower()}@{domain}"
        return None
    if "/" in text:
        host, _, path = text.partition("/")
        domain = canonical_domain(host)
        if domain and host.rpartition(".")[2].lower() not in _FILE_ENDINGS:
            return ("url", f"http://{domain}/{path}") if path else ("domain", domain)
        return None
    ending = text.rpartition(".")[2].lower()
    if "." in text and ending in _FILE_ENDINGS and _FILE.match(text):
        return "filename", text
    domain = canonical_domain(text.removeprefix("*."))
    return ("domain", domain) if domain else None


def _address(text: str) -> tuple[str, str] | None:
    """Return an IP address or a network in its one form; ``address:port`` counts as the address."""
    port = _PORT.match(text)
    bare = port[1] if port else text.removeprefix("[").removesuffix("]") if text.startswith("[") else text
    if not (":" in bare or bare.count(".") == 3):
        return None
    try:
        if "/" in bare:
            network = ip_network(bare, strict=False)
            if network.num_addresses > 1:
                return "cidr", str(network)
            return f"ipv{network.version}", str(network.network_address)
        address = ip_address(bare)
    except ValueError:
        return None
    return f"ipv{address.version}", str(address)


def _url(text: str) -> tuple[str, str] | None:
    match = _URL.match(text)
    if match is None:
        return None
    scheme, account, host, port, rest = match[1].lower(), match[2], match[3], match[4] or "", match[5] or ""
    bare = host.strip("[]")
    address = _address(bare)
    canonical = address[1] if address else canonical_domain(host)
    if not canonical:
        return None
    if ":" in canonical:
        canonical = f"[{canonical}]"
    return "url", f"{scheme}://{account + '@' if account else ''}{canonical}{port}{rest or '/'}"
