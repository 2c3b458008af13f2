"""What the servers on a mail's way wrote into it: its route, and who vouched for it.

Each server writes above what it was given. So of several results the topmost counts, and a result that
stood in the mail before our side took it may be the sender's own, and counts for nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any, Final

from triage_app.formats.mail_coding import one_line
from triage_app.formats.mail_headers import Headers, moment, without_comments

MOST_HOPS: Final = 100
MOST_CHECKS: Final = 100
METHODS: Final = ("spf", "dkim", "dmarc", "arc", "compauth")

_RESULTS: Final = ("authentication-results", "arc-authentication-results", "received-spf")
_IN_BRACKETS = re.compile(r"[\[(](?:IPv6:)?([0-9A-Fa-f:.]{2,45})(?:%\w{1,20})?[\])]")
_FROM = re.compile(r"\s*from\s+(\S{1,300})", re.IGNORECASE)
_BY = re.compile(r"(?:\A|\s)by\s+([\w.:-]{1,300})", re.IGNORECASE)
_SENDER_IP = re.compile(r"(?:sender IP is |client-ip=)\[?([0-9A-Fa-f:.]{2,45})", re.IGNORECASE)
_ANY_IP = re.compile(r"[0-9A-Fa-f:.]{2,45}")
_METHOD = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]{1,30})(?:/\d{1,3})?\s*=\s*([A-Za-z]{1,20})\b\s*(.*)", re.DOTALL)
_SPF_BY = re.compile(r"\s*\w{1,20}\s*\(([\w.-]{1,200}):")
_SPF_RECEIVER = re.compile(r"\breceiver=([\w.-]{1,200})")
_INTERNAL: Final = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.168.0.0/16", "224.0.0.0/3", "::/127", "fc00::/7", "fe80::/10", "ff00::/8",
        # Exchange Online hands mail on between its own mailbox servers from these; nobody else sends from there.
        "2603:1090::/28", "2603:10a0::/28", "2603:10b0::/28", "2603:10c0::/28",
    )
)  # fmt: skip


@dataclass
class Trace:
    """What servers wrote: the hops, newest first, and the results of their checks."""

    route: list[dict[str, str]] = field(default_factory=list)
    "Each {from, ip, by, at}: as far as the header says."
    verdicts: dict[str, str] = field(default_factory=dict)
    "Method → result, of the topmost header that a server wrote: 'spf' → 'fail'."
    checks: list[dict[str, Any]] = field(default_factory=list)
    "Every result that stands in the mail, the ones that do not count among them."
    sender_ip: str = ""

    def in_words(self) -> str:
        """Return 'SPF fail, DKIM none, DMARC fail'."""
        said = [f"{name.upper()} {self.verdicts[name]}" for name in METHODS[:3] if name in self.verdicts]
        return ", ".join(said) if said else "no SPF, DKIM or DMARC result"


def trace(headers: Headers) -> Trace:
    """Return what the headers of one mail say about its way.

    From the top down, hops between our own servers come first; the first that took the mail from an address
    outside is the edge. What stands above it was written on our side. Below it the sender may have written anything,
    our servers' names among it, so nothing there counts.
    """
    found = Trace()
    edge, edge_ip = -1, ""
    for place, header in headers.named("received"):
        hop = _hop(header.value)
        if not edge_ip:
            edge, edge_ip = place, _outside(hop.get("ip", ""))
        if len(found.route) < MOST_HOPS:
            found.route.append(hop)
    checked_ip = ""
    for place, header in headers.named(*_RESULTS):
        name = header.name.lower()
        by, results = _spf(header.value) if name == "received-spf" else _results(header.value)
        counts = place < edge
        if counts and name != "arc-authentication-results":
            _count(found.verdicts, results)
            ip = _SENDER_IP.search(header.value)
            checked_ip = checked_ip or _outside(ip[1] if ip else "")
        for method, result, about in results:
            if len(found.checks) < MOST_CHECKS:
                check = {"header": header.name, "by": by, "method": method, "result": result, "about": about}
                found.checks.append(check if counts else {**check, "counts": "no: stood in the mail as it was sent"})
    found.sender_ip = checked_ip or edge_ip or _originating(headers)
    return found


def _count(verdicts: dict[str, str], results: list[tuple[str, str, str]]) -> None:
    """Add the results of one header for methods that no header above it has named."""
    own: dict[str, list[str]] = {}
    for method, result, _ in results:
        if method in METHODS and result not in own.setdefault(method, []):
            own[method].append(result)
    for method, said in own.items():
        verdicts.setdefault(method, "/".join(said[:4]))


def _results(value: str) -> tuple[str, list[tuple[str, str, str]]]:
    """Return (who checked, [(method, result, about)]) of Authentication-Results (RFC 8601)."""
    by, results = "", []
    for number, piece in enumerate(without_comments(value).split(";")[: MOST_CHECKS + 2]):
        method = _METHOD.match(piece)
        if method:
            results.append((method[1].lower(), method[2].lower(), one_line(method[3])[:300]))
        elif number < 2 and not by and piece.split() and "=" not in piece:  # "i=1" is the number of an ARC set
            by = piece.split()[0].lower()[:200]
    return by, results


def _spf(value: str) -> tuple[str, list[tuple[str, str, str]]]:
    by = _SPF_BY.match(value) or _SPF_RECEIVER.search(value)
    word = one_line(without_comments(value)).partition(" ")[0].lower().strip(";")
    results = [("spf", word[:20], one_line(value)[:300])] if word.isalpha() else []
    return (by[1].lower() if by else ""), results


def _hop(value: str) -> dict[str, str]:
    """Return what one Received header says. The address is the last one in brackets before "by".

    What stands before it is what the other side called itself.
    """
    by = _BY.search(value)
    way = value[: by.start()] if by else value.rpartition(";")[0] or value
    sender = _FROM.match(way)
    addresses = [address for address in _IN_BRACKETS.findall(way) if _address(address)] if sender else []
    hop = {
        "from": sender[1] if sender else "",
        "ip": _address(addresses[-1]) if addresses else "",
        "by": by[1] if by else "",
        "at": value.rpartition(";")[2].strip()[:100] if ";" in value else "",
    }
    return {name: text for name, text in hop.items() if text}


def _originating(headers: Headers) -> str:
    for candidate in _ANY_IP.findall(headers.value("x-originating-ip"))[:10]:
        found = _outside(candidate)
        if found:
            return found
    return ""


def _address(text: str) -> str:
    try:
        return str(ip_address(text.strip(".")))
    except ValueError:
        return ""


def _outside(text: str) -> str:
    """Return an address if it is one that can be outside the house, else ""."""
    address = _address(text)
    if not address:
        return ""
    parsed = ip_address(address)
    return "" if any(parsed in network for network in _INTERNAL) else address


def last_time(headers: Headers) -> int | None:
    """Return when the last server took the mail, in milliseconds since 1970 UTC; None if it does not say."""
    for _, header in headers.named("received"):
        found = moment(header.value.rpartition(";")[2])
        if found is not None:
            return found
    return None
