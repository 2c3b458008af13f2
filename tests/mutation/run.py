"""`make mutants`: change merge, bundle and journal in a thousand small ways, and see whether a test notices each.

    python -m tests.mutation.run [GROUP [--sample N] [--seed N] [--again]]

GROUP is merge, bundle or journal; without one, a sample of each is run. The tests of the group are collected once;
every mutant is a fork of that process in which one function has other code. It meets the tests that go through its
lines, those that have noticed most first, until one fails. What no test notices is printed, and all outcomes are left
in mutants-out/.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
import types
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.mutation.groups import GROUPS, Group
from tests.mutation.mutants import Mutant, found_in

ROOT: Final = Path(__file__).resolve().parents[2]
OUT: Final = ROOT / "mutants-out"
SLACK: Final = 10
"Times the clean time of the tests that it meets, after which a mutant is ended: it hangs, and that is noticed."
GRACE: Final = 10
"Seconds beside."
BUDGET: Final = 4.0
"Seconds of clean time for the tests of one mutant: those that take the least."
AGAIN: Final = 40.0
"The same, where those that were not noticed are looked at again."

KILLED, SURVIVED, HUNG, UNMET = "killed", "survived", "hung", "unmet"


@dataclass
class Known:
    """What a clean run said of one test."""

    seconds: float
    lines: dict[str, list[int]]
    "Lines of the group's files that it goes through."


@dataclass
class Outcome:
    """What became of a mutant."""

    mutant: Mutant
    state: str
    by: str = ""
    seconds: float = 0.0


class Driver:
    """A pytest plugin that runs mutants in place of the tests that were collected."""

    def __init__(self, group: Group, options: argparse.Namespace, scratch: Path) -> None:
        self.group = group
        self.options = options
        self.scratch = scratch
        self.known: dict[str, Known] = {}
        self.kills: Counter[str] = Counter()
        self.outcomes: list[Outcome] = []
        self.population = 0
        self.before: list[dict[str, Any]] = []
        self.functions: dict[tuple[str, str, int], list[types.FunctionType]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Let Hypothesis take few examples, and stop at the first that fails."""
        from hypothesis import Phase, settings  # not before pytest has seen to it

        settings.register_profile(
            "mutants", settings.get_profile("ci"), max_examples=20, phases=(Phase.explicit, Phase.generate)
        )
        settings.load_profile("mutants")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Warm up, learn what the tests go through, and run the mutants."""
        self.items = {item.nodeid: item for item in session.items}
        self._shorten()
        self._warm(session)
        self.functions = dict(_functions(self.group.files))
        self._learn(session.items)
        found = [one for file in self.group.files for one in found_in(ROOT, file)]
        self.population = len(found)
        kept = OUT / f"{self.group.name}-outcomes.jsonl"
        if self.options.again:
            self.before = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
        kept.unlink(missing_ok=True)
        for mutant in self._chosen(found):
            self._try(mutant)
        self._report()
        return True

    def _shorten(self) -> None:
        from hypothesis import Phase, settings

        module = sys.modules.get("tests.unit.store.test_merge_machine")
        if module is not None:
            for machine in (module.Merging, module.MergingCore):
                machine.TestCase.settings = settings(
                    max_examples=4, stateful_step_count=25, deadline=None, database=None, derandomize=True,
                    phases=(Phase.generate,),
                )  # fmt: skip

    def _warm(self, session: pytest.Session) -> None:
        """Make once what every test of this run stands on: fixtures of the session, stores to copy, a reader."""
        from tests import stores
        from triage_app.formats import reading

        first = max(session.items, key=lambda item: "empty_laptop" in getattr(item, "fixturenames", ()))
        if failure := self._failure(first):
            pytest.exit(failure, 2)
        stores._templates()
        reading.reader_command()

    # ---- what the tests go through ---------------------------------------------------------------------------
    def _learn(self, items: list[pytest.Item]) -> None:
        kept = OUT / f"{self.group.name}-tests.json"
        digests = {item.nodeid: _digest(item.path) for item in items}
        if kept.exists():
            stored = json.loads(kept.read_text(encoding="utf-8"))
            if stored["files"] == {file: _digest(ROOT / file) for file in self.group.files}:
                for name, (digest, seconds, lines) in stored["tests"].items():
                    if digests.get(name) == digest:
                        self.known[name] = Known(seconds, lines)
        files = {file: _digest(ROOT / file) for file in self.group.files}
        by_path: dict[Path, list[pytest.Item]] = {}
        for item in items:
            if item.nodeid not in self.known:
                by_path.setdefault(item.path, []).append(item)
        for path, missing in by_path.items():
            result = _forked(lambda missing=missing: self._clean(missing), self.scratch, 3600, 3600)
            if not isinstance(result, dict):
                pytest.exit(f"{path.name} fails without a mutant: {result}", 2)
            self.known.update({name: Known(*one) for name, one in result.items()})
            tests = {name: (digests[name], one.seconds, one.lines) for name, one in self.known.items()}
            kept.write_text(json.dumps({"files": files, "tests": tests}), encoding="utf-8")
            print(f"{path.name} {sum(one[0] for one in result.values()):.1f} s", flush=True)
            for item in missing:
                if item.nodeid not in result:
                    print(f"left out, as it fails without a mutant: {item.nodeid}", flush=True)
        print(f"\n{len(items)} tests, {sum(one.seconds for one in self.known.values()):.0f} s of work", flush=True)

    # ---- mutants -----------------------------------------------------------------------------------------------
    def _chosen(self, found: list[Any]) -> Iterator[Mutant]:
        if self.options.again:
            wanted = {(row["id"], row["old"], row["new"]) for row in self.before if row["state"] in (SURVIVED, UNMET)}
            names = {name for name, _, _ in wanted}
            for one in found:
                if one.id in names and _named(mutant := one.made()) in wanted:
                    yield mutant
            return
        order = list(range(len(found)))
        random.Random(self.options.seed).shuffle(order)
        left = self.options.sample or len(order)
        for place in order:
            if not left:
                return
            mutant = found[place].made()
            if self._code(mutant) is not None:
                left -= 1
                yield mutant

    def _code(self, mutant: Mutant) -> types.CodeType | None:
        """Return the changed code of the mutant's function; None where it is no other code, or none at all."""
        try:
            module = compile(mutant.source, str(ROOT / mutant.file), "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return None
        changed = _code_of(module, mutant.function, mutant.first)
        for function in self.functions[(mutant.file, mutant.function, mutant.first)]:
            if _same(function.__code__, changed):
                return None
        return changed

    def _try(self, mutant: Mutant) -> None:
        tests = self._meeting(mutant)
        started = time.monotonic()
        if not tests:
            outcome = Outcome(mutant, UNMET)
        else:
            clean = sum(self.known[name].seconds for name in tests)
            code = self._code(mutant)
            result = _forked(
                lambda: self._live(mutant, code, tests),
                self.scratch,
                clean * SLACK + GRACE,
                6 * (clean * SLACK + GRACE),
            )
            if isinstance(result, dict) and "by" in result:
                outcome = Outcome(mutant, KILLED if result["by"] else SURVIVED, result["by"])
                self.kills[result["by"]] += 1
            else:
                outcome = Outcome(mutant, HUNG, str(result))
        outcome.seconds = time.monotonic() - started
        self.outcomes.append(outcome)
        with (OUT / f"{self.group.name}-outcomes.jsonl").open("a", encoding="utf-8") as file:
            name, old, new = _named(mutant)
            row = {"id": name, "state": outcome.state, "by": outcome.by, "function": mutant.function, "old": old,
                   "new": new, "seconds": round(outcome.seconds, 2)}  # fmt: skip
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        if outcome.state in (SURVIVED, UNMET):
            print(f"{outcome.state} {mutant.id} {mutant.function}\n  - {mutant.old}\n  + {mutant.new}", flush=True)

    def _meeting(self, mutant: Mutant) -> list[str]:
        """Return the tests that go through the mutant's lines, those that notice most in a second first."""
        span = set(range(mutant.span[0], mutant.span[1] + 1))
        meeting = [
            name
            for name, one in self.known.items()
            if name in self.items and span & set(one.lines.get(mutant.file, ()))
        ]
        meeting.sort(key=lambda name: self.known[name].seconds)
        left = AGAIN if self.options.again else BUDGET
        some: list[str] = []
        for name in meeting:
            left -= self.known[name].seconds
            if left < 0 and some:
                break
            some.append(name)
        return sorted(some, key=lambda name: -(1 + self.kills[name]) / (0.1 + self.known[name].seconds))

    def _live(self, mutant: Mutant, code: types.CodeType | None, tests: list[str]) -> dict[str, Any]:
        assert code is not None
        for function in self.functions[(mutant.file, mutant.function, mutant.first)]:
            function.__code__ = code
        for name, following in zip(tests, [*tests[1:], ""], strict=True):
            if self._failure(self.items[name], self.items.get(following)):
                return {"by": name}
        return {"by": ""}

    def _failure(self, item: pytest.Item, following: pytest.Item | None = None) -> str:
        """Run a test and return why it failed, '' where it did not."""
        from _pytest.runner import runtestprotocol

        after: Any = following or item.session  # which goes on
        reports = runtestprotocol(item, log=False, nextitem=after)
        return "".join(report.longreprtext or "failed" for report in reports if report.failed)

    def _clean(self, items: list[pytest.Item]) -> dict[str, Any]:
        """Run the tests of a file as they are; note how long each takes, and which lines it goes through."""
        names = {str(ROOT / file): file for file in self.group.files}
        lines: dict[str, set[int]] = {}

        def trace(frame: types.FrameType, event: str, _: Any) -> Any:
            found = names.get(frame.f_code.co_filename)
            if found is None:
                return None
            lines.setdefault(found, set()).add(frame.f_lineno)
            return trace

        said = {}
        for item, following in zip(items, [*items[1:], None], strict=True):
            lines = {}
            started = time.process_time()
            sys.settrace(trace)
            threading.settrace(trace)
            failure = self._failure(item, following)
            sys.settrace(None)
            if failure:  # under load some do, by the clock
                continue
            said[item.nodeid] = (time.process_time() - started, {file: sorted(seen) for file, seen in lines.items()})
        return said

    def _report(self) -> None:
        states = Counter(one.state for one in self.outcomes)
        tried = len(self.outcomes)
        noticed = states[KILLED] + states[HUNG]
        print(
            f"{self.group.name}: {noticed} of {tried} noticed ({100 * noticed / max(tried, 1):.1f} %),"
            f" {states[HUNG]} of them by hanging or dying; {states[SURVIVED]} not noticed, {states[UNMET]} met no test;"
            f" {self.population} mutants in all, seed {self.options.seed};"
            f" {sum(one.seconds for one in self.outcomes):.0f} s",
            flush=True,
        )


def _named(mutant: Mutant) -> tuple[str, str, str]:
    """Return by what a mutant is known again."""
    return mutant.id, mutant.old[:300], mutant.new[:300]


# ---- code in memory ---------------------------------------------------------------------------------------------
def _functions(files: tuple[str, ...]) -> Iterator[tuple[tuple[str, str, int], list[types.FunctionType]]]:
    """Yield the living functions of some files by (file, qualified name, first line)."""
    import gc

    for file in files:
        importlib.import_module(file.removesuffix(".py").replace("/", "."))
    names = {str(ROOT / file): file for file in files}
    found: dict[tuple[str, str, int], list[types.FunctionType]] = {}
    for one in gc.get_objects():
        if isinstance(one, types.FunctionType) and one.__code__.co_filename in names:
            code = one.__code__
            found.setdefault((names[code.co_filename], code.co_qualname, code.co_firstlineno), []).append(one)
    yield from found.items()


def _code_of(module: types.CodeType, name: str, first: int) -> types.CodeType:
    """Return the code of a function among what a module is compiled to."""
    waiting = [module]
    while waiting:
        for const in waiting.pop().co_consts:
            if isinstance(const, types.CodeType):
                if const.co_qualname == name and const.co_firstlineno == first:
                    return const
                waiting.append(const)
    raise LookupError(f"no code of {name} at {first}")


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, types.CodeType) and isinstance(other, types.CodeType):
        return (
            one.co_code == other.co_code
            and one.co_names == other.co_names
            and one.co_varnames == other.co_varnames
            and len(one.co_consts) == len(other.co_consts)
            and all(map(_same, one.co_consts, other.co_consts))
        )
    return type(one) is type(other) and bool(one == other)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# ---- forks ------------------------------------------------------------------------------------------------------
