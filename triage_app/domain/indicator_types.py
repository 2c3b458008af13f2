"""What kind of indicator one value is, and the one way in which it is written. Whole values only, never parts."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network, summarize_address_range
from typing import Final

from triage_app.domain.indicators import canonical_domain, refang

MAX_VALUE: Final = 2_048
"""Characters of a value; nothing longer betrays anything."""

HASHES: Final = {32: "md5", 40: "sha1", 56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
"""Hexadecimal digits of a hash → its name."""

TYPES: Final = (
    *(
        "domain",
        "url",
        "ipv4",
        "ipv6",
        "cidr",
        "ip-range",
        "email",
        "md5",
        "sha1",
        "sha224",
        "sha256",
        "sha384",
        "sha512",
    ),
    *("ssdeep", "cve", "asn", "filename", "browser-extension", "mutex", "user-agent", "btc", "registry-key", "other"),
)
"""Every type an indicator of ours can have."""

_HEX = re.compile(r"[0-9A-Fa-f]+\Z")
_SSDEEP = re.compile(r"(\d{1,10}):([0-9A-Za-z+/]{1,64})(:[0-9A-Za-z+/]{0,64})?\Z", re.ASCII)
_CLOCK = re.compile(r"[0-2]?\d:\d{2}(?::\d{2})?(?:[ap]m|z)?\Z", re.IGNORECASE | re.ASCII)
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}\Z", re.IGNORECASE | re.ASCII)
_URL = re.compile(
    r"([a-z][a-z0-9+.-]{1,15})://(?:([^/@\s]{1,200})@)?(\[[0-9A-Fa-f:.]+\]|[^/:?#\s\[\]]+)(:\d{1,5})?([/?#]\S*)?\Z",
    re.IGNORECASE,
)
_ASN = re.compile(r"AS[ -]?(\d{1,10})\Z", re.IGNORECASE | re.ASCII)
_EXTENSION = re.compile(r"[a-p]{32}\Z")
_PORT = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]{2,45}\]|[^:/\[\]]{1,253}):\d{1,5}\Z", re.ASCII)
_RANGE = re.compile(r"([0-9A-Fa-f:.]{2,45}) ?- ?([0-9A-Fa-f:.]{2,45})\Z")
_ZONE = re.compile(r"%[\w.-]{1,32}\Z", re.ASCII)
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
        "rar",
        "rtf",
        "scr",
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
_DRESSING: Final = (
    " \t\r\n\"'`<>,;\u3008\u3009\u300a\u300b\u300c\u300d\u300e\u300f\u3010\u3011\u3014\u3015\uff08\uff09\uff62\uff63"
)
_WIDE: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys((0x3002, 0xFF61), ".")
_PLAIN_IN_ANY_WIDTH: Final = frozenset(
    ("ipv4", "ipv6", "cidr", "ip-range", "email", "cve", "asn", "domain", *HASHES.values())
)
"""What is written in ASCII, so that full-width signs mean the same. A file's name or a path may be meant as it is."""


def typed(untrusted_text: str) -> tuple[str, str] | None:
    """Return (type, canonical value) of a text that is one indicator and nothing else, None for anything else.

    Defanged values are made whole; full-width signs of addresses, names and hashes are read as ASCII. Domains come in
    lower case and punycode, addresses compressed, hashes in lower case, CVEs in upper; ssdeep keeps its case, and so do
    the path and query of a URL. A port after a bare host is left off.
    ``203.0.113.1-203.0.113.9`` is a range, or the network that it is exactly.
    """
    text = untrusted_text.strip(_DRESSING)
    if not text or len(text) > MAX_VALUE:
        return None
    if not text.isascii():
        plain = text.translate(_WIDE)
        found = typed(plain) if plain.isascii() else None
        if found is not None and found[0] in _PLAIN_IN_ANY_WIDTH:
            return found
    if not text.isalnum():
        text = refang(text)
    elif len(text) in HASHES and _HEX.match(text):
        return HASHES[len(text)], text.lower()
    if " " in text or "\t" in text:
        return _range(text)
    if _CVE.match(text):
        return "cve", text.upper()
    if "://" in text:
        return _url(text)
    if _is_ssdeep(text):
        return "ssdeep", text
    return _address(text) or _range(text) or _numbered(text) or _named(text)


