"""What the search box offers of records: by reference, name and value, the whole reference first, never too much."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores import Laptop, copies
from tests.unit.store.evidence import load, row
from triage_app.services import import_alerts, incidents, palette


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    made = copies(tmp_path)[0]
    load(
        made.session,
        [
            row("a1", title="Beacon 50% up", reference="MDE-4471-77"),
            row("a2", title="Beacon again", reference="MDE-4471-78"),
            row("i", kind="indicator", value="update.example", category="domain", title="Feed of the week"),
            row("v", kind="vulnerability", value="CVE-2020-1472", title="Netlogon"),
        ],
    )
    import_alerts.index_wait(made.session)
    yield made
    made.close()


def kinds(laptop: Laptop, typed: str) -> list[tuple[str, str]]:
    return [(one.kind, one.name) for one in palette.found(laptop.session.store, typed)]


def test_the_whole_reference_comes_first_and_the_start_of_one_finds_both(laptop: Laptop) -> None:
    store = laptop.session.store
    exact = palette.found(store, "mde-4471-77")
    assert (exact[0].kind, exact[0].detail, exact[0].exact) == ("alert", "MDE-4471-77", True)
    assert {one.detail for one in palette.found(store, "MDE-4471")} == {"MDE-4471-77", "MDE-4471-78"}
    ref = incidents.open_incident(laptop.session, "Theatres").ref
    assert kinds(laptop, ref.lower())[0] == ("incident", ref)


def test_what_is_typed_defanged_or_in_another_case_finds_the_indicator(laptop: Laptop) -> None:
    assert ("indicator", "update.example") in kinds(laptop, "update[.]exa")
    assert ("vulnerability", "CVE-2020-1472") in kinds(laptop, "cve-2020-14")


def test_signs_of_the_database_are_letters_like_others(laptop: Laptop) -> None:
    incidents.open_incident(laptop.session, "Beacon 50% up")
    assert ("incident", "Beacon 50% up") in kinds(laptop, "50%")
    assert kinds(laptop, "5_%") == []
    assert kinds(laptop, "' OR 1=1 --") == []


def test_pages_of_the_manual_are_found_and_a_query_is_no_name(laptop: Laptop) -> None:
    assert ("manual", "Settings") in kinds(laptop, "sett")
    assert palette.found(laptop.session.store, "x" * (palette.LONGEST + 1)) == []
    assert palette.found(laptop.session.store, "  ") == []


def test_nobody_waiting_ends_the_looking(laptop: Laptop) -> None:
    assert palette.found(laptop.session.store, "sett", lambda: False) == []
