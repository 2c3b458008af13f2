"""The row of each kind of record: what was said stands in its column, and what is not what a column holds does not."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from triage_app.domain.evidence import MOST_MILLISECONDS
from triage_app.domain.operations import Body
from triage_app.domain.records import CREATED, DELETED, INCIDENT_TIMES
from triage_app.store import projected_rows
from triage_app.store.journal import Head
from triage_app.store.projected_rows import SHAPES, Shown, alert_key_of, alert_keys_of, told_apart, value_of

CLOCK: Final = f"uk-gdpr-33/incident/{'a' * 32}/ods:RXX/controller"
KEY: Final = "ab" * 16


def said(at: int, value: Any, because: str = "", author: str = "") -> Head:
    """Return a head that says something at a millisecond."""
    body = Body(
        "act", author or f"author-{at}", f"{at:015d}:00000000:{'d' * 32}", "kind", "entity", "field", value, (),
        "TLP:GREEN", "0" * 32, because,
    )  # fmt: skip
    return Head(at, f"{at:064d}", body)


def shown(**values: Any) -> Shown:
    """Return fields said one after the other, at 11, 12, 13 … milliseconds; ``created`` and ``deleted`` are those."""
    names = {"created": CREATED, "deleted": DELETED, "from_": "from"}
    return {
        names.get(name, name): said(at, value, f"because of {name}")
        for at, (name, value) in enumerate(values.items(), start=11)
    }


def row(kind: str, entity: str, **values: Any) -> dict[str, Any]:
    made = SHAPES[kind][2](entity, shown(**values))
    assert made is not None
    return made


def test_every_shape_has_the_key_that_its_table_is_kept_by() -> None:
    assert {kind: shape[:2] for kind, shape in SHAPES.items()} == {
        **{kind: (kind, "id") for kind in SHAPES}, "alert": ("alert_decision", "key"), "link": ("alert_link", "id"),
    }  # fmt: skip


def test_an_incident_shows_what_was_said_of_it() -> None:
    texts = {name: f"a {name}" for name in
             ("title", "status", "tlp", "campaign", "determination", "handler", "closed_because")}  # fmt: skip
    categories = {f"category_{which}": {"category": which} for which in ("proposed", "assessed", "confirmed")}
    times = {name: {"at": place} for place, name in enumerate(INCIDENT_TIMES)}
    found = row(
        "incident", "i1", created={"ref": "RXX-K7M4-0001"}, **texts, **categories, severity=70,
        rsit=["fraud/phishing", 7], pap="amber", left_open=None, left_work=["x"], **times, deleted=False,
    )  # fmt: skip
    assert found == {
        "id": "i1", "ref": "RXX-K7M4-0001", **texts,
        **{name: json.dumps(value, separators=(",", ":")) for name, value in categories.items()},
        "severity": 70, "rsit": "fraud/phishing 7",
        "times": json.dumps(dict(sorted(times.items())), separators=(",", ":")),
        "facts": '{"left_work":["x"],"pap":"amber"}', "created_at": 11, "created_by": "author-11",
        "changed_at": 11 + 15 + len(times) + 1, "deleted": 0,
    }  # fmt: skip


def test_an_incident_of_which_nothing_was_said_is_open_and_empty() -> None:
    assert row("incident", "i1") == {
        "id": "i1", "ref": "", "title": "", "status": "open", "severity": None, "rsit": "", "category_proposed": None,
        "category_assessed": None, "category_confirmed": None, "tlp": "", "campaign": "", "determination": "",
        "handler": "", "closed_because": "", "times": "{}", "facts": "{}", "created_at": None, "created_by": "",
        "changed_at": None, "deleted": 0,
    }  # fmt: skip


def test_an_incident_keeps_facts_and_times_that_were_taken_back_out_of_its_row() -> None:
    gone = dict.fromkeys(("left_open", "left_work", "first_look"))
    assert row("incident", "i1", **gone, pap=None)["facts"] == '{"pap":null}'
    assert row("incident", "i1", left_open=1, left_work=2, first_look=3)["facts"] == (
        '{"first_look":3,"left_open":1,"left_work":2}'
    )
    assert row("incident", "i1", aware=None, closed={"at": 5})["times"] == '{"closed":{"at":5}}'


@pytest.mark.parametrize("value", [None, "70", True, 1.0, MOST_MILLISECONDS + 1, -MOST_MILLISECONDS - 1])
def test_a_number_is_shown_only_where_it_is_one_that_a_column_holds(value: object) -> None:
    assert row("incident", "i1", severity=value)["severity"] is None
    assert row("incident", "i1", severity=MOST_MILLISECONDS)["severity"] == MOST_MILLISECONDS
    assert row("incident", "i1", severity=-MOST_MILLISECONDS)["severity"] == -MOST_MILLISECONDS


def test_a_text_that_is_none_is_shown_as_the_json_of_what_it_is() -> None:
    assert row("incident", "i1", title={"b": "é", "a": 1})["title"] == '{"a": 1, "b": "é"}'
    assert row("incident", "i1", title=None, status=None)["title"] == ""
    assert row("incident", "i1", rsit="fraud/phishing")["rsit"] == ""
    assert row("incident", "i1", created="not a record")["ref"] == ""


@pytest.mark.parametrize(("value", "deleted"), [(True, 1), (False, 0), (None, 0), (1, 0), ("yes", 0)])
def test_only_true_deletes(value: object, deleted: int) -> None:
    assert row("person", "p1", deleted=value)["deleted"] == deleted


def test_a_victim_shows_what_was_said_of_it() -> None:
    names = ("incident", "party", "organisation", "person", "status", "basis", "sharing", "wish", "contact")
    texts = {name: f"a {name}" for name in names}
    assert row("victim", "v1", created={"ref": "RXX-K7M4-V0001"}, **texts, care=["x"], deleted=True) == {
        "id": "v1", "ref": "RXX-K7M4-V0001", **texts, "facts": '{"care":["x"]}', "created_at": 11,
        "created_by": "author-11", "deleted": 1,
    }  # fmt: skip
    assert row("victim", "v1") == {
        "id": "v1", "ref": "", **dict.fromkeys(names, ""), "wish": "not asked", "facts": "{}", "created_at": None,
        "created_by": "", "deleted": 0,
    }  # fmt: skip


def test_a_person_shows_a_name() -> None:
    assert row("person", "p1", created={}, name="Jo") == {"id": "p1", "name": "Jo", "created_at": 11, "deleted": 0}


def test_an_action_shows_what_was_said_of_it() -> None:
    texts = {name: f"a {name}" for name in ("victim", "code", "status", "owner", "outcome")}
    numbers = {"due": 5, "done": 6, "minutes": 7}
    found = row(
        "action", "a1", created={"ref": "R"}, **texts, **numbers, handoff={"to": "CSOC"}, more=1, deleted=True
    )  # fmt: skip
    assert found == {
        "id": "a1", "ref": "R", **texts, "due_at": 5, "done_at": 6, "minutes": 7, "handoff": '{"to":"CSOC"}',
        "facts": '{"more":1}', "created_at": 11, "created_by": "author-11", "deleted": 1,
    }  # fmt: skip
    assert row("action", "a1") == {
        "id": "a1", "ref": "", "victim": "", "code": "", "status": "pending", "due_at": None, "done_at": None,
        "owner": "", "outcome": "", "minutes": None, "handoff": None, "facts": "{}", "created_at": None,
        "created_by": "", "deleted": 0,
    }  # fmt: skip


def test_a_note_is_about_what_it_was_made_about_until_it_is_moved() -> None:
    fixed = {"kind": "incident", "about": "i1", "happened": 5, "ref": "R"}
    found = row("note", "n1", created=fixed, text="words", decision="decided")
    assert found == {
        "id": "n1", "about_kind": "incident", "about": "i1", "text": "words", "happened_at": 5, "ref": "R",
        "decision": "decided", "created_at": 11, "created_by": "author-11", "deleted": 0,
    }  # fmt: skip
    assert row("note", "n1", created=fixed, moved_to="i2")["about"] == "i2"
    for nowhere in ("", None, ["i2"]):
        assert row("note", "n1", created=fixed, moved_to=nowhere)["about"] == "i1"
    assert row("note", "n1", created={**fixed, "happened": "5"})["happened_at"] is None
    assert row("note", "n1") == {
        "id": "n1", "about_kind": "", "about": "", "text": "", "happened_at": None, "ref": "", "decision": "",
        "created_at": None, "created_by": "", "deleted": 0,
    }  # fmt: skip


def test_an_affected_thing_shows_what_was_said_of_it() -> None:
    texts = {name: f"a {name}" for name in
             ("name", "owner", "ward", "state", "used_in_care", "agreed_by", "fallback", "comment")}  # fmt: skip
    found = row("affected", "i1:abc", created={"kind": "system", "name": "PACS"}, **texts, priority=2, more=1)
    assert found == {
        "id": "i1:abc", "incident": "i1", "kind": "system", **texts, "priority": 2, "because": "because of state",
        "facts": '{"more":1}', "created_at": 11, "created_by": "author-11", "changed_at": 21, "deleted": 0,
    }  # fmt: skip
    assert row("affected", "i1:abc", created={"kind": "system", "name": "PACS"})["name"] == "PACS"
    assert row("affected", "i1:abc") == {
        "id": "i1:abc", "incident": "i1", "kind": "", "name": "", "owner": "", "ward": "", "priority": None,
        "state": "suspected", "because": "", "used_in_care": "not known", "agreed_by": "", "fallback": "",
        "comment": "", "facts": "{}", "created_at": None, "created_by": "", "changed_at": None, "deleted": 0,
    }  # fmt: skip


def test_an_alert_shows_what_was_decided_of_it() -> None:
    decided = {"state": "snoozed", "disposition": "benign", "until": 9}
    assert row("alert", KEY, triage=decided) == {
        "key": bytes.fromhex(KEY), "state": "snoozed", "disposition": "benign", "because": "because of triage",
        "until": 9, "decided_by": "author-11", "decided_at": 11, "rule": "",
    }  # fmt: skip
    assert row("alert", KEY, triage={**decided, "rule": "r1"})["rule"] == "r1"
    nothing = {"key": bytes.fromhex(KEY), "state": "new", "disposition": "", "until": None, "rule": ""}
    assert row("alert", KEY) == {**nothing, "because": "", "decided_by": "", "decided_at": None}
    assert row("alert", KEY, triage="dismissed")["state"] == "new"
    assert row("alert", KEY, triage={**decided, "until": True})["until"] is None
    assert SHAPES["alert"][2]("not a key", {}) is None


@pytest.mark.parametrize(
    ("linked", "deleted", "gone"),
    [(True, None, 0), (True, True, 1), (False, None, 1), (None, None, 1), (1, None, 1)],
)
def test_a_link_stands_while_it_is_said_and_not_deleted(linked: object, deleted: object, gone: int) -> None:
    values = {"linked": linked, "deleted": deleted}
    assert row("link", f"{KEY}:i1", **values) == {
        "id": f"{KEY}:i1", "key": bytes.fromhex(KEY), "incident": "i1", "created_at": 11, "created_by": "author-11",
        "deleted": gone,
    }  # fmt: skip
    assert row("same_as", "a:b", created={"kind": "person"}, **values) == {
        "id": "a:b", "kind": "person", "a": "a", "b": "b", "deleted": gone,
    }  # fmt: skip


def test_a_link_of_which_nothing_was_said_does_not_stand() -> None:
    assert row("link", f"{KEY}:i1") == {
        "id": f"{KEY}:i1", "key": bytes.fromhex(KEY), "incident": "i1", "created_at": None, "created_by": "",
        "deleted": 1,
    }  # fmt: skip
    assert row("same_as", "a:b:c") == {"id": "a:b:c", "kind": "", "a": "a", "b": "b:c", "deleted": 1}
    assert SHAPES["link"][2]("not a key:i1", {}) is None


def test_a_campaign_shows_what_was_said_of_it() -> None:
    found = row(
        "campaign", "c1", created={"name": "first"}, name="Winter", description="about", status="closed",
        aliases=["x", 7, "y"],
    )  # fmt: skip
    assert found == {
        "id": "c1", "name": "Winter", "description": "about", "aliases": '["x","y"]', "status": "closed",
        "created_at": 11, "created_by": "author-11", "changed_at": 15, "deleted": 0,
    }  # fmt: skip
    assert row("campaign", "c1", created={"name": "first"}, aliases="x")["name"] == "first"
    assert row("campaign", "c1", aliases="x") == {
        "id": "c1", "name": "", "description": "", "aliases": "[]", "status": "open", "created_at": None,
        "created_by": "", "changed_at": 11, "deleted": 0,
    }  # fmt: skip
    assert row("campaign", "c1")["changed_at"] is None


def test_a_tip_shows_what_was_said_and_decided_of_it() -> None:
    texts = {name: f"a {name}" for name in ("text", "reporter", "contact", "channel", "organisation")}
    triage = {"state": "linked", "incident": "i1"}
    found = row("tip", "t1", created={"ref": "R"}, **texts, received={"at": 5}, triage=triage, more=1)
    assert found == {
        "id": "t1", "ref": "R", **texts, "received": '{"at":5}', "received_at": 5, "state": "linked", "incident": "i1",
        "because": "because of triage", "facts": '{"more":1}', "created_at": 11, "created_by": "author-11",
        "changed_at": 19, "deleted": 0,
    }  # fmt: skip
    assert row("tip", "t1") == {
        "id": "t1", "ref": "", **dict.fromkeys(texts, ""), "received": None, "received_at": None, "state": "new",
        "incident": "", "because": "", "facts": "{}", "created_at": None, "created_by": "", "changed_at": None,
        "deleted": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("triage", "state", "incident"),
    [
        ({"state": "dismissed", "incident": "i1"}, "dismissed", ""), ({"state": "linked", "incident": 5}, "linked", ""),
        ({"state": 5}, "new", ""), ("linked", "new", ""), ({"incident": "i1"}, "new", ""),
    ],
)  # fmt: skip
def test_a_tip_is_linked_only_to_an_incident_that_was_named(triage: object, state: str, incident: str) -> None:
    found = row("tip", "t1", triage=triage)
    assert (found["state"], found["incident"]) == (state, incident)


@pytest.mark.parametrize("at", [None, "5", True, MOST_MILLISECONDS + 1, -MOST_MILLISECONDS - 1])
def test_a_time_is_shown_only_where_it_is_one(at: object) -> None:
    assert row("tip", "t1", received={"at": at})["received_at"] is None
    assert row("tip", "t1", received=at)["received_at"] is None
    assert row("clock", CLOCK, start={"at": at})["start_at"] is None
    assert row("clock_step", f"{CLOCK}/told", outcome={"at": at})["at"] is None
    assert row("pause", "p1", from_=None if at is None else str(at))["from_at"] is None
    assert row("tip", "t1", received={"at": -MOST_MILLISECONDS})["received_at"] == -MOST_MILLISECONDS


def test_responders_and_organisations_show_their_names() -> None:
    assert row("responder", "r1", name="Jo", organisation="RXX") == {
        "id": "r1", "name": "Jo", "organisation": "RXX", "deleted": 0,
    }  # fmt: skip
    assert row("organisation", "ods:RXX:1", name="Trust", nation="wales", deleted=True) == {
        "scheme": "ods", "code": "RXX:1", "id": "ods:RXX:1", "name": "Trust", "nation": "wales", "deleted": 1,
    }  # fmt: skip


def test_trust_is_only_what_was_said_in_so_many_words() -> None:
    assert row("trust", "by:of:x", relation=3, trusted=True, revoked={"seq": 5}, authority={"role": "x"}) == {
        "id": "by:of:x", "by_device": "by", "device": "of:x", "relation": 3, "trusted": 1, "revoked": '{"seq":5}',
        "authority": '{"role":"x"}',
    }  # fmt: skip
    nothing = {"id": "by:of", "by_device": "by", "device": "of", "revoked": None, "authority": None}
    assert row("trust", "by:of") == {**nothing, "relation": 1, "trusted": 0}
    assert row("trust", "by:of", relation=0, trusted=1) == {**nothing, "relation": 0, "trusted": 0}
    assert row("authority", "a1", file="words") == {"id": "a1", "file": "words", "deleted": 0}


def test_a_clock_shows_what_was_said_of_it_and_who_spoke_first() -> None:
    held = {"held": said(30, True, author="second"), "start": said(20, {"at": 5}, author="first"),
            "grid": said(40, {"a": 1}, author="third")}  # fmt: skip
    named = {
        "policy": "uk-gdpr-33", "subject_kind": "incident", "subject": "a" * 32, "organisation": "ods:RXX",
        "role": "controller",
    }  # fmt: skip
    assert SHAPES["clock"][2](CLOCK, held) == {
        "id": CLOCK, **named, "held": 1, "start_at": 5, "start": '{"at":5}', "grid": '{"a":1}', "created_by": "first",
    }  # fmt: skip
    assert row("clock", CLOCK) == {
        "id": CLOCK, **named, "held": 0, "start_at": None, "start": None, "grid": None, "created_by": "",
    }  # fmt: skip
    assert row("clock", CLOCK, held=1)["held"] == 0
    assert SHAPES["clock"][2](f"{CLOCK}/told", held) is None
    assert SHAPES["clock"][2]("no clock", held) is None


def test_a_step_of_a_clock_shows_what_came_of_it() -> None:
    outcome = {"outcome": "told", "at": 5, "reference": "ICO-1", "because": "words", "by": "Dr Rao"}
    named = {"id": f"{CLOCK}/told/x", "clock": CLOCK, "subject": "a" * 32, "step": "told/x"}
    assert row("clock_step", f"{CLOCK}/told/x", outcome=outcome) == {
        **named, **outcome, "recorded_by": "author-11", "recorded_at": 11,
    }  # fmt: skip
    nothing = {"outcome": "", "at": None, "reference": "", "because": "", "by": ""}
    assert row("clock_step", f"{CLOCK}/told/x") == {**named, **nothing, "recorded_by": "", "recorded_at": None}
    assert row("clock_step", f"{CLOCK}/told/x", outcome="told")["outcome"] == ""
    for name in (CLOCK, f"{CLOCK}/", "no clock/told"):
        assert SHAPES["clock_step"][2](name, {}) is None


def test_a_pause_and_a_switch_show_what_was_said_of_them() -> None:
    assert row("pause", "p1", created={"clock": CLOCK}, from_=5, until=6, because="vendor", deleted=True) == {
        "id": "p1", "clock": CLOCK, "subject": "a" * 32, "from_at": 5, "until_at": 6, "because": "vendor",
        "created_at": 11, "created_by": "author-11", "deleted": 1,
    }  # fmt: skip
    assert row("pause", "p1") == {
        "id": "p1", "clock": "", "subject": "", "from_at": None, "until_at": None, "because": "", "created_at": None,
        "created_by": "", "deleted": 0,
    }  # fmt: skip
    for said_on, is_on in ((True, 1), (False, 0), (None, None), (1, None)):
        assert row("clock_switch", "ods:RXX/nis-11/x", on=said_on) == {
            "id": "ods:RXX/nis-11/x", "organisation": "ods:RXX", "policy": "nis-11/x", "is_on": is_on,
        }  # fmt: skip


# ---- names and values ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "a" * 31, "a" * 33, "A" * 32, "g" * 32, f"{KEY}\n"])
def test_a_name_that_no_alert_has_has_no_key(name: str) -> None:
    assert alert_key_of(name) is None
    assert alert_keys_of([KEY, name]) is None


def test_many_keys_are_read_in_their_order() -> None:
    names = [KEY, "01" * 16, "f0" * 16]
    assert alert_keys_of(names) == [bytes.fromhex(name) for name in names] == [alert_key_of(name) for name in names]
    assert alert_keys_of([]) == []
    assert alert_keys_of(["a" * 31, "a" * 33]) is None


def test_a_field_that_says_nothing_has_the_value_that_stands_for_nothing() -> None:
    assert value_of(shown(x=None), "x", "default") == value_of({}, "x", "default") == "default"
    assert value_of(shown(x=0), "x", "default") == 0
    assert value_of({}, "x") is None


def test_two_spellings_of_one_name_are_no_conflict_where_the_name_is_the_thing() -> None:
    one, other = {"name": "ward  7B", "kind": "x"}, {"name": "WARD 7b", "kind": "x"}
    for kind in ("affected", "campaign"):
        assert told_apart(kind, CREATED, one) == told_apart(kind, CREATED, other)
        assert told_apart(kind, CREATED, one) != told_apart(kind, CREATED, {**other, "kind": "y"})
        assert told_apart(kind, "name", one) != told_apart(kind, "name", other)
        assert told_apart(kind, CREATED, {"kind": "x"}) == told_apart(kind, CREATED, {"kind": "x", "name": ""})
        assert told_apart(kind, CREATED, "ward") != told_apart(kind, CREATED, "WARD")
    assert told_apart("incident", CREATED, one) != told_apart("incident", CREATED, other)


def test_two_starts_of_one_task_are_no_conflict() -> None:
    assert told_apart("task", CREATED, {"a": 1}) == told_apart("task", CREATED, {"a": 2})
    assert told_apart("task", "owner", {"a": 1}) != told_apart("task", "owner", {"a": 2})
    assert told_apart("note", CREATED, {"a": 1}) != told_apart("note", CREATED, {"a": 2})


def test_rows_made_elsewhere_are_built_of_the_same_parts() -> None:
    assert projected_rows.facts(shown(a=1, b=2, created={}, deleted=True), ["a"]) == '{"b":2}'
    assert projected_rows.created(shown(created={})) == {"created_at": 11, "created_by": "author-11"}
