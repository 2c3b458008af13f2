"""Reference data on a laptop: packs are put in place whole or not at all, and what is broken falls back."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.reference_packs import STRANGER, ZEROLOGON, Set, code_list, codes, kev, known_good, laid, ods, packed, public
from tests.stores import Laptop
from tests.unit.store.meeting import green, meet
from triage_app.domain.reference import Described
from triage_app.errors import BadFile, NotFound, StoreReadOnly, TriageError
from triage_app.paths import Profile
from triage_app.services import (
    incidents,
    reference,
    reference_lookup,
    reference_sets,
    reference_shelf,
    releases,
    vocabularies,
)
from triage_app.services.local_vocabularies import REPLACEABLE
from triage_app.store import access

NOW = datetime(2026, 12, 28, 3, 0, tzinfo=UTC)
SPARE = Described("tea_rooms", "Ours", "Own work", known_good()[0].as_of), b"anything"

pytestmark = pytest.mark.usefixtures("pack_key_trusted")


@pytest.fixture
def home(laptop: Laptop) -> Path:
    vocabularies.use(Profile(laptop.store.home).vocabularies)  # there are two in this process
    return Path(laptop.store.home)


@pytest.fixture
def by_it(no_real_policy: Path) -> Iterator[Path]:
    """The folder in which the IT department lays packs."""
    folder = reference_shelf.its_folder()
    folder.mkdir(parents=True)
    yield folder
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def add(laptop: Laptop, *sets: Set, made: str = "2026-12-02") -> reference.Taken:
    return reference.add(laptop.session, laid(laptop.folder / "stick", packed(*sets, made=made)))


def files(home: Path) -> list[str]:
    folder = reference_shelf.own_folder(home)
    return sorted(one.name for one in folder.iterdir()) if folder.exists() else []


def where(home: Path, code: str) -> str:
    return reference.held_of(home, code, NOW).where


def test_as_shipped_every_list_is_held_and_kev_is_not(home: Path) -> None:
    found = {one.code: one for one in reference.held(home, NOW)}
    assert set(found) == set(reference_sets.kinds())
    assert (found.pop("kev").where, reference_lookup.exploited(home, ZEROLOGON, NOW)) == (reference.NOTHING, None)
    for one in found.values():
        assert one.where == reference.PROGRAM
        assert all((one.name, one.source, one.age, one.as_of))
    assert not (home / "reference").exists()


def test_every_set_that_stands_for_a_list_is_one_that_a_trust_may_replace_too() -> None:
    for one in reference_sets.kinds().values():
        if one.kind == "list":
            assert one.code in REPLACEABLE


def test_a_pack_is_in_use_at_once_and_noted(laptop: Laptop, home: Path) -> None:
    before = len(vocabularies.vocabulary("known_good")["values"])
    found = add(laptop, kev(), known_good(), SPARE)
    assert codes(found.taken) == ["kev", "known_good"]
    assert "does not know" in found.left_words
    assert "tea_rooms" in found.left_words
    assert len(vocabularies.vocabulary("known_good")["values"]) == before + 1
    said = reference_lookup.find(home, "cve-2020-1472", NOW).words
    assert "Yes, since 3 Nov 2021, for ransomware too" in said
    assert "as of 26 Nov 2026, 32 days old, past its time" in said
    held = reference.held_of(home, "known_good", NOW)
    assert (held.where, held.pack, held.past) == (reference.PACK, "December 2026", False)
    (noted,) = access.entries(laptop.store)
    assert (noted["what"], noted["detail"]["taken"]) == (
        "reference", {"kev": "2026-11-26", "known_good": "2026-12-01"},
    )  # fmt: skip
    assert files(home) == [reference_shelf.pack_path(home, found.pack.fingerprint).name, "in-place.json"]


def test_what_is_not_newer_is_passed_over_and_a_pack_of_nothing_else_refused(laptop: Laptop, home: Path) -> None:
    add(laptop, kev(), known_good())
    again = add(laptop, kev("2026-12-01"), known_good(), code_list("contacts", "2026-01-01"))
    assert codes(again.taken) == ["kev"]
    assert "of the same day" in again.left_words
    assert "newer, of 27 Nov 2026" in again.left_words
    kept = files(home)
    for sets in ([kev("2026-12-01"), known_good()], [kev("2026-11-26")], [SPARE]):
        with pytest.raises(BadFile):
            add(laptop, *sets)
    assert files(home) == kept
    assert reference.held_of(home, "kev", NOW).as_of == kev("2026-12-01")[0].as_of


def test_a_pack_that_nothing_is_taken_from_any_more_is_removed(laptop: Laptop, home: Path) -> None:
    add(laptop, kev(), known_good())
    assert len(files(home)) == 2
    add(laptop, kev("2026-12-01"))
    assert len(files(home)) == 3
    add(laptop, known_good("2026-12-02"))
    assert len(files(home)) == 3


@pytest.mark.parametrize(
    "bad",
    [
        (known_good()[0], b"\xff"), (known_good()[0], b"[" * 5_000), (known_good()[0], b"{}"),
        code_list("known_good", "2026-12-01", lambda told: told.update(more="field")),
        code_list("known_good", "2026-12-01", lambda told: told["values"].clear()),
        code_list("uk_categories", "2026-12-01", lambda told: told["categories"].pop()),
        (replace(known_good()[0], as_of=kev()[0].as_of), known_good()[1]),
        (ods("2026-12-01", ("RXX", "One"))[0], b"RXX,One"),
        kev("2026-12-01", count=9),
    ],
)  # fmt: skip
def test_one_set_that_its_loader_does_not_take_keeps_all_of_a_pack_out(laptop: Laptop, home: Path, bad: Set) -> None:
    good = kev() if bad[0].code != "kev" else known_good()
    with pytest.raises(BadFile, match="is not what it should be") as refused:
        add(laptop, good, bad)
    assert refused.value.what.count(bad[0].code) == 1
    assert files(home) == []
    assert where(home, good[0].code) in (reference.NOTHING, reference.PROGRAM)
    assert access.entries(laptop.store) == []


@pytest.mark.parametrize("data", [packed(kev(), key=STRANGER), packed(kev())[:-1], packed(kev()) + b"x", b"", b"x"])
def test_a_pack_that_is_not_what_was_signed_changes_nothing(laptop: Laptop, home: Path, data: bytes) -> None:
    with pytest.raises(TriageError):
        reference.add(laptop.session, laid(laptop.folder / "stick", data))
    assert files(home) == []


def test_without_any_release_key_it_says_so_and_takes_nothing(
    laptop: Laptop, pack_key_trusted: pytest.MonkeyPatch
) -> None:
    pack_key_trusted.undo()
    with pytest.raises(TriageError, match="trusts no release key yet"):
        add(laptop, kev())


def test_what_is_no_file_is_refused(laptop: Laptop) -> None:
    os.mkfifo(laptop.folder / "pipe.pack")
    for path in (laptop.folder, laptop.folder / "pipe.pack"):
        with pytest.raises(BadFile, match="no ordinary file"):
            reference.add(laptop.session, path)
    with pytest.raises(BadFile, match="cannot be read"):
        reference.add(laptop.session, laptop.folder / "not there.pack")


def test_an_auditors_copy_takes_no_pack(laptop: Laptop) -> None:
    laptop.session.auditors_copy = {"at": 0, "by": "Asha"}
    with pytest.raises(StoreReadOnly):
        add(laptop, kev())


def test_a_set_that_is_removed_gives_way_to_what_ships(laptop: Laptop, home: Path) -> None:
    add(laptop, kev(), known_good())
    assert reference.remove(laptop.session, "known_good").where == reference.PROGRAM
    assert where(home, "kev") == reference.PACK
    assert reference.remove(laptop.session, "kev").where == reference.NOTHING
    assert files(home) == ["in-place.json"]
    for code in ("kev", "contacts", "tea_rooms", "../../store"):
        with pytest.raises(NotFound):
            reference.remove(laptop.session, code)


# -- what lies there and cannot be used -----------------------------------------------------------------------


def damaged(home: Path, at: int) -> None:
    (path,) = reference_shelf.own_folder(home).glob("*.pack")
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    vocabularies.read_anew()


@pytest.mark.parametrize("at", [0, 40, -1])
def test_a_pack_that_breaks_later_falls_back_with_a_sentence(laptop: Laptop, home: Path, at: int) -> None:
    add(laptop, known_good())
    damaged(home, at)
    assert where(home, "known_good") == reference.PROGRAM
    assert vocabularies.vocabulary("known_good") == reference_sets.shipped("known_good")
    (said,) = reference_shelf.problems(home)
    assert "stands in" in said


def test_a_key_that_is_no_longer_trusted_takes_its_packs_along(
    laptop: Laptop, home: Path, pack_key_trusted: pytest.MonkeyPatch
) -> None:
    add(laptop, known_good())
    pack_key_trusted.setattr(releases, "trusted_keys", lambda: (public(STRANGER),))
    assert where(home, "known_good") == reference.PROGRAM
    assert len(reference_shelf.problems(home)) == 1


@pytest.mark.parametrize(
    "index", [b"", b"\xff", b"[]", b"{}", b'{"sets":[]}', b'{"sets":{"kev":"../../store.db"}}', b'{"sets":{"kev":5}}',
              b'{"sets":{"kev":"' + b"a" * 70_000 + b'"}}', b"[" * 70_000],
)  # fmt: skip
def test_a_broken_table_of_packs_falls_back_and_a_new_pack_mends_it(laptop: Laptop, home: Path, index: bytes) -> None:
    add(laptop, kev())
    (reference_shelf.own_folder(home) / reference_shelf.INDEX).write_bytes(index)
    assert where(home, "kev") == reference.NOTHING
    assert len(reference_shelf.problems(home)) == 1
    add(laptop, kev())
    assert where(home, "kev") == reference.PACK
    assert reference_shelf.problems(home) == []


def test_a_pack_that_is_gone_is_named_and_nothing_else_happens(laptop: Laptop, home: Path) -> None:
    add(laptop, kev())
    (path,) = reference_shelf.own_folder(home).glob("*.pack")
    path.unlink()
    assert where(home, "kev") == reference.NOTHING
    assert "no longer there" in reference_shelf.problems(home)[0]


def test_a_newer_program_stands_before_an_older_pack(
    laptop: Laptop, home: Path, pack_key_trusted: pytest.MonkeyPatch
) -> None:
    add(laptop, known_good())
    shipped = dict(reference_sets.shipped("known_good"), date="2026-12-24")
    pack_key_trusted.setattr(reference_sets, "shipped", lambda _: shipped)
    assert where(home, "known_good") == reference.PROGRAM


def test_a_trusts_own_list_stands_before_any_pack(laptop: Laptop, home: Path) -> None:
    add(laptop, known_good())
    (home / "vocabularies").mkdir()
    own = code_list("known_good", "2026-06-01")[1]
    (home / "vocabularies" / "known_good.json").write_bytes(own)
    vocabularies.use(Profile(home).vocabularies)
    held = reference.held_of(home, "known_good", NOW)
    assert (held.where, held.age) == (reference.OWN, "6 months old")
    assert vocabularies.vocabulary("known_good") == json.loads(own)


# -- what the IT department lays ------------------------------------------------------------------------------


def test_what_the_it_department_lays_is_used_without_anybody_doing_anything(home: Path, by_it: Path) -> None:
    laid(by_it, packed(kev(), known_good()))
    assert where(home, "kev") == reference.IT
    assert where(home, "known_good") == reference.IT
    laid(by_it, packed(kev("2026-12-01")), "later.pack")
    assert reference.held_of(home, "kev", NOW).as_of == kev("2026-12-01")[0].as_of


def test_it_counts_before_there_is_a_store(by_it: Path) -> None:
    vocabularies.use(None)
    laid(by_it, packed(ods("2026-12-01", ("RZZ9", "ZZ TRUST"))))
    listed = vocabularies.vocabulary("ods_trusts")["organisations"]
    assert {"code": "RZZ9", "name": "Zz Trust", "nation": "England"} in listed
    assert {one["nation"] for one in listed} == {"England", "Wales"}


def test_of_profile_and_it_the_newer_counts_and_its_is_not_removed(laptop: Laptop, home: Path, by_it: Path) -> None:
    laid(by_it, packed(kev()))
    with pytest.raises(BadFile):
        add(laptop, kev())
    with pytest.raises(NotFound, match="IT department"):
        reference.remove(laptop.session, "kev")
    add(laptop, kev("2026-12-01"))
    assert where(home, "kev") == reference.PACK
    assert reference.remove(laptop.session, "kev").where == reference.IT


def test_a_bad_pack_of_the_it_department_is_named_and_the_good_ones_count(home: Path, by_it: Path) -> None:
    laid(by_it, packed(kev(), key=STRANGER), "a.pack")
    laid(by_it, packed(kev()), "b.pack")
    (by_it / "c.pack").mkdir()
    assert where(home, "kev") == reference.IT
    assert sorted(one.split()[0] for one in reference_shelf.problems(home)) == ["a.pack", "c.pack"]
    (by_it / "c.pack").rmdir()


def test_a_folder_full_of_packs_is_looked_at_no_further(home: Path, by_it: Path) -> None:
    for number in range(reference_shelf.MOST_LAID + 1):
        laid(by_it, b"", f"{number:03}.pack")
    laid(by_it, packed(kev()), "zzz.pack")
    assert where(home, "kev") == reference.NOTHING
    assert any("more than 20 packs" in one for one in reference_shelf.problems(home))


# -- looking up -----------------------------------------------------------------------------------------------


def test_not_in_the_list_is_never_said_to_be_safe(laptop: Laptop, home: Path) -> None:
    add(laptop, kev())
    words = reference_lookup.find(home, "CVE-2099-1", NOW).words
    assert "does not say that nobody exploits it" in words
    assert "past its time" in words


def test_an_organisation_is_found_by_its_code_with_the_age_of_the_list(home: Path) -> None:
    vocabularies.use(Profile(home).vocabularies)
    words = reference_lookup.find(home, "r1h", NOW).words
    assert words == "Barts Health NHS Trust. England. Organisations (ODS) as of 28 Nov 2026, 30 days old."
    for word in ("QQQQ", ZEROLOGON, " "):
        with pytest.raises(TriageError):
            reference_lookup.find(home, word, NOW)


# -- and what they never touch --------------------------------------------------------------------------------


def state(laptop: Laptop, incident: str | None = None) -> str:
    vocabularies.use(Profile(laptop.store.home).vocabularies)
    return laptop.verified(incident)


def test_two_laptops_with_different_packs_come_to_the_same_state(laptops: list[Laptop]) -> None:
    one, other = laptops
    add(one, kev(), known_good(), code_list("rsit", "2026-12-01", lambda told: told["classes"].pop(0)),
        ods("2026-12-01", ("RZZ9", "ZZ TRUST")))  # fmt: skip
    incident, another = green(one), green(other, "Another")
    incidents.classify(other.session, another, rsit=("abusive-content/spam",))
    meet(one, other)
    assert state(one) == state(other)
    with_packs = state(one)
    for code in ("kev", "known_good", "rsit", "ods"):
        reference.remove(one.session, code)
    assert state(one) == with_packs
    assert state(one, incident) == state(other, incident)
    assert state(one, another) == state(other, another)


def test_nothing_that_readers_of_files_keys_or_duties_go_by_comes_from_a_pack() -> None:
    kept_out = {
        "severity", "implied_classes", "shadowserver_reports", "words", "desks", "directory", "letter_promises",
        "letters", "dispositions", "support_actions", "affected_states", "determinations", "victims",
    }  # fmt: skip
    assert kept_out.isdisjoint(reference_sets.kinds())
    assert kept_out.isdisjoint(one.vocabulary for one in reference_sets.kinds().values())
