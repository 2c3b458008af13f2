"""Two laptops read one file in two ways, and its rows fold into different alerts: one outcome, no decision lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.scenarios.exchange_group import Group
from tests.scenarios.laptop import MAPPING, Laptop, row, table


def read_as(laptop: Laptop, reference: bool) -> None:
    """Import one and the same table, with the column of its references or without."""
    mapping: dict[str, Any] = json.loads(json.dumps(MAPPING))
    if not reference:
        del mapping["columns"]["reference"]
    file = laptop.write("mapping.json", json.dumps(mapping))
    data = laptop.write("ward.csv", table([row(1), row(1, ref="W-2"), row(3, what="Sweep of the ward")]))
    laptop.take(data, words=("--mapping", str(file)))


@pytest.mark.parametrize("ben_first", [True, False])
def test_the_reading_that_counts_is_the_same_everywhere_and_decisions_stay(group: Group, ben_first: bool) -> None:
    asha, ben, carys = group.asha, group.ben, group.carys
    read_as(asha, reference=True)
    read_as(ben, reference=False)
    assert len(asha.alerts()) == 3
    assert len(ben.alerts()) == 2
    folded = next(one for one in ben.alerts() if "Beacon" in one["title"])
    ref = ben.ask("alert", "promote", folded["id"], "--title", "Ben's")["ref"]
    for number, one in enumerate([ben, asha] if ben_first else [asha, ben]):
        group.pass_on(one, carys, f"to-carys-{number}.ctb")
    laptops = (asha, ben, carys)
    for turn in range(2):
        for one in laptops:
            for other in laptops:
                if one is not other:
                    group.pass_on(one, other, f"level-{turn}.ctb")
    seen = [sorted((one["id"], one["title"], one["state"]) for one in laptop.alerts()) for laptop in laptops]
    assert seen[0] == seen[1] == seen[2]
    for laptop in laptops:
        assert laptop.verified()["ok"]
        assert laptop.ask("incident", "show", ref)["title"] == "Ben's"
        assert laptop.ask("conflicts", "list") == []
