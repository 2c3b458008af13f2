"""The directory over real stores: brought from CSV, replaced, undone, searched, on call over clock changes, printed."""

from __future__ import annotations

import contextlib
import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stores import Laptop
from triage_app.domain.directory import Entry, as_text, entries_of
from triage_app.errors import BadInput, NotFound
from triage_app.services import directory, undo, vocabularies
from triage_app.services.changes import milliseconds
from triage_app.store import personal

TABLE = (
    "Job title;Full name;Organisation;Tel;OOH;E-mail;Start;End;Remarks;Shoe size\r\n"
    'SIRO;Siân Pryce;Northmoor;0300 555 0101;;sian@example.nhs.uk;;;"ring, don\'t mail";4\r\n'
    "EPRR on call;Jo Bell;Northmoor;0300 555 0102;07700 900123;;22/11/2026 00:00;22/11/2026 20:00;;5\r\n"
    "EPRR on call;Al Dunn;Northmoor;0300 555 0103;;;2026-11-22 20:00;2026-11-23 08:00;;6\r\n"
    "Bad;X;Y;1;;;soon;;;8\r\n"
).encode()
SMALL = b"role,name,phone\nSIRO,Jo,1\n"


LAPTOPS = 3


def at(text: str) -> int:
    """Return a moment in UTC as milliseconds."""
    return milliseconds(datetime.fromisoformat(text).replace(tzinfo=UTC))


def test_columns_are_found_by_what_they_are_called_and_a_bad_row_is_named() -> None:
    found = directory.look(TABLE)
    assert found.columns["role"] == "Job title"
    assert found.columns["out_of_hours"] == "OOH"
    assert found.unused == ("Shoe size",)
    assert len(found.entries) == 3
    assert found.rejected == ((5, "“soon” is no time"),)
    named = directory.look(TABLE, {"notes": "Shoe size", "role": ""})
    assert named.entries[0].notes == "4"
    assert "role" not in named.columns


def test_an_edition_is_sealed_replaced_in_one_act_and_undo_brings_the_last_one_back(laptop: Laptop) -> None:
    assert directory.current(laptop.store) is None
    changes, _ = directory.bring(laptop.session, TABLE, name="contacts.csv", as_of="2026-11-01")
    assert changes.label == "Brought the directory of 2026-11-01, 3 entries"
    found = directory.current(laptop.store)
    assert found is not None
    assert [one.role for one in found.entries] == ["EPRR on call", "EPRR on call", "SIRO"]
    assert found.brought_by
    assert b"Pryce" not in laptop.store.value("SELECT group_concat(hex(bytes)) FROM body").encode()
    assert "Pryce" not in repr(laptop.store.rows("SELECT * FROM directory"))
    directory.bring(laptop.session, SMALL)
    newer = directory.current(laptop.store)
    assert newer is not None
    assert len(newer.entries) == 1
    with pytest.raises(BadInput, match="newer than 2026-10-01"):
        directory.bring(laptop.session, SMALL, as_of="2026-10-01")
    undo.undo(laptop.session)
    assert directory.current(laptop.store) == found
    directory.take_back(laptop.session, found.id)
    assert directory.current(laptop.store) is None
    with pytest.raises(NotFound):
        directory.take_back(laptop.session, found.id)
    laptop.verified()


def test_it_reaches_laptops_of_the_same_organisation_alone(laptops: list[Laptop]) -> None:
    a, b, c = laptops
    directory.bring(a.session, TABLE, as_of="2026-11-01")
    b.merge(a.export(b))
    c.merge(a.export(c))
    assert directory.current(b.store) == directory.current(a.store)
    assert directory.current(c.store) is None
    assert b.verified()


def test_an_erased_directory_says_so_and_never_raises(laptop: Laptop) -> None:
    changes, _ = directory.bring(laptop.session, TABLE)
    with laptop.store.write():
        personal.erase(laptop.store, changes.id)
    found = directory.current(laptop.store)
    assert found is not None
    assert (found.entries, found.is_readable) == ((), False)
    assert "cannot be read" in directory.warning(found, laptop.session.now())
    assert directory.as_plain_text(found, laptop.session.now())


