"""A ward's alerts: a large table, and what a store holds of it."""

from __future__ import annotations

from tests.scenarios.laptop import Laptop, row, table
from triage_app.services import keeping


def counts(laptop: Laptop) -> dict[str, int]:
    """Open the store as a new start would, and count what an import changes."""
    with laptop.session() as session:
        tables = ("alert", "evidence_row", "import", "import_range", "import_repeat", "unindexed", "link", "mapping")
        found: dict[str, int] = {name: session.store.value(f"SELECT count(*) FROM {name}") for name in tables}
        found["indexes"] = session.store.value("SELECT count(*) FROM sqlite_master WHERE type = 'index'")
        return found


def sound(laptop: Laptop) -> bool:
    """Whether the store is what its journal says."""
    with laptop.session() as session:
        return bool(keeping.verify(session)["ok"])


def ward_table(count: int, width: int) -> str:
    """Return a table of so many rows, of which every thousandth cannot be read and the last repeats the first."""
    rows = [
        row(number, time="never" if number % 1000 == 500 else "", what=f"Alert {number} " + "beacon " * (width // 7))
        for number in range(count)
    ]
    return table([*rows, rows[0]])
