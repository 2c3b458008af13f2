"""What stood before an operation, for who takes it back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from triage_app.domain.operations import Body
from triage_app.store import history, journal
from triage_app.store.connection import Store


@dataclass
class Before:
    """What stood before an operation, for some entities."""

    stands: bool
    values: list[Any] | None
    key: str
    "The one value as text that can be grouped by, '' where there is not one."


class Past:
    """What operations replaced, each read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._bodies: dict[str, Body | None] = {}
        self._lists: dict[str, dict[str, list[str]]] = {}

    def entities_of(self, name: str) -> list[str]:
        """Return what a batch that counts sets, sorted."""
        self._parents(name, "")
        return list(self._lists.get(name, ()))

    def alike(
        self, name: str, entities: Sequence[str], heads_of: Mapping[str, list[str]], label_by: Callable[[str], str]
    ) -> Iterator[tuple[Before, tuple[str, ...], str, Sequence[str]]]:
        """Yield what stood before an operation, the heads that stand now, and a label, each with the entities it is of.

        The entities of a batch mostly have the same behind them: that is found out once, unless one of the operations
        takes something back, when it is another story for each.
        """
        self._parents(name, "")
        listed = self._lists.get(name)
        groups: dict[tuple[tuple[str, ...], tuple[str, ...], str], Sequence[str]]
        same = set(map(id, map(heads_of.__getitem__, entities)))
        labels = set(map(label_by, entities))
        if (len(same), len(labels)) == (1, 1) and not any(listed.values() if listed else ()):
            groups = {(tuple(heads_of[entities[0]]), (), labels.pop()): entities}
        else:
            groups = self._grouped(listed, entities, heads_of, label_by)
        for (heads, _, label), some in groups.items():
            bodies = [self._body(one) for one in (name, *heads)]
            if any(body is not None and body.undoes for body in bodies):
                for entity in some:
                    yield self._before(name, entity, heads), heads, label, [entity]
            else:
                yield self._before(name, some[0], heads), heads, label, some

    @staticmethod
    def _grouped(
        listed: Mapping[str, Sequence[str]] | None,
        entities: Sequence[str],
        heads_of: Mapping[str, list[str]],
        label_by: Callable[[str], str],
    ) -> dict[tuple[tuple[str, ...], tuple[str, ...], str], Sequence[str]]:
        """Return entities by the heads that stand, the parents of the operation, and the label."""
        groups: dict[tuple[tuple[str, ...], tuple[str, ...], str], list[str]] = defaultdict(list)
        for entity in entities:
            parents = () if listed is None else tuple(listed.get(entity, ()))
            groups[tuple(heads_of[entity]), parents, label_by(entity)].append(entity)
        return dict(groups)

    def _before(self, name: str, entity: str, heads: Sequence[str]) -> Before:
        """Return what stood before an operation, and whether what stands now amounts to it."""
        stands = {self.stands_for(head, entity) for head in heads} == {self.stands_for(name, entity)}
        values = self.values_before(name, entity)
        one = journal.canonical_key(values[0]) if values is not None and len(values) == 1 else ""
        return Before(stands, values, one)

    def values_before(self, name: str, entity: str) -> list[Any] | None:
        """Return what stood before an operation: nothing, one value, or the two it had settled.

        None when a body that tells is withheld or redacted: a guess must not take its place.
        """
        bodies = [self._body(parent) for parent in self._parents(name, entity)]
        if any(body is None for body in bodies):
            return None
        return [body.value for body in bodies if body is not None] or [None]

    def stands_for(self, name: str, entity: str) -> str:
        """Return the operation that one amounts to: an undo puts back what stood before what it takes back.

        So several acts on one field can be taken back one after another, and nobody has built on the
        earlier ones because the later ones are gone.
        """
        while True:
            body = self._body(name)
            taken_back = self._body(body.undoes) if body is not None and body.undoes else None
            if body is None or taken_back is None or taken_back.field != body.field:
                return name
            earlier = self._parents(body.undoes, entity)
            before = self._body(earlier[0]) if len(earlier) == 1 else None
            if before is None or before.value != body.value:  # it may say that it takes back, and set another value
                return name
            name = earlier[0]

    def _body(self, name: str) -> Body | None:
        if name not in self._bodies:
            self._bodies[name] = history.body_by_hash(self._store, name)
        return self._bodies[name]

    def _parents(self, name: str, entity: str) -> Sequence[str]:
        if name in self._lists:
            return self._lists[name].get(entity, ())
        body = self._body(name)
        if body is None:
            return ()
        if not body.batch:
            return body.parents
        self._lists[name] = journal.batch_parents(self._store, body.batch)
        return self._lists[name].get(entity, ())
