from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.stores import copies
from tests.unit.store.evidence import Row, folded, load, row, take_back
from triage_app.services import keeping, triage
from triage_app.services.recording import record
from triage_app.services.session import Session
from triage_app.store import alerts, projections, search
from triage_app.store.journal import Change


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


def read_otherwise(name: str, severity: int, key: str = "", title: str = "As it was") -> Row:
    """Return the record called ``name`` as another mapping would read it."""
    found = list(row(name, severity=10))
    found[3], found[6] = severity, title
    found[1] = key or found[1]
    return found


def shown(session: Session) -> list[tuple[Any, ...]]:
    """Return what the rows show, and what the alerts make of it."""
    rows = session.store.rows("SELECT severity, title, lower(hex(key)) FROM evidence_row ORDER BY evidence_id")
    return rows + [alert[:1] + alert[2:] for alert in folded(session.store)]


def sound(session: Session) -> None:
    """Check that all holds together, and that a rebuild makes the same of it."""
    before = shown(session)
    checked = keeping.verify(session)
    assert checked["ok"], checked["problems"]
    with session.store.write():
        projections.rebuild(session.store)
    assert shown(session) == before
    search.index_all(session.store, lambda *_: None)


def test_taking_back_a_second_import_gives_its_rows_back_what_the_first_one_read(session: Session) -> None:
    load(session, [row("one", severity=10), row("two", severity=10)])
    search.index_all(session.store, lambda *_: None)
    before = shown(session)
    second = load(session, [read_otherwise("one", 90, "cd" * 16, "Otherwise")])
    after = shown(session)
    assert after != before
    take_back(session, second.entity)
    assert shown(session) == before
    assert search.is_whole(session.store)
    sound(session)
    take_back(session, second.entity, undone=False)
    assert shown(session) == after
    sound(session)


def test_the_newest_import_that_stands_is_the_one_whose_reading_counts(session: Session) -> None:
    made = [load(session, [read_otherwise("one", severity)]) for severity in (10, 20, 30)]
    take_back(session, made[1].entity)
    assert shown(session)[0][0] == 30
    take_back(session, made[2].entity)
    assert shown(session)[0][0] == 10
    take_back(session, made[1].entity, undone=False)
    assert shown(session)[0][0] == 20
    take_back(session, made[0].entity)
    assert shown(session)[0][0] == 20
    sound(session)


def test_rows_that_are_read_as_before_cost_nothing(session: Session) -> None:
    rows = [row(f"n{number}", severity=10) for number in range(30)]
    load(session, rows)
    load(session, rows)
    assert session.store.value("SELECT count(*) FROM reading") == 0
    others = [read_otherwise(f"n{number}", 90, title="") for number in range(30)]
    for _ in range(3):
        load(session, others)
        load(session, rows)
    assert session.store.value("SELECT count(*) FROM reading") == 60
    assert session.store.value("SELECT max(length(json)) FROM reading") < 40
    sound(session)


def test_an_import_that_repeats_a_later_reading_keeps_it_when_the_other_is_taken_back(session: Session) -> None:
    load(session, [row("one", severity=10)])
    second = load(session, [read_otherwise("one", 90)])
    load(session, [read_otherwise("one", 90)])
    take_back(session, second.entity)
    assert shown(session)[0][0] == 90
    sound(session)


def test_rows_join_another_alert_only_while_nobody_has_decided_on_theirs(session: Session) -> None:
    load(session, [row("one", severity=10)])
    key = bytes(session.store.value("SELECT key FROM alert")).hex()
    dismissed = triage.dismiss(session, [key], "benign")
    second = load(session, [read_otherwise("one", 90, "cd" * 16)])
    assert shown(session)[0] == (90, "As it was", key)
    take_back(session, second.entity)
    assert shown(session)[0] == (10, "", key)
    take_back(session, second.entity, undone=False)
    assert shown(session)[0] == (90, "As it was", key)
    assert dismissed.act
    sound(session)


def test_a_decision_that_comes_later_fetches_the_rows_back_to_its_alert(session: Session) -> None:
    load(session, [row("one", severity=10)])
    key = bytes(session.store.value("SELECT key FROM alert")).hex()
    load(session, [read_otherwise("one", 90, "cd" * 16)])
    assert shown(session)[0][2] == "cd" * 16
    record(session, "Noted", [Change("alert", key, "triage", {"state": "dismissed"}, "TLP:AMBER")])
    assert shown(session)[0] == (90, "As it was", key)
    assert [alert[0].lower() for alert in folded(session.store)] == [key]
    sound(session)


def test_a_reading_that_was_planted_is_found(session: Session) -> None:
    load(session, [row("one", severity=10)])
    load(session, [read_otherwise("one", 90)])
    sound(session)
    with session.store.write():
        session.store.execute('UPDATE reading SET json = \'{"rest": "{}"}\' WHERE n = 0')
    assert not keeping.verify(session)["ok"]
    with session.store.write():
        session.store.execute("UPDATE reading SET json = '{}' WHERE n = 0")
        session.store.execute("UPDATE import_repeat SET reading = 7")
    assert not keeping.verify(session)["ok"]


_readings = st.dictionaries(st.integers(0, 1), st.integers(0, 2), min_size=1)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("import"), _readings),
            st.tuples(st.sampled_from(["take back", "put back"]), st.integers(0, 5)),
            st.tuples(st.just("decide"), st.integers(0, 2)),
        ),
        min_size=4,
        max_size=10,
    )
)
def test_what_is_shown_is_what_the_newest_standing_import_read_whatever_was_done(steps: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory(prefix="triage-readings-") as folder:
        (laptop,) = copies(Path(folder))
        session = laptop.session
        made: list[list[Any]] = []  # entity, whether it stands, what it read
        for what, value in steps:
            if what == "import":
                rows = [read_otherwise(f"n{one}", 10 * way, f"{way:02d}" * 16) for one, way in value.items()]
                made.append([load(session, rows).entity, True, value])
            elif what == "decide":
                decision = Change("alert", f"{value:02d}" * 16, "triage", {"state": "in hand"}, "TLP:AMBER")
                record(session, "Decided", [decision])
            elif made:
                one = made[value % len(made)]
                one[1] = what == "put back"
                take_back(session, one[0], undone=not one[1])
            search.index_all(session.store, lambda *_: None)
        for name in range(2):
            standing = [read[name] for _, stands, read in made if stands and name in read]
            evidence_id = bytes.fromhex(row(f"n{name}", severity=10)[0])
            found = session.store.value("SELECT severity FROM evidence_row WHERE evidence_id = ?", (evidence_id,))
            assert not standing or found == 10 * standing[-1]
        sound(session)
        laptop.close()
