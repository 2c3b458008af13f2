"""Every text that a reader says of a file, read from the code of the formats, as templates with {0}, {1} … for values.

A reader speaks English and knows no catalogue; ``triage_app.respoken`` finds these templates again where its words are
shown. So the formats write plain f-strings, and nothing need be marked: what is returned by ``recognise``, rejected,
ignored or raised is found here, with what it is put together from.
"""

from __future__ import annotations

import ast
import itertools
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "triage_app"
_SAID_BY = (
    "recognise", "how", "why", "reason", "ragged", "end_of_value", "refusal", "lost", "beside", "why_not_left",
    "top_level", "head", "chosen",
)  # fmt: skip
"""Functions whose answer is shown, or is part of what is."""
_SAID_IN = {"_MAGIC", "_TEXT_KINDS", "_BOMB", "_DAMAGE", "_OTHER", "_ADVICE", "OURS", "CONTACT", "reason"}
"""Names of what is shown."""
_KEPT = {
    "other reasons": "services/import_tally.py", "other": "services/import_history.py",
    "left out by {0} in the preview": "services/leaving_out.py", "List of indicators": "formats/registry.py",
    "E-mail (.eml)": "formats/registry.py", "data flow": "formats/open_threat_model.py",
    "trust zone": "formats/open_threat_model.py", "diagram": "formats/open_threat_model.py",
    "taxonomy": "formats/misp_taxonomy.py", "an object": "formats/misp.py", "an attribute": "formats/misp.py",
    **dict.fromkeys(
        (
            "Expecting value", "Expecting ',' delimiter", "Expecting ':' delimiter", "Extra data",
            "Expecting property name enclosed in double quotes", "Unterminated string starting at",
            "Invalid control character at",
        ),
        "formats/strict_json.py",
    ),
}  # fmt: skip
"""What is said beside that: in the record of an import, and by Python of JSON that is none."""
_NOT_SHOWN = {"KeyError", "TypeError", "Garbage", "NotImplementedError", "StopIteration", "RuntimeError"}
_GIVEN = {"reject": 1, "ignore": 0, "refused": 2, "_reject": 1, "_digits": 1, "_give_up": 1, "_refuse": 0}
"""Which argument of a call is shown."""
_MOST = 32
"""Ways in which one sentence may be put together."""
_PLACE = "\0"


def of_the_reader() -> list[Path]:
    """Return the modules that a reader loads."""
    formats = PACKAGE / "formats"
    found, left = set[str](), {"reader", *_registered()}
    while left:
        name = left.pop()
        path = formats / f"{name}.py"
        if name in found or not path.exists():
            continue
        found.add(name)
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("triage_app.formats"):
                inner = (node.module or "").removeprefix("triage_app.formats").strip(".")
                left |= {inner} if inner else {each.name for each in node.names}
    return sorted(formats / f"{name}.py" for name in found - {"registry", "reading_events", "reader_process"})


def _registered() -> set[str]:
    from triage_app.formats import registry

    return {name for name, _ in registry.formats()} | {
        node.value
        for node in ast.walk(_tree(PACKAGE / "formats" / "registry.py"))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier()
    }


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def said() -> dict[str, set[str]]:
    """Return each text that a reader says, with the files it stands in."""
    found: dict[str, set[str]] = defaultdict(set, {text: {place} for text, place in _KEPT.items()})
    for path in of_the_reader():
        place = path.relative_to(PACKAGE).as_posix()
        for text in _Module(path).texts():
            found[text].add(place)
    return found


