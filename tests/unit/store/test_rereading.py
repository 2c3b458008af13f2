from __future__ import annotations

from tests.unit.store.evidence import folded, load, row, take_back
from triage_app.services import triage
from triage_app.services.session import Session
from triage_app.store import alerts, search


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


def test_the_newest_reading_of_a_record_counts(session: Session) -> None:
    load(session, [row("one", severity=10, title="As it was")])
    search.index_all(session.store, lambda *_: None)
    other = list(row("one", severity=10, title="As it was"))
    other[3], other[6], other[1] = 90, "Otherwise", "cd" * 16
    assert load(session, [other]).new == 0
    assert session.store.row("SELECT severity, title, lower(hex(key)) FROM evidence_row") == (
        90,
        "Otherwise",
        "cd" * 16,
    )
    assert [alert[0] for alert in folded(session.store)] == ["CD" * 16]
    assert search.is_whole(session.store)


def test_rows_of_an_alert_on_which_somebody_decided_stay_with_it(session: Session) -> None:
    load(session, [row("one", severity=10, title="As it was")])
    key = bytes(session.store.value("SELECT key FROM alert")).hex()
    triage.dismiss(session, [key], "benign")
    other = list(row("one", severity=10, title="As it was"))
    other[3], other[1] = 90, "cd" * 16
    load(session, [other])
    assert session.store.row("SELECT severity, lower(hex(key)) FROM evidence_row") == (90, key)
    assert session.store.rows("SELECT lower(hex(key)), state, severity FROM alert") == [(key, alerts.DISMISSED, 90)]


def test_a_new_reading_of_many_records_is_held_small_until_it_counts(session: Session) -> None:
    load(session, [row(f"n{number}", severity=10) for number in range(1_200)])
    others = [row(f"n{number}", severity=10) for number in range(1_200)]
    load(session, [[*other[:3], 90, *other[4:]] for other in others], chunk=400)
    assert session.store.rows("SELECT severity, count(*) FROM evidence_row GROUP BY 1") == [(90, 1_200)]
