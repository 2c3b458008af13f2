"""A copy for an auditor: everything can be read, nothing can be written, and no key of ours is in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.scenarios.laptop import NOW, Laptop, clock
from triage_app.errors import TriageError
from triage_app.services import access, certifying, drafts, incidents
from triage_app.services import session as sessions
from triage_app.services.drafts import Draft

AUDIT = "an auditor reads this one"


@pytest.fixture
def signing(worked: Laptop) -> Laptop:
    """A laptop with work in it that signs for its organisation and keeps a draft."""
    worked.ask("org-key", "create")
    with worked.session() as session:
        drafts.keep(session, [Draft("A line", "half a sentence about a person")])
    return worked


def copy_of(laptop: Laptop, *words: str) -> Laptop:
    """Make a copy for an auditor and return it as what the auditor has."""
    folder = laptop.folder / "auditor"
    folder.mkdir(exist_ok=True)
    (folder / "passphrase.txt").write_text(AUDIT)
    to = laptop.folder / "copy"
    laptop.ask("auditor-copy", str(to), "--auditor-passphrase-file", str(folder / "passphrase.txt"), *words)
    return Laptop(to, folder)


READING = (
    ("alerts", "list"), ("incidents", "list"), ("victims", "list"), ("actions", "list"), ("journal", "list"),
    ("access", "list"), ("imports", "list"), ("clocks", "list"), ("tasks", "list"), ("slots", "list"),
    ("device", "show"), ("org-key", "list"), ("settings", "get"), ("figures",), ("verify",), ("pending", "list"),
)  # fmt: skip


def test_every_reading_command_says_of_the_copy_what_it_says_of_the_store(signing: Laptop) -> None:
    auditor = copy_of(signing, "--with-people")
    differs = {("slots", "list"), ("org-key", "list"), ("verify",)}
    for words in READING:
        there = auditor.run("--now", NOW, *words, "--json")
        assert there.code == 0, (words, there)
        if words not in differs:
            assert there.json == signing.run("--now", NOW, *words, "--json").json, words
    assert auditor.ask("verify")["ok"]
    assert auditor.ask("verify")["state"] == signing.ask("verify")["state"]
    assert [row["kind"] for row in auditor.ask("slots", "list")] == ["auditor"]
    ref = signing.ask("incidents", "list")[0]["ref"]
    assert auditor.ask("incident", "show", ref) == signing.ask("incident", "show", ref)


def test_nothing_can_be_written_to_it(signing: Laptop) -> None:
    auditor = copy_of(signing)
    before = auditor.profile.store.read_bytes()
    ref = auditor.ask("incidents", "list")[0]["ref"]
    for words in (
        ("incident", "new", "--title", "x"), ("incident", "note", ref, "x"), ("undo",), ("rebuild",),
        ("settings", "set", "theme", "dark"), ("import", "x.json"), ("org-key", "create"), ("re-key",),
        ("slots", "add", "--responder", "Eve", "--new-passphrase-file", str(auditor.folder / "passphrase.txt")),
        ("slots", "recovery-key", "--out", str(auditor.folder / "r.txt")),
        ("export", "--to", "K7M4", str(auditor.folder / "b.ctb")),
        ("auditor-copy", str(auditor.folder / "again")), ("backup", str(auditor.folder / "b.db")),
    ):  # fmt: skip
        answer = auditor.refused(*words)
        assert answer["code"] == "read-only", words
        assert "auditor" in answer["what"], words
    assert auditor.profile.store.read_bytes() == before


def test_no_key_that_signs_and_no_draft_is_in_the_copy(signing: Laptop) -> None:
    auditor = copy_of(signing, "--with-people")
    session = sessions.unlock(auditor.profile, AUDIT, clock, read_only=True)
    try:
        assert session.store.value("SELECT count(*) FROM identity WHERE private IS NOT NULL") == 0
        assert session.store.value("SELECT count(*) FROM authority_key") == 0
        assert drafts.waiting(session.store) == []
        assert session.private is None
        with pytest.raises(TriageError):
            session.identity.sign(b"x", b"y")
        with pytest.raises(TriageError):
            certifying.certify(session, b"{}")
        with pytest.raises(TriageError):
            incidents.open_incident(session, "x")
        access.note_access(session, "view", "incident", "x")
    finally:
        session.close()


def test_without_people_no_name_can_be_read_and_with_them_a_look_needs_no_note(signing: Laptop) -> None:
    auditor = copy_of(signing)
    person = next(row for row in signing.ask("victims", "list") if row.get("person"))
    assert "Bel Okafor" not in json.dumps(auditor.ask("person", "unmask", person["ref"]))
    session = sessions.unlock(auditor.profile, AUDIT, clock, read_only=True)
    assert session.store.value("SELECT count(*) FROM personal_key WHERE key IS NOT NULL") == 0
    session.close()
    other = Laptop(signing.folder / "whole", auditor.folder)
    signing.ask(
        "auditor-copy", str(other.home), "--with-people", "--auditor-passphrase-file",
        str(auditor.folder / "passphrase.txt"),
    )  # fmt: skip
    assert other.ask("person", "unmask", person["ref"])["name"] == "Bel Okafor"


def test_the_copy_has_a_key_and_a_passphrase_of_its_own(signing: Laptop) -> None:
    auditor = copy_of(signing)
    wrong = Laptop(auditor.home, signing.folder)
    assert wrong.refused("alerts", "list")["code"] == "wrong-passphrase"
    with signing.session() as session, pytest.raises(TriageError):
        sessions.open_with_key(auditor.profile, bytes(session.key), clock, read_only=True)


def test_that_it_was_made_is_in_the_journal_and_the_access_chain_of_both(signing: Laptop) -> None:
    auditor = copy_of(signing)
    for laptop in (signing, auditor):
        assert laptop.ask("journal", "list")[0]["what"] == "Made a copy for an auditor"
        noted = next(row for row in laptop.ask("access", "list") if row["what"] == "auditor-copy")
        assert noted["detail"] == {"people": False}


def test_a_copy_that_fails_leaves_nothing_behind(signing: Laptop, tmp_path: Path) -> None:
    phrase = signing.write("audit.txt", AUDIT)
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    for to in (full, signing.home / "inside", phrase):
        assert signing.refused("auditor-copy", str(to), "--auditor-passphrase-file", str(phrase))
    short = signing.write("short.txt", "short")
    assert signing.refused("auditor-copy", str(tmp_path / "new"), "--auditor-passphrase-file", str(short))
    assert not (tmp_path / "new").exists()
    assert [path.name for path in full.iterdir()] == ["mine.txt"]
