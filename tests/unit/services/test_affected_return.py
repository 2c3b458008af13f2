"""Back into service: what was not verified clean goes back on somebody's word alone; over real stores."""

from __future__ import annotations

import pytest

from tests.stores import Laptop
from tests.unit.services.test_affected import ids, row
from triage_app.errors import BadInput
from triage_app.services import affected, affected_table, undo
from triage_app.services.affected import listing, named, paste, set_many
from triage_app.services.affected_return import to_be_answered_for


def test_putting_back_what_was_not_verified_clean_asks_who_says_so_and_why(laptop: Laptop, incident: str) -> None:
    paste(laptop.session, incident, "CT-1\nCT-2\nPC-1\nPC-2")
    paste(laptop.session, incident, "jo.pryce", "account")
    one, two, clean, _ = named(laptop.store, incident, ["CT-1", "CT-2", "PC-1", "PC-2"])
    set_many(laptop.session, [one], {"state": "rebuilt"})
    set_many(laptop.session, [clean], {"state": "verified clean"})
    back = {"state": "back in service"}
    with pytest.raises(BadInput, match="“CT-1” is “Rebuilt”: it goes back in service without “Verified clean”"):
        set_many(laptop.session, [one], back)
    with pytest.raises(BadInput, match="2 of 3 go back in service without “Verified clean”: “CT-1” among them"):
        set_many(laptop.session, [one, two, clean], back)
    for said, because in (({"back_by": "Jo Pryce"}, ""), ({}, "Gold image"), ({"back_by": "\u3164"}, "Gold image")):
        with pytest.raises(BadInput, match="who says that it may go back, and why"):
            set_many(laptop.session, [one], {**back, **said}, because)
    with pytest.raises(BadInput, match=r"“jo.pryce” is .* without “Sessions revoked”"):
        set_many(laptop.session, named(laptop.store, incident, ["jo.pryce"]), back)
    rows = listing(laptop.store, incident)
    assert {found["name"] for found in to_be_answered_for(rows, "back-in-service")} == {
        "CT-1", "CT-2", "PC-2", "jo.pryce",
    }  # fmt: skip
    affected.set_state(laptop.session, [one, two, clean], "back-in-service", {"back_by": "Jo Pryce"}, "Gold image")
    found = {name: row(laptop, incident, name) for name in ("CT-1", "CT-2", "PC-1")}
    assert {name: (it["state"], it["back_by"], it["because"]) for name, it in found.items()} == {
        "CT-1": ("back-in-service", "Jo Pryce", "Gold image"), "CT-2": ("back-in-service", "Jo Pryce", "Gold image"),
        "PC-1": ("back-in-service", "", ""),
    }  # fmt: skip
    assert "Pryce" not in repr(laptop.store.rows("SELECT facts FROM affected"))
    assert laptop.verified()
    undo.undo(laptop.session)
    assert row(laptop, incident, "CT-1")["state"] == "rebuilt"


def test_who_said_that_it_may_go_back_once_did_not_say_so_of_the_next_time(laptop: Laptop, incident: str) -> None:
    paste(laptop.session, incident, "CT-1")
    (one,) = ids(laptop, incident)
    back = {"state": "back in service", "back_by": "Jo Pryce"}
    set_many(laptop.session, [one], back, "Gold image")
    set_many(laptop.session, [one], {"state": "isolated", "used_in_care": "no"})
    with pytest.raises(BadInput, match="who says that it may go back"):
        set_many(laptop.session, [one], {"state": "back in service"}, "Again")
    set_many(laptop.session, [one], back, "Scanned from outside")
    assert row(laptop, incident, "CT-1")["because"] == "Scanned from outside"
    set_many(laptop.session, [one], {"state": "verified clean"})
    set_many(laptop.session, [one], {"state": "isolated"}, "Doubt")
    with pytest.raises(BadInput, match="without “Verified clean”"):  # what was clean before the doubt is not clean
        set_many(laptop.session, [one], {"state": "back in service"})


def test_a_table_that_puts_back_what_was_not_verified_clean_says_who_and_why_or_the_row_is_left_out(
    laptop: Laptop, incident: str
) -> None:
    paste(laptop.session, incident, "A\nB\nC\nD")
    set_many(laptop.session, named(laptop.store, incident, ["D"]), {"state": "verified clean"})
    table = (
        b"name,state,back_by,reason\nA,Back in service,,\nB,Back in service,Dr Khan,Spare machine\n"
        b"C,Back in service,,Never on the network\nD,Back in service,,\nE,Back in service,,\n"
    )
    plan = affected_table.look_at_csv(laptop.store, incident, table)
    assert (plan.unanswered, plan.returning, [line for line, _ in plan.rejected]) == (("A", "C", "E"), 5, [2, 4, 6])
    assert "who says that it may go back" in plan.rejected[0][1]
    back = affected_table.Back("Jo Pryce", "Gold image")
    affected_table.import_csv(laptop.session, incident, table, back=back)
    found = {it["name"]: (it["state"], it["back_by"], it["because"]) for it in listing(laptop.store, incident)}
    assert found == {
        "A": ("back-in-service", "Jo Pryce", "Gold image"), "B": ("back-in-service", "Dr Khan", "Spare machine"),
        "C": ("back-in-service", "Jo Pryce", "Never on the network"), "D": ("back-in-service", "", ""),
        "E": ("back-in-service", "Jo Pryce", "Gold image"),
    }  # fmt: skip
    out = affected_table.table_of(laptop.store, incident)
    assert affected_table.look_at_csv(laptop.store, incident, out).unchanged == 5
    assert laptop.verified()
