"""Affected things: pasted, set in bulk, counted, out as a table and back; over real stores."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.stores import Laptop, copies
from triage_app.errors import BadInput, NotFound
from triage_app.services import affected, affected_table, conflicts, histories, incidents, open_work, undo
from triage_app.services.affected import counts, listing, named, paste, set_many
from triage_app.services.recording import record
from triage_app.store import affected as store_affected
from triage_app.store import labels, lookup, personal


def row(laptop: Laptop, incident: str, name: str) -> dict[str, Any]:
    """Return one thing by its name."""
    return next(found for found in listing(laptop.store, incident) if found["name"] == name)


def ids(laptop: Laptop, incident: str) -> list[str]:
    """Return the ids of all things of an incident."""
    return [found["id"] for found in listing(laptop.store, incident)]


def test_six_hundred_names_are_one_act_and_pasting_them_again_adds_nothing(laptop: Laptop, incident: str) -> None:
    text = "\n".join(f"WARD-{number:04d}" for number in range(600))
    told = paste(laptop.session, incident, text + "\nward-0001")
    assert (told.new, told.known, told.repeats) == (600, 0, 1)
    assert told.changes is not None
    assert told.changes.label.startswith("Listed 600 affected things of RXX-")
    again = paste(laptop.session, incident, text.lower())
    assert (again.new, again.known, again.changes) == (0, 600, None)
    assert laptop.verified()
    undo.undo(laptop.session)
    assert listing(laptop.store, incident) == []
    assert paste(laptop.session, incident, text).new == 600
    assert laptop.verified()


def test_a_bulk_gesture_is_one_operation_whose_words_are_sealed(laptop: Laptop, incident: str) -> None:
    paste(laptop.session, incident, "\n".join(f"WARD-{number:04d}" for number in range(150)))
    before = laptop.store.value("SELECT count(*) FROM link")
    set_many(laptop.session, ids(laptop, incident), {"owner": "Jo Pryce, night team", "priority": "2"})
    assert laptop.store.value("SELECT count(*) FROM link") == before + 2
    kept = laptop.store.value("SELECT bytes FROM body ORDER BY n DESC LIMIT 1") + laptop.store.value(
        "SELECT bytes FROM body ORDER BY n DESC LIMIT 1 OFFSET 1"
    )
    assert b"Pryce" not in kept
    assert b'"sealed"' in kept
    assert "Pryce" not in repr(laptop.store.rows("SELECT owner FROM affected"))
    assert {found["owner"] for found in listing(laptop.store, incident)} == {"Jo Pryce, night team"}
    assert laptop.verified()
    undo.undo(laptop.session)
    assert {(found["owner"], found["priority"]) for found in listing(laptop.store, incident)} == {("", None)}


def test_erasing_the_key_of_a_tracker_takes_its_words_and_leaves_its_states(laptop: Laptop, incident: str) -> None:
    paste(laptop.session, incident, "WARD-1")
    set_many(laptop.session, ids(laptop, incident), {"owner": "Jo Pryce", "state": "imaged"})
    with laptop.store.write():
        personal.erase(laptop.store, f"affected:{incident}")
    (found,) = listing(laptop.store, incident)
    assert (found["owner"], found["state"]) == (personal.ERASED, "imaged")
    with pytest.raises(BadInput, match="erased"):
        set_many(laptop.session, [found["id"]], {"owner": "Somebody else"})


def test_isolating_what_may_be_used_in_care_asks_who_agreed_and_what_the_fallback_is(
    laptop: Laptop, incident: str
) -> None:
    paste(laptop.session, incident, "CT-1\nOFFICE-1")
    ct, office = named(laptop.store, incident, ["ct-1", "office-1"])
    for values in ({"state": "isolated"}, {"state": "isolated", "agreed_by": "Dr Amin"},
                   {"state": "isolated", "used_in_care": "yes", "fallback": "Paper"}):  # fmt: skip
        with pytest.raises(BadInput, match="used in care: isolating it needs who in the clinic agreed"):
            set_many(laptop.session, [ct], values)
    assert row(laptop, incident, "CT-1")["state"] == "suspected"
    set_many(laptop.session, [office], {"state": "isolated", "used_in_care": "no"})
    set_many(laptop.session, [ct], {"state": "isolated", "agreed_by": "Dr Amin", "fallback": "CT on paper"})
    assert row(laptop, incident, "CT-1")["agreed_by"] == "Dr Amin"
    set_many(laptop.session, [ct], {"state": "imaged"})
    paste(laptop.session, incident, "CT-2")
    set_many(laptop.session, named(laptop.store, incident, ["CT-2"]), {"state": "isolated"}, "Ward was empty")
    assert row(laptop, incident, "CT-2")["because"] == "Ward was empty"


def test_who_agreed_may_have_been_recorded_before(laptop: Laptop, incident: str) -> None:
    paste(laptop.session, incident, "CT-1")
    set_many(laptop.session, ids(laptop, incident), {"agreed_by": "Dr Amin", "fallback": "Paper"})
    set_many(laptop.session, ids(laptop, incident), {"state": "Isolated"})
    assert row(laptop, incident, "CT-1")["state"] == "isolated"


def test_what_the_clinic_said_goes_to_those_alone_of_which_it_was_asked(laptop: Laptop, incident: str) -> None:
    paste(laptop.session, incident, "CT-1\nCT-2\nOFFICE-1")
    one, two, office = named(laptop.store, incident, ["CT-1", "CT-2", "OFFICE-1"])
    set_many(laptop.session, [office], {"used_in_care": "no"})
    set_many(laptop.session, [one], {"agreed_by": "Dr Amin", "fallback": "Paper"})
    rows = listing(laptop.store, incident)
    assert [found["id"] for found in affected.to_be_asked(rows, "isolated")] == [two]
    assert affected.to_be_asked(rows, "imaged") == []
    affected.set_state(laptop.session, [one, two, office], "isolated", {"agreed_by": "Dr Khan", "fallback": "Room 2"})
    said = {found["name"]: (found["state"], found["agreed_by"]) for found in listing(laptop.store, incident)}
    assert said == {
        "CT-1": ("isolated", "Dr Amin"), "CT-2": ("isolated", "Dr Khan"), "OFFICE-1": ("isolated", ""),
    }  # fmt: skip
    undo.undo(laptop.session)
    assert {found["state"] for found in listing(laptop.store, incident)} == {"suspected"}


def test_one_thing_that_asks_keeps_all_of_a_gesture_from_being_done(laptop: Laptop, incident: str) -> None:
    paste(laptop.session, incident, "A\nB")
    a, b = named(laptop.store, incident, ["A", "B"])
    set_many(laptop.session, [a], {"used_in_care": "no"})
    with pytest.raises(BadInput, match="“B” may be used in care"):
        set_many(laptop.session, [a, b], {"state": "isolated"})
    assert {found["state"] for found in listing(laptop.store, incident)} == {"suspected"}


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        ("account", {"state": "isolated"}, "no state of an account"),
        ("host", {"state": "sessions revoked"}, "no state of a host"),
        ("host", {"priority": "7"}, "no restore priority"),
        ("host", {"priority": "1" * 5000}, "no restore priority"),
        ("host", {"used_in_care": "maybe"}, "does not say"),
        ("host", {"owner": "a\x07b"}, "control character"),
        ("host", {"owner": "two\nlines"}, "control character"),
        ("host", {"comment": "x" * 2001}, "longer than 2,000"),
        ("host", {"colour": "red"}, "no field"),
        ("host", {"name": ""}, "1 to 255"),
        ("host", {}, "Nothing to set"),
        ("host", {"state": "suspected"}, "have that already"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    laptop: Laptop, incident: str, kind: str, values: dict[str, str], words: str
) -> None:
    paste(laptop.session, incident, "x-1", kind)
    with pytest.raises(BadInput, match=words):
        set_many(laptop.session, ids(laptop, incident), values)


def test_things_of_nobody_of_two_incidents_and_of_none_are_refused(laptop: Laptop, incident: str) -> None:
    paste(laptop.session, incident, "A")
    other = incidents.open_incident(laptop.session, "Another").id
    paste(laptop.session, other, "A")
    with pytest.raises(BadInput, match="several incidents"):
        set_many(laptop.session, [*ids(laptop, incident), *ids(laptop, other)], {"ward": "7B"})
    with pytest.raises(NotFound, match="not on the list"):
        set_many(laptop.session, [f"{incident}:{'0' * 32}"], {"ward": "7B"})
    with pytest.raises(NotFound, match="taken back"):
        paste(laptop.session, "0" * 32, "A")
    with pytest.raises(BadInput, match="no name"):
        paste(laptop.session, incident, "\n \n")
    with pytest.raises(BadInput, match="no kind"):
        paste(laptop.session, incident, "A", "spaceship")
    paste(laptop.session, incident, "A", "account")
    with pytest.raises(BadInput, match="several things"):
        named(laptop.store, incident, ["a"])
    assert len(named(laptop.store, incident, ["a"], "account")) == 1


def test_counts_follow_the_order_of_the_work_and_say_what_is_out_of_service(laptop: Laptop, incident: str) -> None:
    paste(laptop.session, incident, "A\nB\nC")
    paste(laptop.session, incident, "jo.pryce", "account")
    a, b = named(laptop.store, incident, ["A", "B"])
    set_many(laptop.session, [a], {"state": "back in service", "back_by": "Jo Pryce"}, "Never infected")
    set_many(laptop.session, [b], {"state": "Verified clean"})
    set_many(laptop.session, named(laptop.store, incident, ["jo.pryce"]), {"state": "disabled"})
    found = counts(laptop.store, incident)
    assert (found.total, found.out, found.suspected) == (4, 2, 1)
    assert [(one.kind, one.state, one.count) for one in found.states] == [
        ("host", "suspected", 1), ("host", "verified-clean", 1), ("host", "back-in-service", 1),
        ("account", "disabled", 1),
    ]  # fmt: skip


def test_an_untouched_machine_is_named_as_not_cleared_in_every_sentence_that_counts(
    laptop: Laptop, incident: str
) -> None:
    assert affected.counts_words(counts(laptop.store, incident)) == "No affected thing is listed."
    paste(laptop.session, incident, "\n".join(f"PC-{number}" for number in range(600)))
    words = "600 suspected, not cleared; 0 out of service"
    assert affected.counts_words(counts(laptop.store, incident)) == f"600 in all: {words}."
    assert open_work.unfinished(laptop.store, incident) == [f"600 affected things are not back in service: {words}."]
    assert affected_table.table_of(laptop.store, incident).decode().count('"Suspected, not cleared"') == 600
    a, b = named(laptop.store, incident, ["PC-1", "PC-2"])
    set_many(laptop.session, [a], {"state": "rebuilt"})
    set_many(laptop.session, [b], {"state": "verified clean"})
    set_many(laptop.session, [b], {"state": "back in service"})
    assert affected.counts_words(counts(laptop.store, incident)) == (
        "600 in all: 598 suspected, not cleared; 1 out of service (1 rebuilt); 1 back in service."
    )
    for spelled in ("Suspected", "suspected, not cleared"):  # tables that went out under either name come back
        set_many(laptop.session, [a], {"state": spelled})
        set_many(laptop.session, [a], {"state": "imaged"})


def test_a_renamed_thing_is_known_by_its_new_name(laptop: Laptop, incident: str) -> None:
    paste(laptop.session, incident, "WARD7")
    set_many(laptop.session, ids(laptop, incident), {"name": "WARD-07"})
    assert paste(laptop.session, incident, "ward-07\nward7").known == 2


def test_two_laptops_that_paste_the_same_list_meet_and_a_conflict_shows_by_name(laptops: list[Laptop]) -> None:
    a, b = laptops
    incident = incidents.open_incident(a.session, "Ransomware").id
    b.merge(a.export(b))
    paste(a.session, incident, "WARD-1\nWARD-2")
    paste(b.session, incident, "ward-2\nWARD-3")
    set_many(a.session, named(a.store, incident, ["WARD-2"]), {"state": "imaged", "owner": "Ben"})
    set_many(b.session, named(b.store, incident, ["WARD-2"]), {"state": "rebuilt"})
    b.merge(a.export(b))
    a.merge(b.export(a))
    assert a.verified(incident) == b.verified(incident)
    assert a.verified() == b.verified()
    for laptop in laptops:
        assert len(ids(laptop, incident)) == 3
        (found,) = lookup.conflicts(laptop.store)
        assert found["field"] == "state"
        said = conflicts.described(laptop.store, found)
        assert said["ref"].casefold() == "ward-2"
        assert {value["value"] for value in said["values"]} == {"imaged", "rebuilt"}
    (entity,) = named(b.store, incident, ["WARD-2"])
    assert next(found for found in listing(b.store, incident) if found["id"] == entity)["owner"] == "Ben"
    conflicts.resolve(a.session, entity, "state", value="rebuilt")
    assert lookup.conflicts(a.store) == []


def test_taking_back_a_list_leaves_what_another_laptop_has_listed_too(laptops: list[Laptop]) -> None:
    a, b = laptops
    incident = incidents.open_incident(a.session, "Ransomware").id
    b.merge(a.export(b))
    paste(a.session, incident, "WARD-1\nWARD-2")
    undo.undo(a.session)
    paste(b.session, incident, "WARD-2")
    b.merge(a.export(b))
    a.merge(b.export(a))
    for laptop in laptops:
        assert [found["name"] for found in listing(laptop.store, incident)] == ["WARD-2"]
        laptop.verified()


def test_affected_things_have_the_label_of_their_incident_and_travel_only_as_far(tmp_path: Path) -> None:
    a, b, c = copies(tmp_path / "three", 3)
    try:
        incident = incidents.open_incident(a.session, "Ransomware").id
        paste(a.session, incident, "\n".join(f"WARD-{n}" for n in range(120)))
        set_many(a.session, ids(a, incident), {"owner": "Jo Pryce"})
        assert labels.effective(a.store, "affected", ids(a, incident)[0]) == "TLP:AMBER+STRICT"
        c.merge(a.export(c))
        assert listing(c.store, incident) == []
        b.merge(a.export(b))
        assert {found["owner"] for found in listing(b.store, incident)} == {"Jo Pryce"}
        incidents.classify(a.session, incident, label="TLP:GREEN")
        c.merge(a.export(c))
        assert len(listing(c.store, incident)) == 120
    finally:
        for laptop in (a, b, c):
            laptop.close()


def test_the_key_of_what_a_batch_sealed_travels_with_it(laptops: list[Laptop]) -> None:
    a, b = laptops
    incident = incidents.open_incident(a.session, "Ransomware").id
    paste(a.session, incident, "\n".join(f"WARD-{n}" for n in range(120)))
    b.merge(a.export(b))
    a.merge(b.export(a))  # so that the next bundle holds the batch alone
    before = a.verified(incident)
    set_many(a.session, ids(a, incident), {"owner": "Jo Pryce"})
    assert a.verified(incident) != before
    b.merge(a.export(b))
    assert {found["owner"] for found in listing(b.store, incident)} == {"Jo Pryce"}


def test_an_incident_with_affected_things_is_not_taken_back_under_them(laptop: Laptop) -> None:
    opened = incidents.open_incident(laptop.session, "Ransomware")
    paste(laptop.session, opened.id, "WARD-1")
    with pytest.raises(NotFound, match="built on since"):
        undo.undo(laptop.session, opened.act)


def test_what_was_done_is_a_line_for_each_act_field_and_value(laptop: Laptop, incident: str) -> None:
    paste(laptop.session, incident, "\n".join(f"WARD-{n}" for n in range(120)))
    set_many(laptop.session, ids(laptop, incident)[:3], {"state": "imaged", "owner": "Jo Pryce"})
    set_many(laptop.session, ids(laptop, incident), {"ward": "7B"})
    told = {(did.field, did.value, did.count) for did in store_affected.done(laptop.store, incident)}
    assert told == {("_created", None, 120), ("owner", "Jo Pryce", 3), ("state", "imaged", 3), ("ward", "7B", 120)}
    act = {"fields": "affected._created", "is_undo": False, "kind": "affected", "entity": ids(laptop, incident)[0]}
    assert histories.in_words(laptop.store, act) == "Listed affected things"


# -- the table ---------------------------------------------------------------------------------------------


def changed(data: bytes, **cells: dict[str, str]) -> bytes:
    """Return a table in which somebody changed cells: name → {column: text}."""
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    for found in rows:
        writer.writerow({**found, **cells.get(found["name"].replace("-", "_"), {})})
    return out.getvalue().encode()


words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=12) | st.sampled_from(
    ["=1+1", "+44 20", "-5", "@x", "'=1", "''+", 'say "no"', "a,b;c", "\u202egpj.exe", "＝1", "'", "–"]  # noqa: RUF001
)
several = words | st.just("one\ntwo\n\t=three")
things = st.fixed_dictionaries(
    {
        "owner": words, "ward": words, "priority": st.sampled_from(["", "1", "5"]), "agreed_by": words,
        "fallback": several, "comment": several, "used_in_care": st.sampled_from(["yes", "no", "not known"]),
        "state": st.sampled_from(["suspected", "isolated", "verified-clean"]),
    }
)  # fmt: skip


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(things, min_size=1, max_size=3), st.text(max_size=8).filter(str.isprintable))
def test_a_tracker_out_as_a_table_and_back_is_the_same_here_and_in_an_empty_one(
    laptop: Laptop, made: list[dict[str, str]], because: str
) -> None:
    first = incidents.open_incident(laptop.session, "One").id
    second = incidents.open_incident(laptop.session, "Two").id
    names = [f"=H{number}\u202e,\"{number}'" for number in range(len(made))]
    for name, values in zip(names, made, strict=True):
        with laptop.store.write():
            change = affected.created(first, "host", name, "TLP:AMBER")
            record(laptop.session, "Listed", [change])
        values = {field: text for field, text in values.items() if text.strip()}
        set_many(laptop.session, [change.entity], {"ward": "7B", **values}, because or "nobody there")
    data = affected_table.table_of(laptop.store, first)
    looked = affected_table.look_at_csv(laptop.store, first, data)
    assert (looked.new, looked.edits, looked.crossed, looked.unchanged) == ((), (), (), len(made))
    before = laptop.store.value("SELECT count(*) FROM link")
    assert affected_table.import_csv(laptop.session, first, data).changes is None
    assert laptop.store.value("SELECT count(*) FROM link") == before
    moved = affected_table.import_csv(laptop.session, second, data)
    assert len(moved.plan.new) == len(made)
    assert [{**affected_table.cells(found), "id": ""} for found in listing(laptop.store, first)] == [
        {**affected_table.cells(found), "id": ""} for found in listing(laptop.store, second)
    ]


def test_only_what_was_changed_in_the_table_changes_and_nothing_is_lost_by_being_left_out(
    laptop: Laptop, incident: str
) -> None:
    paste(laptop.session, incident, "A-1\nA-2\nA-3")
    out = affected_table.table_of(laptop.store, incident)
    set_many(laptop.session, named(laptop.store, incident, ["A-2"]), {"state": "imaged", "ward": "7B"})
    table = changed(out, A_1={"owner": "Jo Pryce", "priority": "1"}, A_2={"comment": "spare in the cupboard"})
    lines = table.decode().split("\r\n")
    table = "\r\n".join(line for line in lines if ",A-3," not in line).encode() + b",account,jo.pryce,Disabled\r\n"
    looked = affected_table.look_at_csv(laptop.store, incident, table)
    assert (looked.new, looked.unchanged, looked.absent, looked.rejected) == (("jo.pryce",), 0, 1, ())
    assert looked.crossed == ()
    assert {(edit.name, edit.column, edit.before, edit.after) for edit in looked.edits} == {
        ("A-1", "owner", "", "Jo Pryce"), ("A-1", "priority", "", "1"), ("A-2", "comment", "", "spare in the cupboard"),
    }  # fmt: skip
    done = affected_table.import_csv(laptop.session, incident, table)
    assert done.changes is not None
    assert "3 affected things" in done.changes.label
    assert (row(laptop, incident, "A-2")["state"], row(laptop, incident, "A-2")["ward"]) == ("imaged", "7B")
    assert row(laptop, incident, "A-3")["state"] == "suspected"
    assert row(laptop, incident, "jo.pryce")["state"] == "disabled"
    undo.undo(laptop.session)
    assert len(ids(laptop, incident)) == 3
    assert row(laptop, incident, "A-1")["owner"] == ""
    assert laptop.verified()


def test_a_cell_changed_on_both_sides_is_named_and_left_unless_the_table_is_given_the_word(
    laptop: Laptop, incident: str
) -> None:
    paste(laptop.session, incident, "A-1")
    out = affected_table.table_of(laptop.store, incident)
    set_many(laptop.session, ids(laptop, incident), {"state": "rebuilt"})
    table = changed(out, A_1={"state": "Imaged"})
    done = affected_table.import_csv(laptop.session, incident, table)
    assert [(edit.before, edit.after) for edit in done.plan.crossed] == [("Rebuilt", "Imaged")]
    assert (done.changes, row(laptop, incident, "A-1")["state"]) == (None, "rebuilt")
    affected_table.import_csv(laptop.session, incident, table, over=True)
    assert row(laptop, incident, "A-1")["state"] == "imaged"


def test_a_cell_emptied_in_the_table_is_cleared_and_one_that_never_went_out_is_not(
    laptop: Laptop, incident: str
) -> None:
    paste(laptop.session, incident, "A-1")
    set_many(laptop.session, ids(laptop, incident), {"owner": "Jo", "ward": "7B", "priority": "2"})
    affected_table.import_csv(laptop.session, incident, b"name,ward,owner\nA-1,,\n")
    assert (row(laptop, incident, "A-1")["ward"], row(laptop, incident, "A-1")["owner"]) == ("7B", "Jo")
    out = affected_table.table_of(laptop.store, incident)
    affected_table.import_csv(laptop.session, incident, changed(out, A_1={"ward": "", "priority": ""}))
    found = row(laptop, incident, "A-1")
    assert (found["ward"], found["priority"], found["owner"]) == ("", None, "Jo")


def test_rows_with_a_mistake_are_named_by_their_line_and_the_others_count(laptop: Laptop, incident: str) -> None:
    paste(laptop.session, incident, "A-1")
    (entity,) = ids(laptop, incident)
    table = (
        "id,kind,name,state,priority\n"
        f"{entity},account,A-1,,\n"
        ",host,A-2,melted,\n,host,A-3,,9\n,host,,,\n,host,A-4,Isolated,\n,host,A-5,Imaged,2\n,host,a-5,,\n,ship,A-6,,\n"
    )
    done = affected_table.import_csv(laptop.session, incident, table.encode())
    assert [line for line, _ in done.plan.rejected] == [2, 3, 4, 5, 6, 8, 9]
    assert "isolating it needs who in the clinic agreed" in dict(done.plan.rejected)[6]
    assert [found["name"] for found in listing(laptop.store, incident)] == ["A-5", "A-1"]
    given_a_reason = affected_table.look_at_csv(laptop.store, incident, table.encode(), because="Nobody on the ward")
    assert given_a_reason.new == ("A-4",)


def test_a_reason_comes_in_with_a_row_whose_state_is_the_first(laptop: Laptop, incident: str) -> None:
    affected_table.import_csv(laptop.session, incident, b"name,reason\nA-1,seen in the beacon log\n")
    assert row(laptop, incident, "A-1")["because"] == "seen in the beacon log"
    out = affected_table.table_of(laptop.store, incident)
    affected_table.import_csv(laptop.session, incident, changed(out, A_1={"reason": "seen twice"}))
    found = row(laptop, incident, "A-1")
    assert (found["state"], found["because"]) == ("suspected", "seen twice")


def test_a_row_taken_back_here_since_it_went_out_is_not_brought_back_by_the_table(
    laptop: Laptop, incident: str
) -> None:
    paste(laptop.session, incident, "A-1")
    out = affected_table.table_of(laptop.store, incident)
    undo.undo(laptop.session)
    looked = affected_table.look_at_csv(laptop.store, incident, out)
    assert (looked.new, len(looked.rejected)) == ((), 1)
    assert affected_table.import_csv(laptop.session, incident, b"name\nA-1\n").plan.new == ("A-1",)
    assert laptop.verified()


def test_writing_the_table_is_noted_and_never_takes_the_place_of_the_store(
    laptop: Laptop, incident: str, tmp_path: Path
) -> None:
    paste(laptop.session, incident, "A-1")
    path = tmp_path / "out.csv"
    assert affected_table.export_csv(laptop.session, incident, path) == 1
    assert path.read_bytes() == affected_table.table_of(laptop.store, incident)
    assert not path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert affected_table.read_file(path) == path.read_bytes()
    with pytest.raises(BadInput, match="could not be read"):
        affected_table.read_file(tmp_path / "none.csv")
