"""What a responder does to clocks: says who is aware and since when, what became of a duty, what stands still.

Each is one act and one undo. A subject is an incident's id or, with ``kind`` “advisory”, an advisory's key in hex.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from triage_app.domain import clock_grid
from triage_app.domain import clocks as rules
from triage_app.domain.clocks import ClockState, State
from triage_app.domain.records import ClockName, clock_step_id, clock_switch_id, organisation_id
from triage_app.errors import BadInput, NotFound
from triage_app.language import say
from triage_app.services import clock_policies, clocks, incidents
from triage_app.services.changes import Changes, milliseconds
from triage_app.services.clocks import ADVISORY, INCIDENT, Clock
from triage_app.services.recording import creation, label_of, record, set_fields
from triage_app.services.session import Session
from triage_app.services.times import LONDON, in_words, read_time, refuse_to_come
from triage_app.services.typed import read_name, readable
from triage_app.store import clocks as kept
from triage_app.store import labels
from triage_app.store.journal import Change

EARLIEST: Final = datetime.fromisoformat("2000-01-01T00:00+00:00")
"No clock of ours began before."


def record_aware(
    session: Session,
    incident: str,
    at: str = "now",
    *,
    policy: str = "",
    organisation: str = "",
    role: str = "",
    because: str = "",
) -> Changes:
    """Record since when an organisation is aware; that starts its clocks.

    Without a policy it is the *aware* of the incident itself, on which most duties of the organisation that opened
    it hang. A policy with an awareness of its own (NIS), or another organisation's, is started by itself.
    """
    store = session.store
    if not policy and not organisation:
        _moment(session, at)
        return incidents.set_field(session, incident, "aware", at, because)
    with store.write():
        found = _matching(session, incident, INCIDENT, policy, organisation, role)
        starting = [clock for clock in found if clock.policy.starts in (rules.AWARE, rules.OWN)]
        if not starting:
            raise BadInput(
                say("Nobody's awareness starts {0}: {1}.", found[0].policy.name, found[0].policy.start_words.lower()),
                "Record what became of it instead.",
            )
        if any(_hangs_on_the_incident(clock) for clock in starting):
            _moment(session, at)
            return incidents.set_field(session, incident, "aware", at, because)
        return _start(session, starting, at, because, "Recorded awareness for")


def set_start(
    session: Session,
    incident: str,
    policy: str,
    at: str,
    because: str,
    *,
    organisation: str = "",
    role: str = "",
) -> Changes:
    """Correct the start of a clock; the old one stays in the journal and in ``clocks.start_history``."""
    if not because.strip():
        raise BadInput("Correcting the start of a clock needs a reason.", "Say in a few words what was wrong.")
    store = session.store
    with store.write():
        clock = _one(session, incident, INCIDENT, policy, organisation, role)
        if clock.start_at is None or clock.provisional:
            raise BadInput(
                say("{0} has no start to correct.", clock.policy.name),
                "Record first when the organisation became aware.",
            )
        if _hangs_on_the_incident(clock):
            _moment(session, at)
            return incidents.set_field(session, incident, "aware", at, because)
        if clock.policy.starts not in (rules.AWARE, rules.OWN):
            why = clock.policy.start_words.lower()
            raise BadInput(
                say("The start of {0} is no decision: {1}.", clock.policy.name, why), "It cannot be corrected here."
            )
        return _start(session, [clock], at, because, "Corrected the start of")


def record_outcome(
    session: Session,
    subject: str,
    policies: Sequence[str],
    outcome: str,
    *,
    kind: str = INCIDENT,
    step: str = "",
    at: str = "",
    reference: str = "",
    because: str = "",
    by: str = "",
    organisation: str = "",
    role: str = "",
) -> Changes:
    """Record what became of a duty: notified, late, not-notifiable or done. Several policies are one act.

    Without ``step`` it is the next one that is open; for not-notifiable all that are. No policies at all means every
    duty that is open. A late one needs its reasons; not-notifiable a name and a reason.
    """
    word = outcome.strip().lower().replace(" ", "-")
    if word not in rules.OUTCOMES:
        raise BadInput(say("“{0}” is no outcome.", outcome), say("Use one of: {0}.", ", ".join(rules.OUTCOMES)))
    if word == rules.NOT_NOTIFIABLE and not (readable(by) and readable(because)):
        raise BadInput(
            "Not notifiable is a decision: it needs the name of who decided, and a reason.", "Give --by and --because."
        )
    moment = _moment(session, at or "now")
    store = session.store
    with store.write():
        if policies:
            found = [clock for name in policies for clock in [_one(session, subject, kind, name, organisation, role)]]
        else:
            found = [
                clock
                for clock in _matching(session, subject, kind, "", organisation, role)
                if clock.next is not None and clock.policy.kind != rules.LOCAL and (clock.own or organisation)
            ]
            if not found:
                raise BadInput("No duty is open.", "“triage clocks list --incident REF --all” shows them all.")
        changes: list[Change] = []
        for clock in found:
            for state in _steps(clock, step, word):
                value = _outcome(clock, state, word, milliseconds(moment), because.strip())
                value |= {
                    "reference": reference.strip(),
                    "by": read_name("Who decided", by, needed=False) or session.responder_name,
                }
                entity = clock_step_id(clock.id, state.step)
                label = label_of(session, "clock_step", entity)
                changes.append(Change("clock_step", entity, "outcome", value, label, because.strip()))
        names = ", ".join(dict.fromkeys(clock.policy.name for clock in found))
        said = say("Recorded {0} as {1}", names, word.replace("-", " "))
        return record(session, said, changes, entity=subject, ref=found[0].ref)


def take_back_outcome(
    session: Session, subject: str, policy: str, step: str = "", *, kind: str = INCIDENT, because: str = "",
    organisation: str = "", role: str = "",
) -> Changes:  # fmt: skip
    """Take back what was recorded of a step: it is open again. What was said stays in the journal."""
    store = session.store
    with store.write():
        clock = _one(session, subject, kind, policy, organisation, role)
        recorded = [one["step"] for one in clock.outcomes if not step or one["step"] == step]
        if not recorded:
            raise NotFound(say("Nothing was recorded of {0}.", clock.policy.name), "There is nothing to take back.")
        entities = [clock_step_id(clock.id, name) for name in recorded]
        changes = [
            Change("clock_step", entity, "outcome", None, label_of(session, "clock_step", entity), because.strip())
            for entity in entities
        ]
        return record(session, say("Opened {0} again", clock.policy.name), changes, entity=subject, ref=clock.ref)


def pause(
    session: Session, subject: str, policy: str, because: str, *, kind: str = INCIDENT, at: str = "now",
    until: str = "", organisation: str = "", role: str = "",
) -> Changes:  # fmt: skip
    """Let a local clock stand still, with a reason. Statutory and national ones never do."""
    if not because.strip():
        raise BadInput("A pause needs a reason.", "Say in a few words what everybody is waiting for.")
    begun = _moment(session, at)
    end = read_time(until, session.now()) if until.strip() else None
    if end is not None and end <= begun:
        raise BadInput("That pause would end before it began.", "Give a later end, or none.")
    store = session.store
    with store.write():
        clock = _one(session, subject, kind, policy, organisation, role)
        if not any(clock.policy.may_pause(step) for step in clock.policy.steps):
            raise BadInput(
                say(
                    "{0} does not pause: it is {1} and runs on whatever happens.",
                    clock.policy.name,
                    _a_kind(clock.policy.kind),
                ),
                "Only local targets stand still.",
            )
        if not clock.can_pause:
            raise BadInput(say("Nothing of {0} is running.", clock.policy.name), "There is nothing to pause.")
        if clock.start_at is not None and milliseconds(begun) < clock.start_at:
            raise BadInput("That is before the clock began.", say("It began {0}.", in_words(clock.start_at)))
        if _open_pauses(clock, milliseconds(session.now())):
            raise BadInput(say("{0} stands still already.", clock.policy.name), "Resume it first.")
        label = labels.effective(store, "clock", clock.id)
        entity, _, made = creation(session, "pause", label, {"clock": clock.id})
        values: dict[str, Any] = {"from": milliseconds(begun), "because": because.strip()}
        if end is not None:
            values["until"] = milliseconds(end)
        changes = [made, *set_fields(session, "pause", entity, values, label, because.strip())]
        return record(session, say("Paused {0}", clock.policy.name), changes, entity=subject, ref=clock.ref)


def resume(
    session: Session, subject: str, policy: str, *, kind: str = INCIDENT, at: str = "now", organisation: str = "",
    role: str = "",
) -> Changes:  # fmt: skip
    """Let a paused clock run again."""
    moment = milliseconds(_moment(session, at))
    store = session.store
    with store.write():
        clock = _one(session, subject, kind, policy, organisation, role)
        standing = _open_pauses(clock, milliseconds(session.now()))
        if not standing:
            raise BadInput(say("{0} is not paused.", clock.policy.name), "There is nothing to resume.")
        if any(moment < one["from_at"] for one in standing):
            raise BadInput("That is before the pause began.", "Give a later time.")
        label = labels.effective(store, "clock", clock.id)
        changes = [Change("pause", one["id"], "until", moment, label) for one in standing]
        return record(session, say("Resumed {0}", clock.policy.name), changes, entity=subject, ref=clock.ref)


def set_grid(
    session: Session, incident: str, likelihood: int, severity: int, *, vulnerable: bool = False, because: str = "",
    policy: str = "dspt", organisation: str = "", role: str = "",
) -> Changes:  # fmt: skip
    """Place an incident on the grid. It proposes; where it makes no proposal, why is asked for."""
    store = session.store
    with store.write():
        clock = _one(session, incident, INCIDENT, policy, organisation, role)
        if clock.policy.grid is None:
            raise BadInput(say("{0} has no grid.", clock.policy.name), "The DSPT report has one.")
        try:
            proposal = clock_grid.propose(clock.policy.grid, likelihood, severity, vulnerable=vulnerable)
        except ValueError:
            raise BadInput("Likelihood and severity lie between 1 and 5.", "Give such numbers.") from None
        if not proposal.to and not because.strip():
            raise BadInput("The grid makes no proposal for this.", "Record why it was placed there, in a few words.")
        value = {
            "likelihood": likelihood, "severity": severity, "vulnerable": vulnerable, "because": because.strip()
        }  # fmt: skip
        label = label_of(session, "clock", clock.id)
        changes = [Change("clock", clock.id, "grid", value, label, because.strip())]
        return record(session, proposal.words.rstrip("."), changes, entity=incident, ref=clock.ref)


def add_role(session: Session, incident: str, organisation: str, role: str, *, name: str = "") -> Changes:
    """Say that an organisation has a part in an incident (a supplier as processor, a second trust as controller).

    It gets the duties of that role, each with a clock of its own that nobody else's knowledge starts.
    """
    code = organisation.strip().upper()
    if not (2 <= len(code) <= 12 and code.isalnum() and code.isascii()):
        raise BadInput(say("“{0}” is no organisation code.", organisation), "Use the ODS code, for example RXX.")
    store = session.store
    with store.write():
        rows = kept.incidents(store, [incident])
        if not rows:
            raise NotFound("That incident has been taken back.", "Undo that first, or choose another.")
        policies = clock_policies.of_store(store)
        word = role.strip().lower().replace(" ", "-")
        if word not in policies.roles:
            raise BadInput(say("“{0}” is no role.", role), say("Use one of: {0}.", ", ".join(policies.roles)))
        named = organisation_id("ods", code)
        if code == rows[0]["ref"].partition("-")[0] and word in policies.own_roles:
            raise BadInput(
                say("{0} has that role already: it opened this incident.", code), "Nothing needs to be added."
            )
        held = [item for item in policies.policies if word in item.roles and item.subject == INCIDENT]
        if not held:
            raise BadInput(say("No policy gives “{0}” a duty.", word), "See “triage clocks policies”.")
        ids = [ClockName(policy.code, INCIDENT, incident, named, word).id for policy in held]
        label = label_of(session, "clock", ids[0])
        changes = [Change("clock", entity, "held", True, label) for entity in ids]
        if name.strip():
            changes += set_fields(session, "organisation", named, {"name": name.strip()}, label)
        said = say("Added {0} as {1}", code, policies.roles[word].lower())
        return record(session, said, changes, entity=incident, ref=rows[0]["ref"])


def switch(session: Session, policy: str, on: bool, because: str = "") -> Changes:
    """Switch a policy on or off for this laptop's organisation.

    It is an entry of the journal and no setting of one laptop: all laptops of a trust owe the same duties, and
    somebody will ask who switched one off, when and why.
    """
    store = session.store
    with store.write():
        found = clock_policies.of_store(store).policy(policy.strip().lower())
        if found is None:
            raise BadInput(say("There is no policy “{0}”.", policy), "See “triage clocks policies”.")
        if not found.switchable:
            raise BadInput(say("{0} cannot be switched {1}: it is the law.", found.name, 'on' if on else 'off'),
                           "Decide on each incident whether it is notifiable.")  # fmt: skip
        entity = clock_switch_id(organisation_id("ods", session.organisation), found.code)
        label = label_of(session, "clock_switch", entity)
        change = Change("clock_switch", entity, "on", on, label, because.strip())
        return record(session, say("Switched {0} {1}", found.name, "on" if on else "off"), [change], entity=entity)


def _hangs_on_the_incident(clock: Clock) -> bool:
    """Whether the incident's own *aware* starts it: then that is the one truth, and no start is kept beside it."""
    return clock.own and clock.policy.starts == rules.AWARE


