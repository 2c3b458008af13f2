"""What the IT department enforces on this computer: read from the registry or a policy file, and said with its source.

Every service that a policy bears on asks here, so that the command line and the window come to the same. It is read
anew each time: what a domain sends out counts from the next act on, not from the next start.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from triage_app.domain import enforced
from triage_app.domain.enforced import Held, Policy
from triage_app.errors import TriageError
from triage_app.formats import policy_file, policy_registry
from triage_app.formats.policy_file import RefusedPolicies
from triage_app.language import say
from triage_app.paths import resources

SCHEMA: Final = "enforced.json"

OWNERS: frozenset[int] = frozenset({0})
"Whose the policy file may be: root's."


def _own_file() -> Path:
    if sys.platform == "darwin":
        return Path("/Library/Application Support/Triage/policy.json")
    return Path("/etc/triage/policy.json")


FILE: Path = _own_file()
"""Where there is no registry: a fixed place, which no variable of the environment and no option moves."""

Said = tuple[str, Mapping[str, Any] | None, str]
"""A source's name, its values by policy (None where it says nothing), and why it was refused whole ("" for not)."""


class SetByIT(TriageError):
    """The IT department has decided that, and it cannot be changed here."""

    code = "set-by-it"


@dataclass(frozen=True)
class InForce:
    """Every policy that holds on this computer now."""

    held: Mapping[str, Held]
    "By the policy's name; those that nobody set are not in it."
    unknown: tuple[tuple[str, str], ...] = ()
    "(source, name) of what is set and is no policy of this version."
    sources: tuple[tuple[str, str], ...] = ()
    "(source, why it was refused whole, '' for not) of every source that says anything."

    def value(self, name: str) -> Any:
        """Return what a policy has, None where nothing holds."""
        one = self.held.get(name)
        return None if one is None else one.value

    def on_setting(self, key: str) -> Held | None:
        """Return what bears on a setting of a store."""
        if key == "watch" and "DropFolder" in self.held:
            return self.held["DropFolder"]
        for one in self.held.values():
            if one.policy.setting == key and one.value is not None:
                return one
        return None

    def problems(self) -> list[str]:
        """Return a sentence for everything that was refused: what, where, why, and what holds instead."""
        said = []
        for source, why in self.sources:
            if why:
                said.append(
                    say(
                        "The policies of your IT department in {0} were refused: {1}. The strictest holds for each.",
                        source,
                        why,
                    )
                )
        whole = {source for source, why in self.sources if why}
        for name, one in self.held.items():
            if one.problem and one.source not in whole:
                said.append(
                    say(
                        "The policy {0} in {1} was refused: {2}. The stricter side holds.",
                        name,
                        one.source,
                        one.problem,
                    )
                )
        for source, name in self.unknown:
            said.append(say("The policy {0} in {1} is not known to this version: it has no effect.", name, source))
        return said


@cache
def told() -> dict[str, Any]:
    """Return the schema of the policies, with its words."""
    found: dict[str, Any] = json.loads((resources() / "policies" / SCHEMA).read_text(encoding="utf-8"))
    return found


@cache
def schema() -> dict[str, Policy]:
    """Return every policy there is, by name."""
    return enforced.schema(told())


def now() -> InForce:
    """Return what is in force on this computer at this moment."""
    return combined(_sources())


def _sources() -> list[Said]:
    if sys.platform == "win32":
        registry = policy_registry.windows()
        return [said_by_registry(registry, short, hive) for short, hive in policy_registry.HIVES]
    return [said_by_file(FILE)]


def looked_at() -> list[str]:
    """Return the names of the places in which policies are looked for here."""
    if sys.platform == "win32":
        return [rf"{short}\{policy_registry.KEY}" for short, _ in policy_registry.HIVES]
    return [str(FILE)]


def said_by_file(path: Path) -> Said:
    """Return what a policy file says."""
    try:
        return str(path), policy_file.read(path, OWNERS), ""
    except RefusedPolicies as error:
        return str(path), None, str(error)


def said_by_registry(registry: Any, short: str, hive: str) -> Said:
    """Return what one hive of the registry says."""
    source = rf"{short}\{policy_registry.KEY}"
    try:
        return source, policy_registry.read(registry, hive), ""
    except RefusedPolicies as error:
        return source, None, str(error)