def test_ninety_days_later_it_is_said_to_be_old_and_the_policy_is_data(laptop: Laptop, tmp_path: Path) -> None:
    directory.bring(laptop.session, SMALL, as_of="2026-08-24")
    found = directory.current(laptop.store)
    now = laptop.session.now()
    assert directory.warning(found, now) == ""
    assert "91 days old: more than the 90" in directory.warning(found, now + timedelta(days=1))
    own = json.loads(json.dumps(vocabularies.vocabulary("directory")))
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "directory.json").write_text(json.dumps({**own, "old_after_days": 10}), encoding="utf-8")
    try:
        vocabularies.use(tmp_path / "own")
        assert "more than the 10" in directory.warning(found, now)
    finally:
        vocabularies.use(None)


def rota(*turns: tuple[str, str]) -> list[Entry]:
    """Return the entries of a rota, one person a turn."""
    lines = [f"On call,{chr(65 + number)},{start},{end}" for number, (start, end) in enumerate(turns)]
    found = directory.look("\n".join(["role,name,from,to", *lines]).encode())
    assert found.rejected == ()
    return list(found.entries)


def names(entries: list[Entry], when: str) -> str:
    """Return who is on call at a moment in UTC."""
    return "".join(one.name for one in directory.on_call(entries, at(when)))


def test_on_call_follows_uk_clocks_over_both_changes() -> None:
    autumn = rota(("2026-10-24 20:00", "2026-10-25 08:00"), ("2026-10-25 08:00", "2026-10-25 20:00"))
    assert names(autumn, "2026-10-24T18:59:59") == ""
    assert names(autumn, "2026-10-24T19:00:00") == "A"
    assert names(autumn, "2026-10-25T07:59:59") == "A"
    assert names(autumn, "2026-10-25T08:00:00") == "B"
    spring = rota(("2026-03-28 20:00", "2026-03-29 08:00"), ("2026-03-29 08:00", "2026-03-29 20:00"))
    assert names(spring, "2026-03-29T06:59:59") == "A"
    assert names(spring, "2026-03-29T07:00:00") == "B"


def test_in_the_hour_that_happens_twice_nobodys_duty_has_a_gap() -> None:
    found = rota(("2026-10-25 00:00", "2026-10-25 01:30"), ("2026-10-25 01:30", "2026-10-25 08:00"))
    assert names(found, "2026-10-25T00:29:00") == "A"
    assert names(found, "2026-10-25T00:31:00") == "AB"
    assert names(found, "2026-10-25T01:29:00") == "AB"
    assert names(found, "2026-10-25T01:31:00") == "B"


@given(st.integers(0, 364 * 24 * 60), st.lists(st.integers(1, 30), min_size=2, max_size=5))
def test_a_rota_whose_turns_meet_always_names_somebody(minute: int, hours: list[int]) -> None:
    edges = [datetime.fromisoformat("2026-01-01") + timedelta(minutes=minute)]
    for many in hours:
        edges.append(edges[-1] + timedelta(hours=many))
    table = ["role,name,from,to"]
    table += [f"On call,x,{one:%Y-%m-%d %H:%M},{two:%Y-%m-%d %H:%M}" for one, two in itertools.pairwise(edges)]
    found = directory.look("\n".join(table).encode())
    if found.rejected:  # a turn within the hour that is skipped has no length
        return
    first = min(one.from_at for one in found.entries if one.from_at is not None)
    last = max(one.until_at for one in found.entries if one.until_at is not None)
    for step in range(0, last - first, 900_000):
        assert directory.on_call(found.entries, first + step)


