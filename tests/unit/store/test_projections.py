"""Screens read projections; a rebuild gives the same, and a single changed cell does not go unseen."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stores import Laptop, copies, opened, table
from tests.unit.store.evidence import key_of, load, row
from triage_app.domain.records import CREATED
from triage_app.domain.tlp import GREEN
from triage_app.services import (
    affected,
    attachments,
    calls,
    certifying,
    clock_acts,
    devices,
    directory,
    events,
    folding,
    handoffs,
    handover,
    impact,
    import_alerts,
    incidents,
    keeping,
    letters,
    people,
    rules,
    support,
    tasks,
    tips,
    triage,
    victims,
)
from triage_app.services.recording import record
from triage_app.store import alerts, state
from triage_app.store.driver import DriverError
from triage_app.store.journal import BatchChange, Change
from triage_app.store.schema import PROJECTION_TABLES

SPECIAL = {"evidence_text", "unindexed"}
"Tables of the search index, which have tests of their own."

PROJECTIONS = [name for name in PROJECTION_TABLES if name not in SPECIAL]

NUMBERS = {("alert", "id"), ("record", "id")}
"Local numbers, which a rebuild may give anew."

UNPROVED = {"severity_raw", "severity_rule", "rsit", "tlp", "value", "until_at", "score"}
"Columns of evidence that are read from the raw record and that nothing repeats."


def a_days_work(laptop: Laptop) -> None:
    """Leave a row in every projection table."""
    session = laptop.session
    table(laptop, [(f"r{number}", f"alert {number}") for number in range(8)])
    keys = [bytes(row[0]).hex() for row in laptop.store.rows("SELECT key FROM alert ORDER BY newest")]
    one = triage.promote(session, keys[:2], "Loader on the wards").id
    two = incidents.open_incident(session, "The same elsewhere").id
    incidents.merge(session, one, two)
    incidents.classify(session, one, rsit=["fraud/phishing"], category=3, because="two wards", campaign="Winter")
    incidents.note(session, one, "Fax unplugged")
    affected.paste(session, one, "WARD-7B-01\nWARD-7B-02")
    tips.link(session, [tips.receive(session, "Screens locked", reporter="Jo Pryce", organisation="RYY").id], one)
    affected.set_many(
        session, affected.named(session.store, one, ["ward-7b-02"]), {"ward": "7B", "owner": "Night team"}
    )
    impact.add(session, one, "outage", {"system": "PACS", "from": "-2h", "until": "-1h"})
    directory.bring(session, b"role,name,phone\nSIRO,Jo Bell,0300 555 0101\n")
    calls.log(session, "no answer", role="SIRO", number="0300 555 0101", about_kind="incident", about=one)
    tasks.start_playbook(session, one, "ransomware")
    task = tasks.add_task(session, one, "Ring the vendor", owner="Jo").id
    tasks.settle(session, [task], "done", by="Jo")
    events.add_event(session, one, "Logged in by VPN", "2026-11-20", lane="attacker")
    evidence = laptop.folder / "evidence"
    evidence.write_bytes(b"memory of the console")
    taken = attachments.attach(session, one, evidence, attachments.Taking(place="Ward 7B")).changes.id
    attachments.hand_over(session, taken, attachments.Handing("DC Amin", seal="B1"))
    victim = victims.add_victim(session, one, person="Morag Sinclair", contact="bleep 2231").id
    action = victims.add_action(session, victim, "VS05", due="4h", outcome="Called her back").id
    drafted = letters.draft(session.store, victim, "advice", "en", responder="Jo", now=session.now())
    words = re.sub(r"\[\[.*?\]\]", "as agreed", drafted.text)
    letters.write(session, victim, "advice", "en", words)
    support.attempt(session, action, "left-message", words="With her sister")
    people.disclose(session, victim, "CSOC", "Name and ward", "agreed")
    handoffs.accept(session, handoffs.offer(session, "victim", victim, "CSOC", note="Ring at six").id, "Priya Nair")
    given = handover.give(session, "The fax still works").id
    triage.dismiss(session, keys[3:4], "false-positive", "test traffic")
    clock_acts.record_aware(session, one, "2026-11-22T11:00Z", policy="nis-11")
    clock_acts.set_grid(session, one, 4, 4)
    clock_acts.record_outcome(session, one, ["uk-gdpr-33"], "not-notifiable", by="Dr Rao", because="no data")
    clock_acts.pause(session, one, "sla", "waiting for the supplier")
    clock_acts.switch(session, "csr-bill", True)
    triage.correct(session, keys[4], "host", "WARD-7B", "the sensor names hosts wrongly")
    folding.fold(session, keys[5:7], "one sensor")
    load(session, [row("seen twice", at, title="Seen twice", host="PC-1") for at in (1_000, 2_000)])
    folding.unfold(session, key_of("seen twice"))
    rules.make(session, {"source": "Ward box", "title": "Seen twice"}, 14, "known scanner")
    load(session, [row("evil.example", kind="indicator", value="evil.example")])
    certifying.create_key(session, "RXX security")
    certifying.certify(session, devices.own_identity(session))
    with laptop.store.write():
        record(
            session, "Odds and ends",
            [
                Change("taking", "a" * 32, "_created", {"handover": given, "at": 1}, GREEN),
                Change("campaign", "c" * 32, "name", "Winter", GREEN, parents=("f" * 64,)),
                Change("campaign", "d" * 32, "name", "one", GREEN),
                Change("campaign", "d" * 32, "name", "other", GREEN, parents=()),
                BatchChange("campaign", ("d" * 32, "e" * 32), "mood", "calm", GREEN),
            ],
        )  # fmt: skip
        devices.sign_checkpoint(session)
    import_alerts.index_wait(session)


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (laptop,) = copies(tmp_path_factory.mktemp("worked"))
    a_days_work(laptop)
    laptop.close()
    return laptop.folder


@pytest.fixture
def laptop(worked: Path, tmp_path: Path) -> Iterator[Laptop]:
    shutil.copytree(worked, tmp_path / "a")
    found = opened(tmp_path / "a")
    yield found
    found.close()


def columns(laptop: Laptop, name: str) -> tuple[list[str], list[str]]:
    """Return a table's columns and those of its key."""
    info = laptop.store.dicts(f"PRAGMA table_info({name})")
    return [row["name"] for row in info], [row["name"] for row in info if row["pk"]]


