"""Whatever ends an import early (a kill, a cancel, a full disk, a broken reader), all of it is there or nothing."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.scenarios.laptop import MAPPING, PASSPHRASE, ROOT, Laptop, assert_plain, copied, eve, row, table
from tests.scenarios.small_disk import SmallDisk, dropping_privileges
from triage_app.errors import BadFile, Cancelled
from triage_app.services import keeping
from triage_app.services.import_alerts import import_file
from triage_app.store import imports

KILLS = 50
SEED = 20261122


def counts(laptop: Laptop) -> dict[str, int]:
    """Open the store as a new start would, and count what an import changes."""
    with laptop.session() as session:
        tables = ("alert", "alert_row", "import", "import_range", "import_repeat", "unindexed", "link", "mapping")
        found: dict[str, int] = {name: session.store.value(f"SELECT count(*) FROM {name}") for name in tables}
        found["indexes"] = session.store.value("SELECT count(*) FROM sqlite_master WHERE type = 'index'")
        return found


def sound(laptop: Laptop) -> bool:
    with laptop.session() as session:
        return bool(keeping.verify(session)["ok"])


def ward_table(count: int, width: int) -> str:
    """Return a table of so many rows, of which every thousandth cannot be read and the last repeats the first."""
    rows = [
        row(number, time="never" if number % 1000 == 500 else "", what=f"Alert {number} " + "beacon " * (width // 7))
        for number in range(count)
    ]
    return table([*rows, rows[0]])


@pytest.fixture(scope="module")
def held_laptop(empty_laptop: Laptop, tmp_path_factory: pytest.TempPathFactory) -> Laptop:
    """A laptop that holds forty alerts already, and knows how to read the tables."""
    laptop = copied(empty_laptop, tmp_path_factory.mktemp("held") / "laptop")
    mapping = laptop.write("mapping.json", json.dumps(MAPPING))
    laptop.take(
        laptop.write("first.csv", table(row(number) for number in range(40))), words=("--mapping", str(mapping))
    )
    return laptop


@pytest.fixture
def held(held_laptop: Laptop, tmp_path: Path) -> Laptop:
    return copied(held_laptop, tmp_path / "laptop")


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
    assert after["alert_row"] > before["alert_row"]

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
        assert session.store.value("SELECT count(*) FROM alert_row") == before["alert_row"]
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
                "INSERT INTO alert_row SELECT 9000, randomblob(32), key, layout, seen_at, severity, severity_raw,"
                " severity_rule, 'Torso', reference, category, host, user, src, dst, url, hash, detail, organisation,"
                " rsit, tlp, rest, tokens FROM alert_row WHERE id = 1"
            )
        assert import_file(session, file).new == 60
        assert session.store.value("SELECT count(*) FROM alert_row WHERE title = 'Torso'") == 0
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
        time.sleep(0.8)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert b"Traceback" not in err
    if child.returncode == 2:  # a machine fast enough may have been done
        assert json.loads(out)["code"] == "cancelled"
        assert counts(held) == before
        assert held.left_behind() == []
    assert sound(held)


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
    from triage_app.formats import reader

    def flush(self, real=reader.LineOutput._flush_rows):
        real(self)
        if self.rows_sent:
            os.kill(os.getpid(), signal.SIGSEGV)

    reader.LineOutput._flush_rows = flush
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


# ---- disks ---------------------------------------------------------------------------------------------------


def test_a_disk_that_fills_up_during_an_import_loses_nothing(held_laptop: Laptop, small_disk: SmallDisk) -> None:
    held = copied(held_laptop, small_disk.folder / "laptop")
    file = held.folder.parent.parent / "ward.csv"
    file.write_text(ward_table(9_000, 200))
    before = counts(held)
    small_disk.leave(1_500_000, held.profile.store)
    answer = held.process("import", str(file), "--json", **small_disk.limits)
    assert answer.code == 2, answer
    [found] = answer.json["files"]
    assert_plain({name: found[name] for name in ("what", "do", "code")})
    assert found["code"] in small_disk.codes
    small_disk.make_room()
    assert counts(held) == before
    assert held.left_behind() == []
    assert sound(held)
    assert held.take(file, code=1)[0]["records"] == 9_001
    assert sound(held)


def test_a_disk_that_is_full_makes_no_half_a_store(small_disk: SmallDisk) -> None:
    laptop = Laptop(small_disk.folder / "profile", small_disk.folder)
    laptop.write("passphrase.txt", PASSPHRASE)
    for room in (5_000, 60_000, 150_000):
        small_disk.leave(room)
        answer = laptop.process("--now", "2026-11-22T03:12Z", "init", "--org", "RXX", "--responder", "Asha", "--json",
                                **small_disk.limits)  # fmt: skip
        assert answer.code == 2, answer
        assert_plain(answer.json)
        assert answer.json["code"] in small_disk.codes
        assert [path.name for path in laptop.home.glob("store*") if path.name != "store.lock"] == []
        small_disk.make_room()
    assert laptop.process("--now", "2026-11-22T03:12Z", "init", "--org", "RXX", "--responder", "Asha").code == 0
    assert laptop.verified()["ok"]


@pytest.mark.parametrize("command", ["bundle", "plain", "backup", "identity"])
def test_a_disk_that_is_full_takes_no_half_a_file(held: Laptop, small_disk: SmallDisk, command: str) -> None:
    made = held.batch(*(f"incident new --title 'Incident {number} on one of the wards'" for number in range(60)))
    held.ask("alert", "link", *(alert["id"] for alert in held.alerts()), "--into", made[0]["ref"])
    out = small_disk.folder / "out"
    out.mkdir()
    words = {
        "bundle": ["export", str(out / "out.triage"), "--full", "--to"],
        "plain": ["export", str(out / "out.jsonl"), "--as", "jsonl"],
        "backup": ["backup", str(out / "copy.db")],
        "identity": ["device", "identity", str(out / "me.identity")],
    }[command]
    if command == "bundle":
        other = held.folder / "other.identity"
        receiver = copied(held, held.folder.parent / "receiver")
        copy = held.folder / "copy.db"
        held.ask("backup", str(copy))
        receiver = Laptop(held.folder.parent / "receiver" / "restored", held.folder)
        receiver.ask("restore", str(copy))
        receiver.ask("device", "identity", str(other))
        held.ask("device", "trust", str(other), "--relation", "same")
        words.append(receiver.ask("device", "show")["ref"])
    before = held.verified()
    small_disk.leave(0 if command == "identity" else 4096)
    answer = held.process(*words, "--json", **small_disk.limits)
    assert answer.code == 2, answer
    assert_plain(answer.json)
    assert answer.json["code"] in small_disk.codes
    assert list(out.iterdir()) == []
    assert held.verified()["state"] == before["state"]
    small_disk.make_room()
    done = held.process(*words, "--json")
    assert done.code == 0, done
    assert sorted(out.iterdir()) != []


def test_a_folder_that_may_not_be_written_to_is_refused_in_words(held: Laptop) -> None:
    file = held.write("eve.json", eve(1))
    before = counts(held)
    out = held.folder / "closed"
    out.mkdir()
    attempts: list[tuple[Path, list[str]]] = [
        (held.home, ["import", str(file)]),
        (held.home, ["incident", "new", "--title", "x"]),
        (out, ["export", str(out / "out.csv"), "--as", "csv"]),
        (out, ["backup", str(out / "copy.db")]),
        (out, ["device", "identity", str(out / "me.identity")]),
        (out, ["--home", str(out / "new"), "init", "--org", "RXX", "--responder", "Asha"]),
    ]
    for folder, words in attempts:
        inside = [folder, *folder.rglob("*")]
        modes = {path: path.stat().st_mode for path in inside}
        for path in inside:
            path.chmod(modes[path] & ~0o222)
        try:
            answer = held.process(*words, "--json", preexec_fn=dropping_privileges)
        finally:
            for path in inside:
                path.chmod(modes[path])
        assert answer.code == 2, (words, answer)
        document = answer.json
        assert_plain({name: document.get("files", [document])[0][name] for name in ("what", "do", "code")})
    assert list(out.iterdir()) == []
    assert counts(held) == before
    assert sound(held)