def combined(sources: Iterable[Said]) -> InForce:
    """Return what follows from some sources, the first of which wins. One that is refused whole holds all it could."""
    held: dict[str, Held] = {}
    unknown: list[tuple[str, str]] = []
    saying: list[tuple[str, str]] = []
    by_name = {name.casefold(): one for name, one in schema().items()}
    for source, values, why in sources:
        if why:
            saying.append((source, why))
            for name, policy in schema().items():
                held.setdefault(name, enforced.refused(policy, source, why))
            continue
        if values is None:
            continue
        saying.append((source, ""))
        for name, untrusted in values.items():
            named = by_name.get(str(name).casefold())
            if named is None:
                unknown.append((source, ascii(str(name)[:60])[1:-1]))
                continue
            value = _filled_in(untrusted) if named.kind == "folder" else untrusted
            held.setdefault(named.name, enforced.held(named, value, source))
    ordered = {name: held[name] for name in schema() if name in held}
    return InForce(ordered, tuple(unknown[:20]), tuple(saying))


def _filled_in(untrusted: Any) -> Any:
    """Fill in the account's name and home folder, by the system's own list of accounts and not by the environment."""
    if not isinstance(untrusted, str) or ("{user}" not in untrusted and not untrusted.startswith("~")):
        return untrusted
    if sys.platform == "win32":
        user, home = os.environ.get("USERNAME", ""), str(Path.home())
    else:
        import pwd

        try:
            account = pwd.getpwuid(os.getuid())
        except KeyError:
            return ""
        user, home = account.pw_name, account.pw_dir
    if not user or user.startswith(".") or "/" in user or "\\" in user:
        return ""
    text = untrusted.replace("{user}", user)
    return home + text[1:] if text == "~" or text[:2] in ("~/", "~\\") else text


def refusal(what: str) -> SetByIT:
    """Return what is raised where somebody wants what the IT department does not allow; ``what`` is a sentence."""
    return SetByIT(what, "Ask your IT department if you need it otherwise. “triage policy” shows what they have set.")


# -- settings of a store --------------------------------------------------------------------------------------


def effective(key: str, stored: Any, default: Any, force: InForce) -> Any:
    """Return what a setting comes to: as enforced, else what is stored (None for nothing), else the default."""
    mine = default if stored is None else stored
    one = force.on_setting(key)
    if one is None:
        return mine
    if key == "watch":
        return "on" if one.value else "off"
    if one.policy.how == enforced.FIXED:
        return one.value
    if one.policy.how == enforced.MOST:
        return min(int(mine), int(one.value))
    return one.value if stored is None else mine


def is_fixed(key: str, force: InForce) -> bool:
    """Tell whether nobody here can change a setting."""
    one = force.on_setting(key)
    return one is not None and (key == "watch" or one.policy.how == enforced.FIXED)


def most(key: str, force: InForce) -> int | None:
    """Return the most that may be chosen for a setting, None where the IT department sets no limit."""
    one = force.on_setting(key)
    return int(one.value) if one is not None and one.policy.how == enforced.MOST else None


def refuse_change(key: str, value: Any, force: InForce) -> None:
    """Raise ``SetByIT`` where a setting may not become that."""
    if is_fixed(key, force):
        raise refusal(say("“{0}” is set by your IT department, so it cannot be changed here.", key))
    limit = most(key, force)
    if limit is not None and int(value) > limit:
        raise refusal(say("Your IT department allows {0} at most for “{1}”.", limit, key))


# -- what is no setting ---------------------------------------------------------------------------------------


def ceiling(force: InForce | None = None) -> str:
    """Return the highest label that may be exported, '' where any may."""
    return str((force or now()).value("HighestLabel") or "")


def refuse_practising() -> None:
    """Raise ``SetByIT`` where no store for exercises or demonstration is to be made."""
    if now().value("PractiseStores") == "off":
        raise refusal(
            say("Your IT department has switched off exercises and demonstrations, so no store for one is made here.")
        )


def offers_practice() -> bool:
    """Tell whether exercises and demonstrations are offered."""
    return bool(now().value("PractiseStores") != "off")


def language_at_first() -> str:
    """Return the language for whoever has chosen none: system, en or cy."""
    return str(now().value("Language") or "system")