def other(value: Any) -> Any:
    match value:
        case None:
            return 1
        case int():
            return value + 1
        case bytes():
            return bytes([value[0] ^ 1]) + value[1:]
    return value + "x"


def plant(laptop: Laptop, name: str, column: str) -> Callable[[], object] | None:
    """Change one cell and return what changes it back; nothing where the table takes no such change."""
    store = laptop.store
    names, key = columns(laptop, name)
    row = dict(zip(names, store.row(f"SELECT * FROM {name} ORDER BY {', '.join(key)} DESC"), strict=True))
    where = " AND ".join(f"{part} = ?" for part in key)
    change = f"UPDATE {name} SET {column} = ? WHERE {where}"
    moved = {**row, column: other(row[column])}
    try:
        store.execute(change, (moved[column], *(row[part] for part in key)))
    except DriverError:
        return None
    return lambda: store.execute(change, (row[column], *(moved[part] for part in key)))


def named(problems: list[str]) -> set[str]:
    """Return the projections that are said to be not as the journal says."""
    return {problem.partition(": ")[0] for problem in problems} & set(PROJECTIONS)


@pytest.fixture(scope="module")
def cells(worked: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bool]]:
    """For each cell of each projection that takes a change: whether verifying named the table.

    Verifying makes every table anew and compares each with itself alone, so it finds a changed cell in each of them at
    once: it is done as often as the widest table has columns, and not as often as there are cells. Only this part of it
    is: the part before it reads some projections, and of a cell too damaged for that it says no table.
    """
    laptop = opened(shutil.copytree(worked, tmp_path_factory.mktemp("cells") / "a"))
    wide = {name: columns(laptop, name)[0] for name in PROJECTIONS}
    found: dict[str, dict[str, bool]] = {name: {} for name in PROJECTIONS}
    for place in range(max(map(len, wide.values()))):
        cells = {name: names[place] for name, names in wide.items() if place < len(names)}
        undo = {
            name: back
            for name, column in cells.items()
            if (name, column) not in NUMBERS and (back := plant(laptop, name, column))
        }
        seen = named(state.projection_differences(laptop.store))
        assert seen <= undo.keys(), seen
        for name, back in undo.items():
            found[name][cells[name]] = name in seen
            back()
    laptop.verified()
    laptop.close()
    return found


