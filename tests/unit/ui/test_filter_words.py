"""How a filter is put together from chips and what is typed, and how chips say it."""

from __future__ import annotations

import pytest

from triage_app.ui.views.filter_words import chip_words, merged, terms_of


def test_what_is_typed_takes_the_place_of_what_an_alert_has_one_of_and_is_added_to_the_rest() -> None:
    assert terms_of(merged("is:open sev:low vpn", "is:new gateway")) == ["sev:low", "is:new", "vpn gateway"]
    assert merged("is:open ioc:a.com", "ioc:b.com -org:RXX") == "is:open ioc:a.com ioc:b.com -org:RXX"
    assert merged("sev:>=low seen:<24h", "sev:<high") == "seen:<24h sev:<high"
    assert merged("is:open -is:new", "is:new") == "is:new"
    assert merged("is:open", "-is:new") == "is:open -is:new"
    assert merged("-ward", "ward") == "ward"


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("sev:>=low", ("sev", "≥ low")), ("sev:low", ("sev", "≥ low")), ("sev:<=low", ("sev", "≤ low")),
        ("sev:<high", ("sev", "< high")), ("sev:=low", ("sev", "= low")), ("sev:low,high", ("sev", "low or high")),
        ("-sev:>high", ("not sev", "> high")), ("is:in-hand,new", ("is", "in hand or new")),
        ("seen:24h", ("seen", "≤ 24h")), ("seen:<24h", ("seen", "< 24h")), ("seen:>24h", ("seen", "> 24h")),
        ("seen:2026-11-20..2026-11-22", ("seen", "2026-11-20 to 2026-11-22")),
        ("seen:2026-11-20..", ("seen", "since 2026-11-20")), ("seen:..2026-11-20", ("seen", "until 2026-11-20")),
        ("seen:2026-11-20", ("seen", "on 2026-11-20")), ("seen:today", ("seen", "today")),
        ("ioc:evil.com", ("ioc", "evil[.]com")), ('src:"Microsoft Defender"', ("src", "Microsoft Defender")),
        ("-org:RXX", ("not org", "RXX")), ("vpn gateway", ("text", "vpn gateway")),
        ('"two words" one', ("text", "“two words” one")), ("-ward", ("without", "ward")),
    ],
)  # fmt: skip
def test_a_chip_says_each_comparison_as_it_is(term: str, said: tuple[str, str]) -> None:
    assert chip_words(term) == said
