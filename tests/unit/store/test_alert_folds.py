"""Alerts folded and taken apart by hand: shown as one, nothing lost, the same everywhere and after a rebuild."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.stores import Laptop, copies
from tests.unit.store.evidence import key_of, load, row, take_back
from tests.unit.store.meeting import agree, meet, values
from triage_app.errors import BadInput
from triage_app.services import folding, incidents, keeping, triage
from triage_app.services.alert_filter import read_filter
from triage_app.services.session import Session
from triage_app.services.undo import redo, undo
from triage_app.store import alert_activity, alert_folds, alerts, lookup
from triage_app.store.alerts import AlertFilter
from triage_app.store.state import projection_differences

A, B, C = sorted(map(key_of, ("a", "b", "c")))


def three(session: Session) -> None:
    names = {key_of(name): name for name in ("a", "b", "c")}
    load(
        session,
        [
            row(names[A], 5_000, 30, title="Scan", host="PC-1"),
            row(names[A], 6_000, 30, title="Scan again", host="PC-1"),
            row(names[B], 1_000, 80, title="Beacon", host="PC-2"),
            row(names[C], 9_000, 40, title="Login", host="PC-3"),
        ],
    )


def listed(session: Session, query: str = "") -> list[dict[str, Any]]:
    narrowed = read_filter(session, query) if query else AlertFilter()
    return list(alerts.rows(session.store, alerts.ids(session.store, narrowed)).values())


def whole(session: Session) -> None:
    """Hold that the tables are what a rebuild makes, and that the store proves itself."""
    assert projection_differences(session.store) == []
    assert keeping.verify(session)["ok"]


def test_what_is_folded_is_shown_as_one_with_the_sums_and_the_worst_severity(session: Session) -> None:
    three(session)
    folding.fold(session, [B, A], "one scanner")
    [one, other] = sorted(listed(session), key=lambda found: found["key"])
    assert (one["key"], one["count"], one["first_seen"], one["last_seen"]) == (A, 3, 1_000, 6_000)
    assert (one["severity"], one["parts"], one["title"]) == (80, 1, "Scan again")
    assert (other["key"], other["parts"], other["count"]) == (C, 0, 1)
    [part] = listed(session, "is:folded")
    assert (part["key"], part["state"], part["folded_into"], part["severity"]) == (B, "folded", A, 80)
    [link] = alert_folds.links_among(session.store, [A, B])
    assert link.because == "one scanner"
    assert sum(alert_activity.activity(session.store, A)) == 3
    assert len(lookup.sightings(session.store, A)) == 3
    whole(session)


def test_a_fold_is_found_by_what_any_of_its_parts_says(session: Session) -> None:
    three(session)
    folding.fold(session, [A, B])
    for query in ("beacon", "host:PC-2", "is:any beacon", "src:“Ward box” beacon"):
        assert [found["key"] for found in listed(session, query)] == [A], query
    assert [found["key"] for found in listed(session, "-host:PC-2")] == [C]


def test_unfolding_shows_each_as_it_was(session: Session) -> None:
    three(session)
    before = session.store.rows("SELECT hex(key), rows, first_seen, last_seen, severity, state FROM alert ORDER BY 1")
    folding.fold(session, [A, B, C])
    assert len(listed(session)) == 1
    folding.unfold(session, A)
    after = session.store.rows("SELECT hex(key), rows, first_seen, last_seen, severity, state FROM alert ORDER BY 1")
    assert after == before
    whole(session)


def test_a_fold_is_undone_and_redone_as_any_act(session: Session) -> None:
    three(session)
    folding.fold(session, [A, B])
    undo(session)
    assert len(listed(session)) == 3
    redo(session)
    assert len(listed(session)) == 2
    undo(session, folding.unfold(session, A).act)
    assert len(listed(session)) == 2
    whole(session)


def test_one_part_is_taken_out_alone_even_the_one_that_holds_the_others(session: Session) -> None:
    three(session)
    folding.fold(session, [A, B, C])
    folding.unfold(session, C)
    assert sorted((found["key"], found["parts"]) for found in listed(session)) == sorted([(A, 1), (C, 0)])
    folding.fold(session, [A, C])
    folding.unfold(session, B)
    assert sorted((found["key"], found["count"]) for found in listed(session)) == sorted([(A, 3), (B, 1)])
    whole(session)


def test_a_decision_about_a_fold_is_one_about_all_of_it_and_one_undo(session: Session) -> None:
    three(session)
    folding.fold(session, [A, B])
    done = triage.dismiss(session, [A], "benign", "known scanner")
    assert [found["key"] for found in listed(session)] == [C]
    assert {entity for kind, entity in done.touched if kind == "alert"} == {A, B}
    folding.unfold(session, A)
    assert sorted(found["key"] for found in listed(session, "is:dismissed")) == sorted([A, B])
    undo(session, done.act)
    assert len(listed(session)) == 3
    whole(session)


def test_a_fold_goes_into_an_incident_whole_and_is_one_there(session: Session) -> None:
    three(session)
    folding.fold(session, [A, B])
    made = triage.promote(session, [A])
    assert lookup.linked_keys(session.store, made.id) == sorted([A, B])
    assert len(lookup.linked_alerts(session.store, made.id)) == 1
    assert [found["id"] for found in lookup.incidents_of_alert(session.store, A)] == [made.id]
    triage.unlink(session, [A], made.id)
    assert lookup.linked_keys(session.store, made.id) == []
    whole(session)


def test_what_is_in_different_incidents_is_not_folded_and_the_sentence_says_why(session: Session) -> None:
    three(session)
    one = triage.promote(session, [A])
    with pytest.raises(BadInput, match=f"part of {one.ref}.*of no incident"):
        folding.fold(session, [A, B])
    other = triage.promote(session, [B])
    with pytest.raises(BadInput, match=f"{one.ref}.*{other.ref}"):
        folding.fold(session, [A, B])
    assert not alert_folds.is_any(session.store)


def test_what_is_decided_differently_is_not_folded(session: Session) -> None:
    three(session)
    triage.dismiss(session, [A], "false-positive")
    with pytest.raises(BadInput, match=r"decided differently.*dismissed, false positive.*new"):
        folding.fold(session, [A, C])
    triage.take_in_hand(session, [B])
    folding.fold(session, [B, C])  # both are open
    with pytest.raises(BadInput, match="cannot be folded"):
        folding.fold(session, [B, C])


def test_the_least_decided_of_a_fold_says_what_is_left_to_do(tmp_path: Path) -> None:
    one, other = copies(tmp_path, 2)
    three(one.session)
    meet(one, other)
    folding.fold(one.session, [A, B])
    triage.dismiss(other.session, [A], "false-positive")
    made = triage.promote(other.session, [C])
    meet(one, other)
    for laptop in (one, other):
        shown = {found["key"]: found["state"] for found in listed(laptop.session, "is:any")}
        assert shown == {A: "new", C: "linked"}
    triage.dismiss(one.session, [A], "benign", "seen before")
    dispositions = dict(one.store.rows("SELECT lower(hex(key)), disposition FROM alert_decision"))
    assert (dispositions[A], dispositions[B]) == ("false-positive", "benign")
    assert made.ref
    agree_after(one, other)


def test_a_part_that_wakes_earlier_wakes_the_fold(session: Session) -> None:
    three(session)
    later = session.now().replace(hour=20)
    triage.snooze(session, [A], later)
    triage.snooze(session, [B], later.replace(hour=15))
    with pytest.raises(BadInput, match="decided differently"):
        folding.fold(session, [A, B])
    triage.snooze(session, [B], later)
    folding.fold(session, [A, B])
    assert [found["key"] for found in listed(session, "is:snoozed")] == [A]


def test_rows_that_come_later_join_the_fold_and_go_with_their_import(session: Session) -> None:
    three(session)
    names = {key_of(name): name for name in ("a", "b", "c")}
    folding.fold(session, [A, B])
    more = load(session, [row(names[B], 20_000, 95, title="Beacon, again"), row("d", 1, 10)], name="more")
    [shown] = [found for found in listed(session) if found["key"] == A]
    assert (shown["count"], shown["last_seen"], shown["severity"]) == (4, 20_000, 95)
    whole(session)
    take_back(session, more.entity)
    [shown] = [found for found in listed(session) if found["key"] == A]
    assert (shown["count"], shown["last_seen"], shown["severity"]) == (3, 6_000, 80)
    whole(session)


def agree_after(*laptops: Laptop) -> None:
    meet(*laptops)
    agree(*laptops)
    facts = ("key", "count", "state", "parts")
    shown = [sorted(tuple(found[name] for name in facts) for found in listed(one.session, "is:any")) for one in laptops]
    assert all(one == shown[0] for one in shown)
    for one in laptops:
        assert projection_differences(one.store) == []
        one.close()


def test_two_folds_that_share_an_alert_are_one(tmp_path: Path) -> None:
    one, other = copies(tmp_path, 2)
    three(one.session)
    meet(one, other)
    folding.fold(one.session, [A, B])
    folding.fold(other.session, [B, C])
    meet(one, other)
    assert [(found["key"], found["parts"], found["count"]) for found in listed(other.session)] == [(A, 2, 4)]
    agree_after(one, other)


def test_folded_here_and_unfolded_there_stands_open_until_somebody_settles_it(tmp_path: Path) -> None:
    one, other = copies(tmp_path, 2)
    three(one.session)
    folding.fold(one.session, [A, B])
    meet(one, other)
    folding.unfold(one.session, A)
    undo(other.session, folding.unfold(other.session, A).act)  # looked, and folded it again
    meet(one, other)
    assert values(one, "fold", f"{A}:{B}", "linked") == values(other, "fold", f"{A}:{B}", "linked")
    agree_after(one, other)


STEPS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["fold", "unfold", "dismiss", "undo", "apart", "together", "meet", "take back"]),
        st.integers(0, 4), st.integers(0, 4),
    ),
    max_size=9,
)  # fmt: skip


@given(STEPS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_folding_and_unfolding_in_any_order_on_two_laptops_comes_to_one(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, str, int, int]]
) -> None:
    pair = copies(tmp_path_factory.mktemp("pair"), 2)
    names = ("a", "b", "c", "d", "e")
    keys = [key_of(name) for name in names]
    load(pair[0].session, [row(name, 1000 * n + 100 * m, 20 * n) for n, name in enumerate(names) for m in range(2)])
    more = load(pair[0].session, [row(name, 90_000_000 + n, 90) for n, name in enumerate(names)], name="more")
    meet(*pair)
    undone = False
    for whose, what, first, second in steps:
        session, other = pair[whose].session, pair[1 - whose]
        try:
            if what == "fold":
                folding.fold(session, [keys[first], keys[second]])
            elif what == "unfold":
                folding.unfold(session, keys[first])
            elif what == "apart":
                folding.unfold(session, keys[first], how="day" if second % 2 else "row")
            elif what == "together":
                folding.put_together(session, keys[first])
            elif what == "dismiss":
                triage.dismiss(session, [keys[first]], "benign", "seen before")
            elif what == "undo":
                undo(session)
            elif what == "take back":
                undone = not undone
                take_back(pair[0].session, more.entity, undone)
            else:
                other.merge(pair[whose].export(other))
        except Exception as error:
            if type(error).__name__ not in ("BadInput", "NotFound"):
                raise
        assert projection_differences(session.store) == []
    agree_after(*pair)


# -- taken apart -------------------------------------------------------------------------------------------


def many(session: Session, days: int = 3) -> str:
    day = 24 * 3_600_000
    load(session, [row("a", n * day // 2 + 5, 10 + n, title=f"Seen {n}") for n in range(2 * days)])
    return key_of("a")


def test_an_alert_is_taken_apart_into_its_rows_and_put_together_again(session: Session) -> None:
    key = many(session)
    triage.snooze(session, [key], session.now().replace(hour=23))
    folding.unfold(session, key)
    shown = listed(session, "is:any")
    assert sorted(found["title"] for found in shown) == [f"Seen {n}" for n in range(6)]
    assert {found["count"] for found in shown} == {1}
    assert {found["state"] for found in shown} == {"snoozed"}  # decided as it was
    whole(session)
    load(session, [row("a", 7, 77, title="Seen later")], name="later")
    assert len(listed(session, "is:any")) == 7
    whole(session)
    folding.put_together(session, shown[0]["key"])
    [one] = listed(session, "is:any")
    assert (one["key"], one["count"]) == (key, 7)
    whole(session)


def test_an_alert_is_taken_apart_by_day(session: Session) -> None:
    key = many(session)
    folding.unfold(session, key, how="day")
    assert sorted(found["count"] for found in listed(session)) == [2, 2, 2]
    undo(session)
    assert [found["count"] for found in listed(session)] == [6]
    whole(session)


def test_parts_of_what_was_taken_apart_are_found_folded_and_promoted_as_any_alert(session: Session) -> None:
    key = many(session)
    folding.unfold(session, key)
    [third] = listed(session, "“Seen 3”")
    made = triage.promote(session, [third["key"]])
    assert len(lookup.linked_alerts(session.store, made.id)) == 1
    with pytest.raises(BadInput, match=made.ref):
        folding.put_together(session, key)
    folding.fold(session, [found["key"] for found in listed(session)][:2])
    assert len(listed(session)) == 4
    whole(session)


def test_what_is_in_an_incident_is_not_taken_apart(session: Session) -> None:
    key = many(session)
    made = triage.promote(session, [key])
    with pytest.raises(BadInput, match=made.ref):
        folding.unfold(session, key)


def test_too_many_rows_are_refused_and_days_are_offered_by_themselves(session: Session) -> None:
    day = 24 * 3_600_000
    load(session, [row("a", n * day // 100, 10, title=f"Seen {n}") for n in range(300)])
    with pytest.raises(BadInput, match="300 alerts would bury the queue"):
        folding.unfold(session, key_of("a"), how="row")
    folding.unfold(session, key_of("a"))
    assert sorted(found["count"] for found in listed(session)) == [100, 100, 100]
    with pytest.raises(BadInput, match="no way"):
        folding.unfold(session, listed(session)[0]["key"], how="week")


def test_what_was_taken_apart_travels_whole_and_proved(trio: list[Laptop]) -> None:
    asha, ben, carys = trio
    load(asha.session, [row("a", n, 10, title=f"Seen {n}") for n in range(3)])
    folding.unfold(asha.session, key_of("a"))
    incident = incidents.open_incident(asha.session, "Loader").id
    triage.link(asha.session, [listed(asha.session, "“Seen 1”")[0]["key"]], incident)
    for _ in range(2):
        ben.merge(asha.export(ben))
        carys.merge(ben.export(carys))
        asha.merge(ben.export(asha))
    for laptop in (asha, ben):
        assert len([found for found in listed(laptop.session, "is:any") if found["title"].startswith("Seen")]) == 3
        assert keeping.verify(laptop.session)["ok"]
    assert keeping.verify(carys.session)["ok"]
