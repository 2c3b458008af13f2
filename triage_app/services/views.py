"""Saved views: filters of alerts under a name. They belong to the store, like other settings, and travel nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from triage_app.errors import BadInput, NotFound, TriageError
from triage_app.language import say
from triage_app.services.alert_filter import Clocked, read_filter
from triage_app.services.session import Session
from triage_app.services.typed import read_name
from triage_app.store import alerts, preferences
from triage_app.store.connection import Store

KEY: Final = "saved-views"
MOST_NAME: Final = 60
MOST: Final = 40


@dataclass(frozen=True)
class View:
    """A filter and what it is called."""

    name: str
    query: str


def listing(store: Store) -> list[View]:
    """Return the saved views in the order in which they were made."""
    kept = preferences.all_of(store).get(KEY, [])
    return [View(str(one["name"]), str(one["query"])) for one in kept]


def find(store: Store, name: str) -> View:
    """Return a view by its name, case aside. Raises ``NotFound``."""
    for one in listing(store):
        if _same(one.name, name):
            return one
    raise NotFound(say("No view is called “{0}”.", name[:80]), "“triage view list” shows those there are.")


def save(session: Session, name: str, query: str) -> View:
    """Keep a filter under a name, in place of one of that name. Raises ``BadInput`` for either that cannot be."""
    made = View(_name(name), query.strip())
    if not made.query:
        raise BadInput("An empty filter is no view.", "Narrow the list first, for example by sev:>=high.")
    read_filter(session, made.query)
    with session.store.write():
        every = listing(session.store)
        if any(_same(one.name, made.name) for one in every):
            _keep(session.store, [made if _same(one.name, made.name) else one for one in every])
        elif len(every) == MOST:
            raise BadInput(say("There are {0} views already.", MOST), "Delete one that is no longer used.")
        else:
            _keep(session.store, [*every, made])
    return made


def rename(session: Session, name: str, to: str) -> View:
    """Call a view something else. Raises ``NotFound``, and ``BadInput`` for a name that another view has."""
    new = _name(to)
    with session.store.write():
        was = find(session.store, name)
        every = listing(session.store)
        if any(_same(one.name, new) and one != was for one in every):
            raise BadInput(say("Another view is called “{0}”.", new), "Choose another name.")
        _keep(session.store, [View(new, one.query) if one == was else one for one in every])
    return View(new, was.query)


def drop(session: Session, name: str) -> View:
    """Delete a view and return what it was. Raises ``NotFound``."""
    with session.store.write():
        was = find(session.store, name)
        _keep(session.store, [one for one in listing(session.store) if one != was])
    return was


def count(store: Store, clock: Clocked, view: View) -> int | None:
    """Return how many alerts pass a view now; None where its filter can no longer be read."""
    try:
        narrowed = read_filter(clock, view.query)
    except TriageError:
        return None
    return alerts.count(store, narrowed)


def as_data(view: View, alerts_now: int | None = None) -> dict[str, Any]:
    """Return a view as the command line prints it."""
    return {"id": view.name, "name": view.name, "filter": view.query, "alerts": alerts_now}


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _name(text: str) -> str:
    name = read_name("the view", text)
    if len(name) > MOST_NAME:
        raise BadInput(
            "That is too long for the name of a view.", say("Give one of at most {0} characters.", MOST_NAME)
        )
    return name


def _keep(store: Store, views: Sequence[View]) -> None:
    preferences.keep(store, KEY, [{"name": one.name, "query": one.query} for one in views])
