"""What a trust's own file of clocks lacks of the law as it ships: allowed, as laws change, and never unsaid."""

from __future__ import annotations

from triage_app.domain.clocks import STATUTORY, Policies, Policy, Step


def weaker(own: Policies, shipped: Policies) -> list[str]:
    """Return a sentence for each way in which a file asks less of statutory duties than what ships."""
    found: list[str] = []
    for policy in shipped.policies:
        if policy.kind == STATUTORY:
            other = own.policy(policy.code)
            found += [f"{policy.name} is not in it."] if other is None else _of_policy(other, policy, own)
    dropped = sorted(own.no_clocks_for - shipped.no_clocks_for)
    if dropped:
        found.append(f"Incidents that are {', '.join(dropped)} have no clock in it.")
    return found


def _of_policy(own: Policy, shipped: Policy, policies: Policies) -> list[str]:
    name, found = shipped.name, []
    if own.kind != STATUTORY or (own.pauses and not shipped.pauses):
        found.append(f"{name} is {own.kind} in it{' and can pause' if own.pauses else ''}.")
    if shipped.on and not own.on:
        found.append(f"{name} is off in it.")
    if own.in_force_to is not None and own.in_force_to != shipped.in_force_to:
        found.append(f"{name} ends in it at a date of its own.")
    begins = own.in_force_from or 0
    if begins > (shipped.in_force_from or 0):
        found.append(f"{name} begins in it at a date of its own.")
    if own.starts != shipped.starts or own.subject != shipped.subject:
        found.append(f"{name} starts otherwise in it.")
    if shipped.provisional != "never" and own.provisional != shipped.provisional:
        found.append(f"{name} is not provisional in it as it ships.")
    if lost := [nation for nation in shipped.nations if nation not in own.nations]:
        found.append(f"{name} does not hold in it for {', '.join(lost)}.")
    if lost := [role for role in shipped.roles if role not in own.roles]:
        found.append(f"{name} does not bind in it as {', '.join(lost)}.")
    if set(policies.own_roles).isdisjoint(own.roles) and not set(policies.own_roles).isdisjoint(shipped.roles):
        found.append(f"{name} does not bind in it whoever opened the incident.")
    for step in shipped.steps:
        other = own.step(step.code)
        if other is None:
            found.append(f"{name} lacks in it the step {step.name}.")
        elif _is_longer(other, step):
            found.append(f"{name} gives in it more time for {step.name}.")
    return found


def _is_longer(own: Step, shipped: Step) -> bool:
    if shipped.hours is not None and (own.hours is None or own.hours > shipped.hours):
        return True
    return bool(set(own.stopped_by) - set(shipped.stopped_by))
