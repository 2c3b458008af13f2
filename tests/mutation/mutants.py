"""What could be wrong in a file: mutmut's changes of Python, and changes of SQL and of statements that it has not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

MESSAGES: Final = frozenset({"ValueError", "BadBundle", "BadFile", "BadInput", "hostile", "damaged"})
"Whose words are for people: what is said in them is not changed, that it is raised is."

NEVER: Final = frozenset({"len", "isinstance", "cast", "TypeVar"})
"Calls that mutmut leaves alone, and two that say nothing at run time."

_SQL: Final = re.compile(
    r"\b(SELECT|INSERT|UPDATE|DELETE|FROM|WHERE|JOIN|CONFLICT|VALUES|ORDER BY|GROUP BY|UNION|AND|EXISTS|HAVING"
    r"|SAVEPOINT|RELEASE|ROLLBACK|DROP)\b"
)
_SWAPS: Final = (
    (r"(?<=\W)=(?=[ ?])", "<>"), (r"<>", "="), (r"<(?=[ ])", "<="), (r"<=", "<"), (r"(?<!<)>(?=[ ])", ">="),
    (r">=", ">"), (r"\bAND\b", "OR"), (r"(?<!INSERT )\bOR\b", "AND"), (r"INSERT OR (IGNORE|REPLACE)", "INSERT"),
    (r"IS NULL", "IS NOT NULL"), (r"IS NOT NULL", "IS NULL"), (r" DESC\b", ""), (r"\bDISTINCT ", ""),
    (r"\bmax\(", "min("), (r"\bmin\(", "max("), (r"\bLEFT JOIN\b", "JOIN"), (r"\bNOT EXISTS\b", "EXISTS"),
    (r"\bORDER BY .*\Z", ""), (r"\bUNION\b", "EXCEPT"), (r"(?<=[=<>] )[01]\b", "2"),
)  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    file: str
    "From the top of the project, with slashes."
    line: int
    span: tuple[int, int]
    "First and last line of the statement that it changes, or of its head."
    place: int
    "Column, from 0."
    what: str
    "Which kind of change, and which of its kind there."
    function: str
    "Qualified name of the outermost function that it is in."
    first: int
    "Line at which the code of that function begins."
    old: str
    new: str
    "What is changed, and what it is changed into."
    source: str
    "The whole file, changed."

    @property
    def id(self) -> str:
        """Its name while the file stays as it is."""
        return f"{self.file}:{self.line}:{self.place}:{self.what}"


@dataclass(frozen=True)
class Found:
    """A mutant that is not written out yet."""

    file: str
    function: str
    first: int
    node: cst.CSTNode
    changed: cst.CSTNode
    what: str
    module: Any
    at: Any
    span: tuple[int, int]

    @property
    def id(self) -> str:
        """Where it is and what it does, as that of the mutant."""
        return f"{self.file}:{self.at.start.line}:{self.at.start.column}:{self.what}"

    def made(self) -> Mutant:
        """Write it out."""
        changed = self.module.deep_replace(self.node, self.changed)
        blank = cst.Module([])
        old, new = blank.code_for_node(self.node), blank.code_for_node(self.changed)
        start = self.at.start
        return Mutant(
            self.file, start.line, self.span, start.column, self.what, self.function, self.first, old, new, changed.code
        )


def found_in(root: Path, file: str) -> list[Found]:
    """Return every mutant of a file, in the order in which they stand there."""
    wrapper = MetadataWrapper(cst.parse_module((root / file).read_text(encoding="utf-8")))
    positions: Mapping[Any, Any] = wrapper.resolve(PositionProvider)
    found = []
    for node, function, first, span in _inside(wrapper.module, positions, "", "", 0, (0, 0)):
        at = positions.get(node)
        for what, changed in _changes(node) if at is not None else ():
            found.append(Found(file, function, first, node, changed, what, wrapper.module, at, span))
    found.sort(key=lambda one: (one.at.start.line, one.at.start.column))
    return found


def _inside(
    node: Any, positions: Mapping[Any, Any], owner: str, function: str, first: int, span: tuple[int, int]
) -> Iterator[tuple[Any, str, int, tuple[int, int]]]:
    """Yield each node within functions, with the outermost one, where its code begins, and its statement."""
    if isinstance(node, cst.Annotation | cst.Decorator) or _is_docstring(node) or _is_call_of(node, NEVER | MESSAGES):
        return
    if isinstance(node, cst.ClassDef) and not function:
        owner = f"{owner}{node.name.value}."
    if isinstance(node, cst.FunctionDef) and not function:
        function = f"{owner}{node.name.value}"
        start = node.decorators[0] if node.decorators else node
        yield from _inside(node.body, positions, owner, function, positions[start].start.line, span)
        return
    if isinstance(node, cst.SimpleStatementLine):
        span = positions[node].start.line, positions[node].end.line
    elif isinstance(node, cst.BaseCompoundStatement):
        span = positions[node].start.line, max(positions[node.body].start.line - 1, positions[node].start.line)
    if function:
        yield node, function, first, span
    for child in node.children:
        yield from _inside(child, positions, owner, function, first, span)


def _is_docstring(node: Any) -> bool:
    return isinstance(node, cst.Expr) and isinstance(node.value, cst.BaseString)


def _is_call_of(node: Any, names: frozenset[str]) -> bool:
    return isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value in names


def _changes(node: Any) -> Iterator[tuple[str, cst.CSTNode]]:
    text = _text_of(node)
    if text is not None and _SQL.search(text):
        for number, changed in enumerate(_sql(text)):
            yield f"sql-{number}", node.with_changes(value=changed)
        return
    for kind, operator in mutation_operators:
        if isinstance(node, kind):
            changed_nodes: Iterable[cst.CSTNode] = operator(node)
            for number, changed_node in enumerate(changed_nodes):
                yield f"{operator.__name__.removeprefix('operator_')}-{number}", changed_node
    if (isinstance(node, cst.Expr) and isinstance(node.value, cst.Call)) or isinstance(node, cst.Raise | cst.Del):
        yield "statement-0", cst.Pass()
    if isinstance(node, cst.If) and isinstance(node.test, cst.Name | cst.Attribute | cst.Call | cst.NamedExpr):
        test = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        yield "condition-0", node.with_changes(test=cst.UnaryOperation(cst.Not(), test))


def _text_of(node: Any) -> str | None:
    return str(node.value) if isinstance(node, cst.SimpleString | cst.FormattedStringText) else None


def _sql(text: str) -> Iterator[str]:
    end = 1 if text[-1] in "\"'" else 0
    body, quote = text[: len(text) - end], text[len(text) - end :]
    for pattern, instead in _SWAPS:
        for match in re.finditer(pattern, body):
            yield body[: match.start()] + instead + body[match.end() :] + quote
