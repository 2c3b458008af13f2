"""Older and newer programs exchange through one another: nothing is lost, and an update applies what had waited."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.exchange_group import Group, device, scope, state
from tests.scenarios.laptop import Laptop
from tests.scenarios.newer_program import NewerProgram
from triage_app.domain.operations import Body
from triage_app.store import understanding

MOOD = "6d6f6f64" * 4


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> NewerProgram:
    return NewerProgram(tmp_path_factory.mktemp("newer"))


def pass_on(newer: NewerProgram | None, sender: Laptop, to: Laptop, name: str, *words: str, by: Any = None) -> Any:
    """Export with the newer program, or this one where there is none, and merge with the other, ``by``."""
    export = ("export", "--to", device(to), *words, str(sender.folder / name))
    paths = (newer.ask(sender, *export) if newer else sender.ask(*export))["paths"]
    return by.ask(to, "merge", *paths) if by else to.ask("merge", *paths)


def bodies(laptop: Laptop) -> dict[str, bytes]:
    """Return the bodies held, by link; opening an updated store with this program again must do no harm either."""
    with laptop.session() as session:
        return {
            row[0]: bytes(row[1])
            for row in session.store.rows(
                "SELECT hash, bytes FROM link JOIN body USING (n) WHERE state = 'here' AND chain = 'journal'"
            )
        }


def told(newer: NewerProgram, asha: Laptop) -> str:
    """With the newer program: a new kind with sealed words, a new field, an ordinary incident, all in newer bodies."""
    ref = str(newer.ask(asha, "incident", "new", "--title", "From the year after next")["ref"])
    newer.ask(asha, "incident", "set", ref, "weather", "Storm over the coast")
    newer.write(
        asha,
        ("mood", MOOD, "level", 3, "TLP:AMBER"),
        ("mood", MOOD, "words", "The ward is worried", "TLP:AMBER"),
    )
    return ref


@pytest.mark.slow
def test_what_a_newer_program_wrote_goes_through_an_older_one_and_is_applied_once_that_is_updated(
    group: Group, newer: NewerProgram
) -> None:
    asha, ben, carys = group.asha, group.ben, group.carys
    plain = asha.ask("incident", "new", "--title", "Known to both")["ref"]
    group.pass_on(asha, ben, "before.ctb")
    ref = told(newer, asha)
    newer.ask(asha, "incident", "set", plain, "severity", "77")
    # Asha has updated, Ben has not: he keeps what he does not know, says so, and works on.
    merged = pass_on(newer, asha, ben, "to-ben.ctb")
    assert (merged["pending"], merged["refused"]) == (0, 0)
    assert merged["newer"] > 0
    assert ben.refused("incident", "show", ref)["code"] == "not-found"
    assert ben.ask("incident", "show", plain)["severity"] != 77
    ben.ask("incident", "note", plain, "Written by the older program")
    assert ben.verified()["ok"]
    written = {name: data for name, data in bodies(asha).items() if b'"v":2' in data}
    assert len(written) >= 6
    assert written.items() <= bodies(ben).items()
    # Carys, updated like Asha, hears of it from Ben alone.
    carried = pass_on(None, ben, carys, "to-carys.ctb", by=newer)
    assert (carried["pending"], carried["newer"]) == (0, 0)
    assert newer.ask(carys, "verify", "--scope", ref)["state"] == newer.ask(asha, "verify", "--scope", ref)["state"]
    assert newer.read(carys, "mood", MOOD) == {"level": [3], "words": ["The ward is worried"]}
    (incident,) = [row for row in newer.ask(carys, "incidents", "list") if row["ref"] == ref]
    assert newer.read(carys, "incident", incident["id"])["weather"] == ["Storm over the coast"]
    # Ben updates: what waited counts, and nothing had to be sent again.
    shown = newer.ask(ben, "incident", "show", ref)
    assert shown["title"] == "From the year after next"
    assert newer.ask(ben, "incident", "show", plain)["severity"] == 77
    assert newer.read(ben, "mood", MOOD) == {"level": [3], "words": ["The ward is worried"]}
    assert newer.ask(ben, "verify")["ok"]
    # What he wrote with the older program reaches the others.
    pass_on(newer, ben, asha, "back.ctb", by=newer)
    states = {newer.ask(one, "verify", "--scope", plain)["state"] for one in (asha, ben)}
    assert len(states) == 1


@pytest.mark.slow
def test_a_label_that_is_not_known_counts_as_red_on_the_way_and_is_healed_by_its_author(
    group: Group, newer: NewerProgram
) -> None:
    asha, ben, carys = group.asha, group.ben, group.carys
    newer.write(asha, ("mood", MOOD, "level", 5, "TLP:BLUE"))
    newer.write(asha, ("mood", MOOD, "words", "For everybody", "TLP:GREEN"))
    assert pass_on(newer, asha, ben, "to-ben.ctb")["pending"] == 0
    sent = ben.ask("export", "--to", device(carys), str(ben.folder / "to-carys.ctb"))
    assert sent["withheld_by_label"] > 0
    newer.ask(carys, "merge", *sent["paths"])
    assert newer.read(carys, "mood", MOOD) == {"words": ["For everybody"]}
    named = ben.ask("export", "--to", device(carys), "--reader", "Carys Vaughan", str(ben.folder / "named.ctb"))
    newer.ask(carys, "merge", *named["paths"])
    pass_on(newer, asha, carys, "healed.ctb", by=newer)
    assert newer.read(carys, "mood", MOOD) == {"level": [5], "words": ["For everybody"]}
    assert newer.ask(carys, "verify")["ok"]


def test_an_unknown_kind_and_field_in_bodies_of_today_stand_here_and_go_on(group: Group) -> None:
    """A newer program may write bodies of this version: they count at once, as far as they can be shown."""
    from triage_app.services.recording import record
    from triage_app.store.journal import Change

    asha, ben, carys = group.asha, group.ben, group.carys
    made = asha.ask("incident", "new", "--title", "Known to both")
    with asha.session() as session:
        changes = [
            Change("mood", MOOD, "level", 3, "TLP:AMBER"),
            Change("incident", made["id"], "weather", "Storm", "TLP:AMBER"),
        ]
        record(session, "As a newer program would", changes)
    group.pass_on(asha, ben, "one.ctb")
    group.pass_on(ben, carys, "two.ctb")
    assert scope(asha, made["ref"]) == scope(carys, made["ref"])
    with carys.session() as session:
        assert understanding.waiting(session.store) == 0
        rows = session.store.rows("SELECT kind, field FROM head WHERE kind = 'mood' OR field = 'weather'")
        assert sorted(rows) == [("incident", "weather"), ("mood", "level")]
    assert "Storm" in str(carys.ask("incident", "show", made["ref"]))
    state(carys)


def test_the_key_of_words_in_a_kind_not_known_stays_within_the_organisation(group: Group, newer: NewerProgram) -> None:
    asha, ben, linked = group.asha, group.ben, group.linked
    newer.write(asha, ("mood", MOOD, "words", "The ward is worried", "TLP:GREEN"))
    pass_on(newer, asha, ben, "to-ben.ctb")
    pass_on(None, ben, linked, "to-linked.ctb", by=newer)
    assert newer.read(linked, "mood", MOOD) == {"words": ["[not shared]"]}


def test_a_newer_body_keeps_members_that_this_version_does_not_know(tmp_path: Path) -> None:
    body = Body(
        "act", "who", f"{1:015d}:{0:08x}:{'0' * 32}", "mood", MOOD, "level", 3, (), "TLP:GREEN", "0" * 32,
        version=2, extra={"tune": [1, {"key": "C"}]},
    )  # fmt: skip
    assert Body.from_bytes(body.to_bytes()).to_bytes() == body.to_bytes()
