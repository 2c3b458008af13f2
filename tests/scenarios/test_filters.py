"""Filters and saved views on the command line: what the window's field takes, and what is wrong pointed at."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.scenarios.laptop import Laptop
from tests.unit.store.evidence import load, row
from triage_app.services.changes import milliseconds

ISSUE = "sev:>=high src:shadowserver org:RXX is:new seen:<24h ioc:evil[.]com rsit:fraud/phishing"


@pytest.fixture
def filled(laptop: Laptop) -> Laptop:
    day = datetime(2026, 11, 22, 1, tzinfo=UTC)
    with laptop.session() as session:
        beacon = row("a", milliseconds(day), 75, title="Beacon", host="WARD7-PC", url="http://evil.com/a")
        rota = row("b", milliseconds(day - timedelta(days=2)), 25, title="Rota change", host="WARD8-PC")
        load(session, [beacon, rota])
    return laptop


def titles(laptop: Laptop, query: str) -> list[str]:
    return [row["title"] for row in laptop.ask("alerts", "list", "--filter", query)]


def test_the_list_takes_the_whole_grammar(filled: Laptop) -> None:
    assert titles(filled, ISSUE) == []
    assert titles(filled, "ioc:evil[.]com is:new") == ["Beacon"]
    assert titles(filled, "host:WARD* -ioc:hxxp://evil[.]com/a") == ["Rota change"]
    assert titles(filled, "sev:<=low") == ["Rota change"]
    assert titles(filled, "seen:2026-11-22..") == ["Beacon"]


def test_what_is_wrong_is_pointed_at(filled: Laptop) -> None:
    refused = filled.refused("alerts", "list", "--filter", "ward rsitt:fraud/phishing")
    assert refused["code"] == "unknown-key"
    assert "Did you mean rsit:?" in refused["do"]
    answer = filled.run("alerts", "list", "--filter", "ward is:nwe")
    assert answer.code == 2
    assert "  ward is:nwe\n          ^^^\n" in answer.err


def test_views_are_saved_listed_renamed_and_dropped(filled: Laptop) -> None:
    assert filled.ask("view", "save", "High up", "--filter", "sev:>=high is:new")["filter"] == "sev:>=high is:new"
    filled.ask("view", "save", "Ward", "--filter", "host:WARD*")
    assert [(one["name"], one["alerts"]) for one in filled.ask("view", "list")] == [("High up", 1), ("Ward", 2)]
    filled.ask("view", "save", "high  UP", "--filter", "sev:<high")
    assert [(one["name"], one["alerts"]) for one in filled.ask("view", "list")] == [("high UP", 1), ("Ward", 2)]
    assert "Another view" in filled.refused("view", "rename", "Ward", "High up")["what"]
    assert filled.ask("view", "rename", "ward", "Wards")["name"] == "Wards"
    assert filled.refused("view", "save", "x", "--filter", "foo:bar")["code"] == "unknown-key"
    assert filled.refused("view", "drop", "Ward")["code"]
    filled.ask("view", "drop", "Wards")
    assert [one["name"] for one in filled.ask("view", "list")] == ["high UP"]
    assert json.dumps(filled.ask("settings", "get")).count("high UP") == 0
