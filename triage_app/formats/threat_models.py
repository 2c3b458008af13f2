"""What the formats of threat models share: one document of a few megabytes, one row a threat."""

from __future__ import annotations

from typing import Any, Final

from triage_app.domain.evidence import Layout
from triage_app.errors import BadFile
from triage_app.formats import strict_json, strict_yaml
from triage_app.formats.decoding import TextSource
from triage_app.formats.records import compact
from triage_app.formats.strict_json import BadRecord
from triage_app.language import say

LIMIT: Final = 4_000_000
"""Characters of one model."""

MAX_THREATS: Final = 10_000
SMALL: Final = 2_000
"""Characters of what every row of a model repeats; a longer description stays out of the rows."""

KIND: Final = "threat-model"


def layout_of(format_name: str, source: str) -> Layout:
    """Return a layout in which no column holds a raw value alone: models name their parts too differently."""
    return Layout(format_name, source, {})


def document(source: TextSource, name: str, title: str, *, yaml: bool = False) -> dict[str, Any]:
    """Return the one object of a file; raise ``BadFile`` with the reason if it cannot be read."""
    source.json = True
    parts: list[str] = []
    size = 0
    for block in source.blocks():
        size += len(block)
        if size > LIMIT:
            raise BadFile(
                say("{0} is larger than {1} MB, more than a threat model may be.", name, LIMIT // 1000000),
                "Ask the sender for the model alone, without pictures.",
            )
        parts.append(block)
    text = "".join(parts).lstrip("\ufeff")
    try:
        value = strict_yaml.loads(text) if yaml else strict_json.loads(text)
    except BadRecord as error:
        raise refused(name, title, str(error)) from None
    if not isinstance(value, dict):
        raise refused(name, title, "it is no object")
    return value


def refused(name: str, title: str, reason: str) -> BadFile:
    """Return the error for a model that is not what its format says."""
    return BadFile(
        say("{0} looks like a model of {1} but cannot be read: {2}.", name, title, reason),
        "Save it again in the program that made it, and import that.",
    )


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; none where there is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def small(value: Any, *keep: str) -> Any:
    """Return a part that every row repeats, whole if it is small, else only its members named by ``keep``."""
    if len(compact(value)) <= SMALL:
        return value
    if not isinstance(value, dict):
        return None
    return {name: value[name] for name in keep if name in value and len(compact(value[name])) <= SMALL // 4}


def words(*parts: str) -> str:
    """Return sentences that say something, one after another."""
    return "; ".join(part for part in parts if part)
