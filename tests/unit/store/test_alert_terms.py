"""What a filter finds in a real store, term by term, whether the index holds the rows yet or not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.unit.store.evidence import LAYOUT, imports, key_of, load, row, take_back
from triage_app.domain.evidence import Layout
from triage_app.services import incidents, triage
from triage_app.services.alert_filter import read_filter
from triage_app.services.changes import milliseconds
from triage_app.services.session import Session
from triage_app.store import alert_terms, alerts, first_alerts, search

ALERTS = ("defender", "scan", "mail", "other")


def at(session: Session, hours: float) -> int:
    """So many hours before it is now there."""
    return milliseconds(session.now() - timedelta(hours=hours))


@pytest.fixture(params=["indexed", "not indexed"])
def filled(session: Session, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A store of four alerts of three sources."""
    defender = row(
        "defender", at(session, 1), 95, title="Beacon to known loader", category="Malware", host="WARD7B-PH-014",
        user="NHS\\svc-dispense", src="10.0.0.5", dst="203.0.113.44:443", url="http://update.evil.com/k7?a=1,2",
        hash="9f" * 32, organisation="RXX", rsit="malicious-code/c2-server", tokens="evil.com update.evil.com",
    )  # fmt: skip
    scan = row(
        "scan", at(session, 30), 45, title="ET SCAN sweep", category="scanner", host="gw-1.rxx.example",
        src="2001:db8::1", dst="10.0.0.6", organisation="RYY", tokens="v6_2001_db8__1",
        rsit="information-gathering/scanner",
    )  # fmt: skip
    mail = row("mail", at(session, 3), 75, title="Rota change", user="jo@ward.example", host="WARD7B-PH-0140",
               detail="see evil[.]com and two words here", organisation="RXX", rsit="fraud/phishing",
               tokens="evil.com")  # fmt: skip
    other = row("other", None, 5, title="words two", host="PC_1", organisation="RZZ")
    for source, one in (("Microsoft Defender", defender), ("Suricata", scan), ("Shadowserver", mail), ("Wazuh", other)):
        monkeypatch.setattr("tests.unit.store.evidence.LAYOUT", Layout("csv", source, LAYOUT.verbatim))
        load(session, [one])
    if request.param == "indexed":
        search.index_all(session.store, lambda *_: None)
    return session


def found(session: Session, query: str) -> set[str]:
    """The names of the alerts that pass a filter; the quick first page agrees, and the filter left out is the rest."""
    narrowed = read_filter(session, query)
    numbers = alerts.ids(session.store, narrowed)
    keys = {alerts.rows(session.store, [number])[number]["key"] for number in numbers}
    assert first_alerts.first_ids(session.store, narrowed, "severity", True, 200) == numbers
    assert alerts.count(session.store, narrowed) == len(numbers)
    if " " not in query:
        rest = alerts.ids(session.store, read_filter(session, query[1:] if query[0] == "-" else f"-{query}"))
        assert sorted([*numbers, *rest]) == [1, 2, 3, 4]
    return {name for name in ALERTS if key_of(name) in keys}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ('src:"Microsoft Defender"', {"defender"}), ("src:suricata", {"scan"}), ("src:Micro*", {"defender"}),
        ('src:Wazuh,"microsoft defender"', {"defender", "other"}), ("src:Micro", set()),
        ("org:rxx", {"defender", "mail"}), ("org:RX", set()), ("-org:RXX", {"scan", "other"}),
        ("sev:>=high", {"defender", "mail"}), ("sev:high,info", {"mail", "other"}), ("sev:<=low", {"other"}),
        ("-sev:>=high", {"scan", "other"}), ("sev:=medium", {"scan"}), ("sev:>70", {"defender", "mail"}),
        ("seen:<24h", {"defender", "mail"}), ("seen:>24h", {"scan"}), ("-seen:<24h", {"scan", "other"}),
        ("seen:4h..2h", {"mail"}),
        ("ioc:evil[.]com", {"defender", "mail"}), ("ioc:hxxp://update[.]evil[.]com/k7", set()),
        ('ioc:"hxxp://update[.]evil[.]com/k7?a=1,2"', {"defender"}), ("ioc:203.0.113.44", {"defender"}),
        ("ioc:203.0.113.4", set()), ("ioc:2001:db8::1", {"scan"}), ("ioc:k7.com", set()),
        ("rsit:fraud/phishing", {"mail"}), ("rsit:malicious-code", {"defender"}), ("-rsit:fraud", {*ALERTS} - {"mail"}),
        ("host:ward7b-ph-014", {"defender"}), ("host:WARD7B*", {"defender", "mail"}), ("host:gw-1", {"scan"}),
        ("host:PC_1", {"other"}), ("host:PCx1", set()),
        ("user:svc-dispense", {"defender"}), ("user:jo", {"mail"}), ("user:svc*", {"defender"}), ("user:o", set()),
        ("ip:203.0.113.44", {"defender"}), ("ip:203.0.113.4", set()), ("ip:2001:db8:0::1", {"scan"}),
        ("url:evil.com", {"defender"}), ("url:hxxp://update.evil[.]com/k7", {"defender"}), ("url:rota", set()),
        ("hash:" + "9f" * 32, {"defender"}), ("hash:" + "9f" * 16, set()),
        ('rule:"ET SCAN*"', {"scan"}), ("rule:malware", {"defender"}), ("rule:SCAN", set()),
        ('"two words"', {"mail"}), ("two words", {"mail", "other"}), ('-"two words"', {"defender", "scan", "other"}),
        ("-rota", {"defender", "scan", "other"}), ("words -rota", {"other"}),
        ("org:RXX -ioc:203.0.113.44", {"mail"}), ("host:WARD7B* sev:>=critical", {"defender"}),
    ],
)  # fmt: skip
def test_a_term_finds_what_it_says_and_left_out_all_else(filled: Session, query: str, names: set[str]) -> None:
    assert found(filled, query) == names


