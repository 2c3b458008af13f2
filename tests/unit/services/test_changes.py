"""What an act touched is asked for by every view: what a merge touched must not be gone through by each of them."""

from __future__ import annotations

from collections.abc import Iterator

from triage_app.services.changes import Changes


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
