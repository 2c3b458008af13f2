from __future__ import annotations

from tests.unit.store.evidence import folded, load, row, take_back
from triage_app.services.session import Session
from triage_app.store import search


def test_a_file_read_wrongly_and_taken_back_is_read_anew(session: Session) -> None:
    first = load(session, [row("one", severity=10, organisation="RAA", title="Wrong")])
    search.index_all(session.store, lambda *_: None)
    take_back(session, first.entity)
    again = list(row("one", severity=10, organisation="RAA", title="Wrong"))
    again[3], again[6], again[16], again[1] = 90, "Right", "RBB", "ab" * 16
    assert load(session, [again]).new == 1
    (found,) = session.store.dicts("SELECT severity, title, organisation, lower(hex(key)) AS key FROM evidence_row")
    assert found == {"severity": 90, "title": "Right", "organisation": "RBB", "key": "ab" * 16}
    assert [alert[0] for alert in folded(session.store)] == ["AB" * 16]
    assert search.is_whole(session.store)


def test_a_standing_import_keeps_its_reading(session: Session) -> None:
    load(session, [row("one", severity=10, title="As it was")])
    other = list(row("one", severity=10, title="As it was"))
    other[6] = "Otherwise"
    assert load(session, [other]).new == 0
    assert session.store.value("SELECT title FROM evidence_row") == "As it was"
