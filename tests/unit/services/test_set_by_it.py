"""What the IT department enforces is read where people may not write, and nothing of it is passed over."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Enforce
from triage_app.services import set_by_it
from triage_app.services.set_by_it import InForce

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the registry takes the place of the file")


def strict(force: InForce) -> bool:
    """Whether the stricter side of every policy holds."""
    every = set_by_it.schema()
    return set(force.held) == set(every) and all(
        one.value == (() if one.policy.kind == "list" else one.policy.strict) for one in force.held.values()
    )


def test_without_a_policy_file_nothing_is_enforced(no_real_policy: Path) -> None:
    force = set_by_it.now()
    assert not force.held
    assert not force.sources
    assert set_by_it.ceiling() == ""
    assert set_by_it.offers_practice()
    assert set_by_it.language_at_first() == "system"


def test_what_is_enforced_counts_at_once_and_goes_at_once(enforce: Enforce) -> None:
    path = enforce(HighestLabel="GREEN")
    assert set_by_it.ceiling() == "TLP:GREEN"
    enforce(HighestLabel="AMBER")
    assert set_by_it.ceiling() == "TLP:AMBER"
    path.unlink()
    assert set_by_it.ceiling() == ""


def test_names_are_known_in_any_case_as_a_registry_has_them(enforce: Enforce) -> None:
    enforce(highestlabel="GREEN")
    assert set_by_it.ceiling() == "TLP:GREEN"


def test_a_name_that_is_no_policy_is_named_and_the_rest_holds(enforce: Enforce) -> None:
    enforce(HighestLabel="GREEN", **{"Colour\u202e": "red"})
    force = set_by_it.now()
    assert force.value("HighestLabel") == "TLP:GREEN"
    (said,) = force.problems()
    assert "\\u202e" in said
    assert "\u202e" not in said


CONTENTS: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"HighestLabel=GREEN",
    "a list": b'["HighestLabel"]',
    "twice": b'{"HighestLabel": "RED", "HighestLabel": "GREEN"}',
    "not UTF-8": b'{"HighestLabel": "\xff"}',
    "deep": b'{"TrustedCentres": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "huge": b'{"HighestLabel": "GREEN", "x": "' + b"x" * 70_000 + b'"}',
    "not a number": b'{"IdleLockMinutes": NaN}',
    "zeros": b"\0" * 300,
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
def test_a_hostile_file_is_refused_whole_with_a_sentence_and_the_strictest_holds(
    enforce: Enforce, content: bytes
) -> None:
    enforce().write_bytes(content)
    force = set_by_it.now()
    assert strict(force)
    (said,) = force.problems()
    assert said.endswith(".")
    assert "policy.json" in said


def test_a_file_that_others_may_write_to_is_refused(enforce: Enforce) -> None:
    path = enforce(HighestLabel="RED")
    for mode in (0o664, 0o646, 0o666):
        path.chmod(mode)
        force = set_by_it.now()
        assert strict(force)
        assert "others than root may write" in force.problems()[0]


def test_a_file_in_a_folder_that_others_may_write_to_is_refused(enforce: Enforce) -> None:
    path = enforce(HighestLabel="RED")
    path.parent.chmod(0o777)
    try:
        assert strict(set_by_it.now())
    finally:
        path.parent.chmod(0o755)
    assert set_by_it.ceiling() == "TLP:RED"


def test_a_file_of_another_account_is_refused(enforce: Enforce, monkeypatch: pytest.MonkeyPatch) -> None:
    enforce(HighestLabel="RED")
    monkeypatch.setattr(set_by_it, "OWNERS", frozenset({os.getuid() + 1}))
    force = set_by_it.now()
    assert strict(force)
    assert "does not belong to root" in force.problems()[0]


def test_a_link_a_folder_and_a_pipe_are_refused_without_waiting(enforce: Enforce, tmp_path: Path) -> None:
    path = enforce(HighestLabel="RED")
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text('{"HighestLabel": "RED"}')
    path.unlink()
    path.symlink_to(elsewhere)
    assert strict(set_by_it.now())
    path.unlink()
    path.mkdir()
    assert strict(set_by_it.now())
    path.rmdir()
    os.mkfifo(path)
    assert strict(set_by_it.now())


def test_a_store_folder_may_have_the_accounts_own_name_and_home(enforce: Enforce) -> None:
    import pwd

    account = pwd.getpwuid(os.getuid())
    enforce(StoreFolder="/srv/triage/{user}")
    assert set_by_it.now().value("StoreFolder") == f"/srv/triage/{account.pw_name}"
    enforce(StoreFolder="~/triage")
    assert set_by_it.now().value("StoreFolder") == str(Path(account.pw_dir) / "triage")


def test_no_variable_of_the_environment_moves_the_file(enforce: Enforce, monkeypatch: pytest.MonkeyPatch) -> None:
    enforce(StoreFolder="~/triage")
    before = set_by_it.now().value("StoreFolder")
    for name in ("HOME", "USER", "LOGNAME", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, "/tmp/elsewhere")
    assert set_by_it.now().value("StoreFolder") == before


class Registry:
    """A registry as ``winreg`` shows it: values with their types below the key of our policies, by hive."""

    KEY_READ, KEY_WOW64_64KEY, REG_SZ, REG_EXPAND_SZ = 1, 256, 1, 2
    HKEY_LOCAL_MACHINE, HKEY_CURRENT_USER = "machine", "account"

    def __init__(self, **hives: Any) -> None:
        self._hives = hives

    def OpenKey(self, hive: str, key: str, _: int, access: int) -> Key:
        assert key == r"Software\Policies\Triage"
        assert access == 257
        found = self._hives.get(hive)
        if found is None:
            raise FileNotFoundError
        if isinstance(found, OSError):
            raise found
        return Key(found)

    def EnumValue(self, key: Key, number: int) -> tuple[str, Any, int]:
        if number >= len(key.values):
            raise OSError(22, "No more data is available")
        return key.values[number]

    def ExpandEnvironmentStrings(self, text: str) -> str:
        return text.replace("%ProgramData%", "/ProgramData")


class Key:
    def __init__(self, values: list[tuple[str, Any, int]]) -> None:
        self.values = values

    def __enter__(self) -> Key:
        return self

    def __exit__(self, *_: object) -> None:
        """Closing it gives nothing back."""


def by_registry(**hives: Any) -> InForce:
    registry = Registry(**hives)
    both = (("HKLM", "HKEY_LOCAL_MACHINE"), ("HKCU", "HKEY_CURRENT_USER"))
    return set_by_it.combined([set_by_it.said_by_registry(registry, *each) for each in both])


def test_in_the_registry_the_computer_comes_before_the_account() -> None:
    force = by_registry(
        machine=[("HighestLabel", "TLP:GREEN", 1), ("StoreFolder", "%ProgramData%/Triage", 2)],
        account=[("HighestLabel", "TLP:RED", 1), ("IdleLockMinutes", 7, 4), ("TrustedCentres", ["ab" * 16], 7)],
    )
    found = {name: (one.value, one.source[:4]) for name, one in force.held.items()}
    assert found == {
        "StoreFolder": ("/ProgramData/Triage", "HKLM"), "IdleLockMinutes": (7, "HKCU"),
        "HighestLabel": ("TLP:GREEN", "HKLM"), "TrustedCentres": (("ab" * 16,), "HKCU"),
    }  # fmt: skip
    assert force.problems() == []


def test_a_bad_value_of_the_computer_is_not_mended_by_a_laxer_one_of_the_account() -> None:
    force = by_registry(machine=[("HighestLabel", "PURPLE", 1)], account=[("HighestLabel", "TLP:RED", 1)])
    assert force.value("HighestLabel") == "TLP:GREEN"
    assert len(force.problems()) == 1


def test_a_key_that_may_not_be_read_holds_the_strictest_and_no_key_holds_nothing() -> None:
    assert strict(by_registry(machine=PermissionError(13, "Access is denied")))
    assert not by_registry().held


def test_a_key_with_too_many_values_is_refused() -> None:
    assert strict(by_registry(machine=[(f"v{number}", 1, 4) for number in range(300)]))


def test_the_example_of_the_policy_file_is_one(enforce: Enforce) -> None:
    root = Path(__file__).resolve().parents[3]
    enforce(**json.loads((root / "packaging" / "policy" / "policy.example.json").read_text(encoding="utf-8")))
    force = set_by_it.now()
    assert set(force.held) == set(set_by_it.schema())
    assert force.problems() == []
