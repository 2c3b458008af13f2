"""The alert files that ship with the program: invented, for trying it out."""

from __future__ import annotations

from pathlib import Path

from triage_app.paths import resources


def sample_files() -> list[Path]:
    """Return the sample files that a first look takes in, in the order in which they are offered."""
    folder = resources() / "samples"
    return [folder / "edr-alerts.csv", folder / "suricata-eve.json", *sorted(folder.glob("shadowserver-*.csv"))]
