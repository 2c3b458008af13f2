"""What the IT department enforces on this computer: what is in force, where it comes from, and what was refused."""

from __future__ import annotations

from typing import Any

import click

from triage_app.cli.context import Context, json_option, pass_context
from triage_app.domain.enforced import Held
from triage_app.services import places, set_by_it


def register(group: click.Group) -> None:
    """Add this command."""
    group.add_command(policy)


@click.command()
@json_option
@pass_context
def policy(context: Context) -> None:
    """Show what your IT department enforces here, from where, and what of it was refused. Needs no passphrase."""
    force = set_by_it.now()
    problems = force.problems()
    context.exit_code = 1 if problems else 0
    data: dict[str, Any] = {
        "home": str(places.home_of(None)),
        "sources": [{"source": source, "refused": why or None} for source, why in force.sources],
        "policies": [_as_data(name, one) for name, one in force.held.items()],
        "unknown": [{"source": source, "name": name} for source, name in force.unknown],
        "problems": problems,
    }
    lines = [f"{name:<18} {_worded(one):<28} {one.source}" for name, one in force.held.items()]
    if not lines:
        lines = ["Your IT department enforces nothing on this computer."]
        if not force.sources:
            lines.append(f"Looked for: {_looked()}.")
    context.done(data, "\n".join([*lines, *problems]))


def _as_data(name: str, one: Held) -> dict[str, Any]:
    value = list(one.value) if isinstance(one.value, tuple) else one.value
    return {"id": name, "value": value, "source": one.source, "refused": one.problem or None,
            "setting": one.policy.setting or None, "how": one.policy.how}  # fmt: skip


def _worded(one: Held) -> str:
    if one.value is None or one.value in ("", ()):
        return "none" if one.problem or one.value == () else "not set"
    return ", ".join(one.value) if isinstance(one.value, tuple) else str(one.value)


def _looked() -> str:
    return ", ".join(set_by_it.looked_at())
