"""MISP events: each attribute that is an indicator becomes one, the event itself an advisory.

Events come alone, in ``{"Event": …}``, in ``{"response": […]}`` or bare. Attributes of objects count as the event's.
What is no indicator (text, comments, links, sizes) stays findable in the event's row. Proposals are counted.
Source: MISP core format (draft-dulaunoy-misp-core-format).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, at, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.indicator_rows import indicator_row, of_type, tlp_of
from triage_app.formats.json_feed import words
from triage_app.formats.records import Output, compact
from triage_app.formats.registry import Context
from triage_app.formats.strict_json import BadRecord, Splitter, loads
from triage_app.formats.times import utc_milliseconds

FORMAT: Final = "misp"
TITLE: Final = "MISP events"
SOURCE: Final = "MISP"

LAYOUT: Final = Layout(FORMAT, SOURCE, {"reference": ("uuid",), "title": ("info",)})
ATTRIBUTES: Final = Layout("misp-attribute", SOURCE, {"reference": ("uuid",), "detail": ("comment",)})

TYPES: Final = {
    **dict.fromkeys(("ip-src", "ip-dst", "ip-src|port", "ip-dst|port"), "ipv4"),
    **dict.fromkeys(("domain", "hostname", "domain|ip", "hostname|port"), "domain"),
    **dict.fromkeys(("url", "uri"), "url"),
    **dict.fromkeys(("email", "email-src", "email-dst", "email-reply-to", "target-email"), "email"),
    **{kind: kind for kind in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "ssdeep", "mutex", "btc")},
    **dict.fromkeys(("filename", "email-attachment", "pdb"), "filename"),
    **{"vulnerability": "cve", "AS": "asn", "user-agent": "user-agent", "regkey": "registry-key"},
    **dict.fromkeys(("regkey|value",), "registry-key"),
    **dict.fromkeys(("imphash", "pehash", "tlsh", "impfuzzy", "authentihash", "telfhash", "named pipe"), "other"),
    **dict.fromkeys(
        ("ja3-fingerprint-md5", "x509-fingerprint-sha1", "x509-fingerprint-sha256", "chrome-extension-id"), "other"
    ),
    **dict.fromkeys(("yara", "snort", "sigma", "malware-sample"), "other"),
    **{f"filename|{name}": name for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "ssdeep")},
    **dict.fromkeys(("filename|imphash", "filename|tlsh", "filename|authentihash", "filename|pehash"), "other"),
}
"""A MISP attribute type → ours; what is not here is no indicator."""

_PAIRS: Final = "|"
_THREAT: Final = {"1": "high", "2": "medium", "3": "low", "4": "undefined"}
_MOST: Final = 200_000


def recognise(head: Head) -> str | None:
    """Return why a file holds MISP events, or None."""
    if head.json is None:
        return None
    for whole in head.json.records[:20]:
        for event in _events(whole):
            if _is_event(event):
                return f"MISP events: {head.json.how}."
    return None


def layout(head: Head) -> Layout:
    """Return how events lie in the columns; attributes have a layout of their own."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every event and its attributes to ``output``."""
    events = Builder(LAYOUT, "advisory", context.organisation)
    attributes = Builder(ATTRIBUTES, "indicator", context.organisation)
    source.json = True
    for line, text, reason in Splitter(source.blocks()):
        if reason:
            output.reject(line, reason, text)
            continue
        try:
            whole = loads(text)
        except BadRecord as error:
            output.reject(line, str(error), text)
            continue
        for event in _events(whole):
            if not _is_event(event):
                output.reject(line, "no MISP event: neither Attribute nor Object nor info is there", compact(event))
                continue
            _read_event(event, output, events, attributes, line)


def _events(whole: Any) -> Iterator[Any]:
    """Yield the events in one JSON value, however they are wrapped."""
    if isinstance(whole, dict) and isinstance(whole.get("response"), list | dict):
        whole = whole["response"]
    for one in whole if isinstance(whole, list) else [whole]:
        inner = one.get("Event") if isinstance(one, dict) else None
        yield inner if isinstance(inner, dict) else one


def _is_event(event: Any) -> bool:
    if not isinstance(event, dict):
        return False
    parts = sum(name in event for name in ("Orgc", "info", "threat_level_id", "analysis", "Galaxy", "ShadowAttribute"))
    named = isinstance(event.get("Attribute"), list) or isinstance(event.get("Object"), list)
    if not named:
        return parts >= 3 and "uuid" in event
    return parts >= 1 or any(
        isinstance(one, dict) and ("object_relation" in one or "Attribute" in one or {"type", "category"} <= one.keys())
        for name in ("Attribute", "Object")
        for one in (event[name] if isinstance(event.get(name), list) else [])[:20]
    )


