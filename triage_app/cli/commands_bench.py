"""``triage bench``: the benchmark suite of the source tree."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.errors import NotFound


def register(group: click.Group) -> None:
    """Add this command."""
    group.add_command(bench)


@click.command()
@click.argument("names", nargs=-1)
@json_option
@pass_context
def bench(context: Context, names: tuple[str, ...]) -> None:
    """Measure this program beside the raw limit or what a user would use instead."""
    script = Path(__file__).resolve().parent.parent.parent / "bench" / "run.py"
    if not script.exists():
        raise NotFound("The benchmarks are not part of an installed program.", "Run it from the source tree.")
    done = subprocess.run([sys.executable, str(script), *names, "--json"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotFound("The benchmarks did not run.", f"They exist under these names: {done.stderr.strip()[-200:]}")
    keep = ("name", "ours", "rival", "ratio", "goal", "met")
    found = [{name: outcome[name] for name in keep} for outcome in json.loads(done.stdout)]
    lines = [f"{one['name']}: {one['ratio']} ({one['goal']}, {'met' if one['met'] else 'NOT met'})" for one in found]
    context.done(found, "\n".join(lines))
