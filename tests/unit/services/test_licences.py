"""Everything that ships and is the work of others is named, with the words of its licence."""

from __future__ import annotations

import re
from pathlib import Path

from triage_app.services import licences

ROOT = Path(__file__).resolve().parents[3]


def test_every_locked_package_that_ships_has_its_licence_and_no_other_is_claimed() -> None:
    locked = re.findall(
        r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE
    )
    shipped = {name.lower(): version for name, version in locked if name != "pip"}
    told = {part.name.lower(): part for part in licences.parts() if not part.within and part.name != "Python"}
    assert sorted(told) == sorted(shipped)
    for name, part in told.items():
        assert part.version == shipped[name]
        assert len(part.text) > 300, name
        assert part.licence
        assert part.what


def test_what_lies_inside_a_package_names_the_package_that_carries_it() -> None:
    names = {part.name for part in licences.parts()}
    inside = [part for part in licences.parts() if part.within]
    assert {part.name for part in inside} == {"Qt", "SQLCipher", "SQLite", "OpenSSL"}
    assert all(part.within in names and part.text for part in inside)


def test_who_replaces_the_libraries_of_qt_is_told_that_they_may_and_how() -> None:
    (qt,) = [part for part in licences.parts() if part.name == "PySide6-Essentials"]
    assert "can be replaced by others of the same version" in qt.text
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in qt.text
    assert "GNU GENERAL PUBLIC LICENSE" in qt.text
