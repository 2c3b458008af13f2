"""The registry in which a Windows domain enforces settings: group policy writes there, and people may not."""

from __future__ import annotations

import importlib
from typing import Any, Final

from triage_app.formats.policy_file import RefusedPolicies
from triage_app.language import say

KEY: Final = r"Software\Policies\Triage"
HIVES: Final = (("HKLM", "HKEY_LOCAL_MACHINE"), ("HKCU", "HKEY_CURRENT_USER"))
"Of the computer, then of the account: the first that has a value wins."

MOST_VALUES: Final = 200


def windows() -> Any:
    """Return the system's own module for the registry; there is one on Windows alone."""
    return importlib.import_module("winreg")


def read(registry: Any, hive: str) -> dict[str, Any] | None:
    """Return the values below the key of our policies in one hive, None where it has none. Raises ``RefusedPolicies``.

    ``registry`` is ``windows()``. A text that names variables of the environment has them filled in.
    """
    try:
        with registry.OpenKey(getattr(registry, hive), KEY, 0, registry.KEY_READ | registry.KEY_WOW64_64KEY) as key:
            found: dict[str, Any] = {}
            for number in range(MOST_VALUES):
                try:
                    name, value, kind = registry.EnumValue(key, number)
                except OSError:  # there are no more
                    return found
                if kind == registry.REG_EXPAND_SZ and isinstance(value, str):
                    value = registry.ExpandEnvironmentStrings(value)
                found[name] = value
            raise RefusedPolicies(say("it has more than {0} values", MOST_VALUES))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RefusedPolicies(say("it cannot be read by this account ({0})", error.strerror or "")) from None
