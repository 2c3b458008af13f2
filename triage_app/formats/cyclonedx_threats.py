"""CycloneDX threat models (TM-BOM): a bill of materials whose components are the parts of a threat model.

A part says what it is in properties named ``cdx:model:…``. A threat is a row; the other parts are counted.
A model that names no threat gives one row for itself. Other CycloneDX files list software, not threats,
and are not taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, at, graded, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.records import Output
from triage_app.formats.registry import Context
from triage_app.formats.threat_models import KIND, MAX_THREATS, document, layout_of, objects, refused, small, words
from triage_app.formats.times import utc_or_none

FORMAT: Final = "cyclonedx-threats"
TITLE: Final = "CycloneDX threat model"
SOURCE: Final = "CycloneDX"
LAYOUT: Final = layout_of(FORMAT, SOURCE)
_PART: Final = "threat-model"
_TYPE: Final = "cdx:model:type"
_THREAT: Final = "threat"


def recognise(head: Head) -> str | None:
    """Return why a file is a CycloneDX threat model, or None."""
    if head.json is None or head.json.first.get("bomFormat") != "CycloneDX":
        return None
    parts = [part for part in _parts(head.json.first) if part.get("type") == _PART]
    if not parts:
        return None
    return f"CycloneDX threat model: among its first components {len(parts)} are parts of a threat model."


def layout(head: Head) -> Layout:
    """Return how threats lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every threat of the model to ``output``."""
    model = document(source, context.name, TITLE)
    if not isinstance(model.get("components"), list):
        raise refused(context.name, TITLE, "its components are no list")
    builder = Builder(LAYOUT, KIND, context.organisation)
    count = 0
    for part in _parts(model):
        properties = _properties(part)
        if properties.get(_TYPE, "").lower() != _THREAT:
            output.ignore(properties.get(_TYPE, text_of(part.get("type")))[:30] or "component")
            continue
        count += 1
        if count > MAX_THREATS:
            raise refused(context.name, TITLE, f"it has more than {MAX_THREATS} threats")
        output.row(_threat_row(builder, model, part, properties))
    if count == 0:
        output.row(_model_row(builder, model))


def _parts(model: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the components and theirs, in their order, without recursion."""
    waiting = objects(model.get("components"))[::-1]
    while waiting:
        part = waiting.pop()
        yield part
        waiting += objects(part.get("components"))[::-1]


def _properties(part: dict[str, Any]) -> dict[str, str]:
    """Return name → value of a part's properties; one that comes twice has its values after one another."""
    found: dict[str, str] = {}
    for item in objects(part.get("properties")):
        name, value = text_of(item.get("name")), text_of(item.get("value"))
        found[name] = f"{found[name]}, {value}" if name in found and len(found[name]) < 2000 else value
    return found


def _model_of(model: dict[str, Any]) -> tuple[str, str]:
    """Return (what names the model, what it is called)."""
    number = text_of(model.get("serialNumber"))
    title = text_of(at(model, "metadata", "component", "name"))
    return number or title, title or "Threat model without a name"


def _threat_row(builder: Builder, model: dict[str, Any], part: dict[str, Any], properties: dict[str, str]) -> list[Any]:
    identity, model_title = _model_of(model)
    number = text_of(part.get("bom-ref"))
    described = text_of(part.get("description"))
    severity = properties.get("cdx:model:threat:severity") or properties.get("cdx:model:severity", "")
    record = {
        "serialNumber": small(text_of(model.get("serialNumber"))),
        "metadata": small(model.get("metadata") or {}, "timestamp"),
        "component": {name: value for name, value in part.items() if name != "components"},
    }
    return builder.row(
        record,
        key=builder.key(f"{identity}/{number or text_of(part.get('name'))}"),
        seen_at=_time(model),
        severity=graded("words", severity) if severity else None,
        value=number,
        title=text_of(part.get("name")) or described or f"Threat {number}",
        reference=model_title,
        category=properties.get("cdx:model:threat:type") or properties.get("cdx:model:threat:category", ""),
        host=properties.get("cdx:model:threat:target", ""),
        detail=words(properties.get("cdx:model:threat:status", ""), described),
    )


def _model_row(builder: Builder, model: dict[str, Any]) -> list[Any]:
    identity, title = _model_of(model)
    return builder.row(
        model,
        key=builder.key(identity),
        seen_at=_time(model),
        value=text_of(model.get("serialNumber")),
        title=title,
        category="model without threats",
        detail=text_of(at(model, "metadata", "component", "description")),
    )


def _time(model: dict[str, Any]) -> int | None:
    return utc_or_none(text_of(at(model, "metadata", "timestamp")))
