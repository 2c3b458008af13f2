"""The journal in words: what was done, by whom, when, before and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from triage_app.domain import attachments
from triage_app.domain.evidence import BY_HAND
from triage_app.domain.records import clock_named
from triage_app.domain.severity import vocabulary
from triage_app.errors import TriageError
from triage_app.language import say
from triage_app.services import act_words
from triage_app.services.finding import find, find_alert
from triage_app.services.times import iso
from triage_app.services.vocabularies import action_codes, dispositions
from triage_app.store import history, imports, lookup, personal
from triage_app.store import impact as store_impact
from triage_app.store.connection import Store

_MASKED = frozenset(
    {
        ("tip", "reporter"),
        ("tip", "contact"),
        ("letter", "text"),
        ("person", "name"),
        ("victim", "contact"),
        ("victim", "language"),
        ("victim", "formats"),
        ("victim", "flags"),
    }
)
"What only unmasking shows, because that is noted."


def of(store: Store, untrusted_name: str, field: str = "") -> list[dict[str, Any]]:
    """Return the operations of a record (a reference or an id), oldest first, personal values opened."""
    kind, entity = _record(store, untrusted_name)
    found = []
    for row in history.operations_of(store, kind, entity, field):
        found.append(
            {
                "op": row["op"], "act": row["act"], "at": iso(row["at"]), "who": _who(store, row["author"]),
                "device": row["device"], "field": row["field"],
                "before": readable(store, kind, entity, row["field"], row["before"]),
                "after": readable(store, kind, entity, row["field"], row["after"]),
                "because": row["because"], "tlp": row["tlp"], "undoes": row["undoes"],
            }
        )  # fmt: skip
    return found


def _record(store: Store, untrusted_name: str) -> tuple[str, str]:
    for kind in ("incident", "victim", "action", "person", "tip", "attachment", "letter"):
        try:
            return kind, find(store, kind, untrusted_name)
        except TriageError:
            continue
    if (attachment := attachments.attachment_of(untrusted_name)) and attachment != untrusted_name:
        return "custody", untrusted_name
    clock = clock_named(untrusted_name)
    if clock is not None:
        return ("clock" if clock.id == untrusted_name else "clock_step"), untrusted_name
    if kind := store_impact.kind_of(store, untrusted_name):
        return kind, untrusted_name
    if calls := lookup.ids_named(store, "call", untrusted_name):
        return "call", calls[0]
    if notes := lookup.ids_named(store, "note", untrusted_name):
        return "note", notes[0]
    return "alert", find_alert(store, untrusted_name)


def readable(store: Store, kind: str, entity: str, field: str, value: Any) -> Any:
    """Return a value as a person may read it: sealed ones opened, others as they are."""
    if isinstance(value, dict) and set(value) == {"sealed"}:
        words = personal.opened(store, kind, entity, field, value)
        return personal.masked(words) if (kind, field) in _MASKED else words
    return value


def _who(store: Store, responder: str) -> str:
    return lookup.responder_name(store, responder)


def in_words(store: Store, act: dict[str, Any]) -> str:
    """Return one line for an act of ``history.acts``."""
    fields = set((act["fields"] or "").split(","))
    undo = say("Undo: ") if act["is_undo"] else ""
    ref = reference_of(store, act["kind"], act["entity"])
    if act["kind"] == "import" and imports.format_of(store, act["entity"]) == BY_HAND:
        return undo + (say("Took back an alert") if "import._deleted" in fields else say("Took down an alert"))
    if "alert.triage" in fields and not any(name.endswith("._created") for name in fields):
        return undo + act_words.decided(store, act)
    if fields == {"link.linked"}:
        return undo + act_words.linked(store, act)
    for test, words in (
        ("incident._created", say("Opened {ref}")),
        ("victim._created", say("Added victim {ref}") if ref else say("Added a victim")),
        ("action._created", say("Added support action {ref}")),
        ("attempt._created", say("Tried to reach somebody")),
        ("disclosure._created", say("Recorded what was shared")),
        ("handoff._created", say("Offered a hand-off{of}")),
        ("handoff.answer", say("Recorded the answer to a hand-off{of}")),
        ("handover._created", say("Gave the shift handover")),
        ("handover.taken_back", say("Took the shift handover back")),
        ("taking._created", say("Took the shift handover")),
        ("note._created", say("Logged {ref}") if ref else say("Noted")),
        ("affected._created", say("Listed affected things")),
        ("tip._created", say("Recorded the report {ref}")),
        ("tip.triage", say("Decided on a report")),
        ("campaign._created", say("Made a campaign")),
        ("same_as.linked", say("Said what is the same")),
        ("attachment._created", say("Attached {ref}")),
        ("attachment.destroyed", say("Destroyed the bytes of {ref}")),
        ("attachment.hold", say("Set or lifted the legal hold on {ref}")),
        ("custody._created", say("Recorded in the custody of {ref}")),
        ("outage._created", say("Recorded that a system is down{of}")),
        ("outage.until", say("Recorded that a system is back up{of}")),
        ("divert._created", say("Recorded a divert{of}")),
        ("divert.until", say("Recorded the end of a divert{of}")),
        ("cancelled._created", say("Recorded cancellations{of}")),
        ("capacity._created", say("Recorded the capacity of a service{of}")),
        ("harm._created", say("Recorded harm that was reported to us{of}")),
        ("risk._created", say("Recorded a clinical risk{of}")),
        ("eprr._created", say("Recorded what was declared{of}")),
        ("directory._created", say("Brought a directory")),
        ("directory._deleted", say("Took back a directory")),
        ("call._created", say("Logged call {ref}")),
        ("task._created", say("Added tasks")),
        ("task.status", say("Settled {ref}") if ref else say("Settled a task")),
        ("event._created", say("Entered an event{of}")),
        ("clock_step.outcome", say("Recorded what became of a clock{of}")),
        ("clock.start", say("Recorded the start of a clock{of}")),
        ("clock.grid", say("Placed on the grid{of}")),
        ("clock.held", say("Added an organisation's duties{of}")),
        ("pause._created", say("Paused a clock{of}")),
        ("pause.until", say("Resumed a clock{of}")),
        ("clock_switch.on", say("Switched a policy")),
        ("letter._created", say("Wrote letter {ref}")),
        ("letter.sent", say("Recorded that letter {ref} was sent")),
        ("link.linked", say("Linked alerts")),
        ("fold.linked", say("Folded or unfolded alerts")),
        ("unfold.apart", say("Took an alert apart, or put it together")),
        ("rule._created", say("Made rule {ref}")),
        ("rule.ended", say("Ended rule {ref}")),
        ("alert.triage", say("Decided on alerts")),
        ("import.root", say("Imported a file")),
        ("import._deleted", say("Took back an import")),
        ("trust.trusted", say("Trusted a device")),
        ("unlocking.data_key", say("Gave the data another key")),
        ("unlocking.envelope", say("Opened by the sealed envelope")),
        ("unlocking.recovery", say("Opened with the recovery key")),
        ("unlocking.slot", say("Changed who can unlock this laptop")),
        ("unlocking.auditor_copy", say("Made a copy for an auditor")),
        ("device.identity", say("Founded this store")),
    ):
        if test in fields:
            return undo + words.format(ref=ref, of=say(" of {0}", ref) if ref else "")
    said = act_words.fields_named(sorted(name.partition(".")[2] for name in fields if name))
    return undo + (say("Set {0} of {1}", said, ref) if ref else say("Set {0}", said))


def reference_of(store: Store, kind: str, entity: str) -> str:
    """Return a record's reference, '' where it has none."""
    return lookup.reference_of(store, kind, entity)