def _moment(session: Session, text: str) -> datetime:
    now = session.now()
    moment = read_time(text, now)
    refuse_to_come(moment, now)
    if moment < EARLIEST:
        raise BadInput(say("“{0}” is before the year 2000.", text), "Check the year.")
    return moment


def _start(session: Session, found: Sequence[Clock], at: str, because: str, verb: str) -> Changes:
    moment = _moment(session, at)
    for clock in found:
        clocks.refuse_start_after_outcome(clock, milliseconds(moment))
        if clock.policy.in_force_from is not None and milliseconds(moment) < clock.policy.in_force_from:
            raise BadInput(say("{0} was not in force then.", clock.policy.name), "Check the date.")
        if all(state.why == "off" for state in clock.steps):
            raise BadInput(
                say("{0} is switched off.", clock.policy.name),
                say("“triage clocks policies --switch {0} on”.", clock.policy.code),
            )
    offset = moment.astimezone(LONDON).strftime("%z")
    value = {"at": milliseconds(moment), "as_written": at, "offset": offset, "because": because.strip()}
    changes = [
        Change("clock", clock.id, "start", value, label_of(session, "clock", clock.id), because.strip())
        for clock in found
    ]
    names = ", ".join(dict.fromkeys(clock.policy.name for clock in found))
    return record(session, f"{verb} {names}", changes, entity=found[0].subject, ref=found[0].ref)


