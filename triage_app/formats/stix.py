"""STIX 2.0 and 2.1: bundles, lists and single objects, and TAXII envelopes.

Indicators become indicators: a pattern of alternatives gives a row for each value, any other pattern one row with its
first. The first row's record is the object itself, ``{"object": …}``; each further one has what names the object and
the row's own value, so that a pattern of ten thousand values is not kept ten thousand times. Rules in other languages
(YARA, Sigma, Snort) are one row of the category "other".

Reports, notes, opinions, groupings, courses of action and malware analyses become advisories, vulnerabilities
vulnerabilities, sightings and incidents (the core stub and the incident extension) alerts. Everything else (actors,
malware, relationships, observables) is counted under its type: what points to it keeps its name or value, so a report
is found by the observables it refers to. References are resolved by one look-up, so cycles do no harm.
Source: STIX 2.1; the incident extension of OASIS' common objects.
"""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.domain.indicator_types import HASHES, typed
from triage_app.formats.building import Builder, graded, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.indicator_rows import indicator_row, of_type
from triage_app.formats.json_feed import number_of, words
from triage_app.formats.records import Output, compact
from triage_app.formats.registry import Context
from triage_app.formats.stix_objects import Names, objects
from triage_app.formats.stix_pattern import MAX_COMPARISONS, Comparison, Pattern, read_pattern
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
_ADVISORIES: Final = ("report", "note", "opinion", "grouping", "course-of-action", "malware-analysis")
_SAID: Final = ("abstract", "opinion", "content", "explanation", "result_name", "result", "product")
_MOST_REFS: Final = 200
"""References of a report that are followed."""

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
                _send_indicator(indicators, thing, names, output, line)
            else:
                output.row(_ROWS.get(kind, _advisory)(kinds[kind], thing, names), LAYOUT)
        except ValueError as error:
            output.reject(line, str(error), compact(thing))


def _is_object(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("type"), str) or not isinstance(value.get("id"), str):
        return False
    return value["id"].startswith(value["type"] + _ID) and len(value["id"]) - len(value["type"]) == 38


def _time(thing: dict[str, Any], *fields: str) -> int | None:
    """Return the first of some times that can be read, None if there is none."""
    for field in fields:
        try:
            return utc_milliseconds(text_of(thing.get(field)))
        except ValueError:
            continue
    return None


def _seen(thing: dict[str, Any], *fields: str) -> int:
    """Return when something was seen; raise ``ValueError`` if no time can be read."""
    moment = _time(thing, *fields)
    if moment is None:
        raise ValueError(f"{thing['type']} without a time that can be read")
    return moment


def _name(thing: dict[str, Any]) -> str:
    return text_of(thing.get("name")).strip()


def _key(builder: Builder, thing: dict[str, Any]) -> str:
    if not text_of(thing.get("id")):
        raise ValueError("an object without id")
    return builder.key(thing["id"])


# ---- indicators ----------------------------------------------------------------------------------------
def _send_indicator(builder: Builder, thing: dict[str, Any], names: Names, output: Output, line: int) -> None:
    text = text_of(thing.get("pattern"))
    if not text:
        raise ValueError("an indicator without a pattern")
    language = text_of(thing.get("pattern_type")) or "stix"
    pattern = read_pattern(text) if language == "stix" else Pattern((), together=True, cut=False)
    found = dict.fromkeys(pair for one in pattern.comparisons for pair in _pairs(one) if pair[1])
    pairs = list(found) or [("other", text[:2_000])]
    if pattern.together:
        del pairs[1:]
    more = _columns(thing, names, language if language != "stix" else "", text if pattern.together else "")
    title = _name(thing) or text_of(thing.get("description")).strip()
    named = {name: thing[name] for name in ("id", "modified", "pattern_type", "type") if _is_short(thing.get(name))}
    for number, (kind, value) in enumerate(pairs[:MAX_COMPARISONS]):
        record = {"object": thing} if number == 0 else {"object": named, "value": value}
        output.row(indicator_row(builder, record, kind, value, title, **more), VALUES)
    if pattern.cut or len(pairs) > MAX_COMPARISONS:
        output.reject(line, "its pattern goes on; the values beyond the first 10,000 were not taken", text)


def _is_short(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 200


def _columns(thing: dict[str, Any], names: Names, language: str, pattern: str) -> dict[str, Any]:
    """Return what the rows of one indicator have in common."""
    confidence = number_of(thing.get("confidence"))
    revoked = "revoked by its author" if thing.get("revoked") is True else ""
    description = text_of(thing.get("description"))
    return {
        "seen_at": _time(thing, "modified", "created", "valid_from"),
        "until_at": _time(thing, "valid_until"),
        "score": confidence if confidence is not None and 0 <= confidence <= 100 else None,
        "tlp": names.tlp(thing),
        "columns": {"detail": words(revoked, f"{language} rule" if language else "", pattern[:1_000], description)},
    }


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
    if one.path.endswith(("_ref.value", "].value")):
        return [typed(value) or ("other", value) for value in one.values]
    return []


# ---- the others ----------------------------------------------------------------------------------------
def _advisory(builder: Builder, thing: dict[str, Any], names: Names) -> list[Any]:
    said = next(filter(None, (text_of(thing.get(name)) for name in _SAID)), "")
    title = _name(thing) or said[:200].strip() or f"STIX {thing['type']}"
    refs = [*_refs(thing, "object_refs"), *_refs(thing, "analysis_sco_refs"), thing.get("sample_ref")]
    links = (one.get("url") for one in _refs(thing, "external_references") if isinstance(one, dict))
    return builder.row(
        thing,
        key=_key(builder, thing),
        seen_at=_time(thing, "published", "modified", "created"),
        value=text_of(thing["id"]),
        tlp=names.tlp(thing),
        columns={} if _name(thing) else {"title": title},
        category=words(*map(text_of, _refs(thing, "report_types"))) or thing["type"],
        url=next((text for text in map(text_of, links) if text.startswith(("http://", "https://"))), ""),
        texts=[text for ref in refs[:_MOST_REFS] for text in (names.of(ref), names.text(ref)[:300]) if text],
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
        seen_at=_seen(thing, "last_seen", "first_seen", "modified", "created"),
        tlp=names.tlp(thing),
        title=f"Sighting of {what}",
        category="sighting",
        columns={
            "detail": words(
                text_of(thing.get("description")),
                f"{count} times" if count else "",
                f"seen by {words(*filter(None, where))}" if any(where) else "",
                names.text(thing.get("sighting_of_ref"))[:1_000],
            )
        },
        texts=[names.text(ref) for ref in [thing.get("sighting_of_ref"), *_refs(thing, "observed_data_refs")[:50]]],
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
        seen_at=_seen(thing, "modified", "created"),
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
