"""Whatever ends an import early (a kill, a cancel, a broken reader), all of it is there or nothing."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.scenarios.laptop import ROOT, Laptop, assert_plain, copied, eve, row, table
from tests.scenarios.ward import counts, sound, ward_table
from triage_app.errors import BadFile, Cancelled
from triage_app.services import keeping
from triage_app.services.import_alerts import import_file
from triage_app.store import imports

KILLS = 50
SEED = 20261122


@pytest.mark.slow
@pytest.mark.parametrize(("count", "width", "kills"), [(22_000, 210, 20), (4_000, 20, KILLS - 20)])
def test_an_import_killed_at_any_point_is_finished_or_gone(
    held_laptop: Laptop, tmp_path: Path, count: int, width: int, kills: int
) -> None:
    """The wide file is loaded in bulk, with its indexes dropped meanwhile; the narrow one beside them."""
    laptop = copied(held_laptop, tmp_path / "whole")
    file = laptop.write("ward.csv", ward_table(count, width))
    before = counts(laptop)
    words = ["import", str(file), "--json", "--no-index"]
    started = time.monotonic()
    answer = laptop.process(*words)
    whole = time.monotonic() - started
    assert answer.code == 1, answer
    after = counts(laptop)
    assert after["alert"] == count - count // 1000
    assert after["evidence_row"] > before["evidence_row"]

    laptop = copied(held_laptop, tmp_path / "killed")
    draw = random.Random(f"{SEED} {count}")
    ends: list[bool] = []
    for number in range(kills):
        with laptop.start(*words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            time.sleep(draw.uniform(0.1 * whole, 1.05 * whole))
            child.kill()
        found = counts(laptop)
        assert found in (before, after), number
        ends.append(found == after)
        assert len(laptop.left_behind()) == int(found == after)
        if number % 8 == 0:
            assert sound(laptop)
        if found == after:
            laptop = copied(held_laptop, tmp_path / f"killed {number}")
    assert False in ends
    assert sound(laptop)


@pytest.mark.parametrize("count", [0, 1, 3, 9])
def test_an_import_cancelled_on_the_way_leaves_nothing(held: Laptop, count: int) -> None:
    file = held.write("ward.csv", ward_table(6_000, 20))
    before = counts(held)
    calls = 0

    def progress(done: int, total: int | None = None) -> None:
        nonlocal calls
        calls += 1
        if calls > count:
            raise Cancelled

    with held.session() as session:
        with pytest.raises(Cancelled):
            import_file(session, file, progress=progress)
        assert imports.unfinished(session.store) == []
        assert session.store.value("SELECT count(*) FROM evidence_row") == before["evidence_row"]
        assert held.left_behind() == []
        assert keeping.verify(session)["ok"]
    assert counts(held) == before
    assert held.left_behind() == []


@pytest.mark.parametrize("polls", [0, 1, 2, 5])
def test_an_import_stopped_while_the_reader_works_leaves_nothing(held: Laptop, polls: int) -> None:
    file = held.write("ward.csv", ward_table(6_000, 20))
    before = counts(held)
    asked = 0

    def is_cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > polls

    with held.session() as session:
        with pytest.raises(Cancelled):
            import_file(session, file, is_cancelled=is_cancelled)
        assert imports.unfinished(session.store) == []
    assert counts(held) == before
    assert held.left_behind() == []


def test_work_goes_on_in_the_same_session_after_a_cancelled_import(held: Laptop) -> None:
    file = held.write("ward.csv", ward_table(6_000, 20))

    def stop(done: int, total: int | None = None) -> None:
        raise Cancelled

    with held.session() as session:
        with pytest.raises(Cancelled):
            import_file(session, file, progress=stop)
        done = import_file(session, file)
        assert done.records == 6_001
        assert keeping.verify(session)["ok"]


def test_what_could_not_be_removed_is_removed_before_the_next_import(held: Laptop) -> None:
    file = held.write("ward.csv", table(row(number) for number in range(100, 160)))
    with held.session() as session:
        with session.store.write():
            session.store.execute(
                "INSERT INTO import(entity, state, origin, name, format, size, keyed_hash, organisation, started_at)"
                " VALUES ('torso', 'loading', '', 'torn.csv', 'csv', 1, '', '', 0)"
            )
            session.store.execute(
                "INSERT INTO evidence_row SELECT 9000, randomblob(32), key, layout, seen_at, severity, severity_raw,"
                " severity_rule, 'Torso', reference, category, host, user, src, dst, url, hash, detail, organisation,"
                " rsit, tlp, rest, tokens, kind, value, until_at, score FROM evidence_row WHERE id = 1"
            )
        assert import_file(session, file).new == 60
        assert session.store.value("SELECT count(*) FROM evidence_row WHERE title = 'Torso'") == 0
        assert keeping.verify(session)["ok"]
    assert counts(held)["alert"] == 100


def test_the_files_of_others_among_the_rejects_stay(held: Laptop) -> None:
    held.profile.rejects.mkdir(exist_ok=True)
    mine = held.profile.rejects / "mended by Asha.csv"
    mine.write_text("mine")
    with held.session() as session, session.store.write():
        session.store.execute(
            "INSERT INTO import(entity, state, origin, name, format, size, keyed_hash, organisation, started_at)"
            " VALUES ('torso', 'loading', '', 'torn.csv', 'csv', 1, '', '', 0)"
        )
    (held.profile.rejects / "torso.csv").write_text("half a r")
    with held.session() as session:
        assert session.removed_imports == 1
    assert [path.name for path in held.profile.rejects.iterdir()] == [mine.name]


def test_an_import_interrupted_at_the_keyboard_says_so(held: Laptop) -> None:
    file = held.write("ward.csv", ward_table(22_000, 210))
    before = counts(held)
    with held.start("import", str(file), "--json") as child:
        while not held.left_behind() and child.poll() is None:  # rows are being set aside, so it is in the midst
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert b"Traceback" not in err
    if child.returncode == 2:  # it may have come to the index meanwhile: then the import stands
        assert json.loads(out)["code"] == "cancelled"
        assert counts(held) == before
        assert held.left_behind() == []
    assert sound(held)


STOPPED_AT_THE_START = """
import os, runpy, signal, sys

