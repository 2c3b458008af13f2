"""`make fuzz`: every parser, so many executions each, from our own corpus; one line a parser, and a JSON file.

    python -m fuzz.run [--runs N] [--many N] [--bundles N] [FORMAT …|bundle]

``--runs`` are the executions of each parser, ``--many`` those of CSV, JSON, XML, mail and archives, ``--bundles``
those of the reader of bundles (``bundle_target``). What is found is left in ``fuzz-out/FORMAT/`` as the input that
shows it; a corpus grown by earlier runs is used again.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from triage_app.formats import registry

ROOT: Final = Path(__file__).resolve().parent.parent
SEEDS: Final = ROOT / "tests" / "data" / "formats"
OUT: Final = ROOT / "fuzz-out"
OWN: Final = {"receipt": ROOT / "tests" / "data" / "receipt"}
"""Files of our own that come from outside, with where their first corpus lies."""

MANY: Final = ("csv", "suricata-eve", "nessus", "mail", "archive")
"""The parsers under every other one: tables, JSON, XML, mail and archives."""

BUNDLE: Final = "bundle"
"""The reader of bundles: no parser of a registry, but of outside bytes all the same."""

MAX_LENGTH: Final = 2048
"""Bytes of an input: enough for a few records of every format, short enough for thousands a second."""

_DONE = re.compile(rb"^Done (\d+)(?: runs?)? in (\d+) second", re.MULTILINE)
"""atheris leaves out the word that libFuzzer has; without it the count was that of the last line before."""

_PULSE = re.compile(rb"^#(\d+)\s", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """What fuzzing one parser came to."""

    format: str
    executions: int
    seconds: float
    findings: tuple[str, ...]


def fuzz(format_name: str, runs: int) -> Outcome:
    """Fuzz one parser and return what came of it."""
    out = OUT / format_name
    grown = out / "corpus"
    grown.mkdir(parents=True, exist_ok=True)
    seeds = OWN.get(format_name, SEEDS / format_name)
    target = ["fuzz.target", format_name]
    if format_name == BUNDLE:
        target, seeds = ["fuzz.bundle_target"], out / "seeds"
        subprocess.run([sys.executable, "-m", *target, "--seeds", str(seeds)], cwd=ROOT, check=True)
    command = [sys.executable, "-m", *target, f"-atheris_runs={runs + runs // 100}"]
    command += [f"-max_len={MAX_LENGTH}", "-timeout=20", "-rss_limit_mb=3000", "-print_final_stats=1"]
    command += ["-verbosity=1", f"-artifact_prefix={out}/", str(grown), *([str(seeds)] if seeds.is_dir() else [])]
    started = time.monotonic()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    (out / "log.txt").write_bytes(done.stdout[-200_000:] + done.stderr[-200_000:])
    counted = _DONE.search(done.stderr) or None
    executions = int(counted[1]) if counted else max((int(n) for n in _PULSE.findall(done.stderr)), default=0)
    findings = sorted(path.name for path in out.glob("*-*") if path.is_file())
    # libFuzzer's own alarm may go off while it leaves: what counts is whether it came to its end.
    if done.returncode and counted is None and not findings:
        findings = [f"ended with {done.returncode}; see log.txt"]
    return Outcome(format_name, executions, round(time.monotonic() - started, 1), tuple(findings))


def main() -> int:
    """Fuzz what the arguments name; return 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("formats", nargs="*", help="only these")
    parser.add_argument("--runs", type=int, default=200_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--bundles", type=int, default=10_000_000, help="executions of the reader of bundles")
    chosen = parser.parse_args()
    names = chosen.formats or [*OWN, *(name for name, _ in registry.formats()), BUNDLE]
    outcomes = []
    for name in names:
        runs = chosen.bundles if name == BUNDLE else chosen.many if name in MANY else chosen.runs
        outcome = fuzz(name, runs)
        outcomes.append(outcome)
        said = ", ".join(outcome.findings) or "nothing found"
        print(f"{name:28} {outcome.executions:>9,} executions  {outcome.seconds:>7} s  {said}", flush=True)
        (OUT / name / "outcome.json").write_text(json.dumps(asdict(outcome)))
        every = [json.loads(path.read_text()) for path in sorted(OUT.glob("*/outcome.json"))]
        (OUT / "latest.json").write_text(json.dumps(every, indent=1))
    return int(any(outcome.findings for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
