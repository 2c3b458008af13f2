"""What an alert may share with another: indicators, host, user and rule; and which of them say little by themselves.

A host's name, an account and an address of an internal network are another machine in another organisation, so they
are the same only within one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from triage_app.domain.indicators import canonical_domain, canonical_values, defang, is_whole_indicator, visible
from triage_app.domain.search_words import read_words
from triage_app.formats.secrets import MASK
from triage_app.language import say
from triage_app.services.vocabularies import kept, vocabulary
from triage_app.store.related import MANY, Wanted

INDICATORS: Final = ("hash", "url", "address", "server", "mail", "domain")

WEIGHTS: Final = {
    "hash": 8.0, "url": 7.0, "address": 5.0, "mail": 5.0, "host": 5.0, "user": 4.0, "domain": 4.0, "rule": 1.0,
    "server": 2.0, "campaign": 1.0,
}  # fmt: skip
"""What it counts to share one. Whatever is 4 or more is a reason by itself. A server is an internal address that
something was sent to: a resolver or a mail gateway that every alert of a network may have in common."""

WORDS: Final = {
    "hash": "file", "url": "web address", "address": "address", "mail": "mail address", "host": "host",
    "server": "internal address", "user": "user", "domain": "domain", "rule": "rule", "campaign": "campaign",
}  # fmt: skip
"""Kind → what a responder calls it."""

_MOST_ADDRESSES: Final = 4
_MOST_LENGTH: Final = 500


@dataclass(frozen=True)
class Value:
    """Something that an alert may share with another."""

    kind: str
    text: str
    "As the source wrote it; of an indicator, in canonical form."
    organisation: str | None = None
    "Whose alerts alone count: of a host's name, an account, an address of an internal network. None for anybody's."
    source: str = ""
    "Of a rule: whose it is."

    @property
    def safe(self) -> str:
        """The value for the screen: addresses in it defanged, hidden signs spelt out."""
        indicator = self.kind in INDICATORS
        return visible(defang(self.text) if indicator or canonical_values(self.text) else self.text)

    @property
    def query(self) -> str:
        """The filter of the queue behind a count of it."""
        return _query(self)


# -- what an alert may share -------------------------------------------------------------------------------


def values_of(alert: Mapping[str, Any]) -> list[Value]:
    """Return what an alert of ``alerts.rows`` may share with others, each once, the weightiest first."""
    whose = str(alert["organisation"])
    found: list[Value] = []
    if alert["hash"]:
        found.append(Value("hash", alert["hash"].strip()))
    if alert["url"]:
        found += _of_url(alert["url"].strip(), whose)
    found += of_address(alert["src"], whose)
    for one in of_address(alert["dst"], whose):
        found.append(replace(one, kind="server") if one.organisation is not None else one)
    if alert["host"]:
        host = alert["host"].strip()
        found += of_address(host, whose) if is_whole_indicator(host) else [Value("host", host, whose)]
    if alert["user"]:
        user = alert["user"].strip()
        found.append(Value("user", user, None if "@" in user else whose))
    if alert["title"]:
        found.append(Value("rule", alert["title"], None, alert["source"] or ""))
    machines = {one.text for one in found if one.kind == "address"}
    fitting = [
        one
        for one in found
        if 0 < len(one.text) <= _MOST_LENGTH
        and MASK not in one.text  # what was taken out is not the same because it was taken out
        and not (one.kind == "server" and one.text in machines)
    ]
    once = {(one.kind, one.text.casefold(), one.organisation): one for one in fitting}
    return sorted(once.values(), key=lambda one: -WEIGHTS[one.kind])


def _of_url(url: str, whose: str) -> list[Value]:
    words = read_words(url)
    if len(words) != 1 or words[0].kind != "address":
        return [Value("url", url)]
    host = words[0].text.partition("/")[0]
    return [Value("url", url), *of_address(host, whose)]


def of_address(text: str, whose: str) -> list[Value]:
    """Return the addresses that a column names: without a port, and a domain as itself alone."""
    found = []
    for part in text.replace(",", " ").split()[:_MOST_ADDRESSES]:
        bare = re.sub(r"(?<=[0-9])(?<!:):\d{1,5}\Z", "", part) if part.count(":") == 1 else part
        bare = bare.strip("[]")
        if "@" in bare and is_whole_indicator(bare):
            found.append(Value("mail", bare.lower()))
        elif is_whole_indicator(bare) and ("." in bare or ":" in bare):
            found.append(Value("address", bare.lower(), whose if _is_internal(bare) else None))
        elif canonical_domain(bare):
            found.append(Value("domain", canonical_domain(bare)))
    return found


def _is_internal(address: str) -> bool:
    """Tell whether an address is another machine in another organisation's network."""
    from ipaddress import ip_address, ip_network  # most commands ask for none

    try:
        one = ip_address(address)
    except ValueError:
        return False
    inside = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
              "fc00::/7", "fe80::/10")  # fmt: skip
    return any(one.version == net.version and one in net for net in map(ip_network, inside))


def wanted(value: Value) -> Wanted:
    """Return how the store is asked for a value."""
    if value.kind in ("host", "user", "rule"):
        column = "title" if value.kind == "rule" else value.kind
        return Wanted(value.text, column, value.organisation, value.source)
    if value.kind in ("url", "hash"):
        words = read_words(value.text)
        if len(words) == 1 and words[0].kind == "address":
            return Wanted(words[0].text, is_page=True)
        if value.kind == "url" or not is_whole_indicator(value.text):
            return Wanted(value.text, value.kind)
        return Wanted(value.text)
    token = (canonical_values(value.text) or [value.text])[0] if ":" in value.text else value.text
    return Wanted(token, organisation=value.organisation)


def _query(value: Value) -> str:
    """Return the filter of alerts that lists what was counted."""
    from triage_app.domain.filter_grammar import Part, written
    from triage_app.domain.filter_grammar import Value as Said
    from triage_app.services.alert_filter import KEYS

    key = {"host": "host", "user": "user", "rule": "rule", "campaign": ""}.get(value.kind, "ioc")
    parts = [Part("src", (Said(value.source),))] if value.kind == "rule" and value.source else []
    parts.append(Part(key, (Said(value.text),)))
    if value.organisation:
        parts.append(Part("org", (Said(value.organisation),)))
    return written(parts, KEYS)


# -- what says little --------------------------------------------------------------------------------------


@kept
def known_good() -> dict[tuple[str, str], str]:
    """Return the values that say little whoever shares them: (kind, value in lower case) → why."""
    listed = vocabulary("known_good")["values"]
    return {(one["kind"], one["value"].lower()): one["because"] for one in listed}


def why_known(value: Value) -> str:
    """Return why a value is known to say little, '' for any other. A domain stands for those below it too.

    A web address is what its path makes it: one at a service where anybody can put things may still be an attacker's.
    """
    listed = known_good()
    text = value.text.lower()
    if value.kind == "domain":
        labels = text.split(".")
        above = (".".join(labels[place:]) for place in range(len(labels)))
        return next((listed["domain", name] for name in above if ("domain", name) in listed), "")
    return listed.get((value.kind, text), "")


def why_muted(value: Value, count: int) -> str:
    """Return why sharing a value that stands in so many alerts says little, '' where it counts."""
    known = why_known(value)
    if known:
        return say("{0}: says little", known)
    return say("seen in {0:,} alerts or more: says little", MANY) if count >= MANY else ""
