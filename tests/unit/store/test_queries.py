"""No query looks at the whole journal for what an index finds: at a hundred thousand operations that is a freeze."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import triage_app

STORE = Path(triage_app.__file__).parent / "store"
_ABOUT_ONE = re.compile(r"\b(?:o\.)?entity = \?")
_OF_OPERATION = re.compile(r"\b(?:FROM|JOIN) operation\b(?! USING)")


def queries() -> Iterator[tuple[str, str]]:
    """Yield (file and line, SQL) of every literal in the store's code that selects something."""
    for path in sorted(STORE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
            elif isinstance(node, ast.JoinedStr):
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else "?" for part in node.values)
            else:
                continue
            if "SELECT" in text:
                yield f"{path.name}:{node.lineno}", text


def test_a_query_for_the_operations_of_one_entity_says_what_lets_the_index_be_used() -> None:
    found = list(queries())
    assert len(found) > 200
    for where, text in found:
        for part in re.split(r"\bUNION\b", text):
            if _OF_OPERATION.search(part) and _ABOUT_ONE.search(part) and "batch_member" not in part:
                assert "entity <> ''" in part, f"{where}: {part}"


def test_what_a_batch_sets_is_read_from_its_list_as_no_index_finds_it_by_the_operation() -> None:
    assert [where for where, text in queries() if re.search(r"FROM batch_member WHERE (?:b\.)?n = ", text)] == []
