"""Figures: what is one matter counts once, and what nobody recorded is said."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from triage_app.domain.figures import Case, Support, components, compute, matters

names = st.sampled_from("abcdefgh")
links = st.lists(st.tuples(names, names), max_size=10)
times = st.none() | st.integers(0, 40)
cases = st.lists(
    st.builds(
        Case, names, times, st.none(), times, campaign=st.sampled_from(["", "c", "d"]),
        category=st.none() | st.integers(1, 6),
        left_out=st.sampled_from(["", "", "", "exercise", "duplicate", "discarded"]),
    ),
    unique_by=lambda case: case.id,
)  # fmt: skip
supports = st.lists(
    st.builds(Support, st.uuids().map(str), st.sampled_from(["v1", "v2", "v3"]), st.just(""), names, times)
)


def named(found: Sequence[Support]) -> list[Support]:
    """A victim has one party."""
    return [Support(one.id, one.victim, f"p{one.victim}", one.incident, one.done_at) for one in found]


@given(pairs=links)
def test_what_is_linked_however_far_round_has_one_name_and_nothing_else_has(pairs: list[tuple[str, str]]) -> None:
    found = components("abcdefgh", pairs)
    assert all(found[one] == found[other] for one, other in pairs)
    assert all(found[top] == top <= name for name, top in found.items())
    assert components("abcdefgh", [(other, one) for one, other in reversed(pairs)]) == found


@given(every=cases, pairs=links, given_=supports, start=st.integers(0, 40), length=st.integers(0, 40))
def test_every_breakdown_adds_up_and_no_number_counts_anything_twice(
    every: list[Case], pairs: list[tuple[str, str]], given_: list[Support], start: int, length: int
) -> None:
    found = compute(every, named(given_), pairs, start, start + length)
    for group in (found.by_category, found.by_class, found.by_severity, found.by_status):
        assert sorted(name for ids in group.values() for name in ids) == sorted(found.incidents)
    assert len(set(found.incidents)) == len(found.incidents)
    assert len(set(found.victims)) == len(found.victims) == len(found.supports)
    assert set(found.by_opening) <= set(found.incidents)
    assert not set(found.untimed) & set(found.incidents)


@given(
    every=cases, pairs=links, given_=supports, start=st.integers(0, 40), one=st.integers(0, 20), two=st.integers(0, 20)
)
def test_two_windows_side_by_side_hold_together_what_one_over_both_holds(
    every: list[Case], pairs: list[tuple[str, str]], given_: list[Support], start: int, one: int, two: int
) -> None:
    done = named(given_)
    first = compute(every, done, pairs, start, start + one)
    second = compute(every, done, pairs, start + one, start + one + two)
    both = compute(every, done, pairs, start, start + one + two)
    assert sorted(first.incidents + second.incidents) == sorted(both.incidents)
    assert max(len(first.victims), len(second.victims)) <= len(both.victims) <= len(first.victims) + len(second.victims)


@given(every=cases, pairs=links)
def test_a_matter_takes_the_worst_of_its_incidents_and_their_first_report(
    every: list[Case], pairs: list[tuple[str, str]]
) -> None:
    by_id = {case.id: case for case in every}
    found = matters(every, pairs)
    assert sum(len(one.members) for one in found) <= len(every)
    for one in found:
        members = [by_id[name] for name in one.members]
        assert one.category == min((case.category for case in members if case.category), default=None)
        reported = [case.reported_at for case in members if case.reported_at is not None]
        assert not reported or (one.at == min(reported) and not one.by_opening)
        assert bool(one.left_out) == all(case.left_out for case in members)


def test_a_victim_supported_twice_or_as_two_linked_people_counts_once() -> None:
    case = Case("a", 5, None, 5)
    given_ = [Support("1", "v1", "p1", "a", 10), Support("2", "v1", "p1", "a", 11), Support("3", "v2", "p2", "a", 12)]
    assert compute([case], given_, [], 10, 13).victims == ("v1", "v2")
    found = compute([case], given_, [("p1", "p2")], 10, 13)
    assert (found.victims, found.supports) == (("v1",), {"v1": ("1", "2", "3")})
    assert compute([case], given_, [("p1", "p2")], 12, 13).victims == ("v2",)


def test_support_counts_by_when_it_succeeded_and_not_by_when_the_incident_was_reported() -> None:
    given_ = [Support("1", "v1", "p1", "a", 10), Support("2", "v2", "p2", "a", None)]
    found = compute([Case("a", 2, None, 2)], given_, [], 10, 11)
    assert (found.incidents, found.victims, found.untimed_victims) == ((), ("v1",), ("v2",))
    assert compute([Case("a", 2, None, 2, left_out="exercise")], given_, [], 10, 11).victims == ()


def test_a_time_known_to_the_month_that_an_end_cuts_is_counted_by_its_beginning_and_named() -> None:
    found = compute([Case("a", 8, 20, 1), Case("b", 12, 30, 1), Case("c", None, None, None)], [], [], 10, 20)
    assert (found.incidents, found.across, found.untimed) == (("b",), ("a", "b"), ("c",))


def test_a_campaign_takes_the_whole_matter_with_it() -> None:
    every = [Case("a", 1, None, 1, campaign="c"), Case("b", 2, None, 2)]
    done = [Support("1", "v1", "p1", "b", 3)]
    assert compute(every, done, [], 0, 9, campaign="c").victims == ()
    found = compute(every, done, [("b", "a")], 0, 9, campaign="c")
    assert (found.incidents, found.victims, found.merged) == (("a",), ("v1",), {"a": ("a", "b")})


def test_the_first_moment_of_a_window_is_in_it_and_the_first_after_it_is_not() -> None:
    every = [Case("a", 10, 11, 1), Case("b", 19, 20, 1), Case("c", 20, 21, 1), Case("d", 9, 10, 1)]
    done = [Support(str(at), f"v{at}", f"p{at}", "d", at) for at in (9, 10, 19, 20)]
    found = compute(every, done, [], 10, 20)
    assert (found.incidents, found.victims, found.across) == (("a", "b"), ("v10", "v19"), ())


def test_who_was_helped_on_a_duplicate_of_a_matter_that_counts_was_helped() -> None:
    """The fault: the matter counted, and whoever was helped on its duplicate did not."""
    every = [Case("a", 1, None, 1), Case("b", 2, None, 2, left_out="duplicate")]
    done = [Support("1", "v1", "p1", "b", 3)]
    found = compute(every, done, [("a", "b")], 0, 9)
    assert (found.incidents, found.victims, found.supports) == (("a",), ("v1",), {"v1": ("1",)})
    assert compute(every, done, [], 0, 9).victims == ()
    assert compute(every, [Support("1", "v1", "p1", "b", None)], [("a", "b")], 0, 9).untimed_victims == ("v1",)


def test_help_on_a_discarded_incident_counts_once_it_is_merged_and_help_that_was_played_never_does() -> None:
    every = [
        Case("a", 1, None, 1, campaign="c"), Case("b", 2, None, 2, left_out="discarded"),
        Case("c", 2, None, 2, left_out="exercise"), Case("d", 2, None, 2, left_out="discarded"),
        Case("e", 2, None, 2, left_out="duplicate"),
    ]  # fmt: skip
    done = [Support(name, f"v{name}", f"p{name}", name, 3) for name in "bcde"]
    linked = [("a", "b"), ("b", "c"), ("d", "e")]
    assert compute(every, done, linked, 0, 9).victims == ("vb",)
    assert compute(every, done, linked, 0, 9, campaign="c").victims == ("vb",)


@given(
    outs=st.lists(st.sampled_from(["", "exercise", "duplicate", "discarded"]), min_size=2, max_size=5),
    pairs=st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde")), min_size=1, max_size=4),
    where=st.lists(st.sampled_from("abcde"), min_size=1, max_size=4),
)
def test_whoever_was_helped_on_what_was_not_played_in_a_matter_that_counts_is_counted(
    outs: list[str], pairs: list[tuple[str, str]], where: list[str]
) -> None:
    every = [Case(name, 1, None, 1, left_out=out) for name, out in zip("abcde", outs, strict=False)]
    done = [Support(str(number), f"v{number}", f"p{number}", name, 2) for number, name in enumerate(where)]
    by_id = {case.id: case for case in every}
    top = components("abcde", pairs)
    counts = {top[case.id] for case in every if not case.left_out}
    helped = {
        one.victim
        for one in done
        if one.incident in by_id and top[one.incident] in counts and by_id[one.incident].left_out != "exercise"
    }
    assert set(compute(every, done, pairs, 0, 9).victims) == helped
