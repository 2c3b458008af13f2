"""An assistive program in a process of its own: it finds, reads and presses what is on the accessibility bus.

It is run by the system's Python, whose bindings of the bus are in no wheel. A request is a line of JSON on the standard
input, its answer one on the standard output. Requests that wait give the bus its turn, so what is announced is heard.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from typing import Any

import gi

gi.require_version("Atspi", "2.0")

from gi.repository import Atspi, GLib  # noqa: E402 - the version is asked for first

STEP_S = 0.05
ROWS = ("table", "tree table", "list", "tree")
"""What may have a million children: its cells are asked for one by one."""
LEAVES = ("push button", "label", "text", "password text", "check box", "radio button", "combo box", "scroll bar")
"""What holds nothing that is looked for: each question is a message there and back, so these are not asked."""

known: list[Any] = []
"""What was found; its number is its name from here on."""
heard: list[str] = []


def announced(event: Any) -> None:
    """Keep what the window says."""
    heard.append(str(event.any_data))


def turn() -> None:
    """Let the bus bring what waits."""
    context = GLib.MainContext.default()
    while context.iteration(False):
        pass


def has(node: Any, *states: Any) -> bool:
    """Tell whether a node has every one of some states."""
    found = node.get_state_set()
    return all(found.contains(state) for state in states)


def application(process: int) -> Any:
    """Return the application of a process, or None while it is not on the bus."""
    desktop = Atspi.get_desktop(0)
    for number in range(desktop.get_child_count()):
        child = desktop.get_child_at_index(number)
        if child is not None and child.get_process_id() == process:
            child.set_cache_mask(Atspi.Cache.NONE)
            return child
    return None


def children(node: Any) -> Iterator[Any]:
    """Yield what lies directly in a node."""
    for number in range(node.get_child_count()):
        child = node.get_child_at_index(number)
        if child is not None:
            yield child


def in_view(node: Any) -> Iterator[tuple[Any, str]]:
    """Yield a node with its role, and whatever lies in it, as far as it is shown; of lists not their rows."""
    if not has(node, Atspi.StateType.SHOWING):
        return
    role = node.get_role_name()
    yield node, role
    if role not in ROWS and role not in LEAVES:
        for child in children(node):
            yield from in_view(child)


def windows(process: int) -> list[Any]:
    """Return the windows of a process, the one that has the keys first."""
    found = application(process)
    every = [] if found is None else list(children(found))
    return sorted(every, key=lambda window: not has(window, Atspi.StateType.ACTIVE))


def match(wanted: dict[str, Any]) -> dict[str, Any] | None:
    """Return the first that fits, in reading order, in all windows or in one that is named."""
    for window in windows(wanted["process"]):
        if "window" in wanted and re.fullmatch(wanted["window"], window.get_name() or "") is None:
            continue
        for node, role in in_view(window):
            if role == wanted["role"] and re.fullmatch(wanted["name"], node.get_name() or "", re.DOTALL):
                found = told(node)
                if set(wanted["states"]) <= set(found["states"]):
                    return found
    return None


def told(node: Any) -> dict[str, Any]:
    """Return a node as a test is told of it."""
    known.append(node)
    value = node.get_value_iface()
    text = node.get_text_iface()
    return {
        "id": len(known) - 1,
        "role": node.get_role_name(),
        "name": node.get_name() or "",
        "description": node.get_description() or "",
        "states": [str(state.value_nick) for state in node.get_state_set().get_states()],
        "text": text.get_text(0, text.get_character_count()) if text is not None else "",
        "value": value.get_current_value() if value is not None else None,
    }


def actions(node: Any) -> list[str]:
    """Return the names of what can be done to a node."""
    offered = node.get_action_iface()
    return [] if offered is None else [offered.get_action_name(each) for each in range(offered.get_n_actions())]


def find(asked: dict[str, Any]) -> dict[str, Any] | None:
    """Wait until something fits, or until nothing does any more where ``gone`` is asked; return what does."""
    end = time.monotonic() + asked["seconds"]
    while True:
        turn()
        try:
            found = match(asked)
        except GLib.Error:  # something went while it was looked at
            found = None
            continue
        if (found is None) == asked["gone"] or time.monotonic() > end:
            return found
        time.sleep(STEP_S)


def act(asked: dict[str, Any]) -> bool:
    """Do one of the things that a node offers."""
    node = known[asked["id"]]
    wanted = [name.casefold() for name in asked["actions"]]
    for number, name in enumerate(actions(node)):
        if name.casefold() in wanted:
            return bool(node.get_action_iface().do_action(number))
    raise LookupError(f"{node.get_name()} offers {actions(node)}")


def write(asked: dict[str, Any]) -> bool:
    """Put words into a field."""
    return bool(known[asked["id"]].get_editable_text_iface().set_text_contents(asked["words"]))


def take_focus(asked: dict[str, Any]) -> bool:
    """Give a node the focus."""
    return bool(known[asked["id"]].get_component_iface().grab_focus())


def cell(asked: dict[str, Any]) -> dict[str, Any]:
    """Return a cell of a table."""
    return told(known[asked["id"]].get_table_iface().get_accessible_at(asked["row"], asked["column"]))


def select(asked: dict[str, Any]) -> bool:
    """Choose one of what a table, a list or a menu holds."""
    node = known[asked["id"]]
    return bool(node.get_parent().get_selection_iface().select_child(node.get_index_in_parent()))


def place(asked: dict[str, Any]) -> list[int]:
    """Return where a node is on the screen, and how large."""
    found = known[asked["id"]].get_component_iface().get_extents(Atspi.CoordType.SCREEN)
    return [found.x, found.y, found.width, found.height]


def rows(asked: dict[str, Any]) -> int:
    """Return how many rows a table has."""
    return int(known[asked["id"]].get_table_iface().get_n_rows())


def hear(asked: dict[str, Any]) -> list[str]:
    """Wait until something was announced that fits; return all that was since the last time this was asked."""
    end = time.monotonic() + asked["seconds"]
    while time.monotonic() < end:
        turn()
        if any(re.search(asked["words"], said, re.DOTALL) for said in heard):
            break
        time.sleep(STEP_S)
    found = list(heard)
    heard.clear()
    return found


def tree(asked: dict[str, Any]) -> list[str]:
    """Return everything in view as lines, for a message and for whoever writes a test."""
    return [
        f"{node.get_role_name()} “{node.get_name()}”"
        for window in windows(asked["process"])
        for node, _ in in_view(window)
        if node.get_name()
    ]


DOES = {
    "find": find, "act": act, "write": write, "focus": take_focus, "cell": cell, "rows": rows, "hear": hear,
    "tree": tree, "place": place, "select": select,
}  # fmt: skip


def main() -> None:
    """Answer until nobody asks any more."""
    listener = Atspi.EventListener.new(announced)
    listener.register("object:announcement")
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer: dict[str, Any] = {"answer": DOES[asked["do"]](asked)}
        except (GLib.Error, LookupError, AttributeError) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
