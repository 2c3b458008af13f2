"""The alert files that ship with the program: invented, for trying it out."""

from __future__ import annotations

from pathlib import Path

from triage_app.domain.mapping import Mapping
from triage_app.paths import resources


def sample_files() -> list[tuple[Path, Mapping | None]]:
    """Return the sample files with the mapping of the table among them, in the order in which they are taken in."""
    folder = resources() / "samples"
    mapping = Mapping.from_json((folder / "edr-alerts.mapping.json").read_text(encoding="utf-8"))
    others = [folder / "suricata-eve.json", *sorted(folder.glob("shadowserver-*.csv"))]
    return [(folder / "edr-alerts.csv", mapping), *((path, None) for path in others)]