def _matching(session: Session, subject: str, kind: str, policy: str, organisation: str, role: str) -> list[Clock]:
    """Return the clocks that are meant; at least one."""
    now = milliseconds(session.now())
    read = clocks.of_advisory if kind == ADVISORY else clocks.of_incident
    there = read(session.store, subject, now)
    code = policy.strip().lower()
    if code and clock_policies.of_store(session.store).policy(code) is None:
        raise BadInput(say("There is no policy “{0}”.", policy), "See “triage clocks policies”.")
    wanted = organisation_id("ods", organisation.strip()) if organisation.strip() else ""
    word = role.strip().lower().replace(" ", "-")
    found = [
        clock
        for clock in there
        if (not code or clock.policy.code == code)
        and (not wanted or clock.organisation == wanted)
        and (not word or clock.role == word)
    ]
    if not wanted and not word and any(clock.own for clock in found):
        found = [clock for clock in found if clock.own]
    if not found:
        whose = say(" of {0}", organisation.strip().upper()) if wanted else ""
        raise NotFound(
            say("There is no such clock{0} here.", whose),
            "“triage clocks list --incident REF --all” shows them; “incident clock role” adds an organisation.",
        )
    return found


def one(session: Session, incident: str, policy: str, organisation: str = "", role: str = "") -> Clock:
    """Return the one clock that is meant; raise a refusal where there is none, or more than one."""
    return _one(session, incident, INCIDENT, policy, organisation, role)


