"""The labels of all incidents, found together, are those that each has by itself."""

from __future__ import annotations

from pathlib import Path

from tests.stores import body, copies, write_raw
from triage_app.services import incidents
from triage_app.store import labels


def test_the_labels_of_all_incidents_are_those_of_each(tmp_path: Path) -> None:
    a, b = copies(tmp_path, 2)
    try:
        names = [incidents.open_incident(a.session, f"Matter {number}").id for number in range(5)]
        for name, label in zip(names, ("GREEN", "CLEAR", "RED", "GREEN"), strict=False):
            incidents.classify(a.session, name, label=label)
        b.merge(a.export(b, reader="Asha"))
        known = {row["id"] for row in b.rows("incident")}
        for name in known & set(names[:2]):
            incidents.classify(b.session, name, label="AMBER")  # another's word, which answers ours
        incidents.classify(a.session, names[1], label="GREEN")  # and one beside it
        a.merge(b.export(a, reader="Asha"))
        write_raw(a, body(a, "incident", names[3], "tlp", "NOBODY KNOWS IT"))
        for laptop in (a, b):
            here = {row["id"] for row in laptop.rows("incident")}
            assert labels.of_incidents(laptop.store) == {name: labels.of_incident(laptop.store, name) for name in here}
        assert len(set(labels.of_incidents(a.store).values())) > 2
    finally:
        a.close()
        b.close()
