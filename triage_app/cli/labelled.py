"""Records for a person at a terminal: a label and a value a line, what lies within set in under its label."""

from __future__ import annotations

from typing import Any, Final

_WIDEST: Final = 22
"""Characters of labels that values are set behind; a longer label pushes its own value on."""


def labelled(data: Any) -> str:
    """Return plain data as lines; what is empty is left out."""
    return "\n".join(_lines(data, "")) or "None."


def _lines(data: Any, inset: str) -> list[str]:
    if isinstance(data, dict):
        return _of_dict(data, inset)
    if isinstance(data, list):
        found: list[str] = []
        for item in data:
            inner = _lines(item, inset + "  ")
            found += [f"{inset}- {inner[0].lstrip()}", *inner[1:]] if inner else []
        return found
    return [f"{inset}{_word(data)}"] if _is_said(data) else []


def _of_dict(data: dict[str, Any], inset: str) -> list[str]:
    said = {str(key).replace("_", " "): value for key, value in data.items() if _is_said(value)}
    width = min(_WIDEST, max(map(len, said), default=0))
    found: list[str] = []
    for label, value in said.items():
        if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
            value = ", ".join(map(_word, value))
        if isinstance(value, dict | list):
            found += [f"{inset}{label}", *_lines(value, inset + "  ")]
            continue
        first, *rest = _word(value).splitlines() or [""]
        found.append(f"{inset}{label.ljust(width)}  {first}")
        found += [f"{inset}{' ' * width}  {line}" for line in rest]
    return found


def _is_said(value: Any) -> bool:
    return value is not None and value != "" and value != [] and value != {}


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
