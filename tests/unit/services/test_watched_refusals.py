"""A file of a watched folder that is refused: kept once, at the time at which it was."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stores import Laptop, copies
from triage_app.errors import BadFile
from triage_app.services import refused_files, watching
from triage_app.services.import_alerts import import_file


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    (made,) = copies(tmp_path / "stores")
    yield made
    made.close()


def test_a_refusal_of_the_same_unchanged_file_keeps_its_time(laptop: Laptop, tmp_path: Path) -> None:
    path = tmp_path / "picture.json"
    path.write_bytes(bytes(range(256)) * 40)
    assert watching.take(laptop.session, path).waits is not None
    (first,) = refused_files.listing(laptop.store)
    laptop.clock.move(hours=1)
    assert watching.take(laptop.session, path).waits is not None
    assert refused_files.listing(laptop.store) == [first]


def test_a_refusal_of_a_file_that_has_changed_is_of_its_newest_time(laptop: Laptop, tmp_path: Path) -> None:
    path = tmp_path / "picture.json"
    path.write_bytes(bytes(range(256)) * 40)
    assert watching.take(laptop.session, path).waits is not None
    (first,) = refused_files.listing(laptop.store)
    path.write_bytes(bytes(range(256)) * 41)
    assert watching.take(laptop.session, path).waits is not None
    (second,) = refused_files.listing(laptop.store)
    assert second.at > first.at


def test_a_refused_file_that_somebody_imports_again_is_of_its_newest_time(laptop: Laptop, tmp_path: Path) -> None:
    path = tmp_path / "picture.json"
    path.write_bytes(bytes(range(256)) * 40)
    assert watching.take(laptop.session, path).waits is not None
    (first,) = refused_files.listing(laptop.store)
    with pytest.raises(BadFile):
        import_file(laptop.session, path)
    (second,) = refused_files.listing(laptop.store)
    assert second.at > first.at


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name of a file is text")
def test_a_file_whose_name_is_no_text_is_refused_and_imported_as_any(laptop: Laptop, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"ward\xff.json")
    path.write_bytes(bytes(range(256)) * 40)
    assert watching.take(laptop.session, path).waits is not None
    assert [refusal.name for refusal in refused_files.listing(laptop.store)] == ["ward⟦U+DCFF⟧.json"]
    path.write_text("evil.example\nbad.example\n198.51.100.7\n", encoding="utf-8")
    assert watching.take(laptop.session, path).imported is not None
    laptop.verified()
