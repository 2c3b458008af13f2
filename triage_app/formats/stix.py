"""STIX 2.0 and 2.1: bundles, lists and single objects, and TAXII envelopes.

Indicators become indicators, one row for each value that one alone would betray; reports, notes and opinions
advisories; vulnerabilities vulnerabilities; sightings and incidents (the core stub and the incident extension) alerts.
Everything else (actors, malware, relationships, observables) is counted: what points to it keeps its words. References
are resolved by one look-up, so cycles do no harm. Source: STIX 2.1; the incident extension of OASIS' common objects.
"""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.domain.indicator_types import HASHES
from triage_app.formats.building import Builder, graded, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.indicator_rows import indicator_row, of_type
from triage_app.formats.json_feed import number_of, words
from triage_app.formats.records import Output, compact
from triage_app.formats.registry import Context
from triage_app.formats.stix_objects import Names, objects
from triage_app.formats.stix_pattern import Comparison, comparisons
from triage_app.formats.times import utc_milliseconds

FORMAT: Final = "stix"
TITLE: Final = "STIX bundle"
SOURCE: Final = "STIX"

LAYOUT: Final = Layout(FORMAT, SOURCE, {"reference": ("id",), "title": ("name",), "detail": ("description",)})
VALUES: Final = Layout("stix-indicator", SOURCE, {"reference": ("object", "id")})
_TYPES: Final = {
    **{"ipv4-addr": "ipv4", "ipv6-addr": "ipv6", "domain-name": "domain", "url": "url", "email-addr": "email"},
    **{"mutex": "mutex", "autonomous-system": "asn", "windows-registry-key": "registry-key"},
}
_ADVISORIES: Final = ("report", "note", "opinion", "grouping", "course-of-action")
_MEANT: Final = ("indicator", "sighting", "incident", "vulnerability", *_ADVISORIES)
_ID: Final = "--"


def recognise(head: Head) -> str | None:
    """Return why a file is STIX, or None."""
    if head.json is None:
        return None
    first = head.json.first
    listed = first.get("objects")
    inner = listed if isinstance(listed, list) else None
    if inner is not None and (first.get("type") == "bundle" or "more" in first or any(map(_is_object, inner[:1]))):
        version = text_of(first.get("spec_version"))
        return f"A STIX bundle{f' of version {version}' if version else ''}."
    if _is_object(first):
        return f"STIX objects: the first is of type {first['type']}."
    return None


def layout(head: Head) -> Layout:
    """Return how objects lie in the columns; indicators have a layout of their own."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send what a bundle holds to ``output``, references resolved."""
    kinds = {
        **dict.fromkeys(("sighting", "incident"), Builder(LAYOUT, "alert", context.organisation)),
        **dict.fromkeys(_ADVISORIES, Builder(LAYOUT, "advisory", context.organisation)),
        "vulnerability": Builder(LAYOUT, "vulnerability", context.organisation),
    }
    indicators = Builder(VALUES, "indicator", context.organisation)
    kept, names = objects(source, output, _MEANT)
    for line, thing in kept:
        kind = thing["type"]
        try:
            if kind == "indicator":
                for row in _indicator(indicators, thing, names):
                    output.row(row, VALUES)
            else:
                output.row(_ROWS.get(kind, _advisory)(kinds[kind], thing, names), LAYOUT)
        except ValueError as error:
            output.reject(line, str(error), compact(thing))


def _is_object(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("type"), str) or not isinstance(value.get("id"), str):
        return False
    return value["id"].startswith(value["type"] + _ID) and len(value["id"]) - len(value["type"]) == 38


def _time(thing: dict[str, Any], *fields: str) -> int | None:
    for field in fields:
        if isinstance(thing.get(field), str) and thing[field]:
            return utc_milliseconds(thing[field])
    return None


def _name(thing: dict[str, Any]) -> str:
    return text_of(thing.get("name")).strip()


def _key(builder: Builder, thing: dict[str, Any]) -> str:
    if not text_of(thing.get("id")):
        raise ValueError("an object without id")
    return builder.key(thing["id"])


# ---- indicators ----------------------------------------------------------------------------------------
def _indicator(builder: Builder, thing: dict[str, Any], names: Names) -> list[list[Any]]:
    """Return a row for each value of a pattern whose comparisons are alternatives; one row for any other pattern."""
    pattern = text_of(thing.get("pattern"))
    if not pattern:
        raise ValueError("an indicator without a pattern")
    language = text_of(thing.get("pattern_type")) or "stix"
    found = comparisons(pattern) if language == "stix" else []
    pairs = [pair for one in found for pair in _pairs(one)]
    upper = pattern.upper()
    together = " AND " in upper or "FOLLOWEDBY" in upper
    if not pairs:
        pairs = [("other", pattern[:2_000])]
    elif together:
        pairs = pairs[:1]
    confidence = number_of(thing.get("confidence"))
    title = _name(thing) or text_of(thing.get("description")).strip()
    rows = []
    for number, (kind, value) in enumerate(dict.fromkeys(pairs)):
        record = {"object": thing} if number == 0 else {"object": thing, "value": value}
        rows.append(
            indicator_row(
                builder,
                record,
                kind,
                value,
                title,
                seen_at=_time(thing, "modified", "created", "valid_from"),
                until_at=_time(thing, "valid_until"),
                score=confidence if confidence is not None and 0 <= confidence <= 100 else None,
                tlp=names.tlp(thing),
                columns={"detail": words(pattern[:1_000] if together else "", text_of(thing.get("description")))},
            )
        )
    return rows