@pytest.mark.parametrize("many", [0, alert_terms.MANY])
def test_a_class_is_found_by_its_own_index_however_common_it_is(
    filled: Session, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert_terms, "MANY", many)
    assert found(filled, "rsit:fraud/phishing") == {"mail"}
    assert found(filled, "-rsit:fraud") == {*ALERTS} - {"mail"}
    asked: list[str] = []
    filled.store.connection.set_trace_callback(asked.append)
    alerts.ids(filled.store, read_filter(filled, "rsit:fraud"))
    filled.store.connection.set_trace_callback(None)
    (sql,) = [one for one in asked if "FROM alert " in one]
    plan = " ".join(step[3] for step in filled.store.rows(f"EXPLAIN QUERY PLAN {sql}"))
    assert "evidence_row_rsit" in plan
    assert ("alert_key" in plan) == (many > 0), "few rows lead to their alerts; else the alerts are gone through"


def test_states_campaigns_and_who_decided(filled: Session) -> None:
    me = filled.responder_name
    made = triage.promote(filled, [key_of("defender")])
    incidents.set_field(filled, made.id, "campaign", "Rota change")
    triage.take_in_hand(filled, [key_of("scan")])
    triage.snooze(filled, [key_of("mail")], filled.now() + timedelta(hours=1))
    assert found(filled, "is:linked") == {"defender"}
    assert found(filled, "is:in-hand,snoozed") == {"scan", "mail"}
    assert found(filled, "-is:new") == {"defender", "scan", "mail"}
    assert found(filled, 'campaign:"rota  CHANGE"') == found(filled, "campaign:rota*") == {"defender"}
    assert found(filled, "campaign:other") == set()
    assert found(filled, "by:me") == found(filled, f'by:"{me}"') == {"defender", "scan", "mail"}
    assert found(filled, "by:nobody") == set()


def test_a_snoozed_alert_whose_time_has_come_is_new_and_no_longer_snoozed(filled: Session) -> None:
    triage.snooze(filled, [key_of("mail")], filled.now() + timedelta(hours=1))
    narrowed = read_filter(filled, "is:snoozed")
    assert len(alerts.ids(filled.store, narrowed)) == 1
    filled.store.execute("UPDATE alert_decision SET until = 1")
    assert len(alerts.ids(filled.store, read_filter(filled, "is:snoozed"))) == 0
    assert len(alerts.ids(filled.store, read_filter(filled, "is:new"))) == 4
    assert len(alerts.ids(filled.store, read_filter(filled, "-is:new"))) == 0


def test_what_a_person_put_right_counts_and_not_what_the_source_said(filled: Session) -> None:
    triage.correct(filled, key_of("scan"), "organisation", "RXX")
    triage.correct(filled, key_of("mail"), "rsit", "other/uncategorised")
    triage.correct(filled, key_of("scan"), "host", "gate")
    assert found(filled, "org:RXX") == {"defender", "mail", "scan"}
    assert found(filled, "org:RYY") == set()
    assert found(filled, "rsit:fraud") == set()
    assert found(filled, "host:gate") == {"scan"}
    assert found(filled, "host:gw-1") == set()


def test_what_an_import_brought_that_was_taken_back_is_not_found(filled: Session) -> None:
    load(
        filled,
        [row("mail", at(filled, 2), 75, title="Rota change", host="LATER", organisation="RXX", tokens="late.com")],
    )
    assert found(filled, "host:LATER") == {"mail"}
    newest = imports.listing(filled.store)[0]
    take_back(filled, max(imports.listing(filled.store), key=lambda one: one["id"] == newest["id"])["id"])
    assert found(filled, "host:LATER") == found(filled, "ioc:late.com") == set()


def test_the_first_page_goes_through_the_newest_rows_where_a_value_is_common(
    filled: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage_app.store.alert_terms.MANY", 0)
    for query in ("org:RXX", "host:WARD7B*", "ioc:evil.com", "two words", '-"two words"', "rota", "ip:2001:db8::1"):
        assert found(filled, query)