@pytest.mark.parametrize("name", PROJECTIONS)
def test_a_changed_cell_of_a_projection_is_found(cells: dict[str, dict[str, bool]], name: str) -> None:
    assert cells[name]
    assert [column for column, is_named in cells[name].items() if not is_named] == []


def test_a_row_gone_from_any_projection_is_found_and_comes_back_by_a_rebuild(laptop: Laptop) -> None:
    before = laptop.verified()
    for name in PROJECTIONS:
        assert laptop.store.execute(f"DELETE FROM {name}").rowcount, name
    assert named(keeping.verify(laptop.session)["problems"]) == set(PROJECTIONS)
    keeping.rebuild(laptop.session)
    assert laptop.verified() == before


@pytest.mark.parametrize("name", ["link", "body", "tail", "checkpoint", "blob", "evidence_row"])
def test_a_changed_cell_of_the_journal_or_the_evidence_is_found(laptop: Laptop, name: str) -> None:
    for (trigger,) in laptop.store.rows(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (name,)
    ):
        laptop.store.execute(f"DROP TRIGGER {trigger}")
    laptop.store.execute("PRAGMA foreign_keys = OFF")
    names, _ = columns(laptop, name)
    skipped = UNPROVED if name == "evidence_row" else set()
    tried = []
    for column in names:
        if column not in skipped and (back := plant(laptop, name, column)):
            assert not keeping.verify(laptop.session)["ok"], (name, column)
            back()
            tried.append(column)
    assert set(tried) >= {"link": {"seq", "prev", "body_hash", "hash"}, "body": {"bytes"}, "checkpoint": {"sig"}}.get(
        name, set()
    )
    assert tried
    laptop.verified()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE evidence_row SET rest = 'not json'", "UPDATE evidence_row SET rest = '[]'",
        "UPDATE layout SET json = '{' WHERE id = 1",
        "UPDATE layout SET json = '[]' WHERE id = 1", "UPDATE evidence_row SET title = 'Nothing to see' WHERE id = 1",
        "DELETE FROM evidence_row WHERE id = 8", "DELETE FROM import_range", "UPDATE import SET undone = 1",
        "UPDATE import_range SET leaf = leaf + 1", "UPDATE import_range SET last = last - 1",
        "UPDATE body SET bytes = x'7b7d' WHERE n = 3", "UPDATE body SET state = 'withheld', bytes = NULL WHERE n = 3",
        "DELETE FROM checkpoint", "DELETE FROM body WHERE n = 3", "DELETE FROM tail WHERE chain = 'journal'",
    ],
)  # fmt: skip
def test_damage_that_cannot_even_be_read_is_an_answer_and_not_a_fault(laptop: Laptop, sql: str) -> None:
    for name in ("body_no_change", "body_no_delete"):
        laptop.store.execute(f"DROP TRIGGER {name}")
    laptop.store.execute("PRAGMA foreign_keys = OFF")
    laptop.store.execute(sql)
    result = keeping.verify(laptop.session)
    assert result["ok"] == (sql == "DELETE FROM checkpoint")  # our own signatures are made anew at the next export
    assert all(problem.endswith(".") for problem in result["problems"])


