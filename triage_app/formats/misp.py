"""MISP events: each attribute that is an indicator becomes one, the event itself an advisory.

Events come alone, in ``{"Event": …}``, in ``{"response": […]}`` or bare; an answer may also hold attributes only.
Attributes of objects count as the event's. An attribute is an indicator if its type says so, or if its author marked it
for detection (to_ids) and it is a whole value, or of a type that is looked for; one that is not marked says so. Of
``domain|ip`` both parts are indicators; a file's name beside its hash is only text, for it accuses too many. A pair of
three parts, or with a hash or an address that is none, is rejected, as is what stands for an attribute and is none.

What is no indicator (text, comments, links, sizes, those who were mailed) stays findable in the event's row. What was
deleted is counted, and so are proposals. Source: MISP core format (draft-dulaunoy-misp-core-format).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, at, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.indicator_rows import indicator_row, strictest, tlp_of
from triage_app.formats.json_feed import sound, words
from triage_app.formats.json_members import members
from triage_app.formats.misp_types import indicators_of, is_true
from triage_app.formats.records import Output, compact
from triage_app.formats.registry import Context
from triage_app.formats.secrets import mask
from triage_app.formats.times import LATEST, utc_or_none

FORMAT: Final = "misp"
TITLE: Final = "MISP events"
SOURCE: Final = "MISP"

LAYOUT: Final = Layout(FORMAT, SOURCE, {"reference": ("uuid",), "title": ("info",)})
ATTRIBUTES: Final = Layout("misp-attribute", SOURCE, {"reference": ("uuid",), "detail": ("comment",)})

_THREAT: Final = {"1": "high", "2": "medium", "3": "low", "4": "undefined"}
_ANALYSIS: Final = {"0": "begun", "1": "going on", "2": "finished"}
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
    for line, _, whole in sound(members(source.blocks(), ("response",)), output):
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
    label = strictest(map(tlp_of, tags))
    name = f"MISP event {text_of(event.get('uuid')) or text_of(event.get('id'))}".strip()
    info = text_of(event.get("info")).strip() or name
    others: list[str] = []
    done: set[int] = set()
    for number, (attribute, gone) in enumerate(_attributes(event)):
        if number >= _MOST:
            output.reject(line, f"an event with more than {_MOST:,} attributes; the rest stayed in its record", "")
            break
        _count_proposals(attribute, output)
        value = text_of(attribute.get("value"))
        if gone or is_true(attribute.get("deleted")):
            output.ignore("deleted attribute")
            done.add(id(attribute))
            continue
        try:
            found = indicators_of(attribute, value) if value.strip() else []
        except ValueError as error:
            output.reject(line, f"an attribute: {error}", compact(attribute))
            continue
        if not found:
            output.ignore(f"attribute: {text_of(attribute.get('type')) or 'without a type'}"[:60])
            others.append(text_of(mask(attribute).get("value"))[:4_000])
            continue
        title = text_of(at(attribute, "Event", "info")).strip() or info
        for place, (kind, one) in enumerate(found):
            record = attribute if place == 0 else {**attribute, "part": one}
            try:
                output.row(_row(attributes, record, kind, one, title, label), ATTRIBUTES)
                done.add(id(attribute))
            except ValueError as error:
                output.reject(line, f"an attribute: {error}", compact(attribute))
    for what, text in _misshapen(event):
        output.reject(line, f"{what}; it stayed in its event's record", text)
    _count_proposals(event, output)
    record = _without(event, done)
    if not record and not others and done:
        return  # an answer that holds attributes only
    try:
        output.row(_event(events, event, record, info, tags, label, others), LAYOUT)
    except ValueError as error:
        output.reject(line, f"the event: {error}", compact(record))


def _count_proposals(thing: dict[str, Any], output: Output) -> None:
    for _ in _list(thing.get("ShadowAttribute")):
        output.ignore("proposal")


def _attributes(event: dict[str, Any]) -> Iterator[tuple[dict[str, Any], bool]]:
    """Yield every attribute, those of objects too, and whether the object that it lies in was deleted."""
    for one in _list(event.get("Attribute")):
        if isinstance(one, dict):
            yield one, False
    for thing in _list(event.get("Object")):
        if isinstance(thing, dict):
            gone = is_true(thing.get("deleted"))
            for one in _list(thing.get("Attribute")):
                if isinstance(one, dict):
                    yield one, gone


def _misshapen(event: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (what is wrong, text) of everything that stands for attributes or objects and cannot be one."""
    things = [thing for thing in _list(event.get("Object")) if isinstance(thing, dict)]
    places = [(event, "Object", "an object"), *((one, "Attribute", "an attribute") for one in (event, *things))]
    for holder, name, what in places:
        held = holder.get(name)
        if held is not None and not isinstance(held, list):
            yield f"{name} is no list", compact({name: held})
        for one in _list(held):
            if not isinstance(one, dict):
                yield f"{what} that is no JSON object", compact(one)


