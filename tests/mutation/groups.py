"""What is mutated, and which tests are to notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Group:
    """Files that belong together, and the fast tests of them."""

    name: str
    files: tuple[str, ...]
    tests: tuple[str, ...]


def _under(folder: str, names: str) -> tuple[str, ...]:
    return tuple(f"{folder}/{name}.py" for name in names.split())


MERGE: Final = Group(
    "merge",
    _under(
        "triage_app/store",
        "applying incoming incoming_blocks incoming_operations incoming_rows projected_rows projections standings",
    ),
    (
        *_under(
            "tests/unit/store",
            "test_incoming test_incoming_blocks test_incoming_evidence test_incoming_operations test_incoming_rows"
            " test_projected_rows test_projections test_standings test_standings_read test_erasures"
            " test_blocks_sent test_many_alerts test_readings_exchanged test_rereading test_merge_intents_apart"
            " test_merge_intents_arriving test_merge_intents_moved test_merge_intents_order test_merge_intents_table"
            " test_merge_intents_taken_back",
        ),
        "tests/unit/store/test_merge_machine.py::TestMergingCore",
    ),
)

BUNDLE: Final = Group(
    "bundle",
    (
        *_under(
            "triage_app/formats/bundle",
            "contents packing reading refusals sealing spool unpacking weighing writing",
        ),
        *_under("triage_app/domain", "evidence_blocks merkle"),
    ),
    (
        *_under(
            "tests/unit/formats",
            "test_bundle test_bundle_bounds test_bundle_damage test_bundle_hostile test_bundle_verified"
            " test_bundle_weighing",
        ),
        *_under("tests/unit/domain", "test_evidence_blocks test_merkle"),
    ),
)

JOURNAL: Final = Group(
    "journal",
    (*_under("triage_app/domain", "canonical operations"), *_under("triage_app/store", "history journal")),
    (
        *_under("tests/unit/domain", "test_canonical test_operations"),
        *_under(
            "tests/unit/store",
            "test_golden_operations test_history test_journal test_journal_parts test_undo test_undo_of_running",
        ),
    ),
)

GROUPS: Final = {group.name: group for group in (MERGE, BUNDLE, JOURNAL)}