def test_a_chain_cut_short_behind_its_signature_is_found(laptop: Laptop) -> None:
    for name in ("body_no_delete", "link_no_delete"):
        laptop.store.execute(f"DROP TRIGGER {name}")
    (seq, prev) = laptop.store.row("SELECT seq - 1, prev FROM link WHERE chain = 'journal' ORDER BY seq DESC")
    laptop.store.execute("PRAGMA foreign_keys = OFF")
    laptop.store.execute("DELETE FROM body WHERE n = (SELECT max(n) FROM link WHERE chain = 'journal')")
    laptop.store.execute("DELETE FROM link WHERE n = (SELECT max(n) FROM link WHERE chain = 'journal')")
    laptop.store.execute("UPDATE tail SET seq = ?, hash = ? WHERE chain = 'journal'", (seq, prev))
    keeping.rebuild(laptop.session)
    assert "is not here" in str(keeping.verify(laptop.session)["problems"])


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE evidence_text SET title = 'Nothing to see' WHERE rowid = 2",
        "DELETE FROM evidence_text WHERE rowid = 2",
        "INSERT INTO evidence_text(rowid, title) VALUES (99, 'never was')",
        "DELETE FROM evidence_text_docsize WHERE id = 2",
    ],
)
def test_a_search_index_that_says_something_else_is_found(laptop: Laptop, sql: str) -> None:
    laptop.store.execute(sql)
    assert "search index" in str(keeping.verify(laptop.session)["problems"])
    keeping.rebuild(laptop.session)
    laptop.verified()


@pytest.mark.parametrize("sql", ["SET first = first + 1", "SET last = last - 1"])
def test_a_row_forgotten_between_waiting_and_indexed_is_found(laptop: Laptop, sql: str) -> None:
    table(laptop, [("s1", "one"), ("s2", "two")], "more.json")
    laptop.verified()
    laptop.store.execute(f"UPDATE unindexed {sql}")
    assert "search index" in str(keeping.verify(laptop.session)["problems"])


def test_a_rebuild_gives_the_same_and_verifying_changes_nothing(laptop: Laptop) -> None:
    def shown(name: str) -> str:
        return ", ".join(f'"{column}"' for column in columns(laptop, name)[0] if (name, column) not in NUMBERS)

    def everything() -> dict[str, list[Any]]:
        return {
            name: sorted(laptop.store.rows(f"SELECT {shown(name)} FROM {name}"), key=repr)
            for (name,) in laptop.store.rows(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%_text%'"
            )
        }

    before, state = everything(), laptop.verified()
    assert everything() == before
    assert keeping.rebuild(laptop.session)["state"] == state
    after = everything()
    assert {name for name in before if before[name] != after[name]} <= {"sqlite_stat1"}
    assert laptop.verified() == state


def standing_of(laptop: Laptop, name: str) -> tuple[int, int] | None:
    """Return (state, incidents) of the alert that ``name`` stands for."""
    found = laptop.store.row("SELECT state, incidents FROM alert WHERE key = ?", (bytes.fromhex(key_of(name)),))
    return None if found is None else (found[0], found[1])


def test_an_alert_is_shown_as_linked_when_nothing_but_the_link_has_come(laptop: Laptop) -> None:
    load(laptop.session, [row("one"), row("two")])
    record(laptop.session, "x", [Change("link", f"{key_of('one')}:{'9' * 32}", "linked", True, GREEN)])
    assert standing_of(laptop, "one") == (alerts.LINKED, 1)
    assert standing_of(laptop, "two") == (alerts.NEW, 0)


@pytest.mark.parametrize("name", [f"nonsense:{'9' * 32}", f"{'9' * 32}"])
def test_a_link_of_what_no_alert_is_called_shows_nothing_and_stops_nothing(laptop: Laptop, name: str) -> None:
    load(laptop.session, [row("one")])
    before = laptop.store.value("SELECT count(*) FROM alert_link")
    record(laptop.session, "x", [Change("link", name, "linked", True, GREEN)])
    assert laptop.store.value("SELECT count(*) FROM alert_link") - before == (1 if len(name) == 32 else 0)
    assert standing_of(laptop, "one") == (alerts.NEW, 0)


@pytest.mark.parametrize("about", ["nonsense", "", "ab" * 20])
def test_a_note_about_what_no_alert_is_called_stops_nothing(laptop: Laptop, about: str) -> None:
    load(laptop.session, [row("one")])
    record(laptop.session, "x", [Change("note", "7" * 32, CREATED, {"about": about, "about_kind": "alert"}, GREEN)])
    assert standing_of(laptop, "one") == (alerts.NEW, 0)
