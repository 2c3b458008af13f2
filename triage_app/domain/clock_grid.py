"""The grid of harm: how likely and how severe, and to whom a report is proposed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GridRule:
    """To whom a report is proposed from which likelihood and severity on."""

    to: str
    likelihood: int
    severity: int


@dataclass(frozen=True)
class Grid:
    """The words of a five by five grid, and what it proposes."""

    likelihood: tuple[str, ...]
    severity: tuple[str, ...]
    vulnerable_floor: int
    rules: tuple[GridRule, ...]


@dataclass(frozen=True)
class Proposal:
    """What a grid proposes. It never says that something is not reportable: that is a person's decision."""

    likelihood: int
    severity: int
    score: int
    to: tuple[str, ...]
    "To whom it proposes to report; nobody where it makes no proposal."

    @property
    def words(self) -> str:
        """The answer in words."""
        if not self.to:
            return "No proposal: record why."
        return f"Propose to report to {' and '.join(self.to)}."


def propose(grid: Grid, likelihood: int, severity: int, *, vulnerable: bool = False) -> Proposal:
    """Return what a grid proposes for 1 to 5 each; a vulnerable group lifts both to the floor."""
    if not (1 <= likelihood <= len(grid.likelihood) and 1 <= severity <= len(grid.severity)):
        raise ValueError("likelihood and severity lie on the grid")
    if vulnerable:
        likelihood, severity = max(likelihood, grid.vulnerable_floor), max(severity, grid.vulnerable_floor)
    to = tuple(rule.to for rule in grid.rules if likelihood >= rule.likelihood and severity >= rule.severity)
    return Proposal(likelihood, severity, likelihood * severity, to)