def _forked(work: Any, scratch: Path, cpu: float, wall: float) -> Any:
    """Do some work in a fork and return what it came to: what it returned, or how the fork ended."""
    before = set(scratch.iterdir())
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.close(reading)
            os.setpgid(0, 0)
            resource.setrlimit(resource.RLIMIT_CPU, (int(cpu) + 1, int(cpu) + 2))
            quiet = os.open(os.devnull, os.O_RDWR)
            for number in range(3):
                os.dup2(quiet, number)
            said = json.dumps(work()).encode()
            with os.fdopen(writing, "wb") as file:
                file.write(said)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    timer = threading.Timer(wall, os.killpg, (child, signal.SIGKILL))
    timer.daemon = True
    timer.start()
    with os.fdopen(reading, "rb") as file:
        said = file.read()
    _, status = os.waitpid(child, 0)
    timer.cancel()
    for left in set(scratch.iterdir()) - before:
        shutil.rmtree(left, ignore_errors=True)
    return json.loads(said) if said else f"ended with {status}"


def main(words: list[str]) -> int:
    """Run the mutants of a group."""
    if not words:
        sampled = [sys.executable, "-m", "tests.mutation.run"]
        return max(subprocess.run([*sampled, name, "--sample", "250"], check=False).returncode for name in GROUPS)
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument("group", choices=sorted(GROUPS))
    parser.add_argument("--sample", type=int, default=0, help="so many of the mutants, by chance; all by default")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="those not noticed last time, with more tests")
    options = parser.parse_args(words)
    group = GROUPS[options.group]
    OUT.mkdir(exist_ok=True)
    fast = Path("/dev/shm")
    base = (fast if fast.is_dir() else OUT) / f"mutants-{os.getpid()}"
    base.mkdir()
    os.environ["TMPDIR"] = str(base)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    try:
        options_of_pytest = ["-q", "-s", "--durations=0", "-p", "no:cacheprovider", "-p", "no:xdist"]
        settings_of_pytest = ["-o", "faulthandler_timeout=0", "-o", "addopts=--strict-markers --import-mode=importlib"]
        words = [*group.tests, *options_of_pytest, *settings_of_pytest, f"--basetemp={base / 'pytest'}"]
        return int(pytest.main(words, plugins=[Driver(group, options, base)]))
    finally:
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
