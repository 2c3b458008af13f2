"""Who signed the rows of an import is nothing that another laptop can take over, whatever clock it writes under."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.exchange_group import Group
from tests.scenarios.laptop import PASSPHRASE, Laptop, eve
from tests.scenarios.test_examiner import examine
from triage_app.domain import tlp
from triage_app.store import journal, projections
from triage_app.store.journal import Change


def claim(laptop: Laptop, entity: str, value: Any) -> None:
    """Write over the entry that signs an import's rows, under the oldest clock there is."""
    with laptop.session() as session, session.store.write():
        clock = session.author.clock
        latest = clock.next(0)
        clock._ms, clock._counter = 1, 0
        written = journal.append(
            session.store, session.author, 1, journal.new_act(), [Change("import", entity, "root", value, tlp.GREEN)]
        )
        projections.project_all(session.store, written.touched)
        clock.observe(latest)


@pytest.mark.parametrize("value", [{"root": "ab" * 32, "leaves": 3}, "no root at all"])
@pytest.mark.parametrize("who", ["ben", "linked"])
def test_another_laptops_root_takes_no_proof_from_the_rows_of_an_import(group: Group, who: str, value: Any) -> None:
    asha, carys, other = group.asha, group.carys, getattr(group, who)
    asha.take(asha.write("eve.json", "\n".join(eve(number) for number in range(4)) + "\n"))
    group.pass_on(asha, carys, "early.ctb")
    group.pass_on(asha, other, "other.ctb")
    claim(other, asha.ask("imports", "list")[0]["id"], value)
    for laptop in (asha, carys):
        group.pass_on(other, laptop, f"claimed-{laptop.folder.name}.ctb")
        assert laptop.verified()["ok"]
        code, found, _ = examine(laptop.folder, secret=PASSPHRASE)
        assert code == 0, found
    group.pass_on(asha, group.ben if who != "ben" else group.linked, "late.ctb")
    late = group.ben if who != "ben" else group.linked
    group.pass_on(carys, late, "relayed.ctb", "--full")
    assert late.verified()["ok"]
    with late.session() as session:
        assert session.store.value("SELECT count(*) FROM import_repeat WHERE leaf < 0 OR reading < 0") == 0
