from __future__ import annotations

import pytest

from tests.unit.store.evidence import key_of, load, row, take_back
from triage_app.domain.evidence import COLUMNS
from triage_app.errors import BadInput
from triage_app.services import finding
from triage_app.services.session import Session
from triage_app.store import alerts, brought, imports, records, search
from triage_app.store.alerts import AlertFilter
from triage_app.store.records import RecordFilter


def dated(made: list[object], until_at: int) -> list[object]:
    made[COLUMNS.index("until_at")] = until_at
    return made


def shown(session: Session, kind: str, **narrowed: object) -> list[str]:
    ids = records.ids(session.store, RecordFilter(kind, **narrowed), "value", descending=False)  # type: ignore[arg-type]
    found = records.rows(session.store, ids)
    return [found[number]["value"] for number in ids]


def test_every_kind_has_its_list_and_none_of_them_enters_the_queue(session: Session) -> None:
    load(session, [row("a"), row("i", kind="indicator", value="evil.example"), row("f", kind="finding", value="CVE-1")])
    assert len(alerts.ids(session.store, alerts.AlertFilter())) == 1
    assert shown(session, "indicator") == ["evil.example"]
    assert shown(session, "finding") == ["CVE-1"]
    assert shown(session, "endpoint") == []
    assert records.counts(session.store)["indicator"] == 1


def test_a_record_said_again_is_a_repeat_and_the_newest_is_shown(session: Session) -> None:
    load(session, [row("i", 1000, kind="indicator", value="old.example")])
    done = load(session, [row("i", 2000, kind="indicator", value="new.example", title="Loader")])
    assert (done.new, done.repeats) == (0, 1)
    assert shown(session, "indicator") == ["new.example"]
    (found,) = records.rows(session.store, records.ids(session.store, RecordFilter("indicator"))).values()
    assert (found["count"], found["first_seen"], found["last_seen"]) == (2, 1000, 2000)


def test_an_import_taken_back_takes_its_records_along_and_brings_them_again(session: Session) -> None:
    done = load(session, [row("i", kind="indicator", value="evil.example")])
    take_back(session, done.entity)
    assert shown(session, "indicator") == []
    take_back(session, done.entity, undone=False)
    assert shown(session, "indicator") == ["evil.example"]


def test_many_records_fold_as_few_do(session: Session) -> None:
    rows = [row(f"i{number}", kind="indicator", value=f"h{number}.example") for number in range(300)]
    alerts_of = [row(f"a{number}") for number in range(300)]
    load(session, [*rows, *alerts_of, *rows[:5]], expected=100_000)
    assert records.counts(session.store)["indicator"] == 300
    assert len(alerts.ids(session.store, alerts.AlertFilter())) == 300


def test_words_narrow_a_list_before_and_after_the_index_is_made(session: Session) -> None:
    from triage_app.services.import_alerts import index_wait

    load(session, [row("i", kind="indicator", value="evil.example"), row("j", kind="indicator", value="good.example")])
    for _ in range(2):
        assert shown(session, "indicator", text="evil.example") == ["evil.example"]
        index_wait(session)


def test_an_advisory_due_before_it_was_first_imported_is_history(session: Session) -> None:
    past, to_come = (row(name, kind="advisory", value=name) for name in ("CC-1", "CC-2"))
    load(session, [dated(past, 0), dated(to_come, 9)])
    found = records.rows(session.store, records.ids(session.store, RecordFilter("advisory"), "value", descending=False))
    assert {item["value"]: item["history"] for item in found.values()} == {"CC-1": True, "CC-2": False}


@pytest.mark.parametrize("name", ["value", "key"])
def test_a_record_is_found_by_its_key_and_by_its_value(session: Session, name: str) -> None:
    load(session, [row("i", kind="indicator", value="evil.example")])
    asked = {"value": "evil.example", "key": key_of("i")}[name]
    (number,) = records.number_of(session.store, "indicator", asked)
    assert records.rows(session.store, [number])[number]["value"] == "evil.example"
    assert records.number_of(session.store, "finding", asked) == []


def test_an_import_keeps_its_summary(session: Session) -> None:
    load(session, [row("a")])
    assert imports.listing(session.store)[0]["summary"] == "{}"


def test_words_are_counted_in_every_kind_and_an_address_is_whole_or_it_is_another(session: Session) -> None:
    load(
        session,
        [
            row("a", src="198.51.100.7"),
            row("b", kind="indicator", value="198.51.100.7"),
            row("c", kind="indicator", value="198.51.100.77"),
            row("d", kind="advisory", value="CC-1", detail="Seen at 198[.]51[.]100[.]7", tokens="198.51.100.7"),
        ],
    )
    for _ in range(2):  # the scan of what is not indexed yet, then the index
        assert records.passing(session.store, RecordFilter("", text="198.51.100.7")) == {"indicator": 1, "advisory": 1}
        found = finding.everything(session.store, AlertFilter(text="198.51.100.7"))
        assert [each["kind"] for each in found] == ["alert", "indicator", "advisory"]
        assert finding.hits(session.store, AlertFilter(text="198.51.100.7")).alerts == 1
        search.index_all(session.store, lambda done, whole: None)
    assert finding.hits(session.store, AlertFilter(min_severity=10)).lists == {}
    with pytest.raises(BadInput, match="nothing to look for"):
        finding.everything(session.store, AlertFilter())


def test_a_row_knows_the_standing_imports_that_brought_it_and_its_place_in_each(session: Session) -> None:
    first = load(session, [row("x"), row("i", kind="indicator", value="evil.example")])
    load(session, [row("i", kind="indicator", value="evil.example"), row("y")])
    (found,) = records.rows(session.store, records.ids(session.store, RecordFilter("indicator"))).values()
    came = brought.imports_of(session.store, found["newest"])
    assert [(each["name"], each["place"], each["leaves"]) for each in came] == [("ward.csv", 2, 2), ("ward.csv", 1, 2)]
    (entity,) = {each["id"] for each in came if each["place"] == 2}
    take_back(session, entity)
    assert [each["place"] for each in brought.imports_of(session.store, found["newest"])] == [1]
    assert first.new == 2
