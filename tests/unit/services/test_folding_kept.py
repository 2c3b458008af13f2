"""What was folded by hand is kept by salvage, and nothing odd that a bundle says of folds and rules hides an alert."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.stores import PASSPHRASE, Clock, Laptop
from tests.unit.store.evidence import key_of, load, row
from triage_app.paths import Profile
from triage_app.services import folding, folding_why, keeping, rules, salvaging
from triage_app.services import session as sessions
from triage_app.services.changes import milliseconds
from triage_app.services.recording import record
from triage_app.store import alerts
from triage_app.store.alerts import AlertFilter
from triage_app.store.journal import Change
from triage_app.store.state import projection_differences

A, B = sorted(map(key_of, ("a", "b")))


def some(laptop: Laptop) -> None:
    names = {key_of(name): name for name in ("a", "b")}
    load(laptop.session, [row(names[key], at, 30, title=f"Seen {at}", host="PC-1") for key in (A, B) for at in (1, 2)])


def shown(laptop: Laptop) -> list[tuple[str, int, int]]:
    found = alerts.rows(laptop.store, list(alerts.ids(laptop.store, AlertFilter())))
    return sorted((one["key"], one["count"], one["parts"]) for one in found.values())


def test_salvage_saves_folds_and_rows_taken_apart(laptop: Laptop, tmp_path: Path) -> None:
    some(laptop)
    load(laptop.session, [row("c", at, 30, title=f"C {at}") for at in (1, 2, 3)], name="more")
    folding.fold(laptop.session, [A, B], "one scanner")
    folding.unfold(laptop.session, key_of("c"))
    rules.make(laptop.session, {"source": "Ward box", "title": "C 2"}, 14, "known")
    before, state = shown(laptop), laptop.verified()
    home = laptop.session.profile.home
    laptop.close()
    into = Profile(tmp_path / "saved" / "profile")
    salvaging.salvage(home / "store.db", into, PASSPHRASE, Clock())
    saved = Laptop(sessions.unlock(into, PASSPHRASE, Clock()), Clock(), tmp_path / "saved")
    assert shown(saved) == before
    assert state
    assert keeping.verify(saved.session)["ok"]
    saved.close()


@pytest.mark.parametrize(
    "odd",
    [
        Change("fold", f"{A}:{B}", "linked", "yes", "TLP:GREEN"),
        Change("fold", f"{B}:{A}", "linked", True, "TLP:GREEN"),
        Change("fold", f"{A}:{A}", "linked", True, "TLP:GREEN"),
        Change("fold", "nothing of the kind", "linked", True, "TLP:GREEN"),
        Change("fold", f"{A}:{'00' * 16}", "linked", True, "TLP:GREEN"),  # the other is not here
        Change("unfold", A, "apart", "by the moon", "TLP:GREEN"),
        Change("unfold", A, "apart", ["row"], "TLP:GREEN"),
        Change("unfold", "no key", "apart", "row", "TLP:GREEN"),
        Change("alert", A, "triage", {"state": "folded"}, "TLP:GREEN"),
        Change("rule", "a" * 32, "_created", {"match": {"title": "Seen 2"}, "until": 9}, "TLP:GREEN"),
        Change("rule", "a" * 32, "_created", ["Seen 2"], "TLP:GREEN"),
        Change("rule", "b" * 32, "ended", True, "TLP:GREEN"),
    ],
)
def test_what_makes_no_sense_hides_nothing(laptop: Laptop, odd: Change) -> None:
    some(laptop)
    record(laptop.session, "Odd", [odd])
    assert shown(laptop) == [(A, 2, 0), (B, 2, 0)]
    assert rules.at_work(laptop.store, milliseconds(laptop.clock())).running == 0
    assert projection_differences(laptop.store) == []
    load(laptop.session, [row("d", 3)], name="more")  # rules are asked
    assert len(shown(laptop)) == 3


def test_why_an_alert_is_one_names_who_folded_when_and_what(laptop: Laptop) -> None:
    some(laptop)
    folding.fold(laptop.session, [A, B], "one scanner")
    why: Any = folding_why.why(laptop.store, A)
    assert (why.rows, why.by_reference, why.same, why.looked_at) == (2, False, ("host",), 2)
    assert [(said.by, said.because) for said in why.folded] == [("Asha Rahman", "one scanner")]
    assert [(part.key, part.decided) for part in why.parts] == [(B, "new")]
    part: Any = folding_why.why(laptop.store, B)
    assert (part.shown_under, part.parts) == (A, ())
    assert folding_why.why(laptop.store, "00" * 16) is None
    assert folding_why.as_data(why)["parts"][0]["id"] == B
