"""Alerts taken down by hand: evidence of one record that travels, folds, is found and undone; the caller is sealed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stores import CHEAP, Laptop
from triage_app.errors import BadInput, NotFound, TriageError
from triage_app.services import histories, import_alerts, manual_alerts, slots, taking_back, tips, triage
from triage_app.services.undo import redo, undo
from triage_app.store import alerts, imports, lookup, reported, responders
from triage_app.store.alerts import AlertFilter
from triage_app.store.source_records import source_record
from triage_app.store.state import projection_differences

LAPTOPS = 3
SAID: dict[str, Any] = {"caller": "Jo Pryce", "contact": "bleep 1432", "note": "Sister Pryce saw it on bay 4"}


def row(laptop: Laptop, key: str) -> dict[str, Any]:
    numbers = alerts.numbers_of(laptop.store, [key])
    return alerts.rows(laptop.store, list(numbers.values()))[numbers[key]]


def found(laptop: Laptop, text: str) -> int:
    return len(alerts.ids(laptop.store, AlertFilter(text=text)))


def test_a_call_is_an_alert_in_the_queue_like_any_other(laptop: Laptop) -> None:
    done = manual_alerts.take_down(
        laptop.session,
        "Screens  locked by a note",
        where="WARD7-PC-03",
        noticed="10 minutes ago",
        severity="High",
        **SAID,
    )
    shown = row(laptop, done.id)
    assert (shown["title"], shown["host"], shown["state"]) == ("Screens locked by a note", "WARD7-PC-03", "new")
    assert (shown["source"], shown["category"], shown["organisation"]) == ("Reported", "Telephone", "RXX")
    assert (shown["severity"], shown["severity_rule"]) == (75, "words/1")
    assert (laptop.clock.at.timestamp() * 1000 - shown["last_seen"]) // 60_000 == 10
    (listed,) = imports.listing(laptop.store)
    assert (listed["format"], listed["records"], listed["new"]) == ("manual-alert", 1, 1)
    assert found(laptop, "ward7-pc-03") == 1
    import_alerts.index_wait(laptop.session)
    assert found(laptop, "screens locked") == 1
    laptop.verified()
    assert projection_differences(laptop.store) == []


def test_nothing_of_the_caller_stands_in_the_evidence_or_unsealed_in_the_store(laptop: Laptop) -> None:
    done = manual_alerts.take_down(laptop.session, "Odd box on a screen", **SAID)
    record = source_record(laptop.store, row(laptop, done.id)["newest"])
    assert record is not None
    assert record["report"] == done.ref
    everything = (
        b"".join(bytes(data) for (data,) in laptop.store.rows("SELECT bytes FROM body"))
        + repr(laptop.store.dicts("SELECT * FROM evidence_row")).encode()
        + repr(imports.listing(laptop.store)).encode()
    )
    for words in ("Pryce", "bleep 1432", "bay 4"):
        assert words.encode() not in everything
        assert found(laptop, words) == 0
    (report,) = reported.of_alert(laptop.store, done.id)
    assert tips.as_data(report)["reporter"] == "[masked]"
    assert tips.reveal(laptop.session, report["id"]) == {"reporter": "Jo Pryce", "contact": "bleep 1432"}
    tips.erase(laptop.session, report["id"])
    assert row(laptop, done.id)["title"] == "Odd box on a screen"
    (report,) = reported.of_alert(laptop.store, done.id)
    assert report["reporter"] == "[erased]"


def test_an_alert_of_which_nobody_is_named_needs_no_report(laptop: Laptop) -> None:
    done = manual_alerts.take_down(laptop.session, "Odd box on a screen")
    assert done.ref == ""
    assert laptop.rows("tip") == []


def test_undo_takes_back_alert_and_report_and_redo_brings_both_again(laptop: Laptop) -> None:
    done = manual_alerts.take_down(laptop.session, "Odd box on a screen", **SAID)
    assert undo(laptop.session).changes.label == "Undone: Took down an alert"
    assert alerts.numbers_of(laptop.store, [done.id]) == {}
    assert laptop.rows("tip") == []
    redo(laptop.session)
    assert row(laptop, done.id)["state"] == "new"
    assert len(laptop.rows("tip")) == 1
    laptop.verified()


def test_undo_goes_past_the_import_of_a_file_and_not_past_a_call(laptop: Laptop) -> None:
    key = manual_alerts.take_down(laptop.session, "First").id
    import_alerts.import_file(laptop.session, b"title,host\nOdd,PC-1\n", name="a.csv", mapping=mapping())
    assert undo(laptop.session).changes.label == "Undone: Took down an alert"
    assert alerts.numbers_of(laptop.store, [key]) == {}
    assert len(alerts.ids(laptop.store, AlertFilter())) == 1


def mapping() -> Any:
    from triage_app.domain.mapping import Mapping

    return Mapping(name="a", source="a", columns={"title": "title", "host": "host"})


def test_its_import_can_be_taken_back_as_any(laptop: Laptop) -> None:
    key = manual_alerts.take_down(laptop.session, "First", **SAID).id
    (listed,) = imports.listing(laptop.store)
    taking_back.take_back(laptop.session, [listed["id"]])
    assert alerts.numbers_of(laptop.store, [key]) == {}
    taking_back.put_back(laptop.session, [listed["id"]])
    assert row(laptop, key)["title"] == "First"


def test_two_calls_that_say_the_same_are_two_alerts_unless_they_have_one_ticket(laptop: Laptop) -> None:
    one, other = (manual_alerts.take_down(laptop.session, "Odd box", noticed="-5m").id for _ in range(2))
    assert one != other
    first = manual_alerts.take_down(laptop.session, "Odd box", ticket="INC0042")
    triage.dismiss(laptop.session, [first.id], "false-positive")
    again = manual_alerts.take_down(laptop.session, "Odd box again", ticket="INC0042", **SAID)
    assert again.id == first.id
    assert again.label == f"Told again of the alert with that ticket, which is dismissed, report {again.ref}"
    assert (row(laptop, first.id)["count"], row(laptop, first.id)["title"]) == (2, "Odd box again")


def test_it_travels_proved_and_the_caller_stays_within_the_organisation(laptops: list[Laptop]) -> None:
    own, sister, other = laptops
    done = manual_alerts.take_down(own.session, "Odd box on a screen", where="PC-9", **SAID)
    sister.merge(own.export(sister))
    other.merge(own.export(other))
    for laptop in (sister, other):
        assert row(laptop, done.id)["host"] == "PC-9"
        laptop.verified()
    (told,) = reported.of_alert(sister.store, done.id)
    assert told["reporter"] == "Jo Pryce"
    assert reported.of_alert(other.store, done.id) == []
    undo(own.session)
    sister.merge(own.export(sister))
    assert alerts.numbers_of(sister.store, [done.id]) == {}


def test_a_report_becomes_an_alert_and_then_counts_with_the_alerts_incident(laptop: Laptop) -> None:
    tip = tips.receive(laptop.session, "A long story", reporter="Jo Pryce").id
    done = manual_alerts.take_down(laptop.session, "Odd box on a screen", tip=tip)
    assert lookup.one(laptop.store, "tip", tip)["state"] == "alert"  # type: ignore[index]
    with pytest.raises(BadInput, match="is an alert now"):
        tips.promote(laptop.session, [tip])
    with pytest.raises(BadInput, match="is an alert now"):
        tips.close(laptop.session, [tip], "nothing follows")
    incident = triage.promote(laptop.session, [done.id]).id
    assert [one["id"] for one in tips.of_incident(laptop.store, incident)] == [tip]
    undo(laptop.session)
    undo(laptop.session)
    assert lookup.one(laptop.store, "tip", tip)["state"] == "new"  # type: ignore[index]
    assert tips.of_incident(laptop.store, incident) == []


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"what": " \u200b "}, "is empty"),
        ({"what": "x" * 301}, "longer than 300"),
        ({"noticed": "in 3 days"}, "no time|future"),
        ({"noticed": "2026-12-24 10:00"}, "future"),
        ({"severity": "dreadful"}, "no severity"),
        ({"organisation": "R X"}, "no organisation code"),
        ({"ticket": "9" * 81}, "at most 80"),
        ({"where": "a\x1b[31m"}, "control character"),
        ({"channel": "pigeon"}, "no way"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_sentence_and_nothing_is_written(
    laptop: Laptop, more: dict[str, str], problem: str
) -> None:
    before = laptop.verified()
    with pytest.raises(BadInput, match=problem):
        manual_alerts.take_down(laptop.session, **{"what": "Odd box", **SAID, **more})
    assert laptop.verified() == before
    assert imports.listing(laptop.store) == []


def test_while_a_file_is_being_taken_in_it_waits(laptop: Laptop) -> None:
    refused: list[str] = []

    def meanwhile() -> None:
        if imports.unfinished(laptop.store) and not refused:
            with pytest.raises(TriageError) as error:
                manual_alerts.take_down(laptop.session, "Odd box")
            refused.append(error.value.what)

    import_alerts.import_file(
        laptop.session, b"title,host\nOdd,PC-1\n", name="a.csv", mapping=mapping(), between=meanwhile
    )
    assert refused == ["A file is being taken in."]
    assert len(alerts.ids(laptop.store, AlertFilter())) == 1


def test_secrets_in_what_was_told_are_masked(laptop: Laptop) -> None:
    done = manual_alerts.take_down(laptop.session, "Reset at https://a.example/?password=hunter2longer asked")
    assert "hunter2" not in row(laptop, done.id)["title"]


def test_another_responder_of_ours_is_given_an_alert_and_nobody_else(laptops: list[Laptop]) -> None:
    own = laptops[0]
    key = manual_alerts.take_down(own.session, "Odd box").id
    jo = slots.add_responder(own.session, "Jo Pryce", "seven calm herons wade", CHEAP).id
    assert [one["name"] for one in responders.of_organisation(own.store, "RXX")] == ["Asha Rahman", "Jo Pryce"]
    assert triage.read_responder(own.session, "pry") == jo
    assert triage.assign(own.session, [key], jo).label == "Given to Jo Pryce"
    assert responders.holder_of(own.store, key) == jo
    assert row(own, key)["state"] == "in hand"
    (line,) = [one for one in histories.of(own.store, key) if one["field"] == "triage"]
    assert histories.triage_words(line["after"], lambda who: f"<{who}>") == f"in hand of <{jo}>"
    assert triage.take_in_hand(own.session, [key]).label == "Taken in hand"
    assert responders.holder_of(own.store, key) == own.session.author.responder
    undo(own.session)
    undo(own.session)
    assert responders.holder_of(own.store, key) == ""
    with pytest.raises(NotFound):
        triage.assign(own.session, [key], "0123456789abcdef")
    slots.remove(own.session, jo)
    with pytest.raises(NotFound):
        triage.assign(own.session, [key], jo)
    with pytest.raises(BadInput, match="No responder"):
        triage.read_responder(own.session, "zz")
    assert triage.read_responder(own.session, "me") == own.session.author.responder


def test_what_somebody_has_in_hand_is_not_written_a_second_time(laptops: list[Laptop]) -> None:
    own = laptops[0]
    one, other = (manual_alerts.take_down(own.session, words).id for words in ("Odd box", "Odder box"))
    jo = slots.add_responder(own.session, "Jo Pryce", "seven calm herons wade", CHEAP).id
    triage.take_in_hand(own.session, [one])
    with pytest.raises(BadInput, match=r"You have it in hand already\. Nothing was changed\."):
        triage.take_in_hand(own.session, [one])
    triage.take_in_hand(own.session, [one, other])
    written = [line for key in (one, other) for line in histories.of(own.store, key) if line["field"] == "triage"]
    assert len(written) == 2
    with pytest.raises(BadInput, match=r"You have all 2 in hand already\."):
        triage.take_in_hand(own.session, [one, other])
    triage.assign(own.session, [one], jo)
    with pytest.raises(BadInput, match=r"Jo Pryce has it in hand already\."):
        triage.assign(own.session, [one], jo)
    triage.take_in_hand(own.session, [one])
    undo(own.session)
    assert responders.holder_of(own.store, one) == jo