def _is_ssdeep(text: str) -> bool:
    """Tell whether a text is an ssdeep hash, perhaps without its second part: its block size is 3 · 2ⁿ.

    A time of day is none, and neither are a few letters behind a small number.
    """
    match = _SSDEEP.match(text)
    if match is None or _CLOCK.match(text):
        return False
    size = int(match[1])
    blocks, left = divmod(size, 3)
    if left or blocks < 1 or blocks & (blocks - 1):
        return False
    return match[3] is not None or size >= 96 or len(match[2]) >= 12


def _numbered(text: str) -> tuple[str, str] | None:
    """Return the number of an autonomous system, or the id of a browser extension."""
    if _EXTENSION.match(text):
        return "browser-extension", text
    asn = _ASN.match(text)
    return ("asn", f"AS{int(asn[1])}") if asn and int(asn[1]) < 2**32 else None


def _named(text: str) -> tuple[str, str] | None:
    """Return what is known by a name: a mailbox, a URL without its scheme, a file, a domain."""
    if "@" in text:
        mailbox, _, host = text.removeprefix("mailto:").rpartition("@")
        domain = _domain(host)
        return ("email", f"{mailbox.lower()}@{domain}") if domain and _MAILBOX.match(mailbox) else None
    if "/" in text:
        return _without_scheme(text)
    ending = text.rpartition(".")[2].lower()
    if "." in text and ending in _FILE_ENDINGS and _FILE.match(text):
        return "filename", text
    port = _PORT.match(text)
    domain = _domain((port[1] if port else text).removeprefix("*.").removeprefix("."))
    return ("domain", domain) if domain else None


def _domain(text: str) -> str:
    """Return a domain in its one form; "" if the whole text is not one."""
    bare = text.removesuffix(".")
    return canonical_domain(bare) if bare and bare[0] not in ".-@" and bare[-1] not in ".-@" else ""


def _without_scheme(text: str) -> tuple[str, str] | None:
    """Return the URL that ``evil.example/path`` stands for; a path of files is none."""
    host, _, path = text.partition("/")
    port = _PORT.match(host)
    bare = port[1] if port else host
    if bare.rpartition(".")[2].lower() in _FILE_ENDINGS:
        return None
    address = _address(bare)
    domain = "" if address else _domain(bare)
    if not path:
        return address or (("domain", domain) if domain else None)
    if address and path.strip(".").isdigit():  # a network with a length that none has
        return None
    return _url(f"http://{text}") if address or domain else None


def _address(text: str) -> tuple[str, str] | None:
    """Return an IP address or a network in its one form; ``address:port`` counts as the address."""
    port = _PORT.match(text)
    bare = port[1] if port else text
    bare = bare.removeprefix("[").removesuffix("]") if bare.startswith("[") else bare
    if not (":" in bare or bare.count(".") == 3):
        return None
    try:
        if "/" in bare:
            network = ip_network(bare, strict=False)
            if network.num_addresses > 1:
                return "cidr", str(network)
            return f"ipv{network.version}", str(network.network_address)
        address = ip_address(_ZONE.sub("", bare))
    except ValueError:
        return None
    return f"ipv{address.version}", str(address)


def _range(text: str) -> tuple[str, str] | None:
    """Return a range of addresses in its one form, or the network or address that it is exactly."""
    match = _RANGE.match(text)
    if match is None:
        return None
    try:
        first, last = ip_address(match[1]), ip_address(match[2])
    except ValueError:
        return None
    if first.version != last.version or int(first) > int(last):
        return None
    found = _network(first, last)
    return _address(found) if found else ("ip-range", f"{first}-{last}")


def _network(first: IPv4Address | IPv6Address, last: IPv4Address | IPv6Address) -> str:
    """Return the network that holds the addresses from first to last and no other, "" if there is none."""
    size = int(last) - int(first) + 1
    if size & (size - 1) or int(first) % size:
        return ""
    networks = summarize_address_range(first, last)
    return str(next(iter(networks)))


def _url(text: str) -> tuple[str, str] | None:
    match = _URL.match(text)
    if match is None:
        return None
    scheme, account, host, port, rest = match[1].lower(), match[2], match[3], match[4] or "", match[5] or ""
    bare = host.strip("[]")
    address = _address(bare)
    canonical = address[1] if address and "/" not in address[1] else _domain(host)
    if not canonical or canonical[0] == "-":
        return None
    if ":" in canonical:
        canonical = f"[{canonical}]"
    return "url", f"{scheme}://{account + '@' if account else ''}{canonical}{port}{rest or '/'}"
