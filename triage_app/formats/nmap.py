"""nmap's XML: each host that answered is an endpoint, and each CVE its vulners script names a finding.

Source: nmap.dtd. Times are seconds since 1970.
"""

from __future__ import annotations

import re
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, graded
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import number_of, words
from triage_app.formats.records import Output, compact, shown
from triage_app.formats.registry import Context
from triage_app.formats.xml_stream import all_at, elements

FORMAT: Final = "nmap"
TITLE: Final = "nmap scan (XML)"
SOURCE: Final = "nmap"

LAYOUT: Final = Layout(FORMAT, SOURCE, {})
FINDINGS: Final = Layout("nmap-vulners", SOURCE, {"src": ("address",), "reference": ("id",)})
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}\Z", re.IGNORECASE | re.ASCII)
_LINE = re.compile(r"[ \t]*(CVE-\d{4}-\d{4,19})[ \t]+(\d{1,2}(?:\.\d{1,2})?)", re.IGNORECASE | re.ASCII)
_SECONDS = re.compile(r"\d{9,10}\Z", re.ASCII)
_MOST_PORTS: Final = 60
_MOST_CVES: Final = 5_000
_MOST_WAITING: Final = 2_000
_MOST_CHARACTERS: Final = 300
"""Of each value that the findings of a host repeat; whole it stays in the host's record."""


def recognise(head: Head) -> str | None:
    """Return why a file is nmap's, or None."""
    return "An nmap scan: XML that begins with nmaprun." if head.root[0] == "nmaprun" else None


def layout(head: Head) -> Layout:
    """Return how hosts lie in the columns; findings have a layout of their own."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every host that is up, and every finding, to ``output``."""
    hosts = Builder(LAYOUT, "endpoint", context.organisation)
    findings = Builder(FINDINGS, "finding", context.organisation)
    waiting: list[list[Any]] = []
    for element in elements(source, output, context.name, frozenset(("host",))):
        host = element.record
        if any(isinstance(one, dict) and one.get("@state") == "down" for one in all_at(host, "status")):
            output.ignore("host that is down")
            continue
        try:
            row = hosts.row(host, **_host(hosts, host))
            found, more = _found(host)
            waiting += [_finding(findings, host, one) for one in found]
        except ValueError as error:
            output.reject(element.line, str(error), compact(host))
            continue
        output.row(row)
        for _ in range(more):
            output.ignore(f"CVE beyond the first {_MOST_CVES:,} of a host")
        if len(waiting) >= _MOST_WAITING:
            _send(waiting, output)
    _send(waiting, output)


def _send(waiting: list[list[Any]], output: Output) -> None:
    """Send the findings that wait; they go together, for each change of layout costs the store a transaction."""
    for row in waiting:
        output.row(row, FINDINGS)
    waiting.clear()


def _addresses(host: dict[str, Any], kind: str) -> list[str]:
    found = (one for one in all_at(host, "address") if isinstance(one, dict))
    return [str(one.get("@addr", "")) for one in found if str(one.get("@addrtype", "")).startswith(kind)]


def _name(host: dict[str, Any]) -> str:
    names = host.get("hostnames")
    found = (one for one in all_at(names, "hostname") if isinstance(one, dict))
    return next((str(one.get("@name", "")) for one in found if one.get("@name")), "")


def _ports(host: dict[str, Any]) -> list[dict[str, Any]]:
    return [port for port in all_at(host.get("ports"), "port") if isinstance(port, dict)]


def _time(host: dict[str, Any]) -> int | None:
    text = str(host.get("@endtime", "") or host.get("@starttime", ""))
    return int(text) * 1000 if _SECONDS.match(text) else None


def _host(builder: Builder, host: dict[str, Any]) -> dict[str, Any]:
    addresses = [*_addresses(host, "ipv4"), *_addresses(host, "ipv6")]
    name = _name(host)
    if not addresses and not name:
        raise ValueError("a host without an address")
    value = addresses[0] if addresses else name
    systems = host.get("os")
    matches = (one for one in all_at(systems, "osmatch") if isinstance(one, dict))
    opened = [_service(port) for port in _ports(host) if _is_open(port)]
    more = f"and {len(opened) - _MOST_PORTS} more" if len(opened) > _MOST_PORTS else ""
    return {
        "key": builder.key(value),
        "seen_at": _time(host),
        "value": value,
        "title": name or value,
        "host": name,
        "src": value if addresses else "",
        "category": next((str(one.get("@name", "")) for one in matches), ""),
        "detail": words(*opened[:_MOST_PORTS], more, *_addresses(host, "mac")),
    }


def _is_open(port: dict[str, Any]) -> bool:
    state = port.get("state")
    return isinstance(state, dict) and str(state.get("@state", "")).startswith("open")


def _service(port: dict[str, Any]) -> str:
    service = port.get("service")
    service = service if isinstance(service, dict) else {}
    said = " ".join(str(service[part]) for part in ("@name", "@product", "@version") if service.get(part))
    return f"{port.get('@portid', '')}/{port.get('@protocol', '')} {said}".strip()


def _found(host: dict[str, Any]) -> tuple[list[dict[str, str]], int]:
    """Return {id, cvss, port, protocol, address, software} for each CVE that vulners names, and how many more are."""
    address = next(iter([*_addresses(host, "ipv4"), *_addresses(host, "ipv6")]), "") or _name(host)
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    more = 0
    for port in _ports(host):
        for script in all_at(port, "script"):
            if not isinstance(script, dict) or script.get("@id") != "vulners":
                continue
            where = {"port": str(port.get("@portid", "")), "protocol": str(port.get("@protocol", ""))}
            for cve, score, software in _vulners(script):
                entry = {"id": cve, "cvss": score, "address": address, "software": software, **where}
                place = (cve, where["port"], where["protocol"])
                if place not in found and len(found) >= _MOST_CVES:
                    more += 1
                    continue
                found.setdefault(place, {name: shown(value, _MOST_CHARACTERS) for name, value in entry.items()})
    return list(found.values()), more


def _vulners(script: dict[str, Any]) -> list[tuple[str, str, str]]:
    found = []
    for table in all_at(script, "table"):
        for entry in all_at(table, "table"):
            values = {
                str(one.get("@key", "")): str(one.get("#text", ""))
                for one in all_at(entry, "elem")
                if isinstance(one, dict)
            }
            if _CVE.match(values.get("id", "")):
                found.append((values["id"].upper(), values.get("cvss", ""), str(table.get("@key", ""))))
    if not found:
        found = [
            (m[1].upper(), m[2], "") for line in str(script.get("@output", "")).splitlines() if (m := _LINE.match(line))
        ]
    return found


def _finding(builder: Builder, host: dict[str, Any], found: dict[str, str]) -> list[Any]:
    score = number_of(found["cvss"])
    software = found["software"]
    return builder.row(
        found,
        key=builder.fingerprint("nmap-vulners/1", [found["address"], found["port"], found["protocol"], found["id"]]),
        seen_at=_time(host),
        severity=graded("cvss", found["cvss"]) if found["cvss"] else None,
        score=score if score is not None and 0 <= score <= 10 else None,
        value=found["id"],
        title=f"{found['id']} in {software}" if software else found["id"],
        host=_name(host) or found["address"],
        dst=f"{found['address']}:{found['port']}" if found["port"] else found["address"],
        category="vulners",
        detail="Named by nmap's vulners script from the version alone.",
    )