def _row(builder: Builder, attribute: dict[str, Any], kind: str, value: str, title: str, label: str) -> list[Any]:
    unmarked = attribute.get("to_ids") is not None and not is_true(attribute["to_ids"])
    comment = text_of(attribute.get("comment"))
    return indicator_row(
        builder,
        attribute,
        kind,
        value,
        title,
        seen_at=_seconds(attribute.get("timestamp")),
        tlp=strictest(map(tlp_of, _tags(attribute))) or label,
        columns={"detail": words(comment, "not marked for detection")} if unmarked else {},
    )


def _event(
    builder: Builder,
    event: dict[str, Any],
    record: dict[str, Any],
    info: str,
    tags: list[str],
    label: str,
    others: list[str],
) -> list[Any]:
    uuid = text_of(event.get("uuid"))
    date = text_of(event.get("date"))
    threat = _THREAT.get(text_of(event.get("threat_level_id")), "")
    analysis = _ANALYSIS.get(text_of(event.get("analysis")), "")
    return builder.row(
        record or {"info": info},
        key=builder.key(uuid) if uuid else builder.fingerprint("misp/1", [info, date, compact(record)[:500]]),
        seen_at=utc_or_none(date) or _seconds(event.get("timestamp")),
        value=uuid or info,
        tlp=label,
        columns={} if text_of(event.get("info")).strip() else {"title": info},
        category=text_of(at(event, "Orgc", "name")),
        detail=words(
            f"threat level {threat}" if threat else "",
            f"analysis {analysis}" if analysis else "",
            *tags[:30],
            *others[:30],
        ),
    )


def _without(event: dict[str, Any], done: set[int]) -> dict[str, Any]:
    """Return an event without the attributes that are dealt with, each by the ``id`` of its object here."""
    left = {
        name: value
        for name, value in event.items()
        if name not in {"Attribute", "Object"} or not (value is None or isinstance(value, list))
    }
    kept = [one for one in _list(event.get("Attribute")) if id(one) not in done]
    if kept:
        left["Attribute"] = kept
    shapes = []
    for thing in _list(event.get("Object")):
        shape = dict(thing) if isinstance(thing, dict) else thing
        if isinstance(thing, dict) and isinstance(thing.get("Attribute"), list):
            shape["Attribute"] = [one for one in thing["Attribute"] if id(one) not in done]
            if not shape["Attribute"]:
                del shape["Attribute"]
        shapes.append(shape)
    if shapes:
        left["Object"] = shapes
    return left


def _tags(thing: dict[str, Any]) -> list[str]:
    return [text_of(tag.get("name")) for tag in _list(thing.get("Tag")) if isinstance(tag, dict)]


def _seconds(value: Any) -> int | None:
    text = text_of(value)
    seconds = int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else 0
    return seconds * 1000 if 0 < seconds * 1000 < LATEST else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