def _one(session: Session, subject: str, kind: str, policy: str, organisation: str, role: str) -> Clock:
    found = _matching(session, subject, kind, policy, organisation, role)
    if len(found) > 1:
        raise BadInput(
            say("More than one organisation has a clock of {0} here.", found[0].policy.name),
            say("Say whose with --org: {0}.", ", ".join(clock.organisation.partition(":")[2] for clock in found)),
        )
    return found[0]


def _steps(clock: Clock, step: str, word: str) -> list[ClockState]:
    """Return the steps that an outcome is about."""
    if step:
        found = [state for state in clock.steps if state.step == step.strip().lower()]
        if not found:
            raise BadInput(
                say("{0} has no step “{1}”.", clock.policy.name, step),
                say("Use one of: {0}.", ", ".join(one.code for one in clock.policy.steps)),
            )
        return found
    waiting = [state for state in clock.steps if state.open]
    if word == rules.NOT_NOTIFIABLE:
        return waiting or [state for state in clock.steps if state.state is State.NOT_STARTED] or [clock.steps[0]]
    return waiting[:1] or [clock.first]


def _outcome(clock: Clock, state: ClockState, word: str, at: int, because: str) -> dict[str, Any]:
    """Return what is to be recorded; raise ``BadInput`` for what cannot be."""
    name = clock.policy.name
    if state.state is State.NOT_DUE_HERE:
        raise BadInput(say("{0} is not due here ({1}).", name, state.why), "There is nothing to record.")
    if word == rules.NOT_NOTIFIABLE:
        return {"outcome": word, "at": at, "because": because}
    if state.start_at is None or state.state is State.PROVISIONAL:
        what = "the step before it has not been done" if clock.step(state).after else "nobody has said since when"
        raise BadInput(
            say("{0} has not started: {1}.", name, what),
            "Record that first, or decide by name that it is not notifiable." if not clock.step(state).after
            else "Record that step first.",
        )  # fmt: skip
    if at < state.start_at:
        raise BadInput(say("That is before {0} began, {1}.", name, in_words(state.start_at)), "Check both times.")
    late = state.due_at is not None and at > state.due_at
    if word == rules.LATE and not late:
        raise BadInput(
            say("That is not late: {0} was due {1}.", name, in_words(state.due_at)), "Record it as notified."
        )
    if late and clock.policy.kind_of(clock.step(state)) != rules.LOCAL:
        if not because:
            raise BadInput(
                say("{0} was due {1}: what comes later needs its reasons.", name, in_words(state.due_at)),
                "Give --because.",
            )
        word = rules.LATE
    return {"outcome": word, "at": at, "because": because}


def _open_pauses(clock: Clock, now: int) -> list[dict[str, Any]]:
    return [one for one in clock.pauses if one["until_at"] is None or one["until_at"] > now]


def _a_kind(kind: str) -> str:
    return "the law" if kind == rules.STATUTORY else "a national duty"