def _pairs(one: Comparison) -> list[tuple[str, str]]:
    """Return the (type, canonical value) pairs that one comparison looks for."""
    if one.operator not in {"=", "IN", "ISSUBSET"}:
        return []
    if one.object == "file" and one.path.lower().startswith("hashes"):
        word = one.path.partition(".")[2].lower().replace("-", "")
        kind = word if word in {*HASHES.values(), "ssdeep"} else "other"
        return [of_type(kind, value) for value in one.values]
    if one.object == "file" and one.path == "name":
        return [("filename", value) for value in one.values]
    if one.object in _TYPES and one.path in {"value", "name", "number", "key"}:
        return [of_type(_TYPES[one.object], value) for value in one.values]
    if one.path.endswith(("_ref.value", "].value", "dst_ref.value")):
        return [of_type("other", value) for value in one.values]
    return []


# ---- the others ----------------------------------------------------------------------------------------
def _advisory(builder: Builder, thing: dict[str, Any], names: Names) -> list[Any]:
    said = text_of(thing.get("abstract")) or text_of(thing.get("opinion")) or text_of(thing.get("content"))
    title = _name(thing) or said[:200].strip() or f"STIX {thing['type']}"
    about = [names.of(ref) for ref in _refs(thing, "object_refs")[:50]]
    return builder.row(
        thing,
        key=_key(builder, thing),
        seen_at=_time(thing, "published", "modified", "created"),
        value=thing["id"],
        tlp=names.tlp(thing),
        columns={} if _name(thing) else {"title": title},
        category=words(*map(text_of, _refs(thing, "report_types"))) or thing["type"],
        host="",
        texts=about,
        user=names.of(thing.get("created_by_ref")),
    )


def _vulnerability(builder: Builder, thing: dict[str, Any], names: Names) -> list[Any]:
    references = [one for one in _refs(thing, "external_references") if isinstance(one, dict)]
    cve = next(
        (text_of(one.get("external_id")) for one in references if text_of(one.get("source_name")).lower() == "cve"), ""
    )
    name = _name(thing)
    value = (cve or (name if name.upper().startswith("CVE-") else "")).upper()
    return builder.row(
        thing,
        key=_key(builder, thing),
        seen_at=_time(thing, "modified", "created"),
        value=value,
        tlp=names.tlp(thing),
        columns={} if name else {"title": value or "STIX vulnerability"},
        category="record",
    )


def _sighting(builder: Builder, thing: dict[str, Any], names: Names) -> list[Any]:
    what = names.of(thing.get("sighting_of_ref")) or "an object that is not in the file"
    where = [names.of(ref) for ref in _refs(thing, "where_sighted_refs")]
    count = text_of(thing.get("count"))
    return builder.row(
        thing,
        key=_key(builder, thing),
        seen_at=_time(thing, "last_seen", "first_seen", "modified", "created"),
        tlp=names.tlp(thing),
        title=f"Sighting of {what}",
        category="sighting",
        columns={
            "detail": words(
                text_of(thing.get("description")),
                f"{count} times" if count else "",
                f"seen by {words(*filter(None, where))}" if any(where) else "",
            )
        },
        texts=[names.text(thing.get("sighting_of_ref"))],
    )


def _incident(builder: Builder, thing: dict[str, Any], names: Names) -> list[Any]:
    extensions = thing.get("extensions")
    inner = [one for one in extensions.values() if isinstance(one, dict)] if isinstance(extensions, dict) else []
    more = next((one for one in inner if "investigation_status" in one or "incident_types" in one), {})
    criticality = text_of(more.get("criticality"))
    impacts = [names.of(ref) or names.text(ref)[:200] for ref in _refs(more, "impact_refs")]
    kinds = [text_of(kind) for kind in _refs(more, "incident_types")]
    return builder.row(
        thing,
        key=_key(builder, thing),
        seen_at=_time(thing, "modified", "created"),
        severity=graded("percent", criticality) if criticality else None,
        tlp=names.tlp(thing),
        columns={
            "detail": words(
                text_of(thing.get("description")),
                text_of(more.get("investigation_status")),
                text_of(more.get("determination")),
                *filter(None, impacts[:10]),
            ),
            **({} if _name(thing) else {"title": "STIX incident"}),
        },
        category=words(*kinds) or "incident",
    )


def _refs(thing: dict[str, Any], name: str) -> list[Any]:
    value = thing.get(name)
    return value if isinstance(value, list) else []


_ROWS: Final = {"vulnerability": _vulnerability, "sighting": _sighting, "incident": _incident}
assert set(_MEANT) >= set(_ROWS)  # noqa: S101 - a type that has a row is meant