class _Module:
    """One module of the reader's."""

    def __init__(self, path: Path) -> None:
        self.tree = _tree(path)
        self.above = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}
        self.functions = {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)}
        self.constants: dict[str, ast.expr] = {}
        for node in self.tree.body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("triage_app."):
                self._imported(node)
            for name, value in _assigned(node):
                self.constants[name] = value
        self.parts: set[str] = set()
        self.inside: set[str] = set()
        self.values: dict[ast.FunctionDef, dict[str, list[ast.expr]]] = {}

    def _imported(self, node: ast.ImportFrom) -> None:
        path = PACKAGE.parent / ((node.module or "").replace(".", "/") + ".py")
        if path.exists():
            names = {each.name for each in node.names}
            for other in _tree(path).body:
                self.constants |= {name: value for name, value in _assigned(other) if name in names}

    def texts(self) -> set[str]:
        """Return what it says, and the parts that this is put together from."""
        found = set[str]()
        for node in ast.walk(self.tree):
            for shown in self._shown(node):
                found |= set(self._ways(shown, self._function(node)))
        return {numbered for text in found | self.parts if (numbered := _numbered(text)) and _has_words(numbered)}

    def _shown(self, node: ast.AST) -> Iterator[ast.expr]:
        if isinstance(node, ast.FunctionDef) and node.name.strip("_") in _SAID_BY:
            yield from _returned(node)
        elif isinstance(node, ast.FunctionDef) and node.returns and ast.unparse(node.returns) == "list[Any] | str":
            for each in _returned(node):  # of no use here, and what it is
                if isinstance(each, ast.Constant | ast.JoinedStr):
                    yield each
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and _is_told(node.exc):
            yield node.exc.args[0]
        for name, value in _assigned(node):
            if name in _SAID_IN:
                yield value
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):  # a record, and why it is none
            yield node.value.elts[-1]
            yield from (each for each in node.value.elts[:-1] if isinstance(each, ast.JoinedStr))
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id in _SAID_IN:
            yield ast.BinOp(ast.Name("_"), ast.Add(), node.value)
        if isinstance(node, ast.Call) and _name(node) in _GIVEN and len(node.args) > _GIVEN[_name(node)]:
            yield node.args[_GIVEN[_name(node)]]

    def _function(self, node: ast.AST) -> ast.FunctionDef | None:
        while node in self.above and not isinstance(node, ast.FunctionDef):
            node = self.above[node]
        return node if isinstance(node, ast.FunctionDef) else None

    def _ways(self, node: ast.expr | None, scope: ast.FunctionDef | None) -> list[str]:
        """Return every text that an expression may be, values as places."""
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else [] if node.value is None else [_PLACE]
        if isinstance(node, ast.JoinedStr):
            parts = [self._ways(part, scope) or [""] for part in node.values]
            return _together(parts)
        if isinstance(node, ast.FormattedValue):
            if node.format_spec is not None or node.conversion != -1:
                return [_PLACE]
            return self._inner(node.value, scope)
        if isinstance(node, ast.IfExp):
            return [*self._ways(node.body, scope), *self._ways(node.orelse, scope)]
        if isinstance(node, ast.BoolOp):
            return [way for each in node.values for way in self._ways(each, scope)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return _together([self._ways(node.left, scope), self._ways(node.right, scope)])
        if isinstance(node, ast.Subscript):
            return self._ways(node.value, scope)
        if isinstance(node, ast.Dict):
            return [way for each in node.values for way in self._ways(each, scope)]
        if isinstance(node, ast.Tuple | ast.List):
            return [way for each in node.elts for way in self._ways(each, scope)]
        if isinstance(node, ast.Name):
            return self._named(node.id, scope)
        if isinstance(node, ast.Call):
            return self._called(node, scope)
        return [_PLACE]

    def _inner(self, node: ast.expr, scope: ast.FunctionDef | None) -> list[str]:
        """Return what stands at a place of a sentence: a part that is whole in itself is said by itself."""
        ways = self._ways(node, scope)
        if isinstance(node, ast.IfExp | ast.BoolOp) or any(way[:1] in " ,;" or way[-1:] == " " for way in ways):
            return ways  # such as ", version 2": what holds it is said as a whole
        self.parts |= set(ways)
        return [_PLACE]

    def _named(self, name: str, scope: ast.FunctionDef | None) -> list[str]:
        mark = f"{scope.name if scope else ''} {name}"
        if mark in self.inside:
            return [_PLACE]
        self.inside.add(mark)
        try:
            values = self._values(scope).get(name, []) if scope else []
            if values:
                return list(dict.fromkeys(way for value in values for way in self._ways(value, scope)))
            if name in self.constants and (scope is None or name not in {each.arg for each in scope.args.args}):
                return self._ways(self.constants[name], None)
        finally:
            self.inside.discard(mark)
        return [_PLACE]

    def _values(self, scope: ast.FunctionDef) -> dict[str, list[ast.expr]]:
        """Return what the names of a function stand for."""
        if scope not in self.values:
            found = self.values[scope] = defaultdict(list)
            for node in ast.walk(scope):
                for name, value in _assigned(node):
                    found[name].append(value)
        return self.values[scope]

    def _called(self, call: ast.Call, scope: ast.FunctionDef | None) -> list[str]:
        name = _name(call)
        if name == "say":
            return [_PLACE]
        if name == "shown":  # the same, cut to a length
            return self._ways(call.args[0], scope)
        if name in ("why", "_why") and call.args and isinstance(call.args[-1], ast.Constant):
            self.parts.add(f"{call.args[-1].value!s}; {_PLACE}.")
        function = self.functions.get(name) if isinstance(call.func, ast.Name) else None
        if function is None or name in self.inside:
            return [_PLACE]
        self.inside.add(name)
        try:
            ways = [way for each in _returned(function) for way in self._ways(each, function)]
        finally:
            self.inside.discard(name)
        return ways or [_PLACE]


def _together(parts: list[list[str]]) -> list[str]:
    return ["".join(each) for each in itertools.islice(itertools.product(*parts), _MOST)]


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Return the names that a statement gives, with what they stand for."""
    if isinstance(node, ast.AnnAssign | ast.NamedExpr) and isinstance(node.target, ast.Name):
        if node.value is not None:
            yield node.target.id, node.value
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                yield target.id, node.value
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                for each, value in zip(target.elts, node.value.elts, strict=False):
                    if isinstance(each, ast.Name):
                        yield each.id, value


def _returned(function: ast.FunctionDef) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
            yield node.value


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_told(error: ast.Call) -> bool:
    """Tell whether the words of an error are a reason; those of a ``TriageError`` are with ``tests.languages``."""
    from triage_app import errors

    name = _name(error)
    return bool(error.args) and name not in _NOT_SHOWN and not hasattr(errors, name)


def _numbered(text: str) -> str:
    numbers = itertools.count()
    return "".join(f"{{{next(numbers)}}}" if sign == _PLACE else sign for sign in text)


def _has_words(text: str) -> bool:
    """Tell whether a text says something: no pattern, and no sentence with an empty place, which is never made."""
    if "\\" in text or text.startswith("--") or "  " in text or " ;" in text:
        return False
    return any(a.isalpha() and b.isalpha() for a, b in itertools.pairwise(text))