def triage_words(value: Any, names: Callable[[str], str] | None = None) -> str:
    """Return a triage decision in words; ``names`` gives a responder's name by id."""
    if not isinstance(value, dict):
        return say("new")
    state = str(value.get("state", "new"))
    if state == "in hand" and names is not None:
        return say("in hand of {0}", names(str(value.get("by", ""))))
    if state == "dismissed":
        code = str(value.get("disposition", ""))
        if value.get("rule"):
            return say("put aside by a rule, {0}", dispositions().get(code, code).lower())
        return say("dismissed, {0}", dispositions().get(code, code).lower())
    return say(state)


def correction_words(field: str, before: Any, after: Any, of_source: Any) -> str:
    """Return a correction of an alert's field in words; None before or after it is what the source says."""

    def shown(value: Any) -> str:
        value = of_source if value is None else value
        if field == "severity" and type(value) is int:
            return f"{say(vocabulary().band(value))} ({value})"
        return f"“{value}”" if value not in (None, "") else say("nothing")

    what = say("correction of the {0} taken back", field) if after is None else say("{0} corrected", field)
    return say("{0}: {1} became {2}", what, shown(before), shown(after))


def action_words(code: str) -> str:
    """Return a support action's name with its code."""
    return f"{code} {action_codes().get(code, '')}".strip()
