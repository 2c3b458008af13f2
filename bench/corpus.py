"""A synthetic alert table: twelve columns, invented, the same every time."""

from __future__ import annotations

import csv
import random
from pathlib import Path

HEADERS = (
    "id", "time", "severity", "title", "category", "host", "user", "src_ip", "dst_ip", "url", "sha256", "description",
)  # fmt: skip

_SEVERITIES = ("Informational", "Low", "Medium", "High", "Critical")
_TITLES = (
    "Suspicious PowerShell command line",
    "Beacon to known loader",
    "Password spray against accounts",
    "Macro blocked in discharge template",
    "SMB exposed on research range",
    "Sign-in from two countries",
)


def write_alerts(path: Path, rows: int) -> None:
    """Write ``rows`` alerts as CSV: about 330 bytes each, every reference, URL and hash its own."""
    pick = random.Random(20201122)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        for number in range(rows):
            writer.writerow(
                (
                    f"da{number:09d}",
                    f"2026-11-{1 + number % 22:02d}T{number % 24:02d}:{number % 60:02d}:{number * 7 % 60:02d}Z",
                    pick.choice(_SEVERITIES),
                    pick.choice(_TITLES),
                    "Malware",
                    f"WARD{number % 97}-PC-{number % 3001:04d}",
                    f"user{number % 9001}",
                    f"10.{number % 200}.{number // 7 % 250}.{number % 250}",
                    f"198.51.100.{number % 250}",
                    f"https://host{number % 5003}.example/a/{number % 77}?q={number}",
                    f"{pick.getrandbits(256):064x}",
                    f"Process winword.exe started cmd.exe with an encoded command; blocked by policy {number % 13}",
                )
            )
