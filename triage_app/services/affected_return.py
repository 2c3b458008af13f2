"""Back into service: what a list of states wants before that, and who answers where it is skipped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from triage_app.errors import BadInput
from triage_app.language import say
from triage_app.services.typed import readable
from triage_app.services.vocabularies import affected_states

NOT_VERIFIED: Final = "not-verified"
"The code of a refusal to put something back that was not verified clean."


def skipped(row: Mapping[str, Any], state: str) -> str:
    """Return the name of the state that a thing skips when it comes into another, '' where it skips none.

    Where it is now decides: what was verified clean once and isolated again since is not clean.

    >>> skipped({"kind": "host", "state": "rebuilt"}, "back-in-service")
    'Verified clean'
    >>> skipped({"kind": "account", "state": "sessions-revoked"}, "back-in-service")
    ''
    """
    states = affected_states(row["kind"])
    known = states.get(state)
    if known is None or not known.after or row["state"] in (state, known.after):
        return ""
    return states[known.after].name


def returns(untrusted_state: str) -> bool:
    """Tell whether coming into a state, by its code or its name and of whichever kind, is going back into service."""
    word = untrusted_state.strip().casefold()
    return any(
        known.cleared and word.replace(" ", "-").replace("_", "-") in (code, known.name.casefold().replace(" ", "-"))
        for kind in ("host", "account")
        for code, known in affected_states(kind).items()
    )


def to_be_answered_for(rows: Iterable[dict[str, Any]], state: str) -> list[dict[str, Any]]:
    """Return those of some things that would skip what should be done before they come into a state."""
    return [row for row in rows if skipped(row, state)]


def refuse_unverified(said: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], because: str) -> None:
    """Refuse to put back what was not verified clean, where nobody says now that it may go back, or not why.

    ``said`` holds every thing of one act, and what is said of it; what was said when it last went back is not said
    again. Raises ``BadInput``.
    """
    returning = [(row, its) for row, its in said if returns(str(its.get("state", "")))]
    bare = [
        (row, skipped(row, its["state"]))
        for row, its in returning
        if skipped(row, its["state"]) and not (readable(its.get("back_by") or "") and readable(because))
    ]
    if not bare:
        return
    row, _ = bare[0]
    wanted = " or ".join(dict.fromkeys(f"“{name}”" for _, name in bare))
    if len(returning) == 1:
        now = affected_states(row["kind"]).get(row["state"])
        what = say(
            "“{0}” is “{1}”: it goes back in service without {2}.",
            row["name"],
            now.name if now else row["state"],
            wanted,
        )
    else:
        what = say(
            "{0:,} of {1:,} go back in service without {2}: “{3}” among them.",
            len(bare),
            len(returning),
            wanted,
            row["name"],
        )
    raise BadInput(
        what, say("Say who says that it may go back, and why; or bring it to {0} first.", wanted), NOT_VERIFIED
    )
