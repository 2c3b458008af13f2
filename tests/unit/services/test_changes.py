"""What an act touched is asked for by every view: what a merge touched must not be gone through by each of them."""

from __future__ import annotations

from collections.abc import Iterator

from triage_app.services.changes import NAMED_ONE_BY_ONE, Changes, noticed


class Counted(frozenset[tuple[str, str]]):
    """A set that knows how often it was gone through."""

    times = 0

    def __iter__(self) -> Iterator[tuple[str, str]]:
        Counted.times += 1
        return super().__iter__()


def test_what_was_touched_is_gone_through_once_however_many_views_ask() -> None:
    changes = Changes("", "", touched=Counted({("alert", "a"), ("note", "b")}))
    assert [changes.touches("alert"), changes.touches("victim", "note"), changes.touches("victim")] == [
        True,
        True,
        False,
    ]
    assert not changes.touches()
    assert Counted.times == 1


def test_very_much_is_told_by_its_kinds_so_that_the_window_has_little_to_free() -> None:
    named = {("alert", f"{number:04}") for number in range(NAMED_ONE_BY_ONE)}
    assert Changes("", "", touched=frozenset(named)).touched == named
    many = Changes("", "", touched=frozenset(named | {("note", "a")}))
    assert many.touched == {("alert", ""), ("note", "")}
    assert [many.touches(kind) for kind in ("alert", "note", "victim")] == [True, True, False]
    assert noticed(named | {("note", "a")}) == many.touched