def _read_event(event: dict[str, Any], output: Output, events: Builder, attributes: Builder, line: int) -> None:
    tags = _tags(event)
    label = next((tlp_of(tag) for tag in tags if tlp_of(tag)), "")
    info = (
        text_of(event.get("info")).strip()
        or f"MISP event {text_of(event.get('uuid')) or text_of(event.get('id'))}".strip()
    )
    others: list[str] = []
    for number, attribute in enumerate(_attributes(event)):
        if number >= _MOST:
            output.reject(line, f"an event with more than {_MOST:,} attributes; the rest was not taken", "")
            break
        kind = text_of(attribute.get("type"))
        value = text_of(attribute.get("value"))
        if attribute.get("deleted") is True:
            output.ignore("deleted attribute")
        elif kind not in TYPES or not value.strip():
            output.ignore(f"attribute: {kind or 'without a type'}"[:60])
            others.append(value[:4_000])
        else:
            own = next((tlp_of(tag) for tag in _tags(attribute) if tlp_of(tag)), label)
            try:
                output.row(_attribute(attributes, attribute, kind, value, info, own), ATTRIBUTES)
            except ValueError as error:
                output.reject(line, f"an attribute: {error}", compact(attribute))
    for _ in _list(event.get("ShadowAttribute")):
        output.ignore("proposal")
    try:
        output.row(_event(events, event, info, tags, label, others), LAYOUT)
    except ValueError as error:
        output.reject(line, f"the event: {error}", compact(_without_attributes(event)))


def _attributes(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in _list(event.get("Attribute")):
        if isinstance(one, dict):
            yield one
    for thing in _list(event.get("Object")):
        if isinstance(thing, dict):
            for one in _list(thing.get("Attribute")):
                if isinstance(one, dict):
                    yield one


def _attribute(builder: Builder, attribute: dict[str, Any], kind: str, value: str, info: str, label: str) -> list[Any]:
    pair = value.split(_PAIRS, 1) if _PAIRS in kind and _PAIRS in value else None
    ours = TYPES[kind]
    found = of_type(ours, pair[0] if pair else value)
    second = []
    if pair and kind.startswith("filename|"):
        found = of_type(kind.partition(_PAIRS)[2], pair[1])
        second = [pair[0]]
    elif pair:
        second = [pair[1]]
    return indicator_row(
        builder,
        attribute,
        *found,
        info,
        seen_at=_seconds(attribute.get("timestamp")),
        until_at=_moment(attribute.get("last_seen")),
        tlp=label,
        texts=second,
    )


def _event(
    builder: Builder, event: dict[str, Any], info: str, tags: list[str], label: str, others: list[str]
) -> list[Any]:
    record = _without_attributes(event)
    uuid = text_of(event.get("uuid"))
    date = text_of(event.get("date"))
    threat = _THREAT.get(text_of(event.get("threat_level_id")), "")
    organisation = text_of(at(event, "Orgc", "name"))
    return builder.row(
        record or {"info": info},
        key=builder.key(uuid) if uuid else builder.fingerprint("misp/1", [info, date, compact(record)[:500]]),
        seen_at=_moment(date) or _seconds(event.get("timestamp")),
        value=uuid or info,
        tlp=label,
        columns={} if text_of(event.get("info")).strip() else {"title": info},
        category=organisation,
        detail=words(f"threat level {threat}" if threat else "", *tags[:30], *others[:30]),
        texts=others,
    )


def _without_attributes(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event without the attributes that are rows of their own, but with those that are none."""
    left = {name: value for name, value in event.items() if name not in {"Attribute", "Object"}}
    kept = [one for one in _attributes(event) if text_of(one.get("type")) not in TYPES]
    if kept:
        left["Attribute"] = kept
    shapes = [
        {name: value for name, value in thing.items() if name != "Attribute"}
        for thing in _list(event.get("Object"))
        if isinstance(thing, dict)
    ]
    if shapes:
        left["Object"] = shapes
    return left


def _tags(thing: dict[str, Any]) -> list[str]:
    return [text_of(tag.get("name")) for tag in _list(thing.get("Tag")) if isinstance(tag, dict)]


def _seconds(value: Any) -> int | None:
    text = text_of(value)
    return int(text) * 1000 if text.isascii() and text.isdecimal() and 0 < len(text) <= 10 else None


def _moment(value: Any) -> int | None:
    try:
        return utc_milliseconds(value) if isinstance(value, str) and value else None
    except ValueError:
        return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
