"""The bytes and hashes that must never change: written once, read for ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).resolve().parents[2] / "data" / "golden"


def golden(name: str) -> Any:
    """Return what ``tests/data/golden/NAME.json`` has held since the first release."""
    return json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
