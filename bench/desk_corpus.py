"""Alerts as a large desk has them: five sources, a long tail of titles, most of them minor, some said again."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Final

from bench.corpus import HEADERS

SOURCES: Final = (
    ("Defender", 0.5), ("Suricata", 0.26), ("Wazuh", 0.14), ("Mail gateway", 0.07), ("Northmoor EDR", 0.03),
)  # fmt: skip
"""Who reports, and how much of it all."""

_SEVERITIES: Final = ("Informational", "Low", "Medium", "High", "Critical")
_WEIGHTS: Final = (30, 36, 22, 9, 3)
_TITLES: Final = (
    ("Suspicious PowerShell command line on {host}", "Execution"),
    ("Beacon to known loader {name}", "Command and control"),
    ("Password spray against {many} accounts", "Credential access"),
    ("Macro blocked in discharge template {many}", "Initial access"),
    ("SMB exposed on research range {many}", "Exposure"),
    ("Sign-in from two countries by {user}", "Initial access"),
    ("ET SCAN port {many} sweep", "Reconnaissance"),
    ("Phishing mail with attachment {name}.docm", "Initial access"),
    ("Unsigned driver {name}.sys loaded", "Persistence"),
    ("Scheduled task {name} created", "Persistence"),
)
_SYLLABLES: Final = ("qak", "emo", "tri", "lok", "ryu", "con", "dri", "gul", "mir", "zeu", "pan", "vid")
_AGAIN: Final = 20
"""Of so many rows one is said a second time."""


def write_tables(folder: Path, rows: int) -> list[tuple[Path, str]]:
    """Write a table for each source: ``rows`` alerts in all, a twentieth said again. Return each with its source."""
    written = []
    left = rows
    for place, (source, share) in enumerate(SOURCES):
        many = left if place == len(SOURCES) - 1 else min(left, round(rows * share))
        left -= many
        path = folder / f"source{place}.csv"
        write_table(path, many, seed=place)
        written.append((path, source))
    return written


def write_table(path: Path, rows: int, seed: int = 0) -> None:
    """Write one table of so many alerts."""
    pick = random.Random(2020 + seed)
    names = [a + b + c for a in _SYLLABLES for b in _SYLLABLES for c in ("bot", "ware", "kit", "rat")]
    organisations = [f"R{chr(65 + n % 23)}{chr(65 + n // 23)}" for n in range(180)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow((*HEADERS, "organisation"))
        for number in range(rows):
            line = _line(pick, names, organisations, f"d{seed}{number:09d}")
            writer.writerow(line)
            if not number % _AGAIN:
                writer.writerow((line[0], f"2026-11-23T{number % 24:02d}:10:00Z", *line[2:]))


def _line(pick: random.Random, names: list[str], organisations: list[str], reference: str) -> tuple[str, ...]:
    title, category = _TITLES[int(len(_TITLES) * pick.random() ** 1.6)]
    whose = organisations[int(len(organisations) * pick.random() ** 2)]
    host, user = f"{whose}-PC-{int(4000 * pick.random()):04d}", f"user{int(20000 * pick.random())}"
    name, many = names[int(len(names) * pick.random() ** 2)], int(3000 * pick.random() ** 3)
    moment = f"2026-11-{1 + int(22 * pick.random()):02d}T{int(24 * pick.random()):02d}"
    net = int(60000 * pick.random())
    return (
        reference,
        f"{moment}:{int(60 * pick.random()):02d}:{int(60 * pick.random()):02d}Z",
        pick.choices(_SEVERITIES, _WEIGHTS)[0],
        title.format(host=host, name=name, user=user, many=many),
        category,
        host,
        user,
        f"10.{net % 200}.{net // 200 % 250}.{net % 250}",
        f"198.51.100.{int(250 * pick.random())}",
        f"https://{name}{int(90 * pick.random())}.example/a/{reference[-3:]}?q={reference}",
        f"{pick.getrandbits(256):064x}",
        f"Process winword.exe started {name}.exe with an encoded command; blocked by policy {many % 13}",
        whose,
    )