class Stop:
    def find_spec(self, name, path=None, target=None):
        if name == "triage_app.cli.main":
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background may be told to ignore it
sys.meta_path.insert(0, Stop())
sys.argv = ["triage", *sys.argv[1:]]
runpy.run_module("triage_app", run_name="__main__")
"""


def test_a_command_interrupted_before_it_has_begun_says_so(tmp_path: Path) -> None:
    words = [sys.executable, "-c", STOPPED_AT_THE_START, "--home", str(tmp_path / "none"), "imports", "list"]
    answer = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 2
    assert answer.stderr == "Stopped; nothing was begun. Run it again when you are ready.\n"
    answer = subprocess.run([*words, "--json"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert json.loads(answer.stdout)["code"] == "cancelled"
    assert answer.stderr == ""


# ---- the reader ----------------------------------------------------------------------------------------------

READER = """
import os, resource, runpy, signal, sys, time

sys.path.insert(0, {root!r})
job = sys.argv[-1]
if "segfault" in job:
    os.kill(os.getpid(), signal.SIGSEGV)
elif "hang" in job:
    time.sleep(600)
elif "half" in job:
    from triage_app.formats import line_output

    def flush(self, real=line_output.LineOutput._flush_rows):
        real(self)
        if self.rows_sent:
            os.kill(os.getpid(), signal.SIGSEGV)

    line_output.LineOutput._flush_rows = flush
elif "memory" in job:
    from triage_app.formats import limits

    limits.apply(1000)
    hoard = [bytes(1 << 20) for _ in range(100_000)]
elif "flood" in job:
    while True:
        sys.stdout.write("[" * 100_000)
sys.argv = [sys.argv[0], "--reader", job]
runpy.run_module("triage_app", run_name="__main__")
"""


@pytest.mark.parametrize("fate", ["segfault", "hang", "memory", "half", "flood"])
def test_a_reader_that_fails_costs_its_file_and_no_other(held: Laptop, fate: str) -> None:
    script = held.write("reader.py", READER.format(root=str(ROOT)))
    command = [sys.executable, str(script)]
    names = ["good.json", f"{fate}.json", "last.json"]
    files = [
        held.write(name, "\n".join(eve(100 * place + number) for number in range(30)))
        for place, name in enumerate(names)
    ]
    before = counts(held)
    with held.session() as session:
        done = import_file(session, files[0], reader=command)
        with pytest.raises(BadFile) as caught:
            import_file(session, files[1], reader=command, silence_seconds=1 if fate == "hang" else 20)
        after = import_file(session, files[2], reader=command)
        assert keeping.verify(session)["ok"]
    assert (done.new, after.new) == (30, 30)
    assert f"{fate}.json" in caught.value.what
    assert_plain({"what": caught.value.what, "do": caught.value.do, "code": caught.value.code})
    assert counts(held)["alert"] == before["alert"] + 60
    assert held.left_behind() == []
