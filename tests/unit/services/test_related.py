"""Which incidents alerts are likely to belong to: what moves the order, what says little, and what is never assumed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_app.services.related import Likely, Related, Tie, rank, tie_of
from triage_app.services.related_values import (
    WEIGHTS,
    WORDS,
    Value,
    known_good,
    values_of,
    why_known,
    why_muted,
)

INCIDENTS = [{"id": name, "ref": f"RXX-{name}", "title": name} for name in ("a", "b", "c", "d", "e")]
STRONG = sorted(kind for kind, weight in WEIGHTS.items() if weight >= 4)
WEAK = sorted(WEIGHTS.keys() - set(STRONG))

incident_ids = st.sampled_from([one["id"] for one in INCIDENTS])
ties = st.builds(
    lambda kind, number, muted, incidents: Tie(
        Value(kind, f"{kind}-{number}"), 2, True, "says little" if muted else "", incidents
    ),
    st.sampled_from(sorted(WEIGHTS)),
    st.integers(0, 3),
    st.booleans(),
    st.dictionaries(incident_ids, st.none() | st.integers(0, 10**10), max_size=3),
)
alerts_ties = st.lists(st.lists(ties, max_size=5, unique_by=lambda tie: tie.value), min_size=1, max_size=4)


def alert(**fields: str) -> dict[str, Any]:
    """An alert as the store gives it, with nothing in it but what is named."""
    names = ("hash", "url", "src", "dst", "host", "user", "title", "source", "organisation")
    return {**dict.fromkeys(names, ""), **fields}


def shared(*kinds: str, incident: str = "b", muted: str = "", apart: int | None = None) -> list[Tie]:
    return [Tie(Value(kind, "x"), 2, True, muted, {incident: apart}) for kind in kinds]


@given(alerts_ties)
def test_ranking_offers_every_incident_once(each: list[list[Tie]]) -> None:
    found = rank(INCIDENTS, each)
    assert sorted(one.incident["id"] for one in found) == [one["id"] for one in INCIDENTS]


@given(alerts_ties)
def test_what_is_muted_moves_nothing(each: list[list[Tie]]) -> None:
    loud = [[tie for tie in one if not tie.muted] for one in each]
    assert rank(INCIDENTS, each) == rank(INCIDENTS, loud)


@given(alerts_ties)
def test_an_incident_is_safe_only_if_every_alert_shares_something_with_it_that_counts_by_itself(
    each: list[list[Tie]],
) -> None:
    for one in rank(INCIDENTS, each):
        name = one.incident["id"]
        proved = all(
            any(not tie.muted and tie.value.kind in STRONG and name in tie.incidents for tie in mine) for mine in each
        )
        assert one.is_safe == proved
        assert not one.is_safe or one.reasons


@given(alerts_ties)
def test_no_incident_without_a_reason_stands_before_one_with_a_reason(each: list[list[Tie]]) -> None:
    with_reasons = [bool(one.reasons) for one in rank(INCIDENTS, each)]
    assert with_reasons == sorted(with_reasons, reverse=True)


@given(alerts_ties, incident_ids, st.sampled_from(STRONG))
def test_sharing_more_never_lowers_an_incident(each: list[list[Tie]], name: str, kind: str) -> None:
    def place(found: list[Likely]) -> int:
        return [one.incident["id"] for one in found].index(name)

    more = [[*one, Tie(Value(kind, "one more"), 2, True, "", {name: None})] for one in each]
    assert place(rank(INCIDENTS, more)) <= place(rank(INCIDENTS, each))


@given(st.lists(st.sampled_from(WEAK), unique=True), st.integers(0, 1000))
def test_rule_campaign_and_hour_together_are_never_reason_enough(kinds: list[str], apart: int) -> None:
    found = rank(INCIDENTS, [[*shared(*kinds, apart=apart), *shared("user", incident="c")]])
    assert found[0].incident["id"] == "c"
    assert not any(one.is_safe for one in found[1:])


@given(alerts_ties)
def test_nothing_is_safe_where_not_every_alert_was_looked_at(each: list[list[Tie]]) -> None:
    assert not any(one.is_safe for one in rank(INCIDENTS, each, all_looked_at=False))


def test_the_order_of_incidents_that_share_nothing_stays() -> None:
    assert [one.incident for one in rank(INCIDENTS, [shared("host", incident="c")])] == [
        INCIDENTS[2], INCIDENTS[0], INCIDENTS[1], INCIDENTS[3], INCIDENTS[4],
    ]  # fmt: skip


def test_reasons_are_words_defanged_and_the_weightiest_first() -> None:
    tied = [
        Tie(Value("host", "WARD7-PC-12", "RXX"), 3, True, "", {"a": 3 * 3_600_000}),
        Tie(Value("rule", "Beacon to 203.0.113.5", None, "EDR"), 3, True, "", {"a": None}),
        Tie(Value("hash", "ab" * 32), 2, True, "", {"a": None}),
        Tie(Value("address", "203.0.113.5"), 3, True, "", {"a": 60_000}),
    ]
    assert rank(INCIDENTS, [tied])[0].reasons == (
        f"same file {'ab' * 32}", "same address 203[.]0[.]113[.]5", "same host WARD7-PC-12",
        "same rule “Beacon to 203[.]0[.]113[.]5”", "seen 1 minute apart",
    )  # fmt: skip


def test_of_many_alerts_each_reason_says_of_how_many_it_holds() -> None:
    found = rank(INCIDENTS, [shared("host"), shared("host", "user"), []])
    assert found[0].reasons == ("same host x (2 of 3)", "same user x (1 of 3)")
    assert found[0].sharing == 2
    assert not found[0].is_safe


def test_a_hidden_sign_in_a_value_is_spelt_out() -> None:
    assert Value("host", "PC\u202e21").safe == "PC⟦U+202E⟧21"


def test_a_host_an_account_and_an_internal_address_are_the_same_only_within_one_organisation() -> None:
    found = values_of(alert(host="PC-1", user="svc", src="10.1.2.3:445", dst="203.0.113.5", organisation="RXX"))
    assert {(one.kind, one.text, one.organisation) for one in found} == {
        ("host", "PC-1", "RXX"), ("user", "svc", "RXX"), ("address", "10.1.2.3", "RXX"),
        ("address", "203.0.113.5", None),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("203.0.113.5:443", "address", "203.0.113.5"),
        ("2001:db8::5", "address", "2001:db8::5"),
        ("[2001:db8::5]", "address", "2001:db8::5"),
        ("Update.Example", "domain", "update.example"),
        ("jo@evil.example", "mail", "jo@evil.example"),
    ],
)
def test_an_end_is_read_as_what_it_is(text: str, kind: str, value: str) -> None:
    (found,) = values_of(alert(dst=text))
    assert (found.kind, found.text) == (kind, value)


def test_what_was_masked_is_no_value() -> None:
    found = values_of(alert(user="[masked]", url="https://evil.example/?p=[masked]", organisation="RXX"))
    assert found == [Value("domain", "evil.example")]


def test_an_internal_address_that_something_was_sent_to_is_no_reason_by_itself() -> None:
    found = values_of(alert(src="10.1.1.1", dst="10.1.1.1 10.0.0.2", organisation="RXX"))
    assert [(one.kind, one.text) for one in found] == [("address", "10.1.1.1"), ("server", "10.0.0.2")]
    assert not Tie(found[1], 2).counts_by_itself
    assert Tie(found[0], 2).counts_by_itself


def test_of_a_web_address_the_host_is_a_value_too() -> None:
    found = values_of(alert(url="https://evil.example:8443/a?b=1"))
    assert [(one.kind, one.text) for one in found] == [
        ("url", "https://evil.example:8443/a?b=1"), ("domain", "evil.example"),
    ]  # fmt: skip


def test_known_good_values_say_little_however_few_have_them() -> None:
    assert why_muted(Value("address", "8.8.8.8"), 2) == "a public DNS resolver: says little"
    assert why_muted(Value("user", "NT AUTHORITY\\SYSTEM", "RXX"), 2).endswith("says little")
    assert why_muted(Value("domain", "eu.au.download.windowsupdate.com"), 2)
    assert why_known(Value("domain", "notwindowsupdate.com")) == ""
    assert why_known(Value("domain", "windowsupdate.com.evil.example")) == ""
    assert why_known(Value("host", "8.8.8.8")) == ""


def test_a_web_address_at_a_service_for_everybody_still_counts() -> None:
    by_kind = {one.kind: one for one in values_of(alert(url="https://github.com/attacker/loader"))}
    assert why_muted(by_kind["url"], 2) == ""
    assert "anybody can put things" in why_muted(by_kind["domain"], 2)


def test_what_a_thousand_alerts_have_says_little() -> None:
    assert why_muted(Value("host", "PC-1"), 999) == ""
    assert why_muted(Value("host", "PC-1"), 1_000) == "seen in 1,000 alerts or more: says little"


def test_every_known_good_value_is_of_a_kind_that_is_looked_for_and_has_a_reason() -> None:
    assert {kind for kind, _ in known_good()} <= set(WORDS)
    assert all(known_good().values())


def test_the_tie_of_an_address_is_found_with_its_port() -> None:
    tie = shared("address")[0]
    tie = Tie(Value("address", "203.0.113.5"), tie.alerts)
    assert tie_of(Related((tie,), ()), "203.0.113.5:443") is tie
    assert tie_of(Related((tie,), ()), "203.0.113.55") is None