def test_a_date_that_reads_two_ways_is_shown_both_ways_and_asked(laptop: Laptop) -> None:
    table = b"role,name,from,to\nOn call,A,03/04/2026 08:00,04/04/2026 08:00\n"
    assert directory.look(table).two_ways == ("03/04/2026 08:00", "03 Apr 2026", "04 Mar 2026")
    with pytest.raises(BadInput, match="two ways: 03 Apr 2026, or 04 Mar 2026"):
        directory.bring(laptop.session, table)
    directory.bring(laptop.session, table, order="day-first")
    found = directory.current(laptop.store)
    assert found is not None
    assert found.entries[0].from_at == at("2026-04-03T07:00:00")
    shows_itself = b"role,name,from,to\nOn call,A,03/04/2026 08:00,13/04/2026 08:00\n"
    assert directory.look(shows_itself).two_ways is None
    assert directory.look(shows_itself).entries[0].from_at == at("2026-04-03T07:00:00")


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (b"", "is empty"),
        (b"\xff\xfe\x00", "not in UTF-8"),
        (b"x" * 2_000_001, "larger than 2 MB"),
        (b"shoe,hat\n1,2\n", "neither a column of roles"),
        (b"role,name\n", "nobody in that table"),
        (b'role,name\n"a,b\n', "cannot be read"),
        (b"role,name\n" + b"a,b\n" * 2_001, "more than 2,000 rows"),
        (b",".join(b"role" for _ in range(101)), "more than 100 columns"),
    ],
)
def test_what_is_no_directory_is_refused_with_a_sentence(laptop: Laptop, table: bytes, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        directory.bring(laptop.session, table)
    assert directory.editions(laptop.store) == []


@pytest.mark.parametrize("day", ["2035-01-01", "0000-01-01", "yesterday", "1066-01-01"])
def test_a_day_that_cannot_be_is_refused(laptop: Laptop, day: str) -> None:
    with pytest.raises(BadInput):
        directory.bring(laptop.session, SMALL, as_of=day)


def test_control_characters_and_long_cells_are_left_out_and_named() -> None:
    found = directory.look(b"role,name\nSIRO,a\x07b\nDPO," + b"x" * 501 + b"\nCSO,ok\n")
    assert [line for line, _ in found.rejected] == [2, 3]
    assert [one.name for one in found.entries] == ["ok"]


tables = st.text(max_size=200).map(lambda text: ("role,name,from\n" + text).encode("utf-8", "replace"))


@given(st.binary(max_size=200) | tables)
def test_whatever_a_file_holds_is_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(BadInput):
        directory.look(data)


values = st.none() | st.integers() | st.text(max_size=5)
editions = st.lists(st.dictionaries(st.sampled_from(["role", "from", "x"]), values), max_size=3).map(json.dumps)


@given(st.text(max_size=60) | editions)
def test_whatever_a_bundle_brings_is_shown_or_said_to_be_unreadable(text: str) -> None:
    found = entries_of(text)
    if found is not None:
        assert entries_of(as_text(found)) == found
        for one in found:
            directory.as_data(one)
            directory.turn_in_words(one)


def test_it_is_searched_by_words_and_numbers_without_spaces() -> None:
    entries = directory.look(TABLE).entries
    assert [one.name for one in directory.search(entries, "siân NORTHMOOR")] == ["Siân Pryce"]
    assert [one.name for one in directory.search(entries, "03005550102")] == ["Jo Bell"]
    assert directory.search(entries, "nobody") == []


def test_a_printed_page_escapes_every_word_and_dates_every_number(laptop: Laptop, tmp_path: Path) -> None:
    directory.bring(laptop.session, b"role,name,notes\nSIRO,<script>x</script>,a & b\n")
    directory.write(laptop.session, tmp_path / "d.html")
    page = (tmp_path / "d.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "0300 303 5222" in page
    directory.write(laptop.session, tmp_path / "d.txt")
    text = (tmp_path / "d.txt").read_text(encoding="utf-8")
    assert text.startswith("Directory as of 2026-11-22, brought by ")
    assert text.count("last checked 20") == len(directory.contacts())
    assert laptop.store.value("SELECT count(*) FROM link WHERE chain = 'access'") == 2


def test_the_national_card_invents_no_number_and_says_where_each_is_from() -> None:
    found = {item["code"]: item for item in directory.contacts()}
    assert found["csoc"]["phone"] == "0300 303 5222"
    assert found["ncsc"]["phone"] == "03000 200 973"
    assert found["wales-cru"]["phone"] == found["ni-ca"]["phone"] == ""
    for item in found.values():
        assert item["from"]
        datetime.fromisoformat(item["checked"])
