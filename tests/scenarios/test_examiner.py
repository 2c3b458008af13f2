"""The examiner's script, which uses none of our code, finds what was changed behind the program's back."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.stores import PASSPHRASE, Clock, copies, opened
from triage_app.formats import recovery_key
from triage_app.paths import Profile
from triage_app.services import import_alerts, incidents, keeping, triage
from triage_app.services import session as sessions
from triage_app.store.connection import open_store

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "examiner" / "verify_store.py"


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a day's work, and what another laptop sent it."""
    a, b = copies(tmp_path_factory.mktemp("examined"), 2)
    source = a.folder / "iocs.txt"
    source.write_text("evil.example\nbad.example\n198.51.100.7\n", encoding="utf-8")
    import_alerts.import_file(a.session, source)
    one = incidents.open_incident(b.session, "Loader on the wards").id
    incidents.classify(b.session, one, label="GREEN", severity=80)
    a.merge(b.export(a))
    incidents.set_field(a.session, one, "title", "Loader on wards 4 and 5")
    incidents.note(a.session, one, "Fax unplugged")
    keys = [bytes(row[0]).hex() for row in a.store.rows("SELECT key FROM alert")]
    if keys:
        triage.promote(a.session, keys)
    a.export(b)
    for laptop in (a, b):
        laptop.close()
    return a.folder


@pytest.fixture
def folder(worked: Path, tmp_path: Path) -> Path:
    return shutil.copytree(worked, tmp_path / "a")


def examine(folder: Path, *more: str, secret: str = PASSPHRASE) -> tuple[int, dict[str, Any], str]:
    """Run the script as an examiner would: by itself, in another folder, with nothing of ours on the path."""
    words = folder / "secret.txt"
    words.write_text(secret + "\n", encoding="utf-8")
    home = folder / "profile"
    out = folder / "found.json"
    out.unlink(missing_ok=True)
    by = ["--passphrase-file", str(words)] if "--recovery-key-file" not in more else []
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(home / "store.db"), str(home / "store.keys"), *by,
         "--json", str(out), "--statement", str(folder / "statement.txt"), *more],
        capture_output=True, text=True, timeout=120, check=False, cwd=folder,
    )  # fmt: skip
    found = json.loads(out.read_text()) if out.exists() else {}
    return done.returncode, found, done.stderr


def tampered(folder: Path, *statements: str) -> None:
    """Change a store as somebody would who has its key and knows SQL."""
    laptop = opened(folder)
    key = bytes(laptop.session.key)
    laptop.close()
    store = open_store(folder / "profile" / "store.db", key)
    for name in ("link_no_update", "link_no_delete", "body_no_delete", "body_no_change"):
        store.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        assert store.execute(statement).rowcount, statement
    store.close()


def test_a_store_as_it_is_has_nothing_wrong_and_the_state_that_the_program_says(folder: Path) -> None:
    code, found, _ = examine(folder)
    assert (code, found["findings"]) == (0, [])
    laptop = opened(folder)
    assert found["state"] == keeping.verify(laptop.session)["state"]
    assert found["counts"]["links"] == laptop.store.value("SELECT count(*) FROM link")
    laptop.close()
    page = (folder / "statement.txt").read_text(encoding="utf-8")
    assert "Nothing was found wrong." in page
    assert found["state"] in page


def test_the_script_uses_nothing_of_ours() -> None:
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"))
    roots = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    roots |= {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert roots - set(sys.stdlib_module_names) == {"sqlcipher3", "argon2", "cryptography"}


TAMPERINGS: list[tuple[tuple[str, ...], str]] = [
    (("UPDATE body SET bytes = CAST(replace(CAST(bytes AS TEXT), 'wards 4', 'wards 9') AS BLOB)"
      " WHERE bytes LIKE '%wards 4%'",), "is not the one that its link names"),
    (("DELETE FROM body WHERE n = (SELECT max(n) FROM body)",), "has lost its body"),
    (("UPDATE link SET seq = seq + 70000 WHERE seq = 1 AND chain = 'journal'",), "is broken before"),
    (("UPDATE link SET prev = hash WHERE seq = 2",), "is broken before 2"),
    (("UPDATE checkpoint SET sig = zeroblob(64)",), "does not fit"),
    (("DELETE FROM head WHERE field = 'title'",), "What stands in title"),
    (("UPDATE evidence_row SET rest = replace(rest, 'evil', 'good') WHERE rest LIKE '%evil%'",),
     "is not the record that its name says"),
    (("DELETE FROM evidence_row WHERE id = 2",), "are not those that its journal entry names"),
    (("UPDATE tail SET seq = seq - 1 WHERE chain = 'journal'",), "is not where the store notes it"),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "words"), TAMPERINGS, ids=[words for _, words in TAMPERINGS])
def test_what_was_changed_behind_the_program_is_named(folder: Path, statements: tuple[str, ...], words: str) -> None:
    tampered(folder, *statements)
    code, found, errors = examine(folder)
    assert code == 1, errors
    assert any(words in finding for finding in found["findings"]), found["findings"]


def test_a_chain_shortened_with_all_that_hangs_on_it_shows_against_an_earlier_statement(folder: Path) -> None:
    _, before, _ = examine(folder)
    (folder / "before.json").write_text(json.dumps(before), encoding="utf-8")
    laptop = opened(folder)
    own = laptop.device
    laptop.close()
    name = f"journal {own}"
    before["tails"][name]["hash"] = "0" * 64
    (folder / "rewritten.json").write_text(json.dumps(before), encoding="utf-8")
    assert examine(folder, "--compare", str(folder / "before.json"))[0] == 0
    code, found, _ = examine(folder, "--compare", str(folder / "rewritten.json"))
    assert code == 1
    assert f"of {name} is another than in the statement" in found["findings"][0]


def test_the_printed_recovery_key_opens_it_too(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "profile")
    founded = sessions.found(profile, organisation="RXX", responder="Asha Rahman", passphrase=PASSPHRASE, now=Clock())
    paper = tmp_path / "paper.txt"
    paper.write_text(f"  {founded.recovery_key.lower()}\n", encoding="utf-8")
    assert recovery_key.from_text(founded.recovery_key)
    assert examine(tmp_path, "--recovery-key-file", str(paper))[0] == 0
    assert examine(tmp_path, secret="another passphrase")[0] == 1
