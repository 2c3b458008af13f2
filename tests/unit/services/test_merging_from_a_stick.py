"""A stick that is pulled out, or a file that is changed, between a look and the merge or in the midst of it.

Parts are read again while the one transaction is open. Whatever a reading comes to, all is taken back, a sentence says
what happened, and the same bundle merges afterwards as if nothing had been.
"""

from __future__ import annotations

import errno
import hashlib
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from tests.scenarios.laptop import assert_plain
from tests.stores import Laptop, copies, table
from triage_app.errors import BadBundle, TriageError
from triage_app.formats.bundle import limits
from triage_app.services import attachments, exchange, incidents

ROWS = 600


class Failing(io.BytesIO):
    """A file on a stick that is pulled out after some bytes were read of it."""

    def __init__(self, data: bytes, after: int) -> None:
        super().__init__(data)
        self._left = after

    def read(self, size: int | None = -1) -> bytes:
        if self._left <= 0:
            raise OSError(errno.EIO, "Input/output error")
        some = super().read(min(self._left, size if size is not None and size >= 0 else self._left))
        self._left -= len(some)
        return some


class Stick:
    """The parts of a bundle on a stick, and what happens to one at its opening of a certain number."""

    def __init__(self, parts: list[Path], at: int = 0, happens: Callable[[Path], Any] = lambda path: None) -> None:
        self.opened = 0
        stick = self

        class OnStick(type(Path())):  # type: ignore[misc]
            def open(self, *args: Any, **more: Any) -> Any:
                stick.opened += 1
                if stick.opened == at:
                    other = happens(Path(self))
                    if other is not None:
                        return other
                return super().open(*args, **more)

        self.paths = [cast(Path, OnStick(part)) for part in parts]


def gone(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def changed(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def pulled_at_once(path: Path) -> Any:
    return Failing(path.read_bytes(), 0)


def pulled_half_way(path: Path) -> Any:
    return Failing(path.read_bytes(), path.stat().st_size // 2)


def another_bundle(path: Path) -> None:
    shutil.copy(path.with_name("other"), path)


HAPPENS = [gone, cut, a_folder, changed, pulled_at_once, pulled_half_way, another_bundle]


class Scene:
    """A laptop that merges, and the parts of what another sent it."""

    def __init__(self, folder: Path) -> None:
        self.ours, self.theirs = copies(folder, 2)
        incidents.open_incident(self.ours.session, "Here before")
        table(self.theirs, [(f"r{n}", f"Beacon {n} " + hashlib.sha256(b"%d" % n).hexdigest() * 4) for n in range(ROWS)])
        for number in range(20):
            incident = incidents.open_incident(self.theirs.session, f"Theirs {number}").id
        source = folder / "noise.bin"
        source.write_bytes(b"".join(hashlib.sha256(b"n%d" % n).digest() for n in range(2_000)))
        attachments.attach(self.theirs.session, incident, source)
        done = self.theirs.exported(self.ours, full=True, max_part_bytes=128 * 1024)
        self.kept = [Path(path) for path in done.paths]
        assert len(self.kept) > 1
        incidents.open_incident(self.theirs.session, "Later")
        self.other = self.theirs.export(self.ours, full=True)
        self.folder = folder / "stick"

    def plugged_in(self) -> list[Path]:
        """Return the parts anew on a stick."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        shutil.copy(self.other, self.folder / "other")
        return [Path(shutil.copy(part, self.folder)) for part in self.kept]

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()


def content(laptop: Laptop) -> str:
    """Return a hash over every row of every table."""
    digest = hashlib.sha256()
    for (name,) in laptop.store.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"):
        if name.startswith("evidence_text"):
            continue
        digest.update(repr((name, sorted(laptop.store.rows(f"SELECT * FROM {name}"), key=repr))).encode())
    digest.update(repr(laptop.store.rows("SELECT type, name, sql FROM sqlite_master ORDER BY type, name")).encode())
    return digest.hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize("kept_bytes", [0, limits.KEPT_BYTES])
def test_whatever_happens_to_a_part_at_any_of_its_readings_all_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept_bytes: int
) -> None:
    monkeypatch.setattr(limits, "KEPT_BYTES", kept_bytes)
    scene = Scene(tmp_path)
    before, state = content(scene.ours), scene.ours.verified()
    whole = Stick(scene.plugged_in())
    exchange.merge_bundle(scene.ours.session, whole.paths, dry_run=True)
    assert content(scene.ours) == before
    assert whole.opened > 2 * len(scene.kept)  # they are read again in the midst of the merge
    for at in range(1, whole.opened + 1):
        for happens in HAPPENS:
            if happens is another_bundle and at <= len(scene.kept):
                continue  # before anything was verified it is a bundle as good as any
            stick = Stick(scene.plugged_in(), at, happens)
            with pytest.raises(TriageError) as refused:
                exchange.merge_bundle(scene.ours.session, stick.paths)
            assert stick.opened >= at
            assert_plain({"what": refused.value.what, "do": refused.value.do, "code": refused.value.code})
            assert not scene.ours.store.connection.in_transaction
            assert content(scene.ours) == before, (at, happens.__name__)
    assert scene.ours.verified() == state
    merged = exchange.merge_bundle(scene.ours.session, scene.plugged_in())
    assert merged.evidence_new == ROWS
    scene.ours.verified()
    scene.close()


@pytest.mark.parametrize("happens", HAPPENS)
def test_what_happens_to_a_file_between_the_preview_and_the_merge_is_a_sentence_and_nothing_more(
    tmp_path: Path, happens: Callable[[Path], Any]
) -> None:
    a, b = copies(tmp_path, 2)
    incidents.open_incident(b.session, "Theirs")
    path = b.export(a)
    incidents.open_incident(b.session, "Later")
    shutil.copy(b.export(a), path.with_name("other"))
    a.merge(path, dry_run=True)
    before = content(a)
    stick = Stick([path], 1, happens)
    if happens is another_bundle:  # one of the same sender, whole: it is merged as what it is
        exchange.merge_bundle(a.session, stick.paths)
    else:
        with pytest.raises(TriageError):
            exchange.merge_bundle(a.session, stick.paths)
        assert content(a) == before
    a.verified()
    a.close()
    b.close()


def test_only_what_was_looked_at_is_merged_though_another_good_bundle_has_its_name_now(tmp_path: Path) -> None:
    a, b = copies(tmp_path, 2)
    incidents.open_incident(b.session, "Harmless")
    path = b.export(a)
    looked_at = exchange.merge_bundle(a.session, [path], dry_run=True)
    incidents.open_incident(b.session, "Slipped in")
    shutil.copy(b.export(a), path)
    before = content(a)
    with pytest.raises(BadBundle, match="not those that were looked at"):
        exchange.merge_bundle(a.session, [path], looked_at=looked_at)
    assert content(a) == before
    again = exchange.merge_bundle(a.session, [path], dry_run=True)
    merged = exchange.merge_bundle(a.session, [path], looked_at=again)
    assert {one["title"] for one in merged.incidents} == {"Harmless", "Slipped in"}
    a.close()
    b.close()
