"""OWASP Threat Dragon 1 and 2: one row a threat, with the part of the diagram that it threatens.

Version 1 keeps a diagram under ``diagramJson`` and the threats on its cells, version 2 keeps cells in the
diagram and the threats under their ``data``. Parts without threats are counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, at, graded, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.records import Output, compact
from triage_app.formats.registry import Context
from triage_app.formats.threat_models import KIND, MAX_THREATS, document, layout_of, objects, refused, small, words

FORMAT: Final = "threat-dragon"
TITLE: Final = "OWASP Threat Dragon"
SOURCE: Final = "Threat Dragon"
LAYOUT: Final = layout_of(FORMAT, SOURCE)

_DETAIL: Final = ("detail", "details")
_MARKS: Final = frozenset(
    ["contributors", "contribute", "diagrams", "diagramming", "diagramTop", "reviewer", "threatTop"]
)
_DRAWING: Final = frozenset(["position", "size", "attrs", "angle", "z", "zIndex", "vertices", "labels", "connector"])
"""What a cell says about how it is drawn."""


def recognise(head: Head) -> str | None:
    """Return why a file is a Threat Dragon model, a damaged one included, or None."""
    if head.json is None or len(head.json.records) != 1:
        return None
    first = head.json.first
    detail = next((first[name] for name in _DETAIL if isinstance(first.get(name), dict)), None)
    if not isinstance(first.get("summary"), dict) or detail is None or len(_MARKS & set(detail)) < 2:
        return None
    version = text_of(first.get("version"))[:20]
    return f"Threat Dragon model{f' of version {version}' if version else ''}: a summary and its diagrams."


def layout(head: Head) -> Layout:
    """Return how threats lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every threat of the model to ``output``."""
    model = document(source, context.name, TITLE)
    _check(model, context.name)
    builder = Builder(LAYOUT, KIND, context.organisation)
    count = 0
    for diagram, cell, threats in _cells(model):
        if not threats:
            output.ignore(_kind_of(cell))
        for number, threat in enumerate(threats):
            count += 1
            if count > MAX_THREATS:
                raise refused(context.name, TITLE, f"it has more than {MAX_THREATS} threats")
            try:
                row = _threat_row(builder, model, diagram, cell, threat, number)
            except ValueError as error:
                output.reject(1, str(error), compact(threat))
            else:
                output.row(row)
    if count == 0:
        try:
            row = _model_row(builder, model)
        except ValueError as error:
            raise refused(context.name, TITLE, str(error)) from None
        output.row(row)


def _check(model: dict[str, Any], name: str) -> None:
    """Raise ``BadFile`` for a model that is not built as one."""
    summary, detail = model.get("summary"), model.get("detail")
    if not isinstance(summary, dict) or not isinstance(summary.get("title"), str):
        raise refused(name, TITLE, "its summary has no title")
    if not isinstance(detail, dict):
        raise refused(name, TITLE, "its detail is missing")
    diagrams = detail.get("diagrams")
    if not isinstance(diagrams, list):
        raise refused(name, TITLE, "its diagrams are no list")
    if not all(isinstance(diagram, dict) for diagram in diagrams):
        raise refused(name, TITLE, "a diagram is not an object")


def _cells(model: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any], list[Any]]]:
    """Yield (diagram, cell, its threats)."""
    for diagram in objects(model["detail"]["diagrams"]):
        cells = diagram.get("cells")
        for cell in objects(cells if isinstance(cells, list) else at(diagram, "diagramJson", "cells")):
            threats = at(cell, "data", "threats")
            threats = threats if isinstance(threats, list) else cell.get("threats")
            yield diagram, cell, threats if isinstance(threats, list) else []


def _threat_row(
    builder: Builder, model: dict[str, Any], diagram: dict[str, Any], cell: dict[str, Any], threat: Any, number: int
) -> list[Any]:
    if not isinstance(threat, dict) or not threat:
        raise ValueError("a threat is not an object")
    title, own = text_of(threat.get("title")), text_of(threat.get("id"))
    model_title, cell_id = text_of(model["summary"]["title"]), text_of(cell.get("id"))
    value = own or f"{cell_id}/{number + 1}"
    severity = text_of(threat.get("severity"))
    record = {
        "version": text_of(model.get("version")),
        "summary": small(model["summary"], "title", "owner", "id"),
        "diagram": small({name: diagram[name] for name in ("id", "title", "diagramType") if name in diagram}, "id"),
        "component": small(_component(cell), "id", "type", "name"),
        "threat": threat,
    }
    return builder.row(
        record,
        key=builder.key(f"{model_title}/{value}"),
        severity=graded("words", severity) if severity else None,
        value=value,
        title=title or text_of(threat.get("description")) or f"Threat {value}",
        reference=model_title,
        category=text_of(threat.get("type")),
        host=_name(cell),
        detail=words(
            text_of(threat.get("status")), text_of(threat.get("description")), text_of(threat.get("mitigation"))
        ),
    )


def _component(cell: dict[str, Any]) -> dict[str, Any]:
    """Return a cell without its drawing and its threats."""
    kept = {name: value for name, value in cell.items() if name not in _DRAWING and name != "threats"}
    data = cell.get("data")
    if isinstance(data, dict):
        kept["data"] = {name: value for name, value in data.items() if name != "threats"}
    return kept | {"name": _name(cell)}


def _name(cell: dict[str, Any]) -> str:
    """Return what a part is called: in version 1 the name is drawn, as a label or a text."""
    named = text_of(at(cell, "data", "name")) or text_of(at(cell, "attrs", "text", "text"))
    if not named:
        labels = objects(cell.get("labels"))
        named = text_of(at(labels[0], "attrs", "text", "text")) if labels else ""
    return " ".join(named.split())


def _kind_of(cell: dict[str, Any]) -> str:
    kind = (text_of(at(cell, "data", "type")) or text_of(cell.get("type"))).removeprefix("tm.")[:30].lower()
    return f"{kind or 'part'} without a threat"


def _model_row(builder: Builder, model: dict[str, Any]) -> list[Any]:
    summary = model["summary"]
    return builder.row(
        model,
        key=builder.key(summary["title"]),
        value=text_of(summary.get("id")),
        title=summary["title"] or "Threat model without a name",
        reference=summary["title"],
        category="model without threats",
        detail=text_of(summary.get("description")),
    )
