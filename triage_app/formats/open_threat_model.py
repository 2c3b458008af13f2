"""Open Threat Model (OTM), in JSON or YAML: one row a threat, with the parts of the system that it threatens.

Both languages give the same keys and the same evidence for the same model. Components, flows and assets
are no threats: they are counted, and those a threat belongs to stand in its row.
"""

from __future__ import annotations

import re
from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.formats.building import Builder, text_of
from triage_app.formats.decoding import TextSource
from triage_app.formats.head import Head
from triage_app.formats.records import Output, compact
from triage_app.formats.registry import Context
from triage_app.formats.threat_models import KIND, MAX_THREATS, document, layout_of, objects, refused, small, words

FORMAT: Final = "otm"
TITLE: Final = "Open Threat Model"
SOURCE: Final = "Open Threat Model"
LAYOUT: Final = layout_of(FORMAT, SOURCE)
RISK_RULE: Final = "otm-risk/1"
"""Severity is likelihood times impact, both 0 to 100 in OTM, over 100."""

_PARTS: Final = {
    "components": "component",
    "dataflows": "data flow",
    "assets": "asset",
    "trustZones": "trust zone",
    "representations": "representation",
}
_YAML = re.compile(r"(?m)^otmVersion[ \t]*:[ \t]*\S")
_YAML_PROJECT = re.compile(r"(?m)^project[ \t]*:")


def recognise(head: Head) -> str | None:
    """Return why a file is an Open Threat Model, or None."""
    if head.json is not None:
        first = head.json.first
        if isinstance(first.get("otmVersion"), str | int | float) and "project" in first:
            return f"Open Threat Model in JSON: {head.json.how} with otmVersion {text_of(first['otmVersion'])[:20]}."
        return None
    start = head.stripped[:65536]
    if not start.startswith(("{", "[", "<")) and _YAML.search(start) and _YAML_PROJECT.search(start):
        return "Open Threat Model in YAML: otmVersion and project at its top."
    return None


def layout(head: Head) -> Layout:
    """Return how threats lie in the columns."""
    return LAYOUT


def read(source: TextSource, output: Output, context: Context) -> None:
    """Send every threat of the model to ``output``."""
    in_yaml = not context.head.stripped.startswith("{")
    model = document(source, context.name, TITLE, yaml=in_yaml)
    project, threats = model.get("project"), model.get("threats")
    if not isinstance(project, dict):
        raise refused(context.name, TITLE, "its project is missing")
    if threats is not None and not isinstance(threats, list):
        raise refused(context.name, TITLE, "its threats are no list")
    if len(threats or []) > MAX_THREATS:
        raise refused(context.name, TITLE, f"it has more than {MAX_THREATS} threats")
    builder = Builder(LAYOUT, KIND, context.organisation)
    if not threats:
        output.row(_model_row(builder, model, project))
        return
    uses, mitigations = _uses(model), _by_id(model.get("mitigations"))
    for threat in threats:
        try:
            row = _threat_row(builder, model, threat, uses, mitigations)
        except ValueError as error:
            output.reject(1, str(error), compact(threat))
        else:
            output.row(row)
    for name, kind in _PARTS.items():
        for _ in objects(model.get(name)):
            output.ignore(kind)


def _uses(model: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return threat id → where it is used: the part, the state, and the mitigations with theirs."""
    uses: dict[str, list[dict[str, Any]]] = {}
    for name in ("components", "dataflows"):
        for part in objects(model.get(name)):
            for use in objects(part.get("threats")):
                found = {"part": _PARTS[name], "id": part.get("id"), "name": part.get("name"), "use": use}
                uses.setdefault(text_of(use.get("threat")), []).append(small(found, "part", "id", "name"))
    return uses


def _by_id(value: Any) -> dict[str, dict[str, Any]]:
    return {text_of(item.get("id")): small(item, "id", "name", "riskReduction") for item in objects(value)}


def _threat_row(
    builder: Builder,
    model: dict[str, Any],
    threat: Any,
    uses: dict[str, list[dict[str, Any]]],
    mitigations: dict[str, dict[str, Any]],
) -> list[Any]:
    if not isinstance(threat, dict) or not threat:
        raise ValueError("a threat is not an object")
    project = model["project"]
    number, name = text_of(threat.get("id")), text_of(threat.get("name"))
    used = uses.get(number, []) if number else []
    named: dict[str, dict[str, Any]] = {}
    for use in used:
        for applied in objects(use.get("use", {}).get("mitigations")):
            known = mitigations.get(text_of(applied.get("mitigation")))
            if known is not None:
                named[text_of(applied.get("mitigation"))] = known
    record = {
        "otmVersion": model.get("otmVersion"),
        "project": small(project, "id", "name", "owner"),
        "threat": threat,
        "usedBy": used,
        "mitigations": list(named.values()),
    }
    return builder.row(
        record,
        key=builder.key(f"{_identity(project)}/{number or name or compact(threat)}"),
        severity=_risk(threat.get("risk")),
        value=number,
        title=name or text_of(threat.get("description")) or f"Threat {number}",
        reference=text_of(project.get("id")),
        category=", ".join(filter(None, map(text_of, _list(threat.get("categories"))))),
        host=", ".join(dict.fromkeys(filter(None, (text_of(use.get("name")) for use in used)))),
        detail=words(text_of(threat.get("description")), *_states(used, mitigations)),
    )


def _states(used: list[dict[str, Any]], mitigations: dict[str, dict[str, Any]]) -> list[str]:
    """Return in words how each part stands with the threat."""
    said = []
    for use in used:
        inner = use.get("use", {})
        counter = [
            f"{text_of(mitigations.get(text_of(item.get('mitigation')), {}).get('name')) or 'a mitigation'} "
            f"{text_of(item.get('state'))}".strip()
            for item in objects(inner.get("mitigations"))
        ]
        state = ", ".join(filter(None, [text_of(inner.get("state")), *counter]))
        said.append(f"{text_of(use.get('name')) or use.get('part')}: {state}" if state else "")
    return said


def _model_row(builder: Builder, model: dict[str, Any], project: dict[str, Any]) -> list[Any]:
    return builder.row(
        model,
        key=builder.key(_identity(project)),
        value=text_of(project.get("id")),
        title=text_of(project.get("name")) or "Threat model without a name",
        reference=text_of(project.get("id")),
        category="model without threats",
        detail=text_of(project.get("description")),
    )


def _identity(project: dict[str, Any]) -> str:
    return text_of(project.get("id")) or text_of(project.get("name"))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _risk(risk: Any) -> tuple[int, str, str] | None:
    """Return likelihood times impact as a severity, None where the model does not give both."""
    if not isinstance(risk, dict):
        return None
    likelihood, impact = risk.get("likelihood"), risk.get("impact")
    if any(isinstance(part, bool) or not isinstance(part, int | float) for part in (likelihood, impact)):
        return None
    if not (0 <= likelihood <= 100 and 0 <= impact <= 100):  # type: ignore[operator]
        return None
    raw = f"likelihood {text_of(likelihood)}, impact {text_of(impact)}"
    return round(likelihood * impact / 100), raw, RISK_RULE  # type: ignore[operator]
