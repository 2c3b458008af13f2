"""IODEF, the incident object description exchange format (RFC 7970, and documents without its namespace).

Each incident is an alert. ``restriction`` is the source's own and no TLP label, unless it is one of TLP's colours.
"""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, graded
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.json_feed import words
from triage_app.formats.records import Output, compact
from triage_app.formats.registry import Context
from triage_app.formats.times import utc_milliseconds
from triage_app.formats.xml_stream import all_at, elements, text_at

FORMAT: Final = "iodef"
TITLE: Final = "IODEF incidents"
SOURCE: Final = "IODEF"

LAYOUT: Final = Layout(FORMAT, SOURCE, {})
_TIMES: Final = ("DetectTime", "StartTime", "ReportTime", "GenerationTime", "EndTime")
_TLP: Final = {"red": "RED", "amber": "AMBER", "green": "GREEN", "white": "CLEAR", "clear": "CLEAR",
               "amber+strict": "AMBER+STRICT", "amber-strict": "AMBER+STRICT"}  # fmt: skip
_WANTED: Final = (
    "Impact",
    "SystemImpact",
    "BusinessImpact",
    "System",
    "Address",
    "NodeName",
    "DomainName",
    "Name",
    "URL",
)
_MOST: Final = 10_000
_MOST_SYSTEMS: Final = 20


def recognise(head: Head) -> str | None:
    """Return why a file is IODEF, or None."""
    name, attributes = head.root
    if name.rpartition(":")[2] == "IODEF-Document":
        return f"IODEF incidents: XML that begins with {name}{', version 2' if 'iodef-2.0' in attributes else ''}."
    return None


def layout(head: Head) -> Layout:
    """Return how incidents lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every incident of a document to ``output``."""
    builder = Builder(LAYOUT, organisation=context.organisation)
    for element in elements(source, output, context.name, frozenset(("Incident",))):
        try:
            output.row(_row(builder, element.record))
        except ValueError as error:
            output.reject(element.line, str(error), compact(element.record))


def _row(builder: Builder, incident: dict[str, Any]) -> list[Any]:
    number = text_at(incident, "IncidentID").strip()
    named = all_at(incident, "IncidentID")
    issuer = str(named[0].get("@name", "")) if named and isinstance(named[0], dict) else ""
    if not number:
        raise ValueError("an incident without IncidentID")
    described = text_at(incident, "Description")
    found = _inside(incident)
    impacts = [
        one for one in found["Impact"] + found["SystemImpact"] + found["BusinessImpact"] if isinstance(one, dict)
    ]
    severity = next((str(one["@severity"]) for one in impacts if one.get("@severity")), "")
    addresses = _addresses(found["Address"])
    sides = _sides(found["System"])
    names = [_text(one) for one in found["NodeName"] + found["DomainName"] + found["Name"]]
    restriction = str(incident.get("@ext-restriction", "") or incident.get("@restriction", "")).lower()
    return builder.row(
        incident,
        key=builder.key(f"{issuer}\n{number}"),
        seen_at=_time(incident),
        severity=graded("words", severity) if severity else None,
        tlp=_TLP.get(restriction, ""),
        title=text_at(incident, "Title") or described or f"IODEF incident {number}",
        reference=f"{issuer} {number}".strip(),
        category=str(incident.get("@purpose", "")),
        host=next(iter(filter(None, names)), ""),
        src=sides.get("source", ""),
        dst=sides.get("target", "") or next(iter(addresses), ""),
        url=next((_text(one) for one in found["URL"] if _text(one)), ""),
        detail=words(described, *addresses[:10], *filter(None, names[:10])),
    )


def _time(incident: dict[str, Any]) -> int | None:
    """Return the first of an incident's times that can be read; raise ``ValueError`` if it has some and none can."""
    problem: ValueError | None = None
    for name in _TIMES:
        text = text_at(incident, name).strip()
        if text:
            try:
                return utc_milliseconds(text)
            except ValueError as error:
                problem = problem or error
    if problem is not None:
        raise problem
    return None


def _addresses(found: list[Any]) -> list[str]:
    """Return the IP addresses among elements ``Address``, which may hold a mail address or a MAC too."""
    texts = []
    for one in found:
        category = str(one.get("@category", "")) if isinstance(one, dict) else ""
        if (not category or category in {"ipv4-addr", "ipv6-addr"}) and (text := _text(one).strip()):
            texts.append(text)
    return texts


def _sides(systems: list[Any]) -> dict[str, str]:
    """Return the first address of a system that is called the source, and of one that is called the target."""
    sides: dict[str, str] = {}
    for system in systems[:_MOST_SYSTEMS]:
        if isinstance(system, dict):
            for address in _addresses(_inside(system)["Address"])[:1]:
                sides.setdefault(str(system.get("@category", "")).lower(), address)
    return sides


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value.get("#text", "")) if isinstance(value, dict) else ""


def _inside(incident: dict[str, Any]) -> dict[str, list[Any]]:
    """Return what is found anywhere in an incident under the names that matter, without recursion."""
    found: dict[str, list[Any]] = {name: [] for name in _WANTED}
    nodes: list[Any] = [incident]
    looked = 0
    while nodes and looked < _MOST:
        node = nodes.pop()
        looked += 1
        if isinstance(node, list):
            nodes.extend(reversed(node))
        elif isinstance(node, dict):
            for name, value in node.items():
                if name in found:
                    found[name] += value if isinstance(value, list) else [value]
                nodes.append(value)
    return found
